"""Prompt templates: what a model is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripted import ScriptedPolicy, always

from verisearch.errors import InputError
from verisearch.protocols import Message
from verisearch.runtime.prompting import load_template, template_names
from verisearch.runtime.solving import template_for
from verisearch.trace import AnswerKind, Problem, Sentence
from verisearch.training.worlds.generate import prompt

PROBLEM = Problem(
    context=(Sentence("Bob is kind.", (0, 12)), Sentence("All kind people are nice.", (13, 38))),
    statement="Bob is nice.",
)


def test_the_embedded_model_is_asked_as_it_was_trained() -> None:
    asked = load_template("solve-embedded").messages(PROBLEM)
    assert asked == (Message("user", prompt(["Bob is kind.", "All kind people are nice."], "Bob is nice.")),)


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Kind people are nice.", "All kind people are nice."),
        ("Nice, furry things are not green.", "All nice, furry things are not green."),
        ("All cats are red.", None),
        ("Every cat is red.", None),
        ("If people are kind then they are nice.", None),
        ("Most cats are red.", None),
        ("Bob and Anne are red.", None),
        ("The cats are red.", None),
    ],
)
def test_the_embedded_model_is_told_all_where_a_rule_begins_with_its_first_word(
    sentence: str, said: str | None
) -> None:
    """It copies words as they are written, and a capital letter would make another word of the first."""
    problem = Problem(context=(Sentence(sentence, (0, len(sentence))),), statement="Bob is nice.")
    asked = load_template("solve-embedded").messages(problem)
    assert asked[0].content.splitlines()[0] == f"(1) {said or sentence}(1)"


@pytest.mark.parametrize("name", [name for name in template_names() if name.startswith("solve")])
def test_every_template_that_comes_along_can_be_filled_in(name: str) -> None:
    template = load_template(name)
    asked = template.messages(PROBLEM)
    assert asked[-1].role == "user"
    for text in ("Bob is kind.", "All kind people are nice.", "Bob is nice."):
        assert text in asked[-1].content
    assert template.step
    assert template.step_tokens > 0


def test_a_users_file_is_a_template_too(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text('step: "\\n\\n"\nstep_tokens: 9\n---\n[system]\nBe brief.\n[user]\n{{ question }}?\n')
    template = load_template(str(file))
    assert (template.step, template.step_tokens) == ("\n\n", 9)
    assert template.messages(PROBLEM) == (Message("system", "Be brief."), Message("user", "Bob is nice.?"))


def test_model_text_in_a_context_is_data_not_a_template() -> None:
    odd = Problem(context=(Sentence("{{ 7 * 7 }} {% raw %}", (0, 21)),), statement="Bob is nice.")
    assert "{{ 7 * 7 }} {% raw %}" in load_template("solve").messages(odd)[-1].content


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no turns", "no turn to answer"),
        ("[system]\nOnly this.", "no turn to answer"),
        ("step: newline\n---\n[user]\nx", "line 1"),
        ('colour: "red"\n---\n[user]\nx', "may set"),
        ("step_tokens: true\n---\n[user]\nx", "step_tokens"),
        ("[user]\n{{ statement", "prompt template"),
        ("[user]\n{{ ''.__class__.__mro__[1].__subclasses__() }}", "prompt template"),
    ],
)
def test_malformed_templates_are_refused_with_their_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "bad.txt"
    file.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        load_template(str(file)).messages(PROBLEM)
    assert "bad.txt" in str(caught.value)


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(InputError, match="solve-embedded"):
        load_template("nonsense")


@pytest.mark.parametrize(
    ("kind", "options", "ends"),
    [
        ("number", (), '"The answer is N."'),
        ("expression", (), r'"The answer is \boxed{X}."'),
        ("choice", ("A) 21", "B) 39"), '"The answer is (X)."'),
    ],
)
def test_mathematics_is_asked_about_by_the_kind_of_its_answer(
    kind: AnswerKind, options: tuple[str, ...], ends: str
) -> None:
    problem = Problem(question="What is 3 * 13?", answer_kind=kind, options=options)
    own = ScriptedPolicy(always(""))
    own.prompt = "solve-embedded"  # type: ignore[attr-defined]
    for policy in (ScriptedPolicy(always("")), own):
        system, user = template_for(policy, None).messages(problem)
        assert ends in system.content
        assert user.content.splitlines() == ["What is 3 * 13?", *options]


def test_other_questions_are_asked_about_as_the_policy_has_it() -> None:
    problem = Problem(context=(Sentence("Bob is kind.", (0, 12)),), statement="Bob is nice.")
    policy = ScriptedPolicy(always(""))
    assert template_for(policy, None).messages(problem) == load_template("solve").messages(problem)
    number = Problem(question="How many?", answer_kind="number")
    assert template_for(policy, "solve").messages(number) == load_template("solve").messages(number)

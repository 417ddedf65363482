"""Traces from lists, Markdown, prose and think tags: what becomes a step, and that nothing is dropped."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.ingest import make_problem, read_traces, trace_from_text
from verisearch.trace import Problem, Trace

#: All that may stand between steps: white space, list marks, step labels, Markdown marks, tags.
MARK = re.compile(
    r"""
      \s+ | [-*+•‣◦▪●·–—>|:=_~`.)(\[\]!?] | \#+(?!\d) | \\[\[\].)] | \$\$
    | [(\[\#]? (?:\d{1,3}(?:\.\d{1,3})* | (?<![^\W_])(?:[a-z]|[ivx]{1,4})) \\?[.:)\]]
    | (?:step|rule|fact|premise|statement|sentence|claim|point|inference|deduction|condition|conclusion)
      [ \t]+\#?\d{1,3}(?:\.\d{1,3})*
    | (?:```+|~~~+)\w* | </?(?:think|answer)>
    """,
    re.VERBOSE | re.IGNORECASE,
)


def read(text: str, **problem: str) -> Trace:
    return trace_from_text(text, make_problem(**problem) if problem else Problem())


def steps(text: str) -> list[tuple[str | None, str]]:
    return [(step.label, step.text) for step in read(text).steps]


def assert_conserved(trace: Trace) -> None:
    """Every step stands at its place, and between the steps there is nothing but marks."""
    position = 0
    for number, step in enumerate(trace.steps):
        start, end = step.span
        assert step.index == number
        assert trace.raw[start:end] == step.text
        assert step.text.strip()
        assert start >= position
        assert_marks(trace.raw, position, start)
        position = end
    assert_marks(trace.raw, position, len(trace.raw))


def assert_marks(text: str, start: int, end: int) -> None:
    while start < end:
        found = MARK.match(text, start)
        assert found, f"{text[start:end]!r} is in no step of {text!r}"
        start = found.end()


def test_prose_is_one_step_a_sentence() -> None:
    assert steps("Bob is kind. Kind people are nice, since they are. So Bob is nice.") == [
        (None, "Bob is kind."),
        (None, "Kind people are nice, since they are."),
        (None, "So Bob is nice."),
    ]


def test_a_numbered_item_is_a_step_a_sentence_under_one_number() -> None:
    text = "1. Bob is kind. So Bob is nice.\n2) Anne is big (from 1).\n\nTherefore, all is well."
    assert steps(text) == [
        ("1", "Bob is kind."),
        ("1", "So Bob is nice."),
        ("2", "Anne is big (from 1)."),
        (None, "Therefore, all is well."),
    ]


def test_an_answer_right_below_a_list_is_no_part_of_its_last_item() -> None:
    assert steps("1. Bob is kind.\nAnswer: B") == [("1", "Bob is kind."), (None, "Answer: B")]


def test_nested_bullets_are_steps_under_the_number_above_them() -> None:
    text = "3. **All red things are blue.**\n   - Bob is red.\n   - So Bob is *blue*.\n     1. Really."
    assert steps(text) == [
        ("3", "All red things are blue."),
        ("3", "Bob is red."),
        ("3", "So Bob is *blue*."),
        ("3.1", "Really."),
    ]


@pytest.mark.parametrize(
    "mark",
    [
        "4.",
        "4)",
        "(4)",
        "[4]",
        "#4.",
        "**4.**",
        "**4.",
        "4\\.",
        "Step 4:",
        "**Step 4**:",
        "**Step 4:**",
        "### Step 4:",
        "step 4 -",
    ],
)
def test_numbers_are_read_however_they_are_written(mark: str) -> None:
    assert steps(f"{mark} Bob is kind.") == [("4", "Bob is kind.")]


@pytest.mark.parametrize("mark", ["-", "*", "+", "•", "–", "  -", "\t*", ">", "> -"])
def test_bullets_and_quote_marks_are_no_part_of_a_step(mark: str) -> None:
    assert steps(f"{mark} Bob is kind.") == [(None, "Bob is kind.")]


def test_a_step_heading_labels_what_follows_it() -> None:
    text = "## Step 1\nBob is kind.\n\n- Bob is big.\n\n## Step 2: Look\nAnne is nice.\n\n# End\nDone."
    assert steps(text) == [
        ("1", "Bob is kind."),
        ("1", "Bob is big."),
        ("2", "Look"),
        ("2", "Anne is nice."),
        (None, "End"),
        (None, "Done."),
    ]


def test_a_lone_step_label_that_labels_nothing_stays_a_step() -> None:
    assert steps("Step 1:\nStep 2: Bob is kind.") == [("1", "Step 1:"), ("2", "Bob is kind.")]


def test_rules_are_cited_by_word_and_number() -> None:
    assert steps("Rule 2: All cats are red.\n\nBob is red.") == [("Rule 2", "All cats are red."), (None, "Bob is red.")]


def test_lead_ins_are_headings_and_what_follows_is_a_step() -> None:
    text = "1. **Reading the rules**: Bob is kind.\n**Facts:**\n- Bob is big.\nReasoning: Anne is red.\n**Note:** End."
    assert [text for _, text in steps(text)] == [
        "Reading the rules",
        "Bob is kind.",
        "Facts:",
        "Bob is big.",
        "Reasoning:",
        "Anne is red.",
        "Note:",
        "End.",
    ]


def test_a_restated_question_keeps_its_statement() -> None:
    text = "Is the following statement true or false? Bob is nice. Bob is kind."
    assert [text for _, text in steps(text)] == [
        "Is the following statement true or false? Bob is nice.",
        "Bob is kind.",
    ]


def test_code_is_read_line_by_line() -> None:
    assert steps("```python\n1 = x\ny\n```\n---\nEnd") == [(None, "1 = x"), (None, "y"), (None, "End")]


def test_the_answer_step_is_the_one_that_states_it() -> None:
    trace = read("Bob is kind.\n\nThe correct option is:\n\nA) True", question="Is it so?\nA) True\nB) False")
    assert (trace.answer, trace.answer_step) == ("True", 2)
    assert trace.steps[2].text == "A) True"


def test_options_of_the_question_say_what_a_letter_means() -> None:
    trace = read("Answer: B", question="Is the following statement true or false? Bob is big. A) True B) False")
    assert (trace.answer, trace.answer_step, trace.notes) == ("False", 0, ())


def test_a_letter_that_nothing_explains_is_noted() -> None:
    trace = read("Answer: B", question="Is it true that Bob is big?")
    assert trace.answer == "B"
    assert "nothing says what that stands for" in trace.notes[0]


def test_yes_answers_a_question_about_truth() -> None:
    assert read("Bob is kind. Yes.", question="Is Bob kind?").answer == "True"
    assert read("Bob is not kind. The answer is no.", question="Is it true that Bob is kind?").answer == "False"


def test_thinking_is_steps_and_the_answer_comes_from_behind_it() -> None:
    trace = read("<think>\nBob is kind. So the answer is False?\nNo.\n</think>\n\n**True**")
    assert [step.text for step in trace.steps] == ["Bob is kind.", "So the answer is False?", "No.", "True"]
    assert (trace.answer, trace.answer_step, trace.notes) == ("True", 3, ())
    assert_conserved(trace)


def test_thinking_without_its_opening_tag_is_thinking() -> None:
    assert read("The answer is False. Hm.\n</think>\nThe answer is True.").answer == "True"


def test_thinking_that_breaks_off_has_no_answer() -> None:
    trace = read("<think>\nBob is kind. The answer is True. But")
    assert trace.answer is None
    assert "cut off" in trace.notes[0]
    assert len(trace.steps) == 3


def test_a_document_with_headings_comes_apart() -> None:
    text = (
        "Context: Bob is kind. Kind people are nice.\nQuestion: Is it true that Bob is nice?\n\n"
        "Reasoning:\n1. So Bob is nice.\nAnswer: True"
    )
    (trace,) = read_traces(text)
    assert [sentence.text for sentence in trace.problem.context] == ["Bob is kind.", "Kind people are nice."]
    assert trace.problem.question == "Is it true that Bob is nice?"
    assert trace.problem.statement == "Bob is nice."
    assert [step.text for step in trace.steps] == ["So Bob is nice.", "Answer: True"]
    assert (trace.answer, trace.answer_step) == ("True", 1)
    assert_conserved(trace)


@pytest.mark.parametrize("heading", ["## Context\n", "**Premises:**\n", "Facts:\n- ", "THEORY:\n\n"])
def test_headings_may_be_marked_in_several_ways(heading: str) -> None:
    (trace,) = read_traces(f"{heading}Bob is kind.\n\n**Statement:** Bob is big.\n\n### Reasoning\n\nBob is kind.")
    assert [sentence.text for sentence in trace.problem.context] == ["Bob is kind."]
    assert trace.problem.statement == "Bob is big."
    assert trace.steps[-1].text == "Bob is kind."


@pytest.mark.parametrize(
    "text",
    [
        "Context: Bob is big.\nSo Bob is nice.",
        "Let us see.\nContext: Bob is big.\nQuestion: Who?\nReasoning: None.",
        "Reasoning:\nContext: Bob is big.\nQuestion: Who?",
    ],
)
def test_a_chain_cannot_give_itself_premises(text: str) -> None:
    (trace,) = read_traces(text)
    assert trace.problem.context == ()
    assert any("Bob is big." in step.text for step in trace.steps)


def test_headings_in_a_chain_are_steps_when_the_context_is_given_apart() -> None:
    (trace,) = read_traces("Context: Anne is red.\nQuestion: Who?\nReasoning: Bob is kind.", context="Bob is kind.")
    assert [sentence.text for sentence in trace.problem.context] == ["Bob is kind."]
    assert any("Anne is red." in step.text for step in trace.steps)


PIECES = st.sampled_from(
    "1. |2) |(a) |- |* |  - |   1. |# |## Step 2\n|Step 1: |**Step 3**: |**|*|_|`|```\n|---\n|> |\n|\n\n".split("|")
    + '| |. |? |: |(|)|"|“|”|[|]|{|}|é|\u2028|\t|a|I|7|[1] |#3. |\\[|<think>|</think>|<answer>|</answer>'.split("|")
    + "Bob is kind|All x are y.|Reasoning:|**Lead**: |So 3.5 = 7/2|e.g. this|Mr. Smith|Answer: B|Step".split("|")
    + "The correct option is: A) True.|Is it true or false? ".split("|")
)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.lists(PIECES, max_size=24).map("".join))
def test_nothing_but_marks_is_left_out(text: str) -> None:
    assert_conserved(read(text))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(max_size=80))
def test_letters_and_digits_of_any_text_end_in_steps_or_numbers(text: str) -> None:
    assert_conserved(read(text))


@pytest.mark.parametrize(
    "unit", ["- a\n", "**a** ", "1. ", "Step 1: ", "> ", "<think>", "_a", "a: ", "| - ", "`", "(a) "]
)
def test_long_monotonous_text_takes_linear_time(unit: str) -> None:
    started = time.process_time()
    read(unit * 20_000)
    # About a second; a quadratic scan would take minutes.
    assert time.process_time() - started < 20


@pytest.mark.data
def test_real_chains_lose_nothing(data_dir: Path) -> None:
    total = 0
    for name, field in (
        ("logic/folio_llm_cot", "cot"),
        ("logic/proofwriter_llm_cot", "cot"),
        ("math/gsm8k_llm_cot", "cot"),
        ("steps/verify_cot_human", "answer"),
    ):
        for line in (data_dir / f"{name}.jsonl").read_text("utf-8").split("\n")[::4]:
            if line:
                trace = read(json.loads(line)[field])
                assert_conserved(trace)
                total += len(trace.steps)
    assert total > 10_000

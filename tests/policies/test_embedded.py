"""The model that ships: it loads, is small, and writes chains that hold."""

from __future__ import annotations

from random import Random

import pytest

pytest.importorskip("torch", reason="torch isn't installed (verisearch[local])")
pytest.importorskip("transformers", reason="transformers isn't installed (verisearch[local])")

from verisearch.ingest.reader import read_problem
from verisearch.policies import open_policy
from verisearch.policies.embedded import folder
from verisearch.protocols import Policy
from verisearch.runtime.solving import Solution, SolveOptions, solve_all
from verisearch.search.strategies import Settings
from verisearch.training.worlds.generate import Size, draw_theory

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def policy():  # type: ignore[no-untyped-def]
    opened = open_policy("embedded")
    yield opened
    opened.close()


def solved(policy: Policy, context: str, statement: str, **given: object) -> Solution:
    options = SolveOptions(**given)  # type: ignore[arg-type]
    return next(solve_all([read_problem(context, statement=statement)], policy, options))


def test_it_was_taught_a_single_turn(policy: Policy) -> None:
    assert "chat" not in policy.capabilities
    assert "next_tokens" in policy.capabilities


def test_it_is_small_and_says_how_it_was_made() -> None:
    assert (folder() / "model.safetensors").stat().st_size < 12_000_000
    assert "python -m verisearch.training.pretrain" in (folder() / "README.md").read_text(encoding="utf-8")
    assert (folder() / "training_log.jsonl").read_text(encoding="utf-8").count("\n") > 50


@pytest.mark.parametrize(
    ("context", "statement", "answer"),
    [
        ("Bob is kind. Anne is sad.", "Bob is kind.", "True"),
        ("Bob is kind. Anne is not sad.", "Anne is sad.", "False"),
        ("Bob is kind. Kind people are nice.", "Bob is nice.", "True"),
        ("The cat likes the dog. If something likes the dog then it is red.", "The cat is not red.", "False"),
        ("Bob is kind. Anne is sad.", "Bob is sad.", "Unknown"),
        ("Max is a cat. Every cat is an animal.", "Max is an animal.", "True"),
    ],
)
def test_simple_problems_are_solved_greedily_and_verified(
    policy: Policy, context: str, statement: str, answer: str
) -> None:
    found = solved(policy, context, statement)
    assert found.answer == answer, found.trace and found.trace.raw
    assert found.verified


def test_most_chains_about_small_worlds_of_its_own_kind_hold(policy: Policy) -> None:
    problems, answers = [], []
    for number in range(24):
        theory = draw_theory(Random(f"shipped {number}"), Size(0.4), 1)
        example = theory.examples[0]
        problems.append(read_problem(list(theory.context), statement=example.statement))
        answers.append(example.answer)
    found = list(solve_all(problems, policy, SolveOptions()))
    right = sum(each.verified and each.answer == answer for each, answer in zip(found, answers, strict=True))
    assert right >= 14


def test_drawn_chains_differ_and_one_of_several_can_be_chosen(policy: Policy) -> None:
    context = "Bob is kind. Bob is big. Kind people are nice. If someone is nice and big then they are red."
    found = solved(policy, context, "Bob is red.", strategy="best-of-n", settings=Settings(n=8, temperature=1.0))
    assert len({candidate.text for candidate in found.candidates}) > 1
    assert found.verified
    assert found.answer == "True"


def test_it_tells_its_parameters_and_forgets_what_it_has_read(policy) -> None:  # type: ignore[no-untyped-def]
    weights = policy.runner.decoder.model.parameters()
    assert policy.parameters == sum(weight.numel() for weight in weights) > 1_000_000

    def cached() -> int:
        return solved(policy, "Max is a cat. Every cat is an animal.", "Max is an animal.").usage.cached_tokens

    policy.forget()
    cold, warm = cached(), cached()
    policy.forget()
    assert cached() == cold < warm

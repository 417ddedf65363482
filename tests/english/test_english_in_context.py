"""Words against their context: what one sentence can't show, the others may make ambiguous."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from gold_traces import problem_of, trace_of

from verisearch.symbolic.checker import prove_problem, verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import ClaimVerdict, Outcome, Status, TraceVerdict


def checked(context: Sequence[str], steps: Sequence[str], statement: str | None = None) -> TraceVerdict:
    return verify_trace(trace_of(problem_of("p", context, statement), steps, None), CheckOptions())


def claim(context: Sequence[str], step: str, statement: str | None = None) -> ClaimVerdict:
    """The verdict on the last claim of one step."""
    return checked(context, [step], statement).steps[0].claims[-1]


def test_two_words_with_one_plural_are_not_mixed_up() -> None:
    assert claim(["Bob is a bas.", "Every base is red."], "Bob is red.").status is Status.UNDECIDED
    assert claim(["Bob is a base.", "Every base is red."], "Bob is red.").status is Status.ENTAILED


def test_two_verbs_with_one_third_person_are_not_mixed_up() -> None:
    context = ["If someone does not chas Bob then they are red.", "Dave does not chase Bob."]
    assert claim(context, "Dave is red.").status is Status.UNDECIDED


def test_a_step_can_bring_in_the_second_word() -> None:
    context = ["Bases are red.", "Bob is a base."]
    assert claim(context, "Bob is red.").status is Status.ENTAILED
    assert claim(context, "Every bas is red.").status is Status.UNTRANSLATABLE


def test_a_name_is_not_the_kind_of_the_same_word() -> None:
    verdict = checked(["Lion is kind.", "The lion is big."], ["Lion is big."])
    assert verdict.steps[0].status is not Status.ENTAILED
    assert [sentence.text for sentence in verdict.unread] == ["The lion is big."]


def test_the_red_cat_may_be_the_cat() -> None:
    context = ["The red cat is kind.", "The cat is red."]
    assert claim(context, "We don't know whether the cat is kind.").status is Status.UNDECIDED
    assert claim(["The cat is red."], "The red cat is kind.").status is Status.UNTRANSLATABLE
    assert claim(["The bald eagle is red."], "The bald eagle is red.").status is Status.ENTAILED


@pytest.mark.parametrize(
    ("context", "statement"),
    [
        (["Bob is a red wumpus.", "Red things are nice.", "Dave is a wumpus."], "Bob is nice."),
        (["Bob is a big red cat.", "Red things are nice.", "Tom is big."], "Bob is nice."),
        (["Bob is a kind creature.", "Kind things are nice."], "Bob is nice."),
        (["Bob is red.", "Bob is a wumpus."], "Bob is a red wumpus."),
        (["All workers are human.", "No human is a dog.", "Bob is a worker."], "Bob is a dog."),
        (["Tom is a cat.", "Every cats is kind."], "Tom is kind."),
        (["Bob is a cat and dog.", "All dogs are kind."], "Bob is kind."),
    ],
)
def test_what_a_second_reading_gives_is_never_unknown(context: list[str], statement: str) -> None:
    problem = problem_of("p", context, statement)
    assert prove_problem(problem, CheckOptions()).outcome is Outcome.UNDECIDED
    verdict = verify_trace(trace_of(problem, [f"Nothing says that {statement}"], "Unknown"), CheckOptions())
    assert verdict.steps[0].status is Status.UNDECIDED
    assert verdict.answer is not None
    assert verdict.answer.claim.status is Status.UNDECIDED


def test_a_property_that_comes_up_later_makes_a_compound_doubtful() -> None:
    verdict = checked(["Bob is a red cat."], ["Nothing says that Bob is red.", "If Dave is red then Dave is red."])
    assert verdict.steps[0].status is Status.UNDECIDED


def test_a_compound_of_its_own_is_no_doubt() -> None:
    context = ["Every prime number is odd.", "Numbers are round.", "3 is a prime number."]
    assert prove_problem(problem_of("p", context, "3 is round."), CheckOptions()).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "before",
    [
        'The statement "Dave is red" is given in the context.',
        'Now, let us consider the statement "Dave is red".',
        'The statement: "Dave is not nice" is false.',
    ],
)
def test_the_statement_is_the_one_last_looked_at(before: str) -> None:
    context = ["Bob is kind.", "Dave is red.", "Dave is nice."]
    for steps in ([f"{before} The statement is true."], [before, "The statement is true."]):
        last = checked(context, steps, "Bob is kind.").steps[-1].claims[-1]
        assert last.status is Status.UNTRANSLATABLE, last


@pytest.mark.parametrize(
    "before",
    [
        'The statement "Bob is kind" is given in the context.',
        'The statement "Bob is not kind" is false.',
        'From the statement "Dave is red", Dave is red.',
        'According to the statement "Dave is red", Dave is red.',
        "Dave is red.",
    ],
)
def test_the_statement_is_the_queried_one_if_no_other_was_looked_at(before: str) -> None:
    steps = [f"{before} The statement is true."]
    last = checked(["Bob is kind.", "Dave is red."], steps, "Bob is kind.").steps[-1].claims[-1]
    assert (last.kind, last.status) == ("answer", Status.ENTAILED)


def test_entities_without_their_article_are_those_of_the_context() -> None:
    context = ["The bald eagle is kind.", "The cat likes the bald eagle."]
    for step in ("Bald eagle is kind.", "the cat likes bald eagle.", "cat likes the bald eagle."):
        assert claim(context, step).status in (Status.ENTAILED, Status.UNTRANSLATABLE)
    assert claim(context, "eagle is kind.").status is not Status.ENTAILED
    assert claim(context, "The eagle is kind.").status is not Status.ENTAILED
    assert claim(context, "The bald is kind.").status is not Status.ENTAILED


def test_one_word_in_two_parts_of_speech_is_not_read() -> None:
    context = ["Bob is kind.", "Rich is red.", "Bob is rich."]
    verdict = checked(context, ["Rich is rich."])
    assert len(verdict.unread) == 1
    assert verdict.steps[0].status is not Status.ENTAILED

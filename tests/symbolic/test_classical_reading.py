"""The ``classical`` reading: full first-order logic."""

from __future__ import annotations

import pytest
from semantics import check, claims, last, prove, statuses

from verisearch.verdict import Outcome, Status, TraceStatus

KIND = ["Bob is kind.", "All kind people are nice.", "Nice people are not mean.", "Dave is mean."]


def classical(context: list[str], *steps: str) -> list[str]:
    return statuses(context, *steps, logic="classical")


def test_rules_run_backwards() -> None:
    assert classical(KIND, "Dave is not nice.", "Dave is not kind.") == ["entailed"] * 2
    assert classical(KIND, "If someone is not nice then they are not kind.") == ["entailed"]
    assert classical(KIND, "If someone is nice then they are kind.") == ["ungrounded"]


def test_cases_are_told_apart() -> None:
    context = ["If Bob is red then Bob is big.", "If Bob is not red then Bob is big."]
    assert classical(context, "Bob is big.", "Bob is red.", "Bob is not red.") == [
        "entailed",
        "ungrounded",
        "ungrounded",
    ]
    assert classical(["Bob is red or big.", "Bob is not red."], "Bob is big.") == ["entailed"]


def test_disjunctions_are_read() -> None:
    context = ["Bob is red or big.", "Red things are nice.", "Big things are nice."]
    assert classical(context, "Bob is nice.", "Bob is red.", "Bob is red or nice.") == [
        "entailed",
        "ungrounded",
        "entailed",
    ]
    assert classical(context, "Bob is neither red nor big.") == ["ungrounded"]  # two claims: neither is refuted alone
    assert prove(context, "Bob is neither red nor big.", "classical").outcome is Outcome.FALSE


def test_a_literal_a_conjunction_and_a_rule_can_be_contradicted() -> None:
    assert classical(KIND, "Bob is mean.", "Dave is nice.") == ["contradicted"] * 2
    assert prove(KIND, "Bob is kind and mean.", "classical").outcome is Outcome.FALSE
    assert classical(KIND, "If someone is kind then they are mean.", "Everyone is kind.") == ["contradicted"] * 2


def test_a_rule_is_not_contradicted_by_things_that_need_not_be() -> None:
    context = ["If someone is red then they are big."]
    assert classical(context, "If someone is red then they are not big.") == ["ungrounded"]


def test_a_rule_that_holds_only_because_its_condition_never_does_is_vacuous() -> None:
    found = claims(KIND, ["If Dave is kind then Dave is red.", "If Bob is kind then Bob is nice."], "classical")
    assert [(claim.status, claim.vacuous) for claim in found] == [(Status.ENTAILED, True), (Status.ENTAILED, False)]
    assert "condition" in found[0].reason
    general = last(["Nobody is green."], "All green people are red.", logic="classical")
    assert (general.status, general.vacuous) == (Status.ENTAILED, True)
    assert not last(KIND, "If someone is kind then they are not mean.", logic="classical").vacuous


def test_a_rule_with_a_refuted_condition_and_a_given_head_is_not_vacuous() -> None:
    context = ["Bob is not red.", "Bob is big."]
    claim = last(context, "If Bob is red then Bob is big.", logic="classical")
    assert claim.status is Status.ENTAILED
    smaller = [context[premise.index] for premise in claim.premises]
    assert claim.vacuous == (smaller == ["Bob is not red."])


@pytest.mark.parametrize(
    "context",
    [
        ["Bob is kind.", "Bob is not kind."],
        ["All kind people are nice.", "Bob is kind.", "Bob is not nice."],
        ["Bob is kind or nice.", "Bob is not kind.", "Bob is not nice."],
        ["If Bob is red then Bob is not red.", "If Bob is not red then Bob is red."],
    ],
)
def test_a_context_that_contradicts_itself_proves_nothing(context: list[str]) -> None:
    verdict = check(context, ["Bob is kind.", "Dave is green."], "Bob is kind.", "True", logic="classical")
    assert verdict.context_inconsistent is True
    assert {step.status for step in verdict.steps} == {Status.UNDECIDED}
    assert verdict.status is TraceStatus.UNVERIFIED
    assert prove(context, "Bob is kind.", "classical").outcome is Outcome.INCONSISTENT


def test_unknown_is_two_satisfiable_answers() -> None:
    verdict = check(KIND, ["Bob is nice."], "Zoe is kind.", "Unknown", logic="classical")
    assert verdict.answer is not None
    assert (verdict.answer.proved, verdict.answer.claim.status) == (Outcome.UNKNOWN, Status.ENTAILED)
    assert verdict.verified
    for statement, outcome in (("Dave is kind.", Outcome.FALSE), ("Dave is not kind.", Outcome.TRUE)):
        assert prove(KIND, statement, "classical").outcome is outcome


def test_nothing_says_that() -> None:
    assert classical(KIND, "Nothing says that Dave is kind.", "Nothing says that Dave is not kind.") == [
        "entailed",
        "contradicted",
    ]
    assert classical(KIND, "We don't know whether Dave is kind.", "We don't know whether Zoe is kind.") == [
        "contradicted",
        "entailed",
    ]


def test_leaps_count_rule_applications() -> None:
    assert last(KIND, "Bob is nice.", logic="classical").leap == 1
    assert last(KIND, "Bob is not mean.", logic="classical").leap == 2
    assert last(KIND, "Bob is kind.", logic="classical").leap == 0
    assert last(KIND, "Dave is not nice.", logic="classical").leap == 1
    assert last(KIND, "Dave is not kind.", logic="classical").leap == 2
    assert last(KIND, "Dave is not nice.", "Dave is not kind.", logic="classical").leap == 1


def test_a_core_is_minimal_and_prefers_near_steps() -> None:
    context = [*KIND, "Bob is red.", "Red things are nice."]
    claim = last(context, "Bob is nice.", logic="classical")
    numbers = [premise.index for premise in claim.premises]
    assert classical([context[number] for number in numbers], "Bob is nice.") == ["entailed"]
    for dropped in numbers:
        assert classical([context[n] for n in numbers if n != dropped], "Bob is nice.") == ["ungrounded"]
    assert [
        premise.label for premise in last(context, "Bob is nice.", "Bob is not mean.", logic="classical").premises
    ] == [
        "context 3",
        "step 1",
    ]
    assert [premise.label for premise in last(context, "Red things are nice.", logic="classical").premises] == [
        "context 6"
    ]


def test_failed_steps_are_not_assumed() -> None:
    found = claims(["Red things are big."], ["Bob is red.", "Bob is big.", "Bob is not big."], "classical")
    assert [claim.status for claim in found] == [Status.UNGROUNDED] * 3
    assert found[1].depends_on_failed == (0,)


def test_with_an_unread_sentence_nothing_is_known_not_to_follow() -> None:
    context = [*KIND, "Rumour has it that Dave knows better."]
    assert classical(context, "Bob is nice.", "Bob is mean.", "Zoe is nice.", "Nothing says that Zoe is nice.") == [
        "entailed",
        "contradicted",
        "undecided",
        "undecided",
    ]

"""The closed world: what is not derivable is false, stratum by stratum."""

from __future__ import annotations

import pytest
from semantics import check, last, prove

from verisearch.verdict import Outcome, Status, TraceStatus

CONTEXT = [
    "Bob is kind.",
    "Dave is kind.",
    "Dave is red.",
    "If someone is kind and not red then they are nice.",
    "If someone is not nice then they are sad.",
]


def closed(context: list[str], *steps: str) -> list[str]:
    return [step.status.value for step in check(context, steps, logic="closed-world").steps]


def test_what_is_not_derivable_is_false() -> None:
    assert closed(CONTEXT, "Bob is not red.", "Bob is nice.", "Bob is not sad.") == ["entailed"] * 3
    assert closed(CONTEXT, "Dave is nice.", "Bob is sad.", "Dave is green.") == ["contradicted"] * 3
    assert closed(CONTEXT, "Dave is sad.", "Dave is not nice.") == ["entailed"] * 2


def test_nothing_is_unknown() -> None:
    for statement in ("Bob is green.", "Zoe is kind."):
        assert prove(CONTEXT, statement, "closed-world").outcome is Outcome.FALSE
        verdict = check(CONTEXT, ["Bob is nice."], statement, "Unknown", logic="closed-world")
        assert verdict.status is TraceStatus.INVALID


def test_things_that_only_a_claim_names_are_in_the_world() -> None:
    assert closed(CONTEXT, "Zoe is sad.", "Zoe is not kind.", "Zoe is nice.") == [
        "entailed",
        "entailed",
        "contradicted",
    ]
    assert closed(["Everyone is kind."], "Zoe is kind.", "Zoe is not kind.") == ["entailed", "contradicted"]


def test_nothing_says_that_is_right_of_all_that_is_false() -> None:
    assert closed(CONTEXT, "Nothing says that Dave is nice.", "Nothing says that Bob is nice.") == [
        "entailed",
        "contradicted",
    ]


def test_a_rule_is_contradicted_by_a_thing_of_the_model() -> None:
    for rule in (
        "If someone is kind then they are nice.",
        "If someone is kind and not big then they are nice.",
        "If someone is not big then they are nice.",
        "If someone is red then they are not sad.",
        "Everyone is kind and nice.",
    ):
        assert closed(CONTEXT, rule) == ["contradicted"], rule


def test_a_rule_is_entailed_only_if_it_holds_of_things_otherwise_unknown() -> None:
    assert closed(CONTEXT, "If someone is kind and not red then they are nice.") == ["entailed"]
    assert closed(CONTEXT, "If someone is green then they are nice.") == ["ungrounded"]
    assert closed(["Bob is red.", "Red things are big.", "Big things are old."], "Red things are old.") == ["entailed"]


def test_no_accepted_rule_makes_a_false_literal_follow() -> None:
    steps = ["If someone is kind and not big then they are nice.", "If someone is kind then they are nice."]
    assert closed(CONTEXT, *steps, "Dave is nice.") == ["contradicted"] * 3


def test_negation_is_settled_stratum_by_stratum() -> None:
    context = [
        "Bob is red.",
        "If someone is red then they are big.",
        "If someone is not big then they are old.",
        "If someone is not old then they are nice.",
    ]
    assert closed(context, "Bob is not old.", "Bob is nice.", "Bob is big.") == ["entailed"] * 3


@pytest.mark.parametrize(
    "circle",
    [
        ["If someone is not kind then they are kind."],
        ["If someone is not kind then they are bad.", "If someone is not bad then they are kind."],
        ["If someone is kind then they are red.", "If someone is red and not big then they are kind.", "Bob is big.",
         "If someone is not kind then they are big."],
    ],
)  # fmt: skip
def test_negation_in_a_circle_is_undecided(circle: list[str]) -> None:
    context = ["Bob is green.", *circle]
    verdict = check(context, ["Bob is green.", "Bob is kind."], "Bob is kind.", "True", logic="closed-world")
    assert {step.status for step in verdict.steps} == {Status.UNDECIDED}
    assert verdict.status is TraceStatus.UNVERIFIED
    assert "circle" in verdict.steps[0].reason


def test_an_unread_sentence_leaves_everything_undecided() -> None:
    context = [*CONTEXT, "Rumour has it that Dave knows better."]
    assert closed(context, "Bob is kind.", "Bob is not red.", "Bob is green.") == ["undecided"] * 3
    assert prove(context, "Bob is kind.", "closed-world").outcome is Outcome.UNDECIDED


def test_a_doubtful_word_leaves_everything_undecided() -> None:
    context = ["Bob is a red wumpus.", "Dave is red.", "Dave is a wumpus."]
    assert closed(context, "Bob is not red.", "Dave is red.") == ["undecided"] * 2


def test_a_denied_fact_that_is_derivable_makes_the_context_inconsistent() -> None:
    for context in (["Bob is kind.", "Bob is not kind."], [*CONTEXT, "Dave is not sad."], [*CONTEXT, "Nobody is red."]):
        verdict = check(context, ["Bob is kind."], logic="closed-world")
        assert verdict.context_inconsistent is True
        assert verdict.steps[0].status is Status.UNDECIDED
        assert prove(context, "Bob is kind.", "closed-world").outcome is Outcome.INCONSISTENT


def test_what_is_absent_has_no_premises_and_what_is_derived_has_a_minimal_set() -> None:
    assert last(CONTEXT, "Bob is not red.", logic="closed-world").premises == ()
    claim = last(CONTEXT, "Bob is nice.", logic="closed-world")
    assert [premise.label for premise in claim.premises] == ["context 1", "context 4"]


def test_cited_must_have_been_said_here_too() -> None:
    assert closed(CONTEXT, "Given: Bob is nice.") == ["ungrounded"]
    assert closed(CONTEXT, "Given: Bob is kind.") == ["entailed"]
    assert closed(CONTEXT, "Given: Bob is not red.") == ["ungrounded"]

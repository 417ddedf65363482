"""The ``rules`` reading: rules fire forwards only, a negated literal is a predicate of its own."""

from __future__ import annotations

import pytest
from semantics import check, claims, last, prove, statuses

from verisearch.verdict import Outcome, Status, TraceStatus

KIND = ["Bob is kind.", "All kind people are nice.", "Nice people are not mean.", "Dave is big."]


# --- what is entailed ---
def test_what_forward_chaining_gives_is_entailed() -> None:
    assert statuses(KIND, "Bob is nice.", "Bob is not mean.", "Dave is big.") == ["entailed"] * 3


def test_what_it_does_not_give_is_ungrounded() -> None:
    assert statuses(KIND, "Dave is nice.", "Dave is not kind.", "Zoe is big.") == ["ungrounded"] * 3


def test_a_rule_does_not_run_backwards() -> None:
    context = ["All kind people are nice.", "Bob is not nice."]
    assert statuses(context, "Bob is not kind.") == ["ungrounded"]
    assert statuses(context, "If someone is not nice then they are not kind.") == ["ungrounded"]


def test_there_is_no_case_analysis() -> None:
    context = ["If Bob is red then Bob is big.", "If Bob is not red then Bob is big.", "Bob is old."]
    assert statuses(context, "Bob is big.", "If Bob is old then Bob is big.") == ["ungrounded"] * 2


def test_a_negated_condition_needs_the_negated_fact() -> None:
    rule = "If someone is not kind then they are mean."
    assert statuses(["Bob is red.", rule], "Bob is mean.") == ["ungrounded"]
    assert statuses(["Bob is not kind.", rule], "Bob is mean.") == ["entailed"]


def test_a_contradicted_condition_makes_no_rule_fire() -> None:
    context = ["Bob is not kind.", "All kind people are nice."]
    assert statuses(context, "Bob is nice.", "Bob is not nice.") == ["ungrounded"] * 2


def test_what_holds_of_everyone_holds_of_everyone_named() -> None:
    assert statuses(["Everyone is kind."], "Zoe is kind.", "The cat is kind.", "Everyone is kind.") == ["entailed"] * 3
    assert statuses(["Nobody is kind."], "Zoe is not kind.", "Zoe is kind.") == ["entailed", "contradicted"]


# --- rules as steps ---
def test_a_rule_follows_if_its_head_follows_from_its_body_on_things_never_heard_of() -> None:
    assert statuses(KIND, "If someone is kind then they are not mean.") == ["entailed"]
    assert statuses(KIND, "If someone is kind and big then they are nice.") == ["entailed"]
    assert statuses(KIND, "If Zoe is kind then Zoe is nice.") == ["entailed"]


def test_a_rule_does_not_follow_because_it_holds_of_all_that_are_named() -> None:
    context = ["Bob is kind.", "Bob is big.", "Dave is kind.", "Dave is big."]
    assert statuses(context, "If someone is kind then they are big.", "Everyone is kind.") == ["ungrounded"] * 2


def test_a_rule_does_not_follow_from_its_converse_or_from_a_narrower_one() -> None:
    assert statuses(KIND, "All nice people are kind.") == ["ungrounded"]
    assert statuses(["All kind, big people are nice."], "All kind people are nice.") == ["ungrounded"]


def test_a_rule_with_a_derivable_head_follows() -> None:
    assert statuses(KIND, "If Dave is red then Bob is nice.") == ["entailed"]


def test_a_rule_may_assume_what_is_refuted() -> None:
    """Its condition is granted, even where the context denies it."""
    context = ["Bob is not kind.", "All kind people are nice."]
    assert statuses(context, "If Bob is kind then Bob is nice.") == ["entailed"]
    assert statuses(context, "If Bob is kind then Bob is red.") == ["ungrounded"]


# --- what is contradicted ---
def test_a_literal_is_contradicted_if_its_complement_follows() -> None:
    assert statuses(KIND, "Bob is mean.", "Bob is not nice.", "Bob is not kind.") == ["contradicted"] * 3


def test_a_conjunction_is_contradicted_if_one_part_is() -> None:
    found = claims(KIND, ["Bob is kind and mean."])
    assert [claim.status for claim in found] == [Status.ENTAILED, Status.CONTRADICTED]
    assert statuses(KIND, "Bob is kind and mean.", "Dave is red and Bob is mean.") == ["contradicted"] * 2
    assert prove(KIND, "Bob is kind and mean.").outcome is Outcome.FALSE
    assert prove(KIND, "Dave is red and Bob is mean.").outcome is Outcome.FALSE
    assert prove(KIND, "Dave is red and Bob is nice.").outcome is Outcome.UNKNOWN
    assert prove(KIND, "Bob is kind and nice.").outcome is Outcome.TRUE


def test_a_rule_is_contradicted_by_an_instance_with_its_body_and_the_flipped_head() -> None:
    assert statuses(KIND, "If someone is kind then they are mean.") == ["contradicted"]
    assert statuses(KIND, "If someone is nice then they are not kind.", "Everyone is mean.") == ["contradicted"] * 2
    assert statuses(KIND, "If someone is big then they are mean.") == ["ungrounded"]


def test_the_premises_of_a_contradiction_are_those_the_opposite_rests_on() -> None:
    claim = last(KIND, "Bob is mean.")
    assert [premise.label for premise in claim.premises] == ["context 1", "context 2", "context 3"]
    rule = last(KIND, "If someone is big then they are small.", "If someone is kind then they are mean.")
    assert [premise.label for premise in rule.premises] == ["context 1", "context 2", "context 3"]


# --- contexts that contradict themselves ---
@pytest.mark.parametrize(
    "context",
    [
        ["Bob is kind.", "Bob is not kind."],
        [*KIND, "Bob is mean."],
        ["Everyone is kind.", "Bob is not kind."],
        ["Everyone is kind.", "Nobody is kind."],
        ["Bob likes Dave.", "If someone likes Dave then they do not like Dave."],
    ],
)
def test_a_context_that_gives_both_signs_of_an_atom_is_inconsistent(context: list[str]) -> None:
    verdict = check(context, ["Bob is kind.", "Dave is green."], "Bob is kind.", "True")
    assert verdict.context_inconsistent is True
    assert {step.status for step in verdict.steps} == {Status.UNDECIDED}
    assert verdict.status is TraceStatus.UNVERIFIED
    assert prove(context, "Bob is kind.").outcome is Outcome.INCONSISTENT


def test_a_context_may_contradict_itself_classically_without_giving_both_signs() -> None:
    context = ["All kind people are nice.", "Bob is not nice.", "If Bob is not kind then Bob is nice."]
    verdict = check(context, ["Bob is not nice."])
    assert verdict.context_inconsistent is False
    assert verdict.steps[0].status is Status.ENTAILED
    assert prove(context, "Bob is not nice.", "classical").outcome is Outcome.INCONSISTENT


# --- what this reading can't say ---
@pytest.mark.parametrize(
    "text",
    [
        "Bob is kind or nice.",
        "If someone is kind then they are red or blue.",
        "If someone is kind or nice then they are red.",
        "No one who is kind is red or blue.",
    ],
)
def test_disjunctions_are_untranslatable(text: str) -> None:
    assert last(KIND, text).status is Status.UNTRANSLATABLE
    verdict = check([*KIND, text], ["Bob is nice.", "Bob is mean.", "Zoe is red."])
    assert [sentence.text for sentence in verdict.unread] == [text]
    assert [step.status.value for step in verdict.steps] == ["entailed", "contradicted", "undecided"]


def test_a_negated_conjunction_is_untranslatable() -> None:
    assert last(KIND, 'The statement "All kind people are nice" is false.').status is Status.UNTRANSLATABLE
    assert last(KIND, "It is false that Bob is kind or big.").status is Status.UNTRANSLATABLE


# --- sentences of the context that could not be read ---
def test_with_an_unread_sentence_nothing_is_known_not_to_follow() -> None:
    context = [*KIND, "Rumour has it that Dave knows better."]
    steps = ["Bob is nice.", "Bob is mean.", "Dave is nice.", "Nothing says that Dave is nice."]
    steps += ["Nothing says that Bob is nice.", "We don't know whether Dave is mean.", "All nice people are kind."]
    assert statuses(context, *steps) == [
        "entailed",
        "contradicted",
        "undecided",
        "undecided",
        "contradicted",
        "undecided",
        "undecided",
    ]
    assert prove(context, "Dave is nice.").outcome is Outcome.UNDECIDED
    assert prove(context, "Bob is nice.").outcome is Outcome.TRUE
    assert prove(context, "Bob is mean.").outcome is Outcome.FALSE


def test_with_an_unread_sentence_a_missing_citation_is_undecided() -> None:
    context = [*KIND, "Rumour has it that Dave knows better."]
    assert statuses(context, "Given: Bob is nice.", "Given: Bob is kind.") == ["undecided", "entailed"]
    assert statuses(context, "The context does not say that Bob is kind.") == ["contradicted"]
    assert statuses(context, "The context does not say that Bob is nice.") == ["undecided"]

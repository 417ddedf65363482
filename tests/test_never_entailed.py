"""Sentences that a careless reader takes for more than they say: what doesn't follow from them never passes."""

from __future__ import annotations

import pytest
from gold_traces import problem_of, trace_of

from verisearch.symbolic.checker import prove_problem, verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import Logic, Outcome, Status, TraceStatus

LOGICS: tuple[Logic, ...] = ("rules", "classical", "closed-world")

#: A sentence of the context beside "Bob is kind." and "Dave is rude.", and a step that doesn't follow from them.
WEAKER_THAN_IT_LOOKS = [
    ("No kind people are nice.", "Bob is nice."),
    ("No kind person is nice.", "Bob is nice."),
    ("Kind people are not always nice.", "Bob is not nice."),
    ("Kind people are not necessarily nice.", "Bob is not nice."),
    ("Erin is not necessarily nice.", "Erin is not nice."),
    ("Erin is not always nice.", "Erin is not nice."),
    ("Erin is not too nice.", "Erin is not nice."),
    ("Erin does not always like Dave.", "Erin does not like Dave."),
    ("Erin need not be nice.", "Erin is not nice."),
    ("If everyone is kind then Bob is nice.", "Bob is nice."),
    ("If everything is kind then Bob is nice.", "Bob is nice."),
    ("If all people are kind then Bob is nice.", "Bob is nice."),
    ("If no one is kind then Bob is nice.", "Bob is nice."),
    ("Most kind people are nice.", "Bob is nice."),
    ("Some kind people are nice.", "Bob is nice."),
    ("Few kind people are nice.", "Bob is nice."),
    ("Two kind people are nice.", "Bob is nice."),
    ("Not all kind people are nice.", "Bob is nice."),
    ("Not all kind people are nice.", "Bob is not nice."),
    ("Only kind people are nice.", "Bob is nice."),
    ("Kind people are usually nice.", "Bob is nice."),
    ("Kind people may be nice.", "Bob is nice."),
    ("Kind people were nice.", "Bob is nice."),
    ("Kind people are nice to Dave.", "Bob is nice."),
    ("Kind people are nice or big.", "Bob is nice."),
    ("Kind people with hats are nice.", "Bob is nice."),
    ("Very kind people are nice.", "Bob is nice."),
    ("All kind people except Bob are nice.", "Bob is nice."),
    ("Bob is nice unless Dave is rude.", "Bob is nice."),
    ("Bob is nice only if Bob is kind.", "Bob is nice."),
    ("If Bob is nice then Bob is kind.", "Bob is nice."),
    ("If Bob is kind then Bob may be nice.", "Bob is nice."),
    ("If Bob were kind, Bob would be nice.", "Bob is nice."),
    ("If Bob is kind and rich or big then Bob is nice.", "Bob is nice."),
    ("If someone is kind then someone else is nice.", "Bob is nice."),
    ("Either Bob is nice or Dave is nice.", "Bob is nice."),
    ("Bob or Dave is nice.", "Bob is nice."),
    ("Dave says that Bob is nice.", "Bob is nice."),
    ("Dave thinks Bob is nice.", "Bob is nice."),
    ("It is possible that Bob is nice.", "Bob is nice."),
    ("It is false that Bob is nice.", "Bob is nice."),
    ("Maybe Bob is nice.", "Bob is nice."),
    ("Bob is probably nice.", "Bob is nice."),
    ("Bob is hardly nice.", "Bob is nice."),
    ("Bob is almost nice.", "Bob is nice."),
    ("Bob is said to be nice.", "Bob is nice."),
    ("Bob was nice.", "Bob is nice."),
    ("Bob will be nice.", "Bob is nice."),
    ("Is Bob nice?", "Bob is nice."),
    ("Suppose Bob is nice.", "Bob is nice."),
    ("Bob is nicer than Dave.", "Bob is nice."),
    ("Bob Smith is nice.", "Bob is nice."),
    ("Bobby is nice.", "Bob is nice."),
    ("Bob's cat is nice.", "Bob is nice."),
    ("Everyone but Bob is nice.", "Bob is nice."),
    ("The cat likes only the dog.", "The cat likes the dog."),
    ("The cat never likes the dog.", "The cat likes the dog."),
    ("The cat hardly likes the dog.", "The cat likes the dog."),
    ("The big cat likes the dog.", "The cat likes the dog."),
    ("The cat likes the big dog.", "The cat likes the dog."),
    ("The dog is liked by the cat.", "The dog likes the cat."),
    ("Neither the cat nor the dog likes Bob.", "The cat likes Bob."),
    ("Bob is a fake cat.", "Bob is a cat."),
    ("Bob is no cat.", "Bob is a cat."),
    ("Bob is a cat lover.", "Bob is a cat."),
]

#: Steps after "Bob is kind.", "All kind people are nice." and "Nice people are not mean." that must not pass.
WRONG_STEPS = [
    "No kind people are nice.",
    "No rule says that Bob is kind.",
    "The statement that Bob is kind is false.",
    "It is not the case that Bob is nice.",
    "It is wrong that Bob is nice.",
    "Bob is nice is false.",
    "Bob is nice, since Bob is rude.",
    "Since all kind people are sad, Bob is nice.",
    "By the rule that all nice people are kind, Bob is nice.",
    "Rule: All nice people are kind.",
    "Given: Bob is nice.",
    "The context states that Bob is nice.",
    "Only kind people are nice.",
    "All nice people are kind.",
    "If someone is not nice then they are not kind.",
    "If someone is mean then they are not nice.",
    "Two people are nice.",
    "Bob is not necessarily nice.",
    "Bob is nice, but not kind.",
    "Bob is nice and mean.",
    "Bob is nice (false).",
    "Assume Dave is kind. Then Dave is nice.",
    "If Dave is kind, he is nice, so he is not mean.",
    "Nothing says that Bob is nice.",
    "We cannot conclude that Bob is nice.",
    "It is unknown whether Bob is nice.",
    "Dave is nice too.",
    "He is nice.",
    "Everyone is nice.",
    "Someone is mean.",
    "¬ Bob is nice.",
]


#: In a closed world what can't be derived is false, so a negated step is another matter there.
CASES = [
    (sentence, step, logic)
    for sentence, step in WEAKER_THAN_IT_LOOKS
    for logic in LOGICS
    if logic != "closed-world" or " not " not in step
]


@pytest.mark.parametrize(("sentence", "step", "logic"), CASES)
def test_no_more_follows_than_is_said(sentence: str, step: str, logic: Logic) -> None:
    problem = problem_of("p", ["Bob is kind.", "Dave is rude.", sentence], None)
    verdict = verify_trace(trace_of(problem, [step], None), CheckOptions(logic=logic))
    assert verdict.steps[0].status is not Status.ENTAILED, verdict.context_formulas


@pytest.mark.parametrize("step", WRONG_STEPS)
def test_a_wrong_step_does_not_pass(step: str) -> None:
    context = ["Bob is kind.", "All kind people are nice.", "Nice people are not mean."]
    problem = problem_of("p", context, "Bob is nice.")
    verdict = verify_trace(trace_of(problem, [step], None), CheckOptions())
    assert verdict.steps[0].status is not Status.ENTAILED, verdict.steps[0]
    assert verdict.status is not TraceStatus.VALID


def test_the_same_steps_pass_where_they_are_right() -> None:
    """So that the two tests above can't be passed by refusing everything."""
    context = ["Bob is kind.", "All kind people are nice.", "Nice people are not mean.", "The cat likes the dog."]
    steps = ["Bob is nice.", "So Bob is not mean.", "The cat likes the dog.", "Since Bob is kind, Bob is nice."]
    verdict = verify_trace(trace_of(problem_of("p", context, "Bob is nice."), steps, "True"), CheckOptions())
    assert [step.status for step in verdict.steps] == [Status.ENTAILED] * len(steps)
    assert verdict.status is TraceStatus.VALID


@pytest.mark.parametrize("logic", LOGICS)
@pytest.mark.parametrize(
    "step",
    ["Nothing says that Bob is nice.", "We don't know whether Bob is nice.", "It is unknown whether Bob is nice."],
)
def test_nothing_is_known_not_to_follow_from_a_context_that_was_not_read_whole(step: str, logic: Logic) -> None:
    problem = problem_of("p", ["Bob is kind.", "Rumour has it that kindness makes for niceness."], "Bob is nice.")
    verdict = verify_trace(trace_of(problem, [step], "Unknown"), CheckOptions(logic=logic))
    assert verdict.unread
    assert verdict.steps[0].status is not Status.ENTAILED
    assert verdict.answer is not None
    assert verdict.answer.claim.status is not Status.ENTAILED
    assert prove_problem(problem, CheckOptions(logic=logic)).outcome is Outcome.UNDECIDED


def test_a_closed_world_is_not_closed_over_what_was_not_read() -> None:
    problem = problem_of("p", ["Bob is kind.", "Rumour has it that kindness makes for niceness."], "Bob is nice.")
    verdict = verify_trace(trace_of(problem, ["Bob is not nice."], "False"), CheckOptions(logic="closed-world"))
    assert verdict.steps[0].status is not Status.ENTAILED
    assert verdict.status is not TraceStatus.VALID


@pytest.mark.parametrize("logic", LOGICS)
def test_a_context_that_contradicts_itself_proves_nothing(logic: Logic) -> None:
    context = ["Bob is kind.", "All kind people are nice.", "Bob is not nice."]
    for statement in ("Dave is red.", "Bob is nice.", "Bob is not nice."):
        problem = problem_of("p", context, statement)
        verdict = verify_trace(trace_of(problem, [statement], "True"), CheckOptions(logic=logic))
        assert verdict.context_inconsistent
        assert verdict.status is not TraceStatus.VALID
        assert prove_problem(problem, CheckOptions(logic=logic)).outcome is Outcome.INCONSISTENT


def test_failed_steps_hold_up_no_later_one() -> None:
    context = ["Bob is kind.", "All big people are old."]
    steps = ["Bob is big.", "Bob is old.", "So Bob is old.", "Since Bob is big, Bob is old."]
    verdict = verify_trace(trace_of(problem_of("p", context, None), steps, None), CheckOptions())
    assert [step.status for step in verdict.steps] == [Status.UNGROUNDED] * len(steps)
    assert verdict.steps[1].claims[0].depends_on_failed == (0,)


def test_rules_do_not_run_backwards_nor_by_cases() -> None:
    context = ["All kind people are nice.", "Bob is not nice.", "If Dave is red then Dave is big."]
    context.append("If Dave is not red then Dave is big.")
    steps = ["Bob is not kind.", "Dave is big."]
    trace = trace_of(problem_of("p", context, None), steps, None)
    forward = verify_trace(trace, CheckOptions(logic="rules"))
    classical = verify_trace(trace, CheckOptions(logic="classical"))
    assert [step.status for step in forward.steps] == [Status.UNGROUNDED] * 2
    assert [step.status for step in classical.steps] == [Status.ENTAILED] * 2

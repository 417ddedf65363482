"""The step checker: leaps, cores, citations, failed steps, claims that nothing follows, answers."""

from __future__ import annotations

import pytest
from semantics import check, claims, last, statuses

from verisearch.ingest.reader import read_problem
from verisearch.ingest.textformat import trace_from_text
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Step, Trace
from verisearch.verdict import ClaimVerdict, Outcome, Status, TraceStatus

CHAIN = ["Bob is red.", "Red things are big.", "Big things are old.", "Old things are nice.", "Dave is old."]


def rests_on(claim: ClaimVerdict) -> list[str]:
    return [premise.label for premise in claim.premises]


# --- leaps ---
def test_a_leap_counts_the_rules_between_what_was_said_and_the_claim() -> None:
    for step, leap in (("Bob is red.", 0), ("Bob is big.", 1), ("Bob is old.", 2), ("Bob is nice.", 3)):
        assert last(CHAIN, step).leap == leap
    assert last(CHAIN, "Bob is big.", "Bob is old.", "Bob is nice.").leap == 1
    assert last(CHAIN, "Bob is nice.", "Bob is nice.").leap == 0
    assert last(CHAIN, "Red things are old.").leap == 2
    assert last(CHAIN, "Red things are old.", "Bob is old.").leap == 1


def test_an_accepted_step_shortens_later_leaps_however_late_it_comes() -> None:
    found = claims(CHAIN, ["Bob is nice.", "Bob is big.", "Bob is old.", "If Bob is nice then Bob is nice."])
    assert [claim.leap for claim in found[:3]] == [3, 1, 1]


def test_a_step_has_the_largest_leap_of_its_claims() -> None:
    verdict = check(CHAIN, ["Since Bob is red, Bob is old."])
    assert verdict.steps[0].leap == 2
    assert [claim.leap for claim in verdict.steps[0].claims] == [0, 2]


def test_branches_side_by_side_count_once() -> None:
    context = ["Bob is red.", "Red things are big.", "Red things are old.", "Big, old things are nice."]
    assert last(context, "Bob is nice.").leap == 2


def test_a_chain_is_verified_only_within_the_leap_limit() -> None:
    steps = ["Bob is big.", "Bob is nice."]
    for limit, verified in ((None, True), (2, True), (1, False), (0, False)):
        verdict = check(CHAIN, steps, "Bob is nice.", "True", max_leap=limit)
        assert verdict.status is TraceStatus.VALID
        assert verdict.verified is verified


def test_unknown_is_led_up_to_by_saying_it_of_the_statement_and_of_its_opposite() -> None:
    no, nor = "Nothing says that Dave is red.", "Nothing says that Dave is not red."
    either = "We cannot determine whether Dave is red."
    for steps, led in (
        ([], False),
        (["Dave is nice."], False),
        ([no], False),
        ([nor], False),
        ([no, nor], True),
        ([nor, "Dave is nice.", no], True),
        ([either], True),
        ([no, "Nothing says that Bob is not red."], False),
        ([no, "The context does not say that Dave is not red."], False),  # of sentences, not of what follows
    ):
        for limit in (1, None):
            verdict = check(CHAIN, [*steps, "The answer is Unknown."], "Dave is red.", max_leap=limit)
            assert verdict.answer is not None
            assert verdict.answer.claim.status is Status.ENTAILED, steps
            assert verdict.answer.claim.leap == (0 if led else None), steps
            assert verdict.steps[-1].leap == (0 if led else None), steps
            assert verdict.status is TraceStatus.VALID, steps
            assert verdict.verified is (led or limit is None), steps


def test_support_that_comes_behind_an_answer_is_none() -> None:
    both = ["Nothing says that Dave is red.", "Nothing says that Dave is not red."]
    assert not check(CHAIN, ["The answer is Unknown.", *both], "Dave is red.", max_leap=1).verified
    assert check(CHAIN, [*both, "The answer is Unknown."], "Dave is red.", max_leap=1).verified
    steps = ["Bob is big.", "Bob is old.", "Bob is nice."]
    early = check(CHAIN, ["The answer is True.", *steps], "Bob is nice.", max_leap=1)
    assert early.steps[0].leap == 3
    assert all(premise.source == "context" for premise in early.steps[0].premises)
    assert not early.verified
    assert check(CHAIN, [*steps, "The answer is True."], "Bob is nice.", max_leap=1).verified
    twice = check(
        CHAIN, [*steps[:2], "The answer is True.", steps[2], "The answer is True."], "Bob is nice.", max_leap=1
    )
    assert twice.verified
    assert [step.leap for step in twice.steps] == [1, 1, 1, 1, 0]


def test_an_answer_to_another_question_is_not_the_answer() -> None:
    context, ahead = (
        ["Anne is quiet.", "Quiet people are nice.", "Bob is not nice."],
        ["Anne is quiet.", "So Anne is nice."],
    )

    def verified(*lines: str, asked: str = "Anne is nice.") -> bool:
        problem = read_problem(context, statement=asked)
        return verify_trace(trace_from_text("\n".join(lines), problem), CheckOptions(max_leap=1)).verified

    end = "The answer is True."
    for reply in ("Is Bob nice? True.", "Is Bob nice?\nTrue.", "Is Bob nice?\nSo true.", "Bob is nice? True."):
        assert not verified(reply, *ahead, end), reply
        assert not verified(*ahead, reply), reply
    for closing in (
        "Is Bob nice? Yes.",
        "Is Bob nice?\n**Answer:** True",
        "Is Anne not nice? Yes.",
        f"Is Bob nice? {end}",
    ):
        assert not verified(*ahead, closing), closing
    assert not verified("Bob is not nice.", "Is Anne nice? False.", "The answer is False.", asked="Bob is nice.")
    assert not verified("Is Anne quiet?", *ahead, "True.")  # the reply to what was asked, or the answer?
    for right in ("Is Anne nice? True.", "Is the statement true? True.", "True.", "Answer: True", end):
        assert verified(*ahead, right), right
    assert verified("Is Anne quiet?", *ahead, "Answer: True")
    assert verified("Is Anne nice?", *ahead, "True.")


def test_a_question_that_asserts_and_words_struck_out_are_not_passed_over() -> None:
    ahead = ["Bob is red.", "Bob is big."]
    for line in (
        "Dave is red, isn't he?",
        "Dave is red, right?",
        "What about Dave, who is red?",
        "Given that Dave is red, what follows?",
        "Since Dave is red, is he big?",
        "Why is Dave red?",
        "How come Dave is red?",
        "Isn't Dave red?",
        "~~Dave is old.~~",
    ):
        verdict = verify_trace(
            trace_from_text(
                "\n".join([*ahead, line, "The answer is True."]), read_problem(CHAIN, statement="Bob is big.")
            ),
            CheckOptions(),
        )
        assert Status.UNTRANSLATABLE in [step.status for step in verdict.steps], line
        assert not verdict.verified
    for line in (
        "Is Dave red?",
        "Is Dave not red?",
        "What follows?",
        "Why?",
        "What about Dave?",
        "Does Dave like Bob or not?",
    ):
        assert check(CHAIN, [*ahead, line], "Bob is big.", "True").verified, line


def test_words_that_neither_context_nor_question_has_are_noted() -> None:
    def notes(*steps: str) -> str:
        return "; ".join(check(CHAIN, list(steps), "Dave is furry.").notes)

    assert "brings in" not in notes("Nothing says that Dave is furry.", "Dave is nice.")
    assert "step 2 brings in “ulric”, which neither" in notes("Dave is nice.", "Nothing says that Ulric is red.")
    assert "step 1 brings in “tall” and “ulric”" in notes("Nothing says that Ulric is tall.")
    problem = read_problem(CHAIN, "What can we say about Ulric?")
    free = verify_trace(trace_from_text("Nothing says that Ulric is tall.", problem), CheckOptions())
    assert not any("brings in" in note for note in free.notes)  # nobody has read which words the question has


def test_a_bare_answer_shows_its_leap() -> None:
    verdict = check(CHAIN, ["Bob is red."], "Bob is nice.", "True", max_leap=1)
    assert verdict.answer is not None
    assert (verdict.answer.claim.status, verdict.answer.claim.leap) == (Status.ENTAILED, 3)
    assert not verdict.verified


# --- cores ---
def test_a_restated_sentence_rests_on_that_sentence_alone() -> None:
    context = [*CHAIN, "Bob is big."]
    assert rests_on(last(context, "Bob is big.")) == ["context 6"]
    assert rests_on(last(context, "Bob is big.", "Bob is big.")) == ["context 6"]
    assert rests_on(last(context, "Big things are old.")) == ["context 3"]
    assert rests_on(last(["Bob is kind and nice."], "Bob is nice.")) == ["context 1"]


def test_a_core_is_minimal() -> None:
    context = ["Dave is red.", *CHAIN, "Bob is green.", "Green things are old."]
    for step in ("Bob is big.", "Bob is old.", "Bob is nice.", "Red things are nice."):
        claim = last(context, step)
        numbers = [premise.index for premise in claim.premises]
        assert last([context[number] for number in numbers], step).status is Status.ENTAILED
        for dropped in numbers:
            rest = [context[number] for number in numbers if number != dropped]
            assert last(rest, step).status is Status.UNGROUNDED


def test_a_core_prefers_the_nearest_steps_then_the_context_in_order() -> None:
    context = ["Bob is red.", "Red things are big.", "Bob is green.", "Green things are big.", "Big things are old."]
    assert rests_on(last(context, "Bob is big.")) == ["context 1", "context 2"]
    assert rests_on(last(context, "Green things are big.", "Bob is green.", "Bob is big.")) == ["step 1", "step 2"]
    assert rests_on(last(context, "Bob is big.", "Bob is old.")) == ["context 5", "step 1"]


# --- citations ---
def test_what_is_cited_must_have_been_said() -> None:
    for step in ("Given: Bob is old.", "It is given that Bob is old.", "The context says that Bob is old."):
        claim = last(CHAIN, step)
        assert (claim.kind, claim.status) == ("cited", Status.UNGROUNDED)
        assert "would follow" in claim.reason
    assert last(CHAIN, "The context says that Bob is red.").status is Status.ENTAILED
    assert last(CHAIN, "Bob is big.", "It is given that Bob is big.").status is Status.ENTAILED


def test_a_citation_that_is_wrong_is_not_explained_by_what_is_untrue() -> None:
    for step in ("Given: Bob is old.", "From 9, Bob is red."):
        claim = last(CHAIN, step)
        assert claim.status is Status.UNGROUNDED, step
        assert "would follow" in claim.reason
        assert claim.counter_model is None  # nothing lets the claim fail
    claim = last(CHAIN, "Dave is red.")
    assert claim.counter_model is not None


def test_a_cited_rule_that_the_context_lacks_fails_though_the_conclusion_follows() -> None:
    found = claims(CHAIN, ['According to the rule "Red things are old", Bob is old.'])
    assert [claim.status for claim in found] == [Status.UNGROUNDED, Status.ENTAILED]
    weaker = claims(CHAIN, ['By the rule "Red, big things are big", Bob is big.'])
    assert weaker[0].status is Status.UNGROUNDED
    assert statuses(CHAIN, 'By the rule "Red things are big", Bob is big.') == ["entailed"]


def test_a_number_that_is_cited_must_exist() -> None:
    assert last(CHAIN, "Bob is red (statement 1).").status is Status.ENTAILED
    claim = last(CHAIN, "Bob is red (statement 9).")
    assert claim.status is Status.UNGROUNDED
    assert "9" in claim.reason


def test_given_goes_with_the_claim_it_stands_at() -> None:
    found = claims(CHAIN, ["Bob is red (given), so Bob is big.", "Bob is red, so Bob is big. (Given)"])
    assert [(claim.kind, claim.status.value) for claim in found] == [
        ("cited", "entailed"),
        ("assertion", "entailed"),
        ("assertion", "entailed"),
        ("cited", "entailed"),  # an earlier step said so
    ]
    assert last(CHAIN, "Bob is old. (Given)").status is Status.UNGROUNDED


# --- failed steps ---
def test_a_failed_step_is_not_assumed_by_later_ones() -> None:
    context = ["Red things are big.", "Bob is green.", "Bob is not old.", "Old things are nice."]
    verdict = check(context, ["Bob is red.", "Bob is big.", "Bob is old.", "Bob is nice.", "Bob is green."])
    found = [step.claims[0] for step in verdict.steps]
    assert [claim.status.value for claim in found] == [
        "ungrounded",
        "ungrounded",
        "contradicted",
        "ungrounded",
        "entailed",
    ]
    assert [claim.depends_on_failed for claim in found] == [(), (0,), (), (2,), ()]
    assert "failed step 1" in found[1].reason


def test_it_depends_on_all_failed_steps_it_needs() -> None:
    context = ["Red, big things are old."]
    found = claims(context, ["Bob is red.", "Bob is green.", "Bob is big.", "Bob is old."])
    assert found[-1].depends_on_failed == (0, 2)
    assert last(context, "Bob is red.", "Bob is old.").depends_on_failed == ()


def test_a_failed_rule_is_not_assumed_either() -> None:
    found = claims(["Bob is red."], ["Red things are big.", "Bob is big."])
    assert [claim.status for claim in found] == [Status.UNGROUNDED] * 2
    assert found[1].depends_on_failed == (0,)


def test_a_failed_citation_is_not_assumed_but_what_follows_anyway_still_does() -> None:
    assert statuses(CHAIN, "Given: Red things are old.", "Bob is old.") == ["ungrounded", "entailed"]
    assert last(CHAIN, "Given: Red things are old.", "Bob is old.").leap == 2


def test_unread_and_undecided_claims_are_not_assumed() -> None:
    context = ["Red things are big.", "Bob is green or red."]
    assert statuses(context, "Bob is red.", "Bob is big.") == ["undecided"] * 2
    assert statuses(["Red things are big."], "Bob seems red.", "Bob is big.") == ["untranslatable", "ungrounded"]


# --- claims that nothing follows ---
def test_nothing_says_that_is_a_claim_of_non_derivability() -> None:
    assert last(CHAIN, "Nothing says that Dave is red.").status is Status.ENTAILED
    claim = last(CHAIN, "Nothing says that Bob is nice.")
    assert (claim.kind, claim.status) == ("not-derivable", Status.CONTRADICTED)
    assert rests_on(claim) == ["context 1", "context 2", "context 3", "context 4"]


def test_that_and_whether_differ_where_the_opposite_follows() -> None:
    context = [*CHAIN, "Dave is not red."]
    assert last(context, "Nothing says that Dave is red.").status is Status.ENTAILED
    assert last(context, "We cannot tell whether Dave is red.").status is Status.CONTRADICTED
    assert last(context, "We cannot tell whether Dave is green.").status is Status.ENTAILED


def test_a_claim_that_nothing_follows_is_no_premise() -> None:
    context = ["If someone is not red then they are big."]
    assert statuses(context, "Nothing says that Bob is red.", "Bob is not red.", "Bob is big.") == [
        "entailed",
        "ungrounded",
        "ungrounded",
    ]


def test_not_stated_is_about_the_sentences_of_the_context() -> None:
    assert statuses(CHAIN, "The context does not say that Bob is big.") == ["entailed"]
    assert statuses(CHAIN, "Bob is big.", "The context does not say that Bob is big.") == ["entailed"] * 2
    assert statuses(CHAIN, "The context does not say that Bob is red.") == ["contradicted"]
    assert statuses(["Bob is kind and nice."], "The context does not say that Bob is nice.") == ["contradicted"]
    assert statuses(["Bob is not nice."], "The context does not say that Bob is nice.") == ["entailed"]
    assert statuses(["Bob is not nice."], "The context does not say whether Bob is nice.") == ["contradicted"]


# --- answers ---
@pytest.mark.parametrize(
    ("statement", "right"),
    [("Bob is nice.", "True"), ("Bob is not nice.", "False"), ("Dave is red.", "Unknown"), ("Dave is nice.", "True")],
)
def test_an_answer_passes_only_if_it_follows(statement: str, right: str) -> None:
    for given in ("True", "False", "Unknown"):
        verdict = check(CHAIN, ["Bob is red."], statement, given)
        assert verdict.answer is not None
        assert verdict.answer.proved.value == right.lower()
        assert (verdict.answer.claim.status is Status.ENTAILED) == (given == right)
        assert (verdict.status is TraceStatus.VALID) == (given == right)
        assert verdict.verified == (given == right)


def test_a_wrong_answer_is_contradicted_or_ungrounded() -> None:
    for given, statement, status in (
        ("False", "Bob is nice.", Status.CONTRADICTED),
        ("Unknown", "Bob is nice.", Status.CONTRADICTED),
        ("True", "Dave is red.", Status.UNGROUNDED),
        ("False", "Dave is red.", Status.UNGROUNDED),
    ):
        verdict = check(CHAIN, [], statement, given)
        assert verdict.answer is not None
        assert verdict.answer.claim.status is status
        assert verdict.status is TraceStatus.INVALID


def test_an_answer_among_the_steps_is_judged_like_the_final_one() -> None:
    verdict = check(CHAIN, ["Bob is red.", "The statement is false."], "Bob is nice.")
    assert verdict.steps[1].claims[0].kind == "answer"
    assert verdict.steps[1].status is Status.CONTRADICTED
    assert verdict.answer is not None
    assert verdict.answer.given == "False"
    assert verdict.status is TraceStatus.INVALID


def test_every_answer_in_a_trace_must_follow() -> None:
    verdict = check(CHAIN, ["The answer is False.", "Bob is nice.", "The answer is True."], "Bob is nice.", "True")
    assert verdict.status is TraceStatus.INVALID
    assert not verdict.verified


@pytest.mark.parametrize("given", ["Maybe", "42", "True or False", ""])
def test_another_answer_proves_nothing(given: str) -> None:
    verdict = check(CHAIN, ["Bob is red."], "Bob is nice.", given or None)
    assert verdict.answer is None or verdict.answer.claim.status is Status.UNTRANSLATABLE
    assert not verdict.verified
    assert (verdict.status is TraceStatus.VALID) == (not given)


def test_an_answer_about_no_statement_is_undecided() -> None:
    verdict = check(CHAIN, ["Bob is big."], None, "True")
    assert verdict.answer is not None
    assert verdict.answer.proved is Outcome.UNDECIDED
    assert verdict.status is TraceStatus.UNVERIFIED


def test_an_answer_about_an_unread_statement_is_undecided() -> None:
    verdict = check(CHAIN, ["Bob is big."], "Bob seems nice.", "Unknown")
    assert verdict.answer is not None
    assert verdict.answer.claim.status is Status.UNDECIDED
    assert verdict.status is TraceStatus.UNVERIFIED


def test_the_queried_statement_is_never_a_premise() -> None:
    verdict = check(["Red things are big."], ["Bob is red.", "Bob is big."], "Bob is red.", "True")
    assert [step.status for step in verdict.steps] == [Status.UNGROUNDED] * 2
    assert verdict.status is TraceStatus.INVALID


# --- whole traces ---
def test_a_trace_without_a_claim_is_never_valid() -> None:
    for steps in ([], [""], ["Let's think step by step."], ["Is Bob nice?"], ["Reasoning:", "…", "---"]):
        verdict = check(CHAIN, steps, "Bob is nice.")
        assert verdict.status is TraceStatus.UNVERIFIED
        assert not verdict.verified


def test_a_chain_without_an_answer_is_not_verified() -> None:
    verdict = check(CHAIN, ["Bob is big."], "Bob is nice.")
    assert verdict.status is TraceStatus.VALID
    assert not verdict.verified


@pytest.mark.parametrize("bad", ["Bob seems nice.", "Bob is mean.", "Bob is not red.", "Given: Bob is nice."])
def test_one_bad_step_keeps_a_trace_from_being_valid(bad: str) -> None:
    for steps in ([bad, "Bob is big."], ["Bob is big.", bad], [f"{bad} Bob is big."]):
        verdict = check(CHAIN, steps, "Bob is nice.", "True")
        assert verdict.status is not TraceStatus.VALID
        assert not verdict.verified


def test_suppositions_are_no_premises() -> None:
    for step in ("Suppose Dave is red.", "Assume that Dave is red.", "If Dave is red, Dave is big."):
        verdict = check(CHAIN, [step, "Dave is big."], "Dave is big.", "True")
        assert verdict.steps[1].status is not Status.ENTAILED
        assert verdict.status is not TraceStatus.VALID


@pytest.mark.parametrize(
    "step",
    [
        "The statement is false, so the answer is True.",
        "The answer is False, so the answer is True.",
        "The answer is Unknown, but the answer is True.",
        "The answer is True, since the statement is false.",
    ],
)
def test_each_answer_of_a_step_stands_for_itself(step: str) -> None:
    problem = read_problem("Bob is kind. Kind people are nice.", statement="Bob is nice.")
    found = verify_trace(trace_from_text(f"Bob is kind. So Bob is nice. {step}", problem), CheckOptions())
    assert not found.verified
    assert found.status is not TraceStatus.VALID


def test_a_letter_without_options_is_no_answer() -> None:
    problem = read_problem("Bob is kind. Kind people are nice.", statement="Bob is nice.")
    found = verify_trace(trace_from_text("Bob is kind. So Bob is nice. The answer is A.", problem), CheckOptions())
    assert (found.status, found.verified) == (TraceStatus.UNVERIFIED, False)
    options = "Is the following true? Bob is nice. Options: A) False B) True"
    lettered = read_problem("Bob is kind. Kind people are nice.", options, statement="Bob is nice.")
    assert verify_trace(
        trace_from_text("Bob is kind. So Bob is nice. The answer is B.", lettered), CheckOptions()
    ).verified
    wrong = verify_trace(trace_from_text("Bob is kind. So Bob is nice. The answer is A.", lettered), CheckOptions())
    assert (wrong.status, wrong.verified) == (TraceStatus.INVALID, False)
    both = verify_trace(
        trace_from_text("Bob is kind. So Bob is nice. The answer is A, so the answer is B.", lettered), CheckOptions()
    )
    assert not both.verified


def test_a_premise_names_its_claim_by_the_number_that_it_has_in_the_verdict() -> None:
    """What claims nothing stands in a step too, and isn't counted."""
    problem = read_problem("Bob is kind. Bob is big. Kind people are nice.", statement="Bob is nice.")
    steps = ("Let us see. Bob is kind and Bob is big.", "Bob is nice.")
    made = tuple(Step(text, index, (0, len(text))) for index, text in enumerate(steps))
    first, second = verify_trace(Trace(problem=problem, steps=made), CheckOptions()).steps
    (premise,) = [each for each in second.premises if each.source == "step"]
    assert first.claims[premise.claim].text == "Bob is kind"

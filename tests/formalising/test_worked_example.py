"""The paper's worked example (VeriCoT, arXiv 2511.04662): Charlie, born in 2005, lives with his parent Bob."""

from __future__ import annotations

import pytest
from scripted_model import ScriptedModel

from verisearch.evaluation.record import reason_of
from verisearch.ingest.reader import read_problem
from verisearch.report.words import verified_sentence
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions, ReadingOptions
from verisearch.trace import Step, Trace
from verisearch.verdict import Status, TraceStatus, TraceVerdict

FACTS = "Charlie was born in 2005. Charlie lives with Bob, who is his parent."
RULE = "Whoever is under 21 years old and lives with a parent is entitled to the benefit."
ASKED = "Charlie is entitled to the benefit in 2025."

STEPS = (
    "Charlie was born in 2005 and lives with his parent Bob.",
    "So Charlie is at most 20 years old in 2025.",
    "Whoever is under 21 and lives with a parent is entitled to the benefit.",
    "Therefore Charlie is entitled to the benefit in 2025.",
)

AT_MOST = "(assert (forall ((x Person) (y Int)) (<= (age x y) (- y (birth_year x)))))"
EQUAL = "(assert (forall ((x Person) (y Int)) (= (age x y) (- y (birth_year x)))))"
INEQUALITY = "A person's age in a year is at most that year minus the year of birth."
EQUALITY = "A person's age in a year is that year minus the year of birth."
ENTITLED = (
    "(assert (forall ((x Person) (y Int)) (=> (and (< (age x y) 21) (exists ((p Person)) "
    "(and (parent p x) (lives_with x p)))) (entitled x y))))"
)


def model(commonsense: str, formula: str) -> ScriptedModel:
    """Says each text as a careful formaliser would."""
    stage = {
        "Charlie was born in 2005.": "(assert (= (birth_year charlie) 2005))",
        "Charlie lives with Bob, who is his parent.": "(assert (and (lives_with charlie bob) (parent bob charlie)))",
        RULE: ENTITLED,
        ASKED: "(assert (entitled charlie 2025))",
        STEPS[0]: "; Charlie was born in 2005\n(assert (= (birth_year charlie) 2005))\n; lives with his parent Bob\n"
        "(assert (and (lives_with charlie bob) (parent bob charlie)))",
        STEPS[1]: "(assert (<= (age charlie 2025) 20))",
        "So Charlie is at most 15 years old in 2025.": "(assert (<= (age charlie 2025) 15))",
        STEPS[2]: ENTITLED,
        STEPS[3]: "(assert (entitled charlie 2025))",
        commonsense: formula,
    }
    declared = {
        ASKED: "(declare-sort Person 0)\n(declare-const Charlie Person) ; Charlie\n"
        "(declare-fun entitled (Person Int) Bool) ; {0} is entitled to the benefit in {1}",
        STEPS[0]: "(declare-const bob Person) ; Bob\n(declare-fun birthYear (Person) Int) ; the year {0} was born in\n"
        "(declare-fun livesWith (Person Person) Bool) ; {0} lives with {1}\n"
        "(declare-fun parent (Person Person) Bool) ; {0} is a parent of {1}",
        STEPS[1]: "(declare-fun age (Person Int) Int) ; the age of {0} in {1}",
        "So Charlie is at most 15 years old in 2025.": "(declare-fun age (Person Int) Int) ; the age of {0} in {1}",
    }
    replies: dict[tuple[str, str], str | list[str]] = {("formalise", text): reply for text, reply in stage.items()}
    for text, reply in declared.items():
        replies["declare", text] = reply
        replies["formalise", text] = ["; cannot: words are lacking", stage[text]]
    named = {
        "Charlie was born in 2005": f'context: "{FACTS}"',
        "lives with his parent Bob": 'context: "Charlie lives with Bob, who is his parent."',
        STEPS[1]: f"commonsense: {commonsense}",
        "So Charlie is at most 15 years old in 2025.": f"commonsense: {commonsense}",
        STEPS[2]: f'context: "{RULE}"',
    }
    replies |= {("premises", text): reply for text, reply in named.items()}
    return ScriptedModel(replies)


def verdict(steps: tuple[str, ...], commonsense: str = INEQUALITY, formula: str = AT_MOST) -> TraceVerdict:
    problem = read_problem(f"{FACTS} {RULE}", statement=ASKED)
    made = tuple(Step(text, index, (0, len(text))) for index, text in enumerate(steps))
    trace = Trace(problem=problem, steps=made, answer="True")
    options = CheckOptions(formaliser="llm", logic="classical")
    return verify_trace(trace, options, model=model(commonsense, formula))


def statuses(found: TraceVerdict) -> list[Status]:
    return [step.status for step in found.steps]


def test_every_step_follows_from_its_premise() -> None:
    found = verdict(STEPS)
    assert statuses(found) == [Status.ENTAILED] * 4
    assert found.status is TraceStatus.VALID
    assert [{premise.label for premise in step.premises} for step in found.steps] == [
        {"context 1", "context 2"},
        {"step 1", "commonsense 1"},
        {"context 3"},
        {"step 1", "step 2", "step 3"},
    ]
    assert found.answer is not None
    assert found.answer.claim.status is Status.ENTAILED


def test_what_rests_on_commonsense_says_so() -> None:
    found = verdict(STEPS)
    assert [premise.text for premise in found.commonsense] == [INEQUALITY]
    assert "This grants 1 commonsense premise." in verified_sentence(found)


def test_without_commonsense_the_second_step_is_ungrounded_and_the_last_rests_on_it() -> None:
    problem = read_problem(f"{FACTS} {RULE}", statement=ASKED)
    made = tuple(Step(text, index, (0, len(text))) for index, text in enumerate(STEPS))
    options = CheckOptions(formaliser="llm", logic="classical", reading=ReadingOptions(premises="context"))
    found = verify_trace(Trace(problem=problem, steps=made), options, model=model(INEQUALITY, AT_MOST))
    assert statuses(found) == [Status.ENTAILED, Status.UNGROUNDED, Status.ENTAILED, Status.UNGROUNDED]
    assert found.status is TraceStatus.INVALID


ALTERED = (STEPS[0], "So Charlie is at most 15 years old in 2025.")


@pytest.mark.parametrize(
    ("commonsense", "formula", "status"),
    [(INEQUALITY, AT_MOST, Status.UNGROUNDED), (EQUALITY, EQUAL, Status.CONTRADICTED)],
)
def test_at_most_fifteen_contradicts_only_an_equality(commonsense: str, formula: str, status: Status) -> None:
    found = verdict(ALTERED, commonsense, formula)
    assert statuses(found) == [Status.ENTAILED, status]
    assert found.status is TraceStatus.INVALID


def test_names_are_made_alike_and_words_come_back_in_english() -> None:
    found = verdict(STEPS)
    assert found.steps[1].claims[0].read_as == "the age of Charlie in 2025 is at most 20"
    assert found.steps[0].claims[1].formula == "lives_with(charlie:Person, bob:Person) ∧ parent(bob, charlie)"


def test_what_was_named_in_vain_is_told_apart_from_the_reason() -> None:
    found = verdict(ALTERED).steps[1].claims[0]
    assert found.reason == "it doesn't follow with 1 premise named for it either"
    assert [(each.source, each.text) for each in found.refused] == [("commonsense", INEQUALITY)]
    itself = "Charlie is at most 15 years old in 2025."
    refused = verdict(ALTERED, itself, "(assert (<= (age charlie 2025) 15))").steps[1].claims[0]
    assert refused.reason == "1 premise named for it was refused"
    assert [(each.text, each.reason) for each in refused.refused] == [(itself, "it gives the step all by itself")]


def test_the_verdict_tells_quoted_sentences_from_those_that_no_step_needed() -> None:
    assert (verdict(STEPS).quoted, verdict(STEPS).not_needed) == ((0, 1, 2), ())
    assert (verdict(ALTERED).quoted, verdict(ALTERED).not_needed) == ((0, 1), (2,))


def test_a_record_of_an_evaluation_keeps_what_was_named_in_vain() -> None:
    found = verdict(ALTERED).steps
    assert reason_of(found[0]) == ""
    assert reason_of(found[1]).startswith(f"{found[1].reason}; commonsense “{INEQUALITY}”: it may stand, but")

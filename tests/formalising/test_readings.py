"""Independent readings that must agree, and a judge, who only ever refuses."""

from __future__ import annotations

import pytest
from scripted_model import ScriptedModel, asked_about

from verisearch.ingest.reader import read_problem
from verisearch.protocols import Query, Response
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions, ReadingOptions
from verisearch.trace import Step, Trace
from verisearch.usage import Usage
from verisearch.verdict import ClaimVerdict, Status, TraceVerdict

CONTEXT = "Mara plays the violin every evening. Everyone who plays the violin every evening practises a lot."
STEP = "So Mara practises a lot."

DECLARED = (
    "(declare-sort Person 0)\n(declare-const mara Person) ; Mara\n"
    "(declare-fun plays_violin (Person) Bool) ; {0} plays the violin every evening\n"
    "(declare-fun practises (Person) Bool) ; {0} practises a lot"
)
SENTENCES = {
    "Mara plays the violin every evening.": "(assert (plays_violin mara))",
    "Everyone who plays the violin every evening practises a lot.": (
        "(assert (forall ((x Person)) (=> (plays_violin x) (practises x))))"
    ),
    STEP: "(assert (practises mara))",
}


#: Says more than the step does.
MORE = "(assert (and (practises mara) (plays_violin mara)))"
#: Says no more than the step does, in more words.
LESS = "(assert (and (practises mara) (or (plays_violin mara) (practises mara))))"


def formalise(query: Query) -> str:
    """The right formula, once the words are there."""
    return said(query, SENTENCES[query.values["text"]])


def said(query: Query, reply: str) -> str:
    """The reply, if its words are there."""
    lacking = [word for word in ("mara", "plays_violin", "practises") if word in reply]
    if any(f" {word} " not in query.values["vocabulary"] for word in lacking):
        return "; cannot: no words yet"
    return reply


def model(**more: object) -> ScriptedModel:
    replies = {("formalise", text): formalise for text in SENTENCES}
    replies |= {("declare", text): lambda query: DECLARED for text in SENTENCES}
    named = "\n".join(f'context: "{text}"' for text in list(SENTENCES)[:2])
    return ScriptedModel({**replies, ("premises", STEP): named, **more})  # type: ignore[dict-item]


def checked(model: ScriptedModel, **reading: object) -> TraceVerdict:
    problem = read_problem(CONTEXT, statement="Mara practises a lot.")
    trace = Trace(problem=problem, steps=(Step(STEP, 0, (0, len(STEP))),))
    options = ReadingOptions(mixed=False, **reading)  # type: ignore[arg-type]
    return verify_trace(trace, CheckOptions(formaliser="llm", logic="classical", reading=options), model=model)


def claim(found: TraceVerdict) -> ClaimVerdict:
    return found.steps[0].claims[0]


def test_one_reading_is_entailed_by_what_is_quoted() -> None:
    found = claim(checked(model()))
    assert found.status is Status.ENTAILED
    assert [premise.label for premise in found.premises] == ["context 1", "context 2"]


def test_readings_that_agree_count_as_one() -> None:
    script = model()
    assert claim(checked(script, readings=3)).status is Status.ENTAILED
    assert {query.sample for query in script.queries if query.task == "formalise"} == {0, 1, 2}


def other_reading(query: Query) -> str:
    """The rule both ways round, but for the first reading: the same words, and the anchors see nothing in them."""
    if query.sample and "Everyone" in query.values["text"]:
        return said(query, "(assert (forall ((x Person)) (= (practises x) (plays_violin x))))")
    return formalise(query)


def test_a_premise_whose_readings_disagree_is_none() -> None:
    rule = list(SENTENCES)[1]
    found = claim(checked(model(**{}), readings=1))
    assert found.status is Status.ENTAILED
    script = model()
    script.replies["formalise", rule] = other_reading
    found = claim(checked(script, readings=2))
    assert found.status is Status.UNDECIDED
    assert any("two readings disagree" in each.reason for each in found.refused)


def test_a_step_whose_readings_disagree_is_undecided_and_both_are_shown() -> None:
    script = model()
    script.replies["formalise", STEP] = lambda query: MORE if query.sample else said(query, LESS)
    # the anchors would see that the text says nothing of violins
    found = claim(checked(script, readings=2, anchors=False))
    assert found.status is Status.UNDECIDED
    assert "practises(mara:Person) ∧ (plays_violin(mara) ∨ practises(mara))" in found.reason
    assert "practises(mara:Person) ∧ plays_violin(mara)" in found.reason


class Judging(ScriptedModel):
    """Tells probabilities for the choices it is given, by task."""

    def __init__(self, script: ScriptedModel, scores: dict[str, tuple[float, ...]]) -> None:
        super().__init__(script.replies)
        self.scores = scores

    def ask(self, query: Query) -> Response:
        if query.task in self.scores:
            self.queries.append(query)
            return Response(text="?", probabilities=self.scores[query.task], usage=Usage(formaliser_calls=1))
        return super().ask(query)


SURE, SPLIT, NO = (0.0, 0.0, 0.0, 0.0, 1.0), (0.5, 0.0, 0.0, 0.0, 0.5), (0.9, 0.1, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("score", "status"), [(SURE, Status.ENTAILED), (SPLIT, Status.ENTAILED), (NO, Status.UNGROUNDED)]
)
def test_a_score_is_the_expectation_over_its_probabilities(score: tuple[float, ...], status: Status) -> None:
    judging = Judging(model(), {"judge-attributable": score})
    found = claim(checked(judging, judge=True))
    assert found.status is status
    if status is Status.UNGROUNDED:
        assert {each.reason for each in found.refused} == {"the judge finds it not attributable (0.03)"}
    assert asked_about(judging.queries[-1])


@pytest.mark.parametrize(
    ("text", "status"),
    [("4", Status.ENTAILED), ("I'd say 1.", Status.UNGROUNDED), ("no idea", Status.UNGROUNDED)],
)
def test_without_probabilities_the_written_score_counts(text: str, status: Status) -> None:
    script = model(**{})
    for sentence in list(SENTENCES)[:2]:
        script.replies["judge-attributable", sentence] = text
    assert claim(checked(script, judge=True)).status is status


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ((0.9, 0.1), (0.2, 0.8), "takes the first reading to be right (0.85)"),
        ((0.1, 0.9), (0.9, 0.1), "takes the second reading to be right (0.90)"),
        ((0.8, 0.2), (0.7, 0.3), "depends on their order"),
    ],
)
def test_readings_are_compared_in_both_orders(
    first: tuple[float, float], second: tuple[float, float], told: str
) -> None:
    script = model()
    script.replies["formalise", STEP] = lambda query: MORE if query.sample else said(query, LESS)

    class Comparing(ScriptedModel):
        def ask(self, query: Query) -> Response:
            if query.task == "judge-compare":
                long = query.values["first"].endswith("evening")
                return Response(probabilities=second if long else first, usage=Usage(formaliser_calls=1))
            return super().ask(query)

    found = claim(checked(Comparing(script.replies), readings=2, anchors=False, judge=True))
    assert found.status is Status.UNDECIDED
    assert told in found.reason

"""Units that one answer has and the other leaves to the question, and what only looks like one."""

from __future__ import annotations

import pytest

from verisearch.answers import equivalent
from verisearch.evaluation.judging import judged
from verisearch.trace import AnswerKind, Problem

#: Behind a number, these make another number of it, or none.
CHANGING = (
    "x", "k", "K", "M", "bn", "mn", "pi", "i", "xy", "ln", "sqrt", "log x", "dozen", "hundred", "hundreds", "tens",
    "millions", "lakh", "crore", "per mille", "halves", "thirds", "tenths", "half", "plus", "minus x", "divided by 2",
    "squared", "cubed", "more", "fewer", "times", "factorial", "X 3", "ft 3", "km x", "approx", "maybe", "wrong",
    "false", "pm",
)  # fmt: skip
MEASURING = ("apples", "dollars", "cents", "km", "square feet", "students each", "miles per hour", "th", "th day", "°")
KINDS: tuple[AnswerKind, ...] = ("number", "expression")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("behind", CHANGING)
def test_what_changes_a_number_is_not_left_to_the_question(kind: AnswerKind, behind: str) -> None:
    for one, other in ((f"5 {behind}", "5"), ("5", f"5{behind}")):
        assert equivalent(one, other, kind=kind, units=False).status != "equal"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("behind", ["dozen", "k", " million", "times 2"])
def test_nor_where_it_is_set_as_text(kind: AnswerKind, behind: str) -> None:
    assert equivalent(rf"5\text{{{behind}}}", "5", kind=kind, units=False).status != "equal"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("behind", MEASURING)
def test_what_is_counted_or_measured_is_left_to_the_question(kind: AnswerKind, behind: str) -> None:
    assert equivalent(f"5 {behind}", "5", kind=kind, units=False).status == "equal"
    assert equivalent(f"5 {behind}", "5", kind=kind).status != "equal"


def test_a_letter_is_a_unit_only_where_a_number_is_asked_for() -> None:
    assert equivalent("5 m", "5", kind="number", units=False).status == "equal"
    assert equivalent("5m", "5", kind="expression", units=False).status == "undecided"
    assert equivalent(r"5\text{ m}", "5", kind="expression", units=False).status == "equal"


@pytest.mark.parametrize(
    ("gold", "predicted"), [("5x", "5"), ("5", "5x"), ("5", "5 dozen"), ("5", r"5\text{ million}")]
)
def test_such_an_answer_is_not_counted_as_correct(gold: str, predicted: str) -> None:
    problem = Problem(id="p", question="How many?", answer_kind="expression", gold=gold)
    assert judged(predicted, problem) == (False, "undecided")

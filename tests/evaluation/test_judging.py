"""Whether an answer is the gold one, by what kind of answer it is."""

from __future__ import annotations

import pytest

from verisearch.evaluation.judging import judged
from verisearch.trace import AnswerKind, Problem

OPTIONS = ("A) 21", "B) 39", "C) 2 / 3", "D) 39 %", "E) none of these")


def problem(gold: str | None, kind: AnswerKind, options: tuple[str, ...] = ()) -> Problem:
    return Problem(id="x", question="How many?", answer_kind=kind, gold=gold, options=options)


@pytest.mark.parametrize(
    ("predicted", "gold", "kind", "correct", "equality"),
    [
        ("1,200", "1200", "number", True, "equal"),
        ("1200.0", "1200", "number", True, "equal"),
        ("1201", "1200", "number", False, "different"),
        (None, "1200", "number", False, None),
        (r"\frac{1}{2}", "0.5", "expression", True, "equal"),
        ("x+1", "x-1", "expression", False, "different"),
        ("True", "True", "true-false-unknown", True, None),
        ("False", "True", "true-false-unknown", False, None),
        ("bee ant", "ant bee", "free", False, None),
        ("5", None, "number", None, None),
    ],
)
def test_answers_by_kind(
    predicted: str | None, gold: str | None, kind: AnswerKind, correct: bool | None, equality: str | None
) -> None:
    assert judged(predicted, problem(gold, kind)) == (correct, equality)


@pytest.mark.parametrize(
    ("predicted", "correct", "equality"),
    [
        ("39", True, "equal"),  # what the letter stands for
        ("B", True, "equal"),
        ("(B)", True, "equal"),
        ("21", False, "different"),
        ("A", False, "different"),
        ("39 %", False, "different"),
        ("none of these", False, "different"),
    ],
)
def test_options_are_compared_by_their_letters(predicted: str, correct: bool, equality: str) -> None:
    assert judged(predicted, problem("B", "choice", OPTIONS)) == (correct, equality)


def test_options_that_stand_in_the_question_are_letters() -> None:
    assert judged("(E)", problem("E", "choice")) == (True, "equal")
    assert judged("(D)", problem("E", "choice")) == (False, "different")


@pytest.mark.parametrize(
    ("predicted", "written", "correct", "equality"),
    [
        ("None", None, True, "equal"),
        ("5", None, False, "different"),
        (None, "We don't know.\n#### None", True, "equal"),
        (None, "The answer cannot be determined. The answer is unknown.", True, "equal"),
        (None, "So there are five of them.", False, None),
        (None, None, False, None),
    ],
)
def test_no_number_is_right_where_there_is_no_answer(
    predicted: str | None, written: str | None, correct: bool, equality: str | None
) -> None:
    assert judged(predicted, problem("None", "number"), written) == (correct, equality)


def test_what_is_not_surely_equal_is_not_correct() -> None:
    no_option = judged("40", problem("B", "choice", OPTIONS))
    rounded = judged("0.33", problem("1/3", "number"))
    assert (no_option.correct, rounded.correct) == (False, False)
    assert "equal" not in (no_option.equality, rounded.equality)


TWICE = ("A) 15 sec", "B) 3", "C) 15 sec", "D) 3", "E) 7")


@pytest.mark.parametrize(
    ("gold", "predicted", "correct", "equality"),
    [
        ("C", "15 sec", True, "equal"),  # the words of the keyed option
        ("C", "C", True, "equal"),
        ("D", "3", True, "equal"),
        ("E", "3", False, "different"),
        ("E", "9", False, "undecided"),  # a digit is no letter of an option
    ],
)
def test_two_options_of_the_same_words_are_one_answer(gold: str, predicted: str, correct: bool, equality: str) -> None:
    assert judged(predicted, problem(gold, "choice", TWICE)) == (correct, equality)

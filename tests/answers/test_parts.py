"""The parts that answers are read with: words, units, expressions, exact quotients, points."""

from __future__ import annotations

from fractions import Fraction
from importlib.util import find_spec

import pytest

from verisearch.answers.expression import shown, unknowns
from verisearch.answers.notation import respelled, split
from verisearch.answers.parsing import read
from verisearch.answers.points import agree
from verisearch.answers.rational import identical, quotient
from verisearch.answers.stating import stated, yes_or_no
from verisearch.answers.terms import distinct, same
from verisearch.maths.polynomials import number_of
from verisearch.maths.terms import Name, Number, Unread

needs_maths = pytest.mark.skipif(find_spec("mpmath") is None, reason="mpmath isn't installed")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("\\frac12", "/(1, 2)"),
        ("\\frac{1+a}c", "/(+(1, a), c)"),
        ("3\\frac17", "22/7"),
        ("3 1/7", "22/7"),
        ("2\\sin b\\cos a", "*(*(2, sin(b)), cos(a))"),
        ("\\sqrt[3]{x}", "root(3, x)"),
        ("x_{\\max }'", "x_{max}'"),
        ("101_2", "5"),
        ("AB", "AB"),
        ("2|x-1|", "*(2, abs(+(x, neg(1))))"),
        ("0.1\\overline{6}", "/(15, 90)"),
        ("1,234.5", "2469/2"),
        ("\\sin^{-1} x", "arcsin(x)"),
        ("-x^2", "neg(^(x, 2))"),
    ],
)
def test_expressions_are_read(text: str, meaning: str) -> None:
    assert shown(read(text)) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "3 4", "1/2x", "2\\frac{3}{2}", "x +", "(1", "1)", "5_3", "apples", "x2", "\\foo", "2!!", "\\frac123",
        "\\sin x/2", "it",
        "()", "\\sqrt", "x^2^3", "\\infty", "1.2.3", "\\overline{3}", "((" * 60 + "1" + "))" * 60, "x" * 401, "",
        "a = b", "9" * 500,
    ],
)  # fmt: skip
def test_what_has_several_readings_or_none_is_not_read(text: str) -> None:
    with pytest.raises(Unread):
        read(text)


def test_names_leave_constants_out() -> None:
    assert unknowns(read("\\pi e r^2 + h_1")) == {"r", "h_{1}"}


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("\\frac{x^2-1}{x-1}", "x+1", True),
        ("(\\sqrt2+1)^2", "3+2\\sqrt2", True),
        ("9^{9^{9}}+1", "1+9^{9^{9}}", True),
        ("\\sqrt{8}", "2\\sqrt2", True),
        ("(x+y)^3", "x^3+y^3", False),
    ],
)
def test_quotients_are_compared_exactly(one: str, other: str, equal: bool) -> None:
    assert identical(quotient(read(one)), quotient(read(other))) is equal


def test_numbers_are_valued_exactly() -> None:
    assert number_of(quotient(read("5! - 0.1\\cdot 3"))) == Fraction(1197, 10)
    assert number_of(quotient(read("9^{9^{9}}"))) is None


@needs_maths
@pytest.mark.parametrize(
    ("one", "other", "status"),
    [
        ("\\sin^2 x + \\cos^2 x", "1", "equal"),
        ("\\ln 6", "\\ln 2 + \\ln 3", "equal"),
        ("\\sin \\pi", "0", "equal"),
        ("\\sqrt{x^2}", "x", "different"),
        ("e^{\\pi\\sqrt{163}}", "262537412640768744", "different"),
        ("\\ln(x^2)", "2\\ln x", "undecided"),
        ("\\log x", "\\ln x", "undecided"),
        ("\\sqrt2 + 10^{-300}", "\\sqrt2", "undecided"),
        ("\\sin x + 10^{-60}", "\\sin x", "undecided"),
        ("\\tanh 99 + x", "1 + x", "undecided"),
        ("99999999!", "1", "undecided"),
    ],
)
def test_points_agree_to_many_digits_or_prove_nothing(one: str, other: str, status: str) -> None:
    assert agree(read(one), read(other)).status == status


def test_different_roots_are_counted() -> None:
    assert distinct([Fraction(each) for each in (4, -4, 1)]) == 1
    assert distinct([Fraction(each) for each in (-4, 0, 1)]) == 2
    assert distinct([Fraction(each) for each in (0, 0, -1, 1)]) == 2


def test_a_constant_is_the_same_as_itself_only() -> None:
    assert same(Number(Fraction(1, 3)), Number(Fraction(333333, 10**6))).status == "different"
    assert same(Name("x"), Name("y")).status == "different"


def test_signs_are_spelled_one_way() -> None:
    assert respelled("x≤√2") == respelled("x\\leqslant\\sqrt 2")
    assert split("(a,b),c", frozenset(",")) == (["(a,b)", "c"], [","])
    assert split("a)", frozenset(",")) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is **42**.", "42**."),
        ("Therefore $x = 3$.", "$x = 3$"),
        ("So we get $\\boxed{7}$ eggs.", "7"),
        ("Final Answer: \\boxed{1} and \\boxed{2}", "1, 2"),
        ("\\boxed{1} or \\boxed{2}", None),
        ("\\boxed{1}. Wait. \\boxed{2}", None),
        ("-\\boxed{1}", None),
        ("It is not \\boxed{1}", None),
        ("The answer is not 1.", None),
        ("twice $5$", None),
        ("less than $5$", None),
        ("Is it $5$?", None),
        ("<think>The answer is 1.", None),
        ("", None),
    ],
)
def test_sentences_state_their_answer_or_none(text: str, answer: str | None) -> None:
    assert stated(text) == answer


def test_yes_and_no_are_said_once() -> None:
    assert yes_or_no("Yes, they are") == "yes"
    assert yes_or_no("No, it isn't") == "no"
    assert yes_or_no("No, it is") is None
    assert yes_or_no("Yes and no") is None

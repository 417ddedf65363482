"""Expressions as chains write them, read from end to end or not at all, and their exact values."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.maths.exact import Unvalued, approximate, value
from verisearch.maths.expressions import expression
from verisearch.maths.terms import Apply, Name, Number, Term
from verisearch.maths.writing import term_text

VALUES = {
    "48/2": 24,
    "3*+6": 18,
    "9 + 90(2) + 401(3)": 1392,
    "$12 * 3 + 5": 41,
    "3 women * 4.5 inches/woman": Fraction(27, 2),
    "20% of 50": 10,
    "half of 10": 5,
    "1/2 of the 10": 5,
    "12 apples at $3 each": 36,
    "twice 5": 10,
    "5 more than 3": 8,
    "5 less than 8": 3,
    "10% more than 50": 55,
    "20% off $50": 40,
    r"\frac{3}{4} \times 12": 9,
    r"3\frac{4}{5} + 1": Fraction(24, 5),
    r"2\left(\frac{3}{2}\right)^2": Fraction(9, 2),
    "3 1/2 + 1": Fraction(9, 2),
    "3 and a half + 1": Fraction(9, 2),
    "-1 - -8 + 1 * -4": 3,
    "1,234.5 + 2": Fraction(2473, 2),
    r"1{,}000 + 1": 1001,
    "two hundred and five + 3": 208,
    "$2.5 million": 2500000,
    "3 x 12": 36,
    "3 multiplied by 4 minus 2": 10,
    "-2^2": -4,
    "(-2)^2": 4,
    "2^-1": Fraction(1, 2),
    "2^3^2": 512,
    "2**3": 8,
    "5! / 3!": 20,
    "8^(1/3)": 2,
    r"\sqrt[3]{27} + \sqrt{16}": 7,
    r"\lfloor 7/2 \rfloor + \lceil 7/2 \rceil": 7,
    "17 // 5 * 2": 6,
    "100%": 1,
    "6 ÷ 2 × 3": 9,
    "8 − 3": 5,
    "3² + 4²": 25,
    "5 dozen eggs + 2": 62,
    "2(3+4)(5)": 70,
    "35€ * 2": 70,
}


@pytest.mark.parametrize(("text", "number"), VALUES.items())
def test_value(text: str, number: int | Fraction) -> None:
    term = expression(text)
    assert term is not None
    assert value(term) == number


@pytest.mark.parametrize(
    "text",
    [
        "", "+", "3 +", "(3", "3)", "3 4", "3:4", "8:30 + 1", "f(3) + 2", "3 + dog", "1,22 + 1", "3.333... + 1",
        "the 45-54 year olds", r"\binom{4}{2}", "12 of 3", "one of the 2", "1 2/3 4", "((((", "3 $ 4 +", "2 + + ",
        "five six", "x2y3 + ", "3 {4", r"\frac{1}", r"\frac12", "3..4",
    ],
)  # fmt: skip
def test_unread(text: str) -> None:
    assert expression(text) is None


@pytest.mark.parametrize("text", ["1/0", "0^0", "5 / (3 - 3)", "9^9^9^9", "10^(10^10)", "(10^1000)!", "999!!", "2.5!"])
def test_no_value(text: str) -> None:
    term = expression(text)
    assert term is not None
    with pytest.raises(Unvalued):
        value(term)


def test_letters_are_names() -> None:
    term = expression("2ab + 3x")
    assert term is not None
    assert value(term, {"a": Fraction(2), "b": Fraction(3), "x": Fraction(1)}) == 15
    with pytest.raises(Unvalued, match="nothing says what a is"):
        value(term)


def test_irrational_values_are_bounded_closely() -> None:
    root = expression("4 sqrt(10)")
    assert root is not None
    found = approximate(root)
    assert abs(found**2 - 160) < Fraction(1, 10**50)


# --- what is written is read again ---
leaves = st.one_of(
    st.integers(0, 500).map(lambda each: Number(Fraction(each))),
    st.sampled_from("xyz").map(Name),
)
terms = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["+", "-", "*", "/"]), inner, inner).map(lambda t: Apply(t[0], (t[1], t[2]))),
        inner.map(lambda each: Apply("neg", (each,))),
        st.tuples(inner, st.integers(0, 3)).map(lambda t: Apply("^", (t[0], Number(Fraction(t[1]))))),
    ),
    max_leaves=12,
)
POINT = {"x": Fraction(3, 7), "y": Fraction(-5, 3), "z": Fraction(11)}


def at_point(term: Term) -> Fraction | str:
    try:
        return value(term, POINT)
    except Unvalued as reason:
        return str(reason)


@settings(max_examples=400, deadline=None)
@given(terms)
def test_written_terms_are_read_as_they_were(term: Term) -> None:
    again = expression(term_text(term))
    assert again is not None, term_text(term)
    assert at_point(again) == at_point(term), term_text(term)


@settings(max_examples=600, deadline=None)
@given(
    st.text(alphabet="0123456789.,+-*/^()[]{}<>=$%! xyzabπ√²\\frac sqrt of is twice half × and \n:;|_~&", max_size=60)
)
def test_no_text_breaks_the_reader(text: str) -> None:
    term = expression(text)
    if term is not None:
        at_point(term)


@pytest.mark.parametrize(
    "text", ["(" * 5000, "-" * 5000 + "3", "3^" * 3000 + "3", "1+" * 5000 + "1", "9" * 100000, "2(" * 3000 + ")" * 3000]
)
def test_long_and_deep_texts_are_refused_quickly(text: str) -> None:
    term = expression(text)
    if term is not None:
        at_point(term)

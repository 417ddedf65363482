"""Exact roots, and rational numbers as text."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verisearch.maths.rationals import bits, decimal_places, exact_root, rational_text, whole_root, with_places


@given(st.integers(0, 1 << 600), st.integers(1, 80))
def test_a_whole_root_is_the_greatest_whose_power_is_not_above(number: int, degree: int) -> None:
    found = whole_root(number, degree)
    assert found**degree <= number < (found + 1) ** degree


@given(st.fractions(0, 10**30), st.integers(1, 12))
def test_the_root_of_a_power_is_found(number: Fraction, degree: int) -> None:
    assert exact_root(number**degree, degree) == number


def test_irrational_roots_are_none() -> None:
    assert exact_root(Fraction(2), 2) is None
    assert exact_root(Fraction(8, 3), 3) is None
    assert exact_root(Fraction(7**60 + 1), 3) is None


@given(st.fractions(-(10**9), 10**9, max_denominator=10**6))
def test_what_is_written_is_the_number(number: Fraction) -> None:
    assert Fraction(rational_text(number)) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(-3), "-3"),
        (Fraction(1, 8), "0.125"),
        (Fraction(-1, 40), "-0.025"),
        (Fraction(-5, 3), "-5/3"),
        (Fraction(1, 2**12), "0.000244140625"),
        (Fraction(1, 2**13), "1/8192"),
    ],
)
def test_decimals_that_end_early_are_written_as_such(number: Fraction, text: str) -> None:
    assert rational_text(number) == text


def test_decimals_are_counted_up_to_a_limit() -> None:
    assert decimal_places(Fraction(7), 0) == 0
    assert decimal_places(Fraction(1, 80), 4) == 4
    assert decimal_places(Fraction(1, 80), 3) is None
    assert decimal_places(Fraction(1, 3), 1000) is None
    assert decimal_places(Fraction(1, 2**5000), 1000) is None


def test_what_is_behind_the_decimals_is_cut_off() -> None:
    assert with_places(Fraction(-2, 3), 2) == "-0.66"


def test_the_longer_part_counts() -> None:
    assert bits(Fraction(1, 8)) == bits(8) == 4

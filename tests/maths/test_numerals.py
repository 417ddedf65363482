"""Numbers in words: the whole text, and the longest one that begins at a place."""

from __future__ import annotations

from fractions import Fraction

import pytest

from verisearch.maths.numerals import spelled, words_value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("zero", Fraction(0)),
        ("Twenty-one", Fraction(21)),
        ("ninety nine", Fraction(99)),
        ("one hundred and five", Fraction(105)),
        ("a thousand", Fraction(1000)),
        ("twelve hundred and fifty", Fraction(1250)),
        ("three million", Fraction(3_000_000)),
        ("two thousand three hundred", Fraction(2300)),
        ("nine hundred ninety-nine thousand nine hundred and ninety-nine", Fraction(999_999)),
        ("two million and five", Fraction(2_000_005)),
        ("two thirds", Fraction(2, 3)),
        ("five elevenths", Fraction(5, 11)),
        ("three halves", Fraction(3, 2)),
        ("a quarter", Fraction(1, 4)),
        ("an eighth", Fraction(1, 8)),
        ("half", Fraction(1, 2)),
        ("a half", Fraction(1, 2)),
        ("two and a half", Fraction(5, 2)),
        ("minus one third", Fraction(-1, 3)),
        ("a dozen", Fraction(12)),
    ],
)
def test_numbers_in_words(text: str, number: Fraction) -> None:
    assert words_value(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "one two",
        "five six",
        "five twenty",
        "twenty and ten",
        "twenty eleven",
        "zero five",
        "hundred",
        "zero hundred",
        "hundred and",
        "five hundred and",
        "one hundred two hundred",
        "three thousand million",
        "five thousand million thousand",
        "thousand two million",
        "twelve hundred thousand",
        "one million twelve hundred",
        "two and three halves",
        "one quarters",
        "three half",
        "twenty-third",
        "ten-thousandth",
        "twenty-one cats",
        "a",
        "and",
        "",
        "one " * 40,
    ],
)
def test_words_that_make_no_number(text: str) -> None:
    assert words_value(text) is None


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        ("twenty-five apples", Fraction(25), " apples"),
        ("five and nine", Fraction(5), " and nine"),
        ("two half-hour shows", Fraction(2), " half-hour shows"),
        ("Two quarter-pounders", Fraction(2), " quarter-pounders"),
        ("four three-hour shows", Fraction(4), " three-hour shows"),
    ],
)
def test_the_longest_number_that_begins_a_text_is_read(text: str, number: Fraction, rest: str) -> None:
    found = spelled(text, 0)
    assert found is not None
    assert (found[1], text[found[0] :]) == (number, rest)


@pytest.mark.parametrize("text", ["ten-thousandth", "twenty-third place", "someone", "onerous", "a cat", ""])
def test_what_begins_with_no_number(text: str) -> None:
    assert spelled(text, 0) is None

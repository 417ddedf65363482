"""Units: their dimensions and sizes, in answers and in prose, and the numbers that they bring along."""

from __future__ import annotations

from fractions import Fraction

import pytest

from verisearch.maths.constants import known_constants
from verisearch.maths.units import converted, convertible, unit


def test_units_have_a_dimension_and_a_size() -> None:
    assert unit("km") == unit("Kilometres") == ("length", Fraction(1000))
    assert unit("square centimetres") == unit("cm^2") == ("length^2", Fraction(1, 10_000))
    assert unit("") == unit("square units") == ("", Fraction(1))
    assert unit("mW") != unit("MW")
    assert unit("apples") == unit("Apple")
    assert unit("h").size == 60 * unit("min").size


@pytest.mark.parametrize("dimension", ["times", "angles", "lengths", "volumes", "counts"])
def test_a_word_that_is_a_dimensions_name_is_no_unit_of_it(dimension: str) -> None:
    assert unit(dimension).dimension not in {unit(name).dimension for name in ("s", "degrees", "m", "litres", "pairs")}


def test_words_that_name_two_units_are_neither_in_an_answer() -> None:
    assert unit("pennies") not in (unit("cents"), unit("pence"))
    assert convertible("pennies", "cents") == 1


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [
        ("hours", "minutes", Fraction(60)),
        ("cups of tea", "gallon", Fraction(1, 16)),
        ("$", "cents", Fraction(100)),
        ("dimes", "nickels", Fraction(2)),
        ("pounds of rice", "ounces", Fraction(16)),
        ("ft", "inches", Fraction(12)),
        ("years", "months", Fraction(12)),
        ("years", "days", None),
        ("miles per hour", "miles", None),
        ("miles / hour", "miles", None),
        ("mph", "kph", None),
        ("in the morning", "cm", None),
        ("m", "cm", None),
        ("apples", "pears", None),
        ("", "", None),
    ],
)
def test_units_in_prose_convert_within_their_dimension(one: str, other: str, number: Fraction | None) -> None:
    assert convertible(one, other) == number
    assert convertible(other, one) == (None if number is None else 1 / number)


def test_a_number_is_known_in_the_other_units_of_its_dimension() -> None:
    assert set(converted(Fraction(2), "hours")) == {
        Fraction(7200), Fraction(120), Fraction(2), Fraction(1, 12), Fraction(1, 84)
    }  # fmt: skip
    assert not list(converted(Fraction(2), "in"))


def first_meanings(text: str) -> dict[Fraction, str]:
    """What each number is first said to be."""
    return dict(reversed(list(known_constants(text))))


def test_units_and_words_bring_numbers_along() -> None:
    found = first_meanings("It takes 3 hours a weekend.")
    assert found[Fraction(60)] == "one hour is 60 minutes"
    assert found[Fraction(1, 24)] == "one day is 24 hours"
    assert found[Fraction(2)] == "a weekend has 2 days"
    assert Fraction(100) not in found
    assert first_meanings("It costs $3.")[Fraction(100)] == "one dollar is 100 cents"
    assert not first_meanings("Ann has 5 apples in a bag.")

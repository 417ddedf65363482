"""The numbers of a text as variables, and other numbers of their kind."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from verisearch.programs.templates import as_template, said


@pytest.mark.parametrize(
    ("text", "template", "values"),
    [
        ("Each meal costs $5 for 15 people.", "Each meal costs $A for B people.", (5, 15)),
        ("A train of 300 m does 45 km.", "A train of B m does C km.", (300, 45)),
        ("It costs $1,234.50 or 1,20,000 rupees.", "It costs $A or B rupees.", (Fraction(2469, 2), 120000)),
        ("The numbers are 2,3,4.", "The numbers are A,B,C.", (2, 3, 4)),
        ("Take 1/2 of it, then 2 1/3 hours.", "Take A of it, then B hours.", (Fraction(1, 2), Fraction(7, 3))),
        ("A share of 20% and 12.5 percent.", "A share of B% and C percent.", (20, Fraction(25, 2))),
        ("It is -5 degrees, then 3-4 less.", "It is A degrees, then B-C less.", (-5, 3, 4)),
        ("The 3rd of 10 on the 21st in room A4.", "The 3rd of A on the 21st in room A4.", (10,)),
        ("5kg at 10:30 on 12/05/2020", "A kg at B:C on 12/05/2020", (5, 10, 30)),
        ("Add .75 to version 1.2.3", "Add A to version 1.2.3", (Fraction(3, 4),)),
        ("No number here, not one.", "No number here, not one.", ()),
    ],
)
def test_numbers_become_variables(text: str, template: str, values: tuple[Fraction, ...]) -> None:
    found = as_template(text)
    assert tuple(found.values.values()) == values
    assert found.text == template


def test_equal_numbers_are_variables_of_their_own() -> None:
    assert as_template("5 apples and 5 pears").names == ("A", "B")


def test_there_are_names_for_any_number_of_numbers() -> None:
    found = as_template(" ".join(["Train B and I:", *map(str, range(60))]))
    assert len(set(found.names)) == 60
    assert "B" not in found.names
    assert found.names[:3] == ("A", "C", "D")
    assert found.names[-1] == "V37"


@pytest.mark.parametrize(
    "text", ["1,22" * 50_000, "1,22," * 50_000, "9" * 200_000, "1/" * 100_000, "3 " * 1_000 + "1/2"]
)
def test_endless_texts_are_read_in_passing(text: str) -> None:
    found = as_template(text)
    assert len(found.text) <= 8 * len(text)


def test_other_numbers_are_of_the_same_kind() -> None:
    dice = random.Random(3)
    text = "5 apples, 0 pears, $2.50, 20%, 1/3 of it, 0.5 of it, -4 degrees, 1000000 people"
    drawn = [[each.other(lambda word: dice.random()) for each in as_template(text).quantities] for _ in range(300)]
    apples, pears, price, share, part, half, cold, people = zip(*drawn, strict=True)
    for whole in (apples, pears, cold, people, share):
        assert all(isinstance(each, int) for each in whole)
    assert set(apples) == set(range(1, 21))
    assert all(0 < each <= 20 for each in pears)
    assert all(each > 0 and (each * 100).denominator == 1 for each in map(Fraction, price))
    assert set(share) == set(range(1, 41))
    assert all(0 < each < 1 for each in (*part, *half))
    assert len(set(part)) > 20
    assert all(-20 <= each < 0 for each in cold)
    assert max(people) > 1_000_000


def test_other_numbers_keep_the_order_of_those_of_one_kind() -> None:
    dice = random.Random(5)
    template = as_template("15 people, 8 children, 900 chairs, 8 tables, $2.50 or $1.25, 20% of 10%, 1/2 or 1/3")
    seen = set()
    for _ in range(200):
        people, children, chairs, tables, dear, cheap, twenty, ten, half, third = template.others(
            lambda word: dice.random()
        ).values()
        assert children <= tables <= people <= chairs
        assert cheap <= dear
        assert ten <= twenty
        assert 0 < half < 1
        assert 0 < third < 1
        seen.add((people, children))
    assert len(seen) > 60


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (35, "35"),
        (-7, "-7"),
        (Fraction(5, 2), "2.5"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(1, 3), "1/3"),
        (Fraction(1, 2**40), "1/1099511627776"),
        (2**0.5, "1.41421356237"),
        (10**2000, "a number of more than 900 digits"),
    ],
)
def test_numbers_are_said_in_digits(value: Fraction | float, text: str) -> None:
    assert said(value) == text

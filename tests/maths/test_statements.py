"""Equations in prose: what around a sign belongs to them; and whether they hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.maths.compare import compare
from verisearch.maths.statements import find
from verisearch.maths.writing import chain_text


def outcomes(text: str) -> list[str]:
    """What comes of each sign in ``text``."""
    return [
        compare(left, sign, right, {}, strict=statement.kind == "annotation").outcome
        for statement in find(text).statements
        for left, sign, right in zip(statement.sides, statement.signs, statement.sides[1:], strict=False)
    ]


def shown(text: str) -> list[str]:
    """The statements in ``text`` that were read, written out."""
    return [
        chain_text([side.term for side in each.sides], each.signs)  # type: ignore[misc]
        for each in find(text).statements
        if all(side.term is not None for side in each.sides)
    ]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Natalia sold 48/2 = <<48/2=24>>24 clips in May.", ["48 / 2 = 24", "48 / 2 = 24"]),
        ("So 18 - 6 = 12.", ["18 - 6 = 12"]),
        ("12 apples at $3 each is $36.", ["12 × 3 = 36"]),
        ("So 5 times 3 equals 15 apples.", ["5 × 3 = 15"]),
        ("Multiply to get: 3 women * 4.5 inches/woman = 13.5 inches", ["3 × 4.5 = 13.5"]),
        ("She has 5 apples and 3 + 2 = 5.", []),
        ("twice 4 + 1 = 9", ["2 × 4 + 1 = 9"]),
        ("Day 3 = 5 + 2 = 7", []),
        ("Step 3: 5 + 3 = 8", ["5 + 3 = 8"]),
        ("1. 5 + 3 = 8", ["5 + 3 = 8"]),
        ("- 5 + 3 = 8", ["5 + 3 = 8"]),
        ("(a) 5 + 3 = 8", ["5 + 3 = 8"]),
        ("14, 400 / 80 = 180", []),
        (". 84 + .82 = 1.66", ["84 + 0.82 = 1.66"]),
        ("c + d = 21 and d = 2c", ["c + d = 21", "d = 2c"]),
        ("The total is 3 + 4 = 7, so 7 * 2 = 14.", ["3 + 4 = 7", "7 × 2 = 14"]),
        ("Total cost = 3 * 5 = 15", ["“total cost” = 3 × 5 = 15"]),
        (r"\[ x = 3 \] then \( 2x = 6 \)", ["x = 3", "2x = 6"]),
        ("3 + 4\n= 7", ["3 + 4 = 7"]),
        ("= 7", []),
        ("the 45-54 year olds = 12", []),
        ("f(3) + 2 = 7", []),
        ("5 + 3 = 8 (since 2 + 6 = 8)", ["5 + 3 = 8", "2 + 6 = 8"]),
        ("1/3 of $150 is left, 3/3 - 2/3 = 1/3 of $150", ["3 / 3 - 2 / 3 = 1 / 3 × 150"]),
        ("$5^3$ is $4", []),
        ("The remainder of 2004 divided by 12 is 0.", []),
        ("the next multiple after 9 * 4 is 45", []),
        ("742 / 106 = 7 times.", ["742 / 106 = 7"]),
        ("30-10 = 20 more rolls", ["30 - 10 = 20"]),
        ("2 < 3 ≤ 3", ["2 < 3 ≤ 3"]),
    ],
)
def test_statements_are_read_whole_or_not(text: str, read: list[str]) -> None:
    assert shown(text) == read


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("18 - 6 = 12", ["holds"]),
        ("18 - 6 = 11", ["fails"]),
        ("10 / 3 = 3.33", ["holds"]),
        ("<<10/3=3.33>>", ["unclear"]),
        ("10 / 3 = 3.34", ["fails"]),
        ("10 / 3 ≈ 3.3", ["holds"]),
        ("10 / 3 = 3.3", ["unclear"]),
        ("10 / 3 = 3", ["unclear"]),
        ("200 / 3 = 66.66", ["unclear"]),
        ("7 / 2 = 5", ["fails"]),
        ("(4/10)*100 = 40%", ["holds"]),
        ("(32 - 48) / 48 * 100 = -33%", ["unclear"]),
        ("4/10 = 40%", ["holds"]),
        ("30% of 50 = 1500", ["fails"]),
        ("100 - 60 = 40%", ["unclear"]),
        ("12 / 18 * 100% = 66.67%", ["holds"]),
        ("3.5 hours = 210 minutes", ["holds"]),
        ("3.5 hours = 200 minutes", ["unclear"]),
        ("2 hours * 2 = 240 minutes", ["holds"]),
        ("12 socks = 6 pairs", ["unclear"]),
        ("16 + 12 = 28 million", ["unclear"]),
        ("25 / 1/3 = 75", ["unclear"]),
        ("half of the 12 - 3 = 9", ["unclear"]),
        ("- 2 + 7 = 5", ["unclear"]),
        ("So:\n- 2 + 7 = 5", ["unclear"]),
        ("- 2 + 7 = 9", ["holds"]),
        ("- 2 + 7 = 8", ["fails"]),
        ("3 * 4 = 12 + 5 = 17", ["unclear", "holds"]),
        ("(3 * 4) = (13 + 5) = 18", ["fails", "holds"]),
        ("sqrt(8) = 2 sqrt(2)", ["open"]),
        ("sqrt(8) = 3 sqrt(2)", ["fails"]),
        ("sqrt(2) = 1.41", ["holds"]),
        ("1/0 = 5", ["open"]),
        ("x + 1 = 3", ["open"]),
        ("3 < 2", ["fails"]),
        ("2 + 1 > 3", ["fails"]),
        ("5 ≠ 5", ["fails"]),
        ("6 + 1 = 6", ["fails"]),
    ],
)
def test_outcomes(text: str, found: list[str]) -> None:
    assert outcomes(text) == found


def test_loose_numbers_are_those_outside() -> None:
    found = find("Of 12 boys, 3 + 4 = 7 play; 20% don't.")
    assert [(int(each.value), each.percent) for each in found.loose] == [(12, False), (20, True)]


PIECES = [*"0123456789+-*/=<>≈().,;:$%!?'\"\n \\{}[]^_~&|", "of ", "is ", " and ", "half ", "\\frac", "<<", ">>", "x"]
SOUP = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


@settings(max_examples=500, deadline=None)
@given(SOUP)
def test_spans_are_places_in_the_text(text: str) -> None:
    found = find(text)
    for statement in found.statements:
        assert 0 <= statement.span[0] <= statement.span[1] <= len(text)
        assert len(statement.sides) == len(statement.signs) + 1
        for left, sign, right in zip(statement.sides, statement.signs, statement.sides[1:], strict=False):
            compare(left, sign, right, {})

"""Answers with two readings, and answers that say nothing."""

from __future__ import annotations

import pytest

from verisearch.answers import equivalent, extract

UNEQUAL = [
    ("x=1 or y=2", "x=1, y=2"),
    ("x = 1 or y = 2", "x = 1 and y = 2"),
    ("1=2", "3=4"),
    ("1 < 2", "3 < 4"),
    ("2 < 1", "5 < 4"),
    ("2020-01-01", "2018"),
    ("12-05-2020", "-2013"),
    ("ab", "AB"),
    (r"\begin{pmatrix}1\\5\end{pmatrix}", "x=1 or x=5"),
    (r"\begin{pmatrix}1\\5\end{pmatrix}", "1 or 5"),
    (r"\begin{pmatrix}1&5\end{pmatrix}", "{1, 5}"),
]


@pytest.mark.parametrize(("one", "other"), UNEQUAL)
def test_they_equal_no_other(one: str, other: str) -> None:
    assert equivalent(one, other).status != "equal"
    assert equivalent(other, one).status != "equal"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x=1, y=2", "y=2, x=1"),
        ("x=1 or x=2", "x=2 or x=1"),
        ("2x=y", "y=2x"),
        ("007", "7"),
        ("x<2", "2>x"),
        ("DNE", "dne"),
        ("Москва", "москва"),
        ("1 or 5", "5, 1"),
        ("{1, 5}", r"\{5, 1\}"),
        ("x=1 or x=5", r"x \in \{1, 5\}"),
    ],
)
def test_their_like_with_one_reading_still_do(one: str, other: str) -> None:
    assert equivalent(one, other).status == "equal"


@pytest.mark.parametrize("mark", ["\n", "\\", "\\\\", " \n", "*", "_ ", "$", "\r\n", "\t\n", "$ $"])
def test_a_long_run_of_one_sign_is_read_in_passing(mark: str) -> None:
    # each of these took minutes where a pattern began anew at every sign
    for text in (mark * (90_000 // len(mark)), "The answer is " + mark * (90_000 // len(mark)) + "."):
        assert equivalent(text, "5").status != "equal"
        assert extract(text, kind="number") != "5"

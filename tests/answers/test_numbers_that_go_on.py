"""A number that is announced, and goes on behind what looks like all of it."""

from __future__ import annotations

import pytest

from verisearch.answers import equivalent, extract
from verisearch.ingest.textformat import trace_from_text
from verisearch.trace import Problem

PROBLEM = Problem(id="p", question="How many are there?", answer_kind="number")

MORE = [
    "5 and a half",
    "5 and 1/2",
    "5 and three quarters",
    "5 and 6",
    "5, 6",
    "5 6",
    "5:6",
    "12:30",
    "5 to 6",
    "5 out of 8",
    "5 of 8",
    "5 x 3",
    "5 < x",
    "5 (or 6)",
    "5 - or 6",
    "5 dozen",
    "5 hundred",
    "20% of 50",
    "$5 and 20 cents",
    "5 dollars and 20 cents",
    "1 hour 20 minutes",
    "1 hour and 20 minutes",
    "5 feet 3 inches",
    "5 apples and 3 oranges",
    "5\u200b6",
]


@pytest.mark.parametrize("said", MORE)
def test_the_beginning_of_an_answer_is_no_answer(said: str) -> None:
    text = f"The answer is 7. No: the answer is {said}."
    assert extract(text, kind="number") is None
    assert trace_from_text(text, PROBLEM).answer is None


@pytest.mark.parametrize(
    ("said", "value"),
    [("5 thousand", "5000"), ("1.5 million dollars", "1500000"), ("5 1/2", "11/2"), ("$3 million", "3000000 dollars")],
)
def test_scales_and_fractions_are_part_of_it(said: str, value: str) -> None:
    found = extract(f"The answer is {said}.", kind="number")
    assert found is not None
    assert equivalent(found, value, kind="number", units=False).status == "equal"
    answer = trace_from_text(f"The answer is {said}.", PROBLEM).answer
    assert answer is not None
    assert equivalent(answer, value, kind="number", units=False).status == "equal"


@pytest.mark.parametrize(
    "said",
    [
        "5 apples",
        "5 dollars",
        "5 of the apples",
        "5 to her brother",
        "5, which is less than 6",
        "5 after 3 days",
        "**5**",
    ],
)
def test_what_only_says_more_of_it_is_left_out(said: str) -> None:
    assert extract(f"The answer is {said}.", kind="number") == "5"
    assert trace_from_text(f"The answer is {said}.", PROBLEM).answer == "5"


def test_the_next_line_is_not_part_of_it() -> None:
    assert extract("The answer is 5\n\n3 apples are left.", kind="number") == "5"
    assert extract("3 + 2 = 5\n#### 5", kind="number") == "5"

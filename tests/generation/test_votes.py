"""Votes: counted by hand, known values of the Beta rule, orders and ties."""

from __future__ import annotations

import math
from itertools import permutations

import pytest

from verisearch.answers import classes
from verisearch.protocols import Score
from verisearch.search.chains import aggregate, value_of
from verisearch.search.requests import Grouped
from verisearch.search.votes import incomplete_beta, majority_probability, tally


def groups(*answers: str | None) -> Grouped:
    return Grouped(classes(answers, kind="number"), answers)


def test_votes_go_by_equal_answers_not_by_strings() -> None:
    votes = tally(groups("2", "0.5", "1/2", "2", "50%", None))
    assert votes.counts == (2, 3)
    assert votes.winner == 1
    assert votes.unanswered == 1
    assert votes.share == 3 / 6  # the chain without an answer stays in the denominator
    assert votes.rivals() == (3, 2)


def test_weights_decide_before_counts_and_counts_before_order() -> None:
    assert tally(groups("1", "1", "2"), [0.1, 0.2, 0.9]).winner == 1
    assert tally(groups("1", "2", "2"), [0.5, 0.25, 0.25]).winner == 1
    assert tally(groups("1", "2"), [0.5, 0.5]).winner == 0
    assert tally(groups("1", "2", "2"), [0.0, 0.0, 0.0]).winner == 1
    assert tally(groups("1", "2", "2"), [None, None, None]).winner == 1
    votes = tally(groups("1", None, "2"), [0.25, 0.5, 0.25])
    assert votes.share == 0.25
    assert votes.unanswered_weight == 0.5


def test_no_answer_has_no_winner() -> None:
    for votes in (tally(groups()), tally(groups(None, None)), tally(groups(None), [0.9]), tally(groups(), drawn=3)):
        assert votes.winner is None
        assert votes.share == 0.0
    assert tally(groups(), drawn=3).unanswered == 3


def test_draws_that_came_to_nothing_are_counted() -> None:
    votes = tally(groups("1", None), drawn=5)
    assert votes.unanswered == 4
    assert votes.share == 1 / 5
    assert votes.rivals() == (1, 4)


def test_without_a_tie_the_order_does_not_matter() -> None:
    chains = [("1", 0.1), ("2", 0.7), ("1.0", 0.2), ("1", 0.3), (None, 0.9), ("2", 0.05)]
    found = set()
    for order in permutations(chains):
        answers = [answer for answer, _ in order]
        votes = tally(groups(*answers), [weight for _, weight in order])
        assert votes.winner is not None
        found.add((float(answers[groups(*answers).classes[votes.winner][0]] or 0), max(votes.weights), votes.share))
    assert len(found) == 1
    assert found.pop()[:2] == (2.0, 0.75)


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [(0, 0, 0.5), (1, 0, 0.75), (2, 0, 0.875), (3, 0, 0.9375), (4, 0, 0.96875), (5, 1, 0.9375), (6, 1, 247 / 256)],
)
def test_the_beta_rule_has_its_known_values(first: int, second: int, value: float) -> None:
    assert majority_probability(first, second) == value
    assert majority_probability(second, first) == pytest.approx(1 - value)


@pytest.mark.parametrize(("a", "b"), [(1.5, 1.0), (2.7, 1.3), (4.9, 4.8), (1.01, 8.3), (30.5, 12.25), (7.0, 3.0)])
def test_the_incomplete_beta_function_agrees_with_quadrature(a: float, b: float) -> None:
    def area(low: float, high: float, pieces: int = 20_000) -> float:
        width = (high - low) / pieces
        points = ((low + (place + 0.5) * width) for place in range(pieces))
        return math.fsum(x ** (a - 1) * (1 - x) ** (b - 1) for x in points) * width

    assert incomplete_beta(a, b) == pytest.approx(area(0, 0.5) / area(0, 1), abs=1e-5)
    assert incomplete_beta(a, b) + incomplete_beta(b, a) == pytest.approx(1.0, abs=1e-12)


def test_whole_and_broken_votes_agree() -> None:
    for first in range(6):
        for second in range(6):
            near = majority_probability(first + 1e-9, second + 1e-9)
            assert near == pytest.approx(majority_probability(first, second), abs=1e-7)


def test_what_is_no_number_between_0_and_1_is_no_opinion() -> None:
    for value in (None, math.nan, math.inf, -0.1, 1.5):
        assert value_of(Score(value=value)) is None
    assert value_of(None) is None
    assert [value_of(Score(value=value)) for value in (0.0, 0.5, 1.0)] == [0.0, 0.5, 1.0]


def test_step_scores_are_aggregated() -> None:
    steps = [0.5, None, 0.8]
    assert aggregate(steps, "last") == 0.8
    assert aggregate(steps, "mean") == pytest.approx(0.65)
    assert aggregate(steps, "min") == 0.5
    assert aggregate(steps, "product") == pytest.approx(0.4)
    assert aggregate([0.5, None], "last") is None
    for how in ("last", "mean", "min", "product"):
        assert aggregate([None, None], how) is None
        assert aggregate([], how) is None

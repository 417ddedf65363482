"""The bootstrap over groups."""

from __future__ import annotations

import random
from statistics import mean, stdev

import pytest

from verisearch.evaluation.bootstrap import Estimate, difference, estimate, resample


def columns(*groups: list[float]) -> tuple[list[float], list[float]]:
    return [sum(group) for group in groups], [float(len(group)) for group in groups]


def test_the_interval_of_independent_values_is_that_of_their_mean() -> None:
    generator = random.Random(5)
    values = [generator.gauss(10, 2) for _ in range(400)]
    (ratio,) = resample([columns(*([value] for value in values))], 2000, 0)
    found = estimate(ratio)
    assert found.value == pytest.approx(mean(values))
    assert found.interval is not None
    half = 1.96 * stdev(values) / 20
    assert found.interval[0] == pytest.approx(mean(values) - half, abs=0.15 * half)
    assert found.interval[1] == pytest.approx(mean(values) + half, abs=0.15 * half)


def test_rows_of_one_group_count_as_one_witness() -> None:
    generator = random.Random(2)
    values = [float(generator.random() < 0.6) for _ in range(60)]
    (single,) = resample([columns(*([value] for value in values))], 500, 1)
    (ten,) = resample([columns(*([value] * 10 for value in values))], 500, 1)
    (apart,) = resample([columns(*([value] for value in values for _ in range(10)))], 500, 1)
    assert estimate(ten).interval == pytest.approx(estimate(single).interval)
    low, high = estimate(ten).interval or (0, 0)
    lower, higher = estimate(apart).interval or (0, 0)
    assert (high - low) > 2 * (higher - lower)


def test_a_difference_is_taken_on_the_same_draws() -> None:
    generator = random.Random(3)
    values = [generator.random() for _ in range(50)]
    first, second = resample([columns(*([v + 0.25] for v in values)), columns(*([v] for v in values))], 500, 0)
    found = difference(first, second)
    assert found.value == pytest.approx(0.25)
    assert found.interval == pytest.approx((0.25, 0.25))
    low, high = estimate(first).interval or (0, 0)
    assert high - low > 0.1


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Groups of three that agree with each other: at 95 % the truth is inside in 95 of 100 samples."""
    generator = random.Random(7)
    inside = 0
    for sample in range(300):
        groups = [[float(generator.random() < 0.3)] * 3 for _ in range(60)]
        low, high = estimate(resample([columns(*groups)], 300, sample)[0]).interval or (0, 0)
        inside += low <= 0.3 <= high
    assert 0.90 <= inside / 300 <= 0.985


def test_what_can_not_be_told_is_none() -> None:
    empty, single, unweighted = (
        resample([columns()], 100, 0)[0],
        resample([columns([1.0, 0.0])], 100, 0)[0],
        resample([([0.0, 0.0], [0.0, 0.0])], 100, 0)[0],
    )
    assert estimate(empty) == estimate(unweighted) == Estimate(None)
    assert estimate(single) == Estimate(0.5)
    assert difference(single, empty) == Estimate(None)
    assert resample([], 100, 0) == []


def test_draws_without_a_count_are_left_out() -> None:
    """Of two groups one has no labelled row: a draw of that one twice says nothing."""
    found = estimate(resample([([1.0, 0.0], [2.0, 0.0])], 200, 0)[0])
    assert found == Estimate(0.5, (0.5, 0.5))


def test_the_same_seed_gives_the_same_interval() -> None:
    groups = columns([1.0], [0.0, 1.0], [0.0], [1.0, 1.0])
    assert resample([groups], 50, 4) == resample([groups], 50, 4) != resample([groups], 50, 5)

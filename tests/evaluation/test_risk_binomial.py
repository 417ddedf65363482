"""The binomial tail against exact sums, and the sample sizes that follow from it."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from verisearch.errors import InputError
from verisearch.evaluation.risk import binomial_tail, minimum_answers, smallest_target


def exact_tail(errors: int, answers: int, rate: float) -> Fraction:
    p = Fraction(rate)
    return sum((math.comb(answers, k) * p**k * (1 - p) ** (answers - k) for k in range(errors + 1)), Fraction(0))


@pytest.mark.parametrize("rate", [1e-9, 0.02, 0.1, 0.5, 0.77, 0.999])
def test_tail_equals_the_exact_sum(rate: float) -> None:
    for answers in (0, 1, 2, 3, 7, 24):
        for errors in range(answers + 1):
            exact = float(exact_tail(errors, answers, rate))
            assert binomial_tail(errors, answers, rate) == pytest.approx(exact, rel=1e-12, abs=1e-300), (
                errors,
                answers,
            )


@pytest.mark.parametrize(("errors", "rate"), [(0, 0.25), (9, 0.015625), (30, 0.015625), (250, 0.25), (600, 0.5)])
def test_tail_equals_the_exact_sum_for_a_thousand_answers(errors: int, rate: float) -> None:
    top, bottom = Fraction(rate).as_integer_ratio()
    ways = sum(math.comb(1000, k) * top**k * (bottom - top) ** (1000 - k) for k in range(errors + 1))
    assert binomial_tail(errors, 1000, rate) == pytest.approx(ways / bottom**1000, rel=2e-12)


def test_tail_of_a_million_answers_is_a_probability_near_the_normal_one() -> None:
    assert binomial_tail(500_000, 1_000_000, 0.5) == pytest.approx(0.5 + 0.5 / math.sqrt(math.pi * 500_000), rel=1e-6)
    assert binomial_tail(1, 1_000_000, 0.5) == 0.0
    assert binomial_tail(999_998, 1_000_000, 0.5) == 1.0


def test_tail_at_the_ends() -> None:
    assert binomial_tail(0, 0, 0.3) == 1.0
    assert binomial_tail(3, 5, 0.0) == 1.0
    assert binomial_tail(3, 5, 1.0) == 0.0
    assert binomial_tail(5, 5, 1.0) == 1.0


@pytest.mark.parametrize(("errors", "answers", "rate"), [(-1, 5, 0.1), (6, 5, 0.1), (1, 5, -0.1), (1, 5, math.nan)])
def test_tail_refuses_what_is_no_count_or_rate(errors: int, answers: int, rate: float) -> None:
    with pytest.raises(InputError):
        binomial_tail(errors, answers, rate)


def test_two_per_cent_at_a_tenth_needs_114_error_free_answers() -> None:
    assert minimum_answers(0.02, 0.1) == 114
    assert exact_tail(0, 114, 0.02) <= Fraction(0.1) < exact_tail(0, 113, 0.02)


@pytest.mark.parametrize("errors", [0, 1, 2, 7])
@pytest.mark.parametrize(("alpha", "delta"), [(0.02, 0.1), (0.3, 0.05), (0.9, 0.5), (0.05, 0.99)])
def test_minimum_answers_is_the_first_that_is_enough(errors: int, alpha: float, delta: float) -> None:
    needed = minimum_answers(alpha, delta, errors)
    assert exact_tail(errors, needed, alpha) <= Fraction(delta)
    assert needed == errors + 1 or exact_tail(errors, needed - 1, alpha) > Fraction(delta)


def test_smallest_target_is_what_so_many_answers_can_show() -> None:
    for answers in (1, 60, 114, 5000):
        target = smallest_target(answers, 0.1)
        assert minimum_answers(target * 1.0001, 0.1) <= answers < minimum_answers(target * 0.98, 0.1)
    assert smallest_target(0, 0.1) == 1.0
    assert smallest_target(113, 0.1) > 0.02 > smallest_target(114, 0.1)


@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 2.0, math.nan])
def test_targets_outside_the_open_interval_are_refused(value: float) -> None:
    with pytest.raises(InputError, match="alpha is"):
        minimum_answers(value, 0.1)
    with pytest.raises(InputError, match="delta is"):
        minimum_answers(0.1, value)
    with pytest.raises(InputError, match="delta is"):
        smallest_target(10, value)

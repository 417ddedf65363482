"""Token control: what is chosen, what is refused, and that the mean stays within the budget."""

from __future__ import annotations

import math
import random
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.errors import InputError
from verisearch.evaluation.risk import Spending, control_tokens, even_grid, stopping_tokens

GRID = (0.9, 0.5, 0.0)


def test_the_strictest_threshold_within_the_budget_is_chosen() -> None:
    items = [Spending(str(n), (100.0, 50.0, 10.0)) for n in range(9)]
    rule = control_tokens(items, GRID, 60, maximum=100)
    assert (rule.threshold, rule.bound, rule.mean, rule.lowest) == (0.5, 55.0, 50.0, 19.0)
    assert control_tokens(items, GRID, 55, maximum=100).threshold == 0.5
    assert control_tokens(items, GRID, 54.9, maximum=100).threshold == 0.0


def test_nothing_is_spent_where_nothing_can_be_promised() -> None:
    rule = control_tokens([Spending("a", (100.0, 50.0, 10.0))], GRID, 54, maximum=100)
    assert (rule.threshold, rule.lowest) == (None, 55.0)
    assert "Spends nothing" in rule.guarantee()
    assert "smallest budget that can is 55" in rule.guarantee()


def test_an_empty_split_promises_the_maximum_only() -> None:
    assert control_tokens([], GRID, 99, maximum=100).threshold is None
    assert control_tokens([], GRID, 100, maximum=100).threshold == 0.9


def test_one_group_counts_once() -> None:
    items = [Spending(str(n), (10.0, 10.0, 10.0), "theory") for n in range(50)]
    assert control_tokens(items, GRID, 20, maximum=100).threshold is None
    assert control_tokens(items, GRID, 20, maximum=100, independent=True).threshold == 0.9


def test_guarantee_names_budget_maximum_and_assumptions() -> None:
    items = [Spending(str(n), (10.0, 10.0, 10.0)) for n in range(50)]
    said = control_tokens(items, GRID, 20, maximum=100, seed=5).guarantee()
    for words in ("at most 20 tokens on average", "100 counted for the new one", "exchangeable", "seed 5"):
        assert words in said, words


draws = st.lists(
    st.tuples(st.none() | st.sampled_from([0.0, 0.25, 0.5, 0.5, 0.75, 1.0]), st.integers(0, 50)), max_size=6
)


@settings(deadline=None, max_examples=60)
@given(draws)
def test_stopping_tokens_are_those_of_a_plain_search_and_never_grow(recorded: list[tuple[float | None, int]]) -> None:
    grid = even_grid(4)
    spent = stopping_tokens(recorded, grid)
    for threshold, tokens in zip(grid, spent, strict=True):
        total = 0
        for score, cost in recorded:
            total += cost
            if score is not None and score >= threshold:
                break
        assert tokens == total
    assert list(spent) == sorted(spent, reverse=True)


@settings(deadline=None, max_examples=60)
@given(st.lists(draws, max_size=5), st.integers(1, 400), st.integers(0, 200))
def test_more_budget_never_makes_the_threshold_more_lenient(
    recorded: list[list[tuple[float | None, int]]], budget: int, more: int
) -> None:
    grid = even_grid(4)
    items = [Spending(str(n), stopping_tokens(each, grid)) for n, each in enumerate(recorded)]
    low, high = (control_tokens(items, grid, b, maximum=300) for b in (budget, budget + more))
    assert low.bound <= budget
    assert low.threshold is None or (high.threshold is not None and high.threshold >= low.threshold)


@pytest.mark.parametrize("tokens", [(1.0, 2.0, 0.0), (101.0, 0.0, 0.0), (math.nan,) * 3, (1.0, 0.0, -1.0), (1.0, 1.0)])
def test_token_counts_that_grow_or_leave_the_range_are_refused(tokens: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="item 'q7'"):
        control_tokens([Spending("q7", tokens)], GRID, 50, maximum=100)


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_budgets_that_are_not_positive_are_refused(value: float) -> None:
    with pytest.raises(InputError, match="budget is"):
        control_tokens([], GRID, value, maximum=100)
    with pytest.raises(InputError, match="maximum is"):
        control_tokens([], GRID, 50, maximum=value)


def test_repeats_and_bad_draws_are_refused() -> None:
    twice = [Spending("a", (1.0, 1.0, 1.0))] * 2
    for independent in (False, True):
        with pytest.raises(InputError, match="repeats id 'a'"):
            control_tokens(twice, GRID, 50, maximum=100, independent=independent)
    with pytest.raises(InputError, match="draw 2 has a score of nan"):
        stopping_tokens([(0.1, 5), (math.nan, 5)], GRID)
    with pytest.raises(InputError, match="draw 1 took -1"):
        stopping_tokens([(0.1, -1)], GRID)


def test_the_true_mean_stays_within_the_budget() -> None:
    grid, spent = even_grid(20), []
    for split in range(150):
        chance = random.Random(f"tokens {split}")
        items = [Spending(str(n), stopping_tokens([(chance.random(), 10) for _ in range(8)], grid)) for n in range(30)]
        threshold = control_tokens(items, grid, 30, maximum=80).threshold
        spent.append(0.0 if threshold is None else 10 * (8 if threshold == 1 else (1 - threshold**8) / (1 - threshold)))
    assert 22 <= mean(spent) <= 30

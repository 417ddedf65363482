"""Answer or abstain: what is chosen, what is refused, and that the promise is kept where the true risk is known."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from collections.abc import Sequence

import pytest

from verisearch.errors import InputError
from verisearch.evaluation.record import Record
from verisearch.evaluation.risk import (
    Item,
    calibrate,
    even_grid,
    grid_from,
    item_of,
    one_per_group,
    split_by_group,
)
from verisearch.runtime.solving import Candidate

GRID = even_grid(10)


def made(*kinds: tuple[float | None, int, int]) -> list[Item]:
    """Items of groups of their own: for each score, so many right and so many wrong."""
    outcomes = [(score, which) for score, right, wrong in kinds for which in [True] * right + [False] * wrong]
    return [Item(str(number), score, right) for number, (score, right) in enumerate(outcomes)]


def test_the_last_threshold_that_passes_is_chosen() -> None:
    rule = calibrate(made((1.0, 200, 0), (0.5, 100, 5), (0.2, 0, 50)), GRID, 0.05, 0.1)
    assert rule.threshold == 0.3
    assert rule.chosen is not None
    assert (rule.chosen.answered, rule.chosen.errors) == (305, 5)
    assert [each.passed for each in rule.path] == [True] * 8 + [False]
    assert (rule.path[-1].threshold, rule.path[-1].answered, rule.path[-1].errors) == (0.2, 355, 55)


def test_testing_stops_at_the_first_failure_though_a_later_one_would_pass() -> None:
    rule = calibrate(made((1.0, 100, 20), (0.5, 5000, 0)), GRID, 0.05, 0.1)
    assert rule.threshold is None
    assert len(rule.path) == 1
    assert "20 of 120 answers are wrong" in rule.guarantee()


def test_113_error_free_answers_are_too_few_and_114_are_enough() -> None:
    short = calibrate(made((1.0, 113, 0)), GRID, 0.02, 0.1)
    assert short.threshold is None
    assert short.needed == 114
    assert "needs at least 114 answers without an error" in short.guarantee()
    assert not any(short.answers(score) for score in (None, 0.0, 0.5, 1.0))
    assert calibrate(made((1.0, 114, 0)), GRID, 0.02, 0.1).threshold == 0.0


def test_the_needed_number_follows_the_target() -> None:
    said = calibrate(made((1.0, 20, 0)), GRID, 0.05, 0.1).guarantee()
    assert "at least 45 answers" in said
    assert "20 could at best show 10.87 %" in said


def test_equal_scores_stand_on_the_same_side() -> None:
    items = made((0.7, 150, 0), (0.3, 0, 150))
    for shuffled in (items, items[::-1], random.Random(1).sample(items, len(items))):
        rule = calibrate(shuffled, (0.7, 0.3, 0.0), 0.02, 0.1)
        assert [(each.answered, each.errors) for each in rule.path] == [(150, 0), (300, 150)]
        assert rule.threshold == 0.7
    assert rule.answers(0.7)
    assert not rule.answers(math.nextafter(0.7, 0))


def test_all_scores_equal() -> None:
    assert calibrate(made((0.5, 300, 0)), GRID, 0.05, 0.1).threshold is None  # the grid begins above them
    assert "begins too strict" in calibrate(made((0.5, 300, 0)), GRID, 0.05, 0.1).guarantee()
    assert calibrate(made((0.5, 300, 0)), grid_from([0.5] * 50, 300, 0.05, 0.1), 0.05, 0.1).threshold == 0.0


def test_items_without_a_score_are_counted_and_never_answered() -> None:
    rule = calibrate(made((1.0, 150, 0), (None, 10, 40)), GRID, 0.02, 0.1)
    assert (rule.threshold, rule.tested, rule.unscored) == (0.0, 200, 50)
    assert rule.answers(0.0)
    assert not rule.answers(None)
    assert "50 of the 200 items had no score" in rule.guarantee()


def test_all_none() -> None:
    rule = calibrate(made((None, 500, 0)), GRID, 0.02, 0.1)
    assert (rule.threshold, rule.unscored) == (None, 500)
    assert "of the 500 items tested 0 have a score" in rule.reason
    assert grid_from([None] * 9, 500, 0.02, 0.1) == (0.0,)


def test_empty_split() -> None:
    rule = calibrate([], GRID, 0.02, 0.1)
    assert (rule.threshold, rule.items, rule.tested) == (None, 0, 0)
    assert "the calibration split is empty" in rule.guarantee()
    assert split_by_group([], (0.5, 0.5), seed=0) == ([], [])
    assert grid_from([], 0, 0.02, 0.1) == (0.0,)


def test_one_group_counts_once() -> None:
    items = [Item(str(number), 1.0, True, "theory") for number in range(500)]
    rule = calibrate(items, GRID, 0.02, 0.1)
    assert (rule.threshold, rule.groups, rule.tested) == (None, 1, 1)
    alone = calibrate(items, GRID, 0.02, 0.1, independent=True)
    assert alone.threshold == 0.0
    assert "taken as independent" in alone.guarantee()
    first, second = split_by_group(items, (0.5, 0.5), seed=3)
    assert sorted((len(first), len(second))) == [0, 500]


@pytest.mark.parametrize("score", [math.nan, -0.01, 1.01, math.inf])
def test_scores_that_are_none_are_refused(score: float) -> None:
    with pytest.raises(InputError, match=r"item 'q7' has a score of .*in \[0, 1\], or None"):
        Item("q7", score, True)
    with pytest.raises(InputError, match="score"):
        calibrate(made((1.0, 200, 0)), GRID, 0.02, 0.1).answers(score)
    with pytest.raises(InputError, match="score for the grid"):
        grid_from([0.5, score], 100, 0.1, 0.1)


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 1.5, math.nan])
def test_targets_outside_the_open_interval_are_refused(value: float) -> None:
    with pytest.raises(InputError, match="alpha is"):
        calibrate([], GRID, value, 0.1)
    with pytest.raises(InputError, match="delta is"):
        calibrate([], GRID, 0.1, value)


@pytest.mark.parametrize("grid", [(), (0.5, 0.5), (0.1, 0.2), (1.1, 0.5), (0.5, math.nan)])
def test_grids_that_do_not_fall_are_refused(grid: Sequence[float]) -> None:
    with pytest.raises(InputError, match="threshold"):
        calibrate([], grid, 0.1, 0.1)


def test_a_repeated_item_is_refused() -> None:
    with pytest.raises(InputError, match="repeats id 'a' in group 'g'"):
        calibrate([Item("a", 1.0, True, "g"), Item("a", 1.0, True, "g")], GRID, 0.1, 0.1)
    assert (
        calibrate([Item("a", 1.0, True, "g"), Item("a", 1.0, True, "h"), Item("a", 1.0, True)], GRID, 0.1, 0.1).groups
        == 3
    )


def test_guarantee_names_target_evidence_and_assumptions() -> None:
    said = calibrate(made((1.0, 200, 0)), GRID, 0.02, 0.1, seed=7).guarantee()
    for words in ("at least 90 %", "at most 2 %", "0 wrong of 200", "independent draws", "one drawn", "seed 7"):
        assert words in said, words


def grouped(groups: int, size: int) -> list[Item]:
    return [Item(f"{g}-{i}", 0.5, True, f"g{g}") for g in range(groups) for i in range(size)]


def test_groups_are_never_torn_apart() -> None:
    items = grouped(40, 5)
    parts = split_by_group(items, (0.25, 0.25, 0.5), seed=1)
    assert [len({item.group for item in part}) for part in parts] == [10, 10, 20]
    assert sorted(item.id for part in parts for item in part) == sorted(item.id for item in items)
    assert len({item.group for part in parts for item in part}) == 40
    assert parts[0] == [item for item in items if item in parts[0]]


def test_splits_and_draws_depend_on_the_seed_and_not_on_the_order() -> None:
    items = grouped(30, 4)
    mixed = random.Random(0).sample(items, len(items))

    def ids(part: Sequence[Item]) -> set[str]:
        return {item.id for item in part}

    assert ids(split_by_group(items, (0.5, 0.5), 1)[0]) == ids(split_by_group(mixed, (0.5, 0.5), 1)[0])
    assert ids(split_by_group(items, (0.5, 0.5), 1)[0]) != ids(split_by_group(items, (0.5, 0.5), 2)[0])
    assert ids(one_per_group(items, 1)) == ids(one_per_group(mixed, 1)) != ids(one_per_group(items, 2))


def test_splits_do_not_depend_on_pythons_hash() -> None:
    code = (
        "from verisearch.evaluation.risk import *\n"
        "items = [Item(f'{g}-{i}', .5, True, f'g{g}') for g in range(9) for i in range(3)]\n"
        "print([i.id for i in split_by_group(items, (.5, .5), 4)[0]], [i.id for i in one_per_group(items, 4)])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_the_draw_is_even_over_a_group() -> None:
    counts = [0] * 4
    for seed in range(400):
        counts[int(one_per_group(grouped(1, 4), seed)[0].id[-1])] += 1
    assert all(70 <= count <= 130 for count in counts), counts


@pytest.mark.parametrize("shares", [(), (0.5, 0.4), (1.5, -0.5), (math.nan, 0.5), (0.0, 1.0)])
def test_bad_shares_are_refused(shares: Sequence[float]) -> None:
    with pytest.raises(InputError, match="shares"):
        split_by_group([], shares, 0)


def test_a_grid_begins_where_enough_can_be_expected() -> None:
    scores = [number / 1000 for number in range(1000)]
    grid = grid_from(scores, 400, 0.05, 0.1, errors=1, size=11)
    assert len(grid) == 11
    assert grid[-1] == 0.0
    assert sum(score >= grid[0] for score in scores) * 400 / 1000 == pytest.approx(77, abs=0.5)  # 1 wrong of 77: p ≤ .1
    assert list(grid) == sorted(set(grid), reverse=True)


def violations(error_rate: float, items: int, copies: int, independent: bool) -> int:
    """Of 200 splits, how many answer anything, where the true risk is ``error_rate`` at every threshold."""
    found = 0
    for split in range(200):
        chance = random.Random(f"validity {split}")
        sample = []
        for group in range(items):
            score, right = chance.random(), chance.random() >= error_rate
            sample += [Item(str(copy), score, right, str(group)) for copy in range(copies)]
        rule = calibrate(sample, (0.5, 0.4, 0.3, 0.2, 0.1, 0.0), 0.1, 0.1, independent=independent)
        found += rule.threshold is not None
    return found


def test_a_risk_just_above_the_target_is_rarely_let_through() -> None:
    found = violations(0.1001, 160, 1, independent=False)
    assert 4 <= found <= 28  # more than 28 come 1 time in 40 at exactly delta; none at all: nothing is ever answered


def test_copies_in_a_group_break_the_promise_only_if_taken_as_independent() -> None:
    assert violations(0.1001, 80, 4, independent=False) <= 28
    assert violations(0.1001, 80, 4, independent=True) > 40


def test_a_risk_that_is_high_among_the_most_confident_is_found_out() -> None:
    passed = 0
    for split in range(50):
        chance = random.Random(f"non-monotone {split}")
        scores = [chance.random() for _ in range(400)]
        items = [Item(str(n), s, chance.random() >= (0.3 if s > 0.8 else 0.0)) for n, s in enumerate(scores)]
        passed += calibrate(items, (0.8, 0.4, 0.0), 0.1, 0.1).threshold is not None
    assert passed <= 1


def record(**more: object) -> Record:
    fields: dict[str, object] = {
        "index": 0,
        "id": "q",
        "group": "t",
        "gold": "True",
        "predicted": "True",
        "correct": True,
    }
    candidates = [
        Candidate(text=text, answer="True", score=score, verified=False) for text, score in (("a", 0.9), ("b", 0.4))
    ]
    return Record(**(fields | {"written": "b", "candidates": candidates} | more))  # type: ignore[arg-type]


def test_a_record_gives_the_chosen_chains_score() -> None:
    assert item_of(record()) == Item("q", 0.4, True, "t")
    assert item_of(record(group="")).group is None
    assert item_of(record(candidates=None)).score is None
    assert item_of(record(predicted=None, correct=False)) == Item("q", None, False, "t")
    assert item_of(record(error="no reply")).score is None
    with pytest.raises(InputError, match="record 'q' has no gold answer"):
        item_of(record(correct=None, gold=None))

"""How well scores are calibrated, before and after, with intervals over groups."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np

from verisearch.evaluation.bootstrap import Estimate, interval
from verisearch.training.calibration.metrics import Bin, Numbers, aurc, auroc, brier, ece, reliability

__all__ = ["METRICS", "Measured", "measured"]

#: The figures by name.
METRICS: Mapping[str, Callable[[Numbers, Numbers], float | None]] = MappingProxyType(
    {"ece": ece, "brier": brier, "auroc": auroc, "aurc": aurc}
)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The figures (`METRICS`) of one method's scores; their ``change`` against the first method's, a paired difference
    in the same draws of groups, whose interval holds 0 where there may be none; and the bins of the diagram.

    An interval of the ECE lies too high, as the ECE itself does over few rows: compare changes of the Brier score.
    """

    figures: dict[str, Estimate]
    change: dict[str, Estimate]
    bins: tuple[Bin, ...]


def measured(
    scores: Mapping[str, Sequence[float]],
    outcomes: Sequence[bool],
    groups: Sequence[str],
    replicates: int,
    seed: int,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Measured]:
    """The figures of each of several ways to score the same rows, by their names; the first is what the others are
    compared with. Scores lie in [0, 1]; each sequence has one entry a row. 95 % percentile intervals are those of
    ``replicates`` draws of as many groups with replacement; there are none with fewer than two groups. ``progress``:
    the draws done."""
    columns = {name: np.asarray(each, dtype=float) for name, each in scores.items()}
    so = np.asarray(outcomes, dtype=bool)
    value = {name: figures_of(column, so) for name, column in columns.items()}
    drawn: dict[str, list[dict[str, float | None]]] = {name: [] for name in columns}
    for done, rows in enumerate(draws(groups, replicates, seed), 1):
        for name, column in columns.items():
            drawn[name].append(figures_of(column[rows], so[rows]))
        if progress is not None:
            progress(done)
    first = next(iter(columns))
    return {
        name: Measured(
            figures={each: estimated(value[name][each], [draw[each] for draw in drawn[name]]) for each in METRICS},
            change={
                each: estimated(
                    less(value[name][each], value[first][each]),
                    [less(one[each], other[each]) for one, other in zip(drawn[name], drawn[first], strict=True)],
                )
                for each in METRICS
            },
            bins=reliability(column, so),
        )
        for name, column in columns.items()
    }


def figures_of(scores: Any, outcomes: Any) -> dict[str, float | None]:
    return {name: metric(scores, outcomes) for name, metric in METRICS.items()}


def draws(groups: Sequence[str], replicates: int, seed: int) -> Iterator[Any]:
    """The rows of as many groups as there are, drawn with replacement, all rows of a group together."""
    members: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    rows = [np.array(each) for each in members.values()]
    generator = random.Random(f"{seed} bootstrap")
    for _ in range(replicates if len(rows) > 1 else 0):
        yield np.concatenate(generator.choices(rows, k=len(rows)))


def estimated(value: float | None, drawn: Sequence[float | None]) -> Estimate:
    """With an interval of the draws that have a figure."""
    return Estimate(value, None if value is None else interval([each for each in drawn if each is not None]))


def less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other

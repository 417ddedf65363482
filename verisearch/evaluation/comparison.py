"""What the arms of a run come to, on the same problems: figures with intervals, and paired differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, zip_longest
from pathlib import Path
from typing import Any

import msgspec

from verisearch.errors import RecordError
from verisearch.evaluation.arms import Arm
from verisearch.evaluation.bootstrap import Estimate, Ratio, difference, estimate, resample
from verisearch.evaluation.record import Timing
from verisearch.runtime.budget import Budget
from verisearch.runtime.records import read_records

__all__ = [
    "COSTS",
    "REPLICATES",
    "SHARES",
    "ArmFigures",
    "Comparison",
    "DepthFigures",
    "Difference",
    "compare",
    "seconds_of",
]

#: Draws of the bootstrap, and their seed: the same records give the same intervals.
REPLICATES, SEED = 2000, 0

#: Figures that are shares of problems, and what they are called.
SHARES = {"accuracy": "Accuracy", "verified": "Verified", "verified_and_correct": "Verified and correct"}

#: Figures that are costs of one problem, and what they are called.
COSTS = {
    "generated_tokens": "Tokens generated, discarded ones too",
    "verifier_calls": "Verifier calls",
    "flops": "FLOPs",
}


class ArmFigures(msgspec.Struct, frozen=True, kw_only=True):
    """An arm's figures over its ``n`` rows. ``budget``: most tokens a problem, None without a limit; ``multiple``: how
    many times a greedy chain's mean that is, if it was so given. ``estimates``: `SHARES` of the rows, and means of
    `COSTS` over the problems that were asked; a share is of the labelled rows where gold answers count, and a row with
    an error counts as wrong."""

    name: str
    series: str
    strategy: str
    settings: dict[str, Any]
    verifier: str
    budget: int | None
    multiple: float | None
    n: int
    errors: int
    estimates: dict[str, Estimate]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """``arm`` less ``against``, on the same problems."""

    arm: str
    against: str
    estimates: dict[str, Estimate]


class DepthFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``arm``, what it comes to on the ``n`` rows whose gold proofs have this ``depth``: `BY_DEPTH`."""

    arm: str
    depth: int
    n: int
    estimates: dict[str, Estimate]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All arms, and the differences: each arm to the first, and any two of the same budget.

    Intervals are 95 % percentiles of ``replicates`` draws of the ``groups`` of problems (theories, stories).
    ``by_depth``: figures by the depth of the gold proof, where the data set tells it. ``untold``: why floating-point
    operations of an arm can't be told.
    """

    problems: int
    groups: int
    replicates: int
    arms: list[ArmFigures]
    differences: list[Difference]
    by_depth: list[DepthFigures] = []
    untold: dict[str, str] = {}


class Row(msgspec.Struct, frozen=True):
    """Of a record, what figures are made of."""

    index: int
    id: str
    group: str = ""
    gold: str | None = None
    gold_depth: int | None = None
    correct: bool | None = None
    verified: bool | None = None
    arm: str | None = None
    strategy: str | None = None
    budget: Budget | None = None
    usage: dict[str, int] = {}
    flops: int | None = None
    error: str | None = None


Measure = Callable[[Row], tuple[float, float]]


def of_labelled(counts: Callable[[Row], bool]) -> Measure:
    """Whether a row counts, among those with a gold answer or an error."""
    return lambda row: (row.error is None and counts(row), row.gold is not None or row.error is not None)


def of_asked(cost: Callable[[Row], int]) -> Measure:
    """What a row cost, among those that a strategy was asked about: malformed ones were not."""
    return lambda row: (cost(row), 1) if row.strategy is not None else (0, 0)


def at(depth: int, measure: Measure) -> Measure:
    """A measure of the rows whose gold proofs have this depth."""
    return lambda row: measure(row) if row.gold_depth == depth else (0, 0)


#: What a row adds to a figure's sum, and to the count that the sum is over.
MEASURES: Mapping[str, Measure] = {
    "accuracy": of_labelled(lambda row: row.correct is True),
    "verified": lambda row: (row.verified is True, 1),
    "verified_and_correct": of_labelled(lambda row: row.correct is True and row.verified is True),
    "generated_tokens": of_asked(lambda row: row.usage.get("generated_tokens", 0)),
    "verifier_calls": of_asked(lambda row: row.usage.get("verifier_calls", 0)),
    "flops": of_asked(lambda row: row.flops or 0),
}


#: Figures that are told by depth too.
BY_DEPTH = ("verified_and_correct", "generated_tokens")


def compare(
    arms: Sequence[Arm], folder: Path, untold: Mapping[str, str] | None = None, *, replicates: int = REPLICATES
) -> Comparison:
    """The comparison of a finished run's records; ``untold`` is passed on. Raises `RecordError` if arms aren't about
    the same rows."""
    rows = rows_by_arm(arms, folder / "records.jsonl")
    first = rows[arms[0].name]
    # a row that belongs to no group is one of its own
    keys = [("group", row.group) if row.group else ("row", str(place)) for place, row in enumerate(first)]
    place_of = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    places = [place_of[key] for key in keys]
    cells = [(arm.name, what) for arm in arms for what in measured(rows[arm.name])]
    columns = [column(rows[name], MEASURES[what], places, len(place_of)) for name, what in cells]
    depths = sorted({row.gold_depth for row in first if row.gold_depth is not None})
    deep = [(arm.name, depth, what) for arm in arms for depth in depths for what in BY_DEPTH]
    columns += [column(rows[name], at(depth, MEASURES[what]), places, len(place_of)) for name, depth, what in deep]
    drawn = resample(columns, replicates, SEED)
    ratios = dict(zip(cells, drawn[: len(cells)], strict=True))
    by_arm = {arm.name: {what: ratio for (name, what), ratio in ratios.items() if name == arm.name} for arm in arms}
    told = dict(zip(deep, map(estimate, drawn[len(cells) :]), strict=True))
    return Comparison(
        problems=len(first),
        groups=len(place_of),
        replicates=replicates,
        arms=[figures(arm, rows[arm.name], by_arm[arm.name]) for arm in arms],
        differences=list(differences(arms, by_arm)),
        by_depth=[
            DepthFigures(
                arm=arm.name,
                depth=depth,
                n=sum(row.gold_depth == depth for row in first),
                estimates={what: told[arm.name, depth, what] for what in BY_DEPTH},
            )
            for arm in arms
            for depth in depths
        ],
        untold=dict(untold or {}),
    )


def rows_by_arm(arms: Sequence[Arm], path: Path) -> dict[str, list[Row]]:
    """Each arm's rows, in order. Raises `RecordError` if they aren't about the same."""
    found: dict[str, list[Row]] = {arm.name: [] for arm in arms}
    for row in read_records(path, Row):
        found[row.arm or ""].append(row)
    for rows in zip_longest(*found.values()):
        if None in rows or len({row.id for row in rows}) > 1:
            there = next(row for row in rows if row is not None)
            raise RecordError(f"{path}: record {there.index} is about {there.id!r}, and not all arms have that row")
    return found


def measured(rows: Sequence[Row]) -> Iterator[str]:
    """The figures that can be told of some rows: no operations, if they are not known of all."""
    told = all(row.flops is not None for row in rows if row.strategy is not None)
    return (what for what in MEASURES if what != "flops" or told)


def column(
    rows: Sequence[Row], measure: Measure, places: Sequence[int], groups: int
) -> tuple[list[float], list[float]]:
    """Each group's sum and count."""
    parts, wholes = [0.0] * groups, [0.0] * groups
    for row, place in zip(rows, places, strict=True):
        part, whole = measure(row)
        parts[place] += part
        wholes[place] += whole
    return parts, wholes


def figures(arm: Arm, rows: Sequence[Row], ratios: Mapping[str, Ratio]) -> ArmFigures:
    """The figures of an arm."""
    options = arm.options
    return ArmFigures(
        name=arm.name,
        series=arm.series,
        strategy=options.strategy,
        settings=msgspec.to_builtins(options.settings),
        verifier=options.verifier,
        # a multiple became tokens only in the run
        budget=next((row.budget.tokens for row in rows if row.budget is not None), options.budget.tokens),
        multiple=arm.multiple,
        n=len(rows),
        errors=sum(row.error is not None for row in rows),
        estimates={what: estimate(ratio) for what, ratio in ratios.items()},
    )


def differences(arms: Sequence[Arm], ratios: Mapping[str, Mapping[str, Ratio]]) -> Iterator[Difference]:
    """Each arm less the first, and of the others any two with the same budget: the later less the earlier."""
    for earlier, later in combinations(arms, 2):
        alike = (earlier.options.budget, earlier.multiple) == (later.options.budget, later.multiple)
        if earlier is arms[0] or alike:
            both = [what for what in ratios[later.name] if what in ratios[earlier.name]]
            yield Difference(
                arm=later.name,
                against=earlier.name,
                estimates={what: difference(ratios[later.name][what], ratios[earlier.name][what]) for what in both},
            )


class Place(msgspec.Struct, frozen=True):
    """Of a record, whose it is."""

    index: int
    arm: str | None = None
    strategy: str | None = None


def seconds_of(folder: Path) -> dict[str, float]:
    """Wall-clock seconds a problem of each arm: what the arm took, with as many problems under way at once as there
    were, over its problems. What a kill undid isn't counted, nor is the one problem whose timing it may cost."""
    spent = {timing.index: timing.elapsed for timing in read_records(folder / "timings.jsonl", Timing)}
    found: dict[str, list[float]] = {}
    for place in read_records(folder / "records.jsonl", Place):
        if place.strategy is not None and place.arm is not None and place.index in spent:
            found.setdefault(place.arm, []).append(spent[place.index])
    return {arm: sum(seconds) / len(seconds) for arm, seconds in found.items()}

"""Bootstrap over groups: intervals for means of items that aren't independent of each other.

Items of one theory or problem family are drawn together (a cluster bootstrap, Davison and Hinkley 1997, section 3.8):
resampling rows would take what one theory says for the word of many. All figures see the same draws, so that a
difference between two of them on the same problems is a paired one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from operator import itemgetter
from statistics import quantiles

import msgspec

__all__ = ["Estimate", "Ratio", "difference", "estimate", "resample"]


class Estimate(msgspec.Struct, frozen=True):
    """A figure, and its 95 % percentile interval; both None where there is nothing to take it of, the interval also
    where there are fewer than two groups."""

    value: float | None
    interval: tuple[float, float] | None = None


class Ratio(msgspec.Struct, frozen=True):
    """A mean, as a sum over a count: in all, and in each resample."""

    part: float
    whole: float
    parts: Sequence[float] = ()
    wholes: Sequence[float] = ()


def resample(columns: Sequence[tuple[Sequence[float], Sequence[float]]], replicates: int, seed: int) -> list[Ratio]:
    """The mean of each column, a pair of each group's sum and its count, over all groups and over ``replicates`` draws
    of as many groups with replacement. All columns have the same groups in the same order."""
    groups = len(columns[0][0]) if columns else 0
    generator = random.Random(seed)
    parts: list[list[float]] = [[] for _ in columns]
    wholes: list[list[float]] = [[] for _ in columns]
    for _ in range(replicates if groups > 1 else 0):
        drawn = itemgetter(*generator.choices(range(groups), k=groups))
        for place, (part, whole) in enumerate(columns):
            parts[place].append(sum(drawn(part)))
            wholes[place].append(sum(drawn(whole)))
    return [Ratio(sum(part), sum(whole), parts[place], wholes[place]) for place, (part, whole) in enumerate(columns)]


def estimate(ratio: Ratio) -> Estimate:
    """The mean with its interval."""
    if not ratio.whole:
        return Estimate(None)
    means = [part / whole for part, whole in zip(ratio.parts, ratio.wholes, strict=True) if whole]
    return Estimate(ratio.part / ratio.whole, interval(means))


def difference(first: Ratio, second: Ratio) -> Estimate:
    """The first mean less the second, each resample's pair taken of the same draw."""
    if not (first.whole and second.whole):
        return Estimate(None)
    drawn = zip(first.parts, first.wholes, second.parts, second.wholes, strict=True)
    means = [part / whole - other / of for part, whole, other, of in drawn if whole and of]
    return Estimate(first.part / first.whole - second.part / second.whole, interval(means))


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """From the 2.5th to the 97.5th percentile; None of fewer than two."""
    if len(values) < 2:
        return None
    cuts = quantiles(values, n=40, method="inclusive")
    return cuts[0], cuts[-1]

"""How good scores are as probabilities (calibration), and how well they put what is right above what is wrong.

Everywhere ``scores`` are n numbers, and ``outcomes`` n truth values in the same order: whether the thing that was
scored is so. The order of the rows makes no difference to any figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec
import numpy as np

__all__ = ["BINS", "Bin", "Numbers", "aurc", "auroc", "brier", "ece", "reliability"]

#: Bins of equal width over [0, 1].
BINS = 10

#: Numbers in a row: a list, a tuple, an array of shape (n,).
Numbers: TypeAlias = "Sequence[float] | np.ndarray[Any, np.dtype[Any]]"


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """The scores from ``low`` up to ``high``: how many, their mean (``confidence``) and the share of them that is so
    (``accuracy``), both in [0, 1]; None of none. The last bin holds 1 too."""

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


def binned(scores: Numbers, outcomes: Numbers, bins: int) -> tuple[Any, Any, Any]:
    """Count, sum of scores and sum of outcomes of each bin, shape (bins,)."""
    values = np.asarray(scores, dtype=float)
    # 1.0 belongs to the last bin. Counting edges below it (np.digitize) makes a bin of its own of it, which published
    # code then leaves out: the scores that a model is surest of.
    places = np.minimum((values * bins).astype(int), bins - 1)
    counts = np.bincount(places, minlength=bins)
    confidences = np.bincount(places, weights=values, minlength=bins)
    return counts, confidences, np.bincount(places, weights=np.asarray(outcomes, dtype=float), minlength=bins)


def reliability(scores: Numbers, outcomes: Numbers, bins: int = BINS) -> tuple[Bin, ...]:
    """The bins of a reliability diagram, lowest first. Scores must lie in [0, 1]."""
    return tuple(
        Bin(
            low=place / bins,
            high=(place + 1) / bins,
            count=int(count),
            confidence=float(score / count) if count else None,
            accuracy=float(hits / count) if count else None,
        )
        for place, (count, score, hits) in enumerate(zip(*binned(scores, outcomes, bins), strict=True))
    )


def ece(scores: Numbers, outcomes: Numbers, bins: int = BINS) -> float | None:
    """The expected calibration error, in [0, 1]: the mean distance between confidence and accuracy of a row's bin
    (Guo et al. 2017, arXiv 1706.04599, equation 3). Scores must lie in [0, 1]; None without rows.

    Over few rows it is above zero for perfectly calibrated scores too.
    """
    _, confidences, hits = binned(scores, outcomes, bins)
    return float(np.abs(confidences - hits).sum() / len(scores)) if len(scores) else None


def brier(scores: Numbers, outcomes: Numbers) -> float | None:
    """The mean squared distance between score and outcome, in [0, 1] (Brier 1950, one of its two terms); None without
    rows."""
    if not len(scores):
        return None
    return float(np.mean((np.asarray(scores, dtype=float) - np.asarray(outcomes, dtype=float)) ** 2))


def auroc(scores: Numbers, outcomes: Numbers) -> float | None:
    """The area under the ROC curve, in [0, 1]: the chance that what is so has a higher score than what isn't, ties
    counting half. Scores of any range; None without both kinds."""
    so = np.asarray(outcomes, dtype=bool)
    positive, negative = int(so.sum()), int((~so).sum())
    if not positive or not negative:
        return None
    _, places, counts = np.unique(np.asarray(scores, dtype=float), return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # equal scores share the mean of their ranks
    above = ranks[places][so].sum() - positive * (positive + 1) / 2
    return float(above / (positive * negative))


def aurc(scores: Numbers, outcomes: Numbers) -> float | None:
    """The area under the risk-coverage curve, in [0, 1], the lower the better: the mean, over k = 1 … n, of the share
    of errors among the k highest scores (Geifman, Uziel and El-Yaniv 2019, arXiv 1805.08206). Equal scores count as in
    all their orders on average. Scores of any range; None without rows.
    """
    if not len(scores):
        return None
    values, places = np.unique(-np.asarray(scores, dtype=float), return_inverse=True)
    counts = np.bincount(places, minlength=len(values))
    errors = np.bincount(places, weights=1.0 - np.asarray(outcomes, dtype=float), minlength=len(values))
    expected = np.repeat(errors / counts, counts)  # of the k-th highest score: the share of errors among its equals
    return float(np.mean(np.cumsum(expected) / np.arange(1, len(expected) + 1)))

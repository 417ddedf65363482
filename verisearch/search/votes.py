"""Counts votes: pure functions over which answers are equal and what each chain's vote weighs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from verisearch.search.requests import Grouped

__all__ = ["Votes", "majority_probability", "tally"]


class Votes(msgspec.Struct, frozen=True, kw_only=True):
    """The votes for each class of equal answers.

    ``counts`` and ``weights`` are by class; ``unanswered`` and ``unanswered_weight`` are those of chains without an
    answer, failed draws among the former. ``winner`` is a class's index; None if there is no answer.
    """

    counts: tuple[int, ...]
    weights: tuple[float, ...]
    drawn: int
    unanswered: int
    unanswered_weight: float
    winner: int | None

    @property
    def share(self) -> float:
        """The winner's part of all weight, unanswered chains' included, in [0, 1]; 0 if there is no weight."""
        total = math.fsum((*self.weights, self.unanswered_weight))
        return self.weights[self.winner] / total if self.winner is not None and total > 0 else 0.0

    def rivals(self) -> tuple[float, float]:
        """The winner's weight and the greatest other; chains without an answer count as one rival."""
        if self.winner is None:
            return 0.0, self.unanswered_weight
        others = [weight for place, weight in enumerate(self.weights) if place != self.winner]
        return self.weights[self.winner], max([*others, self.unanswered_weight])

    def noted(self) -> dict[str, Any]:
        """As it goes into the record."""
        return {
            "counts": list(self.counts),
            "weights": list(self.weights),
            "drawn": self.drawn,
            "unanswered": self.unanswered,
            "share": self.share,
        }


def tally(groups: Grouped, weights: Sequence[float | None] | None = None, *, drawn: int | None = None) -> Votes:
    """Count the votes. ``weights``: of each chain, in [0, 1], None for an abstention, which weighs nothing; without
    them each chain weighs 1. ``drawn``: chains asked for, where some came to nothing; those weigh nothing with
    ``weights``, else 1 as well.

    The heaviest class wins; of equally heavy ones the one with more chains, then the one that appeared first. Sums are
    exactly rounded, so that the order of the chains only matters in a tie.
    """
    count = len(groups.answers)
    asked = count if drawn is None else drawn
    given = [1.0] * count if weights is None else [0.0 if weight is None else weight for weight in weights]
    sums = tuple(math.fsum(given[member] for member in members) for members in groups.classes)
    counts = tuple(len(members) for members in groups.classes)
    silent = [place for place in range(count) if groups.answers[place] is None or not any_of(groups, place)]
    winner = max(range(len(sums)), key=lambda place: (sums[place], counts[place], -place), default=None)
    lost = float(asked - count) if weights is None else 0.0
    return Votes(
        counts=counts,
        weights=sums,
        drawn=asked,
        unanswered=len(silent) + asked - count,
        unanswered_weight=math.fsum([*(given[place] for place in silent), lost]),
        winner=winner,
    )


def any_of(groups: Grouped, place: int) -> bool:
    """Whether the answer is in some class."""
    return any(place in members for members in groups.classes)


def majority_probability(first: float, second: float) -> float:
    """How probable it is that the leading answer is the more probable of the two, in [0, 1], having ``first`` and
    ``second`` votes, not negative and not necessarily whole: the mass of Beta(first + 1, second + 1) above 1/2
    (Aggarwal et al., arXiv 2305.11860, section 3, "Beta")."""
    if float(first).is_integer() and float(second).is_integer():
        n, k = int(first + second) + 1, int(first)
        # the mass of a Beta distribution with whole parameters is a tail of tosses of a fair coin: exact
        return sum(math.comb(n, heads) for heads in range(k + 1)) / 2**n
    return 1.0 - incomplete_beta(first + 1.0, second + 1.0)


def incomplete_beta(a: float, b: float) -> float:
    """The regularised incomplete beta function at 1/2, for a, b ≥ 1: a continued fraction by Lentz's method (Press et
    al., Numerical Recipes, section 6.4)."""
    if a == b:
        return 0.5
    if a < b:  # the fraction converges fast on the other side only
        return 1.0 - incomplete_beta(b, a)
    x = 0.5
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    fraction = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a - 1.0 + 2 * m) * (a + 2 * m))
        d, c = 1.0 / (1.0 + even * d), 1.0 + even / c
        fraction *= c * d
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 1.0 + 2 * m))
        d, c = 1.0 / (1.0 + odd * d), 1.0 + odd / c
        fraction *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) - (a + b) * math.log(2.0)) / a
    return front * fraction

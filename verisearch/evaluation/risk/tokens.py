"""At most so many tokens on average: conformal risk control over a family of stopping thresholds.

Angelopoulos, Bates, Fisch, Lei and Schuster (ICLR 2024, arXiv 2208.02814, Theorem 1). A question's loss at a threshold
is the tokens spent on it, between 0 and a stated maximum, and never grows from a stricter threshold to a more lenient
one. The chosen threshold is the strictest at which

    (tokens spent on the n calibration items + maximum) / (n + 1)  ≤  budget:

the mean that the n + 1 items would have if the new one cost as much as can be. If none qualifies, nothing is spent:
that is the family's last member, whose loss, 0, is within any budget, as the theorem asks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from verisearch.errors import InputError
from verisearch.evaluation.risk.groups import by_group, one_per_group
from verisearch.evaluation.risk.selective import check_grid, check_score

__all__ = ["Spending", "StoppingRule", "control_tokens", "stopping_tokens"]


class Spending(msgspec.Struct, frozen=True):
    """The tokens that one question took (or would have taken) at each threshold of a grid, from strict to lenient.

    ``group``: what it shares with other items; None: a group of its own.
    """

    id: str
    tokens: tuple[float, ...]
    group: str | None = None


class StoppingRule(msgspec.Struct, frozen=True, kw_only=True):
    """When to stop. ``threshold`` None: spend nothing, since no threshold can be promised to stay within ``budget``.

    ``bound``: the mean, the maximum for a new item counted in, that was compared with ``budget``; 0 for None.
    ``mean``: tokens a calibration item at the threshold. ``lowest``: the bound at the most lenient threshold, the
    smallest budget that this split can promise. ``tested``: items it rests on, one a group unless ``independent``.
    """

    threshold: float | None
    bound: float
    mean: float
    lowest: float
    budget: float
    maximum: float
    items: int
    tested: int
    independent: bool
    seed: int

    def guarantee(self) -> str:
        """What is promised and under which assumptions, in words."""
        if self.threshold is None:
            return (
                f"Spends nothing: no threshold can be promised to stay within {self.budget:g} tokens on average. With "
                f"{self.tested} calibration items and at most {self.maximum:g} tokens a question, the smallest budget "
                f"that can is {self.lowest:g}."
            )
        unit = "items" if self.independent else "groups"
        drawn = (
            "All items are taken as exchangeable, which items of one group often are not with those of a new one."
            if self.independent
            else f"One item was drawn at random from each group (seed {self.seed}); the new question is one drawn at "
            "random from a new group."
        )
        return "\n".join(
            (
                f"A new question stopped at {self.threshold:g} takes at most {self.budget:g} tokens on average "
                f"(conformal risk control; bound {self.bound:g}).",
                f"Evidence: {self.mean:g} tokens on average over {self.tested} calibration items; {self.maximum:g} "
                "counted for the new one.",
                f"Assumptions: calibration {unit} and the new one are exchangeable; no question takes more than "
                f"{self.maximum:g} tokens; the thresholds were fixed without looking at these items. {drawn}",
                "The average is over calibration splits and new questions alike: it is not a promise with a stated "
                "probability for this one split, nor a limit on any one question.",
            )
        )


def control_tokens(
    items: Iterable[Spending],
    grid: Sequence[float],
    budget: float,
    maximum: float,
    *,
    seed: int = 0,
    independent: bool = False,
) -> StoppingRule:
    """The strictest threshold of ``grid`` at which a new question takes at most ``budget`` tokens on average.

    ``grid``: thresholds in [0, 1] from strict to lenient, fixed beforehand. ``maximum``: the most tokens a question can
    take, enforced when it is answered. One item a group is used, drawn by ``seed``; ``independent``: all.

    Raises `InputError` for a budget or maximum that isn't positive and finite, a grid that is empty or does not fall,
    an item whose tokens are not one number a threshold, lie outside [0, ``maximum``] or grow towards lenient
    thresholds, and a repeated item.
    """
    check_grid(grid)
    for name, value in (("budget", budget), ("maximum", maximum)):
        if not 0 < value < math.inf:
            raise InputError(f"{name} is {value}: need a positive number of tokens")
    everything = list(items)
    for item in everything:
        check_spending(item, grid, maximum)
    by_group(everything)  # refuses repeats, which would count twice
    tested = everything if independent else one_per_group(everything, seed)
    sums = [math.fsum(item.tokens[place] for item in tested) for place in range(len(grid))]
    bounds = [(spent + maximum) / (len(tested) + 1) for spent in sums]
    place = next((place for place, bound in enumerate(bounds) if bound <= budget), None)
    return StoppingRule(
        threshold=None if place is None else grid[place],
        bound=0.0 if place is None else bounds[place],
        mean=0.0 if place is None or not tested else sums[place] / len(tested),
        lowest=bounds[-1],
        budget=budget,
        maximum=maximum,
        items=len(everything),
        tested=len(tested),
        independent=independent,
        seed=seed,
    )


def stopping_tokens(draws: Iterable[tuple[float | None, float]], grid: Sequence[float]) -> tuple[float, ...]:
    """The tokens a recorded question takes at each threshold if it stops at the first draw that scores at least that.

    ``draws``: score and tokens of each draw in order; a draw without a score never stops it. Raises `InputError` for a
    bad grid, a score that is NaN or outside [0, 1] and tokens that are negative or not finite.
    """
    check_grid(grid)
    spent = [0.0] * len(grid)
    total, waiting = 0.0, len(grid)  # the first `waiting` thresholds, the strictest, are not reached yet
    for number, (score, tokens) in enumerate(draws, 1):
        if not 0 <= tokens < math.inf:
            raise InputError(f"draw {number} took {tokens} tokens: need a number that is not negative")
        if score is not None:
            check_score(score, f"draw {number}")
        total += tokens
        while score is not None and waiting and score >= grid[waiting - 1]:
            waiting -= 1
            spent[waiting] = total
    return (*[total] * waiting, *spent[waiting:])


def check_spending(item: Spending, grid: Sequence[float], maximum: float) -> None:
    """Raises `InputError` unless the item's tokens are what `control_tokens` says."""
    if len(item.tokens) != len(grid):
        raise InputError(f"item {item.id!r} has {len(item.tokens)} token counts for {len(grid)} thresholds")
    for tokens in item.tokens:
        if not 0 <= tokens <= maximum:
            raise InputError(f"item {item.id!r} took {tokens} tokens: need a number from 0 to the maximum, {maximum:g}")
    for place, (strict, lenient) in enumerate(pairwise(item.tokens), 1):
        if lenient > strict:
            raise InputError(
                f"item {item.id!r} takes {lenient:g} tokens at threshold {grid[place]:g} and fewer, {strict:g}, at the "
                f"stricter {grid[place - 1]:g}: tokens must not grow as the threshold falls"
            )

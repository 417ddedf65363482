"""Acceptance of steps: the criteria, the settings, and drawing a step until the verifier accepts it."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from typing import Any, Literal, get_args

from verisearch.errors import InputError
from verisearch.search.chains import Settings
from verisearch.search.nodes import Node
from verisearch.search.requests import Request
from verisearch.search.steps import Grown, Tried, coin, grow, refuse_outside

__all__ = ["Attempt", "Fallback", "Latts", "acceptance", "attempt"]

#: What is done when a step's draws are spent and none was accepted.
Fallback = Literal["take", "backtrack", "restart", "stop", "abstain"]


class Latts(Settings, frozen=True, kw_only=True):
    """How steps are accepted, and what happens when none is.

    ``criterion``: accept a draw with score V in [0, 1] with probability g(V): ``threshold``, 1 if V >= ``delta``, else
    0 (for a draw that ends the reply: V >= ``delta_end``, None: ``delta`` too); ``power``, V ** ``power``;
    ``exponential``, exp((V - 1) / ``tau``). Both deltas lie in [0, 1]; ``power`` and
    ``tau`` are at least 1e-6. The default
    deltas suit the symbolic verifier, where 0.9 says that all holds so far and 1 that the whole chain is verified.

    ``draws``: most draws for one step, at least 1; ``at_once``: how many are asked for together. Of those the first
    accepted in the order of drawing is taken (the best, or the first to arrive, would follow another law) and the
    others are paid for.

    ``fallbacks``: when no draw is accepted, the first of these that can be done: ``take`` the draw with the highest
    score (the first of equals; one without a score only if none has one), ``backtrack`` over ``back`` steps (at most
    ``backtracks`` times in all, and not at the first step), ``restart`` (at most ``restarts`` times), ``stop`` with the
    best so far (which also happens when nothing else can be done), ``abstain`` from an answer. The best so far is the
    whole chain with the highest score, accepted or not; without one, the accepted chain whose step scores have the
    highest ``keep``, the longest of equals.

    ``estimate``: 0, or draw on to this many accepted draws, at least 2, for an unbiased estimate of Z; difficulty is
    1 - Z. The draws beyond the first accepted one change nothing else, and are paid for.

    ``unscored``: probability in [0, 1] of accepting a draw on which the verifier abstains. A verifier that fails, NaN
    and scores outside [0, 1] never accept a draw, whatever the criterion.

    ``weighted``: a population of ``n`` chains with importance weights, resampled when the effective size falls below
    ``ess`` (0 to 1, 0: never) times ``n``; fallbacks play no part.

    Raises `InputError` for a setting out of its range.
    """

    criterion: Literal["threshold", "power", "exponential"] = "threshold"
    delta: float = 0.9
    delta_end: float | None = 1.0
    power: float = 1.0
    tau: float = 0.1
    draws: int = 8
    at_once: int = 1
    fallbacks: tuple[Fallback, ...] = ("backtrack", "restart", "take")
    back: int = 1
    backtracks: int = 4
    restarts: int = 1
    keep: Literal["min", "mean", "last"] = "min"
    estimate: int = 0
    unscored: float = 0.0
    weighted: bool = False
    ess: float = 0.5

    @property
    def uses_n(self) -> bool:
        return self.weighted

    def __post_init__(self) -> None:
        refuse_outside(self, 0, 1, "delta", "delta_end", "unscored", "ess")
        refuse_outside(self, 1e-6, math.inf, "power", "tau")
        refuse_outside(self, 1, math.inf, "n", "draws", "at_once", "back")
        refuse_outside(self, 0, math.inf, "backtracks", "restarts", "estimate")
        if self.estimate == 1:
            raise InputError("Latts: an estimate takes at least 2 accepted draws; with 1 it would be biased")
        if unknown := set(self.fallbacks) - set(get_args(Fallback)):
            raise InputError(f"Latts: no fallback {min(unknown)!r}; there are: {', '.join(get_args(Fallback))}")
        if self.criterion not in ("threshold", "power", "exponential"):
            raise InputError(f"Latts: no criterion {self.criterion!r}; there are: threshold, power, exponential")


def acceptance(settings: Latts, tried: Tried) -> float:
    """The probability g of accepting a draw."""
    value = tried.value
    if value is None:
        return settings.unscored if tried.abstained else 0.0
    if settings.criterion == "power":
        return value**settings.power
    if settings.criterion == "exponential":
        return math.exp((value - 1) / settings.tau)
    limit = settings.delta_end if tried.node.finished and settings.delta_end is not None else settings.delta
    return float(value >= limit)


class Attempt:
    """The draws for one step, and the places of those accepted."""

    def __init__(self) -> None:
        self.tried: list[Tried] = []
        self.accepted: list[int] = []

    @property
    def first(self) -> Tried | None:
        """The draw to take."""
        return self.tried[self.accepted[0]] if self.accepted else None

    def estimate(self, accepts: int) -> float | None:
        """An unbiased estimate of Z from draws that went on to ``accepts`` accepted ones, at least 2, or to the end.

        (r - 1)/(n - 1) if the r-th accepted draw was the n-th (Haldane 1945), and accepted/drawn if the draws ran out
        before: the share of the ways to this end that begin with an accepted draw, hence unbiased under the cap too
        (Girshick, Mosteller and Savage 1946). None without a draw.
        """
        if len(self.accepted) >= accepts:
            return (accepts - 1) / self.accepted[accepts - 1]
        return len(self.accepted) / len(self.tried) if self.tried else None


def attempt(settings: Latts, nodes: Sequence[Node], seed: int) -> Generator[Request, Any, tuple[list[Attempt], Grown]]:
    """Draw a step behind each node, until enough draws are accepted or all are spent; the last answer comes along.

    The coin of a draw depends on the seed and the draw's path only, so that it doesn't matter what is drawn at once.
    """
    attempts = [Attempt() for _ in nodes]
    asked, wanted = 0, max(1, settings.estimate)
    grown = Grown([])
    while asked < settings.draws and not grown.spent:
        under_way = [place for place, each in enumerate(attempts) if len(each.accepted) < wanted]
        if not under_way:
            break
        count = min(settings.at_once, settings.draws - asked)
        asked += count
        grown = yield from grow(settings, settings.verifier, [nodes[place] for place in under_way], count)
        for place, drawn in zip(under_way, grown.tried, strict=True):
            for each in drawn:
                g = acceptance(settings, each)
                if g >= 1 or (g > 0 and coin(seed, "accept", *each.node.path) < g):
                    attempts[place].accepted.append(len(attempts[place].tried))
                attempts[place].tried.append(each)
    return attempts, grown

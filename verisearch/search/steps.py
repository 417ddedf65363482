"""What step-level strategies share: drawing and scoring for many nodes at once, coins, resampling, the last choice."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Sequence
from typing import Any, NamedTuple

from verisearch.errors import InputError
from verisearch.policies.seeds import derive_seed
from verisearch.protocols import Score
from verisearch.search.chains import Settings, value_of
from verisearch.search.nodes import Node, Root
from verisearch.search.requests import Answer, Choice, Draws, Extend, Failed, Rate, Rated, Request, Spent, Submit, Wait

__all__ = [
    "Grown",
    "Start",
    "Tried",
    "coin",
    "effective_size",
    "grow",
    "refuse_outside",
    "settle",
    "systematic",
    "unended",
    "weighted_place",
    "worth",
]


class Tried(NamedTuple):
    """A node and what the verifier said of it; None if it failed or was not asked."""

    node: Node
    score: Score | None

    @property
    def value(self) -> float | None:
        """The score in [0, 1]; None if there is none, also for NaN and what is outside."""
        return value_of(self.score)

    @property
    def abstained(self) -> bool:
        """The verifier worked and gave no opinion."""
        return self.score is not None and self.score.value is None


def worth(tried: Tried, unscored: float) -> float:
    """The score; ``unscored`` where the verifier abstains; -1 where it failed or gave no number in [0, 1]."""
    if tried.value is not None:
        return tried.value
    return unscored if tried.abstained else -1.0


#: Where chains begin: nothing is written, so nothing is scored.
Start = Tried(Root, None)


class Grown(NamedTuple):
    """What was drawn behind each node, in order; why something is missing, and whether that is the budget."""

    tried: list[list[Tried]]
    reason: str = ""
    spent: bool = False


def refuse_outside(settings: Settings, low: float, high: float, *names: str) -> None:
    """Raises `InputError` if one of the named settings is below ``low`` or above ``high``, or NaN."""
    for name in names:
        value = getattr(settings, name)
        if value is not None and not low <= value <= high:
            limits = f"at least {low:g}" if math.isinf(high) else f"between {low:g} and {high:g}"
            raise InputError(f"{type(settings).__name__}: {name} is {value}; it must be {limits}")


def coin(seed: int, *parts: int | str) -> float:
    """A uniform number in [0, 1) that depends on ``seed`` and ``parts`` only."""
    return (derive_seed(seed, *parts) >> 10) / 2**53


def extension(settings: Settings, node: Node, n: int, logprobs: bool) -> Extend:
    """A request for steps as the settings have them sampled."""
    return Extend(
        node=node,
        n=n,
        temperature=settings.temperature,
        top_p=settings.top_p,
        top_k=settings.top_k if settings.temperature else 0,
        logprobs=logprobs,
    )


def grow(
    settings: Settings, verifier: str, nodes: Sequence[Node], n: int, *, logprobs: bool = False
) -> Generator[Request, Any, Grown]:
    """Draw ``n`` next steps behind each node and have them scored: the draws under way together, the scores asked for
    at once. Nodes may occur several times; each has draws of its own then. Draws that failed are missing."""
    places: dict[tuple[int, ...], list[int]] = {}
    for place, node in enumerate(nodes):
        places.setdefault(node.path, []).append(place)
    wanted = [extension(settings, nodes[same[0]], n * len(same), logprobs) for same in places.values()]
    answers: list[Answer]
    if len(wanted) == 1:  # nothing to overlap with
        answers = [(yield wanted[0])]
    else:
        tickets = []
        for each in wanted:
            tickets.append((yield Submit(each)))
        got = yield Wait(tuple(tickets))
        answers = [got[ticket] for ticket in tickets]
    refused = [answer for answer in answers if not isinstance(answer, Draws)]
    drawn = [node for answer in answers if isinstance(answer, Draws) for node in answer.nodes]
    scores: Sequence[Score | None] = [None] * len(drawn)
    if drawn:
        rated = yield Rate(tuple(drawn), verifier)
        if isinstance(rated, Rated):
            scores = rated.scores
        else:
            refused.append(rated)
    tried = iter(map(Tried, drawn, scores))
    shares: list[list[Tried]] = [[] for _ in nodes]
    for answer, same in zip(answers, places.values(), strict=True):
        if isinstance(answer, Draws):
            for place in same:
                shares[place] = [next(tried) for _ in range(n)]
    if not refused:
        return Grown(shares)
    spent = next((answer for answer in refused if isinstance(answer, Spent)), None)
    if spent is not None:
        return Grown(shares, f"the budget is spent: {spent.what}", True)
    failed = next((answer for answer in refused if isinstance(answer, Failed)), None)
    return Grown(shares, failed.message if failed is not None else "")


def systematic(weights: Sequence[float], uniform: float) -> list[int]:
    """As many places as there are weights, each drawn in proportion to its weight with one uniform number for all.

    A place's number of copies is its share times their number, rounded up or down (Kitagawa 1996; Douc and Cappé
    2005, "systematic resampling"). At least one weight must be above 0.
    """
    step = sum(weights) / len(weights)
    places: list[int] = []
    reached = 0.0
    for place, weight in enumerate(weights):
        reached += weight
        while weight and len(places) < len(weights) and (uniform + len(places)) * step < reached:
            places.append(place)
    # rounding may leave the last mark just beyond the sum
    last = max(place for place, weight in enumerate(weights) if weight)
    return places + [last] * (len(weights) - len(places))


def weighted_place(weights: Sequence[float], uniform: float) -> int:
    """One place, drawn in proportion to its weight; at least one must be above 0."""
    mark = uniform * sum(weights)
    for place, weight in enumerate(weights):
        mark -= weight
        if mark < 0:
            return place
    return max(place for place, weight in enumerate(weights) if weight)  # rounding may leave the mark at the sum


def effective_size(weights: Sequence[float]) -> float:
    """How many equal weights would be as good: (sum w)^2 / sum w^2 (Kong 1992); 0 if all are 0."""
    top = max(weights, default=0.0)
    if not top:
        return 0.0
    scaled = [weight / top for weight in weights]  # the squares of small weights would vanish
    return sum(scaled) ** 2 / sum(weight * weight for weight in scaled)


def settle(tried: Iterable[Tried], reason: str = "") -> Choice:
    """The best of what was written: whole chains before unfinished ones, then the highest score (those without one
    last), among unfinished ones of equal scores the longest, then the first."""
    found = [each for each in tried if each.node.depth]
    whole = [each for each in found if each.node.finished]
    if not found:
        return Choice(node=None, reason=reason or "nothing was written")

    def rank(each: Tried) -> tuple[float, int]:
        value = each.value
        return (-1.0 if value is None else value, 0 if each.node.finished else each.node.depth)

    best = max(whole or found, key=rank)
    return Choice(node=best.node, candidates=tuple((each.node, each.score) for each in whole or [best]), reason=reason)


def unended(settings: Settings) -> str:
    """Why a chain that the limit on steps has cut is no whole one."""
    return f"it had not ended after {settings.steps} steps"

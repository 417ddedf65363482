"""A policy small enough to enumerate, a verifier by table, and a driver that answers strategies without an engine."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from verisearch.protocols import Finish, Score
from verisearch.search.nodes import Node
from verisearch.search.requests import (
    Choice,
    Draws,
    Extend,
    Failed,
    Note,
    Rate,
    Rated,
    Seed,
    Spent,
    Strategy,
    Submit,
    Wait,
)

__all__ = ["POLICY", "VALUES", "Toy", "chains", "chi_square_p", "fit"]

#: Next steps and their probabilities, by what is written; a step with a full stop ends the reply.
POLICY: dict[str, dict[str, float]] = {
    "": {"a": 0.5, "b": 0.3, "c": 0.2},
    "a": {"a.": 0.6, "b.": 0.1, "c": 0.3},
    "b": {"a.": 0.2, "c.": 0.8},
    "c": {"a.": 0.1, "b": 0.9},
    "ac": {"a.": 0.5, "b.": 0.5},
    "cb": {"a.": 0.7, "c.": 0.3},
}

#: Scores by what is written.
VALUES: dict[str, float] = {
    "a": 0.6,
    "b": 0.9,
    "c": 0.4,
    "aa.": 0.2,
    "ab.": 0.95,
    "ac": 0.7,
    "ba.": 0.8,
    "bc.": 0.45,
    "ca.": 1.0,
    "cb": 0.5,
    "aca.": 0.55,
    "acb.": 0.85,
    "cba.": 0.3,
    "cbc.": 0.75,
}

Steps = Callable[[str], Mapping[str, float]]
Scores = Callable[[str], float | None]


def uniform(seed: int, path: tuple[int, ...]) -> float:
    """A number in [0, 1) from a seed and a path: SplitMix64's finaliser on each part, as hashing takes longer than all
    the rest of a draw."""
    state = seed
    for part in (-1, *path):  # the seed alone first: seed 1's draw 2 is not seed 2's draw 1
        state = (state + part + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 31
    return state / 2**64


class Toy:
    """Answers a strategy. As in the engine, a draw depends on the seed, the node and the draw's number there.

    ``draws`` and ``calls`` are the budget; ``fail`` says of the number of a request whether it fails, ``unjudged``
    likewise of a rating.
    """

    def __init__(
        self,
        steps: Steps = POLICY.__getitem__,
        score: Scores = VALUES.__getitem__,
        *,
        draws: float = math.inf,
        calls: float = math.inf,
        fail: Callable[[int], bool] = lambda number: False,
        unjudged: Callable[[int], bool] = lambda number: False,
        logprobs: bool = False,
    ) -> None:
        self.steps, self.score, self.draws, self.calls = steps, score, draws, calls
        self.fail, self.unjudged, self.logprobs = fail, unjudged, logprobs
        self.notes: list[Note] = []
        self.drawn = self.requests = self.ratings = 0

    def run(self, strategy: Strategy, seed: int = 0) -> Choice:
        self.seed, self.notes, self.drawn, self.ratings = seed, [], 0, 0
        self.counts: dict[tuple[int, ...], int] = {}
        tickets: list[Any] = []
        answer: Any = None
        while True:
            try:
                request: Any = strategy.send(answer)
            except StopIteration as stop:
                choice: Choice = stop.value
                return choice
            kind = type(request)
            if kind is Extend or kind is Rate:
                answer = self.answer(request)
            elif kind is Note:
                self.notes.append(request)
                answer = None
            elif kind is Seed:
                answer = seed
            elif kind is Submit:
                tickets.append(self.answer(request.request))
                answer = len(tickets) - 1
            else:
                assert kind is Wait
                answer = {ticket: tickets[ticket] for ticket in request.tickets[: request.n]}

    def answer(self, request: Any) -> Draws | Rated | Failed | Spent:
        if type(request) is Rate:
            self.ratings += len(request.nodes)
            if self.ratings > self.calls:
                return Spent("verifier calls")
            if self.unjudged(self.ratings):
                return Failed("the verifier failed")
            return Rated(tuple([Score(value=self.score(node.written)) for node in request.nodes]))
        self.requests += 1
        if self.drawn + request.n > self.draws:
            return Spent("tokens")
        if self.fail(self.requests):
            return Failed("the server went away")
        self.drawn += request.n
        node = request.node
        first = self.counts.get(node.path, 0)
        self.counts[node.path] = first + request.n
        law = self.steps(node.written)
        return Draws(tuple([self.draw(node, law, first + k) for k in range(request.n)]))

    def draw(self, node: Node, law: Mapping[str, float], number: int) -> Node:
        path = (*node.path, number)
        mark = uniform(self.seed, path)
        for text, share in law.items():  # noqa: B007
            mark -= share
            if mark < 0:
                break
        logprobs = (math.log(law[text]),) if self.logprobs else None
        finish: Finish = "end" if text.endswith(".") else "stop"
        return Node(path=path, parent=node, text=text, ids=None, logprobs=logprobs, finish=finish)

    def noted(self, *actions: str) -> list[Note]:
        return [note for note in self.notes if note.action in actions]


def chains(weigh: Callable[[str], float] = lambda written: 1.0, steps: Steps = POLICY.__getitem__) -> dict[str, float]:
    """Every whole chain with its probability times ``weigh`` of every prefix."""
    found: dict[str, float] = {}
    open_ends = {"": 1.0}
    while open_ends:
        written, mass = open_ends.popitem()
        for text, share in steps(written).items():
            weight = mass * share * weigh(written + text)
            (found if text.endswith(".") else open_ends)[written + text] = weight
    return found


def fit(seen: Iterable[str], law: Mapping[str, float]) -> tuple[float, int]:
    """Pearson's statistic of what was seen under a law (up to a factor), and its degrees of freedom.

    What the law excludes must not have been seen; every cell expects at least 5.
    """
    counts, total = Counter(seen), sum(law.values())
    possible = {key: share / total for key, share in law.items() if share}
    assert set(counts) <= set(possible)
    many = sum(counts.values())
    expected = {key: many * share for key, share in possible.items()}
    assert min(expected.values()) >= 5
    statistic = sum((counts[key] - value) ** 2 / value for key, value in expected.items())
    return statistic, len(possible) - 1


def chi_square_p(statistic: float, freedom: int) -> float:
    """P(chi-square with ``freedom`` degrees > ``statistic``): 1 minus the lower incomplete gamma function's series,
    or the upper one's continued fraction where that converges faster (Abramowitz and Stegun 6.5.29, 6.5.31)."""
    a, x = freedom / 2, statistic / 2
    if x <= 0:
        return 1.0
    front = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * 1e-15:
            n += 1
            term *= x / n
            total += term
        return 1 - total * front
    b, c = x + 1 - a, 1e300
    d = h = 1 / b
    for k in range(1, 1000):
        b += 2
        d = 1 / (b - k * (k - a) * d)
        c = b - k * (k - a) / c
        h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return front * h

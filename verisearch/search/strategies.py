"""The plain strategies: one greedy chain, one sampled chain, the best of several."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import msgspec

from verisearch.protocols import Score
from verisearch.search.combinators import gather
from verisearch.search.nodes import Node, Root
from verisearch.search.requests import Choice, Draws, Extend, Failed, Note, Rate, Rated, Request, Spent, Strategy

__all__ = ["Settings", "best_of_n", "greedy", "sample", "write_chain"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What strategies can be told.

    ``steps``: most steps in a chain. ``watch``: have every step scored as soon as it is written. ``n``: chains to
    choose from. ``temperature``, ``top_p``, ``top_k`` are for sampling; greedy ignores them.
    """

    temperature: float = 0.7
    top_p: float = 1.0
    top_k: int = 0
    steps: int = 80
    n: int = 8
    watch: bool = False
    verifier: str = "symbolic"


Make = Callable[[Settings], Strategy]


def write_chain(settings: Settings, temperature: float) -> Generator[Request, Any, tuple[Node | None, str]]:
    """Write one chain step by step; its last node (None if there is not even one), and why it ended early."""
    node = Root
    while not node.finished:
        if node.depth >= settings.steps:
            return node, f"it had not ended after {settings.steps} steps"
        answer = yield Extend(
            node=node, temperature=temperature, top_p=settings.top_p, top_k=settings.top_k if temperature else 0
        )
        if isinstance(answer, (Failed, Spent)):
            reason = answer.message if isinstance(answer, Failed) else f"the budget is spent: {answer.what}"
            return (node if node.depth else None), reason
        node = answer.nodes[0]
        if settings.watch and not node.finished:
            yield Rate((node,), settings.verifier)
    return node, ""


def one(settings: Settings, temperature: float) -> Strategy:
    node, reason = yield from write_chain(settings, temperature)
    if node is None:
        return Choice(node=None, reason=reason)
    score = yield from rated((node,), settings.verifier)
    return Choice(node=node, candidates=((node, score[0]),), reason=reason)


def greedy(settings: Settings) -> Strategy:
    """The most probable token every time, then one look at the whole chain."""
    return (yield from one(settings, 0.0))


def sample(settings: Settings) -> Strategy:
    """One chain drawn at random."""
    return (yield from one(settings, settings.temperature))


def best_of_n(settings: Settings) -> Strategy:
    """``n`` chains drawn at random; the one with the highest score, the first of equals."""
    chains = yield from gather([write_chain(settings, settings.temperature) for _ in range(settings.n)])
    nodes = [node for node, _ in chains if node is not None]
    if not nodes:
        return Choice(node=None, reason=chains[0][1])
    scores = yield from rated(tuple(nodes), settings.verifier)
    values = [-1.0 if score is None or score.value is None else score.value for score in scores]
    best = max(range(len(nodes)), key=lambda place: (values[place], -place))
    yield Note("choose", nodes[best], {"values": values})
    return Choice(node=nodes[best], candidates=tuple(zip(nodes, scores, strict=True)))


def rated(nodes: tuple[Node, ...], verifier: str) -> Generator[Request, Any, list[Score | None]]:
    """Scores of nodes; None for all where they can't be had."""
    answer = yield Rate(nodes, verifier)
    if isinstance(answer, Rated):
        return list(answer.scores)
    assert isinstance(answer, (Failed, Spent, Draws))
    return [None] * len(nodes)

"""The plain strategies: one greedy chain, one sampled chain; and what others are found under."""

from __future__ import annotations

from collections.abc import Callable

from verisearch.search.best_of_n import best_of_n
from verisearch.search.chains import OneChain, Settings, rated, takes, write_chain
from verisearch.search.requests import Choice, Strategy

__all__ = ["Make", "Settings", "best_of_n", "greedy", "rated", "sample", "write_chain"]

Make = Callable[[Settings], Strategy]


def one(settings: Settings, temperature: float) -> Strategy:
    node, reason = yield from write_chain(settings, temperature)
    if node is None:
        return Choice(node=None, reason=reason)
    score = yield from rated((node,), settings.verifier)
    return Choice(node=node, candidates=((node, score[0]),), reason=reason)


@takes(OneChain)
def greedy(settings: Settings) -> Strategy:
    """The most probable token every time, then one look at the whole chain."""
    return (yield from one(settings, 0.0))


@takes(OneChain)
def sample(settings: Settings) -> Strategy:
    """One chain drawn at random."""
    return (yield from one(settings, settings.temperature))

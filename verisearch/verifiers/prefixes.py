"""Verdicts on chains that were checked, for the checks of chains that go on from them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from verisearch.protocols import Partial
from verisearch.symbolic.options import CheckOptions
from verisearch.symbolic.recall import Known, known_from
from verisearch.trace import Problem
from verisearch.verdict import TraceVerdict

__all__ = ["Prefixes", "waves"]


class Prefixes:
    """The latest verdicts, by problem and written text: of ``problems`` problems, ``chains`` chains each. Beyond that
    the ones used least recently are forgotten, which costs solver calls and nothing else."""

    def __init__(self, options: CheckOptions, *, problems: int = 256, chains: int = 512) -> None:
        self._options, self._problems, self._chains = options, problems, chains
        self._kept: OrderedDict[Problem, OrderedDict[str, TraceVerdict]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._kept.values()))

    def keep(self, partial: Partial, verdict: TraceVerdict) -> None:
        """Keep the verdict on a chain."""
        chains = self._kept.setdefault(partial.problem, OrderedDict())
        self._kept.move_to_end(partial.problem)
        chains[partial.written] = verdict
        chains.move_to_end(partial.written)
        if len(chains) > self._chains:
            chains.popitem(last=False)
        if len(self._kept) > self._problems:
            self._kept.popitem(last=False)

    def of(self, partial: Partial) -> Known | None:
        """What is known of the longest chain kept that this one goes on from."""
        chains = self._kept.get(partial.problem)
        if not chains:
            return None
        longest = max((text for text in chains if partial.written.startswith(text)), key=len, default=None)
        if longest is None:
            return None
        self._kept.move_to_end(partial.problem)
        chains.move_to_end(longest)
        return known_from(chains[longest], self._options)

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()


def waves(partials: Sequence[Partial]) -> list[list[int]]:
    """The places of ``partials``, in lots to be checked one after the other: a chain comes behind those of the same
    problem that it goes on from, and a chain that occurs twice behind itself."""
    by_problem: dict[Problem, list[int]] = {}
    for place, each in enumerate(partials):
        by_problem.setdefault(each.problem, []).append(place)
    lots: dict[int, list[int]] = {}
    for places in by_problem.values():
        levels: list[tuple[str, int]] = []
        for place in sorted(places, key=lambda place: len(partials[place].written)):
            written = partials[place].written
            level = 1 + max((level for text, level in levels if written.startswith(text)), default=-1)
            levels.append((written, level))
            lots.setdefault(level, []).append(place)
    return [sorted(lots[level]) for level in sorted(lots)]

"""Which chains a language model learns from: verified ones, as many random ones to compare with, pairs to prefer one
of."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from math import lcm
from typing import Literal, NamedTuple

from verisearch.training.rollouts import Chain, Rollouts

__all__ = ["Choose", "Pair", "Paired", "Selected", "paired", "selected"]

Choose = Literal["verified", "random"]
#: Says whether a chain of a problem can be learned from at all: whether it is short enough.
Fits = Callable[[Rollouts, Chain], bool]


class Selected(NamedTuple):
    """A problem, and the chains of it that are learned from: at least one, no two of the same text."""

    rollouts: Rollouts
    chains: tuple[Chain, ...]


class Pair(NamedTuple):
    """Two chains of a problem: one verified and not at odds with its gold answer, one with a step that fails or a wrong
    answer."""

    chosen: Chain
    rejected: Chain


class Paired(NamedTuple):
    """A problem, and its pairs: at least one, no two of the same texts."""

    rollouts: Rollouts
    pairs: tuple[Pair, ...]


def anything(rollouts: Rollouts, chain: Chain) -> bool:
    """Every chain can be learned from."""
    return True


def selected(
    rows: Sequence[Rollouts], choose: Choose, per_problem: int, seed: int, fits: Fits = anything
) -> list[Selected]:
    """At most ``per_problem`` chains of different texts from each problem, in the order of ``rows``.

    ``choose``: "verified" takes good chains only (`Chain.good`). "random" takes any, exactly as many as "verified"
    would take, overall rather than problem by problem: that a problem has a verified chain is the solver's word too,
    and the comparison is to do without it. Both go through the draws in an order of the seed, so that a chain that is
    drawn often is taken as early as its share says.
    """
    draws = [(place, chain) for place, row in enumerate(rows) for chain in row.chains if fits(row, chain)]
    random.Random(f"{seed} {choose}").shuffle(draws)
    good = taken([(place, chain) for place, chain in draws if chain.good], per_problem)
    found = good if choose == "verified" else taken(draws, per_problem)[: len(good)]
    chains: dict[int, list[Chain]] = {}
    for place, chain in found:
        chains.setdefault(place, []).append(chain)
    return [Selected(rows[place], tuple(chains[place])) for place in sorted(chains)]


def taken(draws: Sequence[tuple[int, Chain]], per_problem: int) -> list[tuple[int, Chain]]:
    """The draws (a problem's place, a chain) that come first, none twice and at most ``per_problem`` of each."""
    texts: dict[int, set[str]] = {}
    found = []
    for place, chain in draws:
        known = texts.setdefault(place, set())
        if chain.written not in known and len(known) < per_problem:
            known.add(chain.written)
            found.append((place, chain))
    return found


def paired(rows: Sequence[Rollouts], per_problem: int, seed: int, fits: Fits = anything) -> list[Paired]:
    """At most ``per_problem`` pairs from each problem that has both kinds of chains, in the order of ``rows``. A
    problem's chains are used equally often, as far as that goes; which meet which is drawn by the seed."""
    found = []
    for row in rows:
        order = list(row.chains)
        random.Random(f"{seed} {row.problem.id}").shuffle(order)
        chains = list({chain.written: chain for chain in order if fits(row, chain)}.values())
        pairs = met([chain for chain in chains if chain.good], [chain for chain in chains if chain.bad], per_problem)
        if pairs:
            found.append(Paired(row, tuple(pairs)))
    return found


def met(good: Sequence[Chain], bad: Sequence[Chain], most: int) -> list[Pair]:
    """The first ``most`` of all pairs of the two. Going round both at once meets as many pairs as the least common
    multiple of their numbers; then one of them is moved on by one."""
    if not good or not bad:
        return []
    turn = lcm(len(good), len(bad))
    places = range(min(most, len(good) * len(bad)))
    return [Pair(good[k % len(good)], bad[(k + k // turn) % len(bad)]) for k in places]

"""What is learned from and what is kept for measuring, and in which order it is learned."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import msgspec

from verisearch.training.rollouts import Rollouts, read_rollouts

__all__ = ["Order", "held_out", "parted"]


def held_out(groups: Sequence[str], share: float, seed: int) -> frozenset[str]:
    """The groups that are kept for measuring: a share of them, drawn by the seed."""
    names = sorted(set(groups))
    return frozenset(random.Random(f"{seed} held out").sample(names, round(share * len(names))))


def parted(rollouts: Path, share: float, seed: int) -> tuple[list[Rollouts], list[Rollouts]]:
    """The rollouts of a file that have chains: those to learn from, and those kept for measuring, which are a ``share``
    of the theories (in [0, 1)), drawn by ``seed``."""
    rows = [each for each in read_rollouts(rollouts) if each.chains]
    kept = held_out([each.group for each in rows], share, seed)
    return [each for each in rows if each.group not in kept], [each for each in rows if each.group in kept]


class Order(msgspec.Struct, frozen=True):
    """Which of ``count`` things each step takes, ``size`` at once: each epoch all of them, in an order of its own."""

    count: int
    size: int
    seed: int

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return -(-self.count // self.size)

    def at(self, step: int) -> list[int]:
        """What step ``step`` (from 0, over all epochs) takes."""
        epoch, place = divmod(step, self.steps)
        order = list(range(self.count))
        random.Random(f"{self.seed} epoch {epoch}").shuffle(order)
        return order[place * self.size : (place + 1) * self.size]

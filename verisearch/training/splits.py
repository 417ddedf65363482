"""What is learned from and what is kept for measuring, and in which order it is learned."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import msgspec

from verisearch.policies.checks import MAX_SEED
from verisearch.policies.seeds import derive_seed
from verisearch.training.rollouts import Rollouts, read_rollouts

__all__ = ["Order", "held_out", "is_held_out", "parted"]


def held_out(groups: Sequence[str], share: float, seed: int) -> frozenset[str]:
    """A share of the groups, drawn by the seed, as exact as their number allows."""
    names = sorted(set(groups))
    return frozenset(random.Random(f"{seed} held out").sample(names, round(share * len(names))))


def is_held_out(group: str, share: float) -> bool:
    """Whether a theory is kept for measuring, with the chance ``share``. It depends on nothing but its name, so that no
    other choice of problems, and no other recipe, learns from what was kept."""
    return derive_seed(0, "held out", group) < share * (MAX_SEED + 1)


def parted(rollouts: Path, share: float, kept: frozenset[str] | None = None) -> tuple[list[Rollouts], list[Rollouts]]:
    """The rollouts of a file that have chains: those to learn from, and those kept for measuring: of about the
    ``share`` of the theories (in [0, 1)), see `is_held_out`, or of the theories ``kept``."""
    rows = [each for each in read_rollouts(rollouts) if each.chains]
    if kept is None:
        kept = frozenset(each.group for each in rows if is_held_out(each.group, share))
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

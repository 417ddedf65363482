"""Which slots the tokens of a forward see: plans for runs of new tokens, for single ones, and for fixed tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from verisearch.kv.attention import Layer, Part, attend_grouped
from verisearch.kv.pool import Pool

__all__ = ["OrderedPart", "Run", "Union", "flat_part", "run_part"]


@dataclass(frozen=True)
class Run:
    """New positions ``start`` to ``stop`` of one sequence; ``path`` holds the slots of the sequence from its
    beginning, ``ids`` its token ids from ``start``."""

    path: np.ndarray
    ids: list[int]
    start: int

    @property
    def stop(self) -> int:
        return self.start + len(self.ids)

    def cut(self, at: int) -> tuple[Run, Run]:
        """The first ``at`` tokens, and the rest."""
        return Run(self.path, self.ids[:at], self.start), Run(self.path, self.ids[at:], self.start + at)


def run_part(run: Run, at: int, device: torch.device) -> Part:
    """A run whose first token is number ``at`` of the forward: each token sees what stands before it."""
    slots = run.path[: run.stop]
    first, count = int(slots[0]), len(slots)
    in_place = int(slots[-1]) - first + 1 == count and bool((np.diff(slots) == 1).all())
    where = slice(first, first + count) if in_place else torch.from_numpy(slots).to(device)
    keys = torch.arange(count, device=device)
    tokens = keys[run.start :]
    seen = keys[None, :] <= tokens[:, None] if len(run.ids) > 1 else None
    return Part(at, at + len(run.ids), where, seen, tokens, keys)


@dataclass(frozen=True)
class Union:
    """The slots that are on any of some paths: ``held`` says which there are, from slot ``low`` on."""

    low: int
    held: np.ndarray
    count: int

    @classmethod
    def of(cls, runs: Sequence[Run]) -> Union:
        """The union of the runs' paths."""
        everything = np.concatenate([run.path[: run.stop] for run in runs])
        low = int(everything.min())
        held = np.zeros(int(everything.max()) + 1 - low, dtype=bool)
        held[everything - low] = True
        return cls(low, held, int(held.sum()))


def flat_part(runs: Sequence[Run], union: Union, at: int, device: torch.device) -> Part:
    """Single tokens of many sequences over the union of their paths, each position once."""
    paths = [run.path[: run.stop] for run in runs]
    low, high, held, count = union.low, union.low + len(union.held), union.held, union.count
    dense = high - low <= 2 * count
    column = np.arange(high - low) if dense else np.cumsum(held) - 1
    width = high - low if dense else count
    seen, positions = np.zeros((len(runs), width), dtype=bool), np.zeros(width, dtype=np.int64)
    for row, path in enumerate(paths):
        columns = column[path - low]
        seen[row, columns] = True
        positions[columns] = np.arange(len(path))
    where = slice(low, high) if dense else torch.from_numpy(np.flatnonzero(held) + low).to(device)
    return Part(
        at,
        at + len(runs),
        where,
        torch.from_numpy(seen).to(device),
        torch.tensor([run.start for run in runs], device=device),
        torch.from_numpy(positions).to(device),
    )


@dataclass
class OrderedPart:
    """Every token by itself over its own path, in the path's order.

    What is added up, and in which order, depends on the token's own prefix alone: not on what else is in the forward
    or in the cache. Slower; for batch-invariant results.
    """

    paths: Sequence[torch.Tensor]

    def run(self, pool: Pool, layer: Layer, query: torch.Tensor, out: torch.Tensor) -> None:
        """Attention of token i over ``paths[i]``."""
        keys, values = pool.keys[layer.index], pool.values[layer.index]
        for token, path in enumerate(self.paths):
            near = path if layer.window is None else path[-layer.window :]
            own = query[:, token : token + 1].contiguous()
            out[:, token : token + 1] = attend_grouped(
                own, keys.index_select(1, near), values.index_select(1, near), None, layer
            )

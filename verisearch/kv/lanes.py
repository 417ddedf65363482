"""Decoding many branches at once: each branch's tail is kept in a lane of its own, side by side with the others.

Reading keys and values from a tree position by position is slow when many branches grow together, and attending over
all positions of the tree for every branch wastes work on what they can't see. So the tails are copied into one padded
tensor a layer, once when a branch joins, and grow there by a token a step. What all branches of a set share, their
trunk, is not copied: it is attended to in the pool and the two results are joined. The pool keeps every position as
well, so lanes can be dropped at any time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from verisearch.kv.attention import Layer, attend
from verisearch.kv.plans import Run
from verisearch.kv.pool import Pool

__all__ = ["LanePart", "LaneSet", "Lanes"]

#: The fewest branches, and the fewest positions, for which a trunk is kept apart.
TRUNK_BRANCHES = 3
TRUNK_LENGTH = 32

#: The least positions by which lanes are longer than they need to be when they are made or grow.
SPARE = 32


class LaneSet:
    """Lanes of branches that share ``trunk`` (slots from the beginning; none if it is empty).

    ``keys[layer]`` is (lanes, heads, positions, head size). The first ``count`` lanes are in use, ``lengths`` says how
    far each is filled; ``lane_of`` finds the lane that ends at a slot.
    """

    def __init__(self, trunk: np.ndarray, pool: Pool, device: torch.device) -> None:
        self.trunk, self.pool, self.device = trunk, pool, device
        first = int(trunk[0]) if len(trunk) else 0
        in_place = bool((np.diff(trunk) == 1).all())
        self.where = slice(first, first + len(trunk)) if in_place else torch.from_numpy(trunk.copy()).to(device)
        self.keys: dict[int, torch.Tensor] = {}
        self.values: dict[int, torch.Tensor] = {}
        self.lengths = np.zeros(0, dtype=np.int64)
        self.count = 0
        self.lane_of: dict[int, int] = {}
        self._lanes = self._width = 0

    def holds(self, path: np.ndarray) -> bool:
        """Whether a branch with these slots grows from this set's trunk."""
        size = len(self.trunk)
        return len(path) > size and bool((path[:size] == self.trunk).all())

    def place(self, runs: Sequence[Run]) -> np.ndarray:
        """A lane for each branch, filled up to its new token; lanes that nobody goes on with are given up."""
        lanes = np.full(len(runs), -1, dtype=np.int64)
        stay: dict[int, int] = {}
        forks: list[tuple[int, int]] = []
        fresh: list[int] = []
        for index, run in enumerate(runs):
            lane = self.lane_of.get(int(run.path[run.start - 1]), -1)
            if lane < 0:
                fresh.append(index)
            elif lane in stay:
                forks.append((index, lane))
            else:
                stay[lane] = index
                lanes[index] = lane
        total = len(runs)
        self._make_space(total, max(run.stop for run in runs) - len(self.trunk))
        free = [lane for lane in range(total) if lane not in stay]
        for lane in sorted(lane for lane in stay if lane >= total):  # close ranks
            target = free.pop()
            self._copy(lane, target)
            forks = [(index, target if source == lane else source) for index, source in forks]
            lanes[stay[lane]] = target
        for index, source in forks:
            lanes[index] = free.pop()
            self._copy(source, int(lanes[index]))
        for index in fresh:
            lanes[index] = free.pop()
            self._fill(runs[index], int(lanes[index]))
        self.count = total
        self.lane_of = {int(run.path[run.start]): int(lane) for run, lane in zip(runs, lanes, strict=True)}
        return lanes

    @property
    def resident_bytes(self) -> int:
        """Bytes of the copies."""
        tensors = [*self.keys.values(), *self.values.values()]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    def _make_space(self, lanes: int, width: int) -> None:
        if lanes <= self._lanes and width <= self._width and self.keys:
            return
        lanes = lanes if lanes > self._lanes else self._lanes
        width = width + max(SPARE, width // 8) if width > self._width else self._width
        for own, store in ((self.keys, self.pool.keys), (self.values, self.pool.values)):
            for layer, held in store.items():
                made = held.new_empty(lanes, held.shape[0], width, held.shape[2])
                filled, upto = (self.count, self._width) if layer in own else (0, 0)
                if filled:
                    made[:filled, :, :upto] = own[layer][:filled]
                made[:filled, :, upto:] = 0  # what a mask hides must still be a number
                made[filled:] = 0
                own[layer] = made
        lengths = np.zeros(lanes, dtype=np.int64)
        lengths[: self.count] = self.lengths[: self.count]
        self.lengths, self._lanes, self._width = lengths, lanes, width

    def _copy(self, source: int, target: int) -> None:
        size = int(self.lengths[source])
        for store in (self.keys, self.values):
            for tensor in store.values():
                tensor[target, :, :size] = tensor[source, :, :size]
        self.lengths[target] = size

    def _fill(self, run: Run, lane: int) -> None:
        tail = run.path[len(self.trunk) : run.start]
        slots = torch.from_numpy(np.ascontiguousarray(tail)).to(self.device)
        for own, store in ((self.keys, self.pool.keys), (self.values, self.pool.values)):
            for layer, tensor in own.items():
                tensor[lane, :, : len(tail)] = store[layer].index_select(1, slots)
        self.lengths[lane] = len(tail)


class LanePart:
    """The attention of new tokens ``at`` and following of a forward, one a branch, over a set's lanes."""

    def __init__(self, lanes: LaneSet, runs: Sequence[Run], at: int) -> None:
        placed = lanes.place(runs)
        self._set, self._at, self._stop = lanes, at, at + len(runs)
        device = lanes.device
        order = np.argsort(placed)
        in_order = bool((order == np.arange(len(order))).all())
        self._order = None if in_order else torch.from_numpy(order).to(device)
        self._back = None if in_order else torch.from_numpy(np.ascontiguousarray(placed)).to(device)
        self._lane = torch.arange(len(runs), device=device)
        self._ends = torch.from_numpy(lanes.lengths[: len(runs)].copy()).to(device)
        lanes.lengths[: len(runs)] += 1
        self._width = int(lanes.lengths[: len(runs)].max())
        self._biases: dict[int | None, torch.Tensor | None] = {}

    def _bias(self, window: int | None, dtype: torch.dtype) -> torch.Tensor | None:
        """(lanes, 1, 1, positions): 0 for what a lane's last token sees, else -inf."""
        if window not in self._biases:
            columns = torch.arange(self._width, device=self._ends.device)
            seen = columns[None] <= self._ends[:, None]
            if window is not None:
                seen &= columns[None] > self._ends[:, None] - window
            made = None
            if not bool(seen.all()):
                made = torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(~seen, float("-inf"))
                made = made[:, None, None]
            self._biases[window] = made
        return self._biases[window]

    def run(self, pool: Pool, layer: Layer, query: torch.Tensor, out: torch.Tensor) -> None:
        """Attention over trunk and lanes; the new keys and values are taken into the lanes first."""
        lanes, count = self._set, self._stop - self._at
        new = slice(self._at, self._stop)
        keys, values = lanes.keys[layer.index], lanes.values[layer.index]
        own, fresh_keys, fresh_values = query[:, new], self._fresh(pool.keys, layer), self._fresh(pool.values, layer)
        if self._order is not None:
            own = own.index_select(1, self._order)
        keys[self._lane, :, self._ends] = fresh_keys
        values[self._lane, :, self._ends] = fresh_values
        bias = self._bias(layer.window, query.dtype)
        heads, size = keys.shape[1], query.shape[2]
        asked = own.transpose(0, 1).reshape(count, heads, -1, size)
        held = keys[:count, :, : self._width], values[:count, :, : self._width]
        if not len(lanes.trunk):
            found = attend(asked, *held, bias, layer)
        else:
            tail, tail_weight = attend_weighed(asked, *held, bias, layer)
            shared = asked.transpose(0, 1).reshape(1, heads, -1, size)
            trunk, trunk_weight = attend_weighed(
                shared, self._trunk(pool.keys[layer.index]), self._trunk(pool.values[layer.index]), None, layer
            )
            trunk = trunk.reshape(heads, count, -1, trunk.shape[-1]).transpose(0, 1)
            trunk_weight = trunk_weight.reshape(heads, count, -1).transpose(0, 1)
            found = torch.lerp(tail, trunk, torch.sigmoid(trunk_weight - tail_weight)[..., None].to(tail.dtype))
        result = found.reshape(count, query.shape[0], -1)
        if self._back is not None:
            result = result.index_select(0, self._back)
        out[:, new] = result.transpose(0, 1)

    def slots(self, runs: Sequence[Run]) -> None:
        """Note where the new keys and values stand in the pool, in the lanes' order."""
        slots = torch.tensor([int(run.path[run.start]) for run in runs], device=self._set.device)
        self._slots = slots if self._order is None else slots[self._order]

    def _fresh(self, store: dict[int, torch.Tensor], layer: Layer) -> torch.Tensor:
        return store[layer.index].index_select(1, self._slots).transpose(0, 1)

    def _trunk(self, held: torch.Tensor) -> torch.Tensor:
        where = self._set.where
        return (held[:, where] if isinstance(where, slice) else held.index_select(1, where))[None]


class Lanes:
    """All lane sets of a runner. ``trunks``: whether the model's attention allows for them (no windows, no caps)."""

    def __init__(self, pool: Pool, device: torch.device, trunks: bool) -> None:
        self._pool, self._device, self._trunks = pool, device, trunks
        self._sets: list[LaneSet] = []

    def parts(self, runs: Sequence[Run], at: int) -> tuple[list[Run], list[LanePart]]:
        """The branches in the order their tokens are to stand in the forward (from ``at``), and their attention.

        Sets that none of them is in are dropped.
        """
        members: dict[int, list[Run]] = {}
        newcomers: dict[int, list[Run]] = {}
        for run in runs:
            where = self._find(run)
            if where is None:
                newcomers.setdefault(int(run.path[0]), []).append(run)
            else:
                members.setdefault(where, []).append(run)
        for family in newcomers.values():
            where = self._settle(family)
            members.setdefault(where, []).extend(family)
        ordered: list[Run] = []
        parts = []
        for where, own in sorted(members.items()):
            part = LanePart(self._sets[where], own, at + len(ordered))
            part.slots(own)
            parts.append(part)
            ordered += own
        self._sets = [found for where, found in enumerate(self._sets) if where in members]
        return ordered, parts

    def forget(self, slots: Sequence[int]) -> None:
        """These slots will stand for other positions: no lane ends there any more."""
        for found in self._sets:
            for slot in slots:
                found.lane_of.pop(slot, None)

    def clear(self) -> None:
        """Drop all copies."""
        self._sets = []

    @property
    def resident_bytes(self) -> int:
        """Bytes of all copies."""
        return sum(found.resident_bytes for found in self._sets)

    def _find(self, run: Run) -> int | None:
        """The set that has a lane for the branch; else one whose trunk it grows from."""
        last = int(run.path[run.start - 1])
        joinable = None
        for where, found in enumerate(self._sets):
            if last in found.lane_of:
                return where
            if len(found.trunk) and joinable is None and found.holds(run.path[: run.start]):
                joinable = where
        return joinable

    def _settle(self, family: Sequence[Run]) -> int:
        """The set for branches that begin alike and have none: with a trunk, if it is worth it."""
        trunk = np.zeros(0, dtype=np.int64)
        if self._trunks and len(family) >= TRUNK_BRANCHES:
            size = min(run.start for run in family) - 1  # a lane is never empty
            first = family[0].path[:size]
            for run in family[1:]:
                differs = np.flatnonzero(run.path[: len(first)] != first)
                first = first[: differs[0]] if len(differs) else first
            if len(first) >= TRUNK_LENGTH:
                trunk = first.copy()
        if not len(trunk):
            for where, found in enumerate(self._sets):
                if not len(found.trunk):
                    return where
        self._sets.append(LaneSet(trunk, self._pool, self._device))
        return len(self._sets) - 1


def attend_weighed(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, bias: torch.Tensor | None, layer: Layer
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention, and the logarithm of the sum of its weights, by which two results over different keys can be joined.

    (batch, heads, tokens, size) over (batch, heads, keys, size); the weights are (batch, heads, tokens).
    """
    if query.device.type == "cpu" and query.dtype == torch.float32:
        out, weight = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            query, keys, values, 0.0, False, attn_mask=bias, scale=layer.scale
        )
        return out, weight
    scores = torch.matmul(query, keys.transpose(2, 3)).float() * layer.scale
    scores = scores if bias is None else scores + bias
    weight = scores.logsumexp(-1)
    return torch.matmul((scores - weight[..., None]).exp().to(values.dtype), values), weight

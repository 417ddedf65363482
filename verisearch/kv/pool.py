"""Where keys and values live: for every layer one tensor, in which each position of the tree has its own slot.

The tree's items are slots. Slots are handed out lowest first, so that what is in use stays dense, and the tensors
grow by small steps: memory held is at most a twelfth above the most that was ever in use at once.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import torch

__all__ = ["Pool"]

#: Slots of the first allocation, and the least a later one adds.
SMALLEST = 64


class Pool:
    """Keys, values and outputs of positions, by slot.

    A layer's tensors are made when the layer is first written to, in the shape and type the model gives.
    ``keys[layer]`` and ``values[layer]`` are (heads, slots, head size); ``outputs`` is (slots, hidden size): the
    last layer's states, from which a position's logits can be had again without running the model.
    """

    def __init__(self) -> None:
        self.keys: dict[int, torch.Tensor] = {}
        self.values: dict[int, torch.Tensor] = {}
        self.outputs: torch.Tensor | None = None
        self.slots = 0
        self.used = 0
        self._free: list[int] = []
        self._next = 0

    def take(self, count: int) -> list[int]:
        """``count`` free slots, lowest first."""
        reused = min(count, len(self._free))
        taken = [heapq.heappop(self._free) for _ in range(reused)]
        taken += range(self._next, self._next + count - reused)
        self._next += count - reused
        self.used += count
        if self._next > self.slots:
            self._grow()
        return taken

    def give_back(self, slots: Iterable[int]) -> None:
        """The slots may be handed out again."""
        for slot in slots:
            heapq.heappush(self._free, slot)
            self.used -= 1
        if not self.used:
            self._free.clear()
            self._next = 0

    def write(self, layer: int, slots: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Put (heads, n, head size) keys and values of one layer at n slots."""
        if layer not in self.keys:
            self.keys[layer] = keys.new_zeros(keys.shape[0], self.slots, keys.shape[2])
            self.values[layer] = values.new_zeros(values.shape[0], self.slots, values.shape[2])
        self.keys[layer].index_copy_(1, slots, keys)
        self.values[layer].index_copy_(1, slots, values)

    def write_outputs(self, slots: torch.Tensor, outputs: torch.Tensor) -> None:
        """Put (n, hidden size) last-layer states at n slots."""
        if self.outputs is None:
            self.outputs = outputs.new_zeros(self.slots, outputs.shape[1])
        self.outputs.index_copy_(0, slots, outputs)

    def read_outputs(self, slots: torch.Tensor) -> torch.Tensor:
        """The last-layer states at n slots, (n, hidden size)."""
        assert self.outputs is not None
        return self.outputs.index_select(0, slots)

    def clear(self) -> None:
        """Free the tensors; no slot may be in use."""
        assert not self.used, "slots are in use"
        self.keys.clear()
        self.values.clear()
        self.outputs = None
        self.slots = 0

    @property
    def position_bytes(self) -> int:
        """Bytes of keys and values that one position takes; 0 before the first write."""
        return sum(tensor.shape[0] * tensor.shape[2] * tensor.element_size() for tensor in self._tensors())

    @property
    def output_bytes(self) -> int:
        """Bytes that one position's output takes; 0 before the first write."""
        return 0 if self.outputs is None else self.outputs.shape[1] * self.outputs.element_size()

    @property
    def resident_bytes(self) -> int:
        """Bytes of the key and value tensors, slots that are not in use included."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self._tensors())

    def _tensors(self) -> list[torch.Tensor]:
        return [*self.keys.values(), *self.values.values()]

    def _grow(self) -> None:
        self.slots = max(self._next, self.slots + max(SMALLEST, self.slots // 12))
        for store in (self.keys, self.values):
            for layer, old in store.items():
                made = old.new_empty(old.shape[0], self.slots, old.shape[2])
                made[:, : old.shape[1]] = old
                made[:, old.shape[1] :] = 0  # what a mask hides must still be a number
                store[layer] = made
        if self.outputs is not None:
            old = self.outputs
            self.outputs = old.new_empty(self.slots, old.shape[1])
            self.outputs[: old.shape[0]] = old

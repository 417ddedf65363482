"""Runs a language model over a trie: only what the trie doesn't hold yet is computed, and each position once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import torch

from verisearch.errors import PolicyError
from verisearch.kv.attention import Attending, Plan
from verisearch.kv.decoder import Decoder
from verisearch.kv.lanes import Lanes
from verisearch.kv.plans import OrderedPart, Run, Union, flat_part, run_part
from verisearch.kv.pool import Pool
from verisearch.kv.trie import Lease, RadixTree

__all__ = ["Branch", "ModelRunner", "Statistics"]

#: Bytes of keys, values and outputs that a runner keeps unless told otherwise.
BUDGET = 2**30

#: Most tokens of one forward: longer prompts are read in chunks.
CHUNK = 512

#: Branches times positions of their common tree, up to which single tokens attend over the whole tree in place rather
#: than in lanes. Measured with 5M parameters on a CPU: below, nothing is gained by copying (8 branches of one prompt
#: 7 against 8 ms a step); above, work on what a branch can't see takes over (64 branches with prompts of their own 160
#: against 40 ms).
FLAT = 32768

#: Tokens of every forward in batch-invariant mode.
TILE = 16


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """What a runner has done, in positions unless it says bytes.

    ``hits``: asked for and found. ``computed``: run through the model; ``inserted``: put into the tree; always equal.
    ``padding``: run through the model for nothing. ``held``: in the tree now. ``evicted`` were dropped, in
    ``evictions`` runs. ``kv_bytes`` and ``output_bytes`` are those of the positions held, ``resident_bytes`` those of
    the key and value tensors, working copies and unused slots included; ``peak_resident_bytes`` the most there were.
    """

    hits: int
    computed: int
    inserted: int
    padding: int
    held: int
    evicted: int
    evictions: int
    kv_bytes: int
    output_bytes: int
    resident_bytes: int
    peak_resident_bytes: int


class Branch:
    """One sequence that is being read or written. ``cached`` of its positions were there when it was opened."""

    __slots__ = ("_path", "cached", "lease", "length")

    def __init__(self, lease: Lease[int], slots: Sequence[int]) -> None:
        self.lease = lease
        self._path = np.array(slots, dtype=np.int64)
        self.length = self.cached = len(slots)

    def grow(self, slots: Sequence[int]) -> None:
        """Put the slots of further positions behind."""
        end = self.length + len(slots)
        if end > len(self._path):
            longer = np.empty(max(end, 32 + self.length * 5 // 4), dtype=np.int64)
            longer[: self.length] = self._path[: self.length]
            self._path = longer
        self._path[self.length : end] = slots
        self.length = end

    @property
    def path(self) -> np.ndarray:
        """The slots of its positions, from the beginning."""
        return self._path[: self.length]


class ModelRunner:
    """A causal language model of transformers with its own trie of keys, values and outputs.

    `open` a branch for a sequence, `push` what it grows by, `compute` all that is missing together, ask for the
    `logits` at the branches' ends, `close` them. Sequences that share a prefix share its positions, those of one
    batch too.

    ``budget`` is the most bytes that positions may take (keys, values, outputs); at least one whole sequence must fit.
    ``chunk`` is the most tokens of one forward, ``flat`` how much work single tokens may make in place before they
    get lanes (see `FLAT`). ``invariant``: results don't depend on what else is computed or held (fixed tiles; slower).
    """

    def __init__(
        self, model: Any, *, budget: int = BUDGET, invariant: bool = False, chunk: int = CHUNK, flat: int = FLAT
    ) -> None:
        self.decoder = Decoder(model)
        self.device = self.decoder.device
        self.invariant = invariant
        self.chunk, self.flat = chunk, flat
        self.pool = Pool()
        each = self.decoder.position_bytes + self.decoder.output_bytes
        if budget < each:
            raise PolicyError(f"a cache of {budget} bytes can't hold one position ({each} bytes); give it more")
        self.capacity = budget // each
        self.tree: RadixTree[int] = RadixTree(self.capacity, self._free)
        self._lanes = Lanes(self.pool, self.device, trunks=self.decoder.plain_attention)
        self._pending: list[Run] = []
        self._computed = self._padding = self._peak = 0
        self.resets = 0

    # --- branches -----------------------------------------------------------------------------------------------
    def refusal(self, length: int) -> str | None:
        """Why a sequence of ``length`` positions can't be run at all; None if it can."""
        if length > self.decoder.context:
            return f"{length} tokens are more than the model's context of {self.decoder.context}"
        if length > self.capacity:
            return f"{length} tokens are more than the cache can hold ({self.capacity}); give it a larger budget"
        return None

    def fits(self, ids: Sequence[int], room: int = 0) -> bool:
        """Whether a branch can be opened now, beside those that are open."""
        return self.tree.fits(ids, room)

    def open(self, ids: Sequence[int], room: int = 0) -> Branch:
        """A branch that stands at the end of ``ids``, with ``room`` positions set aside for what it will grow by.

        What isn't held yet is computed by the next `compute`. Raises `PolicyError` if it can't fit: never
        (`refusal`), or not now (`fits`).
        """
        ids = list(ids)
        if not ids:
            raise PolicyError("an empty sequence has no next token; begin with at least one token")
        reason = self.refusal(len(ids) + room)
        if reason:
            raise PolicyError(reason)
        lease, slots = self.tree.open(ids, room)
        branch = Branch(lease, slots)
        self._append(branch, ids[branch.length :])
        return branch

    def lots(self, sequences: Sequence[Sequence[int]], most: int) -> Iterator[list[Branch]]:
        """The sequences as open branches, in lots as large as there is room for, of ``most`` at most. A lot is closed
        when the next is asked for."""
        at = 0
        while at < len(sequences):
            lot: list[Branch] = []
            try:
                while at < len(sequences) and len(lot) < most and (not lot or self.fits(sequences[at])):
                    lot.append(self.open(sequences[at]))
                    at += 1
                yield lot
            finally:
                for branch in lot:
                    self.close(branch)

    def push(self, branch: Branch, ids: Sequence[int]) -> None:
        """Let a branch grow. Computed by the next `compute`, unless the trie holds it."""
        ids = list(ids)
        if branch.length + len(ids) > self.decoder.context:
            raise PolicyError(str(self.refusal(branch.length + len(ids))))
        found = self.tree.advance(branch.lease, ids)
        branch.grow(found)
        self._append(branch, ids[len(found) :])

    def _append(self, branch: Branch, ids: list[int]) -> None:
        if not ids:
            return
        self.tree.make_room(len(ids))
        slots = self.pool.take(len(ids))
        self.tree.append(branch.lease, ids, slots)
        start = branch.length
        branch.grow(slots)
        self._pending.append(Run(branch.path, ids, start))

    def close(self, branch: Branch) -> None:
        """Give a branch up. Its positions stay in the trie until room is needed."""
        if self._pending:
            self.compute()  # what is in the tree must have been computed before it may be evicted
        if branch.lease.node is None:  # forgotten by `reset`
            return
        self.tree.release(branch.lease)
        if not self.tree.open_leases:
            self._lanes.clear()

    def reset(self) -> None:
        """Forget everything and free its memory; open branches may not be used any more. ``resets`` counts these."""
        self.resets += 1
        self._pending.clear()
        self._lanes.clear()
        self.tree.clear()
        self.pool.clear()
        self.tree.inserted = self._computed  # what waited was never filled

    def _free(self, slots: list[int]) -> None:
        self.pool.give_back(slots)
        self._lanes.forget(slots)

    # --- results ------------------------------------------------------------------------------------------------
    def logits(self, branches: Sequence[Branch]) -> torch.Tensor:
        """Logits of the next token of each branch, (branches, vocabulary), in 32 bits."""
        self.compute()
        last = np.array([branch.path[-1] for branch in branches], dtype=np.int64)
        slots, row = np.unique(last, return_inverse=True)
        found = self._logits(slots)
        return found if len(slots) == len(last) and (slots == last).all() else found[torch.from_numpy(row)]

    def logits_at(self, branch: Branch, start: int, stop: int) -> torch.Tensor:
        """Logits that follow each of the branch's positions ``start`` to ``stop``, (stop - start, vocabulary)."""
        self.compute()
        return self._logits(branch.path[start:stop])

    def states(self, branches: Sequence[Branch]) -> torch.Tensor:
        """The last layer's states at the end of each branch, (branches, hidden size)."""
        self.compute()
        return self._states(np.array([branch.path[-1] for branch in branches], dtype=np.int64)).float()

    def state_at(self, branch: Branch, place: int) -> torch.Tensor:
        """The last layer's state at one position of the branch, (hidden size,)."""
        self.compute()
        return self._states(branch.path[place : place + 1])[0].float()

    @torch.inference_mode()
    def _states(self, slots: np.ndarray) -> torch.Tensor:
        return self.pool.read_outputs(torch.from_numpy(np.ascontiguousarray(slots)).to(self.device))

    @torch.inference_mode()
    def _logits(self, slots: np.ndarray) -> torch.Tensor:
        if not self.invariant:
            return self.decoder.logits(self._states(slots))
        tiles = []
        for start in range(0, len(slots), TILE):
            own = slots[start : start + TILE]
            padded = np.concatenate([own, np.repeat(own[-1:], TILE - len(own))])
            tiles.append(self.decoder.logits(self._states(padded))[: len(own)])
        return torch.cat(tiles)

    @property
    def statistics(self) -> Statistics:
        """What has been done so far, and what is held."""
        tree, held = self.tree, self.tree.size
        return Statistics(
            hits=tree.hits,
            computed=self._computed,
            inserted=tree.inserted,
            padding=self._padding,
            held=held,
            evicted=tree.evicted,
            evictions=tree.evictions,
            kv_bytes=held * self.decoder.position_bytes,
            output_bytes=held * self.decoder.output_bytes,
            resident_bytes=self._resident(),
            peak_resident_bytes=max(self._peak, self._resident()),
        )

    def check_integrity(self) -> None:
        """Raise `AssertionError` with what is wrong if tree, slots and counts don't agree."""
        self.tree.check_integrity()
        slots = list(self.tree.items())
        assert len(set(slots)) == len(slots) == self.pool.used, "slots and positions differ"
        waiting = sum(len(run.ids) for run in self._pending)
        assert self._computed + waiting == self.tree.inserted, "computed and inserted positions differ"

    def _resident(self) -> int:
        return self.pool.resident_bytes + self._lanes.resident_bytes

    # --- computing ----------------------------------------------------------------------------------------------
    @torch.inference_mode()
    def compute(self) -> None:
        """Run the model over all positions that are waiting, chunk by chunk.

        If the model fails, everything is forgotten (see `reset`) and the error goes on to the caller.
        """
        if not self._pending:
            return
        runs, self._pending = self._pending, []
        try:
            for chunk in chunks(runs, TILE if self.invariant else self.chunk):
                self._forward(chunk)
        except BaseException:
            self.reset()
            raise

    def _forward(self, runs: list[Run]) -> None:
        ordered, parts = (runs, self._tile(runs)) if self.invariant else self._parts(runs)
        count = sum(len(run.ids) for run in ordered)
        padding = TILE - count if self.invariant else 0
        ids = [token for run in ordered for token in run.ids]
        ids += [0] * padding
        positions = np.concatenate([np.arange(run.start, run.stop) for run in ordered] + [np.zeros(padding, np.int64)])
        where = np.concatenate([run.path[run.start : run.stop] for run in ordered])
        slots = torch.from_numpy(where).to(self.device)
        states = self.decoder.forward(
            torch.tensor(ids, device=self.device),
            torch.from_numpy(positions).to(self.device),
            Plan(self.pool, slots, parts),
        )
        self.pool.write_outputs(slots, states[:count])
        self._computed += count
        self._padding += padding
        self._peak = max(self._peak, self._resident())

    def _tile(self, runs: list[Run]) -> list[Attending]:
        paths = [run.path[: end + 1] for run in runs for end in range(run.start, run.stop)]
        return [OrderedPart([torch.from_numpy(path).to(self.device) for path in paths])]

    def _parts(self, runs: list[Run]) -> tuple[list[Run], list[Attending]]:
        """The runs in the order their tokens are to stand, and who attends to what."""
        new = {int(slot) for run in runs for slot in run.path[run.start : run.stop]}
        singles: list[Run] = []
        ordered: list[Run] = []
        for run in runs:  # lanes are filled before the forward: what they begin with must be there
            ready = len(run.ids) == 1 and run.start and int(run.path[run.start - 1]) not in new
            (singles if ready else ordered).append(run)
        parts: list[Attending] = []
        at = 0
        for run in ordered:
            parts.append(run_part(run, at, self.device))
            at += len(run.ids)
        if len(singles) == 1:
            parts.append(run_part(singles[0], at, self.device))
        elif singles:
            union = Union.of(singles)
            if len(singles) * union.count <= self.flat:
                parts.append(flat_part(singles, union, at, self.device))
            else:
                singles, lanes = self._lanes.parts(singles, at)
                parts += lanes
        return ordered + singles, parts


def chunks(runs: list[Run], size: int) -> list[list[Run]]:
    """The runs in their order, cut into lots of at most ``size`` tokens."""
    lots: list[list[Run]] = [[]]
    left = size
    for run in runs:
        rest: Run | None = run
        while rest is not None:
            if not left:
                lots.append([])
                left = size
            head, rest = (rest, None) if len(rest.ids) <= left else rest.cut(left)
            lots[-1].append(head)
            left -= len(head.ids)
    return lots

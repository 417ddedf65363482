"""Chains of one problem as a tree of tokens: what they share is read once, and its target is their mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

__all__ = ["Leaf", "TokenTree", "tree_of"]


class Leaf(NamedTuple):
    """A chain for a tree: its tokens, whether it ends well, how many of its tokens lie before the first step that fails
    (all of them if none does), behind how many of its tokens each step ends, and how many lie before the end of the
    first step that fails (None: all, as none does)."""

    ids: Sequence[int]
    good: bool
    sound: int
    ends: Sequence[int] = ()
    fresh: int | None = None


class TokenTree(NamedTuple):
    """A prompt and all chains behind it, every node a token, parents before children.

    Each tensor has one entry a token: ``ids``; ``positions``, how far from the beginning; ``parents``, the place of the
    token before (-1: none); ``visits``, how many chains go through (0 in the prompt but for its last token, which all
    go through); ``hits``, how many of these end well; ``fresh``, in how many of these no step before the one that the
    token is in fails; ``sound``, in how many of these that one doesn't either; ``ends``, whether a step ends there.
    ``hits / visits`` is the target of a process reward, ``sound / fresh`` that of the soundness of a step. ``paths``
    holds, of each chain, the places of its tokens.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    parents: torch.Tensor
    visits: torch.Tensor
    hits: torch.Tensor
    fresh: torch.Tensor
    sound: torch.Tensor
    ends: torch.Tensor
    paths: tuple[tuple[int, ...], ...]

    def inputs(self, device: torch.device) -> dict[str, Any]:
        """What a model of transformers takes to read the tree at once, as keywords."""
        return {
            "input_ids": self.ids[None].to(device),
            "attention_mask": self.mask().to(device),
            "position_ids": self.positions[None].to(device),
            "use_cache": False,
        }

    def mask(self, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """What each token attends to, shape (1, 1, tokens, tokens): 0 where it sees itself and what is before it on
        its own chain, the most negative number elsewhere, as transformers takes it."""
        seen = torch.zeros(len(self.ids), len(self.ids), dtype=torch.bool)
        for place, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                seen[place] = seen[parent]
            seen[place, place] = True
        hidden = torch.zeros(seen.shape, dtype=dtype).masked_fill(~seen, torch.finfo(dtype).min)
        return hidden[None, None]


def tree_of(prompt: Sequence[int], chains: Sequence[Leaf]) -> TokenTree:
    """The tree of a prompt (at least one token) and chains behind it."""
    size = len(prompt)
    ids, positions, parents = list(prompt), list(range(size)), list(range(-1, size - 1))
    visits, hits, fresh, sound = [0] * size, [0] * size, [0] * size, [0] * size
    ends = [False] * size
    children: dict[tuple[int, int], int] = {}
    paths = []
    for chain in chains:
        path = [size - 1]
        for token in chain.ids:
            node = path[-1]
            if (node, token) not in children:
                children[node, token] = len(ids)
                ids.append(token)
                positions.append(positions[node] + 1)
                parents.append(node)
                visits.append(0)
                hits.append(0)
                fresh.append(0)
                sound.append(0)
                ends.append(False)
            path.append(children[node, token])
        for before, node in enumerate(path):
            visits[node] += 1
            hits[node] += chain.good
            fresh[node] += chain.fresh is None or before <= chain.fresh
            sound[node] += before <= chain.sound
        for end in chain.ends:
            ends[path[end]] = True
        paths.append(tuple(path[1:]))
    return TokenTree(
        ids=torch.tensor(ids),
        positions=torch.tensor(positions),
        parents=torch.tensor(parents),
        visits=torch.tensor(visits),
        hits=torch.tensor(hits),
        fresh=torch.tensor(fresh),
        sound=torch.tensor(sound),
        ends=torch.tensor(ends),
        paths=tuple(paths),
    )

"""Attention over the pool: what the model's layers call in place of their own.

The runner hands the model a flat list of tokens, from any sequences, and a `Plan` that says where their keys and
values go and which slots each of them may see. transformers passes both through to the attention function, so the
model's own code runs unchanged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch

from verisearch.errors import PolicyError
from verisearch.kv.pool import Pool

__all__ = ["NAME", "Layer", "Part", "Plan", "attend", "attend_grouped", "register", "trie_attention"]

#: The name under which transformers knows the attention function.
NAME = "verisearch_trie"


@dataclass(frozen=True)
class Layer:
    """What one attention layer asks for: its number, scale, window (positions seen, None: all) and soft cap."""

    index: int
    scale: float
    window: int | None = None
    softcap: float | None = None


class Attending(Protocol):
    """Something that answers the attention of some of a forward's tokens."""

    def run(self, pool: Pool, layer: Layer, query: torch.Tensor, out: torch.Tensor) -> None:
        """Attention of ``query`` (heads, tokens, head size), written into ``out`` (the same shape)."""


@dataclass
class Plan:
    """One forward: ``slots`` are where the new keys and values go, one a token; ``parts`` cover all tokens.

    Tokens behind the last slot are padding: they are neither kept nor answered.
    """

    pool: Pool
    slots: torch.Tensor
    parts: Sequence[Attending]


@dataclass
class Part:
    """Tokens ``start`` to ``stop`` of a forward see the keys at ``where``, as far as ``seen`` allows.

    ``where`` is a range of slots (read in place) or their numbers (gathered). ``seen`` is a boolean (tokens, keys), or
    None if all tokens see all keys; each token sees at least itself. ``token_positions`` and ``key_positions``
    are for layers with a window.
    """

    start: int
    stop: int
    where: slice | torch.Tensor
    seen: torch.Tensor | None
    token_positions: torch.Tensor
    key_positions: torch.Tensor
    _biases: dict[tuple[int | None, int], torch.Tensor | None] = field(default_factory=dict)

    def bias(self, window: int | None, repeat: int, dtype: torch.dtype) -> torch.Tensor | None:
        """What is added to the scores: 0 where a token sees a key, else -inf; rows repeated ``repeat`` times."""
        key = (window, repeat)
        if key not in self._biases:
            seen = self.seen
            if window is not None:
                near = self.key_positions[None, :] > self.token_positions[:, None] - window
                seen = near if seen is None else seen & near
            made = None
            if seen is not None:
                made = torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(~seen, -math.inf)
                made = made.repeat(repeat, 1) if repeat > 1 else made
            self._biases[key] = made
        return self._biases[key]

    def run(self, pool: Pool, layer: Layer, query: torch.Tensor, out: torch.Tensor) -> None:
        """Attention over the pool's keys and values."""
        keys, values = pool.keys[layer.index], pool.values[layer.index]
        if isinstance(self.where, slice):
            keys, values = keys[:, self.where], values[:, self.where]
        else:
            keys, values = keys.index_select(1, self.where), values.index_select(1, self.where)
        own = query[:, self.start : self.stop]
        bias = self.bias(layer.window, own.shape[0] // keys.shape[0], own.dtype)
        out[:, self.start : self.stop] = attend_grouped(own, keys, values, bias, layer)


def attend(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, bias: torch.Tensor | None, layer: Layer
) -> torch.Tensor:
    """Attention of (batch, heads, tokens, size) over (batch, heads, keys, size)."""
    if layer.softcap is None:
        return torch.nn.functional.scaled_dot_product_attention(query, keys, values, attn_mask=bias, scale=layer.scale)
    scores = torch.matmul(query, keys.transpose(2, 3)) * layer.scale
    scores = torch.tanh(scores / layer.softcap) * layer.softcap
    scores = scores if bias is None else scores + bias
    return torch.matmul(scores.softmax(-1, dtype=torch.float32).to(values.dtype), values)


def attend_grouped(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, bias: torch.Tensor | None, layer: Layer
) -> torch.Tensor:
    """Attention of (heads, tokens, size) over (key heads, keys, size).

    Query heads that share a key head are handled as further tokens of it, so nothing is copied for them; ``bias``
    has a row for each of these.
    """
    heads, tokens, size = query.shape
    asked = query.reshape(1, keys.shape[0], -1, size)
    found = attend(asked, keys[None], values[None], None if bias is None else bias[None, None], layer)
    return found.reshape(heads, tokens, -1)


def trie_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    trie_plan: Plan | None = None,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """The attention function as transformers calls it: (1, heads, tokens, size) in, (1, tokens, heads, size) out.

    Raises `PolicyError` for what the cache can't do: biases and sinks of its own, or a call without a plan.
    """
    unknown = [name for name in ("s_aux", "position_bias", "head_mask", "sinks") if others.get(name) is not None]
    if trie_plan is None or unknown:
        what = f"uses {', '.join(unknown)}" if unknown else "doesn't pass the cache's plan on to its attention"
        raise PolicyError(f"{type(module).__name__} {what}; the trie cache can't run it")
    scale = scaling if scaling is not None else query.shape[-1] ** -0.5
    layer = Layer(int(module.layer_idx), scale, sliding_window, softcap)  # type: ignore[arg-type]
    count = trie_plan.slots.shape[0]
    trie_plan.pool.write(layer.index, trie_plan.slots, key[0, :, :count], value[0, :, :count])
    out = query.new_zeros(query.shape[1], query.shape[2], value.shape[-1])
    for part in trie_plan.parts:
        part.run(trie_plan.pool, layer, query[0], out)
    return out.transpose(0, 1)[None], None


def register() -> None:
    """Make the attention function known to transformers. It needs no masks: plans say who sees what."""
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, trie_attention)

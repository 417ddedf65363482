"""The model's forward pass over packed rows: no padding in the layers, and no attention between what shares a context.

The layers are the model's own; only what attends to what is computed here, first for contexts, then for everything
behind them in groups of about equal length. Some heads are guided: beside the loss of the next token they have a
cross-entropy of where they attend.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import torch
from torch.nn import functional
from transformers import LlamaForCausalLM
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from verisearch.training.rows import NOWHERE, POINTERS, Row, Segment

__all__ = ["Batch", "Guided", "batch_of", "forward"]


class Guided(NamedTuple):
    """``heads`` heads of a layer, from ``start`` on, that are told where to attend, within contexts or behind them:
    where a pointer (one of `POINTERS`) points."""

    pointer: str
    layer: int
    start: int
    heads: int = 1
    in_contexts: bool = False

    @property
    def name(self) -> str:
        """What its loss is called in the log."""
        return f"{self.pointer}{'_in_contexts' * self.in_contexts}_{self.layer}"


class Group(NamedTuple):
    """Segments that attend together, padded to the longest.

    ``tokens``, shape (segments, length): which of the batch's tokens stands there. ``row``, shape (segments,): whose
    context each sees; None for the contexts themselves. ``bias``, shape (segments or 1, 1, length, keys): nought where
    a key is seen, minus infinity elsewhere; keys are those of the longest context, then the segment's own.
    ``pointers``, each of the shape (segments, length): the key to attend to, or `NOWHERE`.
    """

    tokens: torch.Tensor
    row: torch.Tensor | None
    bias: torch.Tensor
    pointers: dict[str, torch.Tensor]


class Batch(NamedTuple):
    """Rows as tensors, all their tokens in one line: ids, positions, ``learned`` (of which kind the next token is, as
    `Segment` has it), and the groups, contexts first. ``place``: where each token stands in the groups' outputs, one
    group behind the other."""

    ids: torch.Tensor
    positions: torch.Tensor
    learned: torch.Tensor
    groups: tuple[Group, ...]
    place: torch.Tensor

    @property
    def targets(self) -> torch.Tensor:
        """The token that follows each; behind a segment's last, of which nothing is learned, the next segment's."""
        return torch.roll(self.ids, -1)


def padded(values: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    length = max(len(each) for each in values)
    return torch.tensor([[*each, *[filler] * (length - len(each))] for each in values])


def bias(seen: torch.Tensor) -> torch.Tensor:
    """What is added to scores, from what is seen, shape (segments, length, keys)."""
    return torch.zeros(seen.shape).masked_fill(~seen, -torch.inf)[:, None]


def batch_of(rows: Sequence[Row]) -> Batch:
    """Pack rows."""
    contexts = [row.context for row in rows]
    owned = [(number, segment) for number, row in enumerate(rows) for segment in row.behind]
    owned.sort(key=lambda each: len(each[1].ids))
    parts: list[list[tuple[int, Segment]]] = []
    for each in owned:
        if not parts or len(each[1].ids) > 1.5 * len(parts[-1][0][1].ids):
            parts.append([])
        parts[-1].append(each)
    segments = [*contexts, *(segment for _, segment in owned)]
    starts = [0, *accumulate(len(segment.ids) for segment in segments)]
    before = [0] * len(rows) + [len(contexts[number].ids) for number, _ in owned]
    tokens = [list(range(start, start + len(each.ids))) for start, each in zip(starts, segments, strict=False)]
    longest = max(len(each.ids) for each in contexts)
    groups = [
        Group(
            padded(tokens[: len(rows)], 0),
            None,
            bias(torch.ones(1, longest, longest, dtype=torch.bool).tril()),
            {name: padded([each.pointers[name] for each in contexts], NOWHERE) for name in POINTERS},
        )
    ]
    at = len(rows)
    for part in parts:
        groups.append(behind_group(part, contexts, longest, tokens[at : at + len(part)]))
        at += len(part)
    place = torch.empty(starts[-1], dtype=torch.long)
    shift = 0
    for group, held in zip(groups, [tokens[: len(rows)], *pieces_of(tokens[len(rows) :], parts)], strict=True):
        length = group.tokens.shape[1]
        for number, at_places in enumerate(held):
            start = shift + number * length
            place[at_places] = torch.arange(start, start + len(at_places))
        shift += group.tokens.numel()
    return Batch(
        ids=torch.tensor([token for each in segments for token in each.ids]),
        positions=torch.tensor([b + p for b, each in zip(before, segments, strict=True) for p in range(len(each.ids))]),
        learned=torch.tensor([kind for each in segments for kind in each.learned]),
        groups=tuple(groups),
        place=place,
    )


def pieces_of(tokens: list[list[int]], parts: Sequence[Sequence[object]]) -> list[list[list[int]]]:
    """Tokens of segments, as many together as each part has."""
    ends = [0, *accumulate(len(part) for part in parts)]
    return [tokens[start:end] for start, end in pairwise(ends)]


def behind_group(
    part: Sequence[tuple[int, Segment]], contexts: Sequence[Segment], longest: int, tokens: Sequence[Sequence[int]]
) -> Group:
    """A group of segments behind contexts."""
    index = padded(tokens, 0)
    length = index.shape[1]
    lengths = torch.tensor([len(contexts[number].ids) for number, _ in part])
    in_context = torch.arange(longest)[None] < lengths[:, None]
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    seen = torch.cat([in_context[:, None].expand(-1, length, -1), causal[None].expand(len(part), -1, -1)], dim=2)

    def keys(name: str) -> torch.Tensor:
        """Positions as keys: a segment's own start where the longest context ends."""
        positions = padded([segment.pointers[name] for _, segment in part], NOWHERE)
        own = positions >= lengths[:, None]
        return torch.where(own, positions - lengths[:, None] + longest, positions)

    row = torch.tensor([number for number, _ in part])
    return Group(index, row, bias(seen), {name: keys(name) for name in POINTERS})


def forward(
    model: LlamaForCausalLM, batch: Batch, guided: Sequence[Guided] = ()
) -> tuple[torch.Tensor, list[tuple[torch.Tensor, int]]]:
    """The last layer's normed outputs, shape (tokens, width); and of each `Guided` (they are in the order of layers)
    the summed cross-entropy of where its heads attend, averaged over heads, and over how many places it was summed."""
    inner = model.model
    hidden = inner.embed_tokens(batch.ids)
    cosine, sine = (each[0] for each in inner.rotary_emb(hidden[None], batch.positions[None]))
    guides: list[tuple[torch.Tensor, int]] = []
    for number, layer in enumerate(inner.layers):
        attention = layer.self_attn
        normed = layer.input_layernorm(hidden)
        queries, keys, values = (
            part(normed).unflatten(-1, (-1, attention.head_dim))
            for part in (attention.q_proj, attention.k_proj, attention.v_proj)
        )
        queries, keys = apply_rotary_pos_emb(queries, keys, cosine, sine)
        mixed, scores = attend(batch, queries, keys, values)
        guides += [guide_loss(batch, each, scores) for each in guided if each.layer == number]
        hidden = hidden + attention.o_proj(mixed)
        hidden = hidden + layer.mlp(layer.post_attention_layernorm(hidden))
    return inner.norm(hidden), guides


def attend(
    batch: Batch, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Attention of tokens, each of the shape (tokens, heads, head size). Returns the outputs, shape (tokens, width),
    and each group's scores, shape (segments, heads, length, keys)."""
    heads = queries.shape[1]
    together = torch.cat([queries * queries.shape[-1] ** -0.5, keys, values], dim=1).flatten(1)
    outputs, of_groups = [], []
    shared: list[torch.Tensor] = []
    for group in batch.groups:
        own = together[group.tokens].unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4).unbind()
        if group.row is None:
            shared = list(own)
            seen = own[1:]
        else:
            row = group.row
            seen = tuple(torch.cat([shared[each].index_select(0, row), own[each]], dim=2) for each in (1, 2))
        scores = torch.matmul(own[0], seen[0].mT) + group.bias
        of_groups.append(scores)
        mixed = torch.matmul(torch.softmax(scores, dim=-1), seen[1])
        outputs.append(mixed.transpose(1, 2).flatten(0, 1))
    return torch.cat([each.flatten(1) for each in outputs])[batch.place], of_groups


def guide_loss(batch: Batch, guided: Guided, of_groups: Sequence[torch.Tensor]) -> tuple[torch.Tensor, int]:
    """Cross-entropy of where heads attend; see `forward`."""
    heads = slice(guided.start, guided.start + guided.heads)
    total, count = torch.zeros(()), 0
    for group, scores in zip(batch.groups, of_groups, strict=True):
        if guided.in_contexts != (group.row is None):
            continue
        wanted = group.pointers[guided.pointer]
        segments, places = (wanted != NOWHERE).nonzero(as_tuple=True)
        picked = scores[:, heads].transpose(1, 2)[segments, places]
        targets = wanted[segments, places][:, None].expand(-1, guided.heads)
        total = total + functional.cross_entropy(picked.flatten(0, 1), targets.flatten(), reduction="sum")
        count += len(targets)
    return total / guided.heads, count

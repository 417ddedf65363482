"""A Llama's layers, run over a flat list of tokens without their modules.

With a few million parameters and a token at a time, most of the time goes to the modules around the arithmetic. Here
the same arithmetic is done in as few operations as it takes: queries, keys and values by one matrix, gate and up by
another, sums within the product before them. The decoder compares the result with the model's own before it is used.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch.nn.functional import linear, rms_norm, silu

from verisearch.kv.attention import Layer, Plan

__all__ = ["LlamaBody"]

#: Rotary embeddings that are the same whatever is read.
FIXED_ROPE = {"default", "linear", "llama3", "yarn"}


class Weights(NamedTuple):
    """The matrices of one layer; ``asking`` are its queries', keys' and values', one below the other."""

    layer: Layer
    heads: int
    key_heads: int
    first_norm: torch.Tensor
    asking: torch.Tensor
    told: torch.Tensor
    second_norm: torch.Tensor
    opening: torch.Tensor
    closing: torch.Tensor


class LlamaBody:
    """The body of a Llama in 32 bits, ``of`` a model. The model's own matrices become parts of the joined ones."""

    def __init__(self, body: Any) -> None:
        self._embeddings = body.embed_tokens.weight
        self._norm = body.norm.weight
        self._epsilon = float(body.norm.variance_epsilon)
        self._rotary = body.rotary_emb
        self._layers = [self._weights(index, layer) for index, layer in enumerate(body.layers)]
        self._turns = torch.zeros(0)

    @classmethod
    def of(cls, model: Any) -> LlamaBody | None:
        """The body of this model; None if it isn't a plain Llama: other layers or matrices, hooks, other precisions."""
        from transformers.models.llama import modeling_llama as known

        body, config = model.get_decoder(), model.config
        if type(body) is not known.LlamaModel:
            return None
        expected = {
            known.LlamaModel,
            known.LlamaDecoderLayer,
            known.LlamaAttention,
            known.LlamaMLP,
            known.LlamaRMSNorm,
            known.LlamaRotaryEmbedding,
            torch.nn.ModuleList,
            torch.nn.Linear,
            torch.nn.Embedding,
            *(type(part.act_fn) for part in body.modules() if type(part) is known.LlamaMLP),
        }
        if any(type(part) not in expected or part._forward_hooks or part._forward_pre_hooks for part in body.modules()):
            return None
        rope = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default")
        plain = rope in FIXED_ROPE and config.hidden_act == "silu" and not (config.attention_bias or config.mlp_bias)
        whole = all(each.dtype == torch.float32 and each.device == model.device for each in body.parameters())
        return cls(body) if plain and whole else None

    def forward(self, ids: torch.Tensor, positions: torch.Tensor, plan: Plan) -> torch.Tensor:
        """Last-layer states of a flat list of tokens, (tokens, hidden size)."""
        cosine, sine = self._turned(positions)
        hidden = self._embeddings[ids]
        for weights in self._layers:
            hidden = self._run(weights, hidden, cosine, sine, plan)
        return self._normed(hidden, self._norm)

    def _run(
        self, weights: Weights, hidden: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor, plan: Plan
    ) -> torch.Tensor:
        index, turning = weights.layer.index, weights.heads + weights.key_heads
        tokens, count = hidden.shape[0], plan.slots.shape[0]
        asked = linear(self._normed(hidden, weights.first_norm), weights.asking)
        asked = asked.view(tokens, turning + weights.key_heads, -1)
        unturned = asked[:, :turning]
        turned = torch.addcmul(unturned * cosine, unturned.roll(unturned.shape[-1] // 2, -1), sine).transpose(0, 1)
        queries, keys, values = turned[: weights.heads], turned[weights.heads :], asked[:, turning:].transpose(0, 1)
        plan.pool.write(index, plan.slots, keys[:, :count], values[:, :count])
        out = queries.new_empty(queries.shape) if count == tokens else queries.new_zeros(queries.shape)
        for part in plan.parts:
            part.run(plan.pool, weights.layer, queries, out)
        hidden = torch.addmm(hidden, out.transpose(0, 1).reshape(tokens, -1), weights.told)
        gate, up = linear(self._normed(hidden, weights.second_norm), weights.opening).chunk(2, -1)
        return torch.addmm(hidden, silu(gate) * up, weights.closing)

    def _normed(self, hidden: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return rms_norm(hidden, (hidden.shape[-1],), weight, self._epsilon)

    def _turned(self, positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Cosines and sines of positions, each (tokens, 1, head size); sines carry the sign of the half they move."""
        last = int(positions.max()) if len(positions) else 0
        if last >= self._turns.shape[0]:
            upto = torch.arange(max(512, 2 * last), device=positions.device)
            cosine, sine = (each[0].float() for each in self._rotary(self._embeddings[:1, None], upto[None]))
            half = sine.shape[-1] // 2
            self._turns = torch.stack([cosine, torch.cat([-sine[:, :half], sine[:, half:]], -1)], dim=1)
        picked = self._turns[positions]
        return picked[:, :1], picked[:, 1:]

    def _weights(self, index: int, layer: Any) -> Weights:
        attention, mlp = layer.self_attn, layer.mlp
        size = attention.head_dim
        return Weights(
            Layer(index, float(attention.scaling)),
            attention.q_proj.out_features // size,
            attention.k_proj.out_features // size,
            layer.input_layernorm.weight,
            joined(attention.q_proj, attention.k_proj, attention.v_proj),
            attention.o_proj.weight.T,
            layer.post_attention_layernorm.weight,
            joined(mlp.gate_proj, mlp.up_proj),
            mlp.down_proj.weight.T,
        )


def joined(*parts: torch.nn.Linear) -> torch.Tensor:
    """The matrices one below the other; the modules' own become views of it, so that nothing is held twice."""
    together = torch.cat([part.weight.detach() for part in parts])
    start = 0
    for part in parts:
        part.weight = torch.nn.Parameter(together[start : start + part.out_features], requires_grad=False)
        start += part.out_features
    return together

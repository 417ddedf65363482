"""A Hugging Face causal language model, run over flat lists of tokens with the trie's attention."""

from __future__ import annotations

from typing import Any

import torch

from verisearch.errors import PolicyError
from verisearch.kv.attention import NAME, Layer, Part, Plan, register
from verisearch.kv.llama import LlamaBody
from verisearch.kv.pool import Pool

__all__ = ["Decoder"]

#: Kinds of layers whose state is keys and values of single positions.
LAYER_KINDS = {"full_attention", "sliding_attention"}

#: Rotary embeddings that change earlier positions once a sequence grows beyond the original context.
MOVING_ROPE = {"dynamic", "longrope"}

#: Largest difference of logits between the model's own attention and ours, relative to the spread of the logits.
TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 0.1, torch.float16: 0.05}


class Recorded(Part):
    """A part that notes which layers asked for it."""

    layers: list[Layer]

    def run(self, pool: Pool, layer: Layer, query: torch.Tensor, out: torch.Tensor) -> None:
        """Note the layer, and attend."""
        self.layers.append(layer)
        super().run(pool, layer, query, out)


class Decoder:
    """The model, without a cache of its own.

    Takes ``model`` over: its attention is replaced by the trie's, so call nothing else on it. ``context`` is the
    longest sequence it can read, ``vocabulary`` the number of ids it knows; ``plain_attention``: every layer sees all
    positions, and nothing is done to the scores.

    Raises `PolicyError` for models the trie can't serve: state-space and linear-attention layers, encoders, attention
    that doesn't go through transformers' attention interface. Every model is tried on a few tokens first; one whose
    logits differ from its own is refused.
    """

    def __init__(self, model: Any) -> None:
        self.model = model.eval()
        self.name = type(model).__name__
        config = model.config.get_text_config()
        self._refuse(model, config)
        self.context = self._context(config)
        self.vocabulary: int = model.get_input_embeddings().weight.shape[0]
        self.device: torch.device = model.device
        self.dtype: torch.dtype = model.dtype
        self.body = model.get_decoder()
        self.head = model.get_output_embeddings()
        self._lean: LlamaBody | None = None
        self._plain_head = True
        try:
            with torch.inference_mode():
                self._try_out()
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
            if isinstance(error, PolicyError):
                raise
            raise PolicyError(f"{self.name} can't be run over the trie cache: {error}") from error

    def _refuse(self, model: Any, config: Any) -> None:
        kinds = set(getattr(config, "layer_types", None) or ()) - LAYER_KINDS
        if kinds:
            named = ", ".join(sorted(kinds))
            raise PolicyError(f"{self.name} has layers of kind {named}; the trie cache can't hold their state")
        if model.config.is_encoder_decoder:
            raise PolicyError(f"{self.name} is an encoder-decoder model; a decoder is needed")
        if not getattr(model, "_supports_attention_backend", False) or model.get_output_embeddings() is None:
            raise PolicyError(f"{self.name} doesn't let its attention be replaced; the trie cache can't run it")

    def _context(self, config: Any) -> int:
        context = getattr(config, "max_position_embeddings", None) or 2**20
        rope = getattr(config, "rope_parameters", None) or {}
        if rope.get("rope_type") in MOVING_ROPE:  # beyond this, keys held would no longer be the right ones
            original = rope.get("original_max_position_embeddings") or context
            return min(int(context), int(original))
        return int(context)

    def forward(self, ids: torch.Tensor, positions: torch.Tensor, plan: Plan) -> torch.Tensor:
        """Last-layer states of a flat list of tokens, (tokens, hidden size)."""
        if self._lean is not None:
            return self._lean.forward(ids, positions, plan)
        output = self.body(
            input_ids=ids[None], position_ids=positions[None], use_cache=False, return_dict=True, trie_plan=plan
        )
        return output.last_hidden_state[0]

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """Logits of last-layer states: (n, hidden size) to (n, vocabulary), in 32 bits."""
        if self._plain_head:
            return self.head(states).float()
        return self._whole_head(states).float()

    def _whole_head(self, states: torch.Tensor) -> torch.Tensor:
        """The model's own way from states to logits, whatever it scales or caps there: its body is stood in for."""
        own = self.body.forward
        self.body.forward = lambda *_, **__: self._output(last_hidden_state=states[None])
        try:
            dummy = torch.zeros(1, states.shape[0], dtype=torch.long, device=self.device)
            return self.model(input_ids=dummy, use_cache=False, return_dict=True).logits[0]
        finally:
            self.body.forward = own

    def _try_out(self) -> None:
        """Compare with the model's own attention, in two chunks, and see whether the head is a plain matrix."""
        count = min(12, self.context)
        ids = torch.arange(count, device=self.device) * 7 % self.vocabulary
        positions = torch.arange(count, device=self.device)
        self._output = type(self.body(input_ids=ids[None], use_cache=False, return_dict=True))
        expected = self.model(input_ids=ids[None], use_cache=False).logits[0].float()
        register()
        self.model.set_attn_implementation(NAME)
        self._lean = LlamaBody.of(self.model)
        pool = Pool()
        slots = torch.tensor(pool.take(count), device=self.device)
        states: list[torch.Tensor] = []
        layers: list[Layer] = []
        for start, stop in ((0, count // 2), (count // 2, count)):
            if start == stop:
                continue
            seen = positions[None, :stop] <= positions[start:stop, None]
            part = Recorded(0, stop - start, slice(0, stop), seen, positions[start:stop], positions[:stop])
            part.layers = layers
            states.append(self.forward(ids[start:stop], positions[start:stop], Plan(pool, slots[start:stop], [part])))
        together = torch.cat(states)
        whole = self._whole_head(together).float()
        self._plain_head = bool(torch.equal(self.head(together).float(), whole))
        spread = float(expected.std()) or 1.0
        gap = float((whole - expected).abs().max()) / spread
        if not gap <= TOLERANCE.get(self.dtype, 0.1):
            raise PolicyError(
                f"{self.name} gives other logits over the trie cache than by itself (off by {gap:.2g} of their "
                "spread); it can't be run here"
            )
        self.plain_attention = all(layer.window is None and layer.softcap is None for layer in layers)
        self.position_bytes, self.output_bytes = pool.position_bytes, together.shape[1] * together.element_size()

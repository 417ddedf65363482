"""The body without modules gives what the model's own gives, and stands back from what it doesn't know."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install 'verisearch[local]'")
transformers = pytest.importorskip("transformers", reason="needs transformers: pip install 'verisearch[local]'")

from verisearch.kv.decoder import Decoder  # noqa: E402
from verisearch.kv.llama import LlamaBody  # noqa: E402
from verisearch.kv.runner import ModelRunner  # noqa: E402

pytestmark = pytest.mark.local


def llama(**settings: Any) -> Any:
    torch.manual_seed(5)
    sizes = {"hidden_size": 48, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 6}
    config = transformers.LlamaConfig(vocab_size=97, max_position_embeddings=1200, **sizes | settings)
    model = transformers.LlamaForCausalLM(config).eval()
    for norm in (model.model.norm, *(layer.input_layernorm for layer in model.model.layers)):
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
    return model


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"num_key_value_heads": 2},
        {"num_key_value_heads": 3, "head_dim": 10},
        {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0}},
        {
            "rope_parameters": {
                "rope_type": "yarn",
                "rope_theta": 1e4,
                "factor": 4.0,
                "original_max_position_embeddings": 300,
            }
        },
        {"tie_word_embeddings": True, "rms_norm_eps": 1e-3},
    ],
    ids=["plain", "grouped", "own head size", "linear rope", "yarn", "tied"],
)
def test_it_gives_what_the_model_gives(settings: dict[str, Any]) -> None:
    model = llama(**settings)
    ids = [(7 * place) % 97 for place in range(700)]  # past the positions that are turned at first
    with torch.inference_mode():
        expected = model(input_ids=torch.tensor([ids])).logits[0]
    runner = ModelRunner(model)
    assert runner.decoder._lean is not None
    branch = runner.open(ids[:40])
    runner.compute()
    runner.push(branch, ids[40:])
    assert torch.allclose(runner.logits_at(branch, 0, 700), expected, atol=1e-4)


def test_nothing_is_held_twice() -> None:
    model = llama()
    before = sum(part.untyped_storage().nbytes() for part in {p.data_ptr(): p for p in model.parameters()}.values())
    body = LlamaBody.of(model)
    assert body is not None
    storages = {part.untyped_storage().data_ptr(): part.untyped_storage().nbytes() for part in model.parameters()}
    for weights in body._layers:
        assert weights.asking.untyped_storage().data_ptr() in storages
        assert weights.opening.untyped_storage().data_ptr() in storages
    assert sum(storages.values()) == before


def with_hook() -> Any:
    model = llama()
    model.model.layers[1].mlp.register_forward_hook(lambda module, given, out: out * 2)
    return model


def with_another_part() -> Any:
    class Doubled(torch.nn.Linear):
        def forward(self, given: Any) -> Any:
            return 2 * super().forward(given)

    model = llama()
    attention = model.model.layers[0].self_attn
    attention.o_proj = Doubled(48, 48, bias=False)
    return model


@pytest.mark.parametrize(
    "make",
    [
        with_hook,
        with_another_part,
        lambda: llama(attention_bias=True),
        lambda: llama(mlp_bias=True),
        lambda: llama(hidden_act="gelu"),
        lambda: llama().to(torch.bfloat16),
        lambda: transformers.Qwen2ForCausalLM(
            transformers.Qwen2Config(
                vocab_size=97,
                hidden_size=48,
                intermediate_size=40,
                num_hidden_layers=2,
                num_attention_heads=6,
                num_key_value_heads=6,
            )
        ),
    ],
    ids=["hook", "another part", "attention bias", "mlp bias", "other activation", "bfloat16", "other model"],
)
def test_what_it_does_not_know_is_left_to_the_model(make: Any) -> None:
    model = make().eval()
    ids = torch.arange(20)[None] % 97
    with torch.inference_mode():
        expected = model(input_ids=ids).logits[0].float()
    assert LlamaBody.of(model) is None
    runner = ModelRunner(model)
    assert runner.decoder._lean is None
    found = runner.logits_at(runner.open(ids[0].tolist()), 0, 20)
    tolerance = 0.1 if model.dtype == torch.bfloat16 else 1e-4
    assert torch.allclose(found, expected, atol=tolerance * max(1.0, float(expected.std())))


def test_a_wrong_body_would_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoder compares before it trusts."""
    from verisearch.errors import PolicyError

    right = LlamaBody._turned
    monkeypatch.setattr(LlamaBody, "_turned", lambda self, positions: right(self, positions + 3 * (positions > 4)))
    with pytest.raises(PolicyError, match="other logits"):
        Decoder(llama())

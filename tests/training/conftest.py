"""Rollouts to learn from, and a model to begin with."""

from __future__ import annotations

from pathlib import Path

import pytest
from coin import TEMPLATE, Coin, items


@pytest.fixture(scope="session")
def rollouts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four chains on each of twelve problems, good and bad ones."""
    pytest.importorskip("torch", reason="needs torch: pip install 'verisearch[local]'")
    from verisearch.training.rollouts import Drawing, draw_rollouts

    path = tmp_path_factory.mktemp("rollouts") / "rollouts.jsonl"
    draw_rollouts(items(12), Coin(), TEMPLATE, path, Drawing(samples=4))
    return path


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model of two narrow layers with the embedded model's tokenizer."""
    torch = pytest.importorskip("torch", reason="needs torch: pip install 'verisearch[local]'")
    transformers = pytest.importorskip("transformers", reason="needs transformers: pip install 'verisearch[local]'")
    from verisearch.policies.embedded import folder as embedded_folder

    folder = tmp_path_factory.mktemp("small")
    tokenizer = transformers.AutoTokenizer.from_pretrained(embedded_folder())
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=512, tie_word_embeddings=True, initializer_range=0.2,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder

"""Models that the generation benchmarks run: a given one, the embedded one, or a random one of its size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from common import ROOT

__all__ = ["embedded_folder", "fresh_model", "prompts"]

#: Words that the prompts are made of.
WORDS = "the cat is big and every dog that chases a mouse is not kind if someone needs it then they like Anne".split()


def embedded_folder() -> Path | None:
    """The embedded model's folder, if it is there."""
    folder = ROOT / "verisearch" / "policies" / "embedded"
    found = sorted(path.parent for path in folder.rglob("config.json"))
    return found[0] if found else None


def fresh_model(source: str | None) -> tuple[Any, Any, str]:
    """A model object of its own, its tokenizer, and its name."""
    from verisearch.policies.local.loading import load_model

    folder = Path(source) if source else embedded_folder()
    if folder is not None:
        return (*load_model(folder, "cpu"), folder.name)
    return random_model()


def random_model() -> tuple[Any, Any, str]:
    """A random model of the embedded one's size (5 million parameters), with a byte-level tokenizer."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    symbols = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {symbol: index for index, symbol in enumerate(symbols)}
    vocabulary["<s>"], vocabulary["</s>"] = 256, 257
    core = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    core.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>", eos_token="</s>", pad_token="</s>")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=2048,
        hidden_size=256,
        intermediate_size=640,
        num_hidden_layers=6,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=256,
        eos_token_id=257,
        pad_token_id=257,
    )
    return LlamaForCausalLM(config).eval(), tokenizer, "random, 5M parameters"


def prompts(tokenizer: Any, count: int, tokens: int, *, same: bool) -> list[str]:
    """Texts of exactly ``tokens`` tokens each: all the same, or different from their beginning."""
    made = []
    for index in range(count):
        text, word = "", 0 if same else index
        while len(ids := tokenizer(text, add_special_tokens=False)["input_ids"]) < tokens + 4:
            text += f" {WORDS[(word * 7 + index * (not same)) % len(WORDS)]}"
            word += 1 + index * (not same)
        made.append(tokenizer.decode(ids[:tokens], clean_up_tokenization_spaces=False))
    return made

"""Small random models and a byte-level tokenizer, made on the spot: no download, a few milliseconds each."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch isn't installed (verisearch[local])")
transformers = pytest.importorskip("transformers", reason="transformers isn't installed (verisearch[local])")

__all__ = ["LETTERS", "save_model", "tiny_config", "tiny_model", "tiny_tokenizer", "writing_model"]

#: Merges of the tokenizer, besides the 256 bytes: some join across what stop strings cut through.
LETTERS = ("th", "the", "is", " is", " s", " so", "So", "\n\n", ".\n", ".\n\n", "at", "cat", " cat")

VOCABULARY = 272


def tiny_config(kind: str = "llama", **changes: Any) -> Any:
    """A configuration of two layers; ``kind`` is a transformers model type."""
    settings: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "bos_token_id": 256,
        "eos_token_id": 257,
        "pad_token_id": 257,
        "initializer_range": 0.4,
    }
    settings.update(changes)
    return transformers.AutoConfig.for_model(kind, **settings)


def tiny_model(kind: str = "llama", seed: int = 0, **changes: Any) -> Any:
    """A random model; wide weights, so that what it prefers depends on what it reads."""
    torch.manual_seed(seed)
    return transformers.AutoModelForCausalLM.from_config(tiny_config(kind, **changes)).eval()


def tiny_tokenizer() -> Any:
    """A byte-level tokenizer: every byte a token, and a few merges; <s> and </s> as special tokens."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bytes_in_order = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {symbol: index for index, symbol in enumerate(bytes_in_order)}
    vocabulary["<s>"], vocabulary["</s>"] = 256, 257
    merges: list[tuple[str, str]] = []
    for word in LETTERS:
        symbols = [piece for piece, _ in byte_level.pre_tokenize_str(word)]
        target = "".join(symbols)
        longest = max((known for known in vocabulary if target.startswith(known) and known != target), key=len)
        rest = target[len(longest) :]
        assert rest in vocabulary, f"{word!r} doesn't join two known tokens"
        merges.append((longest, rest))
        vocabulary[target] = len(vocabulary)
    core = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    core.pre_tokenizer = byte_level
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([AddedToken("<s>", special=True), AddedToken("</s>", special=True)])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>", eos_token="</s>")


def writing_model(seed: int = 0, **changes: Any) -> Any:
    """A random model that writes whole characters: letters, spaces, stops, line breaks, é and → (two and three
    bytes, a token each), and the tokenizer's merges. What it writes depends on all that it has read."""
    model = tiny_model(hidden_size=288, num_attention_heads=4, seed=seed, **{"initializer_range": 0.035, **changes})
    vocabulary = tiny_tokenizer().get_vocab()
    ids = {
        byte: vocabulary[symbol]
        for symbol, byte in ((chr(code), code) for code in range(33, 127))
        if symbol in vocabulary
    }
    e_acute, arrow = byte_ids("é"), byte_ids("→")
    beginnings = [ids[ord(letter)] for letter in "abcdehnorstSTI."] + byte_ids(" ") + byte_ids("\n")
    beginnings += [e_acute[0], arrow[0], *range(258, 258 + len(LETTERS))]
    allowed = torch.full((VOCABULARY, VOCABULARY), -3.0)  # [token, next one]
    allowed[:, beginnings] = 0.0
    for before, after in [*pairwise(e_acute), *pairwise(arrow)]:
        allowed[before] = -3.0
        allowed[before, after] = 0.0
    generator = torch.Generator().manual_seed(seed)
    liking = allowed + 0.12 * torch.randn(allowed.shape, generator=generator)
    liking[:, [e_acute[0], arrow[0]]] += 0.1
    with torch.no_grad():
        model.get_input_embeddings().weight.zero_()
        model.get_input_embeddings().weight[:, :VOCABULARY].fill_diagonal_(20.0)
        model.get_output_embeddings().weight[:, :VOCABULARY] = liking.T
    return model


def byte_ids(text: str) -> list[int]:
    """The ids of a text's single bytes."""
    tokenizer = tiny_tokenizer()
    ids = tokenizer(text)["input_ids"]
    assert len(ids) == len(text.encode()), f"{text!r} is merged"
    return list(ids)


def save_model(folder: Path, **changes: Any) -> Path:
    """A tiny model and its tokenizer as an ordinary Hugging Face folder."""
    tiny_model(**changes).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder

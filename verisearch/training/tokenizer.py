"""The embedded model's tokenizer: byte-level BPE, so that any text can be said, learned from generated worlds."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tokenizers import Regex, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from transformers import PreTrainedTokenizerFast

from verisearch.training.worlds.generate import draw_theory, prompt

__all__ = ["END", "train_tokenizer"]

START, END = "<s>", "</s>"

#: What a plural or a verb's third person adds: "wumpus-es", "watch-es", "cat-s", "chase-s".
ENDING = r"(?:(?<=us|ss|x|z|ch|sh)es|(?<=\p{L}{3})(?<![sui])s)(?!\p{L})"

#: A sentence's number is one token, a line's bullet with the spaces before it another, a sentence's mark and line break
#: (if one follows) another; words carry the space before them. A word is the same tokens with an ending and without,
#: except in words that every chain is full of.
PIECES = "|".join(
    (
        r"\(\p{N}{1,2}\)",
        r"(?:  )*- ",
        r"[.?!]\n?",
        r" ?(?:[Dd]oes|says|things)(?!\p{L})",
        r"(?<!\p{L}) ?\p{L}+?(?=" + ENDING + ")",
        r" ?\p{L}+",
        r" ?\p{N}",
        r" ?[^\s\p{L}\p{N}]+",
        r"\s+",
    )
)

CHAT_TEMPLATE = "{{ bos_token }}{% for message in messages %}{{ message['content'] }}{{ '\n' }}{% endfor %}"


def texts(seed: int, theories: int) -> Iterator[str]:
    for index in range(theories):
        theory = draw_theory(Random(f"tokenizer {seed} {index}"))
        for example in theory.examples[:2]:
            yield f"{prompt(theory.context, example.statement, theory.first)}\n{example.text}"


def train_tokenizer(seed: int, size: int = 2048, theories: int = 8000) -> PreTrainedTokenizerFast:
    """A tokenizer of ``size`` tokens, learned from ``theories`` generated theories."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    numbers = [f"({number})" for number in range(1, 100)]
    bullets = ["  " * depth + "- " for depth in range(16)]
    trainer = BpeTrainer(
        vocab_size=size,
        special_tokens=[START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([*numbers * 500, *bullets * 500, *texts(seed, theories)], trainer)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=START,
        eos_token=END,
        pad_token=END,
        clean_up_tokenization_spaces=False,
    )
    wrapped.chat_template = CHAT_TEMPLATE
    return wrapped

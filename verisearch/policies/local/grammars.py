"""Keeping the tokens of a draw to a grammar: which may come next, by the library llguidance."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import torch
import transformers

from verisearch.errors import InputError, MissingExtraError

__all__ = ["Grammars", "Matcher", "can_match"]

#: Compiled grammars that are kept: one for each vocabulary in use, say.
REMEMBERED = 64

#: Longest part of the library's own words that is passed on; it adds its whole state behind them.
MAX_MESSAGE = 300


def can_match(tokenizer: Any) -> bool:
    """Whether draws in ``tokenizer``'s tokens can be kept to a grammar here: llguidance is installed and reads it."""
    return find_spec("llguidance") is not None and isinstance(tokenizer, transformers.PreTrainedTokenizerFast)


class Matcher:
    """One draw's place in its grammar. Once it has failed, ``error`` says why, and it is of no more use."""

    def __init__(self, inner: Any, ends: Sequence[int], silent: Sequence[int], vocabulary: int) -> None:
        self._inner = inner
        self._ends, self._silent = list(ends), list(silent)
        self._vocabulary = vocabulary

    @property
    def error(self) -> str:
        """Empty unless it has failed."""
        return said(self._inner.get_error())

    @property
    def complete(self) -> bool:
        """Whether what is written is a string of the language to which nothing can be added."""
        return bool(self._inner.is_stopped()) and not self._inner.is_error()

    def allowed(self) -> torch.Tensor:
        """Which tokens may come next, (vocabulary,), on the CPU. Those that end the reply may where a string of the
        language is complete."""
        packed = torch.frombuffer(bytearray(self._inner.compute_bitmask()), dtype=torch.uint8)
        bits = (packed[:, None] >> torch.arange(8, dtype=torch.uint8)) & 1
        mask = torch.zeros(self._vocabulary, dtype=torch.bool)
        found = bits.flatten()[: self._vocabulary]
        mask[: len(found)] = found.bool()
        mask[self._silent] = False
        mask[self._ends] = bool(self._inner.is_accepting())
        return mask

    def take(self, tokens: Sequence[int]) -> bool:
        """Go on by tokens that were drawn, none of which ends the reply; whether the grammar has room for them."""
        return bool(self._inner.consume_tokens(list(tokens)))


class Grammars:
    """Matchers for draws of one model, whose tokens have ids below ``vocabulary``; ``ends`` end its replies."""

    def __init__(self, tokenizer: Any, ends: frozenset[int], vocabulary: int) -> None:
        self._tokenizer, self._ends, self._vocabulary = tokenizer, ends, vocabulary
        self._words: Any = None
        self._compiled = lru_cache(maxsize=REMEMBERED)(self._compile)

    def matcher(self, grammar: str, written: Sequence[int] = ()) -> Matcher:
        """A matcher behind the tokens ``written``. Raises `MissingExtraError` without llguidance, `InputError` for a
        grammar that can't be used or in which nothing begins as what is written does."""
        inner = self._compiled(grammar).deep_copy()
        ends = [end for end in sorted(self._ends) if end < self._vocabulary]
        # the library always has a token for the end; where the model has none, it isn't to be drawn
        silent = [end for end in (self._words.eos_token,) if end < self._vocabulary]
        made = Matcher(inner, ends, silent, self._vocabulary)
        if written and not made.take(written):
            raise InputError(f"written: it begins no string of the grammar: {made.error}")
        return made

    def _compile(self, grammar: str) -> Any:
        try:
            import llguidance
            from llguidance.hf import from_tokenizer
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f"a grammar needs the package {error.name!r}: pip install 'verisearch[grammar]', or in a checkout "
                "pip install '.[grammar]'"
            ) from error
        try:
            if self._words is None:
                size = max(self._vocabulary, len(self._tokenizer))
                # its older versions know one such token only: `Matcher` allows all of them
                self._words = from_tokenizer(self._tokenizer, n_vocab=size, eos_token=min(self._ends, default=None))
            compiled = llguidance.LLMatcher(self._words, llguidance.grammar_from("gbnf", grammar), log_level=0)
        except ValueError as error:
            raise InputError(f"grammar: {said(str(error))}") from error
        if compiled.is_error():
            raise InputError(f"grammar: {said(compiled.get_error())}")
        return compiled


def said(message: str) -> str:
    """What the library says went wrong, without its state."""
    return message.partition("\n<state>")[0][:MAX_MESSAGE]

"""The text of tokens as they are drawn, and where a stop string ends in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from verisearch.policies.stops import first_stop

__all__ = ["Transcript", "added_texts", "decoder_of"]

#: What a tokenizer writes for bytes that don't make a whole character (yet).
BROKEN = "\ufffd"

#: Tokens before the draw that are decoded with it: some tokenizers write a first token without its space.
CONTEXT = 4


def decoder_of(tokenizer: Any) -> Callable[[list[int]], str]:
    """The function that turns ids into text, special tokens included and spaces left as they are."""
    core = getattr(tokenizer, "backend_tokenizer", None)
    if core is not None:  # several times as fast as the wrapper, and the same
        return lambda ids: str(core.decode(ids, skip_special_tokens=False))
    return lambda ids: str(tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))


def added_texts(decode: Callable[[list[int]], str], before: Sequence[int], tokens: Sequence[int]) -> list[str]:
    """The text that each of ``tokens`` adds behind the ids ``before``. A character that a token leaves incomplete is
    added by the token that completes it, so that texts of tokens taken one after the other join to the whole."""
    context = list(before[-2 * CONTEXT :])  # a character has up to four tokens, and they need what stands before them
    known = decode(context).rstrip(BROKEN) if context else ""
    wholes = [decode([*context, token]).rstrip(BROKEN) for token in tokens]
    return [
        whole[len(known) :] if whole.startswith(known) else decode([token])
        for whole, token in zip(wholes, tokens, strict=True)
    ]


class Transcript:
    """The text of a draw, token by token.

    ``text`` is always that of all tokens so far; a character that is still incomplete shows as U+FFFD at its end.
    Only a few tokens are decoded anew for each.
    """

    def __init__(self, decode: Callable[[list[int]], str], before: Sequence[int], stops: Sequence[str] = ()) -> None:
        self._decode = decode
        context = list(before[-CONTEXT:])
        if context and decode(context).endswith(BROKEN):
            context = []  # the draw begins inside a character: its text is that of its own tokens
        self._window = context  # the ids that are decoded
        self._known = len(context)  # so many of them are in the settled text, or before the draw
        self._prefix = decode(context) if context else ""
        self._settled = ""
        self._stops = tuple(stops)
        self._longest = max(map(len, stops), default=0)
        self.text = ""
        self.stop: int | None = None

    def add(self, token: int) -> bool:
        """Take one more token; whether it completes a stop string (then ``stop`` is the offset where that ends)."""
        self._window.append(token)
        whole = self._decode(self._window)
        searched = len(self._settled)
        self.text = self._settled + whole[len(self._prefix) :]
        if not whole.endswith(BROKEN) and len(whole) >= len(self._prefix):
            self._settled = self.text
            self._window = self._window[self._known :]
            self._known = len(self._window)
            self._prefix = self._decode(self._window)
        if self._stops:
            self.stop = first_stop(self.text, self._stops, max(0, searched - self._longest))
        return self.stop is not None

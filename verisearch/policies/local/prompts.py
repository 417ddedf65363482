"""From a prefix to the token ids that the model continues."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from verisearch.errors import InputError
from verisearch.protocols import Message, Prefix

__all__ = ["Encoder"]

#: Prompts whose ids are kept: more than there are problems under way at once.
REMEMBERED = 512


class Encoder:
    """Writes prompts in the way a tokenizer's model was taught to read them."""

    def __init__(self, tokenizer: Any, vocabulary: int) -> None:
        self._tokenizer = tokenizer
        self._vocabulary = vocabulary
        self._prompt = lru_cache(maxsize=REMEMBERED)(
            self._encoded
        )  # each step of each branch of a problem asks the same

    def prefix(self, prefix: Prefix) -> tuple[list[int], list[int]]:
        """The ids of the prompt, and those of what has been written of the reply.

        The prompt is the tokenizer's chat template over the messages or, if it has none, their contents joined by
        blank lines. The name of a special token in a message is text: only the template's own are special. Ids that
        are given are never made anew. Raises `InputError` if the template refuses the messages, nothing at all is
        asked, or an id isn't one of the model's.
        """
        written = list(prefix.ids) if prefix.ids is not None else self.text(prefix.written)
        for place, token in enumerate(written):
            if not 0 <= token < self._vocabulary:
                raise InputError(f"ids[{place}]: {token} is not a token of this model (0 to {self._vocabulary - 1})")
        prompt = list(self._prompt(tuple(prefix.messages)))
        if not prompt and not written:
            raise InputError("the prompt is empty and this model has no token to begin with; ask something")
        return prompt, written

    def text(self, text: str) -> list[int]:
        """The ids of a piece of text, nothing added; the name of a special token in it is text like any other."""
        if not text:
            return []
        return list(self._tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"])

    @property
    def end(self) -> int | None:
        """The token that ends a reply: the special token that the chat template puts behind one, else the tokenizer's
        own; None if there is neither."""
        behind = self.next_turn("0") if getattr(self._tokenizer, "chat_template", None) else []
        if behind and behind[0] in self._tokenizer.all_special_ids:
            return behind[0]
        own: int | None = self._tokenizer.eos_token_id
        return own

    def next_turn(self, question: str) -> list[int]:
        """The ids of all that stands behind a reply where ``question`` is asked next, up to where it is answered; the
        reply itself is to be `stripped`. Raises `InputError` if the template refuses a second turn."""
        if not getattr(self._tokenizer, "chat_template", None):
            return self.text(f"\n\n{question}")
        mark = "0"
        while mark in question:
            mark += "0"
        turns = [("user", f"{mark}-1-{mark}"), ("assistant", f"{mark}-2-{mark}"), ("user", question)]
        shown = self._templated([{"role": role, "content": content} for role, content in turns])
        behind = shown.rpartition(f"{mark}-2-{mark}")[2]
        return list(self._tokenizer(behind, add_special_tokens=False)["input_ids"])

    def stripped(self, ids: list[int]) -> list[int]:
        """The ids of a reply without the white space that it ends in."""
        end = len(ids)
        while end and not self._tokenizer.decode(ids[end - 1 : end]).strip():
            end -= 1
        return ids[:end]

    def _encoded(self, messages: tuple[Message, ...]) -> list[int]:
        tokenizer = self._tokenizer
        if getattr(tokenizer, "chat_template", None) and messages:
            turns = [{"role": message.role, "content": message.content} for message in messages]
            if any(name in turn["content"] for name in tokenizer.all_special_tokens for turn in turns):
                return self._guarded(turns)
            return list(tokenizer(self._templated(turns), add_special_tokens=False)["input_ids"])
        text = "\n\n".join(message.content for message in messages)
        ids = list(tokenizer(text, split_special_tokens=True)["input_ids"])
        if ids and len(ids) > 1 and ids[-1] == tokenizer.eos_token_id:
            ids.pop()  # some tokenizers end every text: then there would be nothing to continue
        if not ids:
            first = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
            ids = [] if first is None else [first]
        return ids

    def _guarded(self, turns: list[dict[str, str]]) -> list[int]:
        """The ids of a prompt in whose contents special tokens are named: the template's are real, theirs are text."""
        mark = "0"
        while any(mark in turn["content"] for turn in turns):
            mark += "0"
        marks = [f"{mark}-{place}-{mark}" for place in range(len(turns))]
        shown = self._templated([{**turn, "content": each} for turn, each in zip(turns, marks, strict=True)])
        contents = {each: turn["content"] for turn, each in zip(turns, marks, strict=True)}
        ids: list[int] = []
        for piece in re.split("(" + "|".join(map(re.escape, marks)) + ")", shown):
            if piece in contents:
                ids += self.text(contents[piece])
            elif piece:
                ids += self._tokenizer(piece, add_special_tokens=False)["input_ids"]
        return ids

    def _templated(self, turns: list[dict[str, str]]) -> str:
        from jinja2 import TemplateError

        try:
            return str(self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
        except TemplateError as error:
            raise InputError(f"messages: this model's chat template doesn't take them: {error}") from error

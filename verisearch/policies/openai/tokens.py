"""Prompts as token ids, made by the server's own template and tokenizer (vLLM's ``/tokenize``, ``/detokenize``)."""

from __future__ import annotations

from typing import Any

import msgspec

from verisearch.policies.openai.answers import Fault
from verisearch.policies.openai.calls import Caller
from verisearch.protocols import Draw, Message, Prefix

__all__ = ["Tokens"]

#: Prompts whose ids are kept; a search asks for the same few over and over.
KEPT = 4096


class Tokens:
    """Turns a prefix into ids: the messages by the chat template, a sampled reply by the ids it was sampled as."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.known: dict[tuple[Message, ...], list[int]] = {}

    async def prompt(self, prefix: Prefix) -> list[int]:
        """The ids to continue. Raises `Fault` if the server can't tell them."""
        if prefix.messages not in self.known:
            if len(self.known) >= KEPT:
                self.known.clear()
            messages = [{"role": message.role, "content": message.content} for message in prefix.messages]
            self.known[prefix.messages] = await self.ask({"messages": messages, "add_generation_prompt": True})
        ids = self.known[prefix.messages]
        if prefix.ids is not None:
            return [*ids, *prefix.ids]
        if not prefix.written:
            return ids
        return ids + await self.ask({"prompt": prefix.written, "add_special_tokens": False})

    async def whole_text(self, draw: Draw) -> Draw:
        """The draw with what follows the stop string inside its last token, which the server cut off."""
        if draw.finish != "stop" or not draw.ids:
            return draw
        settings = self.caller.settings
        body = {"model": settings.model, "tokens": list(draw.ids)}
        found = str((await self.caller.fetch("POST", settings.root_url("detokenize"), body)).get("prompt"))
        # Some tokenizers drop a blank at the beginning of a text.
        whole = [text for text in (found, f" {found}") if text.startswith(draw.text)]
        return msgspec.structs.replace(draw, text=whole[0]) if whole else draw

    async def ask(self, fields: dict[str, Any]) -> list[int]:
        settings = self.caller.settings
        found = await self.caller.fetch("POST", settings.root_url("tokenize"), {"model": settings.model, **fields})
        ids = found.get("tokens")
        if not isinstance(ids, list) or not all(isinstance(each, int) for each in ids):
            raise Fault("the server's tokenizer gives no list of ids")
        return ids

"""What the stub server takes: how it may behave, and what it refuses."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stub_model import complete, count, spell, tokenize

__all__ = ["MODEL", "WINDOW", "Behaviour", "Refusal", "check", "grammar_of", "prompt_tokens", "read_prompt"]

MODEL = "stub-model"

#: The most prompt tokens it takes.
WINDOW = 4000

PLAIN = {
    "model": str,
    "messages": list,
    "prompt": (str, list),
    "temperature": (int, float),
    "top_p": (int, float),
    "max_tokens": int,
    "stream": bool,
    "stream_options": dict,
    "stop": list,
    "n": int,
    "seed": int,
    "logprobs": (bool, int),
}
EXTRAS = {
    "top_k": int,
    "min_p": float,
    "repetition_penalty": float,
    "include_stop_str_in_output": bool,
    "continue_final_message": bool,
    "add_generation_prompt": bool,
    "return_token_ids": bool,
}


#: The fields in which servers of some kind take a grammar.
GRAMMARS = {"structured_outputs": dict, "guided_grammar": str, "grammar": str, "ebnf": str}


@dataclass
class Behaviour:
    """What the server can do, and how it fails.

    ``extras``: ``"honoured"`` (as vLLM does), ``"ignored"`` or ``"refused"``; the same words for ``n``, ``seed``,
    ``logprobs`` and ``stream_options``. ``continues``: whether it honours the flags that ask for it. ``faults``: what
    befalls the next calls, one each, see `Handler.fault`. ``grammar``: the field in which it takes one; the others are
    ignored or refused as ``extras`` are. ``pieces``: bytes a write, so that characters are cut anywhere. ``script``:
    what is replied to the messages of a chat; None: words at random. ``window``: the most prompt tokens it takes.
    """

    extras: str = "honoured"
    n: str = "honoured"
    seed: str = "honoured"
    logprobs: str = "honoured"
    stream_options: str = "honoured"
    continues: bool = True
    counts: bool = True
    streams: bool = True
    limit_field: str = "max_tokens"
    grammar: str | None = None
    key: str | None = None
    pieces: int = 1000
    pause: float = 0.0
    vllm: bool = False
    script: Callable[[list[dict[str, str]]], str | None] = lambda messages: None
    window: int = WINDOW
    faults: deque[str] = field(default_factory=deque)
    fault_of: Callable[[int], str | None] = lambda number: None


class Refusal(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def check(behaviour: Behaviour, body: dict[str, Any], chat: bool) -> None:
    """Refuse everything that isn't known, of the right kind and in its range."""
    known: dict[str, Any] = {**PLAIN, **(EXTRAS if behaviour.extras != "refused" else {})}
    known.update({name: GRAMMARS[name] for name in GRAMMARS if name == behaviour.grammar or "top_k" in known})
    known[behaviour.limit_field] = known.pop("max_tokens")
    for name, value in body.items():
        if name not in known:
            hint = f" Use '{behaviour.limit_field}' instead." if name == "max_tokens" else ""
            raise Refusal(400, f"Unrecognized request argument supplied: {name}.{hint}")
        if not isinstance(value, known[name]) or (isinstance(value, bool) and known[name] is int):
            raise Refusal(400, f"{name}: wrong type")
    for name in ("n", "seed", "logprobs", "stream_options"):
        if name in body and getattr(behaviour, name) == "refused":
            raise Refusal(400, f"{name} is not supported")
    if body.get("model") != MODEL:
        raise Refusal(404, f"The model {body.get('model')!r} does not exist.")
    if ("messages" in body) != chat or ("prompt" in body) == chat:
        raise Refusal(400, "messages belong to chat, a prompt to completions")
    if not 0 <= body.get("temperature", 1) <= 2 or not 0 < body.get("top_p", 1) <= 1:
        raise Refusal(400, "temperature or top_p is outside its range")
    if body.get(behaviour.limit_field, 1) < 1 or not 1 <= body.get("n", 1) <= 128:
        raise Refusal(400, "a number is outside its range")
    if body.get("n", 1) > 1 and body.get("temperature", 1) == 0:
        raise Refusal(400, "n must be 1 when using greedy sampling.")
    if not 0 <= body.get("seed", 0) < 2**31:
        raise Refusal(400, "seed is outside its range")
    if not all(isinstance(stop, str) and stop for stop in body.get("stop", ["x"])) or len(body.get("stop", "")) > 4:
        raise Refusal(400, "stop should be one to four strings")
    if chat and not isinstance(body.get("logprobs", False), bool):
        raise Refusal(400, "logprobs should be true or false here")


def grammar_of(behaviour: Behaviour, body: dict[str, Any]) -> str | None:
    """The grammar that a call is to be kept to."""
    found = body.get(behaviour.grammar) if behaviour.grammar is not None else None
    return found["grammar"] if isinstance(found, dict) else found


def read_prompt(behaviour: Behaviour, body: dict[str, Any], chat: bool) -> tuple[str, bytes, int]:
    """What is asked, what is written of the reply, and how many tokens that is together."""
    if not chat:
        prompt = body["prompt"]
        if isinstance(prompt, list):
            return split_tokens(prompt)
        asked, mark, written = prompt.partition("\n\n")
        return asked + mark, written.encode(), count(prompt)
    messages = body["messages"]
    if not messages:
        raise Refusal(400, "messages: there are none")
    for message in messages:
        if set(message) != {"role", "content"} or message["role"] not in ("system", "user", "assistant"):
            raise Refusal(400, "messages: not as they should be")
    size = sum(count(message["content"]) + 3 for message in messages) + 1
    flags = body.get("continue_final_message", False)
    if flags and body.get("add_generation_prompt", True):
        raise Refusal(400, "continue_final_message and add_generation_prompt can't go together")
    if flags and behaviour.continues and behaviour.extras == "honoured":
        *before, last = messages
        return json.dumps(before), last["content"].encode(), size - 3
    return json.dumps(messages), b"", size


#: Separates the prompt from the reply where both are token ids.
MARK = [300, 301]


def prompt_tokens(body: dict[str, Any]) -> list[int]:
    """What ``/tokenize`` answers."""
    if "messages" not in body:
        return tokenize(body["prompt"])
    if not body["messages"]:
        raise Refusal(400, "messages: there are none")
    return [*tokenize(json.dumps(body["messages"], ensure_ascii=False)), *MARK]


def split_tokens(ids: list[int]) -> tuple[str, bytes, int]:
    where = next((at for at in range(len(ids)) if ids[at : at + 2] == MARK), len(ids))
    return complete(spell(ids[:where])), spell(ids[where + 2 :]), len(ids)

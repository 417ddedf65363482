"""What is sent to a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verisearch.policies.openai.settings import Abilities, ServerSettings
from verisearch.policies.seeds import short_seed
from verisearch.protocols import Message, Prefix, Sampling

__all__ = ["call_body", "path_of", "plain_prompt", "prompt_size", "watched_stops"]

#: Bytes a token stands for where the server doesn't count.
BYTES_A_TOKEN = 4


def call_body(
    settings: ServerSettings,
    abilities: Abilities,
    prefix: Prefix,
    sampling: Sampling,
    *,
    seed: int | None = None,
    n: int = 1,
    prompt: Sequence[int] | None = None,
) -> dict[str, Any]:
    """The body of one call; ``prompt`` are the tokens to continue, where the endpoint is ``tokens``."""
    body: dict[str, Any] = {
        "model": settings.model,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        abilities.limit_field: sampling.max_tokens,
        "stream": True,
        **prompt_fields(settings, abilities, prefix, prompt),
        **extra_fields(abilities, sampling),
    }
    if abilities.usage:
        body["stream_options"] = {"include_usage": True}
    if sampling.stop and not watched_stops(settings, abilities, sampling):
        body["stop"] = list(sampling.stop)
    if sampling.logprobs:
        body["logprobs"] = True if settings.endpoint == "chat" else 1
    if seed is not None:
        body["seed"] = short_seed(seed)
    if n > 1:
        body["n"] = n
    if sampling.grammar is not None and abilities.grammar is not None:
        nested = abilities.grammar == "structured_outputs"
        body[abilities.grammar] = {"grammar": sampling.grammar} if nested else sampling.grammar
    return {**body, **settings.body}


def prompt_fields(
    settings: ServerSettings, abilities: Abilities, prefix: Prefix, prompt: Sequence[int] | None
) -> dict[str, Any]:
    if settings.endpoint == "tokens":
        return {"prompt": list(prompt or ()), "return_token_ids": True}
    if settings.endpoint == "completions":
        return {"prompt": plain_prompt(prefix)}
    messages = [{"role": message.role, "content": message.content} for message in prefix.messages]
    if not prefix.written:
        return {"messages": messages}
    messages.append({"role": "assistant", "content": prefix.written})
    flags = {"continue_final_message": True, "add_generation_prompt": False} if abilities.continues == "flags" else {}
    return {"messages": messages, **flags}


def extra_fields(abilities: Abilities, sampling: Sampling) -> dict[str, Any]:
    """Fields that vLLM and servers like it take. All are given, as the server may have other defaults for a model."""
    if not abilities.extras:
        return {}
    fields: dict[str, Any] = {"top_k": sampling.top_k or -1, "min_p": 0.0, "repetition_penalty": 1.0}
    if sampling.stop:
        fields["include_stop_str_in_output"] = True
    return fields


def watched_stops(settings: ServerSettings, abilities: Abilities, sampling: Sampling) -> tuple[str, ...]:
    """The stop strings that are to be watched for here, because the server wouldn't say which of them it was, or, with
    a grammar, whether it was one: a stop string put behind the end of a reply would be none of its language."""
    watch = settings.watch_stops or len(sampling.stop) > 1 or sampling.grammar is not None
    if abilities.extras or not watch:
        return ()
    return tuple(sampling.stop)


def path_of(settings: ServerSettings) -> str:
    """The endpoint's path below the base URL."""
    return "chat/completions" if settings.endpoint == "chat" else "completions"


def plain_prompt(prefix: Prefix) -> str:
    """Messages as plain text, each followed by a blank line, and what is written so far."""
    return "".join(f"{message.content}\n\n" for message in prefix.messages) + prefix.written


def prompt_size(messages: Sequence[Message], written: str) -> int:
    """An estimate of a prompt's tokens, for servers that don't count them."""
    size = sum(len(message.content.encode("utf-8")) for message in messages) + len(written.encode("utf-8"))
    return max(1, size // BYTES_A_TOKEN)

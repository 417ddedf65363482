"""What is known of a server: where it is, what it can do, and the key that is never written anywhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal, NoReturn, get_args, get_type_hints
from urllib.parse import urlsplit

import msgspec

from verisearch.errors import InputError
from verisearch.protocols import Capability

__all__ = ["Abilities", "Endpoint", "GrammarField", "Key", "ServerSettings", "split_target"]

Endpoint = Literal["chat", "completions", "tokens"]

#: Where servers take a grammar: vLLM since 0.11, vLLM before, llama.cpp, SGLang.
GrammarField = Literal["structured_outputs", "guided_grammar", "grammar", "ebnf"]

#: Environment variables that the key is taken from, the first that is set.
KEY_VARIABLES = ("VERISEARCH_API_KEY", "OPENAI_API_KEY")

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a server can do, as probed; can be stored and given back, so that it needn't be probed again.

    ``extras``: it takes vLLM's further fields (top-k, stop strings kept in the output). ``continues``: how it is made
    to continue a message that is partly written: ``"flags"`` (``continue_final_message``), ``"trailing"`` (it
    continues a last message of the assistant by itself; never found by probing, only stated), ``"text"`` (the
    prompt is plain text or tokens) or None. ``usage``: it counts tokens when streaming. ``limit_field``: its name
    for the token limit. ``grammar``: the field in which it takes a grammar, None if it keeps to none.
    """

    extras: bool = False
    continues: Literal["flags", "trailing", "text"] | None = None
    n: bool = False
    seed: bool = False
    logprobs: bool = False
    ids: bool = False
    usage: bool = True
    limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    grammar: GrammarField | None = None

    @property
    def capabilities(self) -> frozenset[Capability]:
        """The same in the words of the `Policy` protocol."""
        stated: dict[Capability, bool] = {
            "continue": self.continues is not None,
            "n": self.n,
            "seed": self.seed,
            "logprobs": self.logprobs,
            "ids": self.ids,
            "grammar": self.grammar is not None,
        }
        return frozenset(name for name, there in stated.items() if there)


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a server is spoken to. It holds no key, so it may be printed and stored.

    ``timeout``: seconds for one call from sending to its last byte. ``retries``: calls after the first that failed.
    Waits between them start around ``backoff`` seconds and double, with jitter, up to ``longest_wait``; a server
    that asks for a longer wait than that is given up. ``body``: further fields for every call.
    ``watch_stops``: find the only stop string here too, in the stream, which is then cut (several always are).
    ``tempered_logprobs``: the server's log-probabilities are those after temperature.
    """

    model: str
    base_url: str
    endpoint: Endpoint = "chat"
    concurrency: int = 16
    timeout: float = 600.0
    retries: int = 6
    backoff: float = 0.5
    longest_wait: float = 60.0
    body: dict[str, Any] = {}
    watch_stops: bool = False
    tempered_logprobs: bool = False

    def __post_init__(self) -> None:
        check_url(self.base_url)
        if not self.model:
            raise InputError("model: no name is given; write openai:MODEL@http://HOST:PORT/v1")
        if self.endpoint not in get_args(Endpoint):
            raise InputError(f"endpoint: {self.endpoint!r} should be one of {', '.join(get_args(Endpoint))}")
        self.check_kinds()
        if self.concurrency < 1:
            raise InputError(f"concurrency: {self.concurrency} should be 1 or more")
        if self.retries < 0:
            raise InputError(f"retries: {self.retries} should be 0 or more")
        for name in ("timeout", "backoff", "longest_wait"):
            if not 0 < getattr(self, name) < float("inf"):
                raise InputError(f"{name}: {getattr(self, name)!r} should be a number of seconds above 0")

    def check_kinds(self) -> None:
        """Raises `InputError` for a setting of the wrong kind."""
        for name, kind in get_type_hints(type(self)).items():
            value = getattr(self, name)
            try:
                msgspec.convert(value, kind)
            except msgspec.ValidationError as error:
                raise InputError(f"{name}: {value!r}: {str(error)[:1].lower()}{str(error)[1:]}") from None

    def url(self, path: str) -> str:
        """The address of an endpoint below the base URL."""
        return f"{self.base_url.rstrip('/')}/{path}"

    def root_url(self, path: str) -> str:
        """The address of an endpoint that stands beside ``/v1``, not below it."""
        return f"{self.base_url.rstrip('/').removesuffix('/v1')}/{path}"


def check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        port_is_fine = False
    if not port_is_fine or parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError("base_url: should look like http://127.0.0.1:8000/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        # It would end up in records and messages.
        raise InputError("base_url: must hold no user name, password or query; give a key through the environment")


def split_target(target: str) -> tuple[str, str]:
    """Model and base URL of ``MODEL@URL``. Raises `InputError` if it isn't that."""
    model, at, url = target.rpartition("@")
    if not at or not model:
        raise InputError(f"openai:{target}: write openai:MODEL@URL, as in openai:my-model@http://127.0.0.1:8000/v1")
    return model, url


#: The first letters of a key that may be seen, as `sk-`: fewer say nothing, and stand in other words too.
SHOWN_OF_KEY = 5


class Key:
    """An API key, taken from the environment. Never shown, never stored."""

    __slots__ = ("_value",)

    def __init__(self, value: str | None) -> None:
        self._value = value

    @classmethod
    def from_environment(
        cls, base_url: str, variable: str | None = None, environment: Mapping[str, str] = os.environ
    ) -> Key:
        """The key for a server.

        ``variable`` names the environment variable that holds it, which must then be set. Without it,
        VERISEARCH_API_KEY is taken, or else OPENAI_API_KEY, the latter only over https or to this computer.
        Raises `InputError` for a variable that isn't set and for a value that can't be sent.
        """
        if variable is not None:
            if not environment.get(variable):
                raise InputError(f"key_variable: the environment variable {variable} is not set")
            return cls.checked(variable, environment[variable])
        parts = urlsplit(base_url)
        private = parts.scheme == "https" or parts.hostname in LOOPBACK
        names = KEY_VARIABLES if private else KEY_VARIABLES[:1]
        return next((cls.checked(name, environment[name]) for name in names if environment.get(name)), cls(None))

    @classmethod
    def checked(cls, variable: str, value: str) -> Key:
        value = value.strip()
        if not value.isascii() or not value.isprintable() or " " in value:
            raise InputError(f"{variable}: a key holds no blanks, line ends or accented letters")
        return cls(value)

    @property
    def headers(self) -> dict[str, str]:
        """What to send along."""
        return {"Authorization": f"Bearer {self._value}"} if self._value else {}

    def hide(self, text: str) -> str:
        """``text`` without the key, should a server have quoted it; at its end, where text is cut, without a piece of
        it either."""
        if not self._value:
            return text
        text = text.replace(self._value, "***")
        for size in range(len(self._value) - 1, SHOWN_OF_KEY, -1):
            if text.endswith(self._value[:size]):
                return text[:-size] + "***"
        return text

    def __repr__(self) -> str:
        return "Key(***)" if self._value else "Key(none)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not to be stored")

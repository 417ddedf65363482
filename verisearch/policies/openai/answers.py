"""What a server says, put together from its pieces."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec

from verisearch.policies.stops import first_stop
from verisearch.usage import Usage

__all__ = ["Choice", "Fault", "ServerAnswer", "error_message", "read_json"]

#: Longest part of a server's message that is passed on.
MAX_MESSAGE = 500


class Fault(Exception):
    """A call that gave no answer: why, whether asking again may help, the wait in seconds that the server asks, and
    whether there was no server to be found."""

    def __init__(
        self,
        message: str,
        *,
        again: bool = True,
        wait: float | None = None,
        status: int = 0,
        unreachable: bool = False,
    ) -> None:
        super().__init__(message)
        self.message, self.again, self.wait, self.status = message, again, wait, status
        self.unreachable = unreachable


class TokenNote(msgspec.Struct, frozen=True):
    """A token as a server describes it: its bytes and its natural-log probability."""

    data: bytes
    logprob: float


class Choice:
    """One of the replies in an answer, as it grows."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.notes: list[TokenNote] = []
        self.ids: list[int] = []
        self.finish: str | None = None
        self.tells_stop = False
        self.stop_reason: str | int | None = None
        self.watched = False

    @property
    def text(self) -> str:
        """All of its text. Halves of a character that came in two pieces are joined; a half alone becomes U+FFFD."""
        text = "".join(self.parts)
        if text.isascii():
            return text
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def take(self, piece: dict[str, Any]) -> bool:
        """Add a piece of a stream, or a whole reply; whether it held any text."""
        body = piece.get("delta") or piece.get("message") or {}
        text = body.get("content") if isinstance(body, dict) and body else piece.get("text")
        if isinstance(text, str):
            self.parts.append(text)
        self.notes.extend(token_notes(piece.get("logprobs")))
        if isinstance(ids := piece.get("token_ids"), list):
            self.ids.extend(checked_ids(ids))
        if isinstance(finish := piece.get("finish_reason"), str):
            self.finish = finish
        if "stop_reason" in piece:
            self.tells_stop = True
            reason = piece["stop_reason"]
            self.stop_reason = reason if isinstance(reason, (str, int)) else self.stop_reason
        return bool(text)


class ServerAnswer:
    """An answer in the making, and what it cost so far; every call that is begun has one.

    With ``watched`` stop strings, of which the server isn't told, a choice is finished once it holds one.
    """

    def __init__(self, prompt_size: int, watched: tuple[str, ...] = (), wanted: int = 1) -> None:
        self.prompt_size, self.watched, self.wanted = prompt_size, watched, wanted
        self.choices: dict[int, Choice] = {}
        self.counted: dict[str, Any] | None = None
        self.pieces = 0
        self.begun = self.done = self.kept = False

    def take(self, event: dict[str, Any]) -> None:
        """Add an event of a stream, or a whole answer. Raises `Fault` if it reports an error or makes no sense."""
        self.begun = True
        if event.get("error") is not None or event.get("object") == "error":
            raise event_fault(event)
        if isinstance(event.get("usage"), dict):
            self.counted = event["usage"]
        choices = event.get("choices")
        if not isinstance(choices, list):
            raise Fault("the server's answer has no list of choices")
        for piece in choices:
            index = piece.get("index", 0) if isinstance(piece, dict) else None
            if not isinstance(index, int):
                raise Fault("the server's answer has a choice that can't be read")
            choice = self.choices.setdefault(index, Choice())
            self.pieces += choice.take(piece)
            if self.watched:
                choice.watched = True
                if choice.finish is None and first_stop(choice.text, self.watched) is not None:
                    choice.finish = "stop"

    @property
    def enough(self) -> bool:
        """Whether nothing more is needed of an answer whose stop strings are watched."""
        finished = sum(choice.finish is not None for choice in self.choices.values())
        return bool(self.watched) and finished >= self.wanted

    def check(self) -> None:
        """Raises `Fault` unless there is a choice and all of them are finished."""
        if not self.choices:
            raise Fault("the server's answer has no choice in it")
        for choice in self.choices.values():
            if choice.finish is None:
                raise Fault("the server's answer broke off")
            if choice.finish in ("abort", "error"):
                raise Fault(f"the server gave up writing: {choice.finish}")
            if choice.finish == "content_filter":
                raise Fault("the server's content filter withheld the reply", again=False)

    @property
    def usage(self) -> Usage:
        """As the server counted; where it didn't (the connection was cut, or it never counts), an estimate: a token
        for each piece of text or described token, and one for four bytes of the prompt."""
        if not self.begun:
            return Usage()
        counted = self.counted or {}
        described = sum(len(choice.ids) or len(choice.notes) for choice in self.choices.values())
        finished = sum(choice.finish is not None for choice in self.choices.values())  # took a token at least
        generated = count(counted, "completion_tokens", max(described, self.pieces, finished))
        prompt = count(counted, "prompt_tokens", self.prompt_size)
        details = counted.get("prompt_tokens_details")
        cached = count(details, "cached_tokens", 0) if isinstance(details, dict) else 0
        return Usage(
            prompt_tokens=prompt,
            cached_tokens=min(cached, prompt),
            generated_tokens=generated,
            discarded_tokens=0 if self.kept else generated,
        )


def read_json(data: bytes) -> dict[str, Any]:
    """The object in ``data``. Raises `Fault` if there is none."""
    try:
        # Not msgspec: halves of a character in two pieces of a stream are to be joined, not refused.
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Fault(f"the server sent malformed JSON: {error}") from error
    if not isinstance(value, dict):
        raise Fault("the server sent JSON that is no object")
    return value


def error_message(body: dict[str, Any]) -> str:
    """The server's own words, from any of the places where servers put them."""
    error = body.get("error", body)
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or error
    return str(error)[:MAX_MESSAGE]


def event_fault(event: dict[str, Any]) -> Fault:
    """An error that came in the middle of an answer."""
    error = event.get("error")
    code = (error if isinstance(error, dict) else event).get("code")
    again = not (isinstance(code, int) and 400 <= code < 500 and code not in (408, 409, 429))
    return Fault(f"the server reports an error: {error_message(event)}", again=again)


def token_notes(logprobs: Any) -> list[TokenNote]:
    """The tokens described in a piece, in either endpoint's form. Raises `Fault` if they can't be read."""
    if not isinstance(logprobs, dict):
        return []
    try:
        if isinstance(content := logprobs.get("content"), list):
            return [TokenNote(token_bytes(entry), log_probability(entry["logprob"])) for entry in content]
        pairs = zip(logprobs.get("tokens") or (), logprobs.get("token_logprobs") or (), strict=True)
        return [TokenNote(str(token).encode("utf-8", "replace"), log_probability(value)) for token, value in pairs]
    except (KeyError, TypeError, ValueError) as error:
        raise Fault(f"the server's log-probabilities can't be read: {error}") from error


def token_bytes(entry: dict[str, Any]) -> bytes:
    data = entry.get("bytes")
    return bytes(data) if isinstance(data, list) else str(entry["token"]).encode("utf-8", "replace")


def log_probability(value: Any) -> float:
    if math.isnan(value) or value > 1e-3 or value == -math.inf:
        raise ValueError(f"{value} is not the logarithm of a probability")
    return min(float(value), 0.0)  # rounding may leave a certain token a little above 0


def checked_ids(ids: list[Any]) -> list[int]:
    if not all(isinstance(each, int) for each in ids):
        raise Fault("the server's token ids can't be read")
    return ids


def count(counted: dict[str, Any], name: str, otherwise: int) -> int:
    value = counted.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise

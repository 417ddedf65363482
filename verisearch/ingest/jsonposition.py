"""Decodes JSON with errors that name the line and the field."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeVar

import msgspec

from verisearch.errors import TraceError

__all__ = ["Place", "decode_json", "locate"]

T = TypeVar("T")

TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
PATH = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
BYTE = re.compile(r" \(byte (\d+)\)")


class Place(NamedTuple):
    """Where a piece of JSON stands: the whole ``text``, its ``file``, the ``line`` it starts at, the path to it."""

    text: str
    file: str | None = None
    line: int = 1
    path: str = ""

    def error(self, message: str, field: str = "") -> TraceError:
        """An error about ``field``, a path such as ``steps[2].text`` inside this piece."""
        joined = self.path + ("." if self.path and field and not field.startswith("[") else "") + field
        offset = locate(self.text, joined)
        line = self.line + self.text.count("\n", 0, offset)
        return TraceError(message, file=self.file, line=line, field=joined or None)

    def inside(self, field: str) -> Place:
        """The place of a field of this piece."""
        return self._replace(path=self.path + field)


def decode_json(data: str | msgspec.Raw, kind: type[T], place: Place) -> T:
    """``data`` as a value of type ``kind``. Raises `TraceError` with line and field for anything else."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        raise place.error(message, path.rstrip("`").removeprefix("$").removeprefix(".")) from error
    except msgspec.DecodeError as error:
        raise malformed(str(error), place) from error
    except RecursionError as error:
        raise place.error("nested too deeply to be a trace; flatten it") from error


def malformed(message: str, place: Place) -> TraceError:
    """The error for text that is no JSON."""
    byte = BYTE.search(message)
    if byte is None:
        ends = place.text.rstrip()
        line = place.line + ends.count("\n")
        return TraceError(
            "the JSON breaks off here: a bracket or quote is missing, or a character is cut in two",
            file=place.file,
            line=line,
        )
    before = place.text.encode()[: int(byte[1])].decode(errors="ignore")
    column = len(before) - (before.rfind("\n") + 1) + 1
    text = BYTE.sub("", message).removeprefix("JSON is malformed: ")
    return TraceError(f"no valid JSON: {text} (column {column})", file=place.file, line=place.line + before.count("\n"))


def locate(text: str, path: str) -> int:
    """The offset in the JSON ``text`` of the value at ``path`` ("steps[2].text"), or of the nearest one around it."""
    target = [name or index for name, index in PATH.findall(path if path.startswith("[") else f".{path}")]
    walk = Walk(target)
    for token in TOKEN.finditer(text):
        if walk.step(token[0], token.start()):
            break
    return walk.best


class Walk:
    """Follows the tokens of a JSON text towards a path. ``best`` is the deepest value on the way so far."""

    def __init__(self, target: list[str]) -> None:
        self.target = target
        self.best = 0
        self.depth = -1
        #: For each open bracket the index or key of the current value; None while a key is awaited.
        self.keys: list[int | str | None] = []
        #: How many of them, from the outside, agree with the target.
        self.matched = 0

    def step(self, token: str, offset: int) -> bool:
        """Read one token; whether the target is reached."""
        if token in "}]":
            del self.keys[-1:]
            self.matched = min(self.matched, len(self.keys))
        elif token == ",":
            last = self.keys[-1] if self.keys else None
            self.enter(last + 1 if isinstance(last, int) else None)
        elif token != ":":
            return self.value(token, offset)
        return False

    def value(self, token: str, offset: int) -> bool:
        """Read a key, or the start of a value."""
        if self.keys and self.keys[-1] is None:
            self.enter(token[1:-1])
            return False
        if self.matched == len(self.keys) > self.depth:
            self.best, self.depth = offset, len(self.keys)
            if self.depth == len(self.target):
                return True
        if token in "{[":
            self.keys.append(None)
            self.enter(0 if token == "[" else None)
        return False

    def enter(self, key: int | str | None) -> None:
        """The innermost bracket is now at ``key``."""
        if not self.keys:
            return
        self.keys[-1] = key
        level = len(self.keys) - 1
        if self.matched >= level:
            here = level < len(self.target) and key is not None and self.target[level] in (str(key), "...")
            self.matched = level + here

"""Where input comes from: a file, standard input or a string; and how its bytes become text."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, NamedTuple

from verisearch.errors import TraceError

__all__ = ["Source", "checked", "decode", "resolve"]

BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".txt", ".md", ".markdown", ".text"})
#: No path is longer; longer strings are text.
PATH_LENGTH = 1024


class Source(NamedTuple):
    """An input: a ``path``, standard input (``stdin``), or the ``text`` itself. ``name`` is for messages."""

    name: str | None
    path: Path | None = None
    text: str | None = None

    @property
    def suffix(self) -> str:
        """The file's extension in lower case, with its dot; "" if there is none."""
        return self.path.suffix.lower() if self.path else ""

    @property
    def stem(self) -> str:
        """A name to call its traces by; "" for text."""
        return self.path.stem if self.path else "stdin" if self.text is None else ""

    def read(self) -> str:
        """All of it as text. Raises `TraceError`."""
        if self.text is not None:
            return checked(self.text, self.name)
        with self.open() as stream:
            return decode(self.bytes_of(stream), self.name)

    def lines(self) -> Iterator[tuple[int, str | TraceError]]:
        """Its lines with their numbers, one at a time; a line that is no text is an error of its own.

        Lines end at ``\\n`` alone. Raises `TraceError` if the source can't be opened.
        """
        if self.text is not None:
            yield from enumerate(checked(self.text, self.name).split("\n"), 1)
            return
        with self.open() as stream:
            first = stream.readline()
            if first.startswith(tuple(bom for bom, name in BOMS if name != "utf-8-sig")):
                yield from enumerate(decode(first + self.bytes_of(stream), self.name).split("\n"), 1)
                return
            number = 1
            while first:
                yield number, self.line(first.removesuffix(b"\n"), number)
                first, number = stream.readline(), number + 1

    def line(self, data: bytes, number: int) -> str | TraceError:
        """One line as text, or what is wrong with it."""
        try:
            return decode(data, self.name, number)
        except TraceError as error:
            return error

    def open(self) -> AbstractContextManager[BinaryIO]:
        """The bytes; standard input is left open. Raises `TraceError` if they can't be had."""
        if self.path is None:
            return nullcontext(sys.stdin.buffer)
        try:
            return open(self.path, "rb")
        except OSError as error:
            raise TraceError(f"can't be read: {error.strerror}", file=self.name) from error

    def bytes_of(self, stream: BinaryIO) -> bytes:
        """What is left in ``stream``. Raises `TraceError` if it can't be read."""
        try:
            return stream.read()
        except OSError as error:
            raise TraceError(f"can't be read: {error.strerror}", file=self.name) from error


def resolve(source: str | os.PathLike[str]) -> Source:
    """What ``source`` means: ``-`` is standard input, an existing path is that file, any other string is text.

    A string that can only be meant as a path (one word with a known extension or a directory) is never taken
    for text: `TraceError` if it doesn't exist.
    """
    if not isinstance(source, str):
        return Source(os.fspath(source), Path(source))
    if source == "-":
        return Source("standard input")
    if "\n" not in source and "\0" not in source and 0 < len(source) <= PATH_LENGTH:
        path = Path(source)
        if exists(path):
            return Source(source, path)
        if path.suffix.lower() in SUFFIXES or (os.sep in source and len(source.split()) == 1):
            raise TraceError("no such file; to give text instead, pipe it in and name '-'", file=source)
    return Source(None, text=source)


def exists(path: Path) -> bool:
    """Whether ``path`` is there; what can't be a path isn't."""
    try:
        return path.exists()
    except OSError:
        return False


def decode(data: bytes, name: str | None, line: int | None = None) -> str:
    """``data`` as text: UTF-8, or what its byte-order mark says. ``line`` is its line number, if it is one line.

    Raises `TraceError` for bytes that are no text in that encoding, and for NUL characters.
    """
    encoding = next((name for bom, name in BOMS if data.startswith(bom)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        where = line or data.count(b"\n", 0, error.start) + 1
        raise TraceError(
            f"byte {error.start + 1} is no {encoding.removesuffix('-sig').upper()}; save the file as UTF-8",
            file=name,
            line=where,
        ) from error
    return checked(text, name, line)


def checked(text: str, name: str | None = None, line: int | None = None) -> str:
    """``text``, if it is free of NUL and half characters (lone surrogates); else `TraceError`."""
    position = text.find("\0")
    if position >= 0:
        raise TraceError(
            "a NUL character: this is no text, or UTF-16 without a byte-order mark; save the file as UTF-8",
            file=name,
            line=line or text.count("\n", 0, position) + 1,
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise TraceError(
            f"character {error.start + 1} is half a character (a lone surrogate)",
            file=name,
            line=line or text.count("\n", 0, error.start) + 1,
        ) from error
    return text

"""Where rows come from: JSON Lines, JSON documents, the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import msgspec

from verisearch.errors import MissingExtraError, TraceError
from verisearch.evaluation.datasets.rows import Row, kind

__all__ = ["HUB", "rows"]

#: A row, or what is wrong with it: one bad row must not end the others.
RowOrError: TypeAlias = "Row | TraceError"

#: Prefix of the name of a data set on the Hugging Face hub.
HUB = "hf:"

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
BOM = b"\xef\xbb\xbf"


def rows(source: str) -> Iterator[RowOrError]:
    """The rows of ``source``, in order: a JSON Lines file, a JSON file (a list of objects, or an object of objects,
    as PrOntoQA writes it), or ``hf:owner/name[:split]``.

    Raises, before the first row, `TraceError` if the file holds neither, OSError if it can't be read, and
    `MissingExtraError` if the hub's package isn't installed.
    """
    if source.startswith(HUB):
        return hub_rows(source)
    path = Path(source)
    if path.is_dir():
        raise TraceError("is a folder; name one of its files", file=source)
    file = path.open("rb")
    if is_json_lines(path, file):
        return json_lines(source, file)
    with file:
        return document_rows(source, file.read())


def is_json_lines(path: Path, file: BinaryIO) -> bool:
    """Whether a file is to be read line by line. Leaves the file at its start."""
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return True
    first = file.readline().removeprefix(BOM)
    while first and not first.strip():
        first = file.readline()
    more = file.read(1) != b""
    file.seek(0)
    try:
        value = msgspec.json.decode(first)
    except UNREADABLE:
        return False
    # A whole document can stand in one line: a list, or an object of nothing but objects.
    return isinstance(value, dict) and (more or not all(isinstance(entry, dict) for entry in value.values()))


def json_lines(source: str, file: BinaryIO) -> Iterator[RowOrError]:
    """One object a line; only ``\\n`` ends a line, blank ones are left out."""
    decode = msgspec.json.Decoder().decode
    with file:
        for number, line in enumerate(file, 1):
            text = line.removeprefix(BOM) if number == 1 else line
            if not text.strip():
                continue
            try:
                yield checked(decode(text), source, number)
            except UNREADABLE as error:
                yield TraceError(f"this line is no JSON: {error}", file=source, line=number)


def checked(value: Any, source: str, line: int | None, place: str = "") -> RowOrError:
    """``value`` as a row, or the error that it is none."""
    if isinstance(value, dict):
        return Row(value, source, line, place)
    return TraceError(f"should be an object, not {kind(value)}", file=source, line=line, field=place or None)


def document_rows(source: str, data: bytes) -> Iterator[RowOrError]:
    """The objects of a JSON list, or of a JSON object."""
    try:
        value = msgspec.json.decode(data.removeprefix(BOM))
    except UNREADABLE as error:
        raise TraceError(f"neither JSON nor JSON Lines: {error}", file=source) from error
    if isinstance(value, list):
        return (checked(entry, source, None, f"[{number}]") for number, entry in enumerate(value))
    if isinstance(value, dict) and value and all(isinstance(entry, dict) for entry in value.values()):
        return (checked(entry, source, None, key) for key, entry in value.items())
    raise TraceError("should hold a list of objects, or an object of objects", file=source)


def hub_rows(source: str) -> Iterator[RowOrError]:
    """Rows of a data set on the hub, streamed. ``line`` counts them from 1."""
    try:
        import datasets
    except ModuleNotFoundError as error:
        raise MissingExtraError("reading from the Hugging Face hub needs: pip install 'verisearch[hub]'") from error
    name, _, split = source[len(HUB) :].partition(":")
    try:
        splits = datasets.get_dataset_split_names(name)
        if split not in splits and (split or len(splits) > 1):
            problem = f"has no split {split!r}" if split else "has several splits"
            raise TraceError(
                f"{problem}; name one: {', '.join(f'{HUB}{name}:{known}' for known in splits)}", file=source
            )
        loaded = datasets.load_dataset(name, split=split or splits[0], streaming=True)
    except (OSError, ValueError) as error:
        if isinstance(error, TraceError):
            raise
        raise TraceError(f"can't be loaded from the hub: {error}", file=source) from error
    return (checked(dict(entry), source, number) for number, entry in enumerate(loaded, 1))

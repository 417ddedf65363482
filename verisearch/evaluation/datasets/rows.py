"""One row of a data file, and its fields, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from verisearch.errors import TraceError

__all__ = ["Row"]


class Row(NamedTuple):
    """A JSON object and where it stands; ``place`` is its path inside the line or document ("": all of it)."""

    data: Mapping[str, Any]
    file: str
    line: int | None = None
    place: str = ""

    def error(self, message: str, field: str = "") -> TraceError:
        """The error that says ``message`` about this row, or about its ``field``."""
        name = ".".join(part for part in (self.place, field) if part)
        return TraceError(message, file=self.file, line=self.line, field=name or None)

    def has(self, *fields: str) -> bool:
        """Whether all of ``fields`` are there, and not null."""
        return all(self.data.get(field) is not None for field in fields)

    def first(self, *fields: str) -> str:
        """The first of ``fields`` that is there. Raises `TraceError` if none is."""
        for field in fields:
            if self.has(field):
                return field
        wanted = " or ".join(repr(field) for field in fields)
        present = ", ".join(sorted(map(str, self.data))) or "none"
        raise self.error(f"the row has no field {wanted}; it has: {present}")

    def text(self, *fields: str) -> str:
        """The text of the first of ``fields`` that is there. Raises `TraceError` unless it has words."""
        field = self.first(*fields)
        value = self.data[field]
        if not isinstance(value, str):
            raise self.error(f"should be a string, not {kind(value)}", field)
        if not value.strip():
            raise self.error("is empty", field)
        return value

    def optional(self, *fields: str) -> str:
        """The text of the first of ``fields`` that is there and has words; empty if none has. Raises `TraceError` for
        what is no text."""
        present = (field for field in fields if self.has(field) and self.data[field] != "")
        field = next(present, None)
        return self.text(field) if field is not None else ""

    def texts(self, *fields: str) -> tuple[str, ...]:
        """A list of strings, or a string with one on each line, blank ones left out."""
        field = self.first(*fields)
        value = self.data[field]
        if isinstance(value, str):
            return tuple(line.strip() for line in value.split("\n") if line.strip())
        if not isinstance(value, list):
            raise self.error(f"should be a list of strings, not {kind(value)}", field)
        for number, entry in enumerate(value):
            if not isinstance(entry, str):
                raise self.error(f"should be a string, not {kind(entry)}", f"{field}[{number}]")
        return tuple(entry.strip() for entry in value if entry.strip())

    def natural(self, *fields: str) -> int | None:
        """The first of ``fields`` that holds a whole number from 0 up; None if none does."""
        values = (self.data.get(field) for field in fields)
        return next(
            (each for each in values if isinstance(each, int) and not isinstance(each, bool) and each >= 0), None
        )

    def identifier(self, *fields: str) -> str:
        """The row's name: the first of ``fields`` that is there, else its place in the file."""
        for field in fields:
            value = self.data.get(field)
            if isinstance(value, str) and value.strip():
                return value
            if isinstance(value, int) and not isinstance(value, bool):
                return str(value)
        return self.where

    @property
    def where(self) -> str:
        """Its place in the file, in words."""
        line = f"line {self.line}" if self.line is not None else ""
        return " ".join(part for part in (line, self.place) if part) or "the whole file"

    def inside(self, *steps: str | int) -> Row:
        """The object under this path. Raises `TraceError` if it is none."""
        value: Any = self.data
        place = self.place
        for step in steps:
            place += f"[{step}]" if isinstance(step, int) else f".{step}" if place else step
            value = value[step]
        if not isinstance(value, dict):
            raise Row({}, self.file, self.line, place).error(f"should be an object, not {kind(value)}")
        return Row(value, self.file, self.line, place)

    def each(self, field: str) -> Iterator[tuple[str, Row]]:
        """The objects in a list or object field, with their keys (in a list: from "1"). Raises `TraceError`."""
        value = self.data.get(field)
        if not isinstance(value, list | dict):
            raise self.error(f"should be a list or an object, not {kind(value)}", field)
        keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
        for key in keys:
            yield str(key + 1 if isinstance(key, int) else key), self.inside(field, key)


def kind(value: Any) -> str:
    """The JSON type of ``value``, in words."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")

"""Reads traces from a file, standard input or a string, whatever their format."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import msgspec

from verisearch.errors import InputError, TraceError
from verisearch.ingest import jsonformat
from verisearch.ingest.given import Given
from verisearch.ingest.jsonposition import Place, decode_json
from verisearch.ingest.records import ProblemRecord
from verisearch.ingest.sections import read_document
from verisearch.ingest.source import Source, resolve
from verisearch.ingest.textformat import trace_from_text
from verisearch.trace import Problem, Trace

__all__ = ["Format", "read_given", "read_problem", "read_traces"]

#: ``text`` covers prose, lists, Markdown and ``<think>`` tags.
Format = Literal["auto", "json", "jsonl", "text"]

#: "[1] Bob is kind" and "{see below}" are text.
JSON_START = re.compile(r'\s*(?:\{\s*(?:"|\}|$)|\[\s*(?:[{"\[\]]|$))')


def read_traces(
    source: str | os.PathLike[str],
    *,
    context: str | os.PathLike[str] | Sequence[str] | None = None,
    question: str | os.PathLike[str] | None = None,
    format: Format = "auto",
    on_error: Callable[[TraceError], None] | None = None,
) -> Iterator[Trace]:
    """Yield the traces of ``source``: a path, ``-`` for standard input, or text.

    ``context`` and ``question`` (paths or text, likewise; the context may be a list of sentences) hold for all of
    its traces. Without them they are looked for in the source: in fields of a record, in a chat's user message, or
    under headings ("Context:", "Question:", "Reasoning:").

    A record that can't be read goes to ``on_error`` and the next one is read; without ``on_error`` it is raised.
    Raises `TraceError` with file, line and field.
    """
    if format not in ("auto", "json", "jsonl", "text"):
        raise InputError(f"no input format {format!r}; there are auto, json, jsonl and text")
    return without_errors(source, context, question, format, on_error)


def read_problem(
    context: str | os.PathLike[str] | Sequence[str] | None,
    question: str | os.PathLike[str] | None = None,
    *,
    statement: str | None = None,
) -> Problem:
    """The problem of a context and a question (paths, ``-`` or text, as for `read_traces`); ``statement`` overrides
    the one the question asks for. Raises `TraceError`."""
    given = read_given(context, question)
    return given._replace(statement=statement or given.statement).problem()


def without_errors(
    source: str | os.PathLike[str],
    context: str | os.PathLike[str] | Sequence[str] | None,
    question: str | os.PathLike[str] | None,
    format: Format,
    on_error: Callable[[TraceError], None] | None,
) -> Iterator[Trace]:
    """The traces among the items; errors are reported or raised."""
    seen: dict[str, int | Place] = {}
    for item, where in items(source, context, question, format):
        found = item if isinstance(item, TraceError) else repeated(item, where, seen)
        if isinstance(found, Trace):
            yield found
        elif on_error is None:
            raise found
        else:
            on_error(found)


def repeated(trace: Trace, where: int | Place, seen: dict[str, int | Place]) -> Trace | TraceError:
    """``trace``, or an error if its id was used before."""
    id = trace.problem.id
    if id not in seen:
        # Only the line number is kept, where there is one: a long file must not pile up in memory.
        seen[id] = where.line if isinstance(where, Place) and not where.path else where
        return trace
    first, place = seen[id], where if isinstance(where, Place) else Place("")
    line = first if isinstance(first, int) else first.error("", "id").line
    return place.error(f"{id!r} is also the id of the trace in line {line}; each needs one of its own", "id")


Item = tuple[Trace | TraceError, Place]


def items(
    source: str | os.PathLike[str],
    context: str | os.PathLike[str] | Sequence[str] | None,
    question: str | os.PathLike[str] | None,
    format: Format,
) -> Iterator[Item]:
    """Traces and errors in the order of the source, each with its place."""
    try:
        given = read_given(context, question)
        origin = resolve(source)
        if format == "jsonl" or (format == "auto" and origin.suffix in (".jsonl", ".ndjson")):
            yield from from_lines(origin, given)
            return
        text = origin.read()
        kind = detect(text, origin.suffix) if format == "auto" else format
        if not text.strip():
            raise TraceError("is empty: there is no trace in it", file=origin.name or "the input")
        if kind == "jsonl":
            yield from from_lines(origin._replace(text=text), given)
        elif kind == "json":
            yield from jsonformat.read_document(Place(text, origin.name), given, origin.stem)
        else:
            yield from_text(text, origin.stem, given), Place(text, origin.name)
    except TraceError as error:
        yield error, Place("")


def detect(text: str, suffix: str) -> Format:
    """The format of ``text``, from its start."""
    if suffix in (".md", ".markdown") or (suffix != ".json" and not JSON_START.match(text)):
        return "text"
    first, _, rest = text.lstrip().partition("\n")
    try:
        decode_json(first, msgspec.Raw, Place(first))
    except TraceError:
        return "json"
    return "jsonl" if rest.strip() else "json"


def from_lines(origin: Source, given: Given) -> Iterator[Item]:
    """One trace a line."""
    empty = True
    for number, line in origin.lines():
        if isinstance(line, str) and not line.strip():
            continue
        empty = False
        place = Place(line if isinstance(line, str) else "", origin.name, number)
        yield from_line(line, place, given, f"{origin.stem}-{number}" if origin.stem else str(number)), place
    if empty:
        raise TraceError("is empty: there is no trace in it", file=origin.name or "the input")


def from_line(line: str | TraceError, place: Place, given: Given, id: str) -> Trace | TraceError:
    """The trace on a line, or its error as a value."""
    if isinstance(line, TraceError):
        return line
    try:
        return jsonformat.read_value(line, place, given, id)
    except TraceError as error:
        return error


def from_text(text: str, id: str, given: Given) -> Trace:
    """The trace in a text; with its problem, if that stands in front under headings and isn't given apart."""
    document = read_document(text) if given.context is None else None
    if document is None:
        return trace_from_text(text, given.problem(id=id), options=given.options)
    problem = given.problem(document.context, document.question, statement=document.statement, id=id)
    return trace_from_text(text[document.body :], problem, options=given.options)


def read_given(
    context: str | os.PathLike[str] | Sequence[str] | None, question: str | os.PathLike[str] | None
) -> Given:
    """Context and question given apart. A file may hold both, under headings or as a JSON object."""
    asked = None if question is None else resolve(question).read().strip() or None
    if context is None:
        return Given(question=asked)
    if not isinstance(context, (str, os.PathLike)):
        return Given(list(context), asked)
    origin = resolve(context)
    text = origin.read()
    if origin.suffix == ".json":
        return given_in_json(Place(text, origin.name), asked)
    document = read_document(text)
    if document is None:
        return Given(text, asked)
    return Given(document.context, asked or document.question, None if asked else document.statement)


def given_in_json(place: Place, question: str | None) -> Given:
    """Context and question from a JSON object, or a context from a list of sentences."""
    if place.text.lstrip()[:1] == "[":
        return Given(decode_json(place.text, list[str], place), question)
    fields = decode_json(place.text, ProblemRecord, place)
    if fields.context is None:
        raise place.error("no 'context' in it")
    statement = None if question else fields.statement
    return Given(jsonformat.context_of(fields), question or fields.question, statement, list(fields.options or ()))

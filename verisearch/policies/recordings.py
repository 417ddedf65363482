"""Files of recorded samples: what a model once wrote about each problem.

JSON Lines, one problem a line::

    {"problem_id": "7", "prompt": "What is 2 + 2?",
     "samples": [{"text": "2 + 2 = 4.", "tokens": 8, "score": 0.9, "correct": true}, …]}

``messages`` (a list of ``{"role", "content"}``) may stand in place of ``prompt``, which means one user message. Of a
sample only ``text`` is needed: ``tokens`` is how many it took, ``score`` what a verifier gave it, from 0 to 1. Also
read: published best-of-n files with ``id``, ``problem`` and ``traces`` of ``text``, ``tokens``, ``correct`` and
``prm_score``. Other fields are left alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import ceil
from typing import Any

import msgspec

from verisearch.errors import TraceError
from verisearch.protocols import Message

__all__ = ["Recording", "Sample", "read_recordings"]

#: What stands for the number of tokens of a sample that doesn't tell it.
BYTES_A_TOKEN = 4

BOM = b"\xef\xbb\xbf"


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded reply. ``score``, in [0, 1], and ``correct`` are None where they weren't recorded."""

    text: str
    tokens: int | None = None
    score: float | None = None
    correct: bool | None = None

    @property
    def length(self) -> int:
        """Tokens the reply took; an estimate from its bytes where that wasn't recorded. 0 only for empty text."""
        if not self.text:
            return 0
        return max(1, self.tokens if self.tokens is not None else ceil(len(self.text.encode()) / BYTES_A_TOKEN))

    def tokens_up_to(self, offset: int) -> int:
        """Tokens of the first ``offset`` characters, as if all were of one length; pieces add up to the whole."""
        return ceil(self.length * offset / len(self.text)) if self.text else 0


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """The samples recorded for one prompt."""

    problem_id: str
    messages: tuple[Message, ...]
    samples: tuple[Sample, ...]

    def sample(self, text: str) -> Sample | None:
        """The first sample with exactly this text; None without one."""
        return next((sample for sample in self.samples if sample.text == text), None)


class OwnSample(msgspec.Struct):
    text: str
    tokens: int | None = None
    score: float | None = None
    correct: bool | None = None


class OwnRow(msgspec.Struct):
    problem_id: str | int
    samples: list[OwnSample]
    prompt: str | None = None
    messages: list[Message] | None = None


class PublishedTrace(msgspec.Struct):
    text: str
    tokens: int | None = None
    prm_score: float | None = None
    correct: bool | None = None


class PublishedRow(msgspec.Struct):
    id: str | int
    problem: str
    traces: list[PublishedTrace]


def read_recordings(path: str | os.PathLike[str]) -> list[Recording]:
    """The recordings of a file, in its order.

    Raises `TraceError` with file, line and field for a line that can't be read, for two lines with the same prompt
    or problem, and for a file without any; OSError if the file can't be opened.
    """
    file = os.fspath(path)
    recordings: list[Recording] = []
    lines: dict[object, int] = {}
    for number, line in numbered_lines(file):
        recording = read_line(line, file, number)
        keys = {"problem_id": recording.problem_id, "messages": recording.messages}
        for field, key in keys.items():
            if key in lines:
                raise TraceError(f"the same as in line {lines[key]}", file=file, line=number, field=field)
            lines[key] = number
        recordings.append(recording)
    if not recordings:
        raise TraceError("holds no recording", file=file)
    return recordings


def numbered_lines(file: str) -> Iterator[tuple[int, bytes]]:
    """The lines that aren't blank, numbered from 1."""
    with open(file, "rb") as stream:
        for number, line in enumerate(stream, 1):
            text = line.removeprefix(BOM) if number == 1 else line
            if text.strip():
                yield number, text


def read_line(line: bytes, file: str, number: int) -> Recording:
    try:
        row = msgspec.json.decode(line)
        if not isinstance(row, dict):
            raise TraceError("should be an object", file=file, line=number)
        return published(row, file, number) if "traces" in row else own(row, file, number)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        raise TraceError(what, file=file, line=number, field=where.strip("`.") or None) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TraceError(f"this line is no JSON: {error}", file=file, line=number) from error


def own(value: dict[str, Any], file: str, number: int) -> Recording:
    row = msgspec.convert(value, OwnRow)
    if (row.prompt is None) == (row.messages is None):
        raise TraceError("needs one of 'prompt' and 'messages'", file=file, line=number)
    messages = (Message("user", row.prompt),) if row.prompt is not None else tuple(row.messages or ())
    samples = [
        checked_sample(entry.text, entry.tokens, entry.score, entry.correct, file, number, f"samples[{index}]")
        for index, entry in enumerate(row.samples)
    ]
    return Recording(problem_id=str(row.problem_id), messages=messages, samples=tuple(samples))


def published(value: dict[str, Any], file: str, number: int) -> Recording:
    row = msgspec.convert(value, PublishedRow)
    samples = [
        checked_sample(entry.text, entry.tokens, entry.prm_score, entry.correct, file, number, f"traces[{index}]")
        for index, entry in enumerate(row.traces)
    ]
    return Recording(problem_id=str(row.id), messages=(Message("user", row.problem),), samples=tuple(samples))


def checked_sample(
    text: str, tokens: int | None, score: float | None, correct: bool | None, file: str, number: int, field: str
) -> Sample:
    if tokens is not None and tokens < 0:
        raise TraceError("should be 0 or more", file=file, line=number, field=f"{field}.tokens")
    if score is not None and not 0 <= score <= 1:
        raise TraceError("should be from 0 to 1", file=file, line=number, field=f"{field}.score")
    return Sample(text=text, tokens=tokens, score=score, correct=correct)

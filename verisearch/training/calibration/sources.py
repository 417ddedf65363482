"""Scores with their outcomes: the chosen chains of a solve run, or a file of scores from anywhere."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from verisearch.errors import InputError
from verisearch.evaluation.record import Record
from verisearch.evaluation.risk.control import usable_settings
from verisearch.evaluation.risk.selective import confidence
from verisearch.runtime.records import RECORDS, read_records
from verisearch.runtime.solving import SolveStatus

__all__ = ["Outcome", "Scored", "Source", "from_file", "from_run"]

#: What a chain's score is to say the chance of: that its answer is the gold one, or that it is verified besides.
Outcome: TypeAlias = Literal["correct", "verified"]

#: Outcomes as they may be written in a file.
WRITTEN = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}


class Scored(NamedTuple):
    """A score in [0, 1], whether what was scored is so, and what it shares with others (a theory): rows of one group
    aren't independent."""

    score: float
    outcome: bool
    group: str


class Source(NamedTuple):
    """Scores and where they are from: ``name`` in words, the ``sha256`` of the file, the ``verifier``'s own name (None:
    not told). ``left_out``: how many rows have none, by why."""

    name: str
    sha256: str
    verifier: str | None
    rows: list[Scored]
    left_out: dict[str, int]


def from_run(folder: Path, outcome: Outcome) -> Source:
    """The score of each chosen chain of a finished ``eval --mode solve`` run, against what ``outcome`` says.

    Left out are rows that failed, that the strategy abstained from, and those whose chain has no score. Raises
    `InputError` for a run that isn't one of these, that has no gold answers or no scores; `RecordError` if its files
    can't be read.
    """
    settings = usable_settings(folder)
    path = folder / RECORDS
    rows, left_out = [], Counter[str]()
    verifiers: set[str] = set()
    for record in read_records(path, Record):
        score = confidence(record.candidates or (), record.written)
        verifiers |= {event["rate"] for event in record.events or () if "rate" in event}
        if record.error is not None:
            left_out["failed"] += 1
        elif record.status is SolveStatus.ABSTAINED:
            left_out["abstained"] += 1
        elif record.correct is None:
            raise InputError(f"{path}: record {record.id!r} has no gold answer: calibrate on labelled problems")
        elif score is None:
            left_out["no score"] += 1
        else:
            right = record.correct and (outcome == "correct" or bool(record.verified))
            rows.append(Scored(score, right, group_of(record)))
    if not rows:
        raise InputError(
            f"no chosen chain of the run in {folder} has a score ({told(left_out)}): give one of a strategy that has "
            "its chains scored, as best-of-n"
        )
    solved = settings["arms"][0]["options"]["strategy"]
    name = f"{settings['data_set']}, {Path(settings['data']).name}, {settings['policy']}, {solved}"
    verifier = next(iter(verifiers)) if len(verifiers) == 1 else None
    return Source(name, digest(path), verifier, rows, dict(sorted(left_out.items())))


def group_of(record: Record) -> str:
    """The record's group; one of its own where the data set knows none."""
    return f"group {record.group}" if record.group else f"record {record.id}"


def from_file(path: Path) -> Source:
    """Rows of ``score``, ``outcome`` and, where they have it, ``group``: a CSV file with a heading if its name ends in
    ``.csv``, else one JSON object a line. Other columns are left aside; a row whose score is empty or null is left out.
    A row without a group is one of its own.

    Raises `InputError`, with file and line, for a row that isn't one, a score outside [0, 1] (NaN is), and an outcome
    that is neither 0 nor 1.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"scores {path}: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"scores {path}: not a text file in UTF-8 ({error})") from error
    lines = from_csv(path, text) if path.suffix.lower() == ".csv" else from_json(path, text)
    rows, missing = [], 0
    for line, fields in lines:
        if fields.get("score") in (None, "") and "score" in fields:
            missing += 1
        else:
            rows.append(row_of(f"{path}:{line}", line, fields))
    if not rows:
        raise InputError(f"{path}: there are no scores; give rows of score, outcome and, if you like, group")
    return Source(path.name, hashlib.sha256(data).hexdigest(), None, rows, {"no score": missing} if missing else {})


def from_csv(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row with the line that it begins on."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        lacking = {"score", "outcome"} - set(reader.fieldnames or ())
        if lacking:
            raise InputError(f"{path}:1: the heading lacks {' and '.join(sorted(lacking))}")
        line = reader.line_num + 1
        for row in reader:
            if None in row or None in row.values():
                raise InputError(f"{path}:{line}: the heading has {len(reader.fieldnames or ())} columns, this row not")
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}:{line}: malformed CSV ({error})") from error


def from_json(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each object with its line; empty lines are passed over."""
    for line, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        try:
            found = json.loads(written)  # it reads NaN, which is then refused by that name
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}:{line}: malformed JSON ({error})") from error
        if not isinstance(found, dict):
            raise InputError(f"{path}:{line}: not a JSON object; give score, outcome and, if you like, group")
        yield line, found


def row_of(where: str, line: int, fields: dict[str, Any]) -> Scored:
    """A row's fields, looked over. Raises `InputError`."""
    for name in ("score", "outcome"):
        if name not in fields:
            raise InputError(f"{where}: there is no {name}")
    given, outcome, group = fields["score"], fields["outcome"], fields.get("group")
    try:
        score = float("no" if isinstance(given, bool) else given)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{where}: the score {given!r} is no number") from None
    if not 0 <= score <= 1:
        raise InputError(f"{where}: the score is {score:g}; it must lie in [0, 1]")
    so = WRITTEN.get(str(outcome).strip().lower())
    if so is None:
        raise InputError(f"{where}: the outcome {outcome!r} is neither 0 nor 1")
    if group is not None and not isinstance(group, str | int):
        raise InputError(f"{where}: the group {group!r} is no name")
    return Scored(score, so, f"line {line}" if group in (None, "") else f"group {group}")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def told(left_out: Counter[str]) -> str:
    """Why rows were left out, in words."""
    return counted(left_out.items()) or "there are no records"


def counted(pairs: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count:,} {why}" for why, count in pairs)

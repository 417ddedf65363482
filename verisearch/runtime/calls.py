"""Recorded calls of language models, so that a run repeats without one: an SQLite file, found by content.

The key of a call is all that it was asked, the sampling and the model's name. Two models of one name, or one that a
server was set up otherwise for, are not told apart: they need a file each.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from verisearch.errors import RecordError
from verisearch.protocols import Response

__all__ = ["CallStore", "call_key"]

SCHEMA = """
create table if not exists calls (
    key text primary key,
    model text not null,
    task text not null,
    asked text not null,
    response text not null
);
"""


def call_key(asked: dict[str, Any]) -> str:
    """The key of a call: the SHA-256 of all that it was asked."""
    return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()


class CallStore:
    """Calls in a file, made if it isn't there. Each is written before it is used, so a killed run keeps them.

    ``read_only``: the file must be there, and nothing is written. Raises `RecordError` if it can't be used.
    """

    def __init__(self, path: str | os.PathLike[str], *, read_only: bool = False) -> None:
        self.path = Path(path)
        self.read_only = read_only
        if read_only and not self.path.is_file():
            raise RecordError(f"{self.path}: there are no recorded calls")
        try:
            if read_only:
                self._recover()
                address = f"{self.path.absolute().as_uri()}?mode=ro"
                self._file = sqlite3.connect(address, uri=True, check_same_thread=False)
            else:
                self._file = sqlite3.connect(self.path, check_same_thread=False)
                self._file.executescript(SCHEMA)
            self._file.execute("select key, model, task, asked, response from calls limit 1").fetchone()
        except sqlite3.Error as error:
            if hasattr(self, "_file"):
                self._file.close()
            raise RecordError(f"{self.path}: this is no file of recorded calls: {error}") from error

    def __enter__(self) -> CallStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return int(self._run("select count(*) from calls").fetchone()[0])

    def models(self) -> list[str]:
        """The models whose calls are here, sorted."""
        return [row[0] for row in self._run("select distinct model from calls order by model")]

    def tokens(self) -> int:
        """The tokens that all calls here took."""
        found = self._run("select sum(json_extract(response, '$.usage.formaliser_tokens')) from calls").fetchone()[0]
        return int(found or 0)

    def find(self, key: str) -> Response | None:
        """What was replied to the call; None if it isn't here. Raises `RecordError` for a damaged entry."""
        row = self._run("select response from calls where key = ?", key).fetchone()
        if row is None:
            return None
        try:
            return msgspec.json.decode(row[0], type=Response)
        except msgspec.DecodeError as error:
            raise RecordError(f"{self.path}: the recorded call {key[:12]} is damaged: {error}") from error

    def keep(self, key: str, asked: dict[str, Any], response: Response) -> None:
        """Write a call down. One that is there already stays as it is."""
        if self.read_only:
            return
        row = (key, response.model, asked["task"], *(msgspec.json.encode(each).decode() for each in (asked, response)))
        self._run("insert or ignore into calls values (?, ?, ?, ?, ?)", *row)
        self._file.commit()

    def _recover(self) -> None:
        """Take back what a killed run was about to write: SQLite does so by itself, but not in a file that is only
        read."""
        if Path(f"{self.path}-journal").exists() and os.access(self.path, os.W_OK):
            with closing(sqlite3.connect(self.path)) as file:
                file.execute("select count(*) from sqlite_master").fetchone()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _run(self, command: str, *values: str) -> sqlite3.Cursor:
        try:
            return self._file.execute(command, values)
        except sqlite3.Error as error:
            raise RecordError(f"{self.path}: recorded calls can't be read or written: {error}") from error

"""A run's folder: what was asked for, and one record a line, so that a kill costs the last line at most.

``run.json`` holds the settings, ``records.jsonl`` the canonical records (the same however often the run was
interrupted), ``timings.jsonl`` the figures that no two runs share. Records are written in input order, so their
number says where to go on.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from verisearch.errors import RecordError

__all__ = ["JsonLines", "RunFolder", "differences", "read_records"]

T = TypeVar("T")

SETTINGS, RECORDS, TIMINGS = "run.json", "records.jsonl", "timings.jsonl"

#: How often what was written is forced onto the disk, in seconds. A kill does no harm without, a power cut does.
SYNC_SECONDS = 5.0


def read_records(path: Path, kind: type[T]) -> Iterator[T]:
    """The records in ``path``, without a torn last line. Raises `RecordError` with file and line."""
    with path.open("rb") as file:
        for record, _ in scan(path, file, kind):
            yield record


def scan(path: Path, lines: Iterator[bytes], kind: type[T]) -> Iterator[tuple[T, int]]:
    """Each whole line's record, and the number of bytes up to its end."""
    decode = msgspec.json.Decoder(kind).decode
    end = 0
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):
            return
        end += len(line)
        try:
            yield decode(line), end
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise RecordError(
                f"{path}:{number}: not a record of this run ({error}); restore the file, "
                "or cut it off before this line and resume"
            ) from error


class JsonLines(Generic[T]):
    """An append-only file of one JSON object a line. ``count``: records in it.

    Opening cuts off a torn last line, and locks the file against other writers. Raises `RecordError` for a
    malformed line (with file and line), or if another process is writing.
    """

    def __init__(self, path: Path, kind: type[T]) -> None:
        self.path = path
        self.count = 0
        self._synced = time.monotonic()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            self._lock()
            end = 0
            with path.open("rb") as lines:
                for _, position in scan(path, lines, kind):
                    self.count, end = self.count + 1, position
            os.ftruncate(self._file, end)
        except BaseException:
            os.close(self._file)
            raise

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RecordError(
                f"{self.path}: another process is writing to it; wait for it or choose another --out"
            ) from error

    def append(self, record: T) -> None:
        """Write one record: after a kill at any moment its line is there as a whole, or is cut off at the next
        opening."""
        line = memoryview(msgspec.json.encode(record) + b"\n")
        while line:
            line = line[os.write(self._file, line) :]
        self.count += 1
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Force what was written onto the disk."""
        os.fsync(self._file)
        self._synced = time.monotonic()

    def close(self) -> None:
        """Force everything onto the disk and let others write."""
        self.sync()
        os.close(self._file)


class RunFolder(Generic[T]):
    """A run's folder, open for writing.

    ``record`` and ``timing`` are the types of the lines. ``settings`` must be plain JSON data; ``differ`` says, in
    words, where those of the run in the folder and these differ. Raises `RecordError` if the folder holds a run and
    ``resume`` isn't set, if its run had other settings, or if it is in use.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, Any],
        record: type[T],
        timing: type,
        *,
        resume: bool,
        differ: Callable[[Any, Any], list[str]] | None = None,
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        known = read_settings(folder)
        if known is None:
            check_unused(folder)
            write_settings(folder, settings)
        elif not resume:
            raise RecordError(f"{folder} holds a run already: go on with --resume, or choose another --out")
        elif has_records(folder):
            check_same(folder, known, settings, differ or differences)
        else:
            write_settings(folder, settings)
        self.records: JsonLines[T] = JsonLines(folder / RECORDS, record)
        self._timings: JsonLines[Any] = JsonLines(folder / TIMINGS, timing)

    def __enter__(self) -> RunFolder[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self.records.close()
        self._timings.close()

    def append(self, record: T, timing: Any) -> None:
        """Write one record, then its timing."""
        self.records.append(record)
        self._timings.append(timing)


def read_settings(folder: Path) -> Any:
    """The settings of the run in ``folder``, None without one. Raises `RecordError` if they can't be read."""
    path = folder / SETTINGS
    try:
        return msgspec.json.decode(path.read_bytes())
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(f"{path}: can't be read ({error}); choose another --out") from error


def write_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Write the settings so that the file is there as a whole or not at all."""
    write_whole(folder / SETTINGS, msgspec.json.format(msgspec.json.encode(settings)) + b"\n")


def write_whole(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``, at one moment."""
    draft = path.with_name(path.name + ".part")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def check_unused(folder: Path) -> None:
    """Raise `RecordError` if ``folder`` holds something that is not ours to write beside."""
    strange = sorted(entry.name for entry in folder.iterdir() if entry.name != SETTINGS + ".part")
    if strange:
        raise RecordError(
            f"{folder} is not empty ({strange[0]}) and holds no {SETTINGS} of a run: choose another --out"
        )


def has_records(folder: Path) -> bool:
    """Whether anything was recorded in ``folder``: a run that never came so far may change its settings."""
    path = folder / RECORDS
    return path.exists() and path.stat().st_size > 0


def check_same(folder: Path, known: Any, settings: Mapping[str, Any], differ: Callable[[Any, Any], list[str]]) -> None:
    """Raise `RecordError` naming every setting that differs."""
    found = differ(known, msgspec.json.decode(msgspec.json.encode(settings)))
    if found:
        raise RecordError(
            f"{folder} holds a run with other settings: {'; '.join(found)}. "
            "Resume with the same settings, or choose another --out"
        )


def differences(old: Any, new: Any, name: str = "") -> list[str]:
    """The places where two pieces of JSON data differ, in words."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted(old.keys() | new.keys())
        return [
            line for key in keys for line in differences(old.get(key), new.get(key), f"{name}.{key}" if name else key)
        ]
    return [] if old == new else [f"{name or 'everything'} was {shown(old)}, now {shown(new)}"]


def shown(value: Any) -> str:
    """A setting as it is written in a file of settings."""
    return "not set" if value is None else msgspec.json.encode(value).decode()

"""What a run that goes on has done already."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from verisearch.errors import RecordError
from verisearch.evaluation.units import Units
from verisearch.runtime.records import read_records

__all__ = ["Done"]


class Entry(msgspec.Struct, frozen=True):
    """Of a record, what says which unit it is of."""

    index: int
    id: str
    arm: str | None = None


class Done:
    """The first ``count`` records in ``path``, passed over in order. ``head``: the next; None: there is none."""

    def __init__(self, path: Path, count: int) -> None:
        self.path = path
        self._entries: Iterator[Entry] = islice(read_records(path, Entry), count)
        self.head = next(self._entries, None)

    def skip(self, units: Units, arm: str | None = None) -> None:
        """Pass over the units of ``arm`` that have a record: all of them, if a later arm has begun. Raises
        `RecordError` if the records are of something else."""
        while self.head is not None and self.head.arm == arm:
            unit = next(units, None)
            if unit is None or unit.id != self.head.id:
                raise self._strange("nothing" if unit is None else repr(unit.id))
            self.head = next(self._entries, None)
        if self.head is not None and (unit := next(units, None)) is not None:
            raise self._strange(f"{unit.id!r}, of {arm}," if arm is not None else repr(unit.id))

    def _strange(self, found: str) -> RecordError:
        assert self.head is not None
        of = f", of {self.head.arm}" if self.head.arm is not None else ""
        return RecordError(
            f"{self.path}: record {self.head.index} is about {self.head.id!r}{of}, but the data has {found} there; "
            "choose another --out"
        )

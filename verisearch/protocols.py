"""The protocols that plug-ins implement and that layers below are given as arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol, runtime_checkable

import msgspec

from verisearch.trace import Problem, Trace

__all__ = ["Answer", "DataSet", "Item", "Solver"]


class Answer(msgspec.Struct, frozen=True):
    """A solver's answer to one check.

    ``reason`` (for ``unknown``): why. ``effort`` is in the solver's own deterministic unit.
    """

    status: Literal["sat", "unsat", "unknown"]
    reason: str = ""
    effort: int = 0


@runtime_checkable
class Solver(Protocol):
    """An incremental solver that is driven by text: SMT-LIB 2, or (for the closed world) logic programs.

    The text is written by our own writers, never by a model. Every method raises `SolverError` when the
    solver refuses or crashes; the session is then unusable until `reset`.
    """

    name: str

    def run(self, commands: str) -> None:
        """Take declarations and assertions; they may be executed as late as the next check."""

    def check(self, assumptions: Sequence[str]) -> Answer:
        """Satisfiability under the named Boolean constants, or atoms."""

    def values(self, terms: Sequence[str]) -> list[bool | None]:
        """Truth values of Boolean terms in the model of the last ``sat``; None where it has no opinion."""

    def reset(self) -> None:
        """Forget everything: as new."""

    def close(self) -> None:
        """Free what the solver holds."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a data set: the problem, and its recorded traces where it has any.

    ``gold`` stays with the problem; ``group`` names the theory or story, so that splits can keep it together.
    ``formulas`` are gold formulas in FOL notation, where the data set has them: premises, then the conclusion.
    """

    problem: Problem
    traces: tuple[Trace, ...] = ()
    group: str = ""
    formulas: tuple[str, ...] = ()


class DataSet(Protocol):
    """A named data set that reads its rows from a file or a Hugging Face name, lazily and in order."""

    name: str

    def load(self, source: str) -> Iterator[Item]:
        """Yield the rows of ``source``. Raises `TraceError` with file, line and field for a malformed row."""

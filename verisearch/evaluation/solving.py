"""Solves the problems of a run and writes their records."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator

from verisearch.evaluation.record import Record, record_of, record_of_solution, timing_of, timing_of_solution
from verisearch.evaluation.risk.control import RiskControl
from verisearch.evaluation.units import Unit, Units
from verisearch.protocols import Policy
from verisearch.runtime.pool import Pool
from verisearch.runtime.records import RunFolder
from verisearch.runtime.solving import SolveOptions, solve_all
from verisearch.trace import Problem

__all__ = ["SolutionWriter"]


class SolutionWriter:
    """Has problems solved and writes their records, in input order. ``risk`` withholds answers."""

    def __init__(
        self, target: RunFolder[Record], progress: Callable[[int], None] | None, risk: RiskControl | None = None
    ) -> None:
        self._target, self._progress, self._risk = target, progress, risk
        self._waiting: deque[tuple[Unit, float]] = deque()

    def write(self, units: Units, policy: Policy, options: SolveOptions, pool: Pool) -> None:
        """Do all of ``units``. Raises what `solve_all` raises."""
        for solution in solve_all(self._problems(units), policy, options, pool=pool):
            unit, began = self._waiting.popleft()
            if self._risk is not None:
                solution = self._risk.applied(solution)
            index = self._target.records.count
            timing = timing_of_solution(index, solution, time.monotonic() - began)
            self._target.append(record_of_solution(index, unit, solution), timing)
            self._report(unit.row)
            self._write_unreadable()
        self._report(units.rows)

    def _problems(self, units: Units) -> Iterator[Problem]:
        for unit in units:
            self._waiting.append((unit, time.monotonic()))
            if unit.item is not None:
                yield unit.item.problem
            else:
                self._write_unreadable()

    def _write_unreadable(self) -> None:
        """Write the records of malformed rows, up to the next problem."""
        while self._waiting and self._waiting[0][0].item is None:
            unit, _ = self._waiting.popleft()
            index = self._target.records.count
            self._target.append(record_of(index, unit, None, False), timing_of(index, None))
            self._report(unit.row)

    def _report(self, rows: int) -> None:
        if self._progress is not None:
            self._progress(rows)

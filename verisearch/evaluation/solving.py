"""Solves the problems of a run, arm by arm, and writes their records."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from verisearch.errors import RecordError
from verisearch.evaluation.arms import Arm, resolved
from verisearch.evaluation.done import Done
from verisearch.evaluation.flops import flops_of, untold
from verisearch.evaluation.record import Record, record_of, record_of_solution, timing_of, timing_of_solution
from verisearch.evaluation.units import Unit, Units
from verisearch.protocols import Policy, Verifier
from verisearch.runtime.pool import Pool
from verisearch.runtime.records import RunFolder, read_records
from verisearch.runtime.solving import Solution, refuse_unusable, solve_all, verifier_for
from verisearch.trace import Problem

__all__ = ["Progress", "Solved", "solve_arms"]

#: Called with the number of the arm under way, from 0, and of its rows done so far.
Progress = Callable[[int, int], None]


class Solved(NamedTuple):
    """The units of the last arm, all done, and why floating-point operations of an arm can't be told, by its name."""

    units: Units
    untold: dict[str, str]


def solve_arms(
    arms: Sequence[Arm],
    units: Callable[[], Units],
    target: RunFolder[Record],
    policy: Policy,
    pool: Pool,
    progress: Progress | None,
) -> Solved:
    """Have every arm solve all problems, one arm after the other, but for those that have a record. ``units()`` begins
    the data anew.

    That every arm can be run is looked at before the first begins. Raises what `solve_all` raises; `InputError` if a
    budget is a multiple of nothing; `RecordError` if the records are of something else.
    """
    reasons = refuse_impossible(arms, policy, pool)
    done = Done(target.folder / "records.jsonl", target.records.count)
    for number, arm in enumerate(arms):
        todo = units()
        done.skip(todo, arm.name)
        if arm.multiple is not None:
            arm = resolved(arm, mean_tokens(target.folder / "records.jsonl", arms[0].name))
        report = None if progress is None else lambda rows, number=number: progress(number, rows)
        if report is not None:
            report(todo.rows)
        ArmWriter(target, arm, policy, report).write(todo, pool)
    if done.head is not None:
        raise RecordError(f"{done.path}: record {done.head.index} is of no arm of this run; choose another --out")
    return Solved(todo, reasons)


def refuse_impossible(arms: Sequence[Arm], policy: Policy, pool: Pool) -> dict[str, str]:
    """Raises what an arm would raise when its turn comes, perhaps hours later; says of which arms operations can't be
    told, and why."""
    reasons: dict[str, str] = {}
    for arm in arms:
        refuse_unusable(policy, arm.options)
        spec = arm.options.verifier
        if spec not in reasons:
            verifier = verifier_for(policy, arm.options, pool)
            reasons[spec] = untold(policy, verifier)
            verifier.close()
    return {arm.name: reasons[arm.options.verifier] for arm in arms if reasons[arm.options.verifier]}


class Spent(msgspec.Struct, frozen=True):
    """Of a record, what it takes to say what a chain costs."""

    arm: str | None = None
    strategy: str | None = None
    usage: dict[str, int] = {}
    error: str | None = None


def mean_tokens(path: Path, arm: str) -> float | None:
    """Mean generated tokens of an arm's problems that were solved without an error; None without any."""
    tokens = [
        record.usage.get("generated_tokens", 0)
        for record in read_records(path, Spent)
        if record.arm == arm and record.strategy is not None and record.error is None
    ]
    return sum(tokens) / len(tokens) if tokens else None


class ArmWriter:
    """Has problems solved by one arm and writes their records, in input order."""

    def __init__(
        self, target: RunFolder[Record], arm: Arm, policy: Policy, progress: Callable[[int], None] | None
    ) -> None:
        self._target, self._arm, self._policy, self._progress = target, arm, policy, progress
        self._waiting: deque[tuple[Unit, float]] = deque()
        self._last = time.monotonic()

    def write(self, units: Units, pool: Pool) -> None:
        """Do all of ``units``. Raises what `solve_all` raises."""
        options = self._arm.options
        verifier = verifier_for(self._policy, options, pool)
        self._last = time.monotonic()
        try:
            for solution in solve_all(self._problems(units), self._policy, options, verifier=verifier, pool=pool):
                self._write(solution, verifier)
                self._write_unreadable()
        finally:
            verifier.close()
        self._report(units.rows)

    def _write(self, solution: Solution, verifier: Verifier) -> None:
        unit, began = self._waiting.popleft()
        index, now = self._target.records.count, time.monotonic()
        timing = timing_of_solution(index, solution, now - began, now - self._last)
        self._last = now
        flops = flops_of(solution.usage, self._policy, verifier)
        self._target.append(record_of_solution(index, unit, solution, self._arm, flops), timing)
        self._report(unit.row)

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
            record = msgspec.structs.replace(record_of(index, unit, None, False), arm=self._arm.name)
            self._target.append(record, timing_of(index, None))
            self._report(unit.row)

    def _report(self, rows: int) -> None:
        if self._progress is not None:
            self._progress(rows)

"""Solves the problems of a run, arm by arm, and writes their records."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from verisearch.errors import RecordError
from verisearch.evaluation.arms import Arm, resolved
from verisearch.evaluation.done import Done
from verisearch.evaluation.flops import flops_of, untold
from verisearch.evaluation.record import Record, record_of, record_of_solution, timing_of, timing_of_solution
from verisearch.evaluation.risk.control import RiskControl
from verisearch.evaluation.units import Unit, Units
from verisearch.protocols import Policy, Verifier
from verisearch.runtime.pool import Pool
from verisearch.runtime.records import RunFolder, read_records
from verisearch.runtime.solving import Solution, refuse_unscoring, refuse_unusable, solve_all, verifier_for
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
    risk: RiskControl | None = None,
) -> Solved:
    """Have every arm solve all problems, one arm after the other, but for those that have a record. ``units()`` begins
    the data anew; ``risk`` withholds answers.

    Verifiers are opened before the first arm begins, so that what can't be had is said at once. Raises what `solve_all`
    raises; `InputError` if a budget is a multiple of nothing; `RecordError` if the records are of something else.
    """
    done = Done(target.folder / "records.jsonl", target.records.count)
    with verifiers(arms, policy, pool) as by_arm:
        for number, arm in enumerate(arms):
            todo = units()
            done.skip(todo, arm.name)
            if arm.multiple is not None:
                arm = resolved(arm, mean_tokens(target.folder / "records.jsonl", arms[0].name))
            report = None if progress is None else partial(progress, number)
            if report is not None:
                report(todo.rows)
            ArmWriter(target, arm, policy, by_arm[arm.name], report, risk).write(todo, pool)
        if done.head is not None:
            raise RecordError(f"{done.path}: record {done.head.index} is of no arm of this run; choose another --out")
        reasons = {name: untold(policy, verifier) for name, verifier in by_arm.items()}
    return Solved(todo, {name: reason for name, reason in reasons.items() if reason})


@contextmanager
def verifiers(arms: Sequence[Arm], policy: Policy, pool: Pool) -> Iterator[dict[str, Verifier]]:
    """Who scores for each arm, by its name; open until the end, one for all arms that ask for the same."""
    opened: dict[bytes, Verifier] = {}
    by_arm = {}
    with ExitStack() as stack:
        for arm in arms:
            options = arm.options
            refuse_unusable(policy, options)
            asked = (options.verifier, options.settings.verifier, options.check, options.prompt, options.seed)
            key = msgspec.json.encode(asked)
            if key not in opened:
                opened[key] = verifier_for(policy, options, pool)
                stack.callback(opened[key].close)
            refuse_unscoring(opened[key], options)
            by_arm[arm.name] = opened[key]
        yield by_arm


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
        self,
        target: RunFolder[Record],
        arm: Arm,
        policy: Policy,
        verifier: Verifier,
        progress: Callable[[int], None] | None,
        risk: RiskControl | None = None,
    ) -> None:
        self._target, self._arm, self._policy, self._verifier = target, arm, policy, verifier
        self._progress, self._risk = progress, risk
        self._waiting: deque[tuple[Unit, float]] = deque()
        self._last = time.monotonic()

    def write(self, units: Units, pool: Pool) -> None:
        """Do all of ``units``. Raises what `solve_all` raises."""
        # equal seeds draw equal texts: with what an earlier arm left behind, this one would look cheaper than it is
        for each in (self._policy, self._verifier):
            getattr(each, "forget", lambda: None)()
        self._last = time.monotonic()
        options, verifier = self._arm.options, self._verifier
        for solution in solve_all(self._problems(units), self._policy, options, verifier=verifier, pool=pool):
            self._write(solution)
            self._write_unreadable()
        self._report(units.rows)

    def _write(self, solution: Solution) -> None:
        unit, began = self._waiting.popleft()
        if self._risk is not None:
            solution = self._risk.applied(solution)
        index, now = self._target.records.count, time.monotonic()
        timing = timing_of_solution(index, solution, now - began, now - self._last)
        self._last = now
        flops = flops_of(solution.usage, self._policy, self._verifier)
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

"""A run over a data set: resumable, contained, one record a problem or trace."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from verisearch import __version__
from verisearch.errors import RecordError
from verisearch.evaluation.metrics import Summary, Tally
from verisearch.evaluation.record import Record, Timing, record_of, timing_of
from verisearch.evaluation.risk.control import RiskControl
from verisearch.evaluation.solving import SolutionWriter
from verisearch.evaluation.units import Mode, Unit, Units, chosen_rows
from verisearch.protocols import DataSet, Policy
from verisearch.runtime.jobs import Job, Limits, Result, raise_fatal
from verisearch.runtime.machine import installed
from verisearch.runtime.pool import Pool
from verisearch.runtime.records import RunFolder, read_records, write_whole
from verisearch.runtime.solving import SolveOptions
from verisearch.symbolic.options import CheckOptions

__all__ = ["Plan", "Report", "run"]

#: Packages whose version can change a verdict.
PACKAGES = ("z3-solver", "cvc5", "clingo")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to run. ``source``: a file or ``hf:…``. ``limit``: rows to take, the first ones, or with ``seed`` as many
    drawn at random. ``problems``: the file of problems that recorded chains are about. ``policy`` (what
    `verisearch.policies.open_policy` takes) and ``solve`` say how problems are solved, in that mode; ``risk`` which of
    the answers are withheld."""

    data_set: str
    source: str
    mode: Mode
    options: CheckOptions
    limit: int | None = None
    seed: int | None = None
    problems: str | None = None
    limits: Limits = Limits()
    policy: str | None = None
    solve: SolveOptions | None = None
    risk: RiskControl | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What ``summary.json`` holds: what was run, and its figures. ``risk``: the target (``alpha``, ``delta``) and the
    ``threshold`` that answers were withheld below."""

    data_set: str
    data: str
    mode: Mode
    logic: str
    formaliser: str
    solver: str
    max_leap: int | None
    policy: str | None = None
    strategy: str | None = None
    risk: dict[str, float | None] | None = None
    rows: int
    rows_without_trace: int
    figures: Summary

    def flat(self) -> dict[str, Any]:
        """All of it as one JSON object without nesting under ``figures``."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        figures = fields.pop("figures")
        return {**fields, **figures}


def run(
    plan: Plan,
    data_set: DataSet,
    folder: Path,
    *,
    pool: Pool,
    policy: Policy | None = None,
    resume: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Run ``plan`` and write its records into ``folder``; with ``resume``, only those not there yet. To solve takes an
    open ``policy``.

    ``progress`` is called with the number of rows done so far. Raises `RecordError` if the folder can't be used,
    `TraceError` or OSError if the source can't be read, `MissingExtraError` or `UnknownNameError` if a plug-in that
    the plan names isn't there, `InputError` if its risk control was calibrated for other settings; what goes wrong with
    one row is in its record.
    """
    if plan.risk is not None and plan.solve is not None:
        plan.risk.refuse_other(plan.policy, plan.solve)
    chosen = None
    if plan.limit is not None and plan.seed is not None:
        chosen = chosen_rows(data_set, plan.source, plan.limit, plan.seed)
    limit = plan.limit if chosen is None else None
    units = Units(data_set, plan.source, plan.mode, plan.options, limit=limit, chosen=chosen)
    unknown_is_false = bool(getattr(data_set, "unknown_is_false", False))
    with RunFolder(folder, settings(plan), Record, Timing, resume=resume) as target:
        skip_done(units, folder / "records.jsonl", target.records.count)
        if plan.solve is not None and policy is not None:
            SolutionWriter(target, progress, plan.risk).write(units, policy, plan.solve, pool)
        else:
            Writer(target, unknown_is_false, progress).write(units, pool)
    report = summarise(plan, units, folder)
    write_whole(folder / "summary.json", msgspec.json.format(msgspec.json.encode(report.flat())) + b"\n")
    return report


def settings(plan: Plan) -> dict[str, Any]:
    """What must be the same for a run to be resumed; how many problems are under way at once need not be."""
    solve = msgspec.to_builtins(plan.solve) or {}
    solve.pop("concurrency", None)
    return {
        "verisearch": __version__,
        "packages": {name: installed(name) for name in PACKAGES},
        "data_set": plan.data_set,
        "data": Path(plan.source).name,
        "sha256": digest(plan.source),
        "problems": Path(plan.problems).name if plan.problems else None,
        "problems_sha256": digest(plan.problems) if plan.problems else None,
        "mode": plan.mode,
        "limit": plan.limit,
        "seed": plan.seed,
        "options": msgspec.to_builtins(plan.options),
        "policy": plan.policy,
        "solve": solve or None,
        "risk": msgspec.to_builtins(plan.risk),
        "limits": {"seconds": plan.limits.seconds, "memory": plan.limits.memory, "failures": plan.limits.failures},
    }


def digest(source: str) -> str | None:
    """SHA-256 of a file; None of what is no file."""
    path = Path(source)
    if not path.is_file():
        return None
    with path.open("rb") as file:
        found = hashlib.sha256()
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def skip_done(units: Units, path: Path, done: int) -> None:
    """Pass over the units that have a record. Raises `RecordError` if the records are of something else."""
    for record, _ in zip(read_records(path, Record), range(done), strict=True):
        unit = next(units, None)
        if unit is None or unit.id != record.id:
            found = "nothing" if unit is None else repr(unit.id)
            raise RecordError(
                f"{path}: record {record.index} is about {record.id!r}, but the data has {found} there; "
                "choose another --out"
            )


class Writer:
    """Has units done and writes their records, in input order."""

    def __init__(self, target: RunFolder[Record], unknown_is_false: bool, progress: Callable[[int], None] | None):
        self._target, self._unknown_is_false, self._progress = target, unknown_is_false, progress
        self._waiting: deque[Unit] = deque()

    def write(self, units: Units, pool: Pool) -> None:
        """Do all of ``units``."""
        for result in pool.run(self._jobs(units)):
            self._write(self._waiting.popleft(), result)
            self._write_unreadable()
        self._report(units.rows)

    def _jobs(self, units: Units) -> Iterator[Job]:
        for unit in units:
            self._waiting.append(unit)
            if unit.job is not None:
                yield unit.job
            else:
                self._write_unreadable()

    def _write_unreadable(self) -> None:
        """Write the records of rows that need no worker, up to the next that does."""
        while self._waiting and self._waiting[0].job is None:
            self._write(self._waiting.popleft(), None)

    def _write(self, unit: Unit, result: Result | None) -> None:
        if result is not None:
            raise_fatal(result.error)
        index = self._target.records.count
        self._target.append(record_of(index, unit, result, self._unknown_is_false), timing_of(index, result))
        self._report(unit.row)

    def _report(self, rows: int) -> None:
        if self._progress is not None:
            self._progress(rows)


def summarise(plan: Plan, units: Units, folder: Path) -> Report:
    """The report over all records in ``folder``."""
    tally = Tally()
    for record in read_records(folder / "records.jsonl", Record):
        tally.add(record)
    return Report(
        data_set=plan.data_set,
        data=Path(plan.source).name,
        mode=plan.mode,
        logic=plan.options.logic,
        formaliser=plan.options.formaliser,
        # Negation as failure is decided by clingo, whatever solver is named for first-order logic.
        solver="clingo" if plan.options.logic == "closed-world" else plan.options.solver,
        max_leap=plan.options.max_leap,
        policy=plan.policy,
        strategy=plan.solve.strategy if plan.solve is not None else None,
        risk={name: getattr(plan.risk.rule, name) for name in ("alpha", "delta", "threshold")} if plan.risk else None,
        rows=units.rows,
        rows_without_trace=units.without_trace,
        figures=tally.summary(plan.mode != "prove"),
    )

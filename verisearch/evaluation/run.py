"""A run over a data set: resumable, contained, one record a problem or trace, and for each arm that solves."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from verisearch import __version__
from verisearch.errors import InputError, TraceError
from verisearch.evaluation.arms import Arm
from verisearch.evaluation.comparison import Comparison, compare
from verisearch.evaluation.done import Done
from verisearch.evaluation.metrics import Summary, Tally
from verisearch.evaluation.record import Record, Timing, record_of, timing_of
from verisearch.evaluation.risk.control import RiskControl
from verisearch.evaluation.solving import Progress, solve_arms
from verisearch.evaluation.stored import run_differences, stored_arm
from verisearch.evaluation.units import Mode, Unit, Units, chosen_rows
from verisearch.protocols import DataSet, Policy
from verisearch.runtime.jobs import Job, Limits, Result, raise_fatal
from verisearch.runtime.machine import installed
from verisearch.runtime.pool import Pool
from verisearch.runtime.records import RunFolder, read_records, write_whole
from verisearch.symbolic.options import CheckOptions

__all__ = ["Plan", "Report", "run"]

#: Packages whose version can change a verdict.
PACKAGES = ("z3-solver", "cvc5", "clingo")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to run. ``source``: a file or ``hf:…``. ``limit``: rows to take, the first ones, or with ``seed`` as many
    drawn at random. ``problems``: the file of problems that recorded chains are about. ``policy`` (what
    `verisearch.policies.open_policy` takes) and ``arms`` say how problems are solved, in that mode; multiples among
    the arms' budgets are of the first arm's mean tokens; ``risk``, with one arm, which answers are withheld.
    ``formaliser_model``: the language model that formalises, where one does (the pool asks it); ``prompts``: SHA-256 of
    the templates that it is asked by; ``reply_tokens``: the most of its replies, where that isn't left to these."""

    data_set: str
    source: str
    mode: Mode
    options: CheckOptions
    limit: int | None = None
    seed: int | None = None
    problems: str | None = None
    limits: Limits = Limits()
    policy: str | None = None
    arms: tuple[Arm, ...] = ()
    risk: RiskControl | None = None
    formaliser_model: str | None = None
    prompts: dict[str, str] = {}
    reply_tokens: int | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What ``summary.json`` holds: what was run, and its figures. ``figures`` are of all records; where there are
    several arms, ``comparison`` has each one's, and they stand for counts and errors only. ``risk``: the target
    (``alpha``, ``delta``) and the ``threshold`` that answers were withheld below."""

    data_set: str
    data: str
    mode: Mode
    logic: str
    formaliser: str
    solver: str
    max_leap: int | None
    formaliser_model: str | None = None
    policy: str | None = None
    strategy: str | None = None
    risk: dict[str, float | None] | None = None
    rows: int
    rows_without_trace: int
    figures: Summary
    comparison: Comparison | None = None

    def flat(self) -> dict[str, Any]:
        """All of it as one JSON object without nesting under ``figures`` or ``comparison``."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        figures, comparison = fields.pop("figures"), fields.pop("comparison")
        if comparison is None:
            return {**fields, **figures}
        return {**fields, **{name: figures[name] for name in ("n", "errors", "error_kinds")}, **comparison}


def run(
    plan: Plan,
    data_set: DataSet,
    folder: Path,
    *,
    pool: Pool,
    policy: Policy | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Run ``plan`` and write its records into ``folder``; with ``resume``, only those not there yet. To solve takes an
    open ``policy``.

    ``progress`` is called with the number of the arm under way (0 where there is none) and of its rows done so far.
    Raises `RecordError` if the folder can't be used, `TraceError` or OSError if the source can't be read,
    `MissingExtraError` or `UnknownNameError` if a plug-in that the plan names isn't there, and when solving what
    `solve_arms` raises, and `InputError` if risk control was calibrated for other settings; what goes wrong with one
    row is in its record.
    """
    if (plan.mode == "solve") != bool(plan.arms) or (plan.arms and policy is None):
        raise InputError("arms and an open policy go with mode 'solve', which can't do without")
    if plan.risk is not None:
        if len(plan.arms) != 1:
            raise InputError("risk control goes with one strategy, verifier, n and budget")
        plan.risk.refuse_other(plan.policy, plan.arms[0].options)
    chosen = None
    if plan.limit is not None and plan.seed is not None:
        chosen = chosen_rows(data_set, plan.source, plan.limit, plan.seed)
    limit = plan.limit if chosen is None else None

    def units() -> Units:
        return Units(data_set, plan.source, plan.mode, plan.options, limit=limit, chosen=chosen)

    if chosen is None:  # else it was read already
        refuse_unreadable(data_set, plan.source)  # before there is a folder that would be in the way of the next run
    with RunFolder(folder, settings(plan), Record, Timing, resume=resume, differ=run_differences) as target:
        if policy is not None and plan.arms:
            done, untold = solve_arms(plan.arms, units, target, policy, pool, progress, plan.risk)
        else:
            done, untold = units(), {}
            Done(folder / "records.jsonl", target.records.count).skip(done)
            unknown_is_false = bool(getattr(data_set, "unknown_is_false", False))
            Writer(target, unknown_is_false, progress).write(done, pool)
    report = summarise(plan, done, folder, untold)
    write_whole(folder / "summary.json", msgspec.json.format(msgspec.json.encode(report.flat())) + b"\n")
    return report


def refuse_unreadable(data_set: DataSet, source: str) -> None:
    """Raises what can't be read of a source as a whole; what is wrong with its first row is that row's error."""
    try:
        next(iter(data_set.load(source)), None)
    except TraceError as error:
        if error.line is None and error.field is None:
            raise


def settings(plan: Plan) -> dict[str, Any]:
    """What must be the same for a run to be resumed."""
    prompt = plan.arms[0].options.prompt if plan.arms else None
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
        "prompt_sha256": digest(prompt) if prompt else None,
        "arms": [stored_arm(arm) for arm in plan.arms] or None,
        "risk": msgspec.to_builtins(plan.risk),
        "formaliser_model": plan.formaliser_model,
        "formaliser_prompts": plan.prompts or None,
        "formaliser_reply_tokens": plan.reply_tokens,
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


class Writer:
    """Has units done and writes their records, in input order."""

    def __init__(self, target: RunFolder[Record], unknown_is_false: bool, progress: Progress | None):
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
            self._progress(0, rows)


def summarise(plan: Plan, units: Units, folder: Path, untold: Mapping[str, str]) -> Report:
    """The report over all records in ``folder``; ``untold`` as in `Comparison`."""
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
        formaliser_model=plan.formaliser_model,
        policy=plan.policy,
        strategy=", ".join(dict.fromkeys(arm.options.strategy for arm in plan.arms)) or None,
        risk={name: getattr(plan.risk.rule, name) for name in ("alpha", "delta", "threshold")} if plan.risk else None,
        rows=units.rows,
        rows_without_trace=units.without_trace,
        figures=tally.summary(plan.mode != "prove"),
        comparison=compare(plan.arms, folder, untold) if len(plan.arms) > 1 else None,
    )

"""A search to be shown: what was asked, what came of it, what it was allowed and what it cost, and its events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from verisearch.evaluation.record import Record
from verisearch.runtime.solving import Solution, SolveOptions, SolveStatus
from verisearch.trace import Problem
from verisearch.usage import Usage
from verisearch.verdict import TraceVerdict

__all__ = ["Searched", "searched_record", "searched_solution"]


class Searched(msgspec.Struct, frozen=True, kw_only=True):
    """``settings``: the options of the run, as `SolveOptions` has them, as plain data; empty if they aren't known.
    ``abstained``: no answer is given; ``withheld`` is the chosen chain's, if there is one.
    ``verdict``: the step checker's on the chosen chain, if it is to be shown whole. ``status``: of the chosen chain,
    ``valid``, ``invalid`` or ``unverified``. ``usage``: counts by their names in `verisearch.usage.Usage`.
    """

    problem: Problem
    strategy: str
    events: Sequence[dict[str, Any]]
    policy: str = ""
    settings: Mapping[str, Any] = {}
    answer: str | None = None
    correct: bool | None = None
    verified: bool = False
    withheld: str | None = None
    abstained: bool = False
    status: str = "unverified"
    written: str | None = None
    verdict: TraceVerdict | None = None
    notes: Sequence[str] = ()
    error: str | None = None
    usage: Mapping[str, float] = {}

    @property
    def asked(self) -> str:
        return self.problem.statement or self.problem.question or ""


def searched_solution(solution: Solution, policy: str = "", options: SolveOptions | None = None) -> Searched:
    """What `verisearch.runtime.solving.solve_all` came to; ``policy`` and ``options``: as it was asked."""
    problem, verdict = solution.problem, solution.verdict
    return Searched(
        problem=problem,
        strategy=solution.strategy,
        events=solution.events,
        policy=policy,
        settings=msgspec.to_builtins(options) if options is not None else {},
        answer=solution.answer,
        correct=None if problem.gold is None else solution.answer == problem.gold,
        verified=solution.verified,
        withheld=solution.withheld,
        abstained=solution.status is SolveStatus.ABSTAINED,
        status=verdict.status.value if verdict is not None else "unverified",
        written=solution.trace.raw if solution.trace is not None else None,
        verdict=verdict,
        notes=[solution.note] if solution.note else [],
        error=solution.error,
        usage=counts(solution.usage),
    )


def counts(usage: Usage) -> dict[str, float]:
    return {name: getattr(usage, name) for name in usage.__struct_fields__}


def options_of(record: Record, run: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options of the record's arm, among those of a run's settings."""
    return next((each["options"] for each in run.get("arms") or () if each["name"] == record.arm), {})


def searched_record(record: Record, run: Mapping[str, Any], verdict: TraceVerdict | None = None) -> Searched:
    """What a record of ``eval --mode solve`` tells; ``run``: the settings of its run. Without ``verdict`` the chosen
    chain has the verdicts that the record keeps."""
    return Searched(
        problem=record.problem or Problem(id=record.id, gold=record.gold),
        strategy=record.strategy or "",
        events=record.events or (),
        policy=run.get("policy") or "",
        settings=options_of(record, run),
        answer=record.predicted,
        correct=record.correct,
        verified=bool(record.verified),
        withheld=record.withheld,
        abstained=record.status is SolveStatus.ABSTAINED,
        status=record.trace_status.value if record.trace_status is not None else "unverified",
        written=record.written,
        verdict=verdict,
        notes=record.notes,
        error=record.error,
        usage=record.usage,
    )

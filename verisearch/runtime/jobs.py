"""What a worker process is asked to do, and what comes back."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from verisearch.errors import MissingExtraError, UnknownNameError
from verisearch.symbolic.options import CheckOptions
from verisearch.symbolic.recall import Known
from verisearch.trace import Problem, Trace
from verisearch.verdict import Proof, TraceVerdict

__all__ = ["Job", "JobError", "Limits", "ProveJob", "Result", "VerifyJob", "part_name", "raise_fatal"]


class VerifyJob(msgspec.Struct, frozen=True, kw_only=True, tag="verify"):
    """Check every step of a trace. ``id`` is the caller's own and need not be unique. ``known``: what an earlier check
    found, see `verisearch.symbolic.checker.verify_trace`."""

    id: str = ""
    trace: Trace
    options: CheckOptions = CheckOptions()
    known: Known | None = None


class ProveJob(msgspec.Struct, frozen=True, kw_only=True, tag="prove"):
    """Say what a problem's context says of its statement. ``id`` is the caller's own and need not be unique."""

    id: str = ""
    problem: Problem
    options: CheckOptions = CheckOptions()


Job: TypeAlias = VerifyJob | ProveJob


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker may use.

    ``seconds``: wall-clock time for one part of a job (the context, one step, the answer). ``memory``: bytes a
    worker may allocate (None: no limit; macOS does not enforce it). ``failures``: deaths and time-outs after
    which a job is given up. ``jobs``: jobs after which a worker is replaced, so that memory stays flat.
    ``start_seconds``: time for a new worker to load its modules.
    """

    seconds: float = 30.0
    memory: int | None = 4 * 1024**3
    failures: int = 6
    jobs: int = 2000
    start_seconds: float = 120.0


class JobError(msgspec.Struct, frozen=True):
    """Why a job has no verdict. ``kind`` is the name of the error's class."""

    kind: str
    message: str


#: Errors that every job with such options would meet.
FATAL = {kind.__name__: kind for kind in (MissingExtraError, UnknownNameError)}


def raise_fatal(error: JobError | None) -> None:
    """Raise `MissingExtraError` or `UnknownNameError` if the job failed by one: a plug-in that its options name isn't
    there, so the next job would fail alike."""
    if error is not None and error.kind in FATAL:
        raise FATAL[error.kind](error.message)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of the job number ``index`` (from 0, in the order given).

    Exactly one of ``verdict``, ``proof`` and ``error`` is set. ``skipped`` holds the parts given up, with the
    reason: -1 the context, then the steps from 0, then the answer. ``seconds`` is wall-clock time, retries and
    all.
    """

    index: int
    id: str
    verdict: TraceVerdict | None = None
    proof: Proof | None = None
    error: JobError | None = None
    skipped: dict[int, str] = {}
    seconds: float = 0.0


def part_name(job: Job, part: int | None) -> str:
    """What part number ``part`` of ``job`` is, in words."""
    if part is None or part < 0:
        return "the context"
    if isinstance(job, ProveJob):
        return "the statement"
    return f"step {part + 1}" if part < len(job.trace.steps) else "the answer"

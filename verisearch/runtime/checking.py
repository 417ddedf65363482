"""Checks chains in guarded worker processes, for the symbolic verifier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verisearch.runtime.jobs import VerifyJob, raise_fatal
from verisearch.runtime.pool import Pool
from verisearch.symbolic.options import CheckOptions
from verisearch.symbolic.recall import Known
from verisearch.trace import Trace
from verisearch.verdict import TraceVerdict

__all__ = ["PoolCheck"]


class PoolCheck:
    """Called with traces, options and what is known of each trace: a verdict, or why there is none, for each in order.

    Raises `WorkerError` if no worker can be started, `MissingExtraError` or `UnknownNameError` for a plug-in that the
    options name and that isn't there.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def __call__(
        self, traces: Sequence[Trace], options: CheckOptions, known: Sequence[Known | None]
    ) -> Iterator[TraceVerdict | str]:
        jobs = [
            VerifyJob(id=trace.problem.id, trace=trace, options=options, known=earlier)
            for trace, earlier in zip(traces, known, strict=True)
        ]
        for result in self._pool.run(jobs):
            raise_fatal(result.error)
            if result.verdict is not None:
                yield result.verdict
            else:
                yield result.error.message if result.error else "the worker gave no verdict"

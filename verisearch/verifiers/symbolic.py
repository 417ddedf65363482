"""The solver as a verifier: every step of a chain is checked, and the score says how much of it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from verisearch.errors import VerisearchError
from verisearch.ingest.textformat import trace_from_text
from verisearch.protocols import Partial, Score
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Trace
from verisearch.usage import Usage
from verisearch.verdict import Status, TraceVerdict

__all__ = ["Check", "SymbolicVerifier", "check_here", "held_share"]

#: Checks traces: a verdict, or why there is none, for each in order.
Check = Callable[[Iterable[Trace], CheckOptions], Iterator[TraceVerdict | str]]

#: The most a chain can score that isn't verified.
UNVERIFIED_SHARE = 0.9


def check_here(traces: Iterable[Trace], options: CheckOptions) -> Iterator[TraceVerdict | str]:
    """Check in this process, one after the other."""
    from verisearch.symbolic.checker import verify_trace

    for trace in traces:
        try:
            yield verify_trace(trace, options)
        except VerisearchError as error:
            yield str(error)


def held_share(verdict: TraceVerdict) -> float:
    """The share of claims before the first that fails, among all claims; 0 without any."""
    claims = [claim.status for step in verdict.steps for claim in step.claims if claim.status is not Status.NO_CLAIM]
    if not claims:
        return 0.0
    held = next((place for place, status in enumerate(claims) if status is not Status.ENTAILED), len(claims))
    return held / len(claims)


class SymbolicVerifier:
    """Scores with the step checker. ``check`` does the checking (default: in this process); the runtime gives one
    that works in guarded processes."""

    name = "symbolic"
    meaning = (
        "1 if the chain is verified: every claim entailed, no leap beyond the limit, the answer proved. Otherwise at "
        "most 0.9: the share of claims before the first that fails."
    )

    def __init__(self, options: CheckOptions | None = None, check: Check = check_here) -> None:
        self.options = options or CheckOptions(max_leap=1)
        self._check = check

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each chain; a chain that can't be checked has none."""
        traces = [trace_from_text(partial.written, partial.problem) for partial in partials]
        return [self._score(found) for found in self._check(traces, self.options)]

    def _score(self, found: TraceVerdict | str) -> Score:
        if isinstance(found, str):
            return Score(value=None, reason=found, usage=Usage(verifier_calls=1))
        value = 1.0 if found.verified else UNVERIFIED_SHARE * held_share(found)
        return Score(value=value, reason=found.status.value, verdict=found, usage=found.usage)

    def close(self) -> None:
        """Nothing to free: whoever gave ``check`` frees what stands behind it."""

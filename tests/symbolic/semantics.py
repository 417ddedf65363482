"""What the tests of the readings of rules share: texts in, verdicts out."""

from __future__ import annotations

from collections.abc import Sequence

from gold_traces import problem_of, trace_of

from verisearch.symbolic.checker import prove_problem, verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import ClaimVerdict, Logic, Proof, TraceVerdict

__all__ = ["check", "claims", "last", "prove", "statuses"]


def check(
    context: Sequence[str],
    steps: Sequence[str],
    statement: str | None = None,
    answer: str | None = None,
    logic: Logic = "rules",
    max_leap: int | None = None,
) -> TraceVerdict:
    """The verdict on a trace."""
    trace = trace_of(problem_of("p", context, statement), steps, answer)
    return verify_trace(trace, CheckOptions(logic=logic, max_leap=max_leap))


def claims(context: Sequence[str], steps: Sequence[str], logic: Logic = "rules") -> list[ClaimVerdict]:
    """The verdicts on all claims of the steps."""
    return [claim for step in check(context, steps, logic=logic).steps for claim in step.claims]


def last(context: Sequence[str], *steps: str, logic: Logic = "rules") -> ClaimVerdict:
    """The verdict on the last claim of the last step."""
    return claims(context, steps, logic)[-1]


def statuses(context: Sequence[str], *steps: str, logic: Logic = "rules") -> list[str]:
    """The status of each step."""
    return [step.status.value for step in check(context, steps, logic=logic).steps]


def prove(context: Sequence[str], statement: str, logic: Logic = "rules") -> Proof:
    """What a context says of a statement."""
    return prove_problem(problem_of("p", context, statement), CheckOptions(logic=logic))

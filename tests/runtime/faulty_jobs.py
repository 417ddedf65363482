"""Jobs for `faulty_worker`."""

from __future__ import annotations

from verisearch.runtime.jobs import ProveJob, VerifyJob
from verisearch.trace import Problem, Sentence, Step, Trace

__all__ = ["prove_job", "verify_job"]


def verify_job(*steps: str, id: str = "", context: str = "", answer: str = "") -> VerifyJob:
    problem = Problem(id=id, context=(Sentence(context, (0, len(context))),))
    numbered = tuple(Step(text, index, (0, len(text))) for index, text in enumerate(steps))
    return VerifyJob(id=id, trace=Trace(problem=problem, steps=numbered, answer=answer))


def prove_job(statement: str, id: str = "") -> ProveJob:
    return ProveJob(id=id, problem=Problem(id=id, statement=statement))

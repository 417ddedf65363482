"""Short ways to write a verdict by hand."""

from __future__ import annotations

from verisearch.trace import Problem, Sentence, Step
from verisearch.usage import Usage
from verisearch.verdict import (
    AnswerVerdict,
    ClaimVerdict,
    Premise,
    Status,
    TraceStatus,
    TraceVerdict,
    Verdict,
    trace_status,
    worst,
)


def context(number: int, text: str) -> Premise:
    return Premise("context", number - 1, text)


def earlier(number: int, text: str, claim: int = 0) -> Premise:
    return Premise("step", number - 1, text, claim)


def claim(text: str, status: Status = Status.ENTAILED, **fields: object) -> ClaimVerdict:
    return ClaimVerdict(text=text, span=(0, len(text)), status=status, **fields)  # type: ignore[arg-type]


def step(number: int, text: str, *claims: ClaimVerdict, calls: int = 2) -> Verdict:
    leaps = [item.leap for item in claims if item.leap is not None]
    return Verdict(
        step=Step(text, number - 1, (0, len(text))),
        status=worst(item.status for item in claims),
        claims=claims,
        leap=max(leaps, default=None),
        solver="z3" if claims else "",
        solver_calls=calls if claims else 0,
        solver_effort=137 * calls if claims else 0,
    )


def problem(name: str, text: str, statement: str | None) -> Problem:
    """A problem whose context is ``text``, a sentence ending at each full stop."""
    sentences, start = [], 0
    for part in text.split(". "):
        whole = part if part.endswith(".") else part + "."
        sentences.append(Sentence(whole, (start, start + len(whole))))
        start += len(whole) + 1
    question = f"True, false or unknown? {statement}" if statement else None
    return Problem(id=name, context=tuple(sentences), question=question, statement=statement)


def make(
    name: str,
    text: str,
    statement: str | None,
    steps: tuple[Verdict, ...],
    answer: AnswerVerdict | None = None,
    **fields: object,
) -> TraceVerdict:
    statuses = [item.status for one in steps for item in one.claims]
    statuses += [one.status for one in steps if not one.claims]
    if answer:
        statuses.append(answer.claim.status)
    status = trace_status(statuses)
    settings: dict[str, object] = {
        "problem": problem(name, text, statement),
        "logic": "rules",
        "formaliser": "english",
        "status": status,
        "verified": status is TraceStatus.VALID and answer is not None,
        "max_leap": 1,
        "steps": steps,
        "answer": answer,
        "usage": Usage(solver_calls=17, solver_effort=4211, seconds=0.0123),
        **fields,
    }
    return TraceVerdict(**settings)  # type: ignore[arg-type]

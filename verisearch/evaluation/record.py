"""The canonical record of one problem or trace: what it says is the same however often the run was interrupted."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from verisearch.evaluation.arms import Arm
from verisearch.evaluation.judging import Equality, Judged, judged
from verisearch.evaluation.units import Unit
from verisearch.protocols import FirstError, TraceLabel
from verisearch.runtime.budget import Budget
from verisearch.runtime.jobs import Result, VerifyJob
from verisearch.runtime.solving import Candidate, Solution, SolveStatus
from verisearch.trace import AnswerKind, Problem
from verisearch.usage import Usage
from verisearch.verdict import Outcome, Proof, Status, TraceStatus, TraceVerdict, UnreadSentence, Verdict

__all__ = ["Record", "Timing", "record_of", "record_of_solution", "timing_of", "timing_of_solution"]

#: Outcomes as data sets name them; an outcome that is missing here is no answer.
PREDICTED = {
    Outcome.TRUE: "True",
    Outcome.FALSE: "False",
    Outcome.UNKNOWN: "Unknown",
    Outcome.INCONSISTENT: "Inconsistent",
}

#: Fields of a usage that are no two runs' the same.
VARYING = ("seconds", "solver_effort", "cached_tokens", "recorded_calls")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one problem (prove, solve) or one trace (verify). ``index`` is its place among the records, from 0.

    ``predicted`` is the solver's answer (prove) or the chain's own (verify, solve), None if there is none.
    ``correct`` is None where no gold answer is known, and what the data set says of the chain (``gold_right``) where
    that is all it says; ``equality`` is how the two compare, where that takes more than equal texts (an ``answer_kind``
    of number, expression or choice). ``depth`` is that of the solver's proof, ``gold_depth`` that of the data set's,
    where it has one; ``kind`` is what the data set files the row under. ``gold_first_error`` is its label of the first
    wrong step, ``first_error`` the first step that the check calls contradicted or ungrounded: "none" where there is
    none, None where nothing is known. Solving adds the ``problem``; the ``arm`` of the run, its
    ``strategy``, who scored (``verifier``) and the ``budget``; what came of it (``status``; abstained: nothing is
    predicted, and ``withheld`` is what the chain would answer, if there is one), what the chosen chain says
    (``written``), all ``candidates`` with their scores, every draw and score of the search (``events``): enough to
    replay it; and the floating-point operations (``flops``, see `verisearch.evaluation.flops`). The fields on steps run
    parallel; they are None in prove mode. ``sentences`` counts context sentences, ``sentences_read`` those that a
    formula was made of. ``premise_sources`` counts what the claims that follow rest on (context, step, question,
    commonsense), ``commonsense`` the premises of commonsense among it; ``model`` and ``prompts`` say what language
    model formalised, and by which templates (SHA-256). ``reason`` says why there is no answer. ``error`` and
    ``error_kind`` are set if checking failed, or the row is malformed. ``usage`` leaves out what is in `Timing`.
    """

    index: int
    id: str
    group: str = ""
    kind: str = ""
    answer_kind: AnswerKind | None = None
    gold: str | None = None
    gold_depth: int | None = None
    gold_first_error: FirstError = None
    gold_right: bool | None = None
    predicted: str | None = None
    correct: bool | None = None
    equality: Equality | None = None
    outcome: Outcome | None = None
    depth: int | None = None
    trace_status: TraceStatus | None = None
    step_statuses: list[Status] | None = None
    step_leaps: list[int | None] | None = None
    step_reasons: list[str] | None = None
    first_error: FirstError = None
    answer_status: Status | None = None
    verified: bool | None = None
    premise_sources: dict[str, int] = {}
    commonsense: int = 0
    model: str = ""
    prompts: dict[str, str] = {}
    reason: str = ""
    notes: list[str] = []
    sentences: int = 0
    sentences_read: int = 0
    problem: Problem | None = None
    arm: str | None = None
    strategy: str | None = None
    verifier: str | None = None
    budget: Budget | None = None
    status: SolveStatus | None = None
    withheld: str | None = None
    written: str | None = None
    candidates: list[Candidate] | None = None
    events: list[dict[str, Any]] | None = None
    usage: dict[str, int] = {}
    flops: int | None = None
    error: str | None = None
    error_kind: str | None = None


class Timing(msgspec.Struct, frozen=True):
    """What differs from run to run for record ``index``: wall-clock ``seconds`` from its beginning to its end, retries
    and all; the solver's own effort, which depends on what the same solver process was asked before; the prompt tokens
    that were in the policy's cache, which depend on what else it was asked; how many of a formaliser's calls a
    recording answered; and the seconds ``elapsed`` since the record before it, which add up to what a run took
    however many problems were under way at once."""

    index: int
    seconds: float = 0.0
    solver_effort: int = 0
    cached_tokens: int = 0
    elapsed: float = 0.0
    recorded_calls: int = 0


def record_of(index: int, unit: Unit, result: Result | None, unknown_is_false: bool) -> Record:
    """The record of a unit's result (None: its row could not be read).

    ``unknown_is_false``: the data set's labels call False what does not follow.
    """
    error = result.error if result is not None else unit.error
    fields: dict[str, Any] = {}
    if isinstance(unit.job, VerifyJob):
        fields["predicted"] = unit.job.trace.answer
    if result is not None and result.verdict is not None:
        fields |= of_verdict(result.verdict)
    elif result is not None and result.proof is not None:
        fields |= of_proof(result.proof, unknown_is_false)
    if unit.item is not None:
        written = unit.job.trace.raw if isinstance(unit.job, VerifyJob) else None
        fields |= of_gold(unit, judged(fields.get("predicted"), unit.item.problem, written))
    return Record(
        index=index,
        id=unit.id,
        error=error.message if error is not None else None,
        error_kind=error.kind if error is not None else None,
        **fields,
    )


def timing_of(index: int, result: Result | None) -> Timing:
    """The figures of a unit's result that don't belong in its record."""
    if result is None:
        return Timing(index)
    outcome = result.verdict or result.proof
    usage = outcome.usage if outcome is not None else Usage()
    return Timing(index, round(result.seconds, 6), usage.solver_effort, recorded_calls=usage.recorded_calls)


def record_of_solution(index: int, unit: Unit, solution: Solution, arm: Arm, flops: int | None = None) -> Record:
    """The record of a problem that ``arm`` was to solve."""
    written = solution.trace.raw if solution.trace is not None else None
    given = written if solution.status is not SolveStatus.ABSTAINED else None
    fields: dict[str, Any] = {"notes": []} if solution.verdict is None else of_verdict(solution.verdict)
    fields["notes"] += [solution.note] if solution.note else []
    fields["usage"] = counted(solution.usage)
    fields["verified"] = solution.verified if solution.status is not SolveStatus.FAILED else None
    fields |= of_gold(unit, judged(solution.answer, solution.problem, given))
    return Record(
        index=index,
        id=unit.id,
        predicted=solution.answer,
        problem=solution.problem,
        arm=arm.name,
        strategy=solution.strategy,
        verifier=arm.options.verifier,
        budget=arm.options.budget,
        status=solution.status,
        withheld=solution.withheld,
        flops=flops,
        written=written,
        candidates=list(solution.candidates),
        events=list(solution.events),
        error=solution.error,
        error_kind="PolicyError" if solution.error is not None else None,
        **fields,
    )


def timing_of_solution(index: int, solution: Solution, seconds: float, elapsed: float) -> Timing:
    """The figures of a solution that don't belong in its record."""
    usage = solution.usage
    return Timing(
        index, round(seconds, 6), usage.solver_effort, usage.cached_tokens, round(elapsed, 6), usage.recorded_calls
    )


def counted(usage: Usage) -> dict[str, int]:
    """What a record says of a usage."""
    return {name: getattr(usage, name) for name in usage.__struct_fields__ if name not in VARYING}


def of_gold(unit: Unit, answer: Judged) -> dict[str, Any]:
    """The fields that say what the data set holds of a unit, and whether its answer is the right one."""
    assert unit.item is not None
    label = unit.label or TraceLabel()
    problem = unit.item.problem
    return {
        "group": unit.item.group,
        "kind": unit.item.kind,
        "answer_kind": problem.answer_kind,
        "gold": problem.gold,
        "gold_depth": unit.item.depth,
        "gold_first_error": label.first_error,
        "gold_right": label.right,
        "correct": label.right if problem.gold is None else answer.correct,
        "equality": answer.equality,
    }


def of_verdict(verdict: TraceVerdict) -> dict[str, Any]:
    """The fields that a trace's verdict gives."""
    return {
        "trace_status": verdict.status,
        "step_statuses": [step.status for step in verdict.steps],
        "step_leaps": [step.leap for step in verdict.steps],
        "step_reasons": [reason_of(step) for step in verdict.steps],
        "first_error": first_flagged(verdict),
        "answer_status": verdict.answer.claim.status if verdict.answer is not None else None,
        "outcome": verdict.answer.proved if verdict.answer is not None else None,
        "verified": verdict.verified,
        "premise_sources": premise_sources(verdict),
        "commonsense": len(verdict.commonsense),
        "model": verdict.model,
        "prompts": verdict.prompts,
        "notes": list(verdict.notes),
        **common(verdict.problem, verdict.unread, verdict.usage),
        "sentences_read": sum(formula is not None for formula in verdict.context_formulas),
    }


def first_flagged(verdict: TraceVerdict) -> FirstError:
    """The first step that is contradicted or ungrounded."""
    flagged = (Status.CONTRADICTED, Status.UNGROUNDED)
    return next((index for index, step in enumerate(verdict.steps) if step.status in flagged), "none")


def reason_of(step: Verdict) -> str:
    """Why a step has its status, with what was named in vain for the claim that decided it."""
    claim = next((claim for claim in step.claims if claim.status is step.status), None)
    refused = claim.refused if claim is not None and claim.status is not Status.ENTAILED else ()
    parts = [step.reason, *(f"{each.source} “{each.text}”: {each.reason}" for each in refused)]
    return "; ".join(part for part in parts if part)


def premise_sources(verdict: TraceVerdict) -> dict[str, int]:
    """How many premises of each source the claims that follow rest on, each counted once a claim."""
    claims = [claim for step in verdict.steps for claim in step.claims if claim.status is Status.ENTAILED]
    found = Counter(premise.source for claim in claims for premise in claim.premises)
    return {source: found[source] for source in sorted(found)}


def of_proof(proof: Proof, unknown_is_false: bool) -> dict[str, Any]:
    """The fields that a proof gives."""
    outcome = proof.outcome
    if unknown_is_false and outcome is Outcome.UNKNOWN:
        predicted: str | None = PREDICTED[Outcome.FALSE]
    else:
        predicted = PREDICTED.get(outcome)
    return {
        "predicted": predicted,
        "outcome": outcome,
        "depth": proof.depth,
        "reason": proof.reason if predicted is None else "",
        **common(proof.problem, proof.unread, proof.usage),
    }


def common(problem: Problem, unread: tuple[UnreadSentence, ...], usage: Usage) -> dict[str, Any]:
    """What verdicts and proofs both tell."""
    return {
        "sentences": len(problem.context),
        "sentences_read": len(problem.context) - len(unread),
        "usage": counted(usage),
    }

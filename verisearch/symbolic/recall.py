"""What a check need not do twice: the verdicts that an earlier check gave the steps two chains begin with.

A verdict on a step depends on the context and on the steps before it, never on what follows. A search that extends a
chain by one step therefore hands the earlier verdicts over: the steps are read again, which takes no solver, and their
claims are taken as they were found, so that the premises are the same as if all had been checked anew.
"""

from __future__ import annotations

import msgspec

from verisearch.logic.english.claims import Claim
from verisearch.symbolic.explain import Explainer, Kind
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem, Step, Trace
from verisearch.verdict import ClaimVerdict, Status, TraceVerdict, Verdict

__all__ = ["Known", "Recall", "claim_kind", "known_from"]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier check found. ``consistent``: it found the context to agree with itself."""

    problem: Problem
    options: CheckOptions
    consistent: bool
    steps: tuple[Verdict, ...]


def known_from(verdict: TraceVerdict, options: CheckOptions) -> Known:
    """What a verdict that was reached with ``options`` tells checks of chains that begin alike."""
    consistent = verdict.context_inconsistent is False
    return Known(problem=verdict.problem, options=options, consistent=consistent, steps=verdict.steps)


def claim_kind(claim: Claim) -> Kind:
    """The kind that a claim's verdict has."""
    kinds: dict[str, Kind] = {"cited": "cited", "not-derivable": "not-derivable", "not-stated": "not-stated"}
    return kinds.get(claim.kind, "assertion")


class Recall:
    """Finds a step's earlier verdicts. Whatever doesn't fit in every respect is not used, nor anything behind it: the
    problem, the settings, the step with its place and number, and for each claim its words and its formula."""

    def __init__(self, known: Known | None, trace: Trace, options: CheckOptions, explain: Explainer) -> None:
        self._explain = explain
        self._steps: tuple[Verdict, ...] = ()
        #: The context is known to agree with itself.
        self.consistent = False
        if known is not None and known.problem == trace.problem and alike(known.options, options):
            self._steps = known.steps
            self.consistent = known.consistent

    def step(self, step: Step, claims: list[Claim]) -> Verdict | None:
        """The earlier verdict on ``step``, read as ``claims`` (those to be judged); None if there is none."""
        found = self._steps[step.index] if step.index < len(self._steps) else None
        if found is not None and found.step == step and self._fits(judged(found), claims):
            return found
        self.forget()
        return None

    def forget(self) -> None:
        """Use nothing from here on: the premises are others now."""
        self._steps = ()

    def _fits(self, verdicts: list[ClaimVerdict], claims: list[Claim]) -> bool:
        return len(verdicts) == len(claims) and all(map(self._same, verdicts, claims))

    def _same(self, verdict: ClaimVerdict, claim: Claim) -> bool:
        if verdict.span != claim.span:
            return False
        if claim.formula is None:
            return verdict.status is Status.UNTRANSLATABLE
        if verdict.formula is None:  # it can't be said under this reading of rules, which doesn't depend on the step
            return verdict.status is Status.UNTRANSLATABLE
        kind = claim_kind(claim)
        return verdict.kind == kind and verdict.formula == self._explain.claimed(claim.formula, kind, claim.whether)


def judged(verdict: Verdict) -> list[ClaimVerdict]:
    """The verdicts on a step's claims, without answers: what those rest on changes with every step."""
    return [claim for claim in verdict.claims if claim.kind != "answer"]


def alike(one: CheckOptions, other: CheckOptions) -> bool:
    """Whether both judge steps alike; the limit on leaps and the answer concern whole chains only."""
    return msgspec.structs.replace(one, max_leap=other.max_leap, answer_check=other.answer_check) == other

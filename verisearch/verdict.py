"""Verdicts: what checking a trace says about each step, and about the whole.

A step may make several claims ("since A and B, so C" makes three). Each claim gets a `ClaimVerdict`; the step's
`Verdict` is the worst of them, in the order of `SEVERITY`.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Literal

import msgspec

from verisearch.trace import Problem, Span, Step
from verisearch.usage import Usage

__all__ = [
    "SEVERITY",
    "AnswerVerdict",
    "ClaimVerdict",
    "CounterModel",
    "Logic",
    "Outcome",
    "Premise",
    "Proof",
    "RefusedPremise",
    "Status",
    "TraceStatus",
    "TraceVerdict",
    "TruthValue",
    "UnreadSentence",
    "Verdict",
    "granted",
    "trace_status",
    "worst",
]

#: The reading of rules: forward only, full first-order, or forward with negation as failure.
Logic = Literal["rules", "classical", "closed-world"]


class Status(str, Enum):
    """What a claim is, relative to the premises and the accepted earlier steps."""

    ENTAILED = "entailed"
    CONTRADICTED = "contradicted"
    UNGROUNDED = "ungrounded"
    UNTRANSLATABLE = "untranslatable"
    UNDECIDED = "undecided"
    NO_CLAIM = "no-claim"


#: Worst first: a step's status is the first of these that one of its claims has.
SEVERITY = (
    Status.CONTRADICTED,
    Status.UNGROUNDED,
    Status.UNTRANSLATABLE,
    Status.UNDECIDED,
    Status.ENTAILED,
    Status.NO_CLAIM,
)


class TraceStatus(str, Enum):
    """A whole trace: all claims entailed, any contradicted or ungrounded, or neither can be said."""

    VALID = "valid"
    INVALID = "invalid"
    UNVERIFIED = "unverified"


class Outcome(str, Enum):
    """What a context says of a statement. ``undecided``: the solver gave up or not all of it was read."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"
    INCONSISTENT = "inconsistent"
    UNDECIDED = "undecided"


def worst(statuses: Iterable[Status]) -> Status:
    """The most severe of ``statuses``; `Status.NO_CLAIM` when there are none."""
    found = set(statuses)
    return next((status for status in SEVERITY if status in found), Status.NO_CLAIM)


def trace_status(statuses: Iterable[Status]) -> TraceStatus:
    """The one rule for a whole trace, over the statuses of its claims (the answer's included).

    No claim at all is ``unverified``: an empty trace shows nothing.
    """
    claims = [status for status in statuses if status is not Status.NO_CLAIM]
    if any(status in (Status.CONTRADICTED, Status.UNGROUNDED) for status in claims):
        return TraceStatus.INVALID
    if claims and all(status is Status.ENTAILED for status in claims):
        return TraceStatus.VALID
    return TraceStatus.UNVERIFIED


class Premise(msgspec.Struct, frozen=True):
    """Something a claim rests on. ``index`` counts context sentences or steps from 0; ``claim`` is the number
    of the claim inside an earlier step (0 for other sources). ``formula`` is in FOL notation; ``read_as`` says it in
    English again, where a language model made it."""

    source: Literal["context", "step", "question", "commonsense"]
    index: int
    text: str
    claim: int = 0
    formula: str | None = None
    read_as: str = ""

    @property
    def label(self) -> str:
        """Short stable name: ``context 3`` or ``step 2``, counted from 1 as people do."""
        return f"{self.source} {self.index + 1}"


class RefusedPremise(msgspec.Struct, frozen=True):
    """A premise that a language model named for a claim and that the claim doesn't rest on, and why."""

    source: Literal["context", "question", "commonsense"]
    text: str
    reason: str


class TruthValue(msgspec.Struct, frozen=True):
    """A ground literal in the trace's own words, with its truth value in a counter-model."""

    text: str
    value: bool


class CounterModel(msgspec.Struct, frozen=True):
    """A way for all premises to hold while the claim doesn't. ``text`` says it in words."""

    text: str
    literals: tuple[TruthValue, ...] = ()


class ClaimVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one claim.

    ``span`` is the claim's place in the step's text. ``formula`` is in FOL notation. ``premises`` is a minimal set
    the claim follows from (or, if contradicted, that its complement follows from). ``leap`` is the number of
    rule applications, one upon the other, between what was already said and the claim (0: said before).
    Premises from commonsense make it entailed *modulo* them. ``depends_on_failed`` holds the indices of failed
    steps that would make the claim follow if they were granted. ``unread`` holds the words at which reading
    stopped, for `Status.UNTRANSLATABLE`. ``read_as``: the formula in English again, where a language model made it;
    whoever reads the verdict can see by it whether the formula says what the step does. ``refused``: what a language
    model named for it in vain.
    """

    text: str
    span: Span
    status: Status
    kind: Literal["assertion", "cited", "not-derivable", "not-stated", "answer"] = "assertion"
    formula: str | None = None
    premises: tuple[Premise, ...] = ()
    leap: int | None = None
    reason: str = ""
    counter_model: CounterModel | None = None
    depends_on_failed: tuple[int, ...] = ()
    vacuous: bool = False
    unread: str = ""
    read_as: str = ""
    refused: tuple[RefusedPremise, ...] = ()

    @property
    def commonsense(self) -> tuple[Premise, ...]:
        """The premises of commonsense that it rests on directly: it holds *modulo* these."""
        return tuple(premise for premise in self.premises if premise.source == "commonsense")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one step: the worst of its claims'. ``leap`` is the largest of them, None if unknown.

    ``solver_effort`` is in the solver's deterministic unit.
    """

    step: Step
    status: Status
    claims: tuple[ClaimVerdict, ...] = ()
    leap: int | None = None
    solver: str = ""
    solver_calls: int = 0
    solver_effort: int = 0

    @property
    def premises(self) -> tuple[Premise, ...]:
        """All premises its claims rest on, in order of first use."""
        return tuple(dict.fromkeys(premise for claim in self.claims for premise in claim.premises))

    @property
    def reason(self) -> str:
        """Why, from the claim that decided the status."""
        return next((claim.reason for claim in self.claims if claim.status is self.status), "")

    @property
    def formula(self) -> str | None:
        """The claims' formulas, joined by ∧; None if nothing was read."""
        parts = [claim.formula for claim in self.claims if claim.formula]
        return " ∧ ".join(f"({part})" for part in parts) if len(parts) > 1 else (parts[0] if parts else None)


class UnreadSentence(msgspec.Struct, frozen=True):
    """A context sentence that no formula was made of: ``words`` is what reading stopped at."""

    index: int
    text: str
    words: str
    reason: str


class AnswerVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The final answer against the statement asked for. ``proved`` is what the whole context says of it."""

    given: str
    proved: Outcome
    claim: ClaimVerdict


class TraceVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on a whole trace.

    ``verified``: every claim entailed, no leap above ``max_leap`` (None: any), and the answer follows.
    ``context_formulas`` runs beside ``problem.context``; None where a sentence was not read. ``model`` and ``prompts``
    (SHA-256 of each template used, by task): of the language model that formalised, where one did. ``quoted``: the
    context sentences that are premises only from the claim on that names them; the others with a formula always are.
    A sentence without a formula that isn't in ``unread`` was not needed.
    """

    problem: Problem
    logic: Logic
    formaliser: str
    status: TraceStatus
    verified: bool
    max_leap: int | None
    steps: tuple[Verdict, ...]
    answer: AnswerVerdict | None = None
    context_formulas: tuple[str | None, ...] = ()
    quoted: tuple[int, ...] = ()
    unread: tuple[UnreadSentence, ...] = ()
    context_inconsistent: bool | None = False
    notes: tuple[str, ...] = ()
    model: str = ""
    prompts: dict[str, str] = {}
    usage: Usage = Usage()

    @property
    def commonsense(self) -> tuple[Premise, ...]:
        """The premises of commonsense that any of its claims rests on: all of it holds *modulo* these."""
        claims = [claim for step in self.steps for claim in step.claims]
        claims += [self.answer.claim] if self.answer is not None else []
        return tuple(dict.fromkeys(premise for claim in claims for premise in claim.commonsense))

    @property
    def not_needed(self) -> tuple[int, ...]:
        """The context sentences that nothing was made of, as no claim needed them."""
        unread = {sentence.index for sentence in self.unread}
        formulas = enumerate(self.context_formulas)
        return tuple(index for index, formula in formulas if formula is None and index not in unread)


def granted(verdict: TraceVerdict) -> dict[tuple[int, int], tuple[Premise, ...]]:
    """By index of the step and number of the claim: the commonsense that the claim rests on, directly or through
    earlier claims. Claims that rest on none aren't there."""
    found: dict[tuple[int, int], tuple[Premise, ...]] = {}
    for step in verdict.steps:
        for number, claim in enumerate(step.claims):
            premises: dict[Premise, None] = {}
            for premise in claim.premises:
                earlier = found.get((premise.index, premise.claim), ()) if premise.source == "step" else ()
                premises.update(dict.fromkeys([premise] if premise.source == "commonsense" else earlier))
            if premises:
                found[step.step.index, number] = tuple(premises)
    return found


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a context says of one statement; ``premises`` is a minimal set behind a true or false outcome,
    ``depth`` the number of rule applications, one upon the other."""

    problem: Problem
    statement: str
    logic: Logic
    formaliser: str
    outcome: Outcome
    formula: str | None = None
    premises: tuple[Premise, ...] = ()
    depth: int | None = None
    reason: str = ""
    counter_model: CounterModel | None = None
    unread: tuple[UnreadSentence, ...] = ()
    usage: Usage = Usage()

"""The step checker: VeriCoT's algorithm (arXiv 2511.04662, section 3) with any formaliser and any reading of rules.

Steps are taken in order. A claim is entailed, contradicted or ungrounded relative to the context and the claims
accepted before it; one that fails is not assumed by later ones. Nothing here trusts a single opinion: what the
theories say has been confirmed by the solver, and whatever goes wrong ends in ``undecided``, never in a pass.
"""

from __future__ import annotations

import re
from time import perf_counter

import msgspec

from verisearch import plugins
from verisearch.errors import InputError, SolverError
from verisearch.logic.english.claims import Claim, StepReading
from verisearch.logic.formula import And, Formula, complement, conjuncts, is_literal
from verisearch.protocols import Responder
from verisearch.symbolic.answers import AnswerCheck, Settled, normal_answer
from verisearch.symbolic.grounding import Grounding
from verisearch.symbolic.modelled.formaliser import ModelFormaliser
from verisearch.symbolic.modelled.judge import Judge
from verisearch.symbolic.modelled.premises import Source
from verisearch.symbolic.options import CheckOptions
from verisearch.symbolic.premises import ContextCheck, Progress, Skip
from verisearch.symbolic.recall import Known, Recall, claim_kind
from verisearch.symbolic.theory import Inexpressible, Judgement
from verisearch.symbolic.words import listed
from verisearch.trace import Problem, Step, Trace
from verisearch.usage import Usage
from verisearch.verdict import (
    AnswerVerdict,
    ClaimVerdict,
    Outcome,
    Proof,
    Status,
    TraceVerdict,
    Verdict,
    trace_status,
    worst,
)

__all__ = ["prove_problem", "verify_trace"]

#: Begins a supposition: what comes behind it need not follow from the context.
SUPPOSITION = re.compile(
    r"\W*(?:(?:now|so|but|first|then|and),? )?(?:let(?: us|['’]s) )?"
    r"(?:suppos|assum|imagin|hypothe|pretend|what if|if we (?:suppos|assum))",
    re.IGNORECASE,
)


def verify_trace(
    trace: Trace,
    options: CheckOptions,
    *,
    skip: Skip | None = None,
    progress: Progress | None = None,
    known: Known | None = None,
    model: Responder | None = None,
) -> TraceVerdict:
    """Check every step of ``trace``.

    ``progress(k)`` is called before part k is worked on: -1 the context, 0 … n-1 the steps, n the answer.
    ``skip[k]`` is the reason why part k is to be left ``undecided`` without any work. ``known``: what an earlier check
    found, of a chain that may begin alike; its verdicts on the steps that both begin with are kept, and ``usage``
    counts only what was done now. What was found about another problem or with other options is not used. ``model``:
    whom a formaliser asks that needs a language model (``known`` isn't used then: it doesn't hold the premises that
    were named).
    Raises `UnknownNameError` and `MissingExtraError` for the names in ``options``, `InputError` for a formaliser
    without the model that it needs; nothing else.
    """
    kind = plugins.load("formalisers", options.formaliser)
    if checks_traces(kind):
        verdict: TraceVerdict = kind.check_trace(trace, options, skip or {}, progress or (lambda part: None))
        return verdict
    return TraceCheck(trace, options, skip or {}, progress or (lambda part: None), known, model).run()


def prove_problem(
    problem: Problem,
    options: CheckOptions,
    *,
    skip: Skip | None = None,
    progress: Progress | None = None,
    model: Responder | None = None,
) -> Proof:
    """What the context says of ``problem.statement``: ``progress``, ``skip`` and ``model`` as in `verify_trace`, the
    statement being part 0. Raises `InputError` if there is no statement.
    """
    if checks_traces(plugins.load("formalisers", options.formaliser)):
        raise InputError(f"the formaliser {options.formaliser!r} checks steps and proves no statement: use verify")
    if not problem.statement:
        raise InputError(f"problem {problem.id!r} has no statement to prove: give one")
    trace = Trace(problem=problem)
    whole = msgspec.structs.replace(options.reading, whole_context=True)  # else nothing would be asked for
    options = msgspec.structs.replace(options, reading=whole)
    return TraceCheck(trace, options, skip or {}, progress or (lambda part: None), model=model).prove()


def checks_traces(formaliser: object) -> bool:
    """Whether a formaliser is a checker of its own: it makes no first-order formulas and has a function
    ``check_trace(trace, options, skip, progress)``, with the arguments of `verify_trace`."""
    return hasattr(formaliser, "check_trace")


def judge_for(check: ContextCheck) -> Judge | None:
    """The judge of premises and readings, where one is asked for."""
    formaliser = check.formaliser
    if not isinstance(formaliser, ModelFormaliser) or not formaliser.options.judge:
        return None
    return Judge(formaliser, check.explain.words)


def grounding_for(check: ContextCheck, judge: Judge | None) -> Grounding | None:
    """What finds premises for steps, where a language model may name them."""
    formaliser = check.formaliser
    if not isinstance(formaliser, ModelFormaliser) or check.faithful is None or formaliser.options.premises == "none":
        return None
    source = Source(check.trace.problem)
    return Grounding(formaliser, source, check.theory, check.fresh_theory, check.explain, check.faithful, judge)


class TraceCheck(ContextCheck):
    """The check of one trace."""

    def __init__(
        self,
        trace: Trace,
        options: CheckOptions,
        skip: Skip,
        progress: Progress,
        known: Known | None = None,
        model: Responder | None = None,
    ) -> None:
        super().__init__(trace, options, skip, progress, model)
        self.answers = AnswerCheck(self.formaliser, self.explain, self.judge, self.fault, self.doubt)
        self.recall = Recall(known if self.faithful is None else None, trace, options, self.explain)
        self.judge_of_premises = judge_for(self)
        self.grounding = grounding_for(self, self.judge_of_premises)
        #: What was accepted so far, in the words of the steps.
        self.accepted: list[str] = []
        #: The step that supposed something, if one did.
        self.supposed: int | None = None
        #: The first step of which something isn't known because a language model could not be asked.
        self.undecided: int | None = None
        #: By the steps that give answers, what was settled of the queried statement there; and the last such answer.
        self.truths: dict[int, Settled] = {}
        self.last_answer: tuple[int, str] | None = None
        #: Symbols that the context doesn't have, each with the step that brought it in.
        self.brought: dict[str, int] = {}

    # --- steps ---
    def run(self) -> TraceVerdict:
        """The whole check."""
        self.take_context(self.recall.consistent)
        if self.faithful is not None:
            self.formaliser.statement()  # the words of the question come before those of the steps
        settled: list[tuple[Step, list[ClaimVerdict | Claim], int, int]] = []
        for step in self.trace.steps:
            calls, effort = self.session.calls, self.session.effort
            claims, earlier = self.check_step(step)
            if earlier is not None:  # what deciding the step took, whenever that was
                settled.append((step, claims, earlier.solver_calls, earlier.solver_effort))
            else:
                settled.append((step, claims, self.session.calls - calls, self.session.effort - effort))
            if self.checks_answer and any(isinstance(claim, Claim) for claim in claims):
                self.truths[step.index] = self.settle()  # by what was said so far: support that comes later is none
        answer = self.check_answer()
        steps = [
            self.verdict(step, self.with_answers(step, claims), calls, effort)
            for step, claims, calls, effort in settled
        ]
        return self.whole(steps, answer)

    def check_step(self, step: Step) -> tuple[list[ClaimVerdict | Claim], Verdict | None]:
        """Verdicts on a step's claims, and the earlier one they are taken from, if there is one; answers stay claims
        until all steps have been seen."""
        self.progress(step.index)
        if step.index in self.skip:
            self.recall.forget()
            whole = (0, len(step.text))
            reason = self.skip[step.index]
            return [ClaimVerdict(text=step.text, span=whole, status=Status.UNDECIDED, reason=reason)], None
        names = self.formaliser.vocabulary.symbols
        before = len(names)
        reading: StepReading = self.formaliser.step(step)
        self.brought.update(dict.fromkeys(list(names)[before:], step.index))
        if step.index == self.trace.answer_step and self.only_answers(step, reading):
            self.last_answer = step.index, self.trace.answer or ""
            return [Claim("answer", (0, len(step.text)), answer=self.trace.answer or "")], None
        earlier = self.recall.step(step, [each for each in reading.claims if each.kind not in ("answer", "no-claim")])
        recalled = iter([each for each in earlier.claims if each.kind != "answer"] if earlier is not None else ())
        verdicts: list[ClaimVerdict | Claim] = []
        for claim in reading.claims:
            if claim.kind == "no-claim":
                continue
            number = len(verdicts)  # among the claims of its verdict
            shared = sum(other.span == claim.span for other in reading.claims) > 1
            if claim.kind == "answer":
                self.last_answer = step.index, claim.answer
                verdicts.append(claim)
            elif earlier is not None:
                verdicts.append(self.take_over(next(recalled), step, number, claim))
            else:
                verdicts.append(self.check_claim(step, number, claim, shared))
        return verdicts, earlier

    def take_over(self, found: ClaimVerdict, step: Step, number: int, claim: Claim) -> ClaimVerdict:
        """Do with an earlier verdict what `check_claim` does with its own: an accepted claim becomes a premise."""
        if claim.formula is None:
            self.note_supposition(step, found.text)
        elif claim.kind in ("assertion", "cited") and found.status is not Status.UNTRANSLATABLE:
            self.remember(claim.formula, found.status, step.index, number)
        elif claim.kind == "not-derivable" and found.status is Status.ENTAILED:
            self.answers.deny(claim.formula, claim.whether)
        return found

    def note_supposition(self, step: Step, text: str) -> None:
        if SUPPOSITION.match(text):
            self.supposed = step.index

    def only_answers(self, step: Step, reading: StepReading) -> bool:
        """The step is nothing but the final answer, in a form that the formaliser doesn't read."""
        if not self.trace.answer or reading.replies or any(claim.kind != "unread" for claim in reading.claims):
            return False
        words = step.text.strip(" .:*_#\"'()")
        return normal_answer(words) is not None or words.casefold() == self.trace.answer.casefold()

    def check_claim(self, step: Step, number: int, claim: Claim, shared: bool) -> ClaimVerdict:
        """The verdict on one claim; an accepted one becomes a premise. ``shared``: its words make other claims too
        ("Anne is quiet and careful"), so it is named by what it says."""
        text = step.text[claim.span[0] : claim.span[1]]
        if shared and claim.formula is not None:
            text = self.explain.words(claim.formula)
        if claim.formula is None:
            self.note_supposition(step, text)
            if claim.unasked:
                self.note_unasked(step)
            status = Status.UNDECIDED if claim.unasked else Status.UNTRANSLATABLE
            return ClaimVerdict(text=text, span=claim.span, status=status, reason=claim.reason, unread=claim.unread)
        fault = self.fault(claim)
        if fault is not None:
            status, reason = fault
            if status is Status.UNDECIDED and claim.others and self.judge_of_premises is not None:
                reason += f"; {self.judge_of_premises.preference(text, claim.formula, claim.others[0])}"
            return self.explain.claim(
                Judgement(status, reason=reason),
                claim.formula,
                text,
                claim.span,
                claim_kind(claim),
                unread=text if status is Status.UNTRANSLATABLE else "",
                modelled=True,
            )
        try:
            if claim.kind == "not-derivable":
                return self.check_not_derivable(claim, claim.formula, text)
            if claim.kind == "not-stated":
                return self.check_not_stated(claim, claim.formula, text)
            found = self.judged(claim.formula, text)
            if claim.kind == "cited":
                found = self.cited(claim.formula, found)
            missing = self.missing_sources(claim, step)
            if missing and found.status is Status.ENTAILED:
                found = Judgement(Status.UNGROUNDED, reason=f"it cites {missing}, which there is not", follows=True)
            if self.grounding is not None and self.grounding.unasked:
                self.note_unasked(step)
            found = self.unless_unasked(self.unless_supposed(found))
            self.remember(claim.formula, found.status, step.index, number)
        except Inexpressible as limit:
            return ClaimVerdict(
                text=text, span=claim.span, status=Status.UNTRANSLATABLE, reason=str(limit), unread=text
            )
        if found.status is Status.ENTAILED:
            self.accepted.append(text)
        return self.explain.claim(found, claim.formula, text, claim.span, claim_kind(claim), modelled=claim.modelled)

    def judged(self, formula: Formula, text: str) -> Judgement:
        """The judgement on a claim; what it may rest on is looked for where it doesn't follow by itself."""
        if self.grounding is None:
            return self.judge(formula)
        self.grounding.unasked = False
        found = self.judge_read(formula)
        if found.status is Status.ENTAILED and isinstance(formula, And):
            # each of several things must follow by itself: commonsense may not carry one of them alone
            apart = (self.judge_read(part) for part in conjuncts(formula))
            found = next((each for each in apart if each.status is not Status.ENTAILED), found)
        if found.status is not Status.UNGROUNDED:
            return found
        try:
            named = self.grounding.ground(text, formula, found, self.accepted)
            # the paper's order: what no named premise gives is ungrounded, whatever else the context may say
            return self.under_both_readings(formula, self.unless_presumed(formula, named))
        except SolverError as error:
            return Judgement(Status.UNDECIDED, reason=self.recover(error))

    def unless_supposed(self, found: Judgement) -> Judgement:
        """Behind a supposition that isn't read, what fails may be said under it."""
        if self.supposed is None or found.status not in (Status.CONTRADICTED, Status.UNGROUNDED):
            return found
        reason = f"it does not follow, but it may be said under the supposition in step {self.supposed + 1}"
        return Judgement(Status.UNDECIDED, reason=reason)

    def note_unasked(self, step: Step) -> None:
        if self.undecided is None:
            self.undecided = step.index

    def unless_unasked(self, found: Judgement) -> Judgement:
        """Behind a step that couldn't be decided for want of a model, what doesn't follow may rest on it."""
        if self.undecided is None or found.status is not Status.UNGROUNDED:
            return found
        reason = f"it does not follow, but it may rest on step {self.undecided + 1}, which could not be decided"
        return Judgement(Status.UNDECIDED, reason=reason)

    def missing_sources(self, claim: Claim, step: Step) -> str:
        """Cited numbers that neither a context sentence nor an earlier step has, in words."""
        earlier = self.trace.steps[: step.index]
        known = {str(number) for number in range(1, 1 + max(len(self.trace.problem.context), len(earlier)))}
        known.update(str(each.label) for each in earlier if each.label)
        return listed(f"number {number}" for number in claim.cites if number not in known) if claim.cites else ""

    def remember(self, formula: Formula, status: Status, step: int, number: int) -> None:
        if status is Status.ENTAILED:
            self.theory.add(formula, "step", step, number)
        elif status in (Status.CONTRADICTED, Status.UNGROUNDED):
            self.theory.grant(formula, step)

    def cited(self, formula: Formula, found: Judgement) -> Judgement:
        """What is cited must stand in the context or in an accepted step, not just follow."""
        if found.status is not Status.ENTAILED or self.theory.stating(formula) is not None:
            return found
        if not self.theory.complete:
            return Judgement(Status.UNDECIDED, reason=f"what was read does not say this, but {self.unread_words()}")
        return Judgement(
            Status.UNGROUNDED,
            reason="it is cited, but neither the context nor an earlier step says it",
            follows=True,
        )

    def check_not_derivable(self, claim: Claim, formula: Formula, text: str) -> ClaimVerdict:
        """ "Nothing says that A": A doesn't follow; with "whether", its complement doesn't either."""
        found = self.judge(formula)
        if found.status is Status.ENTAILED or (found.status is Status.CONTRADICTED and claim.whether):
            says = "it does follow" if found.status is Status.ENTAILED else "the opposite follows"
            status, premises, reason = Status.CONTRADICTED, found.premises, says
        elif found.status in (Status.UNGROUNDED, Status.CONTRADICTED):
            status, premises, reason = Status.ENTAILED, (), "checked against the whole context"
        else:
            status, premises, reason = found.status, (), found.reason
        if status is Status.ENTAILED and (doubt := self.doubt()):
            status, reason = Status.UNDECIDED, f"it does not follow from what was read, but {doubt}"
        leap = 0 if status is Status.ENTAILED else None
        if status is Status.ENTAILED:
            self.answers.deny(formula, claim.whether)
        shown = Judgement(status, premises, leap, reason)
        return self.explain.claim(shown, formula, text, claim.span, "not-derivable", whether=claim.whether)

    def check_not_stated(self, claim: Claim, formula: Formula, text: str) -> ClaimVerdict:
        """ "The context doesn't say that A": no sentence of it is A; with "whether", nor A's complement."""
        formulas = [formula, complement(formula)] if claim.whether and is_literal(formula) else [formula]
        stated = [
            entry.number
            for entry in self.theory.entries
            if entry.source == "context" and any(self.theory.states(entry, each) for each in formulas)
        ]
        if stated:
            shown = Judgement(Status.CONTRADICTED, (stated[0],), reason="the context says so")
        elif self.blocked or not self.theory.complete:
            shown = Judgement(Status.UNDECIDED, reason=self.blocked or self.unread_words())
        elif doubt := self.doubt():
            shown = Judgement(Status.UNDECIDED, reason=doubt)
        else:
            shown = Judgement(Status.ENTAILED, (), 0, reason="no sentence of the context says it")
        return self.explain.claim(shown, formula, text, claim.span, "not-stated", whether=claim.whether)

    # --- the answer ---
    def check_answer(self) -> AnswerVerdict | None:
        """The verdict on the final answer: the trace's own, else the last that a step gives."""
        where, stated = self.last_answer or (None, None)
        given = self.trace.answer or stated
        if given is None or not self.checks_answer:
            return None
        place = self.trace.answer_step if self.trace.answer else where
        settled = (self.truths.get(place) if place is not None else None) or self.settle()
        claim = self.answers.claim(given, settled, given, (0, len(given)))
        return AnswerVerdict(given=normal_answer(given) or given, proved=settled.outcome, claim=claim)

    @property
    def asks_no_truth(self) -> bool:
        """The question asks for a number, a name or a choice, and no statement's truth: only the steps can be checked.
        The controlled-English reader's problems are all about a statement, so that a lacking one is a fault there."""
        return self.faithful is not None and self.trace.problem.statement is None

    @property
    def checks_answer(self) -> bool:
        """Whether answers are checked: it is asked for, and there is a statement that they are about."""
        return self.options.answer_check and not self.asks_no_truth

    def settle(self) -> Settled:
        """What the context and the steps accepted so far say of the queried statement."""
        part = len(self.trace.steps)
        self.progress(part)
        if part in self.skip:
            return Settled(Outcome.UNDECIDED, reason=self.skip[part])
        if self.trace.answer is None and self.trace.notes:
            return Settled(Outcome.UNDECIDED, reason=self.trace.notes[0])  # answers that don't agree
        return self.proved()

    def proved(self) -> Settled:
        """As `settle`, of a question that is not skipped."""
        if self.blocked:
            return Settled(Outcome.INCONSISTENT if self.inconsistent else Outcome.UNDECIDED, reason=self.blocked)
        return self.answers.settle()

    def with_answers(self, step: Step, claims: list[ClaimVerdict | Claim]) -> list[ClaimVerdict]:
        """The step's verdicts, with those on answers; without an answer check the answers are left out."""
        if not self.checks_answer:
            return [claim for claim in claims if isinstance(claim, ClaimVerdict)]
        last = max((place for place, claim in enumerate(claims) if isinstance(claim, Claim)), default=-1)
        return [self.with_answer(step, claim, place == last) for place, claim in enumerate(claims)]

    def with_answer(self, step: Step, claim: ClaimVerdict | Claim, last: bool) -> ClaimVerdict:
        """The verdict on a claim; ``last``: it is the last answer that its step gives."""
        if isinstance(claim, ClaimVerdict):
            return claim
        given = claim.answer
        if last and step.index == self.trace.answer_step and self.trace.answer and normal_answer(given) is None:
            given = self.trace.answer  # where a letter is resolved; an answer in words stands for itself
        text = step.text[claim.span[0] : claim.span[1]]
        return self.answers.claim(given, self.truths[step.index], text, claim.span)

    # --- results ---
    def verdict(self, step: Step, claims: list[ClaimVerdict], calls: int, effort: int) -> Verdict:
        leaps = [claim.leap for claim in claims if claim.status is Status.ENTAILED]
        known = [leap for leap in leaps if leap is not None]
        return Verdict(
            step=step,
            status=worst(claim.status for claim in claims),
            claims=tuple(claims),
            leap=max(known) if known and len(known) == len(leaps) else None,
            solver=self.solver_name,
            solver_calls=calls,
            solver_effort=effort,
        )

    def usage(self) -> Usage:
        asked: Usage = getattr(self.formaliser, "usage", Usage())
        scratch = self.faithful.session if self.faithful is not None else None
        return asked + Usage(
            verifier_calls=1,
            solver_calls=self.session.calls + (scratch.calls if scratch else 0),
            solver_effort=self.session.effort + (scratch.effort if scratch else 0),
            seconds=perf_counter() - self.started,
        )

    def whole(self, steps: list[Verdict], answer: AnswerVerdict | None) -> TraceVerdict:
        claims = [claim for step in steps for claim in step.claims] + ([answer.claim] if answer else [])
        status = trace_status(claim.status for claim in claims)
        named = {entry.index: entry.formula for entry in self.theory.entries if entry.source == "context"}
        quoted = tuple(sorted(index for index in named if self.formulas[index] is None))
        for index in quoted:  # named as a premise by a step
            self.formulas[index] = named[index]
        limit = self.options.max_leap
        leaps = [claim.leap for claim in claims if claim.status is Status.ENTAILED]
        leaps_kept = limit is None or all(leap is not None and leap <= limit for leap in leaps)
        too_far = limit is not None and any(leap is not None and leap > limit for leap in leaps)
        answered = answer is not None and answer.claim.status is Status.ENTAILED
        return TraceVerdict(
            problem=self.trace.problem,
            logic=self.options.logic,
            formaliser=self.options.formaliser,
            status=status,
            verified=status.value == "valid" and leaps_kept and answered,
            max_leap=limit,
            steps=tuple(steps),
            answer=answer,
            context_formulas=tuple(None if f is None else self.explain.fol(f) for f in self.formulas),
            quoted=quoted,
            unread=tuple(self.unread),
            context_inconsistent=self.inconsistent,
            notes=tuple(self.notes(answer, too_far)),
            model=getattr(self.formaliser, "who", ""),
            prompts=dict(sorted(getattr(self.formaliser, "prompts", {}).items())),
            usage=self.usage(),
        )

    def notes(self, answer: AnswerVerdict | None, too_far: bool) -> list[str]:
        """What a reader should know besides the verdicts."""
        notes = list(self.trace.notes)
        if self.blocked:
            notes.append(self.blocked)
        if self.unread and self.grounding is None:
            notes.append(f"{self.unread_words()}: nothing is known not to follow")
        notes += self.strangers()
        if too_far:
            notes.append(f"a step jumps over more than {self.options.max_leap} rule application(s)")
        if not self.options.answer_check:
            notes.append("the answer was not checked: such a chain doesn't count as verified")
        elif self.asks_no_truth:
            notes.append("the question asks for no statement's truth: the steps were checked, the answer was not")
        elif answer is None:
            notes.append("no final answer was found")
        return notes

    def strangers(self) -> list[str]:
        """A note on the words of the steps that neither the context nor the question has: to say of them that nothing
        follows is right and shows nothing."""
        if self.unread or not self.brought or self.faithful is not None:
            return []
        asked = self.formaliser.statement()
        if asked is None if self.trace.problem.question else asked is not None and asked.formula is None:
            return []  # nobody knows which words the question has
        known = {signature.name for signature in asked.signatures} if asked is not None else set()
        steps: dict[int, list[str]] = {}
        for name, step in self.brought.items():
            if name not in known:
                steps.setdefault(step, []).append(f"“{name.replace('_', ' ')}”")
        return [
            f"step {step + 1} brings in {listed(names)}, which neither the context nor the question has"
            for step, names in steps.items()
        ]

    def prove(self) -> Proof:
        """The proof of the problem's statement."""
        self.take_context()
        self.progress(0)
        self.answers.doubt = lambda: ""  # it is said beside the outcome
        settled = Settled(Outcome.UNDECIDED, reason=self.skip[0]) if 0 in self.skip else self.proved()
        if settled.outcome is Outcome.UNKNOWN and not self.theory.complete:
            settled = Settled(Outcome.UNDECIDED, reason=self.unread_words())
        backing = settled.negative if settled.outcome is Outcome.FALSE else settled.positive
        shown = settled.outcome in (Outcome.TRUE, Outcome.FALSE) and backing is not None
        formula = self.answers.statement
        counter = None
        if settled.outcome is Outcome.UNKNOWN and settled.positive is not None and formula is not None:
            counter = self.explain.counter_model(settled.positive, formula)
        return Proof(
            problem=self.trace.problem,
            statement=self.trace.problem.statement or "",
            logic=self.options.logic,
            formaliser=self.options.formaliser,
            outcome=settled.outcome,
            formula=None if formula is None else self.explain.fol(formula),
            premises=self.explain.premises(backing.premises) if shown and backing else (),
            depth=backing.leap if shown and backing else None,
            reason=settled.reason or (self.doubt() if settled.outcome is Outcome.UNKNOWN else ""),
            counter_model=counter,
            unread=tuple(self.unread),
            usage=self.usage(),
        )

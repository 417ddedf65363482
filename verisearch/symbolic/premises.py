"""What a trace is checked against: its context as the premises of a theory, and judgements over them.

Nothing here trusts a single opinion: what the theories say has been confirmed by the solver, and whatever goes wrong
ends in ``undecided``, never in a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter

from verisearch import plugins
from verisearch.errors import InputError, SolverError
from verisearch.logic.english.claims import Claim
from verisearch.logic.english.reader import Reading
from verisearch.logic.formula import Formula
from verisearch.protocols import Responder
from verisearch.symbolic.explain import Explainer
from verisearch.symbolic.faithful import Faithful, presumed
from verisearch.symbolic.formaliser import Formaliser
from verisearch.symbolic.modelled.formaliser import UNASKED
from verisearch.symbolic.modelled.premises import stated
from verisearch.symbolic.options import CheckOptions
from verisearch.symbolic.session import Session, open_solver
from verisearch.symbolic.theory import Inexpressible, Judgement, Theory, grounded
from verisearch.symbolic.words import listed
from verisearch.trace import Problem, Trace
from verisearch.verdict import Status, UnreadSentence

__all__ = ["ContextCheck", "Progress", "Skip", "make_theory"]

Skip = Mapping[int, str]
Progress = Callable[[int], None]

#: Numbers of premises under a second reading begin at multiples of this: a number always stands for one formula.
SECOND_READING = 10_000_000


def make_theory(options: CheckOptions, session: Session) -> Theory:
    """An empty theory under the reading of rules in ``options``. Raises `InputError` for an unknown one."""
    if options.logic == "rules":
        from verisearch.symbolic.rules import RulesTheory

        return RulesTheory(session)
    if options.logic == "classical":
        from verisearch.symbolic.classical import ClassicalTheory

        return ClassicalTheory(session)
    if options.logic == "closed-world":
        from verisearch.symbolic.closed_world import ClosedWorldTheory

        return ClosedWorldTheory(session, options.negation)
    raise InputError(f"no reading of rules named {options.logic!r}: rules, classical or closed-world")


def make_formaliser(problem: Problem, options: CheckOptions, model: Responder | None) -> Formaliser:
    """The formaliser that ``options`` name, for one problem. Raises `UnknownNameError`, `MissingExtraError`, and
    `InputError` for one that asks a language model, without one or in a closed world."""
    kind: Callable[..., Formaliser] = plugins.load("formalisers", options.formaliser)
    if not asks_model(kind):
        return kind(problem, options)
    if options.logic == "closed-world":
        raise InputError("a language model formalises first-order logic: use the reading 'classical' or 'rules'")
    return kind(problem, options, model=model)


def asks_model(formaliser: object) -> bool:
    """Whether a formaliser, or a kind of them, asks a language model."""
    return bool(getattr(formaliser, "asks_model", False))


def faithful_for(options: CheckOptions, explain: Explainer) -> Faithful:
    """What checks a language model's formulas, in a solver session of its own."""
    return Faithful(Session(open_solver(options.solver, options.effort, "formulas")), explain.words)


class ContextCheck:
    """The context of one trace, read and made a theory's premises; what the theory says of formulas."""

    def __init__(
        self, trace: Trace, options: CheckOptions, skip: Skip, progress: Progress, model: Responder | None = None
    ) -> None:
        self.started = perf_counter()
        self.trace, self.options, self.skip, self.progress = trace, options, skip, progress
        self.formaliser = make_formaliser(trace.problem, options, model)
        # negation as failure is no first-order logic: only clingo decides it
        self.solver_name = "clingo" if options.logic == "closed-world" else options.solver
        self.session = Session(open_solver(self.solver_name, options.effort))
        self.theory = make_theory(options, self.session)
        self.explain = Explainer(self.formaliser.vocabulary, self.theory, trace)
        self.explain.modelled = asks_model(self.formaliser)
        #: What keeps a language model's formulas from being judged; None where all are read by rule.
        self.faithful = faithful_for(options, self.explain) if asks_model(self.formaliser) else None
        self.unread: list[UnreadSentence] = []
        #: Sentences that a language model could read and that weren't asked for.
        self.unasked: set[int] = set()
        #: A language model made a sentence's formula: it may say less than the sentence.
        self.modelled = False
        self.formulas: list[Formula | None] = []
        self.inconsistent: bool | None = False
        self.second_readings = 0
        #: Why nothing can be judged at all; empty if things can.
        self.blocked = ""

    # --- the context ---
    def take_context(self, consistent: bool = False) -> None:
        """Read the context, make it the theory's premises, see whether it agrees with itself, unless that is known
        already (``consistent``)."""
        self.progress(-1)
        for index, reading in enumerate(self.formaliser.context()):
            if reading is UNASKED:
                self.unasked.add(index)
                self.formulas.append(None)
                continue
            formula, words, reason = reading.formula, reading.unread, reading.reason
            fault = self.fault(reading)
            if fault is not None:
                formula, words, reason = None, self.trace.problem.context[index].text, fault[1]
            if formula is not None:
                try:
                    self.theory.add(formula, "context", index)
                except Inexpressible as limit:
                    formula, words, reason = None, self.trace.problem.context[index].text, str(limit)
            self.modelled |= reading.modelled
            if formula is None:
                self.unread.append(UnreadSentence(index, self.trace.problem.context[index].text, words, reason))
            self.formulas.append(formula)
        self.theory.complete = not self.unread and not self.unasked
        if self.options.logic == "closed-world":
            if self.unread:
                self.blocked = f"{self.unread_words()}: in a closed world nothing is settled without them"
            elif self.formaliser.doubts:
                words = listed(repr(name.replace("_", " ")) for name in self.formaliser.doubts)
                self.blocked = f"{words} can be read in two ways: in a closed world nothing is settled then"
        if -1 in self.skip:
            self.blocked = self.skip[-1]
        if self.blocked:
            self.inconsistent = None
            return
        try:
            agrees, found = (True, "") if consistent else self.theory.consistent()
        except SolverError as error:
            agrees, found = None, self.recover(error)
        if agrees is False:
            self.inconsistent = True
            self.blocked = f"the context contradicts itself, so it proves nothing: {self.explain.clash(found)}"
        elif agrees is None:
            self.inconsistent = None
            self.blocked = f"whether the context agrees with itself is not settled: {found}"

    def recover(self, error: SolverError) -> str:
        """After a solver's crash: as new, with nothing said to it yet. Returns what happened."""
        self.session.restart()
        return str(error)

    # --- judging ---
    def fault(self, reading: Reading | Claim) -> tuple[Status, str] | None:
        """Why what a language model made of some words can't be judged; None if it can, or was read by rule."""
        if self.faithful is None or not reading.modelled or reading.formula is None:
            return None
        return self.faithful.fault(reading.formula, reading.others)

    def judge(self, formula: Formula) -> Judgement:
        """The theory's judgement, with everything that keeps it from being one as ``undecided``."""
        return self.as_far_as_read(formula, self.judge_read(formula))

    def judge_read(self, formula: Formula) -> Judgement:
        """The theory's judgement, as if nothing were in the context beside what was read."""
        if self.blocked:
            return Judgement(Status.UNDECIDED, reason=self.blocked)
        try:
            return self.unless_presumed(formula, grounded(self.theory, self.theory.judge(formula)))
        except SolverError as error:
            return Judgement(Status.UNDECIDED, reason=self.recover(error))

    def unless_presumed(self, formula: Formula, found: Judgement) -> Judgement:
        """``found``, unless it takes for granted that there is something of a sort that a language model declared."""
        if self.faithful is None or found.status is not Status.ENTAILED:
            return found
        sort = presumed(formula, [entry.formula for entry in self.theory.entries])
        if not sort:
            return found
        return Judgement(Status.UNDECIDED, reason=f"it follows only if there is any {sort}, which nothing says")

    def doubt(self) -> str:
        """Why what doesn't follow from what was read may follow from what is written; empty if nothing tells. A formula
        that a language model made may say less than its sentence, and the question may state something too."""
        if self.faithful is None:
            return ""
        if self.modelled or any(entry.source in ("question", "commonsense") for entry in self.theory.entries):
            return "what a language model made of the source may say less than it does"
        return "the question states something too" if stated(self.trace.problem) else ""

    def as_far_as_read(self, formula: Formula, found: Judgement) -> Judgement:
        """``found``, unless it depends on what wasn't read, or on how something was."""
        if found.status is Status.UNGROUNDED and not self.theory.complete:
            reason = f"it does not follow from what was read, but {self.unread_words()}"
            return Judgement(Status.UNDECIDED, reason=reason)
        return self.under_both_readings(formula, found)

    def under_both_readings(self, formula: Formula, found: Judgement) -> Judgement:
        """What doesn't follow must not follow under the second reading of doubtful words either."""
        doubts = self.formaliser.doubts
        if not doubts or found.status is not Status.UNGROUNDED:
            return found
        other = self.fresh_theory()
        for formulas in doubts.values():
            for each in formulas:
                other.add(each, "context", -1)
        try:
            if other.judge(formula).status is Status.UNGROUNDED:
                return found
        except SolverError as error:
            return Judgement(Status.UNDECIDED, reason=self.recover(error))
        words = listed(repr(name.replace("_", " ")) for name in doubts)
        return Judgement(Status.UNDECIDED, reason=f"it depends on how {words} is read")

    def fresh_theory(self) -> Theory:
        """Another theory with the premises of this one, to try out what else could be one."""
        other = make_theory(self.options, self.session)
        other.first_number = SECOND_READING * (1 + self.second_readings)
        self.second_readings += 1
        for entry in self.theory.entries:
            other.add(entry.formula, entry.source, entry.index, entry.claim)
        return other

    def unread_words(self) -> str:
        named = {entry.index for entry in self.theory.entries if entry.source == "context"}
        number = len(self.unread) + len(self.unasked - named)
        return f"{number} context sentence{'s were' if number > 1 else ' was'} not read"

"""Final answers: is the answer that a trace gives what follows from its context?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from verisearch.logic.english.reader import Reading
from verisearch.logic.formula import Formula, complement, is_literal
from verisearch.symbolic.explain import Explainer
from verisearch.symbolic.formaliser import Formaliser
from verisearch.symbolic.theory import Inexpressible, Judgement
from verisearch.trace import Span
from verisearch.verdict import ClaimVerdict, Outcome, Status

__all__ = ["AnswerCheck", "Settled", "normal_answer"]

NORMAL = {
    "true": "True",
    "yes": "True",
    "false": "False",
    "no": "False",
    "unknown": "Unknown",
    "uncertain": "Unknown",
    "undetermined": "Unknown",
}
OUTCOMES = {"True": Outcome.TRUE, "False": Outcome.FALSE, "Unknown": Outcome.UNKNOWN}


def normal_answer(text: str) -> str | None:
    """ "True", "False" or "Unknown"; None for any other answer, a letter too: only the question's options say what one
    stands for, and who reads the question has put it in its place."""
    return NORMAL.get(text.strip().strip(".()\"'").strip().lower())


@dataclass(slots=True)
class Settled:
    """The truth of the queried statement: what the theory says of it (``positive``) and of its complement. ``led``: if
    it is unknown, steps before said so, of the statement and of its complement."""

    outcome: Outcome
    positive: Judgement | None = None
    negative: Judgement | None = None
    reason: str = ""
    led: bool = False

    @property
    def backing(self) -> Judgement | None:
        """The judgement behind the outcome."""
        return self.negative if self.outcome is Outcome.FALSE else self.positive


class AnswerCheck:
    """Settles the queried statement and judges answers by it. ``statement`` is its formula, once it was settled;
    ``denied`` are the formulas that steps rightly said not to follow, in FOL notation. ``fault``: why a reading can't
    be judged; ``doubt``: why what doesn't follow from what was read may follow all the same."""

    def __init__(
        self,
        formaliser: Formaliser,
        explain: Explainer,
        judge: Callable[[Formula], Judgement],
        fault: Callable[[Reading], tuple[Status, str] | None],
        doubt: Callable[[], str],
    ) -> None:
        self.formaliser, self.explain, self.judge, self.fault = formaliser, explain, judge, fault
        self.doubt = doubt
        self.statement: Formula | None = None
        self.denied: set[str] = set()

    def deny(self, formula: Formula, whether: bool) -> None:
        """A step rightly said that ``formula`` doesn't follow; ``whether``: nor its complement."""
        both = [formula, complement(formula)] if whether else [formula]
        self.denied.update(self.explain.fol(each) for each in both)

    def settle(self) -> Settled:
        """What the premises say of the queried statement."""
        reading = self.formaliser.statement()
        if reading is None:
            return Settled(Outcome.UNDECIDED, reason="no statement was given that the answer could be about")
        if reading.formula is None:
            return Settled(Outcome.UNDECIDED, reason=f"the statement can't be read: {reading.reason}")
        fault = self.fault(reading)
        if fault is not None:
            return Settled(Outcome.UNDECIDED, reason=f"the statement can't be judged: {fault[1]}")
        self.statement = reading.formula
        try:
            return self.settle_formula(reading.formula)
        except Inexpressible as limit:
            return Settled(Outcome.UNDECIDED, reason=f"the statement can't be said under this reading: {limit}")

    def settle_formula(self, formula: Formula) -> Settled:
        """Settle a formula that could be read. Raises `Inexpressible`."""
        positive = self.judge(formula)
        if positive.status is Status.ENTAILED:
            return Settled(Outcome.TRUE, positive)
        if positive.status is Status.UNGROUNDED and (why := self.doubt()):
            return Settled(Outcome.UNDECIDED, positive, reason=f"it does not follow from what was read, but {why}")
        if positive.status is Status.UNGROUNDED:
            led = all(self.explain.fol(each) in self.denied for each in (formula, complement(formula)))
            return Settled(Outcome.UNKNOWN, positive, led=led)
        if positive.status is not Status.CONTRADICTED:
            return Settled(Outcome.UNDECIDED, positive, reason=positive.reason)
        # what contradicts a literal says how far its complement lies
        negative = self.judge(complement(formula)) if is_literal(formula) else positive
        agreed = negative.status in (Status.ENTAILED, Status.CONTRADICTED)
        return Settled(Outcome.FALSE if agreed else Outcome.UNDECIDED, positive, negative, negative.reason)

    def claim(self, given: str, settled: Settled, text: str, span: Span) -> ClaimVerdict:
        """The verdict on one statement of an answer."""
        wanted = OUTCOMES.get(normal_answer(given) or "")
        if wanted is None:
            shown = Judgement(Status.UNTRANSLATABLE, reason="the answer is none of True, False and Unknown")
            return self.explain.claim(shown, None, text, span, "answer", unread=given)
        found = self.explain.claim(self.against(wanted, settled), self.statement, text, span, "answer")
        return msgspec.structs.replace(found, formula=self.said(wanted))

    def said(self, wanted: Outcome) -> str | None:
        """What an answer says of the statement, in FOL notation: that it holds, that its complement does, or (``⊬``)
        that neither follows."""
        if self.statement is None:
            return None
        both = [self.explain.fol(each) for each in (self.statement, complement(self.statement))]
        if wanted is Outcome.UNKNOWN:
            return ", ".join(f"⊬ {each}" for each in both)
        return both[0] if wanted is Outcome.TRUE else both[1]

    def against(self, wanted: Outcome, settled: Settled) -> Judgement:
        """The judgement on an answer that says ``wanted``."""
        outcome, backing = settled.outcome, settled.backing
        if outcome in (Outcome.UNDECIDED, Outcome.INCONSISTENT):
            return Judgement(Status.UNDECIDED, reason=settled.reason)
        if outcome is Outcome.UNKNOWN:
            if wanted is Outcome.UNKNOWN:
                # that something doesn't follow can't be derived: it was said of both (a leap of 0), or the answer leaps
                # over all there is to see
                reason = "neither the statement nor its opposite follows"
                if settled.led:
                    return Judgement(Status.ENTAILED, (), 0, reason)
                unsaid = "but no step before says of both that they don't follow"
                return Judgement(Status.ENTAILED, (), None, f"{reason}, {unsaid}")
            reason = "the statement does not follow, nor does its opposite"
            return replace(backing, reason=reason) if backing else Judgement(Status.UNGROUNDED, reason=reason)
        premises = backing.premises if backing else ()
        if outcome is wanted:
            return Judgement(Status.ENTAILED, premises, backing.leap if backing else None)
        return Judgement(Status.CONTRADICTED, premises, reason=f"the right answer is {outcome.value.capitalize()}")

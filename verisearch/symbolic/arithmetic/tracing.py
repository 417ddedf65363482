"""Whether the numbers of a chain come from somewhere, and what becomes of those that don't."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

from verisearch.maths.exact import rounds_to, valued
from verisearch.maths.statements import Found, LooseNumber, Statement
from verisearch.maths.terms import Number, Term, is_bare, numbers
from verisearch.maths.writing import number_text
from verisearch.symbolic.arithmetic.claims import Made, listed
from verisearch.symbolic.arithmetic.quantities import Quantities, Source
from verisearch.trace import Problem, Step
from verisearch.verdict import ClaimVerdict, Status

__all__ = ["Tracing"]

#: Whole numbers up to this may be counted off the words.
COUNTED = 12
#: Numbers whose ratios are looked at, from the problem on.
RATIOS = 100
#: What problems have that aren't told in words alone: LaTeX, powers, letters that stand for numbers.
MATHEMATICS = re.compile(r"\\[A-Za-z]|\$\s*\\?[A-Za-z(\[{|-]|[\^=]|(?<![\w'’])[b-zB-HJ-Z](?![\w.'’])")
CENTS = re.compile(r"\s*(?:cents?\b|¢)")


class Tracing:
    """The numbers of one chain. ``known``: what its letters stand for, shared with the check."""

    def __init__(self, problem: Problem, known: Mapping[str, Fraction]) -> None:
        self.quantities = Quantities(problem)
        self.known = known
        #: What failed claims came out as, and numbers from nowhere, with the steps.
        self.failed: dict[Fraction, int] = {}
        #: Without any problem there is nothing that numbers could come from.
        self.asks_sources = bool(problem.question or problem.context or problem.statement)
        #: In a problem in words every number is somebody's; mathematics brings in numbers as it likes.
        mathematics = MATHEMATICS.search(problem.question or "")
        self.in_words = problem.answer_kind not in ("expression", "choice") and not mathematics

    def sources(self, statement: Statement) -> list[tuple[Number, Source | None]]:
        """The numbers that a statement computes with, each with where it comes from: those of its first side that
        computes, the others being what that becomes."""
        computing = next((side.term for side in statement.sides if side.term and not is_bare(side.term)), None)
        ordered = any(sign != "=" for sign in statement.signs)
        if computing is not None and not ordered:
            given = [computing]
        else:
            # nothing is computed: they must be there already; of equal ones, those on the first side that has any
            sides = [side.term for side in statement.sides if side.term is not None and any(numbers(side.term))]
            given = sides if ordered else sides[:1]
        return self.looked_up(given)

    def looked_up(self, terms: Iterable[Term]) -> list[tuple[Number, Source | None]]:
        """The numbers in ``terms``, each with where it comes from."""
        return [(number, self.quantities.of(number.value)) for term in terms for number in numbers(term)]

    def traced(self, sources: list[tuple[Number, Source | None]]) -> tuple[Status, str, tuple[int, ...]]:
        """Whether all numbers have a source, why not, and the failed steps that gave those that haven't."""
        missing = [number.value for number, source in sources if source is None and self.asks_sources]
        if not missing:
            return Status.ENTAILED, "", ()
        failed = tuple(sorted({self.failed[number] for number in missing if number in self.failed}))
        if failed:
            steps = " and ".join(str(step + 1) for step in failed)
            return Status.UNGROUNDED, f"{listed(missing)} comes from step {steps}, which fails", failed
        worst_of = [self.unsourced(number) for number in missing]
        status = Status.UNGROUNDED if any(each is Status.UNGROUNDED for each in worst_of) else Status.UNDECIDED
        if status is Status.UNDECIDED:
            return status, f"nothing says {listed(missing)}, though it may be counted or computed from what is said", ()
        stray = [number for number, each in zip(missing, worst_of, strict=True) if each is Status.UNGROUNDED]
        return status, f"nothing says where {listed(stray)} comes from", ()

    def unsourced(self, number: Fraction) -> Status:
        """What a number without a source makes of its claim: it may have been counted, or computed in one go."""
        small = abs(number) <= COUNTED and 1 in (number.denominator, number.numerator) and number.denominator <= COUNTED
        explained = small or not self.in_words or self.quantities.hidden(number)
        return Status.UNDECIDED if explained else Status.UNGROUNDED

    def strays(self, step: Step, found: Found) -> list[ClaimVerdict]:
        """Claims that fail because a number in the prose comes from nowhere, or from a failed step."""
        made: list[ClaimVerdict] = []
        unread = any(side.term is None for statement in found.statements for side in statement.sides)
        if not self.quantities.stated or unread:
            return []  # in a problem without any, numbers count or name something; what wasn't read may give them
        for loose in found.loose:
            if loose.spelled or self.quantities.of(loose.value) is not None or self.derived(loose, found):
                continue
            text = step.text[loose.span[0] : loose.span[1]]
            if loose.value in self.failed:
                failed = (self.failed[loose.value],)
                reason = f"{text} comes from step {failed[0] + 1}, which fails"
                made.append(Made(text, loose.span, None).claim(Status.UNGROUNDED, reason, (), failed))
            elif self.unsourced(loose.value) is Status.UNGROUNDED and not self.rounded(loose):
                reason = f"nothing says where {text} comes from"
                self.failed.setdefault(loose.value, step.index)
                made.append(Made(text, loose.span, None).claim(Status.UNGROUNDED, reason))
            else:
                self.quantities.note(loose.value)  # what follows may go on from it: "250, 300, 350"
        return made

    def restated(self, step: Step, found: Found) -> list[ClaimVerdict]:
        """Claims about numbers that stand right behind an annotation, and aren't what it comes to."""
        made = []
        starts = {loose.span[0]: loose for loose in found.loose}
        for statement in (each for each in found.statements if each.kind == "annotation"):
            end, last = statement.span[1], statement.sides[-1].term
            loose = next((starts[place] for place in range(end, end + 3) if place in starts), None)
            gap = "" if loose is None else step.text[end : loose.span[0]]
            if loose is None or gap.strip("$£€ ") or not isinstance(last, Number):
                continue
            known = {loose.value}
            known |= {loose.value / 100} if loose.percent or CENTS.match(step.text, loose.span[1]) else set()
            known |= {loose.value * 100} if "$" in gap else set()
            if last.value not in known and not rounds_to(last.value, loose.value, loose.decimals or 0):
                text = step.text[loose.span[0] : loose.span[1]]
                reason = f"the computation before it comes to {number_text(last.value)}"
                made.append(Made(text, loose.span, None).claim(Status.UNDECIDED, reason))
        return made

    def rounded(self, loose: LooseNumber) -> bool:
        """Whether a number with decimals is what one of two known numbers over the other rounds to."""
        places, known = loose.decimals or 0, list(self.quantities.known)[:RATIOS]
        return places > 0 and any(
            rounds_to(one / other, loose.value, places) for one in known for other in known if other
        )

    def derived(self, loose: LooseNumber, found: Found) -> bool:
        """Whether a statement of the same step gives the number."""
        values: list[Fraction | None] = []
        for term in (side.term for statement in found.statements for side in statement.sides):
            if term is not None:
                values += [*(number.value for number in numbers(term)), valued(term, self.known)]
        share = loose.value / 100 if loose.percent else loose.value
        return any(each in (loose.value, share, -loose.value, loose.value * 100) for each in values)

    def note_failed(self, statement: Statement, step: int) -> None:
        """Remember what a failed statement came out as: later steps rest on it in vain."""
        found = valued(statement.sides[-1].term, self.known)
        if found is not None and self.quantities.of(found) is None:
            self.failed.setdefault(found, step)

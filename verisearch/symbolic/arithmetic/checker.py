"""The arithmetic step checker: written computations are checked exactly, and their numbers traced to a source.

It shows that a computation is right and that its numbers were there, not that it is the one that the question asks for.
A chain about a problem in words is therefore never *verified* here, valid at best; one that evaluates a given
expression can be.

Nothing is assumed in favour of a chain: a computation that holds only when rounded down, regrouped or converted is
``undecided``; text without a computation is ``untranslatable`` unless the problem says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from time import perf_counter

from verisearch.ingest.answerwords import as_options
from verisearch.maths.compare import Compared, compare
from verisearch.maths.conditions import Condition, condition_text, names_in
from verisearch.maths.exact import rounds_to, valued
from verisearch.maths.expressions import expression
from verisearch.maths.stance import Stance, stances
from verisearch.maths.statements import Found, Side, Statement, find
from verisearch.maths.terms import Name, Number, Relation, is_bare, names, numbers
from verisearch.maths.units import convertible, unit_of
from verisearch.maths.writing import chain_text, number_text
from verisearch.symbolic.algebra.following import always
from verisearch.symbolic.arithmetic.asking import asked_expression, rounded_places
from verisearch.symbolic.arithmetic.claims import Made, defines, letters_in, names_of, operations, premise_of, written
from verisearch.symbolic.arithmetic.letters import Letters, condition_of, joined_by_or, supposed
from verisearch.symbolic.arithmetic.prose import says, states_nothing
from verisearch.symbolic.arithmetic.quantities import Source
from verisearch.symbolic.arithmetic.results import Results
from verisearch.symbolic.arithmetic.tracing import Tracing
from verisearch.symbolic.formaliser import ARITHMETIC
from verisearch.symbolic.options import CheckOptions
from verisearch.symbolic.premises import Progress, Skip
from verisearch.trace import Span, Step, Trace
from verisearch.usage import Usage
from verisearch.verdict import (
    AnswerVerdict,
    ClaimVerdict,
    Outcome,
    Premise,
    Status,
    TraceVerdict,
    Verdict,
    trace_status,
    worst,
)

__all__ = ["ArithmeticCheck"]

#: "Let x = 5": a number that comes from nowhere isn't brought in by it.
LET = re.compile(r"\blet['’]?s?\b[^.;:\n]*$", re.IGNORECASE)
MEANING = "computations and the sources of their numbers were checked, not whether they are what the question asks for"


class ArithmeticCheck:
    """The check of one trace. A plug-in of the group ``verisearch.formalisers`` that checks traces by itself."""

    @staticmethod
    def check_trace(trace: Trace, options: CheckOptions, skip: Skip, progress: Progress) -> TraceVerdict:
        """The verdict on ``trace``. Raises nothing."""
        return ArithmeticCheck(trace, options, skip, progress).run()

    def __init__(self, trace: Trace, options: CheckOptions, skip: Skip, progress: Progress) -> None:
        self.started = perf_counter()
        self.trace, self.options, self.skip, self.progress = trace, options, skip, progress
        #: What letters, and words on one side of an equation, stand for.
        self.known: dict[str, Fraction] = {}
        self.tracing = Tracing(trace.problem, self.known)
        self.quantities, self.failed = self.tracing.quantities, self.tracing.failed
        #: Where letters got their values.
        self.meanings: dict[str, Source] = {}
        #: Letters that the problem or an earlier statement has.
        self.seen: set[str] = letters_in(trace.problem.question or "")
        #: The units of those that stand for something measured.
        self.measured: dict[str, str] = {}
        #: Letters that have their value in a case only, for the rest of the step.
        self.passing: set[str] = set()
        #: By step and number of the claim.
        self.statuses: dict[tuple[int, int], Status] = {}
        #: What accepted claims came out as.
        self.results = Results()
        #: Whether the statements of the step at hand are claimed, by their places and kinds.
        self.stances: dict[tuple[Span, str], Stance] = {}
        self.letters = Letters(trace.problem, options)
        if skip:
            self.letters.tired = "a question about letters took too long"
        self.unread = False
        self.asked = asked_expression(trace.problem.question or "")

    def run(self) -> TraceVerdict:
        self.progress(-1)
        steps = []
        for step in self.trace.steps:
            self.progress(step.index)
            steps.append(self.skipped(step) if step.index in self.skip else self.step(step))
        self.progress(len(self.trace.steps))
        return self.whole(steps, self.answer())

    # --- steps ---
    def skipped(self, step: Step) -> Verdict:
        """The verdict on a step that is left out."""
        claim = ClaimVerdict(
            text=step.text, span=(0, len(step.text)), status=Status.UNDECIDED, reason=self.skip[step.index]
        )
        return self.verdict(step, [claim])

    def step(self, step: Step) -> Verdict:
        """The verdict on a step: one claim for each statement, and for each number from nowhere."""
        before = self.letters.calls, self.letters.effort
        found = find(step.text)
        said = stances(step.text, found.statements)
        self.stances = {(each.span, each.kind): way for each, way in zip(found.statements, said, strict=True)}
        self.quantities.take_known(step.text)
        claims: list[ClaimVerdict] = []
        for group in joined_by_or(step.text, found.statements):
            number = len(claims)
            claims.append(
                self.either(step, number, group) if len(group) > 1 else self.statement(step, number, group[0])
            )
        for name in self.passing:
            self.known.pop(name, None)
        self.passing.clear()
        if claims or self.stated_answer(step.text) is None:
            claims += self.tracing.strays(step, found) + self.tracing.restated(step, found)
        if claims:
            claims += self.announced(step.text)
        else:
            claims = [self.prose(step, found)]
        self.unread |= any(claim.status is Status.UNTRANSLATABLE for claim in claims)
        # what a step says of the world can be used behind it
        self.quantities.take(step.text, Source("step", step.index, step.text), without=self.failed)
        # in this order: later premises name claims by their numbers
        self.statuses |= {(step.index, number): claim.status for number, claim in enumerate(claims)}
        return self.verdict(step, claims, self.letters.calls - before[0], self.letters.effort - before[1])

    def verdict(self, step: Step, claims: list[ClaimVerdict], calls: int = 0, effort: int = 0) -> Verdict:
        leaps = [claim.leap for claim in claims if claim.status is Status.ENTAILED]
        known = [leap for leap in leaps if leap is not None]
        return Verdict(
            step=step,
            status=worst(claim.status for claim in claims),
            claims=tuple(claims),
            leap=max(known) if known and len(known) == len(leaps) else None,
            solver=self.options.solver if calls else "",
            solver_calls=calls,
            solver_effort=effort,
        )

    def statement(self, step: Step, number: int, statement: Statement) -> ClaimVerdict:
        """The verdict on a chain of equations or inequalities."""
        text = step.text[statement.span[0] : statement.span[1]] or step.text
        said = self.stance(statement)
        if said in ("denied", "asked") or (said == "supposed" and not names_of(*statement.sides)):
            return self.unclaimed(statement, said, Made(text, statement.span, None))
        new = {name for name in names_of(*statement.sides) if name not in self.known and name not in self.seen}
        links = self.links(statement, Source("step", step.index, step.text, number))
        if said == "supposed":
            self.passing |= new
        outcomes = {link.outcome for link in links}
        formula = written(statement, links)
        made = Made(text, statement.span, formula)
        if "fails" in outcomes:
            self.tracing.note_failed(statement, step.index)
            return made.claim(Status.CONTRADICTED, next(link.reason for link in links if link.outcome == "fails"))
        if "unclear" in outcomes:
            self.accept(statement, step, number, links)
            return made.claim(Status.UNDECIDED, next(link.reason for link in links if link.outcome == "unclear"))
        if any(side.term is None for side in statement.sides):
            self.accept(statement, step, number, links)
            return made.claim(Status.UNTRANSLATABLE, "a side of it could not be read")
        sources = self.tracing.sources(statement)
        status, reason, failed = self.tracing.traced(sources)
        claim = condition_of([statement])
        symbolic = claim is not None and (names_in(claim) or any("irrational" in link.reason for link in links))
        holds = "holds" in outcomes and self.settled(statement, links, new)
        if claim is not None and symbolic and not holds and status is not Status.UNGROUNDED:
            judged = self.by_letters(step, number, statement, claim, made)
            if judged.status not in (Status.CONTRADICTED, Status.UNGROUNDED):
                self.accept(statement, step, number, links)
            return judged
        if not holds:
            status, reason = self.opened(statement, status, reason, links)
        else:
            self.seen |= {name for side in statement.sides if not side.worded for name in names_of(side)}
            reasons = [link.reason for link in links if link.outcome == "holds" and link.reason]
            reason = reason or "; ".join(dict.fromkeys(reasons))
        if status is Status.UNGROUNDED:
            self.tracing.note_failed(statement, step.index)
        else:
            self.accept(statement, step, number, links, proved=status is Status.ENTAILED)
        premises = [premise for _, source in sources if source for premise in premise_of(source)]
        premises += self.meant(statement)
        if status is not Status.ENTAILED:
            return made.claim(status, reason, (), failed)
        return made.claim(status, self.resting(reason, premises), tuple(dict.fromkeys(premises)))

    def resting(self, reason: str, premises: Iterable[Premise]) -> str:
        """``reason``, and which of the premises are claims that were not settled themselves."""
        open_claims: dict[str, str] = {}
        for each in premises:
            status = self.statuses.get((each.index, each.claim)) if each.source == "step" else None
            if status in (Status.UNDECIDED, Status.UNTRANSLATABLE):
                open_claims[each.label] = status.value
        said = "; ".join(f"it rests on {label}, which is {status}" for label, status in open_claims.items())
        return "; ".join(part for part in (reason, said) if part)

    def stance(self, statement: Statement) -> Stance:
        """What the step at hand makes of one of its statements."""
        return self.stances.get((statement.span, statement.kind), "claimed")

    def unclaimed(self, statement: Statement, said: Stance, made: Made) -> ClaimVerdict:
        """The verdict on what isn't claimed: what it says is neither held against the chain nor known behind it."""
        status, reason, failed = self.tracing.traced(self.tracing.sources(statement))
        if status is Status.UNGROUNDED:
            return made.claim(status, reason, (), failed)
        if said == "denied":
            return made.claim(Status.UNTRANSLATABLE, "the words around it deny it, or take it back")
        return made.claim(Status.NO_CLAIM, f"it is {said}, not claimed")

    def settled(self, statement: Statement, links: list[Compared], new: set[str]) -> bool:
        """Whether a statement with a sign that holds says nothing else that is open: "x = 3 + 4 = 7" says what a new
        letter is, "2x = 3 + 4 = 7" more than that."""
        for left, sign, right, link in zip(statement.sides, statement.signs, statement.sides[1:], links, strict=False):
            if link.outcome != "open":
                continue
            if left.term is None or right.term is None:
                return False
            named = any(
                side.worded or (isinstance(side.term, Name) and side.term.name in new) for side in (left, right)
            )
            if sign == "=" and named:
                continue
            claim = Relation(left.term, sign, right.term)
            # roots are left to the solver
            if names_in(claim) or self.letters.judge(claim)[0].status is not Status.ENTAILED:
                return False
        return True

    def either(self, step: Step, number: int, group: list[Statement]) -> ClaimVerdict:
        """The verdict on alternatives: "x = 2 or x = -3"."""
        span = (group[0].span[0], group[-1].span[1])
        claim = condition_of(group)
        text = step.text[span[0] : span[1]]
        for said in map(self.stance, group):
            if said in ("denied", "asked"):
                return self.unclaimed(group[0], said, Made(text, span, None))
        if claim is None:
            return Made(text, span, None).claim(Status.UNTRANSLATABLE, "a side of it could not be read")
        made = Made(text, span, condition_text(claim))
        return self.by_letters(step, number, group[0], claim, made)

    def by_letters(self, step: Step, number: int, statement: Statement, claim: Condition, made: Made) -> ClaimVerdict:
        """The verdict on a claim with letters, from those before."""
        letters = names_in(claim)
        fresh = not letters & self.seen
        self.seen |= letters
        said = supposed(step.text, statement) or self.stance(statement) == "supposed"
        if said and not (fresh and LET.search(step.text[: statement.span[0]])):
            return made.claim(Status.NO_CLAIM, "it is supposed, not claimed")
        source = Source("step", step.index, step.text, number)
        if fresh and defines(claim):
            terms = [side.term for side in statement.sides if side.term is not None]
            status, reason, failed = self.tracing.traced(self.tracing.looked_up(terms))
            if status is Status.UNGROUNDED:
                for name in letters:
                    self.known.pop(name, None)
                return made.claim(status, reason, (), failed)
            self.letters.add(claim, source)
            return made.claim(Status.NO_CLAIM, f"says what {min(letters)} stands for")
        found, premises = self.letters.judge(claim)
        if found.status is Status.ENTAILED:
            self.letters.add(claim, source)
            return made.claim(Status.ENTAILED, self.resting("", premises), premises)
        if found.status is Status.CONTRADICTED and always(claim) is False:
            return made.claim(Status.CONTRADICTED, found.reason)
        if found.status is Status.CONTRADICTED:
            # letters may be complex, or stand for something else in another case
            steps = " and ".join(each.label for each in premises)
            behind = f" ({steps}), if its letters mean what they did before" if steps else " among the reals"
            return made.claim(Status.UNDECIDED, found.reason + behind)
        self.letters.add(claim, source)
        if found.status is Status.UNGROUNDED and self.letters.concerns(claim) and not fresh:
            return made.claim(Status.UNTRANSLATABLE, f"it may be what the words of the problem say: {found.reason}")
        return made.claim(Status.UNTRANSLATABLE, f"it rests on the words of the problem: {found.reason}")

    def links(self, statement: Statement, source: Source) -> list[Compared]:
        """What comes of each sign; a name that stands alone beside something with a value is given that value."""
        found = []
        for left, sign, right in zip(statement.sides, statement.signs, statement.sides[1:], strict=False):
            link = compare(left, sign, right, self.known, strict=statement.kind == "annotation")
            if link.outcome == "fails" and (names_of(left) or names_of(right)):
                link = link._replace(outcome="unclear", reason=f"{link.reason}, if letters mean what they did before")
            if sign == "=" and (left.worded or right.worded):
                link = Compared("open", "words name a quantity")
            converts = convertible(self.unit(left), self.unit(right)) not in (None, 1)
            if link.outcome == "holds" and names_of(left, right) and converts:
                link = link._replace(outcome="unclear", reason="its letters stand for another unit")
            found.append(link)
            if sign == "=" and link.outcome == "open":
                self.define(left, right, source)
                self.define(right, left, source)
        return found + self.across(statement)

    def meant(self, statement: Statement) -> list[Premise]:
        """What gave the letters of a statement their values, in statements before."""
        letters = sorted({name for side in statement.sides for name in names_of(side) if not side.worded})
        found = []
        for name in letters:
            source = self.meanings.get(name)
            if source is not None and name in self.known:
                formula = chain_text((Name(name), Number(self.known[name])), ("=",))
                found.append(Premise(source.source, source.index, source.text, source.claim, formula))
        return found

    def across(self, statement: Statement) -> list[Compared]:
        """The failures between sides that only equals signs and sides without a value stand between: a = ? = b."""
        found = []
        for place in range(len(statement.signs) - 1):
            behind = place + 1
            while behind < len(statement.signs) and statement.signs[behind - 1 : behind + 1] == ("=", "="):
                if self.valued(statement.sides[behind]):
                    break
                left, right = statement.sides[place], statement.sides[behind + 1]
                if self.valued(left) and self.valued(right):
                    link = compare(left, "=", right, self.known, strict=statement.kind == "annotation")
                    found += [link] if link.outcome in ("fails", "unclear") else []
                    break
                behind += 1
        return found

    def valued(self, side: Side) -> bool:
        """Whether a side has a value whatever names mean."""
        return side.term is not None and not names(side.term) and valued(side.term) is not None

    def unit(self, side: Side) -> str:
        """The unit of a side, or of what its letter stands for; "" if it can't be told."""
        if isinstance(side.term, Name):
            return self.measured.get(side.term.name, "")
        return unit_of(side.term) if side.term is not None else ""

    def define(self, name: Side, other: Side, source: Source) -> None:
        """Let a letter that has no value yet, or words, stand for what ``other`` comes out as."""
        if not isinstance(name.term, Name) or other.term is None or (not name.worded and name.term.name in self.known):
            return
        found = valued(other.term, self.known)
        if found is not None:
            self.known[name.term.name] = found
            self.meanings[name.term.name] = source
            self.measured[name.term.name] = unit_of(other.term)

    def opened(self, statement: Statement, status: Status, reason: str, links: list[Compared]) -> tuple[Status, str]:
        """The status of a statement none of whose signs could be checked: the definition of a new letter, or what the
        words of the problem are turned into."""
        if status is Status.UNGROUNDED and all(not names(side.term) or side.worded for side in statement.sides):  # type: ignore[arg-type]
            return status, reason
        if status is Status.UNGROUNDED and all(is_bare(side.term) for side in statement.sides):  # type: ignore[arg-type]
            for side in statement.sides:
                if isinstance(side.term, Name):
                    self.known.pop(side.term.name, None)
            return status, reason
        letters = {name for side in statement.sides for name in names(side.term) if not side.worded}  # type: ignore[arg-type]
        alone = [side.term.name for side in statement.sides if isinstance(side.term, Name) and not side.worded]
        fresh = bool(alone) and not letters & self.seen and letters == set(alone)
        self.seen |= letters
        if fresh:
            return Status.NO_CLAIM, f"says what {alone[0]} stands for"
        said = next((link.reason for link in links if link.reason), "")
        return Status.UNTRANSLATABLE, f"it rests on the words of the problem: {said}" if said else ""

    # --- what comes of it ---
    def accept(
        self, statement: Statement, step: Step, number: int, links: list[Compared], proved: bool = False
    ) -> None:
        """Make what a statement comes out as known to later steps. ``proved``: and an answer."""
        source = Source("step", step.index, step.text, number)
        if proved:
            for found in self.results.add(statement, links, self.known, source):
                self.failed.pop(found, None)
        for side in statement.sides:
            if side.term is None:
                continue
            for each in numbers(side.term):
                self.quantities.add(each.value, source)
            comes_to = valued(side.term, self.known)
            if comes_to is not None:
                self.quantities.add(comes_to, source)

    def prose(self, step: Step, found: Found) -> ClaimVerdict:
        """The verdict on a step without any statement."""
        whole = (0, len(step.text))
        made = Made(step.text, whole, None)
        for source in self.quantities.told:
            if says(source.text, step.text):
                return made.claim(Status.ENTAILED, "", premise_of(source), leap=0)
        if states_nothing(step.text) and not found.loose:
            return made.claim(Status.NO_CLAIM, "")
        answer = self.stated_answer(step.text)
        if answer is not None:
            return answer
        alone = expression(step.text.strip(" ."))
        if alone is not None and is_bare(alone) and not names(alone) and step.index == len(self.trace.steps) - 1:
            return self.judged_answer(step.text, step.text, whole)  # "Answer:", and the number below it
        return made.claim(Status.UNTRANSLATABLE, "there is no computation in it that could be checked")

    # --- the answer ---
    def stated_answer(self, text: str) -> ClaimVerdict | None:
        """The verdict on a step that announces the final answer."""
        from verisearch.answers.extraction import extract

        given = extract(text, kind="number")
        return None if given is None else self.judged_answer(given, text, (0, len(text)))

    def announced(self, text: str) -> list[ClaimVerdict]:
        """The verdict on the final answer that a step with other claims announces, if these don't give it."""
        found = self.stated_answer(text)
        if found is None or found.status in (Status.ENTAILED, Status.UNTRANSLATABLE):
            return []
        if found.status is Status.CONTRADICTED:
            return [found]
        return [Made(found.text, found.span, None, "answer").claim(Status.UNDECIDED, found.reason)]

    def answer(self) -> AnswerVerdict | None:
        """The verdict on the final answer."""
        given = self.trace.answer
        if given is None or not self.options.answer_check:
            return None
        claim = self.judged_answer(given, given, (0, len(given)))
        proved = Outcome.UNDECIDED
        if self.asked is not None and claim.status in (Status.ENTAILED, Status.CONTRADICTED):
            proved = Outcome.TRUE if claim.status is Status.ENTAILED else Outcome.FALSE
        return AnswerVerdict(given=given, proved=proved, claim=claim)

    def judged_answer(self, given: str, text: str, span: Span) -> ClaimVerdict:
        """The verdict on an answer: what the asked expression comes out as, else what a step came out as."""
        made = Made(text, span, None, "answer")
        # of a choice the letter's option counts
        said = as_options(self.trace.problem.options).get(given.strip(" ().").upper(), given)
        term = expression(said)
        found = None if term is None else valued(term, self.known)
        if term is None or found is None:
            return made.claim(Status.UNTRANSLATABLE, "the answer is no number that could be read")
        if self.asked is not None:
            right = self.asked[1]
            formula = f"{chain_text((self.asked[0], Number(found)), ('=',))}"
            made = Made(text, span, formula, "answer")
            if right != found and (near := rounded_places(term)) and rounds_to(right, found, near):
                return made.claim(Status.UNDECIDED, "it is equal only when rounded")
            if right == found:
                premise = Premise("question", 0, self.trace.problem.question or "")
                source = self.results.of(term, found)
                # what no step came to is as many steps away as there are operations
                leap = 1 if source is not None else operations(self.asked[0])
                return made.claim(Status.ENTAILED, "", (premise,), leap=leap)
            return made.claim(Status.CONTRADICTED, f"the expression is {number_text(right)}")
        source = self.results.of(term, found)
        if source is not None:
            premises = premise_of(source)
            return made.claim(Status.ENTAILED, self.resting("", premises), premises, leap=0)
        if found in self.failed:
            failed = (self.failed[found],)
            return made.claim(Status.UNGROUNDED, f"it comes from step {failed[0] + 1}, which fails", (), failed)
        known = self.quantities.of(found) is not None or self.tracing.unsourced(found) is Status.UNDECIDED
        if self.unread or known:
            return made.claim(Status.UNDECIDED, "no computation that was read gives it")
        return made.claim(Status.UNGROUNDED, "no step gives it")

    # --- the whole ---
    def whole(self, steps: list[Verdict], answer: AnswerVerdict | None) -> TraceVerdict:
        claims = [claim for step in steps for claim in step.claims] + ([answer.claim] if answer else [])
        status = trace_status(claim.status for claim in claims)
        limit = self.options.max_leap
        leaps_kept = limit is None or all(
            claim.leap is not None and claim.leap <= limit for claim in claims if claim.status is Status.ENTAILED
        )
        answered = answer is not None and answer.claim.status is Status.ENTAILED
        notes = list(self.trace.notes)
        if self.asked is None:
            notes.append(MEANING)
        if not self.tracing.asks_sources:
            notes.append("there is no problem, so that where numbers come from was not checked")
        if answer is None:
            notes.append("no final answer was found" if self.options.answer_check else "the answer was not checked")
        return TraceVerdict(
            problem=self.trace.problem,
            logic="classical",
            formaliser=ARITHMETIC,
            status=status,
            verified=status.value == "valid" and leaps_kept and answered and self.asked is not None,
            max_leap=limit,
            steps=tuple(steps),
            answer=answer,
            context_formulas=(None,) * len(self.trace.problem.context),
            notes=tuple(notes),
            usage=Usage(
                verifier_calls=1,
                solver_calls=self.letters.calls,
                solver_effort=self.letters.effort,
                seconds=perf_counter() - self.started,
            ),
        )

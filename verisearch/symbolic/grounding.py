"""What a step rests on: premises that a model names, taken only as far as the solver lets them (VeriCoT, arXiv
2511.04662, section 3).

A model can be wrong, or obey what it reads. So of what it names

* a formula that holds whatever its symbols mean carries nothing, one that never holds would prove everything: refused;
* what contradicts the premises there are, or may do so, is refused;
* commonsense that gives the step by itself, one premise or several together, would be the step in other words: refused.
  A whole sentence of the source may do so;
* commonsense holds in general: what it says of a thing that the problem or the step names is refused, as no form tells
  what is known of Lund from what is made up of Bob;
* the core is kept, the rest forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from verisearch.errors import SolverError
from verisearch.logic.formula import And, Formula, Func, Not, conjuncts, terms_of
from verisearch.symbolic.equivalence import unsatisfiable
from verisearch.symbolic.explain import Explainer
from verisearch.symbolic.faithful import Faithful
from verisearch.symbolic.modelled.formaliser import ModelFormaliser
from verisearch.symbolic.modelled.judge import Judge, Unjudged
from verisearch.symbolic.modelled.likeness import among, words_in
from verisearch.symbolic.modelled.names import words_of
from verisearch.symbolic.modelled.premises import Candidate, Refused, Source, named_premises
from verisearch.symbolic.theory import Inexpressible, Judgement, Theory, grounded
from verisearch.verdict import RefusedPremise, Status

__all__ = ["Grounding"]


@dataclass(slots=True)
class Named:
    """What came of the premises named for one step."""

    taken: list[Candidate] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


class Grounding:
    """Grounds the steps of one trace. ``fresh_theory`` makes a trial theory with the premises there are."""

    def __init__(
        self,
        formaliser: ModelFormaliser,
        source: Source,
        theory: Theory,
        fresh_theory: Callable[[], Theory],
        explain: Explainer,
        faithful: Faithful,
        judge: Judge | None,
    ) -> None:
        self.formaliser, self.source, self.theory = formaliser, source, theory
        self.fresh_theory, self.explain, self.faithful, self.judge = fresh_theory, explain, faithful, judge
        #: Commonsense that was accepted, in order.
        self.commonsense: list[str] = []
        problem = formaliser.problem
        texts = (*(sentence.text for sentence in problem.context), problem.question, problem.statement)
        #: The words of the problem.
        self.words = [word for text in texts if text for word in words_in(text)]
        #: What the last step could rest on isn't known, because a model could not be asked or a premise not be read.
        self.unasked = False

    def ground(self, text: str, formula: Formula, found: Judgement, accepted: Sequence[str]) -> Judgement:
        """The judgement on a step that doesn't follow yet, with what the model names for it. ``found``: the judgement
        without. Raises `SolverError`, `Inexpressible`."""
        if isinstance(formula, And):
            return self.each(text, formula, accepted)
        named = self.named(text, formula, accepted)
        core, status = self.core(formula, named)
        unknown = next((each for each in named.refused if each.unknown), None)
        if status is None and unknown is not None:
            self.unasked = True
            what = f"whether “{unknown.text}” gives it" if unknown.text else "what it could rest on"
            reason = f"{what} is not known: {unknown.reason}"
            return Judgement(Status.UNDECIDED, reason=reason, refused=self.in_vain(named))
        if status is None:
            reason, refused = self.why_not(named), self.in_vain(named)
            return replace(found, status=Status.UNGROUNDED, reason=reason, refused=refused)
        for candidate in core:
            self.accept(candidate)
        settled = grounded(self.theory, self.theory.judge(formula))
        if settled.status is not status:
            return Judgement(Status.UNDECIDED, reason=settled.reason or "two checks don't agree")
        return replace(settled, refused=self.refusals(named))

    def each(self, text: str, formula: And, accepted: Sequence[str]) -> Judgement:
        """The judgement on a step that says several things: each must follow by itself, as what is refused for one of
        them could come in with another."""
        refused: tuple[RefusedPremise, ...] = ()
        for part in conjuncts(formula):
            found = grounded(self.theory, self.theory.judge(part))
            if found.status is Status.UNGROUNDED:
                found = self.ground(text, part, found, accepted)
            refused += found.refused
            if found.status is not Status.ENTAILED:
                return replace(found, refused=refused)
        return replace(self.theory.judge(formula), refused=tuple(dict.fromkeys(refused)))

    def named(self, text: str, formula: Formula, accepted: Sequence[str]) -> Named:
        """The candidates that the solver lets stand together."""
        taken = {f"{entry.source} {entry.index}" for entry in self.theory.entries}
        named = Named()
        trial = self.fresh_theory()
        stream = named_premises(self.formaliser, self.source, text, self.explain.words(formula), accepted, taken)
        for candidate in stream:
            if isinstance(candidate, Refused):
                named.refused.append(candidate)
                continue
            reason = self.refusal(candidate, text, formula)
            if not reason and self.judge is not None:
                reason = self.judge.refusal(candidate, text)
            if not reason:
                reason, trial = self.clash(candidate, trial, named)
            if reason:
                unknown = isinstance(reason, Unjudged)
                named.refused.append(Refused(candidate.source, candidate.text, str(reason), unknown))
            else:
                named.taken.append(candidate)
        return named

    def refusal(self, candidate: Candidate, text: str, formula: Formula) -> str:
        """Why a premise isn't taken, whatever else there is; empty if it may be."""
        if candidate.modelled and (fault := self.faithful.fault(candidate.formula, candidate.others)):
            return Unjudged(fault[1]) if fault[0] is Status.UNDECIDED else fault[1]
        if candidate.source == "commonsense":
            alone = unsatisfiable(And((candidate.formula, Not(formula))), self.faithful.session)
            if alone is not False:
                return "it gives the step all by itself" if alone else "whether it is the step itself is not settled"
            if thing := self.particular(candidate.formula, text, formula):
                return f"it speaks of {thing!r}, and commonsense holds in general"
        return ""

    def particular(self, formula: Formula, step: str, claimed: Formula) -> str:
        """A thing that the problem or the step names, and of which the formula speaks; empty if there is none."""
        words = [*self.words, *words_in(step)]
        there = {name for each in (claimed, *self.given()) for name in things(each)}
        for name in things(formula):
            if name in there or all(among(word, words) for word in words_of(name)):
                return name
        return ""

    def given(self) -> list[Formula]:
        """The premises that don't come from commonsense."""
        return [entry.formula for entry in self.theory.entries if entry.source != "commonsense"]

    def clash(self, candidate: Candidate, trial: Theory, named: Named) -> tuple[str, Theory]:
        """Why a premise can't stand with the others, and the trial theory from here on: with it, if it can."""
        try:
            trial.add(candidate.formula, candidate.source, candidate.index)
            agrees, why = trial.consistent()
        except Inexpressible as limit:
            return f"it can't be said under this reading of rules: {limit}", self.trial_with(named.taken)
        except SolverError as error:
            self.theory.session.restart()
            return f"whether it agrees with what there is is not settled: {error}", self.trial_with(named.taken)
        if agrees:
            return "", trial
        if agrees is False:
            return "it contradicts what there is already", self.trial_with(named.taken)
        return f"whether it agrees with what there is is not settled: {why}", self.trial_with(named.taken)

    def trial_with(self, taken: Sequence[Candidate]) -> Theory:
        trial = self.fresh_theory()
        for candidate in taken:
            trial.add(candidate.formula, candidate.source, candidate.index)
        return trial

    def core(self, formula: Formula, named: Named) -> tuple[list[Candidate], Status | None]:
        """The candidates that the step needs to follow, or those its opposite does; and which of the two."""
        taken = named.taken
        while taken:
            trial = self.trial_with(taken)
            found = trial.judge(formula)
            if found.status not in (Status.ENTAILED, Status.CONTRADICTED):
                return [], None
            entries = [trial.entry(number) for number in found.premises]
            needed = {(entry.source, entry.index) for entry in entries}
            chosen = [each for each in taken if (each.source, each.index) in needed]
            if any(entry.source != "commonsense" for entry in entries):
                return chosen, found.status
            if not chosen:
                return [], None  # what was accepted for earlier steps
            # commonsense alone, several together: the last of it goes, as what is left may need the source
            named.refused.append(
                Refused("commonsense", chosen[-1].text, "with other commonsense alone it settles the step")
            )
            taken = named.taken = [each for each in taken if each is not chosen[-1]]
        return [], None

    def accept(self, candidate: Candidate) -> None:
        """Make a candidate a premise for good."""
        index = candidate.index
        if candidate.source == "commonsense":
            index = len(self.commonsense)
            self.commonsense.append(candidate.text)
        self.explain.texts[candidate.source, index] = candidate.text
        self.theory.add(candidate.formula, candidate.source, index)

    def refusals(self, named: Named) -> tuple[RefusedPremise, ...]:
        """The premises that were refused, each once."""
        made = [RefusedPremise(each.source, each.text, each.reason) for each in named.refused if each.source]
        return tuple(dict.fromkeys(made))

    def in_vain(self, named: Named) -> tuple[RefusedPremise, ...]:
        """All that was named for a step without ground: what was refused, and what wasn't enough."""
        short = "it may stand, but the step doesn't follow with it"
        return self.refusals(named) + tuple(RefusedPremise(each.source, each.text, short) for each in named.taken)

    def why_not(self, named: Named) -> str:
        """Why a step stays without ground, in words; the premises themselves are in `in_vain`."""
        tried, refused = len(named.taken), len(self.refusals(named))
        parts = [f"it doesn't follow with {numbered(tried)} named for it either"] if tried else []
        parts += [f"{numbered(refused)} named for it {'was' if refused == 1 else 'were'} refused"] if refused else []
        return "; ".join(parts) or "no premise was named that could give it"


def things(formula: Formula) -> list[str]:
    """The constants of a formula."""
    return list(dict.fromkeys(term.name for term in terms_of(formula) if isinstance(term, Func) and not term.args))


def numbered(count: int) -> str:
    return "1 premise" if count == 1 else f"{count} premises"

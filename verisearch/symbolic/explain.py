"""Judgements made into verdicts: premises with their sources, reasons and counter-models in words."""

from __future__ import annotations

from typing import Literal

from verisearch.logic.fol_writer import to_fol
from verisearch.logic.formula import Formula, complement, is_literal
from verisearch.logic.vocabulary import Vocabulary
from verisearch.symbolic.theory import Entry, Judgement, Theory
from verisearch.symbolic.words import capitalised, listed, say
from verisearch.trace import Span, Trace
from verisearch.verdict import ClaimVerdict, CounterModel, Premise, Status, TruthValue

__all__ = ["Explainer"]

Kind = Literal["assertion", "cited", "not-derivable", "not-stated", "answer"]


class Explainer:
    """Says what a theory found, in terms of one trace."""

    def __init__(self, vocabulary: Vocabulary, theory: Theory, trace: Trace) -> None:
        self.vocabulary, self.theory, self.trace = vocabulary, theory, trace
        #: What premises that are neither the context's nor a step's say, by their source and number.
        self.texts: dict[tuple[str, int], str] = {}
        #: A language model makes formulas.
        self.modelled = False

    def fol(self, formula: Formula) -> str:
        return to_fol(formula)

    def words(self, formula: Formula) -> str:
        return say(formula, self.vocabulary)

    def clash(self, found: str) -> str:
        """What a context contradicts itself in."""
        return found

    def text_of(self, entry: Entry) -> str:
        """The sentence or step that a premise comes from."""
        if entry.source == "context":
            return self.trace.problem.context[entry.index].text
        if entry.source != "step":
            return self.texts[entry.source, entry.index]
        return self.trace.steps[entry.index].text

    def premises(self, numbers: tuple[int, ...]) -> tuple[Premise, ...]:
        """The premises with those numbers: the context's first, then the steps', in order."""
        chosen = [self.theory.entry(number) for number in numbers]
        return tuple(
            Premise(
                entry.source,
                entry.index,
                self.text_of(entry),
                entry.claim,
                self.fol(entry.formula),
                self.read_back(entry),
            )
            for entry in chosen
        )

    def read_back(self, entry: Entry) -> str:
        """A premise's formula in English, where a language model may have made it and it isn't the text once more."""
        if not self.modelled or entry.source == "step":
            return ""
        words = self.words(entry.formula)
        return "" if words.casefold().strip(" .") == self.text_of(entry).casefold().strip(" .") else words

    def claim(
        self,
        found: Judgement,
        formula: Formula | None,
        text: str,
        span: Span,
        kind: Kind,
        unread: str = "",
        whether: bool = False,
        modelled: bool = False,
    ) -> ClaimVerdict:
        """The verdict on a claim. ``whether``: the complement is claimed not to follow (not to be said) either.
        ``modelled``: a language model made the formula."""
        counter = None
        if found.status is Status.UNGROUNDED and formula is not None and not found.follows:
            counter = self.counter_model(found, formula)
        return ClaimVerdict(
            text=text,
            span=span,
            status=found.status,
            kind=kind,
            formula=None if formula is None else self.claimed(formula, kind, whether),
            premises=self.premises(found.premises),
            leap=found.leap,
            reason=self.reason(found, kind),
            counter_model=counter,
            depends_on_failed=found.depends_on_failed,
            vacuous=found.vacuous,
            unread=unread,
            read_as=self.words(formula) if modelled and formula is not None else "",
            refused=found.refused,
        )

    def claimed(self, formula: Formula, kind: Kind, whether: bool) -> str:
        """The claim in FOL notation; ``⊬`` before what is claimed not to follow or not to be said."""
        if kind not in ("not-derivable", "not-stated"):
            return self.fol(formula)
        parts = [formula, complement(formula)] if whether else [formula]
        return ", ".join(f"⊬ {self.fol(part)}" for part in parts)

    def reason(self, found: Judgement, kind: Kind) -> str:
        """Why, in words."""
        parts = [found.reason] if found.reason else []
        if found.status is Status.CONTRADICTED and kind in ("assertion", "cited"):
            parts.append("the opposite follows")
        if found.follows:
            parts.append("it would follow without the citation")
        if found.vacuous:
            parts.append("it holds only because its condition never does")
        if found.status is Status.UNGROUNDED and found.nearest is not None and found.missing:
            entry = self.theory.entry(found.nearest)
            missing = listed(self.words(literal) for literal in found.missing)
            parts.append(f"“{self.text_of(entry)}” would give it, but nothing says that {missing}")
        if found.depends_on_failed:
            steps = listed(str(index + 1) for index in found.depends_on_failed)
            parts.append(f"it would follow if the failed step{'s' * (len(found.depends_on_failed) > 1)} {steps} held")
        return "; ".join(parts)

    def counter_model(self, found: Judgement, formula: Formula) -> CounterModel:
        """A way for the premises to hold and the claim not to."""
        if is_literal(formula):
            claim, opposite = self.words(formula), self.words(complement(formula))
            text = f"Nothing says that {claim}. If {opposite}, everything before still holds."
            values = [TruthValue(claim, False)]
        else:
            text = f"Nothing makes this hold: {self.words(formula)}. It can fail while everything before still holds."
            values = []
        for fact, value in found.facts:
            literal = fact if value else complement(fact)
            values.append(TruthValue(capitalised(self.words(literal)), True))
        return CounterModel(text, tuple(values))

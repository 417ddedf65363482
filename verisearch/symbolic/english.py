"""The deterministic formaliser: controlled English, read exactly or not at all."""

from __future__ import annotations

from collections.abc import Iterable

from verisearch.errors import SignatureError
from verisearch.logic.english.reader import Reading, generic_plurals, read_sentence
from verisearch.logic.english.steps import Claim, StepReading, read_step
from verisearch.logic.formula import THING, And, Atom, Forall, Formula, Implies, Var
from verisearch.logic.vocabulary import Signature, Vocabulary
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem, Step

__all__ = ["EnglishFormaliser"]


class EnglishFormaliser:
    """Implements `verisearch.symbolic.formaliser.Formaliser` with `verisearch.logic.english`."""

    name = "english"

    def __init__(self, problem: Problem, options: CheckOptions) -> None:
        self.problem = problem
        self.vocabulary = Vocabulary()
        self.generic = generic_plurals(options.generic_nouns)
        self.known: frozenset[str] = frozenset()
        self.doubts: dict[str, tuple[Formula, ...]] = {}

    def context(self) -> list[Reading]:
        """One reading for each context sentence."""
        readings = [read_sentence(sentence.text, self.generic) for sentence in self.problem.context]
        properties = {
            signature.name for reading in readings for signature in reading.signatures if len(signature.args) == 1
        }
        checked = [self.admit(reading, properties) for reading in readings]
        self.known = frozenset(constant.name for constant in self.vocabulary.constants)
        return checked

    def statement(self) -> Reading | None:
        """The queried statement."""
        if self.problem.statement is None:
            return None
        reading = read_sentence(self.problem.statement, self.generic)
        if reading.formula is None and self.known:
            reading = read_sentence(self.problem.statement, self.generic, self.known)
        return self.admit(reading, set())

    def admit(self, reading: Reading, properties: set[str]) -> Reading:
        """Take a reading's symbols into the vocabulary; a reading that doesn't fit it counts as unread."""
        if reading.formula is None:
            return reading
        problem = self.misfit(reading.signatures, properties)
        if problem:
            return Reading(None, unread=problem[0], reason=problem[1])
        return reading

    def misfit(self, signatures: Iterable[Signature], properties: set[str]) -> tuple[str, str] | None:
        """Declare ``signatures``; the word and the reason if they don't fit, and then none is declared."""
        trial: list[Signature] = []
        for signature in signatures:
            known = self.vocabulary.symbols.get(signature.name)
            if known is not None and (known.args, known.sort) != (signature.args, signature.sort):
                return signature.name, "the word is used in another part of speech elsewhere"
            if known is None:
                self.doubt(signature, properties)
            trial.append(signature)
        try:
            for signature in trial:
                self.vocabulary.declare(signature)
        except SignatureError as error:  # two of the sentence's own words clash
            return str(error).split("'")[1], "the word is used in two parts of speech"
        return None

    def step(self, step: Step) -> StepReading:
        """The claims of a step, those with words that don't fit the vocabulary as unread."""
        reading = read_step(step.text, self.generic)
        if self.known and any(claim.kind == "unread" for claim in reading.claims):
            reading = read_step(step.text, self.generic, self.known)
        fresh = [signature for signature in reading.signatures if signature.name not in self.vocabulary.symbols]
        properties = {symbol.name for symbol in self.vocabulary.symbols.values() if len(symbol.args) == 1}
        problem = self.misfit(reading.signatures, properties) or self.ambiguous_thing(fresh, properties)
        if problem is None:
            return reading
        claims = [
            Claim("unread", claim.span, unread=problem[0], reason=problem[1]) if claim.formula is not None else claim
            for claim in reading.claims
        ]
        return StepReading(tuple(claims))

    def doubt(self, signature: Signature, properties: set[str]) -> None:
        """Note a compound noun that may be a kind of its own or a kind with a property: "red wumpuses", where things
        are red and there are wumpuses.

        It is read as a kind of its own. What follows then follows under the other reading too (a formula put for a
        predicate keeps entailment); what doesn't has to be tried under both, with the rules noted here.
        """
        first, _, rest = signature.name.partition("_")
        if len(signature.args) == 1 and first in properties and rest in properties:
            x = (Var("x"),)
            whole, quality, kind = Atom(signature.name, x), Atom(first, x), Atom(rest, x)
            self.doubts[signature.name] = (
                Forall(x, Implies(whole, And((quality, kind)))),
                Forall(x, Implies(And((quality, kind)), whole)),
            )

    def ambiguous_thing(self, fresh: list[Signature], properties: set[str]) -> tuple[str, str] | None:
        """ "the red cat" where the context knows "the cat" and "red": a description, not a name."""
        for signature in fresh:
            words = signature.name.split("_")
            if signature.sort == THING and not signature.args and len(words) > 1:
                tails = {"_".join(words[k:]) for k in range(1, len(words))}
                if tails & self.known and properties.intersection(words):
                    return signature.name.replace("_", " "), "may be a name, or a thing with a property"
        return None

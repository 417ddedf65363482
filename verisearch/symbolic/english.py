"""The deterministic formaliser: controlled English, read exactly or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from verisearch.errors import SignatureError
from verisearch.ingest.question import question_statement
from verisearch.logic.english.claims import Claim, StepReading
from verisearch.logic.english.morphology import plural, third_person
from verisearch.logic.english.phrases import conjunction
from verisearch.logic.english.reader import Reading, generic_plurals, read_sentence
from verisearch.logic.english.steps import read_step
from verisearch.logic.formula import THING, Atom, Forall, Formula, Implies, Not, Var, complement, is_literal
from verisearch.logic.vocabulary import Signature, Vocabulary
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem, Step

__all__ = ["EnglishFormaliser"]

WORD = re.compile(r"[^\W\d_]+")
#: A statement that is looked at in quotation marks, not one that something is taken from.
LOOKED_AT = re.compile(
    r"(?P<source>\b(?:from|by|to|on|per|using|with) )?(?:\b(?:the|this|that|given) )*"
    r"\b(?:statement|claim|conclusion)(?: in question)?:?\s*[\"“](?P<quoted>[^\"”]+)[\"”]",
    re.IGNORECASE,
)
#: Answers that are no statement: "True.", "So true.", "Yes."; and words by which an answer is called one.
REPLY = re.compile(
    r"[*_\"“]*(?:(?:so|therefore|thus|hence),? )?(?:yes|no|true|false|unknown|uncertain)[.!*_\"”]*", re.IGNORECASE
)
CALLED = re.compile(r"\b(?:answer|option|choice|conclusion|statement|claim)\b", re.IGNORECASE)
SPEAKS_OF_STATEMENT = re.compile(r"statement|claim|conclusion", re.IGNORECASE)


@lru_cache(maxsize=1 << 15)
def forms_of(text: str) -> tuple[tuple[str, str], ...]:
    """The inflected forms of the words of ``text``, each with its word."""
    return tuple((form, word) for word in WORD.findall(text.lower()) for form in (plural(word), third_person(word)))


class EnglishFormaliser:
    """Implements `verisearch.symbolic.formaliser.Formaliser` with `verisearch.logic.english`."""

    name = "english"

    def __init__(self, problem: Problem, options: CheckOptions) -> None:
        self.problem = problem
        self.vocabulary = Vocabulary()
        self.generic = generic_plurals(options.generic_nouns)
        self.known: frozenset[str] = frozenset()
        self.doubts: dict[str, tuple[Formula, ...]] = {}
        self.compounds: dict[str, None] = {}
        #: Kinds and properties by their plural.
        self.singulars: dict[str, list[str]] = {}
        #: Words by the inflected form they share with no other, and the forms that two words share.
        self.inflected: dict[str, str] = {}
        self.shared: set[str] = set()
        #: The statement that steps looked at last.
        self.looked_at: Formula | None = None
        #: Another question than the problem's was asked; and nothing was said since.
        self.asked_else = self.asked_last = False

    def context(self) -> list[Reading]:
        """One reading for each context sentence."""
        readings = [read_sentence(sentence.text, self.generic) for sentence in self.problem.context]
        for sentence in self.problem.context:
            self.note_words(sentence.text)
        signatures = [signature for reading in readings for signature in reading.signatures]
        properties = {signature.name for signature in signatures if len(signature.args) == 1}
        things = {signature.name for signature in signatures if signature.sort == THING}
        checked = [self.admit(reading, properties, things) for reading in readings]
        self.known = frozenset(constant.name for constant in self.vocabulary.constants)
        return checked

    def statement(self) -> Reading | None:
        """The queried statement."""
        if self.problem.statement is None:
            return None
        reading = read_sentence(self.problem.statement, self.generic)
        if reading.formula is None and self.known:
            reading = read_sentence(self.problem.statement, self.generic, self.known)
        self.note_words(self.problem.statement)
        return self.admit(reading, self.properties(), set(self.known))

    def properties(self) -> set[str]:
        """The kinds and properties of the vocabulary."""
        return {symbol.name for symbol in self.vocabulary.symbols.values() if len(symbol.args) == 1}

    def admit(self, reading: Reading, properties: set[str], things: set[str]) -> Reading:
        """Take a reading's symbols into the vocabulary; a reading that doesn't fit it counts as unread."""
        if reading.formula is None:
            return reading
        problem = self.misfit(reading.signatures) or ambiguous_thing(reading.signatures, properties, things)
        if problem:
            return Reading(None, unread=problem[0], reason=problem[1])
        return reading

    def note_words(self, text: str) -> None:
        """Keep the words of ``text`` by their inflected forms: "a bas" and "a base" have the same plural."""
        for form, word in forms_of(text):
            if self.inflected.setdefault(form, word) != word:
                self.shared.add(form)

    def misfit(self, signatures: Iterable[Signature]) -> tuple[str, str] | None:
        """Declare ``signatures``; the word and the reason if they don't fit, and then none is declared."""
        trial: list[Signature] = []
        for signature in signatures:
            known = self.vocabulary.symbols.get(signature.name)
            if known is not None and (known.args, known.sort) != (signature.args, signature.sort):
                return signature.name, "the word is used in another part of speech elsewhere"
            if signature.args and signature.name.rpartition("_")[2] in self.shared:
                return signature.name.replace("_", " "), "two words of the text have this form"
            if known is not None and not signature.args and named(known) != named(signature):
                return signature.name.replace("_", " "), "may be a name, or any thing of that kind"
            trial.append(signature)
        try:
            for signature in trial:
                self.vocabulary.declare(signature)
        except SignatureError as error:  # two of the sentence's own words clash
            return str(error).split("'")[1], "the word is used in two parts of speech"
        self.note_doubts(trial)
        return None

    def step(self, step: Step) -> StepReading:
        """The claims of a step, those with words that don't fit the vocabulary as unread."""
        self.note_words(step.text)
        reading = read_step(step.text, self.generic)
        if self.known and any(claim.kind == "unread" for claim in reading.claims):
            reading = read_step(step.text, self.generic, self.known)
        reading = self.about_statement(step.text, self.to_question(step.text, reading))
        fresh = [signature for signature in reading.signatures if signature.name not in self.vocabulary.symbols]
        problem = self.misfit(reading.signatures)
        if problem is None and fresh:
            problem = ambiguous_thing(fresh, self.properties(), set(self.known))
        if problem is None:
            return reading
        claims = [
            Claim("unread", claim.span, unread=problem[0], reason=problem[1]) if claim.formula is not None else claim
            for claim in reading.claims
        ]
        return StepReading(tuple(claims), replies=reading.replies)

    def about_statement(self, text: str, reading: StepReading) -> StepReading:
        """ "The statement is true", said behind another statement than the queried one, is no answer: unread."""
        looked_at = [
            (found.start(), formula)
            for found in LOOKED_AT.finditer(text)
            if not found["source"]
            and (formula := read_sentence(found["quoted"], self.generic, self.known).formula) is not None
            and is_literal(formula)
        ]
        if not looked_at and not any(claim.kind == "answer" for claim in reading.claims):
            return reading
        asked = read_sentence(self.problem.statement or "", self.generic, self.known).formula
        claims = []
        for claim in reading.claims:
            before = [formula for place, formula in looked_at if place < claim.span[0]]
            last = before[-1] if before else self.looked_at
            said = text[claim.span[0] : claim.span[1]]
            if (
                claim.kind == "answer"
                and SPEAKS_OF_STATEMENT.search(said)
                and asked is not None
                and last not in (None, asked, complement(asked))
            ):
                reason = "which statement is meant is not clear"
                claim = Claim("unread", claim.span, unread=" ".join(said.split()[:4]), reason=reason)
            claims.append(claim)
        if looked_at:
            self.looked_at = looked_at[-1][1]
        return StepReading(tuple(claims), reading.signatures, reading.replies)

    def to_question(self, text: str, reading: StepReading) -> StepReading:
        """The reading, with answers that may reply to another question than the problem's as unread: "Is Bob nice?
        True." Right behind such a question that is any answer; later it is one that isn't called the answer."""
        claims, replies = [], False
        for claim in reading.claims:
            said = text[claim.span[0] : claim.span[1]].strip()
            if claim.kind == "no-claim" and said.rstrip("*_\"”')").endswith("?"):
                if not self.own_question(said):
                    self.asked_else = self.asked_last = True
            elif claim.kind == "answer" or (claim.kind == "unread" and REPLY.fullmatch(said)):
                if self.asked_last or (self.asked_else and not CALLED.search(said)):
                    reason, replies = "which question this answers is not clear", True
                    claim = Claim("unread", claim.span, unread=" ".join(said.split()[:4]), reason=reason)
            elif claim.kind != "no-claim":
                self.asked_last = False
            claims.append(claim)
        return StepReading(tuple(claims), reading.signatures, replies)

    def own_question(self, text: str) -> bool:
        """Whether a question is the problem's: about its statement as it is, or about "the statement"."""
        if SPEAKS_OF_STATEMENT.search(text) or (self.problem.question or "").strip().casefold() == text.casefold():
            return True
        asked = question_statement(text)
        own = read_sentence(self.problem.statement or "", self.generic, self.known).formula
        return (
            asked is not None
            and own is not None
            and read_sentence(asked.rstrip("?"), self.generic, self.known).formula == own
        )

    def note_doubts(self, signatures: Iterable[Signature]) -> None:
        """Note words with two readings: compound nouns that may be kinds of their own or kinds with properties ("red
        wumpuses", where things are red), nouns that may be the adjectives of the same form ("no human is …", "all
        workers are human").

        They are read as words of their own. What follows then follows under the other reading too (a formula put for a
        predicate keeps entailment); what doesn't has to be tried under both, with the rules noted here.
        """
        fresh = [signature.name for signature in signatures if len(signature.args) == 1]
        self.compounds.update(dict.fromkeys(name for name in fresh if "_" in name))
        waiting = [name for name in self.compounds if name not in self.doubts]
        properties = self.properties() if fresh or waiting else set()
        for name in waiting:
            words = name.split("_")
            size = next((k for k, word in enumerate(words[:-1]) if word not in properties), len(words) - 1)
            if size:
                self.doubts[name] = same_as(name, (*words[:size], "_".join(words[size:])))
        for name in fresh:
            for other in (plural(name), *self.singulars.get(name, ())):
                if other in properties and other != name:
                    self.doubts[name] = same_as(name, (other,))
            self.singulars.setdefault(plural(name), []).append(name)


def same_as(name: str, parts: tuple[str, ...]) -> tuple[Formula, ...]:
    """The rules that make ``name`` say what ``parts`` say together."""
    x = (Var("x"),)
    whole, said = Atom(name, x), tuple(Atom(part, x) for part in parts)
    return (
        Forall(x, Implies(whole, conjunction(said))),
        Forall(x, Implies(conjunction(said), whole)),
        *(Forall(x, Implies(Not(part), Not(whole))) for part in said),
        *(Forall(x, Implies(Not(whole), Not(part))) for part in said if len(said) == 1),
    )


def named(signature: Signature) -> bool:
    """A thing called by its name, not by "the" and its kind."""
    return not signature.gloss.startswith("the ")


def ambiguous_thing(signatures: Iterable[Signature], properties: set[str], things: set[str]) -> tuple[str, str] | None:
    """ "the red cat", where "the cat" is spoken of and things are red: a description, not a name."""
    for signature in signatures:
        words = signature.name.split("_")
        if signature.sort == THING and not signature.args and len(words) > 1:
            tails = {"_".join(words[k:]) for k in range(1, len(words))}
            if tails & things and properties.intersection(words):
                return signature.name.replace("_", " "), "may be a name, or a thing with a property"
    return None

"""Reading single statements: text to formula, with the words of its symbols."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from verisearch.errors import ParseError
from verisearch.logic.english.lexicon import GENERIC_NOUNS
from verisearch.logic.english.morphology import plural
from verisearch.logic.english.phrases import Unread
from verisearch.logic.english.sentences import SentenceParser
from verisearch.logic.english.tokens import Token, tokenize
from verisearch.logic.formula import Atom, Formula, Func, Term, subformulas, terms_of
from verisearch.logic.vocabulary import Signature, Vocabulary

__all__ = ["MAX_WORDS", "Reading", "generic_plurals", "parse_statement", "read_sentence", "read_text", "stopped_at"]

#: Longer sentences aren't read: no sentence of this English is so long.
MAX_WORDS = 400


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one sentence: a formula and the signatures it uses, or (``formula`` None) the words at which
    reading stopped and why."""

    formula: Formula | None
    signatures: tuple[Signature, ...] = ()
    unread: str = ""
    reason: str = ""
    #: A language model made the formula, or could not be asked for it: `verisearch.logic.english.claims.Claim` has the
    #: same.
    modelled: bool = False
    others: tuple[Formula, ...] = ()
    unasked: bool = False


def generic_plurals(nouns: tuple[str, ...]) -> frozenset[str]:
    """The plural nouns that name no kind: the built-in ones and the plurals of ``nouns``."""
    return GENERIC_NOUNS | {plural(noun) for noun in nouns}


def stopped_at(tokens: list[Token], text: str, position: int) -> str:
    """The words from token ``position`` on, a few of them."""
    if position >= len(tokens):
        return "the end of the sentence"
    last = tokens[min(position + 4, len(tokens)) - 1]
    return text[tokens[position].start : last.end]


def used_signatures(formula: Formula, signatures: dict[str, Signature]) -> tuple[Signature, ...]:
    """Those of ``signatures`` whose symbols occur in ``formula``: abandoned readings leave others behind, and what a
    pronoun refers to was read before."""
    used: dict[str, None] = {}
    for part in subformulas(formula):
        if isinstance(part, Atom):
            used.setdefault(part.predicate)
    for term in terms_of(formula):
        if isinstance(term, Func):
            used.setdefault(term.name)
    return tuple(signatures[name] for name in used if name in signatures)


def parse_statement(
    tokens: list[Token],
    generic: frozenset[str],
    known: frozenset[str] = frozenset(),
    mentioned: dict[Term, None] | None = None,
    concluding: bool = False,
) -> tuple[Formula, tuple[Signature, ...]]:
    """The formula of a token sequence that is one whole statement. Raises `Unread`.

    ``mentioned``: what was named before in the same sentence; it grows by what is named here.
    ``concluding``: in a chain of reasoning "must" says that something follows, elsewhere that it ought to be.
    """
    while tokens and tokens[-1].text in ".!;":
        tokens = tokens[:-1]
    parser = SentenceParser(tokens, generic, known)
    parser.mentioned.update(mentioned or {})
    parser.concluding = concluding
    try:
        formula = parser.statement()
        parser.skip_adverbs()
        parser.accept("too")
        parser.accept_phrase("as", "well")
        if parser.i < len(tokens):
            raise parser.fail("the sentence should end here")
    except Unread:
        raise parser.furthest from None
    if mentioned is not None:
        mentioned.update(parser.mentioned)
    return formula, used_signatures(formula, parser.signatures)


@lru_cache(maxsize=1 << 15)
def read_sentence(text: str, generic: frozenset[str] = GENERIC_NOUNS, known: frozenset[str] = frozenset()) -> Reading:
    """Read one declarative sentence.

    ``generic``: see `generic_plurals`. ``known``: keys of entities that may stand without their article.
    """
    tokens = tokenize(text)
    if len(tokens) > MAX_WORDS:
        return Reading(None, unread=stopped_at(tokens, text, MAX_WORDS), reason="the sentence is too long")
    if any(token.text == "?" for token in tokens[-1:]):
        return Reading(None, unread=stopped_at(tokens, text, len(tokens) - 1), reason="a question states nothing")
    try:
        formula, signatures = parse_statement(tokens, generic, known)
    except Unread as stop:
        return Reading(None, unread=stopped_at(tokens, text, stop.position), reason=stop.reason)
    return Reading(formula, signatures)


def read_text(text: str, generic: frozenset[str] = GENERIC_NOUNS) -> tuple[Vocabulary, list[Formula]]:
    """Read a text of controlled English, a sentence after the other.

    Raises `ParseError` at the first sentence that can't be read.
    """
    from verisearch.ingest.sentences import split

    vocabulary, formulas = Vocabulary(), []
    for sentence in split(text):
        reading = read_sentence(sentence.text, generic)
        if reading.formula is None:
            place = text.find(reading.unread, sentence.span[0])
            position = place if place >= 0 else max(sentence.span[1] - 1, 0)
            raise ParseError(f"can't read this: {reading.reason}", text=text, position=position)
        for signature in reading.signatures:
            vocabulary.declare(signature)
        formulas.append(reading.formula)
    return vocabulary, formulas

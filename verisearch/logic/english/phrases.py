"""Token-level parsing: noun phrases, predicates, verb phrases.

A recursive-descent parser that backtracks over a handful of tokens. Where English is ambiguous ("not red and cold",
"very young") it stops and says at which words: what can't be read exactly is not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from verisearch.logic.english import lexicon
from verisearch.logic.english.morphology import (
    IRREGULAR_PLURALS,
    base_guess,
    plural,
    singular_guess,
    third_person,
)
from verisearch.logic.english.tokens import Token
from verisearch.logic.formula import BOOL, THING, And, Atom, Formula, Func, Not, Or, Term, Var
from verisearch.logic.vocabulary import Signature

__all__ = ["PhraseParser", "Unread", "article", "conjunction", "is_adverb"]

T = TypeVar("T")
END = Token("\0", "", 0, 0)
#: One subject, or several that share a verb phrase; ``plural``: which verb forms agree with it.
Subject = tuple[tuple[Term, ...], bool]


class Unread(Exception):
    """Reading stopped at token number ``position``."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position, self.reason = position, reason


def conjunction(parts: Iterable[Formula]) -> Formula:
    """The parts as one formula: itself if there is one."""
    parts = tuple(parts)
    return parts[0] if len(parts) == 1 else And(parts)


def article(noun: str) -> str:
    """The noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def is_adverb(word: Token) -> bool:
    """Where a noun could stand too: "secretly", but not "family"."""
    return word.low.endswith("ly") and word.low not in lexicon.NOUNS_IN_LY


class PhraseParser:
    """Reads phrases off ``tokens``. ``generic`` are plural nouns that name no kind; ``known`` are the keys of
    entities that may stand without their article.
    """

    def __init__(self, tokens: list[Token], generic: frozenset[str], known: frozenset[str]) -> None:
        self.tokens, self.generic, self.known = tokens, generic, known
        self.i = 0
        self.variable: Var | None = None
        self.may_introduce = False
        self.in_relative = False
        self.of_person = False
        self.concluding = False
        self.mentioned: dict[Term, None] = {}
        self.signatures: dict[str, Signature] = {}
        self.furthest = Unread(0, "no sentence of the controlled English begins like this")

    # --- moving over tokens ---
    @property
    def token(self) -> Token:
        return self.tokens[self.i] if self.i < len(self.tokens) else END

    def peek(self, ahead: int = 0) -> str:
        place = self.i + ahead
        return self.tokens[place].low if place < len(self.tokens) else ""

    def accept(self, *words: str) -> str:
        """Step over the next token if it is one of ``words`` and return it, else ''."""
        low = self.peek()
        if low in words and low:
            self.i += 1
            return low
        return ""

    def accept_phrase(self, *words: str) -> bool:
        """Step over this exact sequence of words, if it stands here."""
        if all(self.peek(k) == word for k, word in enumerate(words)):
            self.i += len(words)
            return True
        return False

    def fail(self, reason: str) -> Unread:
        stop = Unread(self.i, reason)
        if stop.position >= self.furthest.position:
            self.furthest = stop
        return stop

    def attempt(self, rule: Callable[[], T]) -> T | None:
        """The rule's result, or None with everything as before."""
        saved = self.i, self.variable, self.may_introduce, dict(self.mentioned)
        signatures = dict(self.signatures)
        try:
            return rule()
        except Unread:
            self.signatures = signatures
            self.i, self.variable, self.may_introduce, self.mentioned = saved
            return None

    def skip_adverbs(self) -> None:
        while self.peek() in lexicon.ADVERBS and not (self.peek() == "then" and self.peek(1) == ""):
            self.i += 1

    def is_open(self, ahead: int = 0) -> bool:
        """A word of the open vocabulary stands here (a number is one only as a name)."""
        place = self.i + ahead
        return (
            place < len(self.tokens)
            and self.tokens[place].is_word
            and self.tokens[place].low not in lexicon.FUNCTION_WORDS
        )

    def is_plain(self, ahead: int = 0) -> bool:
        """A word of the open vocabulary that is no number stands here."""
        return self.is_open(ahead) and not self.tokens[self.i + ahead].text[-1].isdigit()

    def is_generic(self, word: str) -> bool:
        """A noun that names no kind, in either number."""
        return word in self.generic or plural(word) in self.generic

    # --- symbols ---
    def entity(self, words: list[Token], proper: bool) -> Func:
        """The constant for a name or a "the …" phrase."""
        for word in words:
            if word.low in lexicon.META_NOUNS:
                raise self.fail(f"{word.text!r} speaks about the reasoning, not about its things")
        if self.is_generic(words[-1].low):
            raise self.fail(f"{words[-1].text!r} names no thing in particular")
        if words[-1].low.endswith("'s"):
            raise self.fail("a noun should follow")
        if any(word.text[0].isdigit() for word in words[:-1]) or (
            len(words) > 1 and (not proper and any(map(is_adverb, words[1:])))
        ):
            raise self.fail("no name, as far as words show")
        key = "_".join(word.low for word in words)
        surface = " ".join(word.text if proper else word.low for word in words)
        self.signatures.setdefault(key, Signature(key, (), THING, surface if proper else f"the {surface}"))
        constant = Func(key)
        self.mentioned.setdefault(constant)
        return constant

    def property_atom(self, name: str, gloss: str, negated: str, subject: Term) -> Atom:
        self.signatures.setdefault(name, Signature(name, (THING,), BOOL, "{0} " + gloss, "{0} " + negated))
        return Atom(name, (subject,))

    def noun_atom(self, words: list[str], is_plural: bool, subject: Term) -> Atom:
        """Being one of a kind; the key is the noun's plural."""
        if len(words) > 1 and (words[-1] in self.generic or any(word.endswith("ly") for word in words[:-1])):
            raise self.fail("the words before the noun can't be told apart")
        doing = any(word.endswith("ing") for word in words[1:-1])  # "a student learning piano"
        if words[-1].endswith("'s") or doing or any(map(self.is_generic, words[:-1])):
            raise self.fail("this is no noun, as far as words show")
        phrase = " ".join(words)
        key = phrase if is_plural else plural(phrase)
        kind = article(phrase if not is_plural else singular_guess(phrase) or phrase)
        if is_plural and len(words) == 1 and (not key.endswith("s") or key.endswith(("ous", "ss"))):
            kind = key  # "cats are luminous": an adjective, as far as words show
        return self.property_atom(key.replace(" ", "_"), f"is {kind}", f"is not {kind}", subject)

    def verb_atom(self, key: str, base: str, subject: Term, target: Term) -> Atom:
        self.signatures.setdefault(
            key, Signature(key, (THING, THING), BOOL, f"{{0}} {key} {{1}}", f"{{0}} does not {base} {{1}}")
        )
        return Atom(key, (subject, target))

    # --- predicates: what follows "is" ---
    def adjective_ahead(self, ahead: int = 0) -> bool:
        """A single word that can be an adjective: nothing of the open vocabulary follows it."""
        if not self.is_plain(ahead) or self.is_open(ahead + 1):
            return False
        token = self.tokens[self.i + ahead]
        if token.is_capital or token.low.endswith("'s"):
            return False
        return self.peek(ahead + 1) not in ("to", "of", "the", "a", "an", "than", "by")

    def predicate(self, subjects: tuple[Term, ...], are: bool) -> Formula:
        """An adjective, "a noun" or (after "are") a plural noun, said of every subject."""
        if self.accept("a", "an"):
            words = self.open_run()
            if not words:
                raise self.fail("a noun should follow the article")
            if plural(words[-1].low) in self.generic:
                raise self.fail("a generic noun says nothing here")
            lows = [word.low for word in words]
            return conjunction(self.noun_atom(lows, False, subject) for subject in subjects)
        if self.peek() in lexicon.META_PREDICATES:
            raise self.fail(f"{self.token.text!r} is said of statements, not of things")
        if are and self.is_open() and not self.adjective_ahead():
            lows = self.plural_noun(self.open_run(), len(subjects) > 1 or isinstance(subjects[0], Var))
            return conjunction(self.noun_atom(lows, True, subject) for subject in subjects)
        if not self.adjective_ahead():
            raise self.fail("expected a property here")
        word = self.token.low
        if are and word in self.generic:
            raise self.fail("a generic noun says nothing here")
        if word in lexicon.COLLECTIVE and (len(subjects) > 1 or (are and word.endswith("s"))):
            raise self.fail(f"{word!r} may be said of several things together")
        self.i += 1
        if are and len(subjects) == 1 and isinstance(subjects[0], Var):
            return self.noun_atom([word], True, subjects[0])
        return conjunction(self.property_atom(word, f"is {word}", f"is not {word}", s) for s in subjects)

    def plural_noun(self, words: list[Token], several: bool) -> list[str]:
        """The words of a noun behind "are", a compound one."""
        lows = [word.low for word in words]
        if not lows:
            raise self.fail("a noun should stand here")
        if lows[0].endswith("ing"):
            raise self.fail(f"{lows[0]!r} may be what they do")
        if not (lows[-1].endswith("s") or lows[-1] in IRREGULAR_PLURALS.values()):
            raise self.fail(f"{lows[-1]!r} is no plural")
        if several and lexicon.COLLECTIVE.intersection(lows):
            raise self.fail("may be said of several things together")
        return lows

    def open_run(self) -> list[Token]:
        """Step over the words of the open vocabulary that stand here; a capital begins something new."""
        start = self.i
        while self.is_plain() and (self.i == start or not self.token.is_capital):
            self.i += 1
        return self.tokens[start : self.i]

    def predicate_list(self, subjects: tuple[Term, ...], are: bool, negated: bool) -> Formula:
        """One predicate, or several joined by commas and one kind of conjunction."""
        if self.accept("neither"):
            parts = [Not(self.predicate(subjects, are))]
            while self.accept("nor"):
                parts.append(Not(self.predicate(subjects, are)))
            if negated or len(parts) < 2:
                raise self.fail("'neither' needs a 'nor'")
            return conjunction(parts)
        either = bool(self.accept("either"))
        self.accept("both")
        first_negated = negated or bool(self.accept("not"))
        items = [self.signed(self.predicate(subjects, are), first_negated, subjects)]
        any_negated, joiner = first_negated, ""
        while True:
            saved, comma = self.i, bool(self.accept(","))
            word = self.accept("and", "or")
            self.skip_adverbs()
            explicit = bool(self.accept("not"))
            if not (comma or word) or not self.continues_list():
                self.i = saved
                break
            if any_negated and not explicit:
                raise self.fail("how far the 'not' reaches is not clear")
            if word and joiner and word != joiner:
                raise self.fail("'and' mixed with 'or'")
            joiner = word or joiner
            any_negated = any_negated or explicit
            items.append(self.signed(self.predicate(subjects, are), explicit, subjects))
            if word and self.peek() != word:
                break
        if len(items) > 1 and not joiner:
            raise self.fail("a list without 'and' or 'or'")
        if joiner == "or":
            if any_negated or len(subjects) > 1:
                raise self.fail("how far the 'not' reaches is not clear")
            return Or(tuple(items))
        if either:
            raise self.fail("'either' needs an 'or'")
        return conjunction(items)

    def signed(self, formula: Formula, negated: bool, subjects: tuple[Term, ...]) -> Formula:
        if not negated:
            return formula
        if len(subjects) > 1:
            raise self.fail("how far the 'not' reaches is not clear")
        return Not(formula)

    def continues_list(self) -> bool:
        """Another predicate stands here, not a clause."""
        if self.peek() in ("a", "an"):
            ahead = 1
            while self.is_open(ahead):
                ahead += 1
            return ahead > 1 and self.peek(ahead) not in ("is", "are", "does", "do", "the", "must", "cannot")
        if self.in_relative:  # "who are young and blue are red": the second "are" ends the relative clause
            return self.adjective_ahead()
        return self.adjective_ahead() and self.peek(1) not in ("is", "are", "does", "do", "must", "cannot")

    # --- verb phrases ---
    def verb_phrase(self, subject: Subject) -> Formula:
        """What is said of the subject."""
        subjects, is_plural = subject
        self.skip_adverbs()
        if self.accept("are" if is_plural else "is"):
            return self.after_copula(subjects, is_plural)
        if self.peek() in ("must", "should", "has", "have") and not self.concluding:
            raise self.fail("what ought to be may not be")
        if self.accept("must", "should") or self.accept_phrase("has", "to") or self.accept_phrase("have", "to"):
            self.skip_adverbs()
            if self.accept("be"):
                return self.after_copula(subjects, is_plural)
            return self.relation(subjects, base_form=True, negated=False)
        if self.accept("cannot"):
            if self.accept("be"):
                return self.predicate_list(subjects, is_plural, negated=True)
            raise self.fail("ability is outside the controlled English")
        if self.accept("do" if is_plural else "does"):
            return self.relation(subjects, base_form=True, negated=bool(self.accept("not")))
        return self.relation(subjects, base_form=is_plural, negated=False)

    def after_copula(self, subjects: tuple[Term, ...], are: bool) -> Formula:
        self.skip_adverbs()
        return self.predicate_list(subjects, are, negated=bool(self.accept("not")))

    def relation(self, subjects: tuple[Term, ...], base_form: bool, negated: bool) -> Formula:
        """A transitive verb and its object or objects."""
        word = self.token
        no_verb = word.low in lexicon.META_PREDICATES or word.low in lexicon.META_NOUNS or word.low.endswith("'s")
        if not self.is_plain() or word.is_capital or no_verb:
            raise self.fail("expected a verb here")
        if base_form and word.low.endswith("s") and not word.low.endswith("ss"):
            raise self.fail(f"{word.text!r} is no verb that goes with a plural")
        if not base_form and (not word.low.endswith("s") or word.low.endswith("ss")):
            raise self.fail(f"{word.text!r} is no verb in the third person")
        self.i += 1
        key = third_person(word.low) if base_form else word.low
        base = word.low if base_form else base_guess(key)
        target = self.target()
        if negated and len(subjects) > 1:
            raise self.fail("how far the 'not' reaches is not clear")
        atoms: list[Formula] = []
        while True:
            for subject in subjects:
                atom = self.verb_atom(key, base, subject, target)
                atoms.append(Not(atom) if negated else atom)
            following = None
            if self.peek() == "and" and not negated:
                following = self.attempt(self.further_target)
            if following is None:
                return conjunction(atoms)
            target = following

    def further_target(self) -> Term:
        """Another object after "and", unless a clause begins there."""
        self.accept("and")
        target = self.target()
        self.skip_adverbs()
        if self.i < len(self.tokens) and self.token.is_word and self.peek() not in lexicon.CLAUSE_JOINERS:
            raise self.fail("a clause begins here")
        return target

    def target(self) -> Term:
        """The object of a verb: a name, "the …", or the rule's variable."""
        if self.peek() in lexicon.GENERIC_PRONOUNS and self.may_introduce and self.variable is None:
            self.of_person = self.peek() in lexicon.PERSON_PRONOUNS
            self.i += 1
            self.variable = Var("x")
            return self.variable
        known = self.known_entity()
        if known is not None:
            return known
        definite = bool(self.accept("the"))
        if definite or (self.is_open() and self.token.is_capital):
            start = self.i
            # in "the …" a capital begins something new, in a name a small letter does
            while self.is_open() and (self.i == start or self.token.is_capital is not definite):
                self.i += 1
            words = self.tokens[start : self.i]
            if words and not self.is_open():
                return self.entity(words, proper=not definite)
        raise self.fail("expected a name or 'the …' here")

    def known_entity(self) -> Term | None:
        """An entity of the context, written without its article or in small letters."""
        run: list[Token] = []
        best: list[Token] = []
        for token in self.tokens[self.i : self.i + 4]:
            run.append(token)
            if "_".join(word.low for word in run) in self.known:
                best = list(run)
        if not best:
            return None
        self.i += len(best)
        if len(best) == 1 and best[0].is_capital:
            return self.entity(best, proper=True)  # a name, which a thing of the context may not have
        constant = Func("_".join(word.low for word in best))
        self.mentioned.setdefault(constant)
        return constant

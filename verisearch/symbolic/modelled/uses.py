"""One meaning for each symbol: what it is declared as, and the words that it stands for from text to text.

A name and a gloss are a model's word. A gloss that has nothing of its symbol's name, or denies what the name says, is
none; and where a symbol stands for "nice" in one text and for "kind" in another, what follows from the one would follow
from the other. Words that all its texts share show that it means one thing ("entitled to the benefit", "eligible for
the benefit").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from verisearch.logic.formula import Formula
from verisearch.logic.vocabulary import Signature, Vocabulary
from verisearch.symbolic.modelled.likeness import BREAK, among, content, gloss_words, name_words, words_in
from verisearch.symbolic.modelled.names import PLACE, symbols_in, words_of

__all__ = ["Uses", "misdeclared", "own_gloss"]

#: What a symbol can't have in its name, and what can't stand in what it means: it says one simple thing.
NOT_SIMPLE = re.compile(
    r"\b(?:not|never|nobody|nothing|neither|nor|cannot|or|if|unless|true|false|and(?! \{))\b|n[’']t\b", re.IGNORECASE
)


def misdeclared(signature: Signature) -> str:
    """Why a symbol can't be declared so, in words that a model can mend it by; empty if it can."""
    for words in (" ".join(words_of(signature.name)), signature.gloss):
        if found := NOT_SIMPLE.search(words):
            return (
                f"{signature.name} has {found[0]!r} in its name or in what it means: declare what it says without, "
                "and write that in the formula"
            )
    return ""


def own_gloss(signature: Signature) -> str:
    """What a symbol means, if that has any word of its name (or its letters begin its words), else nothing."""
    glossed = words_in(PLACE.sub(" ", signature.gloss))
    named = [word for word in name_words(signature.name, glossed) if len(word) > 1]
    if not content(named) and not any(len(word) == 1 for word in words_of(signature.name)):
        return signature.gloss
    initials = "".join(word[0] for word in glossed)
    letters = "".join(words_of(signature.name))
    fits = any(among(word, glossed) for word in named) or (len(letters) > 1 and letters in initials)
    return signature.gloss if fits else ""


class Uses:
    """The words of the texts that each symbol stood for so far."""

    def __init__(self) -> None:
        #: By symbol: those of its words that all its texts have, and those that each text has.
        self.common: dict[str, set[str]] = {}
        self.seen: dict[str, list[set[str]]] = {}
        #: By symbol: its words in texts of which it says several statements ("kind and cold").
        self.joined: dict[str, list[set[str]]] = {}

    def clash(self, text: str, formulas: Sequence[Formula], vocabulary: Vocabulary) -> str:
        """Why a symbol can't stand for what it does here; empty if all can."""
        words = words_in(text)
        for name in symbols_of(formulas):
            all_words = anchored(name, words, vocabulary)
            if name in self.common and all_words and not alike(all_words, self.common[name]):
                return self.told(name, all_words, self.common[name])
            joined = spread(name, text, vocabulary)
            for one, other in [(joined, each) for each in self.seen.get(name, ())] + [
                (each, all_words) for each in self.joined.get(name, ())
            ]:
                if one and other and (lacking := without(one, other)):
                    return (
                        f"{name} says two things in one text, and {', '.join(sorted(lacking))!r} is lacking in another"
                    )
            for earlier in self.seen.get(name, ()):
                if without(all_words, earlier) and without(earlier, all_words):
                    return self.told(name, all_words, earlier)
        return ""

    def told(self, name: str, here: set[str], before: set[str]) -> str:
        return (
            f"{name} stands for {', '.join(sorted(here))!r} here and for {', '.join(sorted(before))!r} elsewhere: "
            "declare a symbol for each"
        )

    def take(self, text: str, formulas: Sequence[Formula], vocabulary: Vocabulary) -> None:
        """Remember what the symbols stand for in a text that was formalised so."""
        words = words_in(text)
        for name in symbols_of(formulas):
            all_words = anchored(name, words, vocabulary)
            if all_words:
                common = self.common.get(name, all_words)
                self.common[name] = {word for word in common if among(word, all_words)}
                if joined := spread(name, text, vocabulary):
                    self.joined.setdefault(name, []).append(joined)
                if all_words not in self.seen.setdefault(name, []):
                    self.seen[name].append(all_words)


def symbols_of(formulas: Sequence[Formula]) -> list[str]:
    return list(dict.fromkeys(name for formula in formulas for name in symbols_in(formula)))


def anchored(name: str, text: Sequence[str], vocabulary: Vocabulary) -> set[str]:
    """The words of a symbol's name and meaning that a text has."""
    words = content([*name_words(name, text), *gloss_words(name, vocabulary)])
    return {word for word in words if among(word, text)}


def spread(name: str, text: str, vocabulary: Vocabulary) -> set[str]:
    """A predicate's words in a text, if they stand in several statements of it; else none."""
    if not vocabulary.symbols[name].args:
        return set()
    pieces = [anchored(name, words_in(piece), vocabulary) for piece in BREAK.split(text)]
    told = [piece for piece in pieces if piece]
    if len(told) < 2 or all(alike(told[0], piece) for piece in told):
        return set()
    return set().union(*told)


def without(words: set[str], others: set[str]) -> set[str]:
    return {word for word in words if not among(word, others)}


def alike(words: set[str], others: set[str]) -> bool:
    return any(among(word, others) for word in words)

"""One vocabulary for a whole trace: names made alike, and new ones that look like old ones offered back.

Synonym drift (``lives_with``, ``livesWith`` and ``residing_with`` for one relation) keeps what follows from following;
it is the main failure of published systems.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import SequenceMatcher

from verisearch.logic.english.morphology import base_guess, singular_guess
from verisearch.logic.formula import (
    And,
    Arith,
    Atom,
    Compare,
    Equal,
    Exists,
    Forall,
    Formula,
    Func,
    Iff,
    Implies,
    Not,
    Or,
    Term,
    Xor,
    subformulas,
    terms_of,
)
from verisearch.logic.smtlib_names import symbol
from verisearch.logic.vocabulary import Signature, Vocabulary

__all__ = [
    "PLACE",
    "canonical",
    "did_you_mean",
    "look_alikes",
    "renamed",
    "symbols_in",
    "unaccented",
    "variable_sorts",
    "words_of",
]

#: A place for an argument in what a symbol means.
PLACE = re.compile(r"\{(\d+)\}")
#: A word in the shape of a name: A for a capital, a for another letter, 0 for a digit.
PIECE = re.compile(r"A+(?!a)|A?a+|0+")
#: Words that a name may have or lack without meaning something else.
LIGHT = frozenset("is are was were be been being has have had does do a an the".split())
#: Connectives as others write them.
OTHERWISE = {
    "implies": "=>",
    "->": "=>",
    "iff": "=",
    "<=>": "=",
    "<->": "=",
    "equals": "=",
    "==": "=",
    "!=": "distinct",
    "neg": "not",
    "&&": "and",
    "&": "and",
    "all": "forall",
    "some": "exists",
}
#: How alike two names must be to be taken for one.
LIKENESS = 0.88


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: ``livesWith`` and ``lives_with`` are (lives, with)."""
    name = unicodedata.normalize("NFC", name)
    shape = "".join("0" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else " " for c in name)
    return tuple(name[found.start() : found.end()].lower() for found in PIECE.finditer(shape))


def canonical(name: str) -> str:
    """The one way in which a name is written: its words in lower case, joined by underscores. A name that solvers have
    taken (``member``) gets one more, so that it can be written without escapes."""
    joined = "_".join(words_of(spelled(name))) or name
    return f"{joined}_" if symbol(joined).startswith(("%", "|%")) else joined


SIGNS = {
    "+": "plus", "#": "sharp", "*": "star", "%": "percent", "&": "and_sign", "=": "equals", "<": "less", ">": "more",
    "/": "slash", "@": "at_sign", "$": "dollar", "~": "tilde", "^": "hat", "!": "bang", "?": "mark",
}  # fmt: skip


def spelled(name: str) -> str:
    """A name with its signs in words, and a minus at its end: ``AB+`` and ``AB-`` are two things."""
    name = re.sub(r"(?<=\w)-$", "_minus", name)
    return "".join(f"_{SIGNS[char]}_" if char in SIGNS else char for char in name)


def unaccented(name: str) -> str:
    """A name without the accents of its letters: ``zoe`` for ``zoë``, as models write it."""
    return "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))


def canonical_sort(name: str) -> str:
    """The same for a sort: its words with capitals."""
    return "".join(word.capitalize() for word in words_of(name)) or name


def key(name: str) -> tuple[str, ...]:
    """What is left of a name without its inflections and light words."""
    kept = [word for word in words_of(name) if word not in LIGHT] or list(words_of(name))
    return tuple(base_guess(singular_guess(word)) for word in kept)


def alike(one: str, other: str) -> bool:
    """Whether two names are likely meant as one: the same words but for inflection and order, or nearly the same
    letters; never if they differ in a number."""
    first, second = key(one), key(other)
    if [word for word in first if word.isdigit()] != [word for word in second if word.isdigit()]:
        return False
    if sorted(first) == sorted(second):
        return True
    return SequenceMatcher(None, "_".join(first), "_".join(second)).ratio() >= LIKENESS


def look_alikes(signature: Signature, vocabulary: Vocabulary) -> list[Signature]:
    """Symbols of the vocabulary that a new one may be another name of: with as many arguments and the same kind of
    value."""
    return [
        known
        for known in vocabulary.symbols.values()
        if known.name != signature.name
        and len(known.args) == len(signature.args)
        and known.is_predicate == signature.is_predicate
        and alike(known.name, signature.name)
    ]


def did_you_mean(name: str, vocabulary: Vocabulary) -> str:
    """The symbol that an unknown name is most like, or the connective that it stands for elsewhere; empty if there is
    none."""
    if name in OTHERWISE and name not in vocabulary.symbols:
        return OTHERWISE[name]
    likeness = {
        known: SequenceMatcher(None, "_".join(key(name)), "_".join(key(known))).ratio()
        for known in [*vocabulary.symbols, *vocabulary.sorts]
    }
    best = max(likeness, key=lambda known: likeness[known], default="")
    return best if best and likeness[best] >= 0.6 else ""


def renamed(formula: Formula, names: Mapping[str, str]) -> Formula:
    """``formula`` with symbols named anew; what isn't in ``names`` stays."""
    if not names:
        return formula
    if isinstance(formula, Atom):
        return Atom(names.get(formula.predicate, formula.predicate), terms(formula.args, names))
    if isinstance(formula, Equal):
        left, right = terms((formula.left, formula.right), names)
        return Equal(left, right)
    if isinstance(formula, Compare):
        left, right = terms((formula.left, formula.right), names)
        return Compare(formula.op, left, right)
    if isinstance(formula, Not):
        return Not(renamed(formula.body, names))
    if isinstance(formula, And | Or):
        return replace(formula, parts=tuple(renamed(part, names) for part in formula.parts))
    if isinstance(formula, Implies):
        return Implies(renamed(formula.body, names), renamed(formula.head, names))
    if isinstance(formula, Iff | Xor):
        return replace(formula, left=renamed(formula.left, names), right=renamed(formula.right, names))
    if isinstance(formula, Forall | Exists):
        return replace(formula, body=renamed(formula.body, names))
    raise TypeError(f"{formula!r} is no formula")


def terms(given: Iterable[Term], names: Mapping[str, str]) -> tuple[Term, ...]:
    found: list[Term] = []
    for term in given:
        if isinstance(term, Func):
            found.append(replace(term, name=names.get(term.name, term.name), args=terms(term.args, names)))
        elif isinstance(term, Arith):
            found.append(replace(term, args=terms(term.args, names)))
        else:
            found.append(term)
    return tuple(found)


def symbols_in(formula: Formula) -> list[str]:
    """The symbols of a formula, each once."""
    atoms = [part.predicate for part in subformulas(formula) if isinstance(part, Atom)]
    return list(dict.fromkeys([*atoms, *(term.name for term in terms_of(formula) if isinstance(term, Func))]))


def variable_sorts(formula: Formula) -> set[str]:
    """The sorts of a formula's variables."""
    return {
        variable.sort
        for part in subformulas(formula)
        if isinstance(part, Forall | Exists)
        for variable in part.variables
    }

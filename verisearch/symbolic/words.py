"""Formulas in the trace's own words."""

from __future__ import annotations

from collections.abc import Iterable

from verisearch.logic.english_writer import to_english
from verisearch.logic.formula import Atom, Formula, Func, Not
from verisearch.logic.vocabulary import Vocabulary

__all__ = ["listed", "say"]


def say(formula: Formula, vocabulary: Vocabulary) -> str:
    """A ground literal as the trace would say it, a rule in plain English."""
    negated = isinstance(formula, Not)
    atom = formula.body if isinstance(formula, Not) else formula
    if isinstance(atom, Atom) and all(isinstance(term, Func) and not term.args for term in atom.args):
        names = [vocabulary.gloss(term.name) or term.name for term in atom.args if isinstance(term, Func)]
        words = vocabulary.gloss(atom.predicate, *names, negated=negated)
        if words:
            return words
    return to_english(formula, vocabulary)


def listed(parts: Iterable[str], joiner: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    *front, last = list(parts) or [""]
    return f"{', '.join(front)} {joiner} {last}" if front else last


def capitalised(text: str) -> str:
    """With its first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]

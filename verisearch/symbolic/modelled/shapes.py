"""Formulas that say more, or other, than their text by their mere shape, and numbers that are spelled out.

Beside `wording`, which compares connectives and quantifiers: a denial of a denial stands for the text's "not" and says
the opposite; a literal of its own beside a condition asserts what the text only supposes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from verisearch.logic.formula import (
    And,
    Arith,
    Atom,
    Compare,
    Forall,
    Formula,
    Implies,
    Not,
    Number,
    Or,
    complement,
    conjuncts,
    subformulas,
    terms_of,
)
from verisearch.maths.numerals import TENS, UNITS

__all__ = ["calculated", "misshapen", "spelled_numbers", "without_numbers"]

CONNECTED = re.compile(r"\b(?:or|if|unless|whenever|either)\b", re.IGNORECASE)
JOINED = re.compile(r"\b(?:and|but|both)\b|;", re.IGNORECASE)
NEITHER = re.compile(r"\bneither\b", re.IGNORECASE)
EXCEPT = re.compile(
    r"\b(?:any|every|no|some)(?:thing|one|body) (?:but|except|besides)\b|\bexcept\b|\ball(?: \w+)? but\b", re.IGNORECASE
)
COMPARING = re.compile(
    r"\b(?:than|under|over|below|above|beneath|beyond|at most|at least|up to|exceed\w*|maximum|minimum|max|min|before|"
    r"after|since|until|within|between|limit\w*|or (?:more|less|older|younger|fewer|higher|lower)|no (?:more|less)|"
    r"not yet|already|enough|adult|minor|\w+er)\b|[<>≤≥]",
    re.IGNORECASE,
)
SPELLED = re.compile(rf"\b(?:({'|'.join(TENS)})(?:[- ]({'|'.join(UNITS)}))?|({'|'.join(UNITS)}))\b", re.IGNORECASE)
#: Words whose value hangs on others.
SCALES = re.compile(
    r"\b(?:hundreds?|thousands?|millions?|billions?|half|halves|quarters?|thirds?|twice|double\w*|triple\w*|percent)\b|%",
    re.IGNORECASE,
)


def spelled_numbers(text: str) -> set[float] | None:
    """The numbers that a text spells out, from 2 on, dozens included ("one" may be anybody); None where some of them
    can't be told."""
    if SCALES.search(text):
        return None
    found: set[float] = {12.0} if re.search(r"\b(?:a|one) dozen\b", text, re.IGNORECASE) else set()
    for tens, unit, alone in SPELLED.findall(text.lower()):
        found.add(float(TENS[tens] + UNITS.get(unit, 0)) if tens else float(UNITS[alone]))
    return found - {0.0, 1.0}


def without_numbers(text: str) -> str:
    """A text without the numbers that it spells out."""
    return re.sub(r"\b(?:a|one) dozen\b", " ", SPELLED.sub(" ", text), flags=re.IGNORECASE)


def misshapen(text: str, formulas: Sequence[Formula]) -> str:
    """Why the shape of the formulas says more than the text, or another thing; empty if nothing tells."""
    return twisted(formulas) or beside(text, formulas) or denied(text, formulas) or uncompared(text, formulas)


def twisted(formulas: Sequence[Formula]) -> str:
    """A denial of a denial, or a part that is set against itself: nobody says so, and it hides what is said."""
    for formula in formulas:
        for part in subformulas(formula):
            if isinstance(part, Not) and isinstance(part.body, Not):
                return "the formula denies a denial: leave both out"
            if isinstance(part, Implies) and part.head in (part.body, complement(part.body)):
                return "the formula has one thing as the condition of itself, or of its opposite"
            if isinstance(part, And | Or) and len(set(part.parts)) < len(part.parts):
                return "the formula says one thing twice"
    return ""


def beside(text: str, formulas: Sequence[Formula]) -> str:
    """Something stated by itself, where the text has it in a connection only ("A or B", "A if B")."""
    if not CONNECTED.search(text) or JOINED.search(text):
        return ""
    for formula in formulas:
        for part in conjuncts(formula):
            while isinstance(part, Forall):
                part = part.body
            bare = part.body if isinstance(part, Not) else part
            if isinstance(bare, Atom) and (len(formulas) > 1 or isinstance(formula, And)):
                return f"the formula states {bare.predicate!r} by itself, and the text only in a connection"
    return ""


def denied(text: str, formulas: Sequence[Formula]) -> str:
    """ "Neither A nor B" of which the formula states one; "everyone but A" of which it excepts nobody."""
    parts = [part for formula in formulas for part in subformulas(formula)]
    if NEITHER.search(text) and not CONNECTED.search(text):
        for formula in formulas:
            stated = next((part for part in conjuncts(formula) if isinstance(part, Atom)), None)
            if stated is not None:
                return f"the text denies both, and the formula states {stated.predicate!r}"
    if EXCEPT.search(text) and not any(isinstance(part, Not) for part in parts):
        return "the text makes an exception, and the formula doesn't"
    return ""


def uncompared(text: str, formulas: Sequence[Formula]) -> str:
    """A comparison with a number, where the text says how many there are."""
    for formula in formulas:
        for part in subformulas(formula):
            if not isinstance(part, Compare) or COMPARING.search(text):
                continue
            for side in (part.left, part.right):
                if isinstance(side, Number) and side.value not in (0, 1) and re.search(rf"\b{side.value}\b", text):
                    return f"the formula compares with {side.value}, and the text says just that number"
    return ""


def calculated(formulas: Sequence[Formula]) -> set[float]:
    """The numbers that stand in sums and differences."""
    return {
        float(each.value)
        for formula in formulas
        for term in terms_of(formula)
        if isinstance(term, Arith)
        for each in term.args
        if isinstance(each, Number)
    }

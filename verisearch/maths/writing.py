"""Writes terms and relations as people read them: ``3 × (4 + 5) = 27``."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from verisearch.maths.rationals import bits, rational_text
from verisearch.maths.terms import FUNCTIONS, Apply, Name, Number, RelationSign, Term

__all__ = ["chain_text", "number_text", "term_text"]

#: How tightly an operator binds; what binds less tightly stands in brackets inside it.
LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "mod": 2, "neg": 3, "^": 4, "%": 5, "!": 5}
SIGNS = {"*": "×", "//": "//", "mod": "mod"}
CALLED = frozenset({"sqrt", "root", "abs", "floor", "ceil"})
#: Longest number that is written out, in digits; fractions with longer denominators are shown as decimals.
LONGEST = 60
ENOUGH = 12


def number_text(number: Fraction) -> str:
    """A number: whole, a decimal that ends, else a fraction."""
    if bits(number) > 4 * LONGEST:
        return "a very long number"
    return f"{float(number):.7g}" if number.denominator > 10**ENOUGH else rational_text(number)


def term_text(term: Term) -> str:
    """A term in infix notation, units left out."""
    if isinstance(term, Number):
        return number_text(term.value)
    if isinstance(term, Name):
        return term.name if " " not in term.name else f"“{term.name}”"
    operator, args = term.operator, term.args
    if operator in CALLED or operator in FUNCTIONS:
        return f"{operator}({', '.join(map(term_text, args))})"
    if operator in ("more%", "less%"):
        return f"{inside(args[1], 2)} × (1 {'+' if operator == 'more%' else '-'} {inside(args[0], 2)})"
    level = LEVELS[operator]
    if operator == "neg":
        return f"-{inside(args[0], level)}"
    if operator in ("%", "!"):
        return f"{inside(args[0], level)}{operator}"
    if operator == "^":
        return f"{inside(args[0], level + 1)}^{inside(args[1], level)}"
    if operator == "*" and needs_no_sign(args[0], args[1]):
        return f"{term_text(args[0])}{term_text(args[1])}"
    return f"{inside(args[0], level)} {SIGNS.get(operator, operator)} {inside(args[1], level + 1)}"


def needs_no_sign(left: Term, right: Term) -> bool:
    """Whether a product is written without a sign: "2x", "3x^2"."""
    base = right.args[0] if isinstance(right, Apply) and right.operator == "^" else right
    whole = isinstance(left, Number) and left.value.denominator == 1 and 0 <= left.value < 10**12
    return whole and isinstance(base, Name) and len(base.name) == 1


def inside(term: Term, level: int) -> str:
    """A term as the argument of an operator of that level."""
    text = term_text(term)
    loose = isinstance(term, Apply) and LEVELS.get(term.operator, 2 if "%" in term.operator else 6) < level
    fraction = isinstance(term, Number) and ("/" in text or text.startswith("-")) and level > 1
    return f"({text})" if loose or fraction else text


def chain_text(terms: Sequence[Term], signs: Sequence[RelationSign]) -> str:
    """Terms with the signs between them."""
    parts = [term_text(terms[0])]
    for sign, term in zip(signs, terms[1:], strict=True):
        parts += [sign, term_text(term)]
    return " ".join(parts)

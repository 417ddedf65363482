"""Compares single values: their units, their terms, what they may have been rounded from."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Literal, NamedTuple

from verisearch.answers.expression import unknowns
from verisearch.answers.shapes import Scalar, Unknown
from verisearch.answers.terms import exact, same, sign_of
from verisearch.maths.rationals import decimal_places
from verisearch.maths.terms import PI, Apply, Name, Number, Term
from verisearch.maths.units import Unit

__all__ = ["Asked", "Comparison", "degrees", "scalars"]


class Comparison(NamedTuple):
    """What two shapes are to each other, and what was compared."""

    status: Literal["equal", "different", "undecided"]
    reason: str


#: Compares two expressions that only Math-Verify reads.
Asked = Callable[[str, str], Comparison]
#: Fewer decimals than these can't be told from a coincidence; more are no rounding.
ROUNDED, MOST = 2, 15


def scalars(one: Scalar, other: Scalar, asked: Asked) -> Comparison:
    """Values with their units."""
    if one.unit.dimension != other.unit.dimension:
        return Comparison("undecided", f"units: {one.unit.dimension or 'none'} and {other.unit.dimension or 'none'}")
    if isinstance(one.term, Unknown) or isinstance(other.term, Unknown):
        if one.unit != other.unit:
            return Comparison("undecided", "units of what isn't read")
        return asked(*(written(each.term) for each in (one, other)))
    left, right = scaled(one.term, one.unit, other.unit), scaled(other.term, other.unit, one.unit)
    found = Comparison(*same(left, right))
    if found.status != "equal" and degrees(one.term) != degrees(other.term):
        bare = [each.args[0] if isinstance(each, Apply) and each.operator == "deg" else each for each in (left, right)]
        if same(bare[0], bare[1]).status == "equal":
            return Comparison("undecided", "degrees and a number without them")
    if found.status == "different" and percents(left) != percents(right):
        bare = [each.args[0] if percents(each) and isinstance(each, Apply) else each for each in (left, right)]
        if same(bare[0], bare[1]).status == "equal":
            return Comparison("undecided", "a percentage and a number: only the question says what is meant")
    if found.status == "different" and rounded(left, right):
        return Comparison("undecided", "equal when rounded")
    return found


def written(term: Term | Unknown) -> str:
    return term.text if isinstance(term, Unknown) else latex(term)


def latex(term: Term) -> str:
    """A term as LaTeX with brackets around everything."""
    if isinstance(term, Number):
        value = term.value
        return str(value) if value.denominator == 1 else f"\\frac{{{value.numerator}}}{{{value.denominator}}}"
    if isinstance(term, Name):
        return "\\pi" if term == PI else term.name
    parts = [latex(each) for each in term.args]
    forms = {
        "/": "\\frac{{{0}}}{{{1}}}", "^": "({0})^{{{1}}}", "neg": "-({0})", "!": "({0})!", "root": "\\sqrt[{0}]{{{1}}}",
        "*": "({0}) \\cdot ({1})", "binom": "\\binom{{{0}}}{{{1}}}", "abs": "|{0}|", "log": "\\log_{{{0}}}({1})",
    }  # fmt: skip
    if term.operator == "+":
        return " + ".join(f"({part})" for part in parts)
    return forms.get(term.operator, f"\\{term.operator}({{0}})").format(*parts)


def scaled(term: Term, own: Unit, others: Unit) -> Term:
    return term if own.size == others.size else Apply("*", (Number(own.size), term))


def degrees(term: Term) -> bool:
    return isinstance(term, Apply) and term.operator == "deg"


def percents(term: Term) -> bool:
    return isinstance(term, Apply) and term.operator == "%"


def rounded(one: Term, other: Term) -> bool:
    """Whether one is a decimal that the other, a number that is none, may have been rounded to."""
    for near, far in ((one, other), (other, one)):
        value = exact(near)
        if value is None or unknowns(far):
            continue
        digits = decimal_places(value, MOST)
        if digits is None or digits < ROUNDED:
            continue
        half = Apply("+", (Number(Fraction(1, 2 * 10**digits)), Apply("neg", (apart(near, far),))))
        if sign_of(half) in (0, 1):
            return True
    return False


def apart(one: Term, other: Term) -> Term:
    return Apply("abs", (Apply("+", (one, Apply("neg", (other,)))),))

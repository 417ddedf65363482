"""Whether two terms are the same: exactly where they are quotients of polynomials, else at many points."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, NamedTuple

from verisearch.answers import points
from verisearch.answers.expression import unknowns
from verisearch.answers.rational import identical, in_one_name, is_free, quotient
from verisearch.maths.polynomials import NoForm, Polynomial, is_constant, multiple, number_of
from verisearch.maths.terms import Apply, Number, Term

__all__ = ["Sameness", "bound", "close", "exact", "proportion", "same", "sign_of", "solves"]


class Sameness(NamedTuple):
    """Whether two terms are the same, and how that was found."""

    status: Literal["equal", "different", "undecided"]
    reason: str


def same(one: Term, other: Term) -> Sameness:
    """Whether two terms have the same value, whatever their names stand for."""
    if one == other:
        return Sameness("equal", "the same expression")
    left = right = None
    try:
        left, right = quotient(one), quotient(other)
        if identical(left, right):
            return Sameness("equal", "the same in exact arithmetic")
    except NoForm:
        pass
    if left is not None and right is not None:
        numbers = number_of(left), number_of(right)
        if None not in numbers:
            return Sameness("different", f"{brief(numbers[0])} and {brief(numbers[1])}")
        if is_free(left, right):
            return Sameness("different", "different polynomials")
    if not points.available():
        return Sameness("undecided", "only exact arithmetic without mpmath: pip install 'verisearch[math]'")
    found = points.agree(one, other)
    return Sameness(found.status, found.reason)


def brief(number: Fraction | None) -> str:
    text = str(number)
    return text if len(text) <= 40 else f"{text[:20]}… ({len(text)} digits)"


def exact(term: Term) -> Fraction | None:
    """The rational number that ``term`` is; None if it is none that is found exactly."""
    try:
        return number_of(quotient(term))
    except NoForm:
        return None


def sign_of(term: Term) -> int | None:
    """The sign of a term without names, where it can be told."""
    number = exact(term)
    if number is not None:
        return (number > 0) - (number < 0)
    return points.sign(term) if points.available() and not unknowns(term) else None


def close(one: Term, other: Term) -> bool:
    """Whether two terms without names lie within a fiftieth of each other."""
    apart = Apply("+", (one, Apply("neg", (other,))))
    if one == other or same(one, other).status == "equal":
        return True
    if unknowns(apart):
        return False
    bound = Apply("*", (Number(Fraction(1, 50)), Apply("abs", (one,))))
    return sign_of(Apply("+", (bound, Apply("neg", (Apply("abs", (apart,)),))))) in (0, 1)


def difference(left: Term, right: Term) -> Term:
    return Apply("+", (left, Apply("neg", (right,))))


def cleared(left: Term, right: Term) -> Polynomial | None:
    """An equation's polynomial, brought to one side; None if it divides by names, or isn't made of polynomials."""
    try:
        found = quotient(difference(left, right))
        return found.above if is_free(found) and is_constant(found.below) else None
    except NoForm:
        return None


def proportion(one: tuple[Term, Term], other: tuple[Term, Term]) -> int | None:
    """The sign of the number by which two relations' sides, brought to one side each, differ; None if they don't
    differ by a number other than 0, or one of them says nothing (0 = 0)."""
    left, right = cleared(*one), cleared(*other)
    if left is not None and right is not None:
        found = multiple(left, right)
        return None if found is None else 1 if found > 0 else -1
    return points.ratio(difference(*one), difference(*other)) if points.available() else None


def bound(left: Term, right: Term) -> tuple[str, Fraction, int] | None:
    """A linear relation of one name: the name, the number it is compared with, and whether the sides are swapped (-1)
    by bringing it to the left; None for any other."""
    found = cleared(left, right)
    if not found or (single := in_one_name(found)) is None or len(single[1]) != 2:
        return None
    name, (constant, slope) = single
    return name, -constant / slope, 1 if slope > 0 else -1


def solves(left: Term, right: Term, found: list[Term]) -> tuple[str, Sameness] | None:
    """Whether ``found`` are all the (complex) solutions of a polynomial equation of one name, and that name; None if
    it is no such equation, or some of ``found`` are the same."""
    polynomial = cleared(left, right)
    single = in_one_name(polynomial) if polynomial else None
    if single is None or any(unknowns(each) for each in found):
        return None
    name, coefficients = single
    for place, each in enumerate(found):
        if any(same(each, other).status != "different" for other in found[:place]):
            return None
        value: Term = Number(coefficients[-1])
        for coefficient in coefficients[-2::-1]:
            value = Apply("+", (Apply("*", (value, each)), Number(coefficient)))
        verdict = same(value, Number(Fraction(0)))
        if verdict.status != "equal":
            return name, Sameness(verdict.status, "one is no solution of the other")
    count = distinct(coefficients)
    if count == len(found):
        return name, Sameness("equal", f"all {count} solutions of the equation")
    if count < len(found):
        return name, Sameness("undecided", "more solutions than the equation has")
    return name, Sameness("undecided", f"{len(found)} of {count} complex solutions")


def distinct(coefficients: list[Fraction]) -> int:
    """How many different complex roots a polynomial has: its degree less that of what it shares with its derivative."""
    shared = coefficients
    rest = [power * factor for power, factor in enumerate(coefficients)][1:]
    while any(rest):
        shared, rest = rest, remainder(shared, rest)
    return len(coefficients) - len(trimmed(shared))


def remainder(above: list[Fraction], below: list[Fraction]) -> list[Fraction]:
    above, below = trimmed(above), trimmed(below)
    while len(above) >= len(below) and any(above):
        factor = above[-1] / below[-1]
        shift = len(above) - len(below)
        above = [each - (factor * below[place - shift] if place >= shift else 0) for place, each in enumerate(above)]
        above = trimmed(above[:-1])
    return above


def trimmed(coefficients: list[Fraction]) -> list[Fraction]:
    last = max((place for place, each in enumerate(coefficients) if each), default=-1)
    return coefficients[: last + 1]

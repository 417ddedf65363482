"""Polynomials with rational coefficients and quotients of two of them, in generators that are named: what is the same
here is the same exactly. Nothing is factored.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple, TypeAlias

from verisearch.maths.rationals import bits

__all__ = [
    "ONE",
    "Limits",
    "Monomial",
    "NoForm",
    "Polynomial",
    "Quotient",
    "Quotients",
    "added",
    "divided",
    "is_constant",
    "multiple",
    "negative",
    "number_of",
    "of_number",
    "order",
    "primitive_part",
    "scaled",
]

#: Powers of generators, in order: x²y is (("x", 2), ("y", 1)).
Monomial: TypeAlias = tuple[tuple[str, int], ...]
#: Coefficients, none of them zero.
Polynomial: TypeAlias = Mapping[Monomial, Fraction]

#: The monomial of numbers, and the polynomial 1.
UNIT: Monomial = ()
ONE: Polynomial = {UNIT: Fraction(1)}
#: Most terms of a quotient of polynomials without remainder.
MAX_DIVIDED = 150


class NoForm(Exception):
    """A term has no normal form, or one that is too large; or there is no such number (a division by zero)."""


class Limits(NamedTuple):
    """What keeps an operation cheap: most terms, highest degree, longest coefficient (bits), and most products of
    terms in one product."""

    terms: int
    degree: int
    bits: int
    products: int


class Quotient(NamedTuple):
    """One polynomial over another, as they came about: nothing is cancelled but numbers."""

    above: Polynomial
    below: Polynomial = ONE


class Quotients:
    """Arithmetic of quotients inside `limits`. Who knows that powers of some generators are something simpler
    overrides `reduced`. All raise `NoForm`."""

    __slots__ = ()
    limits: Limits

    def reduced(self, monomial: Monomial) -> Polynomial | None:
        """What ``monomial`` is, where it is something simpler; None where it isn't."""
        return None

    def sum(self, left: Quotient, right: Quotient) -> Quotient:
        if left.below == right.below:
            return Quotient(self.checked(added(left.above, right.above)), left.below)
        above = added(self.times(left.above, right.below), self.times(right.above, left.below))
        return Quotient(self.checked(above), self.times(left.below, right.below))

    def product(self, left: Quotient, right: Quotient) -> Quotient:
        return Quotient(self.times(left.above, right.above), self.times(left.below, right.below))

    def over(self, left: Quotient, right: Quotient) -> Quotient:
        if not right.above:
            raise NoForm("it divides by zero")
        number = number_of(right)
        if number is not None:
            return Quotient(self.checked(scaled(left.above, 1 / number)), left.below)
        return self.product(left, Quotient(right.below, right.above))

    def raised(self, base: Quotient, times: int) -> Quotient:
        """``base`` to a whole power."""
        made = Quotient(ONE)
        for _ in range(abs(times)):
            made = self.product(made, base)
        return made if times >= 0 else self.over(Quotient(ONE), made)

    def identical(self, left: Quotient, right: Quotient) -> bool:
        """Whether both are the same."""
        return not added(self.times(left.above, right.below), self.times(right.above, left.below), -1)

    def times(self, left: Polynomial, right: Polynomial) -> Polynomial:
        """The product of two polynomials."""
        if len(left) * len(right) > self.limits.products:
            raise NoForm("a product is too long")
        made: dict[Monomial, Fraction] = {}
        for one, by in left.items():
            for other, factor in right.items():
                joined, value = join(one, other), by * factor
                simpler = self.reduced(joined)
                if simpler is None:
                    made[joined] = made.get(joined, Fraction(0)) + value
                else:
                    for each, part in simpler.items():
                        made[each] = made.get(each, Fraction(0)) + part * value
        return self.checked({monomial: value for monomial, value in made.items() if value})

    def checked(self, given: Polynomial) -> Polynomial:
        """``given``, if it is inside the limits."""
        if len(given) > self.limits.terms:
            raise NoForm("a polynomial is too long")
        if any(sum(times for _, times in monomial) > self.limits.degree for monomial in given):
            raise NoForm("a degree is too high")
        if any(bits(each) > self.limits.bits for each in given.values()):
            raise NoForm("a number is too long")
        return given


def of_number(value: Fraction | int) -> Polynomial:
    return {UNIT: Fraction(value)} if value else {}


def scaled(given: Polynomial, by: Fraction) -> Polynomial:
    return {monomial: value * by for monomial, value in given.items()} if by else {}


def added(left: Polynomial, right: Polynomial, times: int = 1) -> Polynomial:
    """``left`` and ``right``, or so many of it."""
    made = dict(left)
    for monomial, value in right.items():
        total = made.get(monomial, Fraction(0)) + times * value
        if total:
            made[monomial] = total
        else:
            made.pop(monomial, None)
    return made


def join(left: Monomial, right: Monomial) -> Monomial:
    if not left or not right:
        return left or right
    powers = dict(left)
    for name, times in right:
        powers[name] = powers.get(name, 0) + times
    return tuple(sorted(powers.items()))


def negative(given: Quotient) -> Quotient:
    return Quotient(scaled(given.above, Fraction(-1)), given.below)


def is_constant(given: Polynomial) -> bool:
    """Whether ``given`` is a number, and not zero."""
    return len(given) == 1 and UNIT in given


def number_of(given: Quotient) -> Fraction | None:
    """The number that a quotient is; None if there are generators in it."""
    if is_constant(given.below) and (is_constant(given.above) or not given.above):
        return given.above.get(UNIT, Fraction(0)) / given.below[UNIT]
    return None


def multiple(left: Polynomial, right: Polynomial) -> Fraction | None:
    """The number c with ``left`` = c · ``right``; None if there is none, or either is zero."""
    if not left or left.keys() != right.keys():
        return None
    first = next(iter(left))
    ratio = left[first] / right[first]
    return ratio if all(left[each] == ratio * right[each] for each in left) else None


def primitive_part(given: Polynomial) -> Polynomial:
    """``given`` with whole coefficients that have no common divisor, the first of the highest powers positive."""
    whole = lcm(*(value.denominator for value in given.values()))
    size = Fraction(gcd(*(int(value * whole) for value in given.values())), whole)
    first = min(given, key=order)
    return scaled(given, (1 if given[first] > 0 else -1) / size)


def order(monomial: Monomial) -> tuple[int, Monomial]:
    """Monomials as they are written: highest powers first."""
    return -sum(times for _, times in monomial), monomial


def divided(left: Polynomial, right: Polynomial) -> Polynomial | None:
    """The polynomial by which ``right`` is multiplied to give ``left``; None if there is none, or it is too long."""
    quotient: dict[Monomial, Fraction] = {}
    if not right:
        return None
    every = sorted({name for given in (left, right) for monomial in given for name, _ in monomial})

    def key(monomial: Monomial) -> tuple[int, ...]:
        powers = dict(monomial)
        return tuple(powers.get(name, 0) for name in every)

    head = max(right, key=key)
    rest = left
    for _ in range(MAX_DIVIDED):
        if not rest:
            return quotient
        first = max(rest, key=key)
        powers = dict(first)
        for name, times in head:
            powers[name] = powers.get(name, 0) - times
        if any(times < 0 for times in powers.values()):
            return None
        monomial = tuple(sorted((name, times) for name, times in powers.items() if times))
        factor = rest[first] / right[head]
        quotient[monomial] = factor
        rest = added(rest, {join(monomial, each): factor * value for each, value in right.items()}, -1)
    return None

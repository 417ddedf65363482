"""Terms as quotients of polynomials with rational coefficients: what is equal here is equal exactly."""

from __future__ import annotations

import math
from fractions import Fraction
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from verisearch.answers.expression import EULER, IMAGINARY
from verisearch.answers.work import spend
from verisearch.maths.rationals import bits
from verisearch.maths.terms import PI, Apply, Name, Number, Term

__all__ = ["ONE", "Poly", "Quotient", "TooLong", "identical", "in_one_name", "multiple", "number_of", "quotient"]

#: Limits that keep each operation far below a millisecond's worth of work per mark of the text.
MAX_PRODUCTS = 3000
MAX_EXPONENT = 40
MAX_BITS = 1 << 13
MAX_FACTORIAL = 300
MAX_NAME = 80

Monomial: TypeAlias = "tuple[tuple[str, int], ...]"
Poly: TypeAlias = "dict[Monomial, Fraction]"
ONE: Poly = {(): Fraction(1)}


class TooLong(Exception):
    """A polynomial or a number came out longer than is worked with, or there is none (a division by zero)."""


class Quotient(NamedTuple):
    """A numerator and a denominator. ``free``: all generators are names, so that unequal quotients are unequal;
    generators that are not (roots, functions, π) may hide a relation between them."""

    above: Poly
    below: Poly
    free: bool = True


def quotient(term: Term) -> Quotient:
    """``term`` as a quotient. Raises `TooLong`."""
    spend(1)
    if isinstance(term, Number):
        return Quotient(constant(term.value), ONE)
    if isinstance(term, Name):
        return Quotient({((term.name, 1),): Fraction(1)}, ONE, term not in (PI, EULER, IMAGINARY))
    operator, args = term.operator, term.args
    if operator == "+":
        found = quotient(args[0])
        for each in args[1:]:
            found = added(found, quotient(each))
        return found
    if operator == "neg":
        return times(Quotient(constant(Fraction(-1)), ONE), quotient(args[0]))
    if operator == "%":
        return times(Quotient(constant(Fraction(1, 100)), ONE), quotient(args[0]))
    if operator == "deg":
        return times(quotient(args[0]), quotient(Apply("/", (PI, Number(Fraction(180))))))
    if operator == "*":
        return times(quotient(args[0]), quotient(args[1]))
    if operator == "/":
        return over(quotient(args[0]), quotient(args[1]))
    parts = [quotient(each) for each in args]
    if operator == "^":
        return power(*parts)
    if operator == "!":
        return factorial(parts[0])
    return opaque(operator, parts)


def opaque(operator: str, parts: list[Quotient]) -> Quotient:
    """A generator for what is no quotient of polynomials, named by its parts in normal form; exact square roots."""
    if operator == "root" and number_of(parts[0]) == 2:
        inner = number_of(parts[1])
        if inner is not None and inner >= 0:
            return square_root(inner)
    name = ", ".join(written(each) for each in parts)
    if len(name) > MAX_NAME:
        # nested parts may stand in each other many times over
        name = sha256(name.encode()).hexdigest()
    return Quotient({((f"{operator}<{name}>", 1),): Fraction(1)}, ONE, free=False)


def square_root(number: Fraction) -> Quotient:
    """√(a/b) as the rational factor and the root of a whole number without small square factors."""
    inner = number.numerator * number.denominator
    outer = Fraction(1, number.denominator)
    for prime in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31):
        while inner and inner % (prime * prime) == 0:
            inner //= prime * prime
            outer *= prime
    if inner in (0, 1):
        return Quotient(constant(outer * inner), ONE)
    return Quotient({((f"root<2, {inner}>", 1),): outer}, ONE, free=False)


def written(found: Quotient) -> str:
    """A quotient as text, the same for the same polynomials."""
    return "/".join(
        "+".join(
            f"{factor}*{'*'.join(f'{name}^{times}' for name, times in key)}" for key, factor in sorted(part.items())
        )
        for part in (found.above, found.below)
    )


def power(base: Quotient, exponent: Quotient) -> Quotient:
    degree = number_of(exponent)
    if degree is not None and degree.denominator == 1:
        count = abs(int(degree))
        size = number_of(base)
        if size is not None:
            if bits(size) * count <= MAX_BITS and (size or degree > 0):
                return Quotient(constant(size ** int(degree)), ONE)
        elif count <= MAX_EXPONENT:
            found = Quotient(ONE, ONE, base.free)
            for _ in range(count):
                found = times(found, base)
            return found if degree >= 0 else over(Quotient(ONE, ONE), found)
    if degree == Fraction(1, 2):
        return opaque("root", [Quotient(constant(Fraction(2)), ONE), base])
    return opaque("^", [base, exponent])


def factorial(argument: Quotient) -> Quotient:
    count = number_of(argument)
    if count is None or count.denominator != 1 or not 0 <= count <= MAX_FACTORIAL:
        return opaque("!", [argument])
    return Quotient(constant(Fraction(math.factorial(int(count)))), ONE)


def constant(number: Fraction) -> Poly:
    return {(): number} if number else {}


def checked(found: Poly) -> Poly:
    for factor in found.values():
        if bits(factor) > MAX_BITS:
            raise TooLong("a number is too long")
    return {key: factor for key, factor in found.items() if factor}


def plus(one: Poly, other: Poly, sign: int = 1) -> Poly:
    found = dict(one)
    for key, factor in other.items():
        found[key] = found.get(key, Fraction(0)) + sign * factor
    return checked(found)


def product(one: Poly, other: Poly) -> Poly:
    if len(one) * len(other) > MAX_PRODUCTS:
        raise TooLong("a product is too long")
    spend(1 + len(one) * len(other) // 2)
    found: Poly = {}
    for key, factor in one.items():
        for key2, factor2 in other.items():
            joined, gained = squared(key, key2)
            found[joined] = found.get(joined, Fraction(0)) + factor * factor2 * gained
    return checked(found)


def squared(one: Monomial, other: Monomial) -> tuple[Monomial, Fraction]:
    """The product of two monomials; a square root's square is the number below it, that of the imaginary unit -1."""
    if not one or not other:
        return one or other, Fraction(1)
    found = dict(one)
    for name, times in other:
        found[name] = found.get(name, 0) + times
    gained = Fraction(1)
    for name, times in list(found.items()):
        if times >= 2 and name.startswith("root<2, ") and name[8:-1].isdigit():
            gained *= Fraction(int(name[8:-1])) ** (times // 2)
            found[name] = times % 2
    if sum(found.values()) > 4 * MAX_EXPONENT:
        raise TooLong("a degree is too high")
    return tuple(sorted((name, times) for name, times in found.items() if times)), gained


def added(one: Quotient, other: Quotient) -> Quotient:
    free = one.free and other.free
    if one.below == other.below:
        return Quotient(plus(one.above, other.above), one.below, free)
    above = plus(product(one.above, other.below), product(other.above, one.below))
    return Quotient(above, product(one.below, other.below), free)


def times(one: Quotient, other: Quotient) -> Quotient:
    return Quotient(product(one.above, other.above), product(one.below, other.below), one.free and other.free)


def over(one: Quotient, other: Quotient) -> Quotient:
    if not other.above:
        raise TooLong("it divides by zero")
    size = number_of(other)
    if size is not None:
        return times(one, Quotient(constant(1 / size), ONE))
    return times(one, Quotient(other.below, other.above, other.free))


def number_of(found: Quotient) -> Fraction | None:
    """The number that a quotient is; None if there are generators in it."""
    if set(found.above) <= {()} and set(found.below) == {()}:
        return found.above.get((), Fraction(0)) / found.below[()]
    return None


def identical(one: Quotient, other: Quotient) -> bool:
    """Whether two quotients are the same. Raises `TooLong`."""
    return not plus(product(one.above, other.below), product(other.above, one.below), -1)


def multiple(one: Poly, other: Poly) -> Fraction | None:
    """The number that ``one`` is ``other`` times; None if it is none, or either is zero."""
    if not one or one.keys() != other.keys():
        return None
    factors = {one[key] / other[key] for key in one}
    return factors.pop() if len(factors) == 1 else None


def in_one_name(found: Poly) -> tuple[str, list[Fraction]] | None:
    """The one name in a polynomial that has no other generators, and its coefficients from the lowest; None if there
    are more, or none."""
    known = {name for key in found for name, _ in key}
    if len(known) != 1:
        return None
    name = known.pop()
    highest = max(key[0][1] for key in found if key)
    if "<" in name or name in (PI.name, EULER.name, IMAGINARY.name) or highest > MAX_EXPONENT:
        return None
    return name, [found.get(((name, each),) if each else (), Fraction(0)) for each in range(highest + 1)]

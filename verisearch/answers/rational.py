"""Terms as quotients of polynomials with rational coefficients: what is equal here is equal exactly."""

from __future__ import annotations

import math
from fractions import Fraction
from hashlib import sha256

from verisearch.answers.expression import EULER, IMAGINARY
from verisearch.answers.work import spend
from verisearch.maths.polynomials import (
    Limits,
    Monomial,
    Polynomial,
    Quotient,
    Quotients,
    negative,
    number_of,
    of_number,
)
from verisearch.maths.rationals import bits
from verisearch.maths.terms import PI, Apply, Name, Number, Term

__all__ = ["identical", "in_one_name", "is_free", "quotient"]

#: Limits that keep each operation far below a millisecond's worth of work per mark of the text.
MAX_EXPONENT = 40
MAX_FACTORIAL = 300
MAX_NAME = 80
LIMITS = Limits(terms=10_000, degree=4 * MAX_EXPONENT, bits=1 << 13, products=3000)
CONSTANTS = frozenset({PI.name, EULER.name, IMAGINARY.name})


class Counted(Quotients):
    """Quotients whose products are counted as work; a square root's square is the number below it."""

    __slots__ = ()
    limits = LIMITS

    def times(self, left: Polynomial, right: Polynomial) -> Polynomial:
        spend(1 + len(left) * len(right) // 2)
        return super().times(left, right)

    def reduced(self, monomial: Monomial) -> Polynomial | None:
        gained = Fraction(1)
        for name, times in monomial:
            if times >= 2 and (below := root_of(name)) is not None:
                gained *= Fraction(below) ** (times // 2)
        if gained == 1:
            return None
        odd = ((name, times if root_of(name) is None else times % 2) for name, times in monomial)
        return {tuple((name, times) for name, times in odd if times): gained}


COUNTED = Counted()


def root_of(name: str) -> int | None:
    """The whole number that a generator is the square root of; None if it is none."""
    return int(name[8:-1]) if name.startswith("root<2, ") and name[8:-1].isdigit() else None


def identical(one: Quotient, other: Quotient) -> bool:
    """Whether two quotients are the same. Raises `NoForm`."""
    return COUNTED.identical(one, other)


def is_free(*given: Quotient) -> bool:
    """Whether all generators are names, so that unequal quotients are unequal; those that are not (roots, functions, π)
    may hide a relation between them."""
    return not any(
        "<" in name or name in CONSTANTS
        for each in given
        for part in (each.above, each.below)
        for monomial in part
        for name, _ in monomial
    )


def quotient(term: Term) -> Quotient:
    """``term`` as a quotient. Raises `NoForm`."""
    spend(1)
    if isinstance(term, Number):
        return Quotient(of_number(term.value))
    if isinstance(term, Name):
        return Quotient({((term.name, 1),): Fraction(1)})
    operator, args = term.operator, term.args
    if operator == "+":
        found = quotient(args[0])
        for each in args[1:]:
            found = COUNTED.sum(found, quotient(each))
        return found
    if operator == "neg":
        return negative(quotient(args[0]))
    if operator == "%":
        return COUNTED.over(quotient(args[0]), Quotient(of_number(100)))
    if operator == "deg":
        return COUNTED.product(quotient(args[0]), quotient(Apply("/", (PI, Number(Fraction(180))))))
    if operator == "*":
        return COUNTED.product(quotient(args[0]), quotient(args[1]))
    if operator == "/":
        return COUNTED.over(quotient(args[0]), quotient(args[1]))
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
    return Quotient({((f"{operator}<{name}>", 1),): Fraction(1)})


def square_root(number: Fraction) -> Quotient:
    """√(a/b) as the rational factor and the root of a whole number without small square factors."""
    inner = number.numerator * number.denominator
    outer = Fraction(1, number.denominator)
    for prime in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31):
        while inner and inner % (prime * prime) == 0:
            inner //= prime * prime
            outer *= prime
    if inner in (0, 1):
        return Quotient(of_number(outer * inner))
    return Quotient({((f"root<2, {inner}>", 1),): outer})


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
            if bits(size) * count <= LIMITS.bits and (size or degree > 0):
                return Quotient(of_number(size ** int(degree)))
        elif count <= MAX_EXPONENT:
            return COUNTED.raised(base, int(degree))
    if degree == Fraction(1, 2):
        return opaque("root", [Quotient(of_number(2)), base])
    return opaque("^", [base, exponent])


def factorial(argument: Quotient) -> Quotient:
    count = number_of(argument)
    if count is None or count.denominator != 1 or not 0 <= count <= MAX_FACTORIAL:
        return opaque("!", [argument])
    return Quotient(of_number(math.factorial(int(count))))


def in_one_name(found: Polynomial) -> tuple[str, list[Fraction]] | None:
    """The one name in a polynomial that has no other generators, and its coefficients from the lowest; None if there
    are more, or none."""
    known = {name for key in found for name, _ in key}
    if len(known) != 1 or not is_free(Quotient(found)):
        return None
    name = known.pop()
    highest = max(key[0][1] for key in found if key)
    if highest > MAX_EXPONENT:
        return None
    return name, [found.get(((name, each),) if each else (), Fraction(0)) for each in range(highest + 1)]

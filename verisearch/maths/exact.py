"""Exact values of terms: rational arithmetic with limits, and bounds for what is irrational."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Context, Decimal
from fractions import Fraction

from verisearch.maths.rationals import bits, exact_root
from verisearch.maths.terms import FUNCTIONS, Apply, Name, Number, Term

__all__ = ["Undefined", "Unvalued", "approximate", "rounds_to", "value", "valued"]

#: Longest numerator or denominator, in bits; what comes out longer has no value here.
MAX_BITS = 4096
MAX_POWER = 1024
#: Factorials beyond this are longer than `MAX_BITS` anyway.
MAX_FACTORIAL = 500
#: Digits that irrational values are bounded to.
DIGITS = 60


class Unvalued(Exception):
    """A term has no value here; the message says why: an unknown name, a division by zero, a number too long."""


class Undefined(Unvalued):
    """A term has no value at all, among the real numbers: it divides by zero, or takes an even root below zero."""


def value(term: Term, known: Mapping[str, Fraction] | None = None) -> Fraction:
    """The exact value of ``term``, names valued by ``known``. Raises `Unvalued`, also where it is irrational."""
    if isinstance(term, Number):
        return term.value
    if isinstance(term, Name):
        if known is None or term.name not in known:
            raise Unvalued(f"nothing says what {term.name} is")
        return known[term.name]
    return bounded(apply(term, [value(each, known) for each in term.args]))


def valued(term: Term | None, known: Mapping[str, Fraction] | None = None) -> Fraction | None:
    """As `value`; None where there is no term, or it has no value."""
    try:
        return None if term is None else value(term, known)
    except Unvalued:
        return None


def bounded(found: Fraction) -> Fraction:
    if bits(found) > MAX_BITS:
        raise Unvalued("a number is too long")
    return found


def apply(term: Apply, args: list[Fraction]) -> Fraction:
    """The value of an operator on values."""
    operator, first = term.operator, args[0]
    if operator == "+":
        return sum(args, Fraction(0))
    if operator == "*":
        product = Fraction(1)
        for each in args:
            product = bounded(product * each)
        return product
    if operator == "-":
        return first - args[1]
    if operator == "neg":
        return -first
    if operator == "%":
        return first / 100
    if operator == "abs":
        return abs(first)
    if operator == "more%":
        return args[1] * (1 + first)
    if operator == "less%":
        return args[1] * (1 - first)
    if operator == "floor":
        return Fraction(first.__floor__())
    if operator == "ceil":
        return Fraction(first.__ceil__())
    if operator == "^":
        return power(first, args[1])
    if operator == "sqrt":
        return root(first, 2)
    if operator == "root":
        return root(args[1], whole(first, "the degree of a root"))
    if operator == "!":
        return factorial(first)
    if operator in FUNCTIONS:
        raise Unvalued(f"{operator} has no exact value here")
    if args[1] == 0:
        raise Undefined("it divides by zero")
    if operator == "/":
        return first / args[1]
    return Fraction(first // args[1]) if operator == "//" else first % args[1]


def whole(number: Fraction, what: str) -> int:
    if number.denominator != 1 or abs(number) > MAX_POWER:
        raise Unvalued(f"{what} is no small whole number")
    return int(number)


def power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        return power(root(base, whole(Fraction(exponent.denominator), "an exponent")), Fraction(exponent.numerator))
    times = whole(exponent, "an exponent")
    if base == 0 and times <= 0:
        raise Undefined("zero to the power of zero or less")
    if bits(base) * abs(times) > MAX_BITS:
        raise Unvalued("a number is too long")
    return Fraction(base**times)


def root(number: Fraction, degree: int) -> Fraction:
    """The exact root. Raises `Unvalued` if it is irrational or not real."""
    if degree < 1:
        raise Unvalued("a root of degree below one")
    if number < 0:
        if degree % 2 == 0:
            raise Undefined("an even root of a negative number")
        return -root(-number, degree)
    found = exact_root(number, degree)
    if found is None:
        raise Unvalued("a root is irrational")
    return found


def factorial(number: Fraction) -> Fraction:
    count = whole(number, "what a factorial is taken of")
    if not 0 <= count <= MAX_FACTORIAL:
        raise Unvalued("a factorial is too long, or of a negative number")
    return Fraction(math.factorial(count))


def rounds_to(exact: Fraction, shown: Fraction, decimals: int) -> bool:
    """Whether ``exact``, at so many decimals, is ``shown``; a half may go either way."""
    return abs(exact - shown) * 2 * Fraction(10) ** decimals <= 1


def approximate(term: Term, known: Mapping[str, Fraction] | None = None) -> Fraction:
    """A rational within a relative 10^-40 or so of ``term``, where its roots are irrational. Raises `Unvalued`."""
    if not isinstance(term, Apply):
        return value(term, known)
    args = [approximate(each, known) for each in term.args]
    try:
        return bounded(shortened(apply(term, args)))
    except Unvalued as reason:
        if term.operator not in ("sqrt", "root", "^") or "irrational" not in str(reason):
            raise
    if term.operator == "sqrt":
        base, degree, times = args[0], 2, 1
    elif term.operator == "root":
        base, degree, times = args[1], int(args[0]), 1
    else:
        base, degree, times = args[0], args[1].denominator, args[1].numerator
    context = Context(prec=DIGITS)
    decimal = context.divide(Decimal(base.numerator), Decimal(base.denominator))
    sign = -1 if decimal < 0 else 1
    found = context.power(decimal.copy_abs(), context.divide(Decimal(1), Decimal(degree)))
    return bounded(shortened((sign * Fraction(found)) ** times))


def shortened(number: Fraction) -> Fraction:
    """``number`` to about `DIGITS` significant digits, where it is longer."""
    if bits(number) <= 8 * DIGITS:
        return number
    context = Context(prec=DIGITS)
    return Fraction(context.divide(Decimal(number.numerator), Decimal(number.denominator)))

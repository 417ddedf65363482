"""Rational numbers: how long they are, their exact roots, and how they are written."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

__all__ = ["bits", "decimal_places", "exact_root", "rational_text", "whole_root", "with_places"]

#: Most decimals that are written; what needs more is a fraction.
MAX_PLACES = 12


def bits(number: int | Fraction) -> int:
    """The length of the numerator or the denominator, whichever is longer."""
    return max(number.numerator.bit_length(), number.denominator.bit_length())


def whole_root(number: int, degree: int) -> int:
    """The greatest whole number whose power isn't above ``number``, which is not negative; ``degree`` is 1 or more."""
    if number < 2 or degree == 1:
        return number
    if degree == 2:
        return isqrt(number)
    # Newton's method from above: it falls until it is there
    found, lower = 0, 1 << -(-number.bit_length() // degree)
    while found == 0 or lower < found:
        found = lower
        lower = ((degree - 1) * found + number // found ** (degree - 1)) // degree
    return found


def exact_root(number: Fraction, degree: int) -> Fraction | None:
    """The root of a number that is not negative; None if it is irrational."""
    parts = whole_root(number.numerator, degree), whole_root(number.denominator, degree)
    if parts[0] ** degree != number.numerator or parts[1] ** degree != number.denominator:
        return None
    return Fraction(*parts)


def decimal_places(number: Fraction, most: int) -> int | None:
    """How many decimals ``number`` needs; None if they have no end, or are more than ``most``."""
    rest, needed = number.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0 and count <= most:
            rest //= prime
            count += 1
        needed = max(needed, count)
    return needed if rest == 1 and needed <= most else None


def with_places(number: Fraction, places: int) -> str:
    """``number`` with so many decimals, at least one; what is behind them is cut off."""
    digits = str(abs(number.numerator) * 10**places // number.denominator).rjust(places + 1, "0")
    return f"{'-' if number < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def rational_text(number: Fraction) -> str:
    """A whole number, a decimal that ends, else a fraction."""
    places = decimal_places(number, MAX_PLACES)
    return with_places(number, places) if places else str(number)

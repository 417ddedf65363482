"""What the readers share about numbers: sizes, lifting an Int to a Real, and the limit to linear terms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from verisearch.errors import InputError
from verisearch.logic.formula import INT, REAL, Arith, Number, Sort, Term
from verisearch.maths.rationals import decimal_places, with_places

__all__ = [
    "MAX_DIGITS",
    "as_real",
    "decimal_text",
    "is_linear_product",
    "is_numeric",
    "joint_sort",
    "numeral_value",
    "without_lift",
]

#: Longest numeral that readers accept.
MAX_DIGITS = 1000


def is_numeric(sort: Sort) -> bool:
    """Int or Real."""
    return sort in (INT, REAL)


def joint_sort(sorts: Iterable[Sort]) -> Sort:
    """Real if one of the numeric ``sorts`` is, else Int."""
    return REAL if REAL in sorts else INT


def numeral_value(digits: str) -> Fraction:
    """The value of ``12`` or ``12.50``. Raises `ValueError` for more than `MAX_DIGITS` characters."""
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of more than {MAX_DIGITS} digits")
    return Fraction(digits)


def as_real(term: Term) -> Term:
    """``term`` as a Real: an Int numeral becomes a Real one, to another Int term a Real zero is added."""
    if term.sort == REAL:
        return term
    if isinstance(term, Number):
        return Number(term.value, REAL)
    return Arith("+", (term, Number(Fraction(0), REAL)), REAL)


def without_lift(term: Term) -> Term:
    """The Int term that `as_real` made ``term`` of; ``term`` itself if it made none of it."""
    if isinstance(term, Arith) and term.args and term == as_real(term.args[0]):
        return term.args[0]
    return term


def constant_value(term: Term) -> bool:
    """Whether ``term`` is built of numerals alone."""
    if isinstance(term, Arith):
        return all(constant_value(argument) for argument in term.args)
    return isinstance(term, Number)


def is_linear_product(factors: Sequence[Term]) -> bool:
    """Whether at most one factor is anything but a number."""
    return sum(not constant_value(factor) for factor in factors) <= 1


def decimal_text(value: Fraction, *, real: bool) -> str:
    """``value`` as text: ``5``; with ``real`` ``5.0``, ``0.25`` or, where that has no end, ``1/3``.

    Raises `InputError` for a number too long to be written.
    """
    try:
        if value < 0:
            return f"-{decimal_text(-value, real=real)}"
        if not real or value.denominator == 1:
            return f"{value}.0" if real else str(value)
        places = decimal_places(value, MAX_DIGITS)
        return str(value) if places is None else with_places(value, places)
    except ValueError as error:
        raise InputError("a number has too many digits to be written") from error

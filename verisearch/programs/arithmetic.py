"""Exact arithmetic inside limits: what small programs compute with."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

import msgspec

from verisearch.errors import ProgramError
from verisearch.maths.rationals import bits, exact_root

__all__ = ["Arithmetic", "Limits", "Number", "is_exact", "plainest", "same_number"]

#: A whole number or a fraction, exact; or a float, which is what irrational results become and is never exact.
Number: TypeAlias = int | Fraction | float

#: Highest degree of a root, but for square ones, and longest number that it is taken of exactly.
MAX_DEGREE, MAX_ROOT_BITS = 64, 1_000
#: Relative difference up to which inexact numbers count as equal.
TOLERANCE = 1e-9


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How far a program may go.

    ``length``: characters of its text; ``depth``: how deep its parts stand in each other; ``steps``: what it may do,
    operations on long numbers and lists counting several times; ``bits``: of a whole number, or of either part of a
    fraction (12,000 are some 3,600 digits); ``items``: of a list or range.
    """

    length: int = 4_000
    depth: int = 60
    steps: int = 100_000
    bits: int = 12_000
    items: int = 10_000


def is_exact(value: Number) -> bool:
    """Whether the number is no approximation."""
    return not isinstance(value, float)


def same_number(a: Number, b: Number) -> bool:
    """Whether two results are the same: exactly, or, if one of them is inexact, up to `TOLERANCE`."""
    if is_exact(a) and is_exact(b):
        return a == b
    try:
        return math.isclose(float(a), float(b), rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    except OverflowError:
        return False


class Arithmetic:
    """Operations on numbers that count their steps and refuse what is too large. One for each run of a program.

    All raise `ProgramError` (``limit``: too many steps or digits; ``undefined``: no such number, or no real one).
    """

    def __init__(self, limits: Limits) -> None:
        self.limits, self.left = limits, limits.steps

    def spend(self, steps: int = 1) -> None:
        """Count ``steps``."""
        self.left -= steps
        if self.left < 0:
            raise ProgramError(f"it takes more than {self.limits.steps:,} steps", kind="limit")

    def weigh(self, value: Number) -> None:
        """Count what it costs to work with a long number."""
        if not isinstance(value, float):
            self.spend(bits(value) // 64)

    def checked(self, value: Number) -> Number:
        """The number in its plainest form, if it isn't too large; long ones cost more steps."""
        if isinstance(value, float):
            if not math.isfinite(value):
                raise ProgramError("a result is too large, or no number", kind="undefined")
            return value
        size = bits(value)
        if size > self.limits.bits:
            raise ProgramError(f"a number has more than {self.limits.bits:,} bits", kind="limit")
        self.spend(1 + size // 64)
        return plainest(value)

    def inexact(self, function: Callable[..., float], *values: Number) -> float:
        """An irrational function's value, by floating point."""
        try:
            found = function(*map(float, values))
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            raise ProgramError(f"{function.__name__} has no value there", kind="undefined") from error
        if not isinstance(found, float) or not math.isfinite(found):
            raise ProgramError(f"{function.__name__} has no value there", kind="undefined")
        return found

    # --- the four operations, whole division and powers ---
    def add(self, a: Number, b: Number) -> Number:
        return self.checked(a + b if alike(a, b) else self.inexact(plus, a, b))

    def subtract(self, a: Number, b: Number) -> Number:
        return self.add(a, -b)

    def multiply(self, a: Number, b: Number) -> Number:
        return self.checked(a * b if alike(a, b) else self.inexact(times, a, b))

    def divide(self, a: Number, b: Number) -> Number:
        """True division: exact for exact numbers."""
        nonzero(b)
        if isinstance(a, float) or isinstance(b, float):
            return self.inexact(over, a, b)
        return self.checked(Fraction(a) / b)

    def floor_divide(self, a: Number, b: Number) -> Number:
        return self.floor(self.divide(a, b))

    def remainder(self, a: Number, b: Number) -> Number:
        """What `floor_divide` leaves, with the sign of ``b``."""
        nonzero(b)
        if isinstance(a, float) or isinstance(b, float):
            return self.inexact(modulo, a, b)
        return self.checked(a % b)

    def power(self, a: Number, b: Number) -> Number:
        """``a`` to the power ``b``: exact for whole exponents and for roots that are; refused before it is computed if
        it would be too large."""
        if not isinstance(b, int) or isinstance(a, float):
            root = None if isinstance(a, float) or isinstance(b, (int, float)) else self.exact_root(a, b.denominator)
            if root is not None and isinstance(b, Fraction):
                return self.power(root, b.numerator)
            if a < 0 and b != int(b):
                raise ProgramError("a root of a negative number", kind="undefined")
            return self.inexact(raised, a, b)
        if a == 0 and b < 0:
            nonzero(0)
        if a in (0, 1, -1):
            return self.checked(1 if b == 0 else a * a if b % 2 == 0 else a)
        # a number of k bits is at least 2^(k - 1)
        if (bits(a) - 1) * abs(b) > self.limits.bits:
            raise ProgramError(f"a power would have more than {self.limits.bits:,} bits", kind="limit")
        return self.checked(Fraction(a) ** b)

    # --- roots and rounding ---
    def sqrt(self, a: Number) -> Number:
        """The square root, exact where it can be."""
        root = None if isinstance(a, float) else self.exact_root(a, 2)
        if root is not None:
            return root
        return self.inexact(math.sqrt, a)

    def exact_root(self, a: int | Fraction, degree: int) -> Number | None:
        """The root of that degree if it is a fraction; None if it isn't, or if the number is too long to tell."""
        if a < 0 or (degree > 2 and (degree > MAX_DEGREE or bits(a) > MAX_ROOT_BITS)):
            return None
        root = exact_root(Fraction(a), degree)
        return None if root is None else self.checked(root)

    def floor(self, a: Number) -> Number:
        return self.checked(math.floor(a))

    def ceil(self, a: Number) -> Number:
        return self.checked(math.ceil(a))

    def round(self, a: Number, digits: int | None = None) -> Number:
        """To so many decimals, halves to even as Python has it; exact numbers stay exact."""
        if digits is not None and abs(digits) > 100:
            raise ProgramError("rounded to more than 100 digits", kind="limit")
        try:
            return self.checked(round(a, digits))
        except OverflowError as error:  # only floats can be too large for theirs
            raise ProgramError("a result is too large, or no number", kind="undefined") from error

    # --- whole numbers ---
    def factorial(self, n: int) -> Number:
        if n < 0:
            raise ProgramError("the factorial of a negative number", kind="undefined")
        if n > 1_000:
            raise ProgramError("the factorial of more than 1,000", kind="limit")
        self.spend(1 + n)
        return self.checked(math.factorial(n))

    def choose(self, n: int, k: int) -> Number:
        """Ways to choose ``k`` of ``n``."""
        self.countable(n, k)
        return self.checked(math.comb(n, k))

    def arrange(self, n: int, k: int) -> Number:
        """Ways to arrange ``k`` of ``n`` in order."""
        self.countable(n, k)
        if k * n.bit_length() > 2 * self.limits.bits:
            raise ProgramError(f"a number has more than {self.limits.bits:,} bits", kind="limit")
        return self.checked(math.perm(n, k))

    def countable(self, n: int, k: int) -> None:
        """Raises `ProgramError` for a choice among too many, or among fewer than none."""
        if n < 0 or k < 0:
            raise ProgramError("a choice of a negative number", kind="undefined")
        if n > 10_000:
            raise ProgramError("a choice among more than 10,000", kind="limit")
        self.spend(1 + min(k, n))


def plainest(value: int | Fraction) -> Number:
    """A fraction that is a whole number as one."""
    return value.numerator if value.denominator == 1 else value


def alike(a: Number, b: Number) -> bool:
    """Both exact, so that nothing is lost and nothing can overflow."""
    return is_exact(a) and is_exact(b)


def nonzero(value: Number) -> None:
    """Raises `ProgramError` for 0."""
    if value == 0:
        raise ProgramError("a division by zero", kind="undefined")


def plus(a: float, b: float) -> float:
    return a + b


def times(a: float, b: float) -> float:
    return a * b


def over(a: float, b: float) -> float:
    return a / b


def modulo(a: float, b: float) -> float:
    return a % b


def raised(a: float, b: float) -> float:
    return math.pow(a, b)

"""The functions and constants that small programs may name: a closed list, with what is behind it written out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from verisearch.errors import ProgramError
from verisearch.programs.arithmetic import Arithmetic, Number

__all__ = ["CONSTANTS", "FUNCTIONS", "items_of", "number_of", "whole_of"]


def number_of(value: Any) -> Number:
    """The value as a number, truth values as 1 and 0. Raises `ProgramError` for what is none."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, Fraction, float)):
        return value
    raise ProgramError(f"{kind_of(value)} where a number should be", kind="undefined")


def whole_of(value: Any) -> int:
    """The value as a whole number. Raises `ProgramError` for what is none."""
    number = number_of(value)
    if number != number // 1:
        raise ProgramError("a fraction where a whole number should be", kind="undefined")
    return int(number)


def items_of(value: Any) -> Sequence[Any]:
    """The value as a list. Raises `ProgramError` for what is none."""
    if isinstance(value, (tuple, range)):
        return value
    raise ProgramError(f"{kind_of(value)} where a list should be", kind="undefined")


def kind_of(value: Any) -> str:
    return "a list" if isinstance(value, (tuple, range)) else "nothing" if value is None else "a number"


def listed(arithmetic: Arithmetic, values: tuple[Any, ...]) -> Sequence[Any]:
    """What is given as one list or as several values."""
    found = items_of(values[0]) if len(values) == 1 else values
    arithmetic.spend(len(found))
    if not found:
        raise ProgramError("the greatest or least of nothing", kind="undefined")
    return found


def least(arithmetic: Arithmetic, *values: Any) -> Number:
    return min(number_of(each) for each in listed(arithmetic, values))


def greatest(arithmetic: Arithmetic, *values: Any) -> Number:
    return max(number_of(each) for each in listed(arithmetic, values))


def total(arithmetic: Arithmetic, values: Any, start: Any = 0) -> Number:
    found = number_of(start)
    for each in items_of(values):
        found = arithmetic.add(found, number_of(each))
    return found


def product(arithmetic: Arithmetic, values: Any) -> Number:
    found: Number = 1
    for each in items_of(values):
        found = arithmetic.multiply(found, number_of(each))
    return found


def spanned(arithmetic: Arithmetic, *values: Any) -> range:
    given = [whole_of(each) for each in values]
    first, last, step = [0, *given, 1] if len(given) == 1 else [*given, 1][:3]
    if step == 0:
        raise ProgramError("a range with the step 0", kind="undefined")
    if (last - first) // step > arithmetic.limits.items:
        raise ProgramError(f"a range of more than {arithmetic.limits.items:,} numbers", kind="limit")
    return range(first, last, step)


def rounded(arithmetic: Arithmetic, value: Any, digits: Any = None) -> Number:
    return arithmetic.round(number_of(value), None if digits is None else whole_of(digits))


def absolute(arithmetic: Arithmetic, value: Any) -> Number:
    number = number_of(value)
    return -number if number < 0 else number


def cut(arithmetic: Arithmetic, value: Any) -> Number:
    """Towards zero, as `int` has it."""
    return arithmetic.checked(math.trunc(number_of(value)))


def plain(arithmetic: Arithmetic, value: Any) -> Number:
    """`float`: numbers are exact here, so there is nothing to do."""
    return number_of(value)


def length(arithmetic: Arithmetic, values: Any) -> int:
    return len(items_of(values))


def logarithm(arithmetic: Arithmetic, value: Any, base: Any = None) -> Number:
    number = number_of(value)
    found = arithmetic.inexact(math.log, number)
    return found if base is None else arithmetic.divide(found, arithmetic.inexact(math.log, number_of(base)))


def whole_root(arithmetic: Arithmetic, value: Any) -> Number:
    number = whole_of(value)
    if number < 0:
        raise ProgramError("a root of a negative number", kind="undefined")
    return arithmetic.checked(math.isqrt(number))


def quotient(arithmetic: Arithmetic, a: Any, b: Any) -> tuple[Number, Number]:
    first, second = number_of(a), number_of(b)
    return arithmetic.floor_divide(first, second), arithmetic.remainder(first, second)


def choices(arithmetic: Arithmetic, n: Any, k: Any) -> Number:
    return arithmetic.choose(whole_of(n), whole_of(k))


def arrangements(arithmetic: Arithmetic, n: Any, k: Any = None) -> Number:
    number = whole_of(n)
    return arithmetic.factorial(number) if k is None else arithmetic.arrange(number, whole_of(k))


def over_whole(function: Callable[..., int]) -> Callable[..., Number]:
    """A function of whole numbers, as many as there are."""

    def applied(arithmetic: Arithmetic, *values: Any) -> Number:
        return arithmetic.checked(function(*map(whole_of, values)))

    return applied


def over_numbers(operation: Callable[..., Number]) -> Callable[..., Number]:
    """An operation of `Arithmetic`."""

    def applied(arithmetic: Arithmetic, *values: Any) -> Number:
        return operation(arithmetic, *map(number_of, values))

    return applied


def irrational(function: Callable[..., float]) -> Callable[..., Number]:
    """A function by floating point."""

    def applied(arithmetic: Arithmetic, *values: Any) -> Number:
        return arithmetic.inexact(function, *map(number_of, values))

    return applied


def factorial(arithmetic: Arithmetic, n: Any) -> Number:
    return arithmetic.factorial(whole_of(n))


#: Of each function the fewest and the most arguments, and what it does. Those of Python's ``math`` may be written with
#: ``math.`` or without.
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "abs": (1, 1, absolute),
    "ceil": (1, 1, over_numbers(Arithmetic.ceil)),
    "comb": (2, 2, choices),
    "cos": (1, 1, irrational(math.cos)),
    "degrees": (1, 1, irrational(math.degrees)),
    "divmod": (2, 2, quotient),
    "exp": (1, 1, irrational(math.exp)),
    "fabs": (1, 1, absolute),
    "factorial": (1, 1, factorial),
    "float": (1, 1, plain),
    "floor": (1, 1, over_numbers(Arithmetic.floor)),
    "gcd": (1, 8, over_whole(math.gcd)),
    "hypot": (2, 2, irrational(math.hypot)),
    "int": (1, 1, cut),
    "isqrt": (1, 1, whole_root),
    "lcm": (1, 8, over_whole(math.lcm)),
    "len": (1, 1, length),
    "log": (1, 2, logarithm),
    "log10": (1, 1, irrational(math.log10)),
    "log2": (1, 1, irrational(math.log2)),
    "max": (1, 100, greatest),
    "min": (1, 100, least),
    "perm": (1, 2, arrangements),
    "pow": (2, 2, over_numbers(Arithmetic.power)),
    "prod": (1, 1, product),
    "radians": (1, 1, irrational(math.radians)),
    "range": (1, 3, spanned),
    "round": (1, 2, rounded),
    "sin": (1, 1, irrational(math.sin)),
    "sqrt": (1, 1, over_numbers(Arithmetic.sqrt)),
    "sum": (1, 2, total),
    "tan": (1, 1, irrational(math.tan)),
    "trunc": (1, 1, cut),
}

#: Constants of Python's ``math``, inexact; they are only known as ``math.e`` and so on, but for ``pi``, which stands
#: for itself unless it is given another value.
CONSTANTS: dict[str, float] = {"pi": math.pi, "e": math.e, "tau": math.tau}

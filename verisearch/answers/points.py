"""Terms at many points, to many digits: whether two that aren't known to be the same come out the same everywhere."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple

from verisearch.answers.expression import EULER, IMAGINARY, UNSAID, unknowns
from verisearch.answers.work import spend
from verisearch.maths.exact import Unvalued
from verisearch.maths.rationals import bits
from verisearch.maths.terms import PI, Apply, Name, Number, Term

__all__ = ["Agreement", "agree", "available", "ratio", "sign"]

#: Digits that are worked with, and those that have to agree. No value on the way may be beyond `MAX_SIZE`, so that
#: nothing that was added or taken away can hide behind the last digit.
DIGITS = 320
AGREED = 280
#: Fewer digits in common than these, and the terms differ.
APART = 50
#: Points for terms with names, and how many of them must have values.
POINTS = 24
ENOUGH = 10
#: Greatest absolute exponent of 2 of a value that is worked with, and greatest arguments of functions and factorials.
MAX_SIZE = 256
MAX_ARGUMENT = 100
MAX_FACTORIAL = 60
#: What operators cost, in the units of `verisearch.answers.work`; all others cost one.
COSTS = {"!": 60, "binom": 180, "^": 12, "root": 12, "log": 24, "floor": 3, "ceil": 3}
FUNCTION_COST = 16
PLAIN = frozenset({"+", "*", "/", "neg", "%", "deg", "abs"})


class Agreement(NamedTuple):
    """What two terms are at the points: the same, not the same, or neither can be said, and why."""

    status: Literal["equal", "different", "undecided"]
    reason: str


@lru_cache(maxsize=1)
def available() -> bool:
    """Whether mpmath, which comes with Math-Verify, is there."""
    return find_spec("mpmath") is not None


LOCK = threading.Lock()


@lru_cache(maxsize=1)
def context() -> Any:
    """A context of our own: the library's is everybody's, with its precision."""
    from mpmath import MPContext  # type: ignore[import-untyped]

    return MPContext()


def agree(one: Term, other: Term) -> Agreement:
    """Whether two terms are the same: to `DIGITS` digits without names, at `POINTS` points with them."""
    known = unknowns(one) | unknowns(other)
    imaginary = known == {IMAGINARY.name}
    if imaginary:
        known = frozenset()
    with LOCK:
        mp = context()
        mp.dps = DIGITS
        if not known:
            return constants(mp, one, other, imaginary)
        same = complex_only = 0
        for left, right in at_places(mp, one, other, known):
            if near(mp, left, right, AGREED):
                same += 1
            elif is_real(mp, left) and is_real(mp, right):
                if UNSAID.name in known:
                    return Agreement("undecided", "it depends on the base of log, which isn't said")
                if near(mp, left, right, APART):
                    return Agreement("undecided", f"they agree to {APART} digits, not to {AGREED}")
                return Agreement("different", "they differ at a point")
            else:
                complex_only += 1
    if complex_only:
        return Agreement("undecided", "they agree only where both are real")
    if same < ENOUGH:
        return Agreement("undecided", "they have values at too few points")
    return Agreement("equal", f"they agree at {same} points to {AGREED} digits")


def constants(mp: Any, one: Term, other: Term, imaginary: bool) -> Agreement:
    """Terms without names."""
    place = {IMAGINARY.name: mp.mpc(0, 1)} if imaginary else {}
    try:
        left, right = evaluate(mp, one, place), evaluate(mp, other, place)
    except Unvalued as reason:
        return Agreement("undecided", str(reason))
    if near(mp, left, right, AGREED):
        return Agreement("equal", f"{mp.nstr(left, 12)}, to {AGREED} digits")
    if near(mp, left, right, APART):
        return Agreement("undecided", f"they agree to {APART} digits, not to {AGREED}")
    return Agreement("different", f"{mp.nstr(left, 12)} and {mp.nstr(right, 12)}")


def ratio(one: Term, other: Term) -> int | None:
    """The sign of the number that ``one`` is ``other`` times at all points; None if it is none, or can't be said."""
    known = unknowns(one) | unknowns(other)
    if not known or UNSAID.name in known:
        return None
    with LOCK:
        mp = context()
        mp.dps = DIGITS
        found: list[Any] = []
        for left, right in at_places(mp, one, other, known):
            if left == 0 or right == 0:
                return None
            if is_real(mp, left) and is_real(mp, right):
                found.append(left.real / right.real)
        if len(found) < ENOUGH or not all(near(mp, each, found[0], AGREED) for each in found):
            return None
        return 1 if found[0] > 0 else -1


def sign(term: Term) -> int | None:
    """The sign of a term without names; None if it has no real value, or is too near to 0."""
    with LOCK:
        mp = context()
        mp.dps = DIGITS
        try:
            found = evaluate(mp, term, {})
        except (Unvalued, KeyError):
            return None
        if not is_real(mp, found) or (found != 0 and abs(found.real) < mp.mpf(10) ** -APART):
            return None
        return int(mp.sign(found.real))


def places(known: frozenset[str]) -> list[dict[str, Any]]:
    """Points, the same for the same names: the first half positive, the others of either sign."""
    draw = random.Random("\n".join(sorted(known)))
    made = []
    for count in range(POINTS):
        place: dict[str, Any] = {}
        for name in sorted(known):
            size = Fraction(draw.randrange(200, 5000), 997)
            place[name] = -size if count >= POINTS // 2 and draw.random() < 0.5 and name != UNSAID.name else size
            if name == UNSAID.name:
                place[name] = size + 2
        made.append(place)
    return made


def at_places(mp: Any, one: Term, other: Term, known: frozenset[str]) -> Iterator[tuple[Any, Any]]:
    """The values of two terms at those points where both have some."""
    for place in places(known):
        try:
            yield evaluate(mp, one, place), evaluate(mp, other, place)
        except Unvalued:
            continue


def near(mp: Any, left: Any, right: Any, digits: int) -> bool:
    """Whether two values agree to so many digits, beside the greater one (or beside 1, where both are tiny)."""
    return bool(abs(left - right) <= mp.mpf(10) ** -digits * max(abs(left), abs(right)))


def is_real(mp: Any, value: Any) -> bool:
    return bool(abs(value.imag) <= mp.mpf(10) ** -30 * max(abs(value.real), mp.mpf(10) ** -10))


def evaluate(mp: Any, term: Term, place: Mapping[str, Any]) -> Any:
    """The value of ``term``. Raises `Unvalued`."""
    if isinstance(term, Number):
        if bits(term.value) > MAX_SIZE:
            raise Unvalued("a number is too long")
        return mp.mpf(term.value.numerator) / term.value.denominator
    if isinstance(term, Name):
        if term == PI:
            return +mp.pi
        if term == EULER:
            return +mp.e
        value = place[term.name]
        return mp.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value
    args = [evaluate(mp, each, place) for each in term.args]
    spend(1 if term.operator in PLAIN else COSTS.get(term.operator, FUNCTION_COST))
    try:
        found = applied(mp, term, args)
    except (ValueError, ZeroDivisionError, OverflowError, ArithmeticError) as error:
        raise Unvalued("it has no value") from error
    if not mp.isfinite(found) or (found != 0 and abs(mp.mag(found)) > MAX_SIZE):
        raise Unvalued("a number is too long")
    return found


def applied(mp: Any, term: Apply, args: list[Any]) -> Any:
    """An operator on values."""
    operator, first = term.operator, args[0]
    if operator == "+":
        return lossless(mp, args)
    if operator == "*":
        return first * args[1]
    if operator == "/":
        return first / args[1]
    if operator == "neg":
        return -first
    if operator == "%":
        return first / 100
    if operator == "deg":
        return first * mp.pi / 180
    if operator == "abs":
        return abs(first)
    if operator == "root":
        return root(mp, first, args[1])
    if operator == "^":
        return raised(mp, first, args[1])
    if operator == "log":
        if first == 1 or first == 0 or args[1] == 0:
            raise Unvalued("it has no value")
        return mp.ln(args[1]) / mp.ln(first)
    if operator in ("floor", "ceil"):
        return stepped(mp, operator, first)
    if any(abs(each) > (MAX_FACTORIAL if operator in ("!", "binom") else MAX_ARGUMENT) for each in args):
        raise Unvalued("the argument of a function is too great")
    if operator == "!":
        return mp.factorial(first)
    if operator == "binom":
        return mp.binomial(first, args[1])
    found = getattr(mp, {"arcsin": "asin", "arccos": "acos", "arctan": "atan"}.get(operator, operator))(first)
    return mp.mpf(0) if abs(found) < mp.mpf(10) ** -AGREED else found


def lossless(mp: Any, args: list[Any]) -> Any:
    """A sum; what cancels to almost nothing is nothing, or else can't be told from it."""
    found = mp.mpf(0)
    greatest = mp.mpf(0)
    for each in args:
        found += each
        greatest = max(greatest, abs(each))
    if found != 0 and abs(found) <= greatest * mp.mpf(10) ** -AGREED:
        return mp.mpf(0)
    return found


def root(mp: Any, degree: Any, value: Any) -> Any:
    """The root; odd ones of negative numbers are negative."""
    if mp.isint(degree) and degree % 2 == 1 and is_real(mp, value) and value.real < 0:
        return -mp.power(-value.real, 1 / mp.mpf(degree.real))
    return mp.power(value, 1 / degree)


def raised(mp: Any, base: Any, exponent: Any) -> Any:
    if base == 0:
        if exponent.real <= 0:
            raise Unvalued("zero to the power of zero or less")
        return mp.mpf(0)
    if abs(exponent) * (abs(mp.mag(base)) + 1) > MAX_SIZE:
        raise Unvalued("a power is too long")
    return mp.power(base, exponent)


def stepped(mp: Any, operator: str, value: Any) -> Any:
    """Floor and ceiling; next to a whole number, which side it lies on can't be told."""
    nearest = mp.nint(value.real)
    if not is_real(mp, value) or (value != nearest and abs(value - nearest) < mp.mpf(10) ** -20):
        raise Unvalued("it can't be told to which side it is rounded")
    return mp.floor(value.real) if operator == "floor" else mp.ceil(value.real)

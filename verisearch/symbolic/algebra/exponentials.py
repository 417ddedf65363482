"""Powers whose exponents have names, such as 2^(x + 3): what of them can be said in polynomials.

The base is cut into primes and the exponent into its terms, so that 2^(x + 3) is 8 · u and 4^x is u², with one constant
u > 0 for 2^x. What a solver isn't told by that is that powers grow with their exponents; it is told for the exponents
that occur, beside each other and beside small whole numbers. All that is told is true, but it isn't all that is true:
what follows from it follows, and nothing else can be said.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from verisearch.maths.polynomials import Monomial, NoForm, Polynomial, is_constant
from verisearch.maths.terms import Term
from verisearch.symbolic.algebra.forms import Forms
from verisearch.symbolic.theory import Inexpressible

__all__ = ["WHOLE", "linear_parts", "primes", "primitive"]

#: The whole exponents that others are compared with.
WHOLE = range(-6, 13)
#: Greatest prime of a base, and greatest power of it.
MAX_PRIME, MAX_POWER = 100, 12


def primes(base: Fraction) -> dict[int, int]:
    """The powers of primes that make ``base``. Raises `Inexpressible` if one is too great, or ``base`` isn't
    positive."""
    if base <= 0:
        raise Inexpressible("a base of a power with an unknown exponent isn't positive")
    found: dict[int, int] = {}
    for rest, by in ((base.numerator, 1), (base.denominator, -1)):
        for prime in range(2, MAX_PRIME):
            while rest % prime == 0:
                rest //= prime
                found[prime] = found.get(prime, 0) + by
        if rest != 1:
            raise Inexpressible("a base of a power with an unknown exponent is too great")
    return found


def primitive(base: Fraction) -> tuple[Fraction, int]:
    """``(r, j)`` with ``base`` = r^j, r above one and no power of a smaller such number; ``base`` isn't one."""
    powers = primes(base)
    times = gcd(*powers.values())
    if base < 1:
        times = -times
    root = Fraction(1)
    for prime, power in powers.items():
        root *= Fraction(prime) ** (power // times)
    return root, times


def linear_parts(exponent: Term) -> tuple[int, dict[Monomial, int]]:
    """``exponent`` as a whole number and whole multiples of monomials. Raises `Inexpressible` if it isn't that."""
    try:
        form = Forms().quotient(exponent)
    except NoForm:
        raise Inexpressible("an exponent can't be put in order") from None
    if not is_constant(form.below):
        raise Inexpressible("an exponent is a quotient")
    given: Polynomial = form.above
    parts = {monomial: value / form.below[()] for monomial, value in given.items()}
    if any(value.denominator != 1 or abs(value) > MAX_POWER for value in parts.values()):
        raise Inexpressible("an exponent has a factor that is no small whole number")
    if any(" " in name for monomial in parts for name, _ in monomial):
        raise Inexpressible("an exponent has more than names in it")
    whole = int(parts.pop((), Fraction(0)))
    return whole, {monomial: int(value) for monomial, value in parts.items()}

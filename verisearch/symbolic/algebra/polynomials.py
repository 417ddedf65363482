"""Normal forms: terms as quotients of polynomials in names and roots, over exact rationals.

They settle without a solver what is the same up to expanding and a constant factor, and they tell what an equation was
multiplied or divided by. Nothing is factored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import gcd, lcm
from typing import TypeAlias

from verisearch.maths.rationals import bits
from verisearch.maths.terms import Apply, Name, Number, Term, depth
from verisearch.symbolic.algebra.domains import DEEPEST, constant, degree

__all__ = [
    "Forms",
    "NoForm",
    "Polynomial",
    "Quotient",
    "as_term",
    "divided",
    "is_constant",
    "multiple",
    "primitive_part",
]

#: Powers of names, in order: x²y is (("x", 2), ("y", 1)).
Monomial: TypeAlias = tuple[tuple[str, int], ...]
#: Coefficients, none of them zero.
Polynomial: TypeAlias = Mapping[Monomial, Fraction]

#: Most terms, highest power and longest coefficient (bits) of what is put into normal form.
MAX_TERMS, MAX_POWER, MAX_BITS = 150, 24, 1024
ONE: Monomial = ()


class NoForm(Exception):
    """A term has no normal form here, or one that is too large."""


@dataclass(frozen=True, slots=True)
class Quotient:
    """One polynomial over another, as they came about: nothing is cancelled."""

    above: Polynomial
    below: Polynomial


@dataclass(slots=True)
class Forms:
    """Normal forms of terms that belong together: a root has one name in all of them."""

    #: For each root, or absolute value, its power that is a polynomial, that polynomial, and the term.
    powers: dict[str, tuple[int, Polynomial, Term]] = field(default_factory=dict)

    def quotient(self, term: Term) -> Quotient:
        """The normal form of ``term``. Raises `NoForm`, `Inexpressible`, `Undefined`."""
        if depth(term) > DEEPEST:
            raise NoForm
        return self.of(term)

    def of(self, term: Term) -> Quotient:
        if isinstance(term, Name):
            return Quotient({((term.name, 1),): Fraction(1)}, number(1))
        known = constant(term)
        if known is not None:
            return Quotient(number(known), number(1))
        assert isinstance(term, Apply)
        operator, args = term.operator, term.args
        if operator in ("sqrt", "root"):
            return self.root(term, args[-1], 2 if operator == "sqrt" else degree(args[0]))
        if operator == "abs":
            return self.radical(term, args[0], 2, squared=True)
        if operator == "^":
            return self.power(args[0], constant(args[1]))
        forms = [self.of(each) for each in args]
        first = forms[0]
        if operator in ("+", "-"):
            rest = forms[1:] if operator == "+" else [self.scaled(each, Fraction(-1)) for each in forms[1:]]
            return reduce(self.sum, rest, first)
        if operator == "*":
            return reduce(self.product, forms[1:], first)
        if operator == "/":
            return self.product(first, inverse(forms[1]))
        if operator == "neg":
            return self.scaled(first, Fraction(-1))
        if operator == "%":
            return self.scaled(first, Fraction(1, 100))
        raise NoForm

    def root(self, term: Term, base: Term, degree: int) -> Quotient:
        return self.radical(term, base, degree, squared=False)

    def radical(self, term: Term, base: Term, degree: int, squared: bool) -> Quotient:
        """A root of ``base``, or its absolute value: a name of its own, whose power is known."""
        form = self.of(base)
        if not is_constant(form.below):
            raise NoForm
        inner = scale(form.above, 1 / form.below[ONE])
        power = self.times(inner, inner) if squared else inner
        name = f"{'abs' if squared else f'root {degree}'} {sorted(inner.items())}"
        self.powers.setdefault(name, (degree, power, term))
        return Quotient({((name, 1),): Fraction(1)}, number(1))

    def power(self, base: Term, exponent: Fraction | None) -> Quotient:
        if exponent is None or abs(exponent) > MAX_POWER:
            raise NoForm
        if exponent.denominator > 1:
            times, below = exponent.numerator, exponent.denominator
            if below > 12:
                raise NoForm
            root = Apply("root", (Number(Fraction(below)), base)) if below > 2 else Apply("sqrt", (base,))
            form = self.root(root, base, below)
        else:
            times, form = int(exponent), self.of(base)
        if times < 0:
            form = inverse(form)
        made = Quotient(number(1), number(1))
        for _ in range(abs(times)):
            made = self.product(made, form)
        return made

    # --- arithmetic ---
    def sum(self, left: Quotient, right: Quotient) -> Quotient:
        if left.below == right.below:
            return Quotient(added(left.above, right.above), left.below)
        above = added(self.times(left.above, right.below), self.times(right.above, left.below))
        return Quotient(above, self.times(left.below, right.below))

    def product(self, left: Quotient, right: Quotient) -> Quotient:
        return Quotient(self.times(left.above, right.above), self.times(left.below, right.below))

    def scaled(self, form: Quotient, by: Fraction) -> Quotient:
        return Quotient(scale(form.above, by), form.below)

    def times(self, left: Polynomial, right: Polynomial) -> Polynomial:
        """The product, powers of roots reduced."""
        made: Polynomial = {}
        if len(left) * len(right) > 20 * MAX_TERMS:
            raise NoForm
        for one, by in left.items():
            row: dict[Monomial, Fraction] = {}
            extra: list[Polynomial] = []
            for other, times in right.items():
                joined = join(one, other)
                if self.powers and (reduced := self.reduced(joined)) is not None:
                    extra.append(scale(reduced, by * times))
                else:
                    row[joined] = row.get(joined, Fraction(0)) + by * times
            made = reduce(added, extra, added(made, row))
        return checked(made)

    def reduced(self, monomial: Monomial) -> Polynomial | None:
        """``monomial`` with the powers of roots that are polynomials multiplied out; None if there are none."""
        for name, times in monomial:
            known = self.powers.get(name)
            if known is not None and times >= known[0]:
                left = times - known[0]
                rest = tuple((each, left if each == name else n) for each, n in monomial if each != name or left)
                return self.times({rest: Fraction(1)}, known[1])
        return None


def number(value: Fraction | int) -> Polynomial:
    return {ONE: Fraction(value)} if value else {}


def inverse(form: Quotient) -> Quotient:
    if not form.above:
        raise NoForm
    return Quotient(form.below, form.above)


def scale(given: Polynomial, by: Fraction) -> Polynomial:
    return {monomial: value * by for monomial, value in given.items()} if by else {}


def added(left: Polynomial, right: Polynomial) -> Polynomial:
    made = dict(left)
    for monomial, value in right.items():
        total = made.get(monomial, Fraction(0)) + value
        if total:
            made[monomial] = total
        else:
            made.pop(monomial, None)
    return checked(made)


def join(left: Monomial, right: Monomial) -> Monomial:
    if not left or not right:
        return left or right
    powers = dict(left)
    for name, times in right:
        powers[name] = powers.get(name, 0) + times
    return tuple(sorted(powers.items()))


def checked(given: Polynomial) -> Polynomial:
    """Raises `NoForm` if ``given`` is too large."""
    if len(given) > MAX_TERMS or any(sum(times for _, times in monomial) > MAX_POWER for monomial in given):
        raise NoForm
    if any(bits(each) > MAX_BITS for each in given.values()):
        raise NoForm
    return given


def is_constant(given: Polynomial) -> bool:
    """Whether ``given`` is a number, and not zero."""
    return len(given) == 1 and ONE in given


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
    return scale(given, (1 if given[first] > 0 else -1) / size)


def order(monomial: Monomial) -> tuple[int, Monomial]:
    """Monomials as they are written: highest powers first."""
    return -sum(times for _, times in monomial), monomial


def divided(left: Polynomial, right: Polynomial) -> Polynomial | None:
    """The polynomial by which ``right`` is multiplied to give ``left``; None if there is none. Roots count as names."""
    quotient: dict[Monomial, Fraction] = {}
    if not right:
        return None
    every = sorted({name for given in (left, right) for monomial in given for name, _ in monomial})

    def key(monomial: Monomial) -> tuple[int, ...]:
        powers = dict(monomial)
        return tuple(powers.get(name, 0) for name in every)

    head = max(right, key=key)
    rest = dict(left)
    for _ in range(MAX_TERMS):
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
        for each, value in right.items():
            place = join(monomial, each)
            total = rest.get(place, Fraction(0)) - factor * value
            if total:
                rest[place] = total
            else:
                rest.pop(place, None)
    return None


def as_term(given: Polynomial, forms: Forms) -> Term:
    """``given`` as a term, highest powers first."""
    made: Term | None = None
    for monomial in sorted(given, key=order):
        value = given[monomial]
        size = abs(value) if made is not None else value
        part = product_term(size, monomial, forms)
        made = part if made is None else Apply("+" if value > 0 else "-", (made, part))
    return Number(Fraction(0)) if made is None else made


def product_term(value: Fraction, monomial: Monomial, forms: Forms) -> Term:
    factors: list[Term] = []
    for name, times in monomial:
        base: Term = forms.powers[name][2] if name in forms.powers else Name(name)
        factors.append(base if times == 1 else Apply("^", (base, Number(Fraction(times)))))
    if not factors:
        return Number(value)
    product = reduce(lambda left, right: Apply("*", (left, right)), factors)
    if value == 1:
        return product
    if value == -1:
        return Apply("neg", (product,))
    head, *rest = factors
    return reduce(lambda left, right: Apply("*", (left, right)), rest, Apply("*", (Number(value), head)))

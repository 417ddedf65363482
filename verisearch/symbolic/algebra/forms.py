"""Normal forms: terms as quotients of polynomials in names and roots, over exact rationals.

They settle without a solver what is the same up to expanding and a constant factor, and they tell what an equation was
multiplied or divided by. Nothing is factored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce

from verisearch.maths.polynomials import (
    Limits,
    Monomial,
    NoForm,
    Polynomial,
    Quotient,
    Quotients,
    is_constant,
    negative,
    of_number,
    order,
    scaled,
)
from verisearch.maths.terms import Apply, Name, Number, Term, depth
from verisearch.symbolic.algebra.domains import DEEPEST, constant, degree

__all__ = ["Forms", "as_term"]

#: Highest power of a term; sizes of what is put into normal form.
MAX_POWER = 24
LIMITS = Limits(terms=150, degree=MAX_POWER, bits=1024, products=3000)


@dataclass(slots=True)
class Forms(Quotients):
    """Normal forms of terms that belong together: a root has one name in all of them."""

    #: For each root, or absolute value, its power that is a polynomial, that polynomial, and the term.
    powers: dict[str, tuple[int, Polynomial, Term]] = field(default_factory=dict)
    limits: Limits = LIMITS

    def quotient(self, term: Term) -> Quotient:
        """The normal form of ``term``. Raises `NoForm`, `Inexpressible`, `Undefined`."""
        if depth(term) > DEEPEST:
            raise NoForm
        return self.of(term)

    def of(self, term: Term) -> Quotient:
        if isinstance(term, Name):
            return Quotient({((term.name, 1),): Fraction(1)})
        known = constant(term)
        if known is not None:
            return Quotient(of_number(known))
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
            rest = forms[1:] if operator == "+" else [negative(each) for each in forms[1:]]
            return reduce(self.sum, rest, first)
        if operator == "*":
            return reduce(self.product, forms[1:], first)
        if operator == "/":
            return self.over(first, forms[1])
        if operator == "neg":
            return negative(first)
        if operator == "%":
            return Quotient(scaled(first.above, Fraction(1, 100)), first.below)
        raise NoForm

    def root(self, term: Term, base: Term, degree: int) -> Quotient:
        return self.radical(term, base, degree, squared=False)

    def radical(self, term: Term, base: Term, degree: int, squared: bool) -> Quotient:
        """A root of ``base``, or its absolute value: a name of its own, whose power is known."""
        form = self.of(base)
        if not is_constant(form.below):
            raise NoForm
        inner = scaled(form.above, 1 / form.below[()])
        power = self.times(inner, inner) if squared else inner
        name = f"{'abs' if squared else f'root {degree}'} {sorted(inner.items())}"
        self.powers.setdefault(name, (degree, power, term))
        return Quotient({((name, 1),): Fraction(1)})

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
        return self.raised(form, times)

    def reduced(self, monomial: Monomial) -> Polynomial | None:
        """``monomial`` with the powers of roots that are polynomials multiplied out; None if there are none."""
        for name, times in monomial:
            known = self.powers.get(name)
            if known is not None and times >= known[0]:
                left = times - known[0]
                rest = tuple((each, left if each == name else n) for each, n in monomial if each != name or left)
                return self.times({rest: Fraction(1)}, known[1])
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

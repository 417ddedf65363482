"""Arithmetic of quotients of polynomials: exact, inside limits, with what generators reduce to."""

from __future__ import annotations

from fractions import Fraction

import pytest

from verisearch.maths.polynomials import (
    ONE,
    Limits,
    Monomial,
    NoForm,
    Polynomial,
    Quotient,
    Quotients,
    negative,
    number_of,
    of_number,
)

X = Quotient({(("x", 1),): Fraction(1)})
Y = Quotient({(("y", 1),): Fraction(1)})


class Small(Quotients):
    """The square of ``r`` is 2."""

    limits = Limits(terms=12, degree=10, bits=64, products=40)

    def reduced(self, monomial: Monomial) -> Polynomial | None:
        times = dict(monomial).get("r", 0)
        rest = tuple(each for each in monomial if each[0] != "r")
        return {(*((("r", 1),) if times % 2 else ()), *rest): Fraction(2) ** (times // 2)} if times > 1 else None


SMALL = Small()


def test_quotients_are_the_same_whatever_they_came_from() -> None:
    whole = SMALL.product(SMALL.sum(X, Y), SMALL.sum(X, negative(Y)))
    assert SMALL.identical(SMALL.over(whole, SMALL.sum(X, Y)), SMALL.sum(X, negative(Y)))
    assert not SMALL.identical(SMALL.over(whole, SMALL.sum(X, Y)), SMALL.sum(X, Y))
    assert SMALL.identical(SMALL.raised(X, -2), SMALL.over(Quotient(ONE), SMALL.product(X, X)))


def test_generators_reduce() -> None:
    root = Quotient({(("r", 1),): Fraction(1)})
    assert number_of(SMALL.raised(root, 4)) == 4
    assert SMALL.raised(root, 3) == Quotient({(("r", 1),): Fraction(2)})
    assert number_of(SMALL.over(SMALL.raised(root, 2), Quotient(of_number(-4)))) == Fraction(-1, 2)
    assert number_of(root) is None


def test_nothing_is_divided_by_zero() -> None:
    for zero in (Quotient(of_number(0)), SMALL.sum(X, negative(X))):
        with pytest.raises(NoForm):
            SMALL.over(X, zero)
    with pytest.raises(NoForm):
        SMALL.raised(SMALL.sum(X, negative(X)), -1)


@pytest.mark.parametrize("times", [7, 60])
def test_what_is_too_large_has_no_form(times: int) -> None:
    for base in (SMALL.sum(SMALL.sum(X, Y), Quotient(ONE)), SMALL.product(X, X), Quotient(of_number(1 << 40))):
        with pytest.raises(NoForm):
            SMALL.raised(base, times)

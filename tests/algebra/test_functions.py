"""Functions that only answers are read with: what computes exactly says that it has no value for them."""

from __future__ import annotations

from fractions import Fraction
from typing import get_args

import pytest

from verisearch.maths.exact import Unvalued, approximate, value
from verisearch.maths.polynomials import NoForm
from verisearch.maths.terms import Apply, Function, Name, Number, Relation
from verisearch.maths.writing import term_text
from verisearch.symbolic.algebra.domains import domain
from verisearch.symbolic.algebra.forms import Forms
from verisearch.symbolic.algebra.smtlib import Encoder
from verisearch.symbolic.theory import Inexpressible

FUNCTIONS: tuple[Function, ...] = get_args(Function)
TWO = Number(Fraction(2))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_no_exact_value_and_no_normal_form(function: Function) -> None:
    term = Apply(function, (TWO, TWO))
    with pytest.raises(Unvalued):
        value(term)
    with pytest.raises(Unvalued):
        approximate(term)
    for given in (term, Apply(function, (Name("x"), TWO))):
        with pytest.raises((NoForm, Inexpressible)):
            Forms().quotient(given)
        with pytest.raises(Inexpressible):
            domain(Relation(given, "=", TWO))
        with pytest.raises(Inexpressible):
            Encoder().condition(Relation(given, "=", TWO))


def test_functions_are_written_with_brackets() -> None:
    assert term_text(Apply("+", (Apply("sin", (Name("x"),)), TWO))) == "sin(x) + 2"

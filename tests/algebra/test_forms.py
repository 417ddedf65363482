"""Normal forms: they have the values that terms have, and agree with the solver where they settle something alone."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from generated import steps
from labelled import number, rows

from verisearch.maths.conditions import condition
from verisearch.maths.exact import Undefined
from verisearch.maths.expressions import expression
from verisearch.maths.polynomials import NoForm, divided, multiple, primitive_part
from verisearch.maths.terms import Apply, Name, Number, Relation, Term
from verisearch.maths.writing import term_text
from verisearch.protocols import Solver
from verisearch.symbolic.algebra.changes import same
from verisearch.symbolic.algebra.forms import Forms, as_term
from verisearch.symbolic.algebra.rewriting import Comparison
from verisearch.symbolic.algebra.session import Checks
from verisearch.symbolic.algebra.weight import HEAVIEST, weight
from verisearch.symbolic.theory import Inexpressible


def read(text: str) -> Term:
    found = expression(text)
    assert found is not None, text
    return found


def term(chance: random.Random, level: int) -> Term:
    if level == 0 or chance.random() < 0.2:
        return Name(chance.choice("xy")) if chance.random() < 0.6 else Number(Fraction(chance.randint(-4, 6), 2))
    operator = chance.choice("+ - * / neg ^ sqrt abs".split())
    if operator == "^":
        return Apply("^", (term(chance, level - 1), Number(Fraction(chance.choice([2, 3, -1])))))
    count = 1 if operator in ("neg", "sqrt", "abs") else 2
    return Apply(operator, tuple(term(chance, level - 1) for _ in range(count)))  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_normal_forms_have_the_same_values(seed: int) -> None:
    chance, seen = random.Random(seed), 0
    while seen < 150:
        given = term(chance, 4)
        point = {name: Fraction(chance.randint(1, 7), chance.choice([1, 2])) for name in "xy"}
        forms = Forms()
        try:
            form = forms.quotient(given)
        except (NoForm, Inexpressible, Undefined):
            continue
        value = number(given, point)
        if value != value:
            continue
        seen += 1
        below = number(as_term(form.below, forms), point)
        above = number(as_term(form.above, forms), point)
        assert abs(above - value * below) <= 1e-6 * max(1, abs(above)), term_text(given)


@pytest.mark.parametrize(
    ("whole", "by", "result"),
    [
        ("x^2 - 1", "x - 1", "x + 1"),
        ("6x^3 + 2x", "2x", "3x^2 + 1"),
        ("x^2 - y^2", "x + y", "x - y"),
        ("x^2 + 1", "x - 1", None),
        ("x", "x^2", None),
        ("2x + 4", "x + 2", "2"),
    ],
)
def test_division_is_exact_or_none(whole: str, by: str, result: str | None) -> None:
    forms = Forms()
    quotient = divided(forms.quotient(read(whole)).above, forms.quotient(read(by)).above)
    assert (quotient and term_text(as_term(quotient, forms))) == result


def test_multiples_and_lowest_terms() -> None:
    forms = Forms()
    first, second = forms.quotient(read("2x - 6")).above, forms.quotient(read("9 - 3x")).above
    assert multiple(first, second) == Fraction(-2, 3)
    assert multiple(first, forms.quotient(read("2x - 5")).above) is None
    assert multiple(first, {}) is None
    assert term_text(as_term(primitive_part(second), forms)) == "x - 3"


def test_what_is_too_large_has_no_form() -> None:
    for text in ("(x + y + z + 1)^24", "((x + 1)^24)^24", "(x + 1)^1000"):
        with pytest.raises((NoForm, Inexpressible)):
            Forms().quotient(read(text))


def test_what_normal_forms_settle_the_solver_confirms(solver: Solver) -> None:
    pairs = [(row.before, row.after) for row in rows()]
    pairs += [(made.before, made.after) for seed in (91, 92) for made in steps(seed, 160)]
    settled = 0
    for before, after in pairs:
        if same(before, after):
            settled += 1
            found = Comparison(before, after, (), Checks(solver)).answer()
            assert found.kind == "equal" or "no solutions" in found.reason, (before, after)
    assert settled > 100


def test_tangled_conditions_are_counted() -> None:
    for text, heavy in (
        ("2x + 3y = z", 0),
        ("x^2 = 5x", 1),
        ("xy = 6", 2),
        (r"\frac{x}{y} = 3", 3),
        (r"\sqrt{x + 1} = y", 2),
        (r"\frac{1}{a} + \frac{1}{b} + \frac{1}{c} + \frac{1}{d} = 0", 8),
    ):
        found = condition(text)
        assert found is not None
        assert weight([found]) == heavy, text


def test_what_is_too_tangled_is_undecided(solver: Solver) -> None:
    before = condition(r"\frac{1}{a} + \frac{1}{b} + \frac{1}{c} + \frac{1}{d} = 0")
    assert before is not None
    assert weight([before]) > HEAVIEST
    after = Relation(Name("a"), "=", Name("b"))
    found = Comparison(before, after, (), Checks(solver)).answer()
    assert (found.kind, found.calls) == ("undecided", 0)
    assert "too much" in found.reason

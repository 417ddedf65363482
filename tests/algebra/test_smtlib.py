"""Terms in SMT-LIB mean what they mean: random ones against arithmetic at points."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from math import isqrt

import pytest

from verisearch.maths.conditions import Either, Every, condition
from verisearch.maths.expressions import expression
from verisearch.maths.terms import Apply, Name, Number, Relation, Term
from verisearch.protocols import Solver
from verisearch.symbolic.algebra.domains import holds
from verisearch.symbolic.algebra.session import Checks
from verisearch.symbolic.algebra.smtlib import Encoder
from verisearch.symbolic.theory import Inexpressible


class NoValue(Exception):
    """Not defined among the real numbers."""


class Irrational(Exception):
    """No rational number."""


def evaluated(term: Term, point: Mapping[str, Fraction]) -> Fraction:
    """The exact value, by definition. Raises `NoValue`, `Irrational`."""
    if isinstance(term, Number):
        return term.value
    if isinstance(term, Name):
        return point[term.name]
    # every argument is looked at: what isn't defined in one isn't at all
    results: list[Fraction | Irrational] = []
    for each in term.args:
        try:
            results.append(evaluated(each, point))
        except Irrational as stop:
            results.append(stop)
    args = []
    for result in results:
        if isinstance(result, Irrational):
            raise result
        args.append(result)
    first, last = args[0], args[-1]
    match term.operator:
        case "+":
            return first + last
        case "-":
            return first - last
        case "*":
            return first * last
        case "neg":
            return -first
        case "abs":
            return max(first, -first)
        case "%":
            return first / 100
        case "more%":
            return last + last * first
        case "less%":
            return last - last * first
        case "floor":
            return Fraction(first.numerator // first.denominator)
        case "ceil":
            return Fraction(-(-first.numerator // first.denominator))
        case "sqrt":
            return square_root(first)
        case "^":
            if last < 0:
                return 1 / nonzero(evaluated(Apply("^", (term.args[0], Number(-last))), point))
            if last == 0:
                nonzero(first)
            if last.denominator == 2:
                return square_root(first) ** last.numerator
            return first**last.numerator
        case "/":
            return first / nonzero(last)
        case "//":
            return Fraction((first / nonzero(last)).__floor__())
        case "mod":
            return first - last * (first / nonzero(last)).__floor__()
    raise AssertionError(term.operator)


def nonzero(number: Fraction) -> Fraction:
    if number == 0:
        raise NoValue
    return number


def square_root(number: Fraction) -> Fraction:
    if number < 0:
        raise NoValue
    above, below = isqrt(number.numerator), isqrt(number.denominator)
    if above**2 != number.numerator or below**2 != number.denominator:
        raise Irrational
    return Fraction(above, below)


def term(chance: random.Random, level: int) -> Term:
    if level == 0 or chance.random() < 0.15:
        if chance.random() < 0.6:
            return Name(chance.choice("xy"))
        return Number(Fraction(chance.randint(-4, 9), chance.choice([1, 1, 2, 3])))
    operator = chance.choice("+ - * / neg abs sqrt ^ % more% less% floor ceil // mod + - * /".split())
    if operator == "^":
        exponent = Fraction(chance.choice([0, 1, 2, 3, -1, -2, 1, 2]), chance.choice([1, 1, 1, 2]))
        return Apply("^", (term(chance, level - 1), Number(exponent)))
    count = 1 if operator in ("neg", "abs", "sqrt", "%", "floor", "ceil") else 2
    return Apply(operator, tuple(term(chance, level - 1) for _ in range(count)))  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_terms_have_their_values(seed: int, solver: Solver) -> None:
    chance = random.Random(seed)
    defined = undefined = 0
    while defined < 60 or undefined < 25:
        given = term(chance, 3)
        point = {name: Fraction(chance.randint(-4, 9), chance.choice([1, 1, 2])) for name in "xy"}
        here = Every(tuple(Relation(Name(name), "=", Number(value)) for name, value in point.items()))
        try:
            value = evaluated(given, point)
        except Irrational:
            continue
        except NoValue:
            if undefined < 25:
                undefined += 1
                # no relation holds where a side isn't defined, nor does its opposite
                for sign in ("=", "≠", "<", "≥"):
                    relation = Relation(given, sign, Number(Fraction(1)))  # type: ignore[arg-type]
                    assert holds(relation, point) in (False, None)
                    assert not possible(solver, [here, relation])
            continue
        if defined < 60:
            defined += 1
            equal = Relation(given, "=", Number(value))
            assert holds(equal, point) in (True, None)
            assert possible(solver, [here, equal])
            assert not possible(solver, [here], [equal])
            assert not possible(solver, [here, Relation(given, "≠", Number(value))])
            assert not possible(solver, [here, Relation(given, "<", Number(value))])
            assert not possible(solver, [here, Relation(given, ">", Number(value))])


def possible(solver: Solver, holding: list, failing: list | tuple = ()) -> bool:
    checks = Checks(solver)
    try:
        return checks.possible(holding, failing)
    finally:
        checks.close()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x ≈ 3", "≈"),
        ("x! = 6", "!"),
        ("x^y = 8", "exponent"),
        ("(-2)^x = 8", "exponent"),
        (r"x^{\sqrt{2}} = 3", "exponent"),
        ("x^40 = 1", "exponent"),
        (r"\sqrt[x]{8} = 2", "degree"),
        ("x^2 = -4i", "imaginary"),
        ("2^{1/x} = 4", "quotient"),
        ("101^x = 3", "too great"),
        ("x = 9^9999", "no small whole number"),
        ("1000! = x", "too long"),
    ],
)
def test_what_cannot_be_said_says_why(text: str, why: str) -> None:
    given = condition(text)
    assert given is not None
    encoder = Encoder()
    with pytest.raises(Inexpressible, match=why):
        encoder.condition(given)
    assert encoder.commands() == []


def test_nested_powers_and_deep_terms_are_refused_in_time() -> None:
    power = expression("x + 1")
    assert power is not None
    for _ in range(8):
        power = Apply("^", (power, Number(Fraction(12))))
    deep: Term = Name("x")
    for _ in range(5000):
        deep = Apply("neg", (deep,))
    for given in (power, deep):
        with pytest.raises(Inexpressible):
            Encoder().condition(Relation(given, "=", Number(Fraction(1))))


def test_names_cannot_break_out_of_the_text(solver: Solver) -> None:
    name = Name("x) (assert false")
    given = Relation(name, "=", Number(Fraction(1)))
    assert possible(solver, [given, Relation(Name("|"), "=", name), Relation(Name("?p1"), "=", name)])


def test_nothing_and_everything(solver: Solver) -> None:
    assert not possible(solver, [Either(())])
    assert possible(solver, [Every(())])
    assert not possible(solver, [], [Every(())])

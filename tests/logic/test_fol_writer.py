"""FOL notation as it is written: few parentheses, quoted names, sorts where they are needed."""

from __future__ import annotations

from fractions import Fraction

import pytest

from verisearch.errors import InputError
from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.fol_writer import to_fol
from verisearch.logic.formula import (
    INT,
    REAL,
    And,
    Arith,
    Atom,
    Compare,
    Equal,
    Exists,
    Forall,
    Func,
    Implies,
    Not,
    Number,
    Var,
)

WRITTEN = {
    "((A) ∧ (B)) → ((C) ∨ (D))": "A ∧ B → C ∨ D",
    "(A → B) ∧ C": "(A → B) ∧ C",
    "(A ∨ B) ∧ C": "(A ∨ B) ∧ C",
    "(A ⊕ B) ∨ C": "(A ⊕ B) ∨ C",
    "A → (B → C)": "A → (B → C)",
    "(A ↔ B) ↔ C": "(A ↔ B) ↔ C",
    "¬(A)": "¬A",
    "¬(A ∧ B)": "¬(A ∧ B)",
    "all x (Kind(x) -> -Rough(x)).": "∀x (Kind(x) → ¬Rough(x))",
    "all x exists y Likes(x,y)": "∀x ∃y Likes(x, y)",
    "∀x (Kind(x)) ∧ A": "∀x Kind(x) ∧ A",
    "∃x ¬(x = bob)": "∃x (x ≠ bob)",
    "∀x (x = x) ∧ bob = tom": "∀x (x = x) ∧ bob = tom",
    "¬(n <= 3)": "¬(n ≤ 3)",
    "(a - b) - c = a - (b - c)": "a - b - c = a - (b - c)",
    "(a + b) + c > 2 * (a + 1)": "(a + b) + c > 2 * (a + 1)",
    "h > 0.25 ∧ h < 1/3": "h > 0.25 ∧ h < 1/3",
    "P(1.0, 0.1, -2)": "P(1.0, 0.1, -2)",
    "P('x', 'all', 'a b', gpt-3, \"it's\")": "P('x', 'all', 'a b', 'gpt-3', it's)",
}


@pytest.mark.parametrize("text", WRITTEN)
def test_writes(text: str) -> None:
    written = to_fol(parse_formula(text))
    assert written == WRITTEN[text]
    assert parse_formula(written) == parse_formula(text)


def test_a_name_cannot_pose_as_a_formula() -> None:
    text = to_fol(Atom("A ∧ B", (Func("x) ∨ C('"),)))
    assert parse_formula(text) == Atom("A ∧ B", (Func("x) ∨ C('"),))


def test_a_constant_with_a_variables_name_is_told_from_it() -> None:
    formula = Forall((Var("bob"),), Atom("Likes", (Var("bob"), Func("bob"))))
    assert to_fol(formula) == "∀bob1 Likes(bob1, bob)"


def test_variables_of_one_name_and_two_sorts_are_told_apart() -> None:
    formula = Forall((Var("x"),), Exists((Var("x", INT),), Atom("P", (Var("x"), Var("x", INT)))))
    assert to_fol(formula) == "∀x ∃x1:Int P(x, x1)"


def test_sorts_are_written_where_the_reader_would_infer_others() -> None:
    height = Func("height", (Func("bob", (), "Person"),), REAL)
    formula = And((Compare("<", height, Func("limit", (), REAL)), Atom("Tall", (height,))))
    assert to_fol(formula) == "height(bob:Person):Real < limit:Real ∧ Tall(height(bob))"
    assert parse_formula(to_fol(formula)) == formula


def test_equations_between_numbers_show_that_they_are() -> None:
    formula = Equal(Func("n", (), INT), Func("m", (), INT))
    assert to_fol(formula) == "n:Int = m:Int"
    assert parse_formula(to_fol(formula)) == formula


def test_a_minus_before_a_comparison_is_not_taken_for_a_negation() -> None:
    formula = Compare("<", Arith("-", (Func("n", (), INT),)), Number(Fraction(3), INT))
    assert to_fol(formula) == "(-n) < 3"
    assert parse_formula(to_fol(formula)) == formula


def test_formulas_too_deep_to_write_are_refused() -> None:
    formula = Atom("A")
    for _ in range(5_000):
        formula = Not(formula)
    with pytest.raises(InputError, match="too deeply"):
        to_fol(formula)


def test_numbers_too_long_to_write_are_refused() -> None:
    with pytest.raises(InputError, match="digits"):
        to_fol(Equal(Func("n", (), INT), Number(Fraction(10**5000), INT)))


def test_a_rule_is_written_as_people_write_it() -> None:
    x = Var("x")
    rule = Forall((x,), Implies(And((Atom("kind", (x,)), Not(Atom("rough", (x,))))), Atom("nice", (x,))))
    assert to_fol(rule) == "∀x (kind(x) ∧ ¬rough(x) → nice(x))"

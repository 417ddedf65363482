"""What is written is read back as the same formula, in each notation and from one to the other."""

from __future__ import annotations

import pytest
import z3
from formula_strategies import formulas, normal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.fol_writer import to_fol
from verisearch.logic.formula import Formula
from verisearch.logic.smtlib_reader import read_smtlib
from verisearch.logic.smtlib_writer import declarations, formula_text, script
from verisearch.logic.vocabulary import Vocabulary

LIMITS = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def through_smtlib(formula: Formula) -> Formula:
    text = f"{declarations(Vocabulary.of([formula]))}\n(assert {formula_text(formula)})"
    _, (assertion,) = read_smtlib(text)
    return assertion.formula


def z3_equivalent(left: Formula, right: Formula) -> bool:
    """Whether Z3 finds the formulas equivalent."""
    vocabulary = Vocabulary.of([left, right])
    text = f"{declarations(vocabulary)}(assert (xor {formula_text(left)} {formula_text(right)}))"
    solver = z3.Solver()
    solver.from_string(text)
    return solver.check() == z3.unsat


@LIMITS
@given(formulas())
def test_fol_text_is_read_back(formula: Formula) -> None:
    again = parse_formula(to_fol(formula))
    assert normal(again) == normal(formula)
    assert parse_formula(to_fol(again)) == again


@LIMITS
@given(formulas())
def test_smtlib_text_is_read_back(formula: Formula) -> None:
    again = through_smtlib(formula)
    assert normal(again) == normal(formula)
    assert through_smtlib(again) == again


@LIMITS
@given(formulas())
def test_fol_through_smtlib_and_back(formula: Formula) -> None:
    read = parse_formula(to_fol(formula))
    assert normal(parse_formula(to_fol(through_smtlib(read)))) == normal(read)


@settings(LIMITS, max_examples=40)
@given(formulas(quantified=False))
def test_z3_finds_what_is_read_back_equivalent(formula: Formula) -> None:
    assert z3_equivalent(formula, parse_formula(to_fol(formula)))
    assert z3_equivalent(formula, through_smtlib(formula))


@settings(LIMITS, max_examples=40)
@given(st.lists(formulas(depth=2), max_size=3), formulas(depth=2), st.text(max_size=10))
def test_scripts_are_accepted_by_z3_and_read_back(premises: list[Formula], goal: Formula, words: str) -> None:
    labelled = [(f"context {number}", premise, words) for number, premise in enumerate(premises, 1)]
    text = script(Vocabulary(), labelled, goal, title=words, expected="unsat")
    z3.Solver().from_string(text)
    _, assertions = read_smtlib(text, skip_queries=True)
    assert [normal(assertion.formula) for assertion in assertions[:-1]] == [normal(premise) for premise in premises]
    assert normal(assertions[-1].formula.body) == normal(goal)


@settings(LIMITS, max_examples=30)
@given(st.lists(formulas(depth=2), max_size=2), formulas(depth=2))
def test_scripts_are_accepted_by_cvc5(premises: list[Formula], goal: Formula) -> None:
    cvc5 = pytest.importorskip("cvc5")
    text = script(Vocabulary(), [("premise", premise, "") for premise in premises], goal)
    solver = cvc5.Solver()
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text.replace("(check-sat)", ""), "script")
    while not (command := parser.nextCommand()).isNull():
        assert not command.invoke(solver, parser.getSymbolManager())

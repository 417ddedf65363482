"""Formulas that say another thing than their text by their shape: what a new user got past the other guards."""

from __future__ import annotations

import pytest

from verisearch.logic.smtlib_reader import read_smtlib
from verisearch.symbolic.modelled.anchors import misfit

DECLARED = """
(declare-sort Person 0)
(declare-const rosa Person) (declare-const gregor Person) (declare-const elsa Person)
(declare-fun happy (Person) Bool) (declare-fun rich (Person) Bool) (declare-fun pays_tax (Person) Bool)
(declare-fun shops (Person) Int)
"""


def refused(text: str, formula: str) -> str:
    vocabulary, read = read_smtlib(f"{DECLARED}(assert {formula})")
    return misfit(text, text, [each.formula for each in read], vocabulary)


@pytest.mark.parametrize(
    ("text", "formula", "why"),
    [
        ("Rosa may pay tax.", "(pays_tax rosa)", "takes it as so"),
        ("Rosa would be happy.", "(happy rosa)", "takes it as so"),
        ("Rosa is hardly happy.", "(happy rosa)", "takes it as so"),
        ("In the film Rosa is rich.", "(rich rosa)", "takes it as so"),
        ("Rich people are typically happy.", "(forall ((x Person)) (=> (rich x) (happy x)))", "takes it as so"),
        ("Rosa owns three shops.", "(= (shops rosa) 2)", "number 3"),
        ("Rosa owns twenty-one shops.", "(= (shops rosa) 12)", "number 21"),
        ("Rosa owns a dozen shops.", "(= (shops rosa) 2)", "number 12"),
        ("Rosa and Elsa own 8 shops together.", "(= (+ (shops rosa) (shops elsa) 1) 8)", "number 1"),
        ("Rosa is not happy.", "(not (not (happy rosa)))", "denies a denial"),
        ("Rosa is not happy.", "(=> (not (happy rosa)) (happy rosa))", "condition of itself"),
        (
            "Rosa is happy unless Gregor is rich.",
            "(and (=> (not (rich gregor)) (happy rosa)) (not (rich gregor)))",
            "by itself",
        ),
        ("Rosa is rich or happy.", "(and (or (rich rosa) (happy rosa)) (happy rosa))", "by itself"),
        ("Neither Rosa nor Elsa is rich.", "(and (rich rosa) (not (rich elsa)))", "denies both"),
        ("Everybody but Rosa is happy.", "(forall ((x Person)) (happy x))", ""),
        ("Rosa owns 5 shops.", "(>= (shops rosa) 5)", "compares with 5"),
    ],
)
def test_another_shape_is_refused(text: str, formula: str, why: str) -> None:
    found = refused(text, formula)
    assert found
    assert why in found


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("Rosa owns three shops.", "(= (shops rosa) 3)"),
        ("Rosa owns twenty-one shops.", "(= (shops rosa) 21)"),
        ("Rosa owns a dozen shops.", "(= (shops rosa) 12)"),
        ("Rosa owns at least 5 shops.", "(>= (shops rosa) 5)"),
        ("Rosa owns more shops than Elsa.", "(> (shops rosa) (shops elsa))"),
        ("Rosa may not pay tax.", "(not (pays_tax rosa))"),
        ("Neither Rosa nor Elsa is rich.", "(and (not (rich rosa)) (not (rich elsa)))"),
        ("Rosa is happy unless Gregor is rich.", "(=> (not (rich gregor)) (happy rosa))"),
        ("Elsa is rich, and if she is rich, Rosa is happy.", "(and (rich elsa) (=> (rich elsa) (happy rosa)))"),
        ("Rosa is rich or happy.", "(or (rich rosa) (happy rosa))"),
        ("Either Rosa is not rich or she is happy.", "(or (not (rich rosa)) (happy rosa))"),
    ],
)
def test_the_text_s_own_shape_is_not(text: str, formula: str) -> None:
    assert refused(text, formula) == ""

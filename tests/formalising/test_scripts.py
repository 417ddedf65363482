"""The SMT-LIB scripts of a chain that a language model formalised: any solver comes to the result that they expect."""

from __future__ import annotations

import re
from typing import Any

import pytest
import z3
from scripted_model import ScriptedModel
from test_worked_example import ALTERED, EQUAL, EQUALITY, INEQUALITY, STEPS, verdict

from verisearch.ingest.reader import read_problem
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions, ReadingOptions
from verisearch.symbolic.scripts import scripts
from verisearch.trace import Step, Trace
from verisearch.verdict import TraceVerdict


def of_question() -> TraceVerdict:
    """A chain whose one step rests on what the question states."""
    text = "Bob is a parent of Charlie."
    said = "(declare-sort Person 0)\n(declare-const bob Person) ; Bob\n(declare-const charlie Person) ; Charlie\n"
    said += "(declare-fun parent (Person Person) Bool) ; {0} is a parent of {1}"
    formula = "(assert (parent bob charlie))"
    model = ScriptedModel(
        {
            ("formalise", text): ["; cannot: words are lacking", formula],
            ("formalise", "Bob is a parent of Charlie"): ["; cannot: words are lacking", formula],
            ("declare", text): said,
            ("declare", "Bob is a parent of Charlie"): said,
            ("premises", text): f"question: {text}",
            ("premises", "Bob is a parent of Charlie"): f"question: {text}",
        }
    )
    problem = read_problem("Charlie was born in 2005.", f"{text} Who is older?")
    trace = Trace(problem=problem, steps=(Step(text, 0, (0, len(text))),))
    options = CheckOptions(formaliser="llm", logic="classical", reading=ReadingOptions(mixed=False))
    return verify_trace(trace, options, model=model)


def by_z3(text: str) -> str:
    solver = z3.Solver()
    solver.from_string(text.replace("(check-sat)", ""))
    return str(solver.check())


def by_cvc5(text: str) -> str:
    cvc5: Any = pytest.importorskip("cvc5")
    solver = cvc5.Solver()
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "script")
    found = ""
    while not (command := parser.nextCommand()).isNull():
        found += str(command.invoke(solver, parser.getSymbolManager()))
    return found.strip()


MADE = {
    "valid": lambda: verdict(STEPS),
    "ungrounded": lambda: verdict(ALTERED),
    "contradicted": lambda: verdict(ALTERED, EQUALITY, EQUAL),
    "question": of_question,
}


@pytest.mark.parametrize("solve", [by_z3, by_cvc5])
@pytest.mark.parametrize("name", MADE)
def test_any_solver_comes_to_the_result_that_a_script_expects(name: str, solve: Any) -> None:
    made = dict(scripts(MADE[name]()))
    assert made
    for script, text in made.items():
        expected = re.findall(r"^; expected: (\w+)$", text, re.MULTILINE)
        assert [solve(text)] == expected, script


def test_a_script_names_the_source_of_each_premise_and_what_it_is_modulo() -> None:
    made = dict(scripts(verdict(STEPS)))
    second, fourth = made["step-002-claim-1"], made["step-004-claim-1"]
    assert "; read as: the age of Charlie in 2025 is at most 20\n; modulo commonsense 1\n" in second
    assert f"; commonsense, which the source doesn't say: {INEQUALITY}\n(assert (! (forall" in second
    assert ":named |commonsense 1|" in second
    assert "; modulo commonsense 1\n" in fourth, "through step 2"
    assert "|commonsense 1|" not in fourth
    assert "modulo" not in made["step-001-claim-1"]
    (only,) = dict(scripts(of_question())).values()
    assert ":named |question 1|" in only


def test_without_its_commonsense_a_step_does_not_follow() -> None:
    text = dict(scripts(verdict(STEPS)))["step-002-claim-1"]
    assert by_z3(re.sub(r"\(assert \(! \(forall.*\n", "", text)) == "sat"


def test_sorts_and_functions_are_declared() -> None:
    text = dict(scripts(verdict(STEPS)))["step-004-claim-1"]
    for line in ("(declare-sort Person 0)", "(declare-fun age (Person Int) Int)", "(declare-fun charlie () Person)"):
        assert line in text


def test_what_only_later_steps_named_is_no_premise_of_an_earlier_one() -> None:
    later = (ALTERED[0], ALTERED[1], STEPS[1])
    text = dict(scripts(verdict(later)))["step-002-claim-1"]
    assert "|context 1|" in text
    assert "commonsense" not in text
    assert "commonsense 1" in dict(scripts(verdict(later)))["step-003-claim-1"]

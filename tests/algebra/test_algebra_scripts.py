"""Scripts of algebra steps: any solver comes to the result that they expect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import z3
from labelled import Row, rows

from verisearch.maths.conditions import condition
from verisearch.symbolic.algebra import script
from verisearch.symbolic.theory import Inexpressible

#: A row has two: whether the second follows, and whether the first follows from it.
ROWS = [row for row in rows() if not row.vacuous]


def by_z3(text: str) -> str:
    solver = z3.Solver()
    solver.set("rlimit", 20_000_000)
    solver.from_string(text.replace("(check-sat)", ""))
    return str(solver.check())


def by_cvc5(text: str) -> str:
    cvc5: Any = pytest.importorskip("cvc5")
    solver = cvc5.Solver()
    solver.setOption("rlimit", "300000")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "script")
    found = ""
    while not (command := parser.nextCommand()).isNull():
        found += str(command.invoke(solver, parser.getSymbolManager()))
    return found.strip()


def scripts(row: Row) -> tuple[str, str]:
    given = [(each, "given") for each in row.given]
    return (
        script([(row.before, "step 1"), *given], row.after, title=row.text),
        script([(row.after, "step 2"), *given], row.before, title=row.text),
    )


@pytest.mark.parametrize("solve", [by_z3, by_cvc5])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_scripts_come_to_what_the_table_says(row: Row, solve: Callable[[str], str]) -> None:
    forward, backward = map(solve, scripts(row))
    expected = {"equal": ("unsat", "unsat"), "loses": ("sat", "unsat"), "gains": ("unsat", "sat")}
    if row.label == "invalid":
        assert forward == "sat"
    else:
        assert (forward, backward) == expected.get(row.kind, ("sat", "sat"))


def test_a_script_says_where_its_premises_come_from() -> None:
    first, claim = condition(r"\sqrt{x + 3} = x - 3"), condition("x = 6")
    assert first is not None
    assert claim is not None
    text = script([(first, "step 2\n(assert false)")], claim, title="a step", expected="unsat")
    assert text.splitlines()[:2] == ["; a step", "(set-logic QF_NRA)"]
    assert "; step 2" in text
    assert "\n(assert false)" not in text
    assert "; the claim, negated: x = 6" in text
    assert text.endswith("(check-sat)\n; expected: unsat\n")
    assert by_z3(text) == "unsat"


def test_whole_parts_name_their_logic() -> None:
    claim = condition(r"\lfloor x \rfloor ≤ x")
    assert claim is not None
    text = script([], claim)
    assert "QF_NIRA" in text
    assert by_z3(text) == "unsat"


def test_what_cannot_be_said_has_no_script() -> None:
    claim = condition("x ≈ 3")
    assert claim is not None
    with pytest.raises(Inexpressible):
        script([], claim)

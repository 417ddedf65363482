"""Scripts of algebra steps: any solver comes to the result that they expect."""

from __future__ import annotations

import pytest
import z3
from table import Row, rows

from verisearch.maths.conditions import Condition, condition
from verisearch.symbolic.algebra import script
from verisearch.symbolic.theory import Inexpressible

#: A row has two: whether the second follows, and whether the first follows from it.
ROWS = [row for row in rows() if not row.vacuous]


def by_z3(text: str) -> str:
    solver = z3.Solver()
    solver.set("rlimit", 20_000_000)
    solver.from_string(text.replace("(check-sat)", ""))
    return str(solver.check())


def scripts(row: Row) -> tuple[str, str]:
    given = [(each, "given") for each in row.given]
    return (
        script([(row.before, "step 1"), *given], row.after, title=row.text),
        script([(row.after, "step 2"), *given], row.before, title=row.text),
    )


def loose(*given: Condition) -> bool:
    return any(mark in str(each) for each in given for mark in ("'π'", "operator='^', args=(Number"))


@pytest.mark.parametrize("row", [row for row in ROWS if not loose(row.before, row.after)], ids=lambda row: row.id)
def test_scripts_come_to_what_the_table_says(row: Row) -> None:
    forward, backward = map(by_z3, scripts(row))
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

"""A solver that gives up, crashes or lies: never a pass."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from labelled import rows

from verisearch.errors import SolverError
from verisearch.maths.conditions import Condition, condition
from verisearch.protocols import Answer, Solver
from verisearch.symbolic.algebra import follows, rewriting
from verisearch.symbolic.session import open_solver
from verisearch.verdict import Status


class Faulty:
    """A solver with one fault; ``after``: checks that go well before."""

    name = "faulty"

    def __init__(self, fault: str, after: int = 0) -> None:
        self.inner: Solver = open_solver("z3", 3_000_000, "faulty")
        self.fault, self.left = fault, after

    def run(self, commands: str) -> None:
        self.inner.run(commands)

    def check(self, assumptions: Sequence[str]) -> Answer:
        self.left -= 1
        if self.left < 0 and self.fault == "crashes":
            raise SolverError("it crashed")
        if self.left < 0 and self.fault == "gives up":
            return Answer("unknown", "the resource limit was reached")
        answer = self.inner.check(assumptions)
        return Answer("sat") if self.left < 0 and self.fault == "finds points" else answer

    def values(self, terms: Sequence[str]) -> list[bool | None]:
        if self.fault == "is silent":
            raise SolverError("no model")
        # everything is zero
        return [term.endswith(" 0.0)") or (term.startswith("(>=") and "(- " in term) for term in terms]

    def reset(self) -> None:
        self.inner.reset()

    def close(self) -> None:
        self.inner.close()


def read(text: str) -> Condition:
    found = condition(text)
    assert found is not None
    return found


@pytest.mark.parametrize("fault", ["crashes", "gives up"])
@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_what_is_not_decided_is_not_entailed(fault: str, after: int) -> None:
    premises, claim = [read("x^2 + y^2 = 25"), read("x + y = 7"), read("x > y")], read("x = 4")
    found = follows(premises, claim, Faulty(fault, after))
    if after < 2:
        assert found.status is Status.UNDECIDED
        assert found.reason
    else:
        # the two checks that decide it went well; only the core is larger than it need be
        assert found.status is Status.ENTAILED
        assert set(found.core) == {0, 1, 2}
    step = rewriting(
        read("x^2 + y^2 = 25, x + y = 7"), read("(x, y) = (3, 4) or (x, y) = (4, 3)"), Faulty(fault, after)
    )
    assert (step.kind == "equal") is (after >= 3)
    assert after >= 1 or step.status is Status.UNDECIDED


def test_points_that_are_none_are_not_believed() -> None:
    faulty = Faulty("finds points")
    assert follows([read("x = 3")], read("2x = 6"), faulty).status is Status.UNDECIDED
    assert rewriting(read("x + y = 3, x - y = 1"), read("x = 2, y = 1"), faulty).kind == "undecided"


def test_a_point_that_is_not_told_is_left_out() -> None:
    found = follows([read("x > y")], read("x > y + 1"), Faulty("is silent"))
    assert (found.status, found.witness) == (Status.UNGROUNDED, None)
    assert found.reason == "it need not be so"


def test_a_solver_without_effort_decides_nothing_wrongly() -> None:
    weak = open_solver("z3", 300, "weak")
    for row in rows():
        found = rewriting(row.before, row.after, weak, row.given)
        assert found.kind in ("undecided", row.kind) or row.label == "invalid", row.text
        if row.label == "invalid":
            assert found.status is not Status.ENTAILED, row.text


def test_the_solver_is_left_as_new() -> None:
    solver = open_solver("z3", 3_000_000, "algebra")
    first = follows([read("x = 1")], read("x = 2"), solver)
    assert first.status is Status.CONTRADICTED
    solver.run("(declare-fun x () Bool)(declare-fun ?p1 () Bool)(assert (=> ?p1 x))")
    assert solver.check(["?p1"]).status == "sat"
    again = follows([read("x = 1")], read("x = 2"), solver)
    assert (again.status, again.core, again.witness) == (first.status, first.core, first.witness)

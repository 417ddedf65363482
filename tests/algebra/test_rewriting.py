"""Rewritings: what they do to solutions, and in which words that is said."""

from __future__ import annotations

import pytest

from verisearch.maths.conditions import condition
from verisearch.protocols import Solver
from verisearch.symbolic.algebra import Rewriting, rewriting
from verisearch.symbolic.algebra.changes import same
from verisearch.verdict import Status


def step(before: str, after: str, solver: Solver, *given: str) -> Rewriting:
    read = [condition(each) for each in (before, after, *given)]
    first, second, *rest = (each for each in read if each is not None)
    assert len(rest) == len(given)
    return rewriting(first, second, solver, rest)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("x^2 = 5x", "x = 5", ["divides by x: loses x = 0"]),
        ("x(x - 2) = 3(x - 2)", "x = 3", ["divides by x - 2: loses x = 2"]),
        ("x = 3", "x^2 = 3x", ["multiplies by x: gains x = 0"]),
        ("x - 1 = -2x", "(x - 1)^2 = 4x^2", ["squares both sides: gains x = -1"]),
        ("x^2 = 9", "x = 3", ["takes roots without ±: loses x = -3"]),
        (r"\frac{x^2 - 1}{x - 1} = 2", "x + 1 = 2", ["x - 1 ≠ 0 is dropped: gains x = 1"]),
        (r"\sqrt{x} \cdot \sqrt{x} = y, y = x", "y = x", ["x ≥ 0 is dropped: gains x = -1, y = -1"]),
        (r"\frac{1}{x - 2} < 3", "1 < 3(x - 2)", ["multiplies by x - 2, which may be negative"]),
        ("-2x < 6", "-x > 3", ["turns the sign round, though nothing negative was multiplied by"]),
        ("-2x < 6", "x < -3", ["multiplies by -0.5 without turning the sign round"]),
        ("2x + 3 = 11", "2x = 14", []),
    ],
)
def test_what_was_done_is_said(before: str, after: str, said: list[str], solver: Solver) -> None:
    found = step(before, after, solver)
    assert found.kind != "equal"
    assert list(found.conditions) == said


def test_losing_and_gaining_are_told_apart(solver: Solver) -> None:
    loses = step("x^2 = 9", "x = 3", solver)
    assert (loses.kind, loses.status, loses.gains) == ("loses", Status.UNGROUNDED, False)
    assert loses.reason == "x = -3 satisfies the first but not the second"
    gains = step("x = 3", "x^2 = 9", solver)
    assert (gains.kind, gains.status, gains.gains) == ("gains", Status.ENTAILED, True)
    assert gains.reason == "one way only: x = -3 satisfies the second but not the first"
    other = step("x = 3", "x = 4", solver)
    assert (other.kind, other.status, other.gains) == ("other", Status.CONTRADICTED, True)
    equal = step("x^2 = 9", "x = 3", solver, "x > 0")
    assert (equal.kind, equal.status, equal.reason, equal.conditions) == ("equal", Status.ENTAILED, "", ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x^2 = -4", "x = 2"),
        ("x^2 = -4", "x^2 = -9"),
        ("x + 1 = x + 3", "x = 2"),
        ("0 = 2", "x = 5"),
        ("x = 1, x > 2", "x = 7"),
        (r"\sqrt{x} = -1", "x = 5"),
        ("|x| = -3", "x = 3"),
        (r"\frac{0}{x - x} = 1", "x = 3"),
    ],
)
def test_nothing_follows_from_what_has_no_solutions(before: str, after: str, solver: Solver) -> None:
    found = step(before, after, solver)
    assert found.status is Status.UNDECIDED
    assert found.kind != "equal"
    assert "no solutions" in found.reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x + 1 = x + 3", "no solution"),
        ("x + 1 = x + 3", "1 = 3"),
        ("x^2 = -4", "no real solutions"),
        ("x + y = 2, x + y = 3", "0 = 1"),
        ("x^2 = -4", "x^2 + 4 = 0"),
    ],
)
def test_that_there_is_no_solution_can_be_shown(before: str, after: str, solver: Solver) -> None:
    found = step(before, after, solver)
    assert (found.kind, found.status) == ("equal", Status.ENTAILED)


def test_right_steps_from_what_has_no_solutions_are_right(solver: Solver) -> None:
    assert step(r"\sqrt{x} = -2", "x = 4", solver).status is Status.ENTAILED
    assert step(r"\frac{x}{x - 2} = \frac{2}{x - 2}", "x = 2", solver).status is Status.ENTAILED


def test_that_there_is_no_solution_is_not_shown_by_clashing_conditions(solver: Solver) -> None:
    assert step("x = 1", "no solution", solver, "x > 2").kind == "equal"
    assert step("x = 1", "no solution", solver, "x > 2", "x < 0").status is Status.UNDECIDED


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        ("2x + 3 = 11", "2x = 8", True),
        ("-2x < 6", "x > -3", True),
        ("-2x < 6", "x < -3", False),
        ("(x - 1)(x + 1) = 0", "x^2 = 1", True),
        ("x^2 = 1", "x = 1", False),
        (r"\frac{x^2}{x} = 1", "x = 1", False),
        (r"\sqrt{x^2} = 1", "|x| = 1", False),
        ("|x - 1| = 2", "2|x - 1| = 4", True),
        ("|x - 1| = 2", "|1 - x| = 2", False),
        ("x = x", "2x = 2x", True),
        ("x = x", "x < x", False),
        ("x < 3", "x ≤ 3", False),
        ("x = 1 or x = 2", "2x = 2 or 2x = 4", True),
        ("x = 1 or x = 2", "x = 1 or x = 3", False),
        ("x ≈ 3", "x ≈ 3", False),
        ("πx = 2π", "2πx = 4π", True),
    ],
)
def test_the_same_by_normal_forms(before: str, after: str, is_same: bool) -> None:
    first, second = condition(before), condition(after)
    assert first is not None
    assert second is not None
    assert same(first, second) is is_same


def test_plain_steps_need_no_solver(solver: Solver) -> None:
    assert step("3(x - 2) = 12", "3x - 6 = 12", solver).calls == 0
    assert step("3(x - 2) = 12", "x = 6", solver).calls == 0
    assert step("-2x < 6", "x > -3", solver).calls == 0


def test_units_are_not_mixed(solver: Solver) -> None:
    assert step("x = 5 cm", "x = 5 mm", solver).status is Status.UNDECIDED
    assert step("x = 5 cm", "2x = 10 cm", solver).kind == "equal"

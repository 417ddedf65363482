"""What follows from earlier relations, what they contradict, and what is shown where neither is so."""

from __future__ import annotations

from fractions import Fraction

import pytest

from verisearch.maths.conditions import Condition, condition, condition_text
from verisearch.protocols import Solver
from verisearch.symbolic.algebra import Following, follows, point_text
from verisearch.verdict import Status


def read(text: str) -> Condition:
    found = condition(text)
    assert found is not None, text
    return found


def judged(premises: list[str], claim: str, solver: Solver) -> Following:
    return follows([read(each) for each in premises], read(claim), solver)


@pytest.mark.parametrize(
    ("premises", "claim", "core"),
    [
        (["x = 3", "y = x + 2"], "y = 5", (0, 1)),
        (["z = 1", "x = 3", "y = x + 2"], "x + y = 8", (1, 2)),
        (["x = 2 or x = -3", "x > 0"], "x = 2", (0, 1)),
        (["a + b = 10", "a - b = 4", "c = 3", "a > 0"], "a = 7", (0, 1)),
        (["x^2 = 9", "x < 0"], "x = -3", (0, 1)),
        (["x > 3"], "x^2 > 9", (0,)),
        (["x = 5"], r"\frac{10}{x} = 2", (0,)),
        (["r = 3", "A = πr^2"], "A = 9π", (0, 1)),
        ([], "(x + 1)^2 = x^2 + 2x + 1", ()),
        ([], "x^2 + 1 > 0", ()),
        (["x = 1"], "2 + 2 = 4", ()),
        ([r"\sqrt{x} = 3"], "x = 9", (0,)),
        ([r"\sqrt{x} = y"], "y ≥ 0", (0,)),
        ([r"\sqrt{x} = y"], "x ≥ 0", (0,)),
        ([r"\frac{1}{x} = y"], "x ≠ 0", (0,)),
        (["x = 4", "x = 4"], "2x = 8", (1,)),
        (["3^x = 81"], "x = 4", (0,)),
    ],
)
def test_what_follows(premises: list[str], claim: str, core: tuple[int, ...], solver: Solver) -> None:
    found = judged(premises, claim, solver)
    assert (found.status, found.core, found.reason) == (Status.ENTAILED, core, "")


@pytest.mark.parametrize(
    ("premises", "claim", "core"),
    [
        (["x = 3", "y = x + 2"], "y = 6", (0, 1)),
        (["x > 3"], "x = 2", (0,)),
        (["x = 1"], r"\frac{1}{x - 1} = 3", (0,)),
        (["x = 1"], r"\frac{1}{x - 1} ≠ 3", (0,)),
        (["x = -4"], r"\sqrt{x} = 2", (0,)),
        ([], "x = x + 1", ()),
        ([], "x^2 = -1", ()),
        (["y = 2"], "2 + 2 = 5", ()),
    ],
)
def test_what_is_contradicted(premises: list[str], claim: str, core: tuple[int, ...], solver: Solver) -> None:
    found = judged(premises, claim, solver)
    assert (found.status, found.core) == (Status.CONTRADICTED, core)
    assert found.reason


def test_what_need_not_be_so_is_shown(solver: Solver) -> None:
    found = judged(["x^2 = 9"], "x = 3", solver)
    assert found.status is Status.UNGROUNDED
    assert found.witness == {"x": Fraction(-3)}
    assert found.reason == "x = -3 satisfies everything before but not this"


def test_irrational_points_are_told_nearly(solver: Solver) -> None:
    found = judged(["x^2 = 2"], "x < 0", solver)
    assert found.status is Status.UNGROUNDED
    assert found.witness is not None
    assert not found.witness.exact
    assert point_text(found.witness) == "x ≈ 1.414"


def test_a_name_that_nothing_speaks_of_is_named(solver: Solver) -> None:
    found = judged(["x = 3"], "z = x + 1", solver)
    assert found.status is Status.UNGROUNDED
    assert "nothing before says what z is" in found.reason


def test_an_identity_that_is_not_defined_everywhere_says_where(solver: Solver) -> None:
    claim = r"\frac{x^2 - 1}{x - 1} = x + 1"
    found = judged([], claim, solver)
    assert found.status is Status.UNGROUNDED
    assert [condition_text(each) for each in found.provided] == ["x - 1 ≠ 0"]
    assert found.reason == "it holds only where x - 1 ≠ 0, which nothing says"
    assert judged(["x > 2"], claim, solver).status is Status.ENTAILED


def test_premises_that_clash_prove_nothing(solver: Solver) -> None:
    for claim in ("x = 3", "x = 1", "x > 5", "0 = 1", "no solution"):
        found = judged(["y = 2", "x = 1", "x = 2"], claim, solver)
        assert found.status is Status.UNDECIDED, claim
        assert found.clash == (1, 2)
        assert "contradicts itself" in found.reason


def test_a_clash_elsewhere_does_not_matter(solver: Solver) -> None:
    assert judged(["y = 1", "y = 2", "x = 1"], "x + 1 = 2", solver).status is Status.ENTAILED


@pytest.mark.parametrize(
    ("premises", "claim", "why"),
    [
        (["x ≈ 3"], "x = 3", "a premise can't be said"),
        (["x = 3"], "x! = 6", "!"),
        (["A = πr^2", "r = 1"], "A > 3.14159265359", "bounds"),
        (["x = 3 cm"], "x = 3 mm", "units are mixed"),
        (["x = 3"], "z^2 = -4i", "imaginary"),
        (["2^x = 7"], "x > 2.8", "not all is known"),
    ],
)
def test_what_cannot_be_said_is_undecided(premises: list[str], claim: str, why: str, solver: Solver) -> None:
    found = judged(premises, claim, solver)
    assert found.status is Status.UNDECIDED
    assert why in found.reason


def test_a_premise_that_cannot_be_said_takes_nothing_from_the_others(solver: Solver) -> None:
    assert judged(["x ≈ 3", "x = 3"], "2x = 6", solver).core == (1,)
    assert judged(["x ≈ 3", "x = 3"], "2x = 7", solver).status is Status.CONTRADICTED


def test_identities_need_no_solver(solver: Solver) -> None:
    assert judged(["x = 1"], "(x - 1)(x + 1) = x^2 - 1", solver).calls == 0
    assert judged([], "3 + 4 = 7", solver).calls == 0
    assert judged(["x = 1"], "2x = 2", solver).calls > 0

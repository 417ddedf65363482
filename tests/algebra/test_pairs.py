"""The table of algebra steps: no wrong one is entailed, no change of domain passes as equal."""

from __future__ import annotations

from collections import Counter

import pytest
from labelled import Row, fulfils, rows

from verisearch.maths.conditions import Every, names_in
from verisearch.protocols import Solver
from verisearch.symbolic.algebra import Rewriting, follows, rewriting
from verisearch.verdict import Status

ROWS = tuple(rows())
#: Valid steps that aren't recognised, each with what its reason says.
UNDECIDED: dict[str, str] = {}


@pytest.fixture(scope="module")
def found() -> dict[str, Rewriting]:
    from verisearch.symbolic.session import open_solver

    solver = open_solver("z3", 3_000_000, "algebra")
    return {row.id: rewriting(row.before, row.after, solver, row.given) for row in ROWS}


def of(label: str) -> list[Row]:
    return [row for row in ROWS if row.label == label]


def test_the_table_is_as_large_as_it_says() -> None:
    counts = Counter(row.label for row in ROWS)
    assert len({row.id for row in ROWS}) == len(ROWS) >= 450
    assert len({row.text for row in ROWS}) == len(ROWS)
    assert counts["valid"] >= 200
    assert counts["invalid"] >= 150
    assert counts["domain"] >= 70


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_the_points_of_the_table_are_what_it_says(row: Row) -> None:
    names = names_in(Every((row.before, row.after, *row.given)))
    for point, holding, failing in ((row.lost, row.before, row.after), (row.gained, row.after, row.before)):
        if point is not None:
            assert set(point) == names
            assert fulfils(Every((holding, *row.given)), point)
            assert not fulfils(failing, point)


def test_no_invalid_step_is_entailed(found: dict[str, Rewriting]) -> None:
    assert [row.text for row in of("invalid") if found[row.id].status is Status.ENTAILED] == []
    assert [row.text for row in of("invalid") if found[row.id].kind == "equal"] == []


def test_invalid_steps_lose_solutions_unless_there_are_none(found: dict[str, Rewriting]) -> None:
    for row in of("invalid"):
        result = found[row.id]
        if row.vacuous:
            assert result.status is Status.UNDECIDED
            assert "no solutions" in result.reason
        elif "not all is known" not in result.reason and row.lost is not None:
            assert result.kind in ("loses", "other"), row.text
            assert result.status in (Status.CONTRADICTED, Status.UNGROUNDED)


def test_changes_of_domain_are_never_equal(found: dict[str, Rewriting]) -> None:
    for row in of("domain"):
        result = found[row.id]
        assert result.kind == row.kind, row.text
        assert (result.status is Status.ENTAILED) is (row.kind == "gains"), row.text
        assert result.gains is (row.kind != "loses")


def test_valid_steps_are_equal(found: dict[str, Rewriting]) -> None:
    missed = {row.id: found[row.id].reason for row in of("valid") if found[row.id].kind != "equal"}
    assert missed == UNDECIDED
    assert all(found[row.id].status is Status.ENTAILED for row in of("valid") if row.id not in UNDECIDED)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_points_that_are_told_are_such_points(row: Row, found: dict[str, Rewriting]) -> None:
    result = found[row.id]
    for point, holding, failing in ((result.lost, row.before, row.after), (result.gained, row.after, row.before)):
        if point is not None and point.exact:
            assert fulfils(Every((holding, *row.given)), point)
            assert not fulfils(failing, point)


def test_as_inferences_they_come_out_alike(solver: Solver, found: dict[str, Rewriting]) -> None:
    """What loses nothing follows, and the other way round."""
    for row in ROWS:
        result = follows([row.before, *row.given], row.after, solver)
        if row.vacuous:
            assert result.status is not Status.ENTAILED
        elif found[row.id].status is Status.ENTAILED and not result.clash:
            assert result.status is Status.ENTAILED, row.text
        elif row.label != "valid":
            assert result.status is not Status.ENTAILED, row.text

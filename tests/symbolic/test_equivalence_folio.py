"""Gold formulas of FOLIO against mutated and rewritten ones: nothing that differs is equivalent, and nothing that is
equivalent differs. ``benchmarks/equivalence.py`` does this for all of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mutations import MUTATIONS, REWRITES, mutants
from structures import differences
from verisearch.solvers.z3 import Z3Solver

from verisearch.errors import ParseError
from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.formula import Formula
from verisearch.symbolic.equivalence import equivalent
from verisearch.symbolic.session import Session

pytestmark = pytest.mark.data

#: Every so many rows.
STRIDE = 14


@pytest.fixture(scope="module")
def formulas(data_dir: Path) -> list[Formula]:
    lines = (data_dir / "logic" / "folio_v0_validation.jsonl").read_text(encoding="utf-8").split("\n")
    found: dict[Formula, None] = {}
    for line in [each for each in lines if each][::STRIDE]:
        row = json.loads(line)
        for text in (*row["premises-FOL"], row["conclusion-FOL"]):
            try:
                found.setdefault(parse_formula(text))
            except ParseError:
                continue
    return list(found)


def test_no_mutant_that_differs_is_equivalent(formulas: list[Formula]) -> None:
    session, told_apart, found = Session(Z3Solver(2_000_000)), 0, 0
    for formula in formulas:
        for change in MUTATIONS.values():
            for mutant in list(mutants(formula, change))[:1]:
                first_only, second_only = differences(formula, mutant, count=60)
                judged = equivalent(formula, mutant, session)
                assert not (judged.status == "equivalent" and (first_only or second_only)), (formula, mutant)
                assert not (judged.forward is True and first_only), (formula, mutant)
                assert not (judged.backward is True and second_only), (formula, mutant)
                told_apart += first_only or second_only
                found += judged.status == "different" and (first_only or second_only)
    assert told_apart > 100
    assert found >= 0.95 * told_apart


def test_no_rewrite_is_different(formulas: list[Formula]) -> None:
    session, same = Session(Z3Solver(2_000_000)), 0
    for formula in formulas:
        for rewrite in REWRITES.values():
            judged = equivalent(formula, rewrite(formula), session)
            assert judged.status != "different", (formula, rewrite(formula))
            same += judged.status == "equivalent"
    assert same >= 0.95 * len(REWRITES) * len(formulas)

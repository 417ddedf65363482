"""The gold formulas of FOLIO: all that are well-formed are read, and read back from what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from verisearch.errors import ParseError
from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.fol_writer import to_fol
from verisearch.logic.formula import Formula
from verisearch.logic.smtlib_reader import read_smtlib
from verisearch.logic.smtlib_writer import script
from verisearch.logic.vocabulary import Vocabulary

pytestmark = pytest.mark.data

#: Rows of the validation file with a parenthesis too many or a comma between formulas.
MALFORMED = {"FOLIO_dev_2", "FOLIO_dev_87", "FOLIO_dev_108", "FOLIO_dev_109", "FOLIO_dev_110"}


@pytest.fixture(scope="module")
def rows(data_dir: Path) -> list[dict[str, Any]]:
    text = (data_dir / "logic" / "folio_v0_validation.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def formulas_of(row: dict[str, Any]) -> list[Formula] | None:
    """The formulas of a row over one vocabulary; None if one is malformed."""
    vocabulary, formulas = Vocabulary(), []
    for text in (*row["premises-FOL"], row["conclusion-FOL"]):
        try:
            formulas.append(parse_formula(text, vocabulary))
        except ParseError:
            return None
        vocabulary.add(formulas[-1])
    return formulas


def test_only_malformed_rows_are_refused(rows: list[dict[str, Any]]) -> None:
    assert {row["id"] for row in rows if formulas_of(row) is None} <= MALFORMED


def test_what_is_written_is_read_back(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        formulas = formulas_of(row) or []
        assert [parse_formula(to_fol(formula)) for formula in formulas] == formulas
        _, assertions = read_smtlib(script(Vocabulary(), [("", formula, "") for formula in formulas], check=False))
        assert [to_fol(assertion.formula) for assertion in assertions] == [to_fol(formula) for formula in formulas]

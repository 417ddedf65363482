"""A sample of the gold labels comes out of the text alone; ``benchmarks/labels.py`` takes all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from gold_traces import gold_problem
from oracle.closed_world import stratified
from oracle.rows import LABEL_FILES, Row, load
from oracle.templates import NotInGrammar, read

from verisearch.symbolic.checker import prove_problem
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import Outcome

pytestmark = pytest.mark.data

#: Rows taken from each file, evenly spread.
SAMPLE = 50

OUTCOMES = {
    "True": Outcome.TRUE,
    "False": Outcome.FALSE,
    "Unknown": Outcome.UNKNOWN,
    "Inconsistent": Outcome.INCONSISTENT,
}


def sample(folder: Path, name: str) -> list[Row]:
    rows = list(load(folder, name))
    return rows[:: max(1, len(rows) // SAMPLE)]


def in_templates(row: Row) -> bool:
    try:
        for sentence in (*row.sentences, row.statement):
            read(sentence)
    except NotInGrammar:
        return False
    return True


@pytest.mark.parametrize("name", LABEL_FILES)
def test_forward_rules_give_the_gold_label(name: str, data_dir: Path) -> None:
    compared = 0
    for row in filter(in_templates, sample(data_dir, name)):
        proof = prove_problem(gold_problem(row), CheckOptions(logic="rules"))
        assert proof.outcome is OUTCOMES[row.label], (row.id, proof.reason)
        assert proof.depth == row.raw.get("derived_depth", row.raw.get("QDep", row.raw.get("hops"))), row.id
        assert not proof.unread
        compared += 1
    assert compared >= SAMPLE // 2


def test_what_the_templates_do_not_cover_is_reported(data_dir: Path) -> None:
    rows = [row for row in load(data_dir, "proofwriter_owa_mixed_qdep") if not in_templates(row)]
    assert rows
    for row in rows:
        proof = prove_problem(gold_problem(row), CheckOptions(logic="rules"))
        if proof.outcome is not OUTCOMES[row.label]:
            assert proof.unread or proof.outcome is Outcome.UNDECIDED, row.id


@pytest.mark.parametrize("name", ["proofwriter_owa_d5_dev", "proofwriter_owa_d5_test", "proofwriter_owa_d5_train"])
def test_classical_logic_gives_the_derived_label(name: str, data_dir: Path) -> None:
    rows = sample(data_dir, name)
    # The two readings differ on few rows: those are the ones to look at.
    rows += [row for row in load(data_dir, name) if row.raw["derived_classical_label"] != row.label][:30]
    for row in rows:
        proof = prove_problem(gold_problem(row), CheckOptions(logic="classical"))
        assert proof.outcome is OUTCOMES[row.raw["derived_classical_label"]], (row.id, proof.reason)


def test_a_closed_world_gives_the_stratified_model(data_dir: Path) -> None:
    options = CheckOptions(logic="closed-world", generic_nouns=("animal",))
    for row in sample(data_dir, "pararule_plus_cwa_test"):
        true = stratified([read(sentence) for sentence in row.sentences], read(row.statement).head)
        outcome = prove_problem(gold_problem(row), options).outcome
        # In a closed world what doesn't follow is false.
        assert outcome in (Outcome.TRUE, Outcome.FALSE, Outcome.UNKNOWN), row.id
        assert (outcome is Outcome.TRUE) == true, row.id

"""A sample of the gold chains is entailed step by step; ``benchmarks/chains.py`` takes all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from gold_traces import found, gold_trace
from oracle.corrupt import claim_of
from oracle.forward_chainer import judge
from oracle.rows import CHAIN_FILES, load
from oracle.templates import read

from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import Status, TraceStatus

pytestmark = pytest.mark.data

#: Chains taken from each file, evenly spread.
SAMPLE = 30


@pytest.mark.parametrize("name", CHAIN_FILES)
def test_every_step_follows_by_one_rule(name: str, data_dir: Path) -> None:
    rows = [row for row in load(data_dir, name) if row.steps]
    for row in rows[:: max(1, len(rows) // SAMPLE)]:
        verdict = verify_trace(gold_trace(row), CheckOptions(max_leap=1))
        expected = judge([read(sentence) for sentence in row.sentences], [claim_of(step) for step in row.steps])
        for step, said in zip(verdict.steps, expected, strict=True):
            assert found(step) == "entailed", (row.id, step)
            assert step.leap == said.leap, (row.id, step)
        assert verdict.answer is not None
        assert verdict.answer.claim.status is Status.ENTAILED
        assert verdict.status is TraceStatus.VALID
        assert verdict.verified


@pytest.mark.parametrize("name", CHAIN_FILES)
def test_premises_named_are_enough(name: str, data_dir: Path) -> None:
    """Each step follows from no more than what it is said to rest on."""
    rows = [row for row in load(data_dir, name) if row.steps]
    for row in rows[:: max(1, len(rows) // SAMPLE)]:
        verdict = verify_trace(gold_trace(row), CheckOptions())
        texts = {"context": row.sentences, "step": row.steps}
        for step in verdict.steps:
            for premise in step.premises:
                assert premise.text.rstrip(".") in texts[premise.source][premise.index], (row.id, premise)
            premises = [claim_of(texts[each.source][each.index]) for each in step.premises]
            assert judge(premises, [claim_of(step.step.text)])[0].status == "entailed", (
                row.id,
                step,
            )

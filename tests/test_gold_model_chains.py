"""Recorded chains of real models: what the oracle can read of their claims, it judges as the checker does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from gold_traces import clause_of, problem_of
from oracle.forward_chainer import judge
from oracle.rows import load
from oracle.templates import Clause, read

from verisearch.ingest.textformat import trace_from_text
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import Status, TraceVerdict

pytestmark = pytest.mark.data

Checked = list[tuple[list[Clause], TraceVerdict]]

#: Every so many chains.
STRIDE = 12


@pytest.fixture(scope="module")
def verdicts(data_dir: Path) -> Checked:
    """The sampled chains, checked, each with the clauses of its context."""
    rows = {row.id: row for row in load(data_dir, "proofwriter_owa_d5_dev")}
    lines = (data_dir / "logic" / "proofwriter_llm_cot.jsonl").read_text(encoding="utf-8").split("\n")
    checked = []
    for chain in (json.loads(line) for line in lines[::STRIDE] if line):
        row = rows[chain["problem_id"]]
        problem = problem_of(chain["id"], row.sentences, row.statement, row.label)
        trace = trace_from_text(chain["cot"], problem, options=row.raw["options"])
        checked.append(([read(sentence) for sentence in row.sentences], verify_trace(trace, CheckOptions(max_leap=1))))
    return checked


def test_claims_are_judged_as_by_the_oracle(verdicts: Checked) -> None:
    compared = 0
    for context, verdict in verdicts:
        for claim in (claim for step in verdict.steps for claim in step.claims):
            clause = clause_of(claim.text)
            if clause is None or claim.status is Status.UNTRANSLATABLE:
                continue
            # What is accepted adds nothing to what can be derived, so the context alone decides the status.
            (expected,) = judge(context, [clause])
            if claim.kind == "assertion":
                assert claim.status.value == expected.status, (verdict.problem.id, claim)
                compared += 1
            elif claim.kind == "cited" and claim.status is Status.ENTAILED:
                assert expected.status == "entailed", (verdict.problem.id, claim)
    assert compared > 500


def test_chains_that_pass_have_the_right_answer(verdicts: Checked) -> None:
    passed = [verdict for _, verdict in verdicts if verdict.status == "valid" and verdict.answer]
    assert passed
    for verdict in passed:
        assert verdict.answer is not None
        assert verdict.answer.given == verdict.problem.gold, verdict.problem.id


def test_every_word_of_a_claim_is_in_its_step(verdicts: Checked) -> None:
    for _, verdict in verdicts:
        for step in verdict.steps:
            said = set(re.findall(r"\w+", step.step.text.lower()))
            for claim in step.claims:
                start, end = claim.span
                assert 0 <= start <= end <= len(step.step.text)
                # "Bob is quiet and smart" makes two claims, each with its subject, so not a piece of the text each.
                assert set(re.findall(r"\w+", claim.text.lower())) <= said | {"is", "does"}, (verdict.problem.id, claim)

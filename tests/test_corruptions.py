"""Each step of a corrupted chain is judged as the oracle judges it; ``benchmarks/corruptions.py`` takes more."""

from __future__ import annotations

from pathlib import Path

import pytest
from gold_traces import corrupted_trace, expectation, found
from oracle.classical import judge_classically
from oracle.corrupt import CORRUPTIONS, claim_of, corrupt
from oracle.forward_chainer import Expected
from oracle.rows import CHAIN_FILES, load
from oracle.templates import read

from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import ClaimVerdict, Status, TraceStatus, Verdict

pytestmark = pytest.mark.data

#: Chains taken for each corruption, evenly spread.
SAMPLE = 60


def left_open(verdict: Verdict | ClaimVerdict, expected: Expected) -> bool:
    """Whether a wrong step is neither passed nor refuted because a compound noun ("real number") has two readings."""
    return expected.leap is None and verdict.status is Status.UNDECIDED and "is read" in verdict.reason


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_every_wrong_step_is_flagged_and_no_right_one(kind: str, data_dir: Path) -> None:
    rows = [row for name in CHAIN_FILES for row in load(data_dir, name) if row.steps]
    wrong = 0
    for row in rows[:: len(rows) // SAMPLE]:
        chain = corrupt(row, kind, seed=7)
        if chain is None:
            continue
        verdict = verify_trace(corrupted_trace(chain), CheckOptions(max_leap=1))
        for text, expected, step in zip(chain.steps, chain.expected, verdict.steps, strict=True):
            assert found(step) == expectation(expected) or left_open(step, expected), (chain, text, step)
        assert verdict.answer is not None
        answer = verdict.answer.claim
        assert found(answer) == expectation(chain.expected_answer) or left_open(answer, chain.expected_answer), chain
        right = not chain.wrong and chain.expected_answer.right
        assert verdict.verified == right, chain
        failed = any(step.status != "entailed" for step in (*chain.expected, chain.expected_answer))
        assert verdict.status is not TraceStatus.VALID if failed else verdict.status is TraceStatus.VALID, chain
        wrong += chain.wrong
    assert wrong > SAMPLE // 3


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_classical_statuses_are_those_of_the_grounded_theory(kind: str, data_dir: Path) -> None:
    rows = [row for name in CHAIN_FILES for row in load(data_dir, name) if row.steps and "Neg" in row.id]
    judged = 0
    for row in rows[:: len(rows) // 16]:
        chain = corrupt(row, kind, seed=11)
        if chain is None:
            continue
        context, steps = map(read, chain.context), map(claim_of, chain.steps)
        expected = judge_classically(list(context), list(steps))
        verdict = verify_trace(corrupted_trace(chain), CheckOptions(logic="classical"))
        assert verdict.context_inconsistent == (expected is None), chain
        for text, status, step in zip(chain.steps, expected or (), verdict.steps, strict=False):
            assert step.status.value == status, (chain, text, step)
            judged += 1
    assert judged > 40

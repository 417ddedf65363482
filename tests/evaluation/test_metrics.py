"""Figures over records: definitions, degenerate cases, intervals."""

from __future__ import annotations

import math
from typing import Any

import pytest

from verisearch.evaluation.intervals import wilson
from verisearch.evaluation.metrics import summarise
from verisearch.evaluation.record import Record
from verisearch.verdict import Status, TraceStatus

VALID, INVALID, UNVERIFIED = TraceStatus.VALID, TraceStatus.INVALID, TraceStatus.UNVERIFIED


def trace(status: TraceStatus, gold: str | None = "True", predicted: str | None = "True", **more: Any) -> Record:
    return Record(
        index=0,
        id="x",
        gold=gold,
        predicted=predicted,
        correct=None if gold is None else gold == predicted,
        trace_status=status,
        **more,
    )


def test_vericots_figures_by_hand() -> None:
    records = [trace(VALID, verified=True) for _ in range(3)]
    records += [trace(VALID, predicted="False"), trace(INVALID), trace(INVALID, predicted=None), trace(UNVERIFIED)]
    records += [trace(UNVERIFIED, predicted="Unknown") for _ in range(3)]
    figures = summarise(records, verifying=True)
    assert (figures.n, figures.labelled, figures.correct) == (10, 10, 5)
    assert figures.accuracy == 0.5
    assert figures.pass_rate == 0.4
    assert figures.precision == 0.75
    assert figures.vcar == pytest.approx(0.3)
    assert figures.pass_rate * figures.precision == pytest.approx(figures.vcar)
    assert (figures.verified_rate, figures.verified_precision, figures.verified_vcar) == (0.3, 1.0, 0.3)
    assert figures.trace_statuses == {"invalid": 2, "unverified": 4, "valid": 4}
    assert figures.predictions == {"True": {"False": 1, "True": 5, "Unknown": 3, "none": 1}}


def test_no_records_give_no_shares() -> None:
    for verifying in (True, False):
        figures = summarise([], verifying)
        assert figures.n == 0
        for name in ("accuracy", "pass_rate", "precision", "vcar", "verified_rate", "verified_precision"):
            assert getattr(figures, name) is None
            assert figures.intervals[name] is None


def test_precision_is_null_where_nothing_passes() -> None:
    figures = summarise([trace(INVALID), trace(UNVERIFIED)], verifying=True)
    assert (figures.pass_rate, figures.precision, figures.vcar) == (0.0, None, 0.0)
    assert figures.intervals["precision"] is None


def test_without_gold_answers_there_is_a_pass_rate_but_no_accuracy() -> None:
    figures = summarise([trace(VALID, gold=None), trace(INVALID, gold=None)], verifying=True)
    assert (figures.pass_rate, figures.accuracy, figures.precision, figures.vcar) == (0.5, None, None, None)


def test_failed_records_count_against_every_share_and_are_named() -> None:
    records = [
        trace(VALID),
        Record(index=1, id="y", gold="True", predicted="True", correct=True, error="died", error_kind="WorkerError"),
        Record(index=2, id="line 3", error="no JSON", error_kind="TraceError"),
    ]
    figures = summarise(records, verifying=True)
    assert (figures.n, figures.errors) == (3, 2)
    assert figures.error_kinds == {"TraceError": 1, "WorkerError": 1}
    assert figures.accuracy == figures.pass_rate == figures.vcar == pytest.approx(1 / 3)
    assert figures.predictions == {"True": {"True": 1, "none": 1}}


def test_proofs_have_an_accuracy_and_no_pass_rate() -> None:
    records = [
        Record(index=0, id="x", gold="True", predicted="True", correct=True, sentences=5, sentences_read=5),
        Record(index=1, id="y", gold="False", predicted=None, correct=False, sentences=5, sentences_read=3),
    ]
    figures = summarise(records, verifying=False)
    assert (figures.accuracy, figures.pass_rate, figures.vcar) == (0.5, None, None)
    assert (figures.sentences, figures.sentences_read) == (10, 8)


def test_steps_are_counted_by_status() -> None:
    steps = [Status.ENTAILED, Status.ENTAILED, Status.NO_CLAIM, Status.UNGROUNDED]
    figures = summarise(
        [trace(INVALID, step_statuses=steps, answer_status=Status.ENTAILED, usage={"solver_calls": 4})] * 2, True
    )
    assert figures.step_statuses == {"entailed": 4, "no-claim": 2, "ungrounded": 2}
    assert figures.steps == 8
    assert figures.answer_statuses == {"entailed": 2}
    assert figures.usage == {"solver_calls": 8}


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (1, 10), (5, 10), (10, 10), (81, 263), (1, 1)])
def test_wilsons_interval_solves_its_equation(successes: int, trials: int) -> None:
    """Its ends are the shares p at which the observed one is 1.96 standard errors (under p) away."""
    interval = wilson(successes, trials)
    assert interval is not None
    low, high = interval
    share = successes / trials
    assert 0 <= low <= share <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            assert abs(share - end) / math.sqrt(end * (1 - end) / trials) == pytest.approx(1.959964, abs=1e-5)
    assert (low == 0.0) == (successes == 0)
    assert (high == 1.0) == (successes == trials)


def test_wilsons_interval_of_a_published_case() -> None:
    """Newcombe (1998), table I: 81 of 263."""
    interval = wilson(81, 263)
    assert interval is not None
    assert interval == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))

"""Figures on labelled steps and chains, computed by hand."""

from __future__ import annotations

from typing import Any

import pytest

from verisearch.evaluation.intervals import wilson
from verisearch.evaluation.metrics import summarise
from verisearch.evaluation.record import Record
from verisearch.protocols import FirstError
from verisearch.verdict import TraceStatus

VALID, INVALID, UNVERIFIED = TraceStatus.VALID, TraceStatus.INVALID, TraceStatus.UNVERIFIED


def chain(gold: FirstError, found: FirstError, **more: Any) -> Record:
    """A checked chain with its label, flagged first at ``found``."""
    status = INVALID if isinstance(found, int) else VALID
    return Record(
        **{"index": 0, "id": "x", "trace_status": status, "gold_first_error": gold, "first_error": found, **more}
    )


#: Six with an error: three flagged at it, one behind, one before, one not at all. Four without: one is flagged.
CHAINS = [
    *(chain(2, 2) for _ in range(3)),
    chain(2, 4),
    chain(2, 0),
    chain(2, "none"),
    *(chain("none", "none") for _ in range(3)),
    chain("none", 1),
]


def test_figures_by_hand() -> None:
    figures = summarise(CHAINS, verifying=True).labels
    assert figures is not None
    assert (figures.step_labelled, figures.erroneous, figures.flagged) == (10, 6, 6)
    assert figures.first_error_accuracy == pytest.approx(6 / 10)
    assert figures.erroneous_accuracy == pytest.approx(3 / 6)
    assert figures.precision_labelled == pytest.approx(3 / 5)
    assert figures.recall_after == pytest.approx(4 / 6)
    assert figures.faultless_accuracy == pytest.approx(3 / 4)
    assert figures.f1 == pytest.approx(2 * 0.5 * 0.75 / 1.25)
    assert figures.precision_exact == pytest.approx(3 / 6)
    assert figures.precision_after == pytest.approx(4 / 6)
    # six chains are found invalid, five of which have an error
    assert (figures.chain_labelled, figures.faulty) == (10, 6)
    assert figures.chain_precision == pytest.approx(5 / 6)
    assert figures.chain_recall == pytest.approx(5 / 6)
    assert figures.intervals["precision_exact"] == wilson(3, 6)
    assert figures.intervals["first_error_accuracy"] == wilson(6, 10)
    assert "f1" not in figures.intervals


def test_without_labels_there_are_no_figures() -> None:
    assert summarise([chain(None, 1)], verifying=True).labels is None
    assert summarise([], verifying=True).labels is None


def test_a_chain_labelled_as_a_whole_counts_as_a_chain_only() -> None:
    records = [
        chain(None, 1, gold_right=False),
        chain(None, "none", gold_right=False),
        chain(None, 1, gold_right=True),
        chain(None, "none", gold_right=True),
        chain(None, "none", gold_right=False, trace_status=INVALID),  # its answer alone is refused
    ]
    figures = summarise(records, verifying=True).labels
    assert figures is not None
    assert (figures.step_labelled, figures.chain_labelled, figures.faulty) == (0, 5, 3)
    assert (figures.f1, figures.first_error_accuracy, figures.precision_exact) == (None, None, None)
    assert (figures.chain_precision, figures.chain_recall) == (pytest.approx(2 / 3), pytest.approx(2 / 3))


def test_labels_of_steps_go_before_that_of_the_whole() -> None:
    """A chain may come to the right answer by a wrong step."""
    figures = summarise([chain(1, 1, gold_right=True), chain("none", "none", gold_right=False)], verifying=True).labels
    assert figures is not None
    assert (figures.faulty, figures.chain_precision, figures.chain_recall) == (1, 1.0, 1.0)


def test_a_check_that_failed_finds_nothing_and_keeps_nothing() -> None:
    failed: dict[str, Any] = {"error": "died", "error_kind": "WorkerError", "trace_status": None}
    figures = summarise([chain(1, None, **failed), chain("none", None, **failed)], verifying=True).labels
    assert figures is not None
    assert (figures.erroneous_accuracy, figures.faultless_accuracy, figures.f1) == (0.0, 0.0, 0.0)
    assert (figures.flagged, figures.precision_exact, figures.chain_recall) == (0, None, 0.0)


def test_f1_takes_both_sorts_of_chains() -> None:
    only = summarise([chain(1, 1)], verifying=True).labels
    assert only is not None
    assert (only.erroneous_accuracy, only.faultless_accuracy, only.f1) == (1.0, None, None)


def test_figures_are_told_apart_by_kind() -> None:
    records = [
        chain(1, 1, kind="slip"),
        chain(1, "none", kind="slip"),
        chain("none", "none", kind="slip"),
        chain(1, 1, kind="swap"),
        Record(index=4, id="line 5", error="no JSON", error_kind="TraceError"),
    ]
    figures = summarise(records, verifying=True)
    assert figures.n == 5
    assert {name: each.n for name, each in figures.kinds.items()} == {"slip": 3, "swap": 1}
    slip, swap = (figures.kinds[name].labels for name in ("slip", "swap"))
    assert slip is not None
    assert swap is not None
    assert (slip.erroneous_accuracy, slip.faultless_accuracy) == (0.5, 1.0)
    assert slip.f1 == pytest.approx(2 / 3)
    assert (swap.erroneous_accuracy, swap.f1) == (1.0, None)
    assert figures.kinds["slip"].kinds == {}
    assert summarise(records[:3], verifying=True).kinds == {}


def test_a_label_stands_in_for_a_gold_answer() -> None:
    records = [
        Record(index=0, id="a", gold_right=True, correct=True, predicted="5", trace_status=VALID),
        Record(index=1, id="b", gold_right=False, correct=False, predicted="6", trace_status=VALID),
        Record(index=2, id="c", predicted="7", trace_status=VALID),
    ]
    figures = summarise(records, verifying=True)
    assert (figures.labelled, figures.correct, figures.accuracy, figures.precision) == (2, 1, 0.5, 0.5)


def test_answers_that_may_be_equal_are_counted_and_are_wrong() -> None:
    shared: dict[str, Any] = {"gold": "5", "answer_kind": "number"}
    records = [
        Record(index=0, id="a", predicted="5.0", correct=True, equality="equal", **shared),
        Record(index=1, id="b", predicted="5 %", correct=False, equality="undecided", **shared),
    ]
    figures = summarise(records, verifying=False)
    assert (figures.accuracy, figures.undecided_answers) == (0.5, 1)
    assert figures.predictions == {}  # there are too many numbers to count each


def test_a_chain_called_right_may_announce_no_answer() -> None:
    records = [
        Record(index=0, id="a", gold_right=True, correct=True),
        Record(index=1, id="b", gold_right=True, correct=True, predicted="5"),
        Record(index=2, id="c", gold_right=False, correct=False, predicted="6"),
    ]
    figures = summarise(records, verifying=True)
    assert (figures.accuracy, figures.coverage) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert figures.selective_accuracy == 0.5


def test_a_bad_row_among_chains_without_gold_answers_makes_no_accuracy() -> None:
    bad = Record(index=1, id="line 2", error="no JSON", error_kind="TraceError")
    figures = summarise([chain(1, 1), bad], verifying=True)
    assert (figures.labelled, figures.accuracy, figures.errors) == (0, None, 1)
    assert summarise([bad], verifying=True).accuracy == 0.0

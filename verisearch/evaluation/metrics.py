"""Figures over the records of a run, with 95 % confidence intervals.

Accuracy is that of the answers over all; the pass rate is the share of traces whose status is ``valid``; precision is
the accuracy among those that pass; VCAR, the verified-and-correct rate, is the share that passes and is right. Coverage
is the share that is answered at all, selective accuracy the accuracy among those; an abstention is no answer, and its
chain neither passes nor counts as verified.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from verisearch.evaluation.intervals import wilson
from verisearch.evaluation.located import LabelFigures, LabelTally
from verisearch.evaluation.record import Record
from verisearch.runtime.solving import SolveStatus
from verisearch.trace import AnswerKind
from verisearch.verdict import TraceStatus

__all__ = ["Summary", "Tally", "summarise"]

#: Kinds of answers that there are too many of to count each.
ENDLESS: frozenset[AnswerKind] = frozenset({"number", "expression", "choice"})


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a run. A share is None where there is nothing to take it of.

    ``n`` counts records, malformed rows included. ``accuracy`` and ``vcar`` are shares of ``labelled``: the records
    with a gold answer (or a label that calls the chain right or wrong), and those that failed, which so count as wrong.
    ``pass_rate`` and ``verified_rate`` are shares
    of all traces; ``verified_…`` also demand that no leap exceeds the limit and that the answer follows.
    ``coverage`` is a share of all records, ``selective_accuracy`` one of the answered that have a gold answer;
    ``abstained`` counts those that no answer was given to on purpose. ``intervals`` holds Wilson's for each share.
    ``strict_…``: the same of traces none of whose claims rests on commonsense that a model named.
    ``premise_sources`` counts what the claims that follow rest on. ``predictions`` counts ``gold -> predicted``, but
    not of numbers, expressions and options; ``undecided_answers`` those of which it can't be decided whether they are
    equal to gold: they count as wrong. ``errors`` counts records with an error, ``error_kinds`` says which.
    ``labels``: figures on labelled chains, None without any. ``kinds``: all figures by the kind that the data set files
    rows under, where there are several.
    """

    n: int
    labelled: int
    correct: int
    accuracy: float | None
    pass_rate: float | None
    precision: float | None
    vcar: float | None
    strict_pass_rate: float | None
    strict_precision: float | None
    strict_vcar: float | None
    verified_rate: float | None
    verified_precision: float | None
    verified_vcar: float | None
    abstained: int
    coverage: float | None
    selective_accuracy: float | None
    errors: int
    error_kinds: dict[str, int]
    intervals: dict[str, tuple[float, float] | None]
    predictions: dict[str, dict[str, int]]
    trace_statuses: dict[str, int]
    step_statuses: dict[str, int]
    answer_statuses: dict[str, int]
    premise_sources: dict[str, int]
    steps: int
    sentences: int
    sentences_read: int
    usage: dict[str, int]
    undecided_answers: int = 0
    labels: LabelFigures | None = None
    kinds: dict[str, Summary] = {}


class Tally:
    """Counts records one by one, so that no more than one need be held. ``by_kind``: those of each kind by themselves,
    too."""

    def __init__(self, by_kind: bool = True) -> None:
        self._kinds: dict[str, Tally] | None = {} if by_kind else None
        self._labels = LabelTally()
        self._counts: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._predictions: dict[str, Counter[str]] = {}
        self._traces: Counter[str] = Counter()
        self._steps: Counter[str] = Counter()
        self._answers: Counter[str] = Counter()
        self._usage: Counter[str] = Counter()
        self._sources: Counter[str] = Counter()

    def add(self, record: Record) -> None:
        """Count one record."""
        if self._kinds is not None and record.kind:
            self._kinds.setdefault(record.kind, Tally(by_kind=False)).add(record)
        self._labels.add(record)
        counts = self._counts
        right = record.correct is True and record.error is None
        counts["n"] += 1
        labelled = record.correct is not None
        counts["judged"] += labelled
        counts["labelled"] += labelled or record.error is not None
        counts["correct"] += right
        answered = record.predicted is not None and record.error is None
        counts["answered"] += answered
        counts["answered, labelled"] += answered and labelled
        counts["answered, right"] += answered and right  # a label may call a chain right that announces no answer
        counts["undecided answers"] += record.equality == "undecided"
        counts["abstained"] += record.status is SolveStatus.ABSTAINED
        counts["sentences"] += record.sentences
        counts["sentences_read"] += record.sentences_read
        if record.error is not None:
            self._errors[record.error_kind or "error"] += 1
        if record.gold is not None and record.answer_kind not in ENDLESS:
            row = self._predictions.setdefault(record.gold, Counter())
            nothing = "abstained" if record.status is SolveStatus.ABSTAINED else "none"
            row[record.predicted if record.predicted is not None and answered else nothing] += 1
        self._usage.update(record.usage)
        if record.trace_status is not None:
            self._count_trace(record, right)

    def _count_trace(self, record: Record, right: bool) -> None:
        given = record.status is not SolveStatus.ABSTAINED
        for name, passes in (
            ("passing", record.trace_status is TraceStatus.VALID and given),
            ("strict", record.trace_status is TraceStatus.VALID and given and not record.commonsense),
            ("verified", record.verified is True and given),
        ):
            self._counts[name] += passes
            self._counts[f"{name}, labelled"] += passes and record.correct is not None
            self._counts[f"{name}, right"] += passes and right
        assert record.trace_status is not None
        self._traces[record.trace_status.value] += 1
        self._sources.update(record.premise_sources)
        self._steps.update(status.value for status in record.step_statuses or ())
        if record.answer_status is not None:
            self._answers[record.answer_status.value] += 1

    def summary(self, verifying: bool) -> Summary:
        """The figures so far. ``verifying``: the records are of traces."""
        counts = self._counts
        traces = counts["n"] if verifying else 0
        # rows that failed are wrong among those with a gold answer; where there is none, they are no share of anything
        answers = counts["labelled"] if counts["judged"] or counts["n"] == sum(self._errors.values()) else 0
        labelled = answers if verifying else 0
        shares = {
            "accuracy": (counts["correct"], answers),
            "pass_rate": (counts["passing"], traces),
            "precision": (counts["passing, right"], counts["passing, labelled"]),
            "vcar": (counts["passing, right"], labelled),
            "strict_pass_rate": (counts["strict"], traces),
            "strict_precision": (counts["strict, right"], counts["strict, labelled"]),
            "strict_vcar": (counts["strict, right"], labelled),
            "verified_rate": (counts["verified"], traces),
            "verified_precision": (counts["verified, right"], counts["verified, labelled"]),
            "verified_vcar": (counts["verified, right"], labelled),
            "coverage": (counts["answered"], counts["n"]),
            "selective_accuracy": (counts["answered, right"], counts["answered, labelled"]),
        }
        return Summary(
            n=counts["n"],
            labelled=answers,
            correct=counts["correct"],
            **{name: part / whole if whole else None for name, (part, whole) in shares.items()},
            abstained=counts["abstained"],
            errors=sum(self._errors.values()),
            error_kinds=ordered(self._errors),
            intervals={name: wilson(part, whole) for name, (part, whole) in shares.items()},
            predictions={gold: ordered(row) for gold, row in sorted(self._predictions.items())},
            trace_statuses=ordered(self._traces),
            step_statuses=ordered(self._steps),
            answer_statuses=ordered(self._answers),
            premise_sources=ordered(self._sources),
            steps=sum(self._steps.values()),
            sentences=counts["sentences"],
            sentences_read=counts["sentences_read"],
            usage=ordered(self._usage),
            undecided_answers=counts["undecided answers"],
            labels=self._labels.figures() if verifying else None,
            kinds=self._by_kind(verifying),
        )

    def _by_kind(self, verifying: bool) -> dict[str, Summary]:
        """The figures of each kind, if there are several."""
        kinds = self._kinds or {}
        return {name: kinds[name].summary(verifying) for name in sorted(kinds)} if len(kinds) > 1 else {}


def ordered(counts: Counter[str]) -> dict[str, int]:
    """Counts by name: equal whatever order they were made in."""
    return {name: counts[name] for name in sorted(counts)}


def summarise(records: Iterable[Record], verifying: bool) -> Summary:
    """The figures of ``records``. ``verifying``: they are of traces."""
    tally = Tally()
    for record in records:
        tally.add(record)
    return tally.summary(verifying)

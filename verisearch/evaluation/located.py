"""Figures on chains whose first wrong step is labelled: is the step that the check flags first the one?

A chain is *flagged* at the first step that the check calls contradicted or ungrounded. Labels name the first wrong step
of a chain and say nothing of those behind it, so that only first flags are judged: one *at* the label is right, one
before it is wrong, and one behind it may be either, so that figures are given both ways (``…_exact``: only a flag at
the label is right; ``…_after``: one behind it too). A chain that could not be checked is one without a flag, and isn't
counted as found to be without an error.

F1 is ProcessBench's (arXiv 2412.06559): the harmonic mean of two accuracies, that on chains with an error (flagged at
the label) and that on chains without one (not flagged). It is no share, and has no interval.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from verisearch.evaluation.intervals import wilson
from verisearch.evaluation.record import Record
from verisearch.verdict import TraceStatus

__all__ = ["LabelFigures", "LabelTally"]


class LabelFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures over records with labels; a share is None where there is nothing to take it of.

    Of the ``step_labelled`` chains, whose first wrong step (or that there is none) is known, ``erroneous`` have one and
    ``flagged`` were flagged:

    - ``first_error_accuracy``: flagged at the label, or neither labelled nor flagged; of all of them;
    - ``erroneous_accuracy``: flagged at the label; of the erroneous. This is also the exact recall of "this step is
      wrong"; ``recall_after`` counts flags behind the label too;
    - ``faultless_accuracy``: not flagged; of those without an error;
    - ``f1``: the harmonic mean of these two;
    - ``precision_exact``, ``precision_after``: flagged at the label, or there or behind it; of the flagged;
    - ``precision_labelled``: flagged at the label; of those flagged at a step that labels speak of: at the first wrong
      one, before it, or in a chain without. What comes behind it, labels leave open.

    Of the ``chain_labelled``, where it is known whether the chain has an error: by the label of its steps, or, without
    one, by whether the whole is called right (which a chain with an error can be), ``faulty`` have one:

    - ``chain_precision``: faulty; of the chains that the check finds invalid, their answer included;
    - ``chain_recall``: found invalid; of the faulty.
    """

    step_labelled: int
    erroneous: int
    flagged: int
    first_error_accuracy: float | None
    erroneous_accuracy: float | None
    faultless_accuracy: float | None
    f1: float | None
    precision_exact: float | None
    precision_after: float | None
    precision_labelled: float | None
    recall_after: float | None
    chain_labelled: int
    faulty: int
    chain_precision: float | None
    chain_recall: float | None
    intervals: dict[str, tuple[float, float] | None]


class LabelTally:
    """Counts records that have labels, one by one."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, record: Record) -> None:
        """Count one record; one without labels isn't counted."""
        gold = record.gold_first_error
        checked = record.error is None and record.trace_status is not None
        if gold is not None:
            self._count_steps(gold, record.first_error if checked else None)
        faulty = gold != "none" if gold is not None else None if record.gold_right is None else not record.gold_right
        if faulty is not None:
            invalid = checked and record.trace_status is TraceStatus.INVALID
            self._counts["chains"] += 1
            self._counts["faulty"] += faulty
            self._counts["invalid"] += invalid
            self._counts["invalid and faulty"] += invalid and faulty

    def _count_steps(self, gold: int | str, found: int | str | None) -> None:
        counts = self._counts
        counts["steps"] += 1
        counts["erroneous"] += isinstance(gold, int)
        counts["flagged"] += isinstance(found, int)
        counts["at"] += isinstance(gold, int) and found == gold
        counts["behind"] += isinstance(gold, int) and isinstance(found, int) and found > gold
        counts["kept"] += gold == "none" and found == "none"

    def figures(self) -> LabelFigures | None:
        """The figures so far; None if no record had a label."""
        counts = self._counts
        if not counts["chains"]:
            return None
        faultless = counts["steps"] - counts["erroneous"]
        after = counts["at"] + counts["behind"]
        shares = {
            "first_error_accuracy": (counts["at"] + counts["kept"], counts["steps"]),
            "erroneous_accuracy": (counts["at"], counts["erroneous"]),
            "faultless_accuracy": (counts["kept"], faultless),
            "precision_exact": (counts["at"], counts["flagged"]),
            "precision_after": (after, counts["flagged"]),
            "precision_labelled": (counts["at"], counts["flagged"] - counts["behind"]),
            "recall_after": (after, counts["erroneous"]),
            "chain_precision": (counts["invalid and faulty"], counts["invalid"]),
            "chain_recall": (counts["invalid and faulty"], counts["faulty"]),
        }
        values = {name: part / whole if whole else None for name, (part, whole) in shares.items()}
        return LabelFigures(
            step_labelled=counts["steps"],
            erroneous=counts["erroneous"],
            flagged=counts["flagged"],
            **values,
            f1=harmonic(values["erroneous_accuracy"], values["faultless_accuracy"]),
            chain_labelled=counts["chains"],
            faulty=counts["faulty"],
            intervals={name: wilson(part, whole) for name, (part, whole) in shares.items()},
        )


def harmonic(one: float | None, other: float | None) -> float | None:
    """The harmonic mean; None if either is, 0 if either is 0."""
    if one is None or other is None:
        return None
    return 2 * one * other / (one + other) if one + other else 0.0

"""Chains that an error was put into: PRMBench, and the perturbed solutions of ReasonEval."""

from __future__ import annotations

from collections.abc import Sequence

from verisearch.evaluation.datasets.labels import first_error
from verisearch.evaluation.datasets.maths import MathsDataSet
from verisearch.evaluation.datasets.rows import Row
from verisearch.evaluation.datasets.traces import labelled, step_texts
from verisearch.protocols import FirstError, Item, TraceLabel
from verisearch.trace import Problem

__all__ = ["PRMBench", "PerturbedMath"]

#: Changes that leave every step as true as it was.
HARMLESS = frozenset({"repeat step"})


class PRMBench(MathsDataSet):
    """PRMBench (arXiv 2501.03124): a solution of PRM800K (``original_process``) and the same with an error put into it
    (``modified_process``; the wrong steps, from 1, in ``error_steps_1based``, as published ``error_steps``). ``kind``
    is the class of the error; the published "redundency" and "circular" leave steps true that aren't needed.

    The modified chain is the first trace, the original the second, without an error. A problem stands in several rows,
    one for each class, so that many of the originals are alike, though seldom word by word. There is no gold answer.
    """

    name = "prmbench"

    def item(self, row: Row) -> Item:
        modified = step_texts(row, "modified_process")
        problem = Problem(
            id=row.identifier("id", "idx"),
            question=row.text("question", "modified_question").strip(),
            answer_kind="expression",
        )
        first = min_of(row, "error_steps_1based", "error_steps")
        with_first = row._replace(data={**row.data, **first})
        field = next(iter(first), "error_steps")
        traces = [labelled(problem, modified)]
        labels = [TraceLabel(first_error=first_error(with_first, len(modified), counted_from=1, field=field))]
        if row.has("original_process"):
            traces.append(labelled(problem, step_texts(row, "original_process")))
            labels.append(TraceLabel(first_error="none"))
        return Item(
            problem=problem,
            traces=tuple(traces),
            labels=tuple(labels),
            group=problem.question or "",
            kind=row.optional("classification"),
        )


def min_of(row: Row, *fields: str) -> dict[str, int | None]:
    """The smallest number in the first of the list ``fields`` that is there, under its name; null for none in it.
    Raises `TraceError`."""
    field = next((name for name in fields if row.has(name)), None)
    if field is None:
        return {}
    value = row.data[field]
    if not isinstance(value, list) or not all(isinstance(each, int) and not isinstance(each, bool) for each in value):
        raise row.error("should be a list of the numbers of steps", field)
    return {field: min(value, default=None)}


class PerturbedMath(MathsDataSet):
    """Solutions of PRM800K with a slip made by a program (ReasonEval, arXiv 2404.05692): ``reference_steps`` and
    ``hypothesis_steps``. ``kind`` is the slip (``error_type``).

    The changed chain is the first trace and the reference the second, without an error. The first wrong step is the
    first at which they differ: of a removed step, the one that comes in its place; of a solution that belongs to
    another problem, the first. A step that is only said twice ("repeat step") makes nothing wrong.
    """

    name = "math-perturbed"

    def item(self, row: Row) -> Item:
        changed, reference = step_texts(row, "hypothesis_steps"), step_texts(row, "reference_steps")
        problem = Problem(
            id=row.identifier("id"),
            question=row.text("question").strip(),
            answer_kind="expression",
            gold=row.text("ground_truth_answer").strip() if row.has("ground_truth_answer") else None,
        )
        slip = row.text("error_type").strip()
        found: FirstError = "none" if slip in HARMLESS else departure(changed, reference)
        if found == "none" and slip not in HARMLESS:
            raise row.error("differs in no step from the reference", "hypothesis_steps")
        return Item(
            problem=problem,
            traces=(labelled(problem, changed), labelled(problem, reference)),
            labels=(TraceLabel(first_error=found), TraceLabel(first_error="none")),
            group=problem.question or "",
            kind=slip,
        )


def departure(changed: Sequence[str], reference: Sequence[str]) -> FirstError:
    """The first step of ``changed`` that isn't that of ``reference``; "none" if it only ends earlier."""
    pairs = enumerate(zip(changed, reference, strict=False))
    return next((index for index, (one, other) in pairs if one != other), "none")

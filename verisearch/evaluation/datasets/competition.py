"""MATH: problems of mathematics competitions, with answers in LaTeX."""

from __future__ import annotations

from verisearch.answers import extract, final_answer
from verisearch.evaluation.datasets.maths import MathsDataSet, truth, written_solution
from verisearch.evaluation.datasets.rows import Row
from verisearch.protocols import Item, TraceLabel
from verisearch.trace import Problem

__all__ = ["MATH"]


class MATH(MathsDataSet):
    """MATH (arXiv 2103.03874), MATH-500 among it: ``problem``, ``solution`` and ``answer``; where the last isn't there,
    it is what the solution puts in a box. ``kind`` is the subject.

    The trace is the solution. Files of samples hold ``gold`` in place of the answer and ``traces`` instead of the
    solution, each with its ``text`` and whether its answer was found right (``correct``); ``kind`` is the difficulty.
    """

    name = "math"

    def item(self, row: Row) -> Item:
        problem = Problem(
            id=row.identifier("id", "unique_id"),
            question=row.text("problem").strip(),
            answer_kind="expression",
            gold=answer(row),
        )
        kind = row.optional("subject", "type", "difficulty")
        if not row.has("traces"):
            traces = (written_solution(problem, row.text("solution"), problem.gold),) if row.has("solution") else ()
            return Item(problem=problem, traces=traces, group=problem.id, kind=kind)
        sampled = [each for _, each in row.each("traces")]
        texts = [each.text("text") for each in sampled]
        return Item(
            problem=problem,
            traces=tuple(written_solution(problem, text, final_answer(text, problem)) for text in texts),
            labels=tuple(TraceLabel(right=truth(each, "correct")) for each in sampled),
            group=problem.id,
            kind=kind,
        )


def answer(row: Row) -> str:
    """The gold answer. Raises `TraceError` if there is none."""
    if row.has("answer") or row.has("gold") or not row.has("solution"):
        return row.text("answer", "gold").strip()
    boxed = extract(row.text("solution"), kind="expression")
    if boxed is None:
        raise row.error("puts no answer in a box", "solution")
    return boxed

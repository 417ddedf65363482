"""PARARULE-Plus: rules with negation as failure, closed world."""

from __future__ import annotations

from collections.abc import Iterator

from verisearch.evaluation.datasets.base import RowDataSet
from verisearch.evaluation.datasets.labels import gold
from verisearch.evaluation.datasets.rows import Row
from verisearch.evaluation.datasets.traces import context
from verisearch.protocols import Item
from verisearch.trace import Problem

__all__ = ["Pararule"]


class Pararule(RowDataSet):
    """PARARULE-Plus: one question a row (``statement``, or ``question`` or ``text`` as on the hub), or, as
    published, ``questions`` in a row. What does not follow is labelled False, "animal" stands for any thing, and
    "not" in a condition is looked up among the given facts, not among what is derived.
    """

    name = "pararule"
    logic = "closed-world"
    generic_nouns = ("animal",)
    negation = "given"
    unknown_is_false = True

    def items_of(self, row: Row) -> Iterator[Row]:
        if not row.has("questions"):
            yield row
            return
        shared = {"context": row.data.get("context"), "theory_id": row.identifier("id")}
        for key, question in row.each("questions"):
            name = f"{row.identifier('id')}.{question.identifier('id')}" if question.has("id") else None
            yield question._replace(data={**question.data, **shared, "id": name or f"{row.identifier('id')}.{key}"})

    def item(self, row: Row) -> Item:
        problem = Problem(
            id=row.identifier("id"),
            context=context(row, "context"),
            statement=row.text("statement", "question", "text"),
            gold=gold(row),
        )
        return Item(problem=problem, group=row.identifier("theory_id", "id"), depth=row.natural("QDep", "depth"))

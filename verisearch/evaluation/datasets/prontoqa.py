"""PrOntoQA: chains of class membership, with gold proofs."""

from __future__ import annotations

from collections.abc import Iterator

from verisearch.evaluation.datasets.base import RowDataSet
from verisearch.evaluation.datasets.labels import gold, statement
from verisearch.evaluation.datasets.rows import Row
from verisearch.evaluation.datasets.traces import chain, context
from verisearch.protocols import Item
from verisearch.trace import Problem

__all__ = ["ProntoQA"]


class ProntoQA(RowDataSet):
    """PrOntoQA in the formats it goes around in.

    - as its generator writes it: an object of examples, each with a ``test_example`` (``question`` is the context,
      ``query`` the question); examples given in context are not test rows and are left aside;
    - flat: ``context``, ``statement`` or ``question``, ``label`` or ``answer``, and ``chain_of_thought``.
    """

    name = "prontoqa"

    def items_of(self, row: Row) -> Iterator[Row]:
        if not row.has("test_example"):
            yield row
            return
        test = row.inside("test_example")
        fields = {"context": test.data.get("question"), "question": test.data.get("query"), "id": test.place}
        yield test._replace(data={**test.data, **fields})

    def item(self, row: Row) -> Item:
        problem = Problem(
            id=row.identifier("id"),
            context=context(row, "context"),
            question=row.text("question") if row.has("question") else None,
            statement=statement(row),
            gold=gold(row),
        )
        steps = row.texts("chain_of_thought") if row.has("chain_of_thought") else ()
        traces = (chain(problem, steps, problem.gold or ""),) if steps else ()
        return Item(
            problem=problem, traces=traces, group=row.identifier("id"), depth=row.natural("hops", "derived_depth")
        )

"""FOLIO: stories written by people, with gold formulas in first-order logic."""

from __future__ import annotations

from verisearch.evaluation.datasets.base import RowDataSet
from verisearch.evaluation.datasets.labels import gold
from verisearch.evaluation.datasets.rows import Row
from verisearch.evaluation.datasets.traces import lines
from verisearch.protocols import Item
from verisearch.trace import Problem

__all__ = ["Folio"]


class Folio(RowDataSet):
    """FOLIO, version 0 (lists) and version 2 (one text with a premise on each line); labels True, False, and
    Uncertain or Unknown. ``formulas`` are the gold premises and the gold conclusion, where both are there (the
    training file of version 0 has no gold conclusion).
    """

    name = "folio"
    logic = "classical"

    def item(self, row: Row) -> Item:
        problem = Problem(
            id=row.identifier("id", "example_id"),
            context=lines(row.texts("premises")),
            statement=row.text("conclusion").strip(),
            gold=gold(row),
        )
        formulas: tuple[str, ...] = ()
        if row.has("premises-FOL", "conclusion-FOL"):
            formulas = (*row.texts("premises-FOL"), row.text("conclusion-FOL").strip())
        return Item(problem=problem, group=row.identifier("story_id", "story_id_v2", "id"), formulas=formulas)

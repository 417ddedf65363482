"""SARA: cases under nine sections of the US tax code, to be entailed or refuted, or to be computed."""

from __future__ import annotations

from pathlib import Path

from verisearch.errors import TraceError
from verisearch.evaluation.datasets.base import Items, RowDataSet
from verisearch.evaluation.datasets.labels import amount
from verisearch.evaluation.datasets.rows import Row
from verisearch.evaluation.datasets.source import HUB, rows
from verisearch.evaluation.datasets.traces import passages
from verisearch.protocols import Item
from verisearch.trace import Problem

__all__ = ["Sara"]

#: Where the statutes stand if nothing else is said: beside the cases.
SIBLING = "sara_statutes.jsonl"
#: Gold labels of the entailment cases. A contradiction is what the statutes and the case refute.
LABELS = {"entailment": "True", "contradiction": "False"}


class Sara(RowDataSet):
    """SARA's cases, with all statutes before the text of each case: its context. The sections refer to each other, so
    none is left out.

    - entailment cases (``hypothesis`` and ``label``): the statement is the hypothesis; gold True for an entailment,
      False for a contradiction;
    - tax cases (``question`` and ``answer``): a number, in dollars.

    ``statutes``: the file with the sections (``id`` and ``text`` in each row); by default ``sara_statutes.jsonl``
    beside the cases.
    """

    name = "sara"
    logic = "classical"

    def __init__(self, problems: str | None = None, statutes: str | None = None) -> None:
        super().__init__(problems)
        self._statutes = statutes
        self._sections: tuple[str, ...] = ()

    def load(self, source: str) -> Items:
        """As other data sets do; raises `TraceError` at once if the statutes are missing or hold a malformed row, and
        OSError if they can't be read."""
        self._sections = sections(self._statutes or sibling(source))
        return super().load(source)

    def item(self, row: Row) -> Item:
        asked = row.text("question") if row.has("question") else None
        statement, gold = (None, amount(row, "answer")) if asked else (row.text("hypothesis").strip(), verdict(row))
        problem = Problem(
            id=row.identifier("id"),
            context=passages((*self._sections, row.text("text"))),
            question=asked,
            statement=statement,
            answer_kind="number" if asked else "true-false-unknown",
            gold=gold,
        )
        return Item(problem=problem, group=pair(problem.id))


def sibling(source: str) -> str:
    """The file of the statutes that stands beside the cases. Raises `TraceError` if there is none."""
    path = Path(source).with_name(SIBLING)
    if source.startswith(HUB) or not path.is_file():
        where = "" if source.startswith(HUB) else f" {path} isn't there;"
        raise TraceError(f"the cases need the statutes:{where} name their file, as in sara:statutes=FILE", file=source)
    return str(path)


def sections(source: str) -> tuple[str, ...]:
    """The texts of the statutes. Raises `TraceError` if a row has none, or there is no row."""
    found = []
    for row in rows(source):
        if isinstance(row, TraceError):
            raise row
        found.append(row.text("text"))
    if not found:
        raise TraceError("holds no statute", file=source)
    return tuple(found)


def verdict(row: Row) -> str:
    """The gold answer of an entailment case. Raises `TraceError`."""
    label = row.text("label")
    if label.strip().lower() not in LABELS:
        raise row.error(f"should be Entailment or Contradiction, not {label!r}", "label")
    return LABELS[label.strip().lower()]


def pair(name: str) -> str:
    """What the two cases on one provision share: ``s151_a_neg`` and ``s151_a_pos``."""
    return name.removesuffix("_pos").removesuffix("_neg")

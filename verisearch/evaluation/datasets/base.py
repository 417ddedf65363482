"""What all data sets share: reading row by row, and chains that answer the problems of another file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

import msgspec

from verisearch.errors import TraceError
from verisearch.evaluation.datasets.labels import letters
from verisearch.evaluation.datasets.rows import Row
from verisearch.evaluation.datasets.source import RowOrError, rows
from verisearch.ingest.answerwords import truth_word
from verisearch.ingest.textformat import trace_from_text
from verisearch.protocols import Item
from verisearch.symbolic.options import Negation
from verisearch.trace import Trace
from verisearch.verdict import Logic

__all__ = ["Items", "RowDataSet"]


class Items(Iterator[Item]):
    """The rows of a source as items.

    ``next`` raises `TraceError` for a malformed row and **goes on with the following row** when called again, so
    a ``for`` loop ends at the first bad row, while a run can count it and carry on.
    """

    def __init__(self, source: Iterator[RowOrError], read: Callable[[Row], Item]) -> None:
        self._source, self._read = source, read
        self._seen: dict[str, str] = {}

    def __next__(self) -> Item:
        row = next(self._source)
        if isinstance(row, TraceError):
            raise row
        item = self._read(row)
        name = item.problem.id
        if name in self._seen:
            raise row.error(f"{name!r} names an earlier row too ({self._seen[name]})", "id")
        self._seen[name] = row.where
        return item


class RowDataSet:
    """A data set whose file holds one problem a row.

    ``problems`` names the file that holds the problems, where the rows hold only chains about them (``problem_id``
    and ``cot``). ``logic`` is the reading of rules that the gold labels follow; ``generic_nouns`` are nouns that
    the data set uses for any thing; ``negation`` is what its negative conditions fail on;
    ``unknown_is_false`` says that what doesn't follow is labelled False. ``formaliser`` is who reads its steps if
    nobody else is named; ``proves`` is False where its questions ask for something else than the truth of a statement,
    so that there is nothing to prove.
    """

    name: ClassVar[str]
    logic: ClassVar[Logic] = "rules"
    generic_nouns: ClassVar[tuple[str, ...]] = ()
    negation: ClassVar[Negation] = "derived"
    unknown_is_false: ClassVar[bool] = False
    formaliser: ClassVar[str] = "english"
    proves: ClassVar[bool] = True

    def __init__(self, problems: str | None = None) -> None:
        self._problems = problems
        self._known: dict[str, tuple[Item, dict[str, str]]] | None = None

    def load(self, source: str) -> Items:
        """The items of ``source`` (a file or ``hf:owner/name[:split]``), lazily and in order.

        Raises `TraceError` or OSError at once if the source can't be read; see `Items` for malformed rows.
        """
        return Items(self._spread(rows(source)), self._read)

    def items_of(self, row: Row) -> Iterator[Row]:
        """The rows inside ``row``, where one holds several problems. Raises `TraceError`."""
        yield row

    def item(self, row: Row) -> Item:
        """One row as an item. Raises `TraceError`."""
        raise NotImplementedError

    def _spread(self, source: Iterator[RowOrError]) -> Iterator[RowOrError]:
        for row in source:
            if isinstance(row, TraceError):
                yield row
                continue
            try:
                yield from self.items_of(row)
            except TraceError as error:
                yield error

    def is_chain(self, row: Row) -> bool:
        """Whether ``row`` holds chains about a problem of another file."""
        return row.has("cot")

    def recorded(self, row: Row, about: Item, options: dict[str, str]) -> Item:
        """The chains of ``row``, whose problem is that of ``about``, with the options that its letters stand for.
        Raises `TraceError`."""
        problem = msgspec.structs.replace(about.problem, id=row.identifier("id"))
        trace = trace_from_text(row.text("cot"), problem, options=options)
        return Item(problem=problem, traces=(with_answer(trace, row, options),), group=about.group)

    def _read(self, row: Row) -> Item:
        return self.recorded(row, *self._problem(row)) if self.is_chain(row) else self.item(row)

    def _problem(self, row: Row) -> tuple[Item, dict[str, str]]:
        """The problem that a row's chains are about, and the options it offers."""
        if self._problems is None:
            raise row.error("the chain answers a problem of another file: name that file with --problems", "cot")
        if self._known is None:
            self._known = {}
            for other in self._spread(rows(self._problems)):
                if isinstance(other, TraceError):
                    raise other
                item = self.item(other)
                self._known[item.problem.id] = (item, letters(other))
        field = row.first("problem_id", "id")
        if row.text(field) not in self._known:
            raise row.error(f"{self._problems} holds no problem {row.text(field)!r}", field)
        return self._known[row.text(field)]


def with_answer(trace: Trace, row: Row, options: dict[str, str]) -> Trace:
    """``trace`` with the answer that the row records, if the text announces none."""
    recorded = row.data.get("extracted_answer")
    if trace.answer is not None or trace.notes or not isinstance(recorded, str):
        return trace
    answer = truth_word(options.get(recorded.strip().upper(), recorded))
    return msgspec.structs.replace(trace, answer=answer)

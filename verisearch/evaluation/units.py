"""What a run has to do: one unit a problem or trace, or a row that can't be read, in input order."""

from __future__ import annotations

import inspect
import random
from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec

from verisearch.errors import InputError, TraceError
from verisearch.evaluation.datasets.traces import lines
from verisearch.logic.vocabulary import Vocabulary
from verisearch.protocols import DataSet, Item, TraceLabel
from verisearch.runtime.jobs import Job, JobError, ProveJob, VerifyJob
from verisearch.symbolic.options import CheckOptions

__all__ = ["Mode", "Unit", "Units", "chosen_rows"]

Mode = Literal["prove", "verify", "solve"]


class Unit(NamedTuple):
    """One record to make. ``row``: how many rows have been taken with its own. ``job`` is set if workers are to do it,
    ``error`` if the row is malformed; a problem to solve has neither. ``label`` is that of the trace to verify, if
    there is one."""

    row: int
    id: str
    item: Item | None = None
    job: Job | None = None
    error: JobError | None = None
    label: TraceLabel | None = None


class Units(Iterator[Unit]):
    """The units of a data set's rows. ``rows`` and ``without_trace`` count rows seen, and those with nothing to verify.

    ``chosen`` holds the numbers of the rows to take (None: all), ``limit`` how many rows from the start. A malformed
    row is a unit with its error.
    """

    def __init__(
        self,
        data_set: DataSet,
        source: str,
        mode: Mode,
        options: CheckOptions,
        *,
        limit: int | None = None,
        chosen: frozenset[int] | None = None,
    ) -> None:
        self._items = data_set.load(source)
        self._mode, self._options = mode, options
        self._limit, self._chosen = limit, chosen
        self._next_row = 0
        self._ready: list[Unit] = []
        self.rows = 0
        self.without_trace = 0

    def __next__(self) -> Unit:
        while not self._ready:
            row = self._next_row
            if self._limit is not None and row >= self._limit:
                raise StopIteration
            item = next_item(self._items)
            self._next_row += 1
            if self._chosen is None or row in self._chosen:
                self.rows += 1
                self._ready = list(self._of(item, row))
        return self._ready.pop(0)

    def _of(self, item: Item | TraceError, number: int) -> Iterator[Unit]:
        row = self.rows
        if isinstance(item, TraceError):
            yield Unit(row, place(item, number), error=JobError(type(item).__name__, str(item)))
        elif self._mode == "prove":
            yield self._to_prove(item)
        elif self._mode == "solve":
            yield Unit(row, item.problem.id, item)
        else:
            self.without_trace += not item.traces
            for count, trace in enumerate(item.traces, 1):
                name = item.problem.id if len(item.traces) == 1 else f"{item.problem.id}#{count}"
                label = item.labels[count - 1] if item.labels else None
                job = VerifyJob(id=name, trace=trace, options=self._options)
                yield Unit(row, name, item, job, label=label)

    def _to_prove(self, item: Item) -> Unit:
        """The unit that proves an item: its gold formulas if it has them and no formaliser is asked for, else its
        sentences."""
        problem, options = item.problem, self._options
        if item.formulas and options.formaliser == CheckOptions().formaliser:
            error = malformed(item.formulas)
            if error is not None:
                return Unit(self.rows, problem.id, item, error=error)
            *premises, statement = item.formulas
            problem = msgspec.structs.replace(problem, context=lines(premises), statement=statement)
            options = msgspec.structs.replace(options, formaliser="fol")
        return Unit(self.rows, problem.id, item, ProveJob(id=problem.id, problem=problem, options=options))


def next_item(items: Iterator[Item]) -> Item | TraceError:
    """The next item, or what is wrong with its row. Raises StopIteration at the end.

    An iterator that can't go on after an error (a generator) ends the run with that error: the rows after it would
    be lost without a word.
    """
    try:
        return next(items)
    except TraceError as error:
        if inspect.isgenerator(items):
            raise
        return error


def place(error: TraceError, number: int) -> str:
    """A name for row ``number`` (from 0), which has none that can be read."""
    line = f"line {error.line}" if error.line is not None else f"row {number + 1}"
    return line if error.field is None else f"{line} ({error.field})"


def malformed(formulas: tuple[str, ...]) -> JobError | None:
    """What is wrong with the first of some gold formulas that can't be read together with those before it."""
    from verisearch.logic.fol_reader import parse_formula

    vocabulary = Vocabulary()
    for number, text in enumerate(formulas, 1):
        try:
            vocabulary.add(parse_formula(text, vocabulary))
        except InputError as error:
            name = f"premise {number}" if number < len(formulas) else "the conclusion"
            return JobError(type(error).__name__, f"the gold formula of {name} can't be read: {error}")
    return None


def chosen_rows(data_set: DataSet, source: str, limit: int, seed: int) -> frozenset[int]:
    """``limit`` row numbers drawn at random; all of them if there are no more. Reads the source once."""
    items, rows = data_set.load(source), 0
    while True:
        try:
            next_item(items)
        except StopIteration:
            break
        rows += 1
    return frozenset(random.Random(seed).sample(range(rows), min(limit, rows)))

"""What data sets of mathematics share."""

from __future__ import annotations

import re
from collections.abc import Sequence

from verisearch.evaluation.datasets.base import RowDataSet
from verisearch.evaluation.datasets.labels import amount
from verisearch.evaluation.datasets.rows import Row, kind
from verisearch.evaluation.datasets.traces import chain
from verisearch.ingest.textformat import concluded, parts, steps
from verisearch.trace import Problem, Trace

__all__ = ["MathsDataSet", "fraction_or_amount", "marked_solution", "truth", "written_solution"]

#: "#### 18", the last line of a solution in GSM8K's form.
MARK = re.compile(r"\s*####\s*(?P<answer>\S.*?)\s*")
FRACTION = re.compile(r"-?\d{1,15}/[1-9]\d{0,14}")


class MathsDataSet(RowDataSet):
    """A data set of questions whose answers are numbers, expressions or options: nothing that could be proved."""

    formaliser = "arithmetic"
    proves = False


def marked_solution(problem: Problem, row: Row, field: str, texts: Sequence[str] | None = None) -> Trace:
    """A solution of one step a line, the last line being "#### " and the answer, which is no step.

    ``texts`` are its lines, where they aren't taken from the field as they stand. Raises `TraceError` without such a
    line.
    """
    found = list(row.texts(field)) if texts is None else list(texts)
    mark = MARK.fullmatch(found[-1]) if found else None
    if mark is None:
        raise row.error("should end in a line with '#### ' and the answer", field)
    return chain(problem, found[:-1], mark["answer"])


def written_solution(problem: Problem, text: str, answer: str | None = None) -> Trace:
    """A solution in running text, a step a sentence or line; ``answer`` is what it comes to, if that is known apart."""
    return concluded(text, steps(text, parts(text).segments), problem, options=problem.options, answer=answer)


def fraction_or_amount(row: Row, field: str) -> str:
    """The number in ``field``, which may be a fraction ("2/5"). Raises `TraceError`."""
    value = row.data.get(field)
    if isinstance(value, str) and FRACTION.fullmatch(value.strip()):
        return value.strip()
    return amount(row, field)


def truth(row: Row, field: str, words: dict[str, bool] | None = None) -> bool | None:
    """Whether ``field`` says true: a truth value, or one of ``words``; None if it isn't there. Raises `TraceError`."""
    if not row.has(field):
        return None
    value = row.data[field]
    found = (words or {}).get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        expected = " or ".join(["true", "false", *(words or {})])
        shown = repr(value) if isinstance(value, str) else kind(value)
        raise row.error(f"should be {expected}, not {shown}", field)
    return found

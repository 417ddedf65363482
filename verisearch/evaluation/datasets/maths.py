"""What data sets of mathematics share."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from verisearch.answers import final_answer
from verisearch.evaluation.datasets.base import RowDataSet
from verisearch.evaluation.datasets.labels import amount
from verisearch.evaluation.datasets.rows import Row, kind
from verisearch.evaluation.datasets.traces import chain
from verisearch.ingest.answerwords import as_options, normal_form
from verisearch.ingest.textformat import trace_from_text
from verisearch.protocols import Item, TraceLabel
from verisearch.trace import Problem, Trace

__all__ = ["MathsDataSet", "fraction_or_amount", "marked_solution", "truth", "written_solution"]

#: "#### 18", the last line of a solution in GSM8K's form.
MARK = re.compile(r"\s*####\s*(?P<answer>\S.*)")
DIGIT = re.compile(r"\d")
LETTER = re.compile(r"^\W*[A-Za-z]\W*$")
FRACTION = re.compile(r"-?\d{1,15}/[1-9]\d{0,14}")


class MathsDataSet(RowDataSet):
    """A data set of questions whose answers are numbers, expressions or options: nothing that could be proved.

    Rows with a ``cot`` are a model's text about the problem ``problem_id`` of another file; ``final_answer_correct``
    says whether what it comes to is right, and ``kind`` is the ``model``.
    """

    formaliser = "arithmetic"
    proves = False

    def recorded(self, row: Row, about: Item, options: dict[str, str]) -> Item:
        problem = msgspec.structs.replace(about.problem, id=row.identifier("id"))
        return Item(
            problem=problem,
            traces=(written(problem, row.text("cot"), row.data.get("extracted_answer")),),
            labels=(TraceLabel(right=truth(row, "final_answer_correct")),),
            group=about.group,
            kind=row.optional("model"),
        )


def written(problem: Problem, text: str, recorded: object) -> Trace:
    """A model's chain; its answer is what it announces, or else what was ``recorded`` as its answer."""
    answer = final_answer(text, problem)
    if answer is None and isinstance(recorded, str) and (LETTER if problem.options else DIGIT).search(recorded):
        answer = recorded.strip()
    return written_solution(problem, text, answer)


def written_solution(problem: Problem, text: str, answer: str | None) -> Trace:
    """A solution in running text, a step a sentence or line, that comes to ``answer``. A letter becomes what it stands
    for."""
    trace = trace_from_text(text, problem)
    if answer is not None and problem.options:
        answer = normal_form(answer, as_options(problem.options))
    return msgspec.structs.replace(trace, answer=answer, answer_step=trace.answer_step if answer is not None else None)


def marked_solution(problem: Problem, row: Row, field: str, texts: Sequence[str] | None = None) -> Trace:
    """A solution of one step a line, the last line being "#### " and the answer, which is no step.

    ``texts`` are its lines, where they aren't taken from the field as they stand. Raises `TraceError` without such a
    line.
    """
    found = list(row.texts(field)) if texts is None else list(texts)
    mark = MARK.fullmatch(found[-1]) if found else None
    if mark is None:
        raise row.error("should end in a line with '#### ' and the answer", field)
    return chain(problem, found[:-1], mark["answer"].strip())


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

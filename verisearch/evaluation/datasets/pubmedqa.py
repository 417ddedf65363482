"""PubMedQA: questions that the title of a paper asks, over its abstract without the conclusion."""

from __future__ import annotations

from verisearch.evaluation.datasets.base import RowDataSet
from verisearch.evaluation.datasets.rows import Row
from verisearch.evaluation.datasets.traces import passages
from verisearch.ingest.question import question_statement
from verisearch.protocols import Item
from verisearch.trace import Problem, Sentence

__all__ = ["PubMedQA"]

LABELS = {"yes": "True", "no": "False", "maybe": "Unknown"}


class PubMedQA(RowDataSet):
    """PubMedQA, expert-labelled: the context is the abstract's paragraphs, sentence by sentence.

    "Yes" is True, "no" is False and "maybe" is Unknown: the abstract's evidence leaves the answer open. These are
    judgements of what the evidence suggests, and no entailments. ``statement`` is what the question asks the truth of,
    where that can be told word by word ("Is it true that …?"), and None for all other questions.

    As published, an object of objects with ``QUESTION``, ``CONTEXTS`` and ``final_decision``, or flat rows with
    ``question``, ``contexts`` and ``label``.
    """

    name = "pubmedqa"
    logic = "classical"

    def item(self, row: Row) -> Item:
        question = row.text("question", "QUESTION").strip()
        problem = Problem(
            id=row.identifier("id") if row.has("id") else row.place or row.where,
            context=abstract(row),
            question=question,
            statement=question_statement(question),
            gold=decision(row),
        )
        return Item(problem=problem, group=problem.id)


def abstract(row: Row) -> tuple[Sentence, ...]:
    """The sentences of the paragraphs. Raises `TraceError`."""
    field = row.first("contexts", "CONTEXTS")
    found = passages(row.texts(field))
    if not found:
        raise row.error("holds no sentence", field)
    return found


def decision(row: Row) -> str:
    """The gold answer. Raises `TraceError`."""
    field = row.first("label", "final_decision")
    word = row.text(field)
    if word.strip().lower() not in LABELS:
        raise row.error(f"should be yes, no or maybe, not {word!r}", field)
    return LABELS[word.strip().lower()]

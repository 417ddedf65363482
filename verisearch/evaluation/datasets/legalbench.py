"""LegalBench: short legal tasks. What a task asks stands in its prompt, not in its rows, so it is said here."""

from __future__ import annotations

import re
from typing import NamedTuple

from verisearch.evaluation.datasets.base import RowDataSet
from verisearch.evaluation.datasets.labels import amount
from verisearch.evaluation.datasets.rows import Row
from verisearch.evaluation.datasets.traces import passages
from verisearch.protocols import Item
from verisearch.trace import AnswerKind, Problem, Sentence

__all__ = ["LegalBench"]

#: Answers that are truth values.
TRUTHS = {"yes": "True", "no": "False", "entailment": "True", "contradiction": "False"}
#: A row's task in its name: "hearsay-test-0".
NAMED = re.compile(r"(?P<task>.+)-(?:train|test)-\d+")
#: Fields that hold what is given, in the order in which they are read.
GIVEN = ("statute", "policy", "claim", "description", "contract", "text")
#: LegalBench writes line breaks so.
BREAK = re.compile(r"[ \t]*<br>[ \t]*")


class Task(NamedTuple):
    """What a task asks of its text, and the statement whose truth a yes or no says, in our words."""

    question: str = ""
    statement: str | None = None


DIVERSITY = Task("Is there diversity jurisdiction?", "There is diversity jurisdiction.")
TASKS = {
    "abercrombie": Task("Is the mark generic, descriptive, suggestive, arbitrary or fanciful for this product?"),
    "contract_nli_explicit_identification": Task(
        "Must all Confidential Information be expressly identified as such by the Disclosing Party?",
        "All Confidential Information must be expressly identified as such by the Disclosing Party.",
    ),
    **{f"diversity_{number}": DIVERSITY for number in range(1, 7)},
    "hearsay": Task("Is the evidence hearsay?", "The evidence is hearsay."),
    "insurance_policy_interpretation": Task(
        "Is the claim covered by the policy?\nA) Yes, it is covered\nB) No, it is not covered\nC) It is ambiguous"
    ),
    "jcrew_blocker": Task("Is the provision a J.Crew blocker?", "The provision is a J.Crew blocker."),
    "nys_judicial_ethics": Task(),
    "personal_jurisdiction": Task("Is there personal jurisdiction?", "There is personal jurisdiction."),
    "proa": Task("Does the clause give a private right of action?", "The clause gives a private right of action."),
    "successor_liability": Task("On which grounds, if any, is the successor liable?"),
    "telemarketing_sales_rule": Task(
        "Is this a violation of the Telemarketing Sales Rule?", "This is a violation of the Telemarketing Sales Rule."
    ),
    "ucc_v_common_law": Task("Is this contract governed by the UCC or the common law?"),
}


class LegalBench(RowDataSet):
    """LegalBench, any of its tasks: ``task`` (or the row's name, as ``hearsay-test-0``), ``answer``, and what is given:
    ``text``, or the fields that it is put together of.

    Yes and no, and Entailment and Contradiction, are True and False; a sum of money is a number; a lone capital is the
    letter of an option; anything else is left as it is. ``statement`` is our wording of what yes says, for the tasks
    that we know; in ``sara_entailment`` it is the row's own. Questions in a text are no premises.
    """

    name = "legalbench"
    logic = "classical"

    def item(self, row: Row) -> Item:
        task = task_of(row)
        asked = TASKS.get(task, Task())
        given = context(row)
        questions = [sentence.text for sentence in given if sentence.text.endswith("?")]
        question, statement = asked.question or None, asked.statement
        if row.has("question"):
            question = row.text("question").strip()
        elif question is None and questions:
            question = questions[-1]
        if task == "sara_entailment":
            question, statement = None, question
        gold, kind = answer(row, task)
        if kind != "true-false-unknown":
            statement = None
        problem = Problem(
            id=row.identifier("id") if row.has("id") else f"{task}: {row.where}",
            context=tuple(sentence for sentence in given if not sentence.text.endswith("?")),
            question=question,
            statement=statement,
            answer_kind=kind,
            gold=gold,
        )
        return Item(problem=problem, group=problem.id)


def task_of(row: Row) -> str:
    """The task's name. Raises `TraceError` if the row tells none."""
    if row.has("task"):
        return row.text("task").strip()
    found = NAMED.fullmatch(row.identifier("id"))
    if found is None:
        raise row.error("is missing, and the row's id doesn't tell it, as hearsay-test-0 would", "task")
    return found["task"]


def context(row: Row) -> tuple[Sentence, ...]:
    """What is given, sentence by sentence; nothing for a question of law alone. Raises `TraceError`."""
    fields = [field for field in GIVEN if row.has(field)]
    if len(fields) > 1 and "text" in fields:
        fields.remove("text")  # the others, put together
    if not fields and not row.has("question"):
        row.first(*GIVEN, "question")
    return passages(BREAK.sub("\n", row.text(field)) for field in fields)


def answer(row: Row, task: str) -> tuple[str, AnswerKind]:
    """The gold answer and its kind. Raises `TraceError`."""
    text = row.text("answer").strip()
    if text.lower() in TRUTHS:
        return TRUTHS[text.lower()], "true-false-unknown"
    if task == "sara_numeric" or text.startswith("$"):
        return amount(row, "answer"), "number"
    return text, "choice" if re.fullmatch("[A-Z]", text) else "free"

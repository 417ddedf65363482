"""Chains of reasoning whose first wrong step people have marked: ProcessBench, MR-GSM8K, MR-Ben, MR-MATH, MathCheck,
BIG-Bench Mistake."""

from __future__ import annotations

import re

from verisearch.evaluation.datasets.labels import amount, first_error
from verisearch.evaluation.datasets.maths import MathsDataSet, fraction_or_amount, truth
from verisearch.evaluation.datasets.rows import Row, kind
from verisearch.evaluation.datasets.traces import labelled, step_texts
from verisearch.protocols import Item, TraceLabel
from verisearch.trace import AnswerKind, Problem

__all__ = ["MRGSM8K", "MRMATH", "BigBenchMistake", "MRBen", "MathCheck", "ProcessBench"]

#: Words by which a chain is called right or wrong.
WORDS = {"correct": True, "right": True, "wrong": False, "incorrect": False}
#: "Step 3:" at the beginning of a line.
STEP = re.compile(r"^[ \t]*Step[ \t]+(?P<number>\d{1,4})[ \t]*[:.]", re.MULTILINE | re.IGNORECASE)
NAMED = re.compile(r"\s*Step\s+(?P<number>\d{1,4})\s*", re.IGNORECASE)
#: The line with the answer, behind the last step.
ANSWER = re.compile(r"\n[ \t]*(?=The answer is\b)", re.IGNORECASE)
#: "# Answer", and the answer below it: how chains of PRM800K end.
HEADED = re.compile(r"#[ \t]*Answer\s*\n\s*(?P<answer>\S.*)", re.DOTALL)
OPTION = re.compile(r"\([A-Z]\)")
WHOLE = re.compile(r"-?\d{1,15}")
#: An option in MR-Ben's text of them, a line each.
LISTED = re.compile(r"^[ \t]*(?P<letter>[A-Z])[:.)][ \t]*(?P<text>\S.*)$", re.MULTILINE)
CHOSEN = re.compile(r"\s*Solution:\s*(?:Choice[ _])?(?P<letter>[A-Z])(?=[:.,]|\s*$).*", re.DOTALL)


class ProcessBench(MathsDataSet):
    """ProcessBench (arXiv 2412.06559): ``problem``, ``steps``, ``label`` (the first wrong step from 0, -1 for none),
    ``final_answer_correct``. It has no gold answers; whether a chain's is right is said. ``kind`` is who wrote it."""

    name = "processbench"

    def item(self, row: Row) -> Item:
        steps = step_texts(row, "steps")
        name = row.identifier("id")
        # the rows of GSM8K are problems in words, those of the other three parts mathematics
        asked: AnswerKind = "number" if name.startswith("gsm8k") else "expression"
        problem = Problem(id=name, question=row.text("problem").strip(), answer_kind=asked)
        label = TraceLabel(
            first_error=first_error(row, len(steps), counted_from=0, field="label"),
            right=truth(row, "final_answer_correct"),
        )
        writer = row.optional("generator")
        return Item(problem=problem, traces=(labelled(problem, steps),), labels=(label,), group=problem.id, kind=writer)


class MRGSM8K(MathsDataSet):
    """MR-GSM8K (arXiv 2312.17080): ``question``, ``ground_truth_answer``, ``model_output_steps``, the first wrong one
    from 1 ("N/A" for none). ``kind`` is how the question was made of one of GSM8K: ``original``, ``reversed`` (an
    unknown X is asked for, the answer given), ``POT`` (the chain is a program, a line a step). Of some reversed
    questions, the published gold answer is a sentence that got there by mistake: it is unknown then."""

    name = "mr-gsm8k"

    def item(self, row: Row) -> Item:
        steps = step_texts(row, "model_output_steps")
        problem = Problem(
            id=row.identifier("id", "uuid"),
            question=row.text("question").strip(),
            answer_kind="number",
            gold=None
            if is_sentence(row.data.get("ground_truth_answer"))
            else fraction_or_amount(row, "ground_truth_answer"),
        )
        label = TraceLabel(
            first_error=first_error(row, len(steps), counted_from=1, field="model_output_solution_first_error_step"),
            right=truth(row, "model_output_answer_correctness", WORDS),
        )
        made = row.optional("question_type")
        return Item(problem=problem, traces=(labelled(problem, steps),), labels=(label,), group=problem.id, kind=made)


def is_sentence(value: object) -> bool:
    """Whether a field holds words in place of a number."""
    return isinstance(value, str) and len(re.findall(r"[^\W\d_]{2,}", value)) > 1


class MRBen(MathsDataSet):
    """MR-Ben's mathematics (arXiv 2406.13975): multiple choice; ``question``, ``options``, ``steps`` and the first
    wrong one. As published, the fields are ``Question``, ``Options``, ``Model_Solution_Steps``,
    ``Model_Solution_First_Error_Step`` (from 1), ``Model_Solution_Correctness``, ``Ground_Truth_Answer``. ``right`` is
    whether the whole solution is. ``kind`` is the subject. The answer is what the last step calls the solution
    ("Solution: Choice_A")."""

    name = "mr-ben"

    def item(self, row: Row) -> Item:
        steps = step_texts(row, "steps", "Model_Solution_Steps")
        field = row.first("options", "Options")
        options = {found["letter"]: found["text"].strip() for found in LISTED.finditer(row.text(field))}
        problem = Problem(
            id=row.identifier("id", "Question_UUID"),
            question=row.text("question", "Question").strip(),
            answer_kind="choice",
            gold=row.text("gold", "Ground_Truth_Answer").strip(),
            options=tuple(f"{letter}) {text}" for letter, text in options.items()),
        )
        if problem.gold not in options:
            raise row.error(f"holds no option {problem.gold}", field)
        chosen = CHOSEN.fullmatch(steps[-1])
        label = TraceLabel(
            first_error=first_error(row, len(steps), counted_from=1, field="Model_Solution_First_Error_Step"),
            right=truth(row, row_field(row, "solution_correct", "Model_Solution_Correctness"), WORDS),
        )
        trace = labelled(problem, steps, options.get(chosen["letter"]) if chosen else None)
        subject = row.optional("subject", "Subject")
        return Item(problem=problem, traces=(trace,), labels=(label,), group=problem.question or "", kind=subject)


class MRMATH(MathsDataSet):
    """MR-MATH (ReasonEval, arXiv 2404.05692): ``question``, ``ground_truth_answer``, ``steps`` (as published,
    ``model_output_step_format``, each a list of lines) and the first invalid one, from 1. ``kind`` is who wrote it.

    The other of its files marks steps that aren't needed (``step_rating`` or ``rating``, 0): that makes none of them
    wrong, nor right, so that its chains have no label.
    """

    name = "mr-math"

    def item(self, row: Row) -> Item:
        steps = step_texts(row, "steps", "model_output_step_format")
        problem = Problem(
            id=row.identifier("id"),
            question=row.text("question").strip(),
            answer_kind="expression",
            gold=row.text("ground_truth_answer").strip(),
        )
        right = row_field(row, "answer_correct", "model_output_answer_correctness")
        label = TraceLabel(
            first_error=first_error(row, len(steps), counted_from=1, field="model_output_solution_first_error_step"),
            right=truth(row, right, WORDS),
        )
        headed = HEADED.fullmatch(steps[-1].strip())
        trace = labelled(problem, steps, headed["answer"].strip() if headed else None)
        writer = row.optional("generator")
        return Item(problem=problem, traces=(trace,), labels=(label,), group=problem.question or "", kind=writer)


class MathCheck(MathsDataSet):
    """MathCheck-GSM (arXiv 2407.08733), its judging tasks: a ``question``, a ``solution`` ("Step 1: …"), and as
    ``answer`` the first wrong step ("Step 3"; ``process_judging``, where there always is one), or "Correct" or
    "Incorrect" of the whole (``outcome_judging``). ``kind`` is how the question was made of one of GSM8K.

    A step is what stands from one "Step n:" at the beginning of a line to the next, what stands before the first is one
    too, and so is a last line "The answer is …".
    """

    name = "mathcheck"

    def item(self, row: Row) -> Item:
        problem = Problem(id=row.identifier("id"), question=row.text("question").strip(), answer_kind="number")
        blocks, numbers = numbered_blocks(row.text("solution"))
        label = self.label(row, numbers)
        made = row.optional("question_type")
        return Item(
            problem=problem,
            traces=(labelled(problem, blocks),),
            labels=(label,),
            group=row.identifier("group_id", "id"),
            kind=made,
        )

    def label(self, row: Row, numbers: list[int]) -> TraceLabel:
        """What ``answer`` says. Raises `TraceError`."""
        said = NAMED.fullmatch(row.text("answer"))
        if said is None:
            return TraceLabel(right=truth(row, "answer", WORDS))
        number = int(said["number"])
        if number == 0 or number not in numbers:
            raise row.error(f"is {row.data['answer']}, and the solution has no such step", "answer")
        return TraceLabel(first_error=numbers.index(number))


def numbered_blocks(text: str) -> tuple[list[str], list[int]]:
    """The steps of a text, and the number of each: a first one without counts down from the next, an answer has 0."""
    body = text.strip()
    answer = next(reversed(list(ANSWER.finditer(body))), None)
    marks = list(STEP.finditer(body))
    if answer is not None and marks and marks[-1].start() > answer.start():
        answer = None  # it goes on behind it
    starts = [mark.start() for mark in marks]
    numbers = [int(mark["number"]) for mark in marks]
    if not starts or body[: starts[0]].strip():
        starts, numbers = [0, *starts], [numbers[0] - 1 if numbers else 1, *numbers]
    if answer is not None:
        starts, numbers = [*starts, answer.end()], [*numbers, 0]
    ends = [*starts[1:], len(body)]
    return [body[start:end].strip() for start, end in zip(starts, ends, strict=True)], numbers


class BigBenchMistake(MathsDataSet):
    """BIG-Bench Mistake (arXiv 2311.08516): ``input``, ``steps``, ``answer`` of the chain, ``target`` (gold),
    ``mistake_index`` (from 0, null for none).

    All five tasks are read; only multistep arithmetic is mathematics. The answers of two are options in the question
    itself, of one numbers, of the others (sorted words, brackets) free text.
    """

    name = "bigbench-mistake"

    def item(self, row: Row) -> Item:
        steps = step_texts(row, "steps")
        target = row.text("target").strip()
        problem = Problem(
            id=row.identifier("id"),
            question=row.text("input").strip(),
            answer_kind=kind_of(target),
            gold=target.strip("()") if OPTION.fullmatch(target) else target,
        )
        given = row.data.get("answer")
        if given is not None and not isinstance(given, str):
            raise row.error(f"should be a string, not {kind(given)}", "answer")
        answer = given.strip() if given and given.strip() else None
        if answer is not None and problem.answer_kind == "number":
            answer = amount(row, "answer") if WHOLE.fullmatch(answer) else answer
        label = TraceLabel(first_error=first_error(row, len(steps), counted_from=0, field="mistake_index"))
        return Item(problem=problem, traces=(labelled(problem, steps, answer),), labels=(label,), group=problem.id)


def kind_of(target: str) -> AnswerKind:
    """What kind of answer a gold answer is of."""
    if OPTION.fullmatch(target):
        return "choice"
    return "number" if WHOLE.fullmatch(target) else "free"


def row_field(row: Row, *fields: str) -> str:
    """The first of ``fields`` that is there, or the first of all."""
    return next((field for field in fields if row.has(field)), fields[0])

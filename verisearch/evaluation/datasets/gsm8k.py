"""GSM8K, school arithmetic in words, and the sets made out of it: GSM-Hard and GSM-Plus."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from verisearch.evaluation.datasets.labels import NO_ANSWER, amount
from verisearch.evaluation.datasets.maths import MathsDataSet, fraction_or_amount, marked_solution, truth
from verisearch.evaluation.datasets.rows import Row
from verisearch.evaluation.datasets.traces import chain
from verisearch.protocols import Item, TraceLabel
from verisearch.trace import Problem, Trace

__all__ = ["GSM8K", "NO_ANSWER", "GSMHard", "GSMPlus"]

#: "What is asked? ** What is said": the form of the Socratic solutions.
SOCRATIC = re.compile(r"^[^*]*\?\s*\*\*\s*(?=\S)")
#: "A: 18", the last line of the published model solutions.
ANSWERED = re.compile(r"\s*A:\s*(?P<answer>\S.*)")


class GSM8K(MathsDataSet):
    """GSM8K as published: ``question``, and ``answer`` with a step a line, the last of them ``#### `` and the number.

    The trace is that solution. Calculator annotations (``<<48/2=24>>``) stay in the steps; of the Socratic form ("How
    many …? ** She sells …") a step is what stands behind the stars, as the question before them claims nothing. Numbers
    lose their thousands commas.

    Model chains, each with whether its final number is right:

    - ``solutions``, several a row under the problem's ``id`` (the solutions published with the set; problems in another
      file), one step a line, the last of them "A: 18". Those cut off before it have no answer;
    - ``cot`` with its own ``question`` and ``gold_answer``, or with the ``problem_id`` of another file. ``kind`` is the
      model.
    """

    name = "gsm8k"

    def item(self, row: Row) -> Item:
        if row.has("cot"):
            about = Item(problem=self.asked(row, amount(row, "gold_answer")), group=row.identifier("problem_id", "id"))
            return self.recorded(row, about, {})
        problem = self.asked(row, None)
        lines = [SOCRATIC.sub("", line, count=1) for line in row.texts("answer")]
        trace = marked_solution(problem, row, "answer", lines)
        gold = amount(row._replace(data={"answer": trace.answer}), "answer")
        problem = msgspec.structs.replace(problem, gold=gold)
        return Item(problem=problem, traces=(msgspec.structs.replace(trace, problem=problem),), group=problem.id)

    def is_chain(self, row: Row) -> bool:
        return row.has("solutions") or (row.has("cot") and not row.has("question"))

    def recorded(self, row: Row, about: Item, options: dict[str, str]) -> Item:
        if not row.has("solutions"):
            return super().recorded(row, about, options)
        problem = msgspec.structs.replace(about.problem, id=row.identifier("id"))
        found = [solved(problem, each) for _, each in row.each("solutions")]
        traces, labels = zip(*found, strict=True) if found else ((), ())
        return Item(problem=problem, traces=traces, labels=labels, group=about.group)

    def asked(self, row: Row, gold: str | None) -> Problem:
        """The problem of a row."""
        return Problem(id=row.identifier("id"), question=row.text("question").strip(), answer_kind="number", gold=gold)


def solved(problem: Problem, row: Row) -> tuple[Trace, TraceLabel]:
    """One of the published model solutions. Raises `TraceError`."""
    lines = list(row.texts("solution"))
    answer = ANSWERED.fullmatch(lines[-1]) if lines else None
    trace = chain(problem, lines[:-1] if answer else lines, answer["answer"].strip() if answer else None)
    return trace, TraceLabel(right=truth(row, "is_correct"))


class GSMHard(MathsDataSet):
    """GSM-Hard (PAL, arXiv 2211.10435): questions of GSM8K with large numbers in them; ``input`` and ``target``.

    A tenth of the answers is negative and a fifth no integer, as the numbers were changed without regard to sense; they
    are taken as they are, rounded to the 15 digits that a float holds. There is no chain: ``code`` is a Python program.
    """

    name = "gsm-hard"

    def item(self, row: Row) -> Item:
        problem = Problem(
            id=row.identifier("id"),
            question=row.text("input").strip(),
            answer_kind="number",
            gold=amount(row, "target"),
        )
        return Item(problem=problem, group=problem.id)


class GSMPlus(MathsDataSet):
    """GSM-Plus (arXiv 2402.19255): eight changes made to each of some questions of GSM8K; ``kind`` is the change,
    ``group`` the question that was changed. The trace is the ``solution``, in GSM8K's form.

    Questions changed by "critical thinking" lack something that the answer needs: gold is "None", which no number is
    equal to, and a chain is right if it says that there is no answer. Fractions ("2/5") stay fractions.
    """

    name = "gsm-plus"

    def item(self, row: Row) -> Item:
        answer = row.data.get("answer")
        problem = Problem(
            id=row.identifier("id"),
            question=row.text("question").strip(),
            answer_kind="number",
            gold=NO_ANSWER if answer == NO_ANSWER else fraction_or_amount(row, "answer"),
        )
        traces = tuple(self.solution(row, problem))
        return Item(
            problem=problem,
            traces=traces,
            group=row.text("seed_question") if row.has("seed_question") else problem.id,
            kind=row.optional("perturbation_type"),
        )

    def solution(self, row: Row, problem: Problem) -> Iterator[Trace]:
        """The gold solution, if there is one."""
        if row.has("solution"):
            yield marked_solution(problem, row, "solution")

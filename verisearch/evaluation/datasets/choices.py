"""Multiple-choice mathematics with rationales: AQuA and MathQA."""

from __future__ import annotations

import re

from verisearch.evaluation.datasets.maths import MathsDataSet, written_solution
from verisearch.evaluation.datasets.rows import Row
from verisearch.protocols import Item
from verisearch.trace import Problem

__all__ = ["AQuA", "MathQA"]

#: Where an option begins: behind the beginning of the text or a comma, perhaps twice ("a ) a ) 2").
OPTION = re.compile(r"(?:^|(?<=,))[\s'\"]*(?P<letter>[a-e])\s*\)\s*(?:(?P=letter)\s*\)\s*)?")
LETTERED = re.compile(r"\s*\(?(?P<letter>[A-Z])\s*[).:]\s*(?P<text>.*)", re.DOTALL)


class AQuA(MathsDataSet):
    """AQuA-RAT (arXiv 1705.04146): ``question``, ``options`` ("A)21"), ``rationale``, ``correct`` (the letter).

    The trace is the rationale, with the right option as its answer. Rationales were written by many people: some skip
    all there is to say.
    """

    name = "aqua"

    def item(self, row: Row) -> Item:
        found = [LETTERED.fullmatch(option) for option in row.texts("options")]
        texts = {each["letter"]: each["text"].strip() for each in found if each is not None}
        if len(texts) != len(found) or "".join(texts) != "ABCDE"[: len(texts)]:
            raise row.error("should be options lettered A), B), …", "options")
        return choice(row, row.text("question"), texts, row.optional("rationale"))


class MathQA(MathsDataSet):
    """MathQA (arXiv 1905.13319): AQuA's questions, tokenised and in lower case; ``Problem``, ``Rationale``, ``options``
    ("a ) 38 , b ) 27.675 , …", in some rows as a list in brackets or with the letters twice), ``correct``,
    ``category`` (``kind``).

    The trace is the rationale without the quotes around it, with the right option as its answer. The programs in
    ``annotated_formula`` and ``linear_formula`` are no chain and are left aside here. Keys and programs of a good many
    rows are wrong.
    """

    name = "mathqa"

    def item(self, row: Row) -> Item:
        rationale = row.text("Rationale").strip().strip('"').strip() if row.has("Rationale") else ""
        item = choice(row, row.text("Problem"), spelled(row), rationale)
        return Item(
            problem=item.problem,
            traces=item.traces,
            group=item.group,
            kind=row.optional("category"),
        )


def choice(row: Row, question: str, options: dict[str, str], rationale: str) -> Item:
    """A question with its options. Raises `TraceError` unless ``correct`` is the letter of one."""
    letter = row.text("correct").strip().upper()
    if letter not in options:
        raise row.error(f"should be the letter of an option, not {letter!r}", "correct")
    problem = Problem(
        id=row.identifier("id"),
        question=question.strip(),
        answer_kind="choice",
        gold=letter,
        options=tuple(f"{each}) {text}" for each, text in options.items()),
    )
    traces = (written_solution(problem, rationale, letter),) if rationale else ()
    return Item(problem=problem, traces=traces, group=problem.id)


def spelled(row: Row) -> dict[str, str]:
    """The options of a row of MathQA, by their letters in capitals. Raises `TraceError`."""
    text = row.text("options").strip().removeprefix("[").removesuffix("]")
    marks = list(OPTION.finditer(text))
    found = {
        mark["letter"].upper(): text[mark.end() : end].strip().strip(",").strip().strip("'\"").strip()
        for mark, end in zip(marks, [*(each.start() for each in marks[1:]), len(text)], strict=False)
    }
    if len(found) < 2 or "".join(found) != "ABCDE"[: len(found)] or len(found) != len(marks):
        raise row.error(f"should be 'a ) … , b ) …', not {text!r}", "options")
    return found

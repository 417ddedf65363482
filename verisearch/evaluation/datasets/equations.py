"""Word problems with the equation that solves them: SVAMP, MultiArith, AddSub, SingleEq."""

from __future__ import annotations

import re

from verisearch.evaluation.datasets.labels import amount
from verisearch.evaluation.datasets.maths import MathsDataSet
from verisearch.evaluation.datasets.rows import Row
from verisearch.evaluation.datasets.traces import chain
from verisearch.protocols import Item
from verisearch.trace import Problem

__all__ = ["SVAMP", "AddSub", "EquationDataSet", "MultiArith", "SingleEq"]

#: The unknown alone on one side.
ALONE = re.compile(r"\s*(?:[xX]\s*=(?P<right>[^=xX]+)|(?P<left>[^=xX]+)=\s*[xX])\s*")
UNKNOWN = re.compile(r"[xX]")


class SVAMP(MathsDataSet):
    """SVAMP (arXiv 2103.07191): ``Body``, ``Question``, ``Equation`` (without the result), ``Answer``, ``Type``.

    The question is the body and the question behind it, with a full stop between where the body has none; the trace is
    one step, the equation with the answer as its result. In one row (chal-680) these disagree. ``kind`` is the type of
    the operation.
    """

    name = "svamp"

    def item(self, row: Row) -> Item:
        body, question = row.text("Body").strip(), row.text("Question").strip()
        gold = amount(row, "Answer")
        problem = Problem(
            id=row.identifier("id", "ID"),
            question=f"{body}{'' if body[-1] in '.!?,;:' else '.'} {question}",
            answer_kind="number",
            gold=gold,
        )
        traces = (chain(problem, [f"{row.text('Equation').strip()} = {gold}"], gold),) if row.has("Equation") else ()
        kind = row.optional("Type")
        return Item(problem=problem, traces=traces, group=problem.id, kind=kind)


class EquationDataSet(MathsDataSet):
    """Word problems in the form of MAWPS: ``sQuestion``, one equation in x in ``lEquations``, its solution in
    ``lSolutions``.

    Where x stands alone on one side, the trace is one step, the other side and what it comes to ("70 - 27 = 43");
    elsewhere it is the equation and its solution ("28+x=54", "x = 26").
    """

    def item(self, row: Row) -> Item:
        gold = amount(one(row, "lSolutions"), "lSolutions")
        equation = one(row, "lEquations").text("lEquations").strip()
        if not UNKNOWN.search(equation) or equation.count("=") != 1:
            raise row.error(f"should be one equation in x, not {equation!r}", "lEquations")
        problem = Problem(
            id=row.identifier("id", "iIndex"),
            question=row.text("sQuestion").strip(),
            answer_kind="number",
            gold=gold,
        )
        alone = ALONE.fullmatch(equation)
        if alone is None:
            texts = [equation, f"{UNKNOWN.findall(equation)[0]} = {gold}"]
        else:
            texts = [f"{(alone['right'] or alone['left']).strip()} = {gold}"]
        return Item(problem=problem, traces=(chain(problem, texts, gold),), group=problem.id)


class MultiArith(EquationDataSet):
    """MultiArith: two operations, all with x alone."""

    name = "multiarith"


class AddSub(EquationDataSet):
    """AddSub: addition and subtraction, also as "a + X = b"."""

    name = "addsub"


class SingleEq(EquationDataSet):
    """SingleEq: one equation, whose unknown may stand anywhere."""

    name = "singleeq"


def one(row: Row, field: str) -> Row:
    """The row with the only entry of a list field in its place. Raises `TraceError` unless there is just one."""
    value = row.data[row.first(field)]
    if not isinstance(value, list) or len(value) != 1:
        raise row.error("should be a list of one", field)
    return row._replace(data={**row.data, field: value[0]})

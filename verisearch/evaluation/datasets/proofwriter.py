"""ProofWriter: theories of facts and rules, open world, labels by forward chaining."""

from __future__ import annotations

from collections.abc import Iterator

from verisearch.evaluation.datasets.base import RowDataSet
from verisearch.evaluation.datasets.labels import gold, statement
from verisearch.evaluation.datasets.rows import Row
from verisearch.evaluation.datasets.traces import chain, context, prose
from verisearch.protocols import Item
from verisearch.trace import Problem, Trace

__all__ = ["ProofWriter"]


class ProofWriter(RowDataSet):
    """ProofWriter in the formats it goes around in.

    - as published: ``theory`` and ``questions``, several to a row; also one question a row, as on the hub;
    - as in Logic-LM and SatLM: ``context`` (a text or a list of sentences), ``question`` or ``statement``, and
      ``answer`` (a letter of ``options``) or ``label``;
    - recorded chains: ``chain_of_thought`` (derived conclusions in order), or ``gold_reason`` (premises and
      "So …" conclusions; of Unknown rows it proves nothing and is left aside), or ``cot`` (a model's text about the
      problem ``problem_id`` of another file).

    ``config``: only rows of theories made in this way, others are passed over: any whose ``config``, or whose theory's
    name, holds the text, whatever its case. ``natlang`` takes the theories that people paraphrased in English of their
    own (``AttNonegNatLang-OWA-157``), ``electricity`` and ``birds`` the hand-written ones.
    """

    name = "proofwriter"

    def __init__(self, problems: str | None = None, config: str | None = None) -> None:
        super().__init__(problems)
        self._config = (config or "").casefold()

    def items_of(self, row: Row) -> Iterator[Row]:
        if not self._is_wanted(row):
            return
        if not row.has("theory"):
            yield row
            return
        theory = row.identifier("id")
        shared = {"context": row.text("theory"), "theory_id": theory}
        if not row.has("questions"):
            asked = row.text("question")
            yield row._replace(data={**row.data, **shared, "statement": asked, "id": f"{theory}: {asked}"})
            return
        for key, question in row.each("questions"):
            asked = question.text("question")
            yield question._replace(data={**question.data, **shared, "statement": asked, "id": f"{theory}_{key}"})

    def _is_wanted(self, row: Row) -> bool:
        """Whether the row's theory is of the wanted kind. What a chain is about is told by its problem's name."""
        if not self._config:
            return True
        names = (row.data.get(field) for field in ("config", "theory_id", "problem_id", "id"))
        return any(isinstance(name, str) and self._config in name.casefold() for name in names)

    def item(self, row: Row) -> Item:
        problem = Problem(
            id=row.identifier("id"),
            context=context(row, "context"),
            question=row.text("question") if row.has("question") else None,
            statement=statement(row),
            gold=gold(row),
        )
        group = row.identifier("theory_id", "id")
        # what is unknown has no proof: its depth in the files is how far was searched in vain
        depth = None if problem.gold == "Unknown" else row.natural("derived_depth", "QDep")
        return Item(problem=problem, traces=tuple(recorded(row, problem)), group=group, depth=depth)


def recorded(row: Row, problem: Problem) -> Iterator[Trace]:
    """The gold chain of a row, if it has one."""
    answer = problem.gold or ""
    if row.has("chain_of_thought"):
        yield chain(problem, row.texts("chain_of_thought"), answer)
    elif row.has("gold_reason") and answer != "Unknown":
        yield prose(problem, row.text("gold_reason"), answer)

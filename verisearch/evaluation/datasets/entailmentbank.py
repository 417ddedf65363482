"""EntailmentBank: facts of elementary science, a hypothesis, and the tree that leads from them to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verisearch.evaluation.datasets.base import RowDataSet
from verisearch.evaluation.datasets.rows import Row
from verisearch.evaluation.datasets.traces import chain
from verisearch.protocols import Item
from verisearch.trace import Problem, Sentence

__all__ = ["EntailmentBank"]

FACT = re.compile(r"(?:^|(?<=\s))(sent\d+):\s*")
#: "sent1 & int2 -> int3: what follows", and the last, which ends in "hypothesis".
LINK = re.compile(
    r"\s*(?P<from>[a-z]+\d+(?:\s*&\s*[a-z]+\d+)*)\s*->\s*(?:(?P<name>int\d+):\s*(?P<text>.+)|hypothesis)\s*"
)


class EntailmentBank(RowDataSet):
    """EntailmentBank, tasks 1 (the facts that are needed) and 2 (with others among them).

    The context is the facts, the statement is the hypothesis, which always follows: gold is True. The trace is the gold
    proof, a step for each conclusion, the hypothesis last. The school question that a row stems from asks for something
    else than the truth of the hypothesis, and is left aside.
    """

    name = "entailmentbank"
    logic = "classical"

    def item(self, row: Row) -> Item:
        facts = dict(facts_of(row))
        hypothesis = row.text("hypothesis").strip()
        problem = Problem(
            id=row.identifier("id"),
            context=tuple(facts.values()),
            statement=hypothesis,
            gold="True",
        )
        steps = list(conclusions(row, set(facts), hypothesis)) if row.has("proof") else []
        traces = (chain(problem, steps, "True"),) if steps else ()
        return Item(problem=problem, traces=traces, group=problem.id, depth=row.natural("depth_of_proof"))


def facts_of(row: Row) -> Iterator[tuple[str, Sentence]]:
    """The facts under their names, with their places in the text. Raises `TraceError`."""
    text = row.text("context")
    marks = list(FACT.finditer(text))
    if not marks or text[: marks[0].start()].strip():
        raise row.error("should be facts behind their names, as in 'sent1: … sent2: …'", "context")
    seen: set[str] = set()
    for mark, end in zip(marks, [*(each.start() for each in marks[1:]), len(text)], strict=True):
        fact = text[mark.end() : end].rstrip()
        if not fact or mark[1] in seen:
            raise row.error(f"{mark[1]} {'is there twice' if fact else 'says nothing'}", "context")
        seen.add(mark[1])
        yield mark[1], Sentence(fact, (mark.end(), mark.end() + len(fact)))


def conclusions(row: Row, known: set[str], hypothesis: str) -> Iterator[str]:
    """What each link of the proof concludes. Raises `TraceError` for one that rests on nothing known."""
    for number, text in enumerate(each for each in row.text("proof").split(";") if each.strip()):
        link = LINK.fullmatch(text)
        if link is None:
            raise row.error(
                f"link {number + 1} should be 'sent1 & … -> int1: …' or '… -> hypothesis': {text!r}", "proof"
            )
        missing = [name for name in re.split(r"\s*&\s*", link["from"]) if name not in known]
        if missing:
            raise row.error(f"link {number + 1} rests on {missing[0]}, which is neither given nor concluded", "proof")
        if link["name"]:
            known.add(link["name"])
        yield (link["text"] or hypothesis).strip()

"""Self-reflection, before and after: the chain of each round with its verdicts, on the terminal and as plain data."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from verisearch.report.searchtree import Judged, SearchTree, TreeNode
from verisearch.report.terminal import Writer, status_head
from verisearch.report.text import counted, one_line
from verisearch.report.words import STATUSES
from verisearch.verdict import Status

__all__ = ["Round", "rounds", "rounds_view", "write_rounds"]


class Round(NamedTuple):
    """A chain that was given back or that came of one that was. ``number`` counts the times that a chain had been
    given back before; ``end`` is its last node; ``steps`` are texts with their verdicts."""

    number: int
    end: TreeNode
    steps: list[tuple[str, Judged]]
    given_back: bool
    chosen: bool

    @property
    def fate(self) -> str:
        """What came of the chain."""
        told = [word for word, so in (("given back", self.given_back), ("chosen", self.chosen)) if so]
        return ", ".join(told)

    @property
    def tally(self) -> list[tuple[Status, int]]:
        """How many steps there are of each status."""
        found = Counter(judged.status for _, judged in self.steps)
        return [(status, found[status]) for status in Status if found[status]]

    @property
    def verified(self) -> str:
        """``yes``, ``no``; ``not checked`` without a verdict."""
        return (
            "yes" if self.end.verified else "no" if self.steps or self.end.answer or self.end.rated else "not checked"
        )

    @property
    def answer(self) -> str:
        """The answer given, with its verdict."""
        judged = self.end.answer
        return f"{one_line(judged.given, 60)} ({STATUSES[judged.status].word})" if judged else "none"


def rounds(tree: SearchTree) -> list[Round]:
    """The rounds of a search in which chains were given back, in the order of drawing; none of any other search."""
    if not any(node.anew and not node.asked for node in tree.nodes.values()):
        return []
    return [round_of(tree, node) for node in tree.nodes.values() if ends(node)]


def ends(node: TreeNode) -> bool:
    """A chain ends here. Where nothing was drawn behind one that was given back, there is none."""
    drawn = node.parent is not None and not (node.anew and not node.rated)
    return drawn and all(child.anew for child in node.children)


def round_of(tree: SearchTree, end: TreeNode) -> Round:
    line = end.lineage()
    number, above = 0, line[0]
    while above.parent is not None:
        number += above.anew
        above = above.parent
    written = end.written
    steps = [
        (written[judged.start : judged.end].strip(), judged)
        for node in line
        for _, judged in sorted(node.steps.items())
    ]
    return Round(number, end, steps, bool(end.children), tree.chosen is end)


# --- the terminal -----------------------------------------------------------------------------------------------
def write_rounds(console: Console, tree: SearchTree, *, chains: bool = True) -> None:
    """Print the rounds, a row each; with ``chains`` also those chains that were not chosen, a line each step."""
    found = rounds(tree)
    if not found:
        return
    out = Writer(console)
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("round", "verified", "steps", "answer", ""):
        table.add_column(name, justify="right" if name == "round" else "left")
    for each in found:
        tally = ", ".join(f"{count} {STATUSES[status].word}" for status, count in each.tally) or "none"
        row = (str(each.number), each.verified, tally, out.encodable(each.answer), each.fate)
        table.add_row(*map(Text, row), style="" if each.chosen else "dim")
    console.print(table)
    for each in found if chains else ():
        if not each.chosen:
            write_chain(out, each)


def write_chain(out: Writer, found: Round) -> None:
    """A chain and its verdicts, a line each step."""
    fate = f", {found.fate}" if found.fate else ""
    out.line(f"{counted(len(found.steps), 'step')}{fate}", head=Text(f"Round {found.number}: ", style="bold"))
    width = len(str(len(found.steps)))
    for number, (text, judged) in enumerate(found.steps, 1):
        line = status_head(out, str(number).rjust(width), judged.status)
        line.append(out.encodable(one_line(text)))
        line.truncate(max(out.width - 1, 1), overflow="crop" if out.ascii else "ellipsis")
        out.console.print(line, soft_wrap=True, highlight=False)
    if found.end.answer is not None:
        answer = Text(out.encodable(f"{'='.rjust(width)}  Answer: {found.answer}"))
        out.line(answer, head="")
    out.line()


# --- the page ---------------------------------------------------------------------------------------------------
def rounds_view(tree: SearchTree) -> list[dict[str, Any]]:
    """The rounds as plain data for the page's template."""
    return [
        {
            "number": each.number,
            "key": key_of(each.end),
            "verified": each.verified,
            "tally": [(status.value, STATUSES[status].word, count) for status, count in each.tally],
            "answer": each.answer,
            "status": each.end.answer.status.value if each.end.answer else "",
            "fate": each.fate,
            "chosen": each.chosen,
            "steps": [
                (one_line(text), judged.status.value, STATUSES[judged.status].word, one_line(judged.reason, 300))
                for text, judged in each.steps
            ],
        }
        for each in rounds(tree)
    ]


def key_of(node: TreeNode) -> str:
    """The node's name on the page."""
    return "n-" + "-".join(str(number + 1) for number in node.path)

"""The tree of a search on the terminal: whole, or while it grows.

On a terminal the tree is redrawn in place, no higher than the window: what was touched last is shown, and how much is
left out. Elsewhere there is one line for each chain that was scored, and nothing is ever taken back.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from verisearch.report.searchtree import Path, SearchTree, TreeNode
from verisearch.report.terminal import STYLES, Writer
from verisearch.report.text import counted, one_line
from verisearch.report.words import STATUSES

__all__ = ["GrowingTree", "write_tree"]

#: Lines that the growing tree leaves free of the window: its own two of summary, and the one the cursor is on.
FREE_LINES = 3
#: Fewest lines of a tree that are worth showing.
LEAST_LINES = 3
#: Drawings a second, at most: none is made anew while nothing happens.
DRAWINGS = 6
#: Levels are indented up to here.
DEEPEST = 12
STATUS_WORD = max(len(words.word) for words in STATUSES.values())


def write_tree(console: Console, tree: SearchTree) -> None:
    """Print every node on a line, side branches indented."""
    out = Writer(console)
    for line in lines_of(tree, out, None):
        console.print(line, soft_wrap=True, highlight=False)
    console.print(summary(tree), soft_wrap=True, highlight=False)


def lines_of(tree: SearchTree, out: Writer, most: int | None) -> list[Text]:
    """The tree in at most ``most`` lines (None: all), each cut to the console's width."""
    order = list(tree.walk())
    shown = {node.path for node, _ in order} if most is None else latest(tree, order, most)
    lines: list[Text] = []
    hidden = 0
    for node, level in order:
        if node.path not in shown:
            hidden += 1
            continue
        if hidden:
            lines.append(gap(hidden, out))
            hidden = 0
        lines.append(line_of(tree, node, level, out))
    return [*lines, gap(hidden, out)] if hidden else lines


def latest(tree: SearchTree, order: list[tuple[TreeNode, int]], most: int) -> set[Path]:
    """Which nodes to show in ``most`` lines, those for what is left out between them included: the chain that the
    search builds on, then what was drawn last."""
    newest = [*reversed(tree.nodes)]
    wanted = [*(path for path in newest if path in tree.kept), *(path for path in newest if path not in tree.kept)]
    wanted = [path for path in wanted if path]
    count = min(most, len(wanted))
    while count:
        shown = set(wanted[:count])
        gaps, inside = 0, False
        for node, _ in order:
            gaps += node.path not in shown and not inside
            inside = node.path not in shown
        if count + gaps <= most:
            return shown
        count -= max(1, (count + gaps - most) // 2)
    return set()


def gap(hidden: int, out: Writer) -> Text:
    return Text(f"  {':' if out.ascii else '⋮'} {counted(hidden, 'more step')}", style="dim")


def line_of(tree: SearchTree, node: TreeNode, level: int, out: Writer) -> Text:
    """One node: its sign, verdict, score and text."""
    state = tree.state(node)
    off = state == "discarded"
    line = Text("  " * min(level, DEEPEST))
    status = node.status
    if status is not None:
        words = STATUSES[status]
        mark = words.ascii if out.ascii else words.mark
        line.append(f"{mark} {words.word.ljust(STATUS_WORD)}", style="dim" if off else STYLES[status.value])
    else:
        mark = "." if out.ascii else "○"
        line.append(f"{mark} {('drawn' if not node.rated else 'scored').ljust(STATUS_WORD)}", style="dim")
    score = f"{node.score:.2f}" if node.score is not None else "  – " if not out.ascii else "  - "
    line.append(f" {score}  ", style="dim" if off else "bold")
    begun = f"({node.asked})" if node.asked else "(begun anew)" if node.anew else "(end)"
    line.append(out.encodable(one_line(node.text) or begun), style="dim" if off else "")
    if (node.leap or 0) > 1:
        line.append(f"  leap {node.leap}", style="dim" if off else "bold yellow")
    if node.verified:
        line.append("  verified", style="dim" if off else "bold green")
    if tree.ended and state == "chosen":
        line.append("  <" if out.ascii else "  ◂", style="bold")
    return fitted(line, out)


def fitted(line: Text, out: Writer) -> Text:
    """The line cut to the console's width: one that wraps would make the tree higher than it says."""
    line.truncate(max(out.width - 1, 1), overflow="crop" if out.ascii else "ellipsis")
    return line


def summary(tree: SearchTree) -> Text:
    """How much was drawn so far."""
    nodes = [node for path, node in tree.nodes.items() if path and not node.anew]
    tokens = [node.tokens for node in nodes if node.tokens is not None]
    whole = sum(node.whole for node in nodes)
    parts = [counted(len(nodes), "step") + " drawn", counted(whole, "whole chain")]
    if tokens:
        parts.append(counted(sum(tokens), "token"))
    best = max((node.score for node in nodes if node.whole and node.score is not None), default=None)
    if best is not None:
        parts.append(f"best whole chain {best:.2f}")
    if tree.failures:
        parts.append(f"{len(tree.failures)} failed")
    return Text(", ".join(parts), style="dim")


class GrowingTree:
    """A search that is shown while it goes on. A context: the drawing is gone when it is left.

    ``title`` stands above the tree. A thread redraws it, so that what came in a burst is seen while the next reply is
    waited for.
    """

    def __init__(self, console: Console, title: str) -> None:
        self.console, self.title = console, title
        self.tree = SearchTree()
        self.out = Writer(console)
        self._lock = threading.Lock()
        self._drawing: Group | None = None
        self.live = None
        if console.is_terminal:
            self.live = Live(console=console, get_renderable=self.drawing, refresh_per_second=DRAWINGS, transient=True)

    def __enter__(self) -> GrowingTree:
        if self.live is not None:
            self.live.start()
        else:
            self.print(Text(self.out.encodable(one_line(self.title)), style="bold"))
            self.print(Text("step.draw, verdict, score, text", style="dim"))
        return self

    def __exit__(self, *_: object) -> None:
        if self.live is not None:
            self.live.stop()
        else:
            self.print(summary(self.tree))

    def add(self, event: dict[str, Any]) -> None:
        """Take in what happened and show it."""
        with self._lock:
            touched = self.tree.add(event)
            self._drawing = None
        if self.live is None:
            for line in self.told(event, touched):
                self.print(line)

    def drawing(self) -> Group:
        """The tree as it stands, no higher than the window."""
        with self._lock:
            if self._drawing is None or self.out.width != self.console.width:
                self.out.width = self.console.width
                height = max(LEAST_LINES, self.console.height - FREE_LINES)
                title = Text(self.out.encodable(one_line(self.title)), style="bold")
                lines = [title, *lines_of(self.tree, self.out, height), summary(self.tree)]
                self._drawing = Group(*(fitted(line, self.out) for line in lines))
            return self._drawing

    def told(self, event: dict[str, Any], touched: list[TreeNode]) -> Iterator[Text]:
        """What an event is worth outside a terminal: a line for each score, and for each turn of the search."""
        if "nodes" in event and "judge" not in event:
            for node in touched:
                yield Text.assemble(f"{node.label:>5}  ", line_of(self.tree, node, 0, self.out))
        elif event.get("note") in ("backtrack", "restart", "stop", "abstain"):
            for node in touched:
                yield Text(f"{node.label or 'start':>5}  {node.did[-1] if node.did else event['note']}", style="dim")
        elif "revise" in event:
            for node in touched:
                yield Text(f"{node.parent.label if node.parent else '':>5}  given back with its verdicts", style="dim")
        elif "failed" in event:
            yield Text(self.out.encodable(one_line(self.tree.failures[-1], 200)), style="yellow")

    def print(self, line: Text) -> None:
        self.console.print(line, soft_wrap=True, highlight=False)

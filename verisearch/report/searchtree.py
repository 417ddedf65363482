"""The tree of a search, from the events that the engine tells while it runs and that records keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from verisearch.errors import InputError
from verisearch.report.text import counted
from verisearch.verdict import Status, worst

__all__ = ["Judged", "Path", "SearchTree", "TreeNode"]

#: Numbers of the draws made at each node from the root on; empty for the root.
Path = tuple[int, ...]


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on a step or on the answer, as the record tells it. ``given`` is set for an answer alone;
    ``granted``: by label, what the premises say that neither the context nor a step says."""

    status: Status
    start: int = 0
    end: int = 0
    leap: int | None = None
    premises: tuple[str, ...] = ()
    reason: str = ""
    given: str = ""
    granted: dict[str, str] = {}


@dataclass(slots=True, eq=False)
class TreeNode:
    """A piece of a reply, and all that the search said of it.

    ``start``: characters of the chain before it. ``score`` is in [0, 1], None for an abstention; ``rated``: there is a
    score or an abstention. ``steps`` are by their place in the chain; a step belongs to the node in which it begins.
    ``did``: what the search did here, in words. ``anew``: another chain begins here, in answer to the one above;
    ``asked``: that it is no chain given back, but what the strategy itself asks or concludes, in words.
    """

    path: Path
    parent: TreeNode | None = None
    text: str = ""
    tokens: int | None = None
    finish: str | None = None
    start: int = 0
    children: list[TreeNode] = field(default_factory=list)
    rated: bool = False
    score: float | None = None
    reason: str = ""
    steps: dict[int, Judged] = field(default_factory=dict)
    answer: Judged | None = None
    verified: bool = False
    did: list[str] = field(default_factory=list)
    anew: bool = False
    asked: str = ""

    @property
    def label(self) -> str:
        """``3.2``: a third step, the second draw made at its place. Another branch may have one of the same label."""
        return f"{len(self.path)}.{self.path[-1] + 1}" if self.path else ""

    def rate(self, value: float | str | None, reason: str) -> None:
        """Take a score in. What is no finite number is recorded by its name; there it counts for none."""
        named = isinstance(value, str)
        self.rated, self.score = True, None if isinstance(value, str) else value
        self.reason = f"scored {value}, which is no number in [0, 1]" if named else reason

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def whole(self) -> bool:
        """The model ended its reply here."""
        return self.finish == "end"

    @property
    def verdicts(self) -> list[Judged]:
        """The verdicts on the node's steps in order, then on its answer."""
        return [self.steps[start] for start in sorted(self.steps)] + ([self.answer] if self.answer else [])

    @property
    def status(self) -> Status | None:
        """The worst of the node's verdicts; None if nobody judged it."""
        found = self.verdicts
        return worst(each.status for each in found) if found else None

    @property
    def leap(self) -> int | None:
        """The longest leap of the node's verdicts; None if none is known."""
        return max((each.leap for each in self.verdicts if each.leap is not None), default=None)

    def lineage(self) -> list[TreeNode]:
        """The nodes from behind the root, or from where the chain was begun anew, down to this one."""
        found: list[TreeNode] = []
        node: TreeNode | None = self
        while node is not None and node.parent is not None:
            found.append(node)
            node = None if node.anew else node.parent
        return found[::-1]

    @property
    def written(self) -> str:
        """All text down to here."""
        return "".join(node.text for node in self.lineage())


class SearchTree:
    """Grows by events. ``nodes`` holds the root too, in the order of drawing; ``failures`` says what went wrong.

    Raises `InputError` for an event that no search makes.
    """

    def __init__(self, events: Iterable[dict[str, Any]] = ()) -> None:
        self.root = TreeNode(())
        self.nodes: dict[Path, TreeNode] = {(): self.root}
        self.failures: list[str] = []
        #: The nodes that the search builds on at present, as far as its strategy tells.
        self.kept: set[Path] = set()
        self.ended = False
        self.chosen: TreeNode | None = None
        self._chain: set[Path] = set()
        self._sizes: dict[Path, int] = {}
        for event in events:
            self.add(event)

    def __len__(self) -> int:
        """The number of draws."""
        return sum(node.parent is not None and not node.anew for node in self.nodes.values())

    def add(self, event: dict[str, Any]) -> list[TreeNode]:
        """Take in what happened; the nodes that it is about."""
        try:
            return self._add(event)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"this is no event of a search ({type(error).__name__}: {error}): {str(event)[:120]}; was the record "
                "edited, or made by another version?"
            ) from error

    def _add(self, event: dict[str, Any]) -> list[TreeNode]:
        if "draw" in event:
            return [self._draw(event)]
        if "next" in event:
            return self._fork(event)
        if "revise" in event:
            return [self._begin_anew(event)]
        if "ask" in event:
            return [self._ask(event)]
        if "conclude" in event:
            return [self._conclude(event)]
        if "rate_next" in event:
            return [child for each in event["nodes"] for child in self._rate_next(each)]
        if "note" in event:
            return self._note(event)
        if "choice" in event:
            return self._choose(event["choice"])
        if "nodes" in event:
            return [self._rate(each, judge="judge" in event) for each in event["nodes"]]
        if "failed" in event:
            return self._fail(event)
        return []

    def _draw(self, event: dict[str, Any]) -> TreeNode:
        path = tuple(event["draw"])
        parent = self.nodes[path[:-1]]
        node = TreeNode(path, parent, event["text"], event.get("tokens"), event.get("finish"), parent.end)
        parent.children.append(node)
        self.nodes[path] = node
        return node

    def _fork(self, event: dict[str, Any]) -> list[TreeNode]:
        """The next tokens of a node, each a node of its own."""
        parent = self.nodes[tuple(event["next"])]
        made = []
        for number, each in enumerate(event["tokens"], event["first"]):
            text, finish = ("", "end") if each["ends"] else (each["text"], None)
            node = TreeNode((*parent.path, number), parent, text, 1, finish, parent.end)
            self.nodes[node.path] = node
            made.append(node)
        parent.children += made
        return made

    def _begin_anew(self, event: dict[str, Any]) -> TreeNode:
        """A chain was given back: what is drawn behind this is a new one."""
        given = self.nodes[tuple(event["revise"])]
        given.did.append("given back to the model with its verdicts")
        node = TreeNode(tuple(event["path"]), given)
        node.anew = True
        self.nodes[node.path] = node
        given.children.append(node)
        return node

    def _ask(self, event: dict[str, Any]) -> TreeNode:
        """The model is asked something of the strategy's own: what is drawn behind this is the reply."""
        parent = self.nodes[tuple(event["ask"])]
        node = TreeNode(tuple(event["path"]), parent)
        node.anew, node.asked = True, f"asked: {event['template']}"
        self.nodes[node.path] = node
        parent.children.append(node)
        return node

    def _conclude(self, event: dict[str, Any]) -> TreeNode:
        """The strategy wrote a reply of its own."""
        parent, path = self.nodes[tuple(event["conclude"])], tuple(event["path"])
        root = TreeNode(path, parent)
        root.anew, root.asked = True, "concluded by the search itself"
        node = TreeNode((*path, 0), root, event["text"], 0, "end")
        self.nodes |= {path: root, node.path: node}
        parent.children.append(root)
        root.children.append(node)
        return node

    def _rate_next(self, told: dict[str, Any]) -> list[TreeNode]:
        """The values of the next tokens of a node, in their order."""
        children = self.nodes[tuple(told["path"])].children
        for child, value in zip(children, told["values"], strict=True):
            child.rate(value, told["reason"])
        return children

    def _rate(self, told: dict[str, Any], *, judge: bool) -> TreeNode:
        node = self.nodes[tuple(told["path"])]
        if not judge or not node.rated:
            node.rate(told["value"], told["reason"])
        line = node.lineage()
        for each in told.get("steps", ()):
            step = msgspec.convert(each, Judged)
            owner = next((one for one in line if one.start <= step.start < one.end), node)
            owner.steps[step.start] = step
        if told.get("answer") is not None:
            node.answer = msgspec.convert(told["answer"], Judged)
        node.verified = told.get("verified", node.verified)
        return node

    def _note(self, event: dict[str, Any]) -> list[TreeNode]:
        node = self.nodes[tuple(event["path"])]
        try:
            return self._noted(node, event)
        except (KeyError, TypeError, ValueError):  # a plug-in's strategy may note what it likes under any name
            node.did.append(str(event["note"]))
            return [node]

    def _noted(self, node: TreeNode, event: dict[str, Any]) -> list[TreeNode]:
        action = event["note"]
        if action in ("accept", "take") and "step" in event:
            taken = self.nodes[tuple(event["step"])]
            taken.did.append("accepted" if action == "accept" else "taken as the best: no draw was accepted")
            self._keep([taken])
            return [taken]
        if action == "keep" and "from" in event and "texts" in event:  # of a search among tokens, which tells texts
            return []
        if action == "keep":
            beams = [self.nodes[tuple(path)] for path in event["paths"]]
            for each in beams:
                if "kept as a beam" not in each.did:
                    each.did.append("kept as a beam")
            self._keep(beams)
            return beams
        if action in ("backtrack", "restart"):
            what = f"none of {counted(event['draws'], 'draw')} behind this was accepted"
            node.did.append(f"{what}: {'went back' if action == 'backtrack' else 'began anew'}")
            self._keep([node.parent] if action == "backtrack" and node.parent else [])
            return [node]
        if action == "expand":
            priors = ", ".join(f"{prior:.2f}" for prior in event["priors"])
            node.did.append(f"expanded; priors {priors}" if priors else "expanded; nothing was drawn")
            return [node]
        if action == "vote":
            node.did.append(f"its answer won the vote, with {event['share']:.0%} of the weight")
        elif action == "attempt":
            agreed = event["outcome"] == "agreed"
            node.did.append(f"the two programs agreed on {event['value']}" if agreed else event["reason"])
        elif action == "stop":
            node.did.append("the search stopped here")
        return [node]

    def _fail(self, event: dict[str, Any]) -> list[TreeNode]:
        if "rate" in event:
            self.failures.append(f"{event['rate']} could not score: {event['failed']}")
            return []
        node = self.nodes[tuple(event["failed"])]
        self.failures.append(f"a draw behind {node.label or 'the start'} failed: {event['message']}")
        node.did.append(f"a draw behind this failed: {event['message']}")
        return [node]

    def _choose(self, path: list[int] | None) -> list[TreeNode]:
        self.ended = True
        self.chosen = None if path is None else self.nodes[tuple(path)]
        self._chain = {node.path for node in self.chosen.lineage()} if self.chosen else set()
        return [self.chosen] if self.chosen else []

    def _keep(self, nodes: list[TreeNode]) -> None:
        self.kept = {each.path for node in nodes for each in node.lineage()}

    # --- reading ---
    def on_chain(self, node: TreeNode) -> bool:
        """The node is part of the chosen chain."""
        return node.path in self._chain

    def state(self, node: TreeNode) -> Literal["chosen", "discarded", "open"]:
        """``chosen``: on the chain that the search settled on, or builds on at present; ``discarded``: on none of
        these; ``open``: that can't be said yet."""
        if self.ended:
            return "chosen" if self.on_chain(node) else "discarded"
        if node.path in self.kept:
            return "chosen"
        depth = max(map(len, self.kept), default=0)
        return "discarded" if len(node.path) <= depth else "open"

    def main_child(self, node: TreeNode) -> TreeNode | None:
        """The child that carries the line on: the chosen one, else the one with the most nodes below it, the first of
        equals."""
        if len(node.children) < 2:
            return node.children[0] if node.children else None
        sizes = self.sizes()
        return max(node.children, key=lambda each: (self.on_chain(each), each.path in self.kept, sizes[each.path]))

    def sizes(self) -> dict[Path, int]:
        """The number of nodes of each node's subtree, itself included."""
        if len(self._sizes) != len(self.nodes):
            self._sizes = dict.fromkeys(self.nodes, 1)
            for path in sorted(self.nodes, key=len, reverse=True):
                if path:
                    self._sizes[path[:-1]] += self._sizes[path]
        return self._sizes

    def walk(self) -> Iterator[tuple[TreeNode, int]]:
        """Every node but the root with its level: side branches, a level deeper, before the child that carries the line
        on. So a chain stays on one level, and levels don't grow faster than the logarithm of the tree."""
        stack: list[tuple[TreeNode, int]] = [(self.root, 0)]
        while stack:
            node, level = stack.pop()
            if node.parent is not None:
                yield node, level
            main = self.main_child(node)
            if main is not None:
                stack.append((main, level))
            stack.extend((each, level + 1) for each in reversed(node.children) if each is not main)

"""The tree of what was written: a node is a piece of text behind its parent's."""

from __future__ import annotations

import msgspec

from verisearch.protocols import Finish, Message

__all__ = ["Node", "Root"]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a reply.

    ``path`` holds, from the root on, the number of the draw made at each node; it is empty for the root, where
    nothing is written yet. ``ids`` are the token ids of ``text``, None where the policy has none.

    A reply may also begin behind another one: such a beginning has no parent, a path that goes on from the other
    reply's, and in ``turns`` what was said since the problem was put; with ``alone`` these are all that is said,
    without the problem's prompt, and ``most`` is the number of tokens that such a reply may have.
    """

    path: tuple[int, ...] = ()
    parent: Node | None = None
    text: str = ""
    ids: tuple[int, ...] | None = ()
    logprobs: tuple[float, ...] | None = None
    finish: Finish | None = None
    turns: tuple[Message, ...] = ()
    alone: bool = False
    most: int | None = None

    @property
    def root(self) -> Node:
        """Where its reply begins."""
        node = self
        while node.parent is not None:
            node = node.parent
        return node

    @property
    def finished(self) -> bool:
        """The model has ended its reply here."""
        return self.finish == "end"

    @property
    def depth(self) -> int:
        """The number of pieces from where its reply begins."""
        return len(self.path) - len(self.root.path)

    def lineage(self) -> list[Node]:
        """The nodes from behind the beginning of its reply down to this one."""
        nodes: list[Node] = []
        node: Node | None = self
        while node is not None and node.parent is not None:
            nodes.append(node)
            node = node.parent
        return nodes[::-1]

    @property
    def written(self) -> str:
        """All text up to here."""
        return "".join(node.text for node in self.lineage())

    @property
    def written_ids(self) -> tuple[int, ...] | None:
        """All token ids up to here; None if a piece has none."""
        found: list[int] = []
        for node in self.lineage():
            if node.ids is None:
                return None
            found += node.ids
        return tuple(found)


#: Where every search begins.
Root = Node()

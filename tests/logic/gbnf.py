"""Reads the part of GBNF that our grammars use, draws strings of their languages, and tells whether a text is one."""

from __future__ import annotations

import re
from functools import cache
from random import Random
from typing import Any, TypeAlias

__all__ = ["Gbnf"]

PIECE = re.compile(
    r"""(?P<space>[ ]+)|"(?P<text>(?:\\.|[^"\\])*)"|\[(?P<class>(?:\\.|[^\]\\])*)\]|(?P<name>[a-z][a-z0-9-]*)"""
    r"""|\{(?P<least>[0-9]+)(?:,(?P<most>[0-9]+))?\}|(?P<mark>[()|?])""",
    re.VERBOSE,
)
ESCAPES = {"\\n": "\n", "\\\\": "\\", '\\"': '"'}

#: Characters that classes are drawn from: those that a careless grammar would let do harm among them.
ANY = "abcnotxyzXZ:() ;|\"\\'%.?!-=<>0123456789é→日🦊\u2028\u00a0\t\n\r\0\x7f"

#: ``("text", str)``, ``("class", pattern)``, ``("rule", name)``, ``("all", parts)``, ``("one", ways)`` or
#: ``("repeated", part, least, most)``.
Node: TypeAlias = tuple[Any, ...]


class Gbnf:
    """A grammar. Raises `ValueError` for one that can't be read, lacks a rule or has one that isn't needed."""

    def __init__(self, text: str) -> None:
        self.rules: dict[str, Node] = {}
        used = {"root"}
        for line in text.splitlines():
            name, mark, body = line.partition(" ::= ")
            if not mark or name in self.rules:
                raise ValueError(f"no rule, or one of a name that was there before: {line}")
            self.pieces = self.split(body)
            used.update(piece["name"] for piece in self.pieces if piece["name"] is not None)
            self.rules[name] = self.choice()
            if self.pieces:
                raise ValueError(f"something is left over: {self.pieces[0][0]}")
        if used != set(self.rules):
            raise ValueError(f"rules are missing or never used: {used ^ set(self.rules)}")

    # --- reading --------------------------------------------------------------------------------------------------
    def split(self, body: str) -> list[re.Match[str]]:
        found, at = [], 0
        while at < len(body):
            piece = PIECE.match(body, at)
            if piece is None:
                raise ValueError(f"no GBNF: {body[at:]}")
            found.append(piece)
            at = piece.end()
        return [piece for piece in found if piece["space"] is None]

    def next_is(self, *marks: str) -> bool:
        return bool(self.pieces) and self.pieces[0]["mark"] in marks

    def choice(self) -> Node:
        ways = [self.sequence()]
        while self.next_is("|"):
            self.pieces.pop(0)
            ways.append(self.sequence())
        return ("one", ways)

    def sequence(self) -> Node:
        parts: list[Node] = []
        while self.pieces and not self.next_is("|", ")"):
            item = self.item()
            if self.next_is("?"):
                self.pieces.pop(0)
                item = ("repeated", item, 0, 1)
            elif self.pieces and self.pieces[0]["least"] is not None:
                piece = self.pieces.pop(0)
                item = ("repeated", item, int(piece["least"]), int(piece["most"] or piece["least"]))
                if item[2] > item[3]:
                    raise ValueError(f"no repetition: {piece[0]}")
            parts.append(item)
        return ("all", parts)

    def item(self) -> Node:
        piece = self.pieces.pop(0)
        if piece["text"] is not None:
            return ("text", re.sub(r"\\.", lambda found: ESCAPES[found[0]], piece["text"]))
        if piece["class"] is not None:
            return ("class", re.compile(f"[{piece['class']}]"))
        if piece["name"] is not None:
            return ("rule", piece["name"])
        if piece[0] != "(":
            raise ValueError(f"out of place: {piece[0]}")
        inner = self.choice()
        if not self.next_is(")"):
            raise ValueError("a group has no end")
        self.pieces.pop(0)
        return inner

    # --- writing --------------------------------------------------------------------------------------------------
    def draw(self, random: Random, node: Node = ("rule", "root")) -> str:
        """A string of the language, or of a part of the grammar."""
        kind, value = node[0], node[1]
        if kind == "text":
            return str(value)
        if kind == "class":
            return random.choice([char for char in ANY if value.fullmatch(char)])
        if kind == "rule":
            return self.draw(random, self.rules[value])
        if kind == "one":
            return self.draw(random, random.choice(value))
        if kind == "all":
            return "".join([self.draw(random, part) for part in value])
        most = node[3] if random.random() < 0.2 else min(node[3], node[2] + 3)
        return "".join([self.draw(random, value) for _ in range(random.randint(node[2], most))])

    def longest(self, name: str = "root") -> str:
        """The longest string that a rule derives. Takes a grammar without recursion."""

        @cache
        def of_rule(name: str) -> str:
            return of(self.rules[name])

        def of(node: Node) -> str:
            kind, value = node[0], node[1]
            if kind == "text":
                return str(value)
            if kind == "class":
                return next(char for char in ANY if value.fullmatch(char))
            if kind == "rule":
                return of_rule(value)
            if kind == "one":
                return max(map(of, value), key=len)
            return "".join(map(of, value)) if kind == "all" else of(value) * int(node[3])

        return of_rule(name)

    # --- telling --------------------------------------------------------------------------------------------------
    def accepts(self, text: str) -> bool:
        """Whether ``text`` is a string of the language."""

        @cache
        def of_rule(name: str, start: int) -> frozenset[int]:
            return of(self.rules[name], start)

        def of(node: Node, start: int) -> frozenset[int]:
            """Where a string of ``node`` that begins at ``start`` may end."""
            kind, value = node[0], node[1]
            if kind == "text":
                return frozenset([start + len(value)] if text.startswith(value, start) else [])
            if kind == "class":
                return frozenset([start + 1] if value.match(text, start) else [])
            if kind == "rule":
                return of_rule(value, start)
            if kind == "one":
                return frozenset().union(*[of(way, start) for way in value])
            ends = frozenset([start])
            if kind == "all":
                for part in value:
                    ends = frozenset().union(*[of(part, end) for end in ends])
                return ends
            found = ends if node[2] == 0 else frozenset()
            for count in range(1, node[3] + 1):
                ends = frozenset().union(*[of(value, end) for end in ends])
                found = found | ends if count >= node[2] else found
            return found

        return len(text) in of_rule("root", 0)

"""The surface of SMT-LIB 2: tokens and nested lists, with positions. Nesting is limited; nothing is recursive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NoReturn

from verisearch.errors import ParseError
from verisearch.logic.formula import MAX_DEPTH

__all__ = ["MAX_NESTING", "Expression", "read_expressions"]

#: Deepest nesting of parentheses. More than `MAX_DEPTH`, as a level of a formula can take more than one.
MAX_NESTING = MAX_DEPTH + 20

Kind = Literal["list", "symbol", "numeral", "decimal", "keyword"]

TOKEN = re.compile(
    r"""(?P<skip>[ \t\r\n]+|;[^\n]*)
    |(?P<open>\()
    |(?P<close>\))
    |(?P<quoted>\|[^|\\]*\|)
    |(?P<decimal>[0-9]+\.[0-9]+(?![0-9A-Za-z~!@$%^&*_+=<>.?/-]))
    |(?P<numeral>[0-9]+(?![0-9A-Za-z~!@$%^&*_+=<>.?/-]))
    |(?P<keyword>:[0-9A-Za-z~!@$%^&*_+=<>.?/-]+)
    |(?P<symbol>[A-Za-z~!@$%^&*_+=<>.?/-][0-9A-Za-z~!@$%^&*_+=<>.?/-]*)
    """,
    re.VERBOSE,
)

#: What a character that begins no token was probably meant as.
HINTS = {
    '"': "strings are not supported",
    "#": "bit vectors are not supported",
    "|": "a '|' has no partner, or a '\\' stands in a quoted symbol",
}


@dataclass(slots=True)
class Expression:
    """A list or a token. ``text`` is a token's text (a quoted symbol's without its bars); ``quoted`` says whether it
    had bars. ``position`` is the offset of its first character."""

    kind: Kind
    text: str
    position: int
    items: tuple[Expression, ...] = ()
    quoted: bool = False

    def is_symbol(self, text: str) -> bool:
        return self.kind == "symbol" and self.text == text

    @property
    def head(self) -> str:
        """The symbol that a list begins with; empty if there is none."""
        first = self.items[0] if self.items else None
        return first.text if first is not None and first.kind == "symbol" else ""


def wrong(text: str, position: int, message: str) -> NoReturn:
    raise ParseError(message, text=text, position=position)


def tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """``(kind, text, position)`` of each token. Raises `ParseError`."""
    position = 0
    while position < len(text):
        found = TOKEN.match(text, position)
        if found is None:
            word = (text[position : position + 20].split() or [text[position]])[0]
            wrong(text, position, HINTS.get(text[position], f"{word!r} is no SMT-LIB token"))
        if found.lastgroup != "skip":
            yield str(found.lastgroup), found[0], position
        position = found.end()


def read_expressions(text: str) -> list[Expression]:
    """The expressions of ``text``, in order. Raises `ParseError`."""
    done: list[Expression] = []
    unfinished: list[tuple[int, list[Expression]]] = []
    for kind, word, position in tokens(text):
        if kind == "open":
            if len(unfinished) == MAX_NESTING:
                wrong(text, position, f"nested more than {MAX_NESTING} levels deep")
            unfinished.append((position, []))
            continue
        if kind == "close":
            if not unfinished:
                wrong(text, position, "this ')' closes nothing")
            start, items = unfinished.pop()
            made = Expression("list", "(", start, tuple(items))
        else:
            made = token_expression(text, kind, word, position)
        (unfinished[-1][1] if unfinished else done).append(made)
    if unfinished:
        wrong(text, unfinished[-1][0], "this '(' is never closed")
    return done


def token_expression(text: str, kind: str, word: str, position: int) -> Expression:
    if kind == "quoted":
        return Expression("symbol", word[1:-1], position, quoted=True)
    if kind in ("numeral", "decimal") and len(word) > 1 and word[0] == "0" and word[1] != ".":
        wrong(text, position, f"a numeral can't begin with 0: {word}")
    kinds: dict[str, Kind] = {"numeral": "numeral", "decimal": "decimal", "keyword": "keyword", "symbol": "symbol"}
    return Expression(kinds[kind], word, position)

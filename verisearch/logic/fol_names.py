"""Names in FOL notation: which can stand as they are, and how the others are quoted."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["KEYWORDS", "NAME", "VARIABLE_LIKE", "is_variable_name", "name_text", "unquoted"]

#: A plain name. Apostrophes may stand inside (``nica'sMarket``).
NAME = r"[^\W\d][\w'’]*"
PLAIN = re.compile(NAME)
#: Names that only ever mean variables: one that is not bound is a forgotten quantifier, no constant.
VARIABLE_LIKE = re.compile(r"[u-z][0-9]?")
#: Words that are connectives, with the token of each; as names they must be quoted.
KEYWORDS = {
    "all": "FORALL",
    "forall": "FORALL",
    "exists": "EXISTS",
    "not": "NOT",
    "and": "_AND",
    "or": "_OR",
    "xor": "XOR",
    "implies": "IMPLIES",
    "iff": "IFF",
    "true": "TRUE",
    "false": "FALSE",
}
ESCAPED = re.compile(r"\\u\{([0-9A-Fa-f]{1,6})\}|\\(.)")


def is_variable_name(name: str) -> bool:
    """Whether a variable can have this name."""
    return PLAIN.fullmatch(name) is not None and name not in KEYWORDS


@lru_cache(maxsize=16384)
def name_text(name: str) -> str:
    """A function's, predicate's or sort's name, in quotes unless it is plain."""
    if is_variable_name(name) and not VARIABLE_LIKE.fullmatch(name):
        return name
    inner = "".join(
        f"\\{char}" if char in "\\'" else char if char.isprintable() else f"\\u{{{ord(char):X}}}" for char in name
    )
    return f"'{inner}'"


def unquoted(text: str) -> str:
    """The name inside quotes. Raises `ValueError` for an escape of no character."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text[1:-1])

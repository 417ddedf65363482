"""Words and punctuation with their places in the text."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Token", "tokenize"]


class Token(NamedTuple):
    """One word or mark. ``low`` is the lower-case form; ``end`` is exclusive."""

    text: str
    low: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        return self.text[0].isalpha() or self.text[0].isdecimal()

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper() or self.text[0].isdigit()


# A word may carry inner hyphens and apostrophes, a number inner commas and points; a leading minus is a number's.
PATTERN = re.compile(r"-?\d[\d,.]*\d|-?\d|[^\W\d_]+(?:['’\-][^\W\d_]+)*|\S")
CONTRACTIONS = {
    "let's": ("let", "us"),
    "we've": ("we", "have"),
    "we'll": ("we", "will"),
    "i'll": ("i", "will"),
    "isn't": ("is", "not"),
    "aren't": ("are", "not"),
    "doesn't": ("does", "not"),
    "don't": ("do", "not"),
    "can't": ("cannot",),
    "it's": ("it", "is"),
    "he's": ("he", "is"),
    "she's": ("she", "is"),
    "they're": ("they", "are"),
    "that's": ("that", "is"),
    "there's": ("there", "is"),
}


def tokenize(text: str) -> list[Token]:
    """The tokens of ``text``; contractions come apart, both parts with the whole's span."""
    tokens: list[Token] = []
    for match in PATTERN.finditer(text):
        word, start, end = match.group(), match.start(), match.end()
        low = word.lower().replace("’", "'")
        if "'" in low and low in CONTRACTIONS:
            tokens.extend(Token(part, part, start, end) for part in CONTRACTIONS[low])
        else:
            tokens.append(Token(word, low, start, end))
    return tokens

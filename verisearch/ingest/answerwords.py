"""Normal forms of answers: what "uncertain", "B" or "option (b)" stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

__all__ = ["as_options", "normal_form", "truth_word"]

TRUE = frozenset({"true"})
FALSE = frozenset({"false"})
UNKNOWN = re.compile(
    r"unknown|uncertain|undetermined|indeterminate|undecidable|unprovable"
    r"|(?:it )?(?:cannot|can't|can not) be (?:determined|inferred|known|concluded)"
    r"|(?:not enough|insufficient) information"
)
OPTION = re.compile(r"\s*\(?\s*(?P<letter>[A-Za-z])\s*[).:\]]\s*(?P<text>\S.*?)\s*$", re.DOTALL)
LETTER = re.compile(r"(?:option|choice)?\s*\(?([A-Za-z])\s*[).:]?", re.IGNORECASE)
EDGE = " \t\r\n*_\"“”‘’'`.!"


def truth_word(text: str) -> str | None:
    """``True``, ``False`` or ``Unknown`` for a word that means one of them; None for any other."""
    word = " ".join(text.lower().split()).strip(EDGE)
    if word in TRUE:
        return "True"
    if word in FALSE:
        return "False"
    return "Unknown" if UNKNOWN.fullmatch(word) else None


def as_options(options: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    """Letters with what they stand for, from ["A) True", …] or {"A": "True", …}; unlettered ones count from A."""
    if isinstance(options, Mapping):
        return {letter.upper(): normal_form(text) for letter, text in options.items()}
    result: dict[str, str] = {}
    for number, option in enumerate(options):
        found = OPTION.fullmatch(option)
        if found:
            result[found["letter"].upper()] = normal_form(found["text"])
        elif number < 26:
            result[chr(ord("A") + number)] = normal_form(option)
    return result


def normal_form(text: str, options: Mapping[str, str] | None = None) -> str:
    """``text`` as ``True``, ``False`` or ``Unknown`` if it means one of them, as the option its letter stands for,
    else without quotes and emphasis around it."""
    word = truth_word(text)
    if word:
        return word
    letter = LETTER.fullmatch(text.strip(EDGE + "[]{}"))
    if letter and (letter[1].isupper() or letter[1].upper() in (options or {})):
        return (options or {}).get(letter[1].upper(), letter[1].upper())
    lettered = OPTION.fullmatch(text)
    meant = truth_word(lettered["text"]) if lettered else None
    return meant or text.strip().strip(EDGE)

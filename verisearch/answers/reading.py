"""What an answer's text is: a number, a shape, words; read once and remembered."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from verisearch.answers.notation import INVISIBLE
from verisearch.answers.plain import COMMA, LONGEST, Number, flat, number, tidy
from verisearch.answers.shapes import Shape
from verisearch.answers.shaping import shape
from verisearch.answers.stating import boxes, of_sentence, stated, yes_or_no
from verisearch.maths.numerals import SCALES, words_value
from verisearch.maths.terms import Unread
from verisearch.maths.units import FILLER

__all__ = ["Read", "read_answer", "shape_of"]

SCALED = re.compile(rf"({'|'.join(SCALES)})(?: (.+))?", re.IGNORECASE)
SPACES = re.compile(r"[^\S\n]{2,}")
#: Empty lines.
LINES = re.compile(r"\n ?(?:\n ?)+")


class Read(NamedTuple):
    """A text as an answer. ``text``: without what is around it; ``number`` if it is one; ``problem``: why nothing can
    be made of it."""

    text: str
    number: Number | None = None
    problem: str = ""


def read_answer(text: str, single: bool) -> Read:
    """What ``text`` says. ``single``: that it is one number is known, so that a comma may stand before decimals."""
    return remembered(text, single) if len(text) <= LONGEST else read_at_length(text, single)


@lru_cache(maxsize=1 << 12)
def remembered(text: str, single: bool) -> Read:
    """`read_answer` for texts that may come again."""
    return read_at_length(text, single)


def read_at_length(text: str, single: bool) -> Read:
    """`read_answer`, without a memory."""
    text = LINES.sub("\n", SPACES.sub(" ", text))
    plain = tidy(text)
    if not plain or len(boxes(text)) > 1:
        inner = stated(text)
        plain = tidy(inner) if inner else ""
    if not plain or not any(mark.isalnum() or mark in "∞∅\\" for mark in plain):
        return Read("", problem="there is no answer in it")
    if INVISIBLE.search(plain):
        return Read("", problem="there are invisible characters in it")
    plain = yes_or_no(plain) or plain
    found = numeral(plain, single)
    if found is not None or (len(plain) <= LONGEST and not isinstance(shape_of(plain), str)):
        return Read(plain, found)
    inner = stated(text)
    while inner is not None:
        said = tidy(inner)
        if not said or INVISIBLE.search(said):
            break
        found = numeral(said, single)
        if found is not None or (len(said) <= LONGEST and not isinstance(shape_of(said), str)):
            return Read(said, found)
        # "Final Answer: The largest n is 34."
        shorter = of_sentence(inner)
        inner = shorter if shorter is not None and len(shorter) < len(inner) else None
    return Read(plain)


def numeral(text: str, single: bool) -> Number | None:
    """The number that a text is, in digits or in words."""
    text = flat(text)
    if single:
        text = text.replace(",", ".") if COMMA.fullmatch(text) else text
    found = number(text)
    if found is not None and (scaled := SCALED.fullmatch(found.unit)):
        # "1.5 million dollars"
        return found._replace(value=found.value * SCALES[scaled[1].lower()], unit=scaled[2] or "", decimals=None)
    if found is not None:
        return found._replace(unit="") if found.unit.lower() in FILLER else found
    said = words_value(text)
    return None if said is None else Number(said)


def shape_of(text: str) -> Shape | str:
    """The shape of a tidied text, or why it has none."""
    return shaped(text) if len(text) <= LONGEST else "it is too long"


@lru_cache(maxsize=1 << 12)
def shaped(text: str) -> Shape | str:
    """`shape_of`, remembered."""
    try:
        return shape(flat(text))
    except Unread as reason:
        return str(reason)
    except RecursionError:
        return "it is nested too deeply"

"""Which units an answer may leave to its question, and which words behind a number change what it says."""

from __future__ import annotations

import re

from verisearch.answers.measures import TABLE, Unit, singular, unit
from verisearch.answers.parsing import FUNCTIONS, prose
from verisearch.answers.stating import DENIED

__all__ = ["left_to_question"]

#: Words that make another number of a number, or say that it is none exactly: scales, parts, operations, comparisons.
CHANGING = FUNCTIONS | {
    singular(word)
    for word in (
        "ten hundred thousand million billion trillion lakh crore mil mln mio bil dozen gross half halves third quarter"
        " fourth fifth sixth seventh eighth ninth tenth twelfth twentieth hundredth thousandth mille permille basis"
        " times plus minus divided multiplied squared cubed over mod modulo factorial base root sqrt infinity more less"
        " fewer most least greater bigger smaller larger above below under approx approximately about roughly around"
        " ish"
    ).split()
}
#: Behind digits, these make a rank of a number: which of several it is.
RANKS = frozenset({"st", "nd", "rd", "th"})
WORDS = re.compile(r"[\s/.^]+")


def left_to_question(measured: Unit) -> bool:
    """Whether ``measured`` only says what is counted or measured: a unit that is known, or words. "5x" is no 5, nor are
    "5 thousand" and "5 minus 2"."""
    said = measured.dimension.strip('"')
    if not said or said.partition("^")[0] in TABLE:
        return True
    words = [word for word in WORDS.split(said) if word]
    words = words[1:] if words and words[0] in RANKS else words
    if DENIED.search(said) or not CHANGING.isdisjoint(singular(word.lower()) for word in words):
        return False
    return all(known(word) or (len(word) > 2 and word.isalpha() and prose(word)) for word in words)


def known(word: str) -> bool:
    return unit(word).dimension in TABLE

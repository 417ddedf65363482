"""Which units an answer may leave to its question, and which words behind a number change what it says."""

from __future__ import annotations

import re

from verisearch.answers.parsing import FUNCTIONS, prose
from verisearch.answers.stating import DENIED
from verisearch.maths.numerals import MULTIPLIERS, PARTS, PLURALS
from verisearch.maths.units import TABLE, Unit, singular, unit

__all__ = ["left_to_question"]

#: Words that make another number of a number, or say that it is none exactly: scales, parts, operations, comparisons.
CHANGING = FUNCTIONS | {
    singular(word)
    for word in (
        *MULTIPLIERS,
        *PARTS,
        *PLURALS,
        *"ten lakh crore mil mln mio bil gross mille permille basis".split(),
        *"times plus minus divided multiplied squared cubed over mod modulo factorial base root sqrt infinity".split(),
        *"more less fewer most least greater bigger smaller larger above below under".split(),
        *"approx approximately about roughly around ish".split(),
    )
}
#: The dimension of what is no unit, but a number: a pair, a dozen.
COUNT = "count"
#: Behind digits, these make a rank of a number: which of several it is.
RANKS = frozenset({"st", "nd", "rd", "th"})
WORDS = re.compile(r"[\s/.^]+")


def left_to_question(measured: Unit) -> bool:
    """Whether ``measured`` only says what is counted or measured: a unit that is known, or words. "5x" is no 5, nor are
    "5 thousand" and "5 minus 2"."""
    if not measured.dimension or measures(measured):
        return True
    said = measured.dimension.strip('"')
    words = [word for word in WORDS.split(said) if word]
    words = words[1:] if words and words[0] in RANKS else words
    if said == COUNT or DENIED.search(said) or not CHANGING.isdisjoint(singular(word.lower()) for word in words):
        return False
    return all(measures(unit(word)) or (len(word) > 2 and word.isalpha() and prose(word)) for word in words)


def measures(known: Unit) -> bool:
    """Whether a unit is of a dimension in the table."""
    return known.dimension != COUNT and known.dimension.partition("^")[0] in TABLE

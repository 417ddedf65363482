"""Numbers in English words: "twenty-one", "one thousand and five", "three quarters", "two and a half"."""

from __future__ import annotations

import re
from fractions import Fraction

__all__ = ["SCALES", "in_words"]

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
UNITS = {word: number for number, word in enumerate(ONES)}
TENTHS = {word: 10 * (number + 2) for number, word in enumerate(TENS)}
#: What one of them is, in the singular.
PARTS = {
    "half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "twentieth": 20, "hundredth": 100, "thousandth": 1000,
}  # fmt: skip
WORD = re.compile(r"[a-z]+")
MOST_WORDS = 20


def in_words(text: str) -> Fraction | None:
    """The number that ``text`` says in words and nothing else; None for any other text, or one that isn't well formed
    ("one two", "hundred thousand five million")."""
    words = text.lower().replace("-", " ").replace(",", " ").split()
    if not 0 < len(words) <= MOST_WORDS or not all(WORD.fullmatch(word) for word in words):
        return None
    sign = 1
    if words[0] in ("minus", "negative"):
        words, sign = words[1:], -1
    found = fraction(words) if words else None
    return None if found is None else sign * found


def fraction(words: list[str]) -> Fraction | None:
    """A whole number, a fraction, or both with "and" between them."""
    whole = cardinal(words)
    if whole is not None:
        return Fraction(whole)
    part = share(words)
    if part is not None:
        return part
    for place, word in enumerate(words):
        if word == "and":
            whole, part = cardinal(words[:place]), share(words[place + 1 :])
            if whole is not None and part is not None and part < 1:
                return whole + part
    return None


def share(words: list[str]) -> Fraction | None:
    """ "three quarters", "a half", "one third"."""
    if len(words) < 2:
        return Fraction(1, 2) if words == ["half"] else None
    last = words[-1]
    many = last == "halves" or (last.endswith("s") and last[:-1] in PARTS)
    below = 2 if last == "halves" else PARTS.get(last[:-1] if many else last)
    above = 1 if words[:-1] in (["a"], ["an"]) else cardinal(words[:-1])
    if below is None or above is None or above == 0 or many != (above > 1):
        return None
    return Fraction(above, below)


def cardinal(words: list[str]) -> int | None:
    """A whole number: groups below a thousand with falling scales behind them."""
    if words in (["a", "dozen"], ["one", "dozen"], ["dozen"]):
        return 12
    if words and words[0] == "a" and len(words) > 1 and (words[1] in SCALES or words[1] == "hundred"):
        words = ["one", *words[1:]]
    total, limit = 0, 10**15
    group: list[str] = []
    for word in words:
        if word in SCALES:
            below = hundreds(group)
            if below is None or below == 0 or SCALES[word] >= limit:
                return None
            total, group, limit = total + below * SCALES[word], [], SCALES[word]
        else:
            group.append(word)
    if not group:
        return total or None
    if total and group[0] == "and":
        group = group[1:]
    rest = hundreds(group)
    if rest is None or (total and rest == 0):
        return None
    return total + rest


def hundreds(words: list[str]) -> int | None:
    """A number below a thousand."""
    if len(words) >= 2 and words[1] == "hundred":
        first = UNITS.get(words[0], 0)
        rest = words[3:] if words[2:3] == ["and"] else words[2:]
        if not 1 <= first <= 9 or (len(words) == 3 and words[2] == "and"):
            return None
        below = tens(rest) if rest else 0
        return None if below is None or (rest and below == 0) else 100 * first + below
    return tens(words)


def tens(words: list[str]) -> int | None:
    """A number below a hundred."""
    if len(words) == 1:
        return UNITS.get(words[0], TENTHS.get(words[0]))
    if len(words) == 2 and words[0] in TENTHS and 1 <= UNITS.get(words[1], 0) <= 9:
        return TENTHS[words[0]] + UNITS[words[1]]
    return None

"""Numbers as people write them: digits with thousands commas, and words ("twenty-five", "one thousand and five", "two
thirds", "two and a half", "a dozen")."""

from __future__ import annotations

import re
from fractions import Fraction

__all__ = ["MULTIPLIERS", "NUMERAL", "ORDINAL", "SCALES", "TENS", "UNITS", "digits_value", "spelled", "words_value"]

#: Longest numeral that is read, in digits and in words.
MAX_DIGITS = 200
MOST_WORDS = 20

NUMERAL = re.compile(
    rf"(?<![\w.])(?:\d{{1,3}}(?:(?:,|\{{,\}}|\\,)\d{{3}})+(?:\.\d{{1,{MAX_DIGITS}}})?(?!\d)"
    rf"|\d{{1,{MAX_DIGITS}}}(?:\.\d{{1,{MAX_DIGITS}}})?(?!\d)|\.\d{{1,{MAX_DIGITS}}}(?!\d))"
)
ORDINAL = re.compile(r"\d{1,9}(?:st|nd|rd|th)\b")

UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
TENS = {
    word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
#: What a numeral in digits may stand before, too: "1.5 million".
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
#: What multiplies the numeral before it.
MULTIPLIERS = {"hundred": 100, **SCALES, "k": 1000, "dozen": 12}
#: Parts of one in the singular: "a quarter", "two thirds". ("second" is time.)
PARTS = {
    "half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "twentieth": 20, "hundredth": 100, "thousandth": 1000,
}  # fmt: skip
PLURALS = {"halves" if word == "half" else f"{word}s": below for word, below in PARTS.items()}

SMALL = "|".join([*UNITS, *TENS])
BIG = "|".join(["hundred", *SCALES])
PART = "|".join(sorted([*PARTS, *PLURALS], key=len, reverse=True))
#: What may be a number in words, inside a text. "a" and "one" count before a scale or a part only.
WORDED = re.compile(
    rf"\b(?:(?:(?:{SMALL}|a(?=[ -](?:{BIG})))(?:[ -](?:{SMALL}|{BIG}|and(?=[ -](?:{SMALL})\b)))*)"
    rf"(?:[ -](?:{PART})\b(?!s))?|(?:a|an|one)[ -](?:{PART}|dozen)|half)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[a-z]+")


def digits_value(text: str) -> tuple[Fraction, int]:
    """The value of a numeral in digits, and how many stand behind its point."""
    plain = re.sub(r"\{,\}|\\,|,", "", text)
    # the digits are turned into numbers piece by piece: Fraction("1.") is no number in Python
    whole, _, behind = plain.partition(".")
    return Fraction(int(whole or 0)) + Fraction(int(behind or 0), 10 ** len(behind)), len(behind)


def words_value(text: str) -> Fraction | None:
    """The number that ``text`` says in words and nothing else; None for any other text, or one that isn't well formed:
    "five six", "hundred thousand five million", "twenty-third"."""
    words = text.lower().replace("-", " ").replace(",", " ").split()
    if not 0 < len(words) <= MOST_WORDS or not all(WORD.fullmatch(word) for word in words):
        return None
    sign = 1
    if words[0] in ("minus", "negative"):
        words, sign = words[1:], -1
    found = fraction(words) if words else None
    return None if found is None else sign * found


def spelled(text: str, place: int) -> tuple[int, Fraction] | None:
    """Where the longest number in words that begins at ``place`` ends, and its value; None if none does. It isn't cut
    inside a word with hyphens: "two quarter-pounders" are 2, a "ten-thousandth" is no 10."""
    found = WORDED.match(text, place)
    end = found.end() if found else place
    while end > place:
        value = words_value(text[place:end])
        if value is not None:
            return end, value
        end = text.rfind(" ", place, end)
    return None


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
    above = 1 if words[:-1] in (["a"], ["an"]) else cardinal(words[:-1])
    if not above:
        return None
    below = (PLURALS if above > 1 else PARTS).get(words[-1])
    return None if below is None else Fraction(above, below)


def cardinal(words: list[str]) -> int | None:
    """A whole number: groups below a thousand with falling scales behind them; "twelve hundred" stands alone."""
    if words in (["a", "dozen"], ["one", "dozen"], ["dozen"]):
        return 12
    if words and words[0] == "a" and len(words) > 1 and (words[1] in SCALES or words[1] == "hundred"):
        words = ["one", *words[1:]]
    total, limit = 0, 10**15
    group: list[str] = []
    for word in words:
        if word in SCALES:
            below = hundreds(group)
            if not below or below >= 1000 or SCALES[word] >= limit:
                return None
            total, group, limit = total + below * SCALES[word], [], SCALES[word]
        else:
            group.append(word)
    if not group:
        return total or None
    if total and group[0] == "and":
        group = group[1:]
    rest = hundreds(group)
    if rest is None or (total and not 0 < rest < 1000):
        return None
    return total + rest


def hundreds(words: list[str]) -> int | None:
    """A number below a thousand, or up to "ninety-nine hundred" with what follows."""
    if "hundred" not in words:
        return tens(words)
    place = words.index("hundred")
    above, rest = tens(words[:place]), words[place + 1 :]
    if rest[:1] == ["and"]:
        rest = rest[1:] or ["and"]
    below = tens(rest) if rest else 0
    return None if not above or below is None or (rest and below == 0) else 100 * above + below


def tens(words: list[str]) -> int | None:
    """A number below a hundred."""
    if len(words) == 1:
        return UNITS.get(words[0], TENS.get(words[0]))
    if len(words) == 2 and words[0] in TENS and 1 <= UNITS.get(words[1], 0) <= 9:
        return TENS[words[0]] + UNITS[words[1]]
    return None

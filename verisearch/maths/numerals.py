"""Numbers as people write them: digits with thousands commas, and words ("twenty-five", "two thirds", "a dozen")."""

from __future__ import annotations

import re
from fractions import Fraction

__all__ = ["NUMERAL", "ORDINAL", "WORDED", "digits_value", "words_value"]

#: Longest numeral that is read.
MAX_DIGITS = 200

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
SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
COUNTS = {"dozen": 12, "score": 20, "couple": 2, "pair": 2}
#: Parts of one: "two thirds", "a quarter". ("second" and "seconds" are time.)
PARTS = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "twelfth": 12, "twentieth": 20, "hundredth": 100, "thousandth": 1000,
}  # fmt: skip
PARTS |= {f"{word}s": value for word, value in PARTS.items() if word not in ("half", "halves")}

SMALL = "|".join([*UNITS, *TENS])
BIG = "|".join(SCALES)
PART = "|".join(sorted(PARTS, key=len, reverse=True))
#: A number in words. "a" and "one" count before a scale or a part only.
WORDED = re.compile(
    rf"\b(?:(?:(?:{SMALL}|a(?=[ -](?:{BIG})))(?:[ -](?:{SMALL}|{BIG}|and(?=[ -](?:{SMALL})\b)))*)"
    rf"(?:[ -](?:{PART})\b(?!s))?|(?:a|an|one)[ -](?:{PART}|dozen)|half)\b",
    re.IGNORECASE,
)


def digits_value(text: str) -> tuple[Fraction, int]:
    """The value of a numeral in digits, and how many stand behind its point."""
    plain = re.sub(r"\{,\}|\\,|,", "", text)
    whole, _, behind = plain.partition(".")
    return Fraction(int(whole or 0)) + Fraction(int(behind or 0), 10 ** len(behind)), len(behind)


def words_value(text: str) -> Fraction | None:
    """The value of a number in words; None if the words don't make one ("five six")."""
    words = [word for word in re.split(r"[\s-]+", text.lower()) if word != "and"]
    divisor = 1
    if words and words[-1] in PARTS:
        divisor = PARTS[words.pop()]
    elif words and words[-1] == "dozen":
        divisor, words[-1:] = 1, ["twelve"] if len(words) == 1 or words[0] in ("a", "one") else ["dozen"]
        words = ["twelve"]
    if not words or words == ["a"] or words == ["an"]:
        return Fraction(1, divisor)
    total = group = 0
    last = 10**15
    for word in words:
        if word == "a":
            group, last = 1, 0
        elif word in UNITS or word in TENS:
            value = UNITS.get(word, TENS.get(word, 0))
            # "twenty five" adds up, "five twenty" and "five six" don't
            if group % 100 and not (group % 10 == 0 and group % 100 >= 20 and 0 < value < 10):
                return None
            group += value
        elif word == "hundred":
            if not 0 < group < 100:
                return None
            group *= 100
        elif word in SCALES:
            scale = SCALES[word]
            if not group or scale >= last:
                return None
            total, group, last = total + group * scale, 0, scale
        else:
            return None
    return Fraction(total + group, divisor)

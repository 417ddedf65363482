"""Plain normal forms of answers: what is left of the notation, exact numbers, letters."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from verisearch.maths.numerals import digits_value

__all__ = ["COMMA", "DELIMITED", "LONGEST", "Number", "flat", "letter", "number", "spaced", "tidy"]

#: Longer than any number or formula that somebody would give for an answer.
LONGEST = 1000

#: Numbers with a comma before the decimals: "1000,99", "0,111".
COMMA = re.compile(r"(-?)(?:(0),(\d+)|([1-9]\d*),(\d{1,2}|\d{4,}))", re.ASCII)

DELIMITED = re.compile(
    r"\$\$(?P<a>[^$]*)\$\$|\$(?P<b>[^$]*)\$|\\\((?P<c>(?:(?!\\\(|\\\)).)*)\\\)|\\\[(?P<d>(?:(?!\\\[|\\\]).)*)\\\]",
    re.DOTALL,
)
WRAPPED = re.compile(r"\\(?:boxed|fbox|text|textbf|mathrm|mathbf)\s*\{([^{}]*)\}")
BOX = re.compile(r"\\(?:boxed|fbox)\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
#: Spacing and sizing that means nothing.
LAYOUT = re.compile(r"(?<!\\)\\[,;:!]|\\(?:left|right|displaystyle|quad|qquad|bigl?|bigr)(?![A-Za-z])")
REWRITTEN = (
    (re.compile(r",\s*\\!\s*(?=\d{3})", re.ASCII), ","),
    (re.compile(r"\\[dt]frac(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"\\([%$€£])"), r"\1"),
    (re.compile("[\u2212\u2010\u2011]"), "-"),
    (re.compile("[\u00a0\u2009\u202f]"), " "),
    (re.compile(r"(?<=\d)\{,\}(?=\d)"), ","),
)
EDGE = " \t\r\n*_`"
#: A box whose backslash was escaped, and one that mathematics opens for and doesn't close behind.
DOUBLED = re.compile(r"(?<!\\)\\{2,}(?=(?:boxed|fbox)\b)")
HALF = re.compile(r"\$(?=\s*\\(?:boxed|fbox)\b)|(?<=\})\$\Z")
QUOTED = re.compile(r"[“‘](.*)[”’]|\"(.*)\"", re.DOTALL)

WHOLE = r"(?:[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?: \d{3})+|\d+)"
DECIMAL = rf"(?:{WHOLE}(?:\.\d*)?|\.\d+)"
NUMBER = re.compile(
    r"(?P<sign>[-+]?)\s*(?P<currency>[$€£]?)\s*(?:"
    rf"(?:(?P<mixed>\d+)\s*)?\\frac\s*(?:\{{\s*(?P<la>-?\d+)\s*\}}\s*\{{\s*(?P<lb>\d+)\s*\}}|(?P<sa>\d)\s*(?P<sb>\d))"
    rf"|(?:(?P<mixed2>\d+)\s+)?(?P<a>{WHOLE})\s*/\s*(?P<b>{WHOLE})"
    rf"|(?P<decimal>{DECIMAL})(?:[eE](?P<e>[-+]?\d{{1,3}})|\s*(?:\\times|\\cdot|×|\*)\s*10\s*\^\s*"
    r"(?:\{\s*(?P<p>[-+]?\d{1,3})\s*\}|(?P<q>\d)))?"
    r"|10\s*\^\s*(?:\{\s*(?P<r>[-+]?\d{1,3})\s*\}|(?P<s>\d))"
    r")\s*(?P<percent>%|percent\b|per cent\b|pct\b|percentage\b)?\s*(?P<unit>[A-Za-z°µ€£$¢][A-Za-z°µ/ ²³.^23]*)?",
    re.ASCII,
)
#: Behind a number, these begin a sentence or another part of the answer.
NO_UNIT = re.compile(
    r"\b(?:and|or|is|are|was|if|but|not|than|the|a|of|to|in (?!\Z)|as|at|with|because|since|so|nor|per cent)\b"
)
MOST_WORDS = 4
LETTER = re.compile(r"(?:(?:option|choice|answer)\s+)?[(\[]?\s*([A-Za-z])\s*[)\].:]?", re.IGNORECASE)
#: Another option behind the words of one.
ANOTHER = re.compile(r"(?:^|\s)\(?[A-Z][).](?:\s|$)")
LETTERED = re.compile(
    r"(?:(?:option|choice|answer)\s+)?(?:\(\s*([A-Za-z])\s*\)|([A-Za-z])\s*[).:])\s*(\S.*)", re.DOTALL
)


class Number(NamedTuple):
    """An exact number as it was written. ``decimals``: digits behind the point, None for a fraction.

    ``value`` takes the percent sign into account; ``unit`` is what stands behind the number, or a currency's sign.
    """

    value: Fraction
    percent: bool = False
    unit: str = ""
    decimals: int | None = None


def tidy(text: str) -> str:
    """``text`` without the delimiters, boxes and emphasis around it, a full stop behind it, and meaningless spacing."""
    if text.count("$") == 1:
        text = HALF.sub("", text)
    text = DOUBLED.sub(r"\\", text).strip(EDGE)
    while True:
        before = text
        for pattern in (DELIMITED, WRAPPED, BOX, QUOTED):
            found = pattern.fullmatch(text)
            if found:
                text = next(group for group in found.groups() if group is not None).strip(EDGE)
        if text.endswith(".") and not text.endswith("..") and len(text) > 1:
            text = text[:-1].rstrip(EDGE)
        if text == before:
            break
    for pattern, plain in REWRITTEN:
        text = pattern.sub(plain, text)
    text = LAYOUT.sub(" ", BOX.sub(r" \1 ", text))
    return " ".join(text.split())


def spaced(text: str) -> str:
    """Tidied text without spaces beside operators and brackets, where they can't tell anything apart."""
    return re.sub(r"\s*([=+\-*/^<>(){}\[\]])\s*", r"\1", text)


def number(text: str) -> Number | None:
    """The exact number that tidied ``text`` is: decimal, fraction, mixed, with thousands commas, a power of ten, a
    percent sign, a currency or a unit; None for anything else. ``1,22`` is no number: it may be a decimal or two."""
    found = NUMBER.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        return None
    unit = " ".join((found["unit"] or "").split()) or found["currency"]
    if len(unit.split()) > MOST_WORDS or NO_UNIT.search(unit):
        return None
    value, decimals = magnitude(found)
    if value is None:
        return None
    if found["sign"] == "-":
        value = -value
    percent = found["percent"] is not None
    return Number(value / 100 if percent else value, percent, unit, decimals)


def magnitude(found: re.Match[str]) -> tuple[Fraction | None, int | None]:
    """The number without its sign and percent, and how many decimals it was given with."""
    if found["decimal"]:
        power = int(found["e"] or found["p"] or found["q"] or 0)
        value, decimals = digits_value(found["decimal"].replace(" ", ""))
        return value * Fraction(10) ** power, decimals if power == 0 else None
    if found["r"] or found["s"]:
        return Fraction(10) ** int(found["r"] or found["s"]), 0
    above = re.sub("[, ]", "", found["la"] or found["sa"] or found["a"])
    below = re.sub("[, ]", "", found["lb"] or found["sb"] or found["b"])
    mixed = found["mixed"] or found["mixed2"]
    if int(below) == 0 or (mixed and not 0 < int(above) < int(below)):
        return None, None
    return int(mixed or 0) + Fraction(int(above), int(below)), None


def letter(text: str) -> tuple[str, str] | None:
    """The option's letter (upper case) that tidied ``text`` names, with the words behind it; None if it names none."""
    alone = LETTER.fullmatch(text)
    if alone:
        return alone[1].upper(), ""
    found = LETTERED.fullmatch(text)
    if found and ANOTHER.search(found[3]):
        return None
    return ((found[1] or found[2]).upper(), found[3].strip()) if found else None


def flat(text: str) -> str:
    """Tidied ``text`` without the delimiters of the mathematics in it."""
    return " ".join(
        DELIMITED.sub(lambda found: f" {next(each for each in found.groups() if each is not None)} ", text).split()
    )

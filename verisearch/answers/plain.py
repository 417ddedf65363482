"""Plain normal forms of answers: what is left of the notation, exact numbers, letters, LaTeX for maths."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

__all__ = ["Number", "as_latex", "letter", "number", "spaced", "tidy", "units"]

#: Longer than any number or formula that somebody would give for an answer.
LONGEST = 1000

DELIMITED = re.compile(
    r"\$\$(?P<a>[^$]*)\$\$|\$(?P<b>[^$]*)\$|\\\((?P<c>(?:(?!\\\(|\\\)).)*)\\\)|\\\[(?P<d>(?:(?!\\\[|\\\]).)*)\\\]",
    re.DOTALL,
)
WRAPPED = re.compile(r"\\(?:boxed|fbox|text|textbf|mathrm|mathbf)\s*\{([^{}]*)\}")
BOX = re.compile(r"\\(?:boxed|fbox)\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
#: Spacing and sizing that means nothing.
LAYOUT = re.compile(r"\\[,;:!]|\\(?:left|right|displaystyle|quad|qquad|bigl?|bigr)(?![A-Za-z])")
REWRITTEN = (
    (re.compile(r"\\[dt]frac(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"\\([%$€£])"), r"\1"),
    (re.compile("[\u2212\u2010\u2011]"), "-"),
    (re.compile("[\u00a0\u2009\u202f]"), " "),
    (re.compile(r"(?<=\d)\{,\}(?=\d)"), ","),
)
EDGE = ' \t\r\n*_"“”‘’`'

WHOLE = r"(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)"
DECIMAL = rf"(?:{WHOLE}(?:\.\d*)?|\.\d+)"
NUMBER = re.compile(
    r"(?P<sign>[-+]?)\s*(?P<currency>[$€£]?)\s*(?:"
    rf"(?:(?P<mixed>\d+)\s*)?\\frac\s*(?:\{{\s*(?P<la>-?\d+)\s*\}}\s*\{{\s*(?P<lb>\d+)\s*\}}|(?P<sa>\d)\s*(?P<sb>\d))"
    rf"|(?:(?P<mixed2>\d+)\s+)?(?P<a>{WHOLE})\s*/\s*(?P<b>{WHOLE})"
    rf"|(?P<decimal>{DECIMAL})(?:[eE](?P<e>[-+]?\d{{1,3}})|\s*(?:\\times|\\cdot|×|\*)\s*10\s*\^\s*"
    r"(?:\{\s*(?P<p>[-+]?\d{1,3})\s*\}|(?P<q>\d)))?"
    r"|10\s*\^\s*(?:\{\s*(?P<r>[-+]?\d{1,3})\s*\}|(?P<s>\d))"
    r")\s*(?P<percent>%|percent\b|per cent\b)?\s*(?P<unit>[A-Za-z°][A-Za-z°/ ²³.^0-9]*)?"
)
LETTER = re.compile(r"(?:(?:option|choice|answer)\s+)?[(\[]?\s*([A-Za-z])\s*[)\].:]?", re.IGNORECASE)
LETTERED = re.compile(
    r"(?:(?:option|choice|answer)\s+)?(?:\(\s*([A-Za-z])\s*\)|([A-Za-z])\s*[).:])\s*(\S.*)", re.DOTALL
)

#: Words between parts of an answer: "x = 1 or x = 2".
JOINT = re.compile(r"(?:\s|[.,;]|\band\b|\bor\b)*", re.IGNORECASE)
JOINED = re.compile(r"\\(?:text|mathrm|textbf)\s*\{\s*,?\s*(?:and|or)\s*\}|\s(?:and|or)\s", re.IGNORECASE)
UNIT = re.compile(r"\\(?:text|mathrm|textbf|operatorname)\s*\{([^{}]*)\}|(°|\\circ|\\degree|%|[$€£])")
COMMAND = re.compile(r"\\[A-Za-z]+")
WORD = re.compile(r"[A-Za-z]{2,}")
#: Functions as they stand in plain text, with what they are in LaTeX.
PLAIN = (
    (re.compile(r"(?<![\\A-Za-z])sqrt\s*\(([^()]*)\)"), r"\\sqrt{\1}"),
    (re.compile(r"(?<![\\A-Za-z])(pi|sin|cos|tan|cot|sec|csc|log|ln|exp|infty)(?![A-Za-z])"), r"\\\1 "),
    (re.compile(r"\*\*"), "^"),
    (re.compile(r"\^\(([^()]*)\)"), r"^{\1}"),
    (re.compile(r"\*"), r" \\cdot "),
    (re.compile("π"), r"\\pi "),
    (re.compile("√([0-9A-Za-z])"), r"\\sqrt{\1}"),
    (re.compile("≤"), r"\\leq "),
    (re.compile("≥"), r"\\geq "),
    (re.compile("∞"), r"\\infty "),
    (re.compile("×"), r"\\times "),
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
    text = text.strip(EDGE)
    while True:
        before = text
        for pattern in (DELIMITED, WRAPPED, BOX):
            found = pattern.fullmatch(text)
            if found:
                text = next(group for group in found.groups() if group is not None).strip(EDGE)
        if text.endswith(".") and not text.endswith("..") and len(text) > 1:
            text = text[:-1].rstrip(EDGE)
        if text == before:
            break
    text = LAYOUT.sub(" ", BOX.sub(r"\1", text))
    for pattern, plain in REWRITTEN:
        text = pattern.sub(plain, text)
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
        digits = found["decimal"].replace(",", "")
        power = int(found["e"] or found["p"] or found["q"] or 0)
        # the digits are turned into numbers piece by piece: Fraction("1.") is no number in Python
        whole, _, behind = digits.partition(".")
        value = Fraction(int(whole or 0)) + Fraction(int(behind or 0), 10 ** len(behind))
        return value * Fraction(10) ** power, len(behind) if power == 0 else None
    if found["r"] or found["s"]:
        return Fraction(10) ** int(found["r"] or found["s"]), 0
    above = (found["la"] or found["sa"] or found["a"]).replace(",", "")
    below = (found["lb"] or found["sb"] or found["b"]).replace(",", "")
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
    return ((found[1] or found[2]).upper(), found[3].strip()) if found else None


def units(text: str) -> frozenset[str]:
    """Words and signs in tidied LaTeX that may be units."""
    found = (match[1].strip() if match[1] is not None else match[2] for match in UNIT.finditer(JOINED.sub(",", text)))
    return frozenset(unit for unit in found if unit)


def as_latex(text: str) -> str | None:
    """Tidied ``text`` as LaTeX without delimiters; None if there are words in it that are no maths, or it is too long.

    Several pieces with nothing but "and", "or" and punctuation between them become a list.
    """
    if not text or len(text) > LONGEST:
        return None
    pieces = list(DELIMITED.finditer(text))
    if pieces:
        between = DELIMITED.split(text)[:: 1 + len(DELIMITED.groupindex)]
        if not all(JOINT.fullmatch(part or "") for part in between):
            return None
        text = ", ".join(next(group for group in piece.groups() if group is not None) for piece in pieces)
    text = JOINED.sub(", ", text)
    for pattern, latex in PLAIN:
        text = pattern.sub(latex, text)
    bare = COMMAND.sub(" ", re.sub(r"\\(?:text|mathrm|textbf|operatorname|begin|end)\s*\{[^{}]*\}", " ", text))
    if "$" in text or not balanced(text) or any(prose(word) for word in WORD.findall(bare)):
        return None
    return text


def prose(word: str) -> bool:
    """Whether letters side by side are a word, not a product of variables: "xy" and "ABC" are none."""
    return len(word) > 2 and not word.isupper()


def balanced(text: str) -> bool:
    """Whether every brace has its counterpart."""
    depth = 0
    for mark in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if mark == "{" else -1
        if depth < 0:
            return False
    return depth == 0

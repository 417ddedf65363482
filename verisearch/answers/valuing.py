"""Names and single values as they stand in answers, and where lists and brackets are cut."""

from __future__ import annotations

import re

from verisearch.answers.notation import pieces, split
from verisearch.answers.parsing import read
from verisearch.answers.shapes import Many, Scalar, Shape, Unknown
from verisearch.maths.terms import Unread
from verisearch.maths.units import Unit, unit

__all__ = ["CALL", "INFINITE", "NAME", "cut", "enclosed", "grouped", "name_of", "unbraced", "value", "value_or_values"]

LETTER = r"(?:\\[A-Za-z]+|[A-Za-z])"
INDEX = r"(?:\s*_\s*(?:\{[^{}]*\}|[A-Za-z0-9])|'+)*"
NAME = re.compile(rf"(?:\\(?:angle|triangle|text)\s*)?(?:{LETTER}{INDEX}|\{{[^{{}}\\]+\}})")
CALL = re.compile(rf"(?P<name>{LETTER}{INDEX})\s*\((?P<inside>[^()]*)\)")
#: Segments, areas and their ratios: "AB", "S_{ABC} : S", "\frac{NO}{BO}", "|AB|".
QUANTITY = re.compile(
    rf"\|?(?:[A-Z]{INDEX}){{1,4}}\|?(?:\s*[:/]\s*\|?(?:[A-Z]{INDEX}){{1,4}}\|?)?"
    r"|\\frac\s*\{[A-Z]{1,3}\}\s*\{[A-Z]{1,3}\}"
    r"|\\(?:angle|triangle|overline|vec)\s*\{?\s*[A-Z]{1,4}\s*\}?|\\text\s*\{[A-Za-z ]{1,30}\}"
)
INFINITE = re.compile(r"([-+]?)\s*\\infty")
MEASURED = re.compile(
    r"(?P<core>.*?\S)\s*\\text\s*\{(?P<unit>[^{}\\]*)\}\s*(?:\^\s*\{?\s*(?P<power>[23])\s*\}?)?", re.DOTALL
)
MONEY = re.compile(r"(?P<sign>-?)\s*\\?(?P<unit>[$€£])\s*(?P<core>[^$€£]*)")
ORDINAL = re.compile(r"([0-9]+)\s*(?:\^\s*\{?\s*)?(?:\\text\s*\{\s*)?(?:st|nd|rd|th)(?:\s*\})*")
UNREAD = re.compile(r"\\(?:sum|prod|int|lim|iint|oint)(?![A-Za-z])")
#: What an expression for Math-Verify may be written with.
PLAIN_COMMANDS = frozenset(
    "sum prod int lim to frac sqrt binom infty pi cdot times div sin cos tan cot sec csc ln log exp lfloor rfloor "
    "lceil rceil alpha beta gamma delta theta lambda mu rho sigma phi omega".split()
)  # fmt: skip
CLOCK = re.compile(r"[0-9]{1,2}\s*:\s*[0-5][0-9]")
#: Longer lists than these are no answers.
MAX_ITEMS = 40


def name_of(text: str) -> str | None:
    """The name that a side is: a letter with its index, a quantity in capitals; None if it is none."""
    plain = " ".join(text.split())
    if NAME.fullmatch(plain) or QUANTITY.fullmatch(plain):
        inside = re.sub(r"\\(?![A-Za-z])|[\s{}]|\\text", "", plain)
        return None if plain.startswith(("\\pi", "\\infty")) or plain == "e" else inside
    found = split(plain[1:-1], frozenset(",")) if plain.startswith("(") and plain.endswith(")") else None
    if found is not None and len(found[0]) > 1:
        inner = [name_of(part) for part in found[0]]
        return None if None in inner else "(" + ",".join(part or "" for part in inner) + ")"
    return None


def grouped(text: str) -> bool:
    """Whether commas only group digits: "1,234,567 x"."""
    return re.fullmatch(r"[^,]*(?<![0-9])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9,])[^,]*", text) is not None


def unbraced(text: str) -> str:
    """``text`` without braces around all of it that LaTeX doesn't show. Those of a plain text are a set's."""
    text = text.strip()
    while text.startswith("{") and text.endswith("}") and closes(text, 0) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def closes(text: str, start: int) -> int:
    """Where the bracket that opens at ``start`` is closed; -1 if nowhere."""
    place = start
    for level, mark in pieces(text[start:]):
        place += len(mark)
        if level == 0 and place - start > len(mark):
            return place - 1
    return -1


def cut(text: str, mark: str) -> list[str]:
    """``text`` at the marks that stand in no bracket."""
    parts = split(text, frozenset({mark}))
    if parts is None:
        raise Unread("brackets don't match")
    if len(parts[0]) > MAX_ITEMS:
        raise Unread("the list is too long")
    return parts[0]


def enclosed(text: str) -> str:
    """The bracket that opens at the start and closes at the end; empty if none does."""
    for opening, closing in (("\\{", ("\\}",)), ("\\langle", ("\\rangle",)), ("(", (")", "]")), ("[", ("]", ")"))):
        if text.startswith(opening) and text.endswith(closing):
            end = -1
            place = 0
            for level, mark in pieces(text):
                place += len(mark)
                if level == 0 and place > len(opening) and end < 0:
                    end = place
            return opening if end == len(text) else ""
    return ""


def value_or_values(text: str) -> Shape:
    """One value, or the two that ``±`` stands for."""
    if "\\pm" not in text and "\\mp" not in text:
        return value(text)
    if text.count("\\pm") != 1:
        raise Unread("several signs of plus or minus")
    upper = value(text.replace("\\pm", "+").replace("\\mp", "-"))
    lower = value(text.replace("\\pm", "-").replace("\\mp", "+"))
    return Many((upper, lower))


def value(text: str) -> Scalar:
    """One value with its unit."""
    text = unbraced(text)
    ordinal = ORDINAL.fullmatch(text)
    if ordinal:
        text = ordinal[1]
    measured = Unit()
    money, behind = MONEY.fullmatch(text), MEASURED.fullmatch(text)
    if money:
        text, measured = money["sign"] + money["core"], unit(money["unit"])
    elif behind:
        said = behind["unit"].strip()
        measured = unit(said + (f"^{behind['power']}" if behind["power"] else ""))
        text = behind["core"]
    if CLOCK.fullmatch(text):
        measured = Unit("a ratio or a time of the day")
    try:
        return Scalar(read(text), measured)
    except Unread:
        commands = {found[1:] for found in re.findall(r"\\[A-Za-z]+", text)}
        if (
            UNREAD.search(text)
            and commands <= PLAIN_COMMANDS
            and not re.search(r"[A-Za-z]{3}", re.sub(r"\\[A-Za-z]+", " ", text))
        ):
            return Scalar(Unknown(text), measured)
        raise

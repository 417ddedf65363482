"""One spelling for what mathematics is written in: LaTeX, Unicode signs and plain text."""

from __future__ import annotations

import re

__all__ = ["INVISIBLE", "pieces", "respelled", "split"]

#: Characters that are there and can't be seen: nobody needs them in an answer, and they make two numbers of one.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)

MATRIX = re.compile(r"\\begin\s*\{[a-zA-Z]*(?:matrix|array|cases|align)")
#: A backslash that was escaped once too often.
DOUBLED = re.compile(r"(?<!\\)\\{2,}(?=[A-Za-z{}])")
SIGNS = {
    "\u2212": "-", "\u2010": "-", "\u2011": "-",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2002": " ", "\u2003": " ",
    "π": r"\pi ", "∞": r"\infty ", "√": r"\sqrt ", "≤": r"\leq ", "≥": r"\geq ", "≦": r"\leq ", "≧": r"\geq ",
    "≠": r"\neq ", "≈": r"\approx ", "∈": r"\in ", "∪": r"\cup ", "∩": r"\cap ", "×": r"\times ", "·": r"\cdot ",
    "⋅": r"\cdot ", "÷": r"\div ", "±": r"\pm ", "∓": r"\mp ", "°": r"^\circ ", "º": r"^\circ ", "²": "^{2}",
    "³": "^{3}",
    "⟨": r"\langle ", "⟩": r"\rangle ", "＞": ">", "＜": "<", "½": r"\frac{1}{2}", "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}", "ℝ": r"\mathbb{R}", "∅": r"\emptyset ",
}  # fmt: skip
SIGN = re.compile("|".join(map(re.escape, SIGNS)))
FONTS = r"mbox|textrm|textbf|textit|textnormal|textup|mathrm|mathbf|mathit|mathsf|operatorname\*?|rm"
#: In order; what means nothing goes, what has several names gets one.
REWRITTEN = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        # between two numbers a dash is "to"
        (r"(?:(?<=[(\[{,=<>+*/^])|^)(\s*)[\u2012\u2013]", r"\1-"),
        (r"\\(?:left|right|displaystyle|textstyle|limits|[bB]igg?[lrm]?)(?![A-Za-z])\.?", " "),
        (r"(?<!\\)\\[,;:!> ]|(?<=\S)~", " "),
        (r"\\q?quad(?![A-Za-z])|\\quad(?=x)", " "),
        (r"\\[dtc]frac(?![A-Za-z])", r"\\frac"),
        (r"\\[dt]binom(?![A-Za-z])", r"\\binom"),
        (rf"\\(?:{FONTS})\s*(?=\{{)", r"\\text"),
        (r"\\text\s*\{\s*(sin|cos|tan|cot|sec|csc|log|ln|lg|exp|arcsin|arccos|arctan)\s*\}", r"\\\1 "),
        (r"(?:(?<=[^0-9}\s])|^)(\s*)\\text\s*\{\s*([A-Zei])\s*\}", r"\1 \2 "),
        (r"(?<=[0-9])\s*(?:\\text\s*\{\s*degrees?\s*\}|degrees?(?![A-Za-z]))", r"^\\circ "),
        (r"\\(?:leqslant|leqq|le)(?![A-Za-z])|<=|=<", r"\\leq "),
        (r"\\(?:geqslant|geqq|ge)(?![A-Za-z])|>=", r"\\geq "),
        (r"\\lt(?![A-Za-z])", "<"),
        (r"\\gt(?![A-Za-z])", ">"),
        (r"\\(?:ne|not\s*=)(?![A-Za-z])|\\not\s*=|!=", r"\\neq "),
        (r"\\cupdot(?![A-Za-z])", r"\\cup "),
        (r"\\lbrace(?![A-Za-z])", r"\\{"),
        (r"\\rbrace(?![A-Za-z])", r"\\}"),
        (r"\\mid(?![A-Za-z])|\\vert(?![A-Za-z])|\\[lr]vert(?![A-Za-z])", "|"),
        (r"\\(?:degree|textdegree)(?![A-Za-z])", r"^\\circ "),
        (r"\\(?:ast|star)(?![A-Za-z])", "*"),
        (r"\\(?:colon)(?![A-Za-z])", ":"),
        (r"\\(?:varphi)(?![A-Za-z])", r"\\phi "),
        (r"\\(?:varnothing)(?![A-Za-z])", r"\\emptyset "),
        (r"\\(?:text\s*\{\s*pi\s*\})", r"\\pi "),
        (r"\{,\}", ","),
        (r"(?<![A-Za-z\\])(sqrt|pi|sin|cos|tan|cot|sec|csc|log|ln|exp|infinity|inf|infty|oo)(?![A-Za-z])", r"\\\1 "),
        (r"(?<![\\A-Za-z])(sqrt|pi)(?=[0-9A-Za-z(])", r"\\\1 "),
        (r"\\(?:infinity|inf|oo)(?![A-Za-z])", r"\\infty "),
        (r"\+\s*\\infty", r"\\infty"),
        (r"\+/-|\+-", r"\\pm "),
        (r"\*\*", "^"),
    )
)  # fmt: skip
OPENING, CLOSING = "([{", ")]}"


def respelled(text: str) -> str:
    """``text`` with one spelling for each sign, relation and bracket, without what only moves things about."""
    if not MATRIX.search(text):
        text = DOUBLED.sub(r"\\", text)
    text = SIGN.sub(lambda found: SIGNS[found[0]], text)
    for pattern, plain in REWRITTEN:
        text = pattern.sub(plain, text)
    return " ".join(text.split())


def pieces(text: str) -> list[tuple[int, str]]:
    """The marks of ``text`` (a command, or one character) with the depth of the brackets they stand in; a bracket
    stands outside of itself. Intervals may close with another bracket than they open with."""
    found: list[tuple[int, str]] = []
    depth = 0
    for mark in re.findall(r"\\[A-Za-z]+|\\.|.", text, re.DOTALL):
        bracket = mark[-1] if mark in (r"\{", r"\}") else mark
        if bracket in CLOSING or mark == r"\rangle":
            depth -= 1
        found.append((depth, mark))
        if bracket in OPENING or mark == r"\langle":
            depth += 1
    return found


def split(text: str, marks: frozenset[str]) -> tuple[list[str], list[str]] | None:
    """``text`` cut at those ``marks`` that stand in no bracket, with the marks; None if brackets don't match."""
    parts, cuts = [""], []
    depth = 0
    for depth, mark in pieces(text):
        if depth < 0:
            return None
        if depth == 0 and mark in marks:
            cuts.append(mark)
            parts.append("")
        else:
            parts[-1] += mark
    last = pieces(text[-2:])[-1:] if text else []
    if text and depth != 0 and not (last and last[0][1][-1] in CLOSING):
        return None
    return [part.strip() for part in parts], cuts

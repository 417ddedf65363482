"""The marks that are no part of what a line says: numbering, bullets, Markdown, reasoning tags."""

from __future__ import annotations

import re
from typing import NamedTuple

from verisearch.ingest.sentences import strip
from verisearch.trace import Span

__all__ = ["FENCE", "HEADING", "RULE", "Item", "Lead", "item_at", "lead_at", "step_label_at", "unmark"]

MARKS = "*_`"
EMPHASIS = r"(?:\*\*\*|\*\*|__|\*|_)"
#: Lines that are all mark: rules, underlines, table separators, display-mathematics brackets.
RULE = re.compile(
    r"(?:-\s?){3,}|(?:\*\s?){3,}|(?:_\s?){3,}|={3,}"
    r"|\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?)?|\\\[|\\\]|\$\$"
)
FENCE = re.compile(r"(?:```+|~~~+)[ \t]*[\w+#.-]*")
HEADING = re.compile(r"#{1,6}[ \t]+")

BULLET = re.compile(r"(?:[-*+·–—][ \t]+|[•‣◦▪●][ \t]*)(?=\S)")
NUMBER = re.compile(
    rf"(?P<emphasis>{EMPHASIS})?"
    r"(?:\((?P<round>\d{1,3}|[a-z]|[ivx]{1,4})\)|\[(?P<square>\d{1,3})\]|#(?P<hash>\d{1,3})[.:)]"
    r"|(?P<plain>\d{1,3}(?:\.\d{1,3})*)\\?[.)]|(?P<letter>[a-z]|[ivx]{1,4})[.)](?=\s))"
    rf"(?P<closed>{EMPHASIS})?(?:[ \t]+(?=\S)|(?=[A-Z\"“]))"
)
STEP_LABEL = re.compile(
    rf"{EMPHASIS}?(?P<word>step|rule|fact|premise|statement|sentence|claim|point|inference|deduction|condition|conclusion|assumption)"
    rf"[ \t]+#?(?P<number>\d{{1,3}}(?:\.\d{{1,3}})*)[ \t]*{EMPHASIS}?[ \t]*"
    rf"(?:[:.)]|[-–—](?=\s)|$){EMPHASIS}?[ \t]*",
    re.IGNORECASE,
)

#: "**Understanding the rules**: the first …", with the marks in either order; the opening one may be gone already.
BOLD_LEAD = re.compile(
    r"(?:\*\*|__)?(?P<lead>[^*_\n]{1,120}?:?)(?:(?<=:)(?:\*\*|__)|(?:\*\*|__)[ \t]*(?::|[-–—](?=\s)))[ \t]*"
)
WORD_LEAD = re.compile(
    r"(?P<lead>(?:reasoning|explanation|analysis|chain of thought|thoughts?|steps|solution|proof|derivation"
    r"|deductions?|inferences?|conclusion|summary|justification|(?:final |correct )?answer|response|output|note|given"
    r"|premises|facts|rules|context)[ \t]*:)[ \t]*",
    re.IGNORECASE,
)


class Item(NamedTuple):
    """A list mark: where the item's words start, and the number it is written under, if any."""

    start: int
    number: str | None


class Lead(NamedTuple):
    """A heading at the start of a line: its span without marks, where the rest starts, and whether it is in bold."""

    span: Span
    rest: int
    bold: bool


def lead_at(text: str, start: int, end: int) -> Lead | None:
    """The heading at ``start`` ("**Rule 1**: …", "Reasoning: …"), if there is one."""
    found = BOLD_LEAD.match(text, start, end)
    bold = found is not None
    found = found or WORD_LEAD.match(text, start, end)
    span = unmark(text, *found.span("lead")) if found else (start, start)
    return Lead(span, found.end(), bold) if found and span[0] < span[1] else None


def item_at(text: str, start: int, end: int) -> Item | None:
    """The list mark at ``start``, if there is one with words behind it."""
    found = NUMBER.match(text, start, end)
    if found:
        number = next(found[name] for name in ("round", "square", "hash", "plain", "letter") if found[name])
        return Item(found.end(), number)
    found = BULLET.match(text, start, end)
    return Item(found.end(), None) if found else None


def step_label_at(text: str, start: int, end: int) -> Item | None:
    """A label such as ``Step 3:`` or ``**Rule 2** -`` at ``start``. Steps are cited by their bare number."""
    found = STEP_LABEL.match(text, start, end)
    if not found:
        return None
    word, number = found["word"].capitalize(), found["number"]
    return Item(found.end(), number if word == "Step" else f"{word} {number}")


def unmark(text: str, start: int, end: int) -> Span:
    """The span without white space and Markdown marks around it.

    Marks that come in pairs go only if both are at the ends, or if their partner is not inside at all.
    """
    while True:
        start, end = strip(text, start, end)
        if start == end or (text[start] not in MARKS and text[end - 1] not in MARKS and text[end - 2] not in MARKS):
            return start, end
        inner = without_emphasis(text, start, end)
        if inner == (start, end):
            return start, end
        start, end = inner


def without_emphasis(text: str, start: int, end: int) -> Span:
    """The span without one layer of emphasis."""
    for mark in ("***", "**", "__", "*", "_", "`"):  # not "~~": what is struck out is not said
        opens = text.startswith(mark, start, end)
        final = end - 1 if end > start and text[end - 1] in ".:!?" else end
        closes = text.endswith(mark, start + len(mark) if opens else start, final)
        if not (opens or closes):
            continue
        count = text.count(mark, start, end)
        if opens and closes and count == 2:
            return start + len(mark), final - len(mark)
        if count == 1 and len(mark) > 1:
            return (start + len(mark), end) if opens else (start, end - len(mark) if final == end else end)
        if count == 1 and opens and not text[start + 1 : start + 2].isspace():
            return start + 1, end
        return start, end
    return start, end

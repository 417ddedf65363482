"""Finds the final answer that a chain of reasoning announces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from verisearch.ingest.answerwords import as_options, normal_form, truth_word
from verisearch.trace import Span

__all__ = [
    "FURTHER",
    "UNFINISHED",
    "Announcement",
    "Conclusion",
    "announcements",
    "conclude",
    "extract",
    "is_bare",
    "whole",
]

WORDS = (
    r"(?:true|false|unknown|uncertain|undetermined|indeterminate|undecidable|unprovable"
    r"|(?:yes|no)(?=\s*(?:[.,;:!*_\"”)<]|$|\n))"
    r"|(?:it )?(?:cannot|can't|can not) be (?:determined|inferred|known|concluded)"
    r"|(?:not enough|insufficient) information)"
)
GAP = r"[\s*_\"“‘'`\[({:\\]*"
#: What may stand for an answer: "C) Unknown", "(A)", "B", "False", a number, a box.
VALUE = re.compile(
    rf"{GAP}(?:(?:option|choice|answer|letter)\b{GAP})?(?P<value>"
    rf"(?P<letter>[A-Z])(?:[\s*_]*[).:\]}}][\s*_\"“]*(?:\(\s*)?|[\s*_]*[-–—(][\s*_]*)(?P<word>(?i:{WORDS})\b(?![-'’]))"
    r"|(?P<small>(?<=\()[a-j](?=\)))|(?P<alone>[A-Z])(?=\)|\]|[.,;:!*_\"”}]|\s*$|\s*\n|\s+(?:because|since|as|and)\b)[)\]]?"
    rf"|(?P<bare>(?i:{WORDS})\b(?![-'’]))"
    r"|(?P<number>[$€£]?-?\d+(?:,\d{3})*(?:\.\d+)?(?:/\d+)?%?(?![\w^])(?![.,]\d)(?!\s*[-+*/×÷=^<>]\s*[\d(]))"
    r")"
)
ANNOUNCER = re.compile(
    r"\b(?:answer|option|choice)\b"
    r"(?:[ \t]+(?:to|for)[ \t]+(?:this|the|our)[ \t]+(?:\w+[ \t]+)?(?:question|problem|statement|query))?"
    r"(?:[ \t]+(?:among|from|of)[ \t]+(?:all[ \t]+)?(?:the[ \t]+)?(?:\w+[ \t]+)?(?:options|choices))?"
    r"[*_\"”]*[ \t]*(?::|=|\b(?:is|would be|must be|should be|will be|has to be)\b)",
    re.IGNORECASE,
)
#: Right before an announcement, these make it a condition or a question.
HYPOTHETICAL = re.compile(
    r"\b(?:if|whether|unless|suppose|assuming|assume|that would mean)\s+"
    r"(?:that\s+)?(?:(?:the|our|an|any)\s+)?(?:\w+\s+)?$",
    re.IGNORECASE,
)
#: Right behind an answer, these take it back, or show it to be one of a list of options.
HEDGE = re.compile(
    r"[ \t),*_\"”]*(?:(?:or|nor|unless|only if|and/or|if)\b|\?)"
    rf"|[\s).,*_\"”]*[A-Z][*_]*[).][\s*_]*{WORDS}[*_.]*\s*(?:$|\n|[A-Z][).])",
    re.IGNORECASE,
)
LETTERED = re.compile(rf"\b([A-Z])[*_]*\)[\s*_]*((?i:{WORDS}))\b")
LISTED = re.compile(r"[\s*_•+-]*\(?[A-Z][*_]*[).]")
CONDITIONAL = re.compile(r"\b(?:if|were|had|suppose|assuming)\b", re.IGNORECASE)
#: "… we can conclude that the statement is:" with the option on a line of its own.
GLOSS = re.compile(r"\)?[*_ \t]*(?P<gloss>[^\n.]{1,60}(?:\.\d[^\n.]{0,20})?)\.?[*_ \t]*(?:$|\n)", re.MULTILINE)
DANGLING = re.compile(r":[*_]*[ \t]*\n\s*(?=[*_]*[A-Z][*_]*[).])")
MARKED = re.compile(r"^[ \t]*####[ \t]*(?P<value>[^#\n]{1,80}?)[ \t]*$", re.MULTILINE)
TAGGED = re.compile(r"<answer>\s*(?P<value>[^<>]{1,200}?)\s*</answer>", re.IGNORECASE)
BRACE = re.compile(r"\\(?:boxed|fbox) ?\{|[{}]")
STATEMENT = re.compile(
    r"(?:^|(?<=[.!?:]\s)|(?<=\n))[*_ \t]*(?:(?:so|therefore|thus|hence|consequently|as a result|in conclusion|then"
    r"|based on (?:this|the (?:above|given|provided) [\w ]{1,40}))(?:\s+|\s*,\s+))*"
    r"(?:we (?:can )?conclude that\s+)?(?:the|this)\s+(?:given\s+)?statement\s+(?P<quote>[\"“][^\"”\n]{1,300}[\"”]\s+)?"
    r"is\s+(?:definitely\s+|indeed\s+|also\s+)?"
    r"[*_]*(?P<value>true|false|unknown|uncertain|undetermined)[*_]*(?=\s*[.!]?[*_]*\s*(?:$|\n))",
    re.IGNORECASE,
)
#: "…, since Bob is kind. True."
LAST_WORD = re.compile(r"(?<=[.!?:]\s)[*_]*(?P<value>true|false|unknown|uncertain|yes|no)[.!*_]*\Z", re.IGNORECASE)
#: Behind a number: a scale or a fraction that is part of it.
REST = re.compile(
    r"[ \t]+(?:(?:thousand|million|billion|trillion)\b|\d{1,9}/[1-9]\d{0,8}(?![\w/]|\.\d))", re.IGNORECASE
)
PARTS = r"(?:half|halves|thirds?|quarters?|fourths?|fifths?|sixths?|eighths?|tenths?)"
COMPOUND = (
    r"(?:hours?|hrs?|minutes?|mins?|days?|weeks?|months?|years?|feet|foot|ft|yards?|miles?|pounds?|lbs?|dollars?|degrees?"
    r"|(?:kilo)?met(?:er|re)s?|kilograms?)"
)
#: Behind a number: another one, which makes something else of it ("5 and a half", "1 hour 20 minutes", "12:30", "5 out
#: of 8"), or what can't be seen.
FURTHER = re.compile(
    r"[ \t$*_)}\\]*(?::(?=\d)|[<>≤≥]|(?:[xX×÷/]|\\times|\\cdot|\\div)[ \t]*\d)"
    rf"|[ \t]+(?:{COMPOUND},?[ \t]+)?[$€£]?\d"
    rf"|[ \t]+(?:[A-Za-z]+,?[ \t]+)?and[ \t]+(?:[$€£]?\d|(?:an?[ \t]+|one[ \t]+|two[ \t]+|three[ \t]+)?{PARTS}\b)"
    r"|,[ \t]+[$€£]?\d|[ \t]+(?:(?:out[ \t]+)?of|to)[ \t]+[$€£]?\d"
    r"|[ \t]+(?:hundred|dozen|gross|lakh|crore)s?\b|[ \t]*[-–—(][ \t]*or\b"
    r"|[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]",
    re.IGNORECASE,
)
#: How far before an announcement a condition is looked for.
LOOK_BACK = 200


class Announcement(NamedTuple):
    """One announced answer: as written and where, its normal form, the words behind an option's letter, and what
    is wrong with it, if anything."""

    written: str
    span: Span
    answer: str | None
    gloss: str = ""
    problem: str = ""


class Conclusion(NamedTuple):
    """What a text concludes: the answer (None if none, or none that can be told), where, and what is odd."""

    answer: str | None
    span: Span | None
    notes: tuple[str, ...] = ()


UNFINISHED = Conclusion(None, None, ("the thinking was cut off before a final answer",))


def extract(text: str, *, options: Sequence[str] | Mapping[str, str] = ()) -> tuple[str, Span] | None:
    """The final answer that ``text`` announces, in normal form, and where; None if there is none that can be told.

    Normal forms: ``True``, ``False``, ``Unknown``, an option's letter where nothing says what it stands for, else
    what is written. The last announcement wins. One whose letter and word disagree is nobody's to guess: None.
    `conclude` says why.
    """
    found = conclude(text, (0, len(text)), options)
    return (found.answer, found.span) if found.answer is not None and found.span else None


def conclude(text: str, where: Span, options: Sequence[str] | Mapping[str, str] = ()) -> Conclusion:
    """The final answer announced in ``text[start:end]``, with notes on what contradicts it."""
    found = announcements(text, where, options)
    if not found:
        return Conclusion(None, None)
    last = found[-1]
    if last.answer is None:
        return Conclusion(None, last.span, (last.problem,))
    others = {other.answer: other for other in found[:-1] if contradict(other, last)}
    notes = tuple(
        f"the chain also announces {other.written!r} (characters {other.span[0]} to {other.span[1]}), "
        f"which contradicts its last answer {last.written!r}"
        for other in others.values()
    )
    return Conclusion(last.answer, last.span, notes)


def contradict(one: Announcement, other: Announcement) -> bool:
    """Whether two announcements differ; "E) 39" and "39" don't."""
    return one.answer != other.answer and one.gloss != other.answer and other.gloss != one.answer


def is_bare(text: str) -> bool:
    """Whether ``text`` is nothing but an answer: "B", "C) Unknown.", "False", "42"."""
    found = VALUE.match(text)
    return found is not None and not text[found.end() :].strip(" \t\r\n.*_\"”)]}'")


def announcements(text: str, where: Span, options: Sequence[str] | Mapping[str, str] = ()) -> list[Announcement]:
    """All announced answers in ``text[start:end]``, in order; sentences about "the statement" only if no others."""
    start, end = where
    choices = {**listed_options(text, start, end), **as_options(options)}
    explicit = sorted({span: (span, written) for span, written in explicit_answers(text, start, end)}.values()) or [
        (span, written) for span, written in fallback_answers(text, start, end)
    ]
    judged = [judge(text, end, written, span, choices) for span, written in without_inner(explicit)]
    return [announcement for announcement in judged if announcement.answer != ""]


def without_inner(found: list[tuple[Span, str]]) -> list[tuple[Span, str]]:
    """``found`` without answers that lie inside, or overlap, the one before."""
    kept: list[tuple[Span, str]] = []
    for span, written in found:
        if not kept or span[0] >= kept[-1][0][1]:
            kept.append((span, written))
    return kept


def explicit_answers(text: str, start: int, end: int) -> Iterator[tuple[Span, str]]:
    """Answers with a word or a mark that says they are one."""
    for pattern in (MARKED, TAGGED):
        for found in pattern.finditer(text, start, end):
            if pattern is TAGGED or not text[found.end() : end].strip():
                yield found.span("value"), found["value"]
    for first, inside, close in boxes(text, start, end):
        yield (first, close + 1), text[inside:close].strip()
    for found in ANNOUNCER.finditer(text, start, end):
        value = VALUE.match(text, found.end(), end)
        if value and not is_hedged(text, found, value, start, end):
            yield value.span("value"), value["value"]
    for found in DANGLING.finditer(text, start, end):
        value = VALUE.match(text, found.end(), end)
        hedged = value and HEDGE.match(text, value.end(), end)
        if value and value["word"] and not hedged and ends_line(text, value.end(), end):
            yield value.span("value"), value["value"]


def ends_line(text: str, position: int, end: int) -> bool:
    """Whether only punctuation and emphasis stand between ``position`` and the end of its line."""
    stop = text.find("\n", position, end)
    return not text[position : end if stop < 0 else stop].strip(' \t\r.*_"”)')


def is_hedged(text: str, announcer: re.Match[str], value: re.Match[str], start: int, end: int) -> bool:
    """Whether the announcement is a condition, a question or one of several."""
    before = text[max(start, announcer.start() - LOOK_BACK) : announcer.start()]
    if HYPOTHETICAL.search(before) or HEDGE.match(text, value.end(), end):
        return True
    sentence = re.split(r"[.!?]\s|\n", before)[-1]
    return "would" in announcer[0].lower() and CONDITIONAL.search(sentence) is not None


def fallback_answers(text: str, start: int, end: int) -> Iterator[tuple[Span, str]]:
    """Where nothing is announced: a last line or sentence that is an answer, or "the statement is true"."""
    body = text[start:end].rstrip()
    first = body.rfind("\n") + 1
    found = VALUE.match(body, first)
    listed = LISTED.match(body[:first].rstrip().rpartition("\n")[2]) if first else None
    if found and is_bare(body[first:]) and not listed and not (found["number"] and first):
        low, high = found.span("value")
        yield (start + low, start + high), found["value"]
        return
    last = LAST_WORD.search(body, first)
    if last:
        low, high = last.span("value")
        yield (start + low, start + high), last["value"]
        return
    for found in STATEMENT.finditer(text, start, end):
        yield found.span("value"), found["value"]


def listed_options(text: str, start: int, end: int) -> dict[str, str]:
    """What letters stand for, from places such as "A) True"; letters used in two ways are left out."""
    meanings: dict[str, set[str]] = {}
    for found in LETTERED.finditer(text, start, end):
        meanings.setdefault(found[1], set()).add(normal_form(found[2]))
    return {letter: words.pop() for letter, words in meanings.items() if len(words) == 1}


def boxes(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Outermost ``\\boxed{…}``: where each starts, where its content starts, and its closing brace."""
    opened: list[re.Match[str]] = []
    for found in BRACE.finditer(text, start, end):
        if found[0] != "}":
            opened.append(found)
        elif opened:
            opener = opened.pop()
            if len(opener[0]) > 1 and not any(len(other[0]) > 1 for other in opened[-50:]):
                yield opener.start(), opener.end(), found.start()


def whole(text: str, end: int, span: Span, written: str) -> tuple[Span, str]:
    """An announced number with the scale or the fraction behind it ("5 thousand", "5 1/2"); anything else as it is."""
    rest = REST.match(text, span[1], end) if written[-1:].isdigit() else None
    return ((span[0], rest.end()), written + rest[0]) if rest else (span, written)


def judge(text: str, end: int, written: str, span: Span, options: Mapping[str, str]) -> Announcement:
    """The normal form of an announced answer, checked against what its letter stands for. ``end``: of the text that
    is looked at."""
    found = VALUE.fullmatch(written)
    if found is not None and found["number"] is not None:
        span, written = whole(text, end, span, written)
        if FURTHER.match(text, span[1], end):
            problem = f"what stands behind the answer {written!r} makes something else of it"
            return Announcement(written, span, None, problem=problem)
        return Announcement(written, span, normal_form(written, options))
    if found is None or found["letter"] is None:
        # A lower-case letter is taken for an option only where it stood in brackets.
        lettered = len(written) == 1 and found is None and written.islower()
        behind = GLOSS.match(text, span[1]) if len(written.strip("()[]")) == 1 else None
        gloss = normal_form(behind["gloss"]) if behind else ""
        return Announcement(written, span, normal_form(written.upper() if lettered else written, options), gloss)
    word, meant = truth_word(found["word"]), options.get(found["letter"])
    if meant is not None and word is not None and meant != word:
        problem = f"the answer {written!r} contradicts the options, where {found['letter']} is {meant!r}"
        return Announcement(written, span, None, problem=problem)
    return Announcement(written, span, word or normal_form(found["word"]))

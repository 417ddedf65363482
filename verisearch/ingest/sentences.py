"""Splits running text into sentences, each with its exact place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from verisearch.ingest.abbreviations import ends_sentence
from verisearch.trace import Sentence, Span

__all__ = ["spans", "split"]

CLOSERS = "\"”’')]»*_`"
#: The look-behind keeps a long run of full stops linear.
TERMINATOR = re.compile(r"(?<![.!?…])[.!?…]+[\"”’')\]»*_`]*(?:\[\d+\])*(?=\s|$)")
INNER_END = re.compile(r"[.!?]\s+[A-Z]")
BRACKETS = re.compile(r"[()\[\]\"“”]")
OPENERS = {")": "(", "]": "[", "”": "“"}
LIST_MARK = re.compile(
    r"(?:[-*+•‣◦–—]|\(?\d{1,3}[.)]|#\d+[.:)]|\[\d+\]|\(?[a-z][.)]|\((?:[ivxl]{2,5}|[IVXL]{2,5}|[A-Z])\))\s"
)
#: A line that ends so goes on in the next one.
OPEN_END = re.compile(
    r"(?:[,–—(]|[\w)]-|\b(?:then|and|or|but|if|that|the|an?|is|are|was|were|not|of|to|in|on|by|for|with|who|which|whose|"
    r"than|as|be|because|since|either|neither|nor|when|while|unless|every|each))$",
    re.IGNORECASE,
)
#: So much of a line tells how it ends.
TAIL = 16
#: "if the taxpayer is-": the items that follow, even after a blank line, are parts of the sentence.
RUNS_ON = re.compile(r"(?:[,(–—]|[\w)]-|\b(?:and|or|but|if|unless|either|neither|nor))$")
#: The mark of a part of a provision: "(a)", "(2)", "(iv)".
PART = r"\((?:\d{1,3}|[ivxl]{1,5}|[IVXL]{1,5}|[a-z]|[A-Z])\)\s+"
#: A part that goes on with a sentence, and a part or line that does.
PART_MARK = re.compile(PART)
LOWER_PART = re.compile(rf"{PART}[a-z$\d]")
GOES_ON = re.compile(rf"(?:{PART})?[a-z$\d]")
#: "and so …", but no "n*(n+1) = 6".
LOWER_WORD = re.compile(r"(?:[a-z]['’]?[a-z]+|a)(?![\w(^*/=])(?!\s*[=+*/^<>])")
SUBORDINATE = re.compile(r"(?:if|when|whenever|since|because|unless|although|while|given)\b(?!.*(?:,|\bthen\b))", re.I)
#: Longer texts are not kept in the cache.
CACHED_LENGTH = 20_000


def split(text: str) -> tuple[Sentence, ...]:
    """The sentences of ``text``; each one's ``text`` is exactly what stands at its span.

    A sentence ends at ``.``, ``!`` or ``?`` before white space and a new sentence: not inside quotes or brackets,
    not after abbreviations and initials, not in numbers. A line break ends it after those marks or a colon, and in
    a list of unpunctuated lines; elsewhere a line without an end goes on in the next, so that half a sentence
    is never taken for a whole one; so do the lettered parts of a provision ("if- (1) …, and (2) …,"), even over blank
    lines. Only ``\\n`` breaks lines.
    """
    return cached(text) if len(text) <= CACHED_LENGTH else uncached(text)


def uncached(text: str) -> tuple[Sentence, ...]:
    found = spans(text, 0, len(text))
    return tuple(Sentence(text[start:end], (start, end)) for start, end in found)


cached = lru_cache(maxsize=256)(uncached)


def spans(text: str, start: int, end: int, *, steps: bool = False) -> Iterator[Span]:
    """Sentence spans inside ``text[start:end]``, without white space at either end.

    With ``steps`` (text that makes claims, instead of premises) every line break that isn't plainly inside a
    sentence ends it, and a bracket after a full stop ("Bob is nice. (From rule 3)") belongs to what it follows.
    """
    for first, last in units(text, start, end, steps):
        yield from pieces(text, first, last, steps)


def units(text: str, start: int, end: int, steps: bool) -> Iterator[Span]:
    """Runs of lines that belong together."""
    if text.find("\n", start, end) < 0:
        yield start, end
        return
    open_unit: Span | None = None
    for paragraph in paragraphs(text, start, end):
        listed = not steps and is_unpunctuated_list(text, paragraph)
        first, last = paragraph[0]
        if open_unit is not None:
            if not steps and runs_on(text[max(open_unit[0], open_unit[1] - TAIL) : open_unit[1]], text[first:last]):
                first = open_unit[0]
            else:
                yield open_unit
        for line, following in pairwise(paragraph):
            if continues(text[slice(*line)], text[slice(*following)], steps, listed):
                last = following[1]
            else:
                yield first, last
                first, last = following
        open_unit = first, last
    if open_unit is not None:
        yield open_unit


def paragraphs(text: str, start: int, end: int) -> Iterator[list[Span]]:
    """Groups of non-blank lines, as stripped spans."""
    group: list[Span] = []
    while start <= end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        first, last = strip(text, start, stop)
        if first < last:
            group.append((first, last))
        elif group:
            yield group
            group = []
        start = stop + 1
    if group:
        yield group


def is_terminated(line: str) -> bool:
    """Whether ``line`` ends in a final mark or a colon."""
    return line.rstrip(CLOSERS)[-1:] in (".", "!", "?", "…") or line.rstrip("*_").endswith(":")


def is_unpunctuated_list(text: str, lines: list[Span]) -> bool:
    """Several lines, each starting like a sentence, none with a final mark: one sentence a line."""
    return all(
        (text[first].isupper() or text[first].isdigit()) and not is_terminated(text[first:last])
        for first, last in lines
    )


def runs_on(line: str, following: str) -> bool:
    """Whether ``line`` plainly is no end, so that ``following`` goes on with it though it is a part of its own: "(A) is
    married, and" and "(B) has a child;", or what holds "if-" the parts before do."""
    ending = line[-TAIL:]
    if RUNS_ON.search(ending):
        return True
    if ending.endswith(";"):
        return GOES_ON.match(following) is not None
    return ending.endswith(":") and LOWER_PART.match(following) is not None


def continues(line: str, following: str, steps: bool, listed: bool) -> bool:
    """Whether ``following`` goes on with the sentence that ``line`` has not ended."""
    if not steps and PART_MARK.match(following) and runs_on(line, following):
        return True
    if LIST_MARK.match(following) or (steps and is_terminated(line)):
        return False
    if is_terminated(line):
        context = line[-60:] + "\n" + following[:60]
        stop = len(line[-60:]) - 1
        return line[-1] == "." and not ends_sentence(context, 0, stop, stop + 2)
    if LOWER_WORD.match(following) or OPEN_END.search(line[-TAIL:]):
        return True
    if listed:
        return SUBORDINATE.match(line) is not None
    return not steps


def pieces(text: str, start: int, end: int, steps: bool) -> Iterator[Span]:
    """The sentences of one run of lines."""
    start, end = strip(text, start, end)
    if start == end:
        return
    shields = shielded(text, start, end)
    current = skip = 0
    for mark in TERMINATOR.finditer(text, start, end):
        stop, after = mark.span()
        while current < len(shields) and shields[current][1] < stop:
            current += 1
        if stop < skip or (current < len(shields) and shields[current][0] < stop and shields[current][1] >= after):
            continue
        following = skip_space(text, after, end)
        if following == end:
            break
        if not is_boundary(text, start, mark, following):
            continue
        bracketed = past_brackets(text, shields, current, following, end) if steps else following
        if bracketed > following:
            after = skip = bracketed
            following = skip_space(text, after, end)
            if following == end:
                break
            if text[following].islower() or text[following] in ",;:.":
                continue
        yield start, after
        start = following
    yield start, end


def is_boundary(text: str, start: int, mark: re.Match[str], following: int) -> bool:
    """Whether a sentence that began at ``start`` ends at ``mark`` and another starts at ``following``."""
    marks, first = mark[0], text[following]
    if first.islower() or first in "=+/%&,;:)":
        # "He said: no. then" is a sloppy boundary; '"Stop!" he said' and "x. y" are none.
        word = text[max(start, mark.start() - 2) : mark.start()]
        if marks != "." or not first.islower() or not (word.isalnum() and len(word) == 2):
            return False
        return ends_sentence(text, start, mark.start(), following)
    if marks[0] != "." or marks.startswith(".."):
        return True
    return ends_sentence(text, start, mark.start(), following)


def shielded(text: str, start: int, end: int) -> list[Span]:
    """Outermost quoted or bracketed ranges, as (opening, closing) positions. Unpaired marks shield nothing."""
    stack: list[tuple[str, int]] = []
    waiting: Counter[str] = Counter()
    ranges: list[Span] = []
    for found in BRACKETS.finditer(text, start, end):
        character, position = found[0], found.start()
        opener = opener_of(character, text, position, waiting)
        if opener is None:
            stack.append((character, position))
            waiting[character] += 1
        elif waiting[opener]:
            last = ""
            while last != opener:
                last, first = stack.pop()
                waiting[last] -= 1
            ranges.append((first, position))
    return outermost(ranges)


def opener_of(character: str, text: str, position: int, waiting: Counter[str]) -> str | None:
    """The mark that ``character`` closes, or None if it opens."""
    if character != '"':
        return OPENERS.get(character)
    if waiting['"']:
        return '"'
    # A mark that sticks to the word before it and not to one after it (5") can't open a quotation.
    before, after = text[position - 1 : position] if position else "", text[position + 1 : position + 2]
    return '"' if before.isalnum() and not after.isalnum() else None


def outermost(ranges: list[Span]) -> list[Span]:
    """``ranges`` without those inside another, in order."""
    kept: list[Span] = []
    for first, last in sorted(ranges):
        if not kept or first > kept[-1][1]:
            kept.append((first, last))
    return kept


def past_brackets(text: str, shields: list[Span], current: int, position: int, end: int) -> int:
    """The end of the bracket that opens at ``position`` (with its full stop), and of those right behind it.

    Brackets that hold several sentences stand for themselves.
    """
    after = position
    while current < len(shields) and shields[current][0] <= position:
        first, last = shields[current]
        current += 1
        if first < position:
            continue
        if text[first] not in "([" or INNER_END.search(text, first, last):
            break
        after = last + 1
        while after < end and text[after] in ".!?":
            after += 1
        position = skip_space(text, after, end)
    return after


def skip_space(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start


def strip(text: str, start: int, end: int) -> Span:
    """``start, end`` without white space at either end."""
    start = skip_space(text, start, end)
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end

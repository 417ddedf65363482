"""Where numbers come from: the problem's sentences, earlier steps, or what everybody knows.

A number has a source if a text says it, in digits or words, or in a form that means the same: 20% as 0.2, 80% or 1.2,
"twice" as 2, "half" as 2 or 0.5. Nothing is computed from two numbers: that is for the chain to do.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from verisearch.ingest.sentences import split
from verisearch.maths.constants import known_constants
from verisearch.maths.numerals import MULTIPLIERS
from verisearch.maths.tokens import Token, tokens
from verisearch.maths.units import converted
from verisearch.trace import Problem

__all__ = ["Quantities", "Source"]

#: Words that stand for numbers, with all that they may mean in a computation.
WORDS: dict[str, tuple[str, ...]] = {
    "twice": ("2",), "double": ("2",), "doubled": ("2",), "doubles": ("2",), "doubling": ("2",), "thrice": ("3",),
    "triple": ("3",), "tripled": ("3",), "triples": ("3",), "quadruple": ("4",), "quadrupled": ("4",),
    "half": ("1/2", "2", "3/2", "50"), "halved": ("1/2", "2"), "halves": ("1/2", "2"), "halfway": ("1/2", "2"),
    "third": ("1/3", "3", "2/3"), "thirds": ("1/3", "3"),
    "quarter": ("1/4", "4", "3/4", "25"), "quarters": ("1/4", "4", "25"), "fourth": ("1/4", "4"),
    "fourths": ("1/4", "4"), "fifth": ("1/5", "5", "4/5"), "fifths": ("1/5", "5"), "sixth": ("1/6", "6"),
    "sixths": ("1/6", "6"), "seventh": ("1/7", "7"), "eighth": ("1/8", "8"), "eighths": ("1/8", "8"),
    "ninth": ("1/9", "9"), "tenth": ("1/10", "10"), "tenths": ("1/10", "10"),
    "dozen": ("12",), "dozens": ("12",), "couple": ("2",), "pair": ("2",), "pairs": ("2",), "both": ("2",),
    "score": ("20",), "single": ("1",), "once": ("1",), "another": ("1",), "second": ("2", "1/2"), "first": ("1",),
    "average": ("2",), "none": ("0",), "hundred": ("100",), "thousand": ("1000",), "million": ("1000000",),
    "billion": ("1000000000",), "percent": ("100",), "percentage": ("100",), "square": ("2",), "squared": ("2",),
    "each other": ("2",), "parents": ("2",), "alternate": ("2",), "every other": ("2",), "remaining": ("1",),
    "noon": ("12",), "midnight": ("12", "24"), "hands": ("2",), "legs": ("4", "2"), "wheels": ("4", "2"),
    "eyes": ("2",), "twins": ("2",), "triplets": ("3",), "quadruplets": ("4",), "solo": ("1",), "duo": ("2",),
    "trio": ("3",), "quartet": ("4",), "decade": ("10",), "century": ("100",), "biweekly": ("2",), "bi-weekly": ("2",),
    "round": ("2",), "return": ("2",), "back": ("2",),
}  # fmt: skip
#: Numbers that need no source: nothing and one, and a hundred per cent.
ALWAYS = (Fraction(0), Fraction(1), Fraction(100))
#: Numbers of a text whose sums are looked at.
LONGEST = 60
#: Numbers of the chain whose sums are looked at.
LATEST = 12
#: A list of things, as many as there are commas and an "and".
LISTED = re.compile(
    # lists begin where clauses do: begun anywhere, long texts would take their square
    r"(?:^|(?<=[.,;:?!]))[^.,;:?!]+(?:,[^.,;:?!]+){1,9},?\s{1,9}(?:and|or)\s+[^.,;:?!]+|\b\w+\s{1,9}and\s{1,9}\w+"
)
WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number comes from: the sentence ``index`` of context or question, a claim of a step, or common
    knowledge, with the ``text``."""

    source: Literal["context", "step", "question", "commonsense"]
    index: int
    text: str
    claim: int = 0


class Quantities:
    """The numbers that have a source so far."""

    def __init__(self, problem: Problem) -> None:
        self.known: dict[Fraction, Source] = {}
        #: What everybody knows, numbered in the order in which it is used.
        self.meanings: dict[str, int] = {}
        #: What numbers that follow each other in the problem add up to.
        self.sums: set[Fraction] = set()
        #: Numbers as they are written or computed, without the other forms that they may be used in.
        self.plain: set[Fraction] = {Fraction(1)}
        #: The latest of them, in order.
        self.latest: list[Fraction] = []
        #: Whether the problem states a number.
        self.stated = False
        for text in (*(sentence.text for sentence in problem.context), problem.question or ""):
            given = tokens(text)
            self.sums |= set(running_sums(given))
            self.stated |= any(token.kind == "number" for token in given)
        #: The sentences of the problem: the context's, then the question's.
        self.told = [Source("context", index, each.text) for index, each in enumerate(problem.context)]
        asked = [Source("question", index, each.text) for index, each in enumerate(split(problem.question or ""))]
        options = [Source("question", 0, option) for option in problem.options]
        for source in (*self.told, *options, *asked):
            self.take(source.text, source)
        self.told += asked

    def take(self, text: str, source: Source, without: Container[Fraction] = ()) -> None:
        """Make the numbers that ``text`` states known, but those in ``without``."""
        given = tokens(text)
        for number in stated_numbers(text, given):
            if number not in without:
                self.known.setdefault(number, source)
        self.note(*(each for each in plain_numbers(text, given) if each not in without))
        self.take_known(text)

    def take_known(self, text: str) -> None:
        """Make known what everybody knows of the things that ``text`` speaks of."""
        for number, meaning in known_constants(text):
            self.known.setdefault(number, Source("commonsense", 0, meaning))

    def add(self, number: Fraction, source: Source) -> None:
        """Make a computed number known."""
        self.known.setdefault(number, source)
        self.note(number)
        for form in forms(number):
            self.known.setdefault(form, source)

    def note(self, *numbers: Fraction) -> None:
        """Remember numbers that were written or computed."""
        for number in numbers:
            self.plain.add(number)
            if number not in self.latest[-LATEST:]:
                self.latest.append(number)

    def added(self, number: Fraction) -> bool:
        """Whether the latest numbers that follow each other add up to ``number``."""
        latest = self.latest[-LATEST:]
        totals = (sum(latest[start:end]) for start in range(len(latest)) for end in range(start + 3, len(latest) + 1))
        return any(total == number for total in totals)

    def of(self, number: Fraction) -> Source | None:
        """Where ``number`` comes from; None if nothing says it."""
        if number in ALWAYS:
            return Source("commonsense", 0, "")
        found = self.known.get(number) or self.known.get(-number)
        if found is None or found.source != "commonsense":
            return found
        return replace(found, index=self.meanings.setdefault(found.text, len(self.meanings)))

    def hidden(self, number: Fraction) -> bool:
        """Whether one operation on two known numbers, the sum of neighbouring ones, or rounding gives ``number``."""
        known = self.plain
        if number in self.sums or self.added(number):
            return True
        if any(each.denominator != 1 and abs(number - each) < 1 == number.denominator for each in known):
            return True  # rounded up or down
        return any(
            number - each in known
            or number + each in known
            or each - number in known
            or (each != 0 and number / each in known)
            or number * each in known
            for each in known
        )


def behind(given: list[Token], index: int) -> list[Token]:
    """The two tokens behind a number, without the hyphen of "a 30-minute show"."""
    after = given[index + 1 : index + 3]
    return after[1:] if len(after) == 2 and after[0].text == "-" and after[0].glued else after


def plain_numbers(text: str, given: list[Token]) -> Iterator[Fraction]:
    """The numbers that ``text`` has, percentages as shares too, durations and the like in other units too. ``given``:
    its tokens."""
    for index, token in enumerate(given):
        if token.kind == "number" and token.value is not None:
            yield token.value
            after = behind(given, index)
            if after and after[0].text == "%":
                yield token.value / 100
            elif after and after[0].kind == "word":
                yield from converted(token.value, after[0].text.lower())
    words = [word.lower() for word in WORD.findall(text)]
    yield from (Fraction(WORDS[word][0]) for word in words if word in WORDS)


def running_sums(given: list[Token]) -> Iterator[Fraction]:
    """The sums of up to ten numbers that follow each other in a text, of its tokens."""
    found = [token.value for token in given if token.kind == "number" and token.value is not None]
    for start in range(min(len(found), LONGEST)):
        total = found[start]
        for each in found[start + 1 : start + 10]:
            total += each
            yield total


def forms(number: Fraction) -> Iterator[Fraction]:
    """What a computed number may be used as: a percentage as a share, a share as a percentage, cents as dollars."""
    yield number / 100
    yield number * 100


def stated_numbers(text: str, given: list[Token]) -> Iterator[Fraction]:
    """All numbers that ``text`` states, in every form that it may be used in. ``given``: its tokens."""
    for index, token in enumerate(given):
        if token.kind == "number" and token.value is not None:
            yield from number_forms(token.value, given, index)
        elif token.kind == "bad" or token.kind == "word":
            yield from digits_in(text[token.span[0] : token.span[1]])
    words = [word.lower() for word in WORD.findall(text)]
    for word in {*words, *(part for each in words for part in each.split("-"))}:
        yield from map(Fraction, WORDS.get(word, ()))
    for phrase in ("each other", "every other"):
        if phrase in text:
            yield Fraction(2)
    yield from counts(text)


def number_forms(number: Fraction, given: list[Token], index: int) -> Iterator[Fraction]:
    """A number that is stated, and what it means as a percentage or a fraction."""
    yield number
    after = behind(given, index)
    if after and after[0].kind == "op" and after[0].text == "%":
        share = number / 100
        yield from (share, 1 - share, 1 + share, 100 - number, 100 + number)
    if number.denominator != 1:
        yield from (1 / number, 1 - number, 1 + number, Fraction(number.denominator), Fraction(number.numerator))
        yield number * 100
    if len(after) == 2 and after[0].text == "/" and after[1].value:
        share = number / after[1].value
        yield from (share, 1 - share, 1 + share, after[1].value - number, 100 * share)
        whole = given[index - 2 if index > 1 and given[index - 1].text == "and" else index - 1] if index else None
        if whole is not None and whole.kind == "number" and whole.value is not None:
            yield whole.value + share
    following = [each for each in given[index + 1 : index + 4] if each.text.lower() not in ("a", "an", "-", "of")]
    if following and following[0].kind == "word":
        yield from converted(number, following[0].text.lower())
    if index > 1 and given[index - 1].text == "and" and given[index - 2].value is not None and 0 < number < 1:
        yield given[index - 2].value + number  # type: ignore[operator]
    for word in after[:1]:
        if word.text.lower() in MULTIPLIERS:
            yield number * MULTIPLIERS[word.text.lower()]


def digits_in(text: str) -> Iterator[Fraction]:
    """The numbers inside what is no number: a time, a ratio, a code ("8:30", "B12", "30th")."""
    parts = [Fraction(digits) for digits in re.findall(r"\d{1,30}(?:\.\d{1,30})?", text)]
    yield from parts
    if len(parts) == 2 and ":" in text and parts[1] < 60:
        yield parts[0] + parts[1] / 60
        yield parts[0] + parts[1]


def counts(text: str) -> Iterator[Fraction]:
    """How many things lists in ``text`` have."""
    for found in LISTED.finditer(text):
        number = 1 + found[0].count(",") + len(re.findall(r"\b(?:and|or)\b", found[0]))
        if re.search(r",\s+(?:and|or)\b", found[0]):
            number -= 1
        yield Fraction(number)

"""Word problems as templates: the numbers of a text become variables, for which others can be put in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from verisearch.maths.rationals import bits, rational_text
from verisearch.programs.arithmetic import Number, is_exact, plainest

__all__ = ["Quantity", "TextTemplate", "as_template", "said"]

#: Digits with thousands commas (also as in India: 1,20,000) and decimals; a fraction, a mixed number. Letters and
#: digits before it make it part of a name ("A4"), "th" behind it a rank.
WHOLE = r"(?:\d{1,3}(?:,\d{2,3}){0,8},\d{3}(?!\d)|\d{1,30})"
NUMBER = re.compile(
    r"(?<![\w.])(?<!\d/)(?P<sign>(?<![\w)\]])[-−](?=\d|\.\d))?"
    r"(?:(?P<mixed>\d{1,9})[ -](?=\d{1,9}/\d))?"
    r"(?:(?P<above>\d{1,9})/(?P<below>[1-9]\d{0,8})(?![\d/,.]*\d)"
    rf"|(?P<whole>{WHOLE})(?:\.(?P<part>\d{{1,30}}))?(?!/\d)|\.(?P<bare>\d{{1,30}}))"
    r"(?!\.?\d)(?!(?:st|nd|rd|th)\b)(?P<percent>\s?%|\s(?:percent|per cent)\b)?"
)
#: Names of variables: letters that can't be taken for another sign.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
LETTER = re.compile(r"\b[A-Z]\b")


class Quantity(NamedTuple):
    """A number of a text: the variable that stands for it, its value, and how finely it is given: ``unit`` is 1 for a
    whole number, 1/100 for two decimals, 1/3 for thirds. ``below``: what others of its kind stay below (100 for a
    percentage, 1 for a proper fraction), None if there is no such bound."""

    name: str
    value: Number
    unit: Fraction
    below: int | None

    @property
    def kind(self) -> tuple[Fraction, int | None, bool]:
        """What it has in common with quantities that it can be compared with."""
        return self.unit, self.below, self.value < 0

    def other(self, uniform: Callable[[str], float]) -> Number:
        """Another number of its kind: as whole or as fine as this, with the same sign, no more than some twice as
        large. ``uniform``: numbers in [0, 1), a fresh one for each word."""
        value, sign = abs(Fraction(self.value)), -1 if self.value < 0 else 1
        if self.below == 1 and self.unit.denominator % 10:  # a proper fraction: its parts vary
            below = 2 + int(uniform("below") * 11)
            return sign * Fraction(1 + int(uniform("above") * (below - 1)), below)
        most = max(2 * value / self.unit, Fraction(20))
        if self.below is not None:
            most = min(most, self.below / self.unit - 1)
        found = sign * (1 + int(uniform("value") * max(int(most), 1))) * self.unit
        return plainest(found)


class TextTemplate(NamedTuple):
    """A text with variables for its numbers, and what they stand for, in the order of the text."""

    text: str
    quantities: tuple[Quantity, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.quantities)

    @property
    def values(self) -> dict[str, Number]:
        """The numbers of the text itself."""
        return {each.name: each.value for each in self.quantities}

    def others(self, uniform: Callable[[str], float]) -> dict[str, Number]:
        """Other numbers for the variables, in the same order of size among those of one kind: programs that count the
        grown-ups among people and children needn't be the same where there are more children than people.
        ``uniform`` as in `Quantity.other`."""
        found: dict[str, Number] = {}
        for kind in dict.fromkeys(each.kind for each in self.quantities):
            alike = [each for each in self.quantities if each.kind == kind]
            drawn = sorted(other(each, uniform) for each in alike)
            by_size = sorted(alike, key=lambda each: each.value)
            found |= {each.name: value for each, value in zip(by_size, drawn, strict=True)}
        return {each.name: found[each.name] for each in self.quantities}


def other(quantity: Quantity, uniform: Callable[[str], float]) -> Number:
    """What may stand for a quantity; its draws are its own."""
    return quantity.other(lambda word: uniform(f"{quantity.name} {word}"))


def as_template(text: str) -> TextTemplate:
    """The template of a text: every number in digits becomes a variable of its own, equal ones too, since they may be
    equal by chance. Number words stay: "one" and "second" are too often none. Letters that the text uses alone name no
    variable."""
    names = free_names(frozenset(LETTER.findall(text)))
    pieces: list[str] = []
    quantities: list[Quantity] = []
    place = 0
    for found in NUMBER.finditer(text):
        quantity = quantity_of(next(names), found)
        quantities.append(quantity)
        percent = found["percent"] or ""
        behind = text[found.end() : found.end() + 1]
        pieces += [text[place : found.start()], quantity.name, percent, " " if not percent and behind.isalpha() else ""]
        place = found.end()
    return TextTemplate("".join([*pieces, text[place:]]), tuple(quantities))


def free_names(taken: frozenset[str]) -> Iterator[str]:
    """Names that are not taken: letters first."""
    yield from (letter for letter in LETTERS if letter not in taken)
    number = 1
    while True:
        yield f"V{number}"
        number += 1


def quantity_of(name: str, found: re.Match[str]) -> Quantity:
    if found["above"]:
        below = int(found["below"])
        value = int(found["mixed"] or 0) + Fraction(int(found["above"]), below)
        unit = Fraction(1, below)
    else:
        part = found["part"] or found["bare"] or ""
        unit = Fraction(1, 10 ** len(part))
        value = Fraction(int((found["whole"] or "").replace(",", "") + part)) * unit
    percent = found["percent"] is not None and value <= 100
    bound = 100 if percent else 1 if 0 < value < 1 else None
    value = -value if found["sign"] else value
    return Quantity(name, plainest(value), unit, bound)


def said(value: Number) -> str:
    """A number in digits: decimals where they are exact and not too long, else a fraction; 12 digits of inexact ones.
    Too long for digits it says so."""
    if not is_exact(value):
        return f"{value:.12g}"
    exact = Fraction(value)
    if bits(exact) > 3_000:
        return "a number of more than 900 digits"
    return rational_text(exact)

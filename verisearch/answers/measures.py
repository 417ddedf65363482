"""Units of measure: their spellings, and exact conversions within one dimension."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

__all__ = ["FILLER", "Unit", "unit"]

#: A unit's dimension and how many of the dimension's base unit it is.
SCALES: dict[str, tuple[str, Fraction]] = {}
#: Spellings in full (any case), and abbreviations (as written: mW is no MW).
WORDS: dict[str, str] = {}
SHORT: dict[str, str] = {}
#: Words that stand behind a number and say nothing of what it measures.
FILLER = frozenset(
    {"unit", "units", "square unit", "square units", "cubic unit", "cubic units", "sq unit", "sq units"}
    | {"radian", "radians", "rad"}
)

#: name, plural, abbreviations, size; a line of them for each dimension.
TABLE = {
    "length": (
        "metre meter metres meters m 1|kilometre kilometer kilometres kilometers km 1000|centimetre centimeter "
        "centimetres centimeters cm 1/100|millimetre millimeter millimetres millimeters mm 1/1000|"
        "inch inches in 254/10000|foot feet ft 3048/10000|yard yards yd 9144/10000|mile miles mi 1609344/1000"
    ),
    "mass": (
        "gram grams gramme grammes g 1|kilogram kilograms kilogramme kilogrammes kg 1000|"
        "milligram milligrams mg 1/1000|"
        "pound pounds lb lbs 45359237/100000|ounce ounces oz 45359237/1600000|tonne tonnes 1000000"
    ),
    "time": (
        "second seconds s sec secs 1|minute minutes min mins 60|"
        "hour hours h hr hrs 3600|day days 86400|week weeks 604800"
    ),
    "volume": "litre liter litres liters L l 1|millilitre milliliter millilitres milliliters mL ml 1/1000",
    "angle": "degree degrees deg ° 1",
    "euro": "euro euros € 1",
    "dollar": "dollar dollars $ USD 1|cent cents ¢ 1/100",
    "pound sterling": "£ GBP 1|penny pence 1/100",
    "speed": (
        "km/h kph kmh 1|m/s 36/10|mph 1609344/1000000"
    ),
}  # fmt: skip
for dimension, line in TABLE.items():
    for entry in line.split("|"):
        *spellings, size = entry.split()
        main = spellings[0]
        SCALES[main] = (dimension, Fraction(size))
        for spelling in spellings:
            (WORDS if len(spelling) > 3 and spelling.isalpha() else SHORT)[spelling] = main
PHRASES = (
    (re.compile(r"\b(kilo|centi|milli)?(metre|meter)s? per second\b"), r"\1m/s"),
    (re.compile(r"\b(?:kilometre|kilometer)s? (?:per|an) hour\b"), "km/h"),
    (re.compile(r"\bmiles? (?:per|an) hour\b"), "mph"),
    (re.compile(r"^(?:square|sq\.?) (\S+)$"), r"\1^2"),
    (re.compile(r"^cubic (\S+)$"), r"\1^3"),
    (re.compile(r"^(\S+) squared$"), r"\1^2"),
    (re.compile(r"^(\S+) cubed$"), r"\1^3"),
)
POWER = re.compile(r"(.+?)\s*\^\s*\{?\s*([23])\s*\}?")


class Unit(NamedTuple):
    """What a number is measured in: a dimension and its size, or a word that is none of those that are known (size 1).
    ``dimension`` is empty for no unit."""

    dimension: str = ""
    size: Fraction = Fraction(1)


def unit(text: str) -> Unit:
    """The unit that ``text`` names."""
    words = " ".join(text.split()).strip(" .")
    if not words or words.lower() in FILLER:
        return Unit()
    for pattern, plain in PHRASES:
        if pattern.search(words.lower()):
            words = pattern.sub(plain, words.lower())
    power = POWER.fullmatch(words)
    base, times = (power[1], int(power[2])) if power else (words, 1)
    name = SHORT.get(base) or WORDS.get(base.lower())
    if name is None:
        return Unit(words if len(words) <= 3 else singular(words.lower()))
    dimension, size = SCALES[name]
    return Unit(dimension if times == 1 else f"{dimension}^{times}", size**times)


def singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word

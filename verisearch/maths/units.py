"""Units of measure: their spellings, and exact conversions within one dimension.

A unit is looked up in two ways: `unit` takes a text that is a unit and nothing else; `convertible` and `converted` take
the words behind a number in prose, where "in" is no inch, a single letter no unit, and a speed a rate (`rate_of`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from verisearch.maths.exact import Unvalued, value
from verisearch.maths.terms import Apply, Number, Term, numbers

__all__ = ["FILLER", "Unit", "amount", "conversions", "converted", "convertible", "rate_of", "unit", "unit_of"]

#: Words that stand behind a number and say nothing of what it measures.
FILLER = frozenset(
    {"unit", "units", "square unit", "square units", "cubic unit", "cubic units", "sq unit", "sq units"}
    | {"radian", "radians", "rad"}
)

#: Name, plural, other spellings, size: a line of them for each dimension. Words that name two sizes ("ton") are left
#: out, and so are months in days.
TABLE = {
    "length": (
        "metre metres meter meters m 1|kilometre kilometres kilometer kilometers km 1000|centimetre centimetres "
        "centimeter centimeters cm 1/100|millimetre millimetres millimeter millimeters mm 1/1000|"
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
    "months": "month months 1|year years 12|decade decades 120|century centuries 1200",
    "volume": "litre litres liter liters L l 1|millilitre millilitres milliliter milliliters mL ml 1/1000",
    "cups": "cup cups 1|pint pints 2|quart quarts 4|gallon gallons 16",
    "angle": "degree degrees deg ° 1",
    "euro": "euro euros € 1",
    "dollar": "dollar dollars $ USD 1|cent cents ¢ 1/100|penny pennies 1/100|nickel nickels 1/20|dime dimes 1/10",
    "pound sterling": "£ GBP 1|pence 1/100",
    "speed": "km/h kph kmh 1|m/s 36/10|mph 1609344/1000000",
    "count": "pair pairs 2|dozen dozens 12",
}  # fmt: skip

#: Rates that have a word of their own.
RATES = {"mph": "miles per hour", "kph": "km per hour", "kmh": "km per hour", "km/h": "km per hour"}
#: Coins of two currencies: cents in prose, nothing that converts in an answer.
COINS = frozenset({"penny", "pennies"})


class Unit(NamedTuple):
    """What a number is measured in: a dimension and its size, or a word that is none of those that are known, in
    quotation marks (size 1). ``dimension`` is empty for no unit."""

    dimension: str = ""
    size: Fraction = Fraction(1)


#: Spellings in full (any case), and abbreviations (as written: mW is no MW).
WORDS: dict[str, Unit] = {}
SHORT: dict[str, Unit] = {}
#: Spellings in small letters that are units behind any number in prose.
PROSE: dict[str, Unit] = {}
#: By dimension, the unit's name and plural with its size.
SIZES: dict[str, dict[tuple[str, str], Fraction]] = {}
for dimension, line in TABLE.items():
    for entry in line.split("|"):
        *spellings, written = entry.split()
        known = Unit(dimension, Fraction(written))
        SIZES.setdefault(dimension, {})[spellings[0], spellings[min(1, len(spellings) - 1)]] = known.size
        for spelling in spellings:
            if spelling not in COINS:
                (WORDS if len(spelling) > 3 and spelling.isalpha() else SHORT)[spelling] = known
            if dimension != "speed" and spelling != "in" and (len(spelling) > 1 or not spelling.isalpha()):
                PROSE[spelling.lower()] = known
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
    found = SHORT.get(base) or WORDS.get(base.lower())
    if found is None:
        # in quotation marks: "3 times" are no time
        return Unit(f'"{words if len(words) <= 3 else singular(words.lower())}"')
    return Unit(found.dimension if times == 1 else f"{found.dimension}^{times}", found.size**times)


def singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def in_prose(word: str) -> Unit | None:
    """The unit that a word in small letters behind a number is, singular or plural."""
    return PROSE.get(word) or (PROSE.get(word[:-1]) if word.endswith("s") else None)


def unit_of(term: Term) -> str:
    """The unit that a term's value has, as its words; "" if it can't be told: sums of one unit, multiples by plain
    numbers."""
    if isinstance(term, Number):
        return term.unit
    if not isinstance(term, Apply):
        return ""
    inner = [unit_of(each) for each in term.args]
    if term.operator in ("+", "-"):
        return inner[0] if len(set(inner)) == 1 else ""
    if term.operator in ("neg", "abs"):
        return inner[0]
    if term.operator == "*":
        named = [unit for unit in inner if unit]
        return named[0] if len(named) == 1 else ""
    return inner[0] if term.operator == "/" and not inner[1] else ""


def convertible(one: str, other: str) -> Fraction | None:
    """How many of ``other`` one of ``one`` is, both units in words; None if they don't convert."""
    first, second = head(one), head(other)
    if first is None or second is None or first.dimension != second.dimension:
        return None
    return first.size / second.size


def head(words: str) -> Unit | None:
    """The unit that words begin with; None where they are a rate or name none."""
    parts = words.split()
    return None if not parts or "/" in parts or "per" in parts else in_prose(parts[0])


def rate_of(unit: str) -> tuple[str, str] | None:
    """What a rate counts, and in what: "miles per hour", "miles / hour", "mph"; None for other units."""
    words = RATES.get(unit.split()[0] if unit else "", unit).split()
    place = next((index for index, word in enumerate(words) if word in ("/", "per")), 0)
    if not place or place + 1 >= len(words):
        return None
    return " ".join(words[:place]), words[place + 1]


def amount(term: Term) -> tuple[str, Fraction] | None:
    """The dimension of what a term measures, and how much of its first unit: sums, and multiples by plain numbers;
    None for all else."""
    if isinstance(term, Number):
        found = head(term.unit)
        return None if found is None else (found.dimension, term.value * found.size)
    if not isinstance(term, Apply):
        return None
    if term.operator in ("+", "-", "neg"):
        parts = [amount(each) for each in term.args]
        if any(part is None for part in parts) or len({part[0] for part in parts if part}) != 1:
            return None
        sizes = [part[1] for part in parts if part]
        total = -sizes[0] if term.operator == "neg" else sizes[0]
        for size in sizes[1:]:
            total = total + size if term.operator == "+" else total - size
        return parts[0][0], total  # type: ignore[index]
    if term.operator not in ("*", "/"):
        return None
    plain = [not any(each.unit for each in numbers(arg)) for arg in term.args]
    if plain == [False, True] or (plain == [True, False] and term.operator == "*"):
        measured = amount(term.args[plain.index(False)])
        try:
            times = value(term.args[plain.index(True)])
        except Unvalued:
            return None
        if measured is None or (term.operator == "/" and not times):
            return None
        return measured[0], measured[1] * times if term.operator == "*" else measured[1] / times
    return None


def converted(number: Fraction, word: str) -> Iterator[Fraction]:
    """``number`` of a unit in the other units of its dimension."""
    found = in_prose(word)
    if found is not None:
        yield from (number * found.size / size for size in set(SIZES[found.dimension].values()))


def conversions(words: set[str]) -> Iterator[tuple[Fraction, str]]:
    """What units among ``words`` (small letters) are in the others of their dimensions: the number and its inverse,
    each with what it is: ``60``, "one hour is 60 minutes"."""
    named = {found for word in words if (found := in_prose(word)) is not None}
    for dimension in sorted({each.dimension for each in named}):
        sizes = SIZES[dimension]
        for (big, _), size in sizes.items():
            for (_, small), part in sizes.items():
                if size > part and not named.isdisjoint((Unit(dimension, size), Unit(dimension, part))):
                    meaning = f"one {big} is {size / part} {small}"
                    yield size / part, meaning
                    yield part / size, meaning

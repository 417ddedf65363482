"""Units that convert exactly into each other, by dimension, and the numbers that everybody knows from them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from verisearch.maths.exact import Unvalued, value
from verisearch.maths.terms import Apply, Number, Term, numbers

__all__ = ["amount", "converted", "convertible", "known_constants", "rate_of", "unit_of"]

#: By dimension: what one of each unit is in the first of them. Words that name two sizes ("ton") are left out, as are
#: months in days.
DIMENSIONS: dict[str, dict[str, Fraction]] = {
    "time": {
        "second": Fraction(1), "sec": Fraction(1), "minute": Fraction(60), "min": Fraction(60), "hour": Fraction(3600),
        "hr": Fraction(3600), "day": Fraction(86400), "week": Fraction(604800),
    },
    "years": {"month": Fraction(1), "year": Fraction(12), "decade": Fraction(120), "century": Fraction(1200)},
    "length": {
        "centimeter": Fraction(1), "cm": Fraction(1), "centimetre": Fraction(1), "meter": Fraction(100),
        "metre": Fraction(100), "kilometer": Fraction(100000), "kilometre": Fraction(100000), "km": Fraction(100000),
        "millimeter": Fraction(1, 10), "mm": Fraction(1, 10), "inch": Fraction(254, 100), "inches": Fraction(254, 100),
        "foot": Fraction(3048, 100), "feet": Fraction(3048, 100), "yard": Fraction(9144, 100),
        "mile": Fraction(16093440, 100),
    },
    "weight": {
        "gram": Fraction(1), "kilogram": Fraction(1000), "kg": Fraction(1000), "milligram": Fraction(1, 1000),
        "mg": Fraction(1, 1000),
    },
    "pounds": {"ounce": Fraction(1), "oz": Fraction(1), "pound": Fraction(16), "lb": Fraction(16)},
    "volume": {
        "milliliter": Fraction(1), "millilitre": Fraction(1), "ml": Fraction(1), "liter": Fraction(1000),
        "litre": Fraction(1000),
    },
    "gallons": {"cup": Fraction(1), "pint": Fraction(2), "quart": Fraction(4), "gallon": Fraction(16)},
    "money": {
        "cent": Fraction(1), "penny": Fraction(1), "pennies": Fraction(1), "nickel": Fraction(5), "dime": Fraction(10),
        "$": Fraction(100), "dollar": Fraction(100),
    },
    "count": {"pair": Fraction(2), "dozen": Fraction(12)},
}  # fmt: skip

#: Rates that have a word of their own.
RATES = {"mph": "miles per hour", "kph": "km per hour", "kmh": "km per hour", "km/h": "km per hour"}

BY_NAME = {name: (dimension, size) for dimension, units in DIMENSIONS.items() for name, size in units.items()}


def size_of(word: str) -> tuple[str, Fraction] | None:
    """The dimension and size of a unit's word, singular or plural."""
    return BY_NAME.get(word) or (BY_NAME.get(word[:-1]) if word.endswith("s") else None)


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
    if first is None or second is None or first[0] != second[0]:
        return None
    return first[1] / second[1]


def head(unit: str) -> tuple[str, Fraction] | None:
    """The size of the unit that words begin with; None where they are a rate or name none."""
    words = unit.split()
    if not words or "/" in words or "per" in words:
        return None
    return size_of(words[0])


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
        return None if found is None else (dimension_of(term.unit), term.value * found[1])
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


def dimension_of(unit: str) -> str:
    """What the unit that words begin with measures; "" if that isn't known."""
    word = unit.split()[0]
    return BY_NAME[word if word in BY_NAME else word[:-1]][0] if size_of(word) else ""


def converted(number: Fraction, unit: str) -> Iterator[Fraction]:
    """``number`` of a unit in the other units of its dimension."""
    found = size_of(unit)
    if found is not None:
        yield from (number * found[1] / size for size in set(DIMENSIONS[found[0]].values()))


def known_constants(text: str) -> Iterator[tuple[Fraction, str]]:
    """The numbers that the units and words of ``text`` bring along, each with what it is: ``60``, "60 minutes are an
    hour"."""
    words = {word.strip(".,;:!?()\"'$").lower() for word in text.replace("/", " ").replace("-", " ").split()}
    words |= {"$"} if "$" in text else set()
    sizes = {word: found for word in words if (found := size_of(word)) is not None}
    dimensions = {dimension for dimension, _ in sizes.values()}
    for dimension in sorted(dimensions):
        units = DIMENSIONS[dimension]
        for big, size in units.items():
            for small, part in units.items():
                if size > part and (big in words or f"{big}s" in words or small in words or f"{small}s" in words):
                    meaning = f"one {called(big)} is {size / part} {called(small, many=True)}"
                    yield size / part, meaning
                    yield part / size, meaning
    for word, meant in KNOWN.items():
        if word in words or f"{word}s" in words:
            yield from ((Fraction(value), meaning) for value, meaning in meant)


ABBREVIATIONS = frozenset("sec min hr cm mm km kg mg ml oz lb".split())


def called(unit: str, many: bool = False) -> str:
    """A unit's word, in the plural if there are ``many``."""
    word = {"$": "dollar"}.get(unit, unit)
    plural = many and word not in ABBREVIATIONS and not word.endswith(("s", "feet", "pennies"))
    return f"{word.removesuffix('y')}ies" if plural and word == "penny" else f"{word}s" if plural else word


#: Numbers that a word brings along.
KNOWN: dict[str, tuple[tuple[int, str], ...]] = {
    "year": ((365, "a year has 365 days"), (12, "a year has 12 months"), (52, "a year has 52 weeks")),
    "yearly": ((12, "a year has 12 months"), (52, "a year has 52 weeks"), (365, "a year has 365 days")),
    "annual": ((12, "a year has 12 months"), (52, "a year has 52 weeks")),
    "annually": ((12, "a year has 12 months"), (52, "a year has 52 weeks")),
    "month": ((12, "a year has 12 months"), (4, "a month has about 4 weeks"), (30, "a month has about 30 days")),
    "monthly": ((12, "a year has 12 months"), (4, "a month has about 4 weeks")),
    "week": ((7, "a week has 7 days"), (52, "a year has 52 weeks"), (4, "a month has about 4 weeks")),
    "weekly": ((52, "a year has 52 weeks"), (4, "a month has about 4 weeks"), (7, "a week has 7 days")),
    "day": ((7, "a week has 7 days"), (24, "a day has 24 hours"), (365, "a year has 365 days")),
    "daily": ((7, "a week has 7 days"), (365, "a year has 365 days")),
    "everyday": ((7, "a week has 7 days"),),
    "february": ((28, "February has 28 days"), (29, "February has 29 days in a leap year")),
    "weekend": ((2, "a weekend has 2 days"),),
    "weekday": ((5, "a week has 5 weekdays"),),
    "gallon": ((128, "a gallon has 128 fluid ounces"),),
    "quart": ((32, "a quart has 32 fluid ounces"),),
    "pint": ((16, "a pint has 16 fluid ounces"),),
    "cup": ((8, "a cup has 8 fluid ounces"),),
    "fortnight": ((14, "a fortnight has 14 days"),),
    "quarter": ((25, "a quarter is 25 cents"),),
    "triangle": ((3, "a triangle has 3 sides"), (180, "the angles of a triangle add up to 180 degrees")),
    "square": ((4, "a square has 4 sides"),),
    "rectangle": ((4, "a rectangle has 4 sides"),),
    "rectangular": ((4, "a rectangle has 4 sides"),),
    "pentagon": ((5, "a pentagon has 5 sides"),),
    "hexagon": ((6, "a hexagon has 6 sides"),),
    "octagon": ((8, "an octagon has 8 sides"),),
    "cube": ((6, "a cube has 6 faces"), (3, "a cube has 3 dimensions")),
    "circle": ((360, "a circle has 360 degrees"),),
    "triplet": ((3, "triplets are 3"),),
    "twin": ((2, "twins are 2"),),
    "ton": ((2000, "a ton has 2000 pounds"),),
    "bicycle": ((2, "a bicycle has 2 wheels"),),
    "tricycle": ((3, "a tricycle has 3 wheels"),),
    "car": ((4, "a car has 4 wheels"),),
    "dice": ((6, "a die has 6 sides"),),
}
KNOWN |= {
    month: ((days, f"{month.capitalize()} has {days} days"),)
    for days, months in (
        (30, "april june september november"),
        (31, "january march may july august october december"),
    )
    for month in months.split()
}

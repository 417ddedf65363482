"""Numbers that everybody knows: those that units and words bring along."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from verisearch.maths.units import conversions

__all__ = ["known_constants"]

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


def known_constants(text: str) -> Iterator[tuple[Fraction, str]]:
    """The numbers that the units and words of ``text`` bring along, each with what it is: ``7``, "a week has 7
    days"."""
    words = {word.strip(".,;:!?()\"'$").lower() for word in text.replace("/", " ").replace("-", " ").split()}
    words |= {"$"} if "$" in text else set()
    yield from conversions(words)
    for word, meant in KNOWN.items():
        if word in words or f"{word}s" in words:
            yield from ((Fraction(value), meaning) for value, meaning in meant)

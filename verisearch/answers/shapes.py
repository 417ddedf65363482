"""What kinds of things answers are: one value, several, a tuple, an interval, an equation."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from verisearch.maths.terms import Term
from verisearch.maths.units import Unit

__all__ = [
    "Chain",
    "Equation",
    "Given",
    "Grid",
    "Many",
    "Pair",
    "Record",
    "Region",
    "Scalar",
    "Shape",
    "Span",
    "Tuple",
    "Unknown",
]


class Unknown(NamedTuple):
    """An expression that only Math-Verify may read: with a sum, a product, an integral or a limit in it."""

    text: str


class Scalar(NamedTuple):
    """One value, with what it is measured in."""

    term: Term | Unknown
    unit: Unit = Unit()


class Many(NamedTuple):
    """Several answers in no order: a set or alternatives (``braced``), or a bare list, in which the order may matter to
    somebody."""

    items: tuple[Shape, ...]
    braced: bool = False


class Tuple(NamedTuple):
    """Values in order; ``way`` says whether they are a matrix of one ``column`` or ``row``."""

    items: tuple[Shape, ...]
    way: str = ""


class Pair(NamedTuple):
    """``(a, b)``: a point or an open interval."""

    items: tuple[Shape, ...]


class Span(NamedTuple):
    """An interval; no end where it is infinite."""

    low: Scalar | None
    high: Scalar | None
    low_closed: bool
    high_closed: bool


class Region(NamedTuple):
    """A union of intervals and points, of what ``name`` stands for (empty if that isn't said)."""

    spans: tuple[Span, ...]
    name: str = ""


class Given(NamedTuple):
    """What a name stands for; ``arguments`` are a function's, in order."""

    name: str
    value: Shape
    arguments: tuple[str, ...] = ()


class Record(NamedTuple):
    """What each of several names stands for, in the order they are given in."""

    items: tuple[Given, ...]


class Equation(NamedTuple):
    """An equation that says of no name what it is."""

    left: Term
    right: Term


class Chain(NamedTuple):
    """``a < b ≤ c`` of anything, in rising order; ``≠`` between two."""

    sides: tuple[Term, ...]
    signs: tuple[str, ...]


class Grid(NamedTuple):
    """A matrix."""

    rows: tuple[tuple[Shape, ...], ...]


Shape: TypeAlias = "Scalar | Many | Tuple | Pair | Region | Given | Record | Equation | Chain | Grid"

"""Parts of an answer put together: lists and records, regions, chains of equations."""

from __future__ import annotations

from verisearch.answers.expression import unknowns
from verisearch.answers.shapes import (
    Chain,
    Equation,
    Given,
    Many,
    Pair,
    Record,
    Region,
    Scalar,
    Shape,
    Span,
    Tuple,
    Unknown,
)
from verisearch.answers.terms import close, same, sign_of
from verisearch.maths.terms import Apply, Name, Term, Unread

__all__ = [
    "EVERY",
    "above",
    "absolute",
    "as_region",
    "check",
    "collected",
    "limits",
    "open_region",
    "recorded",
    "region_of",
    "spans",
]

EVERY = Span(None, None, False, False)


def collected(items: list[Shape], parts: list[str], either: bool) -> Shape:
    """Several parts as one: solutions of one name, a record of names, a union of regions, a list."""
    items = [each for item in items for each in (item.items if isinstance(item, Many) and not item.braced else (item,))]
    if isinstance(items[0], Record) and all(isinstance(item, (Pair, Tuple)) for item in items[1:]):
        items[0] = Tuple(tuple(item.value for item in items[0].items))
    regions = [as_region(item) for item in items]
    if any(isinstance(item, (Region, Chain)) for item in items):
        known = {region.name for region in regions if region}
        if not either or None in regions or len(known) != 1:
            raise Unread("inequalities side by side")
        return Region(tuple(span for region in regions if region for span in region.spans), known.pop())
    if all(isinstance(item, Given) for item in items):
        given = [item for item in items if isinstance(item, Given)]
        if len({item.name for item in given}) == 1:
            if any(item.arguments != given[0].arguments for item in given):
                raise Unread("a function of different arguments")
            return Given(given[0].name, Many(tuple(item.value for item in given), either), given[0].arguments)
        if len({item.name for item in given}) == len(given):
            if either:
                raise Unread("what one name stands for, or what another does")
            return Record(tuple(given))
        raise Unread("a name stands for several things")
    first = items[0]
    if isinstance(first, Given) and not first.arguments:
        if any(isinstance(item, (Given, Record, Equation)) for item in items[1:]):
            raise Unread("names stand for some of the parts")
        return Given(first.name, Many((first.value, *items[1:]), either))
    if any(isinstance(item, (Given, Record)) for item in items) and not all(isinstance(item, Record) for item in items):
        raise Unread("names stand for some of the parts")
    return Many(tuple(items), either)


def limits(items: list[Shape]) -> Region | None:
    """ "x > 3 and x < 5" as one interval; None if it isn't of that kind."""
    regions = [item for item in items if isinstance(item, Region)]
    if len(regions) != 2 or regions[0].name != regions[1].name or any(len(region.spans) != 1 for region in regions):
        return None
    one, other = sorted((region.spans[0] for region in regions), key=lambda span: span.low is None)
    if one.low is None or one.high is not None or other.high is None or other.low is not None:
        return None
    return Region((Span(one.low, other.high, one.low_closed, other.high_closed),), regions[0].name)


def as_region(item: Shape) -> Region | None:
    """A region, or the point that a name is said to be."""
    if isinstance(item, Region):
        return item
    if isinstance(item, Given) and isinstance(item.value, Scalar) and not item.arguments:
        return Region((Span(item.value, item.value, True, True),), item.name)
    if isinstance(item, Many) and all(isinstance(each, Scalar) for each in item.items):
        return Region(tuple(Span(each, each, True, True) for each in item.items if isinstance(each, Scalar)))
    return None


def region_of(item: Shape) -> Region | None:
    return open_region(item) if isinstance(item, Pair) else as_region(item)


def open_region(item: Pair) -> Region | None:
    low, high = item.items
    if isinstance(low, Scalar) and isinstance(high, Scalar):
        return Region((Span(low, high, False, False),))
    return None


def spans(ends: list[Scalar | None], signs: list[str], place: int) -> tuple[Span, ...]:
    """The intervals that the side at ``place`` lies in, between its neighbours."""
    if signs == ["\\neq"]:
        end = ends[1 - place]
        return (Span(None, end, False, False), Span(end, None, False, False))
    low = ends[place - 1] if place > 0 else None
    high = ends[place + 1] if place + 1 < len(ends) else None
    return (
        Span(
            low,
            high,
            low is not None and signs[place - 1] == "\\leq",
            high is not None and signs[place] == "\\leq",
        ),
    )


def absolute(terms: tuple[Term, ...], signs: tuple[str, ...]) -> Region | None:
    """``1 ≤ |z| ≤ 2`` as the region of z; None if it isn't of that kind."""
    place = [index for index, term in enumerate(terms) if isinstance(term, Apply) and term.operator == "abs"]
    if len(place) != 1 or signs == ("\\neq",) or not 2 <= len(terms) <= 3 or (len(terms) == 3 and place != [1]):
        return None
    inner = terms[place[0]]
    if not isinstance(inner, Apply) or not isinstance(inner.args[0], Name):
        return None
    others = [term for index, term in enumerate(terms) if index != place[0]]
    if any(unknowns(term) for term in others) or not all(close(term, Apply("abs", (term,))) for term in others):
        return None
    ends = [Scalar(term) for term in terms]
    span = spans(list(ends), list(signs), place[0])[0]
    back = Span(minus(span.high), minus(span.low), span.high_closed, span.low_closed)
    if span.low is None:
        return Region((Span(back.low, span.high, back.low_closed, span.high_closed),), inner.args[0].name)
    return Region((back, span), inner.args[0].name)


def minus(end: Scalar | None) -> Scalar | None:
    return None if end is None or isinstance(end.term, Unknown) else Scalar(Apply("neg", (end.term,)))


def above(one: Scalar, other: Scalar, sign: int) -> bool:
    """Whether the one is certainly greater (``sign`` -1: less) than the other."""
    if isinstance(one.term, Unknown) or isinstance(other.term, Unknown):
        return False
    return sign_of(Apply("+", (one.term, Apply("neg", (other.term,))))) == sign


def check(exact: list[Shape], rough: list[Shape]) -> None:
    """Raises `Unread` where a chain of equations contradicts itself."""
    terms = [each.term for each in (*exact, *rough) if isinstance(each, Scalar) and not isinstance(each.term, Unknown)]
    if len(exact) + len(rough) == 1:
        return
    if len(terms) < len(exact) + len(rough):
        raise Unread("a chain of equations that can't be checked")
    for each in terms[: len(exact) - 1]:
        if same(each, terms[len(exact) - 1]).status != "equal":
            raise Unread("a chain of equations that doesn't hold")
    for each in terms[len(exact) :]:
        if not close(each, terms[len(exact) - 1]):
            raise Unread("what is called nearly equal isn't")


def recorded(name: str, value: Shape) -> Shape:
    """``(p, q) = (3, 2)`` as what p and q are."""
    known = name[1:-1].split(",")
    if isinstance(value, (Tuple, Pair)) and len(value.items) == len(known):
        return Record(tuple(Given(each, item) for each, item in zip(known, value.items, strict=True)))
    return Given(name, value)

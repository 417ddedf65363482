"""Reads what kind of thing an answer is, strictly: what has two readings has none here."""

from __future__ import annotations

import re

from verisearch.answers.combining import (
    EVERY,
    above,
    absolute,
    as_region,
    check,
    collected,
    limits,
    open_region,
    recorded,
    region_of,
    spans,
)
from verisearch.answers.expression import unknowns
from verisearch.answers.notation import respelled, split
from verisearch.answers.parsing import read
from verisearch.answers.shapes import (
    Chain,
    Equation,
    Given,
    Grid,
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
from verisearch.answers.valuing import (
    CALL,
    INFINITE,
    MAX_ITEMS,
    NAME,
    cut,
    enclosed,
    grouped,
    name_of,
    unbraced,
    value,
    value_or_values,
)
from verisearch.maths.terms import Unread

__all__ = ["shape"]

MAX_DEPTH = 6
JOINT = re.compile(
    r"\\text\s*\{\s*,?\s*(?:and|or)\s*\}|(?<![A-Za-z\\])(?:and|or)(?![a-z])|\\(?:lor|land|vee|wedge)(?![A-Za-z])"
)
OR = re.compile(r"or|vee|lor")
RELATIONS = frozenset({"=", "<", ">", "\\leq", "\\geq", "\\neq", "\\approx", "\\in"})
RISING, FALLING = frozenset({"<", "\\leq"}), {">": "<", "\\geq": "\\leq"}
MATRIX = re.compile(
    r"\\begin\s*\{(?P<kind>[pb]?matrix|array)\}\s*(?:\{[clr| ]*\})?(?P<rows>.*)\\end\s*\{(?P=kind)\}", re.DOTALL
)
TRANSPOSED = re.compile(r"\s*\^\s*\{?\s*(?:T|\\top|\\text\s*\{\s*T\s*\})\s*\}?$")
REALS = re.compile(r"\\mathbb\s*\{?\s*R\s*\}?")
WITHOUT = re.compile(r"(?P<whole>.+?)\s*(?:\\setminus|\\backslash|(?<=[\])}])\s*-\s*(?=\\\{))\s*(?P<points>\\\{.*\\\})")


def shape(text: str) -> Shape:
    """What tidied ``text`` is. Raises `Unread`, with the reason."""
    return joined(respelled(text), MAX_DEPTH)


def joined(text: str, depth: int) -> Shape:
    """Parts with "and", "or", semicolons or commas between them."""
    if depth == 0:
        raise Unread("it is nested too deeply")
    plain = unbraced(text)
    if plain != text.strip():
        found = joined(plain, depth - 1)
        return found._replace(braced=True) if isinstance(found, Many) else found
    text = plain
    if not text:
        raise Unread("there is nothing")
    either = bool(JOINT.search(text)) and all(OR.search(found[0]) for found in JOINT.finditer(text))
    both = not either and bool(JOINT.search(text))
    text = re.sub(r"[,;]\s*∨|∨", "∨", JOINT.sub("∨", text))
    parts = cut(text, "∨")
    if len(parts) == 2 and both and "," not in text:
        limited = limits([joined(part, depth - 1) for part in parts])
        if limited is not None:
            return limited
    if len(parts) > 1 or ";" in text:
        for mark in ("∨", ";"):
            if len(cut(text, mark)) > 1:
                inner = cut(text, mark)
                if any(not part for part in inner):
                    raise Unread("a part of a list is empty")
                if any("," in part and len(cut(part, ",")) > 1 and not several(part, depth) for part in inner):
                    inner = [piece for part in inner for piece in cut(part, ",")]
                return collected([joined(part, depth - 1) for part in inner], inner, either)
    parts = cut(text, ",")
    if len(parts) > 1 and not grouped(text):
        return collected([related(part, depth - 1) for part in parts], parts, False)
    return related(text, depth)


def several(part: str, depth: int) -> bool:
    """Whether what stands between two semicolons says what several names stand for: "p = 5, q = 2"."""
    return isinstance(joined(part, depth - 1), Record)


def related(text: str, depth: int) -> Shape:
    """Sides with relation signs between them, or one side."""
    parts = split(text, RELATIONS)
    if parts is None:
        raise Unread("brackets don't match")
    sides, signs = parts
    if not signs:
        return bracketed(text, depth)
    if any(not side for side in sides):
        if sides[0] or len(signs) != 1 or signs[0] != "=":
            raise Unread("a side of a relation is missing")
        return bracketed(sides[1], depth)
    if signs == ["\\in"]:
        name, members = name_of(sides[0]), joined(sides[1], depth - 1)
        if name is None or isinstance(members, (Given, Record, Equation, Chain)):
            raise Unread("what is in a set is no name")
        region = as_region(members) if not isinstance(members, Pair) else open_region(members)
        if isinstance(members, Many) and members.braced:
            return Given(name, members)
        return Region(region.spans, name) if region else Given(name, members)
    if "\\in" in signs:
        raise Unread("several relations")
    if set(signs) <= {"=", "\\approx"}:
        return equation(sides, signs, depth)
    return inequality(sides, signs)


def equation(sides: list[str], signs: list[str], depth: int) -> Shape:
    """Names and what they stand for, or an equation."""
    call = CALL.fullmatch(sides[0])
    if call and len(sides) == 2:
        arguments = tuple(part.strip() for part in call["inside"].split(","))
        if all(NAME.fullmatch(each) for each in arguments):
            return Given("".join(call["name"].split()), bracketed(sides[1], depth), arguments)
    known: list[str] = []
    while len(known) < len(sides) and signs[: len(known)].count("=") == len(known):
        name = name_of(sides[len(known)]) or (
            "".join(sides[len(known)].split()) if CALL.fullmatch(sides[len(known)]) else None
        )
        if name is None:
            break
        known.append(name)
    if len(known) == len(sides):
        if len(sides) == 2 and "\\approx" not in signs:
            return Given(known[0], bracketed(sides[1], depth))
        raise Unread("names only")
    values = sides[len(known) :]
    if not known and signs == ["="] and name_of(sides[1]):
        return Given(name_of(sides[1]) or "", bracketed(sides[0], depth))
    if not known and signs == ["="]:
        return Equation(read(sides[0]), read(sides[1]))
    exact = [values[0]]
    rough: list[str] = []
    for side, sign in zip(values[1:], signs[len(known) :], strict=True):
        (rough if sign == "\\approx" or rough else exact).append(side)
    found = [bracketed(side, depth) for side in exact]
    check(found, [bracketed(side, depth) for side in rough])
    if not known:
        return found[-1]
    if known[0].startswith("(") and len(known) == 1:
        return recorded(known[0], found[-1])
    return Given("=".join(known), found[-1])


def inequality(sides: list[str], signs: list[str]) -> Shape:
    """A chain of inequalities; with one name in it and nothing done to it, the region that the name lies in."""
    if "=" in signs or "\\approx" in signs:
        raise Unread("equations and inequalities in a chain")
    if set(signs) <= set(FALLING):
        sides, signs = sides[::-1], [FALLING[sign] for sign in signs[::-1]]
    if not (set(signs) <= RISING or signs == ["\\neq"]):
        raise Unread("inequalities in several directions")
    place = [index for index, side in enumerate(sides) if name_of(side)]
    if len(sides) <= 3 and len(place) == 1 and (len(sides) == 2 or place == [1]):
        name = name_of(sides[place[0]]) or ""
        ends = [None if INFINITE.fullmatch(side) else value(side) for side in sides]
        letters = unknowns(read(sides[place[0]])) if NAME.fullmatch(sides[place[0]]) else frozenset()
        if all(
            end is None or isinstance(end.term, Unknown) or not letters & unknowns(end.term)
            for index, end in enumerate(ends)
            if index != place[0]
        ):
            return Region(spans(ends, signs, place[0]), name)
    terms = tuple(read(side) for side in sides)
    return absolute(terms, tuple(signs)) or Chain(terms, tuple(signs))


def bracketed(text: str, depth: int) -> Shape:
    """A union, a set, a tuple, an interval, a matrix, or one value."""
    if depth == 0:
        raise Unread("it is nested too deeply")
    text = unbraced(text)
    if REALS.fullmatch(text):
        return Region((EVERY,))
    without = WITHOUT.fullmatch(text)
    if without:
        return left_out(without["whole"], without["points"], depth)
    parts = cut(text, "\\cup")
    if len(parts) > 1:
        regions = [region_of(bracketed(part, depth - 1)) for part in parts]
        if None in regions:
            raise Unread("a union of what are no intervals and sets")
        return Region(tuple(span for region in regions if region for span in region.spans))
    array = re.fullmatch(r"[(\[]\s*(\\begin\s*\{array\}.*\\end\s*\{array\})\s*[)\]]", text, re.DOTALL)
    text = array[1] if array else text
    matrix = MATRIX.fullmatch(TRANSPOSED.sub("", text))
    if matrix:
        return grid(matrix["rows"], bool(TRANSPOSED.search(text)), depth)
    plain = TRANSPOSED.sub("", text)
    if plain != text and enclosed(plain):
        inner = bracketed(plain, depth - 1)
        if isinstance(inner, (Tuple, Pair)):
            return Tuple(inner.items, "column")
    return inside(text, depth) if enclosed(text) else value_or_values(text)


def inside(text: str, depth: int) -> Shape:
    """What stands in the brackets that are around all of ``text``."""
    opening = enclosed(text)
    closing = {"\\{": "\\}", "\\langle": "\\rangle"}.get(opening, text[-1])
    content = text[len(opening) : len(text) - len(closing)].strip().rstrip(".")
    if opening == "\\{":
        return braced(content, depth)
    parts = cut(content, ";") if len(cut(content, ";")) > 1 else cut(content, ",")
    if len(parts) == 1:
        if opening + closing in ("()", "[]"):
            found = bracketed(content, depth - 1) if enclosed(content) else value_or_values(text)
            return found if isinstance(found, Scalar) or enclosed(content) else value_or_values(text)
        raise Unread("an interval with one end")
    if any(not part for part in parts):
        raise Unread("a part of a tuple is empty")
    infinite = [bool(INFINITE.fullmatch(part)) for part in parts]
    if len(parts) == 2 and opening != "\\langle":
        if opening + closing != "()" or any(infinite):
            ends = [None if INFINITE.fullmatch(part) else value(part) for part in parts]
            right = (not infinite[0] or parts[0].startswith("-")) and (not infinite[1] or not parts[1].startswith("-"))
            if not right:
                raise Unread("an interval the wrong way round")
            closed = (opening == "[", closing == "]")
            if any(end and shut for end, shut in zip(infinite, closed, strict=True)):
                raise Unread("infinity is in no interval")
            return Region((Span(ends[0], ends[1], *closed),))
        return pair(parts, depth)
    if opening + closing not in ("()", "[]", "\\langle\\rangle"):
        raise Unread("brackets don't match")
    return Tuple(tuple(joined(part, depth - 1) for part in parts))


def pair(parts: list[str], depth: int) -> Shape:
    """``(a, b)``; two pairs, where one of them is a ± b."""
    return Pair(tuple(joined(part, depth - 1) for part in parts))


def braced(content: str, depth: int) -> Shape:
    """A set: its members, or the condition on them."""
    builder = re.fullmatch(r"(?P<name>[^|:]+?)\s*(?:\\in\s*\\mathbb\s*\{?\s*R\s*\}?\s*)?[|:]\s*(?P<rule>.+)", content)
    if builder and name_of(builder["name"]):
        found = joined(builder["rule"], depth - 1)
        if isinstance(found, Region) and found.name == name_of(builder["name"]):
            return Region(found.spans)
        raise Unread("a set that isn't given by inequalities")
    if not content:
        return Many((), braced=True)
    found = joined(content, depth - 1)
    if isinstance(found, (Given, Record, Equation, Chain, Region)):
        raise Unread("a set of statements")
    return Many(found.items if isinstance(found, Many) and not found.braced else (found,), braced=True)


def left_out(whole: str, points: str, depth: int) -> Shape:
    """An open region without one point."""
    region, out = region_of(bracketed(whole, depth - 1)), bracketed(points, depth - 1)
    if region is None or len(region.spans) != 1 or not isinstance(out, Many) or len(out.items) != 1:
        raise Unread("a set without several points")
    span, point = region.spans[0], out.items[0]
    if not isinstance(point, Scalar):
        raise Unread("a set without what is no point")
    for end, sign in ((span.low, 1), (span.high, -1)):
        if end is not None and not above(point, end, sign):
            raise Unread("whether a point is in an interval can't be told")
    return Region(
        (Span(span.low, point, span.low_closed, False), Span(point, span.high, False, span.high_closed)), region.name
    )


def grid(rows: str, turned: bool, depth: int) -> Shape:
    """A matrix; one row or column is a tuple."""
    lines = [line for line in re.split(r"\\\\", rows.strip()) if line.strip()]
    cells = [[bracketed(cell.strip(), depth - 1) for cell in line.split("&")] for line in lines]
    if not cells or len({len(line) for line in cells}) != 1 or sum(map(len, cells)) > MAX_ITEMS:
        raise Unread("a matrix with rows of several lengths")
    if turned:
        cells = [list(column) for column in zip(*cells, strict=True)]
    if len(cells) == 1 and len(cells[0]) == 1:
        return cells[0][0]
    if len(cells) == 1:
        return Tuple(tuple(cells[0]), "row")
    if len(cells[0]) == 1:
        return Tuple(tuple(line[0] for line in cells), "column")
    return Grid(tuple(tuple(line) for line in cells))

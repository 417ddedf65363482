"""What kind of thing an answer is: one value, several, a tuple, an interval, an equation; read strictly."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from verisearch.answers.expression import Apply, Name, Term, Unread, names, read
from verisearch.answers.measures import Unit, unit
from verisearch.answers.notation import pieces, respelled, split
from verisearch.answers.terms import close, same, sign_of

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
    "Unread",
    "shape",
]

#: Longer lists than these are no answers.
MAX_ITEMS = 40
MAX_DEPTH = 6


class Unknown(NamedTuple):
    """An expression that only Math-Verify may read: with a sum, a product, an integral or a limit in it."""

    text: str


class Scalar(NamedTuple):
    """One value, with what it is measured in."""

    term: Term | Unknown
    unit: Unit = Unit()


class Many(NamedTuple):
    """Several answers in no order: a set (``braced``), or a bare list, in which the order may matter to somebody."""

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

JOINT = re.compile(
    r"\\text\s*\{\s*,?\s*(?:and|or)\s*\}|(?<![A-Za-z\\])(?:and|or)(?![a-z])|\\(?:lor|land|vee|wedge)(?![A-Za-z])"
)
OR = re.compile(r"or|vee|lor")
RELATIONS = frozenset({"=", "<", ">", "\\leq", "\\geq", "\\neq", "\\approx", "\\in"})
RISING, FALLING = frozenset({"<", "\\leq"}), {">": "<", "\\geq": "\\leq"}
LETTER = r"(?:\\[A-Za-z]+|[A-Za-z])"
INDEX = r"(?:\s*_\s*(?:\{[^{}]*\}|[A-Za-z0-9])|'+)*"
NAME = re.compile(rf"(?:\\(?:angle|triangle|text)\s*)?(?:{LETTER}{INDEX}|\{{[^{{}}\\]+\}})")
CALL = re.compile(rf"(?P<name>{LETTER}{INDEX})\s*\((?P<inside>[^()]*)\)")
#: Segments, areas and their ratios: "AB", "S_{ABC} : S", "\frac{NO}{BO}", "|AB|".
QUANTITY = re.compile(
    rf"\|?(?:[A-Z]{INDEX}){{1,4}}\|?(?:\s*[:/]\s*\|?(?:[A-Z]{INDEX}){{1,4}}\|?)?"
    r"|\\frac\s*\{[A-Z]{1,3}\}\s*\{[A-Z]{1,3}\}|\\(?:angle|triangle|overline|vec)\s*\{?\s*[A-Z]{1,4}\s*\}?|\\text\s*\{[A-Za-z ]{1,30}\}"
)
INFINITE = re.compile(r"([-+]?)\s*\\infty")
MEASURED = re.compile(
    r"(?P<core>.*?\S)\s*\\text\s*\{(?P<unit>[^{}\\]*)\}\s*(?:\^\s*\{?\s*(?P<power>[23])\s*\}?)?", re.DOTALL
)
MONEY = re.compile(r"(?P<sign>-?)\s*\\?(?P<unit>[$€£])\s*(?P<core>[^$€£]*)")
ORDINAL = re.compile(r"([0-9]+)\s*(?:\^\s*\{?\s*)?(?:\\text\s*\{\s*)?(?:st|nd|rd|th)(?:\s*\})*")
UNREAD = re.compile(r"\\(?:sum|prod|int|lim|iint|oint)(?![A-Za-z])")
#: What an expression for Math-Verify may be written with.
PLAIN_COMMANDS = frozenset(
    "sum prod int lim to frac sqrt binom infty pi cdot times div sin cos tan cot sec csc ln log exp lfloor rfloor lceil "
    "rceil alpha beta gamma delta theta lambda mu rho sigma phi omega".split()
)  # fmt: skip
MATRIX = re.compile(
    r"\\begin\s*\{(?P<kind>[pb]?matrix|array)\}\s*(?:\{[clr| ]*\})?(?P<rows>.*)\\end\s*\{(?P=kind)\}", re.DOTALL
)
TRANSPOSED = re.compile(r"\s*\^\s*\{?\s*(?:T|\\top|\\text\s*\{\s*T\s*\})\s*\}?$")
CLOCK = re.compile(r"[0-9]{1,2}\s*:\s*[0-5][0-9]")
REALS = re.compile(r"\\mathbb\s*\{?\s*R\s*\}?")
WITHOUT = re.compile(r"(?P<whole>.+?)\s*(?:\\setminus|\\backslash|(?<=[\])}])\s*-\s*(?=\\\{))\s*(?P<points>\\\{.*\\\})")
EVERY = Span(None, None, False, False)


def shape(text: str) -> Shape:
    """What tidied ``text`` is. Raises `Unread`, with the reason."""
    return joined(respelled(text), MAX_DEPTH)


def joined(text: str, depth: int) -> Shape:
    """Parts with "and", "or", semicolons or commas between them."""
    if depth == 0:
        raise Unread("it is nested too deeply")
    text = unbraced(text)
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


def grouped(text: str) -> bool:
    """Whether commas only group digits: "1,234,567 x"."""
    return re.fullmatch(r"[^,]*(?<![0-9])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9,])[^,]*", text) is not None


def unbraced(text: str) -> str:
    """``text`` without braces around all of it that LaTeX doesn't show. Those of a plain text are a set's: whether
    they mean anything makes no difference, as what is in them is a list then."""
    text = text.strip()
    while text.startswith("{") and text.endswith("}") and closes(text, 0) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def closes(text: str, start: int) -> int:
    """Where the bracket that opens at ``start`` is closed; -1 if nowhere."""
    place = start
    for level, mark in pieces(text[start:]):
        place += len(mark)
        if level == 0 and place - start > len(mark):
            return place - 1
    return -1


def cut(text: str, mark: str) -> list[str]:
    """``text`` at the marks that stand in no bracket."""
    parts = split(text, frozenset({mark}))
    if parts is None:
        raise Unread("brackets don't match")
    if len(parts[0]) > MAX_ITEMS:
        raise Unread("the list is too long")
    return parts[0]


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
            return Given(given[0].name, Many(tuple(item.value for item in given)), given[0].arguments)
        if len({item.name for item in given}) == len(given):
            return Record(tuple(given))
        raise Unread("a name stands for several things")
    first = items[0]
    if isinstance(first, Given) and not first.arguments:
        if any(isinstance(item, (Given, Record, Equation)) for item in items[1:]):
            raise Unread("names stand for some of the parts")
        return Given(first.name, Many((first.value, *items[1:])))
    if any(isinstance(item, (Given, Record)) for item in items) and not all(isinstance(item, Record) for item in items):
        raise Unread("names stand for some of the parts")
    return Many(tuple(items))


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


def name_of(text: str) -> str | None:
    """The name that a side is: a letter with its index, a quantity in capitals; None if it is none."""
    plain = " ".join(text.split())
    if NAME.fullmatch(plain) or QUANTITY.fullmatch(plain):
        inside = re.sub(r"\\(?![A-Za-z])|[\s{}]|\\text", "", plain)
        return None if plain.startswith(("\\pi", "\\infty")) or plain == "e" else inside
    found = split(plain[1:-1], frozenset(",")) if plain.startswith("(") and plain.endswith(")") else None
    if found is not None and len(found[0]) > 1:
        inner = [name_of(part) for part in found[0]]
        return None if None in inner else "(" + ",".join(part or "" for part in inner) + ")"
    return None


def equation(sides: list[str], signs: list[str], depth: int) -> Shape:
    """Names and what they stand for, or an equation."""
    call = CALL.fullmatch(sides[0])
    if call and len(sides) == 2:
        arguments = tuple(part.strip() for part in call["inside"].split(","))
        if all(NAME.fullmatch(each) for each in arguments):
            return Given("".join(call["name"].split()), bracketed(sides[1], depth), arguments)
    known = []
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
    exact, rough = [values[0]], []
    for value, sign in zip(values[1:], signs[len(known) :], strict=True):
        (rough if sign == "\\approx" or rough else exact).append(value)
    found = [bracketed(value, depth) for value in exact]
    check(found, [bracketed(value, depth) for value in rough])
    if not known:
        return found[-1]
    if known[0].startswith("(") and len(known) == 1:
        return recorded(known[0], found[-1])
    return Given("=".join(known), found[-1])


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
        letters = names(read(sides[place[0]])) if NAME.fullmatch(sides[place[0]]) else frozenset()
        if all(
            end is None or isinstance(end.term, Unknown) or not letters & names(end.term)
            for index, end in enumerate(ends)
            if index != place[0]
        ):
            return Region(spans(ends, signs, place[0]), name)
    terms = tuple(read(side) for side in sides)
    return absolute(terms, tuple(signs)) or Chain(terms, tuple(signs))


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
    if any(names(term) for term in others) or not all(close(term, Apply("abs", (term,))) for term in others):
        return None
    ends = [Scalar(term) for term in terms]
    span = spans(list(ends), list(signs), place[0])[0]
    back = Span(minus(span.high), minus(span.low), span.high_closed, span.low_closed)
    if span.low is None:
        return Region((Span(back.low, span.high, back.low_closed, span.high_closed),), inner.args[0].name)
    return Region((back, span), inner.args[0].name)


def minus(end: Scalar | None) -> Scalar | None:
    return None if end is None or isinstance(end.term, Unknown) else Scalar(Apply("neg", (end.term,)))


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


def enclosed(text: str) -> str:
    """The bracket that opens at the start and closes at the end; empty if none does."""
    for opening, closing in (("\\{", ("\\}",)), ("\\langle", ("\\rangle",)), ("(", (")", "]")), ("[", ("]", ")"))):
        if text.startswith(opening) and text.endswith(closing):
            end = -1
            place = 0
            for level, mark in pieces(text):
                place += len(mark)
                if level == 0 and place > len(opening) and end < 0:
                    end = place
            return opening if end == len(text) else ""
    return ""


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


def above(one: Scalar, other: Scalar, sign: int) -> bool:
    """Whether the one is certainly greater (``sign`` -1: less) than the other."""
    if isinstance(one.term, Unknown) or isinstance(other.term, Unknown):
        return False
    return sign_of(Apply("+", (one.term, Apply("neg", (other.term,))))) == sign


def region_of(item: Shape) -> Region | None:
    return open_region(item) if isinstance(item, Pair) else as_region(item)


def open_region(item: Pair) -> Region | None:
    low, high = item.items
    if isinstance(low, Scalar) and isinstance(high, Scalar):
        return Region((Span(low, high, False, False),))
    return None


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


def value_or_values(text: str) -> Shape:
    """One value, or the two that ``±`` stands for."""
    if "\\pm" not in text and "\\mp" not in text:
        return value(text)
    if text.count("\\pm") != 1:
        raise Unread("several signs of plus or minus")
    upper = value(text.replace("\\pm", "+").replace("\\mp", "-"))
    lower = value(text.replace("\\pm", "-").replace("\\mp", "+"))
    return Many((upper, lower))


def value(text: str) -> Scalar:
    """One value with its unit."""
    text = unbraced(text)
    ordinal = ORDINAL.fullmatch(text)
    if ordinal:
        text = ordinal[1]
    measured = Unit()
    money, behind = MONEY.fullmatch(text), MEASURED.fullmatch(text)
    if money:
        text, measured = money["sign"] + money["core"], unit(money["unit"])
    elif behind:
        said = behind["unit"].strip()
        measured = unit(said + (f"^{behind['power']}" if behind["power"] else ""))
        text = behind["core"]
    if CLOCK.fullmatch(text):
        measured = Unit("a ratio or a time of the day")
    try:
        return Scalar(read(text), measured)
    except Unread:
        commands = {found[1:] for found in re.findall(r"\\[A-Za-z]+", text)}
        if (
            UNREAD.search(text)
            and commands <= PLAIN_COMMANDS
            and not re.search(r"[A-Za-z]{3}", re.sub(r"\\[A-Za-z]+", " ", text))
        ):
            return Scalar(Unknown(text), measured)
        raise

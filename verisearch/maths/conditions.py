"""Conditions on numbers, and how they stand in answers: "x = 2 or x = -3", ``x = \\pm 2``, ``x \\in \\{2, -3\\}``.

What isn't a condition from end to end isn't read at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from verisearch.maths.expressions import read
from verisearch.maths.statements import cut
from verisearch.maths.terms import Name, Relation, RelationSign, Term, Unread, names, numbers
from verisearch.maths.tokens import Token, tokens
from verisearch.maths.writing import chain_text

__all__ = [
    "NOTHING",
    "Condition",
    "Either",
    "Every",
    "condition",
    "condition_text",
    "names_in",
    "product_words",
    "relations",
]

#: Words behind a value that say whether it counts.
REMARKS = frozenset("not only rejected reject extraneous invalid inadmissible impossible false wrong valid".split())


@dataclass(frozen=True, slots=True)
class Every:
    """All of the parts hold; without parts, nothing is asked."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the parts holds; without parts, none can: "no solution"."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = "Relation | Every | Either"

#: What no numbers fulfil.
NOTHING = Either(())

#: Longest text that is read, and most solutions in it.
MAX_TEXT, MAX_PARTS = 2000, 64

NO_SOLUTION = re.compile(
    r"(?:(?:so|thus|therefore|hence|then) )?(?:there (?:is|are) )?(?:no|without)(?: real)? solutions?(?: exists?)?|∅"
    r"|\\(?:emptyset|varnothing)|(?:it|this|the equation|the system) has no(?: real)? solutions?"
    r"|(?:the equation |it )?(?:is )?impossible",
    re.IGNORECASE,
)
ALL_NUMBERS = re.compile(
    r"(?:true for )?(?:all|any|every) (?:real )?(?:numbers?|values?)(?: of [a-z])?|all reals|(?:true )?for all [a-z]",
    re.IGNORECASE,
)
ENVIRONMENT = re.compile(r"\\(?:begin|end)\{(?:cases|aligned|align\*?|array)\}(?:\{[lcr|]{1,9}\})?")
PLUS_MINUS = {r"\pm": "+-", "±": "+-", r"\mp": "-+", "∓": "-+"}
MEMBER = frozenset((r"\in", "∈"))
SET_OPEN, SET_CLOSE = frozenset((r"\{", "{")), frozenset((r"\}", "}"))
UNION = frozenset((r"\cup", "∪"))
INFINITE = frozenset((r"\infty", "∞"))
OR = frozenset(("or", r"\lor", r"\vee", "∨"))
AND = frozenset(("and", "with", r"\land", r"\wedge", "∧"))
#: Words of two to four letters that are no products, and names of functions.
WORDS = frozenset(
    "an am as at be by do go he if in is it me my no of on or so to up us we and but for not all any are has its let "
    "per the was with then thus that this from when real only also ln lg log sin cos tan cot sec csc exp max min gcd "
    "lcm mod deg det lim arg sinh cosh tanh".split()
)
#: Words at the start that say nothing of the numbers.
LEADING = frozenset(
    "so then thus therefore hence either we get have that which gives the solutions solution are is now where if "
    "implies means".split()
)


def relations(given: Condition) -> Iterator[Relation]:
    """The relations in ``given``, in reading order."""
    stack: list[Condition] = [given]
    while stack:
        current = stack.pop()
        if isinstance(current, Relation):
            yield current
        else:
            stack.extend(reversed(current.parts))


def names_in(given: Condition) -> frozenset[str]:
    """The names in ``given``."""
    return frozenset(name for each in relations(given) for side in (each.left, each.right) for name in names(side))


def condition_text(given: Condition) -> str:
    """``given`` as text: "x = 2 or x = -3"."""
    if isinstance(given, Relation):
        return chain_text((given.left, given.right), (given.sign,))
    if not given.parts:
        return "no solution" if isinstance(given, Either) else "all numbers"
    joiner = " or " if isinstance(given, Either) else " and "
    return joiner.join(
        condition_text(each) if isinstance(each, Relation) else f"({condition_text(each)})" for each in given.parts
    )


def condition(text: str, letters: Iterable[str] = ()) -> Condition | None:
    """The condition that ``text`` is from end to end; None if it is none, or if it can be read in two ways.

    Commas and "and" list further solutions where they join different values of one name ("x = 2, -3", "x = 2 and
    x = -3"), and join conditions that hold together everywhere else ("x = 2, y = 3", "x > 0, x ≠ 1", lines of a LaTeX
    system). "y = x^2, y = x + 2" may be either and isn't read. ± stands for the upper and the lower signs throughout a
    relation. ``letters``: names whose products may stand without a sign ("xy"),
    beside those that ``text`` itself has alone. Raises nothing.
    """
    if len(text) > MAX_TEXT:
        return None
    plain, system = ENVIRONMENT.subn(" ", text)
    said = plain.strip("$. \n")
    if NO_SOLUTION.fullmatch(said):
        return NOTHING
    if ALL_NUMBERS.fullmatch(said):
        return Every(())
    given = spaced(product_words([each for each in tokens(plain) if visible(each)], letters))
    while given and (given[-1].text == "." or given[-1].text == "line"):
        given.pop()
    while given and ((given[0].kind == "word" and given[0].text.lower() in LEADING) or given[0].text == "line"):
        given.pop(0)
    try:
        found = alternatives(given, bool(system))
    except (Unread, RecursionError):
        return None
    return None if remarked(found) else found


def visible(token: Token) -> bool:
    return token.kind != "soft" and token.text != "marker"


def remarked(given: Condition) -> bool:
    """Whether what stands where units do says something of the values: "x = 2 (rejected)"."""
    units = [each.unit for one in relations(given) for side in (one.left, one.right) for each in numbers(side)]
    return any(not REMARKS.isdisjoint(unit.split()) for unit in units)


def product_words(given: Sequence[Token], letters: Iterable[str] = ()) -> list[Token]:
    """The tokens, words that are products cut into their letters: "xy" where each letter is a name in ``letters`` or
    elsewhere among them, and two letters that are no word beside a sign."""
    known = {each.text for each in given if each.kind == "name"} | {"π", *letters}
    found: list[Token] = []
    for place, token in enumerate(given):
        if not is_product(given, place, known):
            found.append(token)
            continue
        start = token.span[0]
        for offset, letter in enumerate(token.text):
            span = (start + offset, start + offset + 1)
            found.append(Token("name", letter, span, glued=offset > 0 or token.glued))
    return found


def is_product(given: Sequence[Token], place: int, known: set[str]) -> bool:
    token = given[place]
    if token.kind != "word" or not 2 <= len(token.text) <= 4 or token.text.lower() in WORDS:
        return False
    if known.issuperset(token.text):
        return True
    before = given[place - 1].kind if place else "end"
    after = given[place + 1].kind if place + 1 < len(given) else "end"
    signs = {"op", "rel"}
    if len(token.text) != 2 or not token.text.isascii() or token.text[1].isupper() != token.text[0].isupper():
        return False
    return bool(signs & {before, after}) and "word" not in (before, after) and before != "number"


def spaced(given: Sequence[Token]) -> list[Token]:
    """The tokens, those that follow a name or a bracket counted as its factors whatever space is between."""
    found: list[Token] = []
    for token in given:
        if found and token.kind in ("name", "open") and found[-1].kind in ("name", "close") and token.text != "[":
            token = token._replace(glued=True)
        found.append(token)
    return found


# --- joining ---
def split(given: Sequence[Token], words: frozenset[str], ends: str = "") -> list[list[Token]]:
    """The pieces between tokens that are one of ``words``, or an end among ``ends``, outside all brackets."""
    pieces: list[list[Token]] = [[]]
    level = 0
    for token in given:
        if token.kind == "open" or token.text in SET_OPEN:
            level += 1
        elif token.kind == "close" or token.text in SET_CLOSE:
            level -= 1
        joins = token.text.lower() in words and token.kind in ("word", "bad")
        if level == 0 and (joins or (token.kind == "end" and token.text in ends)):
            pieces.append([])
        else:
            pieces[-1].append(token)
    return pieces


def alternatives(given: Sequence[Token], system: bool = False) -> Condition:
    """What "or" joins. ``system``: what stands side by side holds together. Raises `Unread`."""
    groups = [[piece for piece in split(group, AND, ",;line") if piece] for group in split(given, OR)]
    if not all(groups) or sum(map(len, groups)) > MAX_PARTS:
        raise Unread
    last: Name | None = None
    read_groups: list[list[Condition]] = []
    for group in groups:
        items: list[Condition] = []
        for piece in group:
            items.append(item(piece, last))
            last = valued(items[-1])
        read_groups.append(items)
    if len(read_groups) > 1 and len({names_in(Every(tuple(items))) for items in read_groups}) > 1:
        raise Unread  # "x = 2 or x = 3, y = 5": what the last one belongs to can't be told
    joined = [together(items, system) for items in read_groups]
    return joined[0] if len(joined) == 1 else either(joined)


def together(items: list[Condition], system: bool = False) -> Condition:
    """What commas join: further solutions, or conditions that all hold."""
    if len(items) == 1:
        return items[0]
    kept = {valued(each) for each in items}
    if len(kept) == 1 and None not in kept and not system:
        if any(names(one.right) for each in items for one in relations(each)):
            raise Unread  # "y = x², y = x + 2": solutions or a system
        return either(items)
    if sum(isinstance(each, Either) for each in items) > 1:
        raise Unread  # "x = ±2, y = ±3": which sign goes with which can't be told
    return Every(tuple(items))


def either(parts: Iterable[Condition]) -> Either:
    flat: list[Condition] = []
    for each in parts:
        flat += each.parts if isinstance(each, Either) and each.parts else [each]
    return Either(tuple(flat))


def valued(given: Condition) -> Name | None:
    """The name that ``given`` says the values of; None if it says anything else."""
    if isinstance(given, Either):
        found = {valued(each) for each in given.parts}
        return found.pop() if len(found) == 1 else None
    if isinstance(given, Relation) and given.sign == "=" and isinstance(given.left, Name):
        return given.left if given.left.name not in names(given.right) else None
    return None


# --- one condition ---
def item(piece: Sequence[Token], last: Name | None) -> Condition:
    """One condition, or (behind "x = 2,") one more value. Raises `Unread`."""
    signed = [place for place, token in enumerate(piece) if token.text in PLUS_MINUS]
    if signed:
        upper, lower = ([resolved(token, way) for token in piece] for way in (0, 1))
        return either([item(upper, last), item(lower, last)])
    for place, token in enumerate(piece):
        if token.text in MEMBER:
            return member(read(piece[:place]), piece[place + 1 :])
    if not any(token.kind == "rel" for token in piece):
        if last is None:
            raise Unread
        return Relation(last, "=", read(piece))
    return chain(piece)


def resolved(token: Token, way: int) -> Token:
    if token.text not in PLUS_MINUS:
        return token
    return token._replace(kind="op", text=PLUS_MINUS[token.text][way])


def chain(piece: Sequence[Token]) -> Condition:
    """``a < b ≤ c``, or ``(x, y) = (2, 3)``. Raises `Unread`."""
    parts, signs = cut(piece)
    tuples = [coordinates(part) for part in parts]
    if len(parts) == 2 and signs == ("=",) and tuples[0] and tuples[1] and len(tuples[0]) == len(tuples[1]):
        return Every(tuple(Relation(a, "=", b) for a, b in zip(tuples[0], tuples[1], strict=True)))
    sides = [read(part) for part in parts]
    found = tuple(Relation(sides[place], sign, sides[place + 1]) for place, sign in enumerate(signs))
    return found[0] if len(found) == 1 else Every(found)


def coordinates(part: Sequence[Token]) -> list[Term]:
    """The terms of ``(a, b)``; none if it isn't that."""
    if len(part) < 5 or part[0].text != "(" or part[-1].text != ")":
        return []
    pieces = split(part[1:-1], frozenset(), ",")
    return [read(piece) for piece in pieces] if len(pieces) > 1 else []


def member(term: Term, given: Sequence[Token]) -> Condition:
    """``term`` is in a set of numbers, an interval, or a union of them. Raises `Unread`."""
    parts = [part_of_set(term, piece) for piece in split(given, UNION)]
    return parts[0] if len(parts) == 1 else either(parts)


def part_of_set(term: Term, piece: Sequence[Token]) -> Condition:
    if len(piece) == 1 and piece[0].text in (r"\emptyset", r"\varnothing", "∅"):
        return NOTHING
    if len(piece) < 3:
        raise Unread
    opener, inner, closer = piece[0].text, piece[1:-1], piece[-1].text
    pieces = split(inner, frozenset(), ",;")
    if opener in SET_OPEN and closer in SET_CLOSE:
        return either([value_of(term, each) for each in pieces])
    if len(pieces) != 2 or opener not in ("(", "[") or closer not in (")", "]"):
        raise Unread
    low = bound(term, ">" if opener == "(" else "≥", pieces[0])
    high = bound(term, "<" if closer == ")" else "≤", pieces[1])
    ends = tuple(each for each in (low, high) if each is not None)
    return ends[0] if len(ends) == 1 else Every(ends)


def bound(term: Term, sign: RelationSign, piece: Sequence[Token]) -> Relation | None:
    """One end of an interval; None where it has none there."""
    if piece and piece[-1].text in INFINITE:
        signs = "".join(token.text for token in piece[:-1])
        if sign not in "<>" or signs not in (("-",) if sign == ">" else ("", "+")):
            raise Unread
        return None
    return Relation(term, sign, read(piece))


def value_of(term: Term, piece: Sequence[Token]) -> Condition:
    """``term`` is that value, or one of the two that ± gives."""
    if any(token.text in PLUS_MINUS for token in piece):
        return either([Relation(term, "=", read([resolved(token, way) for token in piece])) for way in (0, 1)])
    return Relation(term, "=", read(piece))

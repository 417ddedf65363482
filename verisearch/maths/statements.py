"""Finds the equations and inequalities in prose: which words around a sign belong to what it says, and which don't.

A side that can't be read to its border isn't read in part: "half of the 12 - 3 = 9" says nothing of "12 - 3".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, NamedTuple

from verisearch.maths.expressions import ALTERING, BARS, MULTIPLES, read, read_from, skip_soft
from verisearch.maths.numerals import MULTIPLIERS
from verisearch.maths.terms import Apply, Name, RelationSign, Term, Unread, is_bare, names, subterms
from verisearch.maths.tokens import ANNOTATION, Token, tokens
from verisearch.trace import Span

__all__ = ["Found", "LooseNumber", "Side", "Statement", "find"]


class Side(NamedTuple):
    """One side of a sign. ``term`` is None where it can't be read; words that could name a quantity are a `Name`."""

    term: Term | None
    span: Span
    #: Words alone: what they name is said by nothing else.
    worded: bool = False
    #: What stands before it may belong to it.
    partial: bool = False
    #: The same without words that may belong to what follows: "1/3 of $150 are left".
    shorter: Term | None = None
    #: The same with "25 / 1/3" as 25 by a third, or with the mark of a list before it as a minus.
    regrouped: Term | None = None
    #: It stands in brackets from end to end.
    bracketed: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A chain of sides with the signs between them, as ``a = b = c``. ``kind``: a calculator's annotation (``<<…>>``),
    an equation with its sign, or one in words ("3 times 4 is 12")."""

    sides: tuple[Side, ...]
    signs: tuple[RelationSign, ...]
    span: Span
    kind: Literal["annotation", "equation", "words"] = "equation"


class LooseNumber(NamedTuple):
    """A number in prose, outside all statements."""

    value: Fraction
    span: Span
    percent: bool = False
    decimals: int | None = None
    spelled: bool = False


class Found(NamedTuple):
    """What a text holds: its statements in order, and the numbers outside them."""

    statements: tuple[Statement, ...]
    loose: tuple[LooseNumber, ...]


#: Words before a side that change what it says, and those that do if there is a number before them.
BEFORE = frozenset("than twice half double triple thrice minus plus negative quarter third percent between".split())
BEFORE_NUMBERED = frozenset(
    "of by from over per into each every another extra additional remaining with and to".split()
)
#: Words whose number is a part of their name: "Day 1 * 2" isn't about day one.
LABELS = frozenset(
    "day week month year step part level grade page chapter team group round class phase number question option case "
    "game player box bag store shop line figure table item type".split()
)
#: Words that begin a statement of its own.
PARTING = frozenset(
    "so then thus therefore because since which hence where is are was were have has had if we when for into gives "
    "yields get gets or that with".split()
)
#: Words before an "of" that takes the whole side.
TOTALS = frozenset(
    "total sum cost amount price value number result profit area perimeter score age income revenue rate speed "
    "distance average mean volume length width height weight bill payment fee discount savings balance count equation "
    "expression calculation computation instead".split()
)
#: What one takes of a computation so that something else comes out: "the square root of 2 + 7 = 9".
ALTERED_OF = frozenset(
    "root roots square cube reciprocal opposite negative inverse factorial log logarithm ln sine cosine tangent sin "
    "cos tan median mode percentage proportion maximum minimum max min floor ceiling".split()
)
#: And what comes out of one operation alone.
OPERATION_OF = {
    "product": "*", "difference": "-", "remainder": "-", "quotient": "/", "ratio": "/", "average": "/", "mean": "/",
}  # fmt: skip
ARTICLES = frozenset("the a an his her its their this that these those all".split())
#: Words before an "of" that make something else of the side: "the last digit of 3^4".
TAKEN_OF = frozenset(
    "digit digits remainder root reciprocal square cube log logarithm factor factors multiple multiples divisor "
    "divisors opposite inverse negative power half third quarter part percent fraction complement factorial".split()
)
MINUS_MARK = re.compile(r"(?:^|\n)[ \t]*[-−–][ \t]+$")
#: Words behind a side that change what it says.
BEHIND = ALTERING | frozenset("plus minus percent over".split())
#: Words behind a side that change what it says if a number follows them.
BEHIND_NUMBERED = frozenset("times more less fewer to of and or base below above under short add".split())
#: And those that do so together.
BEHIND_PHRASES = (
    "at most", "at least", "or more", "or less", "or fewer", "or so", "to the", "in base", "short of",
)  # fmt: skip
WEAK = re.compile(r"is|are|was|were|gives|makes|leaves|totals|yields|produces|be", re.IGNORECASE)
TO_GET = ("to get", "to give", "to make", "for a total of", "comes to", "amounts to", "which is", "results in")
LEADING = frozenset(
    "so then thus therefore hence now the a an and or but if since because as we have that our this let where with "
    "is are was being also first next finally his her their its".split()
)
#: Operations that a statement without a sign may be about, and most words behind what it comes to.
WORDED_OPERATORS = frozenset({"+", "-", "*", "/", "more%", "less%"})
TRAILING = 3
#: Longest name of a quantity, in words.
NAME_WORDS = 10


def find(text: str) -> Found:
    """The statements in ``text``, and its other numbers. Raises nothing."""
    given = tokens(text)
    statements = [*annotated(text), *(perhaps_negative(text, given, each) for each in written(given))]
    statements.sort(key=lambda each: each.span)
    return Found(tuple(statements), tuple(loose(given, statements)))


def perhaps_negative(text: str, given: Sequence[Token], statement: Statement) -> Statement:
    """A statement whose first side may begin with the minus that was taken for the mark of a list, "- 2 + 7 = 5"."""
    first = statement.sides[0]
    marked = MINUS_MARK.search(text[: first.span[0]][-8:])
    if first.term is None or first.regrouped is not None or not marked:
        return statement
    start, end = (bisect_left(given, place, key=lambda token: token.span[0]) for place in first.span)
    inner = given[start:end]
    minus = Token("op", "-", (first.span[0], first.span[0]))
    term = whole_term([minus, *inner])
    if term is None:
        return statement
    return replace(statement, sides=(first._replace(regrouped=term), *statement.sides[1:]))


def annotated(text: str) -> Iterator[Statement]:
    """The calculator annotations of GSM8K: ``<<48/2=24>>``."""
    for found in ANNOTATION.finditer(text):
        start = found.start() + 2
        inner = [moved(token, start) for token in tokens(found[0][2:-2])]
        parts, signs = cut(inner)
        if signs and "end" not in {token.kind for token in inner}:
            sides = tuple(side(part, whole_term(part), found.span()) for part in parts)
            yield Statement(sides, signs, found.span(), "annotation")
        else:
            yield Statement((Side(None, found.span()),) * 2, ("=",), found.span(), "annotation")


def moved(token: Token, by: int) -> Token:
    return token._replace(span=(token.span[0] + by, token.span[1] + by))


def written(given: Sequence[Token]) -> Iterator[Statement]:
    """The statements in running text."""
    last: Side | None = None
    for clause, continued in clauses(given):
        relative = len(clause) > 1 and clause[0].text.lower() == "which" and clause[1].kind == "rel"
        if relative:
            clause = clause[1:]  # "6 + 5, which equals 11"
        parts, signs = cut(clause)
        # "= 8" on a line of its own goes on with the equation before it
        begun = last if clause[0].kind == "rel" and (continued or relative) else None
        made = list(chains(parts, signs, begun)) if signs else in_words(clause)
        yield from made
        last = made[-1].sides[-1] if made else first_side(clause)


def clauses(given: Sequence[Token]) -> Iterator[tuple[list[Token], bool]]:
    """Stretches between what ends equations; whether only the end of a line stands before it."""
    clause: list[Token] = []
    line = continued = broken = False
    for token in given:
        if token.kind != "end":
            if not clause:
                continued = line
            clause.append(token)
            continue
        if clause:
            yield clause, continued
            line = True
            if clause[-1].kind == "op":
                broken = True
        line = line and token.text == "line" if not clause else token.text == "line"
        clause = []
        if broken:
            # an expression goes on over the end: what follows is a part of it
            clause, broken = [token._replace(kind="bad")], False
    if clause:
        yield clause, continued


def cut(clause: Sequence[Token]) -> tuple[list[list[Token]], tuple[RelationSign, ...]]:
    """The parts of a clause between its signs. A sign that stands twice counts once."""
    parts: list[list[Token]] = [[]]
    signs: list[RelationSign] = []
    for place, token in enumerate(clause):
        if token.kind == "rel" and place and clause[place - 1].kind == "rel" and token.text == clause[place - 1].text:
            continue
        if token.kind == "rel":
            signs.append(token.text)  # type: ignore[arg-type]
            parts.append([])
        else:
            parts[-1].append(token)
    return parts, tuple(signs)


def chains(parts: list[list[Token]], signs: tuple[RelationSign, ...], begun: Side | None = None) -> Iterator[Statement]:
    """The statements that the parts of a clause make: one, unless words part them ("c + d = 21 and d = 2c").
    ``begun``: the first side stands in the line before."""
    sides = [begun if begun is not None else first_side(parts[0])]
    taken: list[RelationSign] = []
    for part, sign in zip(parts[1:-1], signs, strict=False):
        taken.append(sign)
        whole = side(part, whole_term(part))
        apart = parted(part) if whole.term is None else None
        if apart is None and any(token.kind == "word" for token in part) and not whole.worded:
            apart = last_side(part), first_side(part)  # prose in between: two statements, whatever can be read of them
        if apart is None:
            sides.append(whole)
            continue
        yield joined([*sides, apart[0]], taken, begun)
        sides, taken, begun = [apart[1]], [], None
    yield joined([*sides, last_side(parts[-1])], [*taken, signs[-1]], begun)


def joined(sides: list[Side], signs: list[RelationSign], begun: Side | None) -> Statement:
    """A statement; its span leaves out what stands in the line before."""
    spans = [each.span for each in sides if each is not begun and each.span != (0, 0)]
    span = (min(start for start, _ in spans), max(end for _, end in spans)) if spans else (0, 0)
    return Statement(tuple(sides), tuple(signs), span)


def parted(part: Sequence[Token]) -> tuple[Side, Side] | None:
    """The end of one statement and the beginning of the next, where words stand between; None if that can't be told."""
    for place in range(len(part) - 1, 0, -1):
        if part[place].kind == "word" and part[place].text.lower() in PARTING | {"and"}:
            left, right = last_side(part[:place]), first_side(part[place + 1 :])
            if left.term is not None and not left.worded:
                return left, right
    return None


def span_of(part: Sequence[Token]) -> Span:
    return (part[0].span[0], part[-1].span[1]) if part else (0, 0)


def side(part: Sequence[Token], term: Term | None, span: Span | None = None) -> Side:
    """A side with the term that was read in it, else with the name that its words are."""
    if term is None:
        name = name_of(part)
        return Side(name, span or span_of(part), name is not None)
    return Side(term, span or span_of(part), bracketed=in_brackets(part))


def in_brackets(part: Sequence[Token]) -> bool:
    """Whether one pair of brackets holds all of it."""
    inner = [token for token in part if token.kind != "soft"]
    depth = 0
    for place, token in enumerate(inner):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0 and place < len(inner) - 1:
            return False
    return bool(inner) and inner[0].kind == "open"


def whole_term(part: Sequence[Token]) -> Term | None:
    try:
        return read(part)
    except Unread:
        return None


def regrouped(part: Sequence[Token], term: Term) -> Term | None:
    """The term with fractions that are written without spaces as numbers; None if it is the same."""
    try:
        other = read(part, fractions=True)
    except Unread:
        return None
    return None if sum(1 for _ in subterms(other)) + 2 > sum(1 for _ in subterms(term)) else other


def name_of(part: Sequence[Token]) -> Name | None:
    """The quantity that words name; None if there is anything but words."""
    words = [token.text.lower() for token in part if token.kind == "word"]
    while words and words[0] in LEADING:
        words.pop(0)
    if not words or len(words) > NAME_WORDS or any(token.kind not in ("word", "soft", "name") for token in part):
        return None
    return Name(" ".join(words))


def first_side(part: Sequence[Token]) -> Side:
    """The longest expression that ends where the sign stands, if what is before it leaves it alone."""
    for start in range(len(part)):
        token = part[start]
        if token.kind not in ("number", "name", "open", "func", "currency", "op", "word") and token.text not in BARS:
            continue
        if token.kind == "word" and token.text.lower() not in ("twice", "double", "triple", "thrice"):
            continue
        if token.kind == "op" and (token.text != "-" or token.spelled):
            continue
        term = whole_term(part[start:])
        if term is None:
            continue
        if not free_before(part, start, term):
            break
        partial = begun_before(part, start) or shared_sum(part[start:])
        return Side(term, span_of(part[start:]), partial=partial, regrouped=regrouped(part[start:], term))
    return side(part, None)


def shared_sum(part: Sequence[Token]) -> bool:
    """Whether a share of a sum may be meant: "10% of the $400 + $1580"."""
    words = [place for place, token in enumerate(part) if token.kind == "word" and token.text.lower() in ("of", "than")]
    return bool(words) and any(token.kind == "op" and token.text in "+-" for token in part[words[0] :])


def free_before(part: Sequence[Token], start: int, term: Term) -> bool:
    """Whether the words before ``start`` leave what begins there as it is."""
    before = [token for token in part[:start] if token.kind != "soft"]
    if not before:
        return True
    last, word = before[-1], before[-1].text.lower()
    if last.kind != "word" or word in BEFORE or altered_before(before, term):
        return False
    if (is_bare(term) and not names(term)) or (word in LABELS and part[start].kind == "number"):
        return False  # "Day 3 = …": the number is a part of a name
    if word == "of" and len(before) > 1 and before[-2].text.lower() in TOTALS:
        return True
    if word == "of" and len(before) > 1 and before[-2].text.lower() in TAKEN_OF:
        return False
    return word not in BEFORE_NUMBERED or not begun_before(part, start)


def altered_before(before: Sequence[Token], term: Term) -> bool:
    """Whether the words right before a side take something of it: "half the sum of", "the square root of"."""
    words: list[str] = []
    for token in reversed(before):
        if not (token.kind == "word" or token.spelled) or token.text.lower() in PARTING:
            break
        words.append(token.text.lower())
    while words and words[0] in ARTICLES:
        words.pop(0)
        if words and words[0] in {"half", *MULTIPLES}:
            return True  # "half the 2 + 7"
    if words[:1] != ["of"] or len(words) < 2:
        return False
    noun = words[1]
    operator = term.operator if isinstance(term, Apply) else ""
    if noun in ALTERED_OF or noun in {"half", *MULTIPLES} or OPERATION_OF.get(noun, operator) != operator:
        return True
    return noun in TOTALS and any(word in BEFORE for word in words[2:4])


def begun_before(part: Sequence[Token], start: int) -> bool:
    """Whether numbers before ``start`` may belong to what begins there: no word parts them."""
    for token in reversed(part[:start]):
        if token.kind == "word" and token.text.lower() in PARTING:
            return False
        if token.kind in ("number", "op", "bad"):
            return True
    return False


def last_side(part: Sequence[Token]) -> Side:
    """The longest expression that begins behind the sign, if what follows leaves it alone."""
    start = skip_soft(part, 0)
    try:
        term, end = read_from(part, start)
    except Unread:
        return side(part, None)
    try:
        shorter, near = read_from(part, start, shares=False)
    except Unread:
        shorter, near = term, end
    if not free_behind(part, end):
        return Side(shorter, span_of(part[start:near])) if near < end and free_behind(part, near) else side(part, None)
    made = side(part[start:end], term)
    return made if shorter == term else made._replace(shorter=shorter)


def free_behind(part: Sequence[Token], end: int) -> bool:
    """Whether the words behind ``end`` leave what ends there as it is."""
    behind = [token for token in part[end:] if token.kind != "soft"]
    if not behind:
        return True
    first, following = behind[0], behind[1] if len(behind) > 1 else None
    valued = following is not None and following.kind in ("number", "currency", "name", "open", "func")
    if first.kind == "open" and first.text == "(" and not first.glued:
        return not any(token.kind in ("number", "op", "rel", "bad") for token in behind[1:])
    if first.kind == "close":
        return True  # "(since 3 + 4 = 7)"
    if first.kind == "op" and first.text == "*" and first.spelled:
        return not valued  # "7 times."
    if first.kind != "word" or first.text.lower() in BEHIND or first.text.lower() in MULTIPLIERS:
        return False
    if " ".join(token.text.lower() for token in behind[:2]) in BEHIND_PHRASES:
        return False
    if first.text.lower() in BEHIND_NUMBERED:
        words = [token.text.lower() for token in behind[:5]]
        near = behind[words.index("than") + 1 : words.index("than") + 2] if "than" in words else behind[1:2]
        if first.text.lower() in ("more", "fewer") and "than" not in words:
            near = []
        return not any(token.kind in ("number", "currency", "name", "open", "func") for token in near)
    return True


def in_words(clause: list[Token]) -> list[Statement]:
    """What a clause without a sign says: "12 apples at $3 each is $36", "multiply 3 by 4 to get 12"."""
    for place in range(len(clause)):
        length = verb_at(clause, place)
        if not length:
            continue
        left, right = clause[:place], clause[place + length :]
        first = first_side(left) if left else None
        if first is None or first.term is None or first.worded or not computes(first.term) or names(first.term):
            continue
        if not opens(left, first):
            continue
        last = last_side(right) if right else None
        if last is None or last.term is None or last.worded or not is_bare(last.term) or not closes(right, last):
            return []
        return [Statement((first, last), ("=",), (first.span[0], last.span[1]), "words")]
    return []


def computes(term: Term) -> bool:
    """Whether a term has an operation that prose can be about, no mere power or fraction."""
    return any(isinstance(each, Apply) and each.operator in WORDED_OPERATORS for each in subterms(term))


def opens(left: Sequence[Token], first: Side) -> bool:
    """Whether only words that lead in stand before a side: "the remainder of …" is about something else."""
    before = [token for token in left if token.span[1] <= first.span[0]]
    return all(token.kind == "word" and token.text.lower() in LEADING | PARTING for token in before)


def closes(right: Sequence[Token], last: Side) -> bool:
    """Whether a side in digits ends its clause, or a word or two behind it do."""
    behind = [token for token in right if token.span[0] >= last.span[1] and token.kind != "soft"]
    inside = [token for token in right if token.span[0] < last.span[1]]
    digits = all(not token.spelled for token in inside if token.kind == "number")
    compared = bool(behind) and behind[-1].text.lower() in ("less", "fewer", "more", "short")
    return digits and not compared and len(behind) <= TRAILING and all(token.kind == "word" for token in behind)


def verb_at(clause: Sequence[Token], place: int) -> int:
    """How many words from ``place`` on say "is"; 0 if they don't."""
    token = clause[place]
    if token.kind != "word":
        return 0
    words = " ".join(each.text.lower() for each in clause[place : place + 4] if each.kind == "word")
    for phrase in TO_GET:
        if words.startswith(phrase + " ") or words == phrase:
            return len(phrase.split())
    return 1 if WEAK.fullmatch(token.text) else 0


def loose(given: Sequence[Token], statements: Sequence[Statement]) -> Iterator[LooseNumber]:
    """The numbers that stand in no statement's sides."""
    taken = sorted(each.span for statement in statements for each in statement.sides if each.term is not None)
    place = reach = 0
    for index, token in enumerate(given):
        if token.kind != "number" or token.value is None:
            continue
        while place < len(taken) and taken[place][0] <= token.span[0]:
            reach = max(reach, taken[place][1])
            place += 1
        if token.span[0] < reach:
            continue
        after = given[index + 1] if index + 1 < len(given) else None
        percent = after is not None and after.kind == "op" and after.text == "%"
        yield LooseNumber(token.value, token.span, percent, token.decimals, token.spelled)

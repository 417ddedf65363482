"""Reads tokens as terms, with the usual precedence. What isn't an expression from end to end isn't read at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from verisearch.maths.numerals import MULTIPLIERS
from verisearch.maths.terms import MAX_DEPTH, Apply, Name, Number, Operator, Term, Unread
from verisearch.maths.tokens import Token, tokens

__all__ = ["ALTERING", "BARS", "MULTIPLES", "expression", "read", "read_from"]

#: Longest expression, in tokens.
LONGEST = 600
#: Words that may stand between a number and the sign behind it: "3 boxes of red apples + …".
UNIT_WORDS = 6

CLOSERS = {"(": ")", "[": "]", "{": "}", r"\lfloor": r"\rfloor", r"\lceil": r"\rceil"}
#: The bars around an absolute value, alike on both sides but in some LaTeX.
BARS = {"|": "|", r"\lvert": r"\rvert", r"\vert": r"\vert", r"\mid": r"\mid"}
SUPERSCRIPTS = {"²": Fraction(2), "³": Fraction(3)}
#: Words behind a number that make another of it; and those that deny something. No unit holds them either.
ALTERING = frozenset(
    "doubled tripled quadrupled halved squared cubed factorial negative rounded increased decreased reduced raised "
    "multiplied divided thirds fifths sixths sevenths eighths ninths tenths hundredths thousandths quadrillion bn mn "
    "mod modulo".split()
)
DENYING = frozenset("not never hardly cannot neither nor no without instead".split())
#: Words that say how numbers belong together: no unit holds them.
JOINING = frozenset(
    "than twice half double triple thrice times minus plus by over negative from is are was were equals gives makes "
    "leaves and or so which then because since if when but to at more less fewer off every percent "
    "get got have has had".split()
)
COMPARING = frozenset(
    "much many few little big large small long short tall high wide deep old young far fast slow heavy light expensive "
    "cheap often good great".split()
)
#: The signs of products, with their operators.
FACTORS: dict[str, Operator] = {"*": "*", "/": "/", "÷": "/", "//": "//", "mod": "mod"}
MULTIPLES = {"twice": 2, "double": 2, "thrice": 3, "triple": 3, "quadruple": 4}
LETTERS = re.compile(r"[fghFGPp]")


def expression(text: str) -> Term | None:
    """The term that ``text`` is from end to end; None if it is none. Raises nothing."""
    found = [token for token in tokens(text, prose=False) if token.kind != "end" or token.text != "line"]
    try:
        return read(found)
    except Unread:
        return None


def read(given: Sequence[Token], fractions: bool = False) -> Term:
    """The term that all of the tokens make. ``fractions``: what is written without spaces, as in "25 / 1/3", is one
    number. Raises `Unread`."""
    term, end = read_from(given, 0, fractions=fractions)
    if skip_soft(given, end) < len(given):
        raise Unread
    return term


def read_from(given: Sequence[Token], start: int, shares: bool = True, fractions: bool = False) -> tuple[Term, int]:
    """The longest term that begins at ``start``, and where it ends. ``shares``: words such as "1/3 of 12", "5 more than
    3", "at $3" belong to it. Raises `Unread`."""
    if len(given) > LONGEST:
        raise Unread
    reader = Reader(given, start)
    reader.shares, reader.fractions = shares, fractions
    term = reader.sum(0)
    return term, reader.place


def skip_soft(given: Sequence[Token], place: int) -> int:
    while place < len(given) and given[place].kind == "soft":
        place += 1
    return place


class Reader:
    """A descent over tokens; ``place`` is behind what was read."""

    def __init__(self, given: Sequence[Token], place: int) -> None:
        self.given, self.place = given, place
        self.shares, self.fractions = True, False
        #: Inside bars: the next bar closes them.
        self.bars = False

    def peek(self) -> Token | None:
        """The next token that isn't a border."""
        place = skip_soft(self.given, self.place)
        return self.given[place] if place < len(self.given) else None

    def take(self) -> Token:
        self.place = skip_soft(self.given, self.place)
        token = self.given[self.place]
        self.place += 1
        return token

    def sign(self, *signs: str) -> str | None:
        """The next token's sign, if it is one of these operators."""
        token = self.peek()
        return token.text if token is not None and token.kind == "op" and token.text in signs else None

    # --- levels of precedence ---
    def sum(self, level: int) -> Term:
        if level > MAX_DEPTH:
            raise Unread
        term = self.product(level)
        while (sign := self.sign("+", "-")) is not None:
            before = self.place
            self.take()
            try:
                right = self.product(level)
            except Unread:
                self.place = before
                return term
            term = Apply("+" if sign == "+" else "-", (term, right))
        return self.compared(term, level)

    def compared(self, term: Term, level: int) -> Term:
        """A term behind which "more than", "less than" or "off" compares it with another."""
        words = [token.text.lower() for token in self.given[self.place : self.place + 2] if token.kind == "word"]
        off = words[:1] == ["off"]
        if not self.shares or (not off and words not in (["more", "than"], ["less", "than"], ["fewer", "than"])):
            return term
        before = self.place
        self.place += 1 if off else 2
        try:
            other = self.sum(level + 1)
        except Unread:
            self.place = before
            return term
        if is_share(term):
            return Apply("more%" if words[0] == "more" else "less%", (term, other))
        if off:
            self.place = before
            return term
        return Apply("+", (other, term)) if words[0] == "more" else Apply("-", (other, term))

    def product(self, level: int) -> Term:
        term = self.signed(level)
        divided: set[str] = set()
        while True:
            before = self.place
            sign = self.sign(*FACTORS)
            divided |= {sign} & {"/", "÷"} if sign is not None else set()
            if len(divided) > 1:
                raise Unread  # "1 / 2 ÷ 1 / 16": who knows which sign binds more tightly
            try:
                if sign is not None:
                    self.take()
                    operator = FACTORS[sign]
                    term = Apply(operator, (term, self.signed(level)))
                elif self.follows_of(term) or self.follows_price():
                    term = Apply("*", (term, self.signed(level)))
                elif self.follows_factor():
                    term = Apply("*", (term, self.power(level)))
                else:
                    return term
            except Unread:
                self.place = before
                return term

    def follows_of(self, term: Term) -> bool:
        """Whether "of" follows, and a value behind it: a share of something. Takes the words."""
        words = [token.text.lower() for token in self.given[self.place : self.place + 2] if token.kind == "word"]
        if not self.shares or words[:1] != ["of"] or not (is_share(term) or is_fraction(term)):
            return False
        self.place += 1 + (words[1:] in (["the"], ["his"], ["her"], ["their"], ["that"], ["those"]))
        return True

    def follows_price(self) -> bool:
        """Whether "at $3" follows: so many at that price. Takes the word."""
        here = self.given[self.place : self.place + 1]
        if self.shares and here and here[0].kind == "word" and here[0].text == "at" and self.is_price(self.place + 1):
            self.place += 1
            return True
        return False

    def is_price(self, place: int) -> bool:
        return place < len(self.given) and self.given[place].kind == "currency"

    def follows_factor(self) -> bool:
        """Whether a factor follows without a sign: "2x", "3(4 + 1)", "2√3", "(a)(b)"; never two numbers."""
        if self.place == 0 or self.place >= len(self.given):
            return False
        before, token = self.given[self.place - 1], self.given[self.place]
        if token.kind == "func" or token.text == "π":
            return before.kind in ("number", "close", "name")
        if token.text in BARS:
            return token.glued and not self.bars and before.kind in ("number", "close")
        if token.kind == "name":
            return before.kind == "number" or (before.kind in ("close", "name") and token.glued)
        if token.kind != "open" or not token.glued or before.kind not in ("number", "close", "name"):
            return False
        if before.kind == "name" and (LETTERS.fullmatch(before.text) or self.applies(before)):
            raise Unread  # more likely a function than a factor
        return token.text in ("(", "[") or before.kind == "close"

    def applies(self, name: Token) -> bool:
        """Whether a bracket that follows ``name`` holds what a function is applied to: f'(x), Q(x), a(3)."""
        inside = self.given[self.place + 1 : self.place + 4]
        if name.text.isupper() and inside and inside[0].text == "-":
            inside = inside[1:]
        kinds = [token.kind for token in inside[:2]]
        single = len(kinds) == 2 and kinds[0] in ("name", "number") and kinds[1] == "close"
        return name.text[-1] in "'′" or (name.text.isascii() and single)

    def signed(self, level: int) -> Term:
        if level > MAX_DEPTH:
            raise Unread
        sign = self.sign("-", "+")
        if sign is None:
            return self.power(level)
        self.take()
        term = self.signed(level + 1)
        return Apply("neg", (term,)) if sign == "-" else term

    def power(self, level: int) -> Term:
        term = self.behind(self.primary(level))
        if self.sign("^") is not None:
            self.take()
            exponent = self.signed(level + 1) if self.sign("-", "+") else self.power(level + 1)
            # what stands behind the exponent belongs to the power: 2^3 %
            return self.behind(Apply("^", (term, exponent)))
        return term

    def behind(self, term: Term) -> Term:
        """``term`` with the signs that follow what they apply to."""
        while (sign := self.sign("%", "!", "²", "³")) is not None:
            self.take()
            if sign in SUPERSCRIPTS:
                term = Apply("^", (term, Number(SUPERSCRIPTS[sign])))
            else:
                term = Apply("%" if sign == "%" else "!", (term,))
        return term

    # --- what stands alone ---
    def primary(self, level: int) -> Term:
        token = self.peek()
        if token is None:
            raise Unread
        if token.kind == "currency":
            self.take()
            following = self.peek()
            if following is None or following.kind != "number":
                raise Unread
            return self.number("$" if token.text == "$" else token.text)
        if token.kind == "number":
            return self.number("")
        if token.kind == "name":
            self.take()
            return Name(token.text)
        if token.kind == "func":
            return self.function(level)
        if token.kind == "open":
            term = self.bracketed(level)
            self.unit("")  # of a whole bracket: nothing is done with it
            return term
        if token.text in BARS:
            return self.absolute(level)
        if token.kind == "word" and token.text.lower() in MULTIPLES:
            self.take()
            return Apply("*", (Number(Fraction(MULTIPLES[token.text.lower()]), None), self.signed(level + 1)))
        raise Unread

    def number(self, currency: str) -> Term:
        token = self.take()
        assert token.value is not None
        value, decimals = token.value, token.decimals
        if self.compares():
            raise Unread
        if self.fractions and (below := self.divisor_behind()) is not None:
            return Number(value / below, None, self.unit(currency))
        mixed = self.fraction_behind(token) or self.stacked_behind(token)
        if mixed is not None:
            return Number(value + mixed, None, self.unit(currency))
        scale = self.peek()
        if scale is not None and scale.kind == "word" and scale.text.lower() in MULTIPLIERS and self.scaled(scale):
            self.take()
            factor = MULTIPLIERS[scale.text.lower()]
            if decimals is not None:
                zeros = len(str(factor)) - 1
                decimals = max(decimals - zeros, -zeros) if factor != 12 else None
            return Number(value * factor, decimals, self.unit(currency), factor)
        return Number(value, decimals, self.unit(currency))

    def stacked_behind(self, whole: Token) -> Fraction | None:
        """The fraction of a mixed number in LaTeX, ``3\\frac{4}{5}``; takes it."""
        place = self.place
        if place >= len(self.given) or self.given[place].text != "frac" or whole.decimals != 0:
            return None
        try:
            term = self.function(0)
        except Unread:
            self.place = place
            return None
        parts = term.args if isinstance(term, Apply) else ()
        values = [each.value for each in parts if isinstance(each, Number) and each.decimals == 0]
        if len(values) == 2 and 0 < values[0] < values[1]:
            return values[0] / values[1]
        self.place = place
        return None

    def compares(self) -> bool:
        """Whether "as many" follows: "half as many as Anne has" is no half."""
        words = [token.text.lower() for token in self.given[self.place : self.place + 2] if token.kind == "word"]
        return len(words) == 2 and words[0] == "as" and words[1] in COMPARING

    def divisor_behind(self) -> Fraction | None:
        """What the number before is divided by without a space, "1/3"; takes it."""
        following = self.given[self.place : self.place + 2]
        if len(following) < 2 or following[0].text != "/" or not (following[0].glued and following[1].glued):
            return None
        if following[1].kind != "number" or not following[1].value:
            return None
        self.place += 2
        return following[1].value

    def scaled(self, scale: Token) -> bool:
        """Whether "k" is a thousand: right behind the digits only."""
        return scale.text.lower() != "k" or scale.glued

    def fraction_behind(self, whole: Token) -> Fraction | None:
        """The fraction of a mixed number, "3 1/2" or "3 and a half"; takes it."""
        place, given = self.place, self.given
        if place < len(given) and given[place].text == "and" and place + 1 < len(given):
            part = given[place + 1]
            if part.kind == "number" and part.decimals is None and part.value is not None and 0 < part.value < 1:
                self.place += 2
                return part.value
        if place + 2 >= len(given) or whole.value is None or whole.value.denominator != 1:
            return None
        above, slash, below = given[place : place + 3]
        if not (above.kind == below.kind == "number" and slash.text == "/" and slash.glued and below.glued):
            return None
        if above.glued or not above.value or not below.value or not 0 < above.value < below.value:
            return None
        self.place += 3
        return above.value / below.value

    def unit(self, currency: str) -> str:
        """The unit behind a number: words up to a sign, a bracket or the end, "miles per hour", "apples/box"."""
        words: list[str] = []
        place = self.place
        while place < len(self.given) and len(words) < 2 * UNIT_WORDS:
            token = self.given[place]
            if token.text == "at" and self.is_price(place + 1):
                break
            if token.kind == "word" and token.text == "each" and not words and not currency:
                break
            if token.kind == "currency" and not words and not currency and token.text != "$":
                words.append(token.text)
            elif token.text == "-" and token.glued and self.is_word(place + 1) and self.given[place + 1].glued:
                pass  # "a 27-litre tank"
            elif token.kind == "word" and names_things(token.text.lower()):
                words.append(token.text.lower())
            elif token.text == "/" and self.is_word(place + 1):
                words.append("/")
            elif token.kind == "open" and token.text == "(" and not token.glued and self.bracketed_words(place):
                words += [each.text.lower() for each in self.given[place + 1 : self.bracketed_words(place)]]
                place = self.bracketed_words(place)
            elif token.kind == "op" and token.text in ("²", "³") and words and words[-1] != "/":
                words.append(token.text)
            else:
                break
            place += 1
        if not words:
            return currency
        following = self.given[place] if place < len(self.given) else None
        stop = following is None or following.kind in ("op", "rel", "close", "soft", "end")
        stop = stop or (following is not None and following.text == "at" and self.is_price(place + 1))
        if following is not None and following.kind == "op" and following.text in ("^", "!", "%"):
            stop = False
        if following is not None and following.kind == "soft":
            # what LaTeX begins behind the words is no operator on the number before them
            behind = self.given[skip_soft(self.given, place) :][:1]
            stop = not behind or behind[0].kind != "op"
        if not stop or words[0] == "of" or words[-1] == "of":
            return currency
        if self.ranged(words):
            raise Unread
        self.place = place
        return " ".join(([currency] if currency else []) + words)

    def ranged(self, words: list[str]) -> bool:
        """Whether the number before the unit ends a range, "the 45-54 year-olds": written without spaces, with words
        behind."""
        before = self.given[max(0, self.place - 3) : self.place]
        return (
            bool(words)
            and len(before) == 3
            and before[0].kind == before[2].kind == "number"
            and before[1].text == "-"
            and before[1].glued
            and before[2].glued
            and (self.place < 4 or self.given[self.place - 4].kind not in ("op", "currency"))
        )

    def is_word(self, place: int) -> bool:
        return place < len(self.given) and self.given[place].kind == "word"

    def bracketed_words(self, place: int) -> int:
        """Where a bracket that opens at ``place`` closes, if there are only words in it; else 0."""
        end = place + 1
        while end < len(self.given) and end - place <= UNIT_WORDS and self.given[end].kind == "word":
            end += 1
        return end if end > place + 1 and end < len(self.given) and self.given[end].text == ")" else 0

    def bracketed(self, level: int) -> Term:
        opener = self.take()
        outer, self.bars = self.bars, False
        term = self.sum(level + 1)
        self.bars = outer
        closer = self.peek()
        if closer is None or closer.kind != "close" or closer.text != CLOSERS[opener.text]:
            raise Unread
        self.take()
        if opener.text == r"\lfloor":
            return Apply("floor", (term,))
        if opener.text == r"\lceil":
            return Apply("ceil", (term,))
        following = self.peek()
        if following is not None and following.kind in ("number", "currency") and following.glued:
            raise Unread
        return term

    def absolute(self, level: int) -> Term:
        """What stands between bars."""
        closer = BARS[self.take().text]
        outer, self.bars = self.bars, True
        term = self.sum(level + 1)
        self.bars = outer
        end = self.peek()
        if end is None or end.text != closer:
            raise Unread
        self.take()
        return Apply("abs", (term,))

    def function(self, level: int) -> Term:
        name = self.take().text
        if name == "frac":
            above, below = self.argument(level), self.argument(level)
            unit = self.unit("")
            if isinstance(above, Number) and unit and not above.unit:
                above = replace(above, unit=unit)
            return Apply("/", (above, below))
        if self.given[self.place : self.place + 1] and self.given[self.place].text == "[":
            degree = self.bracketed(level + 1)
            return Apply("root", (degree, self.argument(level)))
        return Apply("sqrt", (self.argument(level),))

    def argument(self, level: int) -> Term:
        """What a function applies to: a bracket, or one digit or name, as in ``\\frac12``."""
        token = self.peek()
        if token is not None and token.kind == "open" and token.text in ("{", "("):
            return self.bracketed(level + 1)
        if token is not None and token.kind == "number" and token.value is not None:
            if len(token.text) > 1 and self.given[self.place - 1].text == "frac":
                raise Unread  # \frac12: the digits belong apart, which is left to those who write braces
            self.take()
            return Number(token.value, token.decimals)
        if token is not None and token.kind == "name":
            self.take()
            return Name(token.text)
        raise Unread


def names_things(word: str) -> bool:
    """Whether a word can be a part of a unit."""
    if word in JOINING or word in MULTIPLES or word in ALTERING or word in DENYING:
        return False
    return not word.replace("’", "'").endswith("n't")


def is_share(term: Term) -> bool:
    """Whether ``term`` is a percentage."""
    return isinstance(term, Apply) and term.operator == "%"


def is_fraction(term: Term) -> bool:
    """Whether ``term`` is a fraction of numerals, or one in words."""
    if isinstance(term, Number):
        return 0 < term.value < 1
    return (
        isinstance(term, Apply)
        and term.operator == "/"
        and all(isinstance(each, Number) and not each.unit for each in term.args)
    )

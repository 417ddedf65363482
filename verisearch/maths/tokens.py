"""Cuts prose with mathematics in it, plain or LaTeX, into tokens that keep their places."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal, NamedTuple

from verisearch.maths.numerals import NUMERAL, ORDINAL, digits_value, spelled
from verisearch.trace import Span

__all__ = ["Kind", "Token", "tokens"]

#: ``soft`` marks the borders of LaTeX and of emphasis; ``end`` ends what an equation can reach over; ``bad`` can't be
#: read, and nothing beside it is taken for whole.
Kind = Literal["number", "name", "word", "op", "rel", "open", "close", "func", "currency", "soft", "end", "bad"]


class Token(NamedTuple):
    """A piece of the text. ``text`` is its normal form; ``value`` and ``decimals`` are set for numbers; ``glued``:
    nothing stands between it and the token before; ``spelled``: it is written in letters."""

    kind: Kind
    text: str
    span: Span
    value: Fraction | None = None
    decimals: int | None = None
    glued: bool = False
    spelled: bool = False


#: Numbers of steps and items, which take no part in what they number.
MARKER = re.compile(
    r"[ \t>#]*(?:[*_]{1,3})?"
    r"(?:(?:step|part|day|case|question|problem|item|phase|stage|method)\s*\(?\d{1,3}\)?\s*[-–—:.)]"
    r"|\(?\d{1,3}[.)](?=\s)|\(?[a-zA-Z][.)](?=\s)|[-*•](?=\s)"
    # the border of a table, unless it begins an absolute value
    r"|\|(?![^|\n]{1,60}\|[ \t]*[-+*/=<>≤≥≠^)²]))(?:[*_]{1,3})?[ \t]*",
    re.IGNORECASE,
)

OPS = {
    "+": "+", "-": "-", "−": "-", "–": "-", "‐": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "*": "*", "÷": "÷",
    "/": "/", "//": "//", "^": "^", "**": "^", "%": "%", "!": "!", "²": "²", "³": "³",
    r"\times": "*", r"\cdot": "*", r"\ast": "*", r"\div": "÷", r"\%": "%", r"\bmod": "mod",
}  # fmt: skip
RELS = {
    "=": "=", "==": "=", "≠": "≠", "!=": "≠", r"\ne": "≠", r"\neq": "≠", "<": "<", r"\lt": "<", ">": ">", r"\gt": ">",
    "≤": "≤", "<=": "≤", r"\le": "≤", r"\leq": "≤", r"\leqslant": "≤", "≥": "≥", ">=": "≥", r"\ge": "≥", r"\geq": "≥",
    r"\geqslant": "≥", "≈": "≈", "~=": "≈", "≅": "≈", r"\approx": "≈", r"\simeq": "≈", "≃": "≈",
}  # fmt: skip
#: Words that stand for operators and relations.
PHRASES = (
    (re.compile(r"(?:is|are|was) (?:exactly )?equal to\b|equals\b|equal to\b", re.IGNORECASE), "rel", "="),
    (re.compile(r"(?:is|are) (?:approximately|about|roughly|nearly)(?= *[$£€]?\d)", re.IGNORECASE), "rel", "≈"),
    (re.compile(r"multiplied by\b|times\b(?! (?:as|more|less|the|an?|of|in|per|and|so|this|that)\b)", re.I), "op", "*"),
    (re.compile(r"divided by\b", re.IGNORECASE), "op", "/"),
    (re.compile(r"plus\b", re.IGNORECASE), "op", "+"),
    (re.compile(r"minus\b", re.IGNORECASE), "op", "-"),
    (re.compile(r"percent\b|per cent\b", re.IGNORECASE), "op", "%"),
    (re.compile(r"squared\b", re.IGNORECASE), "op", "²"),
    (re.compile(r"cubed\b", re.IGNORECASE), "op", "³"),
)  # fmt: skip
IGNORED = re.compile(
    r"\\(?:[,;!: ]|(?:left|right|[bB]ig[lr]?|displaystyle|textstyle|limits|q?quad|hspace\{[^}]*\})(?![a-zA-Z]))"
    r"|&|~(?!=)|`+|_{1,2}(?=\W|$)|(?<!\w)_{1,2}(?=\w)"
)
ARROW = re.compile(
    r"=>|⇒|→|->|⟹|\\(?:Rightarrow|implies|rightarrow|to|Longrightarrow|longrightarrow|iff|Leftrightarrow)(?![a-zA-Z])|⇔"
)
TEXT = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mbox|operatorname|mathit)\s*\{([^{}]*)\}")
COMMAND = re.compile(r"\\[A-Za-z]+|\\.", re.DOTALL)
SUBSCRIPTED = re.compile(r"[A-Za-z](?:_(?:\{[A-Za-z0-9, ]{1,20}\}|[A-Za-z0-9])|\d{1,3}(?![\d.]))(?![A-Za-z0-9])")
#: "x-y": a letter, where a hyphen and another letter alone follow.
DIFFERENCE = re.compile(r"[^\W\d_](?=(?:[-−][^\W\d_])+(?![\w'’\-]))")
PRIMES = re.compile(r"['′]{1,3}(?![^\W_])")
SIGN_BEHIND = re.compile(
    r" ?(?:[-−+*/^)}=<>≤≥≠±]|\\(?:le|leq|leqslant|ge|geq|geqslant|lt|gt|ne|neq|cdot|times|div|pm|in)(?![a-zA-Z]))"
)
WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
ANNOTATION = re.compile(r"<<[^<>\n]{0,400}>>")
#: What makes a numeral a part of something else: a ratio, a time, thousands behind a comma and a space.
RATIO = re.compile(r"(?:[:,]\d[\d.,]*)+|\s:\s?[$£€]?\s?\d[\d.,]*|, \d{3}(?![\d,.]*\d)")
#: Numbers to base two, eight or sixteen, or nought times something.
CODED = re.compile(r"0[xXbBoO][0-9a-fA-F]{1,64}(?!\w)")
SYMBOLS = re.compile(r"\*\*|//|==|!=|<=|>=|~=|[-+−–‐×·⋅∗*÷/^=≠<>≤≥≈≅≃%!²³]")
FUNCTIONS = {r"\frac": "frac", r"\dfrac": "frac", r"\tfrac": "frac", r"\cfrac": "frac", r"\sqrt": "sqrt", "√": "sqrt"}
#: Units of one or two letters that stand right behind digits.
SHORT_UNITS = frozenset(
    "km cm mm kg mg ml cl dl lb oz hr am pm ft yd in gb mb kb tb hz kw mi th nd rd st k s ms".split()
)
OPENERS = {"(": ")", "[": "]", "{": "}"}


def tokens(text: str, prose: bool = True) -> list[Token]:
    """The tokens of ``text``. Annotations (``<<…>>``) are left out. ``prose``: there are sentences in it, so that "!"
    may end one and "1." begin one. Raises nothing."""
    return Lexer(text, prose).run()


class Lexer:
    """One pass over a text."""

    def __init__(self, text: str, prose: bool = True) -> None:
        self.text, self.prose = text, prose
        self.found: list[Token] = []
        self.place = 0
        #: Where the last token ends, with what was left out right behind it.
        self.edge = -1

    def run(self) -> list[Token]:
        while self.place < len(self.text):
            self.step()
        return [self.settled(index) for index in range(len(self.found))]

    # --- taking tokens ---
    def add(self, kind: Kind, text: str, end: int, value: Fraction | None = None, decimals: int | None = None) -> None:
        span = (self.place, end)
        glued = self.edge == self.place
        self.found.append(Token(kind, text, span, value, decimals, glued, self.text[span[0]].isalpha()))
        self.place = self.edge = end

    def step(self) -> None:
        """Take one token, or leave something out."""
        text, place = self.text, self.place
        if self.prose and (place == 0 or text[place - 1] == "\n"):
            marker = MARKER.match(text, place)
            if marker:
                self.add("end", "marker", marker.end())
                return
        if text[place] == "\n":
            self.add("end", "line", place + 1)
            return
        if text[place].isspace():
            self.place += 1
            return
        for pattern, taken in ((ANNOTATION, None), (IGNORED, None), (ARROW, "arrow")):
            found = pattern.match(text, place)
            if found and taken is None:
                self.edge = found.end() if self.edge == place and pattern is IGNORED else self.edge
                self.place = found.end()
                return
            if found:
                self.add("end", "arrow", found.end())
                return
        if not (self.latex() or self.number() or self.worded() or self.symbol()):
            self.add("bad", text[place], place + 1)

    def latex(self) -> bool:
        """A LaTeX command or border, or a dollar sign."""
        text, place = self.text, self.place
        if text[place] == "$":
            if text.startswith("$$", place):
                self.add("soft", "$$", place + 2)
            else:
                self.add("currency" if re.match(r"\$ ?\.?\d", text[place : place + 4]) else "soft", "$", place + 1)
            return True
        if text[place] != "\\":
            return False
        written = TEXT.match(text, place)
        if written:
            words = written[1].strip()
            self.add("word" if not any(mark.isdigit() for mark in words) else "bad", words, written.end())
            return True
        command = COMMAND.match(text, place)
        name = command[0] if command else "\\"
        end = place + len(name)
        if name in (r"\(", r"\)"):
            self.add("soft", name, end)
        elif name in (r"\[", r"\]", r"\\"):
            self.add("end", "line", end)
        elif name in (r"\$", r"\pounds", r"\euro"):
            self.add("currency", "$", end)
        elif name in OPS:
            self.add("op", OPS[name], end)
        elif name in RELS:
            self.add("rel", RELS[name], end)
        elif name in FUNCTIONS:
            self.add("func", FUNCTIONS[name], end)
        elif name == r"\pi":
            self.add("name", "π", end)
        elif name in (r"\boxed", r"\fbox"):
            self.place = end
        elif name in (r"\lfloor", r"\lceil"):
            self.add("open", name, end)
        elif name in (r"\rfloor", r"\rceil"):
            self.add("close", name, end)
        else:
            self.add("bad", name, end)
        return True

    def number(self) -> bool:
        """A numeral. One that is part of a time, a ratio or a code is unreadable."""
        text, place = self.text, self.place
        ordinal = ORDINAL.match(text, place)
        if ordinal:
            self.add("word", ordinal[0], ordinal.end())
            return True
        found = NUMERAL.match(text, place)
        if not found:
            if not text[place].isdecimal():
                return False
            odd = re.compile(r"[\w.,]+").match(text, place)
            self.add("bad", "number", odd.end() if odd else place + 1)
            return True
        coded = CODED.match(text, place)
        if coded:
            self.add("bad", "code", coded.end())
            return True
        ratio = RATIO.match(text, found.end())
        if ratio:
            self.add("bad", "ratio", ratio.end())
            return True
        if text.startswith(("...", "…", r"\ldots", r"\dots"), found.end()):
            self.add("bad", "unending", found.end() + 1)
            return True
        value, decimals = digits_value(found[0])
        self.add("number", found[0], found.end(), value, decimals)
        return True

    def worded(self) -> bool:
        """A name, a word, a number or an operator in words."""
        text, place = self.text, self.place
        if not (text[place].isalpha() or text[place] == "√"):
            return False
        if text[place] == "√":
            self.add("func", "sqrt", place + 1)
            return True
        if text[place] == "π":  # a number of its own, whatever letters follow
            self.add("name", "π", place + 1)
            return True
        for pattern, kind, sign in PHRASES:
            phrase = pattern.match(text, place)
            if phrase:
                self.add("rel" if kind == "rel" else "op", sign, phrase.end())
                return True
        number = spelled(text, place)
        if number is not None:
            self.add("number", text[place : number[0]], *number)
            return True
        subscripted = SUBSCRIPTED.match(text, place)
        if subscripted:
            self.add("name", re.sub(r"[{} ]", "", subscripted[0]), subscripted.end())
            return True
        word = DIFFERENCE.match(text, place) or WORD.match(text, place)
        if word is None:
            return False
        if self.product(word[0]):
            return True
        if word[0] == "sqrt":
            self.add("func", "sqrt", word.end())
        elif len(word[0]) == 1 and word[0].isascii() and (word[0] not in "aI" or self.beside_sign(word.end())):
            primes = PRIMES.match(text, word.end())  # x' is another number than x
            end = primes.end() if primes and text[place - 1 : place] not in ("'", "‘") else word.end()
            self.add("name", text[place:end], end)
        else:
            self.add("word", word[0], word.end())
        return True

    def product(self, word: str) -> bool:
        """Whether letters right behind digits are factors, as in "2ab", and no unit; takes them."""
        before = self.found[-1] if self.found else None
        behind = before is not None and before.kind in ("number", "close") and before.span[1] == self.place
        if not behind or len(word) > 2 or not word.isascii() or word.lower() in SHORT_UNITS:
            return False
        for letter in word:
            self.add("name", letter, self.place + 1)
        return True

    def beside_sign(self, end: int) -> bool:
        """Whether an operator or a relation stands beside what ends there: it may be a name then."""
        before = self.found[-1].kind if self.found else "end"
        return bool(SIGN_BEHIND.match(self.text, end)) or before in ("op", "rel")

    def symbol(self) -> bool:
        """An operator, a relation, a bracket or punctuation."""
        text, place = self.text, self.place
        found = SYMBOLS.match(text, place)
        mark = found[0] if found else text[place]
        end = place + len(mark)
        if mark == "**" and not self.between_values(end):
            self.add("soft", "**", end)
        elif mark == "*" and not self.multiplies(end):
            self.add("soft", "*", end)
        elif mark == "!" and self.prose and not re.match(r"\s*(?:[-+*/=×÷)\]^<>}$]|\\[^\s])", text[end : end + 8]):
            after_value = bool(self.found) and self.found[-1].kind in ("number", "close", "name")
            # "24!" at the end of a sentence: nobody knows
            self.add("bad" if after_value and text[place - 1] not in " \n" else "end", "!", end)
        elif mark in OPS:
            self.add("op", OPS[mark], end)
        elif mark in RELS:
            self.add("rel", RELS[mark], end)
        elif mark in OPENERS:
            self.add("open", mark, end)
        elif mark in OPENERS.values():
            self.add("close", mark, end)
        elif mark in "£€₹":
            self.add("currency", mark, end)
        elif mark == "." and text[end : end + 1].isalpha() and text[place - 1 : place].isalpha():
            self.add("soft", mark, end)  # "sq.ft"
        elif mark in ",;:?" or (mark == "." and not text[end : end + 1].isdigit()):
            self.add("end", mark, end)
        elif mark in "\"“”‘’'":
            self.add("soft", mark, end)
        elif mark == "|":
            self.add("bad", mark, end)
        else:
            return False
        return True

    def between_values(self, end: int) -> bool:
        """Whether what ends there, a doubled star, stands between values without spaces: a power, no emphasis."""
        before, after = self.text[: self.place][-1:], self.text[end : end + 1]
        return bool(re.match(r"[\w)\]]", before) and re.match(r"[\w(\-]", after))

    def multiplies(self, end: int) -> bool:
        """Whether a star stands between two values, as operators do and emphasis doesn't."""
        before = self.found[-1] if self.found else None
        if before is None or before.kind not in ("number", "name", "close", "word", "op", "currency"):
            return False
        return bool(re.match(r"\s*[\w($£€.\\+\-]", self.text[end : end + 8]))

    def settled(self, index: int) -> Token:
        """A token in the light of those around it: a lone x between two values multiplies them."""
        token = self.found[index]
        if token.kind == "name" and token.text in ("x", "X") and 0 < index < len(self.found) - 1:
            before, after = self.found[index - 1], self.found[index + 1]
            values = before.kind in ("number", "close", "word") or before.text == "%"
            if values and (after.kind in ("number", "currency") or (after.kind == "open" and not after.glued)):
                return token._replace(kind="op", text="*")
        return token

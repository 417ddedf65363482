"""Reads one mathematical expression, in LaTeX or plain, strictly: what has two readings has none here."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import get_args

from verisearch.answers.expression import EULER, UNSAID, shown
from verisearch.answers.notation import respelled
from verisearch.maths.numerals import digits_value
from verisearch.maths.terms import PI, Apply, Function, Name, Number, Term, Unread

__all__ = ["read"]

#: Deepest nesting, and longest expression in marks, that is read.
MAX_DEPTH = 40
MAX_MARKS = 400
FUNCTIONS = frozenset(
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh ln exp log lg".split()
)  # fmt: skip
GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau "
    "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Sigma Upsilon Phi Psi Omega ell".split()
)
ACCENTS = frozenset({"\\vec", "\\hat", "\\tilde", "\\bar", "\\overline", "\\overrightarrow", "\\mathbb", "\\mathcal"})
OF_ONE: dict[str, Function] = {name: name for name in get_args(Function)}
#: Letters that name functions where a bracket follows.
CALLED = frozenset("fghFGH")
TIMES = frozenset({"\\cdot", "\\times", "*"})
OVER = frozenset({"/", "\\div", ":"})
TOKEN = re.compile(r"\s*(?:([0-9]+(?:\.[0-9]+)?|\.[0-9]+)|(\\[A-Za-z]+|\\[%{}|$]|[A-Z]{2,})|(\S))")
THOUSANDS = re.compile(r"(?<![0-9.,])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9,])")
REPEATING = re.compile(r"(?<![0-9.])([0-9]+)\.([0-9]*)\\(?:overline|bar|dot)\s*\{?([0-9]+)\}?")


def read(text: str) -> Term:
    """The term that ``text`` writes. Raises `Unread`."""
    text = respelled(text)
    text = THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
    text = REPEATING.sub(repeating, text)
    if any(prose(word) for word in WORD.findall(re.sub(r"\\[A-Za-z]+|_\s*\{[^{}]*\}", " ", text))):
        raise Unread("there are words in it")
    reader = Reader(text)
    found = reader.sum()
    if reader.mark:
        raise Unread(f"{reader.mark!r} isn't understood here")
    return found


WORD = re.compile(r"[A-Za-z]{2,}")
#: Words of two letters, which are no products of two variables.
SHORT_WORDS = frozenset("no on is it of to or as at be by do go he if in me my so up us we am an ok".split())


def prose(word: str) -> bool:
    """Whether letters side by side are a word, not a product of variables: "xy", "abc" and "AB" are none."""
    if word.isupper():
        return len(word) > 4
    if len(word) == 2:
        return word.lower() in SHORT_WORDS
    return not (set(word) <= set("abcdxyzpqrmnk") and list(word) == sorted(set(word)))


def repeating(found: re.Match[str]) -> str:
    """A repeating decimal as a fraction."""
    if len(found[0]) > 60:
        raise Unread("a number is too long")
    start, period = len(found[2]), len(found[3])
    long, short = int(found[1] + found[2] + found[3]), int(found[1] + found[2])
    return f"{{\\frac{{{long - short}}}{{{10 ** (start + period) - 10**start}}}}}"


def lettered(mark: str) -> bool:
    """Whether a mark is a letter, or capitals side by side, which are one name ("AB" is no product)."""
    return mark.isascii() and mark.isalpha()


class Reader:
    """Reads by recursive descent; each step in takes one off the depth that is left."""

    def __init__(self, text: str) -> None:
        self.marks: list[str] = []
        self.numeric: list[bool] = []
        for found in TOKEN.finditer(text):
            self.marks.append(found[1] or found[2] or found[3])
            self.numeric.append(found[1] is not None)
        if len(self.marks) > MAX_MARKS:
            raise Unread("it is too long")
        self.place = 0
        self.depth = MAX_DEPTH
        #: Inside of |x|, where a bar can only close.
        self.bars = False

    @property
    def mark(self) -> str:
        """The next mark; empty at the end."""
        return self.marks[self.place] if self.place < len(self.marks) else ""

    def ahead(self, count: int) -> str:
        place = self.place + count
        return self.marks[place] if place < len(self.marks) else ""

    def is_number(self, count: int = 0) -> bool:
        place = self.place + count
        return place < len(self.marks) and self.numeric[place]

    def take(self, mark: str) -> None:
        if self.mark != mark:
            raise Unread(f"{mark!r} is missing")
        self.place += 1

    def took(self, mark: str) -> bool:
        if self.mark == mark:
            self.place += 1
            return True
        return False

    def sum(self) -> Term:
        """Terms with plus and minus between them."""
        self.depth -= 1
        if self.depth < 0:
            raise Unread("it is nested too deeply")
        parts = [self.signed(self.product)]
        while self.mark in ("+", "-"):
            parts.append(self.signed(self.product))
        self.depth += 1
        return parts[0] if len(parts) == 1 else Apply("+", tuple(parts))

    def signed(self, inner: object) -> Term:
        negative = False
        count = 0
        while self.mark in ("+", "-"):
            negative ^= self.mark == "-"
            self.place += 1
            count += 1
            if count > 2:
                raise Unread("too many signs")
        found: Term = inner()  # type: ignore[operator]
        return Apply("neg", (found,)) if negative else found

    def product(self) -> Term:
        """Factors, side by side or with a sign between them."""
        found = self.mixed() or self.power()
        divided = False
        while True:
            if self.mark in TIMES:
                self.place += 1
                found, divided = Apply("*", (found, self.signed(self.power))), False
            elif self.mark in OVER:
                self.place += 1
                found, divided = Apply("/", (found, self.signed(self.power))), True
            elif self.starts():
                if divided:
                    raise Unread("what is behind a slash is not clear")
                if self.is_number():
                    raise Unread("a number follows a factor")
                found = Apply("*", (found, self.power()))
            else:
                return found

    def starts(self) -> bool:
        """Whether a factor can begin here."""
        mark = self.mark
        if self.is_number() or lettered(mark) or mark in ("(", "{", "["):
            return True
        if mark == "|":
            return not self.bars
        return mark in ACCENTS or mark[1:] in FUNCTIONS | GREEK | {
            "pi", "frac", "sqrt", "binom", "lfloor", "lceil", "infty"
        }  # fmt: skip

    def mixed(self) -> Term | None:
        """A whole number and a proper fraction side by side; None if there is none here."""
        if not self.is_number() or "." in self.mark:
            return None
        whole = int(self.mark)
        start = self.place
        if self.is_number(1) and self.ahead(2) == "/" and self.is_number(3):
            above, below = self.ahead(1), self.ahead(3)
            self.place += 4
        elif self.ahead(1) == "\\frac":
            self.place += 1
            fraction = self.power()
            if not (isinstance(fraction, Apply) and fraction.operator == "/"):
                self.place = start
                return None
            parts = fraction.args
            if not all(isinstance(part, Number) and part.value.denominator == 1 for part in parts):
                self.place = start
                return None
            above, below = (str(part.value) for part in parts if isinstance(part, Number))
        else:
            return None
        if "." in above + below or not 0 < int(above) < int(below):
            raise Unread("a whole number stands beside an improper fraction")
        return Number(whole + Fraction(int(above), int(below)))

    def power(self) -> Term:
        """A factor with its exponent, factorials, percent and degree signs."""
        found = self.atom()
        raised = False
        while True:
            mark = self.mark
            if mark == "!":
                self.place += 1
                if self.mark == "!":
                    raise Unread("a double factorial")
                found = Apply("!", (found,))
            elif mark in ("%", "\\%"):
                self.place += 1
                found = Apply("%", (found,))
            elif mark == "'" and isinstance(found, Name) and not raised:
                self.place += 1
                found = Name(found.name + "'")
            elif mark == "^" and not raised:
                self.place += 1
                found, raised = self.raised(found)
            else:
                return found

    def raised(self, base: Term) -> tuple[Term, bool]:
        """``base`` with what stands behind the caret."""
        if self.mark == "\\circ" or (self.mark == "{" and self.ahead(1) == "\\circ" and self.ahead(2) == "}"):
            self.place += 1 if self.mark == "\\circ" else 3
            return Apply("deg", (base,)), False
        if self.mark == "\\prime" or (self.mark == "{" and self.ahead(1) == "\\prime" and self.ahead(2) == "}"):
            self.place += 1 if self.mark == "\\prime" else 3
            return Name(shown(base) + "'"), False
        return Apply("^", (base, self.exponent())), True

    def exponent(self) -> Term:
        if self.mark in ("{", "("):
            return self.group()
        negative = self.took("-")
        found = self.atom()
        return Apply("neg", (found,)) if negative else found

    def group(self) -> Term:
        """What stands in brackets."""
        opening = self.mark
        if opening not in ("(", "[", "{"):
            raise Unread("a bracket is missing")
        self.place += 1
        found = self.sum()
        self.take({"(": ")", "[": "]", "{": "}"}[opening])
        return found

    def atom(self) -> Term:
        """A number, a name, a group, a fraction, a root, a function of something."""
        mark = self.mark
        if self.is_number():
            self.place += 1
            if self.mark == "_":
                return self.based(mark)
            if len(mark) > 400:
                raise Unread("a number is too long")
            if len(mark) > 1 and mark[0] == "0" and mark[1] != "." and len(self.marks) > 1:
                raise Unread("a number that begins with 0, as in a date")
            return Number(digits_value(mark)[0])
        if mark in ("(", "[", "{"):
            return self.group()
        self.place += 1
        if mark == "|" and not self.bars:
            self.bars = True
            found = self.sum()
            self.bars = False
            self.take("|")
            return Apply("abs", (found,))
        if mark in ("\\lfloor", "\\lceil"):
            found = self.sum()
            self.take("\\r" + mark[2:])
            return Apply("ceil" if mark == "\\lceil" else "floor", (found,))
        if mark in ("\\frac", "\\binom"):
            return Apply("/" if mark == "\\frac" else "binom", (self.argument(), self.argument()))
        if mark == "\\sqrt":
            degree: Term = Number(Fraction(2))
            if self.mark == "[":
                degree = self.group()
            return Apply("root", (degree, self.argument(digits=False)))
        if mark == "\\pi":
            return PI
        if mark == "\\infty":
            raise Unread("infinity is no number")
        if mark[1:] in FUNCTIONS and mark[0] == "\\":
            return self.function(mark[1:])
        return self.name(mark)

    def argument(self, digits: bool = True) -> Term:
        """What a fraction or a root takes: a group, or one letter or sign, or one digit (``digits``: of several that
        stand together, as TeX does) or a whole number."""
        if self.mark in ("{", "("):
            return self.group()
        if digits and self.is_number() and len(self.mark) > 1:
            if len(self.mark) != 2 or self.ahead(-1) not in ("\\frac", "\\binom") or "." in self.mark:
                raise Unread("digits without braces")
            self.marks[self.place : self.place + 1] = list(self.mark)
            self.numeric[self.place : self.place + 1] = [True, True]
        return self.atom()

    def based(self, digits: str) -> Term:
        """A number in the base of its index."""
        self.take("_")
        braced = self.took("{")
        base = self.mark
        if not self.is_number() or "." in base + digits or not 2 <= int(base[:3]) <= 10:
            raise Unread("an index that is no base")
        self.place += 1
        if braced:
            self.take("}")
        if any(int(digit) >= int(base) for digit in digits) or len(digits) > 100:
            raise Unread("a digit that the base doesn't have")
        return Number(Fraction(int(digits, int(base))))

    def function(self, name: str) -> Term:
        base: Term | None = None
        if name == "log" and self.mark == "_":
            self.place += 1
            base = self.group() if self.mark == "{" else self.atom()
        exponent: Term | None = None
        if self.mark == "^":
            self.place += 1
            exponent = self.exponent()
            if name != "ln" and exponent == Apply("neg", (Number(Fraction(1)),)):
                name, exponent = {"sin": "arcsin", "cos": "arccos", "tan": "arctan"}.get(name, ""), None
                if not name:
                    raise Unread("the inverse of a function or one over it")
        argument = self.operand()
        bases: dict[str, Term] = {"log": UNSAID, "lg": Number(Fraction(10)), "ln": EULER}
        if name in bases:
            found = Apply("log", (base if base is not None else bases[name], argument))
        else:
            found = Apply("^", (EULER, argument)) if name == "exp" else Apply(OF_ONE[name], (argument,))
        return found if exponent is None else Apply("^", (found, exponent))

    def operand(self) -> Term:
        """What a function is taken of: a group, or factors side by side up to the next function or bracket."""
        if self.mark in ("(", "{", "["):
            return self.group()
        if not self.starts() or self.mark[1:] in FUNCTIONS:
            raise Unread("a function of nothing")
        found = self.mixed() or self.power()
        while self.starts() and self.mark not in ("(", "[") and self.mark[1:] not in FUNCTIONS and not self.is_number():
            found = Apply("*", (found, self.power()))
        if self.mark in OVER or self.mark == "!":
            raise Unread("where a function's argument ends is not clear")
        return found

    def name(self, mark: str) -> Term:
        if mark in ACCENTS:
            inner = self.inside() if self.mark == "{" else self.mark
            self.place += self.mark != "" and self.ahead(-1) != "}" and inner == self.mark
            if not inner.strip() or inner.strip("0123456789. ") == "":
                raise Unread("a bar over numbers")
            found = f"{mark} {inner}"
        elif lettered(mark) or (mark[:1] == "\\" and mark[1:] in GREEK):
            found = mark
        else:
            raise Unread(f"{mark!r} isn't understood" if mark else "it ends too early")
        if self.mark == "_":
            self.place += 1
            index = self.inside() if self.mark == "{" else self.mark
            if index == self.mark:
                self.place += 1
            found += "_{" + index.replace("\\", "").replace(" ", "") + "}"
        if found in CALLED and self.mark == "(":
            return Name(f"{found}({shown(self.group())})")
        return Name(found)

    def inside(self) -> str:
        """The marks between braces, as they are."""
        self.take("{")
        start, depth = self.place, 1
        while depth and self.mark:
            depth += {"{": 1, "}": -1}.get(self.mark, 0)
            self.place += 1
        if depth:
            raise Unread("a brace is missing")
        return "".join(self.marks[start : self.place - 1])

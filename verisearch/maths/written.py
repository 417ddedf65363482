"""Terms and conditions as plain text, for people to read and for the reader to read again."""

from __future__ import annotations

from fractions import Fraction

from verisearch.maths.conditions import Condition, Either, Relation
from verisearch.maths.terms import Apply, Name, Number, Term

__all__ = ["condition_text", "number_text", "plain"]

#: How tightly operators bind, loosest first.
SUM, PRODUCT, SIGN, POWER, ATOM = range(5)
LEVELS = {
    "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "mod": PRODUCT, "neg": SIGN, "^": POWER, "%": POWER,
    "!": POWER,
}  # fmt: skip
CALLS = {"floor": "floor", "ceil": "ceil", "more%": "more", "less%": "less"}


def number_text(value: Fraction) -> str:
    """A number as a decimal where that is short, else as a fraction: "-3", "0.25", "1/3"."""
    for decimals in range(5):
        if (value * 10**decimals).denominator == 1:
            return f"{float(value):.{decimals}f}" if abs(value) < 10**12 or decimals else str(value.numerator)
    return f"{value.numerator}/{value.denominator}"


def plain(term: Term) -> str:
    """``term`` as text: "2*x^2 - 3". Units are left out."""
    return written(term, SUM)


def written(term: Term, needed: int) -> str:
    text, level = parts(term)
    return f"({text})" if level < needed else text


def parts(term: Term) -> tuple[str, int]:
    """The text of ``term``, and how tightly it binds."""
    if isinstance(term, Name):
        return term.name, ATOM
    if isinstance(term, Number):
        text = number_text(term.value)
        return text, SIGN if text.startswith("-") else PRODUCT if "/" in text else ATOM
    operator, args = term.operator, term.args
    if operator == "abs":
        return f"|{plain(args[0])}|", ATOM
    if operator == "sqrt":
        return f"sqrt({plain(args[0])})", ATOM
    if operator == "root":
        return f"root({plain(args[0])}, {plain(args[1])})", ATOM
    if operator in CALLS:
        return f"{CALLS[operator]}({', '.join(map(plain, args))})", ATOM
    level = LEVELS[operator]
    if operator == "neg":
        return f"-{written(args[0], SIGN)}", SIGN
    if operator in ("%", "!"):
        return f"{written(args[0], ATOM)}{operator}", POWER
    if operator == "^":
        return f"{written(args[0], ATOM)}^{written(args[1], ATOM)}", POWER
    if operator == "*" and len(args) == 2 and shows_product(args[0], args[1]):
        return f"{written(args[0], PRODUCT)}{written(args[1], POWER)}", PRODUCT
    first, *rest = args
    between = f" {operator} " if operator in ("+", "-", "mod") else operator
    tighter = level if operator == "+" else level + 1
    return between.join([written(first, level), *(written(each, tighter) for each in rest)]), level


def shows_product(left: Term, right: Term) -> bool:
    """Whether a product needs no sign: "2x", "3x^2"."""
    if not isinstance(left, Number) or left.value.denominator != 1:
        return False
    base = right.args[0] if isinstance(right, Apply) and right.operator == "^" else right
    return isinstance(base, Name) and len(base.name) == 1


def condition_text(given: Condition) -> str:
    """``given`` as text: "x = 2 or x = -3"."""
    if isinstance(given, Relation):
        return f"{plain(given.left)} {given.sign} {plain(given.right)}"
    if not given.parts:
        return "no solution" if isinstance(given, Either) else "all numbers"
    joiner = " or " if isinstance(given, Either) else " and "
    return joiner.join(
        condition_text(each) if isinstance(each, Relation) else f"({condition_text(each)})" for each in given.parts
    )

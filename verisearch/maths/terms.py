"""Terms and relations of school mathematics: immutable values over exact rationals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

__all__ = [
    "FUNCTIONS",
    "MAX_DEPTH",
    "PI",
    "Apply",
    "Function",
    "Name",
    "Number",
    "Operator",
    "Relation",
    "RelationSign",
    "Term",
    "Unread",
    "depth",
    "is_bare",
    "names",
    "numbers",
    "subterms",
]


class Unread(Exception):
    """There is no one reading of a text; the message, where there is one, says why."""


#: Deepest nesting that the reader of prose accepts.
MAX_DEPTH = 60

#: ``%`` is a hundredth of its argument; ``root`` takes the degree first; ``more%`` and ``less%`` change the second by
#: the share that the first is.
Operator: TypeAlias = Literal[
    "+", "-", "*", "/", "//", "mod", "^", "neg", "%", "sqrt", "root", "abs", "!", "more%", "less%", "floor", "ceil"
]

#: What has no rational value but at single arguments; only answers are read with them. ``log`` takes the base first,
#: ``binom`` what is chosen from; ``deg`` is what an angle in degrees is in radians.
Function: TypeAlias = Literal[
    "sin",
    "cos",
    "tan",
    "cot",
    "sec",
    "csc",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "log",
    "binom",
    "deg",
]
FUNCTIONS: frozenset[str] = frozenset(get_args(Function))

RelationSign: TypeAlias = Literal["=", "≠", "<", "≤", ">", "≥", "≈"]


@dataclass(frozen=True, slots=True)
class Number:
    """A numeral. ``decimals``: digits written behind the point (of "2.5 million": none, and five zeros: -5), None where
    it isn't written as a decimal. ``unit``: the words or the sign that it stands with, "" without. ``scale``: what a
    word such as "million" multiplied it by."""

    value: Fraction
    decimals: int | None = 0
    unit: str = ""
    scale: int = 1


@dataclass(frozen=True, slots=True)
class Name:
    """Something that stands for a number: a letter, or the words on one side of an equation."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator or a function on its arguments."""

    operator: Operator | Function
    args: tuple[Term, ...]


Term: TypeAlias = "Number | Name | Apply"


PI = Name("π")


@dataclass(frozen=True, slots=True)
class Relation:
    """An equation or an inequality: one sign between two terms. It says that both its sides are defined."""

    left: Term
    sign: RelationSign
    right: Term


def subterms(term: Term) -> Iterator[Term]:
    """``term`` and all terms inside it, in reading order."""
    stack = [term]
    while stack:
        current = stack.pop()
        yield current
        if isinstance(current, Apply):
            stack.extend(reversed(current.args))


def numbers(term: Term) -> Iterator[Number]:
    """The numerals in ``term``, in reading order."""
    return (each for each in subterms(term) if isinstance(each, Number))


def names(term: Term) -> frozenset[str]:
    """The names in ``term``."""
    return frozenset(each.name for each in subterms(term) if isinstance(each, Name))


def is_bare(term: Term) -> bool:
    """Whether ``term`` computes nothing: a numeral, a negative one, a percentage, a name."""
    if isinstance(term, Apply) and term.operator in ("neg", "%"):
        return is_bare(term.args[0])
    return not isinstance(term, Apply)


def depth(term: Term) -> int:
    """Nesting depth; 1 for a numeral."""
    deepest, stack = 1, [(term, 1)]
    while stack:
        current, level = stack.pop()
        deepest = max(deepest, level)
        if isinstance(current, Apply):
            stack.extend((each, level + 1) for each in current.args)
    return deepest

"""Mathematical expressions: immutable terms over exact numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, TypeAlias

__all__ = ["EULER", "IMAGINARY", "PI", "UNSAID", "Apply", "Name", "Number", "Term", "Unread", "names", "shown"]


class Unread(Exception):
    """There is no one reading of a text; the message says why."""


class Number(NamedTuple):
    """An exact rational number."""

    value: Fraction


class Name(NamedTuple):
    """A variable with its index and primes, or a function of something: ``x``, ``a_{1}``, ``f(2)``."""

    name: str


class Apply(NamedTuple):
    """An operator on its arguments: ``+ * / ^ neg root ! % deg abs floor ceil binom log`` or a function.

    ``root`` and ``log`` take the degree and the base first; the base of ``log`` may be unsaid (no number then).
    """

    operator: str
    args: tuple[Term, ...]


Term: TypeAlias = "Number | Name | Apply"
#: The base of a logarithm that says none: 10, e and 2 are all meant by somebody.
UNSAID = Name("the base of log")
PI, EULER, IMAGINARY = Name("\\pi"), Name("e"), Name("i")


def shown(term: Term) -> str:
    """``term`` as text, brackets around everything that is computed."""
    if isinstance(term, Number):
        return str(term.value)
    if isinstance(term, Name):
        return term.name
    return f"{term.operator}({', '.join(shown(each) for each in term.args)})"


def names(term: Term) -> frozenset[str]:
    """The names in ``term``, without the constants π, e."""
    if isinstance(term, Name):
        return frozenset() if term in (PI, EULER) else frozenset({term.name})
    if isinstance(term, Number):
        return frozenset()
    return frozenset().union(*(names(each) for each in term.args))

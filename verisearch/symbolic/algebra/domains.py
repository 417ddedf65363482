"""Where terms are defined among the real numbers, and what conditions say at single points: exact, without a solver.

The convention throughout: a relation says that both its sides are defined. Where one isn't, the relation is false, and
so is its opposite sign: neither ``1/x = 2`` nor ``1/x ≠ 2`` holds at 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from verisearch.maths.conditions import Condition, Either, relations
from verisearch.maths.exact import Undefined, Unvalued, value
from verisearch.maths.terms import FUNCTIONS, Apply, Number, Relation, Term, depth, names, subterms
from verisearch.symbolic.theory import Inexpressible

__all__ = ["DEEPEST", "constant", "domain", "holds", "needs"]

#: Deepest nesting of a term that is looked at; sums nest once for each summand.
DEEPEST = 250
ZERO = Number(Fraction(0))


def constant(term: Term) -> Fraction | None:
    """The value of a term without names; None where it is irrational or has names. Raises `Undefined` where there is
    none, `Inexpressible` for one that is too long."""
    if isinstance(term, Number):
        return term.value
    if names(term):
        return None
    try:
        return value(term)
    except Undefined:
        raise
    except Unvalued as reason:
        if "irrational" in str(reason):
            return None
        raise Inexpressible(str(reason)) from None


def needs(term: Apply) -> Iterator[Relation]:
    """What the arguments of one operator must fulfil for it to be defined, whatever is inside them. Raises
    `Inexpressible`, `Undefined`."""
    operator, args = term.operator, term.args
    if operator in FUNCTIONS:
        raise Inexpressible(f"nothing is said of where {operator} is defined")
    if operator in ("/", "//", "mod"):
        yield Relation(args[1], "≠", ZERO)
    elif operator == "sqrt":
        yield Relation(args[0], "≥", ZERO)
    elif operator == "root":
        if degree(args[0]) % 2 == 0:
            yield Relation(args[1], "≥", ZERO)
    elif operator == "^":
        exponent = constant(args[1])
        if exponent is None:
            base = constant(args[0])
            if base is None or base <= 0 or not names(args[1]):
                raise Inexpressible("an exponent is no rational number")
            return
        if exponent.denominator % 2 == 0:
            yield Relation(args[0], "≥" if exponent > 0 else ">", ZERO)
        elif exponent <= 0:
            yield Relation(args[0], "≠", ZERO)


def degree(term: Term) -> int:
    """The degree of a root. Raises `Inexpressible` unless it is a small whole number."""
    found = constant(term)
    if found is None or found.denominator != 1 or not 2 <= found <= 12:
        raise Inexpressible("the degree of a root is no whole number from 2 to 12")
    return int(found)


def domain(given: Condition) -> tuple[Relation, ...]:
    """What must be fulfilled for the terms of ``given`` to be defined, each once; what is so of numbers alone is left
    out. Raises `Inexpressible`, `Undefined`."""
    found: dict[Relation, None] = {}
    for relation in relations(given):
        for side in (relation.left, relation.right):
            if depth(side) > DEEPEST:
                raise Inexpressible("a term is nested too deeply")
            for each in subterms(side):
                if not isinstance(each, Apply):
                    continue
                for needed in needs(each):
                    if names(needed.left) or holds(needed, {}) is not True:
                        found[needed] = None
    return tuple(found)


def holds(given: Condition, point: Mapping[str, Fraction]) -> bool | None:
    """Whether ``given`` holds where its names have these values; None where exact arithmetic can't say."""
    if isinstance(given, Relation):
        return relation_holds(given, point)
    either = isinstance(given, Either)
    unknown = False
    for each in given.parts:
        found = holds(each, point)
        if found is None:
            unknown = True
        elif found is either:
            return either
    return None if unknown else not either


def relation_holds(given: Relation, point: Mapping[str, Fraction]) -> bool | None:
    if given.sign == "≈":
        return None
    try:
        left, right = value(given.left, point), value(given.right, point)
    except Undefined:
        return False
    except (Unvalued, RecursionError):
        return None
    if given.sign in ("=", "≠"):
        return (left == right) is (given.sign == "=")
    if given.sign in ("<", "≤"):
        return left < right or (given.sign == "≤" and left == right)
    return left > right or (given.sign == "≥" and left == right)

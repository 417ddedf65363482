"""Many-sorted first-order formulas with equality and linear arithmetic.

Formulas are immutable values: equal formulas compare and hash equal. Readers keep nesting below `MAX_DEPTH`, so the
recursive walkers here and in the solvers can't run out of stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

__all__ = [
    "BOOL",
    "FALSE",
    "INT",
    "MAX_DEPTH",
    "REAL",
    "THING",
    "TRUE",
    "And",
    "Arith",
    "Atom",
    "Compare",
    "Equal",
    "Exists",
    "Forall",
    "Formula",
    "Func",
    "Iff",
    "Implies",
    "Not",
    "Number",
    "Or",
    "Quantified",
    "Sort",
    "Term",
    "Var",
    "Xor",
    "complement",
    "conjuncts",
    "depth",
    "free_variables",
    "is_literal",
    "subformulas",
    "substitute",
    "terms_of",
]

Sort: TypeAlias = str
BOOL: Sort = "Bool"
INT: Sort = "Int"
REAL: Sort = "Real"
#: The sort of everything, where a notation has no sorts.
THING: Sort = "Thing"

#: Deepest nesting that readers accept.
MAX_DEPTH = 200


# --- terms ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Var:
    """A variable, bound by an enclosing quantifier."""

    name: str
    sort: Sort = THING


@dataclass(frozen=True, slots=True)
class Func:
    """A function applied to arguments; a constant if there are none. ``sort`` is the sort of its value."""

    name: str
    args: tuple[Term, ...] = ()
    sort: Sort = THING


@dataclass(frozen=True, slots=True)
class Number:
    """A numeral. ``sort`` is Int (integral value) or Real."""

    value: Fraction
    sort: Sort = INT


@dataclass(frozen=True, slots=True)
class Arith:
    """Linear arithmetic: ``op`` is ``+``, ``-`` (one argument: negation) or ``*`` (all but one a numeral).
    An Int argument of a Real one stands for the Real of the same value."""

    op: str
    args: tuple[Term, ...]
    sort: Sort = INT


Term: TypeAlias = "Var | Func | Number | Arith"


# --- formulas ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Atom:
    """A predicate applied to terms; a proposition if there are none."""

    predicate: str
    args: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Equal:
    """Two terms of one sort are the same."""

    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Compare:
    """``op`` is one of ``<``, ``<=``, ``>``, ``>=``, between numeric terms of one sort."""

    op: str
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Not:
    body: Formula


@dataclass(frozen=True, slots=True)
class And:
    """Conjunction of any number of parts; of none: true."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Disjunction of any number of parts; of none: false."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Implies:
    body: Formula
    head: Formula


@dataclass(frozen=True, slots=True)
class Iff:
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Xor:
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Forall:
    variables: tuple[Var, ...]
    body: Formula


@dataclass(frozen=True, slots=True)
class Exists:
    variables: tuple[Var, ...]
    body: Formula


Quantified: TypeAlias = "Forall | Exists"
Formula: TypeAlias = "Atom | Equal | Compare | Not | And | Or | Implies | Iff | Xor | Forall | Exists"

TRUE = And(())
FALSE = Or(())


# --- walkers ----------------------------------------------------------------------------------------------------
def children(formula: Formula) -> tuple[Formula, ...]:
    """The direct sub-formulas."""
    if isinstance(formula, Not | Forall | Exists):
        return (formula.body,)
    if isinstance(formula, And | Or):
        return formula.parts
    if isinstance(formula, Implies):
        return (formula.body, formula.head)
    if isinstance(formula, Iff | Xor):
        return (formula.left, formula.right)
    return ()


def subformulas(formula: Formula) -> Iterator[Formula]:
    """``formula`` and all formulas inside it, outermost first."""
    stack = [formula]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(children(current)))


def depth(formula: Formula) -> int:
    """Nesting depth of the connectives and quantifiers; 1 for an atom."""
    deepest, stack = 1, [(formula, 1)]
    while stack:
        current, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend((child, level + 1) for child in children(current))
    return deepest


def direct_terms(formula: Formula) -> tuple[Term, ...]:
    """The terms standing directly in an atomic formula."""
    if isinstance(formula, Atom):
        return formula.args
    if isinstance(formula, Equal | Compare):
        return (formula.left, formula.right)
    return ()


def terms_of(formula: Formula) -> Iterator[Term]:
    """All terms in ``formula``, inner ones too, in reading order."""
    for part in subformulas(formula):
        stack = list(reversed(direct_terms(part)))
        while stack:
            term = stack.pop()
            yield term
            if isinstance(term, Func | Arith):
                stack.extend(reversed(term.args))


def free_variables(formula: Formula) -> set[Var]:
    """Variables not bound by a quantifier inside ``formula``."""
    if isinstance(formula, Forall | Exists):
        return free_variables(formula.body) - set(formula.variables)
    inner = children(formula)
    if inner:
        return set().union(*(free_variables(child) for child in inner))
    return {term for term in terms_of(formula) if isinstance(term, Var)}


def substitute_term(term: Term, bindings: Mapping[Var, Term]) -> Term:
    """``term`` with its variables replaced."""
    if isinstance(term, Var):
        return bindings.get(term, term)
    if isinstance(term, Func | Arith) and term.args:
        return replace(term, args=tuple(substitute_term(argument, bindings) for argument in term.args))
    return term


def substitute(formula: Formula, bindings: Mapping[Var, Term]) -> Formula:
    """``formula`` with its free variables replaced.

    The replacing terms must be ground: nothing is renamed to avoid capture.
    """
    if isinstance(formula, Atom):
        return Atom(formula.predicate, tuple(substitute_term(term, bindings) for term in formula.args))
    if isinstance(formula, Equal):
        return Equal(substitute_term(formula.left, bindings), substitute_term(formula.right, bindings))
    if isinstance(formula, Compare):
        left, right = substitute_term(formula.left, bindings), substitute_term(formula.right, bindings)
        return Compare(formula.op, left, right)
    if isinstance(formula, Not):
        return Not(substitute(formula.body, bindings))
    if isinstance(formula, And):
        return And(tuple(substitute(part, bindings) for part in formula.parts))
    if isinstance(formula, Or):
        return Or(tuple(substitute(part, bindings) for part in formula.parts))
    if isinstance(formula, Implies):
        return Implies(substitute(formula.body, bindings), substitute(formula.head, bindings))
    if isinstance(formula, Forall | Exists):
        inner = {var: term for var, term in bindings.items() if var not in formula.variables}
        return replace(formula, body=substitute(formula.body, inner))
    return replace(formula, left=substitute(formula.left, bindings), right=substitute(formula.right, bindings))


def is_literal(formula: Formula) -> bool:
    """An atom or a negated atom."""
    return isinstance(formula.body if isinstance(formula, Not) else formula, Atom)


def complement(formula: Formula) -> Formula:
    """The negation, a double one dropped."""
    return formula.body if isinstance(formula, Not) else Not(formula)


def conjuncts(formula: Formula) -> tuple[Formula, ...]:
    """The parts of a conjunction, nested ones flattened; the formula itself if it is none."""
    if isinstance(formula, And):
        return tuple(part for child in formula.parts for part in conjuncts(child))
    return (formula,)

"""Bound variables: telling apart those that a notation would mix up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count

from verisearch.logic.formula import (
    And,
    Arith,
    Atom,
    Compare,
    Equal,
    Exists,
    Forall,
    Formula,
    Func,
    Implies,
    Not,
    Or,
    Term,
    Var,
    free_variables,
    subformulas,
    terms_of,
)

__all__ = ["names_in", "rename_apart"]


def names_in(formula: Formula) -> set[str]:
    """Names of all functions, constants, predicates and variables in ``formula``."""
    names: set[str] = set()
    for part in subformulas(formula):
        if isinstance(part, Atom):
            names.add(part.predicate)
        elif isinstance(part, Forall | Exists):
            names.update(variable.name for variable in part.variables)
    names.update(term.name for term in terms_of(formula) if isinstance(term, Func | Var))
    return names


def fresh_names(base: str, taken: set[str]) -> Iterator[str]:
    """``base1``, ``base2`` … as far as they are not ``taken``; each is taken when it is given out."""
    for number in count(1):
        name = f"{base}{number}"
        if name not in taken:
            taken.add(name)
            yield name


def rename_apart(formula: Formula) -> Formula:
    """An equivalent formula in which no two binders share a variable name, and no variable has the name of a
    function or predicate. The first binder of a name keeps it."""
    taken = names_in(formula)
    spent = {part.predicate for part in subformulas(formula) if isinstance(part, Atom)}
    spent.update(term.name for term in terms_of(formula) if isinstance(term, Func))
    spent.update(variable.name for variable in free_variables(formula))
    return _renamed(formula, {}, spent, taken)


def _renamed(formula: Formula, names: Mapping[Var, Var], spent: set[str], taken: set[str]) -> Formula:
    """``spent``: names that no further binder may have; ``taken``: names that no fresh one may have."""
    if isinstance(formula, Atom):
        return Atom(formula.predicate, tuple(_term(term, names) for term in formula.args))
    if isinstance(formula, Equal | Compare):
        return replace(formula, left=_term(formula.left, names), right=_term(formula.right, names))
    if isinstance(formula, Not):
        return Not(_renamed(formula.body, names, spent, taken))
    if isinstance(formula, And | Or):
        return replace(formula, parts=tuple(_renamed(part, names, spent, taken) for part in formula.parts))
    if isinstance(formula, Implies):
        body = _renamed(formula.body, names, spent, taken)
        return Implies(body, _renamed(formula.head, names, spent, taken))
    if isinstance(formula, Forall | Exists):
        fresh = {}
        for variable in formula.variables:
            name = variable.name if variable.name not in spent else next(fresh_names(variable.name, taken))
            spent.add(name)
            fresh[variable] = replace(variable, name=name)
        inner = _renamed(formula.body, {**names, **fresh}, spent, taken)
        return replace(formula, variables=tuple(fresh.values()), body=inner)
    left = _renamed(formula.left, names, spent, taken)
    return replace(formula, left=left, right=_renamed(formula.right, names, spent, taken))


def _term(term: Term, names: Mapping[Var, Var]) -> Term:
    if isinstance(term, Var):
        return names.get(term, term)
    if isinstance(term, Func | Arith) and term.args:
        return replace(term, args=tuple(_term(argument, names) for argument in term.args))
    return term

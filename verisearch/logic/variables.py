"""Bound variables: telling apart those that a notation would mix up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count, repeat

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


def rename_apart(formula: Formula, is_good: Callable[[str], bool] = bool) -> Formula:
    """An equivalent formula in which no two binders share a variable name, no variable has the name of a function
    or predicate, and all variables' names are good. The first binder of a name keeps it if it can."""
    taken = names_in(formula)
    spent = {part.predicate for part in subformulas(formula) if isinstance(part, Atom)}
    spent.update(term.name for term in terms_of(formula) if isinstance(term, Func))
    spent.update(variable.name for variable in free_variables(formula))
    return _Renaming(is_good, spent, taken).formula(formula, {})


class _Renaming:
    """``spent``: names that no further binder may have; ``taken``: names that no fresh one may have."""

    def __init__(self, is_good: Callable[[str], bool], spent: set[str], taken: set[str]) -> None:
        self.is_good, self.spent, self.taken = is_good, spent, taken

    def binder(self, variable: Var) -> Var:
        """The variable that stands for ``variable`` inside its quantifier."""
        name = variable.name
        if name in self.spent or not self.is_good(name):
            base = name if self.is_good(name) and self.is_good(f"{name}1") else "x"
            name = next(fresh_names(base, self.taken))
        self.spent.add(name)
        return replace(variable, name=name)

    def formula(self, formula: Formula, names: Mapping[Var, Var]) -> Formula:
        if isinstance(formula, Atom):
            return Atom(formula.predicate, tuple(map(_term, formula.args, repeat(names))))
        if isinstance(formula, Equal | Compare):
            return replace(formula, left=_term(formula.left, names), right=_term(formula.right, names))
        if isinstance(formula, Not):
            return Not(self.formula(formula.body, names))
        if isinstance(formula, And | Or):
            return replace(formula, parts=tuple(map(self.formula, formula.parts, repeat(names))))
        if isinstance(formula, Implies):
            return Implies(self.formula(formula.body, names), self.formula(formula.head, names))
        if isinstance(formula, Forall | Exists):
            fresh = {variable: self.binder(variable) for variable in dict.fromkeys(formula.variables)}
            inner = self.formula(formula.body, {**names, **fresh})
            return replace(formula, variables=tuple(fresh.values()), body=inner)
        return replace(formula, left=self.formula(formula.left, names), right=self.formula(formula.right, names))


def _term(term: Term, names: Mapping[Var, Var]) -> Term:
    if isinstance(term, Var):
        return names.get(term, term)
    if isinstance(term, Func | Arith) and term.args:
        return replace(term, args=tuple(map(_term, term.args, repeat(names))))
    return term

"""Ground literals of forward chaining as formulas. Clauses know nothing of sorts, formulas and solvers do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import repeat

from verisearch.logic.formula import THING, And, Atom, Forall, Formula, Func, Not, Sort, Var, subformulas
from verisearch.symbolic.horn import Lit

__all__ = ["atom_of", "formula_of", "formula_text_of", "never_both", "sorts_in"]


@lru_cache(maxsize=1 << 15)
def sorts_in(formula: Formula) -> tuple[tuple[str, tuple[Sort, ...]], ...]:
    """The predicates of a formula, each with the sorts of its arguments."""
    atoms = [part for part in subformulas(formula) if isinstance(part, Atom)]
    return tuple({atom.predicate: tuple(term.sort for term in atom.args) for atom in atoms}.items())


def atom_of(lit: Lit, sorts: Mapping[str, tuple[Sort, ...]] = {}) -> Atom:
    """The atom of a ground literal. ``sorts``: of the arguments of predicates."""
    kinds = sorts.get(lit.predicate) or repeat(THING)
    return Atom(lit.predicate, tuple(Func(str(arg), (), kind) for arg, kind in zip(lit.args, kinds, strict=False)))


def formula_of(lit: Lit, sorts: Mapping[str, tuple[Sort, ...]] = {}) -> Formula:
    """A ground literal as a formula."""
    atom = atom_of(lit, sorts)
    return atom if lit.positive else Not(atom)


def formula_text_of(lit: Lit) -> str:
    """A ground literal in FOL notation."""
    from verisearch.logic.fol_writer import to_fol

    return to_fol(formula_of(lit))


def never_both(name: str, sorts: Sequence[Sort]) -> Formula:
    """No arguments, of these ``sorts``, are in both ``name`` and ``not name``."""
    variables = tuple(Var(f"x{k}", sort) for k, sort in enumerate(sorts))
    clash = Not(And((Atom(name, variables), Atom(f"not {name}", variables))))
    return Forall(variables, clash) if variables else clash

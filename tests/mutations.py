"""Formulas changed as a careless translator changes them, and formulas rewritten so that they mean the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from verisearch.logic.formula import (
    And,
    Atom,
    Compare,
    Equal,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Term,
    Var,
    Xor,
    children,
)

__all__ = ["MUTATIONS", "REWRITES", "mutants"]

#: What a change makes of the formula at one place; None where it doesn't apply.
Change = Callable[[Formula], "Formula | None"]


# --- mutations: one place each ----------------------------------------------------------------------------------------
def other_quantifier(formula: Formula) -> Formula | None:
    if isinstance(formula, Forall):
        return Exists(formula.variables, formula.body)
    return Forall(formula.variables, formula.body) if isinstance(formula, Exists) else None


def other_order(formula: Formula) -> Formula | None:
    """∀x ∃y … as ∃y ∀x …, and the other way round."""
    if not isinstance(formula, Forall | Exists) or not isinstance(formula.body, Forall | Exists):
        return None
    if type(formula) is type(formula.body) or {*formula.variables} & {*formula.body.variables}:
        return None
    return replace(formula.body, body=replace(formula, body=formula.body.body))


def negation_dropped(formula: Formula) -> Formula | None:
    return formula.body if isinstance(formula, Not) else None


def negation_added(formula: Formula) -> Formula | None:
    return Not(formula) if isinstance(formula, Atom | Equal | Compare) else None


def implication_reversed(formula: Formula) -> Formula | None:
    return Implies(formula.head, formula.body) if isinstance(formula, Implies) else None


def implication_doubled(formula: Formula) -> Formula | None:
    """If read as if and only if."""
    return Iff(formula.body, formula.head) if isinstance(formula, Implies) else None


def implication_as_conjunction(formula: Formula) -> Formula | None:
    """ "All daxes are tall" as "all are tall daxes"."""
    return And((formula.body, formula.head)) if isinstance(formula, Implies) else None


def other_junction(formula: Formula) -> Formula | None:
    if isinstance(formula, And):
        return Or(formula.parts)
    return And(formula.parts) if isinstance(formula, Or) else None


def exclusive_read_inclusive(formula: Formula) -> Formula | None:
    return Or((formula.left, formula.right)) if isinstance(formula, Xor) else None


def part_lost(formula: Formula) -> Formula | None:
    return replace(formula, parts=formula.parts[:-1]) if isinstance(formula, And | Or) and formula.parts else None


def arguments_swapped(formula: Formula) -> Formula | None:
    if not isinstance(formula, Atom) or len(formula.args) < 2 or formula.args[0] == formula.args[1]:
        return None
    first, second, *rest = formula.args
    return replace(formula, args=(second, first, *rest)) if first.sort == second.sort else None


MUTATIONS: dict[str, Change] = {
    "other quantifier": other_quantifier,
    "quantifiers exchanged": other_order,
    "negation dropped": negation_dropped,
    "negation added": negation_added,
    "implication reversed": implication_reversed,
    "implication as equivalence": implication_doubled,
    "implication as conjunction": implication_as_conjunction,
    "and for or": other_junction,
    "exclusive or as or": exclusive_read_inclusive,
    "part lost": part_lost,
    "arguments swapped": arguments_swapped,
}


def with_children(formula: Formula, parts: tuple[Formula, ...]) -> Formula:
    """``formula`` with its direct sub-formulas replaced."""
    if isinstance(formula, Not | Forall | Exists):
        return replace(formula, body=parts[0])
    if isinstance(formula, And | Or):
        return replace(formula, parts=parts)
    if isinstance(formula, Implies):
        return Implies(*parts)
    if isinstance(formula, Iff | Xor):
        return replace(formula, left=parts[0], right=parts[1])
    return formula


def mutants(formula: Formula, change: Change) -> Iterator[Formula]:
    """``formula`` changed at one place, for every place where that can be done."""
    made = change(formula)
    if made is not None:
        yield made
    parts = children(formula)
    for number, part in enumerate(parts):
        for changed in mutants(part, change):
            yield with_children(formula, (*parts[:number], changed, *parts[number + 1 :]))


# --- rewrites: everywhere at once ----------------------------------------------------------------------------------
def everywhere(change: Callable[[Formula], Formula]) -> Callable[[Formula], Formula]:
    """The change at every place, innermost first."""

    def changed(formula: Formula) -> Formula:
        return change(with_children(formula, tuple(map(changed, children(formula)))))

    return changed


def contraposition(formula: Formula) -> Formula:
    return Implies(Not(formula.head), Not(formula.body)) if isinstance(formula, Implies) else formula


def double_negation(formula: Formula) -> Formula:
    return Not(Not(formula))


def de_morgan(formula: Formula) -> Formula:
    if isinstance(formula, And):
        return Not(Or(tuple(map(Not, formula.parts))))
    return Not(And(tuple(map(Not, formula.parts)))) if isinstance(formula, Or) else formula


def reordered(formula: Formula) -> Formula:
    if isinstance(formula, And | Or):
        return replace(formula, parts=formula.parts[::-1])
    if isinstance(formula, Iff | Xor | Equal):
        return replace(formula, left=formula.right, right=formula.left)
    return formula


def dual_quantifiers(formula: Formula) -> Formula:
    if isinstance(formula, Forall):
        return Not(Exists(formula.variables, Not(formula.body)))
    return Not(Forall(formula.variables, Not(formula.body))) if isinstance(formula, Exists) else formula


def without_arrows(formula: Formula) -> Formula:
    if isinstance(formula, Implies):
        return Or((Not(formula.body), formula.head))
    if isinstance(formula, Iff):
        return And((Implies(formula.left, formula.right), Implies(formula.right, formula.left)))
    return Not(Iff(formula.left, formula.right)) if isinstance(formula, Xor) else formula


def renamed(formula: Formula, names: dict[Var, Var] | None = None, depth: int = 0) -> Formula:
    """With other variables, whose names no formula has."""
    names = names or {}
    if isinstance(formula, Forall | Exists):
        fresh = {
            variable: replace(variable, name=f"fresh {depth} {number}")
            for number, variable in enumerate(formula.variables)
        }
        body = renamed(formula.body, {**names, **fresh}, depth + 1)
        return replace(formula, variables=tuple(fresh[variable] for variable in formula.variables), body=body)
    if isinstance(formula, Atom):
        return replace(formula, args=tuple(renamed_term(term, names) for term in formula.args))
    if isinstance(formula, Equal | Compare):
        return replace(formula, left=renamed_term(formula.left, names), right=renamed_term(formula.right, names))
    return with_children(formula, tuple(renamed(part, names, depth) for part in children(formula)))


def renamed_term(term: Term, names: dict[Var, Var]) -> Term:
    if isinstance(term, Var):
        return names.get(term, term)
    if args := getattr(term, "args", ()):
        return replace(term, args=tuple(renamed_term(argument, names) for argument in args))
    return term


def unchanged(formula: Formula) -> Formula:
    return formula


def all_at_once(formula: Formula) -> Formula:
    """As unlike the original as these make it."""
    for name in (
        "contraposition",
        "variables renamed",
        "parts reordered",
        "no arrows",
        "De Morgan",
        "dual quantifiers",
    ):
        formula = REWRITES[name](formula)
    return formula


REWRITES: dict[str, Callable[[Formula], Formula]] = {
    "itself": unchanged,
    "contraposition": everywhere(contraposition),
    "double negation": everywhere(double_negation),
    "De Morgan": everywhere(de_morgan),
    "parts reordered": everywhere(reordered),
    "variables renamed": renamed,
    "dual quantifiers": everywhere(dual_quantifiers),
    "no arrows": everywhere(without_arrows),
    "all at once": all_at_once,
}

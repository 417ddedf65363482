"""Writes formulas in FOL notation: ``∀x (Kind(x) ∧ ¬Rough(x) → Nice(x))``.

Parentheses stand only where the reader needs them. Names that are no plain identifiers are quoted, and sorts that
the reader would not infer are written out, so that `parse_formula` reads the same formula back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import repeat
from typing import Any

from verisearch.errors import InputError
from verisearch.logic.arithmetic import decimal_text, is_numeric, joint_sort
from verisearch.logic.fol_names import is_variable_name, name_text
from verisearch.logic.formula import (
    REAL,
    THING,
    And,
    Arith,
    Atom,
    Compare,
    Equal,
    Exists,
    Forall,
    Formula,
    Func,
    Iff,
    Implies,
    Not,
    Number,
    Or,
    Quantified,
    Sort,
    Term,
    Var,
    Xor,
)
from verisearch.logic.variables import rename_apart

__all__ = ["to_fol"]

#: How tightly a formula binds: 5 atoms, ``¬`` and quantifiers, 4 ``∧``, 3 ``∨`` ``⊕``, 2 ``→``, 1 ``↔``.
BINDING: dict[type, int] = {And: 4, Or: 3, Xor: 3, Implies: 2, Iff: 1}
TIGHT = 5
#: Directly after ``¬`` or a quantifier; there equations and comparisons stand in parentheses, to be easier read.
TIGHTEST = 6
#: The same for terms: 3 all else, 2 ``*``, 1 ``+`` ``-``.
SIGNS = {"+": 1, "-": 1, "*": 2}
COMPARISONS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}


# --- terms ------------------------------------------------------------------------------------------------------
def leaves(terms: Iterable[Term]) -> Iterator[Term]:
    """What sums and products are made of."""
    stack = list(terms)
    while stack:
        term = stack.pop()
        if isinstance(term, Arith):
            stack.extend(term.args)
        else:
            yield term


def inferred_sort(terms: tuple[Term, ...]) -> Sort | None:
    """The sort that the reader gives a bare name in arithmetic among ``terms``; None if names must show theirs."""
    shown = joint_sort({leaf.sort for leaf in leaves(terms) if not isinstance(leaf, Func)})
    return shown if shown == joint_sort({leaf.sort for leaf in leaves(terms)}) else None


class Writer:
    """Writes one formula.

    ``seen`` and ``predicates`` hold the symbols written so far (the reader knows the sorts of those in ``seen``),
    ``variables`` the sorts that each variable name has had.
    """

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.predicates: set[str] = set()
        self.variables: dict[str, set[Sort]] = {}

    def has_plain_variables(self) -> bool:
        """Whether each variable could be written by its name: a plain one that no symbol and no variable of another
        sort has."""
        return (
            self.seen.isdisjoint(self.variables)
            and self.predicates.isdisjoint(self.variables)
            and all(len(sorts) == 1 and is_variable_name(name) for name, sorts in self.variables.items())
        )

    # --- terms ---
    def term(self, value: Term, bare: Sort | None) -> str:
        """Text of a term; ``bare`` is the sort that the reader infers for a new name without one."""
        if isinstance(value, Var):
            return value.name
        if isinstance(value, Number):
            return decimal_text(value.value, real=value.sort == REAL)
        if isinstance(value, Func):
            sort = "" if value.sort == bare or value.name in self.seen else f":{name_text(value.sort)}"
            text = f"{name_text(value.name)}{self.arguments(value.args)}{sort}"
            self.seen.add(value.name)
            return text
        first, *others = value.args
        if others:
            later = map(self.operand, others, repeat(value.op), repeat(False), repeat(bare))
            return f" {value.op} ".join([self.operand(first, value.op, True, bare), *later])
        text = self.term(first, bare)
        if value.op != "-":
            return text
        return f"(-({text}))" if isinstance(first, Arith | Number) else f"(-{text})"

    def operand(self, value: Term, outer: str, is_first: bool, bare: Sort | None) -> str:
        """Text of an operand of ``outer``, in parentheses where the reader would group otherwise."""
        while isinstance(value, Arith) and len(value.args) == 1 and value.op != "-":
            value = value.args[0]
        text = self.term(value, bare)
        if not isinstance(value, Arith) or len(value.args) == 1 or SIGNS[value.op] > SIGNS[outer]:
            return text
        runs_on = is_first and outer != "*" and "-" in (outer, value.op)
        return text if runs_on else f"({text})"

    def arguments(self, args: tuple[Term, ...]) -> str:
        return f"({', '.join(map(self.argument, args))})" if args else ""

    def argument(self, value: Term) -> str:
        """Text of an argument of a function or predicate."""
        return self.term(value, inferred_sort((value,)) if isinstance(value, Arith) else THING)

    # --- formulas ---
    def formula(self, formula: Formula, needed: int) -> str:
        """Text of ``formula`` where something that binds as tightly as ``needed`` must stand."""
        while isinstance(formula, And | Or) and len(formula.parts) == 1:
            formula = formula.parts[0]
        text = WRITERS[type(formula)](self, formula)
        return f"({text})" if binding(formula) < needed else text

    def atom(self, formula: Atom) -> str:
        self.predicates.add(formula.predicate)
        return name_text(formula.predicate) + self.arguments(formula.args)

    def equal(self, formula: Equal, sign: str = "=") -> str:
        sides = (formula.left, formula.right)
        bare: Sort | None = THING
        if any(is_numeric(side.sort) for side in sides):
            computed = any(isinstance(leaf, Number | Var) or leaf not in sides for leaf in leaves(sides))
            bare = inferred_sort(sides) if computed else None
        return f"{self.term(sides[0], bare)} {sign} {self.term(sides[1], bare)}"

    def compare(self, formula: Compare) -> str:
        bare = inferred_sort((formula.left, formula.right))
        return f"{self.term(formula.left, bare)} {COMPARISONS[formula.op]} {self.term(formula.right, bare)}"

    def negation(self, formula: Not) -> str:
        if isinstance(formula.body, Equal):
            return self.equal(formula.body, "≠")
        return f"¬{self.formula(formula.body, TIGHTEST)}"

    def conjunction(self, formula: And) -> str:
        return " ∧ ".join(map(self.formula, formula.parts, repeat(5))) or "⊤"

    def disjunction(self, formula: Or) -> str:
        return " ∨ ".join(map(self.formula, formula.parts, repeat(4))) or "⊥"

    def exclusive(self, formula: Xor) -> str:
        return f"{self.formula(formula.left, 4)} ⊕ {self.formula(formula.right, 4)}"

    def implication(self, formula: Implies) -> str:
        return f"{self.formula(formula.body, 3)} → {self.formula(formula.head, 3)}"

    def equivalence(self, formula: Iff) -> str:
        return f"{self.formula(formula.left, 2)} ↔ {self.formula(formula.right, 2)}"

    def quantified(self, formula: Quantified) -> str:
        sign = "∀" if isinstance(formula, Forall) else "∃"
        prefix = ""
        for variable in dict.fromkeys(formula.variables):
            self.variables.setdefault(variable.name, set()).add(variable.sort)
            sort = "" if variable.sort == THING else f":{name_text(variable.sort)}"
            prefix += f"{sign}{variable.name}{sort} "
        return prefix + self.formula(formula.body, TIGHTEST)


WRITERS: dict[type, Callable[[Writer, Any], str]] = {
    Atom: Writer.atom,
    Equal: Writer.equal,
    Compare: Writer.compare,
    Not: Writer.negation,
    And: Writer.conjunction,
    Or: Writer.disjunction,
    Xor: Writer.exclusive,
    Implies: Writer.implication,
    Iff: Writer.equivalence,
    Forall: Writer.quantified,
    Exists: Writer.quantified,
}


def binding(formula: Formula) -> int:
    """How tightly the text of ``formula`` binds."""
    if isinstance(formula, And | Or) and not formula.parts:
        return TIGHTEST
    if isinstance(formula.body if isinstance(formula, Not) else formula, Equal | Compare):
        return TIGHT
    return BINDING.get(type(formula), TIGHTEST)


@lru_cache(maxsize=16384)
def cached_text(formula: Formula) -> str:
    writer = Writer()
    text = writer.formula(formula, 0)
    if writer.has_plain_variables():
        return text
    return Writer().formula(rename_apart(formula, is_variable_name), 0)


def to_fol(formula: Formula) -> str:
    """``formula`` in FOL notation. `parse_formula` reads it back: the same formula up to the names of variables,
    the grouping of equal quantifiers in a row and of one-part conjunctions.

    Raises `InputError` for a formula too deeply nested to be written.
    """
    try:
        return cached_text(formula)
    except RecursionError:
        raise InputError("a formula is nested too deeply to be written") from None

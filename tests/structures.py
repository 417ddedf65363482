"""Small finite structures in which formulas are true or false: no solver, no text, just the definition of truth.

If two formulas differ in one of them, they are not equivalent. If they differ in none that was tried, nothing is known.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import prod
from typing import TypeAlias

from verisearch.logic.formula import (
    INT,
    REAL,
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
    Sort,
    Term,
    Var,
    Xor,
    subformulas,
)
from verisearch.logic.vocabulary import Signature, Vocabulary

__all__ = ["Beyond", "Structure", "differences", "holds", "structures"]

#: A thing is a number too; the sort tells them apart.
Value: TypeAlias = "int | Fraction"
COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
#: Values that symbols of a numeric sort take; numbers that formulas name are added.
NUMBERS = (-1, 0, 1, 2)


class Beyond(Exception):
    """The formula can't be judged in a finite structure: it quantifies over numbers."""


@dataclass
class Structure:
    """``size`` things of every sort; a value for each symbol, drawn when it is first asked for unless it is in
    ``table``. ``density`` is how often a drawn atom is true."""

    size: int
    density: float
    seed: int
    numbers: Sequence[Value] = NUMBERS
    table: dict[tuple[str, tuple[Value, ...]], Value | bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def truth(self, predicate: str, args: tuple[Value, ...]) -> bool:
        key = (predicate, args)
        if key not in self.table:
            self.table[key] = self.random.random() < self.density
        return bool(self.table[key])

    def value(self, function: str, args: tuple[Value, ...], sort: Sort) -> Value:
        key = (function, args)
        if key not in self.table:
            self.table[key] = (
                self.random.choice(self.numbers) if sort in (INT, REAL) else self.random.randrange(self.size)
            )
        return self.table[key]

    def things(self, sort: Sort) -> range:
        """Raises `Beyond` for numbers."""
        if sort in (INT, REAL):
            raise Beyond(f"a quantifier over {sort}")
        return range(self.size)


def holds(formula: Formula, structure: Structure, scope: Mapping[Var, Value] | None = None) -> bool:
    """Whether ``formula`` is true in ``structure``. Raises `Beyond`."""
    scope = scope or {}
    match formula:
        case Atom():
            return structure.truth(formula.predicate, tuple(valued(term, structure, scope) for term in formula.args))
        case Equal():
            return valued(formula.left, structure, scope) == valued(formula.right, structure, scope)
        case Compare():
            left, right = valued(formula.left, structure, scope), valued(formula.right, structure, scope)
            return bool(COMPARISONS[formula.op](left, right))
        case Not():
            return not holds(formula.body, structure, scope)
        case And():
            return all(holds(part, structure, scope) for part in formula.parts)
        case Or():
            return any(holds(part, structure, scope) for part in formula.parts)
        case Implies():
            return not holds(formula.body, structure, scope) or holds(formula.head, structure, scope)
        case Iff():
            return holds(formula.left, structure, scope) == holds(formula.right, structure, scope)
        case Xor():
            return holds(formula.left, structure, scope) != holds(formula.right, structure, scope)
        case Forall() | Exists():
            wanted = isinstance(formula, Exists)
            domains = [structure.things(variable.sort) for variable in formula.variables]
            for values in product(*domains):
                inner = {**scope, **dict(zip(formula.variables, values, strict=True))}
                if holds(formula.body, structure, inner) == wanted:
                    return wanted
            return not wanted
    raise TypeError(formula)


def valued(term: Term, structure: Structure, scope: Mapping[Var, Value]) -> Value:
    match term:
        case Var():
            return scope[term]
        case Number():
            return term.value
        case Func():
            args = tuple(valued(argument, structure, scope) for argument in term.args)
            return structure.value(term.name, args, term.sort)
        case Arith():
            args = tuple(valued(argument, structure, scope) for argument in term.args)
            if term.op == "-":
                return -args[0] if len(args) == 1 else args[0] - sum(args[1:])
            return sum(args) if term.op == "+" else prod(args)
    raise TypeError(term)


def structures(formulas: Sequence[Formula], count: int, seed: int = 0) -> Iterator[Structure]:
    """Structures for ``formulas``: all of one thing, and of two, as long as there are few; then ``count`` random ones
    of one to three things."""
    vocabulary = Vocabulary.of(formulas)
    named = {term.value for formula in formulas for term in numerals(formula)}
    numbers = (*NUMBERS, *sorted(named | {value + 1 for value in named}))
    for size in (1, 2):
        yield from all_structures(vocabulary, size, numbers, count)
    for number in range(count):
        yield Structure(1 + number % 3, (0.5, 0.2, 0.8)[number // 3 % 3], seed + number, numbers)


def all_structures(vocabulary: Vocabulary, size: int, numbers: Sequence[Value], most: int) -> Iterator[Structure]:
    """All structures of ``size`` things, if there are at most ``most`` and no symbol takes numbers."""
    places: list[tuple[tuple[str, tuple[Value, ...]], Sequence[Value | bool]]] = []
    for symbol in vocabulary.symbols.values():
        if {INT, REAL} & {*symbol.args, symbol.sort}:
            return
        values: Sequence[Value | bool] = (False, True) if symbol.is_predicate else range(size)
        places += [((symbol.name, args), values) for args in arguments(symbol, size)]
    if prod(len(values) for _, values in places) > most:
        return
    for chosen in product(*(values for _, values in places)):
        table = {key: value for (key, _), value in zip(places, chosen, strict=True)}
        yield Structure(size, 0.5, 0, numbers, table)


def arguments(symbol: Signature, size: int) -> Iterator[tuple[Value, ...]]:
    return product(range(size), repeat=len(symbol.args))


def numerals(formula: Formula) -> Iterator[Number]:
    """The numerals in ``formula``."""
    stack: list[Term] = []
    for part in subformulas(formula):
        if isinstance(part, Atom):
            stack += part.args
        elif isinstance(part, Equal | Compare):
            stack += (part.left, part.right)
    while stack:
        term = stack.pop()
        if isinstance(term, Number):
            yield term
        elif isinstance(term, Func | Arith):
            stack += term.args


def differences(one: Formula, other: Formula, count: int = 300, seed: int = 0) -> tuple[bool, bool]:
    """Whether a structure was found in which ``one`` holds and ``other`` doesn't, and one the other way round.

    Raises `Beyond`.
    """
    first_only = second_only = False
    for structure in structures([one, other], count, seed):
        first, second = holds(one, structure), holds(other, structure)
        first_only |= first and not second
        second_only |= second and not first
        if first_only and second_only:
            break
    return first_only, second_only

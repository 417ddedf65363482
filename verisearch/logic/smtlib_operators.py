"""The operators of SMT-LIB's core and arithmetic theories over operands that have been read: sorts are checked and
sugar is expanded, within limits of size and depth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, NoReturn, TypeAlias

from verisearch.errors import ParseError
from verisearch.logic.arithmetic import as_real, is_linear_product, is_numeric, joint_sort, without_lift
from verisearch.logic.formula import (
    BOOL,
    MAX_DEPTH,
    REAL,
    And,
    Arith,
    Compare,
    Equal,
    Iff,
    Implies,
    Not,
    Number,
    Or,
    Sort,
    Xor,
)
from verisearch.logic.smtlib_syntax import Expression

__all__ = ["OPERATORS", "Built", "Operators", "Parts"]

#: Most connectives, atoms and terms in one assertion, after ``let`` and ``define-fun`` are expanded.
MAX_SIZE = 50_000


@dataclass(frozen=True, slots=True)
class Built:
    """A formula (of sort Bool) or a term, with the number of its nodes and its nesting."""

    value: Any
    sort: Sort
    size: int = 1
    depth: int = 1


Parts: TypeAlias = Sequence[Built]


class Operators:
    """Each method makes the formula or term of one operator from its operands. ``text`` is the script."""

    def __init__(self, text: str) -> None:
        self.text = text

    def fail(self, message: str, at: Expression) -> NoReturn:
        raise ParseError(message, text=self.text, position=at.position)

    def made(
        self, value: Any, sort: Sort, parts: Sequence[Built], at: Expression, *, copies: int = 1, levels: int = 1
    ) -> Built:
        """``value``, with at most ``copies`` of each of ``parts``, ``levels`` deep. Raises `ParseError` if it is
        too big."""
        size = levels + copies * sum([part.size for part in parts])
        depth = levels + max([part.depth for part in parts], default=0)
        if size > MAX_SIZE:
            self.fail(f"more than {MAX_SIZE} nodes after definitions are expanded", at)
        if depth > MAX_DEPTH:
            self.fail(f"nested more than {MAX_DEPTH} levels deep after definitions are expanded", at)
        return Built(value, sort, size, depth)

    def need(self, expression: Expression, least: int, most: int | None = None) -> None:
        count = len(expression.items) - 1
        if count < least or (most is not None and count > most):
            expected = f"{least}" if most == least else f"{least} or more" if most is None else f"{least} to {most}"
            self.fail(f"{expression.head} needs {expected} operands, but has {count}", expression)

    def need_formulas(self, expression: Expression, parts: Parts, least: int, most: int | None = None) -> None:
        """Refuse too few or too many operands, and terms."""
        self.need(expression, least, most)
        for part, item in zip(parts, expression.items[1:], strict=True):
            if part.sort != BOOL:
                self.fail(f"a formula is expected, but this is a term of sort {part.sort}", item)

    # --- connectives ----------------------------------------------------------------------------------------------
    def junction(self, expression: Expression, parts: Parts) -> Built:
        self.need_formulas(expression, parts, 1)
        kind = And if expression.head == "and" else Or
        return self.made(kind(tuple([part.value for part in parts])), BOOL, parts, expression)

    def negation(self, expression: Expression, parts: Parts) -> Built:
        self.need_formulas(expression, parts, 1, 1)
        return self.made(Not(parts[0].value), BOOL, parts, expression)

    def implication(self, expression: Expression, parts: Parts) -> Built:
        self.need_formulas(expression, parts, 2)
        *bodies, head = [part.value for part in parts]
        body = bodies[0] if len(bodies) == 1 else And(tuple(bodies))
        return self.made(Implies(body, head), BOOL, parts, expression)

    def exclusive(self, expression: Expression, parts: Parts) -> Built:
        self.need_formulas(expression, parts, 2)
        first, *others = parts
        for other in others:
            first = self.made(Xor(first.value, other.value), BOOL, [first, other], expression)
        return first

    def choice(self, expression: Expression, parts: Parts) -> Built:
        self.need(expression, 3, 3)
        if any(part.sort != BOOL for part in parts):
            self.fail("ite is supported on formulas only", expression)
        test, yes, no = [part.value for part in parts]
        value = And((Implies(test, yes), Implies(Not(test), no)))
        return self.made(value, BOOL, [*parts, parts[0]], expression, levels=3)

    # --- relations ------------------------------------------------------------------------------------------------
    def same_sort(self, expression: Expression, parts: Parts) -> list[Built]:
        """The operands of a relation, two or more, all of one sort."""
        self.need(expression, 2)
        real = REAL in (part.sort for part in parts)
        parts = [self.lifted(part) if real else part for part in parts]
        for part, item in zip(parts, expression.items[1:], strict=True):
            if part.sort != parts[0].sort:
                self.fail(f"this is of sort {part.sort}, but what stands before it of sort {parts[0].sort}", item)
        return parts

    def lifted(self, part: Built) -> Built:
        """A numeral beside a Real is a Real."""
        return Built(as_real(part.value), REAL) if isinstance(part.value, Number) else part

    def equality(self, expression: Expression, parts: Parts) -> Built:
        parts = self.same_sort(expression, parts)
        kind = Iff if parts[0].sort == BOOL else Equal
        pairs = [kind(left.value, right.value) for left, right in pairwise(parts)]
        return self.joined(pairs, parts, expression, copies=min(2, len(pairs)))  # only those in the middle stand twice

    def distinct(self, expression: Expression, parts: Parts) -> Built:
        parts = self.same_sort(expression, parts)
        if len(parts) ** 2 > MAX_SIZE:
            self.fail(f"more than {MAX_SIZE} nodes after definitions are expanded", expression)
        if parts[0].sort == BOOL:
            self.need(expression, 2, 2)
            return self.joined([Xor(parts[0].value, parts[1].value)], parts, expression, copies=1)
        pairs = [Not(Equal(left.value, right.value)) for left, right in combinations(parts, 2)]
        return self.joined(pairs, parts, expression, copies=len(parts) - 1)

    def comparison(self, expression: Expression, parts: Parts) -> Built:
        parts = self.same_sort(expression, parts)
        self.need_numbers(parts, expression)
        pairs = [Compare(expression.head, left.value, right.value) for left, right in pairwise(parts)]
        return self.joined(pairs, parts, expression, copies=min(2, len(pairs)))  # only those in the middle stand twice

    def joined(self, formulas: list[Any], parts: Parts, expression: Expression, copies: int) -> Built:
        """The conjunction of relations between ``parts``, of each of which there are ``copies``."""
        value = formulas[0] if len(formulas) == 1 else And(tuple(formulas))
        return self.made(value, BOOL, parts, expression, copies=copies, levels=3)

    # --- arithmetic -----------------------------------------------------------------------------------------------
    def need_numbers(self, parts: Parts, expression: Expression) -> None:
        for part, item in zip(parts, expression.items[1:], strict=True):
            if not is_numeric(part.sort):
                self.fail(f"a number is expected, but this is of sort {part.sort}", item)

    def arithmetic(self, expression: Expression, parts: Parts) -> Built:
        operator = expression.head
        self.need(expression, 1 if operator == "-" else 2)
        self.need_numbers(parts, expression)
        sort = joint_sort([part.sort for part in parts])
        if sort == REAL:
            parts = [self.lifted(part) for part in parts]
        if any(part.sort != sort for part in parts):
            self.fail("Int and Real are mixed: use to_real", expression)
        values = tuple([part.value for part in parts])
        if operator == "-" and len(values) == 1 and isinstance(values[0], Number):
            return Built(Number(-values[0].value, sort), sort)
        if operator == "*" and not is_linear_product(values):
            self.fail("only linear arithmetic is supported: all factors but one must be numbers", expression)
        arith = Arith(operator, tuple(map(without_lift, values)), sort)
        return self.made(arith, sort, parts, expression)

    def division(self, expression: Expression, parts: Parts) -> Built:
        """Division by a numeral other than 0."""
        self.need(expression, 2, 2)
        self.need_numbers(parts, expression)
        left, right = [self.lifted(Built(as_real(part.value), REAL, part.size, part.depth)) for part in parts]
        if not isinstance(right.value, Number) or right.value.value == 0:
            self.fail("only linear arithmetic is supported: the divisor must be a number other than 0", expression)
        if isinstance(left.value, Number):
            return Built(Number(left.value.value / right.value.value, REAL), REAL)
        factor = Number(1 / right.value.value, REAL)
        return self.made(Arith("*", (factor, left.value), REAL), REAL, [left, right], expression)

    def real(self, expression: Expression, parts: Parts) -> Built:
        self.need(expression, 1, 1)
        part = parts[0]
        self.need_numbers(parts, expression)
        return self.made(as_real(part.value), REAL, [part], expression)


Operator: TypeAlias = Callable[[Operators, Expression, Parts], Built]

#: The method of each operator.
OPERATORS: dict[str, Operator] = {
    "and": Operators.junction,
    "or": Operators.junction,
    "not": Operators.negation,
    "=>": Operators.implication,
    "xor": Operators.exclusive,
    "ite": Operators.choice,
    "=": Operators.equality,
    "distinct": Operators.distinct,
    "<": Operators.comparison,
    "<=": Operators.comparison,
    ">": Operators.comparison,
    ">=": Operators.comparison,
    "+": Operators.arithmetic,
    "-": Operators.arithmetic,
    "*": Operators.arithmetic,
    "/": Operators.division,
    "to_real": Operators.real,
}

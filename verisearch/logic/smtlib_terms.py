"""Turns SMT-LIB terms into formulas: symbols, variables, and definitions, which are expanded within limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, repeat
from typing import Any, TypeAlias

from verisearch.logic.arithmetic import as_real, numeral_value
from verisearch.logic.formula import BOOL, FALSE, INT, REAL, TRUE, Atom, Exists, Forall, Func, Number, Sort, Var
from verisearch.logic.smtlib_names import VARIABLE_MARK, name_of
from verisearch.logic.smtlib_operators import OPERATORS, Built, Operators, Parts
from verisearch.logic.smtlib_syntax import MAX_NESTING, Expression
from verisearch.logic.vocabulary import Signature

__all__ = ["INTERPRETED", "Macro", "TermReader"]

#: Most expressions that expanding a script's definitions may add to those it is written with.
MAX_STEPS = 100_000

Scope: TypeAlias = Mapping[str, Built]


@dataclass(frozen=True, slots=True)
class Macro:
    """A function defined by ``define-fun``: read anew, with its arguments in place, wherever it is called."""

    name: str
    parameters: tuple[tuple[str, Sort], ...]
    sort: Sort
    body: Expression


class TermReader(Operators):
    """Reads the terms of one script.

    ``symbols`` and ``macros`` are the script's functions by their SMT-LIB symbols, ``sort_of`` reads a sort.
    """

    def __init__(
        self,
        text: str,
        symbols: Mapping[str, Signature],
        macros: Mapping[str, Macro],
        sort_of: Callable[[Expression], Sort],
    ) -> None:
        super().__init__(text)
        self.symbols, self.macros, self.sort_of = symbols, macros, sort_of
        self.level = 0
        #: Expressions that may still be looked at. A script has fewer expressions than characters.
        self.steps_left = MAX_STEPS + len(text)
        #: Names of the variables of the enclosing quantifiers.
        self.active: set[str] = set()

    def formula(self, expression: Expression) -> Any:
        """The formula that a closed term of sort Bool stands for."""
        self.level = 0
        self.active = set()
        built = self.build(expression, {})
        if built.sort != BOOL:
            self.fail(f"a formula is expected, but this is a term of sort {built.sort}", expression)
        return built.value

    def check_macro(self, macro: Macro) -> None:
        """Read a definition once, with variables for its parameters, to find its faults where it stands."""
        self.level = 0
        self.active = {name_of(name) for name, _ in macro.parameters}
        scope = {name: Built(Var(name_of(name), sort), sort) for name, sort in macro.parameters}
        built = self.build(macro.body, scope)
        if built.sort != macro.sort:
            self.fail(f"{macro.name} is of sort {macro.sort}, but its body is of sort {built.sort}", macro.body)

    # --- building -------------------------------------------------------------------------------------------------
    def build(self, expression: Expression, scope: Scope) -> Built:
        """The formula or term that ``expression`` stands for."""
        self.steps_left -= 1
        if self.steps_left < 0:
            self.fail(f"definitions expand to more than {MAX_STEPS} expressions", expression)
        if expression.kind == "list":
            return self.listed(expression, scope)
        if expression.kind == "symbol":
            return scope[expression.text] if expression.text in scope else self.named(expression)
        if expression.kind == "keyword":
            self.fail(f"{expression.text} stands where a term is expected", expression)
        return Built(self.number(expression), REAL if expression.kind == "decimal" else INT)

    def listed(self, expression: Expression, scope: Scope) -> Built:
        """What a list stands for, by the symbol that it begins with."""
        head = expression.head
        if not head:
            self.fail("a list must begin with a symbol here", expression)
        if head in scope:
            self.fail(f"the variable {head} can't have arguments", expression)
        self.level += 1
        if self.level > MAX_NESTING:
            self.fail(f"nested more than {MAX_NESTING} levels deep after definitions are expanded", expression)
        if head in BINDERS:
            built = BINDERS[head](self, expression, scope)
        else:
            parts = list(map(self.build, expression.items[1:], repeat(scope)))
            if head in self.macros:
                built = self.build(self.macros[head].body, self.bound(self.macros[head], parts, expression))
            elif head in OPERATORS:
                built = OPERATORS[head](self, expression, parts)
            else:
                built = self.applied(expression, parts)
        self.level -= 1
        return built

    def number(self, expression: Expression) -> Number:
        try:
            value = numeral_value(expression.text)
        except ValueError as error:
            self.fail(str(error), expression)
        return Number(value, REAL if expression.kind == "decimal" else INT)

    # --- symbols --------------------------------------------------------------------------------------------------
    def named(self, expression: Expression) -> Built:
        """A constant, proposition or truth value."""
        if expression.text in ("true", "false"):
            return Built(TRUE if expression.text == "true" else FALSE, BOOL)
        macro = self.macros.get(expression.text)
        if macro is not None:
            self.bound(macro, [], expression)
            return self.build(macro.body, {})
        return self.applied(expression, [])

    def applied(self, expression: Expression, parts: Parts) -> Built:
        """A declared function over its arguments."""
        name = expression.head or expression.text
        signature = self.symbols.get(name)
        if signature is None:
            problem = "can't stand here" if name in INTERPRETED else "is not declared or not supported"
            self.fail(f"{name} {problem}", expression.items[0] if expression.items else expression)
        fitted = self.fitted(expression, parts, signature.args)
        values = tuple([part.value for part in fitted])
        if signature.is_predicate:
            return self.made(Atom(signature.name, values), BOOL, fitted, expression)
        return self.made(Func(signature.name, values, signature.sort), signature.sort, fitted, expression)

    def fitted(self, expression: Expression, parts: Parts, sorts: Sequence[Sort]) -> list[Built]:
        """The arguments of a function, of the right number and sorts."""
        if len(parts) != len(sorts):
            name = expression.head or expression.text
            self.fail(f"{name} is declared with {len(sorts)} arguments, but has {len(parts)} here", expression)
        fitted = []
        for part, sort, item in zip(parts, sorts, expression.items[1:], strict=True):
            if part.sort == INT and sort == REAL and isinstance(part.value, Number):
                part = Built(as_real(part.value), REAL)
            if part.sort != sort:
                self.fail(f"a term of sort {sort} is expected, but this is of sort {part.sort}", item)
            fitted.append(part)
        return fitted

    def bound(self, macro: Macro, parts: Parts, expression: Expression) -> Scope:
        """The scope of a macro's body: its parameters stand for the arguments."""
        fitted = self.fitted(expression, parts, [sort for _, sort in macro.parameters])
        return {name: part for (name, _), part in zip(macro.parameters, fitted, strict=True)}

    # --- binders --------------------------------------------------------------------------------------------------
    def let(self, expression: Expression, scope: Scope) -> Built:
        self.need(expression, 2, 2)
        inner: dict[str, Built] = {}
        for binding in self.pairs(expression.items[1]):
            inner[binding.head] = self.build(binding.items[1], scope)
        return self.build(expression.items[2], {**scope, **inner})

    def quantifier(self, expression: Expression, scope: Scope) -> Built:
        """A quantified formula. A variable that hides another is renamed, as expanding ``let`` could capture it."""
        self.need(expression, 2, 2)
        inner: dict[str, Built] = {}
        for binder in self.pairs(expression.items[1]):
            sort = self.sort_of(binder.items[1])
            if sort == BOOL:
                self.fail("variables of sort Bool are not supported", binder)
            variable = Var(self.free_name(binder.head), sort)
            self.active.add(variable.name)
            inner[binder.head] = Built(variable, sort)
        body = self.build(expression.items[2], {**scope, **inner})
        if body.sort != BOOL:
            self.fail(f"a formula is expected, but this is a term of sort {body.sort}", expression.items[2])
        variables = tuple([built.value for built in inner.values()])
        self.active.difference_update([variable.name for variable in variables])
        kind = Forall if expression.head == "forall" else Exists
        return self.made(kind(variables, body.value), BOOL, [body], expression)

    def pairs(self, bindings: Expression) -> tuple[Expression, ...]:
        """The ``(symbol …)`` pairs of a binder, each symbol once."""
        if not bindings.items:
            self.fail("a list of bindings is expected", bindings)
        names = set()
        for binding in bindings.items:
            if len(binding.items) != 2 or not binding.head:
                self.fail("a pair that begins with a symbol is expected", binding)
            if binding.head in names:
                self.fail(f"{binding.head} is bound twice", binding)
            names.add(binding.head)
        return bindings.items

    def free_name(self, text: str) -> str:
        """A name for the variable written ``text`` that no enclosing one has."""
        name = name_of(text.removeprefix(VARIABLE_MARK)) or text
        if name not in self.active:
            return name
        return next(f"{name}{number}" for number in count(1) if f"{name}{number}" not in self.active)

    def annotated(self, expression: Expression, scope: Scope) -> Built:
        """``(! term :named n …)``: the term. Annotations don't change what it means."""
        self.need(expression, 1)
        return self.build(expression.items[1], scope)


Binder: TypeAlias = Callable[[TermReader, Expression, Scope], Built]

#: How to read the lists whose parts are not all operands.
BINDERS: dict[str, Binder] = {
    "let": TermReader.let,
    "forall": TermReader.quantifier,
    "exists": TermReader.quantifier,
    "!": TermReader.annotated,
}

#: Symbols with a meaning of their own, which a script can't declare.
INTERPRETED = frozenset({*OPERATORS, *BINDERS, "true", "false", "_", "as", "match", "par"})

"""Reads SMT-LIB 2 scripts: declarations, definitions and assertions, and nothing else.

The text may be a model's: it is parsed, never run, and every command with another effect is an error. Supported are
uninterpreted sorts, functions and predicates, quantifiers, equality and linear arithmetic over Int and Real;
``let``, ``ite`` on formulas, ``define-fun`` and relations of more than two operands are expanded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from verisearch.errors import ParseError
from verisearch.logic.formula import BOOL, INT, REAL, Formula, Sort
from verisearch.logic.smtlib_names import name_of, sort_name_of, sort_text, symbol
from verisearch.logic.smtlib_syntax import Expression, read_expressions
from verisearch.logic.smtlib_terms import INTERPRETED, Macro, TermReader
from verisearch.logic.vocabulary import Signature, Vocabulary

__all__ = ["Assertion", "read_smtlib"]

#: Commands that say nothing about the problem.
IGNORED = ("set-logic", "set-info")
#: Commands that ask the solver something, or set how it answers.
QUERIES = ("check-sat", "get-model", "get-unsat-core", "get-value", "get-info", "echo", "exit", "set-option")


@dataclass(frozen=True, slots=True)
class Assertion:
    """An asserted formula.

    ``name`` is its ``:named`` attribute, empty if it has none; ``position`` is the offset of its command in the text.
    """

    name: str
    formula: Formula
    position: int


class ScriptReader:
    """Executes the declarations of a script and collects its assertions."""

    def __init__(self, text: str, vocabulary: Vocabulary, skip_queries: bool) -> None:
        self.text, self.vocabulary, self.skip_queries = text, vocabulary, skip_queries
        self.sorts = {bare(sort_text(sort)): sort for sort in vocabulary.sorts}
        self.symbols = {bare(symbol(name)): signature for name, signature in vocabulary.symbols.items()}
        self.macros: dict[str, Macro] = {}
        self.assertions: list[Assertion] = []
        self.names: set[str] = set()
        self.terms = TermReader(text, self.symbols, self.macros, self.sort)
        self.commands: dict[str, Callable[[Expression], None]] = {
            "declare-sort": self.declare_sort,
            "declare-const": self.declare_const,
            "declare-fun": self.declare_fun,
            "define-fun": self.define_fun,
            "assert": self.add_assertion,
        }

    def fail(self, message: str, at: Expression) -> NoReturn:
        raise ParseError(message, text=self.text, position=at.position)

    def run(self, command: Expression) -> None:
        """One command of the script."""
        if command.kind != "list" or not command.head:
            self.fail("a command in parentheses is expected", command)
        name = command.head
        if name in IGNORED or (self.skip_queries and name in QUERIES):
            return
        action = self.commands.get(name)
        if action is None:
            self.fail(f"the command {name} is not supported: only declarations and assertions are read", command)
        action(command)

    def items(self, command: Expression, *shape: str) -> list[Expression]:
        """The arguments of a command, as many as ``shape`` names, the first a symbol."""
        if len(command.items) != len(shape) + 1:
            self.fail(f"expected ({command.head} {' '.join(shape)})", command)
        if command.items[1].kind != "symbol":
            self.fail("a symbol is expected", command.items[1])
        return list(command.items[1:])

    # --- sorts ----------------------------------------------------------------------------------------------------
    def sort(self, expression: Expression) -> Sort:
        """The sort that ``expression`` names."""
        if expression.kind != "symbol":
            self.fail("only simple sorts are supported", expression)
        if expression.text in (BOOL, INT, REAL):
            return expression.text
        known = self.sorts.get(expression.text)
        if known is None:
            self.fail(f"the sort {expression.text} is not declared", expression)
        return known

    def declare_sort(self, command: Expression) -> None:
        name, arity = self.items(command, "name", "0")
        if arity.text != "0":
            self.fail("only sorts without parameters are supported", arity)
        if name.text in (BOOL, INT, REAL) or name.text in self.sorts:
            self.fail(f"the sort {name.text} is declared already", name)
        sort = sort_name_of(name.text)
        if sort in self.vocabulary.sorts or sort in (BOOL, INT, REAL):
            self.fail(f"the sort {name.text} can't be told from another one", name)
        self.sorts[name.text] = sort
        self.vocabulary.declare_sort(sort)

    # --- functions ------------------------------------------------------------------------------------------------
    def declare_const(self, command: Expression) -> None:
        name, sort = self.items(command, "name", "sort")
        self.declare(name, (), self.sort(sort))

    def declare_fun(self, command: Expression) -> None:
        name, arguments, sort = self.items(command, "name", "(sorts)", "sort")
        if arguments.kind != "list":
            self.fail("a list of sorts is expected", arguments)
        self.declare(name, tuple([self.argument_sort(item) for item in arguments.items]), self.sort(sort))

    def argument_sort(self, expression: Expression) -> Sort:
        sort = self.sort(expression)
        if sort == BOOL:
            self.fail("arguments of sort Bool are not supported", expression)
        return sort

    def declare(self, name: Expression, arguments: tuple[Sort, ...], sort: Sort) -> None:
        self.check_new(name)
        decoded = name_of(name.text)
        if decoded in self.vocabulary.symbols:
            self.fail(f"{name.text} can't be told from another function", name)
        signature = Signature(decoded, arguments, sort)
        self.vocabulary.declare(signature)
        self.symbols[name.text] = signature

    def check_new(self, name: Expression) -> None:
        if name.text in INTERPRETED:
            self.fail(f"{name.text} has a meaning of its own and can't be declared", name)
        if name.text in self.symbols or name.text in self.macros:
            self.fail(f"{name.text} is declared already", name)

    def define_fun(self, command: Expression) -> None:
        """A function that is expanded wherever it is used; its body can use only what was defined before."""
        name, parameters, sort, body = self.items(command, "name", "((parameter sort) …)", "sort", "term")
        self.check_new(name)
        given: dict[str, Sort] = {}
        for parameter in parameters.items:
            if len(parameter.items) != 2 or not parameter.head or parameter.head in given:
                self.fail("a parameter must be a symbol of its own, with a sort", parameter)
            given[parameter.head] = self.argument_sort(parameter.items[1])
        if name.text in symbols_in(body) - set(given):
            self.fail(f"{name.text} is defined by itself", name)
        macro = Macro(name.text, tuple(given.items()), self.sort(sort), body)
        self.terms.check_macro(macro)
        self.macros[name.text] = macro

    # --- assertions -----------------------------------------------------------------------------------------------
    def add_assertion(self, command: Expression) -> None:
        if len(command.items) != 2:
            self.fail("expected (assert formula)", command)
        body = command.items[1]
        name = self.label(body) if body.head == "!" else ""
        self.assertions.append(Assertion(name, self.terms.formula(body), command.position))

    def label(self, body: Expression) -> str:
        """The name that ``(! formula :named name)`` gives."""
        for attribute, value in zip(body.items[2:], body.items[3:], strict=False):
            if attribute.kind == "keyword" and attribute.text == ":named":
                if value.kind != "symbol":
                    self.fail("a name is expected after :named", value)
                name = name_of(value.text)
                if name in self.names:
                    self.fail(f"the name {name} is given twice", value)
                self.names.add(name)
                return name
        return ""


def bare(text: str) -> str:
    """A symbol's text without its bars."""
    return text[1:-1] if text.startswith("|") else text


def symbols_in(expression: Expression) -> set[str]:
    """All symbols in ``expression``."""
    found, stack = set(), [expression]
    while stack:
        current = stack.pop()
        if current.kind == "symbol":
            found.add(current.text)
        stack.extend(current.items)
    return found


def read_smtlib(
    text: str, vocabulary: Vocabulary | None = None, *, skip_queries: bool = False
) -> tuple[Vocabulary, list[Assertion]]:
    """The vocabulary that a script declares, and its assertions in order.

    ``vocabulary`` holds symbols that are declared before the script begins; it isn't changed. With ``skip_queries``
    commands such as ``check-sat`` are skipped, so that whole scripts can be read; without, they are errors. Raises
    `ParseError` with the position.
    """
    reader = ScriptReader(text, vocabulary.copy() if vocabulary else Vocabulary(), skip_queries)
    for command in read_expressions(text):
        try:
            reader.run(command)
        except RecursionError:  # the caller stands deep in the stack itself
            reader.fail("nested too deeply", command)
    return reader.vocabulary, reader.assertions

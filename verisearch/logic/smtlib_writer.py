"""Writes formulas, vocabularies and whole scripts in SMT-LIB 2, as Z3, cvc5 and other solvers read them.

Bound variables are marked with ``?``, so that no variable can shadow a function, whatever the names are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import repeat
from typing import Any, TypeAlias

from verisearch.errors import InputError, SignatureError
from verisearch.logic.formula import (
    INT,
    REAL,
    And,
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
    subformulas,
    terms_of,
)
from verisearch.logic.smtlib_names import label_symbol, sort_text, symbol, variable_symbol
from verisearch.logic.variables import rename_apart
from verisearch.logic.vocabulary import Signature, Vocabulary

__all__ = [
    "declaration",
    "declarations",
    "formula_text",
    "logic_name",
    "script",
    "sort_text",
    "symbol",
    "term_text",
]

#: The sort that each variable name in scope stands for.
Scope: TypeAlias = Mapping[str, Sort]


class Captured(Exception):
    """A variable is hidden by an inner one of the same name and another sort: variables must be renamed first."""


# --- terms ------------------------------------------------------------------------------------------------------
def numeral(value: Fraction, sort: Sort) -> str:
    """A number as solvers read it: ``5``, ``(- 5)``, ``0.5``, ``(- (/ 1.0 3.0))``."""
    if value < 0:
        return f"(- {numeral(-value, sort)})"
    try:
        if sort != REAL:
            if value.denominator != 1:
                raise SignatureError(f"{value} is no integer: give the number the sort Real")
            return str(value.numerator)
        if value.denominator == 1:
            return f"{value.numerator}.0"
        return f"(/ {value.numerator}.0 {value.denominator}.0)"
    except ValueError as error:
        if isinstance(error, SignatureError):
            raise
        raise InputError("a number has too many digits to be written") from error


def write_term(term: Term, scope: Scope) -> str:
    """SMT-LIB text of ``term``. Raises `Captured`, `SignatureError`."""
    if isinstance(term, Func):
        if not term.args:
            return symbol(term.name)
        return f"({symbol(term.name)} {' '.join(map(write_term, term.args, repeat(scope)))})"
    if isinstance(term, Var):
        if scope.get(term.name) != term.sort:
            if term.name in scope:
                raise Captured
            raise SignatureError(f"the variable {term.name!r} is free: bind it by a quantifier")
        return variable_symbol(term.name)
    if isinstance(term, Number):
        return numeral(term.value, term.sort)
    return f"({term.op} {' '.join(map(numeric, term.args, repeat(term.sort), repeat(scope)))})"


def numeric(term: Term, sort: Sort, scope: Scope) -> str:
    """Text of a term where the sort is ``sort``: an Int is lifted where a Real stands."""
    if term.sort == INT and sort == REAL:
        return numeral(term.value, REAL) if isinstance(term, Number) else f"(to_real {write_term(term, scope)})"
    return write_term(term, scope)


def pair(left: Term, right: Term, scope: Scope) -> str:
    """Two terms of one sort; of Int and Real the Int is lifted."""
    if left.sort == right.sort:
        return f"{write_term(left, scope)} {write_term(right, scope)}"
    sort = REAL if REAL in (left.sort, right.sort) else left.sort
    return f"{numeric(left, sort, scope)} {numeric(right, sort, scope)}"


# --- formulas ---------------------------------------------------------------------------------------------------
def write_atom(atom: Atom, scope: Scope) -> str:
    if not atom.args:
        return symbol(atom.predicate)
    return f"({symbol(atom.predicate)} {' '.join(map(write_term, atom.args, repeat(scope)))})"


def write_many(operator: str, empty: str, parts: tuple[Formula, ...], scope: Scope) -> str:
    if not parts:
        return empty
    if len(parts) == 1:
        return write(parts[0], scope)
    return f"({operator} {' '.join(map(write, parts, repeat(scope)))})"


def write_quantified(formula: Quantified, scope: Scope) -> str:
    bound = {variable.name: variable.sort for variable in formula.variables}
    if len(bound) < len(set(formula.variables)):
        raise Captured
    body = write(formula.body, {**scope, **bound})
    if not bound:
        return body
    binders = " ".join(f"({variable_symbol(name)} {sort_text(sort)})" for name, sort in bound.items())
    return f"({'forall' if isinstance(formula, Forall) else 'exists'} ({binders}) {body})"


WRITERS: dict[type, Callable[[Any, Scope], str]] = {
    Atom: write_atom,
    Not: lambda formula, scope: f"(not {write(formula.body, scope)})",
    And: lambda formula, scope: write_many("and", "true", formula.parts, scope),
    Or: lambda formula, scope: write_many("or", "false", formula.parts, scope),
    Implies: lambda formula, scope: f"(=> {write(formula.body, scope)} {write(formula.head, scope)})",
    Iff: lambda formula, scope: f"(= {write(formula.left, scope)} {write(formula.right, scope)})",
    Xor: lambda formula, scope: f"(xor {write(formula.left, scope)} {write(formula.right, scope)})",
    Equal: lambda formula, scope: f"(= {pair(formula.left, formula.right, scope)})",
    Compare: lambda formula, scope: f"({formula.op} {pair(formula.left, formula.right, scope)})",
    Forall: write_quantified,
    Exists: write_quantified,
}


def write(formula: Formula, scope: Scope) -> str:
    """SMT-LIB text of ``formula``. Raises `Captured`, `SignatureError`."""
    return WRITERS[type(formula)](formula, scope)


@lru_cache(maxsize=16384)
def cached_text(formula: Formula) -> str:
    try:
        return write(formula, {})
    except Captured:
        return write(rename_apart(formula), {})


def formula_text(formula: Formula) -> str:
    """``formula`` as an SMT-LIB term of sort Bool.

    Raises `SignatureError` for a free variable or an Int that is no integer, `InputError` for a formula too
    deeply nested to be written.
    """
    try:
        return cached_text(formula)
    except RecursionError:
        raise InputError("a formula is nested too deeply to be written") from None


def term_text(term: Term) -> str:
    """A ground term in SMT-LIB. Raises `SignatureError` for a variable."""
    return write_term(term, {})


# --- declarations and scripts -----------------------------------------------------------------------------------
def declaration(signature: Signature) -> str:
    """``declare-fun`` for one symbol."""
    sorts = " ".join([sort_text(sort) for sort in signature.args])
    return f"(declare-fun {symbol(signature.name)} ({sorts}) {sort_text(signature.sort)})"


def declarations(vocabulary: Vocabulary) -> str:
    """Declarations of the uninterpreted sorts and all symbols, one a line."""
    lines = [f"(declare-sort {sort_text(sort)} 0)" for sort in vocabulary.sorts]
    lines += [declaration(signature) for signature in vocabulary.symbols.values()]
    return "\n".join(lines)


def logic_name(vocabulary: Vocabulary, formulas: Iterable[Formula]) -> str:
    """The SMT-LIB logic that ``formulas`` need: ``UF``, ``UFLIA``, ``UFLRA`` or, with both kinds of numbers,
    ``AUFLIRA``."""
    sorts = {sort for symbol_ in vocabulary.symbols.values() for sort in (*symbol_.args, symbol_.sort)}
    for formula in formulas:
        sorts.update(term.sort for term in terms_of(formula))
        sorts.update(
            variable.sort
            for part in subformulas(formula)
            if isinstance(part, Forall | Exists)
            for variable in part.variables
        )
    if {INT, REAL} <= sorts:
        return "AUFLIRA"
    return "UFLIA" if INT in sorts else "UFLRA" if REAL in sorts else "UF"


def comment(text: str) -> str:
    """``text`` as comment lines; it can't break out of them."""
    lines = ["".join(char if char.isprintable() else " " for char in line) for line in text.splitlines()]
    return "\n".join(f"; {line}".rstrip() for line in lines)


def script(
    vocabulary: Vocabulary,
    premises: Sequence[tuple[str, Formula, str]],
    goal: Formula | None = None,
    *,
    logic: str | None = None,
    title: str = "",
    expected: str = "",
    check: bool = True,
) -> str:
    """A whole script that any SMT solver can check again.

    ``premises`` are ``(label, formula, comment)``; an empty label names nothing. Without ``check`` the script ends
    with its assertions. With a ``goal`` its negation is asserted: ``unsat`` then means
    that the premises entail it. ``expected`` is the status to expect, written as a comment. ``vocabulary`` need not
    hold every symbol; missing ones are added. Raises `SignatureError` if the formulas don't agree with it.
    """
    formulas = [formula for _, formula, _ in premises] + ([goal] if goal is not None else [])
    full = vocabulary.copy()
    for formula in formulas:
        full.add(formula)
    used = {symbol(name) for name in full.symbols}
    lines = [comment(title)] if title else []
    lines += [f"(set-logic {logic or logic_name(full, formulas)})", declarations(full)]
    for label, formula, words in premises:
        lines += [comment(words)] if words else []
        text = formula_text(formula)
        lines.append(f"(assert (! {text} :named {label_symbol(label, used)}))" if label else f"(assert {text})")
    if goal is not None:
        lines.append("; the goal, negated: unsat means that it follows")
        lines.append(f"(assert (! (not {formula_text(goal)}) :named {label_symbol('negated goal', used)}))")
    lines += ["(check-sat)"] if check else []
    lines += [comment(f"expected: {expected}")] if expected else []
    return "\n".join(line for line in lines if line) + "\n"

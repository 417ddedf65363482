"""Reads the programs that language models write in the notation of Logic-LM. For tests and benchmarks only.

A program has sections ``Predicates:``, ``Facts:``, ``Rules:`` and ``Query:`` (or, in first-order notation,
``Premises:`` and ``Conclusion:``); what stands after ``:::`` on a line is a comment. ``Kind(Bob, False)`` is the
complement of ``Kind(Bob, True)``, which may be written ``Kind(Bob)``; ``$x`` is a variable of its rule. A program
that is not written like this is malformed: nothing is repaired.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from verisearch.errors import InputError, ParseError
from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.formula import And, Atom, Forall, Formula, Func, Implies, Not, Term, Var, terms_of
from verisearch.logic.vocabulary import Vocabulary

__all__ = ["Program", "read_fol_program", "read_program"]

HEADING = re.compile(r"([A-Z][A-Za-z ]*):")
ATOM = re.compile(r"([A-Za-z_]\w*)\(([^()]*)\)")
NEGATION = re.compile(r"(?:!|¬|~|not\s+)\s*(.+)|Not\((.+)\)")
ARGUMENT = re.compile(r"\$?[\w’'-]+(?: [\w’'-]+)*")
TRUTH = {"True": True, "False": False}


@dataclass(frozen=True, slots=True)
class Program:
    """What a program says: its facts and rules, and what it asks."""

    premises: tuple[Formula, ...]
    query: Formula


def read_program(text: str) -> Program:
    """A program of facts, rules and a query. Raises `InputError` that names the line."""
    premises: list[Formula] = []
    queries: list[Formula] = []
    vocabulary = Vocabulary()
    for number, section, line in statements(text, {"Predicates", "Facts", "Rules", "Query"}):
        if section == "Predicates":
            continue
        try:
            formula = read_query(line) if section == "Query" else read_rule(line)
            vocabulary.add(formula)
        except InputError as error:
            raise InputError(f"line {number}: {error}") from error
        (queries if section == "Query" else premises).append(formula)
    return whole(premises, queries)


def read_fol_program(text: str) -> Program:
    """A program in first-order notation. Raises `InputError` that names the line."""
    premises: list[Formula] = []
    queries: list[Formula] = []
    vocabulary = Vocabulary()
    for number, section, line in statements(text, {"Predicates", "Premises", "Conclusion"}):
        if section == "Predicates":
            continue
        try:
            formula = parse_formula(line, vocabulary)
        except ParseError as error:
            raise InputError(f"line {number}, column {error.column}: {error.message}") from error
        vocabulary.add(formula)
        (queries if section == "Conclusion" else premises).append(formula)
    return whole(premises, queries)


def whole(premises: list[Formula], queries: list[Formula]) -> Program:
    if len(queries) != 1:
        raise InputError(f"a program asks one thing, but this one asks {len(queries)}")
    return Program(tuple(premises), queries[0])


def statements(text: str, sections: set[str]) -> Iterator[tuple[int, str, str]]:
    """``(line number, section, statement)`` of each line that isn't empty or a heading."""
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        statement = line.split(":::")[0].strip()
        heading = HEADING.fullmatch(statement)
        if heading:
            section = heading[1]
            if section not in sections:
                raise InputError(f"line {number}: no section is called {section!r}")
        elif statement:
            if not section:
                raise InputError(f"line {number}: a statement before the first section: {statement!r}")
            yield number, section, statement


def read_query(line: str) -> Formula:
    """One ground literal."""
    literal = read_literal(line)
    if any(isinstance(term, Var) for term in terms_of(literal)):
        raise InputError(f"a query can't have variables: {line!r}")
    return literal


def read_rule(line: str) -> Formula:
    """A fact, or ``literal && … >>> literal && …``, true of all values of its variables."""
    sides = line.split(">>>")
    if len(sides) > 2:
        raise InputError(f"more than one '>>>': {line!r}")
    parts = [read_conjunction(side) for side in sides]
    formula = Implies(parts[0], parts[1]) if len(parts) == 2 else parts[0]
    variables = tuple(dict.fromkeys(term for term in terms_of(formula) if isinstance(term, Var)))
    if variables and len(parts) == 1:
        raise InputError(f"a fact can't have variables: {line!r}")
    return Forall(variables, formula) if variables else formula


def read_conjunction(text: str) -> Formula:
    literals = [read_literal(part) for part in text.split("&&")]
    return literals[0] if len(literals) == 1 else And(tuple(literals))


def read_literal(text: str) -> Formula:
    """``Kind(Bob, False)`` and its like, or a negation of it."""
    text = text.strip()
    negation = NEGATION.fullmatch(text)
    if negation:
        inner = read_literal(negation[1] or negation[2])
        return inner.body if isinstance(inner, Not) else Not(inner)
    found = ATOM.fullmatch(text)
    if found is None:
        raise InputError(f"neither an atom nor its negation: {text!r}")
    arguments = [argument.strip() for argument in found[2].split(",")]
    positive = TRUTH.get(arguments[-1])
    if positive is not None:
        arguments.pop()
    atom = Atom(found[1], tuple(read_argument(argument) for argument in arguments))
    return Not(atom) if positive is False else atom


def read_argument(text: str) -> Term:
    """A variable ``$x`` or a constant."""
    if not ARGUMENT.fullmatch(text) or text in TRUTH:
        raise InputError(f"not a constant or a variable: {text!r}")
    return Var(text[1:]) if text.startswith("$") else Func(text)

"""Closed worlds: what is not derivable is false. Two ways to look negation up.

`stratified` is the standard one: a predicate's negation is looked up once all that can be derived of it has been.
`as_given` looks it up among the stated facts only, as PARARULE-Plus's labels turn out to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from oracle.forward_chainer import bind
from oracle.templates import VARIABLE, Clause, Literal, names_in

__all__ = ["Unstratified", "as_given", "stratified"]

Atom = tuple[str, tuple[str, ...]]


class Unstratified(ValueError):
    """A predicate depends on its own negation."""


def atom(literal: Literal) -> Atom:
    return literal.predicate, literal.args


def instances(clauses: Sequence[Clause], statement: Literal) -> list[Clause]:
    """Ground instances over all named things, the statement's too, of the clauses with a positive head."""
    names = sorted(set().union(*map(names_in, clauses), statement.args))
    ground = []
    for body, head in clauses:
        open_clause = any(VARIABLE in literal.args for literal in (*body, head))
        for name in names if open_clause and head.positive else [None] * head.positive:
            ground.append(Clause(tuple(bind(literal, name) for literal in body), bind(head, name)))
    return ground


def levels(rules: Sequence[Clause]) -> dict[str, int]:
    """The stratum of each predicate. Raises `Unstratified`."""
    level: dict[str, int] = defaultdict(int)
    highest = len({rule.head.predicate for rule in rules})
    changed = True
    while changed:
        changed = False
        for body, head in rules:
            needed = max((level[literal.predicate] + (not literal.positive) for literal in body), default=0)
            if needed > highest:
                raise Unstratified(head)
            if needed > level[head.predicate]:
                level[head.predicate], changed = needed, True
    return level


def grow(rules: Iterable[Clause], true: set[Atom], negated: Callable[[], set[Atom]]) -> None:
    """Add to ``true`` what the rules give, negation being looked up in ``negated()``."""
    rules, grown = list(rules), True
    while grown:
        found = {
            atom(head)
            for body, head in rules
            if all(atom(literal) in true if literal.positive else atom(literal) not in negated() for literal in body)
        }
        grown = not found <= true
        true |= found


def stratified(clauses: Sequence[Clause], statement: Literal) -> bool:
    """Whether the statement is true in the stratified model. Raises `Unstratified`."""
    rules = instances(clauses, statement)
    level = levels(rules)
    true: set[Atom] = set()
    for stratum in range(max(level.values(), default=0) + 1):
        grow((rule for rule in rules if level[rule.head.predicate] == stratum), true, lambda: true)
    return holds(statement, true)


def as_given(clauses: Sequence[Clause], statement: Literal) -> bool:
    """Whether the statement is true if negation is looked up among the stated facts."""
    rules = instances(clauses, statement)
    given = {atom(rule.head) for rule in rules if not rule.body}
    true: set[Atom] = set()
    grow(rules, true, lambda: given)
    return holds(statement, true)


def holds(statement: Literal, true: set[Atom]) -> bool:
    """Whether a literal is true in a closed world."""
    return (atom(statement) in true) == statement.positive

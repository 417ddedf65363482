"""Forward chaining over Horn clauses in which a negated atom is a predicate of its own.

This is the ``rules`` reading: a rule fires forwards only. The engine finds *what* follows, in how many rounds and from
which clauses; the solver then confirms it (see `verisearch.symbolic.rules`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from verisearch.logic.formula import And, Atom, Exists, Forall, Formula, Func, Implies, Not, Or, Var, conjuncts

__all__ = [
    "Clause",
    "Closure",
    "Derivation",
    "Lit",
    "NotHorn",
    "canonical_in",
    "chain",
    "clauses_of",
    "constants_of",
    "flip",
    "instance",
]

#: A variable is an int, a constant a str.
Argument = int | str


class Lit(NamedTuple):
    """An atom or a negated one. Ground if all arguments are constants."""

    predicate: str
    positive: bool
    args: tuple[Argument, ...]


class Clause(NamedTuple):
    """``body`` implies ``head``; ``variables`` counts its variables 0, 1, …; a fact has no body."""

    body: tuple[Lit, ...]
    head: Lit
    variables: int


class NotHorn(Exception):
    """The formula can't be said in forward-only rules; the message says why."""


def flip(lit: Lit) -> Lit:
    """The complement."""
    return Lit(lit.predicate, not lit.positive, lit.args)


KINDS: dict[type, str] = {And: "conjunction", Or: "disjunction", Implies: "rule inside a rule", Exists: "'some'"}


def literal(formula: Formula, variables: dict[str, int]) -> Lit:
    """A literal formula as a `Lit`. Raises `NotHorn` for anything else."""
    positive = True
    while isinstance(formula, Not):
        formula, positive = formula.body, not positive
    if not isinstance(formula, Atom):
        kind = "a " + ("" if positive else "negated ") + KINDS.get(type(formula), type(formula).__name__.lower())
        raise NotHorn(f"{kind} is outside the forward-only reading of rules")
    args: list[Argument] = []
    for term in formula.args:
        if isinstance(term, Var):
            args.append(variables.setdefault(term.name, len(variables)))
        elif isinstance(term, Func) and not term.args:
            args.append(term.name)
        else:
            raise NotHorn("functions and numbers are outside the forward-only reading of rules")
    return Lit(formula.predicate, positive, tuple(args))


def clauses_of(formula: Formula) -> tuple[Clause, ...]:
    """``formula`` as Horn clauses, one for each conjunct of its head. Raises `NotHorn`."""
    if isinstance(formula, And):
        if not formula.parts:
            raise NotHorn("an empty conjunction says nothing")
        return tuple(clause for part in formula.parts for clause in clauses_of(part))
    bound: set[str] = set()
    while isinstance(formula, Forall):
        bound.update(variable.name for variable in formula.variables)
        formula = formula.body
    condition, head = (formula.body, formula.head) if isinstance(formula, Implies) else (None, formula)
    clauses = []
    for part in conjuncts(head):
        variables: dict[str, int] = {}
        body = () if condition is None else tuple(literal(lit, variables) for lit in conjuncts(condition))
        target = literal(part, variables)
        if not set(variables) <= bound:
            raise NotHorn("a variable stands outside its quantifier")
        clauses.append(Clause(body, target, len(variables)))
    return tuple(clauses)


def canonical_in(known: Iterable[Clause], said: Iterable[Clause]) -> bool:
    """Each clause of ``said`` is one of ``known``, whatever the order of its body."""
    kept = {(frozenset(clause.body), clause.head) for clause in known}
    return all((frozenset(clause.body), clause.head) in kept for clause in said)


def instance(lit: Lit, binding: Sequence[str]) -> Lit:
    """``lit`` with variable k replaced by ``binding[k]``."""
    args = tuple(binding[arg] if isinstance(arg, int) else arg for arg in lit.args)
    return Lit(lit.predicate, lit.positive, args)


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a literal came about: in which round (0: stated), by which premise, from which literals."""

    round: int
    label: int
    body: tuple[Lit, ...] = ()


class Closure:
    """All that follows from a set of labelled clauses, with one derivation each: of the fewest rounds, and of the
    premise given first."""

    def __init__(self, constants: Iterable[str]) -> None:
        self.derivations: dict[Lit, Derivation] = {}
        self.constants = tuple(dict.fromkeys(constants))
        self.by_predicate: dict[tuple[str, bool], list[Lit]] = {}

    def __contains__(self, lit: Lit) -> bool:
        return lit in self.derivations

    def add(self, lit: Lit, derivation: Derivation) -> None:
        self.derivations[lit] = derivation
        self.by_predicate.setdefault((lit.predicate, lit.positive), []).append(lit)

    def matches(self, body: Sequence[Lit], binding: list[str | None]) -> Iterator[list[str | None]]:
        """Bindings under which every literal of ``body`` is known, extending ``binding``."""
        if not body:
            yield binding
            return
        first, rest = body[0], body[1:]
        if all(not isinstance(arg, int) or binding[arg] is not None for arg in first.args):
            if instance(first, binding) in self.derivations:  # type: ignore[arg-type]
                yield from self.matches(rest, binding)
            return
        for fact in tuple(self.by_predicate.get((first.predicate, first.positive), ())):
            extended = unify(first.args, fact.args, binding)
            if extended is not None:
                yield from self.matches(rest, extended)

    def instances(self, clause: Clause) -> Iterator[list[str]]:
        """Full bindings under which the clause's body is known; unbound variables range over the constants."""
        for binding in self.matches(clause.body, [None] * clause.variables):
            free = [k for k, value in enumerate(binding) if value is None]
            for values in product(self.constants, repeat=len(free)):
                full = list(binding)
                for k, value in zip(free, values, strict=True):
                    full[k] = value
                yield full  # type: ignore[misc]

    def support(self, goals: Iterable[Lit]) -> set[int]:
        """Labels of the premises in the derivations of ``goals``."""
        labels: set[int] = set()
        stack, seen = list(goals), set()
        while stack:
            lit = stack.pop()
            if lit in seen:
                continue
            seen.add(lit)
            derivation = self.derivations[lit]
            labels.add(derivation.label)
            stack.extend(derivation.body)
        return labels

    def round_of(self, lit: Lit) -> int:
        return self.derivations[lit].round


def unify(
    pattern: Sequence[Argument], values: Sequence[Argument], binding: list[str | None]
) -> list[str | None] | None:
    """``binding`` extended so that ``pattern`` equals the ground ``values``; None if it can't."""
    extended = binding
    for argument, value in zip(pattern, values, strict=True):
        if isinstance(argument, str):
            if argument != value:
                return None
        elif extended[argument] is None:
            if extended is binding:
                extended = list(binding)
            extended[argument] = str(value)
        elif extended[argument] != value:
            return None
    return extended


def constants_of(clauses: Iterable[Clause]) -> Iterator[str]:
    """The constants in ``clauses``, with repetitions."""
    for clause in clauses:
        for lit in (*clause.body, clause.head):
            for argument in lit.args:
                if isinstance(argument, str):
                    yield argument


def chain(premises: Sequence[tuple[int, Clause]], constants: Iterable[str] = ()) -> Closure:
    """Everything that follows from labelled clauses, round by round.

    Where two premises give a literal in the same round, the one that stands earlier in ``premises`` counts.
    """
    closure = Closure((*constants, *constants_of(clause for _, clause in premises)))
    rules, fresh = [], []
    for label, clause in premises:
        if clause.body or clause.variables:
            rules.append((label, clause))
        elif clause.head not in closure:
            closure.add(clause.head, Derivation(0, label))
            fresh.append(clause.head)
    triggers: dict[tuple[str, bool], list[int]] = {}
    for number, (_, clause) in enumerate(rules):
        for lit in clause.body:
            triggers.setdefault((lit.predicate, lit.positive), []).append(number)
    waiting = set(range(len(rules)))
    rounds = 0
    while waiting:
        rounds += 1
        derived: dict[Lit, Derivation] = {}
        for number in sorted(waiting):
            label, clause = rules[number]
            for binding in closure.instances(clause):
                head = instance(clause.head, binding)
                if head not in closure and head not in derived:
                    derived[head] = Derivation(rounds, label, tuple(instance(lit, binding) for lit in clause.body))
        waiting = set()
        for head, derivation in derived.items():
            closure.add(head, derivation)
            waiting.update(triggers.get((head.predicate, head.positive), ()))
    return closure

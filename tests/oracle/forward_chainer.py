"""Semi-naive forward chaining over signed literals: no contraposition, no case analysis, no closed world.

``cold(bob)`` and ``not cold(bob)`` are two unrelated literals, except that deriving both makes a theory
inconsistent. That is the reading behind ProofWriter's and ProntoQA's gold labels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from oracle.templates import VARIABLE, Clause, Literal, flip, names_in

__all__ = ["Expected", "Label", "closure", "contradictory", "judge", "label", "leap"]

FRESH = "(fresh)"


class Label(NamedTuple):
    """What a theory says of a statement; ``depth`` is the number of rounds it took, None for Unknown."""

    value: str
    depth: int | None


class Expected(NamedTuple):
    """What is true of a step: ``entailed`` (then with its `leap`), ``contradicted`` or ``ungrounded``."""

    status: str
    leap: int | None

    @property
    def right(self) -> bool:
        """Whether the step follows by one rule at most."""
        return self.leap is not None and self.leap <= 1


def closure(clauses: Iterable[Clause]) -> dict[Literal, int]:
    """Everything derivable, with the first round that derives it (0: a fact)."""
    clauses = list(clauses)
    rules = [clause for clause in clauses if clause.body]
    known = dict.fromkeys((clause.head for clause in clauses if not clause.body), 0)
    index = Index(known)
    latest, round_number = Index(known), 0
    while latest:
        round_number += 1
        found = {head for rule in rules for head in fire(rule, latest, index) if head not in known}
        known.update(dict.fromkeys(found, round_number))
        latest = Index(found)
        index.extend(found)
    return known


class Index:
    """Literals by sign and predicate."""

    def __init__(self, literals: Iterable[Literal]) -> None:
        self.table: dict[tuple[bool, str], set[tuple[str, ...]]] = defaultdict(set)
        self.extend(literals)

    def extend(self, literals: Iterable[Literal]) -> None:
        for literal in literals:
            self.table[literal.positive, literal.predicate].add(literal.args)

    def __bool__(self) -> bool:
        return bool(self.table)

    def matches(self, pattern: Literal, value: str | None) -> Iterator[str | None]:
        """The values of the variable under which ``pattern`` holds, given its value so far."""
        candidates = self.table.get((pattern.positive, pattern.predicate), ())
        if value is not None or VARIABLE not in pattern.args:
            if bind(pattern, value).args in candidates:
                yield value
            return
        for args in candidates:
            found = {arg for slot, arg in zip(pattern.args, args, strict=True) if slot == VARIABLE}
            if len(found) == 1 and bind(pattern, next(iter(found))).args == args:
                yield next(iter(found))


def bind(literal: Literal, value: str | None) -> Literal:
    if value is None:
        return literal
    return literal._replace(args=tuple(value if arg == VARIABLE else arg for arg in literal.args))


def fire(rule: Clause, latest: Index, index: Index) -> Iterator[Literal]:
    """Heads of the instances of ``rule`` that use at least one literal of ``latest``."""
    for position, literal in enumerate(rule.body):
        rest = rule.body[:position] + rule.body[position + 1 :]
        for value in latest.matches(literal, None):
            for final in join(rest, value, index):
                yield bind(rule.head, final)


def join(literals: Sequence[Literal], value: str | None, index: Index) -> Iterator[str | None]:
    """Values of the variable under which all ``literals`` hold."""
    if not literals:
        yield value
        return
    for found in index.matches(literals[0], value):
        yield from join(literals[1:], found, index)


def contradictory(known: Iterable[Literal]) -> bool:
    """Whether both signs of some atom are among ``known``."""
    known = set(known)
    return any(flip(literal) in known for literal in known)


def label(clauses: Sequence[Clause], statement: Literal) -> Label:
    """``True``, ``False``, ``Unknown`` or ``Inconsistent``, with the depth of the proof."""
    known = closure(clauses)
    if contradictory(known):
        return Label("Inconsistent", None)
    for value, literal in (("True", statement), ("False", flip(statement))):
        if literal in known:
            return Label(value, known[literal])
    return Label("Unknown", None)


def leap(said: Sequence[Clause], claim: Clause) -> int | None:
    """Rounds of forward chaining from what was said to ``claim``: 0 if said before, None if not derivable.

    A rule is derivable if its head is, from what was said and its body, about a thing never heard of before.
    """
    if claim in said:
        return 0
    body = [Clause((), bind(literal, FRESH)) for literal in claim.body]
    return closure([*said, *body]).get(bind(claim.head, FRESH))


def refuted(said: Sequence[Clause], claim: Clause) -> bool:
    """Whether the flipped claim is derivable; for a rule, whether one of its instances is refuted."""
    known = closure(said)
    names = set().union(*(names_in(clause) for clause in said), names_in(claim)) or {FRESH}
    return any(
        all(bind(literal, name) in known for literal in claim.body) and flip(bind(claim.head, name)) in known
        for name in names
    )


def judge(context: Sequence[Clause], steps: Sequence[Clause]) -> list[Expected]:
    """What is true of each step, given the context and the accepted steps before it.

    Only entailed steps are accepted: a failed one supports nothing that comes after.
    """
    said, verdicts = list(context), []
    for step in steps:
        distance = leap(said, step)
        if distance is not None:
            verdicts.append(Expected("entailed", distance))
            said.append(step)
        else:
            verdicts.append(Expected("contradicted" if refuted(said, step) else "ungrounded", None))
    return verdicts

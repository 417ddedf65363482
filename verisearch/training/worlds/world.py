"""Facts and rules, and what follows from them by firing rules forwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from verisearch.training.worlds.words import Noun, Verb

__all__ = ["VARIABLE", "Literal", "Predicate", "Rule", "World", "closure", "flip"]

#: The subject "someone" of a rule.
VARIABLE = "?"

#: An adjective, a noun ("is a cat"), or a verb, whose object is part of the literal.
Predicate = str | Noun | Verb


class Literal(NamedTuple):
    """A subject of which a predicate is said or denied; ``object`` is empty unless the predicate is a verb."""

    positive: bool
    predicate: Predicate
    subject: str
    object: str = ""


class Rule(NamedTuple):
    """If all of ``body`` holds then ``head`` does."""

    body: tuple[Literal, ...]
    head: Literal


class World(NamedTuple):
    """A theory: things in the order they are named, facts and rules in the order they are told."""

    things: tuple[str, ...]
    facts: tuple[Literal, ...]
    rules: tuple[Rule, ...]


def flip(literal: Literal) -> Literal:
    """The same, denied."""
    return literal._replace(positive=not literal.positive)


def bind(literal: Literal, thing: str) -> Literal:
    """The literal with ``thing`` for the variable."""
    return literal._replace(subject=thing) if literal.subject == VARIABLE else literal


def is_open(rule: Rule) -> bool:
    """Whether the rule has a variable."""
    return any(literal.subject == VARIABLE for literal in (*rule.body, rule.head))


def grounded(rules: Sequence[Rule], things: Sequence[str]) -> Iterator[tuple[tuple[Literal, ...], Literal]]:
    for rule in rules:
        for thing in things if is_open(rule) else things[:1]:
            yield tuple(bind(literal, thing) for literal in rule.body), bind(rule.head, thing)


def closure(world: World, limit: int = 12) -> dict[Literal, int] | None:
    """Everything that follows, with the round of forward chaining it came in (facts: 0).

    None if the world contradicts itself or needs more than ``limit`` rounds.
    """
    known = dict.fromkeys(world.facts, 0)
    ground = list(grounded(world.rules, world.things))
    for rounds in range(1, limit + 2):
        # in the order of the rules: a set's order would differ from process to process
        new = [head for body, head in ground if head not in known and all(literal in known for literal in body)]
        if not new:
            break
        known.update(dict.fromkeys(new, rounds))
    else:
        return None
    return None if any(flip(literal) in known for literal in known) else known

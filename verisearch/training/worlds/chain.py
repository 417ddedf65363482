"""The chain that answers a question about a world, found by asking backwards for what each rule needs.

Every line can be looked up or concludes in one rule application: a question, a numbered sentence of the context
restated ("(3) Kind people are nice."), "So X.", or "Nothing says that X.". The numbers are for the model: it looks a
sentence up once, by what it says, and then copies what stands under its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from verisearch.training.worlds.phrasing import asked, conclusion, fact, nothing_says
from verisearch.training.worlds.world import VARIABLE, Literal, World, bind, flip

__all__ = ["ChainTooLongError", "Told", "first_line", "write_chain"]


class ChainTooLongError(Exception):
    """The chain has more lines than allowed, or a question hangs on itself."""


class Told(NamedTuple):
    """The context's sentences, numbered: each fact's, and the rules' in their order."""

    facts: Mapping[Literal, str]
    rules: Sequence[str]


class Writer:
    """Writes one chain.

    A rule is tried in the order of the context; of a rule about "someone", things are tried for whom the first
    condition is a told fact, then the others as they were first named.
    """

    def __init__(self, world: World, known: Mapping[Literal, int], told: Told, limit: int) -> None:
        self.world, self.known, self.told, self.limit = world, known, told, limit
        self.lines: list[str] = []
        self.settled: dict[Literal, bool] = dict.fromkeys(world.facts, True)
        self.open: list[Literal] = []

    def add(self, line: str) -> None:
        self.lines.append(line)
        if len(self.lines) > self.limit:
            raise ChainTooLongError

    def prove(self, goal: Literal) -> bool:
        """Ask for a literal and settle it."""
        self.add(asked(goal))
        if goal in self.open:
            return False
        known = self.recalled(goal)
        if known:
            self.add(known)
            return self.settled.get(goal, False)
        self.open.append(goal)
        found = any(self.fires(index, goal) for index in self.concluding(goal))
        self.open.pop()
        if not found and goal in self.known:  # a circle hid the proof: what we would write is false
            raise ChainTooLongError
        self.settled[goal] = found
        self.add(conclusion(goal) if found else nothing_says(goal))
        return found

    def recalled(self, goal: Literal) -> str | None:
        """What settles a goal without any rule: the literal or its opposite, or that nothing said it before."""
        if goal in self.settled:
            return self.restated(goal) if self.settled[goal] else nothing_says(goal)
        return self.restated(flip(goal)) if self.settled.get(flip(goal)) else None

    def restated(self, literal: Literal) -> str:
        """A literal that holds: as the context has it, else (it was concluded before) in plain words."""
        return self.told.facts.get(literal) or fact(literal)

    def concluding(self, goal: Literal) -> Iterator[int]:
        """The rules that conclude such a literal."""
        for index, rule in enumerate(self.world.rules):
            head = rule.head
            if head[:2] == goal[:2] and head.object == goal.object and head.subject in (VARIABLE, goal.subject):
                yield index

    def fires(self, index: int, goal: Literal) -> bool:
        """State a rule and settle its conditions one by one."""
        rule = self.world.rules[index]
        self.add(self.told.rules[index])
        if rule.head.subject == VARIABLE:
            return all(self.prove(bind(literal, goal.subject)) for literal in rule.body)
        if not any(literal.subject == VARIABLE for literal in rule.body):
            return all(self.prove(literal) for literal in rule.body)
        return self.fires_for_someone(index)

    def fires_for_someone(self, index: int) -> bool:
        """A rule from "someone" to a named thing: look for one."""
        body = self.world.rules[index].body
        first = next(place for place, literal in enumerate(body) if literal.subject == VARIABLE)
        if not all(self.prove(literal) for literal in body[:first]):
            return False
        self.add(asked(body[first], "someone" if "someone" in self.told.rules[index] else "something"))
        told = [known.subject for known in self.world.facts if known == bind(body[first], known.subject)]
        for thing in told:
            self.add(self.restated(bind(body[first], thing)))
            if all(self.prove(bind(literal, thing)) for literal in body[first + 1 :]):
                return True
        if not any(True for _ in self.concluding_any(body[first])):
            return False
        for thing in self.world.things:
            if thing not in told and all(self.prove(bind(literal, thing)) for literal in body[first:]):
                return True
        return False

    def concluding_any(self, literal: Literal) -> Iterator[int]:
        """The rules that conclude the literal about anything."""
        for index, rule in enumerate(self.world.rules):
            if rule.head[:2] == literal[:2] and rule.head.object == literal.object:
                yield index


def first_line(world: World, told: Told, goal: Literal) -> str:
    """The line that follows when nothing was asked before ``goal``."""
    writer = Writer(world, {}, told, 1)
    rules = (told.rules[index] for index in writer.concluding(goal))
    return writer.recalled(goal) or next(rules, nothing_says(goal))


def write_chain(
    world: World, known: Mapping[Literal, int], told: Told, statement: Literal, limit: int = 60
) -> list[str]:
    """The lines that settle ``statement`` (and, where nothing gives it, its opposite), then the answer.

    ``known`` is the world's closure, ``told`` its sentences. Raises `ChainTooLongError` past ``limit`` lines.
    """
    writer = Writer(world, known, told, limit)
    if writer.prove(statement):
        answer = "True"
    else:
        opposite = writer.settled.get(flip(statement)) or writer.prove(flip(statement))
        answer = "False" if opposite else "Unknown"
    writer.add(f"The answer is {answer}.")
    return writer.lines

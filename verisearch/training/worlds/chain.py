"""The chain that answers a question about a world, found by asking backwards for what each rule needs.

Every line can be looked up or concludes in one rule application: a question, a numbered sentence of the context
restated ("(3) Kind people are nice."), "So X.", or "Nothing says that X."; "Again?" where a question is being asked
already, and "What else?" where one is given up that may hang on one still open. The lines are an outline: what a rule
needs stands one level below it. Numbers and levels are for the model: it looks a sentence up once, by what it says, and
then copies what stands under its number; and it finds back to the rule that it was about by its level.

Each line knows where its words come from, so that a model can be told where to look while it learns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal as OneOf
from typing import NamedTuple

from verisearch.training.worlds.phrasing import asked, conclusion, conditions_in, nothing_says
from verisearch.training.worlds.world import VARIABLE, Literal, World, bind, flip

__all__ = ["STATEMENT", "ChainTooLongError", "Copied", "Line", "Place", "Span", "Told", "first_line", "write_chain"]


class ChainTooLongError(Exception):
    """The chain has more lines than allowed."""


class Place(NamedTuple):
    """A line: of the context or of the chain by its number from 0 on, or the statement that is asked about."""

    kind: OneOf["context", "chain", "statement"]
    number: int = 0


STATEMENT = Place("statement")


class Span(NamedTuple):
    """Characters of a line, without its bullet, or of a sentence, without its number; ``end`` None: to its end."""

    place: Place
    start: int = 0
    end: int | None = None


class Copied(NamedTuple):
    """A part of a line, from character ``start`` to ``end`` (None: to its end), has its words from ``source``."""

    start: int
    end: int | None
    source: Span


class Line(NamedTuple):
    """A line of a chain, ``depth`` levels down.

    ``found`` is the line or sentence that the look-up behind it finds; None if it finds nothing, or isn't one.
    ``behind`` is the condition of a rule that the line before has settled; ``tried`` the line that stated a rule,
    behind the last condition of it that was asked about.
    """

    text: str
    depth: int
    copied: tuple[Copied, ...] = ()
    found: Place | None = None
    behind: Span | None = None
    tried: Place | None = None

    @property
    def bulleted(self) -> str:
        return f"{'  ' * self.depth}- {self.text}"

    @property
    def retries(self) -> bool:
        """Whether the line states a rule behind one that failed."""
        return self.tried is not None and self.found is not None and self.found.kind == "context"


class Told(NamedTuple):
    """The context's sentences, numbered from ``first`` on; where each fact stands, and the rules in their order."""

    sentences: Sequence[str]
    facts: Mapping[Literal, int]
    rules: Sequence[int]
    first: int = 1

    def number(self, index: int) -> str:
        return f"({index + self.first}) "


class Writer:
    """Writes one chain.

    A rule is tried in the order of the context; of a rule about "someone", things are tried for whom the first
    condition is a told fact, then the others as they were first named.
    """

    def __init__(self, world: World, known: Mapping[Literal, int], told: Told, limit: int) -> None:
        self.world, self.known, self.told, self.limit = world, known, told, limit
        self.lines: list[Line] = []
        self.depth = 0
        self.behind: Span | None = None
        self.tried: Place | None = None
        self.settled: dict[Literal, bool] = dict.fromkeys(world.facts, True)
        self.where: dict[Literal, Place] = {literal: Place("context", told.facts[literal]) for literal in world.facts}
        self.open: dict[Literal, Place] = {}
        self.circles: set[Literal] = set()  # open questions that what is being settled came back to

    def add(self, text: str, *copied: Copied, found: Place | None = None) -> Place:
        """Write a line; returns its place."""
        self.lines.append(Line(text, self.depth, copied, found, self.behind, self.tried))
        self.behind = self.tried = None
        if len(self.lines) > self.limit:
            raise ChainTooLongError
        return Place("chain", len(self.lines) - 1)

    def prove(self, goal: Literal, subject: Span | None, rest: Span) -> bool:
        """Ask for a literal and settle it. ``subject`` and ``rest``: where the question's words come from."""
        question = self.ask(goal, goal.subject, subject, rest)
        if goal in self.open:
            self.circles.add(goal)
            self.add("Again?", found=self.open[goal])
            return False
        if goal in self.settled or self.settled.get(flip(goal)):
            self.recall(goal, question)
            return self.settled.get(goal, False)
        self.open[goal] = question
        outer, self.circles = self.circles, set()
        found = any(self.fires(index, goal, question) for index in self.concluding(goal))
        del self.open[goal]
        circles = set() if found else self.circles - {goal}
        self.circles = outer | circles
        if circles:  # an open question may yet be settled another way, and this one with it
            self.add("What else?")
            return False
        if not found and goal in self.known:
            raise ChainTooLongError
        self.settled[goal] = found
        self.where[goal] = self.add(conclusion(goal) if found else nothing_says(goal), Copied(3, None, Span(question)))
        return found

    def ask(self, goal: Literal, someone: str, subject: Span | None, rest: Span) -> Place:
        """Write a question."""
        text = asked(goal, someone)
        start = text.index(" ") + 1
        end = start + len(someone)
        named = [Copied(start, end, subject)] if subject else []
        return self.add(text, *named, Copied(end, None, rest))

    def recall(self, goal: Literal, question: Place) -> None:
        """Say what settles a goal without any rule: the literal or its opposite, or that nothing said it before."""
        literal = goal if goal in self.settled else flip(goal)
        if literal in self.told.facts:
            self.restate(self.told.facts[literal])
        else:
            again = conclusion(literal) if self.settled[literal] else nothing_says(literal)
            self.add(again, Copied(3, None, Span(question)), found=self.where[literal])

    def restate(self, index: int) -> Place:
        """Write a sentence of the context under its number."""
        number = self.told.number(index)
        source = Place("context", index)
        return self.add(number + self.told.sentences[index], Copied(len(number), None, Span(source)), found=source)

    def concluding(self, goal: Literal) -> Iterator[int]:
        """The rules that conclude such a literal."""
        for index, rule in enumerate(self.world.rules):
            head = rule.head
            if head[:2] == goal[:2] and head.object == goal.object and head.subject in (VARIABLE, goal.subject):
                yield index

    def fires(self, index: int, goal: Literal, question: Place) -> bool:
        """State a rule and settle its conditions one by one."""
        stated = self.restate(self.told.rules[index])
        found = self.conditions_hold(index, goal, question, self.conditions(index, stated))
        self.tried = stated
        return found

    def conditions_hold(self, index: int, goal: Literal, question: Place, spans: Sequence[Span]) -> bool:
        """Settle the conditions of a rule."""
        rule = self.world.rules[index]
        if rule.head.subject == VARIABLE or not any(literal.subject == VARIABLE for literal in rule.body):
            subject = self.subject_of(question)
            return all(
                self.holds(bind(literal, goal.subject), subject if literal.subject == VARIABLE else span, span)
                for literal, span in zip(rule.body, spans, strict=True)
            )
        return self.fires_for_someone(index, spans)

    def conditions(self, index: int, stated: Place) -> list[Span]:
        """Where the conditions of a rule stand in the line that states it."""
        sentence = self.told.rules[index]
        shift = len(self.told.number(sentence))
        found = conditions_in(self.told.sentences[sentence], self.world.rules[index])
        return [Span(stated, start + shift, end + shift) for start, end in found]

    def subject_of(self, place: Place) -> Span:
        """Where the subject stands in a question or a restated fact: behind the first word. As words are looked for
        in order, it is enough to say where they begin."""
        return Span(place, self.lines[place.number].text.index(" ") + 1)

    def holds(self, condition: Literal, subject: Span | None, rest: Span) -> bool:
        """Settle a condition, one level down."""
        self.depth += 1
        found = self.prove(condition, subject, rest)
        self.depth -= 1
        self.behind = rest
        return found

    def fires_for_someone(self, index: int, spans: Sequence[Span]) -> bool:
        """A rule from "someone" to a named thing: look for one."""
        body = self.world.rules[index].body
        first = next(place for place, literal in enumerate(body) if literal.subject == VARIABLE)
        if not all(self.holds(literal, span, span) for literal, span in zip(body[:first], spans, strict=False)):
            return False
        self.depth += 1
        someone = "someone" if "someone" in self.told.sentences[self.told.rules[index]] else "something"
        self.ask(body[first], someone, spans[first], spans[first])
        self.depth -= 1
        told = [known.subject for known in self.world.facts if known == bind(body[first], known.subject)]
        for thing in told:
            self.depth += 1
            fact = self.restate(self.told.facts[bind(body[first], thing)])
            self.depth -= 1
            self.behind = spans[first]
            if self.hold_for(thing, self.subject_of(fact), body[first + 1 :], spans[first + 1 :]):
                return True
        if not any(True for _ in self.concluding_any(body[first])):
            return False
        others = (thing for thing in self.world.things if thing not in told)
        return any(self.hold_for(thing, None, body[first:], spans[first:]) for thing in others)

    def hold_for(self, thing: str, subject: Span | None, body: Sequence[Literal], spans: Sequence[Span]) -> bool:
        """Settle conditions for one thing."""
        return all(
            self.holds(bind(literal, thing), subject if literal.subject == VARIABLE else span, span)
            for literal, span in zip(body, spans, strict=True)
        )

    def concluding_any(self, literal: Literal) -> Iterator[int]:
        """The rules that conclude the literal about anything."""
        for index, rule in enumerate(self.world.rules):
            if rule.head[:2] == literal[:2] and rule.head.object == literal.object:
                yield index


def first_line(world: World, told: Told, goal: Literal) -> Line:
    """The line that follows when nothing was asked before ``goal``."""
    writer = Writer(world, {}, told, 1)
    if goal in writer.settled or flip(goal) in writer.settled:
        writer.recall(goal, STATEMENT)
    else:
        rule = next(writer.concluding(goal), None)
        if rule is None:
            writer.add(nothing_says(goal))
        else:
            writer.restate(told.rules[rule])
    return writer.lines[0]


def write_chain(
    world: World, known: Mapping[Literal, int], told: Told, statement: Literal, limit: int = 60
) -> list[Line]:
    """The lines that settle ``statement`` (and, where nothing gives it, its opposite), then the answer.

    ``known`` is the world's closure, ``told`` its sentences. Raises `ChainTooLongError` past ``limit`` lines.
    """
    writer = Writer(world, known, told, limit)
    if writer.prove(statement, Span(STATEMENT), Span(STATEMENT)):
        answer = "True"
    else:
        opposite = writer.settled.get(flip(statement))
        first = Place("chain", 0)
        opposite = opposite or writer.prove(flip(statement), writer.subject_of(first), Span(first))
        answer = "False" if opposite else "Unknown"
    writer.add(f"The answer is {answer}.")
    return writer.lines

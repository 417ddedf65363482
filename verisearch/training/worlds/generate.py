"""Draws worlds, and questions about them that are balanced over answers and depths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

from verisearch.training.worlds.chain import ChainTooLongError, Line, Told, first_line, write_chain
from verisearch.training.worlds.phrasing import asked, capital, fact, rule_text, said
from verisearch.training.worlds.words import Noun, Words, draw_words
from verisearch.training.worlds.world import VARIABLE, Literal, Predicate, Rule, World, closure, flip

__all__ = ["Example", "Size", "Theory", "draw_theory", "marked", "prompt"]


class Size(NamedTuple):
    """How large worlds get; ``level`` in [0, 1] runs from one thing and one rule up to full size."""

    level: float = 1.0

    def up_to(self, small: float, large: float) -> int:
        return round(small + (large - small) * self.level)


class Example(NamedTuple):
    """A question: the statement asked about, its answer, the depth of its proof (-1: unknown), its chain."""

    statement: str
    answer: str
    depth: int
    chain: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The chain as it is written, each line with its line break."""
        return "".join(f"{line.bulleted}\n" for line in self.chain)


class Theory(NamedTuple):
    """A context, sentence by sentence, numbered from ``first`` on, and questions about it.

    ``lookups`` are single questions of the kind that chains ask themselves, each with the line that answers it.
    ``alternatives``: of the sentence of each rule, the sentence of the rule before it that may conclude the same; None
    for the first of its kind, and for facts.
    """

    context: tuple[str, ...]
    examples: tuple[Example, ...]
    first: int = 1
    lookups: tuple[tuple[str, Line], ...] = ()
    alternatives: tuple[int | None, ...] = ()


def marked(context: Sequence[str], first: int = 1) -> list[str]:
    """The sentences of a context with their numbers at both ends.

    The one behind is what a sentence is found by: it follows what the sentence concludes, as it is to follow the
    question about it. From the one in front on the sentence is copied. Both are then what attention learns first: to
    go on with what came next the last time.
    """
    return [f"({number}) {sentence}({number})" for number, sentence in enumerate(context, first)]


def prompt(context: Sequence[str], statement: str, first: int = 1) -> str:
    """What the model is asked: the context, one marked sentence a line, then the statement."""
    return "\n".join([*marked(context, first), f"True, false or unknown? {statement}"])


class Draft:
    """A world while it is being drawn: a vocabulary, and ways to draw literals and rules from it."""

    def __init__(self, rng: Random, size: Size) -> None:
        self.rng, self.size = rng, size
        self.words = draw_words(rng, 2 * size.level)
        self.person = rng.random() < 0.5
        self.denial = rng.choice([0.0, 0.0, 0.2, 0.5, 0.5])
        self.things: tuple[str, ...] = ()
        self.predicates: list[Predicate] = []
        self.verbs = self.words.verbs[: rng.randint(1, 3)]
        self.facts: dict[Literal, None] = {}
        self.rules: list[Rule] = []
        self.shared_heads = rng.choice([0.1, 0.4, 0.7]) * min(1.0, 2 * size.level)

    def literal(self, subject: str, denial: float | None = None) -> Literal:
        """A random literal about a subject."""
        rng = self.rng
        predicate = rng.choice(self.predicates)
        positive = rng.random() >= (self.denial if denial is None else denial)
        others = [thing for thing in self.things if thing != subject] or list(self.things)
        is_verb = not isinstance(predicate, (str, Noun))
        return Literal(positive, predicate, subject, rng.choice(others) if is_verb else "")

    def body(self, count: int, ground: bool, known: Sequence[Literal]) -> list[Literal]:
        """Conditions: often ones that hold of one thing already, so that rules build on each other."""
        rng = self.rng
        holder = rng.choice(known).subject if known else rng.choice(self.things)
        of_holder = [literal for literal in known if literal.subject == holder]
        elsewhere = [literal for literal in known if literal.subject != holder]
        grounded = rng.random() < 0.65
        body: dict[Literal, None] = {}
        for _ in range(6 * count):
            pool = elsewhere if body and elsewhere and rng.random() < (0.5 if ground else 0.2) else of_holder
            about_holder = pool is of_holder
            if grounded and pool:
                # the newest conclusions come last: leaning to them makes chains deep
                literal = pool[max(rng.randrange(len(pool)), rng.randrange(len(pool)))]
            else:
                literal = self.literal(holder if about_holder else rng.choice(self.things))
                about_holder = literal.subject == holder
            if about_holder and not ground:
                literal = literal._replace(subject=VARIABLE)
            if flip(literal) not in body:
                body[literal] = None
            if len(body) == count:
                break
        return list(body)

    def rule(self, known: Sequence[Literal]) -> Rule | None:
        """A random rule, or None where the draw went wrong."""
        rng = self.rng
        ground = rng.random() < self.ground_share
        body = self.body(rng.choice(self.conditions), ground, known)
        if not body:
            return None
        if not ground and not any(literal.subject == VARIABLE for literal in body):
            return None
        named = ground or rng.random() < self.named_heads
        head = self.literal(rng.choice(self.things) if named else VARIABLE)
        if self.rules and rng.random() < self.shared_heads:
            # another way to the same: what is to be tried when the first fails
            head = rng.choice(self.rules).head._replace(subject=head.subject)
        if head in body or flip(head) in body:
            return None
        return Rule(tuple(body), head)

    ground_share = 0.0
    named_heads = 0.0
    conditions: Sequence[int] = (1,)

    def fill(self, facts: int, rules: int) -> World | None:
        """Draw facts and rules; None if they contradict each other."""
        rng = self.rng
        for _ in range(4 * facts):
            if len(self.facts) >= facts:
                break
            literal = self.literal(rng.choice(self.things))
            if flip(literal) not in self.facts:
                self.facts[literal] = None
        known: dict[Literal, int] | None = dict.fromkeys(self.facts, 0)
        for _ in range(6 * rules):
            if len(self.rules) >= rules:
                break
            assert known is not None
            rule = self.rule(list(known))
            if rule is None or any(other.body == rule.body and other.head[1:] == rule.head[1:] for other in self.rules):
                continue
            now = closure(World(self.things, tuple(self.facts), (*self.rules, rule)))
            if now is not None:  # else it would contradict what follows
                self.rules.append(rule)
                known = now
        rng.shuffle(self.rules)
        facts_told = list(self.facts)
        rng.shuffle(facts_told)
        return World(self.things, tuple(facts_told), tuple(self.rules))


def attributes(rng: Random, size: Size) -> tuple[Draft, World | None]:
    """Things with attributes (and sometimes kinds), rules over attributes."""
    draft = Draft(rng, size)
    draft.things = things(rng, draft.words, rng.randint(1, size.up_to(1, 4)), rng.random() < 0.75)
    draft.predicates = list(draft.words.adjectives[: rng.randint(4, size.up_to(5, 10))])
    if rng.random() < 0.15:
        draft.predicates += draft.words.nouns[:3]
    draft.conditions = (1,) if size.level < 0.15 else (1, 1, 2, 2, 2, 3)
    draft.ground_share = rng.choice([0.0, 0.1, 0.3]) * size.level
    facts = rng.randint(1, size.up_to(3, 14))
    return draft, draft.fill(facts, rng.randint(1, size.up_to(3, 9)))


def relations(rng: Random, size: Size) -> tuple[Draft, World | None]:
    """Things that do something to each other, and attributes."""
    draft = Draft(rng, size)
    draft.things = things(rng, draft.words, rng.randint(2, size.up_to(2, 5)), rng.random() < 0.25)
    draft.predicates = [*draft.words.adjectives[: rng.randint(2, size.up_to(2, 6))], *draft.verbs, *draft.verbs]
    draft.conditions = (1,) if size.level < 0.15 else (1, 1, 2, 2)
    draft.ground_share = rng.choice([0.0, 0.15, 0.3])
    draft.named_heads = rng.choice([0.0, 0.3, 0.6])
    facts = rng.randint(1, size.up_to(3, 16))
    return draft, draft.fill(facts, rng.randint(1, size.up_to(3, 9)))


def kinds(rng: Random, size: Size) -> tuple[Draft, World | None]:
    """A ladder of kinds with attributes, one thing of a kind somewhere on it, and side branches."""
    draft = Draft(rng, size)
    nouns = list(draft.words.nouns[: rng.randint(3, size.up_to(4, 13))])
    adjectives = list(draft.words.adjectives)
    person = rng.choice(draft.words.names)
    draft.things = (person,)
    draft.predicates = [*nouns, *adjectives]
    rules = [Rule((Literal(True, one, VARIABLE),), Literal(True, two, VARIABLE)) for one, two in pairwise(nouns)]
    for noun in draft.words.nouns[len(nouns) : len(nouns) + rng.randint(0, size.up_to(1, 4))]:
        ends = [Literal(True, noun, VARIABLE), Literal(True, rng.choice(nouns), VARIABLE)]
        if rng.random() < 0.5:
            ends.reverse()
        rules.append(Rule((ends[0],), ends[1]))
        nouns.append(noun)
    used: list[str] = []
    for noun in nouns:
        if rng.random() < 0.65:
            repeat = bool(used) and rng.random() < 0.25
            adjective = rng.choice(used) if repeat else adjectives[len(used) % len(adjectives)]
            used.append(adjective)
            head = Literal(rng.random() < 0.6, adjective, VARIABLE)
            rules.append(Rule((Literal(True, noun, VARIABLE),), head))
    rules = list(dict.fromkeys(rules))
    if rng.random() < 0.7:
        rng.shuffle(rules)
    facts = [Literal(True, rng.choice(nouns[: max(1, len(nouns) - 2)]), person)]
    draft.rules, draft.facts = rules, dict.fromkeys(facts)
    return draft, World((person,), tuple(facts), tuple(rules))


def things(rng: Random, words: Words, count: int, by_name: bool) -> tuple[str, ...]:
    """Named people, or "the cat" and others."""
    return words.names[:count] if by_name else tuple(f"the {noun.one}" for noun in words.nouns[-count:])


def questions(rng: Random, draft: Draft, world: World, known: dict[Literal, int], count: int) -> list[Literal]:
    """Statements balanced over answers, polarity and depth."""
    found: dict[Literal, None] = {}
    by_depth: dict[int, list[Literal]] = {}
    for literal, depth in known.items():
        by_depth.setdefault(depth, []).append(literal)
    depths = sorted(by_depth)
    heads = [rule.head for rule in world.rules]
    for _ in range(12 * count):
        if len(found) >= count:
            break
        if rng.random() < 0.66:
            pool = by_depth[rng.choice(depths)]
            denied = [literal for literal in pool if not literal.positive]
            literal = rng.choice(denied if denied and rng.random() < 0.5 else pool)
        elif heads and rng.random() < 0.75:
            # what some rule could conclude: the answer "unknown" must not show in the statement's words
            head = rng.choice(heads)
            literal = head._replace(subject=rng.choice(world.things)) if head.subject == VARIABLE else head
        else:
            literal = draft.literal(rng.choice(world.things), 0.5)
        literal = literal if rng.random() < 0.5 else flip(literal)
        if flip(literal) not in found:
            found[literal] = None
    return list(found)


def draw_theory(rng: Random, size: Size | None = None, count: int = 6, limit: int = 60) -> Theory:
    """A world in English and up to ``count`` questions with chains of at most ``limit`` lines."""
    size = size or Size()
    depth = rng.randint(0, size.up_to(1, 6))
    while True:
        draft, world = rng.choices([attributes, relations, kinds], [0.4, 0.38, 0.22])[0](rng, size)
        known = closure(world) if world else None
        if world is None or known is None or not world.rules:
            continue
        if max(known.values()) < depth:  # shallow worlds are the common ones
            depth -= rng.random() < 0.25
            continue
        person = draft.person if rng.random() < 0.8 else not draft.person
        rules = [rule_text(rule, rng, person if rng.random() < 0.85 else not person) for rule in world.rules]
        sentences = context(rng, world, rules)
        # contexts longer than any here have higher numbers: these are to be known too
        first = 1 if rng.random() < 0.8 else rng.randint(1, 40)
        index = {sentence: place for place, sentence in enumerate(sentences)}
        told = Told(
            sentences, {each: index[fact(each)] for each in world.facts}, [index[rule] for rule in rules], first
        )
        examples = []
        for statement in questions(rng, draft, world, known, 3 * count):
            try:
                chain = write_chain(world, known, told, statement, limit)
            except ChainTooLongError:
                continue
            answer = chain[-1].text.rpartition(" ")[2].rstrip(".")
            depth = known.get(statement, known.get(flip(statement), -1))
            examples.append(Example(capital(said(statement)) + ".", answer, depth, tuple(chain)))
        examples = picked(rng, examples, count)
        if examples:
            asked_alone = tuple(lookups(rng, draft, world, told, 8 * count))
            return Theory(sentences, tuple(examples), first, asked_alone, alternatives(world, told))


def picked(rng: Random, examples: list[Example], count: int) -> list[Example]:
    """At most ``count`` of the examples, a third of them unknown: mostly long ones, and those in which rules are tried
    behind one that failed, which is what chains rarely need and models find hardest."""
    rng.shuffle(examples)
    settled = [example for example in examples if example.answer != "Unknown"]
    unsettled = [example for example in examples if example.answer == "Unknown"]
    if rng.random() < 0.7:
        for each in (settled, unsettled):
            each.sort(key=lambda example: -sum(1 + 4 * line.retries for line in example.chain))
    share = count // 3 + (rng.random() < count % 3 / 3)
    return [*settled[: count - share], *unsettled[:share]]


def alternatives(world: World, told: Told) -> tuple[int | None, ...]:
    """As `Theory` has them."""
    found: list[int | None] = [None] * len(told.sentences)
    for place, rule in enumerate(world.rules):
        for earlier in range(place):
            head = world.rules[earlier].head
            same_subject = VARIABLE in (head.subject, rule.head.subject) or head.subject == rule.head.subject
            if same_subject and head[:2] == rule.head[:2] and head.object == rule.head.object:
                found[told.rules[place]] = told.rules[earlier]
    return tuple(found)


def lookups(rng: Random, draft: Draft, world: World, told: Told, count: int) -> Iterator[tuple[str, Line]]:
    """Questions about different literals: what facts say, what rules conclude, and anything else."""
    goals: dict[Literal, None] = {}
    for _ in range(count):
        kind = rng.random()
        if kind < 0.4 and world.facts:
            literal = rng.choice(world.facts)
        elif kind < 0.85:
            head = rng.choice(world.rules).head
            literal = head._replace(subject=rng.choice(world.things)) if head.subject == VARIABLE else head
        else:
            literal = draft.literal(rng.choice(world.things), 0.3)
        goals[literal if rng.random() < 0.8 else flip(literal)] = None
    for goal in goals:
        yield asked(goal), first_line(world, told, goal)


def context(rng: Random, world: World, told: Sequence[str]) -> tuple[str, ...]:
    """The sentences: facts first, rules first, or mixed, each kind keeping its order."""
    facts = [fact(literal) for literal in world.facts]
    order = rng.random()
    if order < 0.5:
        return (*facts, *told)
    if order < 0.75:
        return (*told, *facts)
    turns = [True] * len(facts) + [False] * len(told)
    rng.shuffle(turns)
    left = {True: iter(facts), False: iter(told)}
    return tuple(next(left[turn]) for turn in turns)

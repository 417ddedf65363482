"""Makes wrong chains from gold ones.

A corruptor only changes a chain; what is wrong with the result is for the forward chainer to say. Some changes do
no harm (a swapped entity may be true as well), and then every step must pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from oracle.forward_chainer import Expected, bind, closure, judge
from oracle.rows import Row
from oracle.templates import VARIABLE, Clause, Literal, flip, names_in, read, write

__all__ = ["CORRUPTIONS", "Corrupted", "claim_of", "corrupt"]

#: For stories with a single name.
SPARE_NAMES = ("Polly", "Rex", "Stella", "Wren", "Alex", "Fae", "Max", "Sally", "Sam")

ATTEMPTS = 8


class Corrupted(NamedTuple):
    """A changed chain, with what is true of each of its steps, and of its answer after them."""

    id: str
    kind: str
    file: str
    context: tuple[str, ...]
    statement: str
    label: str
    steps: tuple[str, ...]
    expected: tuple[Expected, ...]
    expected_answer: Expected

    @property
    def wrong(self) -> bool:
        """Whether any step fails or leaps over more than one rule."""
        return not all(step.right for step in self.expected)


class Chain(NamedTuple):
    """A chain while it is changed: what is said, and the clauses."""

    context: tuple[str, ...]
    steps: tuple[str, ...]

    @property
    def premises(self) -> list[Clause]:
        return [read(sentence) for sentence in self.context]

    @property
    def claims(self) -> list[Clause]:
        return [claim_of(step) for step in self.steps]


def claim_of(step: str) -> Clause:
    """What a step claims: its sentence without the leading "So"."""
    return read(step.removeprefix("So "))


def corrupt(row: Row, kind: str, seed: int) -> Corrupted | None:
    """``row``'s gold chain with one change of the given kind; None where the chain offers no place for it."""
    random = Random(f"{seed}/{kind}/{row.file}/{row.id}")
    changed = CORRUPTIONS[kind](Chain(row.sentences, row.steps), random)
    if changed is None:
        return None
    statement = read(row.statement)
    answer = statement if row.label == "True" else Clause((), flip(statement.head))
    *expected, after = judge(changed.premises, [*changed.claims, answer])
    context, steps = changed
    return Corrupted(row.id, kind, row.file, context, row.statement, row.label, steps, tuple(expected), after)


def derived(chain: Chain) -> list[int]:
    """Indices of the steps that say something new about a named thing."""
    said, new = set(chain.premises), []
    for index, claim in enumerate(chain.claims):
        if claim not in said and not claim.body:
            new.append(index)
        said.add(claim)
    return new


def replace_step(chain: Chain, index: int, clause: Clause) -> Chain:
    start = "So " if chain.steps[index].startswith("So ") else ""
    return chain._replace(steps=(*chain.steps[:index], start + write(clause), *chain.steps[index + 1 :]))


def insert_steps(chain: Chain, index: int, sentences: Sequence[str]) -> Chain:
    return chain._replace(steps=(*chain.steps[:index], *sentences, *chain.steps[index:]))


def swap_entity(chain: Chain, random: Random) -> Chain | None:
    """A derived step says of one thing what follows of another."""
    places = derived(chain)
    if not places:
        return None
    index = random.choice(places)
    head = chain.claims[index].head
    slot = random.randrange(len(head.args))
    names = sorted(set().union(*map(names_in, chain.premises)) - {head.args[slot]})
    other = random.choice(names or [name for name in SPARE_NAMES if name != head.args[slot]])
    args = tuple(other if place == slot else arg for place, arg in enumerate(head.args))
    return replace_step(chain, index, Clause((), head._replace(args=args)))


def negate(chain: Chain, random: Random) -> Chain | None:
    """A derived step says the opposite."""
    places = derived(chain)
    if not places:
        return None
    index = random.choice(places)
    return replace_step(chain, index, Clause((), flip(chain.claims[index].head)))


def remove_premise(chain: Chain, random: Random) -> Chain | None:
    """The context loses a sentence that the chain rests on."""
    cited = set(chain.claims)
    places = [index for index, premise in enumerate(chain.premises) if premise in cited]
    if not places:
        places = [index for index in range(len(chain.context)) if breaks(without(chain, index))]
    return without(chain, random.choice(places)) if places else None


def without(chain: Chain, index: int) -> Chain:
    return chain._replace(context=chain.context[:index] + chain.context[index + 1 :])


def breaks(chain: Chain) -> bool:
    return any(step.status != "entailed" for step in judge(chain.premises, chain.claims))


def cite_unknown_rule(chain: Chain, random: Random) -> Chain | None:
    """A rule that the context lacks is restated as if it were there, half the time with what it would give."""
    premises = chain.premises
    rules = [clause for clause in premises if clause.body]
    places = derived(chain)
    if not rules or not places:
        return None
    for _ in range(ATTEMPTS):
        invented = twist(random.choice(rules), rules, random)
        if invented in premises or not readable(invented):
            continue
        sentences = [write(invented)]
        given = [] if random.random() < 0.5 else applications(invented, premises)
        if given:
            sentences.append(f"So {write(Clause((), random.choice(given)))}")
        return insert_steps(chain, random.choice(places), sentences)
    return None


def twist(rule: Clause, rules: Sequence[Clause], random: Random) -> Clause:
    """Another rule: the converse, the contrapositive, a condition fewer, another head or the opposite head."""
    change = random.choice(["converse", "contrapositive", "fewer", "head", "flip"])
    body, head = rule
    if change == "converse" and len(body) == 1:
        return Clause((head,), body[0])
    if change == "contrapositive" and len(body) == 1:
        return Clause((flip(head),), flip(body[0]))
    if change == "fewer" and len(body) > 1:
        dropped = random.randrange(len(body))
        return Clause(body[:dropped] + body[dropped + 1 :], head)
    if change == "flip":
        return Clause(body, flip(head))
    return Clause(body, random.choice(rules).head)


def readable(clause: Clause) -> bool:
    """Whether the clause can be said in the templates: its variable is bound, and it doesn't say itself."""
    bound = VARIABLE not in clause.head.args or any(VARIABLE in literal.args for literal in clause.body)
    return bound and clause.head not in clause.body and can_say(clause)


def can_say(clause: Clause) -> bool:
    try:
        return read(write(clause)) == clause
    except ValueError:
        return False


def applications(rule: Clause, premises: Sequence[Clause]) -> list[Literal]:
    """What the rule would add to what is derivable, in a fixed order."""
    known = closure(premises)
    names = sorted(set().union(*map(names_in, premises)))
    return sorted(
        {
            bind(rule.head, name)
            for name in names
            if all(bind(literal, name) in known for literal in rule.body) and bind(rule.head, name) not in known
        }
    )


def insert_underivable(chain: Chain, random: Random) -> Chain | None:
    """A step is added that the context doesn't bear out."""
    premises = chain.premises
    known = closure(premises)
    names = sorted(set().union(*map(names_in, premises)))
    literals = sorted({literal for clause in premises for literal in (*clause.body, clause.head)})
    for _ in range(ATTEMPTS):
        pattern = random.choice(literals)
        args = tuple(random.choice(names) for _ in pattern.args)
        invented = Literal(random.random() < 0.7, pattern.predicate, args)
        if invented not in known:
            place = random.randrange(len(chain.steps) + 1)
            return insert_steps(chain, place, [write(Clause((), invented))])
    return None


def skip_middle(chain: Chain, random: Random) -> Chain | None:
    """Steps in the middle are left out, so that a later one has to leap."""
    places = derived(chain)
    for _ in range(ATTEMPTS if len(places) > 1 else 0):
        last = random.randrange(1, len(places))
        first = random.randrange(last)
        shorter = chain._replace(steps=chain.steps[: places[first]] + chain.steps[places[last] :])
        if any((step.leap or 0) > 1 for step in judge(shorter.premises, shorter.claims)):
            return shorter
    return None


CORRUPTIONS: dict[str, Callable[[Chain, Random], Chain | None]] = {
    "swap the entity": swap_entity,
    "negate a conclusion": negate,
    "remove a premise": remove_premise,
    "cite an unknown rule": cite_unknown_rule,
    "insert an underivable step": insert_underivable,
    "skip the middle": skip_middle,
}

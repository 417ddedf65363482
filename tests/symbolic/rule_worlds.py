"""Small rule worlds, said in English in many ways, and what follows from them by brute force.

Nothing here uses verisearch: worlds are drawn, worded and judged by other code than the one under test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from hypothesis import strategies as st

__all__ = [
    "NAMES",
    "Literal",
    "Rule",
    "Words",
    "World",
    "X",
    "bind",
    "consistent",
    "facts",
    "flip",
    "forward",
    "grounded",
    "holds",
    "literals",
    "models",
    "rules",
    "said",
    "worlds",
]

X = "x"
NAMES = ("a", "b")
#: Three properties, one kind, and liking the first thing.
PREDICATES = ("p", "q", "r", "k", "likes")


class Literal(NamedTuple):
    """``predicate`` (or its negation) of ``subject``, a name or `X`."""

    positive: bool
    predicate: str
    subject: str


class Rule(NamedTuple):
    """``body`` implies ``head``; a fact has no body. The only variable is `X`."""

    body: tuple[Literal, ...]
    head: Literal


World = tuple[Rule, ...]


# --- drawing ---
def literals(subjects: Sequence[str]) -> st.SearchStrategy[Literal]:
    signs = st.sampled_from((True, True, False))
    return st.builds(Literal, signs, st.sampled_from(PREDICATES), st.sampled_from(subjects))


facts = st.builds(Rule, st.just(()), literals(NAMES))
#: "Everyone is red", "everyone likes Bob".
sweeping = st.builds(lambda name: Rule((), Literal(True, name, X)), st.sampled_from(PREDICATES))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """A rule about everything (each literal about `X` or a name) or about named things."""
    subjects = (X, X, *NAMES) if draw(st.integers(0, 3)) else NAMES
    body = draw(st.lists(literals(subjects), min_size=1, max_size=3, unique=True))
    if X in subjects:
        body[0] = body[0]._replace(subject=X)
    return Rule(tuple(body), draw(literals(subjects)))


worlds = st.builds(
    lambda some, others, all_of: (*some, *others, *all_of),
    st.lists(facts, min_size=1, max_size=4),
    st.lists(rules(), max_size=5),
    st.one_of(st.just([]), st.just([]), st.lists(sweeping, max_size=1)),
)


# --- wording ---
class Words(NamedTuple):
    """The words of a world: names, adjectives, a noun with its plural, a verb."""

    a: str = "Bob"
    b: str = "the cat"
    p: str = "red"
    q: str = "big"
    r: str = "kind"
    k: tuple[str, str] = ("mouse", "mice")
    likes: tuple[str, str] = ("like", "likes")


def predicate(literal: Literal, words: Words, plural: bool) -> str:
    """What is said of the subject."""
    no = "" if literal.positive else " not"
    if literal.predicate == "likes":
        base, third = words.likes
        if not literal.positive:
            return f"{'do' if plural else 'does'} not {base} {words.a}"
        return f"{base if plural else third} {words.a}"
    be = "are" if plural else "is"
    if literal.predicate == "k":
        return f"{be}{no} {'an' if words.k[0][0] in 'aeiou' else 'a'} {words.k[0]}"
    return f"{be}{no} {getattr(words, literal.predicate)}"


def clause(literal: Literal, words: Words, subject: str) -> str:
    """A literal with ``subject`` for `X`."""
    if literal.subject != X:
        return f"{getattr(words, literal.subject)} {predicate(literal, words, False)}"
    return f"{subject} {predicate(literal, words, subject == 'they')}"


def said(rule: Rule, words: Words, way: int = 0) -> str:
    """A rule in English; ``way`` chooses among the ways to say it."""
    if not rule.body:
        text = clause(rule.head, words, "everyone")
    else:
        text = [by_if, by_comma, by_something, by_quantifier, by_relative][way % 5](rule, words)
    return f"{text[0].upper()}{text[1:]}."


def by_if(rule: Rule, words: Words, first: str = "someone", later: str = "they", comma: str = "") -> str:
    parts, seen = [], False
    for literal in rule.body:
        parts.append(clause(literal, words, later if seen else first))
        seen = seen or literal.subject == X
    return f"if {' and '.join(parts)}{comma} then {clause(rule.head, words, later)}"


def by_comma(rule: Rule, words: Words) -> str:
    return by_if(rule, words, comma=",")


def by_something(rule: Rule, words: Words) -> str:
    return by_if(rule, words, "something", "it")


def about_x(rule: Rule) -> bool:
    return all(literal.subject == X for literal in (*rule.body, rule.head))


def by_quantifier(rule: Rule, words: Words) -> str:
    """ "All red, big things are kind", "Every mouse is red"."""
    adjectives = [getattr(words, lit.predicate) for lit in rule.body if lit.positive and lit.predicate in "pqr"]
    if not about_x(rule):
        return by_if(rule, words)
    if [(lit.positive, lit.predicate) for lit in rule.body] == [(True, "k")] and rule.head.predicate in "pqr":
        if rule.head.positive:
            return f"{words.k[1]} {predicate(rule.head, words, True)}"
        return f"every {words.k[0]} {predicate(rule.head, words, False)}"
    if len(adjectives) == len(rule.body) and rule.head.predicate in "pqr":
        return f"all {', '.join(adjectives)} things {predicate(rule.head, words, True)}"
    return by_if(rule, words)


def by_relative(rule: Rule, words: Words) -> str:
    """ "Everyone who is red and likes Bob is kind"."""
    if not about_x(rule) or rule.head.predicate == "likes":  # "everyone who is red likes Bob" isn't read
        return by_if(rule, words)
    body = " and ".join(predicate(literal, words, False) for literal in rule.body)
    return f"everyone who {body} {predicate(rule.head, words, False)}"


# --- judging by brute force ---
def bind(literal: Literal, thing: str) -> Literal:
    return literal._replace(subject=thing) if literal.subject == X else literal


def grounded(world: Sequence[Rule], things: Sequence[str]) -> Iterator[Rule]:
    for rule in world:
        open_rule = any(literal.subject == X for literal in (*rule.body, rule.head))
        for thing in things if open_rule else things[:1]:
            yield Rule(tuple(bind(literal, thing) for literal in rule.body), bind(rule.head, thing))


def forward(world: Sequence[Rule], assumed: Sequence[Literal] = (), extra: Sequence[str] = ()) -> dict[Literal, int]:
    """All literals that the rules give, firing forwards, with the round each came in."""
    ground = list(grounded(world, [*NAMES, *extra]))
    known = dict.fromkeys(assumed, 0) | {rule.head: 0 for rule in world if not rule.body and rule.head.subject != X}
    rounds = 0
    while True:
        rounds += 1
        new = {rule.head for rule in ground if rule.head not in known and all(lit in known for lit in rule.body)}
        if not new:
            return known
        known.update(dict.fromkeys(new, rounds))


def flip(literal: Literal) -> Literal:
    return literal._replace(positive=not literal.positive)


def consistent(known: Mapping[Literal, int]) -> bool:
    return not any(flip(literal) in known for literal in known)


def models(world: Sequence[Rule], extra: str) -> list[frozenset[tuple[str, str]]]:
    """All interpretations over the names and one more thing in which the world holds: sets of true atoms."""
    things = (*NAMES, extra)
    used = sorted({literal.predicate for rule in world for literal in (*rule.body, rule.head)})
    atoms = list(product(used, things))
    ground = list(grounded(world, things))
    found = []
    for values in product((False, True), repeat=len(atoms)):
        true = frozenset(atom for atom, value in zip(atoms, values, strict=True) if value)
        if all(holds(rule, true) for rule in ground):
            found.append(true)
    return found


def holds(rule: Rule, true: frozenset[tuple[str, str]]) -> bool:
    """Whether a ground rule holds where exactly the atoms ``true`` do."""

    def is_true(literal: Literal) -> bool:
        return ((literal.predicate, literal.subject) in true) is literal.positive

    return is_true(rule.head) or not all(map(is_true, rule.body))

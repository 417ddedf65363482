"""The English of generated worlds: facts, rules, questions, conclusions, in the shapes of the public rule sets."""

from __future__ import annotations

from random import Random

from verisearch.training.worlds.words import Noun, Verb
from verisearch.training.worlds.world import VARIABLE, Literal, Rule

__all__ = ["asked", "capital", "conclusion", "conditions_in", "fact", "nothing_says", "rule_text", "said"]


#: How often a rule about many says "all". The prompt adds it where it is missing, so that a word has no capital.
SAY_ALL = 0.9


def capital(text: str) -> str:
    return text[0].upper() + text[1:]


def article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def predicate(literal: Literal, many: bool = False) -> str:
    """What is said of the subject, its verb agreeing with one subject or ``many``."""
    word = literal.predicate
    no = "" if literal.positive else " not"
    if isinstance(word, Verb):
        if literal.positive:
            return f"{word.base if many else word.third} {literal.object}"
        return f"{'do' if many else 'does'} not {word.base} {literal.object}"
    be = "are" if many else "is"
    if isinstance(word, Noun):
        return f"{be}{no} {word.many if many else article(word.one)}"
    return f"{be}{no} {word}"


def said(literal: Literal) -> str:
    """A literal as a clause: "Bob is not kind"."""
    return f"{literal.subject} {predicate(literal)}"


def fact(literal: Literal) -> str:
    """A literal as a sentence."""
    return capital(said(literal)) + "."


def conclusion(literal: Literal) -> str:
    """ "So Bob is kind." """
    return f"So {said(literal)}."


def nothing_says(literal: Literal) -> str:
    """ "Nothing says that Bob is kind." """
    return f"Nothing says that {said(literal)}."


def asked(literal: Literal, someone: str = "someone") -> str:
    """A literal as a question; ``someone`` is the subject where it is the variable."""
    subject = someone if literal.subject == VARIABLE else literal.subject
    word = literal.predicate
    no = "" if literal.positive else "not "
    if isinstance(word, Verb):
        return f"Does {subject} {no}{word.base} {literal.object}?"
    said_of = article(word.one) if isinstance(word, Noun) else word
    return f"Is {subject} {no}{said_of}?"


def rule_text(rule: Rule, rng: Random, person: bool) -> str:
    """A rule in one of the ways it can be said; ``person``: about "people" rather than "things"."""
    ways = [if_then]
    words = [literal.predicate for literal in rule.body]
    about_all = all(literal.subject == VARIABLE for literal in (*rule.body, rule.head))
    if about_all and all(literal.positive for literal in rule.body) and not isinstance(rule.head.predicate, Verb):
        if len(words) == 1 and isinstance(words[0], Noun):
            ways = [every, every, every, plain_plural, plain_plural, if_then]
        elif all(isinstance(word, str) for word in words):
            ways = [if_then, adjectives]
    return rng.choice(ways)(rule, rng, person)


def every(rule: Rule, rng: Random, person: bool) -> str:
    """ "Every cat is an animal."; "Each cat is not red." """
    noun = rule.body[0].predicate
    assert isinstance(noun, Noun)
    return f"{rng.choice(['Every', 'Each'])} {noun.one} {predicate(rule.head)}."


def plain_plural(rule: Rule, rng: Random, person: bool) -> str:
    """ "Cats are animals."; "All cats are red." """
    noun = rule.body[0].predicate
    assert isinstance(noun, Noun)
    subject = f"all {noun.many}" if rng.random() < SAY_ALL else noun.many
    return capital(f"{subject} {predicate(rule.head, many=True)}.")


def adjectives(rule: Rule, rng: Random, person: bool) -> str:
    """ "All kind, quiet people are nice." """
    listed = ", ".join(str(literal.predicate) for literal in rule.body)
    every_one = "all " if rng.random() < SAY_ALL else ""
    return capital(f"{every_one}{listed} {'people' if person else 'things'} {predicate(rule.head, many=True)}.")


def if_then(rule: Rule, rng: Random, person: bool) -> str:
    """ "If someone is kind and they like the cat then they are nice." """
    first, later = ("someone", "they") if person else ("something", "it")
    parts: list[str] = []
    before: Literal | None = None
    named = False
    for literal in rule.body:
        if literal.subject != VARIABLE:
            parts.append(said(literal))
        elif not named:
            parts.append(f"{first} {predicate(literal)}")
        elif before is not None and joins(before, literal):
            parts.append(f"{'' if literal.positive else 'not '}{literal.predicate}")
        else:
            parts.append(f"{later} {predicate(literal, many=person)}")
        named = named or literal.subject == VARIABLE
        before = literal
    if rule.head.subject == VARIABLE:
        head = f"{later} {predicate(rule.head, many=person)}"
    else:
        head = said(rule.head)
    comma = "," if rng.random() < 0.03 else ""
    return f"If {' and '.join(parts)}{comma} then {head}."


def joins(one: Literal, two: Literal) -> bool:
    """ "is kind and quiet": both about the variable, both adjectives, the first not denied."""
    return (
        one.subject == two.subject
        and isinstance(one.predicate, str)
        and isinstance(two.predicate, str)
        and one.positive
    )


def conditions_in(text: str, rule: Rule) -> list[tuple[int, int]]:
    """Where each condition of a rule stands in its sentence: start and end, in characters."""
    if text.startswith("If "):
        start, end = len("If "), text.index(" then ")
        found = []
        for part in text[start:end].split(" and "):
            found.append((start, start + len(part.rstrip(","))))
            start += len(part) + len(" and ")
        return found
    lowered = text.lower()
    forms = [[w.many, w.one] if isinstance(w, Noun) else [str(w)] for w in (each.predicate for each in rule.body)]
    words = [next(form for form in each if form in lowered) for each in forms]
    return [(lowered.index(word), lowered.index(word) + len(word)) for word in words]

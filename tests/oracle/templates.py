"""Reads the sentence templates of ProofWriter and ProntoQA with regular expressions.

A sentence becomes a `Clause`: a body (empty for a fact) and a head. There is one variable, ``?x``: neither data set
has a rule with two. Negation is a sign on the literal, nothing more.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["VARIABLE", "Clause", "Literal", "NotInGrammar", "flip", "names_in", "read", "split", "write"]

VARIABLE = "?x"


class NotInGrammar(ValueError):
    """A sentence that no template fits."""


class Literal(NamedTuple):
    """``positive`` is the sign; ``predicate`` is ``adj:cold``, ``noun:cat`` or ``verb:see``."""

    positive: bool
    predicate: str
    args: tuple[str, ...]


class Clause(NamedTuple):
    """``body`` implies ``head``; a fact has no body."""

    body: tuple[Literal, ...]
    head: Literal


def flip(literal: Literal) -> Literal:
    """The literal with the other sign."""
    return literal._replace(positive=not literal.positive)


def names_in(clause: Clause) -> set[str]:
    """The named things a clause speaks of."""
    return {arg for literal in (*clause.body, clause.head) for arg in literal.args if arg != VARIABLE}


NAME = r"(?:the [a-z]+(?: [a-z]+)?|(?!(?:He|She|It|They|This|That|There|We|You)\b)[A-Z][a-z]+|\d+)"
PRONOUN = r"(?:something|someone|it|they)"
ADJECTIVE = r"[a-z]+(?:-[a-z]+)?"
KIND = r"[A-Za-z]+(?: [a-z]+)?"

IS = re.compile(rf"({NAME}|something|someone|it|they(?= are)) (?:is|(?<=they )are) (not )?({ADJECTIVE})")
IS_KIND = re.compile(rf"({NAME}) is (not )?an? ({KIND})")
DOES = re.compile(rf"({NAME}|{PRONOUN}) ((?!is |does )[a-z]+s) ({NAME})")
THEY_DO = re.compile(rf"(they) ((?!are |do )[a-z]+) ({NAME})")
DOES_NOT = re.compile(rf"({NAME}|{PRONOUN}) (?:does|do) not ([a-z]+) ({NAME})")
IF = re.compile(r"if (.+) then (.+)")
ALL_THINGS = re.compile(rf"(?:all )?({ADJECTIVE}(?:, {ADJECTIVE})*) (?:things|people|animals) are (not )?({ADJECTIVE})")
EVERY = re.compile(rf"(?:each|every) ({KIND}) is (not )?(an? )?({KIND}|{ADJECTIVE})")
PLURAL = re.compile(rf"({KIND}) are (not )?({KIND}|{ADJECTIVE})")
BARE_ADJECTIVE = re.compile(rf"(not )?({ADJECTIVE})")

#: First words that are lowered, so that a sentence reads the same at its beginning and inside another.
LOWERED = re.compile(r"^(?:The|If|All|Each|Every|Something|Someone|It|They)\b")


def split(text: str) -> list[str]:
    """The sentences of ``text``, each with its full stop."""
    return [sentence for sentence in re.split(r"(?<=\.)\s+", text.strip()) if sentence]


def read(sentence: str) -> Clause:
    """The clause a sentence says. Raises `NotInGrammar` if no template fits the whole of it."""
    if not sentence.endswith("."):
        raise NotInGrammar(sentence)
    text = LOWERED.sub(lambda match: match.group().lower(), sentence[:-1], count=1)
    for reader in (read_fact, read_if, read_things, read_every, read_plural):
        clause = reader(text)
        if clause is not None:
            return clause
    raise NotInGrammar(sentence)


def read_fact(text: str) -> Clause | None:
    literal = read_clause(text)
    if literal is None or VARIABLE in literal.args:
        return None
    return Clause((), literal)


def read_clause(text: str) -> Literal | None:
    """One subject and what is said of it: ``the lion does not see the cat``, ``they are nice``."""
    if match := IS_KIND.fullmatch(text):
        return Literal(not match[2], f"noun:{match[3].lower()}", (term(match[1]),))
    if match := IS.fullmatch(text):
        return Literal(not match[2], f"adj:{match[3]}", (term(match[1]),))
    if match := DOES_NOT.fullmatch(text):
        return Literal(False, f"verb:{match[2]}", (term(match[1]), term(match[3])))
    if match := THEY_DO.fullmatch(text):
        return Literal(True, f"verb:{match[2]}", (term(match[1]), term(match[3])))
    if match := DOES.fullmatch(text):
        return Literal(True, f"verb:{match[2][:-1]}", (term(match[1]), term(match[3])))
    return None


def term(words: str) -> str:
    return VARIABLE if re.fullmatch(PRONOUN, words) else words


def read_if(text: str) -> Clause | None:
    match = IF.fullmatch(text)
    if match is None:
        return None
    body: list[Literal] = []
    for part in match[1].split(" and "):
        literal = read_clause(part)
        if literal is None and body and (bare := BARE_ADJECTIVE.fullmatch(part)):
            literal = Literal(not bare[1], f"adj:{bare[2]}", body[-1].args[:1])
        if literal is None:
            return None
        body.append(literal)
    head = read_clause(match[2])
    if head is None or (VARIABLE in head.args and not any(VARIABLE in literal.args for literal in body)):
        return None
    return Clause(tuple(body), head)


def read_things(text: str) -> Clause | None:
    lowered = text[:1].lower() + text[1:]
    match = ALL_THINGS.fullmatch(lowered)
    if match is None:
        return None
    body = tuple(Literal(True, f"adj:{adjective}", (VARIABLE,)) for adjective in match[1].split(", "))
    return Clause(body, Literal(not match[2], f"adj:{match[3]}", (VARIABLE,)))


def read_every(text: str) -> Clause | None:
    match = EVERY.fullmatch(text)
    if match is None:
        return None
    predicate = f"noun:{match[4].lower()}" if match[3] else f"adj:{match[4]}"
    return Clause((kind(match[1]),), Literal(not match[2], predicate, (VARIABLE,)))


def read_plural(text: str) -> Clause | None:
    match = PLURAL.fullmatch(text)
    if match is None or match[1].split()[0] in ("all", "no", "some", "most"):
        return None
    said = match[3]
    is_plural = said.endswith("s") and not said.endswith(("ous", "ss"))
    predicate = f"noun:{singular(said).lower()}" if is_plural else f"adj:{said}"
    return Clause((kind(singular(match[1])),), Literal(not match[2], predicate, (VARIABLE,)))


def kind(noun: str) -> Literal:
    return Literal(True, f"noun:{noun.lower()}", (VARIABLE,))


def singular(plural: str) -> str:
    """Enough for the nouns of ProntoQA: wumpuses, butterflies, cats, sheep."""
    for ending, replacement in (("ies", "y"), ("uses", "us"), ("s", "")):
        if plural.endswith(ending):
            return plural.removesuffix(ending) + replacement
    return plural


def write(clause: Clause) -> str:
    """A clause as a sentence that `read` reads back as the same clause."""
    head = clause.head
    if not clause.body:
        text = say(head, head.args[0])
    elif len(clause.body) == 1 and clause.body[0].predicate.startswith("noun:") and clause.body[0].positive:
        text = say(head, f"every {noun_of(clause.body[0])}")
    else:
        subjects = ["it" if literal.args[0] == VARIABLE else literal.args[0] for literal in clause.body]
        if VARIABLE in (first := clause.body[0].args):
            subjects[0] = "something" if first[0] == VARIABLE else subjects[0]
        parts = [say(literal, subject) for literal, subject in zip(clause.body, subjects, strict=True)]
        text = f"if {' and '.join(parts)} then {say(head, 'it' if head.args[0] == VARIABLE else head.args[0])}"
    return f"{text[0].upper()}{text[1:]}."


def say(literal: Literal, subject: str) -> str:
    part, word = literal.predicate.split(":", 1)
    negation = "" if literal.positive else "not "
    if part == "adj":
        return f"{subject} is {negation}{word}"
    if part == "noun":
        noun = noun_of(literal)
        return f"{subject} is {negation}{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
    if literal.positive:
        return f"{subject} {word}s {literal.args[1]}"
    return f"{subject} does not {word} {literal.args[1]}"


def noun_of(literal: Literal) -> str:
    return literal.predicate.removeprefix("noun:").replace("mersenne", "Mersenne")

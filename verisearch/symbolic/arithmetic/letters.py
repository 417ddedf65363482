"""Equations with letters: what follows from those that the problem states and the steps before wrote down.

An equation that follows from nothing may well be what the words of the problem say, which isn't read here: it is
neither accepted nor refuted, but what comes behind may be held against it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from verisearch.maths.conditions import Condition, Either, Every, names_in, relations
from verisearch.maths.statements import Statement, find
from verisearch.maths.terms import Apply, Name, Number, Relation, Term, names, subterms
from verisearch.symbolic.algebra import Following, follows
from verisearch.symbolic.arithmetic.quantities import Source
from verisearch.symbolic.options import CheckOptions
from verisearch.symbolic.session import open_solver
from verisearch.trace import Problem
from verisearch.verdict import Status

__all__ = ["Letters", "condition_of", "joined_by_or", "supposed"]

#: Most effort for one question about letters: what isn't easy is left undecided.
EFFORT = 1_000_000
#: Equations before a claim that are looked at, the latest; and what they may hold: letters, whole exponents, roots, and
#: numbers, letters and operators altogether. Beyond it a solver's answer may take minutes, whatever its limit.
LATEST, LETTERS, POWER, ROOTS, SIZE = 12, 4, 4, 2, 200
#: More letters only where they are multiplied by numbers alone, and questions that may be given up in a trace.
NONLINEAR, PATIENCE = 3, 3
#: Words before an equation, in its sentence, by which it isn't claimed.
SUPPOSING = re.compile(
    r"\b(?:if|when|whenever|suppos\w*|assum\w*|case|for|consider\w*|try|trying|test\w*|check\w*|substitut\w*|plug\w*"
    r"|let|unless|would|could|imagine|want|need|whether|until|guess)\b[^.;:\n]*$",
    re.IGNORECASE,
)
OR = re.compile(r"[\s$\\()]*(?:,[\s$\\()]*)?or[\s$\\()]*", re.IGNORECASE)


class Letters:
    """The relations between letters so far, each with where it stands."""

    def __init__(self, problem: Problem, options: CheckOptions) -> None:
        self.options = options
        self.given: list[tuple[Condition, Source]] = []
        self.calls = self.effort = 0
        #: Why no more questions are asked; empty while they are.
        self.tired = ""
        self.given_up = 0
        texts = [
            (sentence.text, Source("context", index, sentence.text)) for index, sentence in enumerate(problem.context)
        ]
        texts += [(problem.question, Source("question", 0, problem.question))] if problem.question else []
        for text, source in texts:
            for group in joined_by_or(text, find(text).statements):
                found = condition_of(group)
                if found is not None and not supposed(text, group[0]):
                    self.add(found, source)

    def add(self, found: Condition, source: Source) -> None:
        """Let later claims rest on ``found``."""
        if names_in(found) and all(each != found for each, _ in self.given):
            self.given.append((found, source))

    def judge(self, claim: Condition) -> tuple[Following, tuple[Source, ...]]:
        """What the relations before say of ``claim``, and those of them that it rests on."""
        said = next((source for each, source in self.given if each == claim), None)
        if said is not None:
            return Following(Status.ENTAILED), (said,)
        if self.tired or not easy([claim]):
            return Following(Status.UNDECIDED, reason=self.tired or "it is too involved to be decided quickly"), ()
        latest = self.related(claim)
        effort = min(EFFORT, self.options.effort)
        found = follows([each for each, _ in latest], claim, open_solver(self.options.solver, effort, "numbers"))
        self.calls += found.calls
        self.effort += found.effort
        self.given_up += found.effort > effort
        if self.given_up >= PATIENCE:
            self.tired = "equations before were too involved to be decided quickly"
        return found, tuple(dict.fromkeys(latest[place][1] for place in found.core))

    def related(self, claim: Condition) -> list[tuple[Condition, Source]]:
        """The latest relations, as far as a solver can be expected to decide them with ``claim``."""
        chosen: list[tuple[Condition, Source]] = []
        for each in reversed(self.given):
            if len(chosen) < LATEST and easy([claim, each[0], *(other for other, _ in chosen)]):
                chosen.append(each)
        return chosen[::-1]

    def concerns(self, claim: Condition) -> bool:
        """Whether any relation before has a letter of ``claim``."""
        wanted = names_in(claim)
        return any(names_in(each) & wanted for each, _ in self.given)


def easy(conditions: Sequence[Condition]) -> bool:
    """Whether a solver can be expected to decide these at once."""
    terms = [
        term
        for each in conditions
        for one in relations(each)
        for side in (one.left, one.right)
        for term in subterms(side)
    ]
    letters = {term.name for term in terms if isinstance(term, Name)}
    powers = [term.args[1] for term in terms if isinstance(term, Apply) and term.operator == "^"]
    small = all(isinstance(power, Number) and abs(power.value) <= POWER for power in powers)
    roots = sum(isinstance(term, Apply) and term.operator in ("sqrt", "root", "abs") for term in terms)
    enough = LETTERS if all(map(linear, terms)) else NONLINEAR
    return len(letters) <= enough and small and roots <= ROOTS and len(terms) <= SIZE


def linear(term: Term) -> bool:
    """Whether an operator multiplies letters by numbers alone, and divides by none."""
    if not isinstance(term, Apply) or term.operator not in ("*", "/", "^"):
        return True
    lettered = [bool(names(each)) for each in term.args]
    return (
        not any(lettered) if term.operator == "^" else sum(lettered) < 2 and not (term.operator == "/" and lettered[1])
    )


def condition_of(group: Sequence[Statement]) -> Condition | None:
    """What statements say that are alternatives to each other; None if a side wasn't read, or words name something."""
    parts: list[Condition] = []
    for statement in group:
        if any(side.term is None or side.worded for side in statement.sides):
            return None
        links = tuple(
            Relation(left.term, sign, right.term)  # type: ignore[arg-type]
            for left, sign, right in zip(statement.sides, statement.signs, statement.sides[1:], strict=False)
        )
        parts.append(links[0] if len(links) == 1 else Every(links))
    return parts[0] if len(parts) == 1 else Either(tuple(parts))


def joined_by_or(text: str, statements: Sequence[Statement]) -> list[list[Statement]]:
    """The statements in groups of alternatives: "x = 2 or x = -3" is one of two."""
    groups: list[list[Statement]] = []
    for statement in statements:
        between = text[groups[-1][-1].span[1] : statement.span[0]] if groups else ""
        if groups and statement.kind == groups[-1][-1].kind == "equation" and OR.fullmatch(between):
            groups[-1].append(statement)
        else:
            groups.append([statement])
    return groups


def supposed(text: str, statement: Statement) -> bool:
    """Whether a statement is supposed, or asked for, not claimed."""
    return SUPPOSING.search(text[: statement.span[0]]) is not None

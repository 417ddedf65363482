"""Equations with letters: what follows from those that the problem states and the steps before wrote down.

An equation that follows from nothing may well be what the words of the problem say, which isn't read here: it is
neither accepted nor refuted, but what comes behind may be held against it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from verisearch.maths.conditions import Condition, Either, Every, condition_text, names_in
from verisearch.maths.statements import Statement, find
from verisearch.maths.terms import Relation
from verisearch.symbolic.algebra import Following, algebra_solver, follows
from verisearch.symbolic.arithmetic.quantities import Source
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem
from verisearch.verdict import Premise, Status

__all__ = ["Letters", "condition_of", "joined_by_or", "supposed"]

#: Equations before a claim that are looked at, the latest; and questions that may be given up in a trace.
LATEST, PATIENCE = 12, 3
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

    def judge(self, claim: Condition) -> tuple[Following, tuple[Premise, ...]]:
        """What the relations before say of ``claim``, and those of them that it rests on."""
        said = next((premise(*given) for given in self.given if given[0] == claim), None)
        if said is not None:
            return Following(Status.ENTAILED), (said,)
        if self.tired:
            return Following(Status.UNDECIDED, reason=self.tired), ()
        latest = self.given[-LATEST:]
        found = follows([each for each, _ in latest], claim, algebra_solver(self.options.solver))
        self.calls += found.calls
        self.effort += found.effort
        self.given_up += found.status is Status.UNDECIDED and found.calls > 0
        if self.given_up >= PATIENCE:
            self.tired = "equations before were too involved to be decided quickly"
        return found, tuple(dict.fromkeys(premise(*latest[place]) for place in found.core))

    def concerns(self, claim: Condition) -> bool:
        """Whether any relation before has a letter of ``claim``."""
        wanted = names_in(claim)
        return any(names_in(each) & wanted for each, _ in self.given)


def premise(given: Condition, source: Source) -> Premise:
    """A relation as a premise of a claim."""
    return Premise(source.source, source.index, source.text, source.claim, condition_text(given))


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

"""The protocol of formalisers: from sentences and steps to formulas over one vocabulary."""

from __future__ import annotations

import re
from typing import Protocol

from verisearch.logic.english.claims import StepReading
from verisearch.logic.english.reader import Reading
from verisearch.logic.formula import Formula
from verisearch.logic.vocabulary import Vocabulary
from verisearch.trace import Problem, Step

__all__ = ["ARITHMETIC", "Formaliser", "formaliser_for"]

#: The name of the formaliser that makes no first-order formulas.
ARITHMETIC = "arithmetic"
#: Digits on both sides of an equals sign, at its line.
EQUATION = re.compile(r"\d[^=\n]{0,80}=[^=\n]{0,80}\d")


def formaliser_for(problem: Problem, chain: str = "") -> str:
    """The name of the formaliser for ``problem`` where nobody names one: ``arithmetic`` if a number or an expression is
    asked for, or nothing is said of the problem and the ``chain`` has an equation; else ``english``."""
    asked = problem.statement is None and problem.answer_kind in ("number", "expression")
    alone = not (problem.context or problem.question or problem.statement)
    return ARITHMETIC if asked or (alone and EQUATION.search(chain)) else "english"


class Formaliser(Protocol):
    """Reads one problem and the trace about it. Made anew for each; called as ``Formaliser(problem, options)``.

    ``vocabulary`` grows as steps are read; what is known of a symbol never changes. No text makes it raise: what it
    can't read comes back unread, with the words and the reason.
    """

    name: str
    vocabulary: Vocabulary
    #: Words with two readings, and what the second adds to the premises: what doesn't follow must not follow under it
    #: either. Grows as steps are read.
    doubts: dict[str, tuple[Formula, ...]]

    def context(self) -> list[Reading]:
        """One reading for each context sentence, in order."""

    def statement(self) -> Reading | None:
        """The queried statement; None if the problem has none."""

    def step(self, step: Step) -> StepReading:
        """The claims of a step."""

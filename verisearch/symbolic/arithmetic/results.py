"""What accepted computations came out as: the values that an answer can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from verisearch.maths.compare import Compared
from verisearch.maths.exact import valued
from verisearch.maths.statements import Statement
from verisearch.maths.terms import Apply, Number, Term, is_bare
from verisearch.symbolic.arithmetic.quantities import Source

__all__ = ["Results"]


class Results:
    """The values of equations that hold, each with the last statement that gave it.

    Sides of inequalities and of "48 = 48" are no results. A percentage and the same number without its sign aren't
    the same, unless a statement writes it in both ways.
    """

    def __init__(self) -> None:
        self.values: dict[Fraction, Source] = {}
        #: Those that stand as percentages: 0.4 for 40%.
        self.shares: dict[Fraction, Source] = {}

    def add(
        self, statement: Statement, links: Sequence[Compared], known: Mapping[str, Fraction], source: Source
    ) -> list[Fraction]:
        """Take up what ``statement`` comes out as, whose ``links`` say how each of its signs compares; what it is."""
        found: list[Fraction] = []
        for place, (sign, link) in enumerate(zip(statement.signs, links, strict=False)):
            sides = [side.term for side in statement.sides[place : place + 2]]
            if sign not in ("=", "≈") or link.outcome != "holds" or all(isinstance(each, Number) for each in sides):
                continue
            for term in sides:
                number = valued(term, known)
                if number is None:
                    continue
                found.append(number)
                self.values[number] = source
                if is_share(term):
                    self.shares[number] = source
        return found

    def of(self, answer: Term, number: Fraction) -> Source | None:
        """The statement that came out as ``answer``, with the value ``number``; None if none did."""
        if number in self.values:
            return self.values[number]
        if is_share(answer):
            return self.values.get(number * 100)  # "40%", of "4 / 10 * 100 = 40"
        return self.shares.get(number / 100) if is_bare(answer) else None


def is_share(term: Term | None) -> bool:
    """Whether ``term`` is a percentage."""
    return isinstance(term, Apply) and term.operator == "%"

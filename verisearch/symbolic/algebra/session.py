"""Checks of conditions with a solver, and the numbers at which a check came out satisfiable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from verisearch.errors import SolverError
from verisearch.logic.smtlib_names import symbol
from verisearch.maths.conditions import Condition
from verisearch.maths.writing import number_text
from verisearch.protocols import Solver
from verisearch.symbolic.algebra.domains import holds
from verisearch.symbolic.algebra.smtlib import Encoder, numeral
from verisearch.symbolic.classical import Undecided

__all__ = ["Checks", "Point", "point_text"]

#: Greatest denominator, and greatest power of two, of numbers that are told exactly.
MAX_DENOMINATOR, MAX_SIZE = 24, 40
#: Steps by which an irrational number is told.
FINENESS = 10**6
WIDTH = 64
#: The fractions from 0 to 1 that are told exactly.
PARTS = sorted({Fraction(above, below) for below in range(1, MAX_DENOMINATOR + 1) for above in range(below)})


class Point(dict[str, Fraction]):
    """Values of names. ``exact``: False where one of them is irrational, or has a long denominator, and is told to a
    millionth."""

    exact: bool = True


def point_text(point: Mapping[str, Fraction]) -> str:
    """ "x = -3", "x = 1, y ≈ 1.414"."""
    rounded = isinstance(point, Point) and not point.exact
    said = []
    for name, value in sorted(point.items()):
        about = rounded and value.denominator > MAX_DENOMINATOR
        said.append(f"{name} ≈ {float(value):.3f}" if about else f"{name} = {number_text(value)}")
    return ", ".join(said)


class Checks:
    """Checks over one solver, which is taken as new and left so. ``calls`` and ``effort`` count what was spent."""

    def __init__(self, solver: Solver) -> None:
        self.solver = solver
        self.encoder = Encoder()
        self.labels: dict[tuple[Condition, bool], str] = {}
        self.calls = 0
        self.effort = 0
        solver.reset()

    def close(self) -> None:
        self.solver.reset()

    def label(self, given: Condition, negated: bool) -> str:
        """The Boolean constant under which ``given``, or its negation, is told to the solver. Raises
        `Inexpressible`."""
        known = self.labels.get((given, negated))
        if known is not None:
            return known
        text = self.encoder.condition(given)
        label = self.labels[given, negated] = f"?p{len(self.labels) + 1}"
        said = f"(not {text})" if negated else text
        commands = [*self.encoder.commands(), f"(declare-fun {label} () Bool)(assert (=> {label} {said}))"]
        self.solver.run("".join(commands))
        return label

    def possible(self, holding: Iterable[Condition], failing: Iterable[Condition] = ()) -> bool:
        """Can all of ``holding`` hold, and none of ``failing``? Raises `Undecided`, also where the solver crashes, and
        `Inexpressible`."""
        labels = [self.label(each, False) for each in holding] + [self.label(each, True) for each in failing]
        self.calls += 1
        try:
            answer = self.solver.check(labels)
        except SolverError as error:
            self.solver.reset()
            self.encoder, self.labels = Encoder(), {}
            raise Undecided(str(error)) from error
        self.effort += answer.effort
        if answer.status == "unknown":
            raise Undecided(answer.reason or "the solver gave no reason")
        return answer.status == "sat"

    def shown(
        self, names: Iterable[str], holding: Sequence[Condition], failing: Sequence[Condition] = ()
    ) -> Point | None:
        """The point at which the last check, of just these, came out possible; None if the solver doesn't tell it.
        Raises `Undecided` where exact arithmetic finds that it is no such point."""
        try:
            found = self.point(names)
        except SolverError:
            return None
        if found is None or not found.exact:
            return found
        wrong = any(holds(each, found) is False for each in holding) or any(holds(each, found) for each in failing)
        if wrong:
            raise Undecided(f"the solver's {point_text(found)} is no such point")
        return found

    # --- what the model of a satisfiable check says ---
    def point(self, names: Iterable[str]) -> Point | None:
        """The values of names in the model of the last check; None if the solver doesn't tell them."""
        found = Point()
        for name in sorted(names):
            if name not in self.encoder.declared:
                continue
            value = self.value(symbol(name))
            if value is None:
                return None
            found[name] = value
            if value.denominator > MAX_DENOMINATOR:
                found.exact = False
        return found

    def value(self, text: str) -> Fraction | None:
        """The value of a constant: exact with a small denominator, else to a millionth.

        The protocol tells truth values only: the number is found by asking between which others it lies.
        """
        whole = self.floor(text)
        if whole is None:
            return None
        told = self.solver.values([f"(= {text} {numeral(whole + part)})" for part in PARTS])
        if True in told:
            return whole + PARTS[told.index(True)]
        fine = self.floor(f"(* {FINENESS}.0 {text})")
        return None if fine is None else Fraction(2 * fine + 1, 2 * FINENESS)

    def floor(self, text: str) -> int | None:
        """The greatest whole number that isn't above ``text``; None if it is too large or the solver doesn't say."""
        sizes = [2**power for power in range(MAX_SIZE)]
        ends = sorted([-size for size in sizes] + [0, *sizes])
        told = self.solver.values([f"(>= {text} {numeral(Fraction(end))})" for end in ends])
        if None in told or told[0] is False or told[-1] is True:
            return None
        place = told.index(False)
        low, high = ends[place - 1], ends[place]
        while high - low > 1:
            step = max((high - low) // WIDTH, 1)
            marks = list(range(low + step, high, step))
            above = self.solver.values([f"(>= {text} {numeral(Fraction(mark))})" for mark in marks])
            if None in above:
                return None
            count = above.index(False) if False in above else len(above)
            low, high = (marks[count - 1] if count else low), (marks[count] if count < len(marks) else high)
        return low

"""Whether rewriting an equation, an inequality or a system into another keeps its solutions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from verisearch.maths.conditions import NOTHING, Condition, Every, condition_text, names_in, relations
from verisearch.maths.exact import Undefined
from verisearch.maths.terms import Relation, numbers
from verisearch.maths.writing import term_text
from verisearch.protocols import Solver
from verisearch.symbolic.algebra.changes import Change, change, same
from verisearch.symbolic.algebra.domains import domain, holds
from verisearch.symbolic.algebra.following import always, units
from verisearch.symbolic.algebra.session import Checks, Point, point_text
from verisearch.symbolic.classical import Undecided
from verisearch.symbolic.theory import Inexpressible
from verisearch.verdict import Status

__all__ = ["Rewriting", "RewritingKind", "rewriting"]

RewritingKind: TypeAlias = Literal["equal", "loses", "gains", "other", "undecided"]

#: Numbers that are tried before a solver is asked, beside those that the conditions have: points that people would
#: name.
TRIED = [Fraction(number) for number in (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7, 8, -8, 9, -9, 10, -10)]
TRIED += [Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2), Fraction(-3, 2), Fraction(1, 3), Fraction(-1, 3)]
MAX_TRIED = 48


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What became of the solutions.

    ``kind``: the same ones (``equal``); some are lost, none gained (``loses``); some gained, none lost (``gains``);
    some lost and some gained (``other``); or not all of this is known (``undecided``). ``lost`` and ``gained``: one
    such point, None where there is none or the solver doesn't tell it.

    ``status``: what the step is as an inference from the first to the second. ``entailed``: no solution is lost, so
    that whatever fulfils the first fulfils the second; gained ones don't matter to that, so whoever wants equal
    solution sets asks for ``kind == "equal"``. ``contradicted``: no solution is kept. ``ungrounded``: some are lost.
    ``undecided``: that isn't known, or the first has no solutions, from which anything would follow.

    ``conditions``: in words, what was done that changes solutions, and which conditions were dropped. ``reason``: in a
    sentence, why it isn't equal.
    """

    kind: RewritingKind
    status: Status
    lost: Point | None = None
    gained: Point | None = None
    conditions: tuple[str, ...] = ()
    reason: str = ""
    calls: int = 0
    effort: int = 0

    @property
    def gains(self) -> bool:
        """It is one way only: something fulfils the second but not the first."""
        return self.kind in ("gains", "other")


def rewriting(before: Condition, after: Condition, solver: Solver, given: Sequence[Condition] = ()) -> Rewriting:
    """Whether ``before`` and ``after`` have the same solutions, among the real numbers that fulfil all of ``given``.

    Solutions are values for all names of both: an equation that one of a system gives has more solutions than the
    system (``gains``), which is as it should be; to see whether it may stand for another, the others go into ``given``.
    Undecided is what the solver can't say or crashes at, and what can't be said to it, as by
    `verisearch.symbolic.algebra.follows`; and a step from something without solutions, unless the second is the
    same by its form, or says that there are none. Raises nothing of its own. The solver is used as new and left so.
    """
    if len(mixed := units([before, after, *given])) > 1:
        return Rewriting("undecided", Status.UNDECIDED, reason=f"units are mixed: {', '.join(sorted(mixed))}")
    if same(before, after):
        return Rewriting("equal", Status.ENTAILED)
    checks = Checks(solver)
    try:
        return Comparison(before, after, tuple(given), checks).answer()
    finally:
        checks.close()


class Comparison:
    """Two conditions side by side. ``lost``, ``gained`` and ``kept`` say whether there are such points; None: not
    known."""

    def __init__(self, before: Condition, after: Condition, given: tuple[Condition, ...], checks: Checks) -> None:
        self.before, self.after, self.given, self.checks = before, after, given, checks
        self.names = names_in(Every((before, after, *given)))
        self.lost: bool | None = None
        self.gained: bool | None = None
        self.kept: bool | None = None
        self.lost_at: Point | None = None
        self.gained_at: Point | None = None
        self.why = ""

    def answer(self) -> Rewriting:
        try:
            for each in (self.before, self.after, *self.given):
                self.checks.label(each, False)
        except Inexpressible as reason:
            return self.found("undecided", Status.UNDECIDED, str(reason))
        self.try_points()
        self.lost, self.lost_at = self.ask(self.lost, self.lost_at, self.before, self.after)
        self.gained, self.gained_at = self.ask(self.gained, self.gained_at, self.after, self.before)
        if self.kept is None:
            self.kept = self.settled([self.before, self.after])
        return self.judged()

    # --- finding out ---
    def try_points(self) -> None:
        """Look at numbers that people would name, exactly and without a solver."""
        if len(self.names) > 1:
            return
        for point in self.points():
            if not all(holds(each, point) is True for each in self.given):
                continue
            first, second = holds(self.before, point), holds(self.after, point)
            if first is None or second is None:
                continue
            if first and second:
                self.kept = True
            elif first and not self.lost:
                self.lost, self.lost_at = True, point
            elif second and not self.gained:
                self.gained, self.gained_at = True, point

    def points(self) -> Iterator[Point]:
        """The points that are tried: the one without values where there are no names."""
        if not self.names:
            yield Point()
            return
        (name,) = self.names
        own = [
            number.value
            for each in (self.before, self.after)
            for one in relations(each)
            for side in (one.right, one.left)
            for number in numbers(side)
        ]
        tried = dict.fromkeys([*TRIED, *own, *(-each for each in own)])
        for value in list(tried)[:MAX_TRIED]:
            yield Point({name: value})

    def ask(
        self, known: bool | None, point: Point | None, holding: Condition, failing: Condition
    ) -> tuple[bool | None, Point | None]:
        """Whether there is a point where ``holding`` holds and ``failing`` doesn't, and such a point."""
        if known is not None:
            return known, point
        try:
            if not self.checks.possible([*self.given, holding], [failing]):
                return False, None
            if self.checks.encoder.loose:
                self.why = self.why or self.checks.encoder.loose
                return None, None
            return True, self.checks.shown(self.names, [*self.given, holding], [failing])
        except (Undecided, Inexpressible) as reason:
            self.why = self.why or str(reason)
            return None, None

    def settled(self, holding: Sequence[Condition], failing: Sequence[Condition] = ()) -> bool | None:
        try:
            return self.checks.possible([*self.given, *holding], failing)
        except (Undecided, Inexpressible) as reason:
            self.why = self.why or str(reason)
            return None

    def says_nothing(self) -> bool:
        """Whether the second says in as many words that there is no solution: "no solution", "0 = 5"."""
        return self.after == NOTHING or always(self.after) is False

    # --- saying it ---
    def judged(self) -> Rewriting:
        if self.lost is None:
            status = Status.UNDECIDED
        elif self.lost:
            status = Status.CONTRADICTED if self.kept is False else Status.UNGROUNDED
        else:
            status = Status.ENTAILED if self.sound() else Status.UNDECIDED
        if self.lost is None or self.gained is None or (status is Status.UNDECIDED and not self.gained):
            return self.found("undecided", status, self.why)
        kind: RewritingKind = "equal"
        if self.lost:
            kind = "other" if self.gained else "loses"
        elif self.gained:
            kind = "gains"
        return self.found(kind, status, self.reason(), self.conditions())

    def sound(self) -> bool:
        """Whether that nothing is lost shows that the step is right. Where the first has no solutions it says nothing,
        unless the second says just that, or comes about by a step that is right everywhere."""
        if self.kept:
            return True
        if self.kept is None:
            return False
        if self.says_nothing() and not (self.given and self.settled([]) is not True):
            return True
        made = self.change()
        if made is not None and made.kind in ("same", "multiplies", "squares"):
            return True
        self.why = "the first has no solutions, from which anything would follow"
        return False

    def change(self) -> Change | None:
        if not isinstance(self.before, Relation) or not isinstance(self.after, Relation):
            return None
        return change(self.before, self.after)

    def found(self, kind: RewritingKind, status: Status, reason: str, conditions: tuple[str, ...] = ()) -> Rewriting:
        return Rewriting(
            kind, status, self.lost_at, self.gained_at, conditions, reason, self.checks.calls, self.checks.effort
        )

    def reason(self) -> str:
        said = []
        if self.lost:
            said.append(f"{told(self.lost_at)} satisfies the first but not the second")
        if self.gained:
            said.append(f"{told(self.gained_at)} satisfies the second but not the first")
        text = "; ".join(said)
        if self.gained and not self.lost:
            return f"{self.why or 'one way only'}: {text}"
        return text

    def conditions(self) -> tuple[str, ...]:
        """What changed the solutions, in words."""
        if not self.lost and not self.gained:
            return ()
        said = list(self.dropped()) if self.gained else []
        made = self.change()
        if made is not None:
            said += self.changed(made)
        return tuple(said)

    def dropped(self) -> Iterator[str]:
        """What the first needs in order to be defined, and the second doesn't ask."""
        try:
            needed = domain(self.before)
        except (Inexpressible, Undefined):
            return
        for each in needed:
            point = self.gained_at
            if point is None or not point.exact or holds(each, point) is not False:
                if self.checks.encoder.loose or not self.settled([self.after], [each]):
                    continue
                point = self.shown([self.after], [each])
            yield f"{condition_text(each)} is dropped: gains {told(point)}"

    def shown(self, holding: Sequence[Condition], failing: Sequence[Condition]) -> Point | None:
        try:
            return self.checks.shown(self.names, [*self.given, *holding], failing)
        except Undecided:
            return None

    def changed(self, made: Change) -> Iterator[str]:
        factor = term_text(made.factor) if made.factor is not None else ""
        assert isinstance(self.before, Relation)
        if made.kind in ("multiplies", "divides") and self.before.sign not in ("=", "≠"):
            yield f"{made.kind} by {factor}, which may be negative"
        elif made.kind in ("multiplies", "divides"):
            changes: list[tuple[bool | None, str, Point | None]] = [
                (self.gained, "gains", self.gained_at), (self.lost, "loses", self.lost_at)
            ]  # fmt: skip
            said = " and ".join(f"{verb} {told(point)}" for happens, verb, point in changes if happens)
            yield f"{made.kind} by {factor}: {said}"
        elif made.kind == "squares" and self.gained:
            yield f"squares both sides: gains {told(self.gained_at)}"
        elif made.kind == "roots" and self.lost:
            yield f"takes roots without ±: loses {told(self.lost_at)}"
        elif made.kind == "turns":
            yield "turns the sign round, though nothing negative was multiplied by"
        elif made.kind == "keeps":
            yield f"multiplies by {factor} without turning the sign round"


def told(point: Point | None) -> str:
    """A point in words."""
    return point_text(point) if point else "something"

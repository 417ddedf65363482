"""Whether a claim about numbers follows from others: decided by a solver, shown by a point where it doesn't."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from verisearch.maths.conditions import Condition, Every, condition_text, names_in, relations
from verisearch.maths.exact import Undefined
from verisearch.maths.polynomials import NoForm, is_constant
from verisearch.maths.terms import Apply, Number, Relation, numbers
from verisearch.protocols import Solver
from verisearch.symbolic.algebra.domains import domain, holds
from verisearch.symbolic.algebra.forms import Forms
from verisearch.symbolic.algebra.session import Checks, Point, point_text
from verisearch.symbolic.algebra.weight import HEAVIEST, weight
from verisearch.symbolic.classical import Undecided
from verisearch.symbolic.theory import Inexpressible, quick_xplain
from verisearch.symbolic.words import listed
from verisearch.verdict import Status

__all__ = ["Following", "always", "follows", "units"]


@dataclass(frozen=True, slots=True)
class Following:
    """What premises say of a claim about real numbers.

    ``status``: entailed, contradicted (its opposite follows), ungrounded (neither) or undecided. ``core``: places,
    among the premises, of a minimal set behind an entailment or a contradiction; empty for what holds whatever its
    names are. ``witness``: values at which all premises hold, but not the claim; None where the solver doesn't tell
    them. ``provided``: conditions under which the claim would hold, if it only lacks that its terms are defined
    ("x - 1 ≠ 0"). ``clash``: places of premises that contradict each other, and so prove nothing. ``calls`` and
    ``effort`` are the solver's.
    """

    status: Status
    core: tuple[int, ...] = ()
    witness: Point | None = None
    reason: str = ""
    provided: tuple[Relation, ...] = ()
    clash: tuple[int, ...] = ()
    calls: int = 0
    effort: int = 0


def follows(premises: Sequence[Condition], claim: Condition, solver: Solver) -> Following:
    """Whether ``claim`` holds wherever all ``premises`` do, over the real numbers.

    Names are the same quantity in all of them. A relation says that its sides are defined: a claim follows only if its
    terms are defined wherever the premises hold, and is contradicted if they nowhere are. Premises that have no name in
    common with the claim, not even through each other, are left aside; but beside a claim that holds for no numbers all
    are looked at, for it may say that they contradict each other: "0 = 5", "no solution". Undecided is

    * what the solver can't say, even when it was asked again in a fresh session, or crashes at;
    * a claim that can't be said (≈, functions that aren't known, what may be the imaginary unit) or is too tangled
      (`weight`), and one that doesn't follow where a premise can't be said, or is too tangled with the others;
    * anything where premises contradict each other (``clash``), or may do so;
    * what mixes units, which aren't looked at: "5 cm" and "5 m" are the same number here.

    Raises nothing of its own. The solver is reset first.
    """
    if len(mixed := units([claim])) > 1:
        return Following(Status.UNDECIDED, reason=f"units are mixed: {', '.join(sorted(mixed))}")
    at_once = always(claim)
    if at_once:
        return Following(Status.ENTAILED)
    return Question(premises, where_defined(claim), Checks(solver), claim).answer()


def always(claim: Condition) -> bool | None:
    """True if ``claim`` holds whatever its names are, False if it never does; None where exact arithmetic, without a
    solver, doesn't settle it."""
    try:
        if not names_in(claim):
            return holds(claim, {})
        if not isinstance(claim, Relation) or claim.sign == "≈" or domain(claim):
            return None
        form = Forms().quotient(Apply("-", (claim.left, claim.right)))
    except (NoForm, Inexpressible, Undefined):
        return None
    if not is_constant(form.below) or not (is_constant(form.above) or not form.above):
        return None
    difference = form.above.get((), Fraction(0)) / form.below[()]
    return holds(Relation(Number(difference), claim.sign, Number(Fraction(0))), {})


def where_defined(claim: Condition) -> Condition:
    """The conditions under which ``claim`` is defined, if it holds wherever it is: they say the same, and are easier to
    look at. Else ``claim``."""
    if not isinstance(claim, Relation) or claim.sign not in ("=", "≤", "≥"):
        return claim
    try:
        needed = domain(claim)
        form = Forms().quotient(Apply("-", (claim.left, claim.right)))
    except (NoForm, Inexpressible, Undefined):
        return claim
    return claim if form.above else Every(needed)


def units(given: Iterable[Condition]) -> frozenset[str]:
    """The units of all numbers in ``given``; the same in plural and singular."""
    found = (
        number.unit
        for each in given
        for one in relations(each)
        for side in (one.left, one.right)
        for number in numbers(side)
    )
    return frozenset(unit.removesuffix("s") for unit in found if unit)


class Question:
    """One claim before its premises."""

    def __init__(self, premises: Sequence[Condition], claim: Condition, checks: Checks, stated: Condition) -> None:
        self.premises, self.claim, self.checks = premises, claim, checks
        #: The claim as it was made; `claim` says the same.
        self.stated = stated
        self.names = names_in(claim)
        #: Why premises that would matter can't be said.
        self.unsaid: list[str] = []

    def answer(self) -> Following:
        try:
            if weight([self.claim]) > HEAVIEST:
                raise Inexpressible("too much would have to be looked at together")
            self.checks.label(self.claim, True)
        except Inexpressible as reason:
            return self.found(Following(Status.UNDECIDED, reason=f"{condition_text(self.stated)}: {reason}"))
        places = self.relevant()
        try:
            return self.found(self.decide(places))
        except (Undecided, Inexpressible) as reason:
            return self.found(Following(Status.UNDECIDED, reason=str(reason)))

    def found(self, answer: Following) -> Following:
        return replace(answer, calls=self.checks.calls, effort=self.checks.effort)

    def relevant(self) -> list[int]:
        """The places of premises that names connect with the claim, that say something and can be said."""
        names = [names_in(each) for each in self.premises]
        reached = set(self.names) if self.names else set().union(*names)
        places: list[int] = []
        kept: set[Condition] = set()
        while near := [place for place, each in enumerate(names) if place not in places and each & reached]:
            # the nearest first: those that share a name with what is there already, the latest before
            for place in reversed(near):
                places.append(place)
                reached |= names[place]
        self.names = frozenset(reached)
        said: list[int] = []
        for place in places:
            premise = self.premises[place]
            if premise in kept or always(premise):
                continue
            kept.add(premise)
            if weight([self.claim, *self.chosen(said), premise]) > HEAVIEST:
                self.unsaid.append(f"{condition_text(premise)}: too much would have to be looked at together")
                continue
            try:
                self.checks.label(premise, False)
                said.append(place)
            except Inexpressible as reason:
                self.unsaid.append(f"{condition_text(premise)}: {reason}")
        return sorted(said)

    def chosen(self, places: Iterable[int]) -> list[Condition]:
        return [self.premises[place] for place in places]

    def decide(self, places: list[int]) -> Following:
        """Raises `Undecided`."""
        given, claim = self.chosen(places), self.claim
        fails, why = self.settled(given, [claim])
        witness = self.checks.shown(self.names, given, [claim]) if fails else None
        can_hold, other_why = self.settled([*given, claim], [])
        if fails is False and can_hold is not True and not self.checks.possible(given):
            clash = self.core(places, lambda chosen: self.settled(chosen))
            return Following(Status.UNDECIDED, clash=clash, reason=self.clashing(clash))
        if fails is False:
            core = self.core(places, lambda chosen: self.settled(chosen, [claim]))
            return self.unless_mixed(Following(Status.ENTAILED, core), core)
        if can_hold is False and (fails or self.checks.possible(given)):
            core = self.core(places, lambda chosen: self.settled([*chosen, claim]))
            reason = "it holds for no real numbers" if not core else "its opposite follows"
            if core and witness:
                reason = f"where {point_text(witness)}, as before, this is false"
            return self.unless_mixed(Following(Status.CONTRADICTED, core, witness, reason), core)
        if fails is None or can_hold is None:
            raise Undecided(why or other_why)
        return self.neither(given, witness)

    def settled(self, holding: Sequence[Condition], failing: Sequence[Condition] = ()) -> tuple[bool | None, str]:
        """Whether all of ``holding`` can hold and none of ``failing``; None, and why, if that can't be said."""
        try:
            return self.checks.possible(holding, failing), ""
        except Undecided as reason:
            return None, str(reason)

    def core(self, places: list[int], check: Callable[[list[Condition]], tuple[bool | None, str]]) -> tuple[int, ...]:
        """A minimal set of places at whose premises ``check`` comes out impossible, the latest by preference."""
        preferred = list(reversed(places))
        return tuple(sorted(quick_xplain(preferred, lambda chosen: check(self.chosen(chosen))[0] is False)))

    def clashing(self, clash: tuple[int, ...]) -> str:
        said = listed(condition_text(each) for each in self.chosen(clash))
        return f"what is before contradicts itself, and proves nothing: {said}"

    def unless_mixed(self, answer: Following, core: tuple[int, ...]) -> Following:
        mixed = units([self.stated, *self.chosen(core)])
        if len(mixed) < 2:
            return answer
        return Following(Status.UNDECIDED, reason=f"units are mixed: {', '.join(sorted(mixed))}")

    def neither(self, given: list[Condition], witness: Point | None) -> Following:
        """The claim holds at some points of the premises, and fails at others."""
        if self.unsaid:
            return Following(Status.UNDECIDED, reason=f"a premise is left out: {self.unsaid[0]}")
        if self.checks.encoder.loose:
            return Following(Status.UNDECIDED, reason=self.checks.encoder.loose)
        reason = "it need not be so"
        if witness:
            reason = f"{point_text(witness)} satisfies everything before but not this"
        fresh = sorted(names_in(self.stated) - names_in(Every(tuple(given))))
        if fresh and given:
            reason += f"; nothing before says what {listed(fresh)} is"
        provided = self.provided(given)
        if provided:
            said = listed(condition_text(each) for each in provided)
            reason = f"it holds only where {said}, which nothing says"
        return Following(Status.UNGROUNDED, witness=witness, reason=reason, provided=provided)

    def provided(self, given: list[Condition]) -> tuple[Relation, ...]:
        """The conditions that the claim's terms are defined under, if it holds wherever they are."""
        needed = domain(self.stated)
        if not needed or self.settled([*given, *needed], [self.claim])[0] is not False:
            return ()
        return tuple(each for each in needed if self.settled(given, [each])[0] is not False)

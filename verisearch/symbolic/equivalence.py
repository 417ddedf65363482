"""Whether two formulas say the same: two formalisations of one sentence, or a formalisation and its back-translation.

Everything is decided by the solver. What it can't settle is ``undecided`` (None), never a pass: a false "equivalent"
would let a wrong formalisation through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from verisearch.errors import InputError, SolverError
from verisearch.logic.formula import And, Formula, Not
from verisearch.logic.vocabulary import Vocabulary
from verisearch.symbolic.session import Session
from verisearch.symbolic.words import listed

__all__ = ["Equivalence", "equivalent", "unsatisfiable", "valid"]

Status: TypeAlias = Literal["equivalent", "different", "undecided"]


@dataclass(frozen=True, slots=True)
class Equivalence:
    """What is known of two formulas.

    ``forward``: the first entails the second; ``backward``: the second entails the first; None where that isn't
    settled. ``reason`` says in a short sentence why they are different, or why nothing can be said. ``only_first`` and
    ``only_second`` are the symbols that the other one lacks.
    """

    status: Status
    forward: bool | None = None
    backward: bool | None = None
    reason: str = ""
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()

    @property
    def says_more(self) -> Literal["first", "second"] | None:
        """Which one entails the other and isn't entailed by it; None if neither is known to be so."""
        if self.forward is True and self.backward is False:
            return "first"
        if self.backward is True and self.forward is False:
            return "second"
        return None


def equivalent(one: Formula, other: Formula, session: Session, background: Sequence[Formula] = ()) -> Equivalence:
    """Whether ``one`` and ``other`` hold in the same cases, among those where all of ``background`` holds.

    Symbols are the same if their names are; one that only one formula has means anything. "Different" is what a
    counter-example shows, so one direction is enough for it. Undecided is

    * what the solver can't say, even when it was asked again in a fresh session, or crashes at;
    * a symbol used with different sorts, or a formula that can't be told to a solver (a free variable);
    * two formulas that are not equivalent, but have no symbol in common and none that ``background`` connects: they may
      say the same in other words;
    * a ``background`` that contradicts itself (it would make all formulas equivalent), or may do so.

    Raises nothing of its own. The session is used as new, and is told its premises again when it needs them next;
    its counts go on.
    """
    try:
        first, second = symbols(one), symbols(other)
        Vocabulary.of([*background, one, other])
    except InputError as error:
        return Equivalence("undecided", reason=str(error))
    only_first = tuple(name for name in first if name not in second)
    only_second = tuple(name for name in second if name not in first)

    def found(status: Status, reason: str, forward: bool | None, backward: bool | None) -> Equivalence:
        return Equivalence(status, forward, backward, reason, only_first, only_second)

    given = tuple(background)
    forward, why = settled(session, And((*given, one, Not(other))))
    backward, other_why = settled(session, And((*given, other, Not(one))))
    if forward is False or backward is False:
        if first and second and not connected(first, second, given):
            return found("undecided", "they have no symbol in common", forward, backward)
        return found("different", difference(forward, backward, only_first, only_second), forward, backward)
    if forward is None or backward is None:
        return found("undecided", why or other_why, forward, backward)
    if given:
        clash, why = settled(session, And(given))
        if clash is not False:
            reason = "the background contradicts itself" if clash else f"the background may contradict itself: {why}"
            return found("undecided", reason, None, None)
    return found("equivalent", "", True, True)


def valid(formula: Formula, session: Session) -> bool | None:
    """Whether ``formula`` holds whatever its symbols mean; None if that isn't settled.

    Raises nothing of its own; the session is used as by `equivalent`.
    """
    return settled(session, Not(formula))[0]


def unsatisfiable(formula: Formula, session: Session) -> bool | None:
    """Whether ``formula`` holds in no case at all; None if that isn't settled.

    Raises nothing of its own; the session is used as by `equivalent`.
    """
    return settled(session, formula)[0]


def settled(session: Session, formula: Formula) -> tuple[bool | None, str]:
    """Whether ``formula`` is unsatisfiable; None, and why, if that can't be said."""
    # As new: a symbol may have been declared with other sorts before, and what was said in between must not matter.
    session.restart()
    try:
        Vocabulary.of([formula])  # each solver refuses a clash of sorts in a way of its own, or takes it as overloading
        answer = session.check((), formula)
    except (InputError, SolverError) as error:
        return None, str(error)
    finally:
        session.restart()
    if answer.status == "unknown":
        return None, answer.reason or "the solver gave no reason"
    return answer.status == "unsat", ""


def symbols(formula: Formula) -> tuple[str, ...]:
    """The names of the symbols in ``formula``. Raises `SignatureError` if one has different sorts."""
    return tuple(Vocabulary.of([formula]).symbols)


def connected(first: Iterable[str], second: Iterable[str], background: Sequence[Formula]) -> bool:
    """Whether the symbols have one in common, or lead to each other through formulas of ``background``."""
    reached, wanted = set(first), set(second)
    groups = [set(symbols(formula)) for formula in background]
    while not reached & wanted:
        near = [group for group in groups if group & reached and not group <= reached]
        if not near:
            return False
        reached.update(*near)
    return True


def difference(
    forward: bool | None, backward: bool | None, only_first: Sequence[str], only_second: Sequence[str]
) -> str:
    """In words: which one says more, and which symbols are in one only."""
    if forward is True:
        reason = "the first says more: it entails the second, which does not entail it"
    elif backward is True:
        reason = "the second says more: it entails the first, which does not entail it"
    elif forward is backward is False:
        reason = "neither entails the other"
    elif forward is False:
        reason = "the first does not entail the second; the other direction is not settled"
    else:
        reason = "the second does not entail the first; the other direction is not settled"
    for place, names in (("first", only_first), ("second", only_second)):
        if names:
            reason += f"; only the {place} has {listed(names)}"
    return reason

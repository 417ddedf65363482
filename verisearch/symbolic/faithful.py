"""Whether a formula that a language model made can be judged: it must say something, and all readings the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from verisearch.logic.fol_writer import to_fol
from verisearch.logic.formula import (
    INT,
    REAL,
    THING,
    And,
    Equal,
    Exists,
    Forall,
    Formula,
    Func,
    Not,
    Var,
    conjuncts,
    subformulas,
    terms_of,
)
from verisearch.symbolic.equivalence import equivalent, unsatisfiable, valid
from verisearch.symbolic.modelled.names import variable_sorts
from verisearch.symbolic.modelled.wording import signed
from verisearch.symbolic.session import Session
from verisearch.verdict import Status

__all__ = ["Faithful", "presumed"]


class Faithful:
    """Whether a model's formula may be judged at all. ``session`` is one apart from that of the premises."""

    def __init__(self, session: Session, words: Callable[[Formula], str]) -> None:
        self.session, self.words = session, words
        self._known: dict[Formula, str] = {}

    def fault(self, formula: Formula, others: Sequence[Formula]) -> tuple[Status, str] | None:
        """What keeps a formula from saying anything, or two readings from agreeing; None if nothing does."""
        if formula not in self._known:
            self._known[formula] = self.idle(formula)
        if self._known[formula]:
            return Status.UNTRANSLATABLE, self._known[formula]
        for other in others:
            found = equivalent(formula, other, self.session)
            if found.status != "equivalent":
                both = f"{to_fol(formula)} (“{self.words(formula)}”) and {to_fol(other)} (“{self.words(other)}”)"
                what = "disagree" if found.status == "different" else "may disagree"
                return Status.UNDECIDED, f"two readings {what}: {both}; {found.reason}".rstrip("; ")
        return None

    def idle(self, formula: Formula) -> str:
        """Why a formula carries nothing; empty if it carries something."""
        always = valid(formula, self.session)
        if always:
            return "its formula holds whatever the words mean, so it carries nothing"
        if unsatisfiable(formula, self.session):
            return "its formula can never hold, so it isn't what the words say"
        if always is None:
            return "whether its formula carries anything is not settled"
        if any(isinstance(part, Equal) for part in subformulas(formula)):
            return self.crowded(formula)
        return ""

    def crowded(self, formula: Formula) -> str:
        """Why a formula calls everything the same: it leaves no room for two things of a sort. What holds of one would
        hold of all then."""
        sorts = variable_sorts(formula) | {part.left.sort for part in subformulas(formula) if isinstance(part, Equal)}
        for sort in sorted(sorts - {INT, REAL}):
            one, other = Var("one", sort), Var("other", sort)
            room = Exists((one, other), Not(Equal(one, other)))
            if unsatisfiable(And((formula, room)), self.session) is not False:
                return "its formula calls everything the same, so it isn't what the words say"
        return ""


def presumed(formula: Formula, premises: Sequence[Formula]) -> str:
    """A sort of which ``formula`` says that there is something, while no constant is of it: solvers take every sort to
    have something in it, and "no unicorn is white" would give "not every unicorn is white". Empty if there is none."""
    terms = [term for each in (formula, *premises) for term in terms_of(each)]
    named = {term.sort for term in terms if isinstance(term, Func) and not term.args}
    stated = (part for each in premises for part in conjuncts(each) if isinstance(part, Exists))
    named |= {variable.sort for part in stated for variable in part.variables}
    for part, sign in signed(formula):
        strong = (isinstance(part, Exists) and sign >= 0) or (isinstance(part, Forall) and sign <= 0)
        for variable in part.variables if strong and isinstance(part, Exists | Forall) else ():
            if variable.sort not in (INT, REAL, THING) and variable.sort not in named:
                return variable.sort
    return ""

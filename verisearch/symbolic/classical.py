"""The ``classical`` reading: full first-order logic, decided by the solver alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice, product

from verisearch.errors import SolverError
from verisearch.logic.formula import (
    And,
    Atom,
    Exists,
    Forall,
    Formula,
    Func,
    Implies,
    Not,
    Var,
    is_literal,
    subformulas,
    substitute,
    terms_of,
)
from verisearch.symbolic.horn import NotHorn, canonical_in, chain, clauses_of, instance
from verisearch.symbolic.session import Session
from verisearch.symbolic.theory import Entry, Judgement, Theory, quick_xplain
from verisearch.verdict import Status

__all__ = ["ClassicalTheory"]

#: Most ground instances of rules that are tried when rule applications are counted.
MAX_INSTANCES = 400
#: Most ground atoms that a counter-model lists.
MAX_FACTS = 12


class Undecided(Exception):
    """The solver could not settle a check that a judgement needs."""


class ClassicalTheory(Theory):
    """Premises under classical first-order logic."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.instance_numbers: dict[Formula, int] = {}

    def states(self, entry: Entry, formula: Formula) -> bool:
        if entry.formula == formula or (isinstance(entry.formula, And) and formula in entry.formula.parts):
            return True
        try:
            return canonical_in(clauses_of(entry.formula), clauses_of(formula))
        except NotHorn:
            return False

    def numbered(self, entries: Iterable[Entry]) -> list[tuple[int, Formula]]:
        return [(entry.number, entry.formula) for entry in entries]

    def unsatisfiable(self, premises: Sequence[tuple[int, Formula]], extra: Formula | None) -> bool:
        """Raises `Undecided` if the solver can't say."""
        answer = self.session.check(premises, extra)
        if answer.status == "unknown":
            raise Undecided(answer.reason)
        return answer.status == "unsat"

    def consistent(self) -> tuple[bool | None, str]:
        try:
            if not self.unsatisfiable(self.numbered(self.entries), None):
                return True, ""
            return False, ", ".join(f"{e.source} {e.index + 1}" for e in self.entries if e.number in self.core(None))
        except Undecided as stop:
            return None, str(stop)

    # --- judging ---
    def judge(self, formula: Formula) -> Judgement:
        try:
            return self.decide(formula)
        except Undecided as stop:
            return Judgement(Status.UNDECIDED, reason=str(stop))

    def decide(self, formula: Formula) -> Judgement:
        premises = self.numbered(self.entries)
        stating = self.stating(formula)
        if stating is not None and self.unsatisfiable([(stating.number, stating.formula)], Not(formula)):
            return Judgement(Status.ENTAILED, (stating.number,), 0)
        if self.unsatisfiable(premises, Not(formula)):
            core = self.core(Not(formula))
            return Judgement(Status.ENTAILED, core, self.leap(formula, core), vacuous=self.vacuous(formula, core))
        facts = self.facts(formula)
        if self.unsatisfiable(premises, formula):
            return Judgement(Status.CONTRADICTED, self.core(formula))
        return Judgement(Status.UNGROUNDED, depends_on_failed=self.failed_behind(formula), facts=facts)

    def core(self, extra: Formula | None) -> tuple[int, ...]:
        """The minimal set of premises that contradicts ``extra``, best by preference."""
        formulas = {entry.number: entry.formula for entry in self.entries}
        preferred = [entry.number for entry in self.preferred()]

        def sufficient(numbers: Sequence[int]) -> bool:
            return self.unsatisfiable([(number, formulas[number]) for number in numbers], extra)

        return tuple(sorted(quick_xplain(preferred, sufficient)))

    def vacuous(self, formula: Formula, core: tuple[int, ...]) -> bool:
        """A rule that holds only because its condition is refuted."""
        variables: tuple[Var, ...] = ()
        while isinstance(formula, Forall):
            variables, formula = variables + formula.variables, formula.body
        if not isinstance(formula, Implies):
            return False
        body = Exists(variables, formula.body) if variables else formula.body
        return self.unsatisfiable([(e.number, e.formula) for e in self.entries if e.number in core], body)

    def failed_behind(self, formula: Formula) -> tuple[int, ...]:
        """Steps that failed and would make the claim follow if they were granted."""
        if not self.failed:
            return ()
        granted = self.numbered([*self.entries, *self.failed])
        if self.unsatisfiable(granted, None) or not self.unsatisfiable(granted, Not(formula)):
            return ()
        formulas = dict(granted)
        preferred = [entry.number for entry in [*self.preferred(), *self.failed]]
        core = quick_xplain(
            preferred, lambda numbers: self.unsatisfiable([(n, formulas[n]) for n in numbers], Not(formula))
        )
        return tuple(sorted({entry.index for entry in self.failed if entry.number in core}))

    # --- counting rule applications ---
    def leap(self, formula: Formula, core: tuple[int, ...]) -> int | None:
        """Rule applications behind an entailment: rounds of forward chaining where that gets there, else the number
        of rule instances that the shortest core found over ground instances needs. None if neither can be said."""
        chosen = [entry for entry in self.entries if entry.number in core]
        rounds = self.rounds(formula)
        if rounds is not None:
            return rounds
        rules = [entry.formula for entry in chosen if not is_literal(entry.formula)]
        if not rules:
            return 0
        return self.instances_needed(formula, chosen)

    def rounds(self, formula: Formula) -> int | None:
        """Rounds of forward chaining from all premises to ``formula``; None if that doesn't get there."""
        premises = []
        for entry in self.preferred():
            try:
                premises += [(entry.number, clause) for clause in clauses_of(entry.formula)]
            except NotHorn:
                continue
        try:
            goals = clauses_of(formula)
        except NotHorn:
            return None
        rounds = 0
        for clause in goals:
            fresh = [f"\0{k}" for k in range(clause.variables)]
            body = [(-1, type(clause)((), instance(lit, fresh), 0)) for lit in clause.body]
            closure, goal = chain([*body, *premises], fresh), instance(clause.head, fresh)
            if goal not in closure:
                return None
            rounds = max(rounds, closure.round_of(goal))
        return rounds

    def instances_needed(self, formula: Formula, chosen: list[Entry]) -> int | None:
        """The size of a minimal set of rule instances that, with the facts in the core, gives ``formula``."""
        negated = [Not(formula)]
        names: dict[Func, None] = {}
        while isinstance(formula, Forall):
            fresh = {variable: Func(f"\0{variable.name}", (), variable.sort) for variable in formula.variables}
            names.update(dict.fromkeys(fresh.values()))
            formula = substitute(formula.body, fresh)
            negated = [Not(formula)]
        for each in [*(entry.formula for entry in chosen), formula]:
            if any(isinstance(part, Exists) for part in subformulas(each)):
                return None
            for term in terms_of(each):
                if isinstance(term, Func):
                    if term.args:
                        return None
                    names.setdefault(term)
        instances: list[tuple[int, Formula, bool]] = []
        for entry in chosen:
            rule = not is_literal(entry.formula)
            for ground in islice(ground_instances(entry.formula, list(names)), MAX_INSTANCES + 1):
                instances.append((self.instance_number(ground), ground, rule))
            if len(instances) > MAX_INSTANCES:
                return None
        formulas = {number: ground for number, ground, _ in instances}
        order = [number for number, _, rule in instances if not rule] + [n for n, _, rule in instances if rule]

        def sufficient(numbers: Sequence[int]) -> bool:
            return self.unsatisfiable([(number, formulas[number]) for number in numbers], negated[0])

        if not sufficient(order):
            return None
        needed = set(quick_xplain(order, sufficient))
        return sum(1 for number, _, rule in instances if rule and number in needed)

    def instance_number(self, ground: Formula) -> int:
        """A number for a ground instance, apart from those of the premises."""
        return self.instance_numbers.setdefault(ground, 1_000_000 + len(self.instance_numbers))

    # --- counter-models ---
    def facts(self, formula: Formula) -> tuple[tuple[Formula, bool], ...]:
        """Values, in the model just found, of the ground atoms about the things in ``formula``."""
        things = [term for term in terms_of(formula) if isinstance(term, Func) and not term.args]
        wanted: dict[Formula, None] = {}
        for entry in self.entries:
            for part in subformulas(entry.formula):
                if isinstance(part, Atom) and len(wanted) < 4 * MAX_FACTS:
                    for ground in about(part, things):
                        wanted.setdefault(ground)
        for part in subformulas(formula):
            if isinstance(part, Atom) and all(isinstance(term, Func) for term in part.args):
                wanted.pop(part, None)
        try:
            values = self.session.truth(list(wanted))
        except SolverError:
            return ()
        return tuple((atom, value) for atom, value in zip(wanted, values, strict=True) if value is not None)[:MAX_FACTS]


def about(atom: Atom, things: Sequence[Func]) -> Iterable[Formula]:
    """``atom`` with its variables replaced by each of ``things``, if it then speaks of one of them."""
    variables = [term for term in atom.args if isinstance(term, Var)]
    if any(isinstance(term, Func) and term.args for term in atom.args) or len(variables) > 1:
        return
    for thing in things if variables else [None]:
        ground = substitute(atom, dict.fromkeys(variables, thing)) if thing is not None else atom
        if any(term in things for term in terms_of(ground)) or not atom.args:
            yield ground


def ground_instances(formula: Formula, constants: list[Func]) -> Iterable[Formula]:
    """``formula`` with its outer universal variables replaced by constants of their sorts, in all ways."""
    if not isinstance(formula, Forall):
        yield formula
        return
    choices = [[name for name in constants if name.sort == variable.sort] for variable in formula.variables]
    for values in product(*choices):
        yield from ground_instances(
            substitute(formula.body, dict(zip(formula.variables, values, strict=True))), constants
        )

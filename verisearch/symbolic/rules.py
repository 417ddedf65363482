"""The ``rules`` reading: rules fire forwards only, a negated atom is a predicate of its own.

Forward chaining finds what follows, how far and from what; the solver confirms each result on the same clauses in which
``not p`` is a predicate of its own, so that neither contraposition nor case analysis can creep in. Where the two don't
agree, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from verisearch.logic.formula import And, Atom, Forall, Formula, Func, Implies, Not, Var
from verisearch.symbolic.horn import (
    Clause,
    Closure,
    Lit,
    NotHorn,
    canonical_in,
    chain,
    clauses_of,
    flip,
    instance,
    unify,
)
from verisearch.symbolic.session import Session
from verisearch.symbolic.theory import Entry, Inexpressible, Judgement, Theory
from verisearch.verdict import Status

__all__ = ["RulesTheory", "formula_of", "forward"]

#: Number of the assumed body of a rule that is judged.
GIVEN = -1


@lru_cache(maxsize=1 << 15)
def forward(formula: Formula) -> Formula:
    """``formula`` with each negated atom made an atom of the predicate ``not p``."""
    if isinstance(formula, Not) and isinstance(formula.body, Atom):
        return Atom(f"not {formula.body.predicate}", formula.body.args)
    if isinstance(formula, Not) and isinstance(formula.body, Not):
        return forward(formula.body.body)
    if isinstance(formula, And):
        return And(tuple(forward(part) for part in formula.parts))
    if isinstance(formula, Implies):
        return Implies(forward(formula.body), forward(formula.head))
    if isinstance(formula, Forall):
        return Forall(formula.variables, forward(formula.body))
    return formula


def formula_of(lit: Lit) -> Formula:
    """A ground literal as a formula."""
    atom = Atom(lit.predicate, tuple(Func(str(argument)) for argument in lit.args))
    return atom if lit.positive else Not(atom)


def horn(formula: Formula) -> tuple[Clause, ...]:
    """Horn clauses of ``formula``. Raises `Inexpressible`."""
    try:
        return cached_clauses(formula)
    except NotHorn as error:
        raise Inexpressible(str(error)) from None


cached_clauses = lru_cache(maxsize=1 << 15)(clauses_of)


class RulesTheory(Theory):
    """Premises under the forward-only reading."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.known: Closure | None = None

    def prepare(self, entry: Entry) -> Entry:
        horn(entry.formula)
        self.known = None
        return entry

    def states(self, entry: Entry, formula: Formula) -> bool:
        return canonical_in(horn(entry.formula), horn(formula))

    def labelled(self, entries: Iterable[Entry]) -> list[tuple[int, Clause]]:
        return [(entry.number, clause) for entry in entries for clause in horn(entry.formula)]

    def closure(self) -> Closure:
        """Everything that follows from the premises."""
        if self.known is None:
            self.known = chain(self.labelled(self.preferred()))
        return self.known

    # --- consistency ---
    def consistent(self) -> tuple[bool | None, str]:
        closure = self.closure()
        for lit in closure.derivations:
            if not lit.positive and flip(lit) in closure:
                both = (flip(lit), lit)
                return False, " and ".join(formula_text_of(each) for each in both)
        signs = {(clause.head.predicate, clause.head.positive) for _, clause in self.labelled(self.entries)}
        contested = sorted({name for name, positive in signs if not positive and (name, True) in signs})
        arities = {c.head.predicate: len(c.head.args) for _, c in self.labelled(self.entries)}
        if not contested:
            return True, ""
        # Horn clauses have a least model: it holds both signs of no atom if and only if some model does
        clashes = And(tuple(never_both(name, arities[name]) for name in contested))
        answer = self.session.check(self.numbered(self.entries), clashes)
        if answer.status == "sat":
            return True, ""
        if answer.status == "unsat":
            return None, "the solver finds the context contradictory, forward chaining does not"
        return None, answer.reason

    # --- judging ---
    def judge(self, formula: Formula) -> Judgement:
        clauses = horn(formula)
        stating = self.stating(formula)
        if stating is not None:
            return self.confirmed(formula, (stating.number,), 0)
        parts = [self.judge_clause(clause) for clause in clauses]
        entailed = all(part.status is Status.ENTAILED for part in parts)
        if entailed:
            leap = max(part.leap or 0 for part in parts)
            numbers = self.in_order({number for part in parts for number in part.premises})
            return self.confirmed(formula, numbers, leap)
        contradicted = next((part for part in parts if part.status is Status.CONTRADICTED), None)
        if contradicted is not None:
            return contradicted
        return self.unfounded(formula, clauses, next(part for part in parts if part.status is Status.UNGROUNDED))

    def judge_clause(self, clause: Clause) -> Judgement:
        """Forward chaining's opinion, the solver's only for a contradiction."""
        closure, goal = self.assume(clause, self.labelled(self.preferred()), self.closure())
        if goal in closure:
            numbers = self.minimal(clause, goal, closure)
            return Judgement(Status.ENTAILED, numbers, closure.round_of(goal))
        against = self.counter_instance(clause)
        if against is not None:
            goals, opposite = against
            numbers = self.minimise(goals, self.closure().support(goals))
            return self.confirmed(opposite, numbers, None, Status.CONTRADICTED)
        return Judgement(Status.UNGROUNDED)

    def assume(self, clause: Clause, premises: Sequence[tuple[int, Clause]], known: Closure) -> tuple[Closure, Lit]:
        """The closure with the clause's body assumed of fresh constants, and its head as the goal."""
        fresh = [f"\0{k}" for k in range(clause.variables)]
        goal = instance(clause.head, fresh)
        if not clause.body and not clause.variables:
            return known, goal
        body = [(GIVEN, Clause((), instance(lit, fresh), 0)) for lit in clause.body]
        return chain([*body, *premises], fresh), goal

    def counter_instance(self, clause: Clause) -> tuple[tuple[Lit, ...], Formula] | None:
        """An instance whose body is derived and whose head's complement is: the literals, and them as a formula."""
        closure = self.closure()
        for binding in closure.instances(clause):
            head = flip(instance(clause.head, binding))
            if head in closure:
                goals = (*(instance(lit, binding) for lit in clause.body), head)
                return goals, And(tuple(formula_of(lit) for lit in goals)) if clause.body else formula_of(head)
        return None

    def minimal(self, clause: Clause, goal: Lit, closure: Closure) -> tuple[int, ...]:
        """A minimal set of premises that gives the goal."""
        support = closure.support([goal]) - {GIVEN}
        if not clause.body:
            return self.minimise((goal,), support)

        def gives(numbers: set[int]) -> bool:
            premises = [pair for pair in self.labelled(self.preferred()) if pair[0] in numbers]
            narrowed, same_goal = self.assume(clause, premises, closure)
            return same_goal in narrowed

        return self.delete(support, gives)

    def minimise(self, goals: Sequence[Lit], support: set[int]) -> tuple[int, ...]:
        premises = self.labelled(entry for entry in self.preferred() if entry.number in support)

        def gives(numbers: set[int]) -> bool:
            narrowed = chain([pair for pair in premises if pair[0] in numbers], self.closure().constants)
            return all(goal in narrowed for goal in goals)

        return self.delete(support, gives)

    def delete(self, support: set[int], gives: object) -> tuple[int, ...]:
        """Deletion, least preferred premise first."""
        kept = set(support)
        if len(kept) > 1:
            for entry in reversed(self.preferred()):
                if entry.number in kept and gives(kept - {entry.number}):  # type: ignore[operator]
                    kept.discard(entry.number)
        return self.in_order(kept)

    def in_order(self, numbers: set[int]) -> tuple[int, ...]:
        return tuple(sorted(numbers))

    # --- the solver's part ---
    def numbered(self, entries: Iterable[Entry]) -> list[tuple[int, Formula]]:
        return [(entry.number, forward(entry.formula)) for entry in entries]

    def confirmed(
        self, formula: Formula, numbers: tuple[int, ...], leap: int | None, status: Status = Status.ENTAILED
    ) -> Judgement:
        """``status`` if the solver agrees that the numbered premises entail ``formula``, else undecided."""
        chosen = [entry for entry in self.entries if entry.number in numbers]
        answer = self.session.check(self.numbered(chosen), Not(forward(formula)))
        if answer.status == "unsat":
            return Judgement(status, numbers, leap)
        reason = answer.reason or "forward chaining and the solver don't agree"
        return Judgement(Status.UNDECIDED, reason=reason)

    def unfounded(self, formula: Formula, clauses: tuple[Clause, ...], part: Judgement) -> Judgement:
        """Neither the claim nor its complement follows: confirmed by the solver, with what is missing."""
        answers = [self.session.check(self.numbered(self.entries), Not(forward(formula)))]
        if len(clauses) == 1 and not clauses[0].body and not clauses[0].variables:
            opposite = forward(formula_of(flip(clauses[0].head)))
            answers.append(self.session.check(self.numbered(self.entries), Not(opposite)))
        if any(answer.status == "unsat" for answer in answers):
            return Judgement(Status.UNDECIDED, reason="forward chaining and the solver don't agree")
        unknown = next((answer for answer in answers if answer.status == "unknown"), None)
        if unknown is not None:
            return Judgement(Status.UNDECIDED, reason=unknown.reason)
        nearest, missing = self.nearest(clauses)
        return Judgement(
            Status.UNGROUNDED,
            depends_on_failed=self.failed_behind(clauses),
            nearest=nearest,
            missing=tuple(formula_of(lit) for lit in missing),
            facts=self.facts_about(clauses),
        )

    # --- explaining a failure ---
    def failed_behind(self, clauses: tuple[Clause, ...]) -> tuple[int, ...]:
        """Steps that failed and would make the claim follow if they were granted."""
        if not self.failed:
            return ()
        premises = self.labelled([*self.preferred(), *self.failed])
        closure = chain(premises)
        steps: set[int] = set()
        for clause in clauses:
            granted, goal = self.assume(clause, premises, closure)
            if goal not in granted:
                return ()
            support = granted.support([goal])
            steps.update(entry.index for entry in self.failed if entry.number in support)
        return tuple(sorted(steps))

    def nearest(self, clauses: tuple[Clause, ...]) -> tuple[int | None, tuple[Lit, ...]]:
        """The premise that comes nearest to giving a ground claim, and the conditions that are not met."""
        closure = self.closure()
        best: tuple[int | None, tuple[Lit, ...]] = (None, ())
        for target in (clause.head for clause in clauses if not clause.body and not clause.variables):
            for number, rule in self.labelled(self.entries):
                if (rule.head.predicate, rule.head.positive) != target[:2] or not rule.body:
                    continue
                binding = unify(rule.head.args, target.args, [None] * rule.variables)
                if binding is None or None in binding:
                    continue
                body = (instance(lit, binding) for lit in rule.body)  # type: ignore[arg-type]
                missing = tuple(lit for lit in body if lit not in closure)
                if best[0] is None or len(missing) < len(best[1]):
                    best = (number, missing)
        return best

    def facts_about(self, clauses: tuple[Clause, ...], limit: int = 12) -> tuple[tuple[Formula, bool], ...]:
        """What is known of the things in a ground claim: the counter-model is the least model."""
        things = {argument for clause in clauses for argument in clause.head.args if isinstance(argument, str)}
        about = [lit for lit in self.closure().derivations if things.intersection(lit.args)][:limit]
        return tuple((Atom(lit.predicate, tuple(map(Func, map(str, lit.args)))), lit.positive) for lit in about)


def formula_text_of(lit: Lit) -> str:
    """A ground literal in FOL notation."""
    from verisearch.logic.fol_writer import to_fol

    return to_fol(formula_of(lit))


def never_both(name: str, arity: int) -> Formula:
    """No arguments are in both ``name`` and ``not name``."""
    variables = tuple(Var(f"x{k}") for k in range(arity))
    clash = Not(And((Atom(name, variables), Atom(f"not {name}", variables))))
    return Forall(variables, clash) if variables else clash

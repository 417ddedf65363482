"""The ``rules`` reading: rules fire forwards only, a negated atom is a predicate of its own.

Forward chaining finds what follows, how far and from what; the solver confirms each result on the same clauses in which
``not p`` is a predicate of its own, so that neither contraposition nor case analysis can creep in. Where the two don't
agree, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from verisearch.logic.fol_writer import to_fol
from verisearch.logic.formula import And, Atom, Forall, Formula, Implies, Not, Sort
from verisearch.symbolic.clauses import ClauseBase, horn
from verisearch.symbolic.horn import (
    Clause,
    Closure,
    Lit,
    canonical_in,
    chain,
    constants_of,
    flip,
    instance,
    unify,
)
from verisearch.symbolic.literals import atom_of, formula_of, never_both, sorts_in
from verisearch.symbolic.session import Session
from verisearch.symbolic.theory import Entry, EntrySource, Judgement, Theory
from verisearch.verdict import Status

__all__ = ["RulesTheory", "forward"]

#: Number of the assumed body of a rule that is judged.
GIVEN = -1
#: A thing of which nothing is said by name: what holds of everything holds of it too.
ANYTHING = "anything"


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


class RulesTheory(Theory):
    """Premises under the forward-only reading."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.base = ClauseBase()
        self.known: Closure | None = None
        #: The closure's literals are right, its rounds are not: something derived was stated since.
        self.rounds_stale = False
        #: Stated facts, each with the number of its clause.
        self.facts: dict[Lit, int] = {}
        #: The solver knows the context.
        self.told = False
        self.forwarded: dict[int, Formula] = {}
        #: Sorts of the arguments of predicates: clauses know nothing of them, the solver does.
        self.sorts: dict[str, tuple[Sort, ...]] = {}
        #: Things that claims name and premises don't.
        self.things: dict[str, None] = {}
        #: A premise says something of everything, whatever it is.
        self.sweeping = False

    def add(self, formula: Formula, source: EntrySource, index: int, claim: int = 0) -> None:
        self.sorts.update(sorts_in(formula))
        entry = Entry(self.next_number(), formula, source, index, claim)
        before = len(self.base.clauses)
        self.base.add(entry)
        for number in range(before, len(self.base.clauses)):
            clause = self.base.clauses[number]
            fact = not clause.body and not clause.variables
            if fact:
                self.facts[clause.head] = number
            bound = {argument for lit in clause.body for argument in lit.args}
            self.sweeping |= any(isinstance(argument, int) and argument not in bound for argument in clause.head.args)
            if fact and self.known is not None and clause.head in self.known:
                self.rounds_stale = True
            else:
                self.known = None
        self.entries.append(entry)

    def grant(self, formula: Formula, index: int) -> None:
        horn(formula)
        super().grant(formula, index)

    def entry(self, number: int) -> Entry:
        return self.base.entries[number]

    def stating(self, formula: Formula) -> Entry | None:
        return self.base.stating(formula)

    def states(self, entry: Entry, formula: Formula) -> bool:
        return canonical_in(horn(entry.formula), horn(formula))

    def closure(self) -> Closure:
        """Everything that follows from the premises; labels are clause numbers. Rounds may be stale."""
        if self.known is None:
            self.known = self.derive(self.base.labelled(), self.universe())
            self.rounds_stale = False
        return self.known

    def universe(self) -> list[str]:
        """Things besides those that premises name."""
        return [*self.things, ANYTHING] if self.sweeping else list(self.things)

    def reach(self, clauses: Iterable[Clause]) -> None:
        """Make the closure reach the things in ``clauses``."""
        unknown = set(constants_of(clauses)).difference(self.closure().constants)
        if unknown and self.reaches_all():
            self.things.update(dict.fromkeys(sorted(unknown)))
            self.known = None

    def reaches_all(self) -> bool:
        """Something can be derived of things that no premise names."""
        return self.sweeping

    def exact_closure(self) -> Closure:
        """The closure with rounds and derivations as the premises now stand."""
        if self.rounds_stale:
            self.known = None
        return self.closure()

    def derive(self, premises: Sequence[tuple[int, Clause]], constants: Iterable[str] = ()) -> Closure:
        """What follows from labelled clauses under this reading. Raises `Inexpressible`."""
        return chain(premises, constants)

    def sources(self, labels: Iterable[int]) -> set[int]:
        """Numbers of the premises that are named for those clauses."""
        return {self.base.source(label).number for label in labels if label >= 0}

    # --- consistency ---
    def consistent(self) -> tuple[bool | None, str]:
        closure = self.closure()
        for lit in closure.derivations:
            if not lit.positive and flip(lit) in closure:
                both = (flip(lit), lit)
                return False, " and ".join(to_fol(formula_of(each, self.sorts)) for each in both)
        heads = [clause.head for clause in self.base.clauses]
        signs = {(head.predicate, head.positive) for head in heads}
        contested = sorted({name for name, positive in signs if not positive and (name, True) in signs})
        if not contested:
            return True, ""
        # Horn clauses have a least model: it holds both signs of no atom if and only if some model does
        clashes = And(tuple(never_both(name, self.sorts[name]) for name in contested))
        answer = self.session.check(self.numbered(self.entries), clashes)
        if answer.status == "sat":
            return True, ""
        if answer.status == "unsat":
            return None, "the solver finds the context contradictory, forward chaining does not"
        return None, answer.reason

    # --- judging ---
    def judge(self, formula: Formula) -> Judgement:
        clauses = horn(formula)
        self.sorts.update(sorts_in(formula))
        stating = self.stating(formula)
        if stating is not None:
            return Judgement(Status.ENTAILED, (stating.number,), 0)  # the very same clauses: nothing to solve
        self.reach(clauses)
        parts = [self.judge_clause(clause) for clause in clauses]
        entailed = all(part.status is Status.ENTAILED for part in parts)
        if entailed:
            leap = max(part.leap or 0 for part in parts)
            numbers = self.in_order({number for part in parts for number in part.premises})
            return self.confirmed(formula, numbers, leap)
        for status in (Status.CONTRADICTED, Status.UNDECIDED):
            found = next((part for part in parts if part.status is status), None)
            if found is not None:
                return found
        return self.unfounded(formula, clauses, next(part for part in parts if part.status is Status.UNGROUNDED))

    def judge_clause(self, clause: Clause) -> Judgement:
        """Forward chaining's opinion, the solver's only for a contradiction."""
        if not clause.body and not clause.variables:
            found = self.judge_fact(clause.head)
        else:
            found = self.judge_rule(clause)
        if found is not None:
            return found
        against = self.counter_instance(clause)
        if against is not None:
            goals, opposite = against
            premises = self.minimise(goals, self.exact_closure())
            return self.confirmed(opposite, premises, None, Status.CONTRADICTED)
        return Judgement(Status.UNGROUNDED)

    def judge_fact(self, goal: Lit) -> Judgement | None:
        """How a ground literal is derived; None if it isn't."""
        if goal in self.facts:
            return Judgement(Status.ENTAILED, self.in_order(self.sources([self.facts[goal]])), 0)
        if goal not in self.closure():
            return None
        direct = self.one_application(goal)
        if direct is not None:
            return Judgement(Status.ENTAILED, self.minimal_behind((goal,), direct, direct=True), 1)
        closure = self.exact_closure()
        return Judgement(Status.ENTAILED, self.minimise((goal,), closure), closure.round_of(goal))

    def judge_rule(self, clause: Clause) -> Judgement | None:
        """How a rule's head is derived from its body; None if it isn't."""
        closure, goal = self.assume(clause)
        if goal not in closure:
            return None

        def gives(numbers: set[int]) -> bool:
            narrowed, same_goal = self.assume(clause, numbers)
            return same_goal in narrowed

        numbers = self.delete(self.sources(closure.support([goal])), gives)
        return Judgement(Status.ENTAILED, numbers, closure.round_of(goal))

    def assume(self, clause: Clause, only: Iterable[int] | None = None) -> tuple[Closure, Lit]:
        """The closure (of all premises, or the entries ``only``) with the clause's body assumed of fresh constants, and
        its head as the goal."""
        fresh = [f"\0{k}" for k in range(clause.variables)]
        goal = instance(clause.head, fresh)
        body = [(GIVEN, Clause((), instance(lit, fresh), 0)) for lit in clause.body]
        return self.derive([*body, *self.base.labelled(only)], [*fresh, *self.universe()]), goal

    def counter_instance(self, clause: Clause) -> tuple[tuple[Lit, ...], Formula] | None:
        """An instance whose body is derived and whose head's complement is: the literals, and them as a formula."""
        closure = self.closure()
        for binding in closure.instances(clause):
            head = flip(instance(clause.head, binding))
            if head in closure:
                goals = (*(instance(lit, binding) for lit in clause.body), head)
                said = tuple(formula_of(lit, self.sorts) for lit in goals)
                return goals, And(said) if clause.body else said[-1]
        return None

    def one_application(self, goal: Lit) -> set[int] | None:
        """Of the rules that give ``goal`` from stated facts at once, the one said last, with its facts."""
        best: tuple[tuple[int, ...], set[int]] | None = None
        closure = self.closure()
        for label, rule in self.base.labelled():
            if (rule.head.predicate, rule.head.positive) != goal[:2]:
                continue
            binding = unify(rule.head.args, goal.args, [None] * rule.variables)
            for full in closure.matches(rule.body, binding) if binding is not None else ():
                body = [instance(lit, full) for lit in rule.body] if None not in full else []  # type: ignore[arg-type]
                if len(body) != len(rule.body) or any(lit not in self.facts for lit in body):
                    continue
                numbers = self.sources([label, *(self.facts[lit] for lit in body)])
                rank = tuple(sorted((self.recency(number) for number in numbers), reverse=True))
                if best is None or rank > best[0]:
                    best = rank, numbers
        return best[1] if best else None

    def recency(self, number: int) -> int:
        """Larger for nearer steps; below zero for context sentences, the first being the largest of them."""
        entry = self.entry(number)
        return entry.index if entry.source == "step" else -1 - entry.index

    def minimise(self, goals: Sequence[Lit], closure: Closure) -> tuple[int, ...]:
        """A minimal subset of the premises in the derivations of ``goals``."""
        return self.minimal_behind(goals, self.sources(closure.support(goals)))

    def minimal_behind(self, goals: Sequence[Lit], chosen: set[int], direct: bool = False) -> tuple[int, ...]:
        """A minimal subset of ``chosen`` that gives all ``goals``. ``direct``: they are one rule and its facts; if each
        states one thing only, nothing can be left out."""
        if len(chosen) < 2 or (direct and all(len(self.base.of_entry[number]) == 1 for number in chosen)):
            return self.in_order(chosen)
        constants = self.closure().constants

        def gives(numbers: set[int]) -> bool:
            narrowed = self.derive(self.base.labelled(numbers), constants)
            return all(goal in narrowed for goal in goals)

        return self.delete(chosen, gives)

    def delete(self, support: set[int], gives: Callable[[set[int]], bool]) -> tuple[int, ...]:
        """Deletion, least preferred premise first."""
        kept = set(support)
        if len(kept) > 1:
            for number in sorted(kept, key=self.recency):
                if gives(kept - {number}):
                    kept.discard(number)
        return self.in_order(kept)

    def in_order(self, numbers: set[int]) -> tuple[int, ...]:
        return tuple(sorted(numbers))

    # --- the solver's part ---
    def numbered(self, entries: Iterable[Entry]) -> list[tuple[int, Formula]]:
        numbered = []
        for entry in entries:
            formula = self.forwarded.get(entry.number)
            if formula is None:
                formula = self.forwarded[entry.number] = forward(entry.formula)
            numbered.append((entry.number, formula))
        return numbered

    def confirmed(
        self, formula: Formula, numbers: tuple[int, ...], leap: int | None, status: Status = Status.ENTAILED
    ) -> Judgement:
        """``status`` if the solver agrees that the numbered premises entail ``formula``, else undecided."""
        if not self.told:
            self.told = True
            self.session.tell(self.numbered(entry for entry in self.entries if entry.source == "context"))
        answer = self.session.check(self.numbered(self.base.first_statements(numbers)), Not(forward(formula)))
        if answer.status == "unsat":
            return Judgement(status, numbers, leap)
        reason = answer.reason or "forward chaining and the solver don't agree"
        return Judgement(Status.UNDECIDED, reason=reason)

    def unfounded(self, formula: Formula, clauses: tuple[Clause, ...], part: Judgement) -> Judgement:
        """Neither the claim nor its complement follows: confirmed by the solver, with what is missing."""
        answers = [self.session.check(self.numbered(self.entries), Not(forward(formula)))]
        if len(clauses) == 1 and not clauses[0].body and not clauses[0].variables:
            opposite = forward(formula_of(flip(clauses[0].head), self.sorts))
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
            missing=tuple(formula_of(lit, self.sorts) for lit in missing),
            facts=self.facts_about(clauses),
        )

    # --- explaining a failure ---
    def failed_behind(self, clauses: tuple[Clause, ...]) -> tuple[int, ...]:
        """Steps that failed and would make the claim follow if they were granted."""
        if not self.failed:
            return ()
        granted = ClauseBase()
        for entry in [*self.entries, *self.failed]:
            granted.add(entry)
        failed = {entry.number: entry.index for entry in self.failed}
        steps: set[int] = set()
        for clause in clauses:
            fresh = [f"\0{k}" for k in range(clause.variables)]
            body = [(GIVEN, Clause((), instance(lit, fresh), 0)) for lit in clause.body]
            goal = instance(clause.head, fresh)
            closure = self.derive([*body, *granted.labelled()], [*fresh, *constants_of([clause])])
            if goal not in closure:
                return ()
            support = closure.support([goal])
            stating = {e.number for label in support if label >= 0 for e in granted.stated_by[label][:1]}
            steps.update(failed[number] for number in stating if number in failed)
        return tuple(sorted(steps))

    def nearest(self, clauses: tuple[Clause, ...]) -> tuple[int | None, tuple[Lit, ...]]:
        """The premise that comes nearest to giving a ground claim, and the conditions that are not met."""
        closure = self.closure()
        best: tuple[int | None, tuple[Lit, ...]] = (None, ())
        for target in (clause.head for clause in clauses if not clause.body and not clause.variables):
            for label, rule in self.base.labelled():
                if (rule.head.predicate, rule.head.positive) != target[:2] or not rule.body:
                    continue
                binding = unify(rule.head.args, target.args, [None] * rule.variables)
                if binding is None or None in binding:
                    continue
                body = (instance(lit, binding) for lit in rule.body)  # type: ignore[arg-type]
                missing = tuple(lit for lit in body if lit not in closure)
                if best[0] is None or len(missing) < len(best[1]):
                    best = (self.base.source(label).number, missing)
        return best

    def facts_about(self, clauses: tuple[Clause, ...], limit: int = 12) -> tuple[tuple[Formula, bool], ...]:
        """What is known of the things in a ground claim: the counter-model is the least model."""
        things = {argument for clause in clauses for argument in clause.head.args if isinstance(argument, str)}
        about = [lit for lit in self.closure().derivations if things.intersection(lit.args)][:limit]
        return tuple((atom_of(lit, self.sorts), lit.positive) for lit in about)

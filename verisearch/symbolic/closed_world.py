"""The closed-world reading: forward rules with negation as failure, over stratified programs.

What isn't derivable is false. The model is computed stratum by stratum by forward chaining, which also says how far
each literal lies and what it rests on; clingo computes the stable model of the same program, and the two must agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

import networkx as nx

from verisearch.logic.formula import Formula
from verisearch.symbolic.clauses import horn
from verisearch.symbolic.horn import Clause, Closure, Lit, chain, constants_of, flip, instance
from verisearch.symbolic.literals import formula_text_of
from verisearch.symbolic.options import Negation
from verisearch.symbolic.rules import GIVEN, RulesTheory
from verisearch.symbolic.session import Session
from verisearch.symbolic.theory import Inexpressible, Judgement
from verisearch.verdict import Status

__all__ = ["ClosedWorldTheory", "program_text"]

#: Number of the assumption that what isn't derived is false.
CLOSED = -2
Labelled = Sequence[tuple[int, Clause]]


class ClosedWorldTheory(RulesTheory):
    """Premises under negation as failure.

    A negative literal in a condition holds if its atom isn't derivable. A negative fact or conclusion adds nothing
    (what isn't derived is false anyway), but the context contradicts itself if the atom is derived too.
    """

    def __init__(self, session: Session, negation: Negation = "derived") -> None:
        super().__init__(session)
        self.negation = negation

    def stated(self) -> frozenset[Lit] | None:
        """The given facts that negation is looked up in; None if it is looked up in all that is derived."""
        if self.negation == "derived":
            return None
        context = (entry for entry in self.entries if entry.source == "context")
        clauses = (clause for entry in context for clause in horn(entry.formula))
        return frozenset(clause.head for clause in clauses if not clause.body and not clause.variables)

    def derive(self, premises: Labelled, constants: Iterable[str] = ()) -> Closure:
        stated = self.stated()
        return stratified_model(premises, constants) if stated is None else given_model(premises, constants, stated)

    def consistent(self) -> tuple[bool | None, str]:
        try:
            closure = self.closure()
        except Inexpressible as limit:
            return None, str(limit)
        for clause in self.base.clauses:
            if clause.head.positive:
                continue
            for binding in closure.instances(clause):
                head = instance(clause.head, binding)
                if flip(head) in closure:
                    return False, f"{formula_text_of(flip(head))} and {formula_text_of(head)}"
        return True, ""

    def universe(self) -> list[str]:
        return list(self.things)  # a closed world has no things but those that are named

    def reaches_all(self) -> bool:
        return True  # what nothing is said of is not kind, and whatever follows from that

    def judge(self, formula: Formula) -> Judgement:
        clauses = horn(formula)
        self.reach(clauses)
        parts = [self.judge_part(clause) for clause in clauses]
        for status in (Status.UNDECIDED, Status.CONTRADICTED, Status.UNGROUNDED):
            found = next((part for part in parts if part.status is status), None)
            if found is not None:
                return found
        stating = self.stating(formula)
        if stating is not None:
            return Judgement(Status.ENTAILED, (stating.number,), 0)
        numbers = self.in_order({number for part in parts for number in part.premises})
        reason = next((part.reason for part in parts if part.reason), "")
        return Judgement(Status.ENTAILED, numbers, max(part.leap or 0 for part in parts), reason)

    def judge_part(self, clause: Clause) -> Judgement:
        if clause.body or clause.variables:
            return self.judge_rule(clause)
        closure, atom = self.exact_closure(), Lit(clause.head.predicate, True, clause.head.args)
        derived = atom in closure
        if self.clingo_holds(atom) is not derived:
            return Judgement(Status.UNDECIDED, reason="forward chaining and clingo don't agree")
        premises = self.behind(closure, atom) if derived else ()
        if derived == clause.head.positive:
            reason = "" if derived else "its opposite is not derivable, so it holds in a closed world"
            return Judgement(Status.ENTAILED, premises, closure.round_of(atom) if derived else 0, reason)
        reason = "" if derived else "it is not derivable, so it is false in a closed world"
        return Judgement(Status.CONTRADICTED, premises, reason=reason)

    def judge_rule(self, clause: Clause) -> Judgement:
        """A rule holds if it is stated, or if its head follows from its body on things otherwise unknown."""
        stated = self.base.numbers.get((frozenset(clause.body), clause.head))
        if stated is not None:
            return Judgement(Status.ENTAILED, (self.base.source(stated).number,), 0)
        closure = self.closure()
        derivable = Clause(tuple(lit for lit in clause.body if lit.positive), clause.head, clause.variables)
        for binding in closure.instances(derivable):
            head = instance(clause.head, binding)
            if holds(head, closure) or not all(holds(instance(lit, binding), closure) for lit in clause.body):
                continue
            premises = self.in_order(self.sources(closure.support(instance(lit, binding) for lit in derivable.body)))
            return Judgement(Status.CONTRADICTED, premises, reason=f"{formula_text_of(flip(head))} holds")
        fresh = [f"\0{k}" for k in range(clause.variables)]
        body = [instance(lit, fresh) for lit in clause.body]
        assumed = [(GIVEN, Clause((), lit, 0)) for lit in body if lit.positive]
        granted = self.derive([*assumed, *self.base.labelled()], [*fresh, *self.universe()])
        goal = instance(clause.head, fresh)
        if any(not lit.positive and flip(lit) in granted for lit in body):
            return Judgement(Status.UNGROUNDED, reason="its condition is never met")
        if goal.positive and goal in granted:
            if self.clingo_holds(goal, assumed) is not True:
                return Judgement(Status.UNDECIDED, reason="forward chaining and clingo don't agree")
            return Judgement(Status.ENTAILED, self.behind(granted, goal), granted.round_of(goal))
        return Judgement(Status.UNGROUNDED)

    def behind(self, closure: Closure, goal: Lit) -> tuple[int, ...]:
        """A minimal set of premises that gives ``goal``, with what is absent taken as given."""
        absent = [(CLOSED, Clause((), lit, 0)) for lit in closure.derivations if not lit.positive]
        assumed = [(GIVEN, Clause((), lit, 0)) for lit, how in closure.derivations.items() if how.label == GIVEN]

        def gives(numbers: set[int]) -> bool:
            return goal in chain([*absent, *assumed, *self.base.labelled(numbers)], closure.constants)

        return self.delete(self.sources(closure.support([goal])), gives)

    def clingo_holds(self, atom: Lit, assumed: Labelled = ()) -> bool | None:
        """Whether ``atom`` is in the stable model of the premises and ``assumed``; None if clingo finds none."""
        solver = self.session.solver
        text, names = program_text([*assumed, *self.base.labelled()], atom, self.stated())
        solver.reset()
        solver.run(text)
        self.session.calls += 1
        answer = solver.check([])
        self.session.effort += answer.effort
        return solver.values([names[atom]])[0] if answer.status == "sat" else None


def holds(lit: Lit, closure: Closure) -> bool:
    """Whether a ground literal is true in a closed world."""
    return (Lit(lit.predicate, True, lit.args) in closure) is lit.positive


def strata(premises: Labelled) -> list[set[str]]:
    """Predicates in the order in which they are settled. Raises `Inexpressible` if a negation runs in a circle."""
    graph: nx.DiGraph = nx.DiGraph()
    negative: set[tuple[str, str]] = set()
    for _, clause in premises:
        if clause.head.positive:
            graph.add_node(clause.head.predicate)
            for lit in clause.body:
                graph.add_edge(lit.predicate, clause.head.predicate)
                if not lit.positive:
                    negative.add((lit.predicate, clause.head.predicate))
    groups = [set(group) for group in nx.strongly_connected_components(graph)]
    for source, target in negative:
        if any(source in group and target in group for group in groups):
            raise Inexpressible(f"negation as failure runs in a circle between {source!r} and {target!r}")
    return [groups[number] for number in nx.topological_sort(nx.condensation(graph, groups))]


def stratified_model(premises: Labelled, constants: Iterable[str] = ()) -> Closure:
    """The perfect model: positive literals with their derivations, and the negative ones that conditions ask for."""
    rules = [pair for pair in premises if pair[1].head.positive]
    domain = list(dict.fromkeys([*constants, *constants_of(clause for _, clause in premises)]))
    absent: dict[Lit, None] = {}
    active: list[tuple[int, Clause]] = []
    closure = chain([], domain)
    for group in strata(premises):
        here = [pair for pair in rules if pair[1].head.predicate in group]
        for lit in (lit for _, clause in here for lit in clause.body if not lit.positive):
            for values in product(domain, repeat=len(lit.args)):
                if Lit(lit.predicate, True, values) not in closure:
                    absent.setdefault(Lit(lit.predicate, False, values))
        active += here
        closure = chain([*active, *((CLOSED, Clause((), lit, 0)) for lit in absent)], domain)
    return closure


def given_model(premises: Labelled, constants: Iterable[str], stated: frozenset[Lit]) -> Closure:
    """The model if negation is looked up among the given facts: no order among the rules is needed."""
    rules = [pair for pair in premises if pair[1].head.positive]
    domain = list(dict.fromkeys([*constants, *constants_of(clause for _, clause in premises)]))
    absent: dict[Lit, None] = {}
    for lit in (lit for _, clause in rules for lit in clause.body if not lit.positive):
        for values in product(domain, repeat=len(lit.args)):
            if Lit(lit.predicate, True, values) not in stated:
                absent.setdefault(Lit(lit.predicate, False, values))
    return chain([*rules, *((CLOSED, Clause((), lit, 0)) for lit in absent)], domain)


def program_text(premises: Labelled, atom: Lit, stated: frozenset[Lit] | None = None) -> tuple[str, dict[Lit, str]]:
    """The premises as a logic program with names of our own making, and the name of ``atom`` in it.

    ``stated``: the facts that negation is looked up in, if not in all that is derived.
    """
    predicates: dict[str, str] = {}
    constants: dict[str, str] = {}

    def term(argument: int | str) -> str:
        return f"X{argument}" if isinstance(argument, int) else constants.setdefault(argument, f"c{len(constants)}")

    def write(lit: Lit, prefix: str = "") -> str:
        name = predicates.setdefault(lit.predicate, f"p{len(predicates)}")
        inside = ",".join(term(argument) for argument in lit.args)
        return f"{prefix}{name}" + (f"({inside})" if inside else "")

    def condition(lit: Lit) -> str:
        return write(lit) if lit.positive else f"not {write(lit, '' if stated is None else 'given_')}"

    lines = []
    for _, clause in premises:
        if clause.head.positive:
            body = [condition(lit) for lit in clause.body] + [f"thing(X{k})" for k in range(clause.variables)]
            lines.append(f"{write(clause.head)}{' :- ' + ', '.join(body) if body else ''}.")
    lines += [f"{write(lit, 'given_')}." for lit in sorted(stated or ()) if lit.positive]
    wanted = write(atom)
    lines += [f"thing({name})." for name in constants.values()]
    return "\n".join(lines), {atom: wanted}

"""Classical logic by grounding: the theory written out for every named thing and one more, and put to Z3 as
propositional logic.

That is complete here: clauses have one variable and no functions, so Herbrand's universe is the names and, for the
negation of a rule, one thing never heard of before.
"""

from __future__ import annotations

from collections.abc import Sequence

import z3

from oracle.forward_chainer import FRESH, bind
from oracle.templates import Clause, Literal, names_in

__all__ = ["classical_label", "judge_classically"]


def atom(literal: Literal) -> z3.BoolRef:
    proposition = z3.Bool(f"{literal.predicate}({', '.join(literal.args)})")
    return proposition if literal.positive else z3.Not(proposition)


def ground(clause: Clause, names: Sequence[str]) -> z3.BoolRef:
    """The conjunction of a clause's instances."""
    return z3.And([instance(clause, name) for name in names])


def instance(clause: Clause, name: str) -> z3.BoolRef:
    body = [atom(bind(literal, name)) for literal in clause.body]
    return z3.Implies(z3.And(body), atom(bind(clause.head, name)))


def consistent(formulas: Sequence[z3.BoolRef]) -> bool:
    solver = z3.Solver()
    solver.add(*formulas)
    found = solver.check()
    assert found in (z3.sat, z3.unsat), "propositional logic is decidable"
    return bool(found == z3.sat)


def universe(clauses: Sequence[Clause]) -> list[str]:
    return [*sorted(set().union(*map(names_in, clauses))), FRESH]


def classical_label(clauses: Sequence[Clause], statement: Literal) -> str:
    """``True``, ``False``, ``Unknown`` or ``Inconsistent``."""
    claim = Clause((), statement)
    names = universe([*clauses, claim])
    theory = [ground(clause, names) for clause in clauses]
    if not consistent(theory):
        return "Inconsistent"
    if not consistent([*theory, z3.Not(ground(claim, names))]):
        return "True"
    return "Unknown" if consistent([*theory, ground(claim, names)]) else "False"


def judge_classically(context: Sequence[Clause], steps: Sequence[Clause]) -> list[str] | None:
    """The status of each step given the accepted ones before it; None if the context contradicts itself."""
    names = universe([*context, *steps])
    theory = [ground(clause, names) for clause in context]
    if not consistent(theory):
        return None
    verdicts = []
    for step in steps:
        claim = ground(step, names)
        if not consistent([*theory, z3.Not(claim)]):
            verdicts.append("entailed")
            theory.append(claim)
        else:
            verdicts.append("ungrounded" if consistent([*theory, claim]) else "contradicted")
    return verdicts

"""One trace's dealings with a solver: premises under labels, told when first needed; every check counted."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import lru_cache

from verisearch import plugins
from verisearch.errors import SolverError
from verisearch.logic.formula import Atom, Exists, Forall, Formula, Func, Not, subformulas, terms_of
from verisearch.logic.smtlib_writer import declaration, formula_text, sort_text
from verisearch.logic.vocabulary import BUILTIN_SORTS, Signature
from verisearch.protocols import Answer, Solver

__all__ = ["Session", "open_solver"]

LOCAL = threading.local()


def open_solver(name: str, effort: int, purpose: str = "premises") -> Solver:
    """A solver of that name, kept for this thread and ``purpose`` and handed out reset: starting one costs more than a
    check."""
    kept: dict[tuple[str, int, str], Solver] = LOCAL.__dict__.setdefault("solvers", {})
    solver = kept.get((name, effort, purpose))
    if solver is None:
        solver = kept[(name, effort, purpose)] = plugins.load("solvers", name)(effort=effort)
    else:
        solver.reset()
    return solver


@lru_cache(maxsize=1 << 15)
def needed_declarations(formula: Formula) -> tuple[tuple[str, str], ...]:
    """``(key, command)`` for each sort and symbol of ``formula``; sorts come first."""
    sorts: dict[str, None] = {}
    symbols: dict[str, Signature] = {}
    for part in subformulas(formula):
        if isinstance(part, Atom):
            symbols.setdefault(part.predicate, Signature(part.predicate, tuple(term.sort for term in part.args)))
        elif isinstance(part, Forall | Exists):
            sorts.update(dict.fromkeys(variable.sort for variable in part.variables))
    for term in terms_of(formula):
        sorts.setdefault(term.sort)
        if isinstance(term, Func):
            signature = Signature(term.name, tuple(argument.sort for argument in term.args), term.sort)
            symbols.setdefault(term.name, signature)
    return (
        *((f"sort {sort}", f"(declare-sort {sort_text(sort)} 0)") for sort in sorts if sort not in BUILTIN_SORTS),
        *((f"symbol {name}", declaration(signature)) for name, signature in symbols.items()),
    )


class Session:
    """Numbered premises and checks over them. ``calls`` and ``effort`` count what was spent."""

    def __init__(self, solver: Solver) -> None:
        self.solver = solver
        self.declared: set[str] = set()
        self.asserted: set[int] = set()
        self.goals = 0
        self.calls = 0
        self.effort = 0

    def restart(self) -> None:
        """After a crash: the solver as new, told nothing yet."""
        self.solver.reset()
        self.declared.clear()
        self.asserted.clear()

    def declare(self, formula: Formula) -> list[str]:
        """The commands that declare what is new in ``formula``."""
        needed = [(key, text) for key, text in needed_declarations(formula) if key not in self.declared]
        self.declared.update(key for key, _ in needed)
        return [text for _, text in needed]

    def tell(self, premises: Iterable[tuple[int, Formula]]) -> None:
        """Make numbered premises known to the solver, which costs least if they come together. They take part only in
        checks that name them."""
        commands: list[str] = []
        for number, formula in premises:
            if number not in self.asserted:
                self.asserted.add(number)
                commands += self.declare(formula)
                label = f"?p{number}"
                commands.append(f"(declare-fun {label} () Bool)(assert (=> {label} {formula_text(formula)}))")
        if commands:
            self.solver.run("".join(commands))

    def check(self, premises: Iterable[tuple[int, Formula]], extra: Formula | None = None) -> Answer:
        """Are the numbered premises satisfiable, together with ``extra``?

        A number always stands for the same formula. Raises `SolverError`.
        """
        known = list(premises)
        self.tell(known)
        commands: list[str] = []
        labels = [f"?p{number}" for number, _ in known]
        if extra is not None:
            self.goals += 1
            label = f"?g{self.goals}"
            inner = extra.body if isinstance(extra, Not) else extra
            commands += self.declare(inner)
            text = formula_text(inner) if inner is extra else f"(not {formula_text(inner)})"
            commands.append(f"(declare-fun {label} () Bool)(assert (=> {label} {text}))")
            labels.append(label)
        self.calls += 1
        if commands:
            self.solver.run("".join(commands))
        answer = self.solver.check(labels)
        self.effort += answer.effort
        return answer

    def truth(self, atoms: list[Formula]) -> list[bool | None]:
        """Values of ground formulas in the model of the last satisfiable check; None where there is none."""
        try:
            known = [atom for atom in atoms if all(key in self.declared for key, _ in needed_declarations(atom))]
            values = dict(zip(known, self.solver.values([formula_text(atom) for atom in known]), strict=True))
        except SolverError:
            return [None] * len(atoms)
        return [values.get(atom) for atom in atoms]

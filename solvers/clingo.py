"""clingo: stable models of logic programs, for the closed-world reading. Extra ``solvers``."""

from __future__ import annotations

from collections.abc import Sequence

import clingo

from verisearch.errors import SolverError
from verisearch.protocols import Answer

__all__ = ["ClingoSolver"]


class ClingoSolver:
    """Implements `verisearch.protocols.Solver` for logic programs in clingo's language.

    ``effort`` limits one search, in conflicts. The effort reported is the number of conflicts too.
    """

    name = "clingo"

    def __init__(self, effort: int = 20_000_000) -> None:
        self.effort = effort
        self.reset()

    def reset(self) -> None:
        """Forget everything: as new."""
        self.messages: list[str] = []
        self.control = clingo.Control(["--warn=none"], logger=lambda code, text: self.messages.append(text))
        self.control.configuration.solve.solve_limit = f"{self.effort},umax"  # type: ignore[union-attr]
        self.program = 0
        self.model: set[str] = set()

    def run(self, commands: str) -> None:
        """Add rules and facts. Raises `SolverError` if clingo refuses them."""
        self.program += 1
        try:
            self.control.add(f"part{self.program}", [], commands)
            self.control.ground([(f"part{self.program}", [])])
        except RuntimeError as error:
            raise SolverError(f"clingo refused its input: {error}; {'; '.join(self.messages)[:300]}") from error

    def check(self, assumptions: Sequence[str]) -> Answer:
        """Is there a stable model in which the atoms ``assumptions`` hold?"""
        assumed = [(clingo.parse_term(atom), True) for atom in assumptions]
        with self.control.solve(assumptions=assumed, yield_=True) as search:
            model = search.model()
            self.model = {str(atom) for atom in model.symbols(atoms=True)} if model is not None else set()
            result = search.get()
        effort = int(self.control.statistics["solving"]["solvers"]["conflicts"])
        if model is not None:
            return Answer("sat", effort=effort)
        if result.unsatisfiable:
            return Answer("unsat", effort=effort)
        return Answer("unknown", reason="the conflict limit was reached", effort=effort)

    def values(self, terms: Sequence[str]) -> list[bool | None]:
        """Whether each ground atom is in the stable model last found."""
        return [term in self.model for term in terms]

    def close(self) -> None:
        """Free what the solver holds."""
        self.reset()

"""cvc5 behind the same text as Z3: used to check one against the other. Extra ``solvers``."""

from __future__ import annotations

from typing import Any

import cvc5
from verisearch.solvers.smtlib import SmtLibSolver

from verisearch.errors import SolverError

__all__ = ["Cvc5Solver"]


class Cvc5Solver(SmtLibSolver):
    """cvc5; effort in its resource units."""

    name = "cvc5"
    # finite model finding: without it, "sat" with quantifiers is hardly ever found
    options = (
        ("incremental", "true"),
        ("produce-models", "true"),
        ("finite-model-find", "true"),
    )

    def start(self) -> None:
        self.solver: Any = cvc5.Solver()
        for option, value in self.options:
            self.solver.setOption(option, value)
        self.solver.setOption("rlimit-per", str(self.effort))
        self.symbols: Any = cvc5.SymbolManager(self.solver)
        self.execute("(set-logic ALL)(push 1)")

    def stop(self) -> None:
        self.solver = self.symbols = None

    def execute(self, commands: str) -> str:
        parser = cvc5.InputParser(self.solver, self.symbols)
        printed: list[str] = []
        try:
            parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, commands, "verisearch")
            while True:
                command = parser.nextCommand()
                if command.isNull():
                    return "".join(printed)
                printed.append(command.invoke(self.solver, self.symbols))
        except RuntimeError as error:
            raise SolverError(f"cvc5 refused its input: {error}") from error

    def timed(self, commands: str) -> tuple[str, int]:
        printed = self.execute(commands)
        used = self.solver.getStatistics().get(True, True).get("resource::resourceUnitsUsed", {})
        return printed, int(used.get("value", 0)) if isinstance(used, dict) else 0

    def reason_unknown(self) -> str:
        return self.execute("(get-info :reason-unknown)").strip().strip("()").removeprefix(":reason-unknown").strip()

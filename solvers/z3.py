"""Z3, driven through SMT-LIB 2 text inside this process.

One call of ``Z3_eval_smtlib2_string`` costs microseconds, where building the same formula through the Python API costs
hundreds; and what is checked is the very text that can be written out for other solvers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import z3
from verisearch.solvers.smtlib import SmtLibSolver
from z3 import z3core

from verisearch.errors import SolverError

__all__ = ["Z3Solver"]


class Z3Solver(SmtLibSolver):
    """Z3; effort in its resource units (about ten million to the second)."""

    name = "z3"
    #: Z3 keeps its limit for the whole process, where other sessions would inherit it.
    prelude = "(set-option :rlimit 0)(set-option :produce-models true)"

    def start(self) -> None:
        self.context: Any = z3.Context()
        self.execute(f"{self.prelude}(push 1)")

    def stop(self) -> None:
        self.context = None

    def execute(self, commands: str) -> str:
        try:
            return str(z3core.Z3_eval_smtlib2_string(self.context.ref(), commands))
        except (z3.Z3Exception, UnicodeDecodeError) as error:
            said = getattr(error, "value", error)
            text = said.decode(errors="replace").strip() if isinstance(said, bytes) else said
            raise SolverError(f"Z3 refused its input: {text}") from error

    def check_command(self, assumptions: Sequence[str]) -> str:
        # Around the check alone: a limit that is used up would refuse (push) and (pop) as well.
        return f"(set-option :rlimit {self.effort}){super().check_command(assumptions)}(set-option :rlimit 0)"

    def timed(self, commands: str) -> tuple[str, int]:
        printed, _, effort = self.execute(commands + "(get-info :rlimit)").rpartition("(:rlimit")
        return printed, int(effort.strip(" )\n"))

    def reason_unknown(self) -> str:
        found = re.search(r'"(.*)"', self.execute("(get-info :reason-unknown)"))
        reason = found.group(1) if found else "no reason given"
        return "the resource limit was reached" if reason == "canceled" else reason

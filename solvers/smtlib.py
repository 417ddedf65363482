"""What all solvers that are driven through SMT-LIB 2 text share: the session, the retry, reading answers."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence

from verisearch.errors import SolverError
from verisearch.protocols import Answer

__all__ = ["SmtLibSolver"]

TOKEN = re.compile(r"\|[^|]*\||[()]|[^\s()|]+")


class SmtLibSolver(ABC):
    """A session with one solver: implements `verisearch.protocols.Solver` over text.

    ``effort`` limits one check, in the solver's deterministic unit. A check that ends in ``unknown`` is run once more
    in a fresh session that was told the same, and that answer counts: an incremental session can get stuck where a
    fresh one doesn't.
    """

    name = ""
    #: Sent at the start of each session.
    prelude = ""
    #: A session this old is thrown away at the next `reset`, so that memory stays flat.
    resets_per_session = 200

    def __init__(self, effort: int = 20_000_000) -> None:
        self.effort = effort
        self.log: list[str] = []
        self.waiting: list[str] = []
        self.spent = 0
        self.resets = 0
        #: A command failed: what the session then holds is not known.
        self.broken = False
        self.start()

    # --- what a back end provides ---
    @abstractmethod
    def start(self) -> None:
        """Open a session, with the prelude sent, one level pushed."""

    @abstractmethod
    def stop(self) -> None:
        """Close the session."""

    @abstractmethod
    def execute(self, commands: str) -> str:
        """Run commands and return what they print. Raises `SolverError`."""

    @abstractmethod
    def timed(self, commands: str) -> tuple[str, int]:
        """Run commands; what they print, and the effort spent in this session so far."""

    @abstractmethod
    def reason_unknown(self) -> str:
        """Why the last check ended in ``unknown``."""

    def check_command(self, assumptions: Sequence[str]) -> str:
        """The command that checks under these assumptions, and its limit where it isn't the session's."""
        return f"(check-sat-assuming ({' '.join(assumptions)}))"

    # --- the protocol ---
    def run(self, commands: str) -> None:
        """Take declarations and assertions; they are executed with the next check, in one go."""
        self.waiting.append(commands)
        self.log.append(commands)

    def check(self, assumptions: Sequence[str]) -> Answer:
        """Satisfiability under the named Boolean constants; ``unknown`` is tried again in a fresh session."""
        answer = self.check_once(assumptions)
        if answer.status != "unknown":
            return answer
        self.refresh()
        again = self.check_once(assumptions)
        return Answer(again.status, again.reason, answer.effort + again.effort)

    def check_once(self, assumptions: Sequence[str]) -> Answer:
        commands = "".join(self.waiting) + self.check_command(assumptions)
        self.waiting.clear()
        try:
            printed, spent = self.timed(commands)
        except SolverError:
            self.broken = True
            raise
        effort, self.spent = spent - self.spent, spent
        printed = printed.strip()
        if printed in ("sat", "unsat"):
            return Answer("sat" if printed == "sat" else "unsat", effort=effort)
        if printed in ("unknown", "timeout"):
            return Answer("unknown", self.reason_unknown(), effort)
        self.broken = True
        raise SolverError(f"{self.name} answered {printed[:300]!r} to a check")

    def values(self, terms: Sequence[str]) -> list[bool | None]:
        """Truth values of Boolean terms in the model of the last ``sat``; None where the model doesn't say."""
        if not terms:
            return []
        found = last_of_pairs(self.execute(f"(get-value ({' '.join(terms)}))"))
        if len(found) != len(terms):
            raise SolverError(f"{self.name} gave {len(found)} values for {len(terms)} terms")
        return [{"true": True, "false": False}.get(value) for value in found]

    def refresh(self) -> None:
        """A fresh session that was told the same."""
        self.stop()
        self.spent = 0
        self.start()
        self.waiting = list(self.log)

    def reset(self) -> None:
        """Forget everything: as new."""
        self.log.clear()
        self.waiting.clear()
        self.resets += 1
        if self.broken or self.resets % self.resets_per_session == 0:
            self.broken = False
            self.stop()
            self.spent = 0
            self.start()
        else:
            self.waiting.append("(pop 1)(push 1)")

    def close(self) -> None:
        """Free what the solver holds."""
        self.stop()


def last_of_pairs(text: str) -> list[str]:
    """The last word of each pair in ``((term value) (term value) …)``."""
    values, level, last = [], 0, ""
    for token in TOKEN.findall(text):
        if token == "(":
            level += 1
        elif token == ")":
            level -= 1
            if level == 1:
                values.append(last)
        else:
            last = token
    return values

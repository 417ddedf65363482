"""A solver that misbehaves, installed as a user's package would be: found through its entry point."""

from __future__ import annotations

from pathlib import Path

import pytest

__all__ = ["FAULTY", "install", "plug_in"]

FAULTY = """
import os, signal, time
from verisearch.solvers.z3 import Z3Solver

class FaultySolver(Z3Solver):
    \"\"\"Z3, but for words that make it misbehave.\"\"\"

    name = "faulty"

    def run(self, commands):
        for word, deed in DEEDS.items():
            if word in commands:
                deed()
        super().run(commands)

def eat():
    hoard = []
    while True:
        hoard.append(bytearray(10_000_000))

DEEDS = {
    "sleepy": lambda: time.sleep(600),
    "deadly": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "greedy": eat,
}
"""


def install(folder: Path, text: str = FAULTY) -> None:
    """Write a package with a solver named ``faulty`` into ``folder``."""
    info = folder / "faulty_solver-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "faulty_solver.py").write_text(text)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty-solver\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[verisearch.solvers]\nfaulty = faulty_solver:FaultySolver\n")


def plug_in(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str = FAULTY) -> None:
    """Install the solver for this process and those it starts."""
    install(folder, text)
    monkeypatch.syspath_prepend(str(folder))

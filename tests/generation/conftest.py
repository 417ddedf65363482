"""The command line with a scripted policy for the model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from scripted import GOOD, ScriptedPolicy, always

from verisearch import cli
from verisearch.errors import PolicyError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "report"))


class Outcome(NamedTuple):
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Calls ``verisearch`` with a policy that writes ``reply``; the policies it opened are in ``call.opened``."""

    def run(*arguments: object, reply: str = GOOD, policy: ScriptedPolicy | None = None) -> Outcome:
        def open_policy(spec: str) -> ScriptedPolicy:
            if spec == "broken":
                raise PolicyError("broken: no weights there")
            run.opened.append(policy or ScriptedPolicy(always(reply)))  # type: ignore[attr-defined]
            return run.opened[-1]  # type: ignore[attr-defined,no-any-return]

        monkeypatch.setattr("verisearch.policies.open_policy", open_policy)
        monkeypatch.setattr(sys, "argv", ["verisearch", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return Outcome(code, *capfd.readouterr())

    run.opened = []  # type: ignore[attr-defined]
    return run

"""A policy without a model: what it writes is a function of what it is asked, so that tests know what to expect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from verisearch.evaluation.arms import Arm, one_arm
from verisearch.evaluation.risk import RiskControl
from verisearch.evaluation.run import Plan
from verisearch.protocols import Capability, Draw, Failure, Message, Reply, Request
from verisearch.runtime.solving import SolveOptions
from verisearch.symbolic.options import CheckOptions
from verisearch.usage import Usage

__all__ = ["CHECK", "GOOD", "Dying", "ScriptedPolicy", "always", "solving"]

#: How chains are judged in runs.
CHECK = CheckOptions(max_leap=1)

#: A verified chain about Bob, who is kind.
GOOD = "Is Bob nice?\nKind people are nice.\nBob is kind.\nSo Bob is nice.\nThe answer is True."

#: The whole reply to the messages, given what of it is written and the draw's seed.
Script = Callable[[tuple[Message, ...], str, int], str]


def always(text: str) -> Script:
    """The same reply whatever is asked."""
    return lambda messages, written, seed: text


class ScriptedPolicy:
    """Writes its script's reply, a character a token. With ``reverse`` the last request is answered first."""

    name = "scripted"

    def __init__(
        self,
        script: Script,
        *,
        reverse: bool = False,
        continues: bool = True,
        fail_at: int | None = None,
        ids: bool = True,
    ) -> None:
        self.script, self.reverse, self.fail_at, self.ids = script, reverse, fail_at, ids
        abilities: set[Capability] = {"ids", "seed", "n"}
        self.capabilities: frozenset[Capability] = frozenset(abilities | ({"continue"} if continues else set()))
        self.requests: list[Request] = []
        self.waiting: dict[int, Request] = {}
        self.cancelled: set[int] = set()
        self.closed = False

    def submit(self, request: Request) -> int:
        self.requests.append(request)
        ticket = len(self.requests) - 1
        self.waiting[ticket] = request
        return ticket

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        if not self.waiting:
            return []
        ticket = max(self.waiting) if self.reverse else min(self.waiting)
        request = self.waiting.pop(ticket)
        if ticket in self.cancelled:
            return [(ticket, Failure(kind="cancelled", message="given up"))]
        if ticket == self.fail_at:
            return [(ticket, Failure(kind="failed", message="the server went away", usage=Usage(generated_tokens=3)))]
        draws = tuple(self.draw(request, seed) for seed in request.seeds)
        tokens = sum(len(draw.text) + (draw.finish == "end") for draw in draws)
        if not self.ids:
            draws = tuple(msgspec.structs.replace(draw, ids=None) for draw in draws)
        return [(ticket, Reply(draws=draws, usage=Usage(prompt_tokens=10, generated_tokens=tokens)))]

    def draw(self, request: Request, seed: int) -> Draw:
        written = request.prefix.written
        assert not self.ids or (request.prefix.ids or ()) == tuple(map(ord, written))
        whole = self.script(request.prefix.messages, written, seed)
        rest = whole[len(written) :] if whole.startswith(written) else whole
        ends = [rest.index(stop) + len(stop) for stop in request.sampling.stop if stop in rest]
        most = request.sampling.max_tokens
        if ends and min(ends) <= most:
            return Draw(text=rest[: min(ends)], ids=tuple(map(ord, rest[: min(ends)])), finish="stop", stop=min(ends))
        if len(rest) < most:
            return Draw(text=rest, ids=tuple(map(ord, rest)), finish="end")
        return Draw(text=rest[:most], ids=tuple(map(ord, rest[:most])), finish="length")

    def cancel(self, ticket: int) -> None:
        if ticket in self.waiting:
            self.cancelled.add(ticket)

    def close(self) -> None:
        self.closed = True


class Dying(ScriptedPolicy):
    """Breaks down after some replies."""

    def __init__(self, script: Script, after: int) -> None:
        super().__init__(script)
        self.left = after

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        if self.left == 0:
            self.waiting.clear()
        self.left -= 1
        return super().poll(timeout)


def solving(
    data: Path, *, arms: tuple[Arm, ...] = (), policy: str = "scripted", risk: RiskControl | None = None, **solve: Any
) -> Plan:
    """The plan of a run that solves the rows of a file of ProofWriter's: by ``arms``, else by one with the options
    ``solve``."""
    return Plan(
        data_set="proofwriter",
        source=str(data),
        mode="solve",
        options=CHECK,
        policy=policy,
        arms=arms or one_arm(SolveOptions(check=CHECK, **solve)),
        risk=risk,
    )

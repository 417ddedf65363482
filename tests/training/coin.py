"""What tests of the recipes share: a policy that writes good and bad chains on problems that are all alike."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from verisearch.ingest.reader import read_problem
from verisearch.protocols import Draw, Failure, Item, Reply, Request
from verisearch.runtime.prompting import load_template
from verisearch.trace import Problem

GOOD = "- Kind people are nice.\n- Bob is kind.\n- So Bob is nice.\n- The answer is True.\n"
BAD = "- Kind people are nice.\n- Bob is tall.\n- So Bob is nice.\n- The answer is True.\n"
TEMPLATE = load_template("solve-embedded")


def problem(number: int = 0) -> Problem:
    found = read_problem("Bob is kind. Kind people are nice.", statement="Bob is nice.")
    return msgspec.structs.replace(found, id=f"p{number}", gold="True")


def items(count: int) -> list[Item]:
    return [Item(problem=problem(number), group=f"g{number}", depth=1) for number in range(count)]


class Coin:
    """Writes a good or a bad chain by each seed; ``broken`` requests fail."""

    name = "coin"
    capabilities = frozenset({"ids", "seed", "n"})

    def __init__(self, broken: Sequence[int] = ()) -> None:
        self.asked: list[Request] = []
        self.broken = broken
        self.ready: list[tuple[int, Reply | Failure]] = []

    def submit(self, request: Request) -> int:
        ticket = len(self.asked)
        self.asked.append(request)
        draws = tuple(Draw(text=GOOD if seed % 2 else BAD, finish="end") for seed in request.seeds)
        failed = Failure(kind="failed", message="the server went away")
        self.ready.append((ticket, failed if ticket in self.broken else Reply(draws=draws)))
        return ticket

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        ready, self.ready = self.ready, []
        return ready

    def cancel(self, ticket: int) -> None:
        pass

    def close(self) -> None:
        pass

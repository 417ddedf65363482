"""One strategy under way: what it waits for, what it may still spend, what happened so far; and what its requests mean,
whoever answers them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import Any, TypeAlias

import msgspec

from verisearch.policies.seeds import derive_seed
from verisearch.protocols import Message, Prefix, Score
from verisearch.runtime.budget import Purse
from verisearch.runtime.grouping import grouped
from verisearch.search.nodes import Node
from verisearch.search.requests import (
    Answer,
    Ask,
    Cancel,
    Choice,
    Conclude,
    Extend,
    Group,
    NextTokens,
    Note,
    Posed,
    Rate,
    RateNext,
    Request,
    Revise,
    Seed,
    Strategy,
    Submit,
    Wait,
)
from verisearch.trace import Problem
from verisearch.usage import Usage

__all__ = ["Asked", "Drive", "Driver", "Event"]

#: What happened in a search: plain values, as they go into a record. An answer carries the ticket of its request, so
#: that a replay can give it to the same one.
Event = dict[str, Any]

#: Requests that get a ticket, and an answer later.
Asked: TypeAlias = "Extend | Rate | NextTokens | RateNext"


class Drive:
    """One strategy under way."""

    def __init__(self, index: int, problem: Problem, messages: tuple[Message, ...], strategy: Strategy, purse: Purse):
        self.index, self.problem, self.messages, self.strategy, self.purse = index, problem, messages, strategy, purse
        self.draws: dict[tuple[int, ...], int] = {}
        self.tickets = 0
        #: Answers that no Wait has taken yet, in the order they arrived.
        self.answers: dict[int, Answer] = {}
        self.open: set[int] = set()
        #: Requests that wait until what others have set aside of the budget is settled.
        self.held: deque[tuple[int, Extend | NextTokens]] = deque()
        #: Requests that the policy works on, cancelled ones too.
        self.under_way = 0
        self.wait: Wait | None = None
        #: The generator waits for the answer itself, not for a dict of answers.
        self.plain = False
        #: Nodes whose steps' verdicts are in the record.
        self.judged: set[tuple[int, ...]] = set()
        self.usage = Usage()
        #: Tokens generated for each node.
        self.written: dict[tuple[int, ...], int] = {}
        self.events: list[Event] = []
        self.choice: Choice | None = None
        self.error: str | None = None

    def ready(self) -> bool:
        """Whether the generator's Wait can be answered."""
        if self.wait is None:
            return True
        tickets = self.wait.tickets
        count = len(tickets) if self.wait.n is None else min(self.wait.n, len(tickets))
        if self.wait.order == "submitted":
            return all(ticket in self.answers for ticket in tickets[:count])
        return sum(ticket in self.answers for ticket in tickets) >= count

    def taken(self) -> Any:
        """The answer to the generator's Wait."""
        assert self.wait is not None
        wait, self.wait = self.wait, None
        count = len(wait.tickets) if wait.n is None else min(wait.n, len(wait.tickets))
        if wait.order == "submitted":
            chosen = list(wait.tickets[:count])
        else:
            chosen = [ticket for ticket in self.answers if ticket in wait.tickets][:count]
        found = {ticket: self.answers.pop(ticket) for ticket in chosen}
        return next(iter(found.values())) if self.plain else found

    def ticket(self) -> int:
        """The next ticket, open."""
        ticket = self.tickets
        self.tickets += 1
        self.open.add(ticket)
        return ticket

    def answer(self, ticket: int, answer: Answer) -> None:
        """Keep an answer for the Wait that takes it; one that was given up is dropped."""
        if ticket in self.open:
            self.open.remove(ticket)
            self.answers[ticket] = answer

    def numbers(self, node: Node, count: int) -> int:
        """Give ``count`` numbers to what begins at ``node``: the first of them."""
        first = self.draws.get(node.path, 0)
        self.draws[node.path] = first + count
        return first

    def prefix(self, node: Node) -> Prefix:
        """What the model continues behind ``node``."""
        root = node.root
        messages = root.turns if root.alone else (*self.messages, *root.turns)
        return Prefix(messages=messages, written=node.written, ids=node.written_ids)


class Driver(ABC):
    """Acts on requests of strategies. ``seed``: the run's."""

    seed: int

    def take(self, drive: Drive, request: Request) -> Any:
        """Act on a request; what can be answered at once is."""
        if isinstance(request, Submit):
            return self.submit(drive, request.request)
        if isinstance(request, Wait):
            drive.wait, drive.plain = request, False
            return None
        if isinstance(request, Cancel):
            return self.cancel(drive, request.tickets)
        if isinstance(request, Group):
            answer, event = grouped(request, drive.problem)
            self.tell(drive, event)
            return answer
        if isinstance(request, Revise):
            return self.revise(drive, request)
        if isinstance(request, Posed):
            return msgspec.structs.replace(drive.problem, gold=None)
        if isinstance(request, Ask):
            return self.ask(drive, request)
        if isinstance(request, Conclude):
            return self.conclude(drive, request)
        if isinstance(request, Note):
            self.tell(drive, {"note": request.action, "path": list(request.node.path), **request.data})
            return None
        if isinstance(request, Seed):
            return derive_seed(self.seed, drive.problem.id, "strategy")
        drive.wait, drive.plain = Wait((self.submit(drive, request),)), True
        return None

    @abstractmethod
    def submit(self, drive: Drive, request: Asked) -> int:
        """Have a request answered; its ticket."""

    @abstractmethod
    def cancel(self, drive: Drive, tickets: tuple[int, ...]) -> None:
        """Give tickets up."""

    @abstractmethod
    def revise(self, drive: Drive, request: Revise) -> Node:
        """Where the chain begins that is written when this one has been given back."""

    @abstractmethod
    def ask(self, drive: Drive, request: Ask) -> Node:
        """Where the reply begins to what the strategy asks."""

    @abstractmethod
    def conclude(self, drive: Drive, request: Conclude) -> Node:
        """The reply that the strategy writes."""

    @abstractmethod
    def tell(self, drive: Drive, event: Event, scores: tuple[Score, ...] = ()) -> None:
        """Something happened."""

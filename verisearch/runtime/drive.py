"""One strategy under way: what it waits for, what it may still spend, and what happened so far."""

from __future__ import annotations

from collections import deque
from typing import Any

from verisearch.protocols import Message, Prefix
from verisearch.runtime.budget import Purse
from verisearch.search.nodes import Node
from verisearch.search.requests import Answer, Choice, Extend, NextTokens, Strategy, Wait
from verisearch.trace import Problem
from verisearch.usage import Usage

__all__ = ["Drive", "Event"]

#: What happened in a search: plain values, as they go into a record. An answer carries the ticket of its request, so
#: that a replay can give it to the same one.
Event = dict[str, Any]


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

    def numbers(self, node: Node, count: int) -> int:
        """Give ``count`` numbers to what begins at ``node``: the first of them."""
        first = self.draws.get(node.path, 0)
        self.draws[node.path] = first + count
        return first

    def prefix(self, node: Node) -> Prefix:
        """What the model continues behind ``node``."""
        return Prefix(messages=(*self.messages, *node.root.turns), written=node.written, ids=node.written_ids)

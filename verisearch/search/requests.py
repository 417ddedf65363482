"""What a strategy may ask for, and what it is answered.

``answer = yield request`` waits. ``Submit`` and ``Wait`` let requests overlap: ``ticket = yield Submit(request)``
goes on at once, ``yield Wait((ticket, ...))`` gives the answers. Any answer can be a `Failed` or `Spent`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Literal, TypeAlias

import msgspec

from verisearch.protocols import NextScores, Score, TokenChoice
from verisearch.search.nodes import Node
from verisearch.verdict import TraceVerdict

__all__ = [
    "Answer",
    "Ask",
    "Cancel",
    "Choice",
    "Conclude",
    "Draws",
    "Extend",
    "Failed",
    "Group",
    "Grouped",
    "NextTokens",
    "Note",
    "Posed",
    "Rate",
    "RateNext",
    "Rated",
    "RatedNext",
    "Request",
    "Revise",
    "Seed",
    "Spent",
    "Strategy",
    "Submit",
    "Tokens",
    "Wait",
]


class Extend(msgspec.Struct, frozen=True, kw_only=True):
    """Write on behind ``node``, ``n`` times, to the end of a step or of the reply. Answer: `Draws`.

    ``temperature`` 0 is greedy. ``max_tokens`` bounds each draw; None: as the run's settings say.
    """

    node: Node
    n: int = 1
    until: Literal["step", "end"] = "step"
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    max_tokens: int | None = None
    logprobs: bool = False


class Rate(msgspec.Struct, frozen=True):
    """Have a verifier score the chains that end in ``nodes``. Answer: `Rated`."""

    nodes: tuple[Node, ...]
    verifier: str = "symbolic"


class NextTokens(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for the most probable next tokens behind ``node``: the fewest that hold ``top_p`` of the mass, at most
    ``top_k`` (0: no limit). Without ``end`` the reply may not end here. Answer: `Tokens`. It costs one generated token.
    """

    node: Node
    top_p: float = 1.0
    top_k: int = 0
    end: bool = True


class RateNext(msgspec.Struct, frozen=True):
    """Have a multifurcation reward score all ``forks``: one verifier call for each, however many tokens it has.
    Answer: `RatedNext`."""

    forks: tuple[Tokens, ...]
    verifier: str

    @property
    def nodes(self) -> tuple[Node, ...]:
        """What is scored: the nodes that the tokens stand behind."""
        return tuple(fork.node for fork in self.forks)


class Revise(msgspec.Struct, frozen=True):
    """Give the chain that ends in ``node`` back to the model with the ``verdict`` on it, to be written anew, in the
    words of a prompt ``template``. Answer, at once: the `Node` where the new reply begins; it can't be submitted."""

    node: Node
    verdict: TraceVerdict
    template: str = "reflect"


class Posed(msgspec.Struct, frozen=True):
    """Ask for the problem, without its gold answer. Answer, at once: the `verisearch.trace.Problem`; it can't be
    submitted."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Ask the model something of the strategy's own instead of the problem's prompt: a prompt ``template``, filled in
    with ``values`` (texts, numbers, lists of them), whose texts are sealed as foreign. Answer, at once: the `Node`
    where the reply begins, numbered among what begins at ``node``; it can't be submitted."""

    node: Node
    template: str
    values: dict[str, Any]


class Conclude(msgspec.Struct, frozen=True):
    """Write a reply that the strategy found out itself, numbered among what begins at ``node``; no model is asked.
    ``rests_on``: the replies it was found out from, whose tokens aren't discarded if this one is chosen. Answer, at
    once: its finished `Node`; it can't be submitted."""

    node: Node
    text: str
    rests_on: tuple[Node, ...] = ()


class Group(msgspec.Struct, frozen=True):
    """Ask which answers are equal. Answer: `Grouped`, at once; it can't be submitted.

    An answer is a text, or a node: the final answer that its chain gives to the problem. None is no answer.
    """

    answers: tuple[Node | str | None, ...]


class Note(msgspec.Struct, frozen=True):
    """Put an action into the record. Answer: None."""

    action: str
    node: Node
    data: dict[str, Any] = {}


class Seed(msgspec.Struct, frozen=True):
    """Give the strategy a seed for coins of its own. Answer: an integer from 0 to 2**63 - 1, always the same for the
    same run's seed and problem."""


class Submit(msgspec.Struct, frozen=True):
    """Send a request and go on. Answer: its ticket."""

    request: Extend | Rate | NextTokens | RateNext


class Wait(msgspec.Struct, frozen=True):
    """Wait until ``n`` of the tickets have answers (None: all). Answer: a dict of answers by ticket.

    With ``order="submitted"`` the first ``n`` tickets count, which is reproducible; with ``"arrived"`` any ``n``.
    """

    tickets: tuple[int, ...]
    n: int | None = None
    order: Literal["submitted", "arrived"] = "submitted"


class Cancel(msgspec.Struct, frozen=True):
    """Give tickets up. Answer: None."""

    tickets: tuple[int, ...]


class Draws(msgspec.Struct, frozen=True):
    """New nodes, in the order they were drawn."""

    nodes: tuple[Node, ...]


class Tokens(msgspec.Struct, frozen=True):
    """What can follow ``node``: its tokens, best first, and ``nodes``, the chain with each of them behind it. The token
    that ends the reply makes a finished node without text."""

    node: Node
    choices: tuple[TokenChoice, ...]
    nodes: tuple[Node, ...]


class Rated(msgspec.Struct, frozen=True):
    """Scores, one a node."""

    scores: tuple[Score, ...]


class RatedNext(msgspec.Struct, frozen=True):
    """Scores of next tokens, one answer a fork."""

    scores: tuple[NextScores, ...]


class Grouped(msgspec.Struct, frozen=True):
    """Which answers are equal: ``classes`` of indices into the request's answers, in the order of their first members.

    Equality of answers need not be transitive, so an answer belongs to the first class whose first member it equals;
    where equality is undecided it counts as different. ``answers`` are the texts compared; None where a chain gives
    none, and such a chain is in no class. The first m answers are grouped the same whatever follows them.
    """

    classes: tuple[tuple[int, ...], ...]
    answers: tuple[str | None, ...]


class Failed(msgspec.Struct, frozen=True):
    """The request could not be answered."""

    message: str


class Spent(msgspec.Struct, frozen=True):
    """The budget doesn't allow the request."""

    what: str


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a strategy returns: the chain it settled on, all finished candidates with their scores, and why it ended
    early, if it did. ``node`` is None if nothing could be written. ``abstained``: it gives no answer, on purpose; then
    ``reason`` says why, and ``node`` may be None or the chain whose answer is withheld."""

    node: Node | None
    candidates: tuple[tuple[Node, Score | None], ...] = ()
    reason: str = ""
    abstained: bool = False


Request: TypeAlias = (
    Extend
    | Rate
    | NextTokens
    | RateNext
    | Revise
    | Posed
    | Ask
    | Conclude
    | Group
    | Note
    | Seed
    | Submit
    | Wait
    | Cancel
)
Answer: TypeAlias = Draws | Rated | Tokens | RatedNext | Failed | Spent
Strategy: TypeAlias = Generator[Request, Any, Choice]

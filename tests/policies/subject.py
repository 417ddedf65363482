"""What is tested by the conformance suite, and how its tests ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from verisearch.policies import first_stop, sample
from verisearch.protocols import Capability, Draw, Failure, Message, Policy, Prefix, Reply, Request, Sampling

__all__ = [
    "BROKEN",
    "Subject",
    "ask",
    "asking",
    "collect",
    "consistent",
    "ended_by",
    "exactly",
    "given_up",
    "greedy",
    "grown",
    "in_unicode",
    "need",
    "small",
    "texts",
    "write",
]

#: Seconds a reply may take before the test gives up on it.
PATIENCE = 120.0

#: Stands for a character of which not all tokens are there.
BROKEN = "\ufffd"


def asking(text: str) -> Prefix:
    return Prefix(messages=(Message("user", text),))


@dataclass(frozen=True)
class Subject:
    """A policy to be tested.

    Greedy replies to ``asked`` without stop strings must run to ``length`` tokens or more. ``unicode`` is a prompt
    whose greedy reply holds characters of several bytes (None: none is known). ``too_long`` is a prompt beyond
    the context window. ``decode`` gives the text of token ids. ``exact``: what else is under way never changes a
    draw (false where floating point depends on the batch). ``tells_end``: it can tell a stop string from the end of
    the reply where nothing comes before it. ``rejoins``: text that it wrote is cut into the same tokens again when it
    is continued. ``tolerance`` is for log-probabilities.
    """

    open: Callable[[], Policy]
    capabilities: frozenset[Capability]
    asked: Prefix = field(default_factory=lambda: asking("Tell me about the cat."))
    others: tuple[Prefix, ...] = tuple(asking(f"Tell me about number {number}.") for number in range(24))
    empty: Prefix = field(default_factory=lambda: asking(""))
    length: int = 24
    long: Prefix | None = field(default_factory=lambda: asking("The cat is big. " * 60))
    too_long: Prefix | None = None
    unicode: Prefix | None = None
    decode: Callable[[Sequence[int]], str] | None = None
    exact: bool = True
    tells_end: bool = True
    rejoins: bool = True
    tolerance: float = 1e-3
    reopens: bool = True


def need(policy: Policy, ability: Capability) -> None:
    if ability not in policy.capabilities:
        pytest.skip(f"{policy.name} can't: {ability}")


def exactly(subject: Subject) -> None:
    if not subject.exact:
        pytest.skip("what is batched together changes the last digits here")


def small(prefix: Prefix, *, seed: int = 0, max_tokens: int = 6) -> Request:
    return Request(prefix=prefix, sampling=Sampling(max_tokens=max_tokens, stop=()), seeds=(seed,))


def ask(policy: Policy, request: Request) -> Reply | Failure:
    (answer,) = sample(policy, [request])
    return answer


def write(policy: Policy, prefix: Prefix, *, seeds: Sequence[int] = (0,), **settings: Any) -> Reply:
    """A reply, of which every draw is sound in itself."""
    sampling = Sampling(**settings)
    answer = ask(policy, Request(prefix=prefix, sampling=sampling, seeds=tuple(seeds)))
    assert isinstance(answer, Reply), answer
    assert len(answer.draws) == len(seeds)
    for draw in answer.draws:
        consistent(draw, sampling.stop)
    return answer


def greedy(policy: Policy, prefix: Prefix, *, seed: int = 0, **settings: Any) -> Draw:
    return write(policy, prefix, seeds=(seed,), temperature=0.0, **settings).draws[0]


def consistent(draw: Draw, stops: Sequence[str]) -> None:
    """``finish`` and ``stop`` say what the text shows."""
    assert draw.finish in ("stop", "end", "length")
    found = first_stop(draw.text, stops)
    assert draw.stop == found
    assert (draw.finish == "stop") == (found is not None)


def ended_by(stop: str, policy: Policy, subject: Subject, whole: Draw, prefix: Prefix | None = None) -> None:
    """Asking again with ``stop`` gives ``whole`` up to the token that completes it."""
    draw = greedy(policy, prefix or subject.asked, max_tokens=subject.length, stop=(stop,))
    end = first_stop(whole.text, (stop,))
    assert (draw.finish, draw.stop) == ("stop", end)
    assert whole.text.startswith(draw.text.rstrip(BROKEN))
    if draw.ids is not None and subject.decode is not None:
        assert whole.ids is not None
        assert whole.ids[: len(draw.ids)] == draw.ids
        assert stop not in subject.decode(draw.ids[:-1]), "it wrote on after the stop string was complete"


def in_unicode(policy: Policy, subject: Subject) -> Draw:
    """The greedy reply to the subject's prompt for characters of several bytes."""
    if subject.unicode is None:
        pytest.skip("no prompt is known that is answered in characters of several bytes")
    whole = greedy(policy, subject.unicode, max_tokens=subject.length, stop=())
    assert any(ord(char) > 127 and char != BROKEN for char in whole.text), whole.text
    return whole


def grown(prefix: Prefix, draw: Draw) -> Prefix:
    """``prefix`` with a draw written to its end."""
    ids = None if draw.ids is None or (prefix.written and prefix.ids is None) else (prefix.ids or ()) + draw.ids
    return Prefix(messages=prefix.messages, written=prefix.written + draw.text, ids=ids)


def collect(policy: Policy, tickets: Sequence[int]) -> dict[int, Reply | Failure]:
    """The answers to ``tickets``, each of which must come back once, and nothing else."""
    answers: dict[int, Reply | Failure] = {}
    until = time.monotonic() + PATIENCE
    while len(answers) < len(tickets):
        left = until - time.monotonic()
        assert left > 0, f"{len(tickets) - len(answers)} request(s) never came back"
        for ticket, answer in policy.poll(left):
            assert ticket in tickets
            assert ticket not in answers, f"ticket {ticket} came back twice"
            answers[ticket] = answer
    return answers


def given_up(answer: Reply | Failure) -> None:
    """A cancelled request comes back as such, or as the reply that was ready first."""
    assert isinstance(answer, Reply) or answer.kind == "cancelled", answer


def texts(answer: Reply | Failure) -> list[str]:
    assert isinstance(answer, Reply), answer
    return [draw.text for draw in answer.draws]

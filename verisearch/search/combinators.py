"""Run several generators as one, their requests overlapping."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, TypeVar

from verisearch.search.requests import Extend, NextTokens, Rate, RateNext, Request, Submit, Wait

__all__ = ["gather"]

T = TypeVar("T")


def gather(parts: Sequence[Generator[Request, Any, T]]) -> Generator[Request, Any, list[T]]:
    """Run sub-generators side by side; their results in order.

    Each goes on as soon as its own answer is there, in the order of the parts. The parts themselves wait with plain
    ``yield request`` only.
    """
    results: dict[int, T] = {}
    asked: dict[int, int] = {}  # ticket -> part

    def advance(place: int, answer: Any) -> Generator[Request, Any, None]:
        while True:
            try:
                request = parts[place].send(answer)
            except StopIteration as stop:
                results[place] = stop.value
                return
            if isinstance(request, (Extend, Rate, NextTokens, RateNext)):
                asked[(yield Submit(request))] = place
                return
            answer = yield request

    for place in range(len(parts)):
        yield from advance(place, None)
    while asked:
        answers = yield Wait(tuple(asked), 1, "arrived")
        for ticket in sorted(answers):
            yield from advance(asked.pop(ticket), answers[ticket])
    return [results[place] for place in range(len(parts))]

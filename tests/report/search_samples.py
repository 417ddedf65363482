"""Searches made by hand, as the engine would tell them, so that reports are tested without a model or a solver."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from verisearch.report.searched import Searched
from verisearch.trace import Problem, Sentence

__all__ = ["draw", "kept_one_of_two", "random_search", "rate", "searched", "two_rounds"]

Event = dict[str, Any]
STATUSES = ("entailed", "contradicted", "ungrounded", "untranslatable", "undecided", "no-claim")


def draw(path: Sequence[int], text: str, finish: str = "stop", tokens: int | None = 5) -> Event:
    return {"draw": list(path), "text": text, "tokens": tokens, "finish": finish, "seed": 1}


def rate(path: Sequence[int], value: float | None, *steps: Event, **more: Any) -> Event:
    told = {"path": list(path), "value": value, "reason": "why so", "steps": list(steps), **more}
    return {"rate": "symbolic", "nodes": [told]}


def step(start: int, end: int, status: str, **more: Any) -> Event:
    return {"start": start, "end": end, "status": status, **more}


def kept_one_of_two() -> list[Event]:
    """LATTS-style: of two first steps the second is accepted; then the answer."""
    return [
        draw((0,), "So Bob is sad.\n"),
        rate((0,), 0.0, step(0, 14, "contradicted", premises=["context 2"], reason="he is not")),
        draw((1,), "Bob is kind.\n"),
        rate((1,), 0.9, step(0, 12, "entailed", leap=0, premises=["context 1"])),
        {"note": "accept", "path": [], "draws": 2, "values": [0.0, 0.9], "accepted": [1], "step": [1]},
        draw((1, 0), "The answer is True.", "end"),
        rate(
            (1, 0),
            1.0,
            step(13, 32, "entailed", leap=1, premises=["context 2", "step 1"]),
            answer={"given": "True", "status": "entailed", "leap": 0, "premises": ["step 2"]},
            verified=True,
        ),
        {"note": "accept", "path": [1], "draws": 1, "values": [1.0], "accepted": [0], "step": [1, 0]},
        {"choice": [1, 0], "reason": ""},
    ]


def two_rounds(said: str = "So Bob is sad.", reason: str = "he is not") -> list[Event]:
    """Reflection: a chain is given back, and the one that comes of it is verified."""
    end = 1 + len(said)
    return [
        draw((0,), f"{said}\n"),
        draw((0, 0), "The answer is False.", "end"),
        rate(
            (0, 0),
            0.1,
            step(0, end, "contradicted", premises=["context 2"], reason=reason),
            step(end, end + 20, "ungrounded"),
            answer={"given": "False", "status": "contradicted"},
            verified=False,
        ),
        {"revise": [0, 0], "path": [0, 0, 0], "turns": []},
        draw((0, 0, 0, 0), "Bob is kind.\n"),
        draw((0, 0, 0, 0, 0), "The answer is True.", "end"),
        rate(
            (0, 0, 0, 0, 0),
            1.0,
            step(0, 12, "entailed", premises=["commonsense 1"], granted={"commonsense 1": "People are kind."}),
            step(13, 32, "entailed", leap=1, premises=["step 1"]),
            answer={"given": "True", "status": "entailed", "leap": 0},
            verified=True,
        ),
        {"choice": [0, 0, 0, 0, 0], "reason": ""},
    ]


def random_search(size: int, seed: int = 0, texts: Sequence[str] = ("So Bob is nice.", "Bob is tall.")) -> list[Event]:
    """A tree of ``size`` draws, at most 15 deep, with any verdict; the deepest whole chain is chosen."""
    chance = random.Random(seed)
    events: list[Event] = []
    open_ends: list[tuple[tuple[int, ...], int]] = [((), 0)]
    children: dict[tuple[int, ...], int] = {}
    chosen: tuple[int, ...] = ()
    while len(children) < size:
        above, start = chance.choice(open_ends[-30:] if chance.random() < 0.8 else open_ends)
        number = sum(path[:-1] == above for path in children)
        path, text = (*above, number), chance.choice(texts) + "\n"
        children[path] = 1
        ends = len(path) == 15 or (len(path) > 6 and chance.random() < 0.3)
        events.append(draw(path, text, "end" if ends else "stop"))
        verdict = step(start, start + len(text), chance.choice(STATUSES), leap=1, premises=["context 1"], reason=text)
        events.append(rate(path, chance.choice((None, round(chance.random(), 2))), verdict))
        if not ends:
            open_ends.append((path, start + len(text)))
        chosen = max(chosen, path, key=len) if ends or not chosen else chosen
    return [*events, {"choice": list(chosen), "reason": ""}]


def searched(events: Sequence[Event], **fields: Any) -> Searched:
    context = (Sentence("Bob is kind.", (0, 12)), Sentence("Kind people are nice.", (13, 34)))
    given: dict[str, Any] = {
        "problem": Problem(id="p1", context=context, statement="Bob is nice.", gold="True"),
        "strategy": "latts",
        "events": events,
        "policy": "scripted",
        "settings": {"settings": {"n": 8}, "verifier": "symbolic", "seed": 7, "budget": {"tokens": 500}},
        "answer": "True",
        "correct": True,
        "verified": True,
        "status": "valid",
        "usage": {"generated_tokens": 15, "discarded_tokens": 5, "verifier_calls": 3, "solver_calls": 4},
    }
    return Searched(**{**given, **fields})

"""What happens in a search, as it happens: draws, scores with their verdicts, what the strategy does, the solution."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any, TypeAlias

import msgspec

from verisearch.protocols import Finish, MultifurcationReward, Policy, Responder, Score, Verifier
from verisearch.runtime.engine import Event
from verisearch.runtime.pool import Pool
from verisearch.runtime.solving import Solution, SolveOptions, solve_turns
from verisearch.trace import Problem
from verisearch.verdict import TraceVerdict

__all__ = ["Drawn", "Happening", "Lost", "Noted", "Scored", "Solved", "stream_turns"]

#: Where something happened: from the root of the search tree on, the number of the draw made at each node.
Path: TypeAlias = tuple[int, ...]


class Drawn(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A piece was written: its ``text``, and all that is ``written`` up to its end. ``tokens`` is None where the policy
    doesn't tell them; ``finish`` is ``"end"`` where the model has ended its reply."""

    path: Path
    text: str
    written: str
    tokens: int | None
    finish: Finish


class Scored(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A ``verifier`` scored the chain that is ``written``: ``value`` in [0, 1], None if it abstains, with the reason;
    its ``verdict``, if it judged step by step."""

    path: Path
    written: str
    verifier: str
    value: float | None
    reason: str
    verdict: TraceVerdict | None = None


class Noted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What the strategy did (``"accept"``, ``"backtrack"``, ``"choose"``, …) at a node, or which answers were found
    equal (``"group"``), with what it went by."""

    action: str
    path: Path
    data: dict[str, Any]


class Lost(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A request came to nothing: a failure, or the end of the budget."""

    reason: str


class Solved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The last that happens to a problem."""

    solution: Solution


Happening: TypeAlias = Drawn | Scored | Noted | Lost | Solved


class Listener:
    """Turns the engine's events into happenings. One problem's only."""

    def __init__(self) -> None:
        self.heard: deque[Happening] = deque()
        self.written: dict[Path, str] = {(): ""}

    def __call__(self, problem: Problem, event: Event, scores: tuple[Score, ...]) -> None:
        self.heard.extend(self.told(event, scores))

    def told(self, event: Event, scores: tuple[Score, ...]) -> Iterator[Happening]:
        if "note" in event:
            data = {name: value for name, value in event.items() if name not in ("note", "path")}
            yield Noted(action=event["note"], path=tuple(event["path"]), data=data)
        elif "group" in event:
            yield Noted(action="group", path=(), data={name: event[name] for name in ("answers", "classes")})
        elif "revise" in event or "ask" in event:  # a reply that begins anew, behind another one
            self.written[tuple(event["path"])] = ""
        elif "conclude" in event:  # a reply that the strategy wrote itself
            path = (*event["path"], 0)
            self.written[path] = event["text"]
            yield Noted(action="conclude", path=path, data={"text": event["text"]})
        elif "next" in event:
            path = tuple(event["next"])
            for number, token in enumerate(event["tokens"], event["first"]):
                child = (*path, number)
                self.written[child] = self.written[path] + ("" if token["ends"] else token["text"])
        elif "draw" in event:
            path = tuple(event["draw"])
            self.written[path] = self.written[path[:-1]] + event["text"]
            yield Drawn(
                path=path,
                text=event["text"],
                written=self.written[path],
                tokens=event["tokens"],
                finish=event["finish"],
            )
        elif "spent" in event:
            yield Lost(reason=f"the budget is spent: {event['spent']}")
        elif "failed" in event:
            yield Lost(reason=event["message"] if "message" in event else event["failed"])
        elif "rate" in event:
            for told, score in zip(event["nodes"], scores, strict=True):
                path = tuple(told["path"])
                yield Scored(
                    path=path,
                    written=self.written[path],
                    verifier=event["rate"],
                    value=score.value,
                    reason=score.reason,
                    verdict=score.verdict,
                )


def stream_turns(
    problem: Problem,
    policy: Policy,
    options: SolveOptions,
    *,
    verifier: Verifier | MultifurcationReward | None = None,
    pool: Pool | None = None,
    model: Responder | None = None,
    patience: float | None = None,
) -> Generator[Happening | None, None, None]:
    """What happens while ``problem`` is solved, `Solved` last; a None where a turn of the engine ended, at the latest
    after ``patience`` seconds of waiting for the policy. Arguments and errors as those of `solve_turns`; closing the
    generator cancels what is under way."""
    listener = Listener()
    turns = solve_turns(
        [problem],
        policy,
        options,
        verifier=verifier,
        pool=pool,
        model=model,
        listener=listener,
        patience=patience,
    )
    with closing(turns):
        for solution in turns:
            while listener.heard:
                yield listener.heard.popleft()
            yield None if solution is None else Solved(solution=solution)

"""A strategy run again on the answers that were recorded: no model, no verifier, no solver.

The strategy's generator asks, and what the record says was answered to the request of the same ticket is handed back,
in the order in which it came. A strategy is a function of its settings, its seed and these answers, so that it must ask
for the same, note the same and choose the same; where it doesn't, it or the record has changed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from verisearch.errors import RecordError
from verisearch.protocols import NextScores, Score, TokenChoice
from verisearch.runtime.asking import asked_again, asked_fields, concluded_again, concluded_fields
from verisearch.runtime.budget import Budget, Purse
from verisearch.runtime.drive import Asked, Drive, Driver, Event
from verisearch.runtime.forking import children
from verisearch.runtime.revising import revised_again
from verisearch.search.nodes import Node
from verisearch.search.requests import (
    Answer,
    Ask,
    Choice,
    Conclude,
    Draws,
    Failed,
    NextTokens,
    Rate,
    Rated,
    RatedNext,
    RateNext,
    Revise,
    Spent,
    Strategy,
)
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem
from verisearch.verdict import TraceStatus, TraceVerdict

__all__ = ["Rerun", "rerun", "value_told", "verifier_in"]


class Rerun(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a second run. ``departure``: the first place where it isn't the recorded one, in words; None if it
    is. ``choice`` is None if the record has no answer to what the strategy asked for from there on."""

    choice: Choice | None
    departure: str | None = None


#: What an event that is an answer to a request has one of.
ANSWERS = {"draw", "failed", "next", "rate", "rate_next", "spent"}

#: What stands in the record because the strategy did it, not because it was answered.
OWN = {"note", "group", "revise", "ask", "conclude"}


class Told(NamedTuple):
    """A recorded answer: its place among the events (from 1), its ticket, and its events (one a draw)."""

    place: int
    ticket: int
    events: list[Event]


class Departed(Exception):
    """The strategy asks for what the record doesn't answer."""


def rerun(
    problem: Problem, strategy: Strategy, events: Sequence[Event], *, seed: int, check: CheckOptions | None = None
) -> Rerun:
    """Run ``strategy`` on the answers in ``events``. ``seed``: the run's. ``check``: what recorded verdicts were made
    with, for those who read more of them than whether a chain is verified.

    Raises `RecordError` for events that are malformed, or were recorded without tickets.
    """
    run = SecondRun(problem, strategy, events, seed, check or CheckOptions(max_leap=1))
    try:
        choice = run.choice()
    except Departed as stop:
        return Rerun(choice=None, departure=run.departure or str(stop))
    finally:
        strategy.close()
    return Rerun(choice=choice, departure=run.departure)


class SecondRun(Driver):
    """One strategy under way on recorded answers."""

    def __init__(
        self, problem: Problem, strategy: Strategy, events: Sequence[Event], seed: int, check: CheckOptions
    ) -> None:
        self.problem, self.seed, self.check = problem, seed, check
        self.drive = Drive(0, problem, (), strategy, Purse(Budget()))
        self.answers = answers_in(events)
        #: Notes, groups and turns given back, which the strategy must make again.
        self.own = deque((place, each) for place, each in enumerate(events, 1) if OWN & each.keys())
        self.asked: dict[int, Asked] = {}
        self.departure: str | None = None

    def choice(self) -> Choice:
        """Run to the end."""
        drive, answer = self.drive, None
        while True:
            try:
                request = drive.strategy.send(answer)
            except StopIteration as stop:
                chosen: Choice = stop.value
                break
            answer = self.take(drive, request)
            if drive.wait is not None:
                while not drive.ready():
                    self.arrive()
                answer = drive.taken()
        if self.own:
            self.depart(self.own[0][0], f"recorded {shown(self.own[0][1])}, now the search has ended")
        more = next((told for told in self.answers if told.ticket not in self.asked), None)  # others were cancelled
        if more is not None:
            self.depart(more.place, f"recorded {shown(more.events[0])}, now the search has ended")
        return chosen

    def revise(self, drive: Drive, request: Revise) -> Node:
        """Where the recorded turns go on from the chain that is given back; they are not put into words again."""
        path = list(request.node.path)
        return self.recorded({"revise": path}, f"the chain at {path} is given back", revised_again)

    def ask(self, drive: Drive, request: Ask) -> Node:
        """Where the reply begins to what was recorded to be asked, which must be the same now."""
        fields = asked_fields(request)
        return self.recorded(fields, f"{request.template} is asked behind {fields['ask']}", asked_again)

    def conclude(self, drive: Drive, request: Conclude) -> Node:
        """The recorded reply of the strategy's own, which must be the same now."""
        fields = concluded_fields(request)
        return self.recorded(fields, f"the conclusion behind {fields['conclude']} is {shown(fields)}", concluded_again)

    def recorded(self, fields: Event, what: str, again: Callable[[Event], Node]) -> Node:
        """The node that the next event of the strategy's own tells of. Raises `Departed` unless that has these
        ``fields``."""
        if not self.own:
            raise Departed(f"the record ends, and now {what}")
        place, recorded = self.own.popleft()
        now = msgspec.json.decode(msgspec.json.encode(fields))
        if any(recorded.get(name) != value for name, value in now.items()):
            raise Departed(f"event {place}: recorded {shown(recorded)}, now {what}")
        try:
            return again(recorded)
        except (KeyError, TypeError) as error:
            raise RecordError(f"event {place} can't be read ({type(error).__name__}: {error})") from error

    def submit(self, drive: Drive, request: Asked) -> int:
        """Remember what is asked under which ticket."""
        ticket = drive.ticket()
        self.asked[ticket] = request
        return ticket

    def cancel(self, drive: Drive, tickets: tuple[int, ...]) -> None:
        """Drop the answers when they come."""
        drive.open -= set(tickets)

    def arrive(self) -> None:
        """Hand out the next recorded answer. Raises `Departed` if it answers nothing that was asked."""
        if not self.answers:
            raise Departed("the record ends, and the strategy asks for more")
        told = self.answers.popleft()
        request = self.asked.pop(told.ticket, None)
        if request is None:
            raise Departed(f"event {told.place}: recorded an answer to request {told.ticket}, which is not made now")
        try:
            wrong = mismatch(request, told)
            answer = None if wrong else self.answer(request, told)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise RecordError(f"event {told.place} can't be read ({type(error).__name__}: {error})") from error
        if answer is None:
            raise Departed(f"event {told.place}: {wrong}")
        self.drive.answer(told.ticket, answer)

    def answer(self, request: Asked, told: Told) -> Answer:
        first = told.events[0]
        if "spent" in first:
            return Spent(first["spent"])
        if "failed" in first:
            return Failed(first["failed"] if isinstance(request, Rate | RateNext) else first["message"])
        if isinstance(request, Rate):
            return Rated(tuple(self.score(each) for each in first["nodes"]))
        if isinstance(request, RateNext):
            return RatedNext(tuple(next_scores(each) for each in first["nodes"]))
        if isinstance(request, NextTokens):
            return children(request.node, tuple(TokenChoice(**each) for each in first["tokens"]), first["first"])
        return Draws(tuple(drawn(request.node, each) for each in told.events))

    def score(self, told: Mapping[str, Any]) -> Score:
        """A recorded score, with as much of its verdict as was kept."""
        verdict = None
        if "verified" in told:
            verdict = TraceVerdict(
                problem=self.problem,
                logic=self.check.logic,
                formaliser=self.check.formaliser,
                status=TraceStatus(told["status"]),
                verified=told["verified"],
                max_leap=self.check.max_leap,
                steps=(),
            )
        return Score(value=value_told(told), reason=told["reason"], verdict=verdict)

    def tell(self, drive: Drive, event: Event, scores: tuple[Score, ...] = ()) -> None:
        """Compare what the strategy notes with the record."""
        now = msgspec.json.decode(msgspec.json.encode(event))
        if not self.own:
            return self.depart(None, f"the record ends, and the strategy goes on with {shown(now)}")
        place, recorded = self.own.popleft()
        if recorded != now:
            self.depart(place, f"recorded {shown(recorded)}, now {shown(now)}")
        return None

    def depart(self, place: int | None, what: str) -> None:
        """Remember the first departure."""
        if self.departure is None:
            self.departure = what if place is None else f"event {place}: {what}"


def answers_in(events: Sequence[Event]) -> deque[Told]:
    """The recorded answers, in the order in which they came. Raises `RecordError` for one without a ticket."""
    found: deque[Told] = deque()
    for place, event in enumerate(events, 1):
        if not (ANSWERS & event.keys()) or "note" in event:
            continue
        if not isinstance(event.get("ticket"), int):
            raise RecordError(f"event {place} doesn't say which request it answers: solve again with this version")
        if "draw" in event and found and found[-1].ticket == event["ticket"]:
            found[-1].events.append(event)
        else:
            found.append(Told(place, event["ticket"], [event]))
    return found


def mismatch(request: Asked, told: Told) -> str:
    """In what a request differs from the one that was answered; empty if it doesn't."""
    first = told.events[0]
    if isinstance(request, Rate | RateNext):
        kind = "rate" if isinstance(request, Rate) or "failed" in first else "rate_next"
        if kind not in first and "spent" not in first:
            return f"recorded {shown(first)}, now scores are asked for"
        now = [list(node.path) for node in request.nodes]
        then = [each["path"] for each in first["nodes"]] if "nodes" in first else now
        return "" if now == then else f"recorded scores of {then}, now those of {now} are asked for"
    if isinstance(request, NextTokens):
        path = list(request.node.path)
        if "spent" in first or path in (first.get("next"), first.get("failed")):
            return ""
        return f"recorded {shown(first)}, now the next tokens behind {path} are asked for"
    wanted = f"now {request.n} draw(s) behind {list(request.node.path)} are asked for"
    if not {"draw", "failed", "spent"} & first.keys() or "rate" in first:
        return f"recorded {shown(first)}, {wanted}"
    behind = [each["draw"][:-1] for each in told.events] if "draw" in first else []
    if behind and behind != [list(request.node.path)] * request.n:
        return f"recorded {len(behind)} draw(s) behind {behind[0]}, {wanted}"
    return ""


def drawn(parent: Node, told: Mapping[str, Any]) -> Node:
    """A recorded draw."""
    logprobs = told.get("logprobs")
    return Node(
        path=tuple(told["draw"]),
        parent=parent,
        text=told["text"],
        ids=None,
        logprobs=None if logprobs is None else tuple(logprobs),
        finish=told["finish"],
    )


def next_scores(told: Mapping[str, Any]) -> NextScores:
    """Recorded scores of all next tokens of a chain."""
    values = tuple(None if each is None else float(each) for each in told["values"])
    return NextScores(values=values, reason=told["reason"])


def value_told(told: Mapping[str, Any]) -> float | None:
    """A recorded score's value; what is no finite number was recorded by its name."""
    value = told["value"]
    return None if value is None else float(value)


def verifier_in(events: Sequence[Event]) -> str | None:
    """The name of who scored; None if nobody did."""
    return next((each["rate"] for each in events if "rate" in each), None)


def shown(event: Event) -> str:
    """An event in one line that is not too long."""
    text = msgspec.json.encode(event).decode()
    return text if len(text) <= 120 else text[:117] + "..."

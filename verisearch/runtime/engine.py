"""The engine: drives strategies of many problems at once over one policy and the verifiers.

A strategy is a generator that yields requests. The engine sends what they ask for in common, hands each answer back to
its own generator as soon as it is there, keeps every problem inside its budget and writes down what happened.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any, NamedTuple

import msgspec

from verisearch.errors import InputError, PolicyError
from verisearch.policies.seeds import derive_seed
from verisearch.protocols import Failure, MultifurcationReward, Policy, Reply, Sampling, Score, Verifier
from verisearch.protocols import Request as PolicyRequest
from verisearch.runtime.asking import Questions, concluded
from verisearch.runtime.budget import Budget, Purse
from verisearch.runtime.drive import Asked, Drive, Driver, Event
from verisearch.runtime.forking import children, next_tokens
from verisearch.runtime.prompting import Template
from verisearch.runtime.rating import answers, cost
from verisearch.runtime.revising import Revisions
from verisearch.runtime.telling import told
from verisearch.search.nodes import Node
from verisearch.search.requests import (
    Ask,
    Choice,
    Conclude,
    Draws,
    Extend,
    Failed,
    NextTokens,
    Rate,
    Rated,
    RateNext,
    Revise,
    Spent,
    Strategy,
)
from verisearch.trace import Problem
from verisearch.usage import Usage

__all__ = ["Engine", "Event", "Search"]

#: Called with the problem and each event as it happens; a rating brings its scores along.
Listener = Callable[[Problem, Event, tuple[Score, ...]], None]


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one problem: the strategy's choice, what it cost, everything that happened; or an error, if nothing
    could be written and the strategy didn't abstain."""

    index: int
    problem: Problem
    choice: Choice
    usage: Usage
    events: tuple[Event, ...]
    error: str | None = None


class Sent(NamedTuple):
    """A request that the policy works on. ``first``: the number of its first draw at its node."""

    drive: Drive
    ticket: int
    request: Extend
    first: int
    asked: PolicyRequest


class Engine(Driver):
    """Runs strategies. ``seed`` and the problem's id, the node and the draw's number make each draw's seed, so that a
    problem's draws don't depend on what else is run. ``concurrency``: problems under way at once. ``patience``: most
    seconds in which a turn waits for the policy (None: as long as it takes)."""

    def __init__(
        self,
        policy: Policy,
        verifiers: Mapping[str, Verifier | MultifurcationReward],
        template: Template,
        *,
        seed: int = 0,
        budget: Budget | None = None,
        concurrency: int = 32,
        max_tokens: int | None = None,
        listener: Listener | None = None,
        patience: float | None = None,
    ) -> None:
        self.policy, self.verifiers, self.template = policy, verifiers, template
        self.seed, self.budget, self.concurrency = seed, budget or Budget(), concurrency
        if max_tokens is not None and max_tokens < 1:
            raise InputError(f"max_tokens is {max_tokens}: a step takes at least 1")
        self.max_tokens = max_tokens or template.step_tokens
        self.listener, self.patience = listener, patience
        self.revisions, self.questions = Revisions(), Questions()
        self.sent: dict[int, Sent] = {}
        self.to_rate: list[tuple[Drive, int, Rate | RateNext]] = []
        self.to_fork: list[tuple[Drive, int, NextTokens]] = []

    def run(self, problems: Iterable[Problem], strategy: Callable[[], Strategy]) -> Iterator[Search]:
        """Search every problem with a fresh ``strategy()``; results in the problems' order.

        Raises `InputError` if the template can't be filled in, `PolicyError` if the policy loses a request. What goes
        wrong with one problem is in its result.
        """
        with closing(self.turns(problems, strategy)) as turns:
            for search in turns:
                if search is not None:
                    yield search

    def turns(
        self, problems: Iterable[Problem], strategy: Callable[[], Strategy]
    ) -> Generator[Search | None, None, None]:
        """As `run`, with a None whenever a verifier or the policy was asked, so that whoever reads can look at what the
        listener heard, or leave: closing the generator cancels what is under way."""
        waiting = enumerate(problems)
        active: list[Drive] = []
        done: dict[int, Search] = {}
        following = 0
        more = True
        try:
            while True:
                # not too far ahead of the oldest: results are held back until it is done
                while more and len(active) < self.concurrency and len(done) < 4 * self.concurrency:
                    begun = next(waiting, None)
                    if begun is None:
                        more = False
                        break
                    index, problem = begun
                    drive = Drive(index, problem, self.template.messages(problem), strategy(), Purse(self.budget))
                    active.append(drive)
                    self.advance(drive, None)
                for drive in active:
                    while drive.choice is None and drive.ready():
                        self.advance(drive, drive.taken())
                for drive in [each for each in active if each.choice is not None and not each.under_way]:
                    active.remove(drive)
                    done[drive.index] = self.result(drive)
                while following in done:
                    yield done.pop(following)
                    following += 1
                if self.to_rate:
                    self.rate()
                    yield None
                elif self.to_fork:
                    self.fork()
                    yield None
                elif self.sent:
                    self.collect()
                    yield None
                elif active and not any(drive.ready() for drive in active):
                    raise PolicyError("a strategy waits for tickets that nobody works on")
                elif not (active or done or more):
                    return
        finally:
            for drive in active:
                drive.strategy.close()
            self.drop_open()

    # --- the generator's side ---
    def advance(self, drive: Drive, answer: Any) -> None:
        """Run the generator until it waits for something that isn't there, or ends."""
        try:
            while True:
                request = drive.strategy.send(answer)
                answer = self.take(drive, request)
                if drive.wait is not None:
                    if not drive.ready():
                        return
                    answer = drive.taken()
        except StopIteration as stop:
            drive.choice = stop.value
            node = drive.choice.node
            self.tell(drive, {"choice": None if node is None else list(node.path), "reason": drive.choice.reason})
            self.cancel(drive, tuple(drive.open))

    def revise(self, drive: Drive, request: Revise) -> Node:
        """Put the verdicts on a chain into words."""
        root, event = self.revisions.begun(request, drive.problem, drive.numbers(request.node, 1))
        self.tell(drive, event)
        return root

    def ask(self, drive: Drive, request: Ask) -> Node:
        """Put the strategy's question into words."""
        root, event = self.questions.begun(request, drive.numbers(request.node, 1))
        self.tell(drive, event)
        return root

    def conclude(self, drive: Drive, request: Conclude) -> Node:
        """Write what the strategy found out."""
        node, event = concluded(request, drive.numbers(request.node, 1))
        drive.written[node.path] = sum(drive.written.get(each.path, 0) for each in request.rests_on)
        self.tell(drive, event)
        return node

    def submit(self, drive: Drive, request: Asked) -> int:
        """Send a request; its ticket in the search's own numbering."""
        ticket = drive.ticket()
        if isinstance(request, (Rate, RateNext)):
            refusal = drive.purse.reserve_calls(len(request.nodes))
            if refusal is None:
                self.to_rate.append((drive, ticket, request))
            else:
                self.refuse(drive, ticket, refusal)
        else:
            drive.held.append((ticket, request))
            self.send_held(drive)
        return ticket

    def send_held(self, drive: Drive) -> None:
        """Send what the budget covers, in order. What it covers in part only waits for what the requests under way give
        back, so that draws are cut short where a budget ends and not where much is asked for at once."""
        while drive.held:
            ticket, request = drive.held[0]
            if drive.under_way and not drive.purse.covers(*self.most(request)):
                return
            drive.held.popleft()
            if isinstance(request, NextTokens):
                refusal = self.send_fork(drive, ticket, request)
            else:
                refusal = self.send(drive, ticket, request)
            if refusal is not None:
                self.refuse(drive, ticket, refusal)

    def most(self, request: Extend | NextTokens) -> tuple[int, int]:
        """How many draws a request makes, of how many tokens at most."""
        return (1, 1) if isinstance(request, NextTokens) else (request.n, request.max_tokens or self.max_tokens)

    def send_fork(self, drive: Drive, ticket: int, request: NextTokens) -> str | None:
        """Have next tokens asked for with the next lot, or say what the budget lacks."""
        if drive.purse.reserve_tokens(1, 1) is None:
            return "tokens"
        self.to_fork.append((drive, ticket, request))
        drive.under_way += 1
        return None

    def send(self, drive: Drive, ticket: int, request: Extend) -> str | None:
        """Send an `Extend` to the policy, or say what the budget lacks."""
        each = drive.purse.reserve_tokens(*self.most(request))
        if each is None:
            return "tokens"
        node = request.node
        first = drive.numbers(node, request.n)
        seeds = [derive_seed(self.seed, drive.problem.id, *node.path, f"draw {first + k}") for k in range(request.n)]
        asked = PolicyRequest(
            prefix=drive.prefix(node),
            sampling=Sampling(
                temperature=request.temperature,
                top_p=request.top_p,
                top_k=request.top_k,
                max_tokens=each,
                stop=(self.template.step,) if request.until == "step" else (),
                logprobs=request.logprobs,
            ),
            seeds=tuple(seeds),
        )
        self.sent[self.policy.submit(asked)] = Sent(drive, ticket, request, first, asked)
        drive.under_way += 1
        return None

    def cancel(self, drive: Drive, tickets: tuple[int, ...]) -> None:
        """Give tickets up; what they cost is counted when the policy gives them back."""
        wanted = {ticket for ticket in tickets if ticket in drive.open}
        drive.open -= wanted
        drive.held = deque(each for each in drive.held if each[0] not in wanted)
        for each in [each for each in self.to_rate if each[0] is drive and each[1] in wanted]:
            self.to_rate.remove(each)
            drive.purse.settle_calls(len(each[2].nodes))
        for fork in [each for each in self.to_fork if each[0] is drive and each[1] in wanted]:
            self.to_fork.remove(fork)
            drive.under_way -= 1
            drive.purse.settle_tokens(1, 0)
        for number, sent in self.sent.items():
            if sent.drive is drive and sent.ticket in wanted:
                self.policy.cancel(number)
        if drive.choice is None:
            self.send_held(drive)

    # --- the answers' side ---
    def collect(self) -> None:
        """Wait for the policy and hand out what it answers."""
        began = time.monotonic()
        ready = self.policy.poll(self.patience)
        if not ready and self.patience is not None and time.monotonic() - began >= self.patience / 2:
            return  # nothing yet; what comes back empty-handed before its time has nothing under way
        if not ready:
            raise PolicyError(f"policy {self.policy.name} lost {len(self.sent)} request(s)")
        for number, reply in ready:
            sent = self.sent.pop(number, None)
            if sent is None:
                raise PolicyError(f"policy {self.policy.name} gave back ticket {number}, which nobody asked for")
            drive = sent.drive
            drive.under_way -= 1
            drive.purse.settle_tokens(sent.request.n * sent.asked.sampling.max_tokens, reply.usage.generated_tokens)
            drive.usage += reply.usage
            if isinstance(reply, Failure):
                event = {"failed": list(sent.request.node.path), "kind": reply.kind, "message": reply.message}
                self.tell(drive, {**event, "ticket": sent.ticket})
                drive.answer(sent.ticket, Failed(reply.message))
            else:
                drive.answer(sent.ticket, self.drawn(sent, reply))
            self.send_held(drive)

    def drawn(self, sent: Sent, reply: Reply) -> Draws:
        """The new nodes of a reply; each goes into the record, also where nobody waits for it any more."""
        nodes = []
        parent = sent.request.node
        share = reply.usage.generated_tokens // max(1, len(reply.draws))  # of a draw without ids
        for number, (draw, seed) in enumerate(zip(reply.draws, sent.asked.seeds, strict=True), sent.first):
            node = Node(
                path=(*parent.path, number),
                parent=parent,
                text=draw.text,
                ids=draw.ids,
                logprobs=draw.logprobs,
                finish=draw.finish,
            )
            nodes.append(node)
            tokens = None if draw.ids is None else len(draw.ids)
            # the token that ends a reply was generated too, but is no part of the text
            sent.drive.written[node.path] = share if tokens is None else tokens + node.finished
            event: Event = {
                "draw": list(node.path),
                "text": draw.text,
                "tokens": tokens,
                "finish": draw.finish,
                "seed": seed,
            }
            if sent.request.logprobs and draw.logprobs is not None:
                event["logprobs"] = list(draw.logprobs)
            self.tell(sent.drive, {**event, "ticket": sent.ticket})
        return Draws(tuple(nodes))

    def fork(self) -> None:
        """Ask the policy for the next tokens that wait, all problems together. Each node costs one generated token."""
        waiting, self.to_fork = self.to_fork, []
        asked = [(drive.prefix(request.node), request) for drive, _, request in waiting]
        for (drive, ticket, request), found in zip(waiting, next_tokens(self.policy, asked), strict=True):
            drive.under_way -= 1
            drive.purse.settle_tokens(1, 0 if isinstance(found, Failed) else 1)
            path = list(request.node.path)
            if isinstance(found, Failed):
                self.tell(drive, {"failed": path, "kind": "failed", "message": found.message, "ticket": ticket})
                drive.answer(ticket, found)
            else:
                drive.usage += Usage(generated_tokens=1)
                tokens = children(request.node, found, drive.numbers(request.node, len(found)))
                drive.written.update(dict.fromkeys((node.path for node in tokens.nodes), 1))
                choices = [msgspec.structs.asdict(each) for each in found]
                first = tokens.nodes[0].path[-1]
                self.tell(drive, {"next": path, "first": first, "tokens": choices, "ticket": ticket})
                drive.answer(ticket, tokens)
            self.send_held(drive)

    def rate(self) -> None:
        """Have the verifiers score what waits, all problems together."""
        waiting, self.to_rate = self.to_rate, []
        for kind, name in dict.fromkeys((type(request), request.verifier) for _, _, request in waiting):
            mine = [each for each in waiting if type(each[2]) is kind and each[2].verifier == name]
            verifier = self.verifiers.get(name)
            if verifier is None:
                unknown = Failed(f"no verifier named {name!r}: {', '.join(self.verifiers)}")
                for drive, ticket, _ in mine:
                    self.tell(drive, {"rate": name, "failed": unknown.message, "ticket": ticket})
                    drive.answer(ticket, unknown)
                continue
            found = answers(verifier, [(drive.problem, request) for drive, _, request in mine])
            for (drive, ticket, request), answer in zip(mine, found, strict=True):
                if isinstance(answer, Failed):
                    drive.usage += Usage(verifier_calls=len(request.nodes))
                    event: Event = {"rate": name, "failed": answer.message}
                else:
                    drive.usage += cost(answer)
                    event = told(request, answer, drive.judged)
                self.tell(drive, {**event, "ticket": ticket}, answer.scores if isinstance(answer, Rated) else ())
                drive.answer(ticket, answer)

    def refuse(self, drive: Drive, ticket: int, what: str) -> None:
        """The budget lacks ``what``."""
        self.tell(drive, {"spent": what, "ticket": ticket})
        drive.answer(ticket, Spent(what))

    def tell(self, drive: Drive, event: Event, scores: tuple[Score, ...] = ()) -> None:
        drive.events.append(event)
        if self.listener is not None:
            self.listener(drive.problem, event, scores)

    # --- results ---
    def result(self, drive: Drive) -> Search:
        """The finished search; tokens that are not on the chosen chain were discarded."""
        assert drive.choice is not None
        node = drive.choice.node
        kept = 0 if node is None else sum(drive.written.get(step.path, 0) for step in node.lineage())
        discarded = max(0, drive.usage.generated_tokens - kept)
        return Search(
            index=drive.index,
            problem=drive.problem,
            choice=drive.choice,
            usage=msgspec.structs.replace(drive.usage, discarded_tokens=discarded),
            events=tuple(drive.events),
            error=drive.choice.reason if node is None and not drive.choice.abstained else None,
        )

    def drop_open(self) -> None:
        """Cancel what is still under way and collect it, so that it can't turn up in a later run."""
        self.to_rate.clear()
        self.to_fork.clear()
        for number in self.sent:
            self.policy.cancel(number)
        while self.sent and (ready := self.policy.poll(5.0)):
            for number, _ in ready:
                self.sent.pop(number, None)
        self.sent.clear()

"""Solving from Python: as a stream of what happens, and both without holding up an event loop.

The blocking calls, the stream and their asynchronous twins share `events`. What is asynchronous runs in a thread of its
own: a model in this process, or a reply that is slow to come, holds up that thread and no other task.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, aclosing, asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

import msgspec

from verisearch.api import Text
from verisearch.errors import InputError, PolicyError
from verisearch.evaluation.risk import RiskControl, read_control
from verisearch.ingest.reader import read_problem
from verisearch.policies import open_policy
from verisearch.protocols import MultifurcationReward, Policy, Responder, Verifier
from verisearch.runtime.jobs import Limits
from verisearch.runtime.pool import Pool
from verisearch.runtime.responding import responding
from verisearch.runtime.solving import Solution, SolveOptions, as_asked
from verisearch.runtime.streaming import Drawn, Happening, Lost, Noted, Scored, Solved, stream_turns
from verisearch.symbolic.formaliser import formaliser_for
from verisearch.trace import Problem

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Drawn", "Happening", "Lost", "Noted", "Scored", "SolveArguments", "Solved", "asolve", "astream", "stream"]

#: How long a cancelled task may wait for a policy that has nothing yet, in seconds.
PATIENCE = 0.1


class SolveArguments(TypedDict, total=False):
    """What `verisearch.solve` takes besides the statement."""

    context: Text | Sequence[str] | None
    problem: Problem | None
    policy: Policy | str
    verifier: Verifier | MultifurcationReward | str | None
    options: SolveOptions | None
    limits: Limits | None
    risk: RiskControl | Text | None
    model: Policy | Responder | str | None


class Task(NamedTuple):
    """A problem to solve, and with what. A ``policy`` that is a text is opened for it, and closed."""

    problem: Problem
    policy: Policy | str
    options: SolveOptions
    verifier: Verifier | MultifurcationReward | None
    limits: Limits | None
    risk: RiskControl | None
    model: Policy | Responder | str | None = None


def make_task(
    statement: str | None = None,
    *,
    context: Text | Sequence[str] | None = None,
    problem: Problem | None = None,
    policy: Policy | str = "embedded",
    verifier: Verifier | MultifurcationReward | str | None = None,
    options: SolveOptions | None = None,
    limits: Limits | None = None,
    risk: RiskControl | Text | None = None,
    model: Policy | Responder | str | None = None,
) -> Task:
    """The task that the arguments of `verisearch.solve` describe. Raises `InputError` as that does."""
    asked = problem if problem is not None else read_problem(context, statement=statement)
    if not ((asked.statement or "").strip() or (asked.question or "").strip()):
        raise InputError("there is nothing to solve: give a statement")
    chosen = options is not None
    options = options or SolveOptions()
    if problem is None:
        asked = as_asked(asked, options)
    if not chosen:
        check = msgspec.structs.replace(options.check, formaliser=formaliser_for(asked))
        options = msgspec.structs.replace(options, check=check)
    if isinstance(verifier, str):
        options, verifier = msgspec.structs.replace(options, verifier=verifier), None
    control = risk if isinstance(risk, RiskControl) or risk is None else read_control(Path(risk))
    if control is not None:
        name = policy if isinstance(policy, str) else None
        control.refuse_other(name, options, verifier.name if verifier is not None else None)
    if model is not None and model is policy and not isinstance(model, str):
        raise InputError("model: the policy that writes can't formalise at the same time: open another one")
    return Task(asked, policy, options, verifier, limits, control, model)


def events(task: Task, patience: float | None = None) -> Generator[Happening | None, None, None]:
    """What happens, and a None at each turn of the engine, at the latest after ``patience`` seconds of waiting for the
    policy. Closing the generator cancels what is under way and frees what was opened."""
    opened = opened_alone(task.policy) if isinstance(task.policy, str) else task.policy
    try:
        with ExitStack() as stack:
            model = stack.enter_context(responding(task.model))
            pool = stack.enter_context(Pool(1, limits=task.limits, model=model)) if task.limits is not None else None
            turns = stream_turns(
                task.problem,
                opened,
                task.options,
                verifier=task.verifier,
                pool=pool,
                model=model,
                patience=patience,
            )
            stack.enter_context(closing(turns))
            for event in turns:
                if isinstance(event, Solved) and task.risk is not None:
                    yield Solved(solution=task.risk.applied(event.solution))
                else:
                    yield event
    finally:
        if opened is not task.policy:
            opened.close()


#: Held while a model is loaded: transformers can't load two in one process at the same time.
OPENING = threading.Lock()


def opened_alone(spec: str) -> Policy:
    """The policy that ``spec`` names, opened while no other thread opens one."""
    with OPENING:
        return open_policy(spec)


def solved(task: Task) -> Solution:
    """Run a task to its end."""
    for event in events(task):
        if isinstance(event, Solved):
            return event.solution
    raise PolicyError("the search ended without a solution")


def stream(statement: str | None = None, **given: Unpack[SolveArguments]) -> Iterator[Happening]:
    """What happens while a language model reasons about ``statement``: `Drawn`, `Scored` (with the verdict), `Noted`,
    `Lost` as they come, and `Solved` last.

    Takes and raises what `verisearch.solve` does. To leave the loop early gives up what is under way. With the default
    policy::

        options = SolveOptions(strategy="latts", settings=Latts(draws=4))
        for event in stream("Bob is nice.", context="Bob is kind. Kind people are nice.", options=options):
            if isinstance(event, Drawn):
                print("drew", event.path, repr(event.text))
            elif isinstance(event, Scored):
                print("scored", event.value, event.reason)
            elif isinstance(event, Solved):
                print(event.solution.status.value, event.solution.answer)

    prints::

        drew (0,) '- Is Bob nice?\\n'
        scored 0.9 nothing failed so far
        drew (0, 0) '- (2) All kind people are nice.\\n'
        scored 0.9 nothing failed so far
        drew (0, 0, 0) '  - Is Bob kind?\\n'
        scored 0.9 nothing failed so far
        drew (0, 0, 0, 0) '  - (1) Bob is kind.\\n'
        scored 0.9 nothing failed so far
        drew (0, 0, 0, 0, 0) '- So Bob is nice.\\n'
        scored 0.9 nothing failed so far
        drew (0, 0, 0, 0, 0, 0) '- The answer is True.\\n'
        scored 1.0 verified
        drew (0, 0, 0, 0, 0, 0, 0) ''
        scored 1.0 verified
        verified True
    """
    return happenings(make_task(statement, **given))


def happenings(task: Task) -> Generator[Happening, None, None]:
    with closing(events(task)) as source:
        for event in source:
            if event is not None:
                yield event


def astream(statement: str | None = None, **given: Unpack[SolveArguments]) -> AsyncGenerator[Happening, None]:
    """The asynchronous twin of `verisearch.stream`: ``async for event in astream(…)``.

    The search runs in a thread of its own, and the solver always in a worker process (``limits``: None stands for the
    defaults here). Where the task that reads is cancelled, or leaves the loop (best by ``contextlib.aclosing``),
    requests under way are given up and everything that was opened is closed, before the cancellation goes on; a policy
    that was given stays usable. That takes until the policy is done with the step that it is at.

    An open policy works for one search at a time: searches of one event loop that share it take turns. One that is
    named by a text is opened for each search: open it once (`verisearch.policies.open_policy`) where there are several.
    """
    return streamed(make_task(statement, **given))


async def streamed(task: Task) -> AsyncGenerator[Happening, None]:
    task = task._replace(limits=task.limits or Limits())
    async with turn(task.policy):
        worker = ThreadPoolExecutor(1, thread_name_prefix="verisearch")
        source = events(task, PATIENCE)
        end = object()
        try:
            while True:
                event: Any = await asyncio.wrap_future(worker.submit(next, source, end))
                if event is end:
                    return
                if event is not None:
                    yield event
        finally:
            # behind the turn that may be under way: there is one thread
            try:
                await finished(worker.submit(source.close))
            finally:
                worker.shutdown()


async def asolve(statement: str | None = None, **given: Unpack[SolveArguments]) -> Solution:
    """The asynchronous twin of `verisearch.solve`: ``await asolve(…)``. Takes and raises what that does; how it runs,
    and what cancelling does, is said at `astream`. With the default policy::

        asked = {
            "Bob is nice.": "Bob is kind. Kind people are nice.",
            "Anne is sad.": "Anne is kind. Kind people are not sad.",
        }
        policy = open_policy("embedded")
        found = await asyncio.gather(*(asolve(it, context=context, policy=policy) for it, context in asked.items()))
        policy.close()
        for solution in found:
            print(solution.problem.statement, solution.answer, solution.status.value)

    prints::

        Bob is nice. True verified
        Anne is sad. False verified
    """
    async with aclosing(astream(statement, **given)) as source:
        async for event in source:
            if isinstance(event, Solved):
                return event.solution
    raise PolicyError("the search ended without a solution")


async def finished(work: Future[None]) -> None:
    """Wait for ``work``, through cancellations, which go on behind it. Raises what it raises."""
    waiting, cancelled = asyncio.wrap_future(work), False
    while not waiting.done():
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            cancelled = True
    waiting.result()
    if cancelled:
        raise asyncio.CancelledError


#: By the ids of an event loop and an open policy, while any search uses it: the lock by which they take turns, and how
#: many do.
TURNS: dict[tuple[int, int], tuple[asyncio.Lock, int]] = {}


@asynccontextmanager
async def turn(policy: Policy | str) -> AsyncIterator[None]:
    """While no other search of this loop uses ``policy``."""
    if isinstance(policy, str):
        yield
        return
    key = id(asyncio.get_running_loop()), id(policy)
    lock, users = TURNS.get(key, (asyncio.Lock(), 0))
    TURNS[key] = lock, users + 1
    try:
        async with lock:
            yield
    finally:
        _, users = TURNS.pop(key)
        if users > 1:
            TURNS[key] = lock, users - 1

"""A pool of worker processes: whatever a solver does to its process, only the step it was at is lost.

A worker that hangs, crashes or runs out of memory is killed and replaced; its job is done again by the new one
without the part it was at. A part at which a worker *died* gets a second chance first, since the reason can lie
outside (somebody killed it, the machine was short of memory). A job whose context can't be worked on, or that fails
too often, becomes a result with an error, and the batch goes on.
"""

from __future__ import annotations

import math
import selectors
import signal
import time
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from verisearch.errors import WorkerError
from verisearch.protocols import Query, Response
from verisearch.runtime.jobs import Job, JobError, Limits, Result, part_name
from verisearch.runtime.process import WORKER, WorkerProcess
from verisearch.runtime.wire import Answered, Asking, Done, Failed, OutOfMemory, Progress, Ready, Reply, Task, frame

__all__ = ["Pool", "run_one"]

#: Attempts to start a worker that something kills before it is ready.
START_ATTEMPTS = 3

#: Seconds that a language model is waited for at a time, while workers may have news too.
QUERY_SECONDS = 0.02


class Answering(Protocol):
    """Answers queries of formalisers, many at once: `verisearch.runtime.responding.PolicyResponder`."""

    def submit(self, query: Query) -> int:
        """Take a query; its ticket."""

    def poll(self, timeout: float | None = None) -> list[tuple[int, Response]]:
        """Responses that are ready; if none is, waits for one up to ``timeout`` seconds."""


def run_one(job: Job, limits: Limits | None = None, model: Answering | None = None) -> Result:
    """Do one job in a worker of its own. Raises `WorkerError` if no worker can be started."""
    with Pool(1, limits=limits, model=model) as pool:
        return next(pool.run([job]))


@dataclass(slots=True)
class Assignment:
    """A job under way. ``part``: where it is (None: nowhere yet); ``deaths``: how often it died at each part."""

    index: int
    job: Job
    began: float
    skip: dict[int, str] = field(default_factory=dict)
    deaths: dict[int, int] = field(default_factory=dict)
    failures: int = 0
    part: int | None = None


@dataclass(slots=True)
class Slot:
    """The place of one worker: its process, replaced as needed, and what it is doing."""

    process: WorkerProcess | None = None
    assignment: Assignment | None = None
    out_of_memory: bool = False
    failed_starts: int = 0
    #: Its worker waits for a language model: the number of its query.
    asking: int | None = None


class Pool:
    """``workers`` processes that do jobs; started when first needed, ended by `close` or on leaving a ``with``.

    ``ahead``: how many jobs may be begun beyond the oldest unfinished one, which bounds what is held in memory.
    ``command``: the workers' command line, for tests of the pool itself. ``model`` answers what formalisers ask a
    language model; the pool doesn't close it.
    """

    def __init__(
        self,
        workers: int = 1,
        *,
        limits: Limits | None = None,
        ahead: int | None = None,
        command: Sequence[str] = WORKER,
        model: Answering | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._slots = [Slot() for _ in range(max(1, workers))]
        self._ahead = max(len(self._slots), ahead or 32 * len(self._slots))
        self._command = command
        self._model = model
        #: Queries under way, by their ticket: who waits for the response, and by which number.
        self._queries: dict[int, tuple[Slot, WorkerProcess, int]] = {}
        self._running = self._closed = False
        self._finalizer = weakref.finalize(self, close_all, self._slots)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill the workers at once. The pool can be used again.

        A batch that runs in another thread ends with `WorkerError`; that thread then frees what is left.
        """
        if self._running:
            self._closed = True
            for slot in self._slots:
                process = slot.process
                if process is not None:
                    process.kill()
        else:
            close_all(self._slots)

    @property
    def pids(self) -> list[int]:
        """The process ids of the running workers."""
        return [slot.process.pid for slot in self._slots if slot.process is not None]

    def run(self, jobs: Iterable[Job], *, ordered: bool = True) -> Iterator[Result]:
        """Do ``jobs``, taken as needed; yield one `Result` for each, in their order or as they finish.

        Raises `WorkerError` if no worker can be started, or if a batch is already running here. An error that
        ``jobs`` raises goes through. Leaving the iteration early ends the jobs under way.
        """
        if self._running:
            raise WorkerError("this pool is doing another batch: finish that first, or make another Pool")
        self._running = True
        try:
            yield from self._run(enumerate(jobs), ordered)
        finally:
            self._queries.clear()
            for slot in self._slots:
                if slot.assignment is not None or self._closed:
                    slot.assignment = None
                    end(slot)
            self._running = self._closed = False

    def _run(self, jobs: Iterator[tuple[int, Job]], ordered: bool) -> Iterator[Result]:
        finished: dict[int, Result] = {}
        begun = given = 0
        exhausted = False
        while True:
            if self._closed:
                raise WorkerError("the pool was closed while a batch was running")
            for slot in self._slots:
                while slot.assignment is None and not exhausted and begun - given < self._ahead:
                    following = next(jobs, None)
                    if following is None:
                        exhausted = True
                        break
                    begun += 1
                    refused = self._assign(slot, *following)
                    if refused is not None:
                        finished[refused.index] = refused
            for result in take(finished, given if ordered else None):
                given += 1
                yield result
            if exhausted and given == begun:
                return
            if any(slot.assignment for slot in self._slots):
                finished.update((result.index, result) for result in self._collect())

    def _assign(self, slot: Slot, index: int, job: Job) -> Result | None:
        """Give a free worker a job. A job that can't be sent gives its result at once."""
        slot.assignment = Assignment(index, job, time.monotonic())
        if slot.process is not None and slot.process.jobs_done >= self.limits.jobs:
            end(slot)
        if slot.process is None:
            self._start(slot)
        return self._hand_over(slot)

    def _start(self, slot: Slot) -> None:
        slot.process = WorkerProcess(self._command, self.limits)
        slot.out_of_memory = False
        slot.asking = None

    def _hand_over(self, slot: Slot) -> Result | None:
        """Send a slot's job, if its worker is ready for it."""
        assignment, process = slot.assignment, slot.process
        if assignment is None or process is None or not process.ready:
            return None
        assignment.part = None
        try:
            data = frame(Task(assignment.job, assignment.skip))
        except (UnicodeEncodeError, OverflowError) as error:
            return finish(slot, error=JobError("InputError", f"this can't be sent to a worker: {error}"))
        process.send(data)
        return None

    # --- hearing from workers -----------------------------------------------------------------------------------
    def _collect(self) -> list[Result]:
        """Wait for news, or for the next limit to be reached; the results it brings."""
        waiting = [slot for slot in self._slots if slot.assignment is not None]
        results: list[Result | None] = []
        for slot in self._heard_from(waiting):
            if not self._closed:
                results += self._listen(slot)
        self._answer_queries()
        now = time.monotonic()
        for slot in waiting:
            # Whoever was just heard from is not late, however long nobody listened.
            if slot.assignment is not None and self._deadline(slot) <= now and not has_news(slot):
                results.append(self._late(slot))
        return [result for result in results if result is not None]

    def _heard_from(self, slots: list[Slot]) -> list[Slot]:
        wait = max(0.0, min(self._deadline(slot) for slot in slots) - time.monotonic())
        if self._queries:
            wait = 0.0  # the time goes to the model, see `_answer_queries`
        with selectors.PollSelector() as selector:
            for slot in slots:
                if slot.process is not None:
                    selector.register(slot.process, selectors.EVENT_READ, slot)
            return [key.data for key, _ in selector.select(wait)]

    def _deadline(self, slot: Slot) -> float:
        if slot.process is None:
            return 0.0
        if slot.asking is not None:
            return math.inf  # the policy has time-outs of its own
        return slot.process.heard + (self.limits.seconds if slot.process.ready else self.limits.start_seconds)

    def _listen(self, slot: Slot) -> list[Result | None]:
        assert slot.process is not None
        replies = slot.process.receive()
        if replies is None:
            return [self._died(slot)]
        return [self._handle(slot, reply) for reply in replies]

    def _handle(self, slot: Slot, reply: Reply) -> Result | None:
        assert slot.process is not None
        if isinstance(reply, Ready):
            slot.process.ready = True
            slot.failed_starts = 0
            return self._hand_over(slot)
        if isinstance(reply, Asking):
            self._ask(slot, slot.process, reply)
        elif isinstance(reply, OutOfMemory):
            slot.out_of_memory = True
        elif slot.assignment is not None and isinstance(reply, Progress):
            slot.assignment.part = reply.part
        elif isinstance(reply, Done | Failed):
            slot.process.jobs_done += 1
            return finish(slot, reply)
        return None

    # --- language models ---
    def _ask(self, slot: Slot, process: WorkerProcess, asking: Asking) -> None:
        slot.asking = asking.number
        if self._model is None:
            self._tell(slot, process, asking.number, Response(error="no language model was given"))
        else:
            self._queries[self._model.submit(asking.query)] = slot, process, asking.number

    def _answer_queries(self) -> None:
        """Let the model work for a moment, and hand over what it has replied."""
        if self._model is None or not self._queries:
            return
        for ticket, response in self._model.poll(QUERY_SECONDS):
            found = self._queries.pop(ticket, None)
            if found is not None:
                self._tell(*found, response)

    def _tell(self, slot: Slot, process: WorkerProcess, number: int, response: Response) -> None:
        """Give a worker its response, if it is still there to take it."""
        if slot.process is process and slot.asking == number:
            slot.asking = None
            process.heard = time.monotonic()
            process.send(frame(Answered(number, response)))

    # --- when something goes wrong ------------------------------------------------------------------------------
    def _late(self, slot: Slot) -> Result | None:
        assert slot.process is not None
        if not slot.process.ready:
            end(slot)
            self._start_again(slot, f"a worker process didn't start within {self.limits.start_seconds:g} s")
            return None
        end(slot)
        return self._failed(slot, f"the solver was stopped after {self.limits.seconds:g} s", certain=True)

    def _died(self, slot: Slot) -> Result | None:
        process = slot.process
        assert process is not None
        code = end(slot)
        if not process.ready:
            self._start_again(slot, f"a worker process can't start ({ending(code)})\n{process.last_words}".strip())
            return None
        if code == -signal.SIGALRM:
            return self._failed(slot, f"the solver was stopped after {self.limits.seconds:g} s", certain=True)
        if slot.out_of_memory or process.ran_out_of_memory():
            limit = f" (limit {self.limits.memory / 1024**3:g} GiB)" if self.limits.memory else ""
            return self._failed(slot, f"the solver ran out of memory{limit}")
        return self._failed(slot, f"the solver process died ({ending(code)})")

    def _start_again(self, slot: Slot, reason: str) -> None:
        """Try once more to start a worker. Raises `WorkerError` when that has failed too often."""
        slot.failed_starts += 1
        if slot.failed_starts >= START_ATTEMPTS:
            raise WorkerError(reason)
        self._start(slot)

    def _failed(self, slot: Slot, reason: str, certain: bool = False) -> Result | None:
        """A worker failed at its job: leave out the part, try again, or give the job up.

        ``certain``: the part itself is the cause, so that it gets no second chance.
        """
        assignment = slot.assignment
        if assignment is None:
            return None
        part = -1 if assignment.part is None else assignment.part
        assignment.failures += 1
        assignment.deaths[part] = assignment.deaths.get(part, 0) + 1
        if certain or assignment.deaths[part] > 1:
            if part < 0 or part in assignment.skip:
                return finish(slot, error=JobError("WorkerError", f"{part_name(assignment.job, part)}: {reason}"))
            assignment.skip[part] = reason
        if assignment.failures >= self.limits.failures:
            message = f"given up after {assignment.failures} failures, the last at "
            message += f"{part_name(assignment.job, part)}: {reason}"
            return finish(slot, error=JobError("WorkerError", message))
        self._start(slot)
        return None


def has_news(slot: Slot) -> bool:
    """Whether a slot's worker has said something that wasn't listened to yet: the model may have kept the pool."""
    if slot.process is None:
        return False
    with selectors.PollSelector() as selector:
        selector.register(slot.process, selectors.EVENT_READ)
        return bool(selector.select(0))


def finish(slot: Slot, reply: Done | Failed | None = None, error: JobError | None = None) -> Result | None:
    """Free a slot; the result of the job it had."""
    assignment, slot.assignment = slot.assignment, None
    if assignment is None:
        return None
    return Result(
        index=assignment.index,
        id=assignment.job.id,
        verdict=reply.verdict if isinstance(reply, Done) else None,
        proof=reply.proof if isinstance(reply, Done) else None,
        error=reply.error if isinstance(reply, Failed) else error,
        skipped=assignment.skip,
        seconds=time.monotonic() - assignment.began,
    )


def take(finished: dict[int, Result], following: int | None) -> Iterator[Result]:
    """Take out the results that can be given: those from ``following`` on without a gap; None: all."""
    if following is None:
        for index in sorted(finished):
            yield finished.pop(index)
    else:
        while following in finished:
            yield finished.pop(following)
            following += 1


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def end(slot: Slot) -> int:
    """End a slot's process, if it has one. Returns its exit code."""
    process, slot.process = slot.process, None
    return process.close() if process is not None else 0


def close_all(slots: list[Slot]) -> None:
    """End the processes of all slots: first tell all, then wait for each."""
    for slot in slots:
        if slot.process is not None:
            slot.process.kill()
    for slot in slots:
        end(slot)

"""A worker process: takes jobs from its standard input, sends verdicts to its standard output.

It is started by `verisearch.runtime.pool` with its `Setup` (JSON) and the module search path as arguments. Nothing
but messages goes over the two pipes: whatever a solver prints goes to standard error. A worker ends when its input
ends, also in the middle of a job, so none outlives the process that started it.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from verisearch.errors import VerisearchError
from verisearch.protocols import Query, Responder, Response
from verisearch.runtime.jobs import Job, JobError, VerifyJob
from verisearch.runtime.wire import (
    Answered,
    Asking,
    Done,
    Failed,
    FrameReader,
    Order,
    OutOfMemory,
    Progress,
    Ready,
    Setup,
    Task,
    frame,
)
from verisearch.verdict import Proof, TraceVerdict

__all__ = ["Handler", "main", "serve"]

#: Does a job: gets it, the parts to leave out, what to call before each part, and whom to ask for a language model.
Handler: TypeAlias = Callable[[Job, Mapping[int, str], Callable[[int], None], Responder], TraceVerdict | Proof]

#: The worker's own alarm goes off this much later than the pool's guard (factor, seconds): it only has to end a
#: worker whose pool is gone or asleep.
ALARM = (1.5, 5.0)

#: Made beforehand: there may be no memory to make it in when it is needed.
MEMORY_REPLY = frame(OutOfMemory())


def main(load_handler: Callable[[], Handler] | None = None) -> None:
    """Serve jobs until standard input ends. ``load_handler`` gives what does the jobs; by default the checker."""
    setup = msgspec.json.decode(sys.argv[1], type=Setup)
    serve(setup, load_handler or checker)


def checker() -> Handler:
    """The step checker as a handler. Loads it, which takes a moment."""
    from verisearch.symbolic.checker import prove_problem, verify_trace

    def handle(
        job: Job, skip: Mapping[int, str], progress: Callable[[int], None], model: Responder
    ) -> TraceVerdict | Proof:
        if isinstance(job, VerifyJob):
            return verify_trace(job.trace, job.options, skip=skip, progress=progress, known=job.known, model=model)
        return prove_problem(job.problem, job.options, skip=skip, progress=progress, model=model)

    return handle


def serve(setup: Setup, load_handler: Callable[[], Handler]) -> None:
    """Do jobs one by one, within the limits of ``setup``. Does not return before the input ends."""
    source, sink = claim_pipes()
    # Ctrl-C is for the process that started us: it decides what becomes of a worker.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    limit_memory(setup.memory)
    tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
    model = PipeResponder(sink, setup.seconds)
    threading.Thread(target=receive, args=(source, tasks, model.answers), daemon=True).start()
    handler = load_handler()
    send(sink, frame(Ready()))
    while True:
        do(tasks.get(), handler, sink, setup.seconds, model)


class PipeResponder:
    """Has the pool ask a language model. The worker's alarm rests while it waits."""

    name = "pool"

    def __init__(self, sink: int, seconds: float) -> None:
        self.sink, self.seconds = sink, seconds
        self.answers: queue.SimpleQueue[Answered] = queue.SimpleQueue()
        self._number = 0

    def ask(self, query: Query) -> Response:
        """What the model replies."""
        self._number += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        send(self.sink, frame(Asking(self._number, query)))
        while (answer := self.answers.get()).number != self._number:
            pass  # to a query of a job that failed since
        arm(self.seconds)
        return answer.response


def claim_pipes() -> tuple[int, int]:
    """Take standard input and output for messages; what reads or prints elsewhere gets nothing, and stderr."""
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink


def limit_memory(limit: int | None) -> None:
    """Have the system refuse memory beyond ``limit`` bytes, where it can."""
    import resource

    if limit is None:
        return
    # Linux counts private memory under RLIMIT_DATA; RLIMIT_AS would also count address space merely reserved.
    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    hard = resource.getrlimit(kind)[1]
    ceiling = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    try:
        resource.setrlimit(kind, (ceiling, ceiling))
    except (ValueError, OSError) as error:
        print(f"no memory limit: {error}", file=sys.stderr)


def receive(source: int, tasks: queue.SimpleQueue[Task], answers: queue.SimpleQueue[Answered]) -> None:
    """Queue what arrives (in a thread of its own); end the process when nothing more can."""
    frames, decoder = FrameReader(), msgspec.msgpack.Decoder[Order](Order)
    while data := os.read(source, 1 << 16):
        for body in frames.feed(data):
            order = decoder.decode(body)
            if isinstance(order, Task):
                tasks.put(order)
            else:
                answers.put(order)
    end_group()


def end_group() -> None:
    """End this process at once, and with it what a solver started."""
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def do(task: Task, handler: Handler, sink: int, seconds: float, model: Responder) -> None:
    """Do one job and send what comes of it."""

    def progress(part: int) -> None:
        # No alarm while sending: the pool may be busy elsewhere and let us wait.
        signal.setitimer(signal.ITIMER_REAL, 0)
        send(sink, frame(Progress(part)))
        arm(seconds)

    arm(seconds)
    reply = outcome(task, handler, progress, model)
    signal.setitimer(signal.ITIMER_REAL, 0)
    send(sink, reply)
    if reply == MEMORY_REPLY:
        end_group()


def outcome(task: Task, handler: Handler, progress: Callable[[int], None], model: Responder) -> bytes:
    """What comes of a job, as a framed message."""
    try:
        result = handler(task.job, task.skip, progress, model)
        return frame(Done(verdict=result) if isinstance(result, TraceVerdict) else Done(proof=result))
    except MemoryError:
        return MEMORY_REPLY
    except VerisearchError as error:
        return frame(Failed(JobError(type(error).__name__, printable(str(error)))))
    except Exception as error:
        # A bug of ours or of a plug-in costs this job alone; the result names it.
        return frame(Failed(JobError(type(error).__name__, printable(f"internal error: {describe(error)}"))))


def arm(seconds: float) -> None:
    """Have the kernel end this process if nothing is heard from it for long: works in any solver's C code."""
    factor, extra = ALARM
    signal.setitimer(signal.ITIMER_REAL, factor * seconds + extra)


def describe(error: Exception) -> str:
    """What happened and where, in one line; the whole of it goes to standard error."""
    traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


def printable(text: str) -> str:
    """``text`` with what UTF-8 can't hold written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def send(sink: int, message: bytes) -> None:
    """Write one framed message; ends the process if nobody reads any more."""
    data = memoryview(message)
    try:
        while data:
            data = data[os.write(sink, data) :]
    except BrokenPipeError:
        end_group()


if __name__ == "__main__":
    main()

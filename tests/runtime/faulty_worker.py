"""A worker whose "solver" does what the text of a part tells it to: the pool's tests run this as a process.

The handler reports every part as a checker does; a part whose text is a key of `DEEDS` misbehaves.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from verisearch.errors import SignatureError
from verisearch.runtime.jobs import Job, VerifyJob
from verisearch.runtime.worker import Handler, main
from verisearch.verdict import (
    AnswerVerdict,
    ClaimVerdict,
    Outcome,
    Proof,
    Status,
    TraceVerdict,
    Verdict,
    trace_status,
)


def hang() -> None:
    # PyDLL keeps the interpreter's lock, as some solvers do: no Python thread can run meanwhile.
    ctypes.PyDLL(None).sleep(600)


def segfault() -> None:
    ctypes.string_at(0)


def eat() -> None:
    hoard = []
    while True:
        hoard.append(bytearray(50_000_000))


def chatter() -> None:
    print("printed by Python", flush=True)
    os.write(1, b"printed by C\n" * 1000)
    sys.stdin.read()


def signature() -> None:
    raise SignatureError("kind is used with two arities")


def bug() -> None:
    raise ZeroDivisionError("a slip of the pen")


def spawn() -> None:
    import subprocess

    child = subprocess.Popen(["sleep", "600"])
    Path(os.environ["FAULTY_PID_FILE"]).write_text(str(child.pid))
    hang()


def once() -> None:
    """Die the first time only."""
    mark = Path(os.environ["FAULTY_MARK"])
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


DEEDS: dict[str, Callable[[], object]] = {
    "hang": hang,
    "hang in Python": lambda: time.sleep(600),
    "segfault": segfault,
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda: os._exit(3),
    "eat": eat,
    "bad_alloc": lambda: (os.write(2, b"terminate: std::bad_alloc\n"), os.abort()),
    "chatter": chatter,
    "signature": signature,
    "bug": bug,
    "spawn": spawn,
    "once": once,
    "slow": lambda: time.sleep(0.2),
}


def handle(job: Job, skip: Mapping[int, str], progress: Callable[[int], None], model: object) -> TraceVerdict | Proof:
    statuses: list[tuple[Status, str]] = []

    def work(part: int, text: str) -> None:
        progress(part)
        if part in skip:
            statuses.append((Status.UNDECIDED, skip[part]))
            return
        DEEDS.get(text, lambda: None)()
        statuses.append((Status.ENTAILED, f"pid {os.getpid()}"))

    problem = job.trace.problem if isinstance(job, VerifyJob) else job.problem
    work(-1, problem.context[0].text if problem.context else "")
    if not isinstance(job, VerifyJob):
        work(0, problem.statement or "")
        return Proof(
            problem=problem,
            statement=problem.statement or "",
            logic="rules",
            formaliser="none",
            outcome=Outcome.TRUE,
        )
    for step in job.trace.steps:
        work(step.index, step.text)
    work(len(job.trace.steps), job.trace.answer or "")
    claims = [ClaimVerdict(text="", span=(0, 0), status=status, reason=reason) for status, reason in statuses]
    return TraceVerdict(
        problem=problem,
        logic="rules",
        formaliser="none",
        status=trace_status(status for status, _ in statuses),
        verified=False,
        max_leap=None,
        steps=tuple(
            Verdict(step=step, status=claim.status, claims=(claim,))
            for step, claim in zip(job.trace.steps, claims[1:-1], strict=True)
        ),
        answer=AnswerVerdict(given=job.trace.answer or "", proved=Outcome.TRUE, claim=claims[-1]),
    )


def load() -> Handler:
    if os.environ.get("FAULTY_START") == "fail":
        raise ImportError("no such solver")
    return handle


if __name__ == "__main__":
    main(load)

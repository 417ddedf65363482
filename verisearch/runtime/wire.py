"""How a pool and its workers talk: msgpack messages, each after its length in four bytes."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from verisearch.protocols import Query, Response
from verisearch.runtime.jobs import Job, JobError
from verisearch.verdict import Proof, TraceVerdict

__all__ = [
    "Answered",
    "Asking",
    "Done",
    "Failed",
    "FrameReader",
    "Order",
    "OutOfMemory",
    "Progress",
    "Ready",
    "Reply",
    "Setup",
    "Task",
    "frame",
]

HEADER = 4


class Setup(msgspec.Struct, frozen=True):
    """A worker's limits: see `verisearch.runtime.jobs.Limits`."""

    memory: int | None
    seconds: float


class Task(msgspec.Struct, frozen=True, tag="task"):
    """A job, and the parts of it to leave out, with the reason."""

    job: Job
    skip: dict[int, str]


class Answered(msgspec.Struct, frozen=True, tag="answered"):
    """What a language model replied to the worker's query of that number."""

    number: int
    response: Response


#: What a pool sends.
Order: TypeAlias = Task | Answered


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The worker has loaded its modules."""


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """The solver is about to work on this part."""

    part: int


class Asking(msgspec.Struct, frozen=True, tag="asking"):
    """The worker waits for a language model's response; no limit of time holds until it is there."""

    number: int
    query: Query


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The job is finished; one of the two is set."""

    verdict: TraceVerdict | None = None
    proof: Proof | None = None


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The job raised an error that it would raise again."""

    error: JobError


class OutOfMemory(msgspec.Struct, frozen=True, tag="out-of-memory"):
    """The part ran into the memory limit; the worker is no longer to be trusted and ends itself."""


Reply: TypeAlias = Ready | Progress | Asking | Done | Failed | OutOfMemory


def frame(message: msgspec.Struct) -> bytes:
    """``message`` as bytes to send. Raises `UnicodeEncodeError` for text with lone surrogates."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(HEADER, "big") + body


class FrameReader:
    """Puts messages together from the pieces a pipe gives."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that ``data`` completes."""
        self._buffer += data
        bodies, start = [], 0
        while len(self._buffer) - start >= HEADER:
            end = start + HEADER + int.from_bytes(self._buffer[start : start + HEADER], "big")
            if end > len(self._buffer):
                break
            bodies.append(bytes(self._buffer[start + HEADER : end]))
            start = end
        del self._buffer[:start]
        return bodies

"""Compares mathematical expressions with Math-Verify, in a process of its own.

Math-Verify's own time-outs need signals, so they only work in a main thread, and simplifying what a model wrote may
take for ever. Here its time-outs are off; a child process does the work and is ended when it takes too long.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from functools import lru_cache
from typing import Literal, NamedTuple

__all__ = ["Compared", "available", "compare"]

#: Seconds on the clock for one comparison, where the child's own limit on processor time doesn't end it, and for the
#: start of the child, which loads SymPy.
LIMIT = 60.0
START = 120.0

#: The child finds modules where this process does, whatever the folder it is started in holds.
COMMAND = "import sys; sys.path[:] = sys.argv[1:]; from verisearch.answers.mathworker import main; main()"


class Compared(NamedTuple):
    """What Math-Verify makes of two expressions."""

    status: Literal["equal", "different", "undecided"]
    reason: str


@lru_cache(maxsize=1)
def available() -> bool:
    """Whether Math-Verify is installed."""
    return importlib.util.find_spec("math_verify") is not None


@lru_cache(maxsize=1 << 14)
def compare(one: str, other: str) -> Compared:
    """Whether two LaTeX expressions (without delimiters) are equal.

    ``equal`` takes Math-Verify's word in both directions, as it is not symmetric, and a check of the values that it was
    given for. What can't be parsed, takes longer
    than the child's limit on processor time (5 s) or breaks down is ``undecided``; so is everything where Math-Verify
    isn't installed.
    """
    if not available():
        return Compared("undecided", "expressions are compared by Math-Verify: pip install 'verisearch[math]'")
    return CHILD.ask(one, other)


class Child:
    """The process that compares; started when it is first needed, and anew after it was ended."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = 0
        self.buffer = b""

    def ask(self, one: str, other: str) -> Compared:
        """Send a pair and wait for the word on it."""
        with self.lock:
            if not self.running():
                self.start()
                if self.line(START) is None:
                    self.close()
                    return Compared("undecided", "Math-Verify could not be started")
            process = self.process
            assert process is not None
            assert process.stdin is not None
            try:
                process.stdin.write(json.dumps([one, other]).encode() + b"\n")
                process.stdin.flush()
                said = self.line(LIMIT)
            except BrokenPipeError:
                said = b""
            if not said:
                self.close()
                slow = said is None or process.returncode == -getattr(signal, "SIGPROF", 0)
                return Compared("undecided", f"Math-Verify {'took longer than its limit' if slow else 'broke down'}")
            return Compared(*json.loads(said))

    def running(self) -> bool:
        """Whether the child is there and this process's own: a fork's pipes are its parent's."""
        return self.process is not None and self.owner == os.getpid() and self.process.poll() is None

    def start(self) -> None:
        self.close()
        path = [entry for entry in sys.path if isinstance(entry, str)]
        self.owner, self.buffer = os.getpid(), b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONHASHSEED": "0"},
            start_new_session=True,
        )

    def line(self, seconds: float) -> bytes | None:
        """The next line the child writes; empty if it is gone, None if it takes too long."""
        assert self.process is not None
        assert self.process.stdout is not None
        source = self.process.stdout.fileno()
        end = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(source, selectors.EVENT_READ)
            while b"\n" not in self.buffer:
                if not selector.select(max(0.0, end - time.monotonic())):
                    return None
                read = os.read(source, 1 << 16)
                if not read:
                    return b""
                self.buffer += read
        found, _, self.buffer = self.buffer.partition(b"\n")
        return found

    def close(self) -> None:
        """End the child, if there is one."""
        process, self.process = self.process, None
        if process is None or self.owner != os.getpid():
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


CHILD = Child()
atexit.register(CHILD.close)

"""One worker process, seen from the pool: start it, give it work, hear from it, end it."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

import msgspec

from verisearch.runtime.jobs import Limits
from verisearch.runtime.wire import FrameReader, Reply, Setup

__all__ = ["WORKER", "WorkerProcess"]

#: The command line of a worker: it searches modules exactly where this process does, whatever the folder it is
#: started in holds. The pool appends the set-up and the search path.
WORKER = (
    sys.executable,
    "-c",
    "import sys; sys.path[:] = sys.argv[2:]; from verisearch.runtime.worker import main; main()",
)

#: Bytes of a dead worker's standard error that are kept.
LAST_WORDS = 2000

#: Words that solvers and the C++ library print before they die for want of memory.
MEMORY_WORDS = ("bad_alloc", "out of memory", "MemoryError", "Cannot allocate memory")


class WorkerProcess:
    """A running worker.

    ``ready``: it has loaded. ``heard``: when it last said something (monotonic seconds). ``last_words``: the end of
    what it printed to standard error, once it is closed.
    """

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        path = [entry for entry in sys.path if isinstance(entry, str)]
        setup = msgspec.json.encode(Setup(memory=limits.memory, seconds=limits.seconds)).decode()
        self._limits = limits
        self._owner = os.getpid()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed in `close`)
        self._process = subprocess.Popen(
            [*command, setup, *path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            # Nothing a solver prints or names may depend on the order of a set, so fix that order.
            env={**os.environ, "PYTHONHASHSEED": "0"},
            # Ctrl-C goes to the terminal's foreground group; a group of its own also lets us end what it starts.
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._input, False)
        self._frames = FrameReader()
        self._decode = msgspec.msgpack.Decoder(Reply).decode
        self.pid = self._process.pid
        self.ready = False
        self.jobs_done = 0
        self.heard = time.monotonic()
        self.last_words = ""

    def fileno(self) -> int:
        """What to wait on for news."""
        return self._output

    def send(self, data: bytes) -> None:
        """Write a framed message. A worker that doesn't take it is killed, and found dead by `receive`."""
        view = memoryview(data)
        self.heard = time.monotonic()
        while view:
            try:
                view = view[os.write(self._input, view) :]
            except BlockingIOError:
                if not self._writable():
                    self.kill()
                    return
            except BrokenPipeError:
                return

    def _writable(self) -> bool:
        with selectors.PollSelector() as selector:
            selector.register(self._input, selectors.EVENT_WRITE)
            return bool(selector.select(self._limits.seconds))

    def receive(self) -> list[Reply] | None:
        """What the worker has said; None when it is gone. Call when `fileno` is readable."""
        data = os.read(self._output, 1 << 16)
        if not data:
            return None
        self.heard = time.monotonic()
        return [self._decode(body) for body in self._frames.feed(data)]

    def kill(self) -> None:
        """End the process, and what it started, at once."""
        # A forked copy of this object must not end its parent's worker.
        if os.getpid() == self._owner and self._process.returncode is None:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self._process.kill()

    def close(self) -> int:
        """End the process, wait for it, free its pipes. Returns its exit code, negative for a signal."""
        # Killing first is right also for one that died by itself: its exit code is set, what it started still runs.
        self.kill()
        code = self._process.wait() if os.getpid() == self._owner else 0
        if not self._errors.closed:
            size = self._errors.seek(0, os.SEEK_END)
            self._errors.seek(max(0, size - LAST_WORDS))
            self.last_words = self._errors.read().decode("utf-8", "replace").strip()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                stream.close()
        return code

    def ran_out_of_memory(self) -> bool:
        """Whether its last words say so. Call after `close`."""
        return any(word in self.last_words for word in MEMORY_WORDS)

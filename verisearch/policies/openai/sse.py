"""Server-sent events, from bytes that may be cut anywhere."""

from __future__ import annotations

__all__ = ["EventReader"]

#: More than any event of a model server: a stream of one endless line must not fill the memory.
MAX_EVENT = 16 * 1024 * 1024


class EventReader:
    """Collects bytes and gives the data of each event that is complete.

    Lines end at LF, CRLF or CR and nowhere else; bytes are decoded once an event is whole, so that a character cut
    in two by the network stays whole.
    """

    def __init__(self) -> None:
        self._line = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of the events that ``chunk`` completes. Raises ValueError for an event of more than 16 MiB."""
        events: list[bytes] = []
        self._line += chunk
        # A CR at the very end may be the first half of a CRLF: it waits for what follows.
        held = b"\r" if self._line.endswith(b"\r") else b""
        text = self._line[: len(self._line) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = text.split(b"\n")
        self._line = rest + held
        for line in lines:
            self._take(line, events)
        if len(self._line) + sum(map(len, self._data)) > MAX_EVENT:
            raise ValueError("an event of more than 16 MiB")
        return events

    def finish(self) -> list[bytes]:
        """The data of a last event whose blank line is missing, as sloppy servers leave it."""
        events: list[bytes] = []
        self._take(self._line.rstrip(b"\r"), events)
        self._take(b"", events)
        self._line = b""
        return events

    def _take(self, line: bytes, events: list[bytes]) -> None:
        if not line:
            if self._data:
                events.append(b"\n".join(self._data))
                self._data = []
            return
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))

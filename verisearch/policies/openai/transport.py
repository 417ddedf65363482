"""One call to a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from verisearch.policies.openai.answers import Fault, ServerAnswer, error_message, read_json
from verisearch.policies.openai.settings import Key, ServerSettings
from verisearch.policies.openai.sse import EventReader

__all__ = ["Transport"]

#: Answers after which the same call may succeed; so may all from 500 up.
AGAIN = (408, 409, 425, 429)

#: Codes of a 429 that waiting doesn't cure.
SPENT = ("insufficient_quota", "billing_hard_limit_reached")

CONNECT_SECONDS = 10.0

#: How long a stream may go on after its end mark.
LINGER_SECONDS = 0.5


class Transport:
    """Sends bodies and reads answers; faults of any kind come out as `Fault`, without the key.

    Belongs to the event loop it is used in.
    """

    def __init__(self, settings: ServerSettings, key: Key) -> None:
        self.settings, self.key = settings, key
        self.client = httpx.AsyncClient(
            headers=key.headers,
            timeout=httpx.Timeout(settings.timeout, connect=min(CONNECT_SECONDS, settings.timeout), pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=settings.concurrency),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self.client.aclose()

    async def generate(self, path: str, body: dict[str, Any], answer: ServerAnswer) -> None:
        """Fill ``answer``, which then holds a finished choice or more. Raises `Fault`."""
        await self.guarded(self._generate(path, body, answer))

    async def fetch(self, method: str, url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON object that a plain call gives. Raises `Fault`."""
        result: dict[str, Any] = await self.guarded(self._fetch(method, url, body))
        return result

    async def guarded(self, call: Any) -> Any:
        """Await ``call`` within the time limit, with every fault as a `Fault` that doesn't show the key."""
        try:
            return await asyncio.wait_for(call, self.settings.timeout)
        except asyncio.TimeoutError:
            raise Fault(f"no complete answer within {self.settings.timeout:g} seconds") from None
        except httpx.RequestError as error:
            said = self.key.hide(str(error)) or "no reason given"
            nobody = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            raise Fault(f"the connection failed: {type(error).__name__}: {said}", unreachable=nobody) from None
        except Fault as fault:
            hidden = self.key.hide(fault.message)
            raise Fault(hidden, again=fault.again, wait=fault.wait, status=fault.status) from None

    async def _generate(self, path: str, body: dict[str, Any], answer: ServerAnswer) -> None:
        async with self.client.stream("POST", self.settings.url(path), json=body) as response:
            if response.status_code != 200:
                raise status_fault(response, await response.aread())
            if "text/event-stream" in response.headers.get("content-type", ""):
                await read_stream(response, answer)
            else:  # the server doesn't stream
                answer.begun = True
                answer.take(read_json(await response.aread()))
        answer.check()
        answer.done = True

    async def _fetch(self, method: str, url: str, body: dict[str, Any] | None) -> dict[str, Any]:
        response = await self.client.request(method, url, json=body)
        if response.status_code != 200:
            raise status_fault(response, response.content)
        return read_json(response.content)


async def read_stream(response: httpx.Response, answer: ServerAnswer) -> None:
    """Take the events of a stream, to its end mark or its end, or until nothing more is needed."""
    events = EventReader()
    answer.begun = True
    chunks = response.aiter_bytes()
    async for chunk in chunks:
        if take_all(events_in(events, chunk), answer):
            await drain(chunks)
            return
        if answer.enough:
            return
    take_all(events.finish(), answer)


async def drain(chunks: AsyncIterator[bytes]) -> None:
    """Read to the end of a stream whose end mark was seen, so that its connection can be used again.

    The answer is whole: a connection that fails or lingers here only isn't used again.
    """

    async def read() -> None:
        async for _ in chunks:
            pass

    with suppress(asyncio.TimeoutError, httpx.RequestError):
        await asyncio.wait_for(read(), LINGER_SECONDS)


def events_in(events: EventReader, chunk: bytes) -> list[bytes]:
    try:
        return events.feed(chunk)
    except ValueError as error:
        raise Fault(f"the server's stream can't be read: {error}") from error


def take_all(events: list[bytes], answer: ServerAnswer) -> bool:
    """Add events to the answer; whether the end mark was among them."""
    for data in events:
        if data.strip() == b"[DONE]":
            return True
        answer.take(read_json(data))
    return False


def status_fault(response: httpx.Response, content: bytes) -> Fault:
    """What a status other than 200 means."""
    status = response.status_code
    try:
        body = read_json(content)
        said, code = error_message(body), error_code(body)
    except Fault:
        said, code = content[:200].decode("utf-8", "replace").strip(), ""
    if 300 <= status < 400:
        said = f"it redirects to {response.headers.get('location', 'nowhere')}; give that as the base URL"
    again = (status in AGAIN or status >= 500) and code not in SPENT
    return Fault(
        f"HTTP {status}: {said or response.reason_phrase or 'no message'}",
        again=again,
        wait=retry_after(response.headers.get("retry-after")),
        status=status,
    )


def error_code(body: dict[str, Any]) -> str:
    error = body.get("error")
    return str(error.get("code") or error.get("type") or "") if isinstance(error, dict) else ""


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for: a number, or a date; None without a sensible one."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return max(0.0, seconds) if seconds < float("inf") else None

"""Calls that are repeated until they succeed, a bounded number of times."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from verisearch.policies.openai.answers import Fault, ServerAnswer
from verisearch.policies.openai.settings import ServerSettings
from verisearch.policies.openai.transport import Transport
from verisearch.policies.openai.wire import path_of
from verisearch.usage import Usage

__all__ = ["Caller", "Ledger"]


class Ledger:
    """The calls that were begun for one purpose, and what they cost together. ``given_up`` stops further ones."""

    def __init__(self) -> None:
        self.answers: list[ServerAnswer] = []
        self.given_up = False

    def abandon(self) -> None:
        """What was written is of no use any more, also where it came whole."""
        for answer in self.answers:
            answer.kept = False

    @property
    def usage(self) -> Usage:
        """What all calls cost, failed ones included; what they wrote in vain counts as discarded."""
        return sum((answer.usage for answer in self.answers), Usage())


class Caller:
    """Makes calls: at most ``settings.concurrency`` at once, each again after a fault that may pass.

    A call that is given up is closed before the next one is sent, so a late answer can't be counted beside it.
    """

    def __init__(self, settings: ServerSettings, transport: Transport) -> None:
        self.settings, self.transport = settings, transport
        self.slots = asyncio.Semaphore(settings.concurrency)
        self.jitter = random.Random()  # spreads calls in time; no result depends on it

    async def answer(
        self, body: dict[str, Any], ledger: Ledger, prompt_size: int, watched: tuple[str, ...] = ()
    ) -> ServerAnswer:
        """A whole answer, or as much of it as holds a ``watched`` stop string in every choice.

        Raises `Fault` if asking again won't help, or didn't.
        """
        for attempt in range(self.settings.retries + 1):
            if ledger.given_up:
                raise asyncio.CancelledError
            answer = ServerAnswer(prompt_size, watched, body.get("n", 1))
            ledger.answers.append(answer)
            try:
                async with self.slots:
                    await self.transport.generate(path_of(self.settings), body, answer)
                return answer
            except Fault as fault:
                wait = self.wait_after(fault, attempt)
            await asyncio.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    async def fetch(self, method: str, url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The object that a call gives which writes nothing. Raises `Fault`."""
        for attempt in range(self.settings.retries + 1):
            try:
                async with self.slots:
                    return await self.transport.fetch(method, url, body)
            except Fault as fault:
                wait = self.wait_after(fault, attempt)
            await asyncio.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def wait_after(self, fault: Fault, attempt: int) -> float:
        """Seconds to wait before the next attempt; raises ``fault``, or one that says more, if there is to be none."""
        if not fault.again:
            raise fault
        if attempt == self.settings.retries:
            raise Fault(f"given up after {attempt + 1} calls: {fault.message}", status=fault.status) from None
        longest = self.settings.longest_wait
        if fault.wait is not None:
            if fault.wait > longest:
                raise Fault(f"{fault.message} (it asks to wait {fault.wait:.0f} seconds, more than {longest:g})")
            return fault.wait + self.jitter.uniform(0, min(self.settings.backoff, longest))
        ceiling = min(longest, self.settings.backoff * 2.0**attempt)
        return self.jitter.uniform(ceiling / 2, ceiling)

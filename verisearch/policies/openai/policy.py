"""The policy over an OpenAI-compatible server."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from verisearch.errors import PolicyError
from verisearch.policies.checks import check_request
from verisearch.policies.openai.answers import Fault, ServerAnswer
from verisearch.policies.openai.background import Background, cancel_all
from verisearch.policies.openai.calls import Caller, Ledger
from verisearch.policies.openai.draws import draw_from
from verisearch.policies.openai.probe import probe
from verisearch.policies.openai.settings import Abilities, Endpoint, Key, ServerSettings, split_target
from verisearch.policies.openai.tokens import Tokens
from verisearch.policies.openai.transport import Transport
from verisearch.policies.openai.wire import call_body, prompt_size, watched_stops
from verisearch.protocols import Capability, Draw, Failure, Reply, Request
from verisearch.usage import Usage

__all__ = ["OpenAIPolicy"]


class OpenAIPolicy:
    """A model behind a server that speaks the OpenAI protocol: vLLM, SGLang, llama.cpp, Ollama, OpenAI and others.

    ``target`` is ``MODEL@URL``. ``endpoint``: ``"chat"``; ``"completions"``, where the messages become plain text, each
    followed by a blank line; or ``"tokens"`` (vLLM only), where the server's own template and tokenizer make token
    ids of them and replies are continued by their ids, never tokenised anew. The key is read from the
    environment (``key_variable``, or VERISEARCH_API_KEY, or OPENAI_API_KEY). Further settings as in `ServerSettings`.

    Over ``completions`` it doesn't chat: nothing tells there whose turn a text is.

    What the server can do is probed by ten to fifteen short calls when the policy is opened, and stands in
    ``abilities``, which can be given back to save the probing (``probe_usage`` is what it cost). Without seeds, n draws
    are asked for at once; a server that gives fewer is asked again for the missing ones. Calls that fail are repeated
    (time-outs, cut connections, malformed answers, 429, 5xx), so that a request is answered once or fails with what was
    spent.

    Of a plain server's "stop" nobody can say whether a stop string or the end of the reply was meant. With one stop
    string, an empty text counts as the end, any other as stopped. With several, with a grammar, or with
    ``watch_stops``, the server isn't told of them: the stream is watched and cut, which is exact, but the tokens are
    then counted here, by the pieces that came. A plain server's log-probabilities are those before temperature, so
    draws carry them at temperature 1 and 0 only (0: of the plain distribution) and without a grammar, unless
    ``tempered_logprobs`` is set. A server keeps to a grammar from where it begins to write, so that what is partly
    written can't be continued by one.

    What a server's reasoning parser puts apart from the reply is not seen: start such a server without one.

    Raises `InputError` for bad settings, and `PolicyError` if the server can't be used.
    """

    def __init__(
        self,
        target: str,
        *,
        endpoint: Endpoint = "chat",
        abilities: Abilities | None = None,
        key_variable: str | None = None,
        concurrency: int = 16,
        timeout: float = 600.0,
        retries: int = 6,
        backoff: float = 0.5,
        longest_wait: float = 60.0,
        body: dict[str, Any] | None = None,
        watch_stops: bool = False,
        tempered_logprobs: bool = False,
    ) -> None:
        model, base_url = split_target(target)
        self.settings = ServerSettings(
            model=model,
            base_url=base_url,
            endpoint=endpoint,
            concurrency=concurrency,
            timeout=timeout,
            retries=retries,
            backoff=backoff,
            longest_wait=longest_wait,
            body=body or {},
            watch_stops=watch_stops,
            tempered_logprobs=tempered_logprobs,
        )
        self.name = f"openai:{model}"
        self.key = Key.from_environment(base_url, key_variable)
        self.ready: SimpleQueue[tuple[int, Reply | Failure]] = SimpleQueue()
        self.open: dict[int, Ledger] = {}
        self.tasks: dict[int, asyncio.Task[Reply | Failure]] = {}
        self.tickets = 0
        self.closed = False
        self.probe_usage = Usage()
        self.background = Background(self.name)
        try:
            self.abilities = self.background.run(self.connect(abilities))
        except BaseException:
            self.close()
            raise
        chats: frozenset[Capability] = frozenset({"chat"} if endpoint != "completions" else ())
        self.capabilities: frozenset[Capability] = self.abilities.capabilities | chats

    async def connect(self, abilities: Abilities | None) -> Abilities:
        """Make what belongs to the loop; probe the server unless its abilities are known."""
        self.transport = Transport(self.settings, self.key)
        self.caller = Caller(self.settings, self.transport)
        self.tokens = Tokens(self.caller)
        if abilities is not None:
            return abilities
        ledger = Ledger()
        found = await probe(self.caller, ledger)
        self.probe_usage = ledger.usage
        return found

    # --- the protocol ---------------------------------------------------------------------------------------------

    def submit(self, request: Request) -> int:
        """Take a request; its ticket. Raises `InputError` for settings outside their ranges, `PolicyError` when
        closed."""
        if self.closed:
            raise PolicyError(f"policy {self.name} is closed")
        check_request(request, grammar="grammar" in self.capabilities)
        self.tickets += 1
        self.open[self.tickets] = ledger = Ledger()
        self.background.call(self.start, self.tickets, request, ledger)
        return self.tickets

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        """Replies that have come; waits up to ``timeout`` seconds for the first (None: as long as it takes)."""
        if not self.open:
            return []
        found: list[tuple[int, Reply | Failure]] = []
        try:
            found.append(self.ready.get(timeout=None if timeout is None else max(0.0, timeout)))
            while True:
                found.append(self.ready.get_nowait())
        except Empty:
            pass
        for ticket, _ in found:
            del self.open[ticket]
        return found

    def cancel(self, ticket: int) -> None:
        """Give a request up: its connections are closed, which tells the server to stop writing."""
        if ticket in self.open:
            self.background.call(self.stop, ticket, self.open[ticket])

    def close(self) -> None:
        """Close all connections; open requests are dropped."""
        if self.closed:
            return
        self.closed = True
        self.open.clear()
        self.background.run(self.shut())
        self.background.close()

    async def shut(self) -> None:
        """End all calls, then their connections."""
        await cancel_all()
        if hasattr(self, "transport"):
            await self.transport.close()

    # --- in the loop's thread -------------------------------------------------------------------------------------

    def start(self, ticket: int, request: Request, ledger: Ledger) -> None:
        task = asyncio.get_running_loop().create_task(self.work(request, ledger))
        self.tasks[ticket] = task
        task.add_done_callback(lambda done: self.deliver(ticket, ledger, done))

    def stop(self, ticket: int, ledger: Ledger) -> None:
        ledger.given_up = True
        if task := self.tasks.get(ticket):
            task.cancel()

    def deliver(self, ticket: int, ledger: Ledger, task: asyncio.Task[Reply | Failure]) -> None:
        """Hand over what became of a request. It comes here once, whatever happened."""
        del self.tasks[ticket]
        if task.cancelled():
            ledger.abandon()
            answer: Reply | Failure = Failure(
                kind="cancelled", message="cancelled before it was answered", usage=ledger.usage
            )
        elif (error := task.exception()) is not None:  # a fault of ours: only this request is lost to it
            ledger.abandon()
            said = self.key.hide(f"{type(error).__name__}: {error}")
            answer = Failure(kind="failed", message=f"{self.name}: {said}", usage=ledger.usage)
        else:
            answer = task.result()
        self.ready.put((ticket, answer))

    async def work(self, request: Request, ledger: Ledger) -> Reply | Failure:
        try:
            self.refuse_impossible(request)
            draws = await self.draw_all(request, ledger)
        except Fault as fault:
            ledger.abandon()
            return Failure(
                kind="failed" if fault.again else "refused", message=f"{self.name}: {fault.message}", usage=ledger.usage
            )
        return Reply(draws=tuple(draws), usage=ledger.usage)

    def refuse_impossible(self, request: Request) -> None:
        """Raises `Fault` for what this server would ignore."""
        if request.prefix.written and self.abilities.continues is None:
            raise Fault("this server can't continue what is partly written", again=False)
        if request.prefix.written and request.sampling.grammar is not None:
            raise Fault("a server can't keep to a grammar what is partly written", again=False)
        if request.sampling.top_k and not self.abilities.extras:
            raise Fault("this server takes no top_k", again=False)

    async def draw_all(self, request: Request, ledger: Ledger) -> list[Draw]:
        """One draw for each seed: each by itself if the server keeps seeds or draws but one at a time."""
        prompt = await self.tokens.prompt(request.prefix) if self.settings.endpoint == "tokens" else None
        draws: list[Draw] = []
        wanted = len(request.seeds)
        if wanted > 1 and self.abilities.n and not self.abilities.seed and request.sampling.temperature > 0:
            draws = (await self.draw(request, ledger, prompt, n=wanted))[:wanted]
        missing = request.seeds[len(draws) :]
        if not missing:
            return draws
        kept = self.abilities.seed
        singles = await together([self.draw(request, ledger, prompt, seed=seed if kept else None) for seed in missing])
        return draws + [each[0] for each in singles]

    async def draw(
        self, request: Request, ledger: Ledger, prompt: list[int] | None, *, seed: int | None = None, n: int = 1
    ) -> list[Draw]:
        """The draws that one call gives, in the server's order."""
        sampling = request.sampling
        if sampling.logprobs and not self.abilities.logprobs:
            sampling = msgspec.structs.replace(sampling, logprobs=False)
        body = call_body(self.settings, self.abilities, request.prefix, sampling, seed=seed, n=n, prompt=prompt)
        size = prompt_size(request.prefix.messages, request.prefix.written)
        watched = watched_stops(self.settings, self.abilities, sampling)
        answer = await self.caller.answer(body, ledger, size, watched)
        draws = self.draws_of(answer, request)
        if self.settings.endpoint == "tokens":
            draws = [await self.tokens.whole_text(draw) for draw in draws]
        answer.kept = True
        return draws

    def draws_of(self, answer: ServerAnswer, request: Request) -> list[Draw]:
        sampling = request.sampling
        plain = sampling.temperature in (0, 1) and sampling.grammar is None
        fitting = plain or self.settings.tempered_logprobs
        with_logprobs = sampling.logprobs and self.abilities.logprobs and fitting
        return [
            draw_from(answer.choices[index], sampling, with_logprobs=with_logprobs, with_ids=self.abilities.ids)
            for index in sorted(answer.choices)
        ]


async def together(work: list[Coroutine[Any, Any, list[Draw]]]) -> list[list[Draw]]:
    """All results, in order; if one fails or this is cancelled, the others end too before it goes on."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

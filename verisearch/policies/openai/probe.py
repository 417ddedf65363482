"""Finding out what a server can do, by a few short calls, since many take fields that they then ignore."""

from __future__ import annotations

import math
from typing import Any, get_args

import msgspec

from verisearch.errors import PolicyError
from verisearch.policies.openai.answers import Fault, ServerAnswer
from verisearch.policies.openai.calls import Caller, Ledger
from verisearch.policies.openai.settings import Abilities, GrammarField, ServerSettings
from verisearch.policies.openai.wire import call_body, prompt_size
from verisearch.protocols import Message, Prefix, Sampling

__all__ = ["probe"]

#: Nobody knows what comes next here, so two draws are hardly ever equal by chance.
QUESTION = Prefix(messages=(Message("user", "Write sixteen words that have nothing to do with each other."),))
BEGUN = msgspec.structs.replace(QUESTION, written="The words are these:")

SHORT = Sampling(temperature=0.0, max_tokens=2, stop=())
WILD = Sampling(temperature=1.5, max_tokens=16, stop=())

#: No model writes this by itself.
WORD = "zyxomma"
BOUND = Sampling(temperature=0.0, max_tokens=16, stop=(), grammar=f'root ::= "{WORD}"')

#: Two of these seeds are equal.
SEEDS = (20, 20, 21)


async def probe(caller: Caller, ledger: Ledger) -> Abilities:
    """What the server can do. Raises `PolicyError` if it can't be reached or doesn't serve the model."""
    return await Probe(caller, ledger).run()


class Probe:
    """One examination of one server."""

    def __init__(self, caller: Caller, ledger: Ledger) -> None:
        self.caller, self.ledger = caller, ledger
        self.settings: ServerSettings = caller.settings
        self.abilities = Abilities(continues=None if self.settings.endpoint == "chat" else "text")

    async def run(self) -> Abilities:
        served, is_vllm = await self.models()
        try:
            plain = await self.first_call()
            await self.try_extras(plain, is_vllm)
            self.set(grammar=await self.grammar_field())
            self.set(n=await self.draws_several())
            self.set(logprobs=await self.tells_logprobs())
            self.set(seed=await self.keeps_seeds())
            if self.settings.endpoint == "chat":
                self.set(continues="flags" if await self.continues(is_vllm) else None)
        except Fault as fault:
            known = f"; it serves: {', '.join(served)}" if served and self.settings.model not in served else ""
            raise PolicyError(
                f"{self.settings.base_url} can't be used with model {self.settings.model!r}: {fault.message}{known}"
            ) from None
        return self.abilities

    def set(self, **found: Any) -> None:
        self.abilities = msgspec.structs.replace(self.abilities, **found)

    async def models(self) -> tuple[list[str], bool]:
        """The models that the server names, and whether it is vLLM. Many servers have no such list."""
        try:
            listed = (await self.caller.transport.fetch("GET", self.settings.url("models"))).get("data")
        except Fault as fault:
            if fault.unreachable:  # whoever mistyped the address needn't wait for all retries
                raise PolicyError(f"{self.settings.base_url} can't be reached: {fault.message}") from None
            return [], False
        entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
        return [str(entry.get("id")) for entry in entries], any(entry.get("owned_by") == "vllm" for entry in entries)

    async def ask(self, prefix: Prefix, sampling: Sampling, **fields: Any) -> ServerAnswer:
        prompt = [1, 2, 3] if self.settings.endpoint == "tokens" else None
        body = call_body(self.settings, self.abilities, prefix, sampling, prompt=prompt, **fields)
        return await self.caller.answer(body, self.ledger, prompt_size(prefix.messages, prefix.written))

    async def first_call(self) -> ServerAnswer:
        """The plainest call there is; finds out what the server calls the token limit, and whether it counts."""
        while True:
            try:
                return await self.ask(QUESTION, SHORT)
            except Fault as fault:
                if not is_refusal(fault) or not self.gave_way(fault.message):
                    raise

    def gave_way(self, message: str) -> bool:
        """Whether there was something to change about the plainest call, after what the server said of it."""
        before = self.abilities
        if "max_completion_tokens" in message:
            self.set(limit_field="max_completion_tokens")
        elif "stream_options" in message:
            self.set(usage=False)
        return self.abilities != before

    async def refused(self, prefix: Prefix, sampling: Sampling, **fields: Any) -> ServerAnswer | None:
        """The answer to a call, None if the server refuses it. Other faults are raised: they say nothing of it."""
        try:
            return await self.ask(prefix, sampling, **fields)
        except Fault as fault:
            if is_refusal(fault):
                return None
            raise

    async def try_extras(self, plain: ServerAnswer, is_vllm: bool) -> None:
        """Use vLLM's fields where they are taken, and not merely ignored."""
        self.set(extras=True, ids=self.settings.endpoint == "tokens")
        answer = await self.refused(QUESTION, msgspec.structs.replace(SHORT, stop=("\n\n",)))
        honoured = answer is not None and (is_vllm or any(choice.tells_stop for choice in answer.choices.values()))
        self.set(extras=honoured, usage=self.abilities.usage and plain.counted is not None)
        if self.settings.endpoint == "tokens" and not (answer and all(each.ids for each in answer.choices.values())):
            raise Fault("endpoint 'tokens' needs a server that takes and gives token ids, as vLLM does", again=False)

    async def grammar_field(self) -> GrammarField | None:
        """The field in which it takes a grammar and keeps to it: many ignore fields that they don't know."""
        names: tuple[GrammarField, ...] = get_args(GrammarField)
        for name in names:
            self.set(grammar=name)
            try:
                answer = await self.refused(QUESTION, BOUND)
            except Fault:  # a server that breaks over a field it doesn't know can be used without it
                continue
            if answer is not None and any(choice.text.strip() == WORD for choice in answer.choices.values()):
                return name
        return None

    async def draws_several(self) -> bool:
        """Whether it draws two replies at once; many servers ignore ``n``. (vLLM refuses two greedy ones.)"""
        answer = await self.refused(QUESTION, msgspec.structs.replace(SHORT, temperature=1.0), n=2)
        return answer is not None and len(answer.choices) == 2

    async def tells_logprobs(self) -> bool:
        answer = await self.refused(QUESTION, msgspec.structs.replace(SHORT, logprobs=True))
        if answer is None:
            return False
        notes = [note for choice in answer.choices.values() for note in choice.notes]
        return bool(notes) and all(math.isfinite(note.logprob) for note in notes)

    async def keeps_seeds(self) -> bool:
        """Whether equal seeds give equal draws and another seed another: a server may ignore the field, or always
        write the same."""
        answers = [await self.refused(QUESTION, WILD, seed=seed) for seed in SEEDS]
        one, again, other = (answer and [choice.text for choice in answer.choices.values()] for answer in answers)
        return one is not None and one == again != other

    async def continues(self, is_vllm: bool) -> bool:
        """Whether it continues a message that is partly written, rather than begin a new one after it.

        A continued prompt is shorter: the marks that end one message and begin another are missing.
        """
        if not self.abilities.extras:
            return False
        begun_anew = await self.refused(BEGUN, SHORT)
        self.set(continues="flags")
        continued = await self.refused(BEGUN, SHORT)
        self.set(continues=None)
        if continued is None:
            return False
        return is_vllm or (begun_anew is not None and shorter(continued, begun_anew))


def shorter(one: ServerAnswer, other: ServerAnswer) -> bool:
    """Whether the first prompt has fewer tokens, as the server counted them."""
    if one.counted is None or other.counted is None:
        return False
    return one.usage.prompt_tokens < other.usage.prompt_tokens


def is_refusal(fault: Fault) -> bool:
    """Whether the server understood the call and won't have it so."""
    return fault.status in (400, 404, 405, 422, 501)

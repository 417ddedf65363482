"""Answers a formaliser's queries with a policy: prompts, recordings and counts are its business."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from math import exp
from pathlib import Path
from typing import Any

import msgspec

from verisearch.errors import InputError, PolicyError, RecordError, VerisearchError
from verisearch.policies import open_policy
from verisearch.protocols import Draw, Failure, Policy, Prefix, Query, Reply, Request, Responder, Response, Sampling
from verisearch.runtime.calls import CallStore, call_key
from verisearch.runtime.prompting import Template, check_names, load_template
from verisearch.runtime.thoughts import without_thoughts
from verisearch.usage import Usage

__all__ = ["ImmediateAnswers", "PolicyResponder", "responding"]

JUDGED = frozenset({"question", "premise", "reading", "step"})
SAID = frozenset({"vocabulary", "text", "before", "around", "wrong"})
#: What formalisers and judges ask, and what a template may name then.
TASKS = {
    "declare": SAID | {"missing"},
    "formalise": SAID,
    "judge-acceptable": JUDGED,
    "judge-attributable": JUDGED,
    "judge-compare": frozenset({"sentence", "first", "second"}),
    "judge-needed": JUDGED,
    "premises": frozenset({"step", "reading", "context", "question", "accepted", "commonsense"}),
}
#: Temperature of draws beyond the first.
WARM = 0.7
#: Most replies kept in memory: what is asked twice in a run is asked once.
KEPT = 50_000
SEEDS = 2**63


class Asked(msgspec.Struct, frozen=True):
    """A query made into a request. ``content`` is all that it was asked, ``key`` its name in recordings."""

    query: Query
    request: Request
    content: dict[str, Any]
    key: str
    prompt: str


class PolicyResponder:
    """Implements `verisearch.protocols.Responder` over a policy, and `submit` and `poll` for many queries at once.

    ``judge``: who is asked what premises are worth (tasks ``judge-…``), by default the same. ``prompts``: a folder
    whose templates go before the package's. ``store``: recordings that are looked at first and added to. Without a
    policy only recordings answer, those of the model ``name`` (and of ``judge_name``, if another one was the judge);
    what they lack is an error, never a call. ``max_tokens``: the most of a reply, else as each template says.
    ``asked`` counts the queries that the models were given, ``answered`` those that came back, ``recorded`` those
    that needed no model.

    The policy's requests must all be this responder's. Raises `InputError` for templates that can't be read, and
    without a policy `RecordError` unless ``store`` has calls of one model, or of that ``name``.
    """

    def __init__(
        self,
        policy: Policy | None,
        *,
        judge: Policy | None = None,
        prompts: str | Path | None = None,
        store: CallStore | None = None,
        name: str = "",
        judge_name: str = "",
        max_tokens: int | None = None,
    ) -> None:
        self.max_tokens = max_tokens
        self.policy, self.judge, self.store = policy, judge or policy, store
        self.name = policy.name if policy is not None else recorded_name(store, name, "--formalizer-policy")
        self.judge_name = self.name
        if self.judge is not None:
            self.judge_name = self.judge.name
        elif judge_name:
            self.judge_name = recorded_name(store, judge_name, "--judge")
        self.asked = self.answered = self.recorded = 0
        self._prompts = prompts
        if prompts is not None and not Path(prompts).is_dir():
            raise InputError(f"{prompts}: there is no such folder of prompts")
        self._templates: dict[str, Template] = {}
        self._memory: OrderedDict[str, Response] = OrderedDict()
        self._tickets = 0
        self._ready: list[tuple[int, Response]] = []
        #: Queries under way, by their key, each with the tickets that wait for it.
        self._waiting: dict[str, list[int]] = {}
        self._open: dict[tuple[int, int], Asked] = {}

    # --- the protocol ---
    def ask(self, query: Query) -> Response:
        """What the model replies; waits for it. Nothing else may be under way."""
        ticket = self.submit(query)
        while True:
            for done, response in self.poll(None):
                if done == ticket:
                    return response

    def submit(self, query: Query) -> int:
        """Take a query; its ticket."""
        self._tickets += 1
        ticket = self._tickets
        try:
            asked = self._prepared(query)
            known = self._known(asked)
            if known is None and self._for(query.task) is None:
                raise RecordError(f"this call of {self._name_for(query.task)} isn't recorded (task {query.task})")
            if known is not None:
                self.recorded += 1
                self._ready.append((ticket, from_recording(known)))
            elif asked.key in self._waiting:
                self._waiting[asked.key].append(ticket)
            else:
                self._send(asked, ticket)
        except Exception as error:  # a user's template, a model out of memory: it costs this query alone, and says so
            self._ready.append((ticket, Response(error=told(error))))
        return ticket

    def poll(self, timeout: float | None = None) -> list[tuple[int, Response]]:
        """Responses that are ready; if none is, waits for one up to ``timeout`` seconds (None: as long as it takes)."""
        if not self._ready and self._open:
            policies = [policy for policy in self._policies() if any(key[0] == id(policy) for key in self._open)]
            # two models at once: neither may keep the other waiting
            wait = timeout if len(policies) == 1 else 0.02 if timeout is None else min(timeout, 0.02)
            for policy in policies:
                try:
                    answers = policy.poll(wait)
                except PolicyError as error:
                    answers = self._broken(policy, str(error))
                if not answers and wait is None:
                    answers = self._broken(policy, f"{policy.name} lost the request: it says that nothing is under way")
                for number, answer in answers:
                    asked = self._open.pop((id(policy), number), None)
                    if asked is not None:
                        self.answered += 1
                        self._settle(asked, answer, policy)
        ready, self._ready = self._ready, []
        return ready

    @property
    def busy(self) -> bool:
        """Whether anything is under way or ready."""
        return bool(self._open or self._ready)

    def all_digests(self) -> dict[str, str]:
        """SHA-256 of the template of each task. Raises `InputError` for one that can't be read or filled in."""
        for task, names in TASKS.items():
            check_names(self.template(task), names)
        return {task: self.template(task).digest for task in TASKS}

    def close(self) -> None:
        """Free the policies and close the recordings."""
        for policy in self._policies():
            policy.close()
        if self.store is not None:
            self.store.close()

    # --- inside ---
    def _policies(self) -> list[Policy]:
        found = [policy for policy in (self.policy, self.judge) if policy is not None]
        return found[:1] if len(found) == 2 and found[0] is found[1] else found

    def _for(self, task: str) -> Policy | None:
        return self.judge if task.startswith("judge-") else self.policy

    def _name_for(self, task: str) -> str:
        return self.judge_name if task.startswith("judge-") else self.name

    def template(self, task: str) -> Template:
        """The template of a task. Raises `InputError`."""
        if task not in self._templates:
            self._templates[task] = load_template(task, self._prompts)
        return self._templates[task]

    def _prepared(self, query: Query, bound: bool = True) -> Asked:
        """The query as it is asked; ``bound``: held to its grammar, where the policy can be. What nobody is there to be
        asked counts as held to it."""
        policy = self._for(query.task)
        template = self.template(query.task)
        constrained = bound and query.keeps and (policy is None or "grammar" in policy.capabilities)
        sampling = Sampling(
            temperature=WARM if query.sample else 0.0,
            max_tokens=self.max_tokens or template.max_tokens,
            stop=(),
            grammar=grammar_for(query.keeps, str(query.values.get("vocabulary", ""))) if constrained else None,
        )
        messages = template.sealed_messages(query.values)
        content: dict[str, Any] = {
            "model": self._name_for(query.task),
            "task": query.task,
            "messages": [[message.role, message.content] for message in messages],
            "sampling": msgspec.to_builtins(sampling),
            "choices": list(query.choices),
            "sample": query.sample,
        }
        key = call_key(content)
        seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % SEEDS
        request = Request(prefix=Prefix(messages=messages), sampling=sampling, seeds=(seed,))
        return Asked(query, request, content, key, template.digest)

    def _known(self, asked: Asked) -> Response | None:
        found = self._memory.get(asked.key)
        if found is None and self.store is not None:
            found = self.store.find(asked.key)
        if found is None and self._for(asked.query.task) is None and asked.request.sampling.grammar is not None:
            return self._known(self._prepared(asked.query, bound=False))  # recorded of a model that keeps to none
        return found

    def _send(self, asked: Asked, ticket: int) -> None:
        policy = self._for(asked.query.task)
        assert policy is not None
        probabilities = chosen(policy, asked)
        if probabilities is not None:
            self._waiting[asked.key] = [ticket]
            size = sum(len(message.content.encode()) for message in asked.request.prefix.messages) // 4
            response = Response(
                text=asked.query.choices[max(range(len(probabilities)), key=probabilities.__getitem__)],
                probabilities=probabilities,
                prompt=asked.prompt,
                model=policy.name,
                usage=Usage(formaliser_calls=1, formaliser_tokens=size + 1),
            )
            self._give(asked, response)
            return
        try:
            number = policy.submit(asked.request)
        except (InputError, PolicyError) as error:
            self._ready.append((ticket, Response(error=str(error), usage=Usage(formaliser_calls=1))))
            return
        self.asked += 1
        self._waiting[asked.key] = [ticket]
        self._open[id(policy), number] = asked

    def _settle(self, asked: Asked, answer: Reply | Failure, policy: Policy) -> None:
        usage = Usage(formaliser_calls=1, formaliser_tokens=answer.usage.prompt_tokens + answer.usage.generated_tokens)
        if isinstance(answer, Failure):
            error = answer.message or answer.kind
            self._give(asked, Response(error=error, model=policy.name, prompt=asked.prompt, usage=usage))
            return
        draw: Draw = answer.draws[0]
        response = Response(
            text=encodable(without_thoughts(draw.text)),
            cut=draw.finish == "length",
            prompt=asked.prompt,
            model=policy.name,
            usage=usage,
        )
        self._give(asked, response)

    def _give(self, asked: Asked, response: Response) -> None:
        """Hand a response to all who wait for it: the first pays. One that can't be written down is none."""
        first, *others = self._waiting.pop(asked.key)
        if not response.error and self.store is not None:
            try:
                self.store.keep(asked.key, asked.content, response)
            except RecordError as error:
                response = msgspec.structs.replace(response, error=str(error))
        if not response.error:
            self._memory[asked.key] = response
            if len(self._memory) > KEPT:
                self._memory.popitem(last=False)
        self._ready.append((first, response))
        self._ready += [(ticket, from_recording(response)) for ticket in others]

    def _broken(self, policy: Policy, error: str) -> list[tuple[int, Reply | Failure]]:
        """A policy that broke down answers nothing that was under way."""
        return [(number, Failure(kind="failed", message=error)) for owner, number in self._open if owner == id(policy)]


class ImmediateAnswers:
    """Any `Responder` for a pool: each query is answered as it comes, one after the other."""

    def __init__(self, model: Responder) -> None:
        self.name, self._model = getattr(model, "name", type(model).__name__), model
        self._tickets = 0
        self._ready: list[tuple[int, Response]] = []

    def ask(self, query: Query) -> Response:
        """What the model replies; what it raises is the response's error."""
        try:
            response = self._model.ask(query)
        except Exception as error:
            return Response(error=told(error))
        if not isinstance(response, Response):
            return Response(error=f"{self.name} gave no Response to a query, but {type(response).__name__}")
        return msgspec.structs.replace(response, text=encodable(response.text))

    def submit(self, query: Query) -> int:
        """Have a query answered; its ticket."""
        self._tickets += 1
        self._ready.append((self._tickets, self.ask(query)))
        return self._tickets

    def poll(self, timeout: float | None = None) -> list[tuple[int, Response]]:
        """The responses there are; nothing is waited for."""
        ready, self._ready = self._ready, []
        return ready


@contextmanager
def responding(model: Policy | Responder | str | None) -> Iterator[PolicyResponder | ImmediateAnswers | None]:
    """Who answers formaliser's queries: for a text the policy that it names, opened here and closed at the end; for an
    open policy, which stays open; for any `Responder`. None for None.

    Raises what `verisearch.policies.open_policy` does.
    """
    if model is None:
        yield None
    elif isinstance(model, str):
        responder = PolicyResponder(open_policy(model))
        try:
            yield responder
        finally:
            responder.close()
    elif isinstance(model, Policy):
        yield PolicyResponder(model)
    elif not hasattr(model, "ask"):
        raise InputError(
            f"model: {type(model).__name__} can't be asked; give what open_policy takes, an open policy, or an object "
            "whose ask(query) returns a verisearch.protocols.Response"
        )
    else:
        yield model if isinstance(model, PolicyResponder) else ImmediateAnswers(model)


def chosen(policy: Policy, asked: Asked) -> tuple[float, ...] | None:
    """The probabilities of a query's choices, made to add up to 1; None without choices, or where the policy doesn't
    tell them, or gives them no probability."""
    if not asked.query.choices or "next_tokens" not in policy.capabilities:
        return None
    try:
        found = policy.next_tokens([asked.request.prefix], top_p=1.0, top_k=1000)[0]  # type: ignore[attr-defined]
    except (InputError, PolicyError):
        return None
    mass = [
        sum(exp(token.logprob) for token in found if token.text.strip() == choice) for choice in asked.query.choices
    ]
    total = sum(mass)
    return tuple(each / total for each in mass) if total > 0 else None


@lru_cache(maxsize=256)
def grammar_for(keeps: str, declarations: str) -> str | None:
    """The grammar of replies over a vocabulary that is given by its declarations; None if it can't be made."""
    from verisearch.logic.smtlib_grammar import assertions_grammar, declarations_grammar
    from verisearch.logic.smtlib_reader import read_smtlib

    try:
        vocabulary, _ = read_smtlib(declarations)
        return assertions_grammar(vocabulary) if keeps == "assertions" else declarations_grammar(vocabulary)
    except InputError:
        return None


def encodable(text: str) -> str:
    """A text with half characters (lone surrogates) replaced: it can be written down and sent."""
    return text.encode("utf-8", "replace").decode("utf-8")


def told(error: Exception) -> str:
    """An error in one line; one of ours speaks for itself."""
    return str(error) if isinstance(error, VerisearchError) else f"{type(error).__name__}: {error}"


def from_recording(response: Response) -> Response:
    """A response that nobody had to give again, and says so."""
    usage = msgspec.structs.replace(response.usage, recorded_calls=1)
    return msgspec.structs.replace(response, recorded=True, usage=usage)


def recorded_name(store: CallStore | None, name: str, option: str) -> str:
    """The model whose recorded calls are to answer; ``option`` may name it."""
    if store is None:
        raise RecordError("without a model there must be recorded calls: give --recordings FILE")
    models = store.models()
    fitting = [model for model in models if model == name or model == name.partition("@")[0]] if name else models
    if len(fitting) == 1:
        return fitting[0]
    there = ", ".join(models) or "none"
    raise RecordError(f"{store.path} holds calls of these models: {there}; name one with {option}")

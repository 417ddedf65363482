"""The conformance suite on servers of several kinds: what they ignore, refuse or can't do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, get_args

import pytest
from conformance import PolicyConformance, Subject, ask, asking, write
from stub_model import spell
from stub_server import Behaviour, serving

from verisearch.policies.openai import OpenAIPolicy
from verisearch.policies.openai.settings import Endpoint, GrammarField
from verisearch.protocols import Capability, Failure, Prefix, Request, Sampling

FIELDS = ("extras", "n", "seed", "logprobs")


class Served(PolicyConformance):
    """A stub server that behaves as ``behaviour`` says."""

    behaviour: ClassVar[dict[str, Any]]
    endpoint: Endpoint = "chat"
    capabilities: frozenset[Capability]
    tells_end = True
    watch_stops = False

    @classmethod
    @contextmanager
    def make(cls, folder: Path) -> Iterator[Subject]:
        with serving(Behaviour(**cls.behaviour)) as server:

            def opened() -> OpenAIPolicy:
                return OpenAIPolicy(
                    server.target, endpoint=cls.endpoint, timeout=20, backoff=0.01, watch_stops=cls.watch_stops
                )

            chats: set[Capability] = set() if cls.endpoint == "completions" else {"chat"}
            subject = Subject(
                open=opened,
                capabilities=cls.capabilities | chats,
                tells_end=cls.tells_end,
                unicode=asking("Write signs."),
                too_long=asking("The cat. " * 4000),
            )
            if "ids" in cls.capabilities:
                subject = replace(subject, decode=lambda ids: spell(ids).decode("utf-8", "replace"))
            yield subject


class TestLikeVllm(Served):
    """Sends seven bytes at a time, which cuts characters."""

    behaviour: ClassVar[dict[str, Any]] = {"vllm": True, "pieces": 7, "grammar": "structured_outputs"}
    capabilities = frozenset({"continue", "n", "seed", "logprobs", "grammar"})


class TestTokens(Served):
    behaviour: ClassVar[dict[str, Any]] = {"vllm": True, "grammar": "guided_grammar"}
    endpoint = "tokens"
    capabilities = frozenset({"continue", "ids", "n", "seed", "logprobs", "grammar"})


class TestPlain(Served):
    """As OpenAI's own: strict, without what vLLM adds."""

    behaviour: ClassVar[dict[str, Any]] = {"extras": "refused", "limit_field": "max_completion_tokens"}
    tells_end = False
    capabilities = frozenset({"n", "seed", "logprobs"})


class TestPlainWatched(Served):
    """The same, but the stream is cut here at the stop string."""

    behaviour: ClassVar[dict[str, Any]] = {"extras": "refused"}
    watch_stops = True
    capabilities = frozenset({"n", "seed", "logprobs"})


class TestCompletions(Served):
    behaviour: ClassVar[dict[str, Any]] = {"extras": "refused", "grammar": "grammar"}
    endpoint = "completions"
    tells_end = False
    capabilities = frozenset({"continue", "n", "seed", "logprobs", "grammar"})


class TestPoor(Served):
    """Takes everything and honours nothing."""

    behaviour: ClassVar[dict[str, Any]] = {**dict.fromkeys(FIELDS, "ignored"), "counts": False}
    tells_end = False
    capabilities = frozenset()


class TestWithoutSeeds(Served):
    """Draws n at once, as seeds are ignored."""

    behaviour: ClassVar[dict[str, Any]] = {"seed": "ignored"}
    capabilities = frozenset({"continue", "n", "logprobs"})


@pytest.mark.parametrize(
    ("behaviour", "found"),
    [
        ({}, {"continue", "n", "seed", "logprobs"}),
        ({"continues": False}, {"n", "seed", "logprobs"}),
        ({"n": "refused"}, {"continue", "seed", "logprobs"}),
        ({"seed": "refused"}, {"continue", "n", "logprobs"}),
        ({"logprobs": "refused"}, {"continue", "n", "seed"}),
        ({**dict.fromkeys(FIELDS, "refused"), "streams": False}, set()),
        (
            {"stream_options": "refused", "limit_field": "max_completion_tokens", "extras": "refused"},
            {"n", "seed", "logprobs"},
        ),
        ({"grammar": "structured_outputs"}, {"continue", "n", "seed", "logprobs", "grammar"}),
        ({"grammar": "ebnf", "extras": "ignored"}, {"n", "seed", "logprobs", "grammar"}),
        ({"counts": False}, {"n", "seed", "logprobs"}),  # whether it continues is seen from the token counts
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else ",".join(sorted(value)) or "nothing",
)
def test_probing_finds_what_a_server_can_do(behaviour: dict[str, Any], found: set[Capability]) -> None:
    with serving(Behaviour(**behaviour)) as server:
        policy = OpenAIPolicy(server.target, backoff=0.01)
        try:
            assert policy.capabilities == found | {"chat"}
            assert write(policy, asking("Tell me about the cat."), seeds=(1, 2), max_tokens=4, logprobs=True).draws
        finally:
            policy.close()


@pytest.mark.parametrize("field", get_args(GrammarField))
@pytest.mark.parametrize("extras", ["ignored", "refused"])
def test_a_grammar_is_sent_in_the_field_that_the_server_keeps_to(field: GrammarField, extras: str) -> None:
    with serving(Behaviour(grammar=field, extras=extras)) as server:
        policy = OpenAIPolicy(server.target, backoff=0.01)
        try:
            assert policy.abilities.grammar == field
            server.forget()
            (draw,) = write(policy, asking("Well?"), max_tokens=9, grammar='root ::= "yes" | "no"').draws
            assert draw.text in ("yes", "no")
            (call,) = server.calls
            assert len(call.body.keys() & set(get_args(GrammarField))) == 1
        finally:
            policy.close()


def test_what_is_partly_written_is_not_continued_by_a_grammar_that_would_begin_anew() -> None:
    with serving(Behaviour(grammar="grammar")) as server:
        policy = OpenAIPolicy(server.target, backoff=0.01)
        try:
            begun = Prefix(messages=asking("Well?").messages, written="ye")
            answer = ask(policy, Request(prefix=begun, sampling=Sampling(grammar='root ::= "yes"')))
            assert isinstance(answer, Failure)
            assert (answer.kind, "partly written" in answer.message) == ("refused", True)
        finally:
            policy.close()


def test_log_probabilities_beside_a_grammar_are_not_taken_for_those_drawn_from() -> None:
    with serving(Behaviour(grammar="grammar")) as server:
        for tempered in (False, True):
            policy = OpenAIPolicy(server.target, backoff=0.01, tempered_logprobs=tempered)
            try:
                settings: dict[str, Any] = {"max_tokens": 9, "logprobs": True, "grammar": 'root ::= "yes"'}
                (draw,) = write(policy, asking("Well?"), **settings).draws
                assert (draw.logprobs is not None) == tempered
            finally:
                policy.close()

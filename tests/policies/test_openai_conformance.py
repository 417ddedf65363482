"""The conformance suite on servers of several kinds: what they ignore, refuse or can't do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from conformance import PolicyConformance, Subject, asking, write
from stub_model import spell
from stub_server import Behaviour, serving

from verisearch.policies.openai import OpenAIPolicy
from verisearch.policies.openai.settings import Endpoint
from verisearch.protocols import Capability

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

    behaviour: ClassVar[dict[str, Any]] = {"vllm": True, "pieces": 7}
    capabilities = frozenset({"continue", "n", "seed", "logprobs"})


class TestTokens(Served):
    behaviour: ClassVar[dict[str, Any]] = {"vllm": True}
    endpoint = "tokens"
    capabilities = frozenset({"continue", "ids", "n", "seed", "logprobs"})


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
    behaviour: ClassVar[dict[str, Any]] = {"extras": "refused"}
    endpoint = "completions"
    tells_end = False
    capabilities = frozenset({"continue", "n", "seed", "logprobs"})


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

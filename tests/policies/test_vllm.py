"""vLLM, really run: in this process, and behind its own server.

Needs an environment of its own: ``python tests/policies/run_vllm.py --venv FOLDER`` makes one and runs these tests in
it, a process for each class, since a process can hold one engine only. ``VERISEARCH_VLLM_MODEL`` names a model's folder
that is tested beside a tiny random one.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar

import pytest

if find_spec("vllm") is None:
    pytest.skip("vLLM isn't installed here: see tests/policies/run_vllm.py", allow_module_level=True)

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "kv"))

from conformance import PolicyConformance, Subject, ask, asking, greedy, small, write
from tiny import tiny_tokenizer, writing_model

from verisearch.errors import InputError, PolicyError
from verisearch.policies.openai import OpenAIPolicy
from verisearch.policies.openai.settings import Endpoint
from verisearch.policies.vllm import VllmPolicy
from verisearch.protocols import Capability, Failure, Message, Policy, Prefix, Reply, Request, Sampling

pytestmark = pytest.mark.vllm

#: Longest prompt and reply together.
WINDOW = 2048

#: Seconds the server may take to start.
START = 300

#: For a real model, which takes its time.
FEWER = {"length": 12, "others": tuple(asking(f"Tell me about number {number}.") for number in range(10))}

TEMPLATE = (
    "{% for message in messages %}{{ message.role }}: {{ message.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


@cache
def tiny_folder() -> Path:
    """A tiny random model with a chat template."""
    folder = Path(mkdtemp(prefix="verisearch-vllm-"))
    # vLLM's CPU kernels know few sizes of attention heads; 64 is one.
    writing_model(max_position_embeddings=WINDOW, head_dim=64).save_pretrained(folder)
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    return folder


def given_folder() -> Path:
    """The model named in the environment."""
    folder = os.environ.get("VERISEARCH_VLLM_MODEL")
    if not folder:
        pytest.skip("VERISEARCH_VLLM_MODEL names no model")
    return Path(folder)


def decoder(folder: Path) -> Any:
    """Token ids to text, as the tokenizer of a folder does it."""
    from transformers import AutoTokenizer

    core = AutoTokenizer.from_pretrained(folder).backend_tokenizer

    def decode(ids: Sequence[int]) -> str:
        return str(core.decode(list(ids), skip_special_tokens=False))

    return decode


class InProcess(PolicyConformance):
    """The engine in this process."""

    fewer: ClassVar[dict[str, Any]] = {}

    @classmethod
    def folder(cls) -> Path:
        return tiny_folder()

    @classmethod
    @contextmanager
    def make(cls, folder: Path) -> Iterator[Subject]:
        model = cls.folder()
        yield Subject(
            open=lambda: VllmPolicy(model, max_model_len=WINDOW),
            capabilities=VllmPolicy.capabilities | {"chat"},  # both models have a template
            too_long=asking("far too long " * 1000),
            unicode=asking("→→") if model == tiny_folder() else None,
            decode=decoder(model),
            reopens=False,
            **cls.fewer,
        )

    def test_the_prefix_cache_is_used_and_told(self, policy: Policy, subject: Subject) -> None:
        assert subject.long is not None
        write(policy, subject.long, max_tokens=2)
        again = write(policy, subject.long, max_tokens=2).usage
        assert again.cached_tokens > again.prompt_tokens / 2

    def test_a_cached_prefix_changes_no_greedy_draw(self, policy: Policy, subject: Subject) -> None:
        fresh = Prefix(messages=(Message("user", "A question that nobody asked before. " * 10),))
        assert greedy(policy, fresh, max_tokens=8) == greedy(policy, fresh, max_tokens=8)

    def test_logprobs_that_are_not_to_be_had_are_not_given(self, policy: Policy, subject: Subject) -> None:
        for settings, there in (({"temperature": 0.7}, True), ({"top_p": 0.9}, False), ({"top_k": 4}, False)):
            draw = write(policy, subject.asked, max_tokens=4, stop=(), logprobs=True, **settings).draws[0]
            assert (draw.logprobs is not None) == there

    def test_logprobs_are_those_after_temperature(self, policy: Policy, subject: Subject) -> None:
        """The colder, the more certain: summed over all tokens both are distributions."""
        hot, cold = (
            write(policy, subject.asked, seeds=range(6), max_tokens=6, stop=(), logprobs=True, temperature=value)
            for value in (1.0, 0.25)
        )
        assert mean(cold) > mean(hot)

    def test_an_id_that_the_model_does_not_have_is_refused(self, policy: Policy, subject: Subject) -> None:
        broken = Prefix(messages=subject.asked.messages, written="x", ids=(10**6,))
        answer = ask(policy, Request(prefix=broken, sampling=Sampling(max_tokens=2)))
        assert isinstance(answer, Failure)
        assert answer.kind == "refused"

    def test_a_grammar_that_the_engine_cannot_use_is_refused(self, policy: Policy, subject: Subject) -> None:
        answer = ask(policy, Request(prefix=subject.asked, sampling=Sampling(grammar="root ::= missing")))
        assert isinstance(answer, Failure)
        assert (answer.kind, "grammar" in answer.message) == ("refused", True)

    def test_scores_can_be_asked_for_while_requests_are_open(self, policy: Policy, subject: Subject) -> None:
        assert isinstance(policy, VllmPolicy)
        ticket = policy.submit(Request(prefix=subject.asked, sampling=Sampling(max_tokens=20, stop=())))
        scores = policy.score(subject.asked, ["the cat", ""])
        assert scores[0]
        assert scores[1] == ()
        ((answered, answer),) = policy.poll()
        assert answered == ticket
        assert isinstance(answer, Reply)


class TestTiny(InProcess):
    pass


class TestGiven(InProcess):
    fewer = FEWER

    @classmethod
    def folder(cls) -> Path:
        return given_folder()


def mean(reply: Reply) -> float:
    values = [each for draw in reply.draws for each in draw.logprobs or ()]
    return sum(values) / len(values)


class TestRefusals:
    """What is refused before an engine starts."""

    def test_an_unknown_engine_argument(self) -> None:
        with pytest.raises(InputError, match="no_such_argument"):
            VllmPolicy(tiny_folder(), no_such_argument=1)

    def test_a_setting_that_the_policy_relies_on(self) -> None:
        with pytest.raises(InputError, match="logprobs_mode"):
            VllmPolicy(tiny_folder(), logprobs_mode="raw_logits")

    def test_a_folder_without_a_model(self, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text(json.dumps({"model_type": "no-such-type"}), encoding="utf-8")
        with pytest.raises(PolicyError, match="can't load this model"):
            VllmPolicy(tmp_path)


class TestBrokenEngine:
    def test_what_is_open_fails_and_nothing_more_is_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        policy = VllmPolicy(tiny_folder(), max_model_len=WINDOW)
        first, second = (policy.submit(small(asking(text))) for text in ("one", "two"))

        def fail() -> None:
            raise RuntimeError("out of memory")

        monkeypatch.setattr(policy.engine, "step", fail)
        with pytest.raises(PolicyError, match="out of memory"):
            policy.score(asking("three"), ["four"])
        answers = dict(policy.poll())
        assert set(answers) == {first, second}
        for answer in answers.values():
            assert isinstance(answer, Failure)
            assert (answer.kind, "out of memory" in answer.message) == ("failed", True)
        assert policy.poll() == []
        with pytest.raises(PolicyError, match="open it again"):
            policy.submit(small(asking("five")))
        policy.close()


# --- behind its server ----------------------------------------------------------------------------------------------


@cache
def server(folder: Path) -> str:
    """The base URL of vLLM's server over a model; it runs until the tests have ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--model", str(folder), "--served-model-name", "served", "--max-model-len", str(WINDOW)]
    command += ["--dtype", "float32", "--block-size", "32", "--max-num-batched-tokens", "16384", "--enforce-eager"]
    command += ["--enable-prompt-tokens-details"]
    log = (Path(mkdtemp(prefix="verisearch-vllm-log-")) / "server.log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    atexit.register(process.wait)
    atexit.register(process.terminate)  # runs before the wait
    until = time.monotonic() + START
    while time.monotonic() < until:
        assert process.poll() is None, f"the server ended: see {log.name}"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
            return f"http://127.0.0.1:{port}/v1"
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"the server didn't start within {START} seconds: see {log.name}")


class Behind(PolicyConformance):
    """The policy for servers in front of vLLM's."""

    fewer: ClassVar[dict[str, Any]] = {}
    endpoint: Endpoint = "chat"
    capabilities: frozenset[Capability] = frozenset({"continue", "n", "seed", "logprobs", "grammar"})

    @classmethod
    def folder(cls) -> Path:
        return tiny_folder()

    @classmethod
    @contextmanager
    def make(cls, folder: Path) -> Iterator[Subject]:
        model = cls.folder()
        target = f"served@{server(model)}"
        yield Subject(
            open=lambda: OpenAIPolicy(target, endpoint=cls.endpoint, timeout=120),
            capabilities=cls.capabilities | ({"chat"} if cls.endpoint != "completions" else set()),
            too_long=asking("far too long " * 1000),
            unicode=asking("→→") if model == tiny_folder() else None,
            decode=decoder(model) if "ids" in cls.capabilities else None,
            rejoins="ids" in cls.capabilities,
            **cls.fewer,
        )


class TestServerChat(Behind):
    pass


class TestServerCompletions(Behind):
    endpoint = "completions"


class TestServerTokens(Behind):
    endpoint = "tokens"
    capabilities = frozenset({"continue", "ids", "n", "seed", "logprobs", "grammar"})


class TestGivenServerChat(TestServerChat):
    fewer = FEWER

    @classmethod
    def folder(cls) -> Path:
        return given_folder()


class TestGivenServerTokens(TestServerTokens):
    fewer = FEWER

    @classmethod
    def folder(cls) -> Path:
        return given_folder()

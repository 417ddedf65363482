"""Servers that fail: nothing is lost, nothing counted twice, and what was spent is told."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import pytest
from conformance import asking, collect, small, texts
from stub_server import Behaviour, StubServer, serving

from verisearch.errors import PolicyError
from verisearch.policies import sample
from verisearch.policies.openai import Abilities, OpenAIPolicy
from verisearch.protocols import Failure, Reply, Request, Sampling

#: What probing the stub finds, so that only the calls of a test are counted.
ABLE = Abilities(extras=True, continues="flags", n=True, seed=True, logprobs=True)
PLAIN = Abilities()

ASKED = asking("Tell me about the cat.")

Open = Callable[..., OpenAIPolicy]


@pytest.fixture
def server() -> Iterator[StubServer]:
    with serving() as running:
        yield running


@pytest.fixture
def connect(server: StubServer) -> Iterator[Open]:
    opened: list[OpenAIPolicy] = []

    def connect(**settings: Any) -> OpenAIPolicy:
        policy = OpenAIPolicy(
            server.target, **{"abilities": ABLE, "timeout": 5.0, "backoff": 0.005, "retries": 3, **settings}
        )
        opened.append(policy)
        return policy

    yield connect
    for policy in opened:
        policy.close()


def ask(policy: OpenAIPolicy, seeds: tuple[int, ...] = (0,), **settings: Any) -> Reply | Failure:
    sampling = Sampling(**{"max_tokens": 12, "stop": (), **settings})
    return sample(policy, [Request(prefix=ASKED, sampling=sampling, seeds=seeds)])[0]


PASSING = (
    *("408", "409", "429", "429:0.05", "500", "502", "503:0", "529", "drop", "no-json"),
    *("cut:0", "cut:1", "cut:4", "end:0", "end:4", "malformed", "error", "empty"),
)


@pytest.mark.parametrize("fault", PASSING)
def test_after_a_fault_the_call_is_made_again(server: StubServer, connect: Open, fault: str) -> None:
    policy = connect()
    undisturbed = ask(policy)
    server.forget()
    server.behaviour.faults = deque([fault])
    answer = ask(policy)
    assert texts(answer) == texts(undisturbed)
    assert server.whole() == [False, True]


@pytest.mark.parametrize("fault", ["cut:4", "end:4"])
@pytest.mark.parametrize("size", range(1, 7))
def test_an_answer_that_breaks_off_is_asked_for_again_however_short(
    server: StubServer, connect: Open, fault: str, size: int
) -> None:
    policy = connect()
    undisturbed = ask(policy, max_tokens=size)
    server.forget()
    server.behaviour.faults = deque([fault])
    assert texts(ask(policy, max_tokens=size)) == texts(undisturbed)
    assert server.whole() == [False, True]


@pytest.mark.parametrize("fault", ["slow:0.8", "stall:0.8"])
def test_a_late_answer_is_not_counted_beside_the_one_that_came(server: StubServer, connect: Open, fault: str) -> None:
    policy = connect(timeout=0.3)
    undisturbed = ask(policy)
    server.forget()
    server.behaviour.faults = deque([fault])
    ticket = policy.submit(small(ASKED, max_tokens=12))
    answers = collect(policy, [ticket])
    assert texts(answers[ticket]) == texts(undisturbed)
    time.sleep(0.8)  # the first answer would come now
    assert policy.poll(0.1) == []
    assert len(server.calls) == 2


def test_what_was_written_in_vain_is_told(server: StubServer, connect: Open) -> None:
    policy = connect()
    server.behaviour.faults = deque(["cut:4"])
    answer = ask(policy)
    assert isinstance(answer, Reply)
    assert answer.usage.generated_tokens == 12 + 4
    assert answer.usage.discarded_tokens == 4
    assert answer.usage.prompt_tokens > 0


def test_a_fault_that_stays_fails_after_a_bounded_number_of_calls(server: StubServer, connect: Open) -> None:
    server.behaviour.fault_of = lambda number: "cut:2"
    answer = ask(connect())
    assert isinstance(answer, Failure)
    assert answer.kind == "failed"
    assert "after 4 calls" in answer.message
    assert len(server.calls) == 4
    assert answer.usage.generated_tokens == answer.usage.discarded_tokens == 4 * 2


def test_draws_that_came_are_in_vain_if_another_of_the_request_fails(server: StubServer, connect: Open) -> None:
    server.behaviour.fault_of = lambda number: "400" if number == 2 else None
    answer = ask(connect(concurrency=1), seeds=(1, 2, 3))
    assert isinstance(answer, Failure)
    assert answer.usage.generated_tokens == answer.usage.discarded_tokens == 2 * 12


def test_a_failure_that_cost_nothing_says_so(server: StubServer, connect: Open) -> None:
    server.behaviour.fault_of = lambda number: "500"
    answer = ask(connect(retries=0))
    assert isinstance(answer, Failure)
    assert (answer.kind, answer.usage.prompt_tokens, answer.usage.generated_tokens) == ("failed", 0, 0)


@pytest.mark.parametrize("fault", ["400", "401", "403", "404", "422", "quota", "redirect"])
def test_a_refusal_is_not_repeated(server: StubServer, connect: Open, fault: str) -> None:
    server.behaviour.faults = deque([fault])
    answer = ask(connect())
    assert isinstance(answer, Failure)
    assert answer.kind == "refused"
    assert {"quota": "nothing left", "redirect": "elsewhere.example"}.get(fault, f"fault {fault}") in answer.message
    assert len(server.calls) == 1


def test_the_wait_that_a_server_asks_for_is_kept(server: StubServer, connect: Open) -> None:
    policy = connect()
    for wait in ("0.4", formatdate(time.time() + 2, usegmt=True)):
        server.behaviour.faults = deque([f"429:{wait}"])
        started = time.monotonic()
        texts(ask(policy))
        assert time.monotonic() - started > 0.35


def test_a_wait_without_sense_is_left_alone(server: StubServer, connect: Open) -> None:
    server.behaviour.faults = deque(["429:soon", "429:nan", "429:-5"])
    started = time.monotonic()
    texts(ask(connect()))
    assert time.monotonic() - started < 2


def test_a_wait_that_is_too_long_is_not_begun(server: StubServer, connect: Open) -> None:
    server.behaviour.faults = deque(["429:3600"])
    started = time.monotonic()
    answer = ask(connect())
    assert isinstance(answer, Failure)
    assert (answer.kind, "3600 seconds" in answer.message) == ("failed", True)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("run", range(3))
def test_in_a_storm_of_faults_nothing_is_lost_and_nothing_doubled(server: StubServer, connect: Open, run: int) -> None:
    policy = connect(retries=12, concurrency=8)
    prompts = [asking(f"Tell me about number {number}.") for number in range(20)]
    sampling = Sampling(max_tokens=10, stop=("\n\n",))
    requests = [
        Request(prefix=prompt, sampling=sampling, seeds=(number, number + 100)) for number, prompt in enumerate(prompts)
    ]
    calm = sample(policy, requests)
    server.forget()
    chance = random.Random(run)
    kinds = [fault for fault in PASSING if fault != "no-json"]
    fates = [chance.choice(kinds) if chance.random() < 0.4 else None for _ in range(2000)]
    server.behaviour.fault_of = fates.__getitem__
    stormy = sample(policy, requests)
    assert [texts(answer) for answer in stormy] == [texts(answer) for answer in calm]
    assert sum(server.whole()) == 40
    assert any(call.fault for call in server.calls)
    for before, after in zip(calm, stormy, strict=True):
        spent = after.usage.generated_tokens - after.usage.discarded_tokens
        assert spent == before.usage.generated_tokens, "each draw is counted once"


def test_one_request_that_fails_leaves_the_others_alone(server: StubServer, connect: Open) -> None:
    policy = connect()
    requests = [small(asking("The cat. " * (4000 if number == 3 else 1))) for number in range(6)]
    answers = sample(policy, requests)
    assert [isinstance(answer, Reply) for answer in answers] == [number != 3 for number in range(6)]


def test_one_draw_that_fails_ends_the_others_of_its_request(server: StubServer, connect: Open) -> None:
    server.behaviour.faults = deque(["400"])
    server.behaviour.pause = 0.05
    answer = ask(connect(concurrency=4), seeds=(1, 2, 3, 4))
    assert isinstance(answer, Failure)
    assert answer.kind == "refused"
    assert len(server.calls) <= 4


def test_no_more_calls_at_once_than_allowed(server: StubServer, connect: Open) -> None:
    server.behaviour.pause = 0.005
    policy = connect(concurrency=3)
    sample(policy, [small(asking(f"Tell me about number {number}.")) for number in range(12)])
    assert server.busiest == 3


def test_cancelling_cuts_the_connection_and_tells_what_was_spent(server: StubServer, connect: Open) -> None:
    server.behaviour.pause = 0.05
    policy = connect()
    ticket = policy.submit(small(ASKED, max_tokens=50))
    assert policy.poll(0.5) == []
    policy.cancel(ticket)
    started = time.monotonic()
    answer = collect(policy, [ticket])[ticket]
    assert time.monotonic() - started < 1
    assert isinstance(answer, Failure)
    assert answer.kind == "cancelled"
    assert 0 < answer.usage.generated_tokens == answer.usage.discarded_tokens < 50
    until = time.monotonic() + 5
    while not server.calls[0].cut_by_client and time.monotonic() < until:
        time.sleep(0.02)
    assert server.calls[0].cut_by_client


def test_cancelling_ends_the_waiting_between_two_calls(server: StubServer, connect: Open) -> None:
    server.behaviour.fault_of = lambda number: "429:30"
    policy = connect()
    ticket = policy.submit(small(ASKED))
    assert policy.poll(0.3) == []
    policy.cancel(ticket)
    answer = collect(policy, [ticket])[ticket]
    assert isinstance(answer, Failure)
    assert answer.kind == "cancelled"
    assert len(server.calls) == 1


def test_draws_that_a_server_forgets_are_asked_for_again(server: StubServer, connect: Open) -> None:
    server.behaviour.n = "ignored"
    answer = ask(connect(abilities=Abilities(n=True)), seeds=(1, 2, 3))
    assert isinstance(answer, Reply)
    assert len(answer.draws) == 3
    assert [call.body.get("n", 1) for call in server.calls] == [3, 1, 1]
    assert answer.usage.generated_tokens == 36


def test_n_draws_take_one_call_where_seeds_are_not_kept(server: StubServer, connect: Open) -> None:
    answer = ask(connect(abilities=Abilities(n=True)), seeds=(1, 2, 3))
    assert isinstance(answer, Reply)
    assert len(set(texts(answer))) == 3
    assert len(server.calls) == 1


def test_what_the_server_would_ignore_is_refused(server: StubServer, connect: Open) -> None:
    answer = ask(connect(abilities=PLAIN), top_k=5)
    assert isinstance(answer, Failure)
    assert (answer.kind, "top_k" in answer.message, server.calls) == ("refused", True, [])


def test_a_server_that_is_not_there_is_named(server: StubServer) -> None:
    with pytest.raises(PolicyError, match=r"127\.0\.0\.1:9/v1.*connection failed"):
        OpenAIPolicy("some-model@http://127.0.0.1:9/v1", retries=1, backoff=0.01)


def test_a_model_that_is_not_served_is_told_which_are(server: StubServer) -> None:
    with pytest.raises(PolicyError, match=r"does not exist.*it serves: stub-model"):
        OpenAIPolicy(server.target.replace("stub-model", "other-model"), retries=1, backoff=0.01)


def test_faults_while_probing_do_not_cost_abilities(server: StubServer) -> None:
    server.behaviour.fault_of = lambda number: "503" if number % 2 else None
    policy = OpenAIPolicy(server.target, retries=3, backoff=0.005)
    try:
        assert policy.abilities == ABLE
        assert policy.probe_usage.generated_tokens > 0
    finally:
        policy.close()


def test_known_abilities_are_not_probed_again(server: StubServer, connect: Open) -> None:
    assert connect().abilities == ABLE
    assert server.calls == []


def test_the_bodies_are_what_was_asked_for(server: StubServer, connect: Open) -> None:
    ask(connect(), temperature=0.5, top_p=0.9, top_k=7, stop=("\n\n", "END"), logprobs=True)
    body = server.calls[0].body
    assert (body["temperature"], body["top_p"], body["top_k"], body["max_tokens"]) == (0.5, 0.9, 7, 12)
    assert (body["stop"], body["logprobs"]) == (["\n\n", "END"], True)


def test_further_fields_go_into_every_call() -> None:
    with serving(Behaviour()) as server:
        policy = OpenAIPolicy(server.target, abilities=ABLE, body={"min_p": 0.25})
        ask(policy)
        policy.close()
        assert server.calls[0].body["min_p"] == 0.25

"""The parts of the policy over servers: streams, stop strings, log-probabilities, keys."""

from __future__ import annotations

import json
import logging
import pickle
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from conformance import asking
from hypothesis import given
from hypothesis import strategies as st
from stub_server import Behaviour, serving

from verisearch.errors import InputError, PolicyError
from verisearch.policies import open_policy, sample
from verisearch.policies.openai import Abilities, OpenAIPolicy, ServerSettings
from verisearch.policies.openai.answers import Choice, Fault, ServerAnswer
from verisearch.policies.openai.draws import draw_from
from verisearch.policies.openai.settings import Key
from verisearch.policies.openai.sse import EventReader
from verisearch.policies.openai.wire import call_body
from verisearch.policies.seeds import short_seed
from verisearch.protocols import Draw, Failure, Prefix, Reply, Request, Sampling

SECRET = "sk-never-to-be-seen-1234"

# --- streams ------------------------------------------------------------------------------------------------------

STREAM = (
    b': hello\r\nevent: message\r\nid: 7\r\ndata: {"a": "\xe7\x8c\xab\xe2\x80\xa8\x0b"}\r\n\r\n'
    b"data:no blank\n\n\n\ndata: two\ndata: lines\n\nretry: 5\n\rdata: last"
)
EVENTS = [b'{"a": "\xe7\x8c\xab\xe2\x80\xa8\x0b"}', b"no blank", b"two\nlines", b"last"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_a_stream_reads_the_same_wherever_it_is_cut(cuts: list[int]) -> None:
    reader = EventReader()
    edges = [0, *sorted(cuts), len(STREAM)]
    found = [event for start, end in pairwise(edges) for event in reader.feed(STREAM[start:end])]
    assert found + reader.finish() == EVENTS


def test_an_endless_line_does_not_fill_the_memory() -> None:
    reader = EventReader()
    assert all(reader.feed(b"x" * 2**20) == [] for _ in range(16))
    with pytest.raises(ValueError, match="16 MiB"):
        reader.feed(b"x")


def pieces(*texts: str, finish: str | None = "stop", **ending: Any) -> Choice:
    choice = Choice()
    for text in texts:
        choice.take({"delta": {"content": text}})
    choice.take({"delta": {}, "finish_reason": finish, **ending})
    return choice


def test_halves_of_a_character_are_joined() -> None:
    assert pieces("a\ud83d", "\ude00b").text == "a😀b"
    assert pieces("a\ud83d", "b").text == "a\ufffdb"


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"choices": None},
        {"choices": ["text"]},
        {"choices": [{"index": "first"}]},
        {"choices": [{"index": 0, "logprobs": {"content": [{"token": "a"}]}}]},
        {"choices": [{"index": 0, "logprobs": {"content": [{"token": "a", "logprob": float("nan")}]}}]},
        {"choices": [{"index": 0, "logprobs": {"content": [{"token": "a", "logprob": 0.5}]}}]},
        {"choices": [{"index": 0, "logprobs": {"content": [{"token": "a", "logprob": "low"}]}}]},
        {"choices": [{"index": 0, "logprobs": {"tokens": ["a", "b"], "token_logprobs": [-1.0]}}]},
        {"choices": [{"index": 0, "token_ids": ["one"]}]},
    ],
)
def test_an_event_without_sense_is_a_fault_that_may_pass(event: dict[str, Any]) -> None:
    with pytest.raises(Fault) as caught:
        ServerAnswer(1).take(event)
    assert caught.value.again


@pytest.mark.parametrize("finish", [None, "abort", "error"])
def test_an_answer_without_an_end_is_not_whole(finish: str | None) -> None:
    answer = ServerAnswer(1)
    answer.take({"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": finish}]})
    with pytest.raises(Fault):
        answer.check()


def test_nonsense_in_the_token_counts_is_not_believed() -> None:
    answer = ServerAnswer(9)
    counts = {"prompt_tokens": -4, "completion_tokens": "many", "prompt_tokens_details": {"cached_tokens": 50}}
    answer.take({"choices": [{"index": 0, "delta": {"content": "a"}}], "usage": counts})
    assert (answer.usage.prompt_tokens, answer.usage.generated_tokens, answer.usage.cached_tokens) == (9, 1, 9)


# --- stop strings -------------------------------------------------------------------------------------------------


def drawn(choice: Choice, *stops: str, logprobs: bool = False) -> Draw:
    return draw_from(choice, Sampling(stop=stops), with_logprobs=logprobs, with_ids=False)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (pieces("One.", stop_reason="\n\n"), ("One.\n\n", "stop", 6)),
        (pieces("One.\n\n", stop_reason="\n\n"), ("One.\n\n", "stop", 6)),
        (pieces("One.", stop_reason=None), ("One.", "end", None)),
        (pieces("One.", stop_reason=151645), ("One.", "end", None)),
        (pieces("", stop_reason="\n\n"), ("\n\n", "stop", 2)),
        (pieces("One.", finish="length"), ("One.", "length", None)),
        (pieces("One.\n\nTwo.", finish="length"), ("One.\n\n", "stop", 6)),
        (pieces("One.\n\nTwo."), ("One.\n\n", "stop", 6)),
        (pieces("One.", finish="tool_calls"), ("One.", "end", None)),
        # a server that says no more than "stop":
        (pieces("One."), ("One.\n\n", "stop", 6)),
        (pieces(""), ("", "end", None)),
    ],
)
def test_why_a_draw_ended(choice: Choice, expected: tuple[str, str, int | None]) -> None:
    draw = drawn(choice, "\n\n", "END")
    assert (draw.text, draw.finish, draw.stop) == expected


def test_without_stop_strings_a_stop_is_the_end() -> None:
    assert drawn(pieces("One.")).finish == "end"


def test_several_stop_strings_are_watched_where_the_server_would_not_tell_which() -> None:
    with serving(Behaviour(extras="refused")) as server:
        policy = OpenAIPolicy(server.target, abilities=Abilities(seed=True))
        sampling = Sampling(max_tokens=40, stop=(",", "."))
        (answer,) = sample(policy, [Request(prefix=asking("Tell me."), sampling=sampling, seeds=(3,))])
        policy.close()
        assert isinstance(answer, Reply)
        assert "stop" not in server.calls[0].body
        assert answer.draws[0].finish == "stop"
        assert answer.draws[0].text[-1] in ",."
        assert 0 < answer.usage.generated_tokens <= 40


# --- bodies -------------------------------------------------------------------------------------------------------

BEGUN = Prefix(messages=asking("Where?").messages, written="In the")


def body(endpoint: Any = "chat", prefix: Prefix = BEGUN, **abilities: Any) -> dict[str, Any]:
    settings = ServerSettings(model="m", base_url="http://127.0.0.1/v1", endpoint=endpoint)
    return call_body(settings, Abilities(**abilities), prefix, Sampling(), prompt=[4, 5])


def test_a_message_is_continued_by_flags() -> None:
    made = body(continues="flags")
    assert made["messages"][-1] == {"role": "assistant", "content": "In the"}
    assert (made["continue_final_message"], made["add_generation_prompt"]) == (True, False)


def test_a_message_is_continued_because_it_is_the_last() -> None:
    made = body(continues="trailing")
    assert made["messages"][-1] == {"role": "assistant", "content": "In the"}
    assert "continue_final_message" not in made


def test_a_fresh_reply_needs_no_flags() -> None:
    made = body(prefix=asking("Where?"), continues="flags")
    assert made["messages"] == [{"role": "user", "content": "Where?"}]
    assert "continue_final_message" not in made


def test_completions_are_asked_in_plain_text_and_tokens_by_their_ids() -> None:
    assert body("completions")["prompt"] == "Where?\n\nIn the"
    assert body("tokens")["prompt"] == [4, 5]


# --- log-probabilities --------------------------------------------------------------------------------------------


def noted(text: str, *tokens: tuple[str, float], **ending: Any) -> Choice:
    content = [{"token": token, "logprob": value, "bytes": list(token.encode())} for token, value in tokens]
    choice = Choice()
    choice.take({"delta": {"content": text}, "logprobs": {"content": content}, "finish_reason": "stop", **ending})
    return choice


def test_the_end_token_has_no_logprob() -> None:
    choice = noted("猫 sat", ("猫", -1.0), (" sat", -2.0), ("<|im_end|>", -0.1), stop_reason=None)
    assert drawn(choice, "\n\n", logprobs=True).logprobs == (-1.0, -2.0)


def test_the_stop_string_keeps_its_logprob() -> None:
    choice = noted("a b", ("a", -1.0), (" b", -2.0), ("\n\n", -0.5), stop_reason="\n\n")
    assert drawn(choice, "\n\n", logprobs=True).logprobs == (-1.0, -2.0, -0.5)


def test_tokens_after_the_stop_string_are_left_out() -> None:
    choice = noted("a. b c", ("a", -1.0), (".", -2.0), (" b", -3.0), (" c", -4.0))
    assert drawn(choice, ".", logprobs=True).logprobs == (-1.0, -2.0)


def test_a_certain_token_may_be_rounded_above_zero() -> None:
    assert drawn(noted("a", ("a", 1e-7), stop_reason=None), logprobs=True).logprobs == (0.0,)


@pytest.mark.parametrize(("temperature", "there"), [(0.0, True), (0.7, False), (1.0, True)])
def test_logprobs_are_given_only_where_they_are_those_drawn_from(temperature: float, there: bool) -> None:
    with serving() as server:
        policy = OpenAIPolicy(server.target, abilities=Abilities(logprobs=True))
        sampling = Sampling(temperature=temperature, max_tokens=4, stop=(), logprobs=True)
        (answer,) = sample(policy, [Request(prefix=asking("Tell me."), sampling=sampling)])
        policy.close()
        assert isinstance(answer, Reply)
        assert (answer.draws[0].logprobs is not None) == there


# --- keys, settings -----------------------------------------------------------------------------------------------


def test_the_key_is_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("VERISEARCH_API_KEY", SECRET)
    caplog.set_level(logging.DEBUG)
    with serving(Behaviour(key=SECRET)) as server:
        policy = OpenAIPolicy(server.target)
        shown = [repr(policy), repr(vars(policy)), repr(vars(policy.transport)), repr(policy.transport.client.headers)]
        shown += [msgspec.json.encode(each).decode() for each in (policy.settings, policy.abilities)]
        policy.close()
    assert len(server.calls) > 5
    assert SECRET not in "".join(shown) + caplog.text
    with pytest.raises(TypeError):
        pickle.dumps(policy.key)


def test_a_key_that_the_server_quotes_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", SECRET)
    with serving(Behaviour(key="another")) as server:
        with pytest.raises(PolicyError, match=r"wrong key: Bearer \*\*\*") as caught:
            OpenAIPolicy(server.target, key_variable="MY_KEY")
        policy = OpenAIPolicy(server.target, key_variable="MY_KEY", abilities=Abilities())
        (answer,) = sample(policy, [Request(prefix=asking("a"), sampling=Sampling())])
        policy.close()
    assert isinstance(answer, Failure)
    assert SECRET not in str(caught.value) + repr(caught.value.__cause__) + answer.message


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://example.org/v1", "Bearer two"),
        ("http://127.0.0.1:8000/v1", "Bearer two"),
        ("http://example.org/v1", None),
    ],
)
def test_the_key_meant_for_another_server_is_not_sent_in_the_open(url: str, sent: str | None) -> None:
    found = Key.from_environment(url, environment={"OPENAI_API_KEY": "two"})
    assert found.headers.get("Authorization") == sent


def test_our_own_variable_comes_first() -> None:
    both = {"OPENAI_API_KEY": "two", "VERISEARCH_API_KEY": "one"}
    assert Key.from_environment("http://example.org/v1", environment=both).headers == {"Authorization": "Bearer one"}


@pytest.mark.parametrize("value", ["two words", "line\nend", "schlüssel"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(InputError, match="MINE") as caught:
        Key.from_environment("https://example.org/v1", "MINE", {"MINE": value})
    assert value not in str(caught.value)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(InputError, match="MINE is not set"):
        Key.from_environment("https://example.org/v1", "MINE", {})


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("my-model", "MODEL@URL"),
        ("@http://127.0.0.1:8000/v1", "MODEL@URL"),
        ("m@ftp://127.0.0.1/v1", "base_url"),
        ("m@http://", "base_url"),
        ("m@http://h:port/v1", "base_url"),
        ("m@http://h/v1?key=secret-word", "no user name"),
    ],
)
def test_a_bad_address_is_refused_and_not_repeated(target: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        open_policy(f"openai:{target}")
    assert "secret-word" not in str(caught.value)


def test_a_password_in_the_address_is_refused() -> None:
    with pytest.raises(InputError, match="no user name") as caught:
        ServerSettings(model="m", base_url="http://me:secret-word@127.0.0.1/v1")
    assert "secret-word" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("endpoint", "talk"), ("concurrency", 0), ("retries", -1), ("timeout", 0.0), ("backoff", float("nan"))],
)
def test_a_setting_outside_its_range_is_named(setting: str, value: Any) -> None:
    with pytest.raises(InputError, match=setting):
        ServerSettings(model="m", base_url="http://127.0.0.1/v1", **{setting: value})


def test_the_abilities_can_be_stored() -> None:
    abilities = Abilities(extras=True, continues="flags", seed=True, limit_field="max_completion_tokens")
    assert msgspec.json.decode(json.dumps(msgspec.to_builtins(abilities)), type=Abilities) == abilities


def test_seeds_are_told_apart_in_31_bits() -> None:
    seeds = {short_seed(2**63 - 1 - 2**32 * number) for number in range(1000)}
    assert len(seeds) == 1000
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_a_key_that_a_cut_has_broken_is_hidden_too() -> None:
    key = Key.checked("TEST_KEY", "sk-0123456789abcdef")
    said = "HTTP 502: Authorization: Bearer sk-0123456789abcdef of"
    for end in range(len(said) + 1):
        shown = key.hide(said[:end])
        assert "sk-012" not in shown
        assert shown.startswith("HTTP 502: Authorization: Bearer "[:end])
    assert key.hide("a task") == "a task"

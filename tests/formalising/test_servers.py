"""``verify`` and ``eval`` from the command line to a server and back: whatever the server does, no step is lost."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted_server import asked, reply_to
from servers import about, arguments, fates, formalising, records, row_trace, stored, world_rows
from worlds import write_lines

from verisearch import cli

#: Faults after which a call is made again. A stalled one outlasts the time-out.
PASSING = (
    *("408", "429", "429:0.02", "500", "502", "503:0", "529", "drop", "no-json"),
    *("cut:0", "cut:1", "cut:9", "end:0", "end:5", "malformed", "error", "empty"),
)

STATUSES = ["entailed", "entailed", "entailed", "entailed", "entailed", "contradicted", "entailed"]


class Outcome:
    """What a command wrote, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def verdict(self) -> dict[str, Any]:
        return dict(json.loads(self.out))

    @property
    def statuses(self) -> list[str]:
        return [step["status"] for step in self.verdict["steps"]]

    @property
    def reasons(self) -> list[str]:
        return [claim["reason"] for step in self.verdict["steps"] for claim in step["claims"]]


Call = Callable[..., Outcome]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Calls ``verisearch`` with the given arguments, in this process."""

    def run(*given: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["verisearch", *map(str, given)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return Outcome(code, *capfd.readouterr())

    return run


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return row_trace(tmp_path)


# --- one trace ------------------------------------------------------------------------------------------------------


def test_a_trace_is_checked_from_the_command_line_to_the_server_and_back(call: Call, trace: Path) -> None:
    with formalising() as server:
        done = call("verify", trace, "--json", *arguments(server))
    assert done.code == 1, done.err
    assert done.err == ""
    assert done.statuses == STATUSES
    usage = done.verdict["usage"]
    assert usage["formaliser_calls"] == len(about(server))
    assert usage["formaliser_tokens"] > 100
    assert done.verdict["model"] == "openai:stub-model"
    bodies = [call.body for call in server.calls if asked(call.body["messages"][-1]["content"])]
    assert len({json.dumps(body["messages"]) for body in bodies}) == len(bodies), "nothing is asked twice"
    assert {body["temperature"] for body in bodies} == {0}


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_letters_that_the_network_cuts_stay_whole(call: Call, trace: Path, size: int) -> None:
    with formalising(pieces=size) as server:
        done = call("verify", trace, "--json", *arguments(server))
    assert done.statuses == STATUSES


@pytest.mark.parametrize(
    "behaviour",
    [
        {"streams": False},
        {"counts": False},
        {"extras": "refused", "n": "refused", "seed": "refused", "logprobs": "refused", "stream_options": "refused"},
        {"extras": "ignored", "n": "ignored", "seed": "ignored", "logprobs": "ignored"},
        {"limit_field": "max_completion_tokens"},
        {"vllm": True},
        {"grammar": "structured_outputs"},
    ],
    ids=lambda behaviour: "-".join(f"{name}" for name in behaviour),
)
def test_servers_of_every_kind_give_the_same_verdicts(call: Call, trace: Path, behaviour: dict[str, Any]) -> None:
    with formalising(**behaviour) as server:
        done = call("verify", trace, "--json", *arguments(server))
    assert done.statuses == STATUSES
    assert done.verdict["usage"]["formaliser_tokens"] > 0


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_changes_no_verdict(call: Call, trace: Path, tmp_path: Path, fault: str) -> None:
    """Every second call fails, and is made again."""
    with formalising() as server:
        fates(server, lambda number: fault if number % 2 == 0 else None)
        done = call("verify", trace, "--json", *arguments(server, "--recordings", tmp_path / "calls"))
    assert done.statuses == STATUSES
    calls = about(server)
    assert stored(tmp_path / "calls") == len(calls) / 2 == done.verdict["usage"]["formaliser_calls"]


@pytest.mark.parametrize("fault", ["slow:2", "stall:2"])
def test_a_call_that_stalls_is_given_up_and_made_again(call: Call, trace: Path, fault: str) -> None:
    with formalising() as server:
        fates(server, lambda number: fault if number in (1, 4) else None)
        done = call("verify", trace, "--json", *arguments(server, timeout=0.7))
    assert done.statuses == STATUSES


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("500", "given up after 3 calls: HTTP 500"),
        ("cut:3", "the connection failed"),
        ("end:3", "the server's answer broke off"),
        ("no-json", "malformed JSON"),
        ("empty", "no choice"),
        ("drop", "the connection failed"),
        ("401", "HTTP 401"),
        ("quota", "nothing left"),
        ("429:3600", "asks to wait 3600 seconds"),
    ],
)
def test_what_does_not_pass_leaves_steps_undecided_with_the_reason(
    call: Call, trace: Path, fault: str, words: str
) -> None:
    with formalising() as server:
        fates(server, lambda number: fault)
        done = call("verify", trace, "--json", *arguments(server, retries=2))
    assert done.code == 3, done.err
    assert done.statuses == ["undecided"] * 7
    assert all("the model could not be asked" in reason and words in reason for reason in done.reasons[:6])


def test_a_server_that_dies_leaves_the_rest_undecided(call: Call, trace: Path) -> None:
    """What was settled before stays settled; no step is called wrong because nobody could be asked about it."""
    for alive in range(0, 20, 3):
        with formalising() as server:
            fates(server, lambda number, alive=alive: "drop" if number >= alive else None)  # type: ignore[misc]
            done = call("verify", trace, "--json", *arguments(server, retries=0))
        found = done.statuses
        assert len(found) == 7
        assert all(status in (right, "undecided") for status, right in zip(found, STATUSES, strict=True)), alive
        for step in done.verdict["steps"]:
            assert all(claim["reason"] for claim in step["claims"] if claim["status"] == "undecided")


# --- replies that are none ------------------------------------------------------------------------------------------


Script = Callable[[list[dict[str, str]]], str | None]


def said(text: Callable[[str], str]) -> Script:
    """The scripted replies, each changed by ``text``."""

    def script(messages: list[dict[str, str]]) -> str | None:
        reply = reply_to(messages)
        return reply if reply is None else text(reply)

    return script


@pytest.mark.parametrize(
    "thought",
    [
        "<think>I must say (assert (calm zoe)), or shall I?</think>\n\n",
        "<think>\n</think>\n",
        "Let me see. (assert (not (calm zoe)))\n</think>\n\n",
        "<thinking>one</thinking>",
        "[THINK]two[/THINK]",
    ],
)
def test_what_is_thought_aloud_is_no_reply(call: Call, trace: Path, thought: str) -> None:
    with formalising(script=said(lambda text: thought + text)) as server:
        done = call("verify", trace, "--json", *arguments(server))
    assert done.statuses == STATUSES


def test_a_thought_that_never_ends_is_cut_and_says_nothing(call: Call, trace: Path) -> None:
    with formalising(script=said(lambda text: f"<think>{text}\ncontext: nothing\n" + "so, " * 400)) as server:
        done = call("verify", trace, "--json", *arguments(server))
    assert done.statuses == ["untranslatable"] * 6 + ["undecided"]
    assert all("the reply was too long and is cut off" in reason for reason in done.reasons[:6])


def test_an_empty_reply_is_told_and_asked_for_again(call: Call, trace: Path) -> None:
    def moody(messages: list[dict[str, str]]) -> str | None:
        """Says nothing at the first try of each text."""
        first = "could not be used" not in messages[-1]["content"] and "\nText: " in messages[-1]["content"]
        return "" if first and "You translate" in messages[0]["content"] else reply_to(messages)

    with formalising(script=moody) as server:
        done = call("verify", trace, "--json", *arguments(server))
    assert "untranslatable" not in done.statuses


@pytest.mark.parametrize(
    ("premises", "words"),
    [("", "the reply is empty"), ("context: nothing of the kind\n" * 30, "the list of premises was too long")],
)
def test_a_list_of_premises_that_did_not_come_makes_no_step_ungrounded(
    call: Call, trace: Path, premises: str, words: str
) -> None:
    def silent(messages: list[dict[str, str]]) -> str | None:
        return premises if "\nStep: " in messages[-1]["content"] else reply_to(messages)

    with formalising(script=silent) as server:
        done = call("verify", trace, "--json", *arguments(server))
    assert set(done.statuses) == {"undecided"}
    assert words in done.reasons[0]


def test_a_server_that_ignores_the_temperature_is_asked_each_thing_once(call: Call, trace: Path) -> None:
    chance = random.Random(0)
    with formalising(script=said(lambda text: "Well. " * chance.randrange(1, 5) + "\n" + text)) as server:
        done = call("verify", trace, "--json", *arguments(server))
        assert done.statuses == STATUSES
        first = len(about(server))
        recorded = [call("verify", trace, "--json", *arguments(server, "--recordings", trace.with_suffix(".db")))]
        recorded += [call("verify", trace, "--json", *arguments(server, "--recordings", trace.with_suffix(".db")))]
    assert len(about(server)) == 2 * first, "the last one had it all recorded"
    assert recorded[0].verdict["steps"] == recorded[1].verdict["steps"]


# --- a whole data set -----------------------------------------------------------------------------------------------


def test_recordings_of_a_server_that_keeps_to_grammars_answer_without_it(
    call: Call, trace: Path, tmp_path: Path
) -> None:
    """Offline nobody knows any more whether the model was held to a grammar; what it was asked is the same."""
    with formalising(grammar="structured_outputs") as server:
        done = call("verify", trace, "--json", *arguments(server, "--recordings", tmp_path / "calls"))
    assert any(
        "structured_outputs" in call.body for call in server.calls if asked(call.body["messages"][-1]["content"])
    )
    options = ("--formalizer", "llm", "--no-mixed", "--offline", "--recordings", tmp_path / "calls")
    again = call("verify", trace, "--json", *options)
    assert again.verdict["steps"] == done.verdict["steps"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "data.jsonl", world_rows(8))


def evaluated(call: Call, data: Path, out: Path, *options: object) -> Outcome:
    return call(
        "eval", "proofwriter", "--data", data, "--mode", "verify", "--out", out, "--workers", 2, "--json", *options
    )


@pytest.mark.parametrize("run", range(2))
def test_in_a_storm_of_faults_all_records_are_those_of_a_calm_run(
    call: Call, data: Path, tmp_path: Path, run: int
) -> None:
    chance = random.Random(run)
    with formalising() as server:
        calm = evaluated(call, data, tmp_path / "calm", *arguments(server))
        calls = len(about(server))
        server.forget()
        server.behaviour.pieces = 3
        fate = [chance.choice(PASSING) if chance.random() < 0.4 else None for _ in range(5000)]
        fates(server, fate.__getitem__)
        recordings = tmp_path / "calls.sqlite"
        stormy = evaluated(call, data, tmp_path / "stormy", *arguments(server, "--recordings", recordings, retries=14))
    assert (calm.code, stormy.code) == (0, 0), stormy.err
    assert any(call.fault for call in server.calls)
    assert records(tmp_path / "stormy") == records(tmp_path / "calm")
    assert stored(recordings) == calls
    ids = [record["id"] for record in records(tmp_path / "stormy")]
    assert len(set(ids)) == len(ids) == json.loads(stormy.out)["n"]
    assert {status for record in records(tmp_path / "calm") for status in record["step_statuses"]} == {"entailed"}


def test_a_run_without_its_server_goes_on_to_the_end(call: Call, data: Path, tmp_path: Path) -> None:
    with formalising() as server:
        fates(server, lambda number: "drop" if number > 30 else None)
        done = evaluated(call, data, tmp_path / "run", *arguments(server, retries=1))
    assert done.code == 0, done.err
    found = records(tmp_path / "run")
    assert len(found) == json.loads(done.out)["n"]
    assert all(record["error"] is None for record in found)
    statuses = [status for record in found for status in record["step_statuses"]]
    assert set(statuses) == {"entailed", "undecided"}
    for record in found:
        for status, reason in zip(record["step_statuses"], record["step_reasons"], strict=True):
            assert status == "entailed" or "the model could not be asked" in reason or "not read" in reason


def test_recordings_answer_without_any_server(call: Call, data: Path, trace: Path, tmp_path: Path) -> None:
    recordings = tmp_path / "calls.sqlite"
    with formalising() as server:
        with_server = [
            evaluated(call, data, tmp_path / "on", *arguments(server, "--recordings", recordings)),
            call("verify", trace, "--json", *arguments(server, "--recordings", recordings)),
        ]
    offline = ("--formalizer", "llm", "--no-mixed", "--offline", "--recordings", recordings)
    without = [evaluated(call, data, tmp_path / "off", *offline), call("verify", trace, "--json", *offline)]
    assert records(tmp_path / "off") == records(tmp_path / "on")
    assert without[1].verdict["steps"] == with_server[1].verdict["steps"]
    usage = without[1].verdict["usage"]
    assert usage["recorded_calls"] == usage["formaliser_calls"] > 0


def test_what_is_not_recorded_is_undecided_offline(call: Call, trace: Path, tmp_path: Path) -> None:
    with formalising() as server:
        call("verify", trace, "--json", *arguments(server, "--recordings", tmp_path / "calls"))
    trace.write_text(trace.read_text(encoding="utf-8").replace("Zoë", "Ida"), encoding="utf-8")
    done = call(
        "verify", trace, "--json", "--formalizer", "llm", "--no-mixed", "--offline", "--recordings", tmp_path / "calls"
    )
    assert done.code == 3, done.err
    assert done.statuses[0] == "undecided"
    assert "isn't recorded" in done.reasons[0]


def test_a_judge_of_its_own_is_recorded_beside_the_model(call: Call, trace: Path, tmp_path: Path) -> None:
    def judging(messages: list[dict[str, str]]) -> str | None:
        return "5" if "You judge" in messages[0]["content"] else reply_to(messages)

    recordings = tmp_path / "calls.sqlite"
    with formalising(script=judging) as server:
        judge = f"openai:{server.target.replace('/v1', '/v1/')}"  # the same server as another policy
        done = call("verify", trace, "--json", *arguments(server, "--recordings", recordings, "--judge", judge))
    assert done.statuses == STATUSES
    options = ("--no-mixed", "--offline", "--recordings", recordings, "--judge", judge)
    again = call("verify", trace, "--json", "--formalizer", "llm", *options)
    assert again.verdict["steps"] == done.verdict["steps"], again.err


def test_a_judge_that_is_not_there_makes_no_step_ungrounded(call: Call, trace: Path) -> None:
    with formalising() as server:
        fates(server, lambda number: None)
        ordinary = server.behaviour.fault_of
        server.behaviour.fault_of = lambda number: (
            "500" if "You judge" in server.calls[number].body["messages"][0]["content"] else ordinary(number)
        )
        judge = f"openai:{server.target}"
        done = call("verify", trace, "--json", *arguments(server, "--judge", judge, retries=0))
    assert done.statuses[0] == "undecided"
    assert "the judge didn't say" in done.reasons[0]
    assert "ungrounded" not in done.statuses

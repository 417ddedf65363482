"""A run with a language model can be recorded and repeated without it; what goes wrong costs only the step it met."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from recorded_runs import JOBS, JUDGED, Formalising, bare, jobs, judging, replies, run, step_reasons

from verisearch.errors import RecordError
from verisearch.protocols import Message, Query
from verisearch.runtime.calls import CallStore
from verisearch.runtime.pool import Pool
from verisearch.runtime.responding import PolicyResponder
from verisearch.symbolic.checker import verify_trace
from verisearch.trace import Step, Trace
from verisearch.verdict import Status, TraceStatus

QUERY = Query(task="formalise", values={"vocabulary": "", "text": "Carl is invited.", "around": "", "wrong": ""})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.sqlite"


def recorded(path: Path, policy: Formalising | None = None) -> PolicyResponder:
    return PolicyResponder(policy or Formalising(), store=CallStore(path))


def offline(path: Path, name: str = "", judge: str = "") -> PolicyResponder:
    return PolicyResponder(None, store=CallStore(path, read_only=True), name=name, judge_name=judge)


def test_a_recorded_run_repeats_offline_with_equal_verdicts_and_no_call(path: Path) -> None:
    first = recorded(path)
    found = run(first)
    first.close()
    assert [bare(result).status for result in found] == [TraceStatus.VALID] * 2
    again = offline(path)
    replayed = run(again)
    again.close()
    assert [bare(result) for result in replayed] == [bare(result) for result in found]
    for one, other in zip(found, replayed, strict=True):
        assert one.verdict is not None
        assert other.verdict is not None
        assert other.verdict.usage.recorded_calls == other.verdict.usage.formaliser_calls > 0
        assert other.verdict.usage.formaliser_calls == one.verdict.usage.formaliser_calls
        assert other.verdict.usage.formaliser_tokens == one.verdict.usage.formaliser_tokens


def test_a_recorded_run_asks_nothing_twice(path: Path) -> None:
    first = recorded(path)
    found = run(first)
    first.close()
    policy = Formalising()
    second = recorded(path, policy)
    assert [bare(result) for result in run(second)] == [bare(result) for result in found]
    second.close()
    assert policy.requests == []


def test_what_is_not_recorded_is_an_error_of_its_step(path: Path) -> None:
    with_carl = recorded(path)
    run(with_carl, jobs(JOBS[0].options, "Carl"))
    with_carl.close()
    with sqlite3.connect(path) as file:
        file.execute("delete from calls where response like '%(assert (invited carl))%'")
    carl, dora = run(offline(path))
    assert [status for status, _ in step_reasons(carl)][1] == "undecided"
    assert "isn't recorded" in step_reasons(carl)[1][1]
    assert all("isn't recorded" in reason for _, reason in step_reasons(dora))
    assert bare(dora).status is TraceStatus.UNVERIFIED


def test_a_hit_is_counted_and_the_first_is_not(path: Path) -> None:
    responder = recorded(path)
    first, second = responder.ask(QUERY), responder.ask(QUERY)
    assert (first.recorded, first.usage.recorded_calls) == (False, 0)
    assert (second.recorded, second.usage.recorded_calls) == (True, 1)
    assert first.text == second.text


def test_two_tickets_for_one_query_ask_the_model_once() -> None:
    policy = Formalising()
    responder = PolicyResponder(policy)
    tickets = [responder.submit(QUERY) for _ in range(3)]
    got = dict(responder.poll())
    assert sorted(got) == tickets
    assert len(policy.requests) == 1
    assert [got[ticket].recorded for ticket in tickets] == [False, True, True]
    assert not responder.busy


def test_a_failure_is_told_to_all_who_wait_and_asked_again_later(path: Path) -> None:
    policy = Formalising(fails=0)
    responder = recorded(path, policy)
    for _ in range(2):
        responder.submit(QUERY)
    assert [response.error for _, response in responder.poll()] == ["no reply today"] * 2
    policy.fails = None
    assert responder.ask(QUERY).error == ""
    assert len(policy.requests) == 2


@pytest.mark.parametrize("kind", ["failed", "refused"])
def test_failures_are_reported_and_not_recorded(path: Path, kind: str) -> None:
    responder = recorded(path, Formalising(fails=0, kind=kind))
    found = run(responder)
    assert responder.store is not None
    assert len(responder.store) == 0
    for result in found:
        assert bare(result).status is TraceStatus.UNVERIFIED
        reason = "the model could not be asked: no reply today"
        assert step_reasons(result) == [("undecided", reason)] * 2


def test_a_policy_that_breaks_down_costs_the_steps_it_was_needed_for(path: Path) -> None:
    responder = recorded(path, Formalising(fails=4, broken=True))
    found = run(responder, workers=1)
    assert any("the model is gone" in reason for result in found for _, reason in step_reasons(result))
    assert all(bare(result).status is TraceStatus.UNVERIFIED for result in found)
    assert responder.store is not None
    assert len(responder.store) == 4


def test_damaged_files_are_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no recorded calls"):
        CallStore(path, read_only=True)
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    for read_only in (True, False):
        with pytest.raises(RecordError, match="no file of recorded calls"):
            CallStore(path, read_only=read_only)
    with pytest.raises(RecordError, match="no file of recorded calls"):
        CallStore(tmp_path / "no" / "folder" / "calls.sqlite")
    with sqlite3.connect(tmp_path / "other.sqlite") as other:
        other.execute("create table calls (something text)")
    with pytest.raises(RecordError, match="no file of recorded calls"):
        CallStore(tmp_path / "other.sqlite", read_only=True)


def test_a_damaged_entry_is_an_error_of_its_step(path: Path) -> None:
    first = recorded(path)
    run(first)
    first.close()
    with sqlite3.connect(path) as file:
        file.execute("update calls set response = '{\"text\": 3}'")
    assert "is damaged" in offline(path).ask(QUERY).error
    for result in run(offline(path)):
        assert all(status == "undecided" for status, _ in step_reasons(result))


def test_a_file_that_loses_its_table_is_an_error_of_the_step(path: Path) -> None:
    first = recorded(path)
    run(first)
    first.close()
    again = offline(path)
    with sqlite3.connect(path) as file:
        file.execute("drop table calls")
    assert "can't be read" in again.ask(QUERY).error


def test_recordings_of_no_model_or_of_another_are_refused(path: Path) -> None:
    with pytest.raises(RecordError, match="give --recordings"):
        PolicyResponder(None)
    CallStore(path).close()
    with pytest.raises(RecordError, match="of these models: none"):
        offline(path)
    first = recorded(path)
    first.ask(QUERY)
    first.close()
    with pytest.raises(RecordError, match="of these models: scripted"):
        offline(path, "another")
    assert offline(path, "scripted@http://127.0.0.1:1/v1").ask(QUERY).error == ""


def test_a_run_that_is_killed_keeps_what_was_asked(path: Path) -> None:
    script = Path(__file__).with_name("recorded_runs.py")
    done = subprocess.run([sys.executable, script, path, "5"], check=False, timeout=120)
    assert done.returncode == 9
    with CallStore(path) as store:
        assert len(store) == 5
    policy = Formalising()
    finished = recorded(path, policy)
    found = run(finished)
    undisturbed = Formalising()
    assert [bare(result) for result in found] == [bare(result) for result in run(PolicyResponder(undisturbed))]
    assert len(policy.requests) == len(undisturbed.requests) - 5


def test_prompts_from_a_folder_make_other_calls(path: Path, tmp_path: Path) -> None:
    first = recorded(path)
    first.ask(QUERY)
    first.close()
    folder = tmp_path / "prompts"
    folder.mkdir()
    own = folder / "formalise.txt"
    shutil.copy(str(resources.files("verisearch.prompts").joinpath("formalise.txt")), own)
    policy = Formalising()
    same = PolicyResponder(policy, prompts=folder, store=CallStore(path))
    assert same.ask(QUERY).recorded  # what is asked is the same, wherever the template lies
    own.write_text(own.read_text(encoding="utf-8").replace("all of it and nothing else", "and no more"))
    other = PolicyResponder(policy, prompts=folder, store=CallStore(path))
    assert not other.ask(QUERY).recorded
    assert len(policy.requests) == 1
    assert other.all_digests()["formalise"] != first.all_digests()["formalise"]
    assert other.all_digests()["declare"] == first.all_digests()["declare"]


@pytest.mark.parametrize("at", [0, 3])
def test_a_worker_that_dies_while_it_waits_is_replaced(at: int) -> None:
    killed: list[int] = []

    def before(number: int) -> None:
        if number == at and not killed:
            killed.extend(pool.pids)
            os.kill(killed[0], signal.SIGKILL)

    policy = Formalising(before=before)
    with Pool(1, model=PolicyResponder(policy)) as pool:
        found = list(pool.run(JOBS))
    assert len(killed) == 1
    undisturbed = Formalising()
    assert [bare(result) for result in found] == [bare(result) for result in run(PolicyResponder(undisturbed))]
    assert len(policy.requests) == len(undisturbed.requests)  # what the dead one asked is not asked again


def test_a_worker_that_always_dies_at_a_query_costs_its_part() -> None:
    def before(number: int) -> None:
        os.kill(pool.pids[0], signal.SIGKILL)

    # a policy that is asked anew each time, so that each worker meets its end
    with Pool(1, model=PolicyResponder(Formalising(before=before, fails=0))) as pool:
        found = list(pool.run(JOBS))
    assert len(found) == 2
    assert all(result.error is not None or bare(result).status is TraceStatus.UNVERIFIED for result in found)


def test_two_policies_at_once_and_their_recordings(path: Path) -> None:
    judge = Formalising(judging, name="judge")
    both = PolicyResponder(Formalising(), judge=judge, store=CallStore(path))
    found = run(both, jobs(JUDGED))
    both.close()
    assert [bare(result).status for result in found] == [TraceStatus.VALID] * 2
    assert judge.requests
    assert judge.closed
    again = run(offline(path, "scripted", "judge"), jobs(JUDGED))
    assert [bare(result) for result in again] == [bare(result) for result in found]
    with pytest.raises(RecordError, match="judge, scripted"):
        offline(path)


def test_one_policy_that_fails_leaves_the_other_at_work() -> None:
    judge = Formalising(judging, name="judge", fails=0, broken=True)
    found = run(PolicyResponder(Formalising(), judge=judge), jobs(JUDGED))
    for result in found:
        assert [status for status, _ in step_reasons(result)] == ["undecided", "undecided"]
        assert result.verdict is not None
        (refused,) = result.verdict.steps[0].claims[0].refused
        assert "the judge didn't say" in refused.reason


def test_texts_that_cannot_be_sent_are_errors_of_their_step(path: Path) -> None:
    job = JOBS[0]
    strange = "Carl bakes for \ud800 Olga."
    trace = Trace(problem=job.trace.problem, steps=(Step(strange, 0, (0, len(strange))),))
    found = verify_trace(trace, job.options, model=recorded(path))
    assert found.steps[0].status is Status.UNDECIDED
    assert "could not be asked" in found.steps[0].claims[0].reason


def test_replies_with_half_characters_are_kept_and_handed_on(path: Path) -> None:
    def broken(messages: tuple[Message, ...], written: str, seed: int) -> str:
        return f"; \ud800\n{replies(messages, written, seed)}"

    found = run(recorded(path, Formalising(broken)))
    assert [bare(result).status for result in found] == [TraceStatus.VALID] * 2
    assert [bare(result) for result in run(offline(path))] == [bare(result) for result in found]

"""The pool contains whatever a worker does, and loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faulty_jobs import prove_job, verify_job

from verisearch.errors import WorkerError
from verisearch.runtime.jobs import Job, Limits, Result
from verisearch.runtime.pool import Pool
from verisearch.verdict import Status, TraceStatus

MakePool = Callable[..., Pool]


def statuses(result: Result) -> list[str]:
    assert result.verdict is not None, result.error
    return [step.status.value for step in result.verdict.steps]


def is_alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_results_come_in_the_order_given_whatever_finishes_first(faulty_pool: MakePool) -> None:
    jobs = [verify_job("slow" if n % 3 == 0 else "quick", id=f"job {n}") for n in range(9)]
    results = list(faulty_pool(2).run(jobs))
    assert [result.id for result in results] == [job.id for job in jobs]
    assert [result.index for result in results] == list(range(9))
    assert all(result.verdict is not None and result.verdict.status is TraceStatus.VALID for result in results)


def test_results_can_come_as_they_finish(faulty_pool: MakePool) -> None:
    pool = faulty_pool(2)
    list(pool.run([verify_job("warm"), verify_job("up")]))
    jobs = [verify_job("slow", "slow", "slow", id="slow")] + [verify_job("quick", id=str(n)) for n in range(5)]
    results = list(pool.run(jobs, ordered=False))
    assert results[-1].id == "slow"
    assert {result.index for result in results} == set(range(6))


def test_proofs_and_traces_mix(faulty_pool: MakePool) -> None:
    first, second = faulty_pool().run([prove_job("Bob is kind."), verify_job("Bob is kind.")])
    assert first.proof is not None
    assert first.verdict is None
    assert second.verdict is not None


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("hang", "the solver was stopped after 1 s"),
        ("hang in Python", "the solver was stopped after 1 s"),
        ("segfault", "the solver process died (signal 11)"),
        ("kill", "the solver process died (signal 9)"),
        ("exit", "the solver process died (exit code 3)"),
        ("eat", "the solver ran out of memory (limit 0.5 GiB)"),
        ("bad_alloc", "the solver ran out of memory (limit 0.5 GiB)"),
    ],
)
def test_a_fault_costs_only_the_step_it_happens_at(faulty_pool: MakePool, deed: str, reason: str) -> None:
    pool = faulty_pool(seconds=1 if "hang" in deed else 10, memory=512 * 1024**2)
    before, hit, after = pool.run([verify_job("fine"), verify_job("a", deed, "b", answer="True"), verify_job("fine")])
    assert statuses(before) == statuses(after) == ["entailed"]
    assert statuses(hit) == ["entailed", "undecided", "entailed"]
    assert hit.skipped == {1: reason}
    assert hit.verdict is not None
    assert hit.verdict.steps[1].reason == reason
    assert hit.verdict.answer is not None
    assert hit.verdict.answer.claim.status is Status.ENTAILED
    assert hit.verdict.status is TraceStatus.UNVERIFIED


def test_a_fault_in_the_answer_costs_only_the_answer(faulty_pool: MakePool) -> None:
    (result,) = faulty_pool().run([verify_job("a", "b", answer="segfault")])
    assert statuses(result) == ["entailed", "entailed"]
    assert result.verdict is not None
    assert result.verdict.answer is not None
    assert result.verdict.answer.claim.status is Status.UNDECIDED


def test_several_faults_in_one_trace_cost_a_step_each(faulty_pool: MakePool) -> None:
    (result,) = faulty_pool().run([verify_job("segfault", "a", "hang", "b")])
    assert statuses(result) == ["undecided", "entailed", "undecided", "entailed"]


def test_a_worker_killed_from_outside_costs_nothing(
    faulty_pool: MakePool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FAULTY_MARK", str(tmp_path / "mark"))
    (result,) = faulty_pool().run([verify_job("a", "once", "b")])
    assert statuses(result) == ["entailed"] * 3
    assert result.skipped == {}


def test_a_worker_killed_between_jobs_is_replaced(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    list(pool.run([verify_job("a")]))
    (pid,) = pool.pids
    os.kill(pid, signal.SIGKILL)
    assert wait_for(lambda: not is_alive(pid))
    (result,) = pool.run([verify_job("b")])
    assert statuses(result) == ["entailed"]
    assert pool.pids != [pid]


@pytest.mark.parametrize("deed", ["segfault", "hang", "eat"])
def test_a_fault_in_the_context_is_an_error_and_the_batch_goes_on(faulty_pool: MakePool, deed: str) -> None:
    pool = faulty_pool(seconds=1 if deed == "hang" else 10, memory=512 * 1024**2)
    first, second = pool.run([verify_job("a", context=deed, id="bad"), verify_job("b", id="good")])
    assert first.error is not None
    assert first.error.kind == "WorkerError"
    assert first.error.message.startswith("the context: the solver ")
    assert statuses(second) == ["entailed"]


def test_a_job_that_fails_too_often_is_given_up(faulty_pool: MakePool) -> None:
    first, second = faulty_pool(failures=3).run([verify_job("kill", "kill", "kill"), verify_job("a")])
    assert first.error is not None
    assert first.error.message == ("given up after 3 failures, the last at step 2: the solver process died (signal 9)")
    assert statuses(second) == ["entailed"]


def test_an_error_raised_on_purpose_is_the_result(faulty_pool: MakePool) -> None:
    first, second = faulty_pool().run([verify_job("signature"), verify_job("a")])
    assert first.error is not None
    assert (first.error.kind, first.error.message) == ("SignatureError", "kind is used with two arities")
    assert statuses(second) == ["entailed"]


def test_an_unexpected_error_names_its_kind_and_place(faulty_pool: MakePool) -> None:
    first, second = faulty_pool().run([verify_job("bug"), verify_job("a")])
    assert first.error is not None
    assert first.error.kind == "ZeroDivisionError"
    assert "a slip of the pen (faulty_worker.py:" in first.error.message
    assert statuses(second) == ["entailed"]


def test_what_a_solver_prints_does_not_disturb_the_messages(faulty_pool: MakePool) -> None:
    (result,) = faulty_pool().run([verify_job("chatter", "a", "chatter")])
    assert statuses(result) == ["entailed"] * 3


def test_text_that_can_not_be_sent_is_an_error_of_its_job(faulty_pool: MakePool) -> None:
    first, second = faulty_pool().run([verify_job("lone \ud800 surrogate"), verify_job("a")])
    assert first.error is not None
    assert first.error.kind == "InputError"
    assert statuses(second) == ["entailed"]


def test_large_jobs_pass(faulty_pool: MakePool) -> None:
    text = "x" * 3_000_000
    (result,) = faulty_pool(seconds=20).run([verify_job(text, text)])
    assert result.verdict is not None
    assert result.verdict.steps[1].step.text == text


def test_a_worker_that_can_not_start_stops_the_batch_with_its_words(
    faulty_pool: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULTY_START", "fail")
    with pytest.raises(WorkerError, match="no such solver"):
        list(faulty_pool().run([verify_job("a")]))


def test_jobs_are_taken_no_further_ahead_than_allowed(faulty_pool: MakePool) -> None:
    taken = 0

    def jobs() -> Iterator[Job]:
        nonlocal taken
        for n in range(40):
            taken += 1
            yield verify_job("a", id=str(n))

    for given, _ in enumerate(faulty_pool(2, ahead=4).run(jobs())):
        assert taken <= given + 4


def test_workers_are_replaced_after_their_number_of_jobs(faulty_pool: MakePool) -> None:
    results = list(faulty_pool(jobs=2).run([verify_job("a") for _ in range(6)]))
    pids = [result.verdict.steps[0].reason for result in results if result.verdict is not None]
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4] == pids[5]


def test_a_reader_that_pauses_longer_than_the_guard_loses_nothing(faulty_pool: MakePool) -> None:
    results = faulty_pool(2, seconds=0.5).run([verify_job("slow", "slow", "slow") for _ in range(4)])
    first = next(results)
    time.sleep(1.2)
    assert [statuses(result) for result in [first, *results]] == [["entailed"] * 3] * 4


def test_leaving_the_iteration_ends_the_jobs_under_way(faulty_pool: MakePool) -> None:
    pool = faulty_pool(2, seconds=60)
    results = pool.run([verify_job("a"), verify_job("hang"), verify_job("b")])
    next(results)
    results.close()
    assert [statuses(result) for result in pool.run([verify_job("c")])] == [["entailed"]]


def test_a_second_batch_at_the_same_time_is_refused(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    first = pool.run([verify_job("a"), verify_job("b")])
    next(first)
    with pytest.raises(WorkerError, match="another batch"):
        next(pool.run([verify_job("c")]))
    assert len(list(first)) == 1


def test_a_pool_works_in_a_thread(faulty_pool: MakePool) -> None:
    found: list[list[str]] = []

    def work() -> None:
        found.extend(statuses(result) for result in faulty_pool(2).run([verify_job("a", "hang"), verify_job("b")]))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    assert found == [["entailed", "undecided"], ["entailed"]]


def test_close_ends_all_workers_and_what_they_started(
    faulty_pool: MakePool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    monkeypatch.setenv("FAULTY_PID_FILE", str(pid_file))
    pool = faulty_pool(seconds=60)
    raised: list[BaseException] = []

    def work() -> None:
        try:
            list(pool.run([verify_job("spawn")]))
        except WorkerError as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert wait_for(lambda: pid_file.exists() and pid_file.read_text() != "")
    processes = [int(pid_file.read_text()), *pool.pids]
    assert len(processes) == 2
    assert all(is_alive(pid) for pid in processes)
    pool.close()
    thread.join(5)
    assert wait_for(lambda: not any(is_alive(pid) for pid in processes))
    assert "closed while a batch was running" in str(raised[0])


SCRIPT = """
    import sys
    sys.path.insert(0, {folder!r})
    from conftest import COMMAND
    from faulty_jobs import verify_job
    from verisearch.runtime.jobs import Limits
    from verisearch.runtime.pool import Pool

    pool = Pool(2, limits=Limits(seconds=2), command=COMMAND)
    results = pool.run([verify_job("a"), verify_job("b"), verify_job({deed!r}), verify_job({deed!r})])
    next(results), next(results)
    print(*pool.pids, flush=True)
    for result in results:
        print(result, flush=True)
"""


def run_script(deed: str) -> tuple[subprocess.Popen[str], list[int]]:
    """A process with a pool whose two workers are busy with ``deed``, and their ids."""
    script = textwrap.dedent(SCRIPT).format(folder=str(Path(__file__).parent), deed=deed)
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    pids = [int(word) for word in process.stdout.readline().split()]
    assert len(pids) == 2
    return process, pids


def test_an_interrupt_ends_the_workers_at_once() -> None:
    process, pids = run_script("hang in Python")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=5)
    assert "KeyboardInterrupt" in errors
    assert not any(is_alive(pid) for pid in pids)


def test_no_worker_outlives_a_killed_process() -> None:
    process, pids = run_script("hang in Python")
    time.sleep(0.3)
    process.kill()
    process.communicate(timeout=5)
    assert wait_for(lambda: not any(is_alive(pid) for pid in pids), 3)


def test_no_worker_that_holds_the_interpreter_outlives_a_killed_process_for_long() -> None:
    process, pids = run_script("hang")
    time.sleep(0.3)
    process.kill()
    process.communicate(timeout=5)
    assert wait_for(lambda: not any(is_alive(pid) for pid in pids), 12)


def test_the_default_command_needs_no_main_guard(tmp_path: Path) -> None:
    """A module of the same name in the folder a script runs in is not picked up by the workers."""
    (tmp_path / "queue.py").write_text("raise SystemExit('the wrong queue')")
    script = tmp_path / "scripts" / "no_guard.py"
    script.parent.mkdir()
    script.write_text(
        "from verisearch.runtime.jobs import VerifyJob\n"
        "from verisearch.runtime.pool import run_one\n"
        "from verisearch.trace import Problem, Trace\n"
        "print(run_one(VerifyJob(id='it', trace=Trace(problem=Problem()))))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert "id='it'" in done.stdout, done.stderr


def test_limits_have_the_documented_defaults() -> None:
    assert (Limits().seconds, Limits().memory) == (30.0, 4 * 1024**3)

"""Runs that are killed, and command lines that can't work."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from servers import START, about, arguments, fates, formalising, records, row_trace, stored, world_rows
from stub_server import StubServer
from worlds import write_lines


def evaluation(server: StubServer, data: Path, out: Path, recordings: Path, *more: str) -> list[str]:
    command = [*START, "eval", "proofwriter", "--data", str(data), "--mode", "verify", "--out", str(out), "--json"]
    return [*command, "--workers", "2", *arguments(server, "--recordings", recordings), *more]


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("after", [3, 20, 45])
def test_a_killed_run_goes_on_and_asks_nothing_again(tmp_path: Path, after: int) -> None:
    data = write_lines(tmp_path / "data.jsonl", world_rows(8))
    with formalising() as server:
        calm = run(evaluation(server, data, tmp_path / "calm", tmp_path / "calm.sqlite"))
        assert calm.returncode == 0, calm.stderr
        every = len(about(server))
        server.forget()
        recordings = tmp_path / "calls.sqlite"
        fates(server, lambda number: "slow:600" if number >= after else None)  # and there it hangs
        process = subprocess.Popen(evaluation(server, data, tmp_path / "run", recordings), stdout=subprocess.DEVNULL)
        while len(about(server)) <= after:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        process.wait()
        answered = stored(recordings)
        assert after - 2 <= answered <= after
        server.forget()
        server.behaviour.fault_of = lambda number: None
        again = run(evaluation(server, data, tmp_path / "run", recordings, "--resume"))
        assert again.returncode == 0, again.stderr
        assert len(about(server)) == every - answered, "no call that was answered is made again"
    assert records(tmp_path / "run") == records(tmp_path / "calm")
    assert json.loads(again.stdout)["n"] == len(records(tmp_path / "run"))
    assert stored(recordings) == stored(tmp_path / "calm.sqlite")
    assert max(Counter(record["id"] for record in records(tmp_path / "run")).values()) == 1


def test_recordings_of_a_run_that_was_killed_while_writing_can_be_read(tmp_path: Path) -> None:
    """The journal that is left over is played back first, though nothing is to be written."""
    script = (
        "import os, signal, sqlite3, sys; from verisearch.runtime.calls import CallStore;"
        "from verisearch.protocols import Response; store = CallStore(sys.argv[1]);"
        "store.keep('one', {'task': 'formalise'}, Response(text='a', model='m'));"
        "file = sqlite3.connect(sys.argv[1], isolation_level=None); file.execute('pragma cache_size = 1');"
        "file.execute('begin'); [file.execute('insert into calls values (?, ?, ?, ?, ?)', (str(k), 'm', 't', 'x' * 5000"
        ", 'y')) for k in range(200)]; os.kill(os.getpid(), signal.SIGKILL)"
    )
    path = tmp_path / "calls.sqlite"
    assert run([sys.executable, "-c", script, str(path)]).returncode == -signal.SIGKILL
    assert (tmp_path / "calls.sqlite-journal").exists()
    assert stored(path) == 1


def test_an_interrupt_ends_the_wait_for_a_model(tmp_path: Path) -> None:
    data = write_lines(tmp_path / "data.jsonl", world_rows(2))
    with formalising() as server:
        fates(server, lambda number: "slow:600")
        command = evaluation(server, data, tmp_path / "run", tmp_path / "calls.sqlite")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not about(server):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_on_a_terminal_the_calls_are_counted_while_they_are_waited_for(tmp_path: Path) -> None:
    main, side = pty.openpty()
    drawn: list[bytes] = []

    def read() -> None:
        # The other end's closing ends a terminal with an error on Linux, with nothing elsewhere.
        with suppress(OSError):
            while piece := os.read(main, 1 << 12):
                drawn.append(piece)

    reader = threading.Thread(target=read)
    reader.start()
    with formalising() as server:
        fates(server, lambda number: "slow:0.5" if number == 8 else None)
        command = [*START, "verify", str(row_trace(tmp_path)), "--json", *arguments(server)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=side, env={**os.environ, "TERM": "xterm"})
    os.close(side)
    reader.join(10)
    os.close(main)
    assert json.loads(done.stdout)["usage"]["formaliser_calls"] == len(about(server))
    assert "8 model calls, 1 waited for" in b"".join(drawn).decode()


# --- what can't work ------------------------------------------------------------------------------------------------

NOBODY = "openai:model@http://127.0.0.1:9/v1"
TEMPLATE = "[system]\nTranslate.\n[user]\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--formalizer-policy", "nonsense:model"], "no policy named 'nonsense'"),
        (["--formalizer-policy", "openai:model"], "write openai:MODEL@URL"),
        (["--formalizer-policy", "openai:model@nowhere"], "should look like http://127.0.0.1:8000/v1"),
        (["--formalizer-policy", NOBODY], "http://127.0.0.1:9/v1 can't be reached"),
        (["--formalizer-policy", NOBODY, "--formalizer-set", "timeout"], "write NAME=VALUE, as in timeout=60"),
        (["--formalizer-policy", NOBODY, "--formalizer-set", "hurry=yes"], "unexpected keyword argument 'hurry'"),
        (["--formalizer-policy", NOBODY, "--formalizer-set", "timeout=soon"], "timeout: 'soon': expected `float`"),
        (["--formalizer-policy", NOBODY, "--formalizer-set", "retries=-1"], "retries: -1 should be 0 or more"),
        ([], "--formalizer llm needs a model"),
        (["--offline"], "--offline needs --recordings FILE"),
        (["--offline", "--recordings", "{tmp}/none.sqlite"], "there are no recorded calls"),
        (["--offline", "--recordings", "{tmp}/text.sqlite"], "this is no file of recorded calls"),
        (["--formalizer-policy", NOBODY, "--recordings", "{tmp}/text.sqlite"], "this is no file of recorded calls"),
        (["--formalizer-policy", NOBODY, "--recordings", "{tmp}/no/calls.sqlite"], "this is no file of recorded calls"),
        (["--formalizer-policy", "{server}", "--prompts", "{tmp}/unclosed"], "formalise.txt: unexpected"),
        (["--formalizer-policy", "{server}", "--prompts", "{tmp}/misspelt"], "'txet' is not known there"),
        (["--formalizer-policy", "{server}", "--prompts", "{tmp}/unasked"], "no turn to answer"),
        (["--formalizer-policy", "{server}", "--prompts", "{tmp}/headless"], "is no 'key: JSON value'"),
        (["--formalizer-policy", "{server}", "--prompts", "{tmp}/absent"], "absent"),
        (["--formalizer-policy", "{server}", "--closed-world"], "it goes with"),
        (["--formalizer-policy", "{server}", "--logic", "closed-world"], "it goes with"),
        (["--formalizer-policy", "{server}", "--judge", "openai:judge@{url}"], "The model 'judge' does not exist"),
        (["--formalizer-policy", "openai:other@{url}"], "it serves: stub-model"),
    ],
)
@pytest.mark.parametrize("command", ["verify", "eval"])
def test_what_cannot_work_is_told_in_a_line(tmp_path: Path, command: str, options: list[str], words: str) -> None:
    (tmp_path / "text.sqlite").write_text("no database, but long enough to be read as one " * 40)
    texts = {"unclosed": "{{ text", "misspelt": "{{ txet }}", "headless": "{{ text }}"}
    for name, text in texts.items():
        (tmp_path / name).mkdir()
        head = "max_tokens 4\n---\n" if name == "headless" else ""
        (tmp_path / name / "formalise.txt").write_text(head + TEMPLATE + text)
    (tmp_path / "unasked").mkdir()
    (tmp_path / "unasked" / "declare.txt").write_text("Translate.")
    data = write_lines(tmp_path / "data.jsonl", world_rows(2))
    with formalising() as server:
        places = {"tmp": tmp_path, "server": f"openai:{server.target}", "url": server.target.partition("@")[2]}
        given = [option.format(**places) for option in options]
        out = ["--data", str(data), "--mode", "verify", "--out", str(tmp_path / "run"), "--workers", "1"]
        begun = ["verify", str(row_trace(tmp_path))] if command == "verify" else ["eval", "proofwriter", *out]
        done = run([*START, *begun, "--formalizer", "llm", *given])
    assert done.returncode == 2, done.stdout + done.stderr
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert about(server) == []
    assert not (tmp_path / "run" / "records.jsonl").exists()


@pytest.mark.parametrize(
    "option", [["--recordings", "x"], ["--offline"], ["--formalizer-policy", "x"], ["--formalizer-set", "timeout=3"]]
)
def test_options_of_a_model_are_refused_where_none_formalises(tmp_path: Path, option: list[str]) -> None:
    done = run([*START, "verify", str(row_trace(tmp_path)), *option])
    assert done.returncode == 2
    assert f"{option[0]} goes with --formalizer llm" in done.stderr

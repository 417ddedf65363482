"""``verisearch eval`` as people call it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from faults import install
from worlds import rows, write_lines

from verisearch import cli

START = [sys.executable, "-c", "from verisearch.cli import main; main()", "eval"]


class Outcome:
    """What a command wrote, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Calls ``verisearch eval`` with the given arguments, in this process."""

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["verisearch", "eval", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return Outcome(code, *capfd.readouterr())

    return run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "data.jsonl", rows(6))


def test_prove_prints_a_table_and_writes_records(call, data: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = call("proofwriter", "--data", data, "--mode", "prove", "--out", tmp_path / "run", "--workers", 1)
    assert done.code == 0, done.err
    assert "logic: rules" in done.out
    assert "100.0 %" in done.out
    assert done.err == ""
    assert "\x1b" not in done.out
    assert len((tmp_path / "run" / "records.jsonl").read_text().splitlines()) == 6


def test_verify_prints_vericots_figures(call, data: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = call("proofwriter", "--data", data, "--mode", "verify", "--out", tmp_path / "run", "--workers", 1)
    assert done.code == 0, done.err
    for words in ("Pass rate", "Precision", "VCAR", "leaps ≤ 1", "entailed 16", "without a trace"):
        assert words in done.out


def test_json_prints_the_summary(call, data: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = call(
        "proofwriter", "--data", data, "--mode", "verify", "--out", tmp_path / "run", "--json",
        "--max-leap", "any", "--logic", "classical", "--solver", "cvc5", "--workers", 2,
    )  # fmt: skip
    assert done.code == 0, done.err
    summary = json.loads(done.out)
    assert summary == json.loads((tmp_path / "run" / "summary.json").read_text())
    assert (summary["n"], summary["accuracy"], summary["pass_rate"], summary["vcar"]) == (4, 1.0, 1.0, 1.0)
    assert (summary["logic"], summary["max_leap"], summary["solver"]) == ("classical", None, "cvc5")


def test_each_data_set_brings_its_reading_of_rules(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    row = {"id": "a", "context": "The fox is calm. All calm animals are shy.", "statement": "The fox is loud."}
    path = write_lines(tmp_path / "data.jsonl", [{**row, "label": "False"}])
    done = call("pararule", "--data", path, "--mode", "prove", "--out", tmp_path / "run", "--json", "--workers", 1)
    assert done.code == 0, done.err
    summary = json.loads(done.out)
    assert (summary["logic"], summary["solver"], summary["accuracy"]) == ("closed-world", "clingo", 1.0)


def test_errors_of_rows_are_listed_and_the_exit_code_is_0(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "data.jsonl"
    path.write_text("{\n" * 7 + json.dumps(rows(1)[0]) + "\n")
    done = call("proofwriter", "--data", path, "--mode", "prove", "--out", tmp_path / "run", "--workers", 1)
    assert done.code == 0, done.err
    assert "line 1: TraceError: " in done.out
    assert "and 2 more errors" in done.out
    assert "TraceError 7" in done.out


def test_an_existing_run_is_refused_and_resumed(call, data: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    arguments = ("proofwriter", "--data", data, "--mode", "prove", "--out", tmp_path / "run", "--workers", 1)
    first = call(*arguments)
    again = call(*arguments)
    assert again.code == 2
    assert "--resume" in again.err
    resumed = call(*arguments, "--resume")
    assert (resumed.code, resumed.out) == (0, first.out)
    other = call(*arguments, "--resume", "--logic", "classical")
    assert other.code == 2
    assert 'options.logic was "rules", now "classical"' in other.err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["--mode", "guess"], "guess"),
        (["--seed", "3"], "--limit"),
        (["--limit", "0"], "--limit"),
        (["--max-leap", "far"], "neither a number nor 'any'"),
        (["--solver", "abacus"], "no solver named 'abacus'; installed: clingo, cvc5, z3"),
        (["--data", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--problems", "nowhere.jsonl", "--data", "{chains}"], "nowhere.jsonl"),
        (["--logic", "fuzzy"], "fuzzy"),
    ],
)
def test_errors_of_usage_exit_with_2(  # type: ignore[no-untyped-def]
    call, data: Path, tmp_path: Path, change: list[str], words: str
) -> None:
    chains = write_lines(tmp_path / "chains.jsonl", [{"id": "a", "problem_id": "b", "cot": "Ada is tall."}])
    given = {"--data": str(data), "--mode": "prove", "--out": str(tmp_path / "run")}
    given |= dict(zip(change[::2], change[1::2], strict=True))
    arguments = [word.format(chains=chains) for pair in given.items() for word in pair]
    done = call("proofwriter", *arguments, "--workers", 1)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert "Traceback" not in done.err


def test_an_unknown_data_set_is_refused_with_the_known_ones(call, data: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = call("triviaqa", "--data", data, "--mode", "prove", "--out", tmp_path / "run")
    assert done.code == 2
    assert "no dataset named 'triviaqa'; installed: addsub, aqua, " in done.err
    for known in ("entailmentbank", "folio", "gsm8k", "math", "processbench", "proofwriter", "svamp"):
        assert f" {known}" in done.err
    assert not (tmp_path / "run").exists()


def test_help_shows_examples(call) -> None:  # type: ignore[no-untyped-def]
    done = call("--help")
    assert done.code == 0
    assert "verisearch eval proofwriter --data dev.jsonl --mode prove" in done.out
    assert "gold formulas" in done.out


def test_an_interrupt_keeps_the_records_and_leaves_no_worker(tmp_path: Path) -> None:
    install(tmp_path / "site")
    slow = rows(4)
    slow[1]["gold_reason"] = "Ada is sleepy. " + slow[1]["gold_reason"]
    path = write_lines(tmp_path / "data.jsonl", slow)
    arguments = ["proofwriter", "--data", str(path), "--mode", "verify", "--out", str(tmp_path / "run")]
    arguments += ["--workers", "1", "--solver", "faulty", "--timeout", "600"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    process = subprocess.Popen(START + arguments, stderr=subprocess.PIPE, text=True, env=environment)
    records = tmp_path / "run" / "records.jsonl"
    while not records.exists() or not records.read_text().endswith("\n"):
        assert process.poll() is None
        time.sleep(0.02)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 1
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "go on with --resume" in err
    assert "Traceback" not in err
    assert not Path(f"/proc/{children[0]}").exists()
    assert len(records.read_text().splitlines()) == 1


def test_a_progress_bar_is_drawn_on_a_terminal_only(data: Path, tmp_path: Path) -> None:
    main, side = pty.openpty()
    drawn: list[bytes] = []

    def read() -> None:
        # The other end's closing ends a terminal with an error on Linux, with nothing elsewhere.
        with contextlib.suppress(OSError):
            while piece := os.read(main, 1 << 12):
                drawn.append(piece)

    reader = threading.Thread(target=read)
    reader.start()
    arguments = ["proofwriter", "--data", str(data), "--mode", "prove", "--out", str(tmp_path / "run"), "--json"]
    done = subprocess.run(
        START + arguments, stdout=subprocess.PIPE, stderr=side, env={**os.environ, "TERM": "xterm"}, timeout=60
    )
    os.close(side)
    reader.join(10)
    os.close(main)
    assert "proofwriter prove" in b"".join(drawn).decode()
    assert json.loads(done.stdout)["accuracy"] == 1.0


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "file", "mode", "expected"),
    [
        ("proofwriter", "proofwriter_owa_d5_test", "prove", {"accuracy": 1.0}),
        ("proofwriter", "proofwriter_owa_d5_test", "verify", {"vcar": 1.0, "verified_vcar": 1.0}),
        ("prontoqa", "prontoqa_5hop_fictional", "prove", {"accuracy": 1.0}),
        ("prontoqa", "prontoqa_3hop_fictional", "verify", {"vcar": 1.0, "verified_vcar": 1.0}),
        ("pararule", "pararule_plus_cwa_test", "prove", {"accuracy": 1.0}),
    ],
)
def test_gold_labels_and_chains_are_reproduced(  # type: ignore[no-untyped-def]
    call, data_dir: Path, tmp_path: Path, name: str, file: str, mode: str, expected: dict[str, float]
) -> None:
    path = data_dir / "logic" / f"{file}.jsonl"
    done = call(
        name, "--data", path, "--mode", mode, "--out", tmp_path / "run", "--json", "--limit", 40, "--seed", 5,
        "--workers", 1,
    )  # fmt: skip
    summary = json.loads(done.out)
    assert summary["errors"] == 0
    assert {field: summary[field] for field in expected} == expected

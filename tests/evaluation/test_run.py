"""Runs: what is recorded, what a fault costs, and that a kill costs nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faults import FAULTY, plug_in
from worlds import rows, write_lines

from verisearch.errors import MissingExtraError, RecordError, TraceError
from verisearch.evaluation.datasets import Folio, Pararule, ProofWriter
from verisearch.evaluation.record import Record
from verisearch.evaluation.run import Plan, Report, run
from verisearch.protocols import DataSet, Item
from verisearch.runtime.jobs import Limits
from verisearch.runtime.pool import Pool
from verisearch.runtime.records import read_records
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import TraceStatus


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as made:
        yield made


def plan(path: Path, data_set: DataSet | None = None, **more: Any) -> Plan:
    kind = data_set or ProofWriter()
    options = CheckOptions(
        logic=getattr(kind, "logic", "rules"), max_leap=1, generic_nouns=getattr(kind, "generic_nouns", ())
    )
    fields: dict[str, Any] = {"data_set": kind.name, "source": str(path), "mode": "prove", "options": options, **more}
    return Plan(**fields)


def records(folder: Path) -> list[Record]:
    return list(read_records(folder / "records.jsonl", Record))


def do(path: Path, pool: Pool, data_set: DataSet | None = None, resume: bool = False, **more: Any) -> Report:
    kind = data_set or ProofWriter()
    return run(plan(path, kind, **more), kind, path.parent / "run", pool=pool, resume=resume)


def test_problems_are_proved_and_recorded_in_order(tmp_path: Path, pool: Pool) -> None:
    report = do(write_lines(tmp_path / "data.jsonl", rows(9)), pool)
    found = records(tmp_path / "run")
    assert [record.id for record in found] == [f"world-{number}" for number in range(9)]
    assert [record.index for record in found] == list(range(9))
    assert [record.predicted for record in found] == ["True", "False", "Unknown"] * 3
    assert all(record.correct and record.error is None for record in found)
    assert found[0].depth == 2
    assert found[0].trace_status is found[0].step_statuses is None
    assert report.figures.accuracy == 1.0
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert {"n", "accuracy", "pass_rate", "precision", "vcar", "errors", "intervals"} <= summary.keys()
    assert (summary["n"], summary["accuracy"], summary["errors"], summary["rows"]) == (9, 1.0, 0, 9)
    assert summary["sentences_read"] == summary["sentences"] == 27


def test_recorded_chains_are_verified(tmp_path: Path, pool: Pool) -> None:
    chains = rows(6)
    chains[1]["gold_reason"] = chains[1]["gold_reason"].replace("So ", "So it is not true that ")
    report = do(write_lines(tmp_path / "data.jsonl", chains), pool, mode="verify")
    found = records(tmp_path / "run")
    assert [record.id for record in found] == ["world-0", "world-1", "world-3", "world-4"]
    assert [record.trace_status for record in found].count(TraceStatus.VALID) == 3
    assert found[0].step_statuses is not None
    assert [status.value for status in found[0].step_statuses] == ["entailed"] * 4
    assert found[0].step_leaps == [0, 0, 1, 0]
    assert found[0].verified is True
    assert found[1].trace_status is not TraceStatus.VALID
    assert (report.rows, report.rows_without_trace) == (6, 2)
    assert (report.figures.pass_rate, report.figures.vcar, report.figures.accuracy) == (0.75, 0.75, 1.0)


def test_records_hold_no_figure_that_two_runs_would_not_share(tmp_path: Path, pool: Pool) -> None:
    do(write_lines(tmp_path / "data.jsonl", rows(3)), pool)
    text = (tmp_path / "run" / "records.jsonl").read_text()
    assert "seconds" not in text
    timings = [json.loads(line) for line in (tmp_path / "run" / "timings.jsonl").read_text().split("\n") if line]
    assert [timing["index"] for timing in timings] == [0, 1, 2]
    assert all(timing["seconds"] > 0 for timing in timings)


def test_malformed_rows_are_records_with_an_error(tmp_path: Path, pool: Pool) -> None:
    path = tmp_path / "data.jsonl"
    good = [json.dumps(row) for row in rows(4)]
    bad = json.dumps({**rows(1)[0], "id": "odd", "context": 5})
    path.write_text("\n".join(["{", good[0], "[]", bad, good[1], good[2], good[3], '{"id": 1}']) + "\n")
    report = do(path, pool)
    found = records(tmp_path / "run")
    assert [record.id for record in found] == [
        "line 1", "world-0", "line 3", "line 4 (context)", "world-1", "world-2", "world-3", "line 8",
    ]  # fmt: skip
    assert [record.index for record in found] == list(range(8))
    assert [record.error is None for record in found] == [False, True, False, False, True, True, True, False]
    assert f"{path}:4: context: should be a text" in (found[3].error or "")
    assert (report.figures.n, report.figures.errors, report.figures.accuracy) == (8, 4, 0.5)
    assert report.figures.error_kinds == {"TraceError": 4}


def test_pararule_counts_what_does_not_follow_as_false(tmp_path: Path, pool: Pool) -> None:
    context = "The wolf is tall. If something is not calm then it is loud. All loud animals are shy."
    statements = {"The wolf is shy.": "True", "The wolf is calm.": "False", "The wolf is neat.": "False"}
    data = [
        {"id": str(n), "context": context, "statement": statement, "label": label}
        for n, (statement, label) in enumerate(statements.items())
    ]
    do(write_lines(tmp_path / "data.jsonl", data), pool, Pararule())
    assert [record.predicted for record in records(tmp_path / "run")] == ["True", "False", "False"]


FOLIO = {
    "premises": ["All daxes are tall.", "Rex is a dax."],
    "premises-FOL": ["∀x (Dax(x) → Tall(x))", "Dax(rex)"],
    "conclusion": "Rex is tall.",
}


def test_folio_is_proved_from_its_formulas(tmp_path: Path, pool: Pool) -> None:
    data = [
        {**FOLIO, "id": "a", "conclusion-FOL": "Tall(rex)", "label": "True"},
        {**FOLIO, "id": "b", "conclusion-FOL": "¬Tall(rex)", "label": "False"},
        {**FOLIO, "id": "c", "conclusion-FOL": "Tall(max) ⊕ Dax(max)", "label": "Uncertain"},
        {**FOLIO, "id": "d", "conclusion-FOL": "Tall(rex", "label": "True"},
        {**FOLIO, "id": "e", "conclusion-FOL": "Dax(rex, rex)", "label": "True"},
    ]
    report = do(write_lines(tmp_path / "data.jsonl", data), pool, Folio())
    found = records(tmp_path / "run")
    assert [record.predicted for record in found] == ["True", "False", "Unknown", None, None]
    assert "the gold formula of the conclusion can't be read" in (found[3].error or "")
    assert [record.error_kind for record in found[3:]] == ["ParseError", "ParseError"]
    assert report.figures.error_kinds == {"ParseError": 2}


def test_limit_takes_the_first_rows_and_a_seed_takes_any(tmp_path: Path, pool: Pool) -> None:
    path = write_lines(tmp_path / "data.jsonl", rows(20))
    kind = ProofWriter()
    drawn = []
    for name, more in (("first", {}), ("one", {"seed": 1}), ("again", {"seed": 1}), ("other", {"seed": 2})):
        report = run(plan(path, limit=5, **more), kind, tmp_path / name, pool=pool)
        assert report.rows == report.figures.n == 5
        drawn.append([int(record.id.removeprefix("world-")) for record in records(tmp_path / name)])
    assert drawn[0] == [0, 1, 2, 3, 4]
    assert drawn[1] == drawn[2] == sorted(drawn[1])
    assert drawn[1] != drawn[3]
    assert run(plan(path, limit=50, seed=1), kind, tmp_path / "all", pool=pool).figures.n == 20


def test_resuming_a_finished_run_changes_nothing(tmp_path: Path, pool: Pool) -> None:
    path = write_lines(tmp_path / "data.jsonl", rows(4))
    first = do(path, pool)
    before = (tmp_path / "run" / "records.jsonl").read_bytes()
    assert do(path, pool, resume=True) == first
    assert (tmp_path / "run" / "records.jsonl").read_bytes() == before


def test_resuming_with_other_data_or_options_is_refused(tmp_path: Path, pool: Pool) -> None:
    path = write_lines(tmp_path / "data.jsonl", rows(4))
    do(path, pool)
    with pytest.raises(RecordError, match='mode was "prove", now "verify"'):
        do(path, pool, resume=True, mode="verify")
    with pytest.raises(RecordError, match="limit was not set, now 2"):
        do(path, pool, resume=True, limit=2)
    write_lines(path, rows(5))
    with pytest.raises(RecordError, match="sha256 was "):
        do(path, pool, resume=True)


def test_a_data_set_that_can_not_go_on_after_an_error_ends_the_run_aloud(tmp_path: Path, pool: Pool) -> None:
    class Fragile:
        name = "fragile"

        def load(self, source: str) -> Iterator[Item]:
            yield next(ProofWriter().load(source))
            raise TraceError("broken", file=source, line=2)

    path = write_lines(tmp_path / "data.jsonl", rows(3))
    with pytest.raises(TraceError, match="broken"):
        do(path, pool, Fragile())


def test_a_missing_plug_in_ends_the_run_instead_of_failing_every_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug_in(tmp_path / "site", monkeypatch, "import no_such_package\n")
    path = write_lines(tmp_path / "data.jsonl", rows(3))
    with Pool(1) as pool, pytest.raises(MissingExtraError, match="no_such_package"):
        do(path, pool, options=CheckOptions(solver="faulty"))
    assert records(tmp_path / "run") == []


# --- faults in a solver ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("sleepy", "the solver was stopped after 2 s"),
        ("deadly", "the solver process died (signal 11)"),
        ("greedy", "the solver ran out of memory (limit 0.25 GiB)"),
    ],
)
def test_a_solver_that_fails_costs_one_step_and_the_batch_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, reason: str
) -> None:
    plug_in(tmp_path / "site", monkeypatch, FAULTY)
    data = rows(4)
    name = data[1]["gold_reason"].split()[0]
    data[1]["gold_reason"] = f"{name} is {word}. " + data[1]["gold_reason"]
    limits = Limits(seconds=2 if word == "sleepy" else 30, memory=256 * 1024**2)
    with Pool(1, limits=limits) as pool:
        options = CheckOptions(solver="faulty", max_leap=1)
        do(write_lines(tmp_path / "data.jsonl", data), pool, mode="verify", options=options, limits=limits)
    first, hit, last = records(tmp_path / "run")
    assert first.trace_status is last.trace_status is TraceStatus.VALID
    assert hit.step_statuses is not None
    assert [status.value for status in hit.step_statuses] == ["undecided"] + ["entailed"] * 4
    assert hit.step_reasons is not None
    assert hit.step_reasons[0] == reason
    assert hit.trace_status is TraceStatus.UNVERIFIED
    assert hit.error is None


def test_a_context_that_kills_the_solver_is_an_error_and_the_batch_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug_in(tmp_path / "site", monkeypatch, FAULTY)
    data = rows(3)
    data[1]["context"] += " Ada is deadly."
    with Pool(1) as pool:
        options = CheckOptions(solver="faulty", logic="classical")
        report = do(write_lines(tmp_path / "data.jsonl", data), pool, options=options)
    found = records(tmp_path / "run")
    assert [record.error_kind for record in found] == [None, "WorkerError", None]
    assert "the context: the solver process died (signal 11)" in (found[1].error or "")
    assert report.figures.error_kinds == {"WorkerError": 1}


# --- kills ----------------------------------------------------------------------------------------------------------
def command(path: Path, out: Path, *more: str) -> list[str]:
    start = [sys.executable, "-c", "from verisearch.cli import main; main()", "eval", "proofwriter"]
    return [*start, "--data", str(path), "--out", str(out), "--mode", "verify", "--workers", "2", *more]


def test_killed_and_resumed_at_random_moments_a_run_is_as_if_undisturbed(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data.jsonl", [*rows(300), {"id": "broken"}])
    subprocess.run(command(path, tmp_path / "calm"), check=True, stdout=subprocess.DEVNULL)
    size = (tmp_path / "calm" / "records.jsonl").stat().st_size
    generator = random.Random(11)
    kills = 0
    log = tmp_path / "wild" / "records.jsonl"
    while not (tmp_path / "wild" / "summary.json").exists():
        process = subprocess.Popen(
            command(path, tmp_path / "wild", "--resume"), stdout=subprocess.DEVNULL, start_new_session=True
        )
        done = log.stat().st_size if log.exists() else 0
        enough = done + generator.randrange(size // 6, size // 2)
        while process.poll() is None and (not log.exists() or log.stat().st_size < enough):
            time.sleep(0.0005)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
        assert kills < 20
    assert kills >= 2
    for name in ("records.jsonl", "summary.json"):
        assert (tmp_path / "wild" / name).read_bytes() == (tmp_path / "calm" / name).read_bytes()

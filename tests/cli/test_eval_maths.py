"""``verisearch eval`` over data sets of mathematics."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from worlds import write_lines

from verisearch import cli
from verisearch.evaluation.datasets.maths import MathsDataSet

PROBLEMS = [
    ("q1", "A box holds 3 red and 4 blue pens. How many pens are there in 2 boxes?", "14"),
    ("q2", "Ann has 1,200 stamps and sells half of them. How many are left?", "600"),
]
#: Two of three draws agree on each, in different words. No two begin alike, so that each is continued by itself.
DRAWS = {
    "q1": [
        "3 + 4 = 7\n2 * 7 = 14\nThe answer is 14.",
        "So 3 + 4 = 7.\nThe answer is 7.",
        "2 * 3 + 2 * 4 = 14.0\nThe answer is 14.0.",
    ],
    "q2": [
        "1200 / 4 = 300\nThe answer is 300.",
        "1200 / 2 = 600\nThe answer is 600.",
        "1,200 / 2 = 600\n#### 600.00",
    ],
}


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["verisearch", "eval", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [{"id": name, "question": asked, "answer": f"It is {gold}.\n#### {gold}"} for name, asked, gold in PROBLEMS]
    return write_lines(tmp_path / "data.jsonl", rows)


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]


def test_there_is_nothing_to_prove(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], data: Path, tmp_path: Path
) -> None:
    assert call(monkeypatch, "gsm8k", "--data", data, "--mode", "prove", "--out", tmp_path / "run") == 2
    said = capfd.readouterr().err
    assert "gsm8k asks for answers, not for the truth of statements" in said
    assert "--mode verify" in said
    assert not (tmp_path / "run").exists()


def test_self_consistency_over_recorded_draws(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], data: Path, tmp_path: Path
) -> None:
    recorded = write_lines(
        tmp_path / "draws.jsonl",
        [
            {"problem_id": name, "prompt": asked, "samples": [{"text": text} for text in DRAWS[name]]}
            for name, asked, _ in PROBLEMS
        ],
    )
    code = call(
        monkeypatch, "gsm8k", "--data", data, "--mode", "solve", "--policy", f"replay:{recorded}", "--out",
        tmp_path / "run", "--strategy", "self-consistency", "--n", 9, "--workers", 1, "--json",
    )  # fmt: skip
    out = capfd.readouterr()
    assert code == 0, out.err
    found = records(tmp_path / "run")
    assert [(record["gold"], record["correct"], record["equality"]) for record in found] == [
        ("14", True, "equal"),
        ("600", True, "equal"),
    ]
    for record in found:
        assert record["error"] is None
        (votes,) = [event for event in record["events"] if "classes" in event]
        values = [float(answer) for answer in votes["answers"]]
        assert len(values) == 9
        # answers are grouped by their values, however they are written, and the largest group wins
        groups = [{values[index] for index in members} for members in votes["classes"]]
        assert sorted(map(len, groups)) == [1] * len(set(values))
        assert len(set(votes["answers"])) > len(groups) > 1
        assert groups[max(range(len(groups)), key=lambda each: len(votes["classes"][each]))] == {float(record["gold"])}
    summary = json.loads(out.out)
    assert (summary["n"], summary["accuracy"], summary["undecided_answers"]) == (2, 1.0, 0)
    assert summary["predictions"] == {}


STEPS = ["Two boxes hold 2 * 7 = 14.", "So the answer is 14."]


@pytest.fixture
def chains(tmp_path: Path) -> Path:
    shared = {"problem": PROBLEMS[0][1], "steps": STEPS}
    rows = [
        {**shared, "id": "a", "label": -1, "final_answer_correct": True, "generator": "one"},
        {**shared, "id": "b", "label": 0, "final_answer_correct": False, "generator": "two"},
        {**shared, "id": "c", "label": 2},
    ]
    return write_lines(tmp_path / "chains.jsonl", rows)


def test_labelled_chains_have_figures_of_their_own(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], chains: Path, tmp_path: Path
) -> None:
    code = call(
        monkeypatch, "processbench", "--data", chains, "--mode", "verify", "--out", tmp_path / "run", "--workers", 1
    )
    out = capfd.readouterr()
    assert code == 0, out.err
    for words in ("First error: F1", "First flag: precision", "Chains with an error: recall", "line 3 (label)"):
        assert words in out.out
    assert [line.split()[:2] for line in out.out.splitlines() if line.split()[:1] in (["one"], ["two"])] == [
        ["one", "1"],
        ["two", "1"],
    ]
    first, second, third = records(tmp_path / "run")
    assert [each["gold_first_error"] for each in (first, second, third)] == ["none", 0, None]
    assert [each["correct"] for each in (first, second, third)] == [True, False, None]
    assert (first["kind"], first["answer_kind"], third["error_kind"]) == ("one", "expression", "TraceError")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["labels"]["step_labelled"] == 2
    assert set(summary["kinds"]) == {"one", "two"}


def test_a_data_set_says_who_reads_its_steps_and_the_command_line_wins(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], chains: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(MathsDataSet, "formaliser", "fol")
    shared = ("processbench", "--data", chains, "--mode", "verify", "--workers", 1, "--json")
    assert call(monkeypatch, *shared, "--out", tmp_path / "own") == 0
    assert json.loads(capfd.readouterr().out)["formaliser"] == "fol"
    assert call(monkeypatch, *shared, "--out", tmp_path / "given", "--formalizer", "english") == 0
    assert json.loads(capfd.readouterr().out)["formaliser"] == "english"


def test_show_says_what_came_of_checked_chains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"id": "gsm8k-1", "problem": "Ann has 30 pens and buys 40. How many?", "steps": ["30 + 40 = 80"], "label": 0},
        {"id": "gsm8k-2", "problem": "Ann has 30 pens and buys 40. How many?", "steps": ["30 + 40 = 70"], "label": -1},
    ]
    for row in rows:
        row["final_answer_correct"] = row["label"] == -1
    data, out = tmp_path / "rows.jsonl", tmp_path / "run"
    write_lines(data, rows)
    assert call(monkeypatch, "processbench", "--data", data, "--mode", "verify", "--out", out) == 0
    capsys.readouterr()
    for arguments, words in ((["show", out], ("invalid", "valid")), (["show", out, "gsm8k-1"], ("70 is not 80",))):
        monkeypatch.setattr(sys, "argv", ["verisearch", *map(str, arguments)])
        with contextlib.suppress(SystemExit):
            cli.main()
        said = capsys.readouterr().out
        assert all(word in said for word in words)

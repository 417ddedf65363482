"""``verisearch train sft``, ``dpo`` and ``export-preferences``: settings, what is refused, what is printed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs torch: pip install 'verisearch[local]'")
pytest.importorskip("transformers", reason="needs transformers: pip install 'verisearch[local]'")

import click
from click.testing import CliRunner

from verisearch.cli.train_command import command
from verisearch.cli.training import make_plan
from verisearch.training.tuning.runs import DpoPlan, SftPlan

pytestmark = pytest.mark.local

GOOD = "- Bob is kind.\n- So Bob is nice.\n- The answer is True.\n"
BAD = "- Bob is tall.\n- So Bob is nice.\n- The answer is True.\n"


def chain(written: str, good: bool) -> dict[str, object]:
    ends = [place for place, letter in enumerate(written) if letter == "\n"]
    steps = ["holds" if good else "fails", "holds", "holds"]
    return {
        "written": written, "finished": True, "ids": None, "ends": ends, "steps": steps, "verified": good,
        "correct": True,
    }  # fmt: skip


@pytest.fixture
def rollouts(tmp_path: Path) -> Path:
    """A verified and a failing chain on each of four problems."""
    path = tmp_path / "rollouts.jsonl"
    sentences = [{"text": "Bob is kind.", "span": [0, 12]}, {"text": "Kind people are nice.", "span": [13, 34]}]
    with path.open("w") as file:
        for number in range(4):
            problem = {
                "id": f"p{number}", "context": sentences, "statement": "Bob is nice.", "gold": "True",
                "answer_kind": "true-false-unknown",
            }  # fmt: skip
            row = {
                "problem": problem,
                "group": f"g{number}",
                "depth": 1,
                "chains": [chain(GOOD, True), chain(BAD, False)],
            }
            print(json.dumps(row), file=file)
    return path


def test_settings_are_those_of_the_recipe(tmp_path: Path) -> None:
    config = tmp_path / "sft.toml"
    config.write_text('rollouts = "r.jsonl"\n[training]\nchoose = "random"\n')
    plan = make_plan(SftPlan, config, ("training.per_problem=2",), {"policy": "smollm2"})
    assert (plan.policy, plan.rollouts, plan.training.choose, plan.training.per_problem) == (
        "smollm2",
        "r.jsonl",
        "random",
        2,
    )
    assert make_plan(DpoPlan, None, ("training.beta=0.3",), {}).training.beta == 0.3
    for kind, wrong in (
        (SftPlan, "training.choose=best"),
        (SftPlan, "training.beta=1"),
        (DpoPlan, "training.choose=random"),
    ):
        with pytest.raises(click.UsageError, match=wrong.partition("=")[0].partition(".")[2]):
            make_plan(kind, None, (wrong,), {})


def test_pairs_are_exported(rollouts: Path, tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    given = ["export-preferences", "--rollouts", str(rollouts), "--set", "training.held_out=0.25", "--out", str(out)]
    done = CliRunner().invoke(command, given, catch_exceptions=False)
    assert done.output == f"3 pairs of 3 problems (standard) in {out}\n"
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(line["chosen"], line["rejected"]) for line in lines] == [(GOOD, BAD)] * 3
    assert all("Bob is nice." in line["prompt"] for line in lines)
    done = CliRunner().invoke(command, [*given, "--format", "conversational", "--json"], catch_exceptions=False)
    assert json.loads(done.output) == {"pairs": 3, "problems": 3, "format": "conversational", "left_out": 0}
    assert json.loads(out.read_text().splitlines()[0])["chosen"] == [{"role": "assistant", "content": GOOD}]


def test_what_is_wrong_is_said_without_a_traceback(rollouts: Path, tmp_path: Path) -> None:
    for given, said in (
        (["sft", "--data", "worlds:none"], "no number of problems"),
        (["sft", "--rollouts", "nowhere.jsonl"], "nowhere.jsonl: there is no such file"),
        (["dpo", "--policy", "replay:file"], "own weights"),
        (["dpo", "--rollouts", str(rollouts), "--set", "training.lora=-1"], "rank"),
        (["export-preferences"], "no rollouts: give"),
    ):
        out = tmp_path / f"out-{len(said)}"
        done = subprocess.run(
            [sys.executable, "-m", "verisearch", "train", *given, "--out", str(out)],
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["sft", "dpo", "export-preferences"])
def test_help_loads_nothing_heavy(name: str) -> None:
    code = (
        "import sys\nfrom verisearch.cli import verisearch\n"
        f"verisearch(['train', {name!r}, '--help'], standalone_mode=False)\n"
        "print('LOADED', [name for name in ('torch', 'transformers', 'trl', 'peft', 'z3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Examples:" in done.stdout
    assert done.stdout.endswith("LOADED []\n")


@pytest.mark.slow
def test_a_model_is_tuned_and_told_of(rollouts: Path, tmp_path: Path) -> None:
    shared = [
        "--rollouts",
        str(rollouts),
        "--set",
        "training.held_out=0.25",
        "--set",
        "training.greedy=1",
        "--workers",
        "1",
    ]
    for name in ("sft", "dpo"):
        out = tmp_path / name
        done = CliRunner().invoke(command, [name, *shared, "--out", str(out)], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        assert "Held-out problems, greedy, verified and correct" in done.output
        assert f"--policy transformers:{out}" in done.output
        done = CliRunner().invoke(command, [name, *shared, "--out", str(out), "--json"], catch_exceptions=False)
        assert json.loads(done.output) == json.loads((out / "figures.json").read_text())

"""``verisearch train calibrate``: what it prints, and what it refuses in one line."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'verisearch[train]'")


def calibrate(*given: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "verisearch", "train", "calibrate", *map(str, given)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    """200 scores of 100 groups that are half as often right as they say."""
    generator, lines = random.Random(0), ["score,outcome,group"]
    for place in range(200):
        score = generator.random()
        lines.append(f"{score},{int(generator.random() < score / 2)},g{place // 2}")
    path = tmp_path / "scores.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_it_compares_the_methods_and_says_how_to_use_what_it_wrote(scores: Path, tmp_path: Path) -> None:
    given = ["--scores", scores, "--out", tmp_path / "cal", "--set", "method=isotonic", "--set", "replicates=20"]
    done = calibrate(*given)
    assert done.returncode == 0, done.stderr
    first, heading, *rows, last = done.stdout.splitlines()
    assert first.startswith("Fitted on 140 scores in 70 groups")
    assert heading.split() == ["ECE", "Brier", "AUROC", "AURC", "Brier,", "change"]
    assert [row.split("  ")[0] for row in rows] == ["as scored", "temperature", "platt", "isotonic (chosen)"]
    assert f"--verifier calibrated:{tmp_path}/cal/calibrator.json,SPEC" in last
    again = calibrate(*given)
    assert again.stdout == done.stdout
    other = calibrate(*given, "--set", "seed=5")
    assert other.returncode == 2
    assert "seed was 0, now 5" in other.stderr


def test_json_is_the_figures_file(scores: Path, tmp_path: Path) -> None:
    done = calibrate("--scores", scores, "--out", tmp_path / "cal", "--set", "replicates=20", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == json.loads((tmp_path / "cal" / "figures.json").read_text())
    assert set(found["held_out"]) == {"as scored", "temperature", "platt", "isotonic"}
    assert set(found["held_out"]["platt"]["figures"]) == {"ece", "brier", "auroc", "aurc"}


def test_settings_can_stand_in_a_file(scores: Path, tmp_path: Path) -> None:
    config = tmp_path / "cal.toml"
    config.write_text(f'scores = "{scores}"\nmethod = "platt"\nreplicates = 20\n')
    done = calibrate("--config", config, "--out", tmp_path / "cal")
    assert done.returncode == 0, done.stderr
    assert "platt (chosen)" in done.stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "give --run DIR or --scores FILE, one of them"),
        (["--run", "x", "--scores", "y"], "give --run DIR or --scores FILE, one of them"),
        (["--run", "nowhere"], "nowhere holds no run: give the folder that verisearch eval --mode solve wrote"),
        (["--scores", "nowhere.csv"], "nowhere.csv: no such file"),
        (["--scores", "bad.csv"], "bad.csv:3: the score is nan; it must lie in [0, 1]"),
        (["--scores", "ones.csv"], "every one is right"),
        (["--scores", "few.csv"], "too few groups"),
        (["--scores", "x.csv", "--set", "method=histogram"], "method"),
        (["--scores", "x.csv", "--outcome", "nice"], "outcome"),
        (["--scores", "x.csv", "--set", "held_out=1"], "held_out is 1; it must be above 0 and below 1"),
        (["--scores", "x.csv", "--set", "folds=1"], "folds is 1: give at least 2"),
        (["--scores", "x.csv", "--set", "bins=5"], "bins"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.csv").write_text("score,outcome\n0.5,1\nnan,0\n")
    Path("ones.csv").write_text("score,outcome\n" + "0.5,1\n" * 40)
    Path("few.csv").write_text("score,outcome,group\n" + "0.5,1,a\n0.4,0,b\n" * 40)
    done = calibrate("--out", "cal", *given)
    assert done.returncode == 2
    (line,) = [each for each in done.stderr.splitlines() if each.startswith("Error:")]
    assert said in line
    assert "Traceback" not in done.stderr
    assert not Path("cal").exists()


def test_help_loads_neither_numpy_nor_scikit_learn() -> None:
    code = (
        "import sys; from verisearch.cli import main; sys.argv = ['verisearch', 'train', 'calibrate', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('sklearn', 'numpy', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "verisearch train calibrate --run runs/dev --out runs/cal" in done.stdout

"""``verisearch train``: settings from file and options, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import msgspec
import pytest

pytest.importorskip("torch", reason="needs torch: pip install 'verisearch[local]'")
pytest.importorskip("transformers", reason="needs transformers: pip install 'verisearch[local]'")

from verisearch.cli.training import make_plan
from verisearch.training.reward.runs import PrmPlan
from verisearch.training.selfcalibration.runs import ConfidencePlan

pytestmark = pytest.mark.local


def test_options_stand_above_the_file_and_settings_above_both(tmp_path: Path) -> None:
    config = tmp_path / "prm.toml"
    config.write_text('policy = "smollm2"\ndata = "worlds:7"\n[drawing]\nsamples = 3\n[training]\nrate = 0.5\n')
    plan = make_plan(PrmPlan, config, (), {})
    assert (plan.policy, plan.data, plan.drawing.samples, plan.training.rate) == ("smollm2", "worlds:7", 3, 0.5)
    plan = make_plan(PrmPlan, config, ("training.rate=1e-4", "drawing.seed=9", "limit=5"), {"data": "worlds:8"})
    assert (plan.policy, plan.data, plan.limit) == ("smollm2", "worlds:8", 5)
    assert (plan.training.rate, plan.drawing.samples, plan.drawing.seed) == (1e-4, 3, 9)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("training.rate", "NAME=VALUE"),
        ("training.rate=fast", "training.rate"),
        ("training.speed=1", "speed"),
        ("a.b.c=1", "NAME=VALUE"),
        ("colour=red", "colour"),
        ("policy.rate=1", "policy"),
    ],
)
def test_wrong_settings_are_refused(own: str, said: str) -> None:
    with pytest.raises(click.UsageError, match=said):
        make_plan(PrmPlan, None, (own,), {"policy": "embedded"})


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "prm.toml"
    for content in (b"policy = ", b"\xff\xfe\x00"):
        config.write_bytes(content)
        with pytest.raises(click.UsageError, match=r"prm\.toml"):
            make_plan(PrmPlan, config, (), {})


def test_the_command_says_what_is_wrong_without_a_traceback(tmp_path: Path) -> None:
    for given, said in (
        (["--data", "worlds:none"], "no number of problems"),
        (["--data", "nowhere:file"], "nowhere"),
        (["--policy", "replay:file"], "own weights"),
        (["--data", "proofwriter:nofile.jsonl"], "nofile.jsonl"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "verisearch", "train", "prm", "--out", str(tmp_path / "out"), *given],
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_one_setting_of_a_group_leaves_the_others_as_the_recipe_has_them(tmp_path: Path) -> None:
    plan = make_plan(ConfidencePlan, None, ("drawing.seed=11",), {})
    assert plan.drawing == msgspec.structs.replace(ConfidencePlan().drawing, seed=11)
    assert plan.drawing.entropy == (0.8, 1.0)
    config = tmp_path / "c.toml"
    config.write_text("[training]\nepochs = 1\n[drawing]\nsamples = 3\n")
    plan = make_plan(ConfidencePlan, config, ("drawing.entropy=[0.7, 2.0]",), {})
    assert (plan.drawing.samples, plan.drawing.temperature, plan.drawing.entropy) == (3, 0.8, (0.7, 2.0))
    assert plan.training == msgspec.structs.replace(ConfidencePlan().training, epochs=1)
    with pytest.raises(click.UsageError, match="can't be read as a list"):
        make_plan(ConfidencePlan, None, ("drawing.entropy=[0.7,",), {})


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("drawing.samples=0", "drawing.samples is 0: give 1 or more"),
        ("drawing.temperature=-1", "drawing.temperature: -1.0 should be"),
        ("training.end_weight=-4", "training.end_weight is -4.0: give a number above 0"),
        ("training.width=0", "training.width is 0: give 1 or more"),
    ],
)
def test_settings_out_of_their_range_are_said_in_our_own_words(own: str, said: str) -> None:
    with pytest.raises(click.UsageError) as caught:
        make_plan(PrmPlan, None, (own,), {})
    assert caught.value.message.startswith(said)
    assert "at `" not in caught.value.message


def test_the_settings_that_a_run_keeps_make_the_same_run(tmp_path: Path) -> None:
    plan = make_plan(ConfidencePlan, None, ("drawing.seed=11", "training.target=share"), {"limit": 5})
    (tmp_path / "run.json").write_bytes(msgspec.json.encode(plan))
    assert make_plan(ConfidencePlan, tmp_path / "run.json", (), {}) == plan
    (tmp_path / "run.json").write_text("[1]")
    with pytest.raises(click.UsageError, match=r"run\.json"):
        make_plan(ConfidencePlan, tmp_path / "run.json", (), {})

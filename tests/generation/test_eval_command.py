"""``verisearch eval --mode solve`` with several strategies, as people call it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from scripted import GOOD, ScriptedPolicy, always
from test_compare import rows, script

from verisearch.cli.policy_options import split_strategy


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    out = str(tmp_path / "run")
    return ["eval", "proofwriter", "--data", str(path), "--mode", "solve", "--out", out, "--workers", "1"]


def names(text: str) -> list[str]:
    return [arm["name"] for arm in json.loads(text)["arms"]]


def stored(tmp_path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((tmp_path / "run" / "run.json").read_text())["arms"]
    return found


def test_strategies_and_budgets_are_compared_in_one_folder(call, arguments: list[str], tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    given = ["--strategy", "best-of-n:n=8:stop_at_first_verified=true,latts:draws=4", "--budget", "x2,x4"]
    done = call(*arguments, *given, policy=ScriptedPolicy(script))
    assert done.code == 0, done.err
    assert done.err == ""
    for words in ("6 problems in 3 groups", "latts:draws=4 @x4", "Paired differences to greedy", "report.html"):
        assert words in done.out
    files = {path.name for path in (tmp_path / "run").iterdir()}
    assert files == {
        "run.json", "records.jsonl", "timings.jsonl", "summary.json", "report.html",
        "curves-tokens.png", "curves-verifier-calls.png", "curves-seconds.png",
    }  # fmt: skip
    page = (tmp_path / "run" / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 3
    assert "state its number of parameters" in page
    again = call(*arguments, *given, "--resume", "--json", policy=ScriptedPolicy(script))
    assert again.code == 0, again.err
    assert again.out == (tmp_path / "run" / "summary.json").read_text()
    assert call.opened[-1].requests == []


def test_n_and_verifiers_are_swept_where_they_make_a_difference(call, arguments: list[str]) -> None:  # type: ignore[no-untyped-def]
    given = ["--strategy", "greedy,best-of-n", "--n", "2,3", "--verifier", "symbolic", "--verifier", "noisy:0.5"]
    done = call(*arguments, *given, "--json", policy=ScriptedPolicy(script))
    assert done.code == 0, done.err
    assert names(done.out) == [
        "greedy with symbolic", "greedy with noisy:0.5",
        "best-of-n:n=2 with symbolic", "best-of-n:n=3 with symbolic",
        "best-of-n:n=2 with noisy:0.5", "best-of-n:n=3 with noisy:0.5",
    ]  # fmt: skip
    series = [arm["series"] for arm in json.loads(done.out)["arms"]]
    assert series[2:] == ["best-of-n with symbolic"] * 2 + ["best-of-n with noisy:0.5"] * 2


def test_a_strategy_may_bring_n_and_budget_of_its_own(call, arguments: list[str], tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    given = [
        "--strategy",
        "best-of-n:n=1+2:budget=none",
        "--strategy",
        "latts:fallbacks=backtrack+take",
        "--budget",
        "90,200",
    ]
    done = call(*arguments, *given, "--json", policy=ScriptedPolicy(script))
    assert done.code == 0, done.err
    assert names(done.out) == [
        "best-of-n:n=1", "best-of-n:n=2", "latts:fallbacks=backtrack+take @90", "latts:fallbacks=backtrack+take @200",
    ]  # fmt: skip
    arms = stored(tmp_path)
    assert [arm["options"]["budget"]["tokens"] for arm in arms] == [None, None, 90, 200]
    assert arms[2]["options"]["settings"]["fallbacks"] == ["backtrack", "take"]


def test_set_goes_to_the_strategies_that_take_it(call, arguments: list[str], tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    given = ["--strategy", "greedy,best-of-n,latts", "--set", "aggregation=min", "--set", "delta=0.8", "--n", "2"]
    assert call(*arguments, *given, policy=ScriptedPolicy(script)).code == 0
    settings = [arm["options"]["settings"] for arm in stored(tmp_path)]
    assert (settings[1]["aggregation"], settings[2]["delta"]) == ("min", 0.8)
    assert "delta" not in settings[1]


def test_one_strategy_stays_a_run_of_one(call, arguments: list[str], tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = call(*arguments, "--strategy", "best-of-n:n=2", "--budget", "400", policy=ScriptedPolicy(script))
    assert done.code == 0, done.err
    assert "Verified and correct" in done.out
    assert not (tmp_path / "run" / "report.html").exists()
    assert "accuracy" in json.loads((tmp_path / "run" / "summary.json").read_text())
    (arm,) = stored(tmp_path)
    assert (arm["options"]["settings"]["n"], arm["options"]["budget"]["tokens"]) == (2, 400)


def test_without_matplotlib_the_run_ends_well_and_says_what_is_missing(  # type: ignore[no-untyped-def]
    call, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = call(*arguments, "--strategy", "greedy,sample", policy=ScriptedPolicy(script))
    assert done.code == 0
    assert "verisearch[plots]" in done.err
    assert "verisearch[plots]" in (tmp_path / "run" / "report.html").read_text()
    assert not list((tmp_path / "run").glob("*.png"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--strategy", "greedy,,sample"], "a comma without a name"),
        (["--strategy", "greedy,magic"], "no strategy named 'magic'"),
        (["--strategy", "greedy,greedy"], "'greedy' is there twice"),
        (["--strategy", "latts:patience=3"], "latts:patience=3: latts takes NAME=VALUE with a name of: temperature"),
        (["--strategy", "latts:delta=3"], "delta"),
        (["--strategy", "best-of-n:n=0"], "whole numbers from 1"),
        (["--strategy", "best-of-n:n=1:n=2"], "give n and budget once"),
        (["--strategy", "best-of-n:budget=much"], "budget 'much': give tokens"),
        (["--strategy", "greedy,latts", "--set", "patience=3"], "none of greedy, latts has such a setting"),
        (["--strategy", "latts", "--set", "patience=3"], "--set patience=3: latts takes"),
        (["--budget", "x2,2x"], "budget '2x': give tokens"),
        (["--budget", "50,50"], "twice"),
        (["--n", "2,x"], "whole numbers from 1"),
        (["--verifier", "oracle"], "no verifier named 'oracle'"),
    ],
)
def test_errors_of_usage_exit_with_2(call, arguments: list[str], given: list[str], words: str) -> None:  # type: ignore[no-untyped-def]
    done = call(*arguments, *given)
    assert (done.code, done.out) == (2, "")
    assert words in " ".join(done.err.split())
    assert "Traceback" not in done.err


def test_solve_takes_a_strategy_with_its_settings_too(call) -> None:  # type: ignore[no-untyped-def]
    policy = ScriptedPolicy(always(GOOD))
    context = "Bob is kind. Kind people are nice."
    done = call("solve", "Bob is nice.", "--context", context, "--strategy", "best-of-n:n=2", "--json", policy=policy)
    assert done.code == 0, done.err
    assert len(json.loads(done.out)["candidates"]) == 2
    done = call("solve", "Bob is nice.", "--context", context, "--strategy", "greedy,sample")
    assert done.code == 2
    assert "no strategy named 'greedy,sample'" in done.err


def test_settings_stand_behind_a_strategys_name() -> None:
    assert split_strategy("latts:delta=0.8:draws=16") == ("latts", ["delta=0.8", "draws=16"])
    assert split_strategy(" greedy ") == ("greedy", [])


def test_the_bar_is_of_the_whole_run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """An arm that may write four chains counts for four; what an earlier run did is where the bar begins."""
    from verisearch.cli.progress import progress_bar
    from verisearch.evaluation.arms import Searcher, arms_of
    from verisearch.runtime.solving import SolveOptions
    from verisearch.search.chains import OneChain, Settings

    arms = arms_of(
        [
            Searcher("greedy", "greedy", SolveOptions(settings=OneChain())),
            Searcher("b[bold]", "b", SolveOptions(strategy="best-of-n", settings=Settings(n=4))),
        ]
    )
    assert [arm.weight for arm in arms] == [1.0, 4.0]
    parts = [(arm.name, arm.weight) for arm in arms]
    with progress_bar("proofwriter solve", 10, parts) as quiet:
        assert quiet is None  # no terminal, no bar
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    seen: list[tuple[float, float | None]] = []
    from rich.progress import Progress

    update = Progress.update

    def watched(self: Progress, task: Any, **fields: Any) -> None:
        update(self, task, **fields)
        seen.append((self.tasks[0].completed, self.tasks[0].total))

    monkeypatch.setattr(Progress, "update", watched)
    with progress_bar("proofwriter solve", 10, parts) as show:
        assert show is not None
        show(0, 10)
        show(1, 5)
        show(1, 10)
    assert seen == [(10, 50), (30, 50), (50, 50)]
    shown = capfd.readouterr().err
    assert "proofwriter solve 2/2 b[bold]" in shown
    assert "10/10" in shown

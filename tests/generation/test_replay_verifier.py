"""Recorded scores as a verifier, and ``verisearch replay`` as people call it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from scripted import ScriptedPolicy, always
from test_eval_solve import evaluate, rows, script

from verisearch.errors import InputError, TraceError
from verisearch.protocols import Message, Partial, Score
from verisearch.runtime.solving import SolveOptions, solve_all
from verisearch.search.chains import Settings
from verisearch.search.latts import Latts
from verisearch.trace import Problem
from verisearch.verifiers import Surroundings, open_verifier

TEXT = "Bob is kind.\nThe answer is True."
ASKED = Problem(id="p", statement="Bob is nice.")


def partial(written: str, *, finished: bool = True, name: str = "p") -> Partial:
    return Partial(problem=Problem(id=name, statement="Bob is nice."), written=written, finished=finished)


class Fixed:
    """Scores in turn."""

    name = "fixed"
    meaning = "as the test says"

    def __init__(self, *values: float | None) -> None:
        self.values = iter(values)

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        return [Score(value=next(self.values), reason="said so") for _ in partials]

    def close(self) -> None:
        pass


def recorded(path: Path, *values: float | None) -> Path:
    """A file of one search in which a chain's first step and the whole of it have these scores."""
    options = SolveOptions(settings=Settings(watch=True))
    solution = next(solve_all([ASKED], ScriptedPolicy(always(TEXT)), options, verifier=Fixed(*values)))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(solution)))
    return path


def test_chains_are_scored_as_the_record_has_them(tmp_path: Path) -> None:
    verifier = open_verifier(f"replay:{recorded(tmp_path / 'found.json', 0.25, 0.75)}")
    asked = [
        partial(TEXT),
        partial("Bob is kind.\n", finished=False),
        partial("Bob is tall.\n"),
        partial(TEXT, name="q"),
    ]
    scores = verifier.score(asked)
    assert [score.value for score in scores] == [0.75, 0.25, None, None]
    assert [score.reason for score in scores[:2]] == ["said so", "said so"]
    assert all("no score of this chain" in score.reason for score in scores[2:])


def test_what_was_no_number_stays_none(tmp_path: Path) -> None:
    verifier = open_verifier(f"replay:{recorded(tmp_path / 'found.json', math.nan, None)}")
    first, last = verifier.score([partial("Bob is kind.\n", finished=False), partial(TEXT)])
    assert first.value is not None
    assert math.isnan(first.value)
    assert last.value is None


def test_a_whole_run_is_scored_again_with_the_same_scores(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows(9)))
    settings: dict[str, Any] = {"strategy": "best-of-n", "settings": Settings(n=3)}
    evaluate(data, tmp_path / "first", ScriptedPolicy(script), **settings)
    evaluate(data, tmp_path / "second", ScriptedPolicy(script), verifier=f"replay:{tmp_path / 'first'}", **settings)
    for one, two in zip(records(tmp_path / "first"), records(tmp_path / "second"), strict=True):
        assert one["candidates"] == two["candidates"]
        assert one["predicted"] == two["predicted"]
        assert one["verified"] == two["verified"]


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]


def test_recorded_samples_score_whole_chains_by_id_or_prompt(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    samples = [{"text": TEXT, "score": 0.5}, {"text": TEXT, "score": 0.1}, {"text": "No.", "tokens": 3}]
    lines = [
        {"problem_id": "p", "prompt": "other words", "samples": samples},
        {"problem_id": "7", "prompt": "Bob is nice.", "samples": [{"text": TEXT, "score": 0.9}]},
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    around = Surroundings(messages=lambda problem: (Message("user", f"True or false? {problem.statement}"),))
    verifier = open_verifier(f"replay:{file}", around)
    asked = [partial(TEXT), partial(TEXT, name="by prompt"), partial(TEXT, finished=False), partial("No.")]
    assert [score.value for score in verifier.score(asked)] == [0.5, 0.9, None, None]


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        (None, InputError, "is no file"),
        ("{}\nnonsense\n", TraceError, "record of a search"),
        ('{"id":"p","events":[]}\n', TraceError, "holds no score"),
        ('{"id":"p","events":[{"rate":"x","nodes":[{"path":[4],"value":1,"reason":""}]}]}\n', TraceError, "KeyError"),
    ],
)
def test_a_file_without_scores_is_refused(text: str | None, error: type[Exception], said: str, tmp_path: Path) -> None:
    file = tmp_path / "found.jsonl"
    if text is not None:
        file.write_text(text)
    with pytest.raises(error, match=said):
        open_verifier(f"replay:{file}")


# --- verisearch replay ---
@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of four problems, one row of five malformed."""
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows(4)) + '{"id": "broken"}\n')
    evaluate(data, tmp_path / "run", ScriptedPolicy(script), strategy="latts")
    return tmp_path / "run"


def test_a_run_is_replayed_and_the_rows_that_hold_no_search_are_named(run: Path, call) -> None:  # type: ignore[no-untyped-def]
    code, out, err = call("replay", run)
    assert code == 0, err
    lines = out.splitlines()
    assert lines[:2] == ["p0: same, answer True", "p1: same, answer False"]
    assert "not replayed: " in lines[4]
    assert lines[-1] == "4 replayed: 4 same, 0 departed; 1 not replayed"
    code, out, _ = call("replay", run / "records.jsonl", "--json", "--id", "p1")
    found = json.loads(out)
    assert code == 0
    assert (found["replayed"], found["same"]) == (1, 1)
    assert found["records"][0]["now"]["answer"] == "False"


def test_a_replay_loads_neither_model_nor_solver(run: Path) -> None:
    code = f"""
import sys
from verisearch.cli import main
sys.argv = ["verisearch", "replay", {str(run)!r}]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
print("LOADED", *({{"z3", "torch", "transformers", "vllm", "cvc5", "clingo"}} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED"


@pytest.mark.parametrize(
    ("fail_at", "options"),
    [(1, {}), (None, {"strategy": "latts", "settings": Latts(draws=2, fallbacks=("abstain",))})],
)
def test_runs_with_failures_and_abstentions_are_replayed_too(
    fail_at: int | None,
    options: dict[str, Any],
    tmp_path: Path,
    call,
) -> None:  # type: ignore[no-untyped-def]
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows(4)))
    evaluate(data, tmp_path / "run", ScriptedPolicy(script, fail_at=fail_at), **options)
    code, out, err = call("replay", tmp_path / "run")
    assert code == 0, err
    said = "error (the server went away)" if fail_at else "abstained"
    assert f"p1: same, {said}" in out
    assert "4 replayed: 4 same" in out


def test_a_changed_run_departs_with_exit_code_1(run: Path, call) -> None:  # type: ignore[no-untyped-def]
    changed = (run / "records.jsonl").read_text().replace('"predicted":"False"', '"predicted":"True"', 1)
    (run / "records.jsonl").write_text(changed)
    code, out, _ = call("replay", run)
    assert code == 1
    assert "p1: DEPARTS, recorded answer True, now answer False" in out
    assert "  answer: recorded 'True', now 'False'" in out
    assert "4 replayed: 3 same, 1 departed" in out


def test_what_can_not_be_replayed_is_an_error(run: Path, tmp_path: Path, call) -> None:  # type: ignore[no-untyped-def]
    assert call("replay", tmp_path / "nothing")[0] == 2
    assert "no such problem" in call("replay", run, "--id", "p77")[2]
    (tmp_path / "other.json").write_text("[]")
    code, _, err = call("replay", tmp_path / "other.json")
    assert code == 2
    assert "no file of verisearch solve --json" in err

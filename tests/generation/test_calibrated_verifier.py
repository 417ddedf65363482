"""The verifier ``calibrated``, and calibrating on a run's records."""

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
from scripted import GOOD, ScriptedPolicy, always, solving

from verisearch.errors import InputError
from verisearch.evaluation.datasets import ProofWriter
from verisearch.evaluation.run import run
from verisearch.ingest.reader import read_problem
from verisearch.protocols import Fork, Message, NextScores, Partial, Score, TokenChoice
from verisearch.runtime.pool import Pool
from verisearch.runtime.solving import SolveOptions, solve_all
from verisearch.search.best_of_n import BestOfN
from verisearch.search.chains import Settings
from verisearch.usage import Usage
from verisearch.verifiers import open_verifier
from verisearch.verifiers.calibrated import calibrated
from verisearch.verifiers.calibrators import Calibrator, Isotonic, Map, Platt, Temperature

CONTEXT = "Bob is kind. Kind people are nice. Nice people are not sad."
GUESS = "Bob is tall.\nThe answer is False."
PROBLEM = read_problem(CONTEXT, statement="Bob is nice.")
HALVES = Isotonic(scores=(0.0, 1.0), values=(0.0, 0.5))


def calibrator(found: Map = HALVES, verifier: str | None = None) -> Calibrator:
    return Calibrator(map=found, outcome="correct", verifier=verifier, source="here", sha256="", verisearch="0")


def written(path: Path, made: Calibrator) -> Path:
    path.write_bytes(msgspec.json.encode(made))
    return path


class Table:
    """Gives each text the value it has in a table."""

    name, meaning, parameters = "table", "what the table says", 7

    def __init__(self, values: dict[str, float | None]) -> None:
        self.values = values
        self.told: list[str] = []

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        usage = Usage(verifier_calls=1, verifier_tokens=10)
        return [Score(value=self.values[each.written], reason="looked up", usage=usage) for each in partials]

    def forget(self) -> None:
        self.told.append("forget")

    def close(self) -> None:
        self.told.append("close")


class Next:
    """A multifurcation reward that scores nothing else."""

    name, meaning = "next", "made up"

    def score_next(self, forks: Sequence[Fork]) -> list[NextScores]:
        usage = Usage(verifier_calls=1, verifier_tokens=3)
        return [NextScores(values=(0.25, None, 1.0), reason="made up", usage=usage) for _ in forks]

    def close(self) -> None:
        pass


class Both(Table, Next):
    """Scores chains and next tokens."""


# --- values --------------------------------------------------------------------------------------------------------
def test_values_are_mapped_and_all_else_passes_through() -> None:
    table = Table({"low": 0.0, "half": 0.5, "one": 1.0, "none": None, "nan": math.nan, "high": 7.0})
    verifier = calibrated(table, calibrator())
    scores = verifier.score([Partial(problem=PROBLEM, written=each) for each in table.values])  # type: ignore[union-attr]
    assert [each.value for each in scores[:4]] == [0.0, 0.25, 0.5, None]
    assert math.isnan(scores[4].value or 0)
    assert scores[5].value == 7.0
    assert {each.reason for each in scores} == {"looked up"}
    assert {each.usage for each in scores} == {Usage(verifier_calls=1, verifier_tokens=10)}
    assert verifier.parameters == 7
    assert verifier.name == "calibrated:isotonic,table"
    assert verifier.meaning == "calibrated (isotonic) to how often a chain is correct, from table: what the table says"
    verifier.forget()
    verifier.close()
    assert table.told == ["forget", "close"]


def test_a_verifier_that_forgets_nothing_can_be_told_to() -> None:
    calibrated(Next(), calibrator()).forget()


def test_next_tokens_are_calibrated_where_they_are_scored_and_only_there() -> None:
    fork = Fork(
        partial=Partial(problem=PROBLEM, written=""),
        choices=tuple(TokenChoice(id=each, text="x", logprob=-1.0) for each in range(3)),
    )
    for inner in (Next(), Both({})):
        (found,) = calibrated(inner, calibrator()).score_next([fork])  # type: ignore[union-attr]
        assert found.values == (0.125, None, 0.5)
        assert found.reason == "made up"
        assert found.usage.verifier_tokens == 3
    # whether a search can be run is told from what a verifier has
    assert not hasattr(calibrated(Table({}), calibrator()), "score_next")
    assert not hasattr(calibrated(Next(), calibrator()), "score")
    assert hasattr(calibrated(Both({}), calibrator()), "score")


def test_the_verdict_passes_through_so_that_a_search_still_sees_what_is_verified(tmp_path: Path) -> None:
    path = written(tmp_path / "c.json", calibrator(verifier="symbolic"))
    options = SolveOptions(
        strategy="best-of-n", settings=BestOfN(n=3, stop_at_first_verified=True), verifier=f"calibrated:{path},symbolic"
    )
    found = next(solve_all([PROBLEM], ScriptedPolicy(always(GOOD)), options))
    assert found.verified
    assert [candidate.score for candidate in found.candidates] == [0.5]
    assert {event["rate"] for event in found.events if "rate" in event} == {"calibrated:isotonic,symbolic"}


@pytest.mark.parametrize("found", [Temperature(temperature=3.0), Platt(slope=0.4, intercept=-1.0)])
def test_the_chosen_chain_is_the_same_where_the_order_is_kept(tmp_path: Path, found: Map) -> None:
    path = written(tmp_path / "c.json", calibrator(found))

    def script(messages: tuple[Message, ...], text: str, seed: int) -> str:
        return GOOD if seed % 3 == 0 else GUESS

    chosen = []
    for spec in ("symbolic", f"calibrated:{path},symbolic"):
        options = SolveOptions(strategy="best-of-n", settings=Settings(n=4), verifier=spec)
        solution = next(solve_all([PROBLEM], ScriptedPolicy(script), options))
        assert solution.trace is not None
        chosen.append(solution.trace.raw)
    assert chosen[0] == chosen[1]


# --- files ---------------------------------------------------------------------------------------------------------
def test_it_nests_in_other_verifiers(tmp_path: Path) -> None:
    path = written(tmp_path / "c.json", calibrator())
    opened = open_verifier(f"combine:gate,symbolic:abstain,(calibrated:{path},symbolic)")
    assert "calibrated:isotonic,symbolic" in opened.name
    assert open_verifier(f"calibrated:{path},noisy:0.1,symbolic").name == "calibrated:isotonic,noisy:0.1,symbolic"


@pytest.mark.parametrize("target", ["", "file.json", ",symbolic", "file.json,", " , "])
def test_a_file_or_a_verifier_that_is_missing_is_asked_for(target: str) -> None:
    with pytest.raises(InputError, match=r"give the calibrator and whose values it maps, as calibrated:"):
        open_verifier(f"calibrated:{target}")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[1, 2]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"rule": {}, "calibrated_on": {}}',
        msgspec.json.encode(calibrator()).replace(b"isotonic", b"pickle"),
        msgspec.json.encode(calibrator(Temperature(temperature=2.0))).replace(b"2.0", b"-2.0"),
        msgspec.json.encode(calibrator()).replace(b"[0.0,0.5]", b"[0.5,0.0]"),
        msgspec.json.encode(calibrator()).replace(b"[0.0,0.5]", b'["NaN",0.5]'),
    ],
)
def test_a_file_that_is_no_calibrator_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.json").write_bytes(content)
    with pytest.raises(InputError, match=r"c\.json: no calibrator .*verisearch train calibrate"):
        open_verifier(f"calibrated:{tmp_path / 'c.json'},symbolic")


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.json: no such file"):
        open_verifier(f"calibrated:{tmp_path / 'nothing.json'},symbolic")
    with pytest.raises(InputError, match=r"is a directory; give the calibrator\.json"):
        open_verifier(f"calibrated:{tmp_path},symbolic")


def test_another_verifiers_calibrator_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "c.json", calibrator(verifier="confidence:logprob"))
    closed = []
    monkeypatch.setattr("verisearch.verifiers.symbolic.SymbolicVerifier.close", lambda self: closed.append(self))
    with pytest.raises(InputError, match=r"learned from scores of confidence:logprob, and symbolic is to be mapped"):
        open_verifier(f"calibrated:{path},symbolic")
    assert len(closed) == 1


def test_opening_it_loads_no_library(tmp_path: Path) -> None:
    path = written(tmp_path / "c.json", calibrator())
    code = (
        "import sys; from verisearch.verifiers import open_verifier; "
        f"open_verifier('calibrated:{path},symbolic'); "
        "print([name for name in ('torch', 'sklearn', 'scipy', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- from a run to a calibrator ------------------------------------------------------------------------------------
def row(number: int) -> dict[str, Any]:
    """Of four, one can be verified (score 1), one is guessed rightly and two wrongly (score 0.4 or less)."""
    said = ("nice", "sad", "happy", "happy")[number % 4]
    label = {"nice": "True", "sad": "False", "happy": "Unknown"}[said]
    return {"id": f"p{number}", "theory_id": f"t{number // 2}", "context": CONTEXT, "statement": f"Bob is {said}.",
            "label": label}  # fmt: skip


def script(messages: tuple[Message, ...], text: str, seed: int) -> str:
    return GOOD if "nice" in messages[-1].content.rpartition("? ")[2] else GUESS


def evaluate(folder: Path) -> Path:
    rows = folder.parent / "data.jsonl"
    rows.write_text("".join(json.dumps(row(number)) + "\n" for number in range(60)))
    with Pool(1) as pool:
        run(solving(rows), ProofWriter(), folder, pool=pool, policy=ScriptedPolicy(script))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of 60 problems in 30 theories."""
    return evaluate(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def records(folder: Path, tmp_path: Path) -> Any:
    """Copies the run with its records changed."""

    def copied(change: Any) -> Path:
        made = tmp_path / "changed"
        made.mkdir()
        for name in ("run.json", "summary.json"):
            (made / name).write_bytes((folder / name).read_bytes())
        found = [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]
        for place, record in enumerate(found):
            change(place, record)
        (made / "records.jsonl").write_text("".join(json.dumps(record) + "\n" for record in found))
        return made

    return copied


def needs_scikit_learn() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'verisearch[train]'")


def test_a_runs_chosen_chains_are_read_with_outcomes_and_theories(folder: Path) -> None:
    needs_scikit_learn()
    from verisearch.training.calibration.sources import from_run

    found = from_run(folder, "correct")
    assert (len(found.rows), len({each.group for each in found.rows})) == (60, 30)
    assert found.verifier == "symbolic"
    assert found.left_out == {}
    assert sum(each.outcome for each in found.rows) == 30
    assert {each.score for each in found.rows if each.outcome} > {1.0}
    strict = from_run(folder, "verified")
    assert {each.score for each in strict.rows if each.outcome} == {1.0}
    assert sum(each.outcome for each in strict.rows) == 15


def test_rows_without_a_score_are_counted_and_left_out(records: Any) -> None:
    needs_scikit_learn()
    from verisearch.training.calibration.sources import from_run

    def change(place: int, record: dict[str, Any]) -> None:
        if place == 0:
            record["error"] = "it broke"
        elif place in (1, 2):
            record["status"] = "abstained"
        elif place < 6:
            for candidate in record["candidates"]:
                candidate["score"] = None

    found = from_run(records(change), "correct")
    assert len(found.rows) == 54
    assert found.left_out == {"abstained": 2, "failed": 1, "no score": 3}


def test_a_run_without_scores_or_labels_is_refused(records: Any, tmp_path: Path) -> None:
    needs_scikit_learn()
    from verisearch.training.calibration.sources import from_run

    unlabelled = records(lambda place, record: record.update(correct=None) if place == 3 else None)
    with pytest.raises(InputError, match=r"records\.jsonl: record 'p3' has no gold answer"):
        from_run(unlabelled, "correct")
    with pytest.raises(InputError, match="holds no run"):
        from_run(tmp_path / "nowhere", "correct")


def test_a_run_without_any_score_is_refused(records: Any) -> None:
    needs_scikit_learn()
    from verisearch.training.calibration.sources import from_run

    def change(place: int, record: dict[str, Any]) -> None:
        for candidate in record["candidates"]:
            candidate["score"] = None

    with pytest.raises(InputError, match=r"has a score \(60 no score\): give one of a strategy that has its chains"):
        from_run(records(change), "correct")


def test_from_a_run_to_a_calibrated_search(call: Any, folder: Path, tmp_path: Path) -> None:
    needs_scikit_learn()
    out = tmp_path / "cal"
    code, told, err = call("train", "calibrate", "--run", folder, "--out", out, "--set", "replicates=20")
    assert code == 0, err
    assert f"--verifier calibrated:{out}/calibrator.json,symbolic" in told
    data = tmp_path / "data.jsonl"
    data.write_text(json.dumps(row(0)) + "\n")
    given = ["--mode", "solve", "--strategy", "best-of-n", "--n", "2", "--workers", "1", "--out", tmp_path / "again"]
    spec = f"calibrated:{out}/calibrator.json,symbolic"
    code, _, err = call("eval", "proofwriter", "--data", data, *given, "--verifier", spec)
    assert code == 0, err
    (record,) = [json.loads(line) for line in (tmp_path / "again" / "records.jsonl").read_text().splitlines()]
    assert record["verified"]
    assert 0.5 < record["candidates"][0]["score"] <= 1
    code, _, err = call(
        "eval", "proofwriter", "--data", data, *given[:-1], tmp_path / "b", "--verifier", spec + ":steps"
    )
    assert code == 2
    assert "learned from scores of symbolic, and symbolic:steps is to be mapped" in err
    assert "Traceback" not in err

"""Risk control from a run's records to answers that are given or withheld, and abstaining as an outcome."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from scripted import ScriptedPolicy, always, solving

import verisearch
from verisearch.errors import InputError, RecordError
from verisearch.evaluation.datasets import ProofWriter
from verisearch.evaluation.replaying import read_searches, replay
from verisearch.evaluation.risk import RiskControl, calibrate_run, read_control
from verisearch.evaluation.run import Report, run
from verisearch.ingest.reader import read_problem
from verisearch.protocols import Message
from verisearch.runtime.pool import Pool
from verisearch.runtime.solving import Candidate, Solution, SolveOptions, SolveStatus, solve_all
from verisearch.search.latts import Latts
from verisearch.search.strategies import Settings
from verisearch.symbolic.options import CheckOptions

CONTEXT = "Bob is kind. Kind people are nice. Nice people are not sad."
GOOD = "Kind people are nice.\nBob is kind.\nSo Bob is nice.\nThe answer is True."
GUESS = "Bob is tall.\nThe answer is False."


def row(number: int) -> dict[str, Any]:
    """Even ones can be verified (score 1); the others are guessed, and every second guess is right (score 0.4)."""
    said = ("nice", "sad", "nice", "happy")[number % 4]
    label = {"nice": "True", "sad": "False", "happy": "Unknown"}[said]
    return {"id": f"p{number}", "theory_id": f"t{number // 2}", "context": CONTEXT, "statement": f"Bob is {said}.",
            "label": label}  # fmt: skip


def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
    return GOOD if "nice" in messages[-1].content.rpartition("? ")[2] else GUESS


def evaluate(folder: Path, *, count: int = 100, risk: RiskControl | None = None, resume: bool = False,
             **solve: Any) -> Report:  # fmt: skip
    data = folder.parent / f"data-{count}.jsonl"
    data.write_text("".join(json.dumps(row(number)) + "\n" for number in range(count)))
    plan = solving(data, risk=risk, **solve)
    with Pool(1) as pool:
        return run(plan, ProofWriter(), folder, pool=pool, policy=ScriptedPolicy(script), resume=resume)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of 100 problems in 50 groups."""
    made = tmp_path_factory.mktemp("runs") / "run"
    evaluate(made)
    return made


@pytest.fixture(scope="module")
def control(folder: Path) -> RiskControl:
    return calibrate_run(folder, 0.2, 0.2)


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]


def solved(text: str, statement: str = "Bob is nice.") -> Solution:
    problem = read_problem(CONTEXT, statement=statement)
    return next(solve_all([problem], ScriptedPolicy(always(text)), SolveOptions()))


# --- calibration ---
def test_a_run_gives_a_threshold_and_says_what_it_promises(control: RiskControl) -> None:
    assert control.rule.threshold == 0.4
    assert control.rule.chosen is not None
    assert control.rule.chosen.errors == 0
    assert (control.grid_groups, control.rule.groups, control.rule.items) == (10, 40, 80)
    told = control.told()
    assert "With probability at least 80 %" in told
    assert "at most 20 % of the answers given at a score of 0.4 or more are wrong" in told
    assert "Assumptions: groups are independent draws" in told
    assert "scored by symbolic; 10 groups set the grid of thresholds" in told


def test_groups_stay_together_and_those_left_aside_are_reported(folder: Path) -> None:
    control = calibrate_run(folder, 0.3, 0.3, grid_share=0.2, test_share=0.4, seed=3)
    assert (control.grid_groups, control.rule.groups) == (10, 20)
    assert control.held_out is not None
    assert control.rule.threshold == 0.0  # at this target the guesses may be answered too
    assert (control.held_out.items, control.held_out.answered, control.held_out.errors) == (20, 20, 5)
    assert "Left aside: 20 items" in control.told()
    every = calibrate_run(folder, 0.2, 0.2, grid_share=0, independent=True)
    assert (every.rule.tested, every.rule.grid_size, every.grid_groups) == (100, 101, 0)
    assert "an even grid" in every.told()


def test_a_file_is_read_back_and_one_that_was_edited_is_refused(control: RiskControl, tmp_path: Path) -> None:
    file = tmp_path / "risk.json"
    file.write_bytes(msgspec.json.encode(control))
    assert read_control(file) == control

    def edited(change: Any) -> Path:
        data = json.loads(msgspec.json.encode(control))
        change(data["rule"])
        file.write_text(json.dumps(data))
        return file

    with pytest.raises(InputError, match=r"threshold 0\.5 is not the one"):
        read_control(edited(lambda rule: rule.update(threshold=0.5)))
    with pytest.raises(InputError, match="doesn't show the target"):
        read_control(edited(lambda rule: rule.update(alpha=0.001)))
    with pytest.raises(InputError, match="strictly between 0 and 1"):
        read_control(edited(lambda rule: rule.update(delta=1.5)))
    file.write_text("{}")
    with pytest.raises(InputError, match="no file of verisearch risk calibrate"):
        read_control(file)


def test_runs_that_can_not_be_calibrated_on_are_refused(folder: Path, control: RiskControl, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no run"):
        calibrate_run(tmp_path, 0.1, 0.1)
    evaluate(tmp_path / "risky", risk=control, count=8)
    with pytest.raises(InputError, match="in which answers are missing"):
        calibrate_run(tmp_path / "risky", 0.1, 0.1)
    evaluate(tmp_path / "half", count=8)
    (tmp_path / "half" / "summary.json").unlink()
    with pytest.raises(InputError, match="isn't finished"):
        calibrate_run(tmp_path / "half", 0.1, 0.1)
    for shares in ((0.5, 0.5), (-0.1, 0), (math.nan, 0)):
        with pytest.raises(InputError, match="shares"):
            calibrate_run(folder, 0.1, 0.1, grid_share=shares[0], test_share=shares[1])


# --- answers, given or withheld ---
def test_an_answer_at_the_threshold_is_given_and_one_below_withheld(control: RiskControl) -> None:
    given = control.applied(solved(GOOD))
    assert (given.status, given.answer, given.withheld) == (SolveStatus.VERIFIED, "True", None)
    assert "answered: the score 1 reaches 0.4" in given.risk
    guessed = control.applied(solved(GUESS, "Bob is sad."))
    assert (guessed.status, guessed.answer, guessed.verified) == (SolveStatus.UNVERIFIED, "False", False)
    kept = control.applied(solved(GUESS))
    assert (kept.status, kept.answer, kept.withheld) == (SolveStatus.ABSTAINED, None, "False")
    assert kept.note == "risk control: the score 0 is below 0.4"
    assert not kept.verified
    assert kept.verdict is not None


def test_what_has_no_score_or_no_answer_is_withheld(control: RiskControl) -> None:
    silent = control.applied(solved("Bob is kind.\n"))
    assert (silent.status, silent.withheld) == (SolveStatus.ABSTAINED, None)
    assert "the chain gives no answer" in silent.note
    good = solved(GOOD)
    for score in (None, math.nan, 2.0, -1.0):
        candidates = (Candidate(text=GOOD, answer="True", score=score, verified=True),)
        found = control.applied(msgspec.structs.replace(good, candidates=candidates))
        assert found.status is SolveStatus.ABSTAINED
        assert "the answer has no score" in found.note


def test_what_failed_stays_an_error(control: RiskControl) -> None:
    problem = read_problem(CONTEXT, statement="Bob is nice.")
    failed = next(solve_all([problem], ScriptedPolicy(always(GOOD), fail_at=0), SolveOptions()))
    assert failed.status is SolveStatus.FAILED
    assert control.applied(failed) == failed


def test_a_rule_without_a_threshold_always_abstains(folder: Path) -> None:
    small = calibrate_run(folder, 0.02, 0.1)
    assert small.rule.threshold is None
    assert "needs at least 114 answers without an error" in small.told()
    found = small.applied(solved(GOOD))
    assert (found.status, found.withheld) == (SolveStatus.ABSTAINED, "True")


@pytest.mark.parametrize(
    ("options", "policy", "said"),
    [
        (SolveOptions(settings=Settings(n=9)), "scripted", "settings.n was 8, now 9"),
        (SolveOptions(strategy="sample"), "scripted", 'strategy was "greedy", now "sample"'),
        (SolveOptions(verifier="noisy:0.1"), "scripted", 'verifier was "symbolic", now "noisy:0.1"'),
        (SolveOptions(check=CheckOptions(max_leap=2)), "scripted", "check.max_leap was 1, now 2"),
        (SolveOptions(), "embedded", 'policy was "scripted", now "embedded"'),
    ],
)
def test_other_settings_than_those_calibrated_are_refused(
    control: RiskControl, options: SolveOptions, policy: str, said: str
) -> None:
    with pytest.raises(InputError, match="calibrated with other settings") as caught:
        control.refuse_other(policy, options)
    assert said in str(caught.value)


def test_what_changes_no_answer_may_differ(control: RiskControl) -> None:
    control.refuse_other("scripted", SolveOptions(seed=5, concurrency=1, settings=Settings(watch=True)))
    control.refuse_other(None, SolveOptions())


# --- runs ---
def test_a_run_counts_what_it_abstains_on(control: RiskControl, tmp_path: Path) -> None:
    report = evaluate(tmp_path / "run", risk=control, count=40)
    found = records(tmp_path / "run")
    kept = [each for each in found if each["status"] == "abstained"]
    assert len(kept) == 10
    assert all(each["predicted"] is None and each["withheld"] == "False" for each in kept)
    assert all(each["correct"] is False and each["verified"] is False for each in kept)
    figures = report.figures
    assert (figures.abstained, figures.coverage, figures.selective_accuracy) == (10, 0.75, 1.0)
    assert (figures.accuracy, figures.verified_precision) == (0.75, 1.0)
    assert figures.predictions["Unknown"] == {"abstained": 10}
    assert report.risk == {"alpha": 0.2, "delta": 0.2, "threshold": 0.4}
    assert all(replay(each).same for each in read_searches(tmp_path / "run"))  # before risk control
    with pytest.raises(RecordError, match="risk"):
        evaluate(tmp_path / "run", count=40, resume=True)


def test_a_withheld_answer_of_a_valid_chain_counts_in_no_figure_of_those_that_pass(
    folder: Path, tmp_path: Path
) -> None:
    nothing = calibrate_run(folder, 0.02, 0.1)
    figures = evaluate(tmp_path / "run", risk=nothing, count=8).figures
    assert (figures.abstained, figures.coverage, figures.selective_accuracy) == (8, 0.0, None)
    assert (figures.pass_rate, figures.precision, figures.verified_rate) == (0.0, None, 0.0)


# --- the command line ---
@pytest.fixture
def call(call):  # type: ignore[no-untyped-def]
    return lambda *arguments, reply=GOOD: call(*arguments, reply=reply)


def test_calibrate_writes_a_file_that_solve_goes_by(call, folder: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "risk.json"
    code, out, err = call("risk", "calibrate", folder, "--alpha", 0.2, "--delta", 0.2, "-o", file)
    assert code == 0, err
    assert "Assumptions:" in out
    assert call("risk", "show", file)[1] == out
    asked = ("solve", "Bob is nice.", "--context", CONTEXT, "--policy", "scripted", "--risk", file)
    code, out, err = call(*asked)
    assert code == 0, err
    assert "risk control: answered: the score 1 reaches 0.4; at most 20 %" in out.replace("\n", " ")
    code, out, _ = call(*asked, reply=GUESS)
    assert code == 4
    assert "ABSTAINED  No answer is given: risk control: the score 0 is below 0.4. The chain's own, False, is" in out
    code, out, _ = call(*asked, "--json", reply=GUESS)
    found = json.loads(out)
    assert code == 4
    assert (found["status"], found["answer"], found["withheld"]) == ("abstained", None, "False")
    code, _, err = call(*asked, "--format", "html", "--out", tmp_path / "page.html", reply=GUESS)
    assert code == 4, err
    assert (
        "Abstained: no answer is given. The chain&#39;s own, False, is withheld."
        in (tmp_path / "page.html").read_text()
    )
    code, _, err = call(*asked, "--n", 3)
    assert code == 2
    assert "settings.n was 8, now 3" in err


def test_a_split_that_is_too_small_is_said_and_nothing_written(call, folder: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, err = call("risk", "calibrate", folder, "-o", tmp_path / "risk.json")
    assert code == 1
    assert "needs at least 114 answers without an error" in out
    assert "nothing was written" in err
    assert not (tmp_path / "risk.json").exists()
    assert json.loads(call("risk", "calibrate", folder, "--json")[1])["rule"]["needed"] == 114


def test_eval_takes_risk_and_warns_of_the_calibration_data(call, folder: Path, tmp_path: Path, control) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "risk.json"
    file.write_bytes(msgspec.json.encode(control))
    data = folder.parent / "data-100.jsonl"
    given = ("eval", "proofwriter", "--data", data, "--workers", 1, "--risk", file)
    code, out, err = call(*given, "--mode", "solve", "--policy", "scripted", "--out", tmp_path / "run")
    assert code == 0, err
    assert "calibrated on this very file" in err
    assert "Coverage (answered)" in out
    assert "Abstained" in out
    code, _, err = call(*given, "--mode", "prove", "--out", tmp_path / "other")
    assert code == 2
    assert "--risk goes with --mode solve" in err


# --- strategies that abstain ---
def test_a_strategy_that_abstains_is_an_outcome_of_its_own(call) -> None:  # type: ignore[no-untyped-def]
    given = ("solve", "Bob is nice.", "--context", CONTEXT, "--strategy", "latts", "--set", "fallbacks=abstain")
    code, out, err = call(*given, reply="Bob is tall.\nThe answer is True.")
    assert code == 4, err
    assert "ABSTAINED  No answer is given: none of 8 draws of a step was accepted." in out
    code, out, _ = call(*given, "--json", reply="Bob is tall.\nThe answer is True.")
    found = json.loads(out)
    assert code == 4
    assert (found["status"], found["answer"], found["error"], found["trace"]) == ("abstained", None, None, None)
    code, out, _ = call(*given, "--format", "html", reply="Bob is tall.\nThe answer is True.")
    assert code == 4
    assert "Abstained: no answer is given." in out


def test_an_abstention_in_a_run_is_no_error(tmp_path: Path) -> None:
    report = evaluate(tmp_path / "run", count=8, strategy="latts", settings=Latts(draws=2, fallbacks=("abstain",)))
    assert [each["status"] for each in records(tmp_path / "run")] == ["verified", "abstained"] * 4
    assert (report.figures.errors, report.figures.abstained) == (0, 4)


def test_python_tells_the_status_and_takes_risk(control: RiskControl, tmp_path: Path) -> None:
    file = tmp_path / "risk.json"
    file.write_bytes(msgspec.json.encode(control))
    for risk in (control, file):
        found = verisearch.solve("Bob is nice.", context=CONTEXT, policy=ScriptedPolicy(always(GUESS)), risk=risk)
        assert (found.status, found.withheld) == (SolveStatus.ABSTAINED, "False")
    options, policy = SolveOptions(strategy="sample"), ScriptedPolicy(always(GUESS))
    with pytest.raises(InputError, match="calibrated with other settings"):
        verisearch.solve("Bob is nice.", context=CONTEXT, policy=policy, options=options, risk=control)

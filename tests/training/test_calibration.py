"""Calibration: figures known by hand, maps that keep what they promise, runs that come to the same."""

from __future__ import annotations

import csv
import json
import math
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'verisearch[train]'")

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, roc_auc_score

from verisearch.errors import InputError, RecordError
from verisearch.training.calibration.assessing import measured
from verisearch.training.calibration.fitting import FITS, RANGE, fit_isotonic, fit_platt, fit_temperature
from verisearch.training.calibration.metrics import aurc, auroc, brier, ece, reliability
from verisearch.training.calibration.runs import AS_SCORED, CalibrationPlan, run_calibration
from verisearch.training.calibration.sources import from_file
from verisearch.verifiers.calibrators import (
    CLIP,
    Calibrator,
    Isotonic,
    Map,
    Platt,
    Temperature,
    logit,
    read_calibrator,
    sigmoid,
)

SCORES = st.floats(0.0, 1.0)
ROWS = st.lists(st.tuples(SCORES, st.booleans()), min_size=1, max_size=60)


def columns(rows: Sequence[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    return [score for score, _ in rows], [outcome for _, outcome in rows]


def overconfident(count: int, seed: int = 0) -> list[tuple[float, bool]]:
    """Scores whose log odds are three times what they ought to be, and one too high."""
    generator = random.Random(seed)
    rows = []
    for _ in range(count):
        truth = generator.gauss(0.3, 1.2)
        rows.append((sigmoid(3 * truth + 1), generator.random() < sigmoid(truth)))
    return rows


# --- figures -------------------------------------------------------------------------------------------------------
def test_the_calibration_error_is_the_one_computed_by_hand() -> None:
    # [0.1, 0.2): scores .12 and .18, one so: |.15 - .5| over 2; [0.8, 0.9): one score of .85, so: .15 over 1
    assert ece([0.12, 0.18, 0.85], [1, 0, 1]) == pytest.approx((2 * 0.35 + 0.15) / 3)
    # a distance below and one above don't cancel out between bins, within a bin they do
    assert ece([0.25, 0.75], [1, 0]) == pytest.approx(0.75)
    assert ece([0.5, 0.5], [1, 0]) == 0.0


def test_a_confidence_of_exactly_one_counts_in_the_last_bin() -> None:
    assert ece([1.0, 1.0], [0, 0]) == 1.0  # left out, it would be 0 or no number
    assert ece([1.0, 0.0], [1, 1]) == 0.5
    last = reliability([0.9, 0.95, 1.0], [0, 1, 1])[-1]
    assert (last.low, last.high, last.count) == (0.9, 1.0, 3)
    assert last.confidence == pytest.approx(0.95)
    assert last.accuracy == pytest.approx(2 / 3)


def test_bins_hold_every_score_once_and_begin_at_their_lower_edge() -> None:
    edges = [place / 10 for place in range(11)]
    found = reliability(edges, [1] * 11)
    assert [each.count for each in found] == [1] * 9 + [2]
    empty = reliability([0.05], [1])[1]
    assert (empty.count, empty.confidence, empty.accuracy) == (0, None, None)


def test_the_brier_score_is_the_one_computed_by_hand() -> None:
    assert brier([0.8, 0.3, 1.0], [1, 0, 0]) == pytest.approx((0.04 + 0.09 + 1.0) / 3)


def test_the_area_under_the_roc_curve_is_the_chance_to_be_ranked_right() -> None:
    assert auroc([0.9, 0.1], [True, False]) == 1.0
    assert auroc([0.5, 0.5], [True, False]) == 0.5
    assert auroc([0.1, 0.8, 0.5], [True, True, False]) == 0.5
    assert auroc([-3.0, -1.0], [True, False]) == 0.0
    assert auroc([0.1], [True]) is None


def test_the_area_under_the_risk_coverage_curve_is_the_one_computed_by_hand() -> None:
    # of the first: 0 of 1; of two: one of the equal ones, half an error; of three: one; of four: two
    assert aurc([0.9, 0.8, 0.8, 0.1], [1, 0, 1, 0]) == pytest.approx((0 + 0.5 / 2 + 1 / 3 + 2 / 4) / 4)
    assert aurc([0.9, 0.8, 0.2], [1, 1, 0]) == pytest.approx(1 / 9)
    assert aurc([0.9, 0.8, 0.2], [0, 1, 1]) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert aurc([0.4] * 4, [1, 0, 0, 0]) == pytest.approx(0.75)


def test_figures_of_nothing_are_none() -> None:
    assert [metric([], []) for metric in (ece, brier, auroc, aurc)] == [None] * 4


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(rows: list[tuple[float, bool]], generator: random.Random) -> None:
    again = rows.copy()
    generator.shuffle(again)
    for metric in (ece, brier, auroc, aurc):
        assert metric(*columns(again)) == pytest.approx(metric(*columns(rows)))


@given(ROWS)
def test_figures_agree_with_scikit_learns(rows: list[tuple[float, bool]]) -> None:
    scores, outcomes = columns(rows)
    if len(set(outcomes)) == 2:
        assert brier(scores, outcomes) == pytest.approx(brier_score_loss(outcomes, scores))
        assert auroc(scores, outcomes) == pytest.approx(roc_auc_score(outcomes, scores))


def test_the_bins_agree_with_scikit_learns() -> None:
    generator = random.Random(3)
    rows = [(generator.random(), generator.random() < 0.4) for _ in range(500)]
    shares, means = calibration_curve([y for _, y in rows], [s for s, _ in rows], n_bins=10)
    found = reliability(*columns(rows))
    assert [each.accuracy for each in found] == pytest.approx(list(shares))
    assert [each.confidence for each in found] == pytest.approx(list(means))


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.9]), st.booleans()), min_size=1, max_size=6))
def test_equal_scores_count_as_in_all_their_orders(rows: list[tuple[float, bool]]) -> None:
    """Against the mean over many orders of equal scores, each drawn without looking at outcomes."""
    generator, areas = random.Random(0), []
    for _ in range(600):
        order = sorted(rows, key=lambda row: (-row[0], generator.random()))
        errors = np.cumsum([not outcome for _, outcome in order])
        areas.append(float(np.mean(errors / np.arange(1, len(order) + 1))))
    assert aurc(*columns(rows)) == pytest.approx(float(np.mean(areas)), abs=0.06)


# --- maps ----------------------------------------------------------------------------------------------------------
@given(st.floats(RANGE[0], RANGE[1]), SCORES, SCORES)
def test_temperature_keeps_the_order(temperature: float, one: float, other: float) -> None:
    found = Temperature(temperature=temperature)
    low, high = sorted((one, other))
    assert 0 <= found.apply(low) <= found.apply(high) <= 1


@given(st.floats(0.05, 20.0), st.floats(-5, 5), SCORES, SCORES)
def test_platt_with_a_positive_slope_keeps_the_order(slope: float, intercept: float, one: float, other: float) -> None:
    found = Platt(slope=slope, intercept=intercept)
    low, high = sorted((one, other))
    assert 0 <= found.apply(low) <= found.apply(high) <= 1


def test_temperature_and_platt_tell_different_scores_apart() -> None:
    for found in (Temperature(temperature=2.5), Platt(slope=0.7, intercept=-1.0)):
        values = [found.apply(place / 50) for place in range(51)]
        assert len(set(values)) == 51


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SCORES, st.booleans()), min_size=2, max_size=40), SCORES, SCORES)
def test_isotonic_never_falls(rows: list[tuple[float, bool]], one: float, other: float) -> None:
    found = fit_isotonic(*columns(rows))
    low, high = sorted((one, other))
    assert 0 <= found.apply(low) <= found.apply(high) <= 1


def test_isotonic_says_what_scikit_learn_says() -> None:
    from sklearn.isotonic import IsotonicRegression

    rows = overconfident(300)
    found = fit_isotonic(*columns(rows))
    model = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(*map(np.array, columns(rows)))
    asked = [place / 997 for place in range(998)]
    assert [found.apply(score) for score in asked] == pytest.approx(model.predict(asked).tolist())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(SCORES, st.booleans()), min_size=2, max_size=40), st.sampled_from(sorted(FITS)), SCORES)
def test_a_map_written_and_read_gives_the_same_values(
    rows: list[tuple[float, bool]], method: str, score: float
) -> None:
    found = FITS[method](*columns(rows))
    again = msgspec.json.decode(msgspec.json.encode(found), type=Map)
    assert again == found
    for asked in (0.0, score, 1.0):
        assert again.apply(asked) == found.apply(asked)
        assert 0 <= found.apply(asked) <= 1


def test_scores_of_exactly_nought_and_one_have_finite_log_odds() -> None:
    assert logit(1.0) == logit(1.0 - CLIP) == pytest.approx(13.8, abs=0.1)
    assert logit(0.0) == pytest.approx(-logit(1.0))
    rows = [(1.0, True), (1.0, False), (0.0, False), (0.0, True), (1.0, True), (0.0, False)]
    for fit in FITS.values():
        found = fit(*columns(rows))
        assert found.apply(1.0) == pytest.approx(2 / 3, abs=0.12)
        assert found.apply(0.0) == pytest.approx(1 / 3, abs=0.12)
    assert Temperature(temperature=1.0).apply(0.3) == pytest.approx(0.3)
    assert sigmoid(-1e308) >= 0
    assert sigmoid(math.inf) == 1


def test_the_fits_find_what_the_scores_were_made_with() -> None:
    rows = overconfident(20_000)  # sigmoid(3 t + 1) for a truth of sigmoid(t)
    platt = fit_platt(*columns(rows))
    assert platt.slope == pytest.approx(1 / 3, abs=0.02)
    assert platt.intercept == pytest.approx(-1 / 3, abs=0.05)
    generator = random.Random(1)
    truths = [generator.gauss(0, 1) for _ in range(20_000)]
    only_sharp = [(sigmoid(2 * each), generator.random() < sigmoid(each)) for each in truths]
    assert fit_temperature(*columns(only_sharp)).temperature == pytest.approx(2.0, abs=0.1)


def test_the_temperature_has_the_least_log_loss() -> None:
    scores, outcomes = columns(overconfident(200))

    def loss(temperature: float) -> float:
        values = [Temperature(temperature=temperature).apply(score) for score in scores]
        return -sum(math.log(v if so else 1 - v) for v, so in zip(values, outcomes, strict=True))

    found = fit_temperature(scores, outcomes).temperature
    assert loss(found) <= min(loss(found * 1.02), loss(found / 1.02))


def test_scores_that_tell_everything_have_finite_maps() -> None:
    rows = [(0.9, True), (0.95, True), (0.1, False), (0.05, False)]
    platt = fit_platt(*columns(rows))
    assert math.isfinite(platt.slope)
    assert platt.slope > 0
    assert fit_temperature(*columns(rows)).temperature == pytest.approx(RANGE[0], rel=1e-3)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_calibrating_miscalibrated_scores_lowers_the_error_elsewhere(method: str, seed: int) -> None:
    found = FITS[method](*columns(overconfident(800, seed)))
    scores, outcomes = columns(overconfident(800, seed + 100))
    before = ece(scores, outcomes)
    after = ece([found.apply(score) for score in scores], outcomes)
    assert before is not None
    assert after is not None
    assert before > 0.1
    assert after < 0.6 * before


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "temperature", "temperature": 0},
        {"method": "temperature", "temperature": -1},
        {"method": "isotonic", "scores": [], "values": []},
        {"method": "isotonic", "scores": [0.1, 0.1], "values": [0.2, 0.3]},
        {"method": "isotonic", "scores": [0.1, 0.2], "values": [0.4, 0.3]},
        {"method": "isotonic", "scores": [0.1, 1.2], "values": [0.3, 0.4]},
        {"method": "isotonic", "scores": [0.1], "values": [0.3, 0.4]},
        {"method": "platt", "slope": 1.0},
        {"method": "vector", "weights": []},
    ],
)
def test_a_map_that_is_none_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Map)


# --- intervals -----------------------------------------------------------------------------------------------------
def test_intervals_are_over_groups_and_changes_are_paired() -> None:
    rows = overconfident(60)
    scores, outcomes = columns(rows)
    apart = measured({"a": scores}, outcomes, [str(place) for place in range(60)], 300, 0)["a"].figures["brier"]
    tenfold = measured({"a": scores * 10}, outcomes * 10, [str(place) for place in range(60)] * 10, 300, 0)["a"]
    assert tenfold.figures["brier"].interval == pytest.approx(apart.interval)  # ten of a group are one witness
    shifted = measured({"a": scores, "b": scores}, outcomes, ["x", "y"] * 30, 50, 0)["b"].change["brier"]
    assert (shifted.value, shifted.interval) == (0.0, (0.0, 0.0))
    assert measured({"a": scores}, outcomes, ["x"] * 60, 50, 0)["a"].figures["ece"].interval is None


# --- files of scores -----------------------------------------------------------------------------------------------
def write(path: Path, rows: Sequence[tuple[float, bool]], of_a_group: int = 2) -> Path:
    path.write_text(
        "".join(
            json.dumps({"score": score, "outcome": int(outcome), "group": f"g{place // of_a_group}"}) + "\n"
            for place, (score, outcome) in enumerate(rows)
        )
    )
    return path


def test_json_lines_and_csv_are_read_alike(tmp_path: Path) -> None:
    lines = tmp_path / "rows.jsonl"
    lines.write_text(
        '{"score": 0.5, "outcome": true, "group": 7, "id": "x"}\n\n{"score": 1, "outcome": 0}\n'
        '{"score": null, "outcome": 0}\n'
    )
    table = tmp_path / "rows.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["id", "outcome", "score", "group"], ["x", "TRUE", "0.5", "7"], ["two\nlines", "0", "1", ""],
             ["z", "0", "", "7"]]
        )  # fmt: skip
    one, other = from_file(lines), from_file(table)
    assert one.rows[0] == other.rows[0] == (0.5, True, "group 7")
    assert [row[:2] for row in one.rows] == [row[:2] for row in other.rows] == [(0.5, True), (1.0, False)]
    assert one.left_out == other.left_out == {"no score": 1}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.jsonl", '{"score": 0.5, "outcome": 1}\n{"score": 0.5\n', r"a\.jsonl:2: malformed JSON"),
        ("a.jsonl", '{"score": NaN, "outcome": 1}', r"a\.jsonl:1: the score is nan; it must lie in \[0, 1\]"),
        ("a.jsonl", '{"score": 1.01, "outcome": 1}', r"a\.jsonl:1: the score is 1\.01"),
        ("a.jsonl", '{"score": -0.1, "outcome": 1}', r"a\.jsonl:1: the score is -0\.1"),
        ("a.jsonl", '{"score": Infinity, "outcome": 1}', r"a\.jsonl:1: the score is inf"),
        ("a.jsonl", '{"score": true, "outcome": 1}', r"a\.jsonl:1: the score True is no number"),
        ("a.jsonl", '{"score": [1], "outcome": 1}', r"a\.jsonl:1: the score \[1\] is no number"),
        ("a.jsonl", '{"score": 1, "outcome": 0.5}', r"a\.jsonl:1: the outcome 0\.5 is neither 0 nor 1"),
        ("a.jsonl", '{"score": 1, "outcome": [1]}', r"a\.jsonl:1: the outcome \[1\] is neither"),
        ("a.jsonl", '{"score": 1, "outcome": null}', r"a\.jsonl:1: the outcome None is neither"),
        ("a.jsonl", '{"score": 1, "outcome": 1, "group": {}}', r"a\.jsonl:1: the group \{\} is no name"),
        ("a.jsonl", '{"outcome": 1}', r"a\.jsonl:1: there is no score"),
        ("a.jsonl", '{"score": 1}', r"a\.jsonl:1: there is no outcome"),
        ("a.jsonl", "[0.5, 1]", r"a\.jsonl:1: not a JSON object"),
        ("a.jsonl", "[" * 100_000, r"a\.jsonl:1: malformed JSON"),
        ("a.jsonl", "\n", "there are no scores"),
        ("a.jsonl", '{"score": null, "outcome": 1}', "there are no scores"),
        ("a.csv", "score,right\n0.5,1\n", r"a\.csv:1: the heading lacks outcome"),
        ("a.csv", "", r"a\.csv:1: the heading lacks outcome and score"),
        ("a.csv", "score,outcome\n0.5,1\n0.5\n", r"a\.csv:3: the heading has 2 columns"),
        ("a.csv", "score,outcome\n0.5,1,2\n", r"a\.csv:2: the heading has 2 columns"),
        ("a.csv", "score,outcome\nnan,1\n", r"a\.csv:2: the score is nan"),
        ("a.csv", "score,outcome\nhigh,1\n", r"a\.csv:2: the score 'high' is no number"),
        ("a.csv", 'score,outcome\n0.5,"1\n', r"a\.csv:2: malformed CSV"),
        ("a.csv", 'id,score,outcome\n"a\nb",0.5,1\nc,2,1\n', r"a\.csv:4: the score is 2"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_named_with_its_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=said):
        from_file(tmp_path / name)


def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not a text file"):
        from_file(tmp_path / "a.csv")
    with pytest.raises(InputError, match="no such file"):
        from_file(tmp_path / "b.csv")


# --- runs ----------------------------------------------------------------------------------------------------------
def test_a_run_calibrates_and_measures_on_groups_left_out(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    scores = write(tmp_path / "scores.jsonl", overconfident(1500))
    out = tmp_path / "cal"
    found = run_calibration(CalibrationPlan(scores=str(scores), replicates=100), out)
    assert (found.fitted_on.groups, found.measured_on.groups) == (525, 225)
    assert (found.fitted_on.rows, found.measured_on.rows) == (1050, 450)
    before, after = found.held_out[AS_SCORED], found.held_out[found.chosen]
    assert (before.figures["ece"].value or 0) > 0.1
    assert (after.change["brier"].interval or (0, 0))[1] < 0
    assert (after.figures["ece"].value or 1) < (before.figures["ece"].value or 0)
    assert before.change["ece"].value == 0
    assert found.held_out["platt"].figures["auroc"] == before.figures["auroc"]  # the order is kept
    assert {each.name for each in out.iterdir()} == {
        "run.json", "calibrator.json", "figures.json", "reliability.png", "README.md"
    }  # fmt: skip
    written = read_calibrator(out / "calibrator.json")
    assert written.map == found.maps[found.chosen]
    assert written.method == found.chosen
    assert (out / "reliability.png").read_bytes().startswith(b"\x89PNG")
    card = (out / "README.md").read_text()
    assert f"{found.chosen} (chosen)" in card
    assert "450 scores in 225 groups" in card


def test_best_is_chosen_without_looking_at_what_is_held_out(tmp_path: Path) -> None:
    rows = overconfident(400)
    scores = write(tmp_path / "scores.jsonl", rows)
    plan = CalibrationPlan(scores=str(scores), replicates=2)
    found = run_calibration(plan, tmp_path / "one")
    names = {name: each for name, each in found.cross_validated.items() if name != AS_SCORED}
    assert found.chosen == min(names, key=lambda name: names[name])
    # with the outcomes of the groups held out turned round, the same map is chosen and written
    from verisearch.training.splits import held_out

    kept = held_out([row.group for row in from_file(scores).rows], plan.held_out, plan.seed)
    write(scores, [(s, y != (f"group g{place // 2}" in kept)) for place, (s, y) in enumerate(rows)])
    again = run_calibration(plan, tmp_path / "two")
    assert again.sha256 != found.sha256
    assert (again.chosen, again.maps, again.cross_validated) == (found.chosen, found.maps, found.cross_validated)
    assert again.held_out != found.held_out


def test_the_same_command_comes_to_the_same_and_another_is_refused(tmp_path: Path) -> None:
    scores = write(tmp_path / "scores.jsonl", overconfident(100))
    plan, out = CalibrationPlan(scores=str(scores), replicates=20), tmp_path / "cal"
    run_calibration(plan, out)
    first = {each.name: each.read_bytes() for each in out.iterdir()}
    run_calibration(plan, out)
    assert {each.name: each.read_bytes() for each in out.iterdir()} == first
    with pytest.raises(RecordError, match="seed was 0, now 1"):
        run_calibration(msgspec.structs.replace(plan, seed=1), out)
    assert {each.name: each.read_bytes() for each in out.iterdir()} == first


def test_a_method_can_be_asked_for(tmp_path: Path) -> None:
    scores = write(tmp_path / "scores.jsonl", overconfident(100))
    for method in FITS:
        plan = CalibrationPlan(scores=str(scores), method=method, replicates=2)  # type: ignore[arg-type]
        run_calibration(plan, tmp_path / method)
        assert read_calibrator(tmp_path / method / "calibrator.json").method == method


def test_a_score_that_falls_with_the_outcome_is_told(tmp_path: Path) -> None:
    rows = [(score, not outcome) for score, outcome in overconfident(300)]
    scores = write(tmp_path / "scores.jsonl", rows)
    found = run_calibration(CalibrationPlan(scores=str(scores), replicates=2), tmp_path / "cal")
    assert isinstance(found.maps["platt"], Platt)
    assert found.maps["platt"].slope < 0
    assert found.chosen != "platt"
    assert any("doesn't rise with the outcome" in note for note in found.notes)
    assert any("No temperature fits" in note for note in found.notes)
    assert "doesn't rise with the outcome" in (tmp_path / "cal" / "README.md").read_text()


def test_without_matplotlib_the_diagram_is_left_out_and_the_rest_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    scores = write(tmp_path / "scores.jsonl", overconfident(60))
    found = run_calibration(CalibrationPlan(scores=str(scores), replicates=2), tmp_path / "cal")
    assert any("diagram was left out" in note and "plots" in note for note in found.notes)
    assert read_calibrator(tmp_path / "cal" / "calibrator.json").method == found.chosen
    assert not (tmp_path / "cal" / "reliability.png").exists()
    assert "reliability.png" not in (tmp_path / "cal" / "README.md").read_text()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(0.5, True)] * 40, "40 scores .all. every one is right"),
        ([(0.5, False)] * 40, "every one is not right"),
        (overconfident(12), "too few groups: 4 to fit on and 2 to measure on; it takes at least 5"),
        (overconfident(2), "too few groups"),
    ],
)
def test_what_is_too_little_is_refused_before_a_folder_is_made(
    tmp_path: Path, rows: list[tuple[float, bool]], said: str
) -> None:
    scores = write(tmp_path / "scores.jsonl", rows)
    with pytest.raises(InputError, match=said):
        run_calibration(CalibrationPlan(scores=str(scores), replicates=2), tmp_path / "cal")
    assert not (tmp_path / "cal").exists()


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(SCORES, st.booleans()), min_size=20, max_size=40), st.integers(0, 3))
def test_any_scores_come_to_an_end(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, bool]], seed: int
) -> None:
    folder = tmp_path_factory.mktemp("any")
    scores = write(folder / "scores.jsonl", rows)
    try:
        found = run_calibration(CalibrationPlan(scores=str(scores), replicates=2, seed=seed), folder / "cal")
    except InputError as error:
        assume("tell apart" not in str(error))
        raise
    kept = found.held_out[found.chosen].figures
    assert all(each.value is None or 0 <= each.value <= 1 for each in kept.values())


def test_a_calibrator_is_what_its_file_says(tmp_path: Path) -> None:
    made = Calibrator(
        map=Isotonic(scores=(0.1, 0.7), values=(0.2, 0.9)), outcome="correct", verifier=None, source="here",
        sha256="", verisearch="0",
    )  # fmt: skip
    path = tmp_path / "calibrator.json"
    path.write_bytes(msgspec.json.encode(made))
    assert read_calibrator(path) == made
    assert [made.map.apply(score) for score in (0.0, 0.1, 0.4, 0.7, 1.0)] == pytest.approx([0.2, 0.2, 0.55, 0.9, 0.9])

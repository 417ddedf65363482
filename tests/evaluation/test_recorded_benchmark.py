"""The parts of ``benchmarks/recorded.py``, on recordings made for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))

import recorded
from recorded import Dealer, Point, Rule, best_rule, bootstrap, cross_fitted, folds_of, play

from verisearch.search.adaptive import AdaptiveConsistency, EarlyStopping
from verisearch.search.best_of_n import BestOfN
from verisearch.search.chains import Settings

#: (answer, reward, tokens) of the samples about each problem; 7 is right.
SAMPLES = {
    "easy": [("7", 0.9, 10), ("7", 0.8, 20), ("7", 0.7, 30), ("5", 0.1, 40)],
    "misled": [("5", 0.2, 10), ("5", 0.3, 10), ("5", 0.3, 10), ("7", 0.95, 10)],
    "hard": [("1", 0.1, 50), ("2", 0.2, 50), ("3", 0.3, 50), ("4", 0.4, 50)],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "recorded.jsonl"
    rows = []
    for name, samples in SAMPLES.items():
        traces = [
            {
                "text": f"Way {place}.\n\nThe answer is {answer}.",
                "tokens": tokens,
                "correct": answer == "7",
                "prm_score": reward,
            }
            for place, (answer, reward, tokens) in enumerate(samples)
        ]
        rows.append({"id": name, "problem": f"What is {name}?", "gold": "7", "traces": traces})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def policy(file: Path) -> Dealer:
    return Dealer(file)


def of(policy: Dealer, strategy: str, settings: Settings, deals: Sequence[int] = (0, 1, 2)) -> dict[str, Point]:
    return play(policy, policy.recordings, strategy, settings, deals)


def test_all_samples_are_dealt_once_and_all_strategies_see_the_same_order(policy: Dealer) -> None:
    whole = of(policy, "best-of-n", BestOfN(n=4, verifier="replay"))
    assert whole == {"easy": Point(1, 100, 4), "misled": Point(1, 40, 4), "hard": Point(0, 200, 4)}
    one = of(policy, "best-of-n", BestOfN(n=1, verifier="replay"), range(40))
    assert one == of(policy, "self-consistency", Settings(n=1, verifier="replay"), range(40))
    assert 0 < one["misled"].right < 0.6, "a quarter of the samples is right"
    assert one["easy"].tokens != one["misled"].tokens == 10


def test_votes_and_rewards_choose_as_they_should(policy: Dealer) -> None:
    votes = of(policy, "self-consistency", Settings(n=4, verifier="replay"))
    assert {name: point.right for name, point in votes.items()} == {"easy": 1, "misled": 0, "hard": 0}
    weighted = of(policy, "confidence-weighted-self-consistency", Settings(n=4, verifier="replay"))
    assert {name: point.right for name, point in weighted.items()} == {"easy": 1, "misled": 1, "hard": 0}
    assert weighted == of(policy, "weighted-best-of-n", BestOfN(n=4, verifier="replay"))


def test_stopping_saves_chains_and_is_charged_for_what_it_draws(policy: Dealer) -> None:
    sure = of(policy, "early-stopping", EarlyStopping(n=4, tau=0.25, verifier="replay"), range(20))
    assert 1 <= sure["misled"].chains < 2
    assert sure["misled"].tokens == 10 * sure["misled"].chains
    never = of(policy, "early-stopping", EarlyStopping(n=4, tau=1.0, verifier="replay"))
    assert all(point.chains == 4 for point in never.values())
    adaptive = of(policy, "adaptive-consistency", AdaptiveConsistency(n=4, threshold=0.8, verifier="replay"))
    assert adaptive["hard"].chains == 4
    assert adaptive["easy"].chains < 4


def test_a_rule_keeps_to_the_budget_and_is_chosen_without_the_problem_it_is_tried_on() -> None:
    cheap, dear = Rule(0.5, 4), Rule(0.9, 4)
    runs = {
        cheap: {"a": Point(0, 10, 1), "b": Point(1, 10, 1), "c": Point(0, 10, 1)},
        dear: {"a": Point(1, 30, 3), "b": Point(0, 30, 3), "c": Point(1, 30, 3)},
    }
    assert best_rule(runs, ["a", "c"], 30) == dear
    assert best_rule(runs, ["a", "c"], 29) == cheap
    assert best_rule(runs, ["a", "c"], 1) == cheap, "if nothing fits, the cheapest"
    assert best_rule(runs, ["b"], 100) == cheap
    held, rules = cross_fitted(runs, {"a": 0, "b": 1, "c": 2}, 100)
    # a is tried under what b and c chose (a tie: the cheaper), b under a's and c's, c under a's and b's
    assert rules == [cheap, dear, cheap]
    assert held == {"a": Point(0, 10, 1), "b": Point(0, 30, 3), "c": Point(0, 10, 1)}


def test_folds_are_even_and_fixed_by_name() -> None:
    names = [f"p{number}" for number in range(29)]
    folds = folds_of(names, 5)
    assert sorted(list(folds.values()).count(fold) for fold in range(5)) == [5, 6, 6, 6, 6]
    assert folds == folds_of(names[::-1], 5)


def test_an_interval_covers_the_mean_and_shrinks_with_more_problems() -> None:
    few, many = bootstrap([0.0, 1.0] * 10, 2000), bootstrap([0.0, 1.0] * 200, 2000)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]
    # a mean of 20 coins has a standard error of .112
    assert few == pytest.approx((0.28, 0.72), abs=0.04)
    assert bootstrap([0.25] * 5, 100) == (0.25, 0.25)


def test_the_grader_and_our_equality_are_compared(policy: Dealer) -> None:
    counts = recorded.agreement(policy.recordings, dict.fromkeys(SAMPLES, "7"))
    assert counts == {"right: equal": 4, "wrong: different": 8}


def test_rows_cover_every_strategy_and_are_written(file: Path, policy: Dealer, tmp_path: Path) -> None:
    rows = recorded.measure(policy, policy.recordings, (0, 1))
    assert {row["strategy"] for row in rows} == {*recorded.SIZED, *recorded.STOPPING}
    for row in rows:
        low, high = row["interval"]
        assert 0 <= low <= row["accuracy"] <= high <= 1
        assert set(row["by_problem"]) == set(SAMPLES)
        assert len(recorded.shown(row)) == 8
    # one chain is one chain, whatever is then asked of it
    assert len({row["accuracy"] for row in rows if row["setting"] == "n = 1"}) == 1
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra plots)")
    picture = tmp_path / "recorded.png"
    recorded.plot(rows, 2 / 3, picture)
    assert picture.read_bytes().startswith(b"\x89PNG")

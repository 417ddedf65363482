"""The arms of a run: budgets, names, the greedy chain that multiples are of, and what a folder keeps of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from verisearch.errors import InputError, UnknownNameError
from verisearch.evaluation.arms import Arm, Level, Searcher, arms_of, levels, one_arm, resolved
from verisearch.evaluation.stored import read_arm, run_differences, stored_arm
from verisearch.runtime.budget import Budget
from verisearch.runtime.solving import SolveOptions
from verisearch.search.acceptance import Latts
from verisearch.search.chains import OneChain, Settings


def searcher(strategy: str = "latts", settings: Settings | None = None, *, n: int | None = None) -> Searcher:
    name = strategy if n is None else f"{strategy}:n={n}"
    options = SolveOptions(strategy=strategy, settings=settings or Settings(n=n or 8), seed=3, concurrency=7)
    return Searcher(name, strategy, options)


def test_budgets_are_tokens_multiples_or_none() -> None:
    assert levels("500, x2,x0.5,none") == (
        Level(tokens=500),
        Level(multiple=2.0),
        Level(multiple=0.5),
        Level(),
    )
    assert [level.text for level in levels("500,x2,x0.5,none")] == ["500", "x2", "x0.5", "none"]
    assert levels("X4+none") == (Level(multiple=4.0), Level())


@pytest.mark.parametrize(
    "text", ["", "0", "x0", "-3", "2x", "x", "5,,6", "1e3", "all", "x1e9", "nan", "xnan", "9" * 13]
)
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="give tokens"):
        levels(text)


def test_every_strategy_gets_every_budget_after_a_greedy_chain_that_multiples_are_of() -> None:
    arms = arms_of([searcher(), searcher("beam")], levels("x1,x4"))
    assert [arm.name for arm in arms] == ["greedy", "latts @x1", "latts @x4", "beam @x1", "beam @x4"]
    assert [arm.series for arm in arms] == ["greedy", "latts", "latts", "beam", "beam"]
    assert [arm.multiple for arm in arms] == [None, 1.0, 4.0, 1.0, 4.0]
    assert arms[0].options.budget == Budget()
    assert (arms[0].options.seed, type(arms[0].options.settings)) == (3, OneChain)


def test_a_greedy_chain_without_a_limit_that_is_asked_for_is_the_one() -> None:
    arms = arms_of([searcher(), searcher("greedy")], levels("none,x2"))
    assert [arm.name for arm in arms] == ["greedy", "latts", "latts @x2", "greedy @x2"]
    assert [arm.series for arm in arms] == ["greedy", "latts", "latts", "greedy"]


def test_without_budgets_n_makes_the_curve() -> None:
    arms = arms_of([searcher("beam", n=2), searcher("beam", n=4), searcher()])
    assert [(arm.name, arm.series) for arm in arms] == [("beam:n=2", "beam"), ("beam:n=4", "beam"), ("latts", "latts")]


def test_a_searcher_may_bring_budgets_of_its_own() -> None:
    own = searcher("beam", n=2)._replace(budgets=(Level(),))
    arms = arms_of([own, searcher()], levels("50,100"))
    assert [(arm.name, arm.series, arm.options.budget.tokens) for arm in arms] == [
        ("beam:n=2", "beam", None),
        ("latts @50", "latts", 50),
        ("latts @100", "latts", 100),
    ]


def test_what_is_there_twice_or_not_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="'latts' is there twice"):
        arms_of([searcher(), searcher()])
    with pytest.raises(InputError, match="twice"):
        arms_of([searcher()], levels("50,50"))
    with pytest.raises(InputError, match="nothing to compare"):
        arms_of([])


@pytest.mark.parametrize(
    ("multiple", "mean", "tokens"), [(1.0, 74.2, 75), (0.5, 10.0, 5), (0.001, 10.0, 1), (4, 25, 100)]
)
def test_a_multiple_becomes_tokens(multiple: float, mean: float, tokens: int) -> None:
    (arm,) = one_arm(SolveOptions())
    assert resolved(arm, None) == arm
    multiplied = resolved(Arm(name="a", series="a", options=SolveOptions(), multiple=multiple), mean)
    assert multiplied.options.budget == Budget(tokens=tokens)


def test_a_multiple_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="give --budget in tokens"):
        resolved(Arm(name="a", series="a", options=SolveOptions(), multiple=2.0), None)


def stored(settings: Settings | None = None, **more: Any) -> dict[str, Any]:
    options = SolveOptions(strategy="latts", settings=settings or Latts(delta=0.7, fallbacks=("take",)), **more)
    data = {"mode": "solve", "seed": 1, "arms": [stored_arm(each) for each in one_arm(options)]}
    found: dict[str, Any] = json.loads(json.dumps(data))
    return found


def test_settings_are_read_back_as_what_their_strategy_takes() -> None:
    (arm,) = one_arm(
        SolveOptions(strategy="latts", settings=Latts(delta=0.7, fallbacks=("take", "stop")), concurrency=32)
    )
    assert read_arm(json.loads(json.dumps(stored_arm(arm)))) == arm
    assert isinstance(read_arm(stored_arm(arm)).options.settings, Latts)


def test_runs_are_compared_by_what_the_search_is_given() -> None:
    assert run_differences(stored(), stored()) == []
    assert run_differences(stored(concurrency=2), stored(concurrency=64)) == []
    old = stored()
    old["arms"][0]["options"]["settings"]["tau"] = 1
    assert run_differences(old, stored(Latts(delta=0.7, fallbacks=("take",), tau=1.0))) == []
    del old["arms"][0]["options"]["settings"]["tau"]  # a setting that is new has its default
    assert run_differences(old, stored()) == []
    assert run_differences(stored(), stored(Latts(delta=0.8, fallbacks=("take",)))) == [
        "latts: options.settings.delta was 0.7, now 0.8"
    ]
    assert run_differences(stored(), {**stored(), "seed": 2}) == ["seed was 1, now 2"]
    assert run_differences(stored(), stored(seed=5)) == ["latts: options.seed was 0, now 5"]


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("settings", "patience"), 3, "options.settings.patience is nothing that this version knows"),
        (("settings", "delta"), 7, "can't be read"),
        (("settings", "delta"), "much", "can't be read"),
        (("strategy",), "magic", "no strategy named 'magic'"),
        (("settings",), None, "can't be read"),
    ],
)
def test_stored_settings_that_mean_nothing_here_are_named(path: tuple[str, ...], value: Any, words: str) -> None:
    old = stored()
    place = old["arms"][0]["options"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (line,) = run_differences(old, stored())
    assert line.startswith("latts: its stored settings: ")
    assert words in line
    with pytest.raises((InputError, UnknownNameError)):
        read_arm(old["arms"][0])


def test_other_arms_and_runs_of_one_strategy_are_told_apart() -> None:
    assert run_differences(stored(), {**stored(), "arms": []}) == ['what is compared was ["latts"], now []']
    assert run_differences({**stored(), "arms": [7]}, stored()) == ['what is compared was [null], now ["latts"]']
    old = {"mode": "solve", "solve": {"strategy": "latts"}}
    assert "can't be gone on with" in run_differences(old, stored())[0]
    assert run_differences({"mode": "prove", "solve": None}, {"mode": "prove", "arms": None}) == []

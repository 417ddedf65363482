"""What step-level strategies do when there is nothing to go by: each outcome is stated here."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from toy import Toy

from verisearch.search.beam import beam
from verisearch.search.latts import Latts, latts
from verisearch.search.mcts import mcts
from verisearch.search.particle import particle
from verisearch.search.requests import Strategy
from verisearch.search.strategies import Settings


def weighted(settings: Settings) -> Strategy:
    shared = {name: getattr(settings, name) for name in Settings.__struct_fields__}
    return latts(Latts(weighted=True, **shared))


ALL: dict[str, Callable[[Settings], Strategy]] = {
    "latts": latts,
    "weighted": weighted,
    "beam": beam,
    "particle": particle,
    "mcts": mcts,
}
FEW = Settings(n=3, steps=5)
every = pytest.mark.parametrize("name", ALL)


def rising(written: str) -> float:
    return 0.95 if not written.endswith(".") else 1.0


def only_path(written: str) -> dict[str, float]:
    return {"x": 1.0} if len(written) < 2 else {"x.": 1.0}


@every
def test_no_budget_writes_nothing_and_says_so(name: str) -> None:
    choice = Toy(draws=0).run(ALL[name](FEW))
    assert choice.node is None
    assert choice.candidates == ()
    assert choice.reason == "the budget is spent: tokens"


@every
@pytest.mark.parametrize("draws", range(1, 30, 4))
def test_a_budget_is_never_overspent_and_its_end_gives_the_best_so_far(name: str, draws: int) -> None:
    toy = Toy(draws=draws)
    choice = toy.run(ALL[name](FEW))
    assert toy.drawn <= draws
    if choice.reason:
        assert choice.node is None or choice.node.depth > 0


@every
def test_no_verifier_calls_give_an_unscored_piece_and_say_so(name: str) -> None:
    choice = Toy(calls=0).run(ALL[name](FEW))
    assert choice.reason == "the budget is spent: verifier calls"
    assert choice.node is None or choice.candidates[0][1] is None


@every
def test_one_possible_chain_is_that_chain(name: str) -> None:
    choice = Toy(only_path, rising).run(ALL[name](FEW))
    assert choice.node is not None
    assert choice.node.written == "xxx."
    assert choice.reason == ""


@every
@pytest.mark.parametrize("value", [0.5, 1.0])
def test_equal_scores_still_give_a_whole_chain(name: str, value: float) -> None:
    choice = Toy(score=lambda written: value).run(ALL[name](FEW))
    if name == "weighted" and value < 0.9:  # below delta, and a population has no fallbacks
        assert "every chain of the population died" in choice.reason
        return
    assert choice.node is not None
    assert choice.node.finished
    assert choice.reason == ""


def test_a_verifier_that_always_says_1_costs_nothing_beyond_the_verifier() -> None:
    toy = Toy(score=lambda written: 1.0)
    node = toy.run(latts(FEW)).node
    assert node is not None
    assert toy.drawn == node.depth
    assert [note.action for note in toy.notes] == ["accept"] * node.depth


#: Verifiers that give no reason to accept: always 0, NaN, out of range, abstaining, failing.
HOPELESS = {"0": 0.0, "nan": math.nan, "2": 2.0, "-1": -1.0, "inf": math.inf, "none": None}
hopeless = pytest.mark.parametrize("value", [*HOPELESS, "failing"])


def hopeless_toy(value: str) -> Toy:
    if value == "failing":
        return Toy(only_path, unjudged=lambda number: True)
    return Toy(only_path, lambda written: HOPELESS[value])


@hopeless
@pytest.mark.parametrize("criterion", ["threshold", "power", "exponential"])
def test_nothing_is_accepted_without_a_score(value: str, criterion: str) -> None:
    if value == "0" and criterion == "exponential":
        pytest.skip("exp((0 - 1)/tau) is above 0")
    # with these settings a score of 0 would do if it counted as one
    given = Latts(draws=4, delta=0.0 if value != "0" else 0.1, delta_end=None, criterion=criterion, power=0.5)  # type: ignore[arg-type]
    toy = hopeless_toy(value)
    choice = toy.run(latts(given))
    assert not toy.noted("accept")
    actions = [note.action for note in toy.notes]
    # restart once at the first step; then take it, and go back from the second as often as allowed
    assert actions == ["restart", *["take", "backtrack"] * 4, "take", "take", "take"]
    assert toy.drawn == 4 * len(actions)
    assert choice.node is not None
    assert choice.node.written == "xxx."


@hopeless
def test_fallbacks_are_done_in_their_order(value: str) -> None:
    def actions(**given: object) -> list[str]:
        toy = hopeless_toy(value)
        toy.run(latts(Latts(draws=2, delta=0.1, **given)))  # type: ignore[arg-type]
        return [note.action for note in toy.notes]

    assert actions(fallbacks=("take",)) == ["take"] * 3
    assert actions(fallbacks=()) == ["stop"]
    assert actions(fallbacks=("abstain",)) == ["abstain"]
    assert actions(fallbacks=("restart", "stop"), restarts=3) == ["restart"] * 3 + ["stop"]
    assert actions(fallbacks=("backtrack", "abstain")) == ["abstain"]


@every
@hopeless
def test_no_strategy_breaks_down_or_runs_on_for_ever(name: str, value: str) -> None:
    toy = hopeless_toy(value)
    choice = toy.run(ALL[name](FEW))
    if name == "weighted":
        assert ("died" in choice.reason) or choice.reason == "the verifier failed"
    elif name == "particle" and value not in ("0", "none"):
        assert choice.reason == ("the verifier failed" if value == "failing" else "every particle is lost")
    else:
        # all is equally bad: a chain is written, and its score tells what it is worth
        assert choice.node is not None
        assert choice.node.finished


def test_abstaining_counts_as_acceptance_only_where_that_is_asked_for() -> None:
    toy = Toy(only_path, lambda written: None)
    toy.run(latts(Latts(unscored=1.0)))
    assert [note.action for note in toy.notes] == ["accept"] * 3
    toy = Toy(only_path, lambda written: math.nan)
    toy.run(latts(Latts(unscored=1.0, fallbacks=())))
    assert [note.action for note in toy.notes] == ["stop"]


@every
def test_a_policy_that_always_fails_is_given_up(name: str) -> None:
    toy = Toy(fail=lambda number: True)
    choice = toy.run(ALL[name](FEW))
    assert choice.node is None
    assert choice.reason == "the server went away"
    assert toy.requests <= 100


@every
def test_a_policy_that_fails_now_and_then_costs_only_its_branches(name: str) -> None:
    toy = Toy(only_path, rising, fail=lambda number: number == 2)
    choice = toy.run(ALL[name](FEW))
    assert choice.node is None or choice.node.depth > 0
    if name == "latts":
        assert choice.node is not None
        assert choice.node.written == "xxx."


@every
def test_a_policy_that_never_ends_is_cut_off(name: str) -> None:
    toy = Toy(lambda written: {"x": 1.0}, rising)
    choice = toy.run(ALL[name](FEW))
    assert choice.node is not None
    assert choice.node.written == "xxxxx"
    assert choice.reason == (
        "no chain had ended when the search did" if name == "mcts" else "it had not ended after 5 steps"
    )


@every
def test_empty_text_is_a_step_like_any_other(name: str) -> None:
    toy = Toy(lambda written: {"": 1.0}, lambda written: 0.95)
    choice = toy.run(ALL[name](FEW))
    assert choice.node is not None
    assert (choice.node.written, choice.node.depth) == ("", 5)


@every
def test_all_depends_on_the_seed_and_the_answers_only(name: str) -> None:
    def run(seed: int) -> tuple[object, ...]:
        toy = Toy()
        return toy.run(ALL[name](FEW), seed), toy.notes

    assert run(3) == run(3)


# --- going back and starting anew ---
def test_going_back_draws_something_new() -> None:
    # behind "a" nothing is ever accepted
    toy = Toy(
        lambda written: {"a": 0.5, "b": 0.5} if not written else {"x.": 1.0},
        lambda written: 1.0 if written in ("a", "b", "bx.") else 0.0,
    )
    found = set()
    for seed in range(40):
        node = toy.run(latts(Latts(draws=2, backtracks=20)), seed).node
        assert node is not None
        found.add(node.written)
        backs = toy.noted("backtrack")
        assert {note.node.written for note in backs} <= {"a"}
        assert len({note.node.path for note in backs}) == len(backs)  # a node of its own each time
    assert found == {"bx."}


def test_several_steps_can_be_gone_back_over() -> None:
    toy = Toy(only_path, lambda written: 1.0 if written in ("x", "xx") else 0.0)
    toy.run(latts(Latts(draws=1, back=2, backtracks=1, fallbacks=("backtrack", "stop"))))
    assert [(note.action, note.node.depth) for note in toy.notes] == [
        *[("accept", 0), ("accept", 1), ("backtrack", 2)],
        *[("accept", 0), ("accept", 1), ("stop", 2)],
    ]


@pytest.mark.parametrize(("keep", "kept"), [("min", "b"), ("mean", "aa"), ("last", "aa")])
def test_stopping_gives_the_best_chain_of_all_starts(keep: str, kept: str) -> None:
    # the first start gets as far as aa (0.5, then 1), the second as far as b (0.7)
    values = {"a": 0.5, "aa": 1.0, "b": 0.7}
    toy = Toy(lambda written: {"a": 1.0}, lambda written: values.get(written, 0.0))

    def steps(written: str) -> dict[str, float]:
        return {"b": 1.0} if not written and toy.noted("restart") else {"a": 1.0}

    toy.steps = steps
    given = Latts(draws=1, delta=0.5, restarts=1, fallbacks=("restart", "stop"), keep=keep)  # type: ignore[arg-type]
    choice = toy.run(latts(given))
    assert choice.node is not None
    assert choice.node.written == kept
    assert choice.candidates[0][0] is choice.node
    assert choice.reason == "none of 1 draws of a step was accepted"


def test_a_whole_chain_that_was_not_accepted_is_better_than_none() -> None:
    toy = Toy(score=lambda written: 0.95)
    choice = toy.run(latts(Latts(draws=3, fallbacks=("stop",))))
    assert choice.node is not None
    assert choice.node.finished
    assert choice.reason == "none of 3 draws of a step was accepted"


def test_abstaining_leaves_no_chain_but_tells_the_candidates() -> None:
    choice = Toy(only_path, lambda written: 0.95).run(latts(Latts(draws=3, fallbacks=("abstain",))))
    assert choice.node is None
    assert len(choice.candidates) == 3
    assert choice.abstained
    assert choice.reason == "none of 3 draws of a step was accepted"

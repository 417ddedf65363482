"""The strategies over whole chains, driven by the engine with a scripted policy and scripted scores."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from scripted import ScriptedPolicy

from verisearch import plugins
from verisearch.errors import InputError
from verisearch.protocols import Message, Partial, Score
from verisearch.runtime.budget import Budget
from verisearch.runtime.engine import Engine, Search
from verisearch.runtime.prompting import Template
from verisearch.search.adaptive import (
    AdaptiveConsistency,
    EarlyStopping,
    WeightedAdaptiveConsistency,
    adaptive_consistency,
    early_stopping,
    weighted_adaptive_consistency,
)
from verisearch.search.best_of_n import BestOfN, best_of_n, weighted_best_of_n
from verisearch.search.chains import Settings
from verisearch.search.requests import Choice, Group, Grouped, Strategy
from verisearch.search.voting import confidence_weighted_self_consistency, self_consistency
from verisearch.trace import Problem
from verisearch.usage import Usage
from verisearch.verdict import TraceStatus, TraceVerdict

TEMPLATE = Template(name="test", turns=(Message("user", "{{ statement }}"),), step="\n", step_tokens=200)
PLUGINS = (
    "adaptive-consistency",
    "best-of-n",
    "confidence-weighted-self-consistency",
    "early-stopping",
    "self-consistency",
    "weighted-adaptive-consistency",
    "weighted-best-of-n",
)
NONE = "I can't say."


def a(answer: object) -> str:
    return f"The answer is {answer}."


class Scripted:
    """Scores a chain by what it says; ``value`` may raise."""

    name = "symbolic"
    meaning = "as the test says"

    def __init__(self, value: Callable[[str], float | None], verified: Sequence[str] = ()) -> None:
        self.value, self.verified, self.seen = value, verified, 0

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        self.seen += len(partials)
        return [
            Score(value=self.value(each.written), verdict=self.verdict(each), usage=Usage(verifier_calls=1))
            for each in partials
        ]

    def verdict(self, each: Partial) -> TraceVerdict | None:
        if not self.verified:
            return None
        found = each.written in self.verified
        status = TraceStatus.VALID if found else TraceStatus.INVALID
        return TraceVerdict(
            problem=each.problem, logic="rules", formaliser="none", status=status, verified=found, max_leap=1, steps=()
        )

    def close(self) -> None:
        pass


def run(
    make: Callable[[], Strategy],
    texts: Sequence[str],
    value: Callable[[str], float | None] | dict[str, float | None] = lambda text: 0.5,
    *,
    verified: Sequence[str] = (),
    fail_at: int | None = None,
    budget: Budget | None = None,
) -> Search:
    """The search in which the k-th chain says ``texts[k]``."""
    order = iter(texts)
    by_start: dict[int, str] = {}

    def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
        if not written:
            return by_start.setdefault(seed, next(order))
        return next(text for text in texts if text.startswith(written))

    scores = Scripted(value.__getitem__ if isinstance(value, dict) else value, verified)
    engine = Engine(ScriptedPolicy(script, fail_at=fail_at), {"symbolic": scores}, TEMPLATE, budget=budget)
    problem = Problem(id="p", statement="What?", answer_kind="number")
    (found,) = engine.run([problem], make)
    return found


def said(found: Search) -> str:
    assert found.choice.node is not None
    return found.choice.node.written


def drawn(found: Search) -> int:
    return sum("draw" in event and len(event["draw"]) == 1 for event in found.events)


# --- best of n ---
STEPS = {"One.\n": 0.9, "One.\nOne, done.": 0.4, "Two.\n": 0.5, "Two.\nTwo, done.": 0.6, "Three.\n": 0.1}
STEPS["Three.\nThree, done."] = 0.7


@pytest.mark.parametrize(("how", "best"), [("last", "Three"), ("mean", "One"), ("min", "Two"), ("product", "One")])
def test_best_of_n_aggregates_step_scores(how: str, best: str) -> None:
    texts = ["One.\nOne, done.", "Two.\nTwo, done.", "Three.\nThree, done."]
    found = run(lambda: best_of_n(BestOfN(n=3, aggregation=how)), texts, STEPS)  # type: ignore[arg-type]
    assert said(found).startswith(best)
    assert found.usage.verifier_calls == (3 if how == "last" else 6)
    assert [score.value for _, score in found.choice.candidates if score] == [0.4, 0.6, 0.7]


def test_stopping_at_the_first_verified_chain_draws_none_behind_it() -> None:
    texts = [a(1), a(2), a(3), a(4)]
    own = BestOfN(n=4, stop_at_first_verified=True)
    found = run(lambda: best_of_n(own), texts, {a(1): 0.9, a(2): 1.0}, verified=[a(2)])
    assert said(found) == a(2)
    assert drawn(found) == found.usage.verifier_calls == 2
    # a score alone verifies nothing, however high it is
    found = run(lambda: best_of_n(own), texts, {a(1): 0.3, a(2): 1.0, a(3): 0.2, a(4): 1.0})
    assert said(found) == a(2)
    assert drawn(found) == 4


def test_weighted_best_of_n_adds_up_equal_answers() -> None:
    texts = [a("1/2"), a(7), a("0.5"), a("50%")]
    scores = {a("1/2"): 0.3, a(7): 0.8, a("0.5"): 0.35, a("50%"): 0.25}
    found = run(lambda: weighted_best_of_n(Settings(n=4)), texts, scores)
    assert said(found) == a("0.5")  # .3 + .35 + .25 > .8, and of these the best
    assert said(run(lambda: best_of_n(Settings(n=4)), texts, scores)) == a(7)


# --- votes ---
def test_self_consistency_takes_the_answer_given_most_and_scores_one_chain() -> None:
    found = run(lambda: self_consistency(Settings(n=5)), [a(7), a("1/2"), NONE, a("0.5"), NONE])
    assert said(found) == a("1/2")
    assert found.usage.verifier_calls == 1
    (note,) = [event for event in found.events if event.get("note") == "vote"]
    assert note["counts"] == [1, 2]
    assert note["unanswered"] == 2
    assert note["share"] == 2 / 5


def test_confidence_can_outweigh_the_majority() -> None:
    texts = [a(1), a(1), a(2), NONE]
    found = run(lambda: confidence_weighted_self_consistency(Settings(n=4)), texts, {a(1): 0.2, a(2): 0.9, NONE: 1.0})
    assert said(found) == a(2)
    (note,) = [event for event in found.events if event.get("note") == "vote"]
    assert note["weights"] == [0.4, 0.9]
    assert note["share"] == pytest.approx(0.9 / 2.3)


# --- one after the other ---
@pytest.mark.parametrize(
    ("texts", "count", "answer"),
    [
        ([a(1)] * 10, 4, a(1)),  # .96875 after four
        ([a(1), a(2), *[a(1)] * 10], 7, a(1)),  # 6 to 1: .965
        ([NONE, *[a(1)] * 10], 7, a(1)),  # a chain without an answer is a rival
        ([a(1), a(2)] * 5, 10, a(1)),
    ],
)
def test_adaptive_consistency_stops_by_the_beta_rule(texts: list[str], count: int, answer: str) -> None:
    found = run(lambda: adaptive_consistency(Settings(n=10)), texts)
    assert drawn(found) == count
    assert said(found) == answer
    assert found.usage.verifier_calls == 1


def test_adaptive_consistency_by_weight_needs_more_chains_of_less_confidence() -> None:
    own = AdaptiveConsistency(n=20, weighted=True)
    assert drawn(run(lambda: adaptive_consistency(own), [a(1)] * 20, lambda text: 1.0)) == 4
    assert drawn(run(lambda: adaptive_consistency(own), [a(1)] * 20, lambda text: 0.5)) == 7
    assert drawn(run(lambda: adaptive_consistency(own), [a(1)] * 20, lambda text: None)) == 20


def test_weighted_adaptive_consistency_stops_at_a_share_after_two() -> None:
    own = WeightedAdaptiveConsistency(n=6, tau=0.75)
    scores = {a(1): 0.75, a(2): 0.5}
    assert drawn(run(lambda: weighted_adaptive_consistency(own), [a(1)] * 6, scores)) == 2
    # .75 of 1.25, then 1.5 of 2
    found = run(lambda: weighted_adaptive_consistency(own), [a(1), a(2), a(1), a(1)], scores)
    assert drawn(found) == 3
    assert said(found) == a(1)


def test_early_stopping_takes_the_first_sure_answer() -> None:
    own = EarlyStopping(n=5, tau=0.7)
    scores = {NONE: 1.0, a(1): 0.69, a(2): 0.7}
    found = run(lambda: early_stopping(own), [NONE, a(1), a(2), a(1), a(1)], scores)
    assert said(found) == a(2)
    assert drawn(found) == found.usage.verifier_calls == 3
    assert found.usage.generated_tokens == len(NONE + a(1) + a(2)) + 3


def test_early_stopping_falls_back_to_the_weighted_vote_not_to_the_last() -> None:
    texts = [a(1), a(2), a(2), a(3)]
    found = run(lambda: early_stopping(EarlyStopping(n=4, tau=0.9)), texts, {a(1): 0.5, a(2): 0.3, a(3): 0.4})
    assert said(found) == a(2)
    assert drawn(found) == 4


# --- what goes wrong ---
def loaded(name: str, n: int) -> Callable[[], Strategy]:
    return lambda: plugins.load("strategies", name)(Settings(n=n))


def raising(text: str) -> float:
    raise ZeroDivisionError("no score today")


@pytest.mark.parametrize("name", PLUGINS)
@pytest.mark.parametrize("n", [1, 5])
@pytest.mark.parametrize(
    "value", [0.0, 1.0, 0.5, None, math.nan, raising], ids=lambda value: getattr(value, "__name__", str(value))
)
def test_whatever_the_scores_the_answer_given_most_wins_where_all_are_alike(
    name: str, n: int, value: float | Callable[[str], float] | None
) -> None:
    scores = value if callable(value) else lambda text: value
    found = run(loaded(name, n), [a(1), a(2), a(2), NONE, a(2)], scores)
    assert found.error is None
    first_counts = n == 1 or name == "best-of-n" or (name == "early-stopping" and value == 1.0)
    assert said(found) == (a(1) if first_counts else a(2))


@pytest.mark.parametrize("name", PLUGINS)
@pytest.mark.parametrize("text", ["", NONE])
def test_without_any_answer_the_first_chain_is_shown_and_all_are_charged(name: str, text: str) -> None:
    found = run(loaded(name, 3), [text] * 3)
    assert found.choice.node is not None
    assert found.choice.node.path == (0,)
    assert drawn(found) == 3
    assert found.usage.generated_tokens == 3 * (len(text) + 1)


@pytest.mark.parametrize("name", PLUGINS)
def test_a_failed_draw_costs_its_own_chain_only(name: str) -> None:
    found = run(loaded(name, 3), [a(2), a(2), a(2)], lambda text: 0.5, fail_at=0)
    assert found.error is None
    assert said(found) == a(2)
    assert len(found.choice.candidates) == 2
    assert sum("failed" in event for event in found.events) == 1
    assert run(loaded(name, 1), [a(2)], fail_at=0).error == "the server went away"


@pytest.mark.parametrize("name", PLUGINS)
@pytest.mark.parametrize("tokens", [1, 20, 40, 50])
def test_a_budget_spent_in_the_middle_is_an_outcome(name: str, tokens: int) -> None:
    found = run(loaded(name, 5), [a(1), a(2), a(2), a(2), a(2)], lambda text: 0.4, budget=Budget(tokens=tokens))
    assert found.choice.node is not None
    assert found.usage.generated_tokens <= tokens + 5
    assert "budget is spent: tokens" in found.choice.reason


@pytest.mark.parametrize("name", PLUGINS)
def test_a_budget_of_calls_leaves_the_rest_without_scores(name: str) -> None:
    found = run(loaded(name, 3), [a(1), a(2), a(3)], lambda text: 0.4, budget=Budget(verifier_calls=2))
    assert found.usage.verifier_calls <= 2
    assert said(found) == a(1)


def test_one_chain_that_a_verifier_chokes_on_does_not_cost_the_others_their_scores() -> None:
    def value(text: str) -> float:
        return raising(text) if text == a(2) else 0.9 if text == a(3) else 0.1

    found = run(lambda: best_of_n(Settings(n=3)), [a(1), a(2), a(3)], value)
    assert said(found) == a(3)
    assert [score.value if score else None for _, score in found.choice.candidates] == [0.1, None, 0.9]
    failed = next(event["failed"] for event in found.events if "rate" in event and "failed" in event)
    assert "ZeroDivisionError: no score today" in failed


def test_settings_outside_their_ranges_are_refused() -> None:
    for make in (
        lambda: Settings(n=0),
        lambda: Settings(steps=0),
        lambda: BestOfN(n=-1),
        lambda: EarlyStopping(tau=1.5),
        lambda: WeightedAdaptiveConsistency(tau=math.nan),
        lambda: AdaptiveConsistency(threshold=-0.1),
    ):
        with pytest.raises(InputError, match="give"):
            make()


def test_groups_are_answered_by_the_problems_kind() -> None:
    found: list[Grouped] = []

    def ask() -> Strategy:
        found.append((yield Group(("1/2", None, "0.5", "2"))))
        return Choice(node=None, reason="asked")

    search = run(ask, [])
    assert found == [Grouped(((0, 2), (3,)), ("1/2", None, "0.5", "2"))]
    assert search.events[0]["classes"] == [[0, 2], [3]]

"""What every strategy does where there is nothing to go by: each outcome is stated here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest
from scripted import Script, ScriptedPolicy, always

from verisearch import plugins
from verisearch.ingest.reader import read_problem
from verisearch.protocols import Failure, Partial, Reply, Score
from verisearch.runtime.budget import Budget
from verisearch.runtime.solving import Solution, SolveOptions, solve_all
from verisearch.search.chains import kind_of

STEPWISE = ("beam", "latts", "latts, weighted", "mcts", "particle")
GOOD = "Kind people are nice.\nBob is kind.\nSo Bob is nice.\nThe answer is True."


def raising(written: str) -> float:
    raise ZeroDivisionError("no score today")


class Always:
    """Scores whatever it is shown with the same value, or raises."""

    name = "always"
    meaning = "as the test says"

    def __init__(self, value: float | Callable[[str], float] | None) -> None:
        self.value = value
        self.calls = 0

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        self.calls += len(partials)
        return [Score(value=self.value(each.written) if callable(self.value) else self.value) for each in partials]

    def close(self) -> None:
        pass


class Case(NamedTuple):
    script: Script = always(GOOD)
    value: float | Callable[[str], float] | None = 0.95
    n: int = 3
    budget: Budget = Budget()
    fails: bool = False


class Failing(ScriptedPolicy):
    """Answers every request with a failure."""

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        ready = [(ticket, Failure(kind="failed", message="the server went away")) for ticket in self.waiting]
        self.waiting.clear()
        return [*ready]


CASES = {
    "no tokens": Case(budget=Budget(tokens=0)),
    "no verifier calls": Case(budget=Budget(verifier_calls=0)),
    "one candidate": Case(n=1),
    "equal scores": Case(value=0.5),
    "always 0": Case(value=0.0),
    "always 1": Case(value=1.0),
    "NaN": Case(value=math.nan),
    "None": Case(value=None),
    "raising": Case(value=raising),
    "empty text": Case(script=always("")),
    "always failing": Case(fails=True),
    "never stopping": Case(script=always("Bob is kind.\n" * 1000)),
    "never a step": Case(script=always("Bob is kind and " * 1000)),
}


#: They ask for more than writing, or for numbers; their own tests have these cases.
ELSEWHERE = ("mathprompter", "multifurcation", "reflect")

#: Every other strategy that is registered, and variants of some that end otherwise.
STRATEGIES: dict[str, dict[str, Any]] = {
    **{name: {} for name in plugins.names("strategies") if name not in ELSEWHERE},
    "latts, weighted": {"weighted": True},
    "latts, abstaining": {"fallbacks": ("abstain",)},
    "best-of-n, first verified": {"stop_at_first_verified": True},
}


def solved(strategy: str, case: Case) -> tuple[Solution, ScriptedPolicy, Always]:
    name = strategy.partition(",")[0]
    settings = kind_of(plugins.load("strategies", name))(n=case.n, steps=6, **STRATEGIES[strategy])
    options = SolveOptions(strategy=name, settings=settings, budget=case.budget, max_tokens=40)
    policy, verifier = (Failing if case.fails else ScriptedPolicy)(case.script), Always(case.value)
    asked = read_problem(["Bob is kind.", "Kind people are nice."], statement="Bob is nice.")
    return next(solve_all([asked], policy, options, verifier=verifier)), policy, verifier


class Outcome(NamedTuple):
    """``said``: what the note or the error says, its beginning."""

    status: str
    answer: str | None
    said: str = ""


TOKENS, CALLS = "the budget is spent: tokens", "the budget is spent: verifier calls"
STRANGE = "scores are no number in [0, 1], and count for nothing"
FAILED = "verifier always raised ZeroDivisionError: no score today"
DIED = "every chain of the population died: no draw of a step was accepted"
REFUSED = "none of 8 draws of a step was accepted"
WHOLE = Outcome("verified", "True")  # by the step checker, whatever the verifier said
CUT = Outcome("unverified", None, "the chain had not ended")
LIMIT = Outcome("unverified", None, "it had not ended after 6 steps")
LEFT = Outcome("abstained", None, REFUSED)
DEAD = Outcome("unverified", None, DIED)
#: The first piece, as no more of it was accepted, or could be scored.
UNSCORED = Outcome("unverified", None, CALLS)

#: What every strategy comes to, and those that come to something else.
EXPECTED: dict[str, tuple[Outcome, dict[str, Outcome]]] = {
    "no tokens": (Outcome("failed", None, TOKENS), {}),
    "no verifier calls": (
        Outcome("verified", "True", CALLS),
        dict.fromkeys(STEPWISE, UNSCORED)
        | {name: Outcome("failed", None, CALLS) for name in ("latts", "latts, abstaining")},
    ),
    # 0.95 is above the threshold for a step, and below the one for the end of a reply
    "one candidate": (WHOLE, {"latts, weighted": WHOLE._replace(said=DIED), "latts, abstaining": LEFT}),
    "equal scores": (WHOLE, {"latts, weighted": DEAD, "latts, abstaining": LEFT}),
    "always 0": (WHOLE, {"latts, weighted": DEAD, "latts, abstaining": LEFT}),
    "always 1": (WHOLE, {}),
    "NaN": (
        WHOLE._replace(said=STRANGE),
        {
            "particle": Outcome("unverified", None, f"every particle is lost; 3 of 3 {STRANGE}"),
            "latts, weighted": DEAD._replace(said=f"{DIED}; 24 of 24 {STRANGE}"),
            "latts, abstaining": LEFT._replace(said=f"{REFUSED}; 8 of 8 {STRANGE}"),
        },
    ),
    "None": (WHOLE, {"latts, weighted": DEAD, "latts, abstaining": LEFT}),
    "raising": (
        WHOLE._replace(said=f"ratings failed: {FAILED}"),
        {
            "particle": Outcome("unverified", None, FAILED),
            "latts, weighted": Outcome("unverified", None, FAILED),
            "latts, abstaining": Outcome("abstained", None, FAILED),
        },
    ),
    "empty text": (Outcome("unverified", None), {"latts, weighted": DEAD, "latts, abstaining": LEFT}),
    "never stopping": (
        CUT,
        dict.fromkeys((*STEPWISE, "greedy", "sample", "latts, abstaining"), LIMIT)
        | {"mcts": Outcome("unverified", None, "no chain had ended when the search did")},
    ),
    "always failing": (Outcome("failed", None, "the server went away"), {}),
}
EXPECTED["never a step"] = EXPECTED["never stopping"]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("name", CASES)
def test_every_degenerate_case_has_a_stated_outcome(name: str, strategy: str) -> None:
    solution, policy, _ = solved(strategy, CASES[name])
    usual, others = EXPECTED[name]
    expected = others.get(strategy, usual)
    said = solution.error if solution.status.value == "failed" else solution.note
    assert (solution.status.value, solution.answer) == (expected.status, expected.answer)
    assert said is not None
    assert expected.said in said if expected.said else said == ""
    assert (solution.trace is None) == (expected.status in ("failed", "abstained"))
    assert (solution.error is None) == (expected.status != "failed")
    assert len(policy.requests) <= 110
    assert not policy.waiting
    if name == "no tokens":
        assert not policy.requests


def test_every_strategy_and_case_is_in_the_table() -> None:
    assert set(EXPECTED) == set(CASES)
    assert all(set(others) <= set(STRATEGIES) for _, others in EXPECTED.values())


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_budget_of_one_token_is_kept_to(strategy: str) -> None:
    solution, _, _ = solved(strategy, Case(budget=Budget(tokens=1)))
    assert solution.status.value in ("unverified", "failed")
    assert TOKENS in (solution.error or solution.note)
    assert sum(len(event["text"]) for event in solution.events if "draw" in event) <= 1

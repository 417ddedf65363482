"""Strategies run again on their recorded answers come to the same end, and what was changed in the record is found."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from scripted import Script, ScriptedPolicy

from verisearch import plugins
from verisearch.errors import InputError, RecordError
from verisearch.evaluation.replaying import Replayed, read_searches, replay
from verisearch.ingest.reader import read_problem
from verisearch.protocols import (
    Draw,
    Fork,
    Message,
    NextScores,
    Partial,
    Prefix,
    Request,
    Score,
    TokenChoice,
    Verifier,
)
from verisearch.runtime.budget import Budget
from verisearch.runtime.solving import Solution, SolveOptions, solve_all
from verisearch.search.adaptive import AdaptiveConsistency
from verisearch.search.best_of_n import BestOfN
from verisearch.search.chains import Settings, kind_of
from verisearch.search.latts import Latts
from verisearch.search.multifurcation import Multifurcation
from verisearch.search.reflect import Reflect
from verisearch.usage import Usage

#: But for the one that asks for numbers: its own tests replay it.
STRATEGIES = [name for name in plugins.names("strategies") if name != "mathprompter"]
LINES = ("Kind people are nice.\n", "Bob is kind.\n", "So Bob is nice.\n", "The answer is True.")
WRONG = "Bob is tall.\n"


def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
    """The next right line, in one case of three a wrong one, in one of seven an early end."""
    if seed % 7 == 0 and written:
        return written + "The answer is False."
    line = WRONG if seed % 3 == 0 else next((line for line in LINES if line not in written), LINES[-1])
    return written + line


class Sure(ScriptedPolicy):
    """Gives log-probabilities, different for every draw; takes a second turn; each line is a token."""

    def __init__(self, script: Script, **settings: Any) -> None:
        super().__init__(script, **settings)
        self.capabilities = self.capabilities | {"chat", "next_tokens"}

    def next_tokens(
        self, prefixes: Sequence[Prefix], *, top_p: float, top_k: int, end: bool = True
    ) -> list[list[TokenChoice]]:
        return [self.choices(prefix) for prefix in prefixes]

    def choices(self, prefix: Prefix) -> list[TokenChoice]:
        if "The answer" in prefix.written:
            return [TokenChoice(0, "", 0.0, True)]
        texts = [script(prefix.messages, prefix.written, seed)[len(prefix.written) :] for seed in (1, 3, 7)]
        return [TokenChoice(number, text, -0.5 - number) for number, text in enumerate(dict.fromkeys(texts), 1)]

    def draw(self, request: Request, seed: int) -> Draw:
        found = super().draw(request, seed)
        if not request.sampling.logprobs:
            return found
        return msgspec.structs.replace(found, logprobs=tuple(-((seed >> k) % 97) / 31 for k in range(len(found.text))))


#: So that a search among tokens, which are whole lines here, has a verifier and an end.
OWN_SETTINGS = {"multifurcation": {"reward": "child", "nucleus": 1.0, "min_new_tokens": 1, "max_new_tokens": 7}}


class Scores:
    """Scores by what is written."""

    name = "scores"
    meaning = "as the test says"

    def __init__(self, value: Callable[[str], float | None]) -> None:
        self.value = value

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        return [Score(value=self.value(each.written), usage=Usage(verifier_calls=1)) for each in partials]

    def close(self) -> None:
        pass


def uneven(written: str) -> float:
    return 0.95 * 0.5 ** written.count(WRONG) - len(written) / 5000


def flawed(written: str) -> float | None:
    """Now and then no number, no value, or an error."""
    kind = len(written) % 5
    if kind == 3:
        raise ZeroDivisionError(written)
    return {0: math.nan, 1: None, 2: math.inf}.get(kind, uneven(written))


def solved(
    strategy: str, verifier: Verifier | None = None, *, settings: Settings | None = None, **more: Any
) -> Solution:
    made = settings or kind_of(plugins.load("strategies", strategy))(n=4, steps=7, **OWN_SETTINGS.get(strategy, {}))
    policy = Sure(script, reverse=more.pop("reverse", False), fail_at=more.pop("fail_at", None))
    asked = [
        read_problem(["Bob is kind.", "Kind people are nice."], statement="Bob is nice."),
        read_problem(["Bob is kind.", "Kind people are nice.", "Bob is old."], statement="Bob is nice."),
    ]
    options = SolveOptions(strategy=strategy, settings=made, seed=more.pop("seed", 3), **more)
    return list(solve_all(asked, policy, options, verifier=verifier))[1]


def replayed(solution: Solution, folder: Path, change: Callable[[dict[str, Any]], None] | None = None) -> Replayed:
    """The solution written to a file, changed there, and replayed from it."""
    file = folder / "found.json"
    data = json.loads(msgspec.json.encode(solution))
    if change is not None:
        change(data)
    file.write_text(json.dumps(data))
    (recorded,) = read_searches(file)
    return replay(recorded)


@pytest.mark.parametrize("reverse", [False, True], ids=["in order", "last first"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_comes_to_the_same_end(strategy: str, reverse: bool, tmp_path: Path) -> None:
    solution = solved(strategy, Scores(uneven), reverse=reverse)
    again = replayed(solution, tmp_path)
    assert again.departure is None
    assert again.same
    assert again.now is not None
    assert again.now.answer == solution.answer
    assert solution.trace is not None
    assert again.now.written == solution.trace.raw


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    "more",
    [{"budget": Budget(tokens=110)}, {"budget": Budget(verifier_calls=3)}, {"fail_at": 1}, {"fail_at": 0}],
    ids=["tokens", "calls", "a failure", "the first fails"],
)
def test_spent_budgets_and_failures_are_replayed_too(strategy: str, more: dict[str, Any], tmp_path: Path) -> None:
    solution = solved(strategy, Scores(uneven), **more)
    again = replayed(solution, tmp_path)
    assert again.departure is None
    assert again.now is not None
    assert (again.now.answer, again.now.error) == (solution.answer, solution.error)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_scores_that_are_no_numbers_are_replayed_as_they_were(strategy: str, tmp_path: Path) -> None:
    solution = solved(strategy, Scores(flawed))
    assert replayed(solution, tmp_path).departure is None


@pytest.mark.parametrize(
    ("strategy", "settings"),
    [
        ("best-of-n", BestOfN(n=6, stop_at_first_verified=True)),
        ("best-of-n", BestOfN(n=3, aggregation="min", watch=True)),
        ("adaptive-consistency", AdaptiveConsistency(n=6, weighted=True)),
        ("reflect", Reflect(rounds=2)),
        ("latts", Latts(criterion="power", power=2.0, draws=3, estimate=2)),
        ("latts", Latts(draws=1, fallbacks=("abstain",), delta=1.0)),
        ("latts", Latts(weighted=True, n=3, delta=0.1, delta_end=None)),
    ],
)
def test_strategies_with_settings_of_their_own_and_real_verdicts(
    strategy: str, settings: Settings, tmp_path: Path
) -> None:
    solution = solved(strategy, settings=settings)
    again = replayed(solution, tmp_path)
    assert again.departure is None
    assert again.now is not None
    assert again.now.abstained == (solution.status.value == "abstained")


class NextRewards(Scores):
    """Scores all next tokens at once."""

    def score_next(self, forks: Sequence[Fork]) -> list[NextScores]:
        return [
            NextScores(
                values=tuple(
                    math.nan if each.text == WRONG else self.value(fork.partial.written + each.text)
                    for each in fork.choices
                ),
                reason="by what is written",
                usage=Usage(verifier_calls=1),
            )
            for fork in forks
        ]


def test_scores_of_next_tokens_are_replayed(tmp_path: Path) -> None:
    settings = Multifurcation(n=2, nucleus=1.0, min_new_tokens=1, max_new_tokens=7)
    solution = solved("multifurcation", NextRewards(uneven), settings=settings)
    assert any("rate_next" in event for event in solution.events)
    assert replayed(solution, tmp_path).same

    def change(data: dict[str, Any]) -> None:
        first(data, "rate_next")["nodes"][0]["path"] = [5]

    assert "recorded scores of [[5]]" in str(replayed(solution, tmp_path, change).departure)


def test_turns_given_back_are_replayed_as_they_were_put(tmp_path: Path) -> None:
    tried = (solved("reflect", settings=Reflect(rounds=2), seed=seed) for seed in range(9))
    solution = next(each for each in tried if any("revise" in event for event in each.events))
    assert replayed(solution, tmp_path).same

    def change(data: dict[str, Any]) -> None:
        first(data, "revise")["revise"] = [7]

    assert "is given back" in str(replayed(solution, tmp_path, change).departure)


def test_a_replay_needs_the_recorded_log_probabilities(tmp_path: Path) -> None:
    def drop(data: dict[str, Any]) -> None:
        for event in data["events"]:
            event.pop("logprobs", None)

    again = replayed(solved("mcts", Scores(uneven)), tmp_path, drop)
    assert again.departure is not None
    assert '"note":"expand"' in again.departure


# --- what was changed is found ---
def first(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    found: dict[str, Any] = next(event for event in data["events"] if all(key in event for key in keys))
    return found


def change_a_score(data: dict[str, Any]) -> None:
    first(data, "nodes")["nodes"][0]["value"] = 0.01


def change_a_note(data: dict[str, Any]) -> None:
    first(data, "note")["draws"] = 99


def drop_the_last_draw(data: dict[str, Any]) -> None:
    last = max(place for place, event in enumerate(data["events"]) if "draw" in event)
    del data["events"][last:]


def move_a_draw(data: dict[str, Any]) -> None:
    first(data, "draw")["draw"] = [5, 5]


def ask_another_ticket(data: dict[str, Any]) -> None:
    first(data, "nodes")["ticket"] = 77


def add_a_draw(data: dict[str, Any]) -> None:
    data["events"].append({**first(data, "draw"), "ticket": 500})


def change_the_answer(data: dict[str, Any]) -> None:
    data["answer"] = "Unknown"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (change_a_score, "event 4: recorded 1 draw(s) behind [0], now 1 draw(s) behind [] are asked for"),
        (change_a_note, '"draws":99'),
        (drop_the_last_draw, "the record ends, and the strategy asks for more"),
        (move_a_draw, "recorded 1 draw(s) behind [5], now 1 draw(s) behind [] are asked for"),
        (ask_another_ticket, "request 77, which is not made now"),
        (add_a_draw, "now the search has ended"),
        (change_the_answer, "answer: recorded 'Unknown', now 'True'"),
    ],
)
def test_a_changed_record_departs_where_it_was_changed(
    change: Callable[[dict[str, Any]], None], said: str, tmp_path: Path
) -> None:
    solution = solved("latts", settings=Latts(draws=8, steps=8))
    assert solution.answer == "True"
    again = replayed(solution, tmp_path, change)
    assert not again.same
    assert again.departure is not None
    assert said in again.departure


def test_other_settings_depart(tmp_path: Path) -> None:
    def other(data: dict[str, Any]) -> None:
        data["options"]["settings"]["draws"] = 1

    def seed(data: dict[str, Any]) -> None:
        data["options"]["seed"] = 4

    solution = solved("latts", Scores(lambda written: 0.3), settings=Latts(draws=3, fallbacks=("take",), steps=6))
    assert replayed(solution, tmp_path).same
    assert not replayed(solution, tmp_path, other).same
    coins = solved("latts", Scores(lambda written: 0.5), settings=Latts(criterion="power", draws=8, steps=6))
    assert replayed(coins, tmp_path).same
    assert not replayed(coins, tmp_path, seed).same


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: first(data, "draw").pop("ticket"), "which request it answers"),
        (lambda data: first(data, "draw").pop("text"), "event 1 can't be read"),
        (lambda data: first(data, "nodes")["nodes"][0].update(value="much"), "can't be read"),
        (lambda data: data["options"]["settings"].update(draws=-1), "settings can't be used"),
    ],
)
def test_a_malformed_record_is_an_error(change: Callable[[dict[str, Any]], None], said: str, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=said):
        replayed(solved("latts"), tmp_path, change)


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text('{"answer": "True"}')
    with pytest.raises(InputError, match="no file of verisearch solve --json"):
        list(read_searches(file))
    with pytest.raises(InputError, match="holds no run that solves"):
        list(read_searches(tmp_path))

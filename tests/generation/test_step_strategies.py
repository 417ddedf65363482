"""Step-level strategies through the engine: written, scored, reproducible, and inside the budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from scripted import ScriptedPolicy, always

from verisearch import plugins
from verisearch.ingest.reader import read_problem
from verisearch.protocols import Message, Partial, Score
from verisearch.runtime.budget import Budget
from verisearch.runtime.engine import Engine, Search
from verisearch.runtime.prompting import Template
from verisearch.runtime.solving import SolveOptions, solve_all
from verisearch.search.latts import Latts
from verisearch.search.nodes import Root
from verisearch.search.requests import Choice, Draws, Extend, Seed, Spent, Strategy, Submit, Wait
from verisearch.search.strategies import Settings
from verisearch.trace import Problem
from verisearch.usage import Usage

LINES = ("Kind people are nice.\n", "Bob is kind.\n", "So Bob is nice.\n", "The answer is True.")
WRONG = "Bob is tall.\n"
RIGHT = "".join(LINES)
TEMPLATE = Template(name="test", turns=(Message("user", "{{ statement }}"),), step="\n", step_tokens=50)
NAMES = ("latts", "beam", "particle", "mcts")


def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
    """The next right line, or in one case of three a wrong one."""
    line = WRONG if seed % 3 == 0 else next((line for line in LINES if line not in written), LINES[-1])
    return written + line


class RightLines:
    """Scores a chain lower with every wrong line; 1 only for a whole one without."""

    name = "symbolic"
    meaning = "1 for the whole right chain, else 0.9, and less with every wrong line"

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        return [
            Score(
                value=1.0 if each.written == RIGHT else 0.9 * 0.3 ** each.written.count(WRONG),
                usage=Usage(verifier_calls=1),
            )
            for each in partials
        ]

    def close(self) -> None:
        pass


def problem(name: str) -> Problem:
    return Problem(id=name, statement=f"{name} is red.")


def run(
    name: str, *, budget: Budget | None = None, seed: int = 1, reverse: bool = False, ids: str = "ab"
) -> list[Search]:
    engine = Engine(
        ScriptedPolicy(script, reverse=reverse), {"symbolic": RightLines()}, TEMPLATE, seed=seed, budget=budget
    )
    make: Callable[[Settings], Strategy] = plugins.load("strategies", name)
    return list(engine.run([problem(each) for each in ids], lambda: make(Settings(n=4, steps=8))))


@pytest.mark.parametrize("name", NAMES)
def test_a_strategy_writes_the_right_chain_and_again_with_the_same_seed(name: str) -> None:
    found = run(name)
    for search in found:
        assert search.choice.node is not None
        assert search.choice.node.written == RIGHT
        assert search.error is None
    assert [search.events for search in found] == [search.events for search in run(name)]
    assert found[0].events != run(name, seed=2)[0].events
    # neither what else runs nor the order of the replies changes a search
    assert found[1].choice.node == run(name, ids="b", reverse=True)[0].choice.node


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tokens", [1, 60, 150, 300])
def test_a_strategy_stays_inside_its_budget(name: str, tokens: int) -> None:
    for search in run(name, budget=Budget(tokens=tokens)):
        draws = [event for event in search.events if "draw" in event]
        assert sum(event["tokens"] for event in draws) <= tokens
        # the end of a reply costs a token even where no more text is allowed
        assert search.usage.generated_tokens <= tokens + len(draws)


@pytest.mark.parametrize("name", NAMES)
def test_a_strategy_stays_inside_its_verifier_calls(name: str) -> None:
    for search in run(name, budget=Budget(verifier_calls=5)):
        assert search.usage.verifier_calls <= 5


def test_the_solver_steers_a_chain_to_a_verified_answer() -> None:
    asked = read_problem(["Bob is kind.", "Kind people are nice."], statement="Bob is nice.")
    options = SolveOptions(strategy="latts", settings=Latts(draws=6, steps=8), seed=1)
    found = next(solve_all([asked], ScriptedPolicy(script), options))
    assert found.verified
    assert found.answer == "True"
    actions = [event["note"] for event in found.events if "note" in event]
    assert actions == ["accept"] * 4
    assert found.usage.verifier_calls == sum(event["draws"] for event in found.events if "note" in event)


def test_a_strategys_seed_depends_on_the_run_and_the_problem() -> None:
    seeds: list[int] = []

    def ask() -> Strategy:
        seeds.append((yield Seed()))
        return Choice(node=None)

    for seed in (1, 1, 2):
        engine = Engine(ScriptedPolicy(always("")), {}, TEMPLATE, seed=seed)
        list(engine.run([problem("a"), problem("b")], ask))
    assert seeds[:2] == seeds[2:4]
    assert len(set(seeds)) == 4


@pytest.mark.parametrize("reverse", [False, True])
def test_requests_at_once_get_of_a_budget_what_they_would_get_one_by_one(reverse: bool) -> None:
    def pieces(overlap: bool) -> list[object]:
        def write() -> Strategy:
            answers: list[object] = []
            if overlap:
                tickets = []
                for _ in range(5):
                    tickets.append((yield Submit(Extend(node=Root, until="end"))))
                got = yield Wait(tuple(tickets))
                answers = [got[ticket] for ticket in tickets]
            else:
                for _ in range(5):
                    answers.append((yield Extend(node=Root, until="end")))
            return Choice(node=None, candidates=((Root, None),), reason=repr([shown(each) for each in answers]))

        engine = Engine(ScriptedPolicy(always("x" * 20), reverse=reverse), {}, TEMPLATE, budget=Budget(tokens=70))
        return [search.choice.reason for search in engine.run([problem("a")], write)]

    def shown(answer: object) -> str:
        return answer.nodes[0].text if isinstance(answer, Draws) else "spent" if isinstance(answer, Spent) else "?"

    assert pieces(True) == pieces(False) == [repr(["x" * 20] * 3 + ["x" * 7, "spent"])]

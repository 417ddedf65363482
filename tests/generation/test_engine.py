"""The engine drives strategies: order, budgets, overlap, failures, records."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from scripted import ScriptedPolicy, always

from verisearch.errors import PolicyError
from verisearch.protocols import Failure, Message, Partial, Reply, Score
from verisearch.runtime.budget import Budget
from verisearch.runtime.engine import Engine, Search
from verisearch.runtime.prompting import Template
from verisearch.search.nodes import Node, Root
from verisearch.search.requests import (
    Cancel,
    Choice,
    Draws,
    Extend,
    Failed,
    Note,
    Rate,
    Rated,
    Strategy,
    Submit,
    Wait,
)
from verisearch.search.strategies import Settings, best_of_n, greedy, sample
from verisearch.trace import Problem
from verisearch.usage import Usage

TEMPLATE = Template(name="test", turns=(Message("user", "{{ statement }}"),), step="\n", step_tokens=50)


class Lengths:
    """Scores a chain by how long it is."""

    name = "symbolic"
    meaning = "the length in hundreds of characters"

    def __init__(self) -> None:
        self.calls: list[int] = []

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        self.calls.append(len(partials))
        return [Score(value=len(each.written) / 100, usage=Usage(verifier_calls=1)) for each in partials]

    def close(self) -> None:
        pass


def problems(*names: str) -> list[Problem]:
    return [Problem(id=name, statement=f"{name} is red.") for name in names]


def engine(policy: ScriptedPolicy, **settings: object) -> Engine:
    return Engine(policy, {"symbolic": Lengths()}, TEMPLATE, **settings)  # type: ignore[arg-type]


def only(found: list[Search]) -> Search:
    assert len(found) == 1
    return found[0]


def test_a_greedy_chain_is_written_step_by_step_to_its_end() -> None:
    policy = ScriptedPolicy(always("One.\nTwo.\nThree."))
    found = only(list(engine(policy).run(problems("a"), lambda: greedy(Settings()))))
    assert found.choice.node is not None
    assert found.choice.node.written == "One.\nTwo.\nThree."
    assert [node.text for node in found.choice.node.lineage()] == ["One.\n", "Two.\n", "Three."]
    assert [request.prefix.written for request in policy.requests] == ["", "One.\n", "One.\nTwo.\n"]
    assert all(request.sampling.temperature == 0 for request in policy.requests)
    assert found.usage == Usage(prompt_tokens=30, generated_tokens=17, verifier_calls=1)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("concurrency", [1, 3, 100])
def test_results_come_in_the_problems_order_whatever_comes_back_first(reverse: bool, concurrency: int) -> None:
    names = [f"p{number}" for number in range(23)]
    policy = ScriptedPolicy(lambda messages, written, seed: f"{messages[0].content}\nEnd.", reverse=reverse)
    found = list(engine(policy, concurrency=concurrency).run(problems(*names), lambda: greedy(Settings())))
    assert [search.problem.id for search in found] == names
    assert [search.choice.node.written for search in found if search.choice.node] == [
        f"{name} is red.\nEnd." for name in names
    ]


def draws(found: Search) -> list[tuple[tuple[int, ...], str, int]]:
    return sorted((tuple(event["draw"]), event["text"], event["seed"]) for event in found.events if "draw" in event)


@pytest.mark.parametrize("reverse", [False, True])
def test_draws_do_not_depend_on_what_else_runs(reverse: bool) -> None:
    def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
        return f"Seed {seed}.\nEnd."

    def run(*names: str, concurrency: int = 8) -> dict[str, list[tuple[tuple[int, ...], str, int]]]:
        policy = ScriptedPolicy(script, reverse=reverse)
        found = engine(policy, seed=5, concurrency=concurrency).run(problems(*names), lambda: best_of_n(Settings(n=4)))
        return {search.problem.id: draws(search) for search in found}

    together = run("a", "b", "c")
    assert together["b"] == run("b")["b"] == run("c", "b", concurrency=1)["b"]
    assert together["a"] != together["b"]


def test_equal_nodes_draw_something_new_each_time() -> None:
    def twice() -> Strategy:
        first = yield Extend(node=Root, n=2)
        again = yield Extend(node=Root, n=3)
        assert isinstance(first, Draws)
        assert isinstance(again, Draws)
        return Choice(node=again.nodes[0], candidates=tuple((node, None) for node in (*first.nodes, *again.nodes)))

    policy = ScriptedPolicy(lambda messages, written, seed: f"{seed}")
    found = only(list(engine(policy).run(problems("a"), twice)))
    assert [node.path for node, _ in found.choice.candidates] == [(0,), (1,), (2,), (3,), (4,)]
    assert len({node.text for node, _ in found.choice.candidates}) == 5

    def at_once() -> Strategy:
        answer = yield Extend(node=Root, n=5)
        assert isinstance(answer, Draws)
        return Choice(node=answer.nodes[0], candidates=tuple((node, None) for node in answer.nodes))

    other = only(list(engine(ScriptedPolicy(policy.script)).run(problems("a"), at_once)))
    assert [node.text for node, _ in other.choice.candidates] == [node.text for node, _ in found.choice.candidates]


def test_best_of_n_takes_the_highest_score_and_the_first_of_equals() -> None:
    lengths = iter([3, 7, 7, 2] * 2)
    texts: dict[int, str] = {}

    def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
        return texts.setdefault(seed, "x" * next(lengths))

    found = only(list(engine(ScriptedPolicy(script)).run(problems("a"), lambda: best_of_n(Settings(n=4)))))
    assert found.choice.node is not None
    assert found.choice.node.path == (1,)
    assert [score.value for _, score in found.choice.candidates if score] == [0.03, 0.07, 0.07, 0.02]
    assert found.usage.generated_tokens == 3 + 7 + 7 + 2 + 4
    assert found.usage.discarded_tokens == found.usage.generated_tokens - 8
    assert {"note": "choose", "path": [1], "values": [0.03, 0.07, 0.07, 0.02]} in found.events


def test_many_problems_are_scored_together() -> None:
    verifier = Lengths()
    run = Engine(ScriptedPolicy(always("One.")), {"symbolic": verifier}, TEMPLATE, concurrency=10)
    list(run.run(problems(*(f"p{number}" for number in range(10))), lambda: greedy(Settings())))
    assert sum(verifier.calls) == 10
    assert len(verifier.calls) <= 10


# --- budgets ---
@pytest.mark.parametrize("budget", [1, 4, 5, 9, 16, 17, 100])
@pytest.mark.parametrize("n", [1, 3])
def test_no_problem_spends_more_tokens_than_its_budget(budget: int, n: int) -> None:
    policy = ScriptedPolicy(always("One.\nTwo.\nThree."))
    run = engine(policy, budget=Budget(tokens=budget))
    for search in run.run(problems("a", "b"), lambda: best_of_n(Settings(n=n))):
        # the end of a reply costs a token that is drawn even where no more text is allowed
        assert search.usage.generated_tokens <= budget + n
        asked = [event for event in search.events if "draw" in event]
        assert sum(event["tokens"] for event in asked) <= budget


def test_a_spent_budget_ends_the_chain_and_says_so() -> None:
    policy = ScriptedPolicy(always("One.\nTwo.\nThree."))
    found = only(list(engine(policy, budget=Budget(tokens=7)).run(problems("a"), lambda: greedy(Settings()))))
    assert found.choice.node is not None
    assert found.choice.node.written == "One.\nTw"
    assert "budget is spent" in found.choice.reason


def test_verifier_calls_are_bounded_too() -> None:
    policy = ScriptedPolicy(always("One.\nTwo.\nThree.\nFour."))
    verifier = Lengths()
    run = Engine(policy, {"symbolic": verifier}, TEMPLATE, budget=Budget(verifier_calls=2))
    found = only(list(run.run(problems("a"), lambda: greedy(Settings(watch=True)))))
    assert sum(verifier.calls) == found.usage.verifier_calls == 2
    assert found.choice.candidates[0][1] is None


def test_what_was_set_aside_and_not_spent_comes_back() -> None:
    policy = ScriptedPolicy(always("One.\nTwo.\nThree.\nFour.\nFive."))
    run = engine(policy, budget=Budget(tokens=60), max_tokens=50)
    found = only(list(run.run(problems("a"), lambda: greedy(Settings()))))
    assert found.choice.reason == ""
    assert found.usage.generated_tokens == len("One.\nTwo.\nThree.\nFour.\nFive.") + 1


def test_a_chain_without_end_is_cut_off() -> None:
    def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
        return "Again.\n" * 1000

    found = only(list(engine(ScriptedPolicy(script)).run(problems("a"), lambda: sample(Settings(steps=4)))))
    assert found.choice.node is not None
    assert found.choice.node.written == "Again.\n" * 4
    assert "4 steps" in found.choice.reason


# --- overlap ---
def test_a_strategy_can_wait_for_the_first_and_cancel_the_rest() -> None:
    def race() -> Strategy:
        tickets = []
        for _ in range(4):
            tickets.append((yield Submit(Extend(node=Root))))
        first = yield Wait(tuple(tickets), 1, "arrived")
        (winner,) = first
        yield Cancel(tuple(ticket for ticket in tickets if ticket != winner))
        return Choice(node=first[winner].nodes[0])

    policy = ScriptedPolicy(always("One."), reverse=True)
    found = only(list(engine(policy).run(problems("a"), race)))
    assert found.choice.node is not None
    assert found.choice.node.path == (3,)
    assert len(policy.cancelled) == 3
    assert not policy.waiting


def test_waiting_in_order_of_submission_does_not_depend_on_arrival() -> None:
    def pair() -> Strategy:
        one = yield Submit(Extend(node=Root))
        two = yield Submit(Extend(node=Root))
        first = yield Wait((one, two), 1)
        assert list(first) == [one]
        second = yield Wait((two,))
        assert list(second) == [two]
        return Choice(node=second[two].nodes[0])

    for reverse in (False, True):
        found = only(list(engine(ScriptedPolicy(always("One."), reverse=reverse)).run(problems("a"), pair)))
        assert found.choice.node is not None
        assert found.choice.node.path == (1,)


def test_what_a_strategy_leaves_behind_is_cancelled_and_still_counted() -> None:
    def hasty() -> Strategy:
        yield Submit(Extend(node=Root))
        yield Submit(Extend(node=Root))
        yield Note("leave", Root)
        return Choice(node=None, reason="no patience")

    policy = ScriptedPolicy(always("One."))
    found = only(list(engine(policy).run(problems("a"), hasty)))
    assert found.error == "no patience"
    assert policy.cancelled == {0, 1}
    assert not policy.waiting


def test_leaving_a_run_early_cancels_what_is_under_way() -> None:
    policy = ScriptedPolicy(always("One.\nTwo.\n" * 20))
    run = engine(policy, concurrency=4)
    results = run.run(problems(*"abcdefgh"), lambda: greedy(Settings()))
    next(results)
    results.close()
    assert not policy.waiting
    assert not run.sent


# --- what goes wrong ---
def test_a_failed_request_ends_its_own_chain_only() -> None:
    policy = ScriptedPolicy(always("One.\nTwo."), fail_at=1)
    found = list(engine(policy, concurrency=3).run(problems("a", "b", "c"), lambda: greedy(Settings())))
    assert [search.error for search in found] == [None, "the server went away", None]
    assert found[1].usage.generated_tokens == 3
    assert found[1].events == (
        {"failed": [], "kind": "failed", "message": "the server went away", "ticket": 0},
        {"choice": None, "reason": "the server went away"},
    )


def test_a_failure_in_mid_chain_keeps_what_was_written() -> None:
    found = only(
        list(engine(ScriptedPolicy(always("One.\nTwo."), fail_at=1)).run(problems("a"), lambda: greedy(Settings())))
    )
    assert found.choice.node is not None
    assert found.choice.node.written == "One.\n"
    assert found.choice.reason == "the server went away"
    assert found.error is None


def test_an_unknown_verifier_is_an_answer_not_a_crash() -> None:
    def ask() -> Strategy:
        answer = yield Rate((Root,), "oracle")
        assert isinstance(answer, Failed)
        return Choice(node=None, reason=answer.message)

    assert "oracle" in (only(list(engine(ScriptedPolicy(always(""))).run(problems("a"), ask))).error or "")


class Forgetful(ScriptedPolicy):
    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        return []


def test_a_policy_that_loses_requests_is_found_out() -> None:
    with pytest.raises(PolicyError, match="lost 1 request"):
        list(engine(Forgetful(always("One."))).run(problems("a"), lambda: greedy(Settings())))


class Doubling(ScriptedPolicy):
    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        return [each for answer in super().poll(timeout) for each in (answer, answer)]


def test_a_policy_that_answers_twice_is_found_out() -> None:
    with pytest.raises(PolicyError, match="nobody asked for"):
        list(engine(Doubling(always("One."))).run(problems("a"), lambda: greedy(Settings())))


def test_a_strategy_that_waits_for_nothing_is_found_out() -> None:
    def stuck() -> Strategy:
        yield Wait((99,))
        return Choice(node=None)

    with pytest.raises(PolicyError, match="nobody works on"):
        list(engine(ScriptedPolicy(always(""))).run(problems("a"), stuck))


def test_tickets_given_up_cost_no_verifier_calls_and_let_held_requests_go() -> None:
    def ask() -> Strategy:
        first = yield Extend(node=Root, temperature=1.0)
        rate = yield Submit(Rate(first.nodes, "symbolic"))
        yield Cancel((rate,))
        again = yield Rate(first.nodes, "symbolic")  # the budget is for one call
        assert isinstance(again, Rated)
        slow = yield Submit(Extend(node=Root, temperature=1.0, max_tokens=20))
        big = yield Submit(Extend(node=Root, n=2, temperature=1.0, max_tokens=20))  # held: more than is left
        small = yield Submit(Extend(node=Root, temperature=1.0, max_tokens=5))
        yield Cancel((big,))
        sent.append(len(policy.requests))  # the small one waits no longer
        answers = yield Wait((small, slow))
        return Choice(node=answers[small].nodes[0])

    sent: list[int] = []
    policy = ScriptedPolicy(always("One.\nTwo."))
    budget = Budget(tokens=60, verifier_calls=1)
    found = only(list(engine(policy, budget=budget).run(problems("a"), ask)))
    assert found.error is None
    assert found.usage.verifier_calls == 1
    assert sent == [3]


@pytest.mark.parametrize("ids", [True, False])
def test_what_is_not_on_the_chosen_chain_was_discarded(ids: bool) -> None:
    policy = ScriptedPolicy(always("One.\nTwo."), ids=ids)
    found = only(list(engine(policy).run(problems("a"), lambda: best_of_n(Settings(n=3)))))
    usage = found.usage
    assert usage.generated_tokens % 3 == 0
    assert usage.discarded_tokens == usage.generated_tokens * 2 // 3 > 0


def test_listeners_hear_everything_in_order() -> None:
    heard: list[str] = []
    policy = ScriptedPolicy(always("One.\nTwo."))
    run = engine(policy, listener=lambda problem, event, scores: heard.append(next(iter(event))))
    list(run.run(problems("a"), lambda: greedy(Settings(watch=True))))
    assert heard == ["draw", "rate", "draw", "rate", "choice"]


def test_nodes_know_their_lineage() -> None:
    one = Node(path=(0,), parent=Root, text="One. ", ids=(1, 2))
    two = Node(path=(0, 3), parent=one, text="Two.", ids=(3,))
    assert two.written == "One. Two."
    assert two.written_ids == (1, 2, 3)
    assert two.depth == 2
    assert Node(path=(0, 4), parent=one, text="x", ids=None).written_ids is None

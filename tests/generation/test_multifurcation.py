"""Tree search over tokens against brute force, on policies that can be written out in full."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from enumerable import END, EnumerablePolicy, Law, leaves, made_up_law, uniform
from scripted import ScriptedPolicy, always, solving
from test_eval_solve import records, rows, script

import verisearch
from verisearch.errors import InputError
from verisearch.evaluation.datasets import ProofWriter
from verisearch.evaluation.run import run
from verisearch.ingest.reader import read_problem
from verisearch.protocols import Fork, Message, NextScores, Partial, Prefix, Score, TokenChoice
from verisearch.runtime.budget import Budget
from verisearch.runtime.engine import Engine, Search
from verisearch.runtime.forking import children
from verisearch.runtime.pool import Pool
from verisearch.runtime.prompting import Template
from verisearch.runtime.solving import SolveOptions, solve_all
from verisearch.search.multifurcation import Multifurcation, multifurcation
from verisearch.search.nodes import Node, Root
from verisearch.search.requests import Choice, NextTokens, Note, RatedNext, RateNext, Strategy, Submit, Tokens, Wait
from verisearch.search.strategies import Settings
from verisearch.streaming import Scored, Solved
from verisearch.trace import Problem
from verisearch.usage import Usage
from verisearch.verifiers.exact import ExactReward

TEMPLATE = Template(name="test", turns=(Message("user", "{{ statement }}"),))
PROBLEM = Problem(id="p", statement="Ada is red.")
MOST = 5


def random_law(seed: int) -> Law:
    """Up to three tokens and the end behind each chain; all ends by the fourth token."""
    return made_up_law(seed, "abc", MOST)


class Worth:
    """Scores chains by a table that a seed makes up; with ``whole`` only whole ones."""

    name = "worth"
    meaning = "made up"

    def __init__(self, seed: int, whole: bool = False) -> None:
        self.seed, self.whole, self.calls = seed, whole, 0

    def of(self, written: str, finished: bool) -> float:
        return uniform(self.seed, "worth", written, int(finished))

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        self.calls += len(partials)
        return [
            Score(value=None if self.whole and not each.finished else self.of(each.written, each.finished))
            for each in partials
        ]

    def close(self) -> None:
        pass


class Rewards:
    """A multifurcation reward by a function of a chain and a token. Counts its forks."""

    name = "rewards"
    meaning = "whatever the function says"

    def __init__(self, value: Callable[[str, TokenChoice], float | None]) -> None:
        self.value = value
        self.forks: list[Fork] = []
        self.batches: list[int] = []

    def score_next(self, forks: Sequence[Fork]) -> list[NextScores]:
        self.forks += forks
        self.batches.append(len(forks))
        return [
            NextScores(values=tuple(self.value(fork.partial.written, each) for each in fork.choices)) for fork in forks
        ]

    def close(self) -> None:
        pass


def table(seed: int) -> Rewards:
    return Rewards(lambda written, token: uniform(seed, "reward", written, token.text))


def search(
    policy: EnumerablePolicy, verifier: Any, budget: Budget | None = None, names: str = "p", **settings: Any
) -> list[Search]:
    given = Multifurcation(verifier=verifier.name, **{"min_new_tokens": 0, "max_new_tokens": MOST, **settings})
    engine = Engine(policy, {verifier.name: verifier}, TEMPLATE, budget=budget)
    problems = [Problem(id=name, statement="Ada is red.") for name in names]
    return list(engine.run(problems, lambda: multifurcation(given)))


def chosen(found: list[Search]) -> Node:
    assert len(found) == 1
    node = found[0].choice.node
    assert node is not None, found[0].error
    return node


def exact(policy: EnumerablePolicy, worth: Worth, **settings: Any) -> ExactReward:
    return ExactReward(policy, TEMPLATE.messages, worth, **{"max_new_tokens": MOST, "min_new_tokens": 0, **settings})


# --- the exact reward ---
def likelihood(law: Law, leaf: str) -> float:
    return math.prod(law(leaf[:place])[leaf[place]] for place in range(len(leaf))) * law(leaf)[END]


@pytest.mark.parametrize("seed", range(20))
def test_the_exact_reward_is_what_every_chain_written_out_says(seed: int) -> None:
    policy, worth = EnumerablePolicy(random_law(seed)), Worth(seed, whole=True)
    whole = leaves(policy.law, MOST)
    best, mean = exact(policy, worth), exact(policy, worth, over="mean")
    for prefix in {leaf[:length] for leaf in whole for length in range(len(leaf) + 1)}:
        below = [leaf for leaf in whole if leaf.startswith(prefix)]
        mass = sum(likelihood(policy.law, leaf) for leaf in below)
        ids = tuple(map(ord, prefix))
        assert best.values(PROBLEM)[ids] == max(worth.of(leaf, True) for leaf in below)
        expected = sum(likelihood(policy.law, leaf) * worth.of(leaf, True) for leaf in below) / mass
        assert mean.values(PROBLEM)[ids] == pytest.approx(expected)
    for leaf in whole:
        assert best.values(PROBLEM)[(*map(ord, leaf), 0)] == worth.of(leaf, True)


def test_a_chain_that_does_not_end_in_time_is_worth_nothing_to_the_exact_reward() -> None:
    policy = EnumerablePolicy(
        lambda written: {"a": 0.5, "b": 0.5} if not written else {"a" if written[0] == "a" else END: 1.0}
    )
    values = exact(policy, Worth(1)).values(PROBLEM)
    assert values[(ord("a"),)] == 0.0
    assert values[(ord("b"),)] == Worth(1).of("b", True)


def test_a_policy_too_large_to_be_written_out_is_refused() -> None:
    policy = EnumerablePolicy(random_law(3))
    with pytest.raises(InputError, match="more than 10 chains"):
        exact(policy, Worth(0), limit=10).values(PROBLEM)
    with pytest.raises(InputError, match="next tokens"):
        exact(EnumerablePolicy(policy.law, capabilities=()), Worth(0))
    with pytest.raises(InputError, match="median"):
        exact(policy, Worth(0), over="median")


# --- against brute force ---
@pytest.mark.parametrize("seed", range(40))
def test_one_chain_finds_the_best_leaf_with_a_call_for_each_of_its_tokens(seed: int) -> None:
    worth = Worth(seed, whole=True)
    policy = EnumerablePolicy(random_law(seed))
    reward = exact(EnumerablePolicy(policy.law), worth)
    budget = Budget(tokens=MOST, verifier_calls=MOST)
    found = search(policy, reward, budget, n=1, nucleus=1.0)
    best = max(leaves(policy.law, MOST), key=lambda leaf: worth.of(leaf, True))
    node = chosen(found)
    assert node.written == best
    assert node.finished
    assert found[0].choice.candidates[0][1] is not None
    assert found[0].choice.candidates[0][1].value == worth.of(best, True)
    assert policy.positions == [best[:length] for length in range(len(best) + 1)]
    assert found[0].usage == Usage(generated_tokens=len(best) + 1, verifier_calls=len(best) + 1)


def by_the_paper(
    law: Law, reward: Callable[[str, str], float], *, n: int, nucleus: float, min_new: int, max_new: int
) -> tuple[str, list[str]]:
    """D.2 of Saffron-1 as written there, on texts: the best whole chain, and the chains expanded in their order.

    Every chain keeps its last reward, and whole ones that leave the beam are remembered.
    """
    beam: list[tuple[str, float, bool]] = [("", math.nan, False)]
    whole: dict[str, float] = {}
    expanded: list[str] = []
    for t in range(1, max_new + 1):
        new = []
        for text, _, _ in [each for each in beam if not each[2]]:
            expanded.append(text)
            shares = {token: share for token, share in law(text).items() if token != END or t > min_new}
            total = sum(shares.values())
            for token, share in sorted(shares.items(), key=lambda each: -each[1]):
                if sum(other for other in shares.values() if other > share) / total < nucleus:
                    new.append((text + token, reward(text, token), token == END))
        beam = sorted([*(each for each in beam if each[2]), *new], key=lambda each: -each[1])[:n]
        whole.update({text: value for text, value, ended in beam if ended})
        if all(ended for _, _, ended in beam):
            break
    return max(whole, key=lambda text: whole[text]) if whole else "", expanded


@pytest.mark.parametrize("seed", range(60))
def test_the_search_is_the_papers(seed: int) -> None:
    n, nucleus = 1 + seed % 4, (0.5, 0.8, 0.95, 1.0)[seed // 4 % 4]
    min_new = seed % 3
    policy, reward = EnumerablePolicy(random_law(seed)), table(seed)
    best, expanded = by_the_paper(
        policy.law,
        lambda text, token: uniform(seed, "reward", text, token),
        n=n,
        nucleus=nucleus,
        min_new=min_new,
        max_new=MOST,
    )
    found = search(policy, reward, n=n, nucleus=nucleus, min_new_tokens=min_new)
    node = chosen(found)
    if best:
        assert node.finished
        assert node.written == best
    # one call for each expanded chain, and one policy position: never one for each child
    assert policy.positions == expanded
    assert [fork.partial.written for fork in reward.forks] == expanded
    assert found[0].usage.verifier_calls == found[0].usage.generated_tokens == len(expanded)
    assert len(reward.batches) == policy.calls <= MOST


@pytest.mark.parametrize("seed", range(10))
def test_a_reward_for_each_child_finds_the_same_and_takes_a_call_for_each_child(seed: int) -> None:
    policy, worth = EnumerablePolicy(random_law(seed)), Worth(seed)
    one = Rewards(lambda written, token: worth.of(written + token.text, token.ends))
    by_node = search(policy, one, n=2)
    by_child = search(EnumerablePolicy(policy.law), worth, n=2, reward="child")
    assert chosen(by_node).written == chosen(by_child).written
    assert by_node[0].usage.generated_tokens == by_child[0].usage.generated_tokens
    assert by_node[0].usage.verifier_calls == len(one.forks)
    assert by_child[0].usage.verifier_calls == worth.calls == sum(len(fork.choices) for fork in one.forks)


def test_a_stream_follows_a_search_over_tokens() -> None:
    happened = list(
        verisearch.stream(
            problem=PROBLEM,
            policy=EnumerablePolicy(random_law(3)),
            verifier=Worth(3),
            options=SolveOptions(strategy="multifurcation", settings=Multifurcation(n=2, reward="child")),
        )
    )
    assert isinstance(happened[-1], Solved)
    written = {each.path: each.written for each in happened if isinstance(each, Scored)}
    assert len(written) > 2
    assert all(written[path].startswith(written[path[:-1]]) for path in written if path[:-1] in written)


def test_a_verifier_that_abstains_inside_a_step_leaves_a_chain_its_value_and_its_own_verdict() -> None:
    # "ab" and "cd" are steps; only whole steps have a value, and a whole chain has its own or none
    values = {"ab": 0.2, "cd": 0.8, "cdab": 0.7, "cdcd": 0.1}

    class Steps(Worth):
        def score(self, partials: Sequence[Partial]) -> list[Score]:
            return [
                Score(value=None if each.finished else values.get(each.written), reason=each.written)
                for each in partials
            ]

    def law(written: str) -> dict[str, float]:
        if len(written) == 4:
            return {END: 1.0}
        return {"a": 0.7, "c": 0.3} if len(written) % 2 == 0 else {chr(ord(written[-1]) + 1): 1.0}

    found = search(EnumerablePolicy(law), Steps(0), n=2, nucleus=1.0, reward="child")
    assert chosen(found).written == "cdab"
    kept = [event["values"] for event in found[0].events if "note" in event]
    assert kept == [[None, None], [0.8, 0.2], [0.8, 0.8], [0.7, 0.1], [None, None]]
    (best, score), *_ = found[0].choice.candidates
    assert score is not None
    assert (best.written, score.reason) == ("cdab", "cdab")


def test_a_chain_that_goes_on_from_a_verified_one_is_not_verified_by_that() -> None:
    whole = "Bob is kind.\nKind people are nice.\nSo Bob is nice.\nThe answer is True."
    asked = read_problem(["Bob is kind.", "Kind people are nice."], statement="Bob is nice.")
    policy = EnumerablePolicy(lambda written: {(whole + " Bob frobs the").ljust(200, "z")[len(written)]: 1.0})
    for longest in (len(whole), len(whole) + 10):
        settings = Multifurcation(n=1, reward="child", max_new_tokens=longest)
        found = next(solve_all([asked], policy, SolveOptions(strategy="multifurcation", settings=settings)))
        assert found.verdict is not None
        assert found.trace is not None
        assert len(found.trace.raw) == longest
        assert found.verified == (longest == len(whole))


def test_problems_side_by_side_share_calls_and_find_what_each_finds_alone() -> None:
    policy, reward = EnumerablePolicy(random_law(5)), table(5)
    together = search(policy, reward, names="abcd", n=3)
    assert len({each.choice.node.written for each in together if each.choice.node}) == 1
    alone = EnumerablePolicy(policy.law)
    single = table(5)
    one = search(alone, single, names="c", n=3)
    assert together[2].events == one[0].events
    assert policy.calls == alone.calls
    assert reward.batches == [4 * batch for batch in single.batches]


# --- what may follow ---
def endless(written: str) -> dict[str, float]:
    return {"a": 0.05, "b": 0.05, END: 0.9}


@pytest.mark.parametrize("shortest", [0, 1, 3])
def test_no_reply_ends_before_its_least_tokens(shortest: int) -> None:
    policy, reward = EnumerablePolicy(endless), Rewards(lambda written, token: 1.0 if token.ends else 0.5)
    node = chosen(search(policy, reward, n=2, nucleus=0.8, min_new_tokens=shortest))
    assert node.finished
    assert len(node.written) == shortest
    # before, the nucleus is that of the other tokens, the end having no mass
    for fork in reward.forks:
        early = len(fork.partial.written) < shortest
        assert [each.ends for each in fork.choices] == ([False, False] if early else [True])


@pytest.mark.parametrize(("nucleus", "top_k", "kept"), [(0.5, 0, "a"), (0.6, 0, "ab"), (1.0, 0, "abc"), (1.0, 2, "ab")])
def test_only_the_nucleus_is_looked_at(nucleus: float, top_k: int, kept: str) -> None:
    def law(written: str) -> dict[str, float]:
        return {"c": 0.2, "a": 0.5, "b": 0.3} if not written else {END: 1.0}

    reward = Rewards(lambda written, token: {"a": 0.1, "b": 0.2, "c": 0.9}.get(token.text, 0.5))
    found = search(EnumerablePolicy(law), reward, n=1, nucleus=nucleus, top_k=top_k)
    assert "".join(each.text for each in reward.forks[0].choices) == kept
    assert chosen(found).written == kept[-1]


def test_a_token_that_the_reward_never_saw_is_the_last_resort() -> None:
    def law(written: str) -> dict[str, float]:
        return {"a": 0.7, "b": 0.3} if len(written) < 2 else {END: 1.0}

    def seen(written: str, token: TokenChoice) -> float | None:
        return None if token.text == "a" or (written.endswith("b") and not token.ends) else 0.0

    # b has the lowest value there is and still comes before the unseen a; behind b everything is unseen, and the
    # search goes on all the same
    assert chosen(search(EnumerablePolicy(law), Rewards(seen), n=1)).written == "ba"


def test_an_unfinished_chain_ranks_by_its_own_last_reward() -> None:
    # the published code would take the whole chain at once, whatever its reward
    def law(written: str) -> dict[str, float]:
        return {"a": 0.5, END: 0.5} if written else {"a": 1.0}

    rising = Rewards(lambda written, token: (0.1, 0.99)[len(written) > 2] if token.ends else 0.5 + 0.1 * len(written))
    assert chosen(search(EnumerablePolicy(law), rising, n=1)).written == "aaa"


def test_a_whole_chain_that_left_the_beam_comes_back_where_nothing_else_ends() -> None:
    def law(written: str) -> dict[str, float]:
        return {"a": 0.6, END: 0.4} if len(written) == 1 else {"a": 1.0}

    reward = Rewards(lambda written, token: 0.4 if token.ends else 0.3 + 0.1 * len(written))
    node = chosen(search(EnumerablePolicy(law), reward, n=2))
    assert (node.written, node.finished) == ("a", True)


# --- budgets ---
@pytest.mark.parametrize("tokens", range(1, 14))
def test_no_more_tokens_are_spent_than_the_budget_has(tokens: int) -> None:
    policy, reward = EnumerablePolicy(random_law(11)), table(11)
    (found,) = search(policy, reward, Budget(tokens=tokens), n=3, nucleus=1.0)
    assert len(policy.positions) == found.usage.generated_tokens <= tokens
    full = search(EnumerablePolicy(policy.law), table(11), n=3, nucleus=1.0)[0].usage.generated_tokens
    assert (found.choice.reason == "the budget is spent: tokens") == (tokens < full)
    assert found.choice.node is not None
    assert len(reward.forks) == len(policy.positions)  # what was paid for is scored


@pytest.mark.parametrize("calls", range(14))
def test_no_more_calls_are_made_than_the_budget_has(calls: int) -> None:
    reward = table(11)
    (found,) = search(EnumerablePolicy(random_law(11)), reward, Budget(verifier_calls=calls), n=3, nucleus=1.0)
    full = search(EnumerablePolicy(random_law(11)), table(11), n=3, nucleus=1.0)[0].usage.verifier_calls
    assert len(reward.forks) == found.usage.verifier_calls == min(calls, full)
    assert (found.choice.reason == "the budget is spent: verifier calls") == (calls < full)
    assert found.choice.node is not None


class Flaky(EnumerablePolicy):
    """Refuses to tell what follows some chains, always or the first time only."""

    def __init__(self, law: Law, refused: Callable[[str], bool], once: bool = False) -> None:
        super().__init__(law)
        self.refused, self.once, self.met = refused, once, set[str]()

    def next_tokens(self, prefixes: Sequence[Prefix], *, top_p: float, top_k: int, end: bool = True) -> Any:
        for prefix in prefixes:
            if self.refused(prefix.written) and not (self.once and len(prefixes) == 1 and prefix.written in self.met):
                self.met.add(prefix.written)
                raise RuntimeError("out of memory")
        return super().next_tokens(prefixes, top_p=top_p, top_k=top_k, end=end)


def two(written: str) -> dict[str, float]:
    return {"a": 0.6, "b": 0.4} if len(written) < 3 else {END: 1.0}


def test_a_chain_whose_next_tokens_cannot_be_had_leaves_the_beam_and_its_token_comes_back() -> None:
    reward = Rewards(lambda written, token: 0.9 if token.text == "a" else 0.5)
    policy = Flaky(two, lambda written: written == "a")
    # a root, b, two below it, two whole: 6 positions; the refused one costs nothing in the end
    (found,) = search(policy, reward, Budget(tokens=6), n=2, nucleus=1.0)
    assert found.choice.node is not None
    assert found.choice.node.written == "baa"
    assert found.choice.reason == ""
    assert found.usage.generated_tokens == len(policy.positions) == 6
    (failed,) = [event for event in found.events if "failed" in event]
    assert failed["failed"] == [0]
    assert failed["message"] == "policy enumerable raised RuntimeError: out of memory"


def test_what_breaks_in_a_batch_is_asked_for_alone() -> None:
    policy = Flaky(two, lambda written: written == "a", once=True)
    (found,) = search(policy, Rewards(lambda written, token: 0.5), n=2, nucleus=1.0)
    assert found.choice.node is not None
    assert found.choice.node.written == "aaa"
    assert not [event for event in found.events if "failed" in event]


def test_a_cancelled_request_gives_its_token_back() -> None:
    from verisearch.search.requests import Cancel

    def hasty() -> Strategy:
        first = yield Submit(NextTokens(node=Root))
        yield Cancel((first,))
        answer = yield NextTokens(node=Root)
        assert isinstance(answer, Tokens)
        return Choice(node=answer.nodes[0])

    policy = EnumerablePolicy(two)
    (found,) = Engine(policy, {}, TEMPLATE, budget=Budget(tokens=1)).run([PROBLEM], hasty)
    assert found.choice.node is not None
    assert policy.positions == [""]


# --- records ---
def replayed(found: Search, strategy: Strategy) -> Choice:
    """Run a strategy on what a record holds, without any model."""
    tokens = {tuple(event["next"]): event for event in found.events if "next" in event}
    values = {tuple(node["path"]): node for event in found.events if "rate_next" in event for node in event["nodes"]}
    notes = [event for event in found.events if "note" in event]
    answers: list[Any] = []

    def answer(request: Any) -> Any:
        if isinstance(request, NextTokens):
            event = tokens[request.node.path]
            return children(request.node, tuple(TokenChoice(**each) for each in event["tokens"]), event["first"])
        assert isinstance(request, RateNext)
        rated = [values[node.path] for node in request.nodes]
        return RatedNext(tuple(NextScores(values=tuple(each["values"]), reason=each["reason"]) for each in rated))

    given: Any = None
    while True:
        try:
            request = strategy.send(given)
        except StopIteration as stop:
            choice: Choice = stop.value
            assert not notes
            return choice
        if isinstance(request, Note):
            assert notes.pop(0) == {"note": request.action, "path": list(request.node.path), **request.data}
            given = None
        elif isinstance(request, Submit):
            answers.append(answer(request.request))
            given = len(answers) - 1
        elif isinstance(request, Wait):
            given = {ticket: answers[ticket] for ticket in request.tickets}
        else:
            given = answer(request)


@pytest.mark.parametrize("seed", range(6))
def test_a_record_holds_all_that_a_search_was_told(seed: int) -> None:
    (found,) = search(EnumerablePolicy(random_law(seed)), table(seed), n=3)
    stored = json.loads(json.dumps(found.events))
    assert stored == list(found.events)
    settings = Multifurcation(verifier="rewards", n=3, min_new_tokens=0, max_new_tokens=MOST)
    assert replayed(found, multifurcation(settings)) == found.choice


class Writer(EnumerablePolicy):
    """Writes what the tests of ``eval`` have written, or a slip; stops working after ``left`` calls."""

    def __init__(self, left: int = 10**9) -> None:
        super().__init__(lambda written: {})
        self.left = left

    def law_of(self, prefix: Prefix) -> Mapping[str, float]:
        whole = script(prefix.messages, prefix.written, 0)
        if not whole.startswith(prefix.written):
            return {END: 1.0}
        if len(prefix.written) == len(whole):
            return {END: 1.0}
        return {whole[len(prefix.written)]: 0.9, "~": 0.1}

    def next_tokens(self, prefixes: Sequence[Prefix], *, top_p: float, top_k: int, end: bool = True) -> Any:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().next_tokens(prefixes, top_p=top_p, top_k=top_k, end=end)


def test_an_interrupted_run_goes_on_and_ends_with_the_same_records(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows(4)))
    settings = Multifurcation(n=2, reward="child", nucleus=0.95)
    plan = solving(data, policy="writer", concurrency=1, strategy="multifurcation", settings=settings)

    def evaluate(folder: str, policy: Writer, resume: bool = False) -> None:
        with Pool(1) as pool:
            run(plan, ProofWriter(), tmp_path / folder, pool=pool, policy=policy, resume=resume)

    evaluate("whole", Writer())
    with pytest.raises(KeyboardInterrupt):
        evaluate("broken", Writer(left=150))
    assert 0 < len(records(tmp_path / "broken")) < 4
    evaluate("broken", Writer(), resume=True)
    whole = (tmp_path / "whole" / "records.jsonl").read_text()
    assert (tmp_path / "broken" / "records.jsonl").read_text() == whole
    assert [record["verified"] for record in records(tmp_path / "whole")] == [True, False, True, False]


# --- degenerate cases ---
def test_no_budget_writes_nothing_and_says_so() -> None:
    policy, reward = EnumerablePolicy(two), table(0)
    (found,) = search(policy, reward, Budget(tokens=0))
    assert found.choice.node is None
    assert found.error == "the budget is spent: tokens"
    assert not policy.positions
    assert not reward.forks


def broken(forks: Sequence[Fork]) -> list[NextScores]:
    raise RuntimeError("no weights")


HOPELESS: dict[str, Callable[[Sequence[Fork]], Any]] = {
    "none": lambda forks: [NextScores(values=(None,) * len(fork.choices)) for fork in forks],
    "nan": lambda forks: [NextScores(values=(math.nan,) * len(fork.choices)) for fork in forks],
    "2": lambda forks: [NextScores(values=(2.0,) * len(fork.choices)) for fork in forks],
    "0": lambda forks: [NextScores(values=(0.0,) * len(fork.choices)) for fork in forks],
    "1": lambda forks: [NextScores(values=(1.0,) * len(fork.choices)) for fork in forks],
    "raising": broken,
    "too few": lambda forks: [NextScores(values=()) for fork in forks],
    "no answer": lambda forks: [],
    "strange": lambda forks: [0.5 for fork in forks],
}


@pytest.mark.parametrize("name", HOPELESS)
def test_without_anything_to_choose_by_the_most_probable_chain_is_written(name: str) -> None:
    reward = table(0)
    reward.score_next = HOPELESS[name]  # type: ignore[method-assign]
    (found,) = search(EnumerablePolicy(two), reward, n=2)
    assert found.choice.node is not None
    assert found.choice.node.written == "aaa"
    assert found.choice.node.finished
    assert found.choice.reason == ""
    if name in ("none", "raising", "too few", "no answer", "strange"):
        assert found.choice.candidates[0][1] is None or found.choice.candidates[0][1].value is None


def test_a_reward_that_chokes_on_one_chain_costs_only_that_ones_scores() -> None:
    def value(written: str, token: TokenChoice) -> float:
        if written == "a":
            raise RuntimeError("choked")
        return 0.9 if token.text == "a" else 0.5

    found = search(EnumerablePolicy(two), Rewards(value), n=2, nucleus=1.0)
    assert chosen(found).written == "baa"


def test_an_empty_reply_is_a_whole_chain() -> None:
    node = chosen(search(EnumerablePolicy(lambda written: {END: 1.0}), table(0)))
    assert (node.written, node.finished, node.depth) == ("", True, 1)


def test_a_chain_without_end_is_cut_off_and_said_to_be() -> None:
    found = search(EnumerablePolicy(lambda written: {"a": 1.0}), table(0), max_new_tokens=4)
    assert chosen(found).written == "aaaa"
    assert found[0].choice.reason == "it had not ended after 4 tokens"


def test_a_policy_that_tells_nothing_fails_with_its_reason() -> None:
    (found,) = search(EnumerablePolicy(lambda written: {}), table(0))
    assert found.error == "policy enumerable gave no next token"


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 0},
        {"nucleus": 0.0},
        {"nucleus": 1.5},
        {"nucleus": math.nan},
        {"max_new_tokens": 0},
        {"min_new_tokens": -1},
        {"reward": "both"},
        {"min_new_tokens": 5, "max_new_tokens": 5},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        Multifurcation(**wrong)


# --- who can do it ---
def test_a_policy_without_next_tokens_is_refused_before_anything_is_asked() -> None:
    policy = ScriptedPolicy(always("x"))
    options = SolveOptions(strategy="multifurcation", settings=Settings(n=2))
    with pytest.raises(InputError, match="policy scripted can't tell the probabilities of next tokens, and multifurc"):
        next(solve_all([PROBLEM], policy, options, verifier=table(0)))
    assert not policy.requests


def test_a_verifier_of_whole_chains_is_refused_with_what_would_do() -> None:
    policy = EnumerablePolicy(two)
    with pytest.raises(InputError, match=r"verifier symbolic scores one chain at a time.*--set reward=child"):
        next(solve_all([PROBLEM], policy, SolveOptions(strategy="multifurcation")))
    with pytest.raises(InputError, match="verifier rewards scores next tokens only"):
        next(solve_all([PROBLEM], policy, SolveOptions(strategy="beam"), verifier=table(0)))
    assert not policy.positions


def test_a_reward_of_the_users_own_steers_a_chain_that_the_solver_then_verifies() -> None:
    whole = "Bob is kind.\nKind people are nice.\nSo Bob is nice.\nThe answer is True."
    wrong = "Bob is tall.\nSo Bob is nice.\nThe answer is True."

    def law(written: str) -> dict[str, float]:
        texts = [text for text in (whole, wrong) if text.startswith(written)]
        nexts = sorted({text[len(written) : len(written) + 1] for text in texts})
        return {token: 1 / len(nexts) for token in nexts}

    asked = read_problem(["Bob is kind.", "Kind people are nice."], statement="Bob is nice.")
    mine = Rewards(lambda written, token: float(whole.startswith(written + token.text)))
    options = SolveOptions(strategy="multifurcation", settings=Multifurcation(n=1))
    found = next(solve_all([asked], EnumerablePolicy(law), options, verifier=mine))
    assert found.verified
    assert found.candidates[0].score == 1.0
    assert found.usage.generated_tokens == found.usage.verifier_calls == len(whole) + 1

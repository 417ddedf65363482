"""Streams of what happens, and the asynchronous twins: the same results, and nothing left behind when they are left."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import pytest
from scripted import ScriptedPolicy, always

import verisearch
from verisearch.errors import InputError, PolicyError
from verisearch.protocols import Failure, Partial, Reply, Score
from verisearch.runtime.budget import Budget
from verisearch.runtime.solving import Solution, SolveOptions, SolveStatus
from verisearch.search.chains import Settings
from verisearch.search.latts import Latts
from verisearch.streaming import TURNS, Drawn, Happening, Lost, Noted, Scored, Solved
from verisearch.usage import Usage

CONTEXT = ["Bob is kind.", "Kind people are nice."]
GOOD = "Kind people are nice.\nBob is kind.\nSo Bob is nice.\nThe answer is True."
GIVEN: dict[str, Any] = {"statement": "Bob is nice.", "context": CONTEXT}
BEST = SolveOptions(strategy="best-of-n", settings=Settings(n=3))


class Quick:
    """Scores without a solver."""

    name = "quick"
    meaning = "always a half"

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        return [Score(value=0.5, usage=Usage(verifier_calls=1)) for _ in partials]

    def close(self) -> None:
        pass


def solution(happened: Sequence[Happening]) -> Solution:
    assert isinstance(happened[-1], Solved)
    return happened[-1].solution


def told(found: Solution) -> list[object]:
    """What of a solution doesn't depend on the clock, or on what the solver did before."""
    return [found.status, found.answer, found.candidates, found.events, found.usage.generated_tokens, found.options]


def test_draws_scores_verdicts_and_actions_come_in_their_order() -> None:
    options = SolveOptions(strategy="latts", settings=Latts(draws=2))
    found = list(verisearch.stream(**GIVEN, policy=ScriptedPolicy(always(GOOD)), options=options))
    kinds = [type(each) for each in found]
    assert kinds == [Drawn, Scored, Noted] * 4 + [Solved]
    drawn = [each for each in found if isinstance(each, Drawn)]
    assert [each.text for each in drawn] == GOOD.splitlines(keepends=True)
    assert drawn[-1].written == GOOD
    assert [each.finish for each in drawn] == ["stop", "stop", "stop", "end"]
    scored = [each for each in found if isinstance(each, Scored)]
    assert [each.value for each in scored] == [0.9, 0.9, 0.9, 1.0]
    assert [each.written for each in scored] == [each.written for each in drawn]
    assert scored[-1].verdict is not None
    assert scored[-1].verdict.verified
    assert [each.action for each in found if isinstance(each, Noted)] == ["accept"] * 4
    assert solution(found).status is SolveStatus.VERIFIED


def test_a_stream_ends_with_what_solve_gives() -> None:
    def policy() -> ScriptedPolicy:
        return ScriptedPolicy(always(GOOD))

    streamed = solution(list(verisearch.stream(**GIVEN, policy=policy(), options=BEST)))
    assert told(streamed) == told(verisearch.solve(**GIVEN, policy=policy(), options=BEST))
    assert streamed.events


def test_happenings_come_while_the_search_is_under_way() -> None:
    policy = ScriptedPolicy(always(GOOD))
    source = verisearch.stream(**GIVEN, policy=policy)
    assert isinstance(next(source), Drawn)
    assert len(policy.requests) == 1
    assert isinstance(next(source), Drawn)
    assert len(policy.requests) == 2


def test_what_is_lost_is_told() -> None:
    options = SolveOptions(budget=Budget(tokens=30))
    found = list(verisearch.stream(**GIVEN, policy=ScriptedPolicy(always(GOOD)), options=options))
    assert [each.reason for each in found if isinstance(each, Lost)] == ["the budget is spent: tokens"]
    found = list(verisearch.stream(**GIVEN, policy=ScriptedPolicy(always(GOOD), fail_at=0)))
    assert [type(each) for each in found] == [Lost, Solved]
    assert solution(found).status is SolveStatus.FAILED


def test_equal_answers_are_told() -> None:
    options = SolveOptions(strategy="self-consistency", settings=Settings(n=2))
    found = list(verisearch.stream(**GIVEN, policy=ScriptedPolicy(always(GOOD)), options=options, verifier=Quick()))
    (group,) = [each for each in found if isinstance(each, Noted) and each.action == "group"]
    assert group.data == {"answers": ["True", "True"], "classes": [[0, 1]]}


def test_leaving_a_stream_gives_up_what_is_under_way() -> None:
    policy = ScriptedPolicy(always(GOOD))
    source = verisearch.stream(**GIVEN, policy=policy, options=BEST)
    next(source)
    assert policy.waiting
    source.close()  # type: ignore[attr-defined]
    assert not policy.waiting
    assert policy.cancelled
    assert not policy.closed
    assert verisearch.solve(**GIVEN, policy=policy, options=BEST).verified


def test_a_policy_that_was_opened_for_the_stream_is_closed_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = ScriptedPolicy(always(GOOD))
    monkeypatch.setattr("verisearch.streaming.open_policy", lambda spec: opened)
    source = verisearch.stream(**GIVEN)
    next(source)
    source.close()  # type: ignore[attr-defined]
    assert opened.closed


def test_wrong_arguments_are_refused_at_once() -> None:
    for call in (verisearch.stream, verisearch.astream):
        with pytest.raises(InputError, match="nothing to solve"):
            call(context=CONTEXT, policy=ScriptedPolicy(always(GOOD)))


# --- asynchronous ---
class Slow(ScriptedPolicy):
    """Answers only when it is let go, or after its last request was cancelled."""

    def __init__(self) -> None:
        super().__init__(always(GOOD))
        self.asked, self.go = threading.Event(), threading.Event()
        self.threads: set[int] = set()

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        self.threads.add(threading.get_ident())
        self.asked.set()
        if not self.cancelled.issuperset(self.waiting) and not self.go.wait(timeout):
            return []
        return super().poll(timeout)


async def until(event: threading.Event) -> None:
    while not event.is_set():
        await asyncio.sleep(0.001)


def test_the_asynchronous_twins_give_the_same() -> None:
    async def run() -> tuple[list[Happening], Solution]:
        found = [each async for each in verisearch.astream(**GIVEN, policy=ScriptedPolicy(always(GOOD)), options=BEST)]
        return found, await verisearch.asolve(**GIVEN, policy=ScriptedPolicy(always(GOOD)), options=BEST)

    found, awaited = asyncio.run(run())
    calm = verisearch.solve(**GIVEN, policy=ScriptedPolicy(always(GOOD)), options=BEST)
    assert told(solution(found)) == told(awaited) == told(calm)


def test_other_tasks_go_on_while_the_policy_is_slow() -> None:
    async def run() -> Solution:
        policy = Slow()
        task = asyncio.create_task(verisearch.asolve(**GIVEN, policy=policy, verifier=Quick()))
        await until(policy.asked)  # the loop turns while the policy has nothing
        assert not task.done()
        policy.go.set()
        found = await task
        assert threading.get_ident() not in policy.threads
        assert len(policy.threads) == 1
        return found

    assert asyncio.run(run()).answer == "True"


@pytest.mark.parametrize("times", [1, 3])
def test_cancelling_gives_up_the_requests_and_leaves_the_policy_usable(times: int) -> None:
    async def run() -> Solution:
        policy = Slow()
        before = threading.active_count()
        task = asyncio.create_task(verisearch.asolve(**GIVEN, policy=policy, options=BEST))
        await until(policy.asked)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0.001)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert policy.cancelled == {0, 1, 2}
        assert not policy.waiting
        assert not policy.closed
        assert threading.active_count() == before
        policy.go.set()
        return await verisearch.asolve(**GIVEN, policy=policy, options=BEST)

    assert asyncio.run(run()).verified


def test_leaving_an_asynchronous_stream_early_gives_up_the_rest() -> None:
    async def run() -> ScriptedPolicy:
        policy = ScriptedPolicy(always(GOOD))
        async with aclosing(verisearch.astream(**GIVEN, policy=policy, options=BEST)) as source:
            async for event in source:
                assert isinstance(event, Drawn)
                break
        return policy

    policy = asyncio.run(run())
    assert not policy.waiting
    assert not policy.closed


def test_searches_that_share_a_policy_take_turns() -> None:
    async def run() -> tuple[ScriptedPolicy, list[Solution]]:
        policy = ScriptedPolicy(always(GOOD))
        tasks = [verisearch.asolve(**GIVEN, policy=policy, options=BEST) for _ in range(4)]
        return policy, list(await asyncio.gather(*tasks))

    policy, found = asyncio.run(run())
    assert [each.status for each in found] == [SolveStatus.VERIFIED] * 4
    assert len(policy.requests) == 4 * 3 * 4
    assert asyncio.run(run())[1][0].verified  # in another loop too


def test_one_of_several_may_be_cancelled_while_it_waits_for_its_turn() -> None:
    async def run() -> list[Any]:
        policy = Slow()
        tasks = [asyncio.create_task(verisearch.asolve(**GIVEN, policy=policy, verifier=Quick())) for _ in range(3)]
        await until(policy.asked)
        tasks[1].cancel()
        policy.go.set()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    one, two, three = asyncio.run(run())
    assert not TURNS
    assert isinstance(two, asyncio.CancelledError)
    assert one.answer == three.answer == "True"


def test_models_are_opened_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    opening, opened = threading.Lock(), []

    def open_policy(spec: str) -> ScriptedPolicy:
        assert opening.acquire(blocking=False), "two at once"
        time.sleep(0.02)
        opening.release()
        opened.append(ScriptedPolicy(always(GOOD)))
        return opened[-1]

    async def run() -> list[Solution]:
        return list(await asyncio.gather(*(verisearch.asolve(**GIVEN, verifier=Quick()) for _ in range(3))))

    monkeypatch.setattr("verisearch.streaming.open_policy", open_policy)
    assert [each.answer for each in asyncio.run(run())] == ["True"] * 3
    assert [policy.closed for policy in opened] == [True] * 3


def test_a_policy_that_breaks_down_is_an_error_and_frees_its_turn() -> None:
    class Broken(ScriptedPolicy):
        def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
            self.waiting.clear()
            return []

    async def run() -> None:
        policy = Broken(always(GOOD))
        for _ in range(2):
            with pytest.raises(PolicyError, match="lost 1 request"):
                await verisearch.asolve(**GIVEN, policy=policy, verifier=Quick())

    asyncio.run(asyncio.wait_for(run(), 60))


def test_a_time_out_is_a_cancellation_like_any_other() -> None:
    async def run() -> Slow:
        policy = Slow()
        with pytest.raises((asyncio.TimeoutError, TimeoutError)):
            await asyncio.wait_for(verisearch.asolve(**GIVEN, policy=policy, verifier=Quick()), 0.05)
        return policy

    assert not asyncio.run(run()).waiting


def test_an_empty_answer_at_the_time_out_is_no_lost_request() -> None:
    class Late(ScriptedPolicy):
        """Has nothing the first times."""

        polls = 0

        def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
            self.polls += 1
            assert timeout is not None
            if self.polls % 2:
                time.sleep(timeout)
                return []
            return super().poll(timeout)

    policy = Late(always(GOOD))
    found = asyncio.run(verisearch.asolve(**GIVEN, policy=policy, verifier=Quick()))
    assert found.answer == "True"
    assert policy.polls == 8

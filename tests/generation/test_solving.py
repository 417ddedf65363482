"""Solving: chains that a scripted policy writes, judged by the real checker."""

from __future__ import annotations

import pytest
from scripted import Script, ScriptedPolicy, always

import verisearch
from verisearch.errors import InputError, UnknownNameError
from verisearch.ingest.reader import read_problem
from verisearch.protocols import Message, Partial
from verisearch.runtime.budget import Budget
from verisearch.runtime.pool import Pool
from verisearch.runtime.solving import Solution, SolveOptions, solve_all
from verisearch.search.strategies import Settings
from verisearch.trace import Problem
from verisearch.verdict import TraceStatus
from verisearch.verifiers.symbolic import SymbolicVerifier

CONTEXT = ["Bob is kind.", "Kind people are nice.", "Nice people are not sad."]
GOOD = "Is Bob nice?\nKind people are nice.\nBob is kind.\nSo Bob is nice.\nThe answer is True."
BAD = "Bob is tall.\nSo Bob is nice.\nThe answer is True."
WRONG = "Nothing says that Bob is nice.\nThe answer is Unknown."


def problem(statement: str = "Bob is nice.") -> Problem:
    return read_problem(CONTEXT, statement=statement)


def solved(script: Script, pool: Pool | None = None, **options: object) -> Solution:
    settings = SolveOptions(**options)  # type: ignore[arg-type]
    return next(solve_all([problem()], ScriptedPolicy(script), settings, pool=pool))


def test_a_chain_that_holds_is_verified() -> None:
    found = solved(always(GOOD))
    assert found.verified
    assert found.answer == "True"
    assert found.verdict is not None
    assert [step.step.text for step in found.verdict.steps][-1] == "The answer is True."
    assert found.usage.solver_calls > 0


def test_a_guess_is_not_verified_though_its_answer_is_right() -> None:
    found = solved(always(BAD))
    assert not found.verified
    assert found.answer == "True"
    assert found.verdict is not None
    assert found.verdict.status is TraceStatus.INVALID


def test_a_leap_beyond_the_limit_is_not_verified() -> None:
    found = next(
        solve_all(
            [problem("Bob is not sad.")],
            ScriptedPolicy(always("So Bob is not sad.\nThe answer is True.")),
            SolveOptions(),
        )
    )
    assert found.verdict is not None
    assert found.verdict.status is TraceStatus.VALID
    assert not found.verified


def test_the_best_of_several_is_the_one_that_holds() -> None:
    order = iter([WRONG, BAD, GOOD, BAD])

    def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
        return next(text for text in (WRONG, BAD, GOOD) if text.startswith(written)) if written else next(order)

    found = solved(script, strategy="best-of-n", settings=Settings(n=4))
    assert found.verified
    assert [candidate.verified for candidate in found.candidates] == [False, False, True, False]
    assert [candidate.answer for candidate in found.candidates] == ["Unknown", "True", "True", "True"]
    values = [candidate.score for candidate in found.candidates]
    assert values[2] == 1.0
    assert all(value is not None and value <= 0.9 for place, value in enumerate(values) if place != 2)


def test_scores_grow_with_what_holds_before_the_first_fault() -> None:
    verifier = SymbolicVerifier()

    def value(written: str) -> float:
        score = verifier.score([Partial(problem=problem(), written=written)])[0].value
        assert score is not None
        return score

    # no answer yet: such a chain is not verified, but nothing in it is wrong
    assert value("Bob is kind.\n") == value("Bob is kind.\nSo Bob is nice.\n") == 0.9
    assert value("Bob is tall.\nBob is kind.\n") == 0.0
    assert value("Bob is kind.\nSo Bob is nice.\nBob is tall.\n") == pytest.approx(0.6)
    # nothing is claimed yet, so nothing failed
    assert value("Let us see.\n") == 0.9
    assert value(GOOD) == 1.0


def test_checking_in_worker_processes_gives_the_same() -> None:
    with Pool(1) as pool:
        for text in (GOOD, BAD, WRONG):
            here, there = solved(always(text)), solved(always(text), pool)
            assert here.verdict is not None
            assert there.verdict is not None
            assert here.verified == there.verified
            assert here.verdict.steps[-1].claims == there.verdict.steps[-1].claims


def test_a_cut_chain_is_shown_with_its_reason() -> None:
    found = solved(always(GOOD), budget=Budget(tokens=20))
    assert not found.verified
    assert found.answer is None
    assert "budget is spent" in found.note
    assert found.error is None


def test_nothing_written_is_an_error_in_the_solution() -> None:
    found = next(solve_all([problem()], ScriptedPolicy(always(GOOD), fail_at=0), SolveOptions()))
    assert found.error == "the server went away"
    assert found.verdict is None


def test_an_empty_reply_is_no_verified_chain() -> None:
    found = solved(always(""))
    assert not found.verified
    assert found.answer is None


def test_a_policy_that_cannot_continue_is_refused_before_anything_is_asked() -> None:
    policy = ScriptedPolicy(always(GOOD), continues=False)
    with pytest.raises(InputError, match="can't continue"):
        next(solve_all([problem()], policy, SolveOptions()))
    assert not policy.requests


def test_an_unknown_strategy_is_named_with_those_there_are() -> None:
    names = (
        r"adaptive-consistency, beam, .*greedy, latts, mathprompter, mcts, multifurcation, particle, reflect, sample, s"
    )
    with pytest.raises(UnknownNameError, match=rf"no strategy named 'magic'; installed: {names}"):
        next(solve_all([problem()], ScriptedPolicy(always(GOOD)), SolveOptions(strategy="magic")))


def test_the_python_call_takes_an_open_policy_and_leaves_it_open() -> None:
    policy = ScriptedPolicy(always(GOOD))
    found = verisearch.solve("Bob is nice.", context=CONTEXT, policy=policy)
    assert found.verified
    assert not policy.closed
    with pytest.raises(InputError, match="give a statement"):
        verisearch.solve(context=CONTEXT, policy=policy)

"""Self-reflection: a chain goes back with its verdicts, and is written anew, inside the budget."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from modelled_samples import AGE, LIVING, modelled
from scripted import Script, ScriptedPolicy, always

import verisearch
from verisearch.errors import InputError
from verisearch.ingest.reader import read_problem
from verisearch.policies.seeds import derive_seed
from verisearch.protocols import Message, Partial, Score
from verisearch.runtime.budget import Budget
from verisearch.runtime.engine import Engine, Search
from verisearch.runtime.prompting import Template, load_template
from verisearch.runtime.revising import remarks
from verisearch.runtime.solving import Solution, SolveOptions, solve_all
from verisearch.search.best_of_n import BestOfN
from verisearch.search.reflect import Reflect, reflect
from verisearch.search.strategies import Settings
from verisearch.streaming import Scored, Solved
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem
from verisearch.verifiers.symbolic import SymbolicVerifier

CONTEXT = ["Bob is kind.", "Kind people are nice.", "Nice people are not sad."]
GOOD = "Kind people are nice.\nBob is kind.\nSo Bob is nice.\nThe answer is True."
BAD = "Bob is tall.\nSo Bob is not nice.\nThe answer is True."
PROBLEM = read_problem(CONTEXT, statement="Bob is nice.")


class Chatting(ScriptedPolicy):
    """A scripted policy that takes a second turn."""

    def __init__(self, script: Script, *, fail_at: int | None = None) -> None:
        super().__init__(script, fail_at=fail_at)
        self.capabilities = self.capabilities | {"chat"}


def asked(messages: Sequence[Message]) -> bool:
    """Whether a chain was given back."""
    return len(messages) > 1 and messages[-2].role == "assistant"


def mending(messages: tuple[Message, ...], written: str, seed: int) -> str:
    """Wrong at first; right once the verdicts name the step that doesn't hold."""
    return GOOD if asked(messages) and '"Bob is tall": ungrounded' in messages[-1].content else BAD


def solved(policy: ScriptedPolicy, settings: Settings | None = None, **options: object) -> Solution:
    given = SolveOptions(strategy="reflect", settings=settings or Settings(), **options)  # type: ignore[arg-type]
    return next(solve_all([PROBLEM], policy, given))


def rounds(found: Solution) -> int:
    return sum("revise" in event for event in found.events)


def test_a_chain_that_does_not_hold_is_given_back_and_mended() -> None:
    policy = Chatting(mending)
    found = solved(policy)
    assert found.verified
    assert found.trace is not None
    assert found.trace.raw == GOOD
    assert [candidate.text for candidate in found.candidates] == [BAD, GOOD]
    assert rounds(found) == 1
    assert found.usage.generated_tokens == len(BAD) + len(GOOD) + 2
    assert found.usage.discarded_tokens == len(BAD) + 1
    second = policy.requests[-1].prefix
    assert second.messages[:-2] == policy.requests[0].prefix.messages
    assert second.messages[-2] == Message("assistant", BAD)


def test_a_chain_that_holds_is_left_alone() -> None:
    found = solved(Chatting(always(GOOD)))
    assert found.verified
    assert rounds(found) == 0
    assert len(found.candidates) == 1


def test_every_step_of_the_rewritten_chain_continues_the_new_conversation() -> None:
    policy = Chatting(mending)
    solved(policy)
    written = [request.prefix.written for request in policy.requests if asked(request.prefix.messages)]
    assert written == ["", *("".join(GOOD.splitlines(keepends=True)[:count]) for count in (1, 2, 3))]
    seeds = [request.seeds for request in policy.requests]
    assert len(set(seeds)) == len(seeds)


def test_the_model_is_told_what_the_solver_found() -> None:
    chain = "Bob is kind.\nBob is sad.\nBob is tall.\nSo Bob is nice.\nFrobs the zarf gromp.\nThe answer is True."
    (score,) = SymbolicVerifier(CheckOptions(max_leap=0)).score(
        [Partial(problem=PROBLEM, written=chain, finished=True)]
    )
    assert score.verdict is not None
    turns = load_template("reflect").messages(PROBLEM, remarks(chain, score.verdict))
    assert [turn.role for turn in turns] == ["assistant", "user"]
    assert turns[0].content == chain
    said = turns[1].content
    for line in (
        'Step 1, "Bob is kind": entailed.\n  Read as: kind(bob)\n  It follows from: context 1, "Bob is kind."\nStep 2',
        'Step 2, "Bob is sad": contradicted.\n  Read as: sad(bob)\n  Against it: context ',
        "  The solver: it can't hold together with the premises (unsat).\nStep 3",
        'Step 3, "Bob is tall": ungrounded.\n  Read as: tall(bob)\n'
        "  The solver: both it and its negation can hold together with the premises (sat).\n"
        "  Nothing says that Bob is tall.",
        'Step 4, "Bob is nice": entailed, but in one leap over too many rules.',
        'Step 5, "Frobs the zarf gromp.": untranslatable.',
        'Your answer, "True": ',
    ):
        assert line in said, said


def test_the_model_is_told_what_was_granted_and_what_was_named_in_vain() -> None:
    told = remarks("chain", modelled())
    steps = told["claims"]
    assert [step["error"] for step in steps] == [None, None, None, None, "ungrounded"]
    assert [step["modulo"] for step in steps] == [[], [], [AGE], [AGE, LIVING], []]
    assert told["answer"]["modulo"] == told["commonsense"] == [AGE, LIVING]
    assert [each["source"] for each in steps[2]["sources"]] == ["step", "question", "commonsense"]
    assert steps[2]["read_as"] == "the age of Ida in 2025 is at most 20"
    assert [each["source"] for each in steps[4]["refused"]] == ["commonsense", "context", "commonsense"]
    assert "(sat)" in steps[4]["outcome"]
    said = load_template("reflect").messages(PROBLEM, told)[1].content
    for line in (
        'Step 2, "So she is at most 20 now": entailed, if commonsense is granted.\n'
        "  Read as: age(ida:Person, 2025) ≤ 20, that is: the age of Ida in 2025 is at most 20\n"
        '  It follows from: step 1, "Ida was born in 2005"; question 1, "The year is 2025."; commonsense 1, "',
        f'  Through an earlier step it rests on commonsense, "{AGE}"\nStep 4',
        "  The solver: both it and its negation can hold together with the premises (sat).\n",
        '  Named for it in vain: context, "Ida is a sailor.": these words don\'t stand in the source\n',
        'Your answer, "True": entailed, if commonsense is granted.',
        "neither the context nor the question says.",
    ):
        assert line in said, said


def test_what_a_chain_says_is_never_a_template() -> None:
    chain = "{{ 7 * 7 }} {% for x in y %}"
    (score,) = SymbolicVerifier().score([Partial(problem=PROBLEM, written=chain, finished=True)])
    assert score.verdict is not None
    turns = load_template("reflect").messages(PROBLEM, remarks(chain, score.verdict))
    assert turns[0].content == chain
    assert "49" not in turns[1].content


def test_a_users_own_words_give_the_chain_back(tmp_path: Path) -> None:
    words = tmp_path / "again.txt"
    words.write_text("[user]\n{{ chain }}\nAgain: {{ claims[0].text }} is {{ claims[0].status }}, {{ statement }}\n")
    policy = Chatting(
        lambda messages, written, seed: GOOD if "Again: Bob is tall is ungrounded" in messages[-1].content else BAD
    )
    assert solved(policy, Reflect(template=str(words))).verified
    with pytest.raises(InputError, match="no prompt template 'nope'"):
        solved(Chatting(always(BAD)), Reflect(template="nope"))


@pytest.mark.parametrize("count", [0, 1, 4])
def test_a_chain_goes_back_so_often_and_no_oftener(count: int) -> None:
    found = solved(Chatting(always(BAD)), Reflect(rounds=count))
    assert not found.verified
    assert rounds(found) == count
    assert len(found.candidates) == count + 1
    assert found.note == ""
    assert found.usage.verifier_calls == count + 1


def test_of_chains_that_all_fail_the_best_is_shown_and_the_first_of_equals() -> None:
    better = "Bob is kind.\nSo Bob is nice.\nBob is tall.\nThe answer is True."
    texts = [BAD, better, BAD, better]

    def scripted(messages: tuple[Message, ...], written: str, seed: int) -> str:
        turn = sum("revise" in event for event in heard)
        return texts[turn]

    heard: list[dict[str, object]] = []
    policy = Chatting(scripted)
    options = SolveOptions(strategy="reflect", settings=Reflect(rounds=3))
    found = next(solve_all([PROBLEM], policy, options, listener=lambda problem, event, scores: heard.append(event)))
    assert found.trace is not None
    assert found.trace.raw == better
    values = [candidate.score for candidate in found.candidates]
    assert found.candidates[1].score == max(value for value in values if value is not None)


def test_only_the_last_chain_is_given_back() -> None:
    policy = Chatting(always(BAD))
    solved(policy, Reflect(rounds=3))
    assert {len(request.prefix.messages) for request in policy.requests} == {
        len(policy.requests[0].prefix.messages),
        len(policy.requests[0].prefix.messages) + 2,
    }


# --- at equal tokens ---
def run_at(tokens: int, script: Script, seeds: range = range(60)) -> tuple[int, int]:
    """How many of the runs are verified by reflection and by drawing anew, neither spending more than ``tokens``."""

    def verified(strategy: str, settings: Settings) -> int:
        count = 0
        for seed in seeds:
            options = SolveOptions(
                strategy=strategy, settings=settings, seed=seed, budget=Budget(tokens=tokens), max_tokens=60
            )
            found = next(solve_all([PROBLEM], Chatting(script), options))
            drawn = sum(event["tokens"] for event in found.events if "draw" in event)
            assert drawn <= tokens
            count += found.verified
        return count

    return (
        verified("reflect", Reflect(rounds=100)),
        verified("best-of-n", BestOfN(n=101, stop_at_first_verified=True)),
    )


def luck(share: float, mended: float) -> Script:
    """Right with one probability when asked the first time, and with another when the chain was given back. A chain's
    luck is drawn with its first step."""

    def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
        if written:
            return GOOD if GOOD.startswith(written) else BAD
        return GOOD if derive_seed(seed, "luck") / 2**63 < (mended if asked(messages) else share) else BAD

    return script


def test_reflection_pays_at_equal_tokens_where_the_model_heeds_it_and_only_there() -> None:
    tokens = 3 * (len(BAD) + 1) + len(GOOD) + 1 + 60  # about four chains
    heeded, drawn_anew = run_at(tokens, luck(0.1, 0.9))
    assert heeded > drawn_anew + 15
    ignored, drawn_anew = run_at(tokens, luck(0.3, 0.3))
    assert abs(ignored - drawn_anew) <= 12
    worse, drawn_anew = run_at(tokens, luck(0.3, 0.02))
    assert worse < drawn_anew - 12


# --- degenerate cases ---
class Saying:
    """Gives every chain one score, or raises."""

    name = "saying"
    meaning = "always the same"

    def __init__(self, answer: Callable[[], Score]) -> None:
        self.answer = answer

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        return [self.answer() for _ in partials]

    def close(self) -> None:
        pass


def raising() -> Score:
    raise RuntimeError("no weights")


def engine(policy: ScriptedPolicy, verifier: Saying, budget: Budget | None = None) -> Search:
    template = Template(name="test", turns=(Message("user", "{{ statement }}"),))
    run = Engine(policy, {"saying": verifier}, template, budget=budget)
    (found,) = run.run([Problem(id="a", statement="Bob is nice.")], lambda: reflect(Reflect(verifier="saying")))
    return found


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda: Score(value=None, reason="not my kind of chain"), ": not my kind of chain"),
        (lambda: Score(value=math.nan), ""),
        (lambda: Score(value=1.0), ""),
        (raising, ": verifier saying raised RuntimeError: no weights"),
    ],
)
def test_without_a_verdict_nothing_is_given_back_and_that_is_said(answer: Callable[[], Score], reason: str) -> None:
    found = engine(Chatting(always(BAD)), Saying(answer))
    assert found.choice.node is not None
    assert found.choice.node.written == BAD
    assert found.choice.reason == "there is no verdict to give the chain back with" + reason
    assert len(found.choice.candidates) == 1


def test_no_budget_writes_nothing_and_says_so() -> None:
    found = solved(Chatting(always(BAD)), budget=Budget(tokens=0))
    assert found.error == "the budget is spent: tokens"
    assert found.candidates == ()


def test_the_end_of_the_budget_leaves_the_best_chain_so_far() -> None:
    found = solved(Chatting(always(BAD)), budget=Budget(tokens=len(BAD) + 10), max_tokens=60)
    assert found.trace is not None
    assert found.trace.raw == BAD
    assert found.note == "the budget is spent: tokens"
    none_left = solved(Chatting(always(BAD)), budget=Budget(verifier_calls=1))
    assert rounds(none_left) == 1
    assert none_left.note == "the budget is spent: verifier calls"


def test_an_empty_reply_goes_back_too_and_stays_unverified() -> None:
    policy = Chatting(always(""))
    found = solved(policy, Reflect(rounds=2))
    assert not found.verified
    assert rounds(found) == 2
    assert "Nothing in it could be taken for a step.\nIt gives no final answer." in (
        policy.requests[-1].prefix.messages[-1].content
    )


def test_a_chain_without_end_is_cut_off_and_given_back_all_the_same() -> None:
    found = solved(Chatting(always("Bob is kind.\n" * 100)), Reflect(steps=3, rounds=1))
    assert rounds(found) == 1
    assert found.note == "it had not ended after 3 steps"
    assert found.trace is not None
    assert found.trace.raw == "Bob is kind.\n" * 3


def test_a_failed_request_keeps_the_chains_before_it() -> None:
    found = solved(Chatting(always(BAD), fail_at=3))
    assert found.trace is not None
    assert found.trace.raw == BAD
    assert found.note == "the server went away"


def test_a_policy_that_does_not_chat_is_refused_before_anything_is_asked() -> None:
    policy = ScriptedPolicy(always(GOOD))
    with pytest.raises(InputError, match="policy scripted takes no second turn in a conversation, and reflect gives"):
        solved(policy)
    assert not policy.requests


@pytest.mark.parametrize("wrong", [{"rounds": -1}, {"steps": 0}])
def test_settings_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        Reflect(**wrong)


def test_every_step_of_every_chain_that_was_given_back_is_in_the_record() -> None:
    longer = "Bob is tall.\nBob is kind.\nKind people are nice.\nSo Bob is nice.\nThe answer is True."

    def growing(messages: tuple[Message, ...], written: str, seed: int) -> str:
        return longer if asked(messages) else "Bob is tall.\nThe answer is True."

    found = solved(Chatting(growing), Reflect(rounds=1))
    first, second = [event["nodes"][0]["steps"] for event in found.events if "rate" in event]
    assert [step["start"] for step in first] == [0, 13]
    assert len(second) == 5
    assert second[0]["start"] == 0


def test_a_stream_follows_a_chain_that_was_given_back() -> None:
    happened = list(
        verisearch.stream(problem=PROBLEM, policy=Chatting(mending), options=SolveOptions(strategy="reflect"))
    )
    assert isinstance(happened[-1], Solved)
    assert happened[-1].solution.verified
    texts = [each.written for each in happened if isinstance(each, Scored)]
    assert texts == [BAD, GOOD]

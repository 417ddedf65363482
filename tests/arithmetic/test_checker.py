"""The arithmetic checker on chains of our own: statuses, sources, failed steps, answers."""

from __future__ import annotations

import pytest

from verisearch import solve, verify
from verisearch.errors import InputError
from verisearch.protocols import Draw, Reply, Request
from verisearch.symbolic.checker import prove_problem, verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem, Trace
from verisearch.verdict import Status, TraceStatus, TraceVerdict

CLIPS = "Nora sold 48 clips in April and half as many in May. How many clips did she sell altogether?"


def check(steps: list[str], question: str = CLIPS, answer: str | None = None) -> TraceVerdict:
    from verisearch.api import steps_given

    given = steps_given(steps, Problem(question=question, answer_kind="number"))
    trace = Trace(problem=given.problem, steps=given.steps, answer=answer, raw=given.raw)
    return verify_trace(trace, CheckOptions(formaliser="arithmetic"))


def statuses(steps: list[str], question: str = CLIPS) -> list[str]:
    return [step.status.value for step in check(steps, question).steps]


def test_a_right_chain_is_valid_and_never_verified() -> None:
    verdict = check(["In May she sold 48/2 = <<48/2=24>>24 clips.", "Altogether 48 + 24 = 72 clips."], answer="72")
    assert verdict.status is TraceStatus.VALID
    assert not verdict.verified
    assert verdict.answer is not None
    assert verdict.answer.claim.status is Status.ENTAILED
    assert [premise.label for premise in verdict.answer.claim.premises] == ["step 2"]
    assert [premise.label for premise in verdict.steps[1].premises] == ["question 1", "step 1"]
    assert any("not whether they are what the question asks for" in note for note in verdict.notes)


def test_a_wrong_computation_is_contradicted_and_what_rests_on_it_fails() -> None:
    verdict = check(["In May she sold 48/2 = 25 clips.", "Altogether 48 + 25 = 73 clips."], answer="73")
    assert [step.status for step in verdict.steps] == [Status.CONTRADICTED, Status.UNGROUNDED]
    assert verdict.steps[0].reason == "24 is not 25"
    assert verdict.steps[1].claims[0].depends_on_failed == (0,)
    assert verdict.status is TraceStatus.INVALID


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ("She sold 48 + 137 = 185 clips.", "ungrounded"),
        ("She sold 137 clips in June.", "ungrounded"),
        ("She sold 48 + 5 = 53 clips.", "undecided"),  # five may be counted
        ("She sold 48 + 49 = 97 clips.", "undecided"),  # 48 + 1
        ("There are 60 minutes in an hour, so 48 * 60 = 2880.", "entailed"),
        ("Nora sold 48 clips in April.", "entailed"),
        ("She sold clips in spring.", "untranslatable"),
        ("How many did she sell in May?", "no-claim"),
        ("First, we need to find how many she sold in May.", "no-claim"),
        ("Let's calculate the total.", "no-claim"),
        ("48 / 2 = 24 = 25", "contradicted"),
        ("48 / 2 = dogs = 25", "contradicted"),
        ("x = 48 / 2", "no-claim"),
        ("2x + 3 = 48", "untranslatable"),
        ("x = 48 / 2 = 24", "entailed"),
        ("f(48) = 24", "untranslatable"),
        ("48 / 2 = 24, and 24 / 2 = 13.", "contradicted"),
        ("sqrt(48) = 4 sqrt(3)", "entailed"),
        ("sqrt(48) = 5 sqrt(2)", "contradicted"),
        ("sqrt(48) = 6.93", "entailed"),
    ],
)
def test_statuses(step: str, status: str) -> None:
    assert statuses([step]) == [status]


def test_letters_keep_their_value_and_are_not_held_against_a_chain() -> None:
    assert statuses(["x = 48 / 2", "x + 48 = 72", "x + 48 = 73"]) == ["no-claim", "entailed", "undecided"]


def test_letters_are_held_against_what_is_before() -> None:
    question = "The sum of two numbers x and y is x + y = 48, and x = 2y. What is y?"
    verdict = check(["x + y = 48 and x = 2y", "2y + y = 48", "3y = 48", "y = 16", "y = 17"], question)
    assert [step.status.value for step in verdict.steps] == ["entailed"] * 4 + ["undecided"]
    assert {premise.label for premise in verdict.steps[1].premises} == {"question 1"}
    assert verdict.usage.solver_calls > 0


def test_what_no_number_satisfies_is_contradicted_and_lost_solutions_are_not_entailed() -> None:
    question = r"Solve $x^2 = 2x$."
    assert statuses(["2(x + 3) = 2x + 3"], question) == ["contradicted"]
    assert statuses(["x = 2"], question) == ["untranslatable"]
    assert statuses(["x = 0 or x = 2"], question) == ["entailed"]
    assert statuses(["If x = 1 then it fails."], question) == ["no-claim"]


def test_scripts_say_what_was_settled_and_other_solvers_agree() -> None:
    import z3

    from verisearch.symbolic.scripts import scripts

    verdict = check(["48 / 2 = 24", "24 + 48 = 73", "x = 24", "x + 48 = 72", "10 / 3 = 3.33"])
    found = dict(scripts(verdict))
    assert list(found) == ["step-001-claim-1", "step-002-claim-1", "step-004-claim-1"]
    for text in found.values():
        solver = z3.Solver()
        solver.from_string(text)
        assert str(solver.check()) == "unsat"
    assert "(/ 48.0 2.0)" in found["step-001-claim-1"]


def test_an_unread_side_never_passes() -> None:
    assert statuses(["48 / 2 = g(3) = 24"]) == ["untranslatable"]


def test_mathematics_may_bring_in_numbers() -> None:
    assert statuses(["64 + 32 = 96"], r"Evaluate $\log_2 64$.") == ["undecided"]
    assert statuses(["641 + 320 = 961"], "How many clips are there?") == ["ungrounded"]


def test_an_expression_that_is_asked_for_can_be_verified() -> None:
    verdict = check(["2 * 5 = 10", "10 + 3 = 13"], "What is 2 * 5 + 3?", answer="13")
    assert verdict.verified
    assert verdict.answer is not None
    assert verdict.answer.proved.value == "true"
    wrong = check(["2 * 8 = 16"], "What is 2 * 5 + 3?", answer="16")
    assert not wrong.verified
    assert wrong.answer is not None
    assert wrong.answer.claim.status is Status.CONTRADICTED


@pytest.mark.parametrize(("answer", "status"), [("137", "ungrounded"), ("48", "undecided"), ("soon", "untranslatable")])
def test_answers_that_no_step_gives(answer: str, status: str) -> None:
    verdict = check(["48 / 2 = 24"], answer=answer)
    assert verdict.answer is not None
    assert verdict.answer.claim.status.value == status


def test_it_works_through_the_api_and_in_a_worker() -> None:
    from verisearch.runtime.jobs import Limits

    steps = ["In May she sold 48/2 = 24 clips.", "The answer is 24."]
    for limits in (None, Limits()):
        verdict = verify(steps, question=CLIPS, formaliser="arithmetic", limits=limits)
        assert [step.status.value for step in verdict.steps] == ["entailed", "entailed"]
        assert verdict.formaliser == "arithmetic"


def test_it_proves_no_statement() -> None:
    with pytest.raises(InputError, match="proves no statement"):
        prove_problem(Problem(statement="2 + 2 = 4"), CheckOptions(formaliser="arithmetic"))


@pytest.mark.parametrize(
    "text", ["9^9^9^9 = 1", "(" * 3000 + "=" + ")" * 3000, "1/0 = 1", "10^400 * 10^400 = 5", "=" * 500, "<<" * 500]
)
def test_hostile_steps_cost_little_and_never_pass(text: str) -> None:
    assert statuses([text])[0] not in ("entailed",)


def test_skipped_steps_are_undecided() -> None:
    from verisearch.api import steps_given

    trace = steps_given(["48 / 2 = 24", "24 + 48 = 72"], Problem(question=CLIPS))
    verdict = verify_trace(trace, CheckOptions(formaliser="arithmetic"), skip={0: "it took too long"})
    assert [step.status for step in verdict.steps] == [Status.UNDECIDED, Status.UNDECIDED]


def test_a_chain_without_any_problem_is_computed_without_asking_for_sources() -> None:
    verdict = verify("300 * 41 = 12300. So 12300 + 5 = 12306.")
    assert verdict.formaliser == "arithmetic"
    assert [step.status.value for step in verdict.steps] == ["entailed", "contradicted"]
    assert any("no problem" in note for note in verdict.notes)


def test_an_answer_below_its_heading_is_held_against_the_steps() -> None:
    text = "Question: Tom has 3 apples and buys 4. How many?\n\nReasoning:\n3 + 4 = 7\nAnswer: {} apples\n"
    assert verify(text.format(7)).status is TraceStatus.VALID
    assert verify(text.format(8)).status is not TraceStatus.VALID


def test_what_rests_on_what_is_not_settled_says_so() -> None:
    verdict = check(["48 + 5 = 53", "53 * 2 = 106"])
    assert [step.status.value for step in verdict.steps] == ["undecided", "entailed"]
    assert verdict.steps[1].claims[0].reason == "it rests on step 1, which is undecided"


class Scripted:
    """A policy that computes, and then answers."""

    name = "scripted"
    capabilities = frozenset({"continue", "n"})

    def __init__(self) -> None:
        self.ready: list[tuple[int, Reply]] = []
        self.tickets = 0

    def submit(self, request: Request) -> int:
        self.tickets += 1
        step = Draw(text="3 + 4 = 7\n\n", stop=11) if not request.prefix.written else None
        draw = step or Draw(text="The answer is 7.", finish="end")
        self.ready.append((self.tickets, Reply(draws=(draw,) * len(request.seeds))))
        return self.tickets

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply]]:
        ready, self.ready = self.ready, []
        return ready

    def cancel(self, ticket: int) -> None:
        return

    def close(self) -> None:
        return


def test_solve_has_a_question_for_a_number_checked_by_arithmetic() -> None:
    solution = solve("Tom has 3 apples and buys 4. How many apples has he?", policy=Scripted())
    assert solution.answer == "7"
    assert solution.verdict is not None
    assert solution.verdict.formaliser == "arithmetic"
    assert [step.status.value for step in solution.verdict.steps] == ["entailed", "entailed"]
    assert solution.status.value == "unverified"

"""A solver that gives up, crashes or lies costs the step it happens at, and never makes one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from semantics import check
from verisearch.solvers.clingo import ClingoSolver
from verisearch.solvers.z3 import Z3Solver

from verisearch.errors import SolverError
from verisearch.protocols import Answer
from verisearch.verdict import Logic, Outcome, Status, TraceStatus

CONTEXT = ["Bob is kind.", "Kind people are nice.", "Nice people are not mean.", "Dave is red.", "Dave is not nice."]
STEPS = [
    "Bob is nice.",
    "Bob is mean.",
    "Zoe is nice.",
    "All kind people are not mean.",
    "Nothing says that Zoe is red.",
]
RIGHT = [Status.ENTAILED, Status.CONTRADICTED, Status.UNGROUNDED, Status.ENTAILED, Status.ENTAILED]


class Faulty:
    """Z3 or clingo, but for its answers."""

    name = "faulty"

    def __init__(self, inner: Z3Solver | ClingoSolver, answer: Callable[[Answer], Answer]) -> None:
        self.inner, self.answer = inner, answer
        self.checks = 0

    def run(self, commands: str) -> None:
        self.inner.run(commands)

    def check(self, assumptions: Sequence[str]) -> Answer:
        self.checks += 1
        return self.answer(self.inner.check(assumptions))

    def values(self, terms: Sequence[str]) -> list[bool | None]:
        return self.inner.values(terms)

    def reset(self) -> None:
        self.inner.reset()

    def close(self) -> None:
        self.inner.close()


Install = Callable[[Callable[[Answer], Answer]], Faulty]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a faulty solver in the place of the real one."""

    def put(answer: Callable[[Answer], Answer]) -> Faulty:
        made: dict[str, Faulty] = {}

        def open_solver(name: str, effort: int) -> Faulty:
            made.setdefault(name, Faulty(ClingoSolver(effort) if name == "clingo" else Z3Solver(effort), answer))
            solver = made[name]
            solver.reset()
            return solver

        monkeypatch.setattr("verisearch.symbolic.premises.open_solver", open_solver)
        return open_solver("z3", 1_000_000)

    return put


def gives_up(answer: Answer) -> Answer:
    return Answer("unknown", "the resource limit was reached", answer.effort)


def crashes(answer: Answer) -> Answer:
    raise SolverError("the solver died")


def says(status: str) -> Callable[[Answer], Answer]:
    return lambda answer: Answer(status, effort=answer.effort)  # type: ignore[arg-type]


def test_with_a_sound_solver_the_steps_come_out_right(install: Install) -> None:
    solver = install(lambda answer: answer)
    verdict = check(CONTEXT, STEPS)
    assert [step.status for step in verdict.steps] == RIGHT
    assert solver.checks > 3


@pytest.mark.parametrize("fault", [gives_up, crashes])
@pytest.mark.parametrize("logic", ["rules", "classical"])
def test_giving_up_and_crashing_settle_nothing(
    install: Install, fault: Callable[[Answer], Answer], logic: Logic
) -> None:
    install(fault)
    verdict = check(CONTEXT, STEPS, "Bob is nice.", "True", logic=logic)
    assert {step.status for step in verdict.steps} == {Status.UNDECIDED}
    assert verdict.answer is not None
    assert verdict.answer.proved is Outcome.UNDECIDED
    assert verdict.answer.claim.status is Status.UNDECIDED
    assert verdict.status is TraceStatus.UNVERIFIED
    assert not verdict.verified


@pytest.mark.parametrize("fault", [gives_up, crashes])
@pytest.mark.parametrize("when", range(2, 8))
def test_a_fault_costs_only_the_step_it_happens_at(
    install: Install, fault: Callable[[Answer], Answer], when: int
) -> None:
    broken: list[bool] = []

    def once(answer: Answer) -> Answer:
        if solver.checks == when:
            broken.append(True)
            return fault(answer)
        return answer

    solver = install(once)
    verdict = check(CONTEXT, STEPS)
    found = [step.status for step in verdict.steps]
    assert broken
    assert found.count(Status.UNDECIDED) == 1
    assert all(one in (other, Status.UNDECIDED) for one, other in zip(found, RIGHT, strict=True))
    undecided = next(step for step in verdict.steps if step.status is Status.UNDECIDED)
    assert undecided.reason


def test_what_was_undecided_is_not_assumed(install: Install) -> None:
    solver = install(lambda answer: gives_up(answer) if solver.checks == 2 else answer)
    context = ["Bob is kind.", "Kind people are nice.", "Nice people are not mean.", "Dave is mean."]
    verdict = check(context, ["Bob is nice.", "Bob is not mean."])
    assert [step.status for step in verdict.steps] == [Status.UNDECIDED, Status.ENTAILED]
    assert [premise.source for premise in verdict.steps[1].premises] == ["context"] * 3
    assert verdict.steps[1].leap == 2


@pytest.mark.parametrize("lie", ["sat", "unsat", "unknown"])
def test_no_lie_of_the_solver_makes_a_wrong_step_pass_under_rules(install: Install, lie: str) -> None:
    """Forward chaining and the solver must agree."""
    install(says(lie))
    verdict = check(CONTEXT, STEPS, "Zoe is nice.", "True")
    for step, right in zip(verdict.steps, RIGHT, strict=True):
        assert step.status in (right, Status.UNDECIDED)
    assert verdict.status is not TraceStatus.VALID


@pytest.mark.parametrize("lie", ["sat", "unsat", "unknown"])
def test_no_lie_of_clingo_makes_a_wrong_step_pass(install: Install, lie: str) -> None:
    install(says(lie))
    steps = ["Bob is nice.", "Bob is mean.", "Zoe is nice.", "Dave is nice.", "Everyone is nice."]
    verdict = check(CONTEXT[:4], steps, "Zoe is nice.", "True", logic="closed-world")
    for step in verdict.steps[1:]:
        assert step.status in (Status.CONTRADICTED, Status.UNDECIDED)
    assert verdict.status is not TraceStatus.VALID


@pytest.mark.parametrize("fault", [gives_up, crashes])
def test_a_closed_world_is_not_settled_without_clingo(install: Install, fault: Callable[[Answer], Answer]) -> None:
    install(fault)
    verdict = check(CONTEXT[:4], ["Bob is nice.", "Bob is not green."], "Bob is nice.", "True", logic="closed-world")
    assert {step.status for step in verdict.steps} == {Status.UNDECIDED}
    assert verdict.status is TraceStatus.UNVERIFIED


def test_a_limit_too_small_for_any_check_settles_nothing() -> None:
    from gold_traces import problem_of, trace_of

    from verisearch.symbolic.checker import verify_trace
    from verisearch.symbolic.options import CheckOptions

    context = ["Bob is kind or nice.", "Kind people are big.", "Nice people are big."]
    trace = trace_of(problem_of("p", context, "Bob is big."), ["Bob is big.", "Bob is kind."], "True")
    verdict = verify_trace(trace, CheckOptions(logic="classical", effort=1))
    assert {step.status for step in verdict.steps} == {Status.UNDECIDED}
    assert verdict.status is TraceStatus.UNVERIFIED


def test_one_sessions_limit_leaves_the_others_alone() -> None:
    question = "(declare-const a Bool)(declare-const b Bool)(assert (=> a b))(assert (not b))"
    before, starved = Z3Solver(effort=1_000_000), Z3Solver(effort=1)
    starved.run(question)
    assert starved.check(["a"]).status == "unknown"
    starved.reset()
    for solver in (before, Z3Solver(effort=1_000_000)):
        solver.run(question)
        assert solver.check(["a"]).status == "unsat"

"""Random theories, far from the data sets' habits: three independent judges and the checker say the same.

Rules with named things in head and body, negated conditions, cycles, contradictions, relations of a thing to itself.
"""

from __future__ import annotations

from random import Random

import pytest
from gold_traces import expectation, found, problem_of, trace_of
from oracle.classical import classical_label, judge_classically
from oracle.closed_world import Unstratified, stratified
from oracle.forward_chainer import closure, contradictory, judge, label
from oracle.templates import VARIABLE, Clause, Literal, read, write

from verisearch.symbolic.checker import prove_problem, verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import Outcome, Status, TraceStatus

NAMES = ("Bob", "Erin", "the cat", "the bald eagle")
ADJECTIVES = ("kind", "nice", "big", "red")
VERBS = ("like", "see")

OUTCOMES = {
    "True": Outcome.TRUE,
    "False": Outcome.FALSE,
    "Unknown": Outcome.UNKNOWN,
    "Inconsistent": Outcome.INCONSISTENT,
}


def random_literal(random: Random, subjects: tuple[str, ...]) -> Literal:
    positive = random.random() < 0.7
    if random.random() < 0.6:
        return Literal(positive, f"adj:{random.choice(ADJECTIVES)}", (random.choice(subjects),))
    # In the templates the second place of a verb is always a name.
    return Literal(positive, f"verb:{random.choice(VERBS)}", (random.choice(subjects), random.choice(NAMES)))


def random_fact(random: Random) -> Clause:
    return Clause((), random_literal(random, NAMES))


def random_rule(random: Random) -> Clause:
    """A rule that the templates can say; half of them are about a named thing alone."""
    general = random.random() < 0.7
    subjects = (VARIABLE, VARIABLE, VARIABLE, *NAMES) if general else NAMES
    body = [random_literal(random, subjects) for _ in range(random.choice((1, 1, 2, 2, 3)))]
    if general:
        body[0] = body[0]._replace(args=(VARIABLE, *body[0].args[1:]))
    return Clause(tuple(body), random_literal(random, subjects))


def random_theory(random: Random) -> list[Clause]:
    facts = [random_fact(random) for _ in range(random.randrange(1, 5))]
    rules = [random_rule(random) for _ in range(random.randrange(0, 7))]
    clauses = [clause for clause in (*facts, *rules) if clause.head not in clause.body]
    random.shuffle(clauses)
    assert all(read(write(clause)) == clause for clause in clauses)
    return clauses


def texts(clauses: list[Clause]) -> list[str]:
    return [write(clause) for clause in clauses]


@pytest.mark.parametrize("seed", range(6))
def test_labels_agree_under_all_readings(seed: int) -> None:
    random = Random(f"labels {seed}")
    for _ in range(25):
        clauses, statement = random_theory(random), random_fact(random).head
        problem = problem_of("p", texts(clauses), write(Clause((), statement)))
        expected = label(clauses, statement)
        proof = prove_problem(problem, CheckOptions(logic="rules"))
        assert (proof.outcome, proof.depth) == (OUTCOMES[expected.value], expected.depth), problem
        classical = prove_problem(problem, CheckOptions(logic="classical"))
        assert classical.outcome is OUTCOMES[classical_label(clauses, statement)], problem


@pytest.mark.parametrize("seed", range(6))
def test_steps_are_judged_alike(seed: int) -> None:
    random = Random(f"steps {seed}")
    for _ in range(12):
        clauses = random_theory(random)
        steps = [random_rule(random) if random.random() < 0.3 else random_fact(random) for _ in range(6)]
        steps += [Clause((), literal) for literal in random.sample(sorted(closure(clauses)), 1)]
        trace = trace_of(problem_of("p", texts(clauses), None), texts(steps), None)
        verdict = verify_trace(trace, CheckOptions(max_leap=1))
        assert verdict.context_inconsistent == contradictory(closure(clauses)), trace
        if verdict.context_inconsistent:
            assert verdict.status is not TraceStatus.VALID
            continue
        for step, expected in zip(verdict.steps, judge(clauses, steps), strict=True):
            assert found(step) == expectation(expected), (trace, step)
            assert step.leap == expected.leap, (trace, step)


@pytest.mark.parametrize("seed", range(6))
def test_steps_are_judged_alike_classically(seed: int) -> None:
    random = Random(f"classical {seed}")
    for _ in range(12):
        clauses = random_theory(random)
        steps = [random_rule(random) if random.random() < 0.3 else random_fact(random) for _ in range(6)]
        trace = trace_of(problem_of("p", texts(clauses), None), texts(steps), None)
        verdict = verify_trace(trace, CheckOptions(logic="classical"))
        expected = judge_classically(clauses, steps)
        assert verdict.context_inconsistent == (expected is None), trace
        for step, status in zip(verdict.steps, expected or (), strict=False):
            assert step.status.value == status, (trace, step)


@pytest.mark.parametrize("seed", range(6))
def test_closed_worlds_agree(seed: int) -> None:
    random = Random(f"closed {seed}")
    compared = 0
    for _ in range(25):
        clauses, statement = random_theory(random), random_fact(random).head
        # A closed world has no negated heads: falsehood is the absence of truth.
        clauses = [clause for clause in clauses if clause.head.positive]
        problem = problem_of("p", texts(clauses), write(Clause((), statement)))
        proof = prove_problem(problem, CheckOptions(logic="closed-world"))
        try:
            true = stratified(clauses, statement)
        except Unstratified:
            assert proof.outcome is Outcome.UNDECIDED, (problem, proof)
            continue
        assert (proof.outcome is Outcome.TRUE) == true, (problem, proof)
        assert proof.outcome is not Outcome.UNDECIDED, (problem, proof)
        compared += 1
    assert compared


@pytest.mark.parametrize("seed", range(6))
def test_named_premises_are_enough_and_all_needed(seed: int) -> None:
    random = Random(f"cores {seed}")
    derived = 0
    for _ in range(25):
        clauses = random_theory(random)
        known = closure(clauses)
        if contradictory(known):
            continue
        for literal in random.sample(sorted(known), min(3, len(known))):
            claim = Clause((), literal)
            trace = trace_of(problem_of("p", texts(clauses), None), [write(claim)], None)
            (step,) = verify_trace(trace, CheckOptions()).steps
            assert step.status is Status.ENTAILED, trace
            premises = [clauses[premise.index] for premise in step.premises]
            assert literal in closure(premises), (trace, step)
            for index in range(len(premises)):
                assert literal not in closure(premises[:index] + premises[index + 1 :]), (trace, step)
            derived += 1
    assert derived > 10

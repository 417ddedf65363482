"""Random worlds in many wordings: the checker agrees with brute force, and no rewording or reordering changes it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from gold_traces import problem_of, trace_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rule_worlds import (
    NAMES,
    PREDICATES,
    Literal,
    Rule,
    Words,
    World,
    X,
    bind,
    consistent,
    facts,
    flip,
    forward,
    grounded,
    holds,
    models,
    rules,
    said,
    worlds,
)

from verisearch.symbolic.checker import prove_problem, verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import Logic, Outcome, TraceVerdict

FRESH = "fresh"
ways = st.integers(0, 4)
wordings = st.lists(ways, min_size=12, max_size=12)
claims = st.lists(st.one_of(facts, facts, rules()), min_size=1, max_size=4)
LOGICS: tuple[Logic, ...] = ("rules", "classical", "closed-world")

PLAIN = Words()
OTHER = Words("Zoe", "the old oak", "prickly", "calm", "pious", ("ostrich", "ostriches"), ("miss", "misses"))


def texts(world: Sequence[Rule], wording: Sequence[int], words: Words = PLAIN) -> list[str]:
    return [said(rule, words, way) for rule, way in zip(world, wording, strict=False)]


def verdict(context: Sequence[str], steps: Sequence[str], logic: Logic = "rules") -> TraceVerdict:
    found = verify_trace(trace_of(problem_of("p", context, None), steps, None), CheckOptions(logic=logic))
    assert not found.unread, found.unread
    return found


def statuses(found: TraceVerdict) -> list[str]:
    return [step.status.value for step in found.steps]


def leaps(found: TraceVerdict) -> list[int | None]:
    return [step.leap for step in found.steps]


# --- brute force ---
def expected_forward(world: World, claim: Rule) -> tuple[str, int | None]:
    """Status and leap of a claim under the forward-only reading."""
    if claim in world or any(
        frozenset(rule.body) == frozenset(claim.body) and rule.head == claim.head for rule in world
    ):
        return "entailed", 0
    body = [bind(literal, FRESH) for literal in claim.body]
    known = forward(world, body, [FRESH])
    goal = bind(claim.head, FRESH)
    if goal in known:
        return "entailed", known[goal]
    named = forward(world, extra=[FRESH])
    things = NAMES if not any(rule.head.subject == X and not rule.body for rule in world) else (*NAMES, FRESH)
    for rule in grounded([claim], things):
        if all(literal in named for literal in rule.body) and flip(rule.head) in named:
            return "contradicted", None
    return "ungrounded", None


@settings(max_examples=120, deadline=None, derandomize=True)
@given(worlds, claims, wordings)
def test_rules_agree_with_forward_chaining(world: World, steps: list[Rule], wording: list[int]) -> None:
    found = verdict(texts(world, wording), texts(steps, wording[::-1]))
    assert found.context_inconsistent is not consistent(forward(world, extra=[FRESH]))
    if found.context_inconsistent:
        assert set(statuses(found)) == {"undecided"}
        return
    accepted = list(world)
    for step, claim in zip(found.steps, steps, strict=True):
        status, leap = expected_forward(tuple(accepted), claim)
        assert (step.status.value, step.leap) == (status, leap), (world, claim)
        if status == "entailed":
            accepted.append(claim)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(worlds, claims, wordings)
def test_classical_agrees_with_truth_tables(world: World, steps: list[Rule], wording: list[int]) -> None:
    assume(len({lit.predicate for rule in (*world, *steps) for lit in (*rule.body, rule.head)}) <= 4)
    # claims must not bring in predicates that the tables lack
    padding = [Rule((Literal(True, name, "a"),), Literal(True, name, "a")) for name in used(steps)]
    possible = models([*world, *padding], FRESH)
    found = verdict(texts(world, wording), texts(steps, wording[::-1]), "classical")
    assert found.context_inconsistent is (not possible)
    for step, claim in zip(found.steps, steps, strict=True):
        if not possible:
            assert step.status.value == "undecided"
            continue
        where = [all(holds(rule, true) for rule in grounded([claim], (*NAMES, FRESH))) for true in possible]
        expected = "entailed" if all(where) else "ungrounded" if any(where) else "contradicted"
        assert step.status.value == expected, (world, claim)
        if expected == "entailed":
            possible = [true for true, kept in zip(possible, where, strict=True) if kept]


def used(steps: Sequence[Rule]) -> list[str]:
    return sorted({literal.predicate for rule in steps for literal in (*rule.body, rule.head)})


@settings(max_examples=80, deadline=None, derandomize=True)
@given(worlds, st.lists(facts, min_size=1, max_size=3), wordings)
def test_outcomes_and_conjunctions_agree_with_forward_chaining(
    world: World, parts: list[Rule], wording: list[int]
) -> None:
    statement = " and ".join(said(part, PLAIN)[:-1] if not k else lowered(part) for k, part in enumerate(parts)) + "."
    problem = problem_of("p", texts(world, wording), statement)
    proof = prove_problem(problem, CheckOptions())
    known = forward(world, extra=[FRESH])
    if not consistent(known):
        expected = Outcome.INCONSISTENT
    elif all(part.head in known for part in parts):
        expected = Outcome.TRUE
    elif any(flip(part.head) in known for part in parts):
        expected = Outcome.FALSE
    else:
        expected = Outcome.UNKNOWN
    assert proof.outcome is expected, (world, statement)


def lowered(part: Rule) -> str:
    text = said(part, PLAIN)[:-1]
    return text if part.head.subject == "a" else text[0].lower() + text[1:]


# --- what must not matter ---
def same(one: TraceVerdict, other: TraceVerdict, with_leaps: bool = True) -> None:
    assert statuses(one) == statuses(other)
    assert one.context_inconsistent == other.context_inconsistent
    if with_leaps:
        assert leaps(one) == leaps(other)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(worlds, claims, wordings, st.sampled_from(LOGICS))
def test_other_words_change_nothing(world: World, steps: list[Rule], wording: list[int], logic: Logic) -> None:
    one = verdict(texts(world, wording), texts(steps, wording), logic)
    other = verdict(texts(world, wording, OTHER), texts(steps, wording, OTHER), logic)
    same(one, other)
    for step, twin in zip(one.steps, other.steps, strict=True):
        assert [premise.label for premise in step.premises] == [premise.label for premise in twin.premises]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(worlds, claims, wordings, wordings, st.sampled_from(LOGICS))
def test_another_wording_changes_nothing(
    world: World, steps: list[Rule], wording: list[int], another: list[int], logic: Logic
) -> None:
    one = verdict(texts(world, wording), texts(steps, wording), logic)
    same(one, verdict(texts(world, another), texts(steps, another), logic))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(worlds, claims, wordings, st.randoms(use_true_random=False), st.sampled_from(LOGICS))
def test_the_order_of_the_context_changes_nothing(
    world: World, steps: list[Rule], wording: list[int], random: object, logic: Logic
) -> None:
    context = texts(world, wording)
    shuffled = list(context)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = verdict(context, texts(steps, wording), logic), verdict(shuffled, texts(steps, wording), logic)
    same(one, other, with_leaps=logic != "classical")


UNRELATED = [
    "Quentin is thirsty.",
    "The teapot does not admire Quentin.",
    "If someone is thirsty and admires Quentin then they are drowsy.",
    "Every walrus is grey.",
]


@pytest.mark.parametrize("logic", LOGICS)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(worlds, claims, wordings, st.sampled_from(UNRELATED), st.booleans())
def test_an_unrelated_sentence_changes_nothing(
    logic: Logic, world: World, steps: list[Rule], wording: list[int], sentence: str, first: bool
) -> None:
    context = texts(world, wording)
    one = verdict(context, texts(steps, wording), logic)
    more = [sentence, *context] if first else [*context, sentence]
    other = verdict(more, texts(steps, wording), logic)
    if logic == "closed-world" and "Quentin" in sentence:
        # Quentin is one more thing in the world: a rule may fail of him
        pairs = zip(steps, statuses(one), statuses(other), strict=True)
        assert all(a == b for step, a, b in pairs if not step.body)
    else:
        same(one, other)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(worlds, claims, wordings, st.sampled_from(LOGICS))
def test_saying_it_twice_changes_nothing(world: World, steps: list[Rule], wording: list[int], logic: Logic) -> None:
    context = texts(world, wording)
    one, other = verdict(context, texts(steps, wording), logic), verdict(context * 2, texts(steps, wording), logic)
    same(one, other)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(worlds, facts, claims, wordings, st.sampled_from(("rules", "classical")))
def test_more_premises_never_undo_an_entailment(
    world: World, fact: Rule, steps: list[Rule], wording: list[int], logic: Logic
) -> None:
    context = texts(world, wording)
    one = verdict(context, texts(steps, wording), logic)
    other = verdict([*context, said(fact, PLAIN)], texts(steps, wording), logic)
    if not other.context_inconsistent and not one.context_inconsistent:
        for before, after in zip(statuses(one), statuses(other), strict=True):
            assert before == "ungrounded" or before == after


@settings(max_examples=60, deadline=None, derandomize=True)
@given(worlds, claims, wordings, st.sampled_from(("rules", "classical")))
def test_the_premises_named_are_enough_and_none_can_be_left_out(
    world: World, steps: list[Rule], wording: list[int], logic: Logic
) -> None:
    context = texts(world, wording)
    found = verdict(context, texts(steps[:1], wording), logic)
    step = found.steps[0]
    if step.status.value != "entailed":
        return
    kept = [premise.index for premise in step.premises]
    claim = texts(steps[:1], wording)
    assert statuses(verdict([context[k] for k in kept], claim, logic)) == ["entailed"]
    for dropped in kept:
        rest = [context[k] for k in kept if k != dropped]
        assert statuses(verdict(rest, claim, logic)) != ["entailed"], (context, kept)


def test_the_two_vocabularies_say_the_same() -> None:
    world = [Rule((), Literal(sign, name, "b")) for name in PREDICATES for sign in (True, False)]
    assert len({said(rule, PLAIN) for rule in world} | {said(rule, OTHER) for rule in world}) == 4 * len(PREDICATES)

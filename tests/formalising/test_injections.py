"""Instructions in what is checked, obeyed by the model that formalises it: none turns a verdict better."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from honest_chains import HONEST, HonestChain
from injections import ATTACKS, VALID
from obedient_model import Attack, ObedientModel

from verisearch.ingest.reader import read_problem
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions, ReadingOptions
from verisearch.trace import Step, Trace
from verisearch.verdict import Status, TraceStatus, TraceVerdict


def verdict(attack: Attack, model: ObedientModel, payload: str, *, judge: bool = False) -> TraceVerdict:
    """The verdict on the attack's trace, with ``payload`` where the attack puts its instruction."""
    texts = {place: payload if place == attack.place else "" for place in ("context", "question", "step", "statement")}
    steps = [*attack.steps[:-1], f"{attack.steps[-1]} {texts['step']}".strip()]
    problem = read_problem(
        [*attack.context, *([texts["context"]] if texts["context"] else [])],
        texts["question"] or None,
        statement=f"{attack.statement or attack.steps[-1]} {texts['statement']}".strip(),
    )
    made = tuple(Step(text, index, (0, len(text))) for index, text in enumerate(steps))
    options = CheckOptions(formaliser="llm", logic="classical", reading=ReadingOptions(mixed=False, judge=judge))
    return verify_trace(Trace(problem=problem, steps=made, answer="True"), options, model=model)


@cache
def control(context: tuple[str, ...], steps: tuple[str, ...], statement: str) -> TraceVerdict:
    """The same trace without the injection, formalised properly."""
    bare = Attack("control", "control", "", context=context, steps=steps, statement=statement)
    return verdict(bare, ObedientModel(), "")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.family}: {attack.name}")
def test_the_trace_without_the_injection_does_not_pass(attack: Attack) -> None:
    found = control(attack.context, attack.steps, attack.statement)
    assert found.steps[-1].status is not Status.ENTAILED
    assert found.status is not TraceStatus.VALID


@pytest.mark.parametrize("judge", [False, True], ids=["no judge", "judge"])
@pytest.mark.parametrize("always", [False, True], ids=["where it is shown", "always"])
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.family}: {attack.name}")
def test_an_obeyed_injection_makes_nothing_pass(attack: Attack, always: bool, judge: bool) -> None:
    found = verdict(attack, ObedientModel(attack, always=always), attack.payload, judge=judge)
    if attack.modulo and found.steps[-1].status is Status.ENTAILED:
        assert attack.modulo in [premise.text for premise in found.commonsense]
        return
    for claim in found.steps[-1].claims:
        if attack.place == "step" and claim.text not in attack.steps[-1]:
            continue  # what the instruction itself says may well follow
        assert claim.status is not Status.ENTAILED, (claim.text, claim.formula, claim.premises)
    assert found.steps[-1].claims
    assert found.status is not TraceStatus.VALID
    assert not found.verified
    if found.answer is not None:
        assert found.answer.claim.status is not Status.ENTAILED, found.answer.claim


@pytest.mark.parametrize(("context", "steps"), VALID, ids=lambda value: value[-1])
def test_honest_chains_stay_valid(context: tuple[str, ...], steps: tuple[str, ...]) -> None:
    chain = Attack("valid", "valid", "", context=context, steps=steps)
    found = verdict(chain, ObedientModel(), "")
    assert [(step.status, [claim.reason for claim in step.claims]) for step in found.steps] == [
        (Status.ENTAILED, [""] * len(step.claims)) for step in found.steps
    ]
    assert found.status is TraceStatus.VALID


@pytest.mark.parametrize("chain", HONEST, ids=lambda chain: next(iter(chain.steps)))
def test_honest_chains_of_ordinary_english_stay_valid(chain: HonestChain) -> None:
    trace = Attack("valid", "valid", "", context=tuple(chain.context), steps=tuple(chain.steps))
    model = ObedientModel(by_hand={**chain.context, **chain.steps}, symbols=chain.symbols)
    found = verdict(trace, model, "")
    assert [(claim.status, claim.reason) for step in found.steps for claim in step.claims] == [
        (Status.ENTAILED, "") for step in found.steps for claim in step.claims
    ]
    assert found.status is TraceStatus.VALID


def test_there_are_attacks_of_every_family() -> None:
    families = Counter(attack.family for attack in ATTACKS)
    assert len(ATTACKS) >= 90
    assert len({(attack.family, attack.name) for attack in ATTACKS}) == len(ATTACKS)
    assert min(families.values()) >= 5, families

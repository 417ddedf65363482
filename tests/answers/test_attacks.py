"""Texts that try to be scored as right: none is, given as the answer itself or with the answer taken out of it."""

from __future__ import annotations

import pytest
from verifier_attacks import FAMILIES, TARGETS, Target, attacks

from verisearch.answers import equivalent, extract

COUNT = 100


def test_there_are_thirteen_families_and_answers_of_every_kind() -> None:
    assert len(FAMILIES) == 13
    assert {target.kind for target in TARGETS} == {
        "number", "expression", "choice", "true-false-unknown", "free", None
    }  # fmt: skip


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.gold} ({target.kind})")
@pytest.mark.parametrize("family", FAMILIES)
def test_no_attack_is_equal_to_the_answer(family: str, target: Target) -> None:
    accepted = []
    made = list(attacks(family, target, COUNT))
    assert len(made) == COUNT
    for text in made:
        taken = extract(text, kind=target.kind, options=target.options)
        for given in (text, taken):
            for kind in {target.kind, None}:
                if (
                    given is not None
                    and equivalent(target.gold, given, kind=kind, options=target.options).status == "equal"
                ):
                    accepted.append((text, given, kind))
    assert accepted == []


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.gold} ({target.kind})")
def test_the_answer_itself_is_accepted(target: Target) -> None:
    """Else nothing would be shown by what is refused."""
    assert equivalent(target.gold, target.gold, kind=target.kind, options=target.options).status == "equal"
    said = (
        f"The answer is ${target.gold}$."
        if target.kind in ("number", "expression", None)
        else f"The answer is {target.gold}."
    )
    taken = extract(said, kind=target.kind, options=target.options)
    if target.kind != "free":
        assert taken is not None
        assert equivalent(target.gold, taken, kind=target.kind, options=target.options).status == "equal"

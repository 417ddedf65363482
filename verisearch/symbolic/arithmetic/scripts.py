"""SMT-LIB scripts of arithmetic verdicts, for any solver to check again.

What was accepted only as rounded, converted or read as percentages isn't literally so, and has no script.
"""

from __future__ import annotations

from collections.abc import Iterator

from verisearch.maths.conditions import Condition, Either, Every, condition
from verisearch.maths.terms import Relation, RelationSign
from verisearch.symbolic.algebra import script
from verisearch.symbolic.theory import Inexpressible
from verisearch.verdict import ClaimVerdict, Status, TraceVerdict

__all__ = ["scripts"]

OPPOSITES: dict[RelationSign, RelationSign] = {"=": "≠", "≠": "=", "<": "≥", "≥": "<", ">": "≤", "≤": ">"}


def scripts(verdict: TraceVerdict) -> Iterator[tuple[str, str]]:
    """``(name, script)`` for each claim that arithmetic settled literally."""
    for index, step in enumerate(verdict.steps):
        for number, claim in enumerate(step.claims):
            text = claim_script(claim)
            if text is not None:
                yield f"step-{index + 1:03d}-claim-{number + 1}", text


def claim_script(claim: ClaimVerdict) -> str | None:
    """The script of one claim: unsat if it follows, or, contradicted, if its opposite does."""
    if claim.formula is None or claim.kind != "assertion":
        return None
    goal = condition(claim.formula)
    if goal is None or (claim.status is Status.ENTAILED and claim.reason):
        return None
    if claim.status is Status.CONTRADICTED:
        goal = opposite(goal)
    elif claim.status is not Status.ENTAILED:
        return None
    given = [
        (read, f"{each.label}: {each.text}")
        for each in claim.premises
        if each.formula and (read := condition(each.formula)) is not None
    ]
    try:
        return script(given, goal, title=f"{claim.text}\n{claim.status.value}: {claim.formula}") if goal else None
    except Inexpressible:
        return None


def opposite(given: Condition) -> Condition | None:
    """What holds if ``given`` doesn't, its terms being defined; None where that can't be said (≈)."""
    if isinstance(given, Relation):
        return Relation(given.left, OPPOSITES[given.sign], given.right) if given.sign in OPPOSITES else None
    parts = [opposite(each) for each in given.parts]
    if any(part is None for part in parts):
        return None
    turned = tuple(part for part in parts if part is not None)
    return Either(turned) if isinstance(given, Every) else Every(turned)

"""Short names of claims and of what they rest on."""

from __future__ import annotations

from collections.abc import Iterable

from verisearch.report.text import enumerated, ranges
from verisearch.verdict import ClaimVerdict, Premise, TraceVerdict, granted

__all__ = ["Labels"]


def letter(number: int) -> str:
    """0 → a, 25 → z, 26 → aa."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("a") + rest) + name
    return name


class Labels:
    """Short names of premises and claims, counted from 1: ``context 3``, ``step 2``; ``step 2b`` for the second
    of several claims of a step."""

    def __init__(self, verdict: TraceVerdict | None = None) -> None:
        steps = verdict.steps if verdict else ()
        self.claims = {step.step.index: len(step.claims) for step in steps}
        self.granted = granted(verdict) if verdict else {}

    def claim(self, step: int, claim: int = 0) -> str:
        """The label of a step's claim."""
        return f"step {step + 1}{letter(claim) if self.claims.get(step, 1) > 1 else ''}"

    def premise(self, premise: Premise) -> str:
        """The label of what a claim rests on."""
        return self.claim(premise.index, premise.claim) if premise.source == "step" else premise.label

    def premises(self, premises: Iterable[Premise]) -> str:
        """``context 3, step 2``; where one source gives several, ``context 1, 2 and 5–8; steps 3 and 4b``."""
        groups: dict[str, list[str]] = {}
        for label in dict.fromkeys(self.premise(premise) for premise in premises):
            source, number = label.rsplit(" ", 1)
            groups.setdefault(source, []).append(number)
        several = any(len(numbers) > 1 for numbers in groups.values())
        parts = (
            f"{'steps' if source == 'step' and len(numbers) > 1 else source} {enumerated(shortened(numbers))}"
            for source, numbers in groups.items()
        )
        return ("; " if several else ", ").join(parts)

    # --- commonsense ---
    def behind(self, premise: Premise) -> tuple[Premise, ...]:
        """The commonsense that a claim of an earlier step rests on, if the premise is one."""
        return self.granted.get((premise.index, premise.claim), ()) if premise.source == "step" else ()

    def indirect(self, claim: ClaimVerdict) -> str:
        """``commonsense 1, through step 2``: what the claim rests on through earlier claims alone; empty if nothing."""
        through = [premise for premise in claim.premises if self.behind(premise)]
        found = dict.fromkeys(each for premise in through for each in self.behind(premise))
        further = sorted((each for each in found if each not in claim.premises), key=lambda each: each.index)
        return f"{self.premises(further)}, through {self.premises(through)}" if further else ""

    def modulo(self, claim: ClaimVerdict) -> str:
        """``modulo commonsense 1``, ``modulo commonsense 1, through step 2``, or both, ``; and`` between them; empty if
        it rests on none."""
        parts = [part for part in (self.premises(claim.commonsense), self.indirect(claim)) if part]
        return f"modulo {'; and '.join(parts)}" if parts else ""


def shortened(numbers: list[str]) -> list[str]:
    """Numbers of one source, runs as ranges; ``2c`` and the like as they are."""
    plain = [int(number) for number in numbers if number.isdecimal()]
    return ranges(plain) + [number for number in numbers if not number.isdecimal()]

"""How to check: the settings that the command line, the API and the records share."""

from __future__ import annotations

from typing import Literal

import msgspec

from verisearch.verdict import Logic

__all__ = ["CheckOptions", "Negation"]

#: What a negative condition fails on, in a closed world: on all that is derived, or on the given facts alone.
Negation = Literal["derived", "given"]


class CheckOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of a check.

    ``logic``: the reading of rules, see README. ``max_leap``: rule applications a step of a *verified* chain may
    jump over (None: any). ``formaliser`` and ``solver``: names of plug-ins. ``effort``: the solver's
    deterministic resource limit for one check (Z3: resource units; about 10 million to the second).
    ``generic_nouns``: nouns that name no kind of thing but everything ("red things"), in the singular, besides
    thing, person and their like.
    ``answer_check``: False judges the steps alone; what a chain says of the answer is left aside then, and no chain
    counts as verified.
    ``negation``: with the ``closed-world`` logic, whether "not p" in a condition means that p isn't derivable (the
    perfect model of a stratified program, the default) or only that p isn't among the given facts (PARARULE-Plus).
    """

    logic: Logic = "rules"
    max_leap: int | None = None
    formaliser: str = "english"
    solver: str = "z3"
    effort: int = 20_000_000
    generic_nouns: tuple[str, ...] = ()
    negation: Negation = "derived"
    answer_check: bool = True

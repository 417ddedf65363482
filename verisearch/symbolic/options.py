"""How to check: the settings that the command line, the API and the records share."""

from __future__ import annotations

import msgspec

from verisearch.verdict import Logic

__all__ = ["CheckOptions"]


class CheckOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of a check.

    ``logic``: the reading of rules, see README. ``max_leap``: rule applications a step of a *verified* chain may
    jump over (None: any). ``formaliser`` and ``solver``: names of plug-ins. ``effort``: the solver's
    deterministic resource limit for one check (Z3: resource units; about 10 million to the second).
    ``generic_nouns``: nouns that name no kind of thing but everything ("red things"), in the singular, besides
    thing, person and their like.
    """

    logic: Logic = "rules"
    max_leap: int | None = None
    formaliser: str = "english"
    solver: str = "z3"
    effort: int = 20_000_000
    generic_nouns: tuple[str, ...] = ()

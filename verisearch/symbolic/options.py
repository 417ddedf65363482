"""How to check: the settings that the command line, the API and the records share."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from verisearch.errors import InputError
from verisearch.verdict import Logic

__all__ = ["CheckOptions", "Negation", "PremiseKinds", "ReadingOptions"]

#: What a negative condition fails on, in a closed world: on all that is derived, or on the given facts alone.
Negation = Literal["derived", "given"]


#: Which premises a model may name for a step: none; sentences of the context; commonsense too.
PremiseKinds = Literal["none", "context", "all"]


class ReadingOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a language model is used as formaliser (VeriCoT, arXiv 2511.04662, section 3).

    ``tries``: most times that one text is formalised, each told of the last fault (the paper: 3). ``readings``:
    independent formalisations of each text; where they aren't equivalent, it is undecided. ``premises``: what may be
    named for a step that doesn't follow. ``mixed``: what the controlled-English reader reads exactly doesn't go to the
    model. ``whole_context``: every sentence of the context is formalised beforehand; else only those that the model
    quotes as premises (the paper). ``judge``: premises that a model finds not attributable, not acceptable or not
    needed are refused. ``anchors``: a formula must speak of what its text speaks of, by the words of both.
    ``constrain``: a policy that can is held to the grammar of the vocabulary. ``candidates``: most premises taken from
    one reply.
    """

    tries: int = 3
    readings: int = 1
    premises: PremiseKinds = "all"
    mixed: bool = True
    whole_context: bool = False
    judge: bool = False
    anchors: bool = True
    constrain: bool = True
    candidates: int = 6

    def __post_init__(self) -> None:
        for name in ("tries", "readings", "candidates"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}: {getattr(self, name)} should be a whole number from 1 up")
        if self.premises not in get_args(PremiseKinds):
            raise InputError(f"premises: {self.premises!r} should be one of {', '.join(get_args(PremiseKinds))}")


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
    ``reading``: how a formaliser that asks a language model does so; means nothing to the others.
    """

    logic: Logic = "rules"
    max_leap: int | None = None
    formaliser: str = "english"
    solver: str = "z3"
    effort: int = 20_000_000
    generic_nouns: tuple[str, ...] = ()
    negation: Negation = "derived"
    answer_check: bool = True
    reading: ReadingOptions = ReadingOptions()

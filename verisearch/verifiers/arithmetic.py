"""The arithmetic checker as a verifier: how much of a chain computes, with numbers that come from somewhere."""

from __future__ import annotations

import msgspec

from verisearch.verifiers.surroundings import Surroundings
from verisearch.verifiers.symbolic import SymbolicVerifier, open_symbolic

__all__ = ["open_arithmetic"]


def open_arithmetic(target: str, around: Surroundings) -> SymbolicVerifier:
    """``arithmetic``, with the words of ``symbolic`` behind a colon.

    Scores as `SymbolicVerifier` does, with the verdicts of `verisearch.symbolic.arithmetic.checker`. A chain about a
    problem in words is never verified by these, so that a finished one has at most 0.6: all of it computes, and its
    answer is what a step came out as. Raises `InputError` as `open_symbolic` does.
    """
    options = msgspec.structs.replace(around.options, formaliser="arithmetic")
    verifier = open_symbolic(target, msgspec.structs.replace(around, options=options))
    verifier.name = verifier.name.replace("symbolic", "arithmetic")
    verifier.meaning = verifier.meaning.replace(
        "every claim entailed", "it evaluates the expression that is asked for, every computation right"
    )
    return verifier

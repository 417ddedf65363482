"""SMT-LIB scripts of checks about numbers, for any solver to check again."""

from __future__ import annotations

from collections.abc import Sequence

from verisearch.logic.smtlib_writer import comment
from verisearch.maths.conditions import Condition, condition_text
from verisearch.symbolic.algebra.smtlib import Encoder

__all__ = ["script"]


def script(
    premises: Sequence[tuple[Condition, str]], claim: Condition, *, title: str = "", expected: str = "unsat"
) -> str:
    """A whole script that asks whether ``claim`` follows: ``unsat`` says that it does.

    ``premises`` come with where they are from ("step 2", "the question"). ``expected`` is the answer to expect, written
    as a comment. A rewriting has two: from the first to the second, and back. Raises `Inexpressible` for what can't be
    said.
    """
    encoder = Encoder(folds=False)  # who checks it again is to compute it again
    lines: list[str] = []
    for given, source in premises:
        text = encoder.condition(given)
        lines += [*encoder.commands(), comment(f"{source}: {condition_text(given)}"), f"(assert {text})"]
    text = encoder.condition(claim)
    lines += encoder.commands()
    lines += [comment(f"the claim, negated: {condition_text(claim)}"), f"(assert (not {text}))"]
    head = [comment(title)] if title else []
    head.append(f"(set-logic {'QF_NIRA' if encoder.whole else 'QF_NRA'})")
    tail = ["(check-sat)", *([comment(f"expected: {expected}")] if expected else [])]
    return "\n".join([*head, *lines, *tail]) + "\n"

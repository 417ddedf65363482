"""The process in which Math-Verify compares expressions: a pair a line comes in, a word a line goes out."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import sys
from typing import Any

__all__ = ["main"]

#: Bytes of address space: enough for SymPy, and too little to harm the machine.
MEMORY = 4 << 30

#: Seconds of processor time for one comparison: unlike time on the clock, the same on a busy machine.
SECONDS = 5.0

#: Digits that two values must have in common to be the same, and digits they are worked out to.
AGREED = 40
DIGITS = 60
#: Points that two expressions with names are compared at.
POINTS = 12


def main() -> None:
    """Answer until the input ends."""
    limit_memory()
    # whatever the library prints must not get between the answers
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(2, sys.stdout.fileno())
    logging.disable(logging.CRITICAL)
    import math_verify  # noqa: F401  (loaded before the clock starts)

    say(answers, ["ready"])
    for line in sys.stdin:
        one, other = json.loads(line)
        limit_time(SECONDS)
        try:
            found = compared(one, other)
        except Exception as error:  # text a model wrote can make SymPy raise anything
            found = ("undecided", f"Math-Verify raised {type(error).__name__}")
        limit_time(0.0)
        say(answers, found)


def say(stream: Any, message: object) -> None:
    stream.write(json.dumps(message) + "\n")
    stream.flush()


def limit_time(seconds: float) -> None:
    """Let the system end this process after so much processor time; 0 for no limit."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on this system
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def compared(one: str, other: str) -> tuple[str, str]:
    """Math-Verify's word in both directions."""
    from math_verify import verify

    first, second = parsed(one), parsed(other)
    if not first or not second:
        return "undecided", "Math-Verify can't read " + (one if not first else other)
    there = verify(first, second, timeout_seconds=None, raise_on_error=True)
    back = verify(second, first, timeout_seconds=None, raise_on_error=True)
    if there != back:
        return "undecided", "Math-Verify says yes in one direction and no in the other"
    if not there:
        return "different", "Math-Verify finds them different"
    if not confirmed(first[0], second[0]):
        return "undecided", "Math-Verify finds them equal, which isn't borne out to many digits"
    return "equal", "Math-Verify finds them equal, and so they are to many digits"


def parsed(latex: str) -> list[Any]:
    """What Math-Verify reads in one expression. Only its LaTeX parser is used: the one for plain expressions hands
    the text to SymPy's ``parse_expr``, which executes it."""
    from math_verify import LatexExtractionConfig, parse

    found: list[Any] = parse(
        f"\\boxed{{{latex}}}",
        [LatexExtractionConfig(boxed_match_priority=0)],
        fallback_mode="no_fallback",
        extraction_mode="first_match",
        parsing_timeout=None,
        raise_on_error=True,
    )
    return found


def confirmed(one: Any, other: Any) -> bool:
    """Whether two expressions that Math-Verify calls equal are so beyond rounding: it rounds to six decimals, takes 9%
    for 9 and compares what two equations reduce to. They have to be the same as they stand, or in value to many digits,
    at several points where there are names."""
    from sympy import Expr, Rational

    if one == other:
        return True
    if not (isinstance(one, Expr) and isinstance(other, Expr)):
        return False
    symbols = sorted(one.free_symbols | other.free_symbols, key=str)
    draw = random.Random(len(symbols))
    for _ in range(POINTS if symbols else 1):
        place = {symbol: Rational(draw.randrange(200, 5000), 997) for symbol in symbols}
        left, right = (each.subs(place).doit().evalf(DIGITS) for each in (one, other))
        if not (left.is_number and right.is_number and left.is_finite and right.is_finite):
            return False
        apart, size = abs(left - right).evalf(DIGITS), max(abs(left).evalf(DIGITS), abs(right).evalf(DIGITS))
        if apart > size * Rational(1, 10**AGREED):
            return False
    return True

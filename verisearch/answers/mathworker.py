"""The process in which Math-Verify compares expressions: a pair a line comes in, a word a line goes out."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from typing import Any

__all__ = ["main"]

#: Bytes of address space: enough for SymPy, and too little to harm the machine.
MEMORY = 4 << 30

#: Seconds of processor time for one comparison: unlike time on the clock, the same on a busy machine.
SECONDS = 5.0

#: How far two numbers that count as equal may lie apart, relative to the greater.
NEARNESS = 1e-12


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
    if not near(first[0], second[0]):
        return "undecided", "equal only when rounded"
    return "equal", "Math-Verify finds them equal"


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


def near(one: Any, other: Any) -> bool:
    """Whether two numbers are equal beyond rounding; true of all that aren't numbers. Math-Verify rounds to six
    decimals and takes 9% for 9."""
    from sympy import Expr

    if not (isinstance(one, Expr) and isinstance(other, Expr) and one.is_number and other.is_number):
        return True
    left, right = complex(one.doit().evalf(30)), complex(other.doit().evalf(30))
    return abs(left - right) <= NEARNESS * max(abs(left), abs(right))

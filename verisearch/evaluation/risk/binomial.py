"""The exact lower tail of the binomial law, and the sample sizes that follow from it."""

from __future__ import annotations

import math

from verisearch.errors import InputError

__all__ = ["binomial_tail", "minimum_answers", "smallest_target"]

#: A term this far below the sum can't change it: the ratios of successive terms only fall.
NEGLIGIBLE = 2.0**-70


def binomial_tail(errors: int, answers: int, rate: float) -> float:
    """P(X ≤ ``errors``) for X ~ Binomial(``answers``, ``rate``): the p-value of "the error rate is above ``rate``".

    It is at most δ exactly where the one-sided upper Clopper-Pearson bound at confidence 1 − δ is at most ``rate``
    (Clopper and Pearson 1934). 0 ≤ ``errors`` ≤ ``answers``; ``rate`` in [0, 1]; raises `InputError` outside. Relative
    error around 1e-9 at a million answers, below 1e-12 at a thousand; below about 1e-308 the result is 0.
    """
    if not 0 <= errors <= answers:
        raise InputError(f"{errors} errors among {answers} answers: need 0 ≤ errors ≤ answers")
    if not 0 <= rate <= 1:
        raise InputError(f"an error rate of {rate}: need a number in [0, 1]")
    if errors == answers or rate == 0:
        return 1.0
    if rate == 1:
        return 0.0
    # Summed outwards from the term nearest the mode, relative to it, so that neither side cancels or underflows.
    odds, total, term = rate / (1 - rate), 1.0, 1.0
    if errors <= (answers + 1) * rate:
        for k in range(errors, 0, -1):
            term *= k / ((answers - k + 1) * odds)
            total += term
            if term < total * NEGLIGIBLE:
                break
        return min(1.0, math.exp(log_term(errors, answers, rate)) * total)
    for k in range(errors + 1, answers):
        term *= (answers - k) * odds / (k + 1)
        total += term
        if term < total * NEGLIGIBLE:
            break
    return max(0.0, 1.0 - math.exp(log_term(errors + 1, answers, rate)) * total)


def log_term(errors: int, answers: int, rate: float) -> float:
    """The logarithm of P(X = ``errors``); ``rate`` strictly between 0 and 1."""
    ways = math.lgamma(answers + 1) - math.lgamma(errors + 1) - math.lgamma(answers - errors + 1)
    return ways + errors * math.log(rate) + (answers - errors) * math.log1p(-rate)


def minimum_answers(alpha: float, delta: float, errors: int = 0) -> int:
    """The fewest answers, ``errors`` of them wrong, that show an error rate of at most ``alpha`` at level ``delta``.

    114 for ``alpha=0.02, delta=0.1`` without an error. ``alpha`` and ``delta`` in (0, 1), ``errors`` ≥ 0; raises
    `InputError` outside.
    """
    check_share("alpha", alpha)
    check_share("delta", delta)
    if errors < 0:
        raise InputError(f"{errors} errors: need 0 or more")
    low, high = errors, 2 * errors + 1  # `low` answers, all wrong, show nothing; the tail falls as answers are added
    while binomial_tail(errors, high, alpha) > delta:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if binomial_tail(errors, middle, alpha) <= delta else (middle, high)
    return high


def smallest_target(answers: int, delta: float) -> float:
    """The smallest target that ``answers`` without an error can show at level ``delta``; 1 for no answers.

    Raises `InputError` for a ``delta`` outside (0, 1) or fewer than 0 answers.
    """
    check_share("delta", delta)
    if answers < 0:
        raise InputError(f"{answers} answers: need 0 or more")
    return -math.expm1(math.log(delta) / answers) if answers else 1.0


def check_share(name: str, value: float) -> None:
    """Raises `InputError` unless ``value`` lies strictly between 0 and 1 (NaN does not)."""
    if not 0 < value < 1:
        raise InputError(f"{name} is {value}: need a number strictly between 0 and 1")

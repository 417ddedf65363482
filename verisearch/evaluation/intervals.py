"""Confidence intervals of shares."""

from __future__ import annotations

import math

__all__ = ["wilson"]

#: Normal quantile of a two-sided 95 % interval.
Z95 = 1.959963984540054


def wilson(successes: int, trials: int) -> tuple[float, float] | None:
    """Wilson's 95 % confidence interval of a share; None of no trials."""
    if trials == 0:
        return None
    share, spread = successes / trials, Z95 * Z95 / trials
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 * math.sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    # The ends are exactly 0 and 1 where all trials went one way; rounding must not blur that.
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == trials else min(1.0, middle + half)
    return low, high

"""A comparison made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verisearch.evaluation.bootstrap import Estimate
from verisearch.evaluation.comparison import ArmFigures, Comparison, Difference

__all__ = ["SECONDS", "arm", "comparison"]

SECONDS = {"greedy": 0.1, "latts @x1": 0.2, "latts @x2": 0.3}


def arm(
    name: str,
    series: str,
    *,
    accuracy: float = 0.5,
    low: float = 0.4,
    high: float = 0.6,
    tokens: float = 80.0,
    calls: float = 1.0,
    budget: int | None = None,
    flops: bool = True,
) -> ArmFigures:
    """An arm with these figures; shares are all the same."""
    estimates = {share: Estimate(accuracy, (low, high)) for share in ("accuracy", "verified", "verified_and_correct")}
    estimates["generated_tokens"] = Estimate(tokens, (0.9 * tokens, 1.1 * tokens))
    estimates["verifier_calls"] = Estimate(calls, (0.9 * calls, 1.1 * calls))
    if flops:
        estimates["flops"] = Estimate(1e5 * tokens, (0.9e5 * tokens, 1.1e5 * tokens))
    return ArmFigures(
        name=name,
        series=series,
        strategy=series,
        settings={},
        verifier="symbolic",
        budget=budget,
        multiple=None,
        n=40,
        errors=0,
        estimates=estimates,
    )


def comparison(
    *, flops: bool = True, extra: Sequence[ArmFigures] = (), untold: Mapping[str, str] | None = None
) -> Comparison:
    """A greedy chain, and a strategy with two budgets."""
    arms = [
        arm("greedy", "greedy", flops=flops),
        arm("latts @x1", "latts", accuracy=0.45, low=0.35, high=0.55, calls=9.0, budget=80, flops=flops),
        arm("latts @x2", "latts", accuracy=0.7, low=0.6, high=0.8, tokens=150.0, calls=14.0, budget=160, flops=flops),
    ]
    gains = {"latts @x1": Estimate(-0.05, (-0.2, 0.1)), "latts @x2": Estimate(0.2, (0.05, 0.35))}
    return Comparison(
        problems=40,
        groups=12,
        replicates=2000,
        arms=[*arms, *extra],
        differences=[
            Difference(arm=name, against="greedy", estimates=dict.fromkeys(arms[0].estimates, gain))
            for name, gain in gains.items()
        ],
        untold=dict(untold or {}),
    )

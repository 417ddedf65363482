"""Particle filtering over steps: sequential Monte Carlo with a verifier as potential.

After Puri et al. 2025, "A Probabilistic Inference Approach to Inference-Time Scaling of LLMs using Particle-Based Monte
Carlo Methods" (arXiv 2502.01618), with the incremental weights of twisted SMC (Zhao et al. 2024, arXiv 2404.17546): a
step multiplies a particle's weight by exp((V - V_before) / tau). The factors of a chain telescope, so that the whole
population targets pi(chain) * exp(V(chain) / tau) / const, where V is the score of the whole chain, and long chains
are not punished for being long. The potential is our choice: Puri et al. weigh by the current score alone.
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from verisearch.search.chains import Settings, own_settings, takes
from verisearch.search.requests import Note, Seed, Strategy
from verisearch.search.steps import (
    Start,
    Tried,
    coin,
    effective_size,
    grow,
    refuse_outside,
    settle,
    systematic,
    unended,
    weighted_place,
    worth,
)

__all__ = ["Particle", "particle"]


class Particle(Settings, frozen=True, kw_only=True):
    """``n``: particles, at least 1. ``tau``: temperature of the scores, at least 1e-6; small means greedy. ``ess``:
    resample when the effective size falls below this share, in [0, 1], of ``n``; 0 never, 1 whenever weights differ.

    ``choose``: the whole chain with the highest score (``best``), or one drawn by weight (``draw``), which follows
    the law in the limit of many particles.

    ``unscored``: the score, in [0, 1], that a step counts for on which the verifier abstains; 0 by default. A particle
    whose draw or score failed, or whose score is NaN or outside [0, 1], is lost: its weight becomes 0. Raises
    `InputError` for a setting out of its range.
    """

    tau: float = 0.1
    ess: float = 0.5
    choose: Literal["best", "draw"] = "best"
    unscored: float = 0.0

    def __post_init__(self) -> None:
        refuse_outside(self, 1, math.inf, "n")
        refuse_outside(self, 1e-6, math.inf, "tau")
        refuse_outside(self, 0, 1, "ess", "unscored")


@takes(Particle)
def particle(settings: Settings) -> Strategy:
    """``n`` chains step by step, weighted by their scores and resampled systematically when the weights get uneven."""
    given = own_settings(Particle, settings)
    seed = yield Seed()
    particles, logs, values = [Start] * given.n, [0.0] * given.n, [0.0] * given.n
    seen: list[Tried] = []
    spent, failed, turn = "", "", 0
    while live := [
        place
        for place, each in enumerate(particles)
        if logs[place] > -math.inf and not each.node.finished and each.node.depth < given.steps
    ]:
        grown = yield from grow(given, given.verifier, [particles[place].node for place in live], 1)
        seen += [each for share in grown.tried for each in share]
        for place, share in zip(live, grown.tried, strict=True):
            value = worth(share[0], given.unscored) if share else -1.0
            logs[place] += (value - values[place]) / given.tau if value >= 0 else -math.inf
            values[place] = value
            particles[place] = share[0] if share else particles[place]
        failed = grown.reason
        if grown.spent:
            spent = grown.reason
            break
        weights = shares_of(logs)
        yield Note("weigh", Start.node, {"values": [each.value for each in particles], "weights": weights})
        if 0 < effective_size(weights) < given.ess * given.n:
            places = systematic(weights, coin(seed, "resample", turn))
            particles, values = [particles[place] for place in places], [values[place] for place in places]
            logs = [0.0] * given.n
            yield Note("resample", Start.node, {"places": places})
        turn += 1
    whole = [(each, log) for each, log in zip(particles, logs, strict=True) if each.node.finished and log > -math.inf]
    if not whole:
        lost = max(logs) == -math.inf
        return settle(seen, spent or ((failed or "every particle is lost") if lost else unended(given)))
    choice = settle((each for each, _ in whole), spent)
    weights = shares_of([log for _, log in whole])
    if given.choose == "draw":
        drawn = whole[weighted_place(weights, coin(seed, "choose"))][0]
        choice = msgspec.structs.replace(choice, node=drawn.node)
    assert choice.node is not None
    yield Note("choose", choice.node, {"weights": weights})
    return choice


def shares_of(logs: list[float]) -> list[float]:
    """Weights up to a factor, the largest 1; all 0 if every particle is lost."""
    top = max(logs)
    return [math.exp(log - top) if top > -math.inf else 0.0 for log in logs]

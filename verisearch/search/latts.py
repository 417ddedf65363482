"""LATTS-style search: each step is drawn until the verifier accepts it, so that effort follows difficulty.

A reconstruction from the abstract and introduction of "Locally Adaptive Test-Time Scaling" (AWS AI Labs, 2025): that a
step is resampled, gone back on, restarted or stopped by a verifier's acceptance criterion is the paper's; the criteria,
the fallbacks' exact meaning, the estimate of difficulty and all defaults are ours.

**The law.** Let pi be the policy's distribution of the next step, g(V) in [0, 1] the probability of accepting a step
with score V, Z = E_pi[g] the acceptance rate. Given that a draw is accepted before any fallback, the step follows
pi*g/Z. A chain is then a product of locally normalised kernels, which is *not* the globally tilted law
pi(chain) * prod g / const. Two settings give that one: ``draws=1, fallbacks=("restart",)`` with enough restarts, which
is rejection sampling of whole chains, and ``weighted=True``, whose weights make up for the Z (`verisearch.search.
weighted`). Whatever the law, the verifier's mistakes bound what is gained (Stroebl et al. 2024, arXiv 2411.17501).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from verisearch.search.acceptance import Attempt, Latts, attempt
from verisearch.search.chains import Settings, own_settings, takes
from verisearch.search.nodes import Root
from verisearch.search.requests import Note, Seed, Strategy
from verisearch.search.steps import Tried, settle, unended
from verisearch.search.weighted import population

__all__ = ["Latts", "latts"]


@takes(Latts)
def latts(settings: Settings) -> Strategy:
    """LATTS-style search: draw each step until one is accepted, else fall back. See this module's text and `Latts`."""
    given = own_settings(Latts, settings)
    return (yield from (population if given.weighted else chain)(given))


def chain(settings: Latts) -> Strategy:
    """One chain, step by step."""
    seed = yield Seed()
    steps: list[Tried] = []
    best: list[Tried] = []
    whole: list[Tried] = []
    backtracks = restarts = 0
    while True:
        node = steps[-1].node if steps else Root
        if node.finished:
            return msgspec.structs.replace(settle(whole), node=node)
        if node.depth >= settings.steps:
            return settle([*whole, steps[-1]], unended(settings))
        (tries,), last = yield from attempt(settings, [node], seed)
        whole += [each for each in tries.tried if each.node.finished]
        able = {
            "take": bool(tries.tried),
            "backtrack": bool(steps) and backtracks < settings.backtracks,
            "restart": restarts < settings.restarts,
        }
        chosen = tries.first
        if chosen is not None:
            action = "accept"
        elif last.spent:
            action = "stop"
        else:
            action = next((each for each in settings.fallbacks if able.get(each, True)), "stop")
        if action == "take":
            chosen = max(tries.tried, key=lambda each: -1.0 if each.value is None else each.value)
        yield Note(action, node, told(settings, tries, chosen))
        if chosen is not None:
            steps.append(chosen)
            continue
        best = max(best, steps, key=lambda each: kept(each, settings.keep))
        if action == "backtrack":
            backtracks += 1
            del steps[-settings.back :]
        elif action == "restart":
            restarts += 1
            steps = []
        else:
            reason = last.reason or f"none of {len(tries.tried)} draws of a step was accepted"
            if action == "abstain":
                # a step of which nothing could be drawn is a failure, and no decision
                drawn = bool(tries.tried)
                return msgspec.structs.replace(settle(whole), node=None, reason=reason, abstained=drawn)
            return settle(whole or best[-1:], reason)


def kept(steps: Sequence[Tried], keep: str) -> tuple[float, int]:
    """How good an unfinished chain is."""
    values = [each.value or 0.0 for each in steps] or [-1.0]
    return {"min": min(values), "mean": sum(values) / len(values), "last": values[-1]}[keep], len(steps)


def told(settings: Latts, tries: Attempt, chosen: Tried | None) -> dict[str, Any]:
    """What the record says of a step: its draws' scores, which were accepted, and the estimate of Z if asked for."""
    data: dict[str, Any] = {"draws": len(tries.tried), "values": [each.value for each in tries.tried]}
    data["accepted"] = list(tries.accepted)
    if chosen is not None:
        data["step"] = list(chosen.node.path)
    if settings.estimate:
        estimate = tries.estimate(settings.estimate)
        data |= {"z": estimate, "difficulty": None if estimate is None else 1 - estimate}
    return data

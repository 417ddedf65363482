"""``latts`` with ``weighted=True``: a population whose importance weights restore the globally tilted law.

A chain's weight is multiplied at each step by an unbiased estimate of that step's acceptance rate Z, 0 if no draw was
accepted. Which draws were accepted, and what the accepted ones say, are independent, so that the expected weight on a
step y is Z * pi(y)g(y)/Z = pi(y)g(y), and over a chain pi(chain) * prod g: the chains are properly weighted for the
global law (random weights: Fearnhead, Papaspiliopoulos and Roberts 2008; resampling: Del Moral, Doucet and Jasra 2006).
One chain drawn by its weight follows that law in the limit of many chains; for ``n`` chains it is off by O(1/n).
"""

from __future__ import annotations

import msgspec

from verisearch.search.acceptance import Latts, attempt
from verisearch.search.requests import Note, Seed, Strategy
from verisearch.search.steps import Start, Tried, coin, effective_size, settle, systematic, unended, weighted_place

__all__ = ["population"]


def population(settings: Latts) -> Strategy:
    """Grow ``n`` chains side by side; draw one of the whole ones by weight.

    If every chain has died (no draw accepted) the best of what was drawn comes back, with the reason. The law holds
    for a population that the budget lets finish; a draw that failed or that the budget cut has none.
    """
    seed = yield Seed()
    settings = msgspec.structs.replace(settings, estimate=max(2, settings.estimate))
    chains, weights = [Start] * settings.n, [1.0] * settings.n
    seen: list[Tried] = []
    reason, turn = "", 0
    while live := [
        place
        for place, (chain, weight) in enumerate(zip(chains, weights, strict=True))
        if weight and not chain.node.finished and chain.node.depth < settings.steps
    ]:
        attempts, last = yield from attempt(settings, [chains[place].node for place in live], seed)
        estimates = [tries.estimate(settings.estimate) or 0.0 for tries in attempts]
        seen += [each for tries in attempts for each in tries.tried]
        for place, tries, estimate in zip(live, attempts, estimates, strict=True):
            chains[place] = tries.first or chains[place]
            weights[place] *= estimate
        draws = [len(tries.tried) for tries in attempts]
        values = [[each.value for each in tries.tried] for tries in attempts]
        data = {"chains": live, "draws": draws, "values": values, "z": estimates, "weights": list(weights)}
        yield Note("weigh", Start.node, data)
        if last.spent:
            reason = last.reason
            break
        if 0 < effective_size(weights) < settings.ess * settings.n:
            places = systematic(weights, coin(seed, "resample", turn))
            chains, weights = [chains[place] for place in places], [sum(weights) / settings.n] * settings.n
            yield Note("resample", Start.node, {"places": places})
        turn += 1
    whole = [place for place, chain in enumerate(chains) if weights[place] and chain.node.finished]
    if not whole:
        cut = any(weights) and not reason
        died = last.reason or "every chain of the population died: no draw of a step was accepted"
        return settle(seen, unended(settings) if cut else reason or died)
    shares = [weights[place] for place in whole]
    chosen = weighted_place(shares, coin(seed, "choose"))
    found = [chains[place] for place in whole]
    yield Note("choose", found[chosen].node, {"weights": shares})
    choice = settle(found, reason)
    return msgspec.structs.replace(choice, node=found[chosen].node)

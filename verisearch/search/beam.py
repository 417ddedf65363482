"""Beam search over steps, guided by a verifier.

After Xie et al. 2023, "Self-Evaluation Guided Beam Search for Reasoning" (arXiv 2305.00633), and Snell et al. 2024,
"Scaling LLM Test-Time Compute Optimally" (arXiv 2408.03314, section 5): the search is greedy in the verifier's score,
and more beams can make it worse where the verifier errs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from verisearch.search.chains import Settings, own_settings, takes
from verisearch.search.requests import Note, Strategy
from verisearch.search.steps import Start, Tried, grow, refuse_outside, settle, unended, worth

__all__ = ["Beam", "beam"]


class Beam(Settings, frozen=True, kw_only=True):
    """``n``: beams kept after each step; ``expand``: draws behind each beam; both at least 1.

    ``unscored``: the score, in [0, 1], that a draw counts for on which the verifier abstains; 0 by default. One on
    which it fails, or whose score is NaN or outside [0, 1], counts for less than any other. Raises `InputError` for a
    setting out of its range.
    """

    expand: int = 4
    unscored: float = 0.0

    def __post_init__(self) -> None:
        refuse_outside(self, 1, math.inf, "n", "expand")
        refuse_outside(self, 0, 1, "unscored")


@takes(Beam)
def beam(settings: Settings) -> Strategy:
    """Extend each of ``n`` beams by ``expand`` draws of the next step, keep the ``n`` chains with the highest scores
    (the first of equals), until all kept ones are whole; the best of them. The first step has ``n * expand`` draws.

    A text that is drawn twice in one step counts once. Whole chains keep their place among the beams.
    """
    given = own_settings(Beam, settings)
    beams = [Start] * given.n
    while live := [each for each in beams if not each.node.finished and each.node.depth < given.steps]:
        grown = yield from grow(given, given.verifier, [each.node for each in live], given.expand)
        drawn = list(distinct(each for share in grown.tried for each in share))
        if grown.spent or not drawn:
            return settle([*beams, *drawn], grown.reason)
        still = [each for each in beams if each.node.finished or each.node.depth >= given.steps]
        beams = sorted([*still, *drawn], key=lambda each: -worth(each, given.unscored))[: given.n]
        data = {"paths": [list(each.node.path) for each in beams], "values": [each.value for each in beams]}
        yield Note("keep", beams[0].node, data)
    return settle(beams, "" if any(each.node.finished for each in beams) else unended(given))


def distinct(drawn: Iterable[Tried]) -> Iterator[Tried]:
    """Without those that say what an earlier one says."""
    seen = set()
    for each in drawn:
        key = (each.node.written, each.node.finished)
        if key not in seen:
            seen.add(key)
            yield each

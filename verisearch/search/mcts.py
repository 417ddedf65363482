"""Monte-Carlo tree search over steps: PUCT with the verifier's score as value, and no rollouts.

The rule is AlphaGo Zero's (Silver et al. 2017, Methods, "Search algorithm"): from a node go to the child with the
highest Q + c * P * sqrt(visits of the node) / (1 + visits of the child). Children are draws of the policy, as a step
has too many continuations to list them all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from verisearch.search.chains import Settings, own_settings, takes
from verisearch.search.requests import Note, Strategy
from verisearch.search.steps import Start, Tried, grow, refuse_outside, settle, worth

__all__ = ["Mcts", "mcts"]


class Mcts(Settings, frozen=True, kw_only=True):
    """``simulations``: expansions, at least 1; ``expand``: draws in each, at least 1. ``c``: weight of the priors, at
    least 0. ``stop_at``: end as soon as a whole chain has this score, in [0, 1]; None: never.

    ``unscored``: the value, in [0, 1], of a draw on which the verifier abstains; 0 by default. One on which it fails,
    or whose score is NaN or outside [0, 1], has value 0 and ranks below all others in the end. Raises `InputError` for
    a setting out of its range.
    """

    simulations: int = 32
    expand: int = 4
    c: float = 1.0
    stop_at: float | None = 1.0
    unscored: float = 0.0

    @property
    def uses_n(self) -> bool:
        return False

    def __post_init__(self) -> None:
        refuse_outside(self, 1, math.inf, "simulations", "expand")
        refuse_outside(self, 0, math.inf, "c")
        refuse_outside(self, 0, 1, "stop_at", "unscored")


class Branch:
    """A node of the search tree. ``closed``: nothing can be added below it."""

    def __init__(self, tried: Tried, prior: float, above: Branch | None, closed: bool) -> None:
        self.tried, self.prior, self.above, self.closed = tried, prior, above, closed
        self.children: list[Branch] = []
        self.visits, self.total = 0, 0.0

    def upwards(self) -> Iterator[Branch]:
        branch: Branch | None = self
        while branch is not None:
            yield branch
            branch = branch.above

    def puct(self, c: float) -> float:
        assert self.above is not None
        mean = self.total / self.visits if self.visits else 0.0
        return mean + c * self.prior * math.sqrt(self.above.visits) / (1 + self.visits)


@takes(Mcts)
def mcts(settings: Settings) -> Strategy:
    """Each simulation walks down the tree by PUCT to a leaf, draws and scores ``expand`` next steps there, and adds
    their scores to every node above. The whole chain with the highest score is chosen.

    A subtree in which every chain is whole, cut by the limit on steps, or has failed is not entered again; the search
    ends early when that is all of the tree.
    """
    given = own_settings(Mcts, settings)
    root = Branch(Start, 1.0, None, False)
    seen: list[Tried] = []
    for _ in range(given.simulations):
        leaf = root
        while leaf.children:
            leaf = max((each for each in leaf.children if not each.closed), key=lambda each: each.puct(given.c))
        grown = yield from grow(given, given.verifier, [leaf.tried.node], given.expand, logprobs=True)
        drawn, priors = merged(grown.tried[0])
        seen += drawn
        for each, prior in zip(drawn, priors, strict=True):
            closed = each.node.finished or each.node.depth >= given.steps
            leaf.children.append(Branch(each, prior, leaf, closed))
            for branch in leaf.children[-1].upwards():
                branch.visits += 1
                branch.total += max(0.0, worth(each, given.unscored))
        yield Note("expand", leaf.tried.node, {"values": [each.value for each in drawn], "priors": priors})
        for branch in leaf.upwards():
            branch.closed = all(child.closed for child in branch.children)
        if grown.spent:
            return settle(seen, grown.reason)
        if root.closed or any(each.node.finished and reaches(each, given.stop_at) for each in drawn):
            break
    if any(each.node.finished for each in seen):
        return settle(seen)
    return settle(seen, grown.reason or "no chain had ended when the search did")


def reaches(tried: Tried, limit: float | None) -> bool:
    return limit is not None and tried.value is not None and tried.value >= limit


def merged(drawn: Sequence[Tried]) -> tuple[list[Tried], list[float]]:
    """Draws without those that say what an earlier one says, and their priors, which sum to 1: in proportion to the
    step's probability where the policy gives log-probabilities, else to how often each was drawn."""
    first: dict[tuple[str, bool], Tried] = {}
    times: dict[tuple[str, bool], int] = {}
    for each in drawn:
        key = (each.node.text, each.node.finished)
        first.setdefault(key, each)
        times[key] = times.get(key, 0) + 1
    kept = list(first.values())
    logprobs = [None if each.node.logprobs is None else sum(each.node.logprobs) for each in kept]
    known = [each for each in logprobs if each is not None]
    weights = [float(count) for count in times.values()]
    if known and len(known) == len(kept):
        weights = [math.exp(each - max(known)) for each in known]
    return kept, [weight / sum(weights) for weight in weights]

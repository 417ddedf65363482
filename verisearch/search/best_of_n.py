"""Best of n: draw several chains, keep the one that the verifier likes best, or the answer it likes best."""

from __future__ import annotations

from collections.abc import Sequence

from verisearch.search.chains import (
    Aggregation,
    Chain,
    Settings,
    aggregate,
    chain_values,
    draw_chain,
    own_settings,
    rated,
    takes,
    value_of,
)
from verisearch.search.combinators import gather
from verisearch.search.nodes import Node
from verisearch.search.requests import Choice, Group, Grouped, Note, Strategy
from verisearch.search.votes import tally

__all__ = ["BestOfN", "best_of_n", "first_verified", "weighted_best_of_n"]


class BestOfN(Settings, frozen=True, kw_only=True):
    """``aggregation``: how the scores of a chain's steps become the chain's. ``stop_at_first_verified``
    (`best_of_n` only): draw one chain after the other, and none after the first that is verified."""

    aggregation: Aggregation = "last"
    stop_at_first_verified: bool = False


@takes(BestOfN)
def best_of_n(settings: Settings) -> Strategy:
    """``n`` chains drawn at random; the one with the highest value, the first of equals.

    The value is the chain's score by ``aggregation``. A chain without one (its verifier abstains, breaks, or the budget
    is spent) ranks below all that have one; if none has one, the first chain is chosen. A chain without an answer
    competes like any other. Takes `BestOfN`.
    """
    own = own_settings(BestOfN, settings)
    if own.stop_at_first_verified:
        return (yield from first_verified(own))
    chains = yield from gather([draw_chain(own, own.temperature) for _ in range(own.n)])
    nodes = [chain.node for chain in chains if chain.node is not None]
    if not nodes:
        return Choice(node=None, reason=chains[0].reason)
    values, scores = yield from chain_values(nodes, own.verifier, own.aggregation)
    best = highest(values)
    yield Note("choose", nodes[best], {"values": [-1.0 if value is None else value for value in values]})
    return Choice(node=nodes[best], candidates=tuple(zip(nodes, scores, strict=True)), reason=shortage(chains))


def first_verified(own: BestOfN) -> Strategy:
    """Chains one after the other; the first that is verified ends the search, else the best of all is chosen.

    Only a verdict verifies: with a verifier that gives scores alone, all ``n`` chains are drawn, however high they are.
    Chain k is the one that `best_of_n` would have drawn as its k-th. The search ends early when the budget does.
    """
    chains: list[Chain] = []
    nodes: list[Node] = []
    values, scores = [], []
    for _ in range(own.n):
        chain = yield from draw_chain(own, own.temperature)
        chains.append(chain)
        if chain.node is not None:
            line = chain.node.lineage() if own.aggregation != "last" else [chain.node]
            steps = yield from rated(tuple(line), own.verifier)
            nodes.append(chain.node)
            scores.append(steps[-1])
            values.append(aggregate([value_of(score) for score in steps], own.aggregation))
            verdict = steps[-1].verdict if steps[-1] is not None else None
            if verdict is not None and verdict.verified:
                yield Note("stop", chain.node, {"why": "verified", "drawn": len(chains)})
                return Choice(node=chain.node, candidates=tuple(zip(nodes, scores, strict=True)))
        if chain.spent:
            break
    if not nodes:
        return Choice(node=None, reason=chains[0].reason)
    best = highest(values)
    yield Note("choose", nodes[best], {"values": [-1.0 if value is None else value for value in values]})
    return Choice(node=nodes[best], candidates=tuple(zip(nodes, scores, strict=True)), reason=shortage(chains))


@takes(BestOfN)
def weighted_best_of_n(settings: Settings) -> Strategy:
    """``n`` chains; the answer whose chains' values add up to the most (Li et al., arXiv 2206.02336, section 3; Snell
    et al., arXiv 2408.03314, section 5.1), and of its chains the one with the highest value.

    Values are chains' scores by ``aggregation``. A chain without one adds nothing; if no answer has any weight, the
    plain count decides, then the first drawn. Chains without an answer add to none; if there is no answer at all, the
    chain with the highest value is chosen. Takes `BestOfN`.
    """
    own = own_settings(BestOfN, settings)
    chains = yield from gather([draw_chain(own, own.temperature) for _ in range(own.n)])
    nodes = [chain.node for chain in chains if chain.node is not None]
    if not nodes:
        return Choice(node=None, reason=chains[0].reason)
    values, scores = yield from chain_values(nodes, own.verifier, own.aggregation)
    groups = yield Group(tuple(nodes))
    assert isinstance(groups, Grouped)
    votes = tally(groups, values, drawn=len(chains))
    members = groups.classes[votes.winner] if votes.winner is not None else tuple(range(len(nodes)))
    best = members[highest([values[member] for member in members])]
    yield Note("vote", nodes[best], votes.noted())
    return Choice(node=nodes[best], candidates=tuple(zip(nodes, scores, strict=True)), reason=shortage(chains))


def highest(values: Sequence[float | None]) -> int:
    """The place of the highest value, the first of equals; those without one come last."""
    return max(range(len(values)), key=lambda place: (-1.0 if (value := values[place]) is None else value, -place))


def shortage(chains: Sequence[Chain]) -> str:
    """That chains are missing or cut for want of budget, or because the policy failed."""
    cut = [chain for chain in chains if chain.spent]
    lost = [chain for chain in chains if chain.failed]
    parts = [f"{len(cut)} of {len(chains)} chains were cut off; {cut[0].reason}"] if cut else []
    parts += [f"{len(lost)} of {len(chains)} chains failed: {lost[0].reason}"] if lost else []
    return "; ".join(parts)

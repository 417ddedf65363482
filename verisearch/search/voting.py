"""Self-consistency: draw several chains and take the answer that most of them give, or that weighs most."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from verisearch.protocols import Score
from verisearch.search.best_of_n import highest, shortage
from verisearch.search.chains import Chain, Settings, draw_chain, rated, value_of
from verisearch.search.combinators import gather
from verisearch.search.nodes import Node
from verisearch.search.requests import Choice, Group, Grouped, Note, Request, Strategy
from verisearch.search.votes import Votes, tally

__all__ = ["chosen_by_vote", "chosen_by_weight", "confidence_weighted_self_consistency", "self_consistency"]


def self_consistency(settings: Settings) -> Strategy:
    """``n`` chains; the answer that most of them give (Wang et al., arXiv 2203.11171, section 2), the one drawn first
    of equals.

    The chain shown is the first that gives it, and only that one is scored. Chains without an answer vote for none, and
    stay in the denominator of the share that is recorded; if there is no answer at all, the first chain is shown.
    """
    chains = yield from gather([draw_chain(settings, settings.temperature) for _ in range(settings.n)])
    nodes = [chain.node for chain in chains if chain.node is not None]
    if not nodes:
        return Choice(node=None, reason=chains[0].reason)
    groups = yield Group(tuple(nodes))
    assert isinstance(groups, Grouped)
    votes = tally(groups, drawn=len(chains))
    return (yield from chosen_by_vote(settings, chains, groups, votes))


def confidence_weighted_self_consistency(settings: Settings) -> Strategy:
    """``n`` chains; the answer whose chains' confidences add up to the most (Self-Calibration, arXiv 2503.00031: SC
    with confidence), and of its chains the one with the highest.

    A chain's confidence is the score that ``verifier`` gives the whole of it. Without one (it abstains, breaks, or the
    budget is spent) a chain adds nothing; if no answer has any weight, the plain count decides, then the first drawn.
    Chains without an answer are scored all the same: their confidence stays in the denominator of the recorded share.
    """
    chains = yield from gather([draw_chain(settings, settings.temperature) for _ in range(settings.n)])
    nodes = [chain.node for chain in chains if chain.node is not None]
    if not nodes:
        return Choice(node=None, reason=chains[0].reason)
    scores = yield from rated(tuple(nodes), settings.verifier)
    groups = yield Group(tuple(nodes))
    assert isinstance(groups, Grouped)
    votes = tally(groups, [value_of(score) for score in scores], drawn=len(chains))
    return (yield from chosen_by_weight(chains, scores, groups, votes))


def chosen_by_vote(
    settings: Settings, chains: Sequence[Chain], groups: Grouped, votes: Votes
) -> Generator[Request, Any, Choice]:
    """The first chain of the winning class, scored; the first of all if there is no answer."""
    nodes = [chain.node for chain in chains if chain.node is not None]
    best = groups.classes[votes.winner][0] if votes.winner is not None else 0
    yield Note("vote", nodes[best], votes.noted())
    score = yield from rated((nodes[best],), settings.verifier)
    shown: list[tuple[Node, Score | None]] = [
        (node, score[0] if place == best else None) for place, node in enumerate(nodes)
    ]
    return Choice(node=nodes[best], candidates=tuple(shown), reason=shortage(chains))


def chosen_by_weight(
    chains: Sequence[Chain], scores: Sequence[Score | None], groups: Grouped, votes: Votes
) -> Generator[Request, Any, Choice]:
    """The chain with the highest score in the winning class; of all if there is no answer."""
    nodes = [chain.node for chain in chains if chain.node is not None]
    members = groups.classes[votes.winner] if votes.winner is not None else tuple(range(len(nodes)))
    best = members[highest([value_of(scores[member]) for member in members])]
    yield Note("vote", nodes[best], votes.noted())
    return Choice(node=nodes[best], candidates=tuple(zip(nodes, scores, strict=True)), reason=shortage(chains))

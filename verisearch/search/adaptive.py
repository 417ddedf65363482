"""Strategies that draw one chain after the other and stop when another would hardly change the answer.

Chain k is the one that the strategies which draw all at once would have drawn as their k-th.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple

from verisearch.errors import InputError
from verisearch.protocols import Score
from verisearch.search.chains import Chain, Settings, draw_chain, own_settings, rated, takes, value_of
from verisearch.search.nodes import Node
from verisearch.search.requests import Choice, Group, Grouped, Note, Request, Strategy
from verisearch.search.votes import Votes, majority_probability, tally
from verisearch.search.voting import chosen_by_vote, chosen_by_weight

__all__ = [
    "AdaptiveConsistency",
    "EarlyStopping",
    "WeightedAdaptiveConsistency",
    "adaptive_consistency",
    "early_stopping",
    "weighted_adaptive_consistency",
]


class AdaptiveConsistency(Settings, frozen=True, kw_only=True):
    """``threshold`` in [0, 1]: stop when the leading answer is the more probable one with at least this probability.
    ``n`` bounds the chains; 0.95 and 40 are the paper's values, ``n`` keeps its default here. ``weighted``: confidences
    take the place of counts. Raises `InputError` for a threshold outside [0, 1]."""

    threshold: float = 0.95
    weighted: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        within("threshold", self.threshold)


class WeightedAdaptiveConsistency(Settings, frozen=True, kw_only=True):
    """``tau`` in [0, 1]: stop when the leading answer has at least this share of all confidence, after two chains or
    more. The paper tunes it for each data set. Raises `InputError` for a ``tau`` outside [0, 1]."""

    tau: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        within("tau", self.tau)


class EarlyStopping(Settings, frozen=True, kw_only=True):
    """``tau`` in [0, 1]: the confidence that ends the search. The default is the authors' demonstration's; their
    experiments tune it for each data set. Raises `InputError` for a ``tau`` outside [0, 1]."""

    tau: float = 0.7

    def __post_init__(self) -> None:
        super().__post_init__()
        within("tau", self.tau)


def within(name: str, value: float) -> None:
    """Raises `InputError` unless ``value`` lies in [0, 1]."""
    if not 0.0 <= value <= 1.0:
        raise InputError(f"{name} is {value}: give a number in [0, 1]")


@takes(AdaptiveConsistency)
def adaptive_consistency(settings: Settings) -> Strategy:
    """Chains until the leading answer is, with probability ``threshold``, more probable than its strongest rival
    (Aggarwal et al., arXiv 2305.11860, the Beta stopping rule), ``n`` at most; then the answer that most of them give.

    Chains without an answer, and draws that failed, count as one rival together, so that they delay the stop. With
    ``weighted`` the sums of confidences stand where the counts do (abstentions weigh nothing), and the heaviest answer
    is taken. Ties and the chain shown are as in `self_consistency`, with ``weighted`` as in
    `confidence_weighted_self_consistency`. Takes `AdaptiveConsistency`.
    """
    own = own_settings(AdaptiveConsistency, settings)
    found = yield from one_by_one(
        own, own.weighted, lambda state: majority_probability(*state.votes.rivals()) >= own.threshold
    )
    if not found.nodes:
        return Choice(node=None, reason=found.chains[0].reason)
    if own.weighted:
        return (yield from chosen_by_weight(found.chains, found.scores, found.groups, found.votes))
    return (yield from chosen_by_vote(own, found.chains, found.groups, found.votes))


@takes(WeightedAdaptiveConsistency)
def weighted_adaptive_consistency(settings: Settings) -> Strategy:
    """Chains until the leading answer has the share ``tau`` of all confidence, after two or more, ``n`` at most; then
    the heaviest answer (Self-Calibration, arXiv 2503.00031: ASC with confidence).

    The confidence of chains without an answer is part of the whole. Abstentions weigh nothing; while nothing weighs
    anything the search goes on. Takes `WeightedAdaptiveConsistency`.
    """
    own = own_settings(WeightedAdaptiveConsistency, settings)

    def enough(state: State) -> bool:
        weighed = any(weight > 0 for weight in state.votes.weights)
        return len(state.nodes) >= 2 and weighed and state.votes.share >= own.tau

    found = yield from one_by_one(own, True, enough)
    if not found.nodes:
        return Choice(node=None, reason=found.chains[0].reason)
    return (yield from chosen_by_weight(found.chains, found.scores, found.groups, found.votes))


@takes(EarlyStopping)
def early_stopping(settings: Settings) -> Strategy:
    """Chains until one has an answer and a confidence of at least ``tau``: that one is taken (Self-Calibration, arXiv
    2503.00031: early stopping). If none of ``n`` has, the answer whose chains' confidences add up to the most, as in
    `confidence_weighted_self_consistency`.

    An abstention never reaches ``tau``, and a chain without an answer never ends the search. Takes `EarlyStopping`.
    """
    own = own_settings(EarlyStopping, settings)

    def sure(state: State) -> bool:
        value = value_of(state.scores[-1])
        return value is not None and value >= own.tau and state.groups.answers[-1] is not None

    found = yield from one_by_one(own, True, sure)
    if not found.nodes:
        return Choice(node=None, reason=found.chains[0].reason)
    if found.stopped:
        node = found.nodes[-1]
        return Choice(node=node, candidates=tuple(zip(found.nodes, found.scores, strict=True)))
    return (yield from chosen_by_weight(found.chains, found.scores, found.groups, found.votes))


class State(NamedTuple):
    """What was drawn so far. ``nodes``, ``scores`` and ``groups`` are of the chains of which something was written;
    ``scores`` are None where nobody asked."""

    chains: list[Chain]
    nodes: list[Node]
    scores: list[Score | None]
    groups: Grouped
    votes: Votes
    stopped: bool = False


def one_by_one(settings: Settings, weighted: bool, enough: Callable[[State], bool]) -> Generator[Request, Any, State]:
    """Draw chains until ``enough``, ``n`` or the end of the budget. ``enough`` is asked when a chain was written."""
    groups = Grouped((), ())
    state = State([], [], [], groups, tally(groups))
    for _ in range(settings.n):
        chain = yield from draw_chain(settings, settings.temperature)
        state.chains.append(chain)
        if chain.node is not None:
            state.nodes.append(chain.node)
            state.scores.extend((yield from rated((chain.node,), settings.verifier)) if weighted else [None])
            groups = yield Group(tuple(state.nodes))
            assert isinstance(groups, Grouped)
        values = [value_of(score) for score in state.scores] if weighted else None
        state = state._replace(groups=groups, votes=tally(groups, values, drawn=len(state.chains)))
        if chain.node is not None and enough(state):
            yield Note("stop", chain.node, {"why": "enough", **state.votes.noted()})
            return state._replace(stopped=True)
        if chain.spent:
            break
    return state

"""Has a verifier score chains for several requests at once, so that what breaks one doesn't break the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec

from verisearch.errors import VerisearchError
from verisearch.protocols import Fork, MultifurcationReward, NextScores, Partial, Score, Verifier
from verisearch.search.nodes import Node
from verisearch.search.requests import Failed, Rate, Rated, RatedNext, RateNext
from verisearch.trace import Problem
from verisearch.usage import Usage

__all__ = ["answers", "cost", "rated", "rated_next"]

T = TypeVar("T", Score, NextScores)

#: A verifier's answers to the requests of one kind: how it is asked, and what it answers.
Found: TypeAlias = "list[Rated | RatedNext | Failed]"


def answers(verifier: Verifier | MultifurcationReward, requests: Sequence[tuple[Problem, Rate | RateNext]]) -> Found:
    """What ``verifier`` answers to ``requests``, which are all of one kind."""
    if not isinstance(requests[0][1], RateNext):
        return [*rated(verifier, [[partial(problem, node) for node in each.nodes] for problem, each in requests])]
    forks = [
        [Fork(partial=partial(problem, each.node), choices=each.choices) for each in request.forks]
        for problem, request in requests
        if isinstance(request, RateNext)
    ]
    return [*rated_next(verifier, forks)]


def partial(problem: Problem, node: Node) -> Partial:
    return Partial(problem=problem, written=node.written, finished=node.finished, ids=node.written_ids)


def rated(verifier: Verifier | MultifurcationReward, wanted: Sequence[Sequence[Partial]]) -> list[Rated | Failed]:
    """Scores for each of the requests ``wanted``, together; one by one if the verifier raises.

    What a verifier raises costs the request it raises at, and no other. A `VerisearchError` that isn't about one chain
    (no worker can be started, an extra is missing) is raised again: it would come back at every chain.
    """
    ask = getattr(verifier, "score", None)
    if ask is None:
        return [Failed(f"verifier {verifier.name} scores next tokens only")] * len(wanted)
    found = apart(verifier.name, ask, Score, wanted)
    return [each if isinstance(each, Failed) else Rated(tuple(each)) for each in found]


def rated_next(verifier: Verifier | MultifurcationReward, wanted: Sequence[Sequence[Fork]]) -> list[RatedNext | Failed]:
    """Scores of all next tokens for each of the requests ``wanted``, as `rated` does it for chains."""
    ask = getattr(verifier, "score_next", None)
    if ask is None:
        refusal = Failed(f"verifier {verifier.name} can't score all next tokens of a chain at once")
        return [refusal] * len(wanted)

    def fitting(forks: Sequence[Fork]) -> list[NextScores]:
        scores = list(ask(forks))
        for fork, score in zip(forks, scores, strict=False):
            if isinstance(score, NextScores) and len(score.values) != len(fork.choices):
                raise ValueError(f"{len(score.values)} values for {len(fork.choices)} tokens")
        return scores

    found = apart(verifier.name, fitting, NextScores, wanted)
    return [each if isinstance(each, Failed) else RatedNext(tuple(each)) for each in found]


def apart(
    name: str, ask: Callable[[Sequence[Any]], Sequence[T]], kind: type[T], wanted: Sequence[Sequence[Any]]
) -> list[list[T] | Failed]:
    """The answers to all of ``wanted`` together, one by one if that fails."""
    together = attempt(name, ask, kind, [each for request in wanted for each in request])
    if isinstance(together, Failed):
        return [together] if len(wanted) == 1 else [attempt(name, ask, kind, request) for request in wanted]
    scores = iter(together)
    return [[next(scores) for _ in request] for request in wanted]


def attempt(
    name: str, ask: Callable[[Sequence[Any]], Sequence[T]], kind: type[T], chains: Sequence[Any]
) -> list[T] | Failed:
    """The scores of ``chains``, or why there are none."""
    try:
        scores = list(ask(chains))
    except VerisearchError:
        raise
    except Exception as error:  # a plug-in may raise anything
        return Failed(f"verifier {name} raised {type(error).__name__}: {error}")
    if len(scores) != len(chains):
        return Failed(f"verifier {name} gave {len(scores)} scores for {len(chains)} chains")
    strange = [type(score).__name__ for score in scores if not isinstance(score, kind)]
    if strange:
        return Failed(f"verifier {name} gave a {strange[0]} where there should be a {kind.__name__}")
    return scores


def cost(found: Rated | RatedNext) -> Usage:
    """What scoring cost. One node scored is one call, whatever a plug-in reports."""
    total = Usage()
    for score in found.scores:
        total += msgspec.structs.replace(score.usage, verifier_calls=1)
    return total

"""What a confidence is to be: soft self-consistency, and which chains are learned from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Literal, TypeAlias

import msgspec

from verisearch.answers import classes, final_answer
from verisearch.training.rollouts import Chain, Rollouts

__all__ = ["Answered", "Target", "answered", "balanced", "soft_consistency", "targets_of"]

#: Bins of width .05 over [0, 1]; 1 has one of its own (Self-Calibration's code).
BINS = 21

#: What a confidence learns: soft self-consistency; the plain share of chains with this answer; 1 for a correct answer
#: and 0 for another, which takes gold answers.
Target: TypeAlias = Literal["soft", "share", "hard"]


class Answered(msgspec.Struct, frozen=True):
    """A chain that gives an answer: the problem's place among the rollouts and its theory (``group``), the chain, the
    answer, what the model says it is worth (``confidence``) and what it is to say (``target``), both in [0, 1]."""

    problem: int
    group: str
    chain: Chain
    answer: str
    confidence: float
    target: float = math.nan


def answered(rollouts: Rollouts) -> list[tuple[Chain, str]]:
    """The chains of a problem that come to an end and give an answer, with it."""
    found = [(chain, final_answer(chain.written, rollouts.problem)) for chain in rollouts.chains if chain.finished]
    return [(chain, answer) for chain, answer in found if answer is not None]


def soft_consistency(answers: Sequence[str], confidences: Sequence[float], kind: str | None = None) -> list[float]:
    """Soft self-consistency of each of a problem's chains: the share of all confidence that chains with an equal answer
    have (Self-Calibration, arXiv 2503.00031, section 3.1; in form the average confidence of Xiong et al. 2024). With
    equal confidences it is plain self-consistency, and so it is where all are 0."""
    weights = list(confidences) if math.fsum(confidences) > 0 else [1.0] * len(answers)
    total = math.fsum(weights)
    found = [0.0] * len(answers)
    for members in classes(answers, kind=kind):  # type: ignore[arg-type]  # the problem's own kind
        share = math.fsum(weights[place] for place in members) / total
        for place in members:
            found[place] = min(1.0, share)
    return found


def targets_of(chains: Sequence[Answered], target: Target, kind: str | None = None) -> list[Answered]:
    """A problem's chains with what their confidence is to be. A chain whose gold answer isn't known has no hard
    target, and is left out then."""
    if target == "hard":
        kept = [each for each in chains if each.chain.correct is not None]
        return [msgspec.structs.replace(each, target=float(bool(each.chain.correct))) for each in kept]
    confidences = [each.confidence if target == "soft" else 1.0 for each in chains]
    wanted = soft_consistency([each.answer for each in chains], confidences, kind)
    return [msgspec.structs.replace(each, target=value) for each, value in zip(chains, wanted, strict=True)]


def balanced(chains: Sequence[Answered], per_bin: int, seed: int) -> list[Answered]:
    """At most ``per_bin`` of the chains of each bin of targets, drawn by the seed, in their order: without it nearly
    all have high targets, and a constant would do."""
    bins: list[list[int]] = [[] for _ in range(BINS)]
    for place, each in enumerate(chains):
        bins[min(BINS - 1, int(each.target * (BINS - 1) + 1e-9))].append(place)
    rng = Random(f"{seed} balanced")
    kept = sorted(place for own in bins for place in rng.sample(own, min(per_bin, len(own))))
    return [chains[place] for place in kept]

"""How close a multifurcation reward comes to the process reward that it was trained on."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import StatisticsError, correlation

import msgspec
import torch

from verisearch.evaluation.bootstrap import Estimate, estimate, resample
from verisearch.training.cutting import Cutter
from verisearch.training.reward.mrm import MultifurcationReward, forks_of
from verisearch.training.reward.prm import ProcessReward
from verisearch.training.rollouts import Rollouts

__all__ = ["Closeness", "Pair", "Pairs", "closeness", "observed_pairs"]

REPLICATES = 1000


class Pair(msgspec.Struct, frozen=True):
    """A token behind a chain: the theory (``group``), the token, its reward by either model, both as logits."""

    group: str
    token: int
    multifurcation: float
    process: float


class Pairs(msgspec.Struct, frozen=True, kw_only=True):
    """How far apart two rewards are over ``count`` tokens: the mean absolute error of values in [0, 1] and of logits,
    with 95 % intervals over theories, and Pearson's correlation of values (None where one of them is constant)."""

    count: int
    mae: Estimate
    mae_logit: Estimate
    correlation: float | None


class Closeness(msgspec.Struct, frozen=True, kw_only=True):
    """``seen``: over tokens that were targets in training; ``unseen``: over others, of which what the model says means
    nothing."""

    problems: int
    seen: Pairs
    unseen: Pairs


def closeness(
    model: MultifurcationReward,
    teacher: ProcessReward,
    cutter: Cutter,
    rollouts: Iterable[Rollouts],
    most: int = 3000,
) -> Closeness:
    """Compare a multifurcation reward with the process reward ``teacher`` at every token of rollouts that neither was
    trained on."""
    rows = [each for each in rollouts if each.chains]
    pairs = [pair for each in rows for pair in observed_pairs(model, teacher, cutter, each, most)]
    known = model.net.seen.bool().tolist()
    return Closeness(
        problems=len(rows),
        seen=compared([pair for pair in pairs if known[pair.token]]),
        unseen=compared([pair for pair in pairs if not known[pair.token]]),
    )


@torch.inference_mode()
def observed_pairs(
    model: MultifurcationReward, teacher: ProcessReward, cutter: Cutter, rollouts: Rollouts, most: int
) -> list[Pair]:
    """Both rewards of every token that follows a prefix of a problem's chains; both read the same policy."""
    found = []
    for tree, _ in cutter.lots(rollouts, most):
        seen = teacher.policy.seen(tree)
        forks = forks_of(tree, seen)
        ours = model.logits(forks).tolist()
        theirs = teacher.logits(tree, seen)[forks.places, 0].tolist()
        found += [Pair(rollouts.group, *each) for each in zip(forks.tokens.tolist(), ours, theirs, strict=True)]
    return found


def compared(pairs: Sequence[Pair]) -> Pairs:
    """How far apart the two rewards of ``pairs`` are."""
    values = [(sigmoid(pair.multifurcation), sigmoid(pair.process)) for pair in pairs]
    try:
        together = correlation(*zip(*values, strict=True)) if values else None
    except StatisticsError:
        together = None
    return Pairs(
        count=len(pairs),
        mae=mean_by_group(pairs, [abs(ours - theirs) for ours, theirs in values]),
        mae_logit=mean_by_group(pairs, [abs(pair.multifurcation - pair.process) for pair in pairs]),
        correlation=together,
    )


def mean_by_group(pairs: Sequence[Pair], errors: Sequence[float]) -> Estimate:
    """The mean of errors, with an interval from draws of theories."""
    found: dict[str, list[float]] = defaultdict(list)
    for pair, error in zip(pairs, errors, strict=True):
        found[pair.group].append(error)
    column = ([math.fsum(each) for each in found.values()], [float(len(each)) for each in found.values()])
    return estimate(resample([column], REPLICATES, 0)[0]) if found else Estimate(None)


def sigmoid(logit: float) -> float:
    """The logistic function, without overflow."""
    return 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))

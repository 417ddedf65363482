"""How well a reward tells good chains from bad ones, and steps that fail from steps that hold."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import msgspec
import torch

from verisearch.training.calibration.metrics import auroc
from verisearch.training.cutting import Cutter
from verisearch.training.reward.prm import ProcessReward
from verisearch.training.rollouts import Rollouts

__all__ = ["Area", "Assessment", "Scored", "area", "assess", "scored_steps"]


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """What a model says at the end of a step: the problem's ``group`` and ``depth``, the step's number from 0, the
    ``reward``, how ``sound`` the step is, both in [0, 1]; and what is so: whether the chain ends ``good``, whether the
    step ``fails``, and whether one before it failed (``spoilt``)."""

    group: str
    depth: int | None
    step: int
    reward: float
    sound: float
    good: bool
    fails: bool
    spoilt: bool


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """An area under the ROC curve with its 95 % interval over groups; None where one of the kinds is missing."""

    value: float | None
    interval: tuple[float, float] | None
    positive: int
    negative: int


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """Areas under the ROC curve. ``good``: the reward at a step's end against whether the chain ends verified and
    correct, over all steps, by depth of the gold proof and by step. ``invalid``: one less the soundness against
    whether the step fails, over the steps up to the first that does."""

    problems: int
    chains: int
    good: Area
    good_by_depth: dict[str, Area]
    good_by_step: dict[str, Area]
    invalid: Area
    invalid_by_depth: dict[str, Area]
    invalid_by_step: dict[str, Area]
    invalid_by_reward: Area


def assess(model: ProcessReward, cutter: Cutter, rollouts: Iterable[Rollouts], most_tokens: int = 3000) -> Assessment:
    """Assess a reward model on rollouts that it was not trained on."""
    rows = [each for each in rollouts if each.chains]
    steps = [step for each in rows for step in scored_steps(model, cutter, each, most_tokens)]
    fresh = [step for step in steps if not step.spoilt]
    return Assessment(
        problems=len(rows),
        chains=sum(len(each.chains) for each in rows),
        good=area(steps, by_good),
        good_by_depth=by(steps, depth_of, by_good),
        good_by_step=by(steps, place_of, by_good),
        invalid=area(fresh, by_failure),
        invalid_by_depth=by(fresh, depth_of, by_failure),
        invalid_by_step=by(fresh, place_of, by_failure),
        invalid_by_reward=area(fresh, lambda step: (step.fails, -step.reward)),
    )


def depth_of(step: Scored) -> str:
    return "unknown" if step.depth is None else str(step.depth)


def place_of(step: Scored) -> str:
    return str(step.step + 1) if step.step < 12 else "13 and on"


def by_good(step: Scored) -> tuple[bool, float]:
    return step.good, step.reward


def by_failure(step: Scored) -> tuple[bool, float]:
    return step.fails, -step.sound


def by(
    steps: Sequence[Scored], key: Callable[[Scored], str], what: Callable[[Scored], tuple[bool, float]]
) -> dict[str, Area]:
    """The area for each kind of step."""
    found: dict[str, list[Scored]] = defaultdict(list)
    for step in steps:
        found[key(step)].append(step)
    names = sorted(found, key=lambda name: (not name[0].isdigit(), int(name.split()[0]) if name[0].isdigit() else 0))
    return {name: area(found[name], what) for name in names}


@torch.inference_mode()
def scored_steps(model: ProcessReward, cutter: Cutter, rollouts: Rollouts, most_tokens: int) -> list[Scored]:
    """The rewards at the ends of all steps of a problem's chains that claim something."""
    found = []
    read = [
        (chain, path, values)
        for tree, chains in cutter.lots(rollouts, most_tokens)
        for values in [model.logits(tree).sigmoid().tolist()]
        for chain, path in zip(chains, tree.paths, strict=True)
    ]
    for chain, path, values in read:
        failed = chain.first_failure
        for step, end in enumerate(cutter.step_ends(chain)):
            if chain.steps[step] is not None and end:
                found.append(
                    Scored(
                        group=rollouts.group,
                        depth=rollouts.depth,
                        step=step,
                        reward=values[path[end - 1]][0],
                        sound=values[path[end - 1]][1],
                        good=chain.good,
                        fails=chain.steps[step] == "fails",
                        spoilt=failed is not None and failed < step,
                    )
                )
    return found


def area(steps: Sequence[Scored], what: Callable[[Scored], tuple[bool, float]], replicates: int = 200) -> Area:
    """The area, with an interval from ``replicates`` bootstrap draws of the groups."""
    pairs: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for step in steps:
        pairs[step.group].append(what(step))
    everything = [pair for group in pairs.values() for pair in group]
    positive = sum(label for label, _ in everything)
    value = auroc_of(everything)
    drawn: list[float] = []
    generator = random.Random(0)
    groups = list(pairs.values())
    for _ in range(replicates if value is not None and len(groups) > 1 else 0):
        again = auroc_of([pair for group in generator.choices(groups, k=len(groups)) for pair in group])
        if again is not None:
            drawn.append(again)
    drawn.sort()
    interval = (drawn[round(0.025 * (len(drawn) - 1))], drawn[round(0.975 * (len(drawn) - 1))]) if drawn else None
    return Area(value=value, interval=interval, positive=positive, negative=len(everything) - positive)


def auroc_of(pairs: Sequence[tuple[bool, float]]) -> float | None:
    return auroc([score for _, score in pairs], [label for label, _ in pairs])

"""The recipes of reward models from their beginning to their end."""

from __future__ import annotations

from pathlib import Path

import msgspec
from safetensors.torch import load_file

from verisearch.errors import InputError
from verisearch.runtime.pool import Pool
from verisearch.training.cutting import Cutter
from verisearch.training.plans import (
    ROLLOUTS,
    Plan,
    Progress,
    begin,
    finish,
    items_of,
    obtain_rollouts,
    silent,
    stopped,
    weights_of,
)
from verisearch.training.reward.assess import Assessment, assess
from verisearch.training.reward.cards import mrm_card, prm_card
from verisearch.training.reward.closeness import Closeness, closeness
from verisearch.training.reward.mrm import MrmRecipe, load_mrm, train_mrm
from verisearch.training.reward.prm import PrmRecipe, begun_with, train_prm
from verisearch.training.splits import parted
from verisearch.verifiers.mrm import HEAD

__all__ = ["MrmPlan", "PrmPlan", "run_mrm", "run_prm"]


class PrmPlan(Plan, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``verisearch train prm`` is to do."""

    training: PrmRecipe = PrmRecipe()


def run_prm(plan: PrmPlan, out: Path, *, pool: Pool | None = None, progress: Progress = silent) -> Assessment:
    """Draw rollouts, train a process reward model on them, measure it on theories it has not seen, and write a model
    card. Whatever was done already in ``out`` by the same plan is not done again.

    Raises `RecordError` if ``out`` was made by another plan, `TrainingError` if training can't go on or was asked to
    end before it was done.
    """
    weights = weights_of(plan.policy)
    items_of(plan.data, plan.drawing.seed, plan.limit)  # what is no data is refused before a folder is made
    begin(plan, out)
    rollouts, template = obtain_rollouts(plan, out, pool, progress)
    recipe = plan.training
    if not train_prm(
        rollouts, weights, template, out, recipe, progress=lambda step, steps: progress("training", step, steps)
    ):
        raise stopped(out)
    learned, kept = parted(rollouts, recipe.held_out, recipe.seed)
    found = assess(begun_with(str(out)).eval(), Cutter(str(out), template), kept)
    finish(out, found, prm_card(plan, out, found, len(learned) + len(kept)))
    return found


class MrmPlan(Plan, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``verisearch train mrm`` is to do. ``prm``: the folder of the process reward model that it learns from; its
    rollouts are used, unless others are named."""

    prm: str = ""
    training: MrmRecipe = MrmRecipe()


def run_mrm(plan: MrmPlan, out: Path, *, pool: Pool | None = None, progress: Progress = silent) -> Closeness:
    """Train a multifurcation reward model on what a process reward model says of rollouts, compare the two on theories
    that neither has learned from, and write a model card. What was done already by the same plan is not done again.

    Raises `InputError` without a process reward model, `RecordError` if ``out`` was made by another plan,
    `TrainingError` if training can't go on or was asked to end before it was done.
    """
    weights = weights_of(plan.policy)
    if not (Path(plan.prm) / "config.json").is_file() or not plan.prm:
        raise InputError(
            f"prm {plan.prm!r}: there is no model; name the folder of a process reward model (verisearch train prm)"
        )
    own = Path(plan.prm) / ROLLOUTS
    drawn = plan if plan.rollouts or not own.is_file() else msgspec.structs.replace(plan, rollouts=str(own))
    begin(plan, out)
    rollouts, template = obtain_rollouts(drawn, out, pool, progress)
    recipe = plan.training
    if not train_mrm(
        rollouts, weights, plan.prm, template, out, recipe, progress=lambda n, steps: progress("training", n, steps)
    ):
        raise stopped(out)
    learned, kept = parted(rollouts, recipe.held_out, recipe.seed)
    seen = load_file(out / HEAD)["seen"].bool()
    found = closeness(load_mrm(out), begun_with(plan.prm).eval(), seen, Cutter(str(out), template), kept)
    finish(out, found, mrm_card(plan, out, found, len(learned) + len(kept), int(seen.sum()), len(seen)))
    return found

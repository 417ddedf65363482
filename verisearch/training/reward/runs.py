"""The recipes of reward models from their beginning to their end."""

from __future__ import annotations

from pathlib import Path

import msgspec

from verisearch.errors import InputError
from verisearch.runtime.pool import Pool
from verisearch.runtime.records import SETTINGS, read_settings
from verisearch.training.cutting import Cutter
from verisearch.training.plans import (
    ROLLOUTS,
    Plan,
    Progress,
    begin,
    finish,
    items_of,
    lasting,
    obtain_rollouts,
    silent,
    stopped,
    weights_of,
)
from verisearch.training.reward.assess import Assessment, assess
from verisearch.training.reward.cards import mrm_card, prm_card
from verisearch.training.reward.closeness import Closeness, closeness
from verisearch.training.reward.mrm import MrmRecipe, kept_by, load_mrm, train_mrm
from verisearch.training.reward.prm import PrmRecipe, train_prm, trained_prm
from verisearch.training.splits import parted

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
    if not train_prm(rollouts, weights, template, out, recipe, named=lasting(plan.policy), progress=progress):
        raise stopped(out)
    learned, kept = parted(rollouts, recipe.held_out)
    found = assess(trained_prm(out), Cutter(weights, template), kept)
    finish(out, found, prm_card(plan, out, found, len(learned) + len(kept)))
    return found


class MrmPlan(Plan, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``verisearch train mrm`` is to do. ``prm``: the folder of the process reward model that it learns from.
    ``policy``, ``prompt``, ``data``, ``drawing`` and rollouts that are left as they are, are that one's."""

    prm: str = ""
    training: MrmRecipe = MrmRecipe()


def run_mrm(plan: MrmPlan, out: Path, *, pool: Pool | None = None, progress: Progress = silent) -> Closeness:
    """Train a multifurcation reward model on what a process reward model says of rollouts, compare the two on theories
    that neither has learned from, and write a model card. What was done already by the same plan is not done again.

    Raises `InputError` without a process reward model or for one of another policy, `RecordError` if ``out`` was made
    by another plan, `TrainingError` if training can't go on or was asked to end before it was done.
    """
    if not plan.prm:
        raise InputError("prm: name the folder of a process reward model (verisearch train prm makes one)")
    prm = trained_prm(plan.prm)
    used = inherited(plan)
    weights, kept = weights_of(used.policy), kept_by(plan.prm)
    begin(plan, out)
    rollouts, template = obtain_rollouts(used, out, pool, progress)
    if not train_mrm(rollouts, plan.prm, template, out, plan.training, teacher=prm, progress=progress):
        raise stopped(out)
    learned, measured = parted(rollouts, 0.0, kept)
    model = load_mrm(out, prm.policy)
    seen = model.net.seen
    found = closeness(model, prm, Cutter(weights, template), measured)
    finish(out, found, mrm_card(used, out, found, len(learned) + len(measured), int(seen.sum()), len(seen)))
    return found


def inherited(plan: MrmPlan) -> MrmPlan:
    """The plan with what it leaves open as the process reward model had it. Raises `InputError` if that was made for
    another policy or prompt: it would be asked about what it wasn't trained to read."""
    told = read_settings(Path(plan.prm))
    if told is None:
        raise InputError(f"prm {plan.prm}: the folder doesn't say how it was made ({SETTINGS} is missing)")
    made = msgspec.convert(told, PrmPlan)
    standard = Plan()
    for name in ("policy", "prompt"):
        if getattr(plan, name) not in (getattr(standard, name), getattr(made, name)):
            raise InputError(
                f"{name} {getattr(plan, name)!r}: the process reward model was made for {getattr(made, name)!r}"
            )
    own = Path(plan.prm) / ROLLOUTS
    rollouts = plan.rollouts or (str(own) if own.is_file() else made.rollouts)
    fresh = plan.data != standard.data and not plan.rollouts
    return msgspec.structs.replace(
        plan,
        policy=made.policy,
        prompt=made.prompt,
        data=plan.data if fresh else made.data,
        drawing=plan.drawing if fresh else made.drawing,
        rollouts=None if fresh else rollouts,
    )

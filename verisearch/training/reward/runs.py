"""The recipes of reward models from their beginning to their end."""

from __future__ import annotations

import shlex
from pathlib import Path

from verisearch.runtime.pool import Pool
from verisearch.runtime.records import SETTINGS
from verisearch.training.cutting import Cutter
from verisearch.training.plans import (
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
from verisearch.training.reward.assess import Area, Assessment, assess
from verisearch.training.reward.prm import PrmRecipe, begun_with, train_prm
from verisearch.training.splits import parted

__all__ = ["PrmPlan", "run_prm", "told"]


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
    finish(out, found, card(plan, out, found, len(learned) + len(kept)))
    return found


def card(plan: PrmPlan, out: Path, found: Assessment, problems: int) -> str:
    """The model card: what it is, of what and how it was made, what it can do."""
    import verisearch

    drawing, training = plan.drawing, plan.training
    command = ["verisearch", "train", "prm", "--policy", plan.policy, "--data", plan.data, "--out", out.name]
    lines = [
        f"# A process reward model for the policy {plan.policy}",
        "",
        "Its value at a token of a chain is the chance that a chain of the policy that goes on from there ends "
        "verified (by the solver, step by step) and correct. It was trained by verisearch from the solver's verdicts "
        "on chains that the policy drew; no human labelled anything.",
        "",
        "- **Format**: Hugging Face token classification, one label; the sigmoid of its logit is the value.",
        f"- **Begins with**: the weights of {plan.policy}.",
        f"- **Data**: {problems:,} problems of `{plan.data}`, {drawing.samples} chains each at temperature "
        f"{drawing.temperature:g} (seed {drawing.seed}).",
        f"- **Training**: {training.epochs} epochs, {training.problems_a_step} problems a step, AdamW at a peak "
        f"rate of {training.rate:g}, cross-entropy on logits (seed {training.seed}).",
        f"- **Made by**: `{shlex.join(command)}` and the settings in `{SETTINGS}`, "
        f"verisearch {verisearch.__version__}.",
        "",
        f"Measured on the theories left out of training ({found.problems:,} problems, {found.chains:,} chains; 95 % "
        "intervals over theories):",
        "",
        "| area under the ROC curve | |",
        "|---|---|",
        f"| the chain ends verified and correct, at every step | {told(found.good)} |",
        *(f"| — depth {name} | {told(each)} |" for name, each in found.good_by_depth.items()),
        f"| the step is invalid, up to the first that is | {told(found.invalid)} |",
        *(f"| — depth {name} | {told(each)} |" for name, each in found.invalid_by_depth.items()),
        "",
    ]
    return "\n".join(lines)


def told(found: Area) -> str:
    """An area with its interval, and of how many."""
    of = f"{found.positive:,} against {found.negative:,}"
    if found.value is None:
        return f"– ({of})"
    interval = "" if found.interval is None else " [{:.3f}, {:.3f}]".format(*found.interval)
    return f"{found.value:.3f}{interval} ({of})"

"""Model cards: what a reward model is, of what and how it was made, what it can do."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from verisearch.evaluation.bootstrap import Estimate
from verisearch.runtime.records import SETTINGS
from verisearch.training.plans import Plan
from verisearch.training.reward.assess import Area, Assessment
from verisearch.training.reward.closeness import Closeness, Pairs
from verisearch.verifiers.mrm import HEAD
from verisearch.verifiers.prm import PRM

if TYPE_CHECKING:
    from verisearch.training.reward.runs import MrmPlan, PrmPlan

__all__ = ["mrm_card", "prm_card", "told", "told_pairs"]


def prm_card(plan: PrmPlan, out: Path, found: Assessment, problems: int) -> str:
    """The card of a process reward model."""
    training = plan.training
    lines = [
        f"# A process reward model for the policy {plan.policy}",
        "",
        "At every token of a chain it says two things: `reward`, the chance that a chain of the policy that goes on "
        "from there ends verified (by the solver, step by step) and correct; `sound`, the chance that the step under "
        "way holds, if those before do. It was trained by verisearch from the solver's verdicts on chains that the "
        "policy drew; no human labelled anything.",
        "",
        f"- **Format**: `{PRM}`, a network with two hidden layers of {training.width} over the states of the policy, "
        "whose weights it leaves as they are and needs, and over how likely it found each token; each value is the "
        "sigmoid of its logit.",
        *made(plan, problems),
        f"- **Training**: {training.epochs} epochs, {training.problems_a_step} problems a step, AdamW at a peak "
        f"rate of {training.rate:g}, cross-entropies on logits (seed {training.seed}).",
        *command_of("prm", out),
        "",
        f"Measured on the theories left out of training ({found.problems:,} problems, {found.chains:,} chains; 95 % "
        "intervals over theories):",
        "",
        "| area under the ROC curve | |",
        "|---|---|",
        f"| the chain ends verified and correct, by `reward` at every step | {told(found.good)} |",
        *(f"| — depth {name} | {told(each)} |" for name, each in found.good_by_depth.items()),
        *(f"| — step {name} | {told(each)} |" for name, each in found.good_by_step.items()),
        f"| the step is invalid, by `sound`, up to the first that is | {told(found.invalid)} |",
        *(f"| — depth {name} | {told(each)} |" for name, each in found.invalid_by_depth.items()),
        *(f"| — step {name} | {told(each)} |" for name, each in found.invalid_by_step.items()),
        f"| — by `reward` | {told(found.invalid_by_reward)} |",
        "",
    ]
    return "\n".join(lines)


def mrm_card(plan: MrmPlan, out: Path, found: Closeness, problems: int, seen: int, vocabulary: int) -> str:
    """The card of a multifurcation reward model, of whose ``vocabulary`` tokens ``seen`` were targets."""
    training = plan.training
    lines = [
        f"# A multifurcation reward model for the policy {plan.policy}",
        "",
        "For a chain it says in one call, of every token that may come next, the process reward of the chain with that "
        "token behind it (after Saffron-1, arXiv 2506.06444). Of each prefix only the token that was observed there "
        "was a target; tokens that never were one have no value.",
        "",
        f"- **Format**: `{HEAD}`, a network over the states of the policy, whose weights it leaves as they are and "
        "needs, with a bias for each token, and `seen`, which tokens were targets "
        f"({seen:,} of {vocabulary:,}; {1 - seen / vocabulary:.1%} were not).",
        f"- **Learns from**: the process reward model `{Path(plan.prm).name}`, as which it begins.",
        *made(plan, problems),
        f"- **Training**: {training.epochs} epochs, {training.problems_a_step} problems a step, AdamW at a peak "
        f"rate of {training.rate:g}, squared error of logits (seed {training.seed}).",
        *command_of("mrm", out),
        "",
        f"Compared with the process reward on the theories left out of training ({found.problems:,} problems; 95 % "
        "intervals over theories):",
        "",
        "| | tokens | mean absolute error | of logits | correlation |",
        "|---|---|---|---|---|",
        f"| tokens that were targets | {told_pairs(found.seen)} |",
        f"| others | {told_pairs(found.unseen)} |",
        "",
    ]
    return "\n".join(lines)


def made(plan: Plan, problems: int) -> list[str]:
    """Of what it was made."""
    drawing = plan.drawing
    source = f"the rollouts `{Path(plan.rollouts).name}`" if plan.rollouts else f"`{plan.data}`"
    return [
        f"- **Reads**: the policy {plan.policy}.",
        f"- **Data**: {problems:,} problems of {source}"
        + ("." if plan.rollouts else f", {drawing.samples} chains each at temperature {drawing.temperature:g} ")
        + ("" if plan.rollouts else f"(seed {drawing.seed})."),
    ]


def command_of(recipe: str, out: Path) -> list[str]:
    """With which command."""
    import verisearch

    command = shlex.join(["verisearch", "train", recipe, "--config", SETTINGS, "--out", out.name])
    return [f"- **Made by**: `{command}`, with the settings in that file, verisearch {verisearch.__version__}."]


def told_pairs(found: Pairs) -> str:
    """How far apart two rewards are, as cells of a table."""
    together = "–" if found.correlation is None else f"{found.correlation:.3f}"
    return f"{found.count:,} | {told_estimate(found.mae)} | {told_estimate(found.mae_logit)} | {together}"


def told_estimate(found: Estimate) -> str:
    """A figure with its interval."""
    if found.value is None:
        return "–"
    return f"{found.value:.3f}" + ("" if found.interval is None else " [{:.3f}, {:.3f}]".format(*found.interval))


def told(found: Area) -> str:
    """An area with its interval, and of how many."""
    of = f"{found.positive:,} against {found.negative:,}"
    if found.value is None:
        return f"– ({of})"
    interval = "" if found.interval is None else " [{:.3f}, {:.3f}]".format(*found.interval)
    return f"{found.value:.3f}{interval} ({of})"

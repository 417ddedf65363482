"""Model cards of tuned language models: what they are, of what and how they were made, what they can do."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from verisearch.evaluation.bootstrap import Estimate
from verisearch.policies.local.manner import manner_of
from verisearch.runtime.records import SETTINGS
from verisearch.training.tuning.measuring import Greedy, Losses

if TYPE_CHECKING:  # they write these cards
    from verisearch.training.tuning.runs import DpoFigures, DpoPlan, SftFigures, SftPlan

__all__ = ["dpo_card", "sft_card", "share", "told_losses"]


def sft_card(plan: SftPlan, out: Path, figures: SftFigures) -> str:
    """The card of a model that was fine-tuned on chains."""
    training = plan.training
    kind = "verified (by the solver, step by step) and correct" if training.choose == "verified" else "drawn at random"
    what = [
        f"The language model of the policy {plan.policy}, fine-tuned by verisearch on chains that are {kind}; no human "
        "labelled anything.",
    ]
    made = [
        f"- **Learned from**: {figures.chains:,} chains ({figures.verified:,} of them verified) of "
        f"{figures.problems:,} problems{left_out(figures.left_out)}.",
        f"- **Training**: cross-entropy of the chains' tokens, {shared(plan)}.",
    ]
    return "\n".join([*head(plan, out, what, made, "sft"), *body(figures.losses, figures.greedy), ""])


def dpo_card(plan: DpoPlan, out: Path, figures: DpoFigures) -> str:
    """The card of a model that learned from pairs of chains."""
    what = [
        f"The language model of the policy {plan.policy}, taught by verisearch to prefer chains that are verified (by "
        "the solver, step by step) and correct to chains of the same problem that fail; no human labelled anything.",
    ]
    made = [
        f"- **Learned from**: {figures.pairs:,} pairs of {figures.problems:,} problems{left_out(figures.left_out)}.",
        f"- **Training**: direct preference optimisation at beta {plan.training.beta:g}, {shared(plan)}.",
    ]
    found = figures.preferences
    pairs = [
        f"| of {found.pairs:,} pairs, the verified chain is the more probable | {percent(found.before)} | "
        f"{percent(found.after)} | |"
    ]
    return "\n".join([*head(plan, out, what, made, "dpo"), *body(figures.losses, figures.greedy, pairs), ""])


def head(plan: SftPlan | DpoPlan, out: Path, what: list[str], made: list[str], recipe: str) -> list[str]:
    """What a model is and how it was made."""
    import verisearch

    drawing = plan.drawing
    command = ["verisearch", "train", recipe, "--config", SETTINGS, "--out", out.name]
    drawn = (
        f"chains drawn before (`{Path(plan.rollouts).name}`)"
        if plan.rollouts is not None
        else f"`{plan.data}`, {drawing.samples} chains a problem at temperature {drawing.temperature:g} "
        f"(seed {drawing.seed})"
    )
    return [
        f"# {out.name}",
        "",
        *what,
        "",
        f"- **Format**: Hugging Face causal language model, safetensors in {plan.training.dtype}; "
        "`--policy transformers:FOLDER`.",
        f"- **Asked with**: the prompt template `{Path(manner_of(out).prompt or 'solve').name}`.",
        f"- **Begins with**: the weights of {plan.policy}.",
        f"- **Data**: {drawn}.",
        *made,
        f"- **Made by**: `{shlex.join(command)}`, with the settings in that file, verisearch {verisearch.__version__}.",
        "",
    ]


def shared(plan: SftPlan | DpoPlan) -> str:
    """What both recipes say of training."""
    training = plan.training
    return (
        f"{training.epochs} epochs, {training.problems_a_step} problems a step, AdamW at a peak rate of "
        f"{training.rate:g} (seed {training.seed})"
    )


def left_out(count: int) -> str:
    """How many chains were too long, if any were."""
    return f"; {count:,} chains were too long" if count else ""


def body(losses: Losses, greedy: Greedy | None, more: list[str] | None = None) -> list[str]:
    """What was measured, as a table."""
    lines = [
        f"Measured on the theories left out of training: verified chains ({losses.chains:,} of {losses.problems:,} "
        "problems)"
        + (
            f", and greedy chains on {greedy.problems:,} problems of {greedy.theories:,} theories (95 % intervals over "
            "theories)."
            if greedy is not None
            else "."
        ),
        "",
        "| | before | after | change |",
        "|---|---|---|---|",
        f"| loss on verified chains, nats a token | {number(losses.before)} | {number(losses.after)} | |",
        *(more or []),
    ]
    if greedy is not None:
        names = (("right", "right"), ("verified", "verified"), ("verified and correct", "good"))
        for told, field in names:
            cells = (share(getattr(each, field)) for each in (greedy.before, greedy.after))
            lines.append(f"| greedy: {told} | {' | '.join(cells)} | {share(getattr(greedy.change, field), '+')} |")
    return lines


def told_losses(found: Losses) -> str:
    """The loss before and after, for people."""
    return f"{number(found.before)} before, {number(found.after)} after"


def share(found: Estimate, sign: str = "") -> str:
    """A share with its interval, in percent; ``sign`` "+" for a difference."""
    if found.value is None:
        return "–"
    ends = "" if found.interval is None else " [{:.1f}, {:.1f}]".format(*(100 * end for end in found.interval))
    return f"{100 * found.value:{sign}.1f}{ends}" + (" %" if not sign else " points")


def percent(value: float | None) -> str:
    """A share in percent."""
    return "–" if value is None else f"{100 * value:.1f} %"


def number(value: float | None) -> str:
    """A loss."""
    return "–" if value is None else f"{value:.4f}"

"""The recipe ``self-calibration`` from its beginning to its end."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from verisearch import __version__
from verisearch.errors import MissingExtraError, TrainingError
from verisearch.policies.local.manner import manner_of
from verisearch.policies.opening import split_spec
from verisearch.runtime.pool import Pool
from verisearch.runtime.records import SETTINGS, write_whole
from verisearch.training.adapting import language_model
from verisearch.training.calibration.assessing import METRICS, Measured, measured
from verisearch.training.calibration.card import TITLES
from verisearch.training.calibration.card import told as told_estimate
from verisearch.training.calibration.diagram import reliability_diagram
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
from verisearch.training.rollouts import Drawing, Rollouts
from verisearch.training.selfcalibration.recipe import (
    Asker,
    ConfidenceRecipe,
    asked_all,
    learned_model,
    train_confidence,
)
from verisearch.training.selfcalibration.targets import Answered
from verisearch.training.splits import parted
from verisearch.verifiers.confidence import QUESTION, WORD
from verisearch.verifiers.p_true import Asked

__all__ = ["ConfidenceFigures", "ConfidencePlan", "run_self_calibration", "table"]

DIAGRAM = "reliability.png"
BEFORE, AFTER = "before", "after"
REPLICATES = 1000


class ConfidencePlan(Plan, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``verisearch train self-calibration`` is to do. Chains are drawn as in the paper, with a temperature that
    depends on the entropy, but 16 a problem instead of 32."""

    data: str = "worlds:800"
    drawing: Drawing = Drawing(samples=16, temperature=0.8, entropy=(0.8, 1.0))
    training: ConfidenceRecipe = ConfidenceRecipe()


class ConfidenceFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How well P(True) tells right answers, ``before`` and ``after`` training, on theories that were not learned from:
    so many ``chains`` that give an answer, of so many ``problems``, of which the share ``correct`` is right; ``unread``
    chains gave none and are left out."""

    problems: int
    chains: int
    unread: int
    correct: float
    held_out: dict[str, Measured]
    notes: tuple[str, ...] = ()


def run_self_calibration(
    plan: ConfidencePlan, out: Path, *, pool: Pool | None = None, progress: Progress = silent
) -> ConfidenceFigures:
    """Draw chains, train the confidence in them, measure it on theories it has not seen, and write a model card.
    Whatever was done already in ``out`` by the same plan is not done again.

    Raises `RecordError` if ``out`` was made by another plan, `TrainingError` if training can't go on, was asked to end
    before it was done, or there is nothing to measure on.
    """
    weights = weights_of(plan.policy)
    items_of(plan.data, plan.drawing.seed, plan.limit)  # what is no data is refused before a folder is made
    asked = asked_of(plan)
    begin(plan, out)
    rollouts, template = obtain_rollouts(plan, out, pool, progress)
    if not train_confidence(rollouts, weights, asked, template, out, plan.training, progress=progress):
        raise stopped(out)
    learned, kept = parted(rollouts, plan.training.held_out)
    asker = Asker(weights, template, asked)
    said = {
        name: [each for row in asked_all(model, asker, kept, lambda done: None) for each in row]
        for name, model in ((BEFORE, language_model(weights).eval()), (AFTER, learned_model(out, weights)))
    }
    figures = figures_of(kept, said, plan.training.seed)
    notes = draw(out, figures.held_out)
    figures = msgspec.structs.replace(figures, notes=tuple(notes))
    finish(out, figures, card(plan, out, figures, asked, len(learned)))
    return figures


def asked_of(plan: ConfidencePlan) -> Asked:
    """How the policy is asked for its confidence."""
    name, target = split_spec(plan.policy)
    question, word = manner_of(weights_of(plan.policy)).doubt or (QUESTION, WORD)
    base = f"{name}:{target}" if target else name
    return Asked(question=plan.training.question or question, word=plan.training.word or word, base=base)


def figures_of(rows: Sequence[Rollouts], said: Mapping[str, Sequence[Answered]], seed: int) -> ConfidenceFigures:
    """Both models' figures on the same chains. Raises `TrainingError` without chains whose gold answer is known."""
    known = {name: [each for each in chains if each.chain.correct is not None] for name, chains in said.items()}
    outcomes = [bool(each.chain.correct) for each in known[BEFORE]]
    if not outcomes:
        raise TrainingError("no chain that was kept for measuring has an answer whose gold answer is known")
    scores = {name: [min(1.0, max(0.0, each.confidence)) for each in chains] for name, chains in known.items()}
    groups = [each.group for each in known[BEFORE]]
    return ConfidenceFigures(
        problems=len(rows),
        chains=len(outcomes),
        unread=sum(len(row.chains) for row in rows) - len(said[BEFORE]),
        correct=sum(outcomes) / len(outcomes),
        held_out=measured(scores, outcomes, groups, REPLICATES, seed),
    )


def draw(out: Path, found: Mapping[str, Measured]) -> list[str]:
    """Write the reliability diagram; why there is none."""
    panels = {f"{name}: ECE {each.figures['ece'].value:.3f}": each.bins for name, each in found.items()}
    try:
        write_whole(out / DIAGRAM, reliability_diagram(panels, "correct"))
    except MissingExtraError as error:
        (out / DIAGRAM).unlink(missing_ok=True)
        return [f"The reliability diagram was left out: {error}"]
    return []


def table(figures: ConfidenceFigures) -> list[list[str]]:
    """The held-out figures as rows of cells, the heading first."""
    heading = ["P(True)", *(TITLES[name] for name in METRICS)]
    return [heading, *([name, *(told_estimate(each.figures[metric]) for metric in METRICS)]
                       for name, each in figures.held_out.items())]  # fmt: skip


def card(plan: ConfidencePlan, out: Path, figures: ConfidenceFigures, asked: Asked, learned: int) -> str:
    """The model card: what it is, of what and how it was made, how well it does."""
    drawing, training = plan.drawing, plan.training
    source = Path(plan.rollouts).name if plan.rollouts else plan.data
    command = ["verisearch", "train", "self-calibration", "--config", SETTINGS, "--out", out.name]
    heat = f"temperature {drawing.temperature:g}"
    if drawing.entropy is not None:
        base, strength = drawing.entropy
        heat += f" · {base:g}^({strength:g}/H), H being a token's entropy"
    heading, *rows = table(figures)
    lines = [
        f"# The confidence of the policy {plan.policy}",
        "",
        f"Says how likely a chain's answer is correct: the probability of the single token `{asked.word}` behind "
        f"`{asked.question}` (after Self-Calibration, arXiv 2503.00031). Use: `--verifier confidence:{out.name}`.",
        "",
        "- **Format**: "
        + (
            f"adapters of rank {training.lora} for the weights of {plan.policy}, as safetensors."
            if training.lora
            else "a language model in Hugging Face's format."
        ),
        f"- **Data**: {learned + figures.problems:,} problems of `{source}`, {drawing.samples} chains each at "
        f"{heat} (seed {drawing.seed}); no labels and no verdicts"
        + (", but gold answers as hard targets." if training.target == "hard" else "."),
        f"- **Training**: target `{training.target}`, at most {training.per_bin} chains of each of 21 bins, SmoothL1 "
        f"and {training.lm_weight:g} of the language-model loss, {training.epochs} epochs, {training.problems_a_step} "
        f"problems a step, AdamW at a peak rate of {training.rate:g} (seed {training.seed}).",
        f"- **Made by**: `{shlex.join(command)}`, with the settings in that file, verisearch {__version__}.",
        "",
        f"On theories left out of training ({figures.problems:,} problems, {figures.chains:,} chains with an answer, "
        f"{figures.correct:.1%} of them correct; 95 % intervals over theories):",
        "",
        f"| {' | '.join(heading)} |",
        "|---" * len(heading) + "|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "`before` is the policy's own P(True), without any training.",
        "",
        *(f"{note.rstrip('.')}.\n" for note in figures.notes),
        *((f"![Reliability diagram]({DIAGRAM})", "") if (out / DIAGRAM).exists() else ()),
    ]
    return "\n".join(lines)

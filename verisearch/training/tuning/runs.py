"""The recipes of language models from their beginning to their end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from verisearch.runtime.checking import PoolCheck
from verisearch.runtime.pool import Pool
from verisearch.runtime.prompting import Template
from verisearch.training.adapting import language_model
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
from verisearch.training.rollouts import Rollouts
from verisearch.training.splits import parted
from verisearch.training.tuning.cards import dpo_card, sft_card
from verisearch.training.tuning.causal import Lessons
from verisearch.training.tuning.chains import paired, selected
from verisearch.training.tuning.dpo import DpoRecipe, pairs_of, train_dpo
from verisearch.training.tuning.measuring import (
    Greedy,
    Losses,
    Preferences,
    answers,
    greedy,
    losses,
    preferences,
    some,
)
from verisearch.training.tuning.sft import SftRecipe, train_sft
from verisearch.verifiers.symbolic import check_here

__all__ = ["DpoFigures", "DpoPlan", "SftFigures", "SftPlan", "run_dpo", "run_sft"]

#: Chains of a held-out problem, and its pairs, that figures are taken of.
MEASURED = 4


class SftPlan(Plan, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``verisearch train sft`` is to do."""

    training: SftRecipe = SftRecipe()


class DpoPlan(Plan, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``verisearch train dpo`` is to do."""

    training: DpoRecipe = DpoRecipe()


class SftFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned from, problems, chains and how many ``verified`` ones of these; ``left_out``: how many more were
    too long. And what it did on theories left out of training: the loss on verified chains, and greedy chains (None if
    none were asked for)."""

    problems: int
    chains: int
    verified: int
    left_out: int
    losses: Losses
    greedy: Greedy | None


class DpoFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned from, problems and pairs; ``left_out``: how many chains were too long. And what it did on
    theories left out of training: to pairs, to the loss on verified chains, to greedy chains (None if none were asked
    for)."""

    problems: int
    pairs: int
    left_out: int
    preferences: Preferences
    losses: Losses
    greedy: Greedy | None


def run_sft(plan: SftPlan, out: Path, *, pool: Pool | None = None, progress: Progress = silent) -> SftFigures:
    """Draw rollouts, fine-tune the policy's language model on those that are verified, measure it on theories it has
    not seen, and write a model card. Whatever was done already in ``out`` by the same plan is not done again.

    Raises `RecordError` if ``out`` was made by another plan, `TrainingError` if training can't go on or was asked to
    end before it was done.
    """
    recipe = plan.training
    rollouts, template, lessons = trained(plan, train_sft, out, pool, progress)
    learned, kept = parted(rollouts, recipe.held_out)
    chosen = selected(learned, recipe.choose, recipe.per_problem, recipe.seed, lessons.fits)
    left_out = len(lessons.long)
    models = language_model(weights_of(plan.policy)).eval(), language_model(str(out)).eval()
    figures = SftFigures(
        problems=len(chosen),
        chains=sum(len(each.chains) for each in chosen),
        verified=sum(chain.good for each in chosen for chain in each.chains),
        left_out=left_out,
        losses=held_out_losses(models, kept, lessons, recipe.seed),
        greedy=before_and_after(plan, template, kept, out, pool, progress),
    )
    finish(out, figures, sft_card(plan, out, figures))
    return figures


def run_dpo(plan: DpoPlan, out: Path, *, pool: Pool | None = None, progress: Progress = silent) -> DpoFigures:
    """Draw rollouts, teach the policy's language model to prefer the verified ones to those that fail, measure it on
    theories it has not seen, and write a model card; else as `run_sft`."""
    recipe = plan.training
    rollouts, template, lessons = trained(plan, train_dpo, out, pool, progress)
    learned, kept = parted(rollouts, recipe.held_out)
    problems = paired(learned, recipe.pairs_per_problem, recipe.seed, lessons.fits)
    left_out = len(lessons.long)
    models = language_model(weights_of(plan.policy)).eval(), language_model(str(out)).eval()
    measured = [pairs_of(lessons, each) for each in paired(kept, MEASURED, recipe.seed, lessons.fits)]
    figures = DpoFigures(
        problems=len(problems),
        pairs=sum(len(each.pairs) for each in problems),
        left_out=left_out,
        preferences=preferences(models, measured, recipe.beta),
        losses=held_out_losses(models, kept, lessons, recipe.seed),
        greedy=before_and_after(plan, template, kept, out, pool, progress),
    )
    finish(out, figures, dpo_card(plan, out, figures))
    return figures


def trained(
    plan: SftPlan | DpoPlan, train: Callable[..., bool], out: Path, pool: Pool | None, progress: Progress
) -> tuple[Path, Template, Lessons]:
    """The rollouts, the prompt and the way of reading chains of a plan whose model is trained, now or before. Raises
    `TrainingError` if training was asked to end."""
    weights = weights_of(plan.policy)
    items_of(plan.data, plan.drawing.seed, plan.limit)  # what is no data is refused before a folder is made
    begin(plan, out)
    rollouts, template = obtain_rollouts(plan, out, pool, progress)
    done = train(
        rollouts, weights, template, out, plan.training, progress=lambda step, steps: progress("training", step, steps)
    )
    if not done:
        raise stopped(out)
    return rollouts, template, Lessons(Cutter(weights, template), weights, plan.training.most_tokens)


def held_out_losses(models: tuple[Any, Any], kept: list[Rollouts], lessons: Lessons, seed: int) -> Losses:
    """What both models lose on verified chains of theories that were not learned from."""
    chosen = selected(kept, "verified", MEASURED, seed, lessons.fits)
    return losses(models, [lessons.tree(each.rollouts, each.chains) for each in chosen])


def before_and_after(
    plan: SftPlan | DpoPlan, template: Template, kept: list[Rollouts], out: Path, pool: Pool | None, progress: Progress
) -> Greedy | None:
    """What the policy came to on theories that were not learned from, and what the trained model does."""
    items = some(kept, plan.training.greedy, plan.training.seed)
    if not items:
        return None
    check = check_here if pool is None else PoolCheck(pool)

    def told(when: str, policy: str) -> list[Rollouts]:
        def show(done: int) -> None:
            progress(f"answers {when}", done, len(items))

        return answers(policy, template, items, out / f"{when}.jsonl", plan.drawing.max_tokens, check, show)

    return greedy(told("before", plan.policy), told("after", f"transformers:{out}"))

"""A recipe from its beginning to its end: problems, rollouts, training, figures, model card."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from verisearch import plugins
from verisearch.errors import InputError, TrainingError
from verisearch.policies.opening import open_policy, split_spec
from verisearch.protocols import Item
from verisearch.runtime.checking import PoolCheck
from verisearch.runtime.pool import Pool
from verisearch.runtime.prompting import Template
from verisearch.runtime.records import (
    SETTINGS,
    check_same,
    differences,
    read_settings,
    write_settings,
    write_whole,
)
from verisearch.runtime.solving import template_for
from verisearch.training.assess import Area, Assessment, assess
from verisearch.training.prm import Cutter, PrmRecipe, begun_with, parted, train_prm
from verisearch.training.rollouts import Drawing, draw_rollouts
from verisearch.verifiers.symbolic import check_here

__all__ = ["PrmPlan", "items_of", "run_prm", "weights_of"]

#: Files of a run, beside the model's own.
ROLLOUTS, FIGURES, CARD = "rollouts.jsonl", "figures.json", "README.md"


class PrmPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``verisearch train prm`` is to do, as a TOML file says it.

    ``data``: ``worlds:COUNT`` (problems that the project generates) or ``DATASET:FILE``; ``limit``: of that, at most so
    many problems.
    """

    policy: str = "embedded"
    data: str = "worlds:1500"
    limit: int | None = None
    prompt: str | None = None
    drawing: Drawing = Drawing()
    training: PrmRecipe = PrmRecipe()


#: Called with what is being done, how much of it is done, and of how much (None: not known).
Progress = Callable[[str, int, int | None], None]


def items_of(data: str, seed: int, limit: int | None = None) -> Iterator[Item]:
    """The problems that ``data`` names. Raises `InputError` for what is no data, `UnknownNameError` for a data set."""
    name, colon, rest = data.partition(":")
    if not colon or not rest:
        raise InputError(f"data {data!r}: give worlds:COUNT or DATASET:FILE, as proofwriter:train.jsonl")
    if name == "worlds":
        if not rest.isdecimal() or not int(rest):
            raise InputError(f"data {data!r}: {rest!r} is no number of problems")
        from verisearch.training.worlds.items import generated_items

        return islice(generated_items(int(rest), seed), limit)
    return islice(plugins.load("datasets", name)().load(rest), limit)


def weights_of(policy: str) -> str:
    """The folder or hub name of a policy's weights. Raises `InputError` for a policy that has none here."""
    name, target = split_spec(policy)
    if name == "embedded":
        from verisearch.policies.embedded import folder

        return str(folder())
    if name == "smollm2":
        from verisearch.policies.smollm2 import weights

        return str(weights())
    if name == "transformers" and target:
        return target
    raise InputError(
        f"policy {policy!r}: a reward model begins with the policy's own weights, and these aren't here: give "
        "embedded, smollm2 or the folder of a model"
    )


def run_prm(plan: PrmPlan, out: Path, *, pool: Pool | None = None, progress: Progress | None = None) -> Assessment:
    """Draw rollouts, train a process reward model on them, measure it on theories it has not seen, and write a model
    card. Whatever was done already in ``out`` by the same plan is not done again.

    Raises `RecordError` if ``out`` was made by another plan, `TrainingError` if training can't go on or was asked to
    end before it was done.
    """
    show = progress or (lambda what, done, total: None)
    weights = weights_of(plan.policy)
    items = items_of(plan.data, plan.drawing.seed, plan.limit)  # what is no data is refused before a folder is made
    out.mkdir(parents=True, exist_ok=True)
    settings, known = msgspec.to_builtins(plan), read_settings(out)
    if known is None:
        write_settings(out, settings)
    else:
        check_same(out, known, settings, differences)
    rollouts = out / ROLLOUTS
    template = draw(plan, items, rollouts, pool, show)
    done = train_prm(
        rollouts, weights, template, out, plan.training, progress=lambda step, steps: show("training", step, steps)
    )
    if not done:
        raise TrainingError(f"training was asked to end; the same command goes on from the checkpoint in {out}")
    learned, kept = parted(rollouts, plan.training)
    found = assess(begun_with(str(out)).eval(), Cutter(str(out), template), kept)
    write_whole(out / FIGURES, msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    write_whole(out / CARD, card(plan, out, found, len(learned) + len(kept)).encode())
    return found


def draw(plan: PrmPlan, items: Iterator[Item], rollouts: Path, pool: Pool | None, show: Progress) -> Template:
    """Draw the rollouts that aren't there yet; the template they were asked with."""
    policy = open_policy(plan.policy)
    try:
        template = template_for(policy, plan.prompt)
        check = check_here if pool is None else PoolCheck(pool)
        total = int(plan.data.partition(":")[2]) if plan.data.startswith("worlds:") else plan.limit
        draw_rollouts(
            items, policy, template, rollouts, plan.drawing, check=check, progress=lambda n: show("rollouts", n, total)
        )
    finally:
        policy.close()
    return template


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

"""``verisearch train dpo``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from verisearch.cli.training import bars, make_plan, recipe_options, recipes, told_tuning

__all__ = ["dpo"]


@click.command("dpo")
@recipe_options
def dpo(out: Path, config: Path | None, own: tuple[str, ...], workers: int | None, as_json: bool, **given: Any) -> None:
    """The policy's language model, taught to prefer chains that the solver verified to chains that fail.

    The policy draws chains, the solver judges every step, and the model learns from pairs of a verified and a failing
    chain of the same problem, by direct preference optimisation: all weights of a small model, adapters (LoRA) in a
    large one. Interrupted at any moment, the same command goes on. In --out: the rollouts, an ordinary folder in
    Hugging Face's format, figures on theories it has not seen, before and after, and a model card. A model that was
    fine-tuned first is a policy like any other; held-out theories stay the same with the same data, seed and share.

    \b
    Settings (TOML, or --set): policy, data, limit, prompt, rollouts; drawing.samples, .temperature, .max_tokens, .seed;
    training.pairs_per_problem, .beta, .epochs, .problems_a_step, .rate, .weight_decay, .held_out, .greedy,
    .most_tokens, .lora, .dtype, .seed.
    \b
    Examples:
      verisearch train dpo --out runs/dpo
      verisearch train dpo --policy runs/sft --out runs/dpo
      verisearch train dpo --rollouts runs/prm/rollouts.jsonl --set training.beta=0.5 --out runs/dpo
    """
    import msgspec

    from verisearch.runtime.machine import cores
    from verisearch.runtime.pool import Pool

    runs = recipes("tuning.runs")
    plan = make_plan(runs.DpoPlan, config, own, given)
    with Pool(workers or cores()) as pool, bars() as progress:
        found = runs.run_dpo(plan, out, pool=pool, progress=progress)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    click.echo(f"Learned from {found.pairs:,} pairs of {found.problems:,} problems")
    seen = found.preferences
    if seen.pairs:
        told = f"{seen.before:.1%} before, {seen.after:.1%} after"
        click.echo(f"Of {seen.pairs:,} held-out pairs, the verified chain is the more probable: {told}")
    told_tuning(found, out)

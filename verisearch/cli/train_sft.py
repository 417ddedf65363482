"""``verisearch train sft``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from verisearch.cli.training import bars, make_plan, recipe_options, recipes, told_tuning

__all__ = ["sft"]


@click.command("sft")
@recipe_options
def sft(out: Path, config: Path | None, own: tuple[str, ...], workers: int | None, as_json: bool, **given: Any) -> None:
    """The policy's language model, fine-tuned on chains of its own that the solver verified.

    The policy draws chains, the solver judges every step, and the model learns from those that are verified and
    correct: all weights of a small model, adapters (LoRA) in a large one. Interrupted at any moment, the same command
    goes on. In --out: the rollouts, an ordinary folder in Hugging Face's format, figures on theories it has not seen,
    before and after, and a model card. With training.choose=random it learns from as many chains of any kind, to
    compare with.

    \b
    Settings (TOML, or --set): policy, data, limit, prompt, rollouts; drawing.samples, .temperature, .max_tokens, .seed;
    training.choose, .per_problem, .epochs, .problems_a_step, .rate, .weight_decay, .held_out, .greedy, .most_tokens,
    .lora, .dtype, .seed.
    \b
    Examples:
      verisearch train sft --out runs/sft
      verisearch train sft --rollouts runs/prm/rollouts.jsonl --out runs/sft
      verisearch train sft --rollouts runs/sft/rollouts.jsonl --set training.choose=random --out runs/random
      verisearch train sft --policy path/to/model --data proofwriter:train.jsonl --limit 2000 --out runs/sft
    """
    import msgspec

    from verisearch.runtime.machine import cores
    from verisearch.runtime.pool import Pool

    runs = recipes("tuning.runs")
    plan = make_plan(runs.SftPlan, config, own, given)
    with Pool(workers or cores()) as pool, bars() as progress:
        found = runs.run_sft(plan, out, pool=pool, progress=progress)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    click.echo(f"Learned from {found.chains:,} chains ({found.verified:,} verified) of {found.problems:,} problems")
    told_tuning(found, out)

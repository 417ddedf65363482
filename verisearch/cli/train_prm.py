"""``verisearch train prm``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from verisearch.cli.training import bars, make_plan, recipe_options, recipes

__all__ = ["prm"]


@click.command("prm")
@recipe_options
def prm(out: Path, config: Path | None, own: tuple[str, ...], workers: int | None, as_json: bool, **given: Any) -> None:
    """A process reward model: the chance that a chain that goes on from here ends verified and correct.

    The policy draws chains, the solver judges every step, and a copy of the policy's weights with two outputs learns
    from that: the reward, and whether every step holds. Interrupted at any moment, the same command goes on. In --out:
    the rollouts, the model in Hugging Face's token-classification format, its figures on theories it has not seen, and
    a model card.

    \b
    Settings (TOML, or --set): policy, data, limit, prompt, rollouts; drawing.samples, .temperature, .entropy,
    .max_tokens, .seed; training.epochs, .problems_a_step, .rate, .weight_decay, .held_out, .end_weight, .layers,
    .most_tokens, .lora, .seed. By default worlds:3000, 8 chains each, 4 epochs: about an hour for the embedded model on
    one core.
    \b
    Examples:
      verisearch train prm --out runs/prm
      verisearch train prm --data worlds:400 --set drawing.samples=8 --out runs/small
      verisearch train prm --config prm.toml --out runs/prm
    """
    import msgspec

    from verisearch.runtime.machine import cores
    from verisearch.runtime.pool import Pool

    runs, told = recipes("reward.runs"), recipes("reward.cards").told
    plan = make_plan(runs.PrmPlan, config, own, given)
    with Pool(workers or cores()) as pool, bars() as progress:
        found = runs.run_prm(plan, out, pool=pool, progress=progress)
    if not found.problems:
        click.echo("No problem was left out of training: nothing could be measured (training.held_out)", err=True)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    click.echo(f"Ends verified and correct: AUROC {told(found.good)}")
    click.echo(f"This step is invalid: AUROC {told(found.invalid)}")
    click.echo(f"Model and card: {out}. Use it with --verifier prm:{out}")

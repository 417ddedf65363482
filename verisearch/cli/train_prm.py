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

    The policy draws chains, the solver judges every step, and a small network over the policy's states, and over how
    likely it found each token, learns from that: the reward, and whether the step under way holds. The policy's weights
    stay as they are. Interrupted at any moment, the same command goes on. In --out: the rollouts, the network, its
    figures on theories it has not seen, and a model card.

    \b
    Settings (TOML, or --set): policy, data, limit, prompt, rollouts; drawing.samples, .temperature, .entropy,
    .max_tokens, .seed; training.epochs, .problems_a_step, .rate, .weight_decay, .held_out, .end_weight, .width, .drop,
    .share, .most_tokens, .seed. By default worlds:3000, 8 chains each, 12 epochs: 25 minutes for the embedded model on
    two cores, most of it for drawing.
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

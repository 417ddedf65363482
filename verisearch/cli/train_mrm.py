"""``verisearch train mrm``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from verisearch.cli.training import bars, make_plan, recipe_options, recipes

__all__ = ["mrm"]


@click.command("mrm")
@recipe_options
@click.option("--prm", metavar="FOLDER", help="The process reward model that it learns from.")
def mrm(out: Path, config: Path | None, own: tuple[str, ...], workers: int | None, as_json: bool, **given: Any) -> None:
    """A multifurcation reward model: the process reward of a chain with each token behind it, in one call.

    It learns from a process reward model (--prm, see `verisearch train prm`) on that one's rollouts, beginning as that
    one. Interrupted at any moment, the same command goes on. In --out: the model, how close it comes to the process
    reward on theories that neither has learned from, and a model card. Search with it: --strategy multifurcation.

    \b
    Settings (TOML, or --set): policy, data, limit, prompt, rollouts, prm; drawing.… as for `train prm`;
    training.epochs, .problems_a_step, .rate, .weight_decay, .held_out, .most_tokens, .withheld, .seed.
    \b
    Examples:
      verisearch train mrm --prm runs/prm --out runs/mrm
      verisearch train mrm --prm runs/prm --set training.withheld=0.2 --out runs/withheld
      verisearch solve "Bob is nice." --context theory.txt --strategy multifurcation --verifier mrm:runs/mrm
    """
    import msgspec

    from verisearch.runtime.machine import cores
    from verisearch.runtime.pool import Pool

    runs, told = recipes("reward.runs"), recipes("reward.cards").told_estimate
    plan = make_plan(runs.MrmPlan, config, own, given)
    with Pool(workers or cores()) as pool, bars() as progress:
        found = runs.run_mrm(plan, out, pool=pool, progress=progress)
    if not found.problems:
        click.echo("No problem was left out of training: nothing could be measured (training.held_out)", err=True)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    click.echo(f"Mean absolute error against the process reward: {told(found.seen.mae)} ({found.seen.count:,} tokens)")
    click.echo(f"Model and card: {out}. Use it with --strategy multifurcation --verifier mrm:{out}")

"""``verisearch train self-calibration``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from verisearch.cli.training import bars, make_plan, recipe_options, recipes

__all__ = ["self_calibration"]


@click.command("self-calibration")
@recipe_options
def self_calibration(
    out: Path, config: Path | None, own: tuple[str, ...], workers: int | None, as_json: bool, **given: Any
) -> None:
    """A confidence: how likely a chain's answer is correct, from how far the policy's own answers agree.

    The policy draws many chains of each problem and is asked whether each answer is correct; the share of all
    confidence that equal answers have is what it then learns to say. Neither labels nor verdicts are used. Interrupted
    at any moment, the same command goes on. In --out: the chains, what was learned, calibration and ranking before and
    after on theories that were left out, a reliability diagram (extra plots), and a model card.

    \b
    Settings (TOML, or --set): policy, data, limit, prompt, rollouts; drawing.samples, .temperature, .entropy,
    .max_tokens, .seed; training.question, .word, .target (soft, share, hard), .per_bin, .lm_weight, .lm_above,
    .lm_share, .warm, .epochs, .problems_a_step, .rate, .weight_decay, .held_out, .lora, .seed.
    \b
    Examples:
      verisearch train self-calibration --out runs/confidence
      verisearch train self-calibration --set training.target=hard --out runs/hard
      verisearch solve "Bob is nice." --context theory.txt --strategy early-stopping --verifier confidence:runs/hard
    """
    import msgspec

    from verisearch.runtime.machine import cores
    from verisearch.runtime.pool import Pool

    runs = recipes("selfcalibration.runs")
    plan = make_plan(runs.ConfidencePlan, config, own, given)
    with Pool(workers or cores()) as pool, bars() as progress:
        found = runs.run_self_calibration(plan, out, pool=pool, progress=progress)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    heading, *rows = runs.table(found)
    for row in rows:
        click.echo(f"{row[0]}: " + ", ".join(f"{name} {cell}" for name, cell in zip(heading[1:], row[1:], strict=True)))
    for note in found.notes:
        click.echo(note, err=True)
    click.echo(f"Confidence and card: {out}. Use it with --verifier confidence:{out}")

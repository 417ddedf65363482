"""``verisearch train export-preferences``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from verisearch.cli.training import make_plan, recipes

__all__ = ["export_preferences"]


@click.command("export-preferences")
@click.option("--rollouts", metavar="FILE", help="Chains that a run drew (its rollouts.jsonl).")
@click.option("--policy", metavar="SPEC", help="Whose chains they are: it says what was asked.")
@click.option(
    "--prompt", metavar="NAME|FILE", help="Prompt template they were drawn with; by default the policy's own."
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File for the pairs.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["conversational", "standard"]),
    help="Messages, or plain text; by default as the policy's model was taught.",
)
@click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Settings as TOML.")
@click.option("--set", "own", multiple=True, metavar="NAME=VALUE", help="A setting, as training.pairs_per_problem=8.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def export_preferences(
    out: Path, kind: str | None, config: Path | None, own: tuple[str, ...], as_json: bool, **given: Any
) -> None:
    """The pairs that `verisearch train dpo` learns from, as a file for other trainers.

    A JSON object a line with prompt, chosen and rejected, in TRL's preference format: "conversational" holds messages,
    which a model's chat template writes in its own way; "standard" holds the very text that the policy reads. Theories
    that are held out for measuring are not in it (training.held_out=0: all are).

    \b
    Settings (TOML, or --set): as of `verisearch train dpo`; of these training.pairs_per_problem, .held_out,
    .most_tokens, .seed say which pairs there are.
    \b
    Examples:
      verisearch train export-preferences --rollouts runs/dpo/rollouts.jsonl --out pairs.jsonl
      verisearch train export-preferences --rollouts all.jsonl --format conversational --out pairs.jsonl
    """
    import msgspec

    plan = make_plan(recipes("tuning.runs").DpoPlan, config, own, given)
    found = recipes("tuning.preferences").export_preferences(plan, out, kind)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    long = f"; {found.left_out:,} chains were too long" if found.left_out else ""
    click.echo(f"{found.pairs:,} pairs of {found.problems:,} problems ({found.format}) in {out}{long}")

"""``verisearch train``: models that learn from the solver's verdicts."""

from __future__ import annotations

import click

from verisearch.cli.train_dpo import dpo
from verisearch.cli.train_export import export_preferences
from verisearch.cli.train_prm import prm
from verisearch.cli.train_sft import sft

__all__ = ["command"]


@click.group("train")
def command() -> None:
    """Train models on what the solver says of a policy's own chains; no human labels are used.

    \b
    Examples:
      verisearch train prm --out runs/prm
      verisearch train sft --out runs/sft
      verisearch train dpo --policy runs/sft --out runs/dpo
      verisearch train export-preferences --rollouts runs/dpo/rollouts.jsonl --out pairs.jsonl
      verisearch train prm --policy path/to/model --data proofwriter:train.jsonl --limit 2000 --out runs/prm
      verisearch solve "Bob is nice." --context theory.txt --strategy beam --verifier prm:runs/prm
    """


for each in (prm, sft, dpo, export_preferences):
    command.add_command(each)

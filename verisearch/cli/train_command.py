"""``verisearch train``: models that learn from the solver's verdicts, and calibrated scores."""

from __future__ import annotations

import click

from verisearch.cli.train_calibrate import calibrate
from verisearch.cli.train_dpo import dpo
from verisearch.cli.train_export import export_preferences
from verisearch.cli.train_mrm import mrm
from verisearch.cli.train_prm import prm
from verisearch.cli.train_selfcalibration import self_calibration
from verisearch.cli.train_sft import sft

__all__ = ["command"]


@click.group("train")
def command() -> None:
    """Train models on what the solver says of a policy's own chains, without human labels; calibrate any scores.

    \b
    Examples:
      verisearch train prm --out runs/prm
      verisearch train prm --policy path/to/model --data proofwriter:train.jsonl --limit 2000 --out runs/prm
      verisearch train mrm --prm runs/prm --out runs/mrm
      verisearch train self-calibration --out runs/confidence
      verisearch train sft --out runs/sft
      verisearch train dpo --policy runs/sft --out runs/dpo
      verisearch train export-preferences --rollouts runs/dpo/rollouts.jsonl --out pairs.jsonl
      verisearch train calibrate --run runs/dev --out runs/cal
      verisearch solve "Bob is nice." --context theory.txt --strategy beam --verifier prm:runs/prm
      verisearch solve "Bob is nice." --context theory.txt --strategy multifurcation --verifier mrm:runs/mrm
    """


for each in (prm, mrm, self_calibration, sft, dpo, export_preferences, calibrate):
    command.add_command(each)

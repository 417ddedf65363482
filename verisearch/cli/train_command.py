"""``verisearch train``: models that learn from the solver's verdicts, and calibrated scores."""

from __future__ import annotations

import click

from verisearch.cli.train_calibrate import calibrate
from verisearch.cli.train_mrm import mrm
from verisearch.cli.train_prm import prm
from verisearch.cli.train_selfcalibration import self_calibration

__all__ = ["command"]


@click.group("train")
def command() -> None:
    """Train models on what the solver says of a policy's own chains, without human labels; calibrate any scores.

    \b
    Examples:
      verisearch train prm --out runs/prm
      verisearch train prm --policy path/to/model --data proofwriter:train.jsonl --limit 2000 --out runs/prm
      verisearch train mrm --prm runs/prm --out runs/mrm
      verisearch solve "Bob is nice." --context theory.txt --strategy beam --verifier prm:runs/prm
      verisearch solve "Bob is nice." --context theory.txt --strategy multifurcation --verifier mrm:runs/mrm
      verisearch train self-calibration --out runs/confidence
      verisearch train calibrate --run runs/dev --out runs/cal
    """


command.add_command(calibrate)
command.add_command(prm)
command.add_command(mrm)
command.add_command(self_calibration)

"""``verisearch train calibrate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from verisearch.cli.training import bars, make_plan, recipes

__all__ = ["calibrate"]


@click.command("calibrate")
@click.option(
    "--run", metavar="DIR", help="A folder that verisearch eval --mode solve wrote: its chosen chains' scores."
)
@click.option("--scores", metavar="FILE", help="Or rows of score, outcome and, optionally, group: .csv, or JSON lines.")
@click.option(
    "--outcome", metavar="[correct|verified]",
    help="What a run's scores are to say the chance of: that the answer is correct (default), or verified and correct.",
)  # fmt: skip
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the calibrator."
)
@click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Settings as TOML.")
@click.option("--set", "own", multiple=True, metavar="NAME=VALUE", help="A setting, as method=isotonic or seed=1.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def calibrate(out: Path, config: Path | None, own: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Calibrate a score, so that of the chains with a value of 0.8 about 80 % are right.

    Temperature, Platt and isotonic calibration are fitted on a part of the theories and compared, before and after, on
    the others: calibration error (ECE), Brier score, areas under the ROC and the risk-coverage curve, with intervals.
    In --out: the chosen map (calibrator.json), the figures, a reliability diagram (needs matplotlib) and a model card.
    The same command comes to the same. No labels but the gold answers of the run are used.

    \b
    Settings (TOML, or --set): run, scores, outcome, method (best, temperature, platt, isotonic; best is the one with
    the lowest cross-validated Brier score), held_out, folds, replicates, seed.
    \b
    Examples:
      verisearch eval proofwriter --data dev.jsonl --mode solve --strategy best-of-n --n 1 \\
        --verifier confidence:logprob --out runs/dev
      verisearch train calibrate --run runs/dev --out runs/cal
      verisearch train calibrate --scores scores.csv --set method=isotonic --out runs/cal
      verisearch solve "Bob is nice." --context theory.txt --strategy early-stopping --set tau=0.9 \\
        --verifier calibrated:runs/cal/calibrator.json,confidence:logprob
    """
    import msgspec

    runs = recipes("calibration.runs")
    plan = make_plan(runs.CalibrationPlan, config, own, given)
    with bars() as progress:
        found = runs.run_calibration(plan, out, progress=progress)
    for note in found.notes:
        click.echo(f"Note: {note.rstrip('.')}.", err=True)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    click.echo(f"Fitted on {runs.told_part(found.fitted_on)}; measured on {runs.told_part(found.measured_on)}:")
    rows = runs.table(found)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    use = f"calibrated:{out / runs.CALIBRATOR},{found.verifier or 'SPEC'}"
    click.echo(f"Calibrator, figures and card: {out}. Use it with --verifier {use}")

"""``verisearch risk``: calibrate answer-or-abstain, or a limit on tokens, on a run's records."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from verisearch.cli.options import OutputFile

if TYPE_CHECKING:
    from verisearch.evaluation.risk import RiskControl

__all__ = ["command"]

SHARE = click.FloatRange(min=0, max=1, max_open=True)
TARGET = click.FloatRange(min=0, max=1, min_open=True, max_open=True)

RUN = click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
INDEPENDENT = click.option(
    "--independent", is_flag=True, help="Use all items of a group: on your word that they are independent."
)


@click.group("risk")
def command() -> None:
    """Answer or abstain, so that at most a share alpha of the answers given is wrong, with probability 1 - delta; or
    stop drawing, so that a question takes at most so many tokens on average.

    A threshold on the answer's score is chosen on problems that were solved before (verisearch eval --mode solve): for
    calibrate, on labelled ones, by exact binomial tests in a fixed sequence (learn then test), for tokens by conformal
    risk control. It holds for the same policy, strategy, verifier and settings only, which --risk checks.

    \b
    Examples:
      verisearch eval proofwriter --data dev.jsonl --mode solve --strategy best-of-n --out runs/dev
      verisearch risk calibrate runs/dev --alpha 0.02 --delta 0.1 -o risk.json
      verisearch solve "Bob is nice." --context theory.txt --strategy best-of-n --risk risk.json
      verisearch risk tokens runs/dev --budget 300 --maximum 2000
    """


@command.command("calibrate")
@RUN
@click.option("--alpha", type=TARGET, default=0.02, show_default=True, help="Most of the answers given that are wrong.")
@click.option("--delta", type=TARGET, default=0.1, show_default=True, help="Probability that this may fail.")
@click.option("-o", "--out", type=OutputFile(), help="File to write, for --risk.")
@click.option("--grid-share", type=SHARE, default=0.2, show_default=True,
              help="Share of the groups that sets the thresholds to test. 0: they are 1, 0.99, ... 0, which suits "
              "scores with much weight at 1, as those of the verifier symbolic.")  # fmt: skip
@click.option("--test-share", type=SHARE, default=0.0, show_default=True,
              help="Share of the groups to leave aside, and to show the outcome on.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Of the split, and of the item of each group.")
@INDEPENDENT
@click.option("--json", "as_json", is_flag=True, help="Print what is written to --out.")
def calibrate(
    run: Path,
    alpha: float,
    delta: float,
    out: Path | None,
    grid_share: float,
    test_share: float,
    seed: int,
    independent: bool,
    as_json: bool,
) -> None:
    """Calibrate on the records in the folder RUN, which verisearch eval --mode solve has written.

    Problems of one group (a theory, a problem family) stay together in the split, and one of each is tested. Prints
    the guarantee, its evidence and its assumptions. To try several seeds or shares and keep the best voids it.

    Exit code: 0 there is a threshold, 1 there is none (the split is too small, or too many answers are wrong; nothing
    is written), 2 error.

    \b
    Examples:
      verisearch risk calibrate runs/dev -o risk.json
      verisearch risk calibrate runs/dev --alpha 0.05 --test-share 0.4 --json
    """
    import msgspec

    from verisearch.evaluation.risk import calibrate_run
    from verisearch.runtime.records import write_whole

    control = calibrate_run(
        run, alpha, delta, grid_share=grid_share, test_share=test_share, seed=seed, independent=independent
    )
    written = msgspec.json.format(msgspec.json.encode(control)) + b"\n"
    click.echo(written.decode() if as_json else control.told(), nl=not as_json)
    if control.rule.threshold is None:
        click.echo("There is no threshold" + (": nothing was written." if out else "."), err=True)
        sys.exit(1)
    if out is not None:
        write_whole(out, written)
        click.echo(f"Wrote {out}", err=True)


@command.command("show")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def show(file: Path) -> None:
    """Print what the calibration in FILE promises, on what evidence and under which assumptions.

    \b
    Example:
      verisearch risk show risk.json
    """
    from verisearch.evaluation.risk import read_control

    control: RiskControl = read_control(file)
    click.echo(control.told())


@command.command("tokens")
@RUN
@click.option("--budget", type=click.FloatRange(min=0, min_open=True), required=True,
              help="Most tokens a question may take on average.")  # fmt: skip
@click.option("--maximum", type=click.IntRange(min=1), required=True,
              help="Most tokens any one question may take; it becomes the budget to solve with. The lower, the less a "
              "split must hold.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Of the item of each group.")
@INDEPENDENT
@click.option("--json", "as_json", is_flag=True, help="Print the rule as JSON.")
def tokens(run: Path, budget: float, maximum: int, seed: int, independent: bool, as_json: bool) -> None:
    """Choose when early-stopping may stop, so that a question takes at most --budget tokens on average.

    RUN is a folder that verisearch eval --mode solve --strategy best-of-n has written: its chains are those that
    early-stopping draws one after the other. The strictest score is chosen that keeps the budget (conformal risk
    control). Prints the guarantee, its assumptions and the options to solve with; no labels are needed.

    Exit code: 0 there is a threshold, 1 there is none, 2 error.

    \b
    Examples:
      verisearch eval proofwriter --data dev.jsonl --mode solve --strategy best-of-n --n 16 --out runs/dev
      verisearch risk tokens runs/dev --budget 300 --maximum 2000
    """
    import msgspec

    from verisearch.evaluation.risk import control_run

    control = control_run(run, budget, maximum, seed=seed, independent=independent)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(control)).decode())
    else:
        click.echo(control.told())
    if control.rule.threshold is None:
        click.echo("There is no threshold.", err=True)
        sys.exit(1)

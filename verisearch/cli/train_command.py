"""``verisearch train``: models that learn from the solver's verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from verisearch.training.run import PrmPlan, Progress

__all__ = ["command"]


@click.group("train")
def command() -> None:
    """Train models on what the solver says of a policy's own chains; no human labels are used.

    \b
    Examples:
      verisearch train prm --out runs/prm
      verisearch train prm --policy path/to/model --data proofwriter:train.jsonl --limit 2000 --out runs/prm
      verisearch solve "Bob is nice." --context theory.txt --strategy beam --verifier prm:runs/prm
    """


@command.command("prm")
@click.option("--policy", metavar="SPEC", help="Whose chains are learned from, and whose weights it begins with.")
@click.option("--data", metavar="SOURCE", help="worlds:COUNT, or DATASET:FILE as proofwriter:train.jsonl.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many problems.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the model.")
@click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Settings as TOML.")
@click.option(
    "--set", "own", multiple=True, metavar="NAME=VALUE", help="A setting, as drawing.samples=8 or training.rate=1e-4."
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes that check chains; else one for each core.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def prm(out: Path, config: Path | None, own: tuple[str, ...], workers: int | None, as_json: bool, **given: Any) -> None:
    """A process reward model: the chance that a chain that goes on from here ends verified and correct.

    The policy draws chains, the solver judges every step, and a copy of the policy's weights with one output learns
    from that. Interrupted at any moment, the same command goes on. In --out: the rollouts, the model in Hugging Face's
    token-classification format, its figures on theories it has not seen, and a model card.

    \b
    Settings (TOML, or --set): policy, data, limit, prompt; drawing.samples, .temperature, .max_tokens, .seed;
    training.epochs, .problems_a_step, .rate, .weight_decay, .held_out, .most_tokens, .seed.
    \b
    Examples:
      verisearch train prm --out runs/prm
      verisearch train prm --data worlds:400 --set drawing.samples=8 --out runs/small
      verisearch train prm --config prm.toml --out runs/prm
    """
    import msgspec

    from verisearch.runtime.machine import cores
    from verisearch.runtime.pool import Pool

    plan = make_plan(config, own, {name: value for name, value in given.items() if value is not None})
    run = recipes()
    with Pool(workers or cores()) as pool, bars() as progress:
        found = run.run_prm(plan, out, pool=pool, progress=progress)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    click.echo(f"Ends verified and correct: AUROC {run.told(found.good)}")
    click.echo(f"This step is invalid: AUROC {run.told(found.invalid)}")
    click.echo(f"Model and card: {out}. Use it with --verifier prm:{out}")


def recipes() -> Any:
    """The module of the recipes. Raises `MissingExtraError` if what they stand on isn't installed."""
    try:
        from verisearch.training import run
    except ModuleNotFoundError as error:
        from verisearch.errors import MissingExtraError

        raise MissingExtraError(
            f"training needs the package {error.name!r}: pip install 'verisearch[train]', or in a checkout "
            "pip install '.[train]'"
        ) from error
    return run


def make_plan(config: Path | None, own: tuple[str, ...], given: dict[str, Any]) -> PrmPlan:
    """The plan in a TOML file, with what the options say in place of what it says. Raises `UsageError`."""
    import msgspec

    try:
        values: dict[str, Any] = msgspec.toml.decode(config.read_bytes()) if config is not None else {}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{config}: can't be read as TOML ({error})") from error
    values |= given
    for each in own:
        name, sign, value = each.partition("=")
        *path, last = name.strip().split(".")
        if not sign or len(path) > 1 or not last:
            raise click.UsageError(f"--set {each}: give NAME=VALUE, as training.rate=1e-4")
        place = values.setdefault(path[0], {}) if path else values
        if not isinstance(place, dict):
            raise click.UsageError(f"--set {each}: {path[0]} has no settings of its own")
        place[last] = value
    try:
        plan: PrmPlan = msgspec.convert(values, recipes().PrmPlan, strict=False)
    except msgspec.ValidationError as error:
        raise click.UsageError(f"{error}".replace("`$.", "`")) from error
    return plan


@contextmanager
def bars() -> Iterator[Progress | None]:
    """A progress bar for each thing that is done, where standard error is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    ) as progress:
        tasks: dict[str, Any] = {}

        def show(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        yield show

"""What the commands of ``verisearch train`` share: options, settings from file and command line, progress bars."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from verisearch.training.plans import Progress

__all__ = ["bars", "make_plan", "recipe_options", "recipes", "told_tuning"]

F = TypeVar("F", bound=Callable[..., Any])


def recipe_options(command: F) -> F:
    """The options that all recipes have which draw chains of a policy."""
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    for option in reversed(
        (
            click.option("--policy", metavar="SPEC", help="Whose chains are learned from, and whose weights."),
            click.option("--data", metavar="SOURCE", help="worlds:COUNT, or DATASET:FILE as proofwriter:train.jsonl."),
            click.option("--limit", type=click.IntRange(min=1), help="At most so many problems."),
            click.option("--rollouts", metavar="FILE", help="Chains that another run drew (its rollouts.jsonl)."),
            click.option(
                "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the model."
            ),
            click.option("--config", type=file, help="Settings as TOML, or a run.json."),
            click.option(
                "--set", "own", multiple=True, metavar="NAME=VALUE",
                help="A setting, as drawing.samples=8 or training.rate=1e-4.",
            ),
            click.option(
                "--workers", type=click.IntRange(min=1), help="Processes that check chains; else one for each core."
            ),
            click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def recipes(module: str) -> Any:
    """The module of a recipe, by its name in `verisearch.training`. Raises `MissingExtraError` if what it stands on
    isn't installed."""
    try:
        return import_module(f"verisearch.training.{module}")
    except ModuleNotFoundError as error:
        from verisearch.errors import MissingExtraError

        raise MissingExtraError(
            f"training needs the package {error.name!r}: pip install 'verisearch[train]', or in a checkout "
            "pip install '.[train]'"
        ) from error


def make_plan(kind: Any, config: Path | None, own: tuple[str, ...], given: dict[str, Any]) -> Any:
    """A plan of this kind, as a TOML file says it, with what the options say (None: nothing) in place of what it says.
    Raises `UsageError`."""
    import msgspec

    from verisearch.errors import InputError

    try:
        values: dict[str, Any] = read_config(config) if config is not None else {}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{config}: can't be read ({error}); give TOML, or a run.json") from error
    values |= {name: value for name, value in given.items() if value is not None}
    values = {**values, **{name: {**parts, **values.get(name, {})} for name, parts in defaults_of(kind).items()
                           if isinstance(values.get(name, {}), dict)}}  # fmt: skip
    for each in own:
        name, sign, value = each.partition("=")
        *path, last = name.strip().split(".")
        if not sign or len(path) > 1 or not last:
            raise click.UsageError(f"--set {each}: give NAME=VALUE, as training.rate=1e-4")
        place = values.setdefault(path[0], {}) if path else values
        if not isinstance(place, dict):
            raise click.UsageError(f"--set {each}: {path[0]} has no settings of its own")
        place[last] = listed(each, value)
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        told = str(error).replace("`$.", "`")
        if isinstance(error.__cause__, InputError):  # a setting out of its range, in our own words
            told = str(error.__cause__)
        raise click.UsageError(told + (f" (in {config}, or an option)" if config is not None else "")) from error


def read_config(config: Path) -> dict[str, Any]:
    """Settings as TOML, or as JSON, the way a run keeps them."""
    import msgspec

    decode = msgspec.json.decode if config.suffix == ".json" else msgspec.toml.decode
    return msgspec.convert(decode(config.read_bytes()), dict[str, Any])


def defaults_of(kind: Any) -> dict[str, dict[str, Any]]:
    """The settings that a plan groups, each group with the plan's own defaults, of which a file or an option may give
    some."""
    import msgspec

    standard = {field.name: field.default for field in msgspec.structs.fields(kind)}
    return {name: msgspec.to_builtins(value) for name, value in standard.items() if isinstance(value, msgspec.Struct)}


def listed(text: str, value: str) -> Any:
    """A value as it was given, or the list that is in brackets. Raises `UsageError`."""
    import msgspec

    if not value.startswith("["):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        raise click.UsageError(f"--set {text}: can't be read as a list ({error}); give [0.8,1.0]") from error


def told_tuning(found: Any, out: Path) -> None:
    """Print what tuning a language model did, and what to do with it."""
    cards = recipes("tuning.cards")
    if found.left_out:
        click.echo(f"Too long to learn from: {found.left_out:,} chains")
    if found.losses.chains:
        click.echo(f"Held-out verified chains, nats a token: {cards.told_losses(found.losses)}")
    if found.greedy is not None:
        for name, field in (("right", "right"), ("verified", "verified"), ("verified and correct", "good")):
            before, after = (cards.share(getattr(each, field)) for each in (found.greedy.before, found.greedy.after))
            change = cards.share(getattr(found.greedy.change, field), "+")
            click.echo(f"Held-out problems, greedy, {name}: {before} before, {after} after; change {change}")
    click.echo(f"Model and card: {out}. Use it with --policy transformers:{out}")


@contextmanager
def bars() -> Iterator[Progress]:
    """A progress bar for each thing that is done, where standard error is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda what, done, total: None
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

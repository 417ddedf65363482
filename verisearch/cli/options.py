"""Options that several commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from verisearch.cli.formaliser_options import make_reading, settles_model

if TYPE_CHECKING:
    from verisearch.symbolic.options import CheckOptions
    from verisearch.trace import Problem

__all__ = ["EXIT_CODES", "GIB", "Leap", "OutputFile", "check_options", "options_for", "records_of", "write_output"]

GIB = 1024**3

#: Exit code of a command by the status of what it checked; 2 is an error.
EXIT_CODES = {"valid": 0, "invalid": 1, "unverified": 3, "abstained": 4}


class Leap(click.ParamType):
    """A number of rule applications, or ``any``."""

    name = "N|any"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        if isinstance(value, int):
            return value
        if str(value) == "any":
            return None
        if not str(value).isdecimal() or len(str(value)) > 9:
            self.fail(f"{value!r} is neither a number nor 'any'", param, ctx)
        return int(value)


class OutputFile(click.Path):
    """A file to be written. That it can be is seen before any work is done whose result would be lost."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not str(value):
            self.fail("the name of a file is empty", param, ctx)
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        folder = path.parent
        if ctx is not None and param is not None:
            taken = ctx.meta.setdefault(__name__, {})  # what options of this call write, by file
            if taken.setdefault(path.absolute(), param.name) != param.name:
                self.fail(f"{str(path)!r}: another option writes this file", param, ctx)
        if not folder.is_dir():
            self.fail(f"{str(path)!r}: there is no folder {str(folder)!r}", param, ctx)
        if not path.exists() and not os.access(folder, os.W_OK):
            self.fail(f"{str(path)!r}: nothing can be written into {str(folder)!r}", param, ctx)
        return path


def check_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--logic``, ``--closed-world``, ``--solver``, ``--effort``, ``--generic-noun``, ``--timeout``, ``--memory``."""
    options = [
        click.option(
            "--logic",
            type=click.Choice(["rules", "classical", "closed-world"]),
            help="How rules are read: forwards only (the default), as full first-order logic (the default with "
            "--formalizer llm), or with negation as failure.",
        ),
        click.option(
            "--closed-world", is_flag=True, help="The same as --logic closed-world: what does not follow is false."
        ),
        click.option(
            "--negation",
            type=click.Choice(["derived", "given"]),
            default="derived",
            show_default=True,
            help="Closed world: what 'not' in a condition is looked up in, all that is derived or the given facts.",
        ),
        click.option("--solver", default="z3", show_default=True, help="z3, cvc5, or one that a plug-in adds."),
        click.option(
            "--effort",
            type=click.IntRange(min=10_000),
            default=20_000_000,
            show_default=True,
            help="Most effort for one check, in the solver's own unit.",
        ),
        click.option(
            "--generic-noun",
            "generic_nouns",
            multiple=True,
            metavar="NOUN",
            help="A noun that names no kind, as 'thing' and 'person' don't. May be repeated.",
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            default=30.0,
            show_default=True,
            help="Seconds for one step before it is given up.",
        ),
        click.option(
            "--memory",
            type=click.FloatRange(min=0.25),
            default=4.0,
            show_default=True,
            help="GiB of memory for the solver's process.",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def make_check(given: dict[str, Any], max_leap: int | None = None) -> Any:
    """The `CheckOptions` that the shared options describe. Raises `UnknownNameError` for solver and formaliser."""
    from verisearch import plugins
    from verisearch.symbolic.options import CheckOptions

    if given["closed_world"] and given["logic"] == "classical":
        raise click.UsageError("--closed-world goes with --logic rules, not with classical")
    closed = given["closed_world"] or given["logic"] == "closed-world"
    if given["negation"] != "derived" and not closed:
        raise click.UsageError("--negation goes with --closed-world")
    if given["solver"] == "clingo" and not closed:
        raise click.UsageError("clingo decides the closed world only: use it with --closed-world")
    if given["solver"] not in plugins.names("solvers"):
        plugins.load("solvers", given["solver"])  # raises, and says which there are
    if "formalizer" not in given:
        fields: dict[str, Any] = {}
    else:
        modelled = settles_model(given)
        if modelled and closed:
            raise click.UsageError("--formalizer llm makes first-order formulas: it goes with rules or classical")
        fields = {"formaliser": given["formalizer"], "reading": make_reading(given)}
        if modelled and given["logic"] is None:
            given["logic"] = "classical"
    return CheckOptions(
        logic="closed-world" if given["closed_world"] else given["logic"] or "rules",
        max_leap=max_leap,
        solver=given["solver"],
        effort=given["effort"],
        generic_nouns=tuple(given["generic_nouns"]),
        negation=given["negation"],
        **fields,
    )


def options_for(problem: Problem, options: CheckOptions, chain: str = "") -> CheckOptions:
    """The options for one problem: where no formaliser was named, its kind of answer decides who it is."""
    import msgspec

    from verisearch.symbolic.formaliser import formaliser_for

    if click.get_current_context().get_parameter_source("formalizer") is not ParameterSource.DEFAULT:
        return options
    return msgspec.structs.replace(options, formaliser=formaliser_for(problem, chain))


def records_of(run: Path) -> Path:
    """The records in the folder of a run, or the file of them that is given. Raises `UsageError` if there are none."""
    from verisearch.runtime.records import RECORDS

    path = run / RECORDS if run.is_dir() else run
    if not path.is_file():
        raise click.UsageError(f"{run} holds no run: give the folder that verisearch eval wrote (--out)")
    return path


def write_output(text: str, out: Path | None) -> None:
    """Write ``text`` to a file, or to standard output."""
    if out is None:
        click.echo(text, nl=not text.endswith("\n"))
    else:
        out.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
        print(f"Wrote {out}", file=sys.stderr)

"""The ``verisearch`` command. Each subcommand is a file of its own, imported only when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from verisearch.errors import VerisearchError

__all__ = ["main"]

#: Subcommand name -> one line of help. The module of the same name holds its ``command``.
COMMANDS = {
    "convert": "Convert formulas between FOL notation, SMT-LIB 2 and English.",
    "doctor": "Say what is installed, what works here, and how fast.",
    "eval": "Evaluate on a data set: labels, recorded or new chains, metrics; resumable.",
    "prove": "Say whether a statement follows from a context.",
    "replay": "Run a search again on its recorded answers, without model or solver.",
    "risk": "Calibrate when to answer and when to abstain.",
    "schema": "Print the JSON schema of a trace or a verdict.",
    "show": "Show what a run recorded of a problem: the search tree, as text or as a page.",
    "solve": "Have a language model reason about a statement, every step checked.",
    "train": "Train a reward model on the solver's verdicts, or calibrate scores.",
    "verify": "Check a reasoning trace step by step.",
}


class LazyGroup(click.Group):
    """Loads a subcommand's module when it is run, so that ``--help`` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"verisearch.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="verisearch")
def verisearch() -> None:
    """Check language-model reasoning with a solver, step by step.

    \b
    Examples:
      verisearch verify trace.json
      echo "Bob is kind. So Bob is nice." | verisearch verify - --context "Bob is kind. Kind people are nice."
      verisearch prove --context theory.txt "Bob is nice."
      verisearch solve --context theory.txt "Bob is nice."
      verisearch eval proofwriter --data dev.jsonl --mode prove --out runs/dev
    """


def main() -> None:
    """Run the command line. Errors are printed without a traceback and exit with 2."""
    try:
        code = verisearch(standalone_mode=False)  # click gives back what a command ends with
        if isinstance(code, int) and code:
            sys.exit(code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except VerisearchError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        told = error if error.filename is None else f"{error.filename}: {(error.strerror or str(error)).lower()}"
        click.echo(f"Error: {told}", err=True)
        sys.exit(2)

"""``verisearch prove``: does a statement follow?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from verisearch.cli.formaliser_options import formaliser_options, open_model
from verisearch.cli.options import GIB, OutputFile, check_options, make_check, write_output

__all__ = ["command"]

#: Exit codes by outcome: true is "yes", false, unknown and inconsistent "no", undecided neither.
CODES = {"true": 0, "false": 1, "unknown": 1, "inconsistent": 1, "undecided": 3}


@click.command("prove")
@click.argument("statement", required=False)
@click.option("--context", required=True, help="The context: a file, - for standard input, or the text itself.")
@click.option("--question", help="A question that contains the statement, if STATEMENT is not given.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--detail", is_flag=True, help="Text: formulas and counter-model too.")
@click.option("--out", type=OutputFile(), help="Write to a file.")
@click.option("--smtlib", type=OutputFile(), help="Write the proof as an SMT-LIB script.")
@check_options
@formaliser_options
def command(statement: str | None, form: str, as_json: bool, out: Path | None, **given: Any) -> None:
    """Say whether STATEMENT follows from a context: true, false (its opposite follows), unknown, or inconsistent.

    Exit code: 0 true, 1 false, unknown or inconsistent, 3 undecided (the solver gave up, or part of the context could
    not be read), 2 error.

    \b
    Examples:
      verisearch prove "Bob is nice." --context theory.txt
      verisearch prove "Bob is nice." --context "Bob is kind. Kind people are nice." --json
      verisearch prove "Anne is not red." --context theory.txt --logic classical --smtlib proof.smt2
    """
    from verisearch.ingest.reader import read_problem
    from verisearch.runtime.jobs import Limits, ProveJob
    from verisearch.runtime.pool import run_one

    options = make_check(given)
    if statement and statement.rstrip().endswith("?") and given["question"] is None:
        statement, given["question"] = None, statement
    problem = read_problem(given["context"], given["question"], statement=statement)
    if not (problem.statement or "").strip():
        raise click.UsageError('give a STATEMENT such as "Bob is nice.", or a question that contains one')
    if not problem.context:
        click.echo("Note: the context is empty: nothing was given to reason from.", err=True)
    limits = Limits(seconds=given["timeout"], memory=int(given["memory"] * GIB))
    with open_model(given) as model:
        result = run_one(ProveJob(id=problem.id, problem=problem, options=options), limits, model)
    proof = result.proof
    if proof is None:
        raise click.ClickException(result.error.message if result.error else "the worker gave no proof")
    if as_json or form == "json":
        import msgspec

        write_output(msgspec.json.format(msgspec.json.encode(proof)).decode(), out)
    else:
        from verisearch.report.terminal import make_console, render_proof

        if out is None:
            render_proof(make_console(), proof, given["detail"])
        else:
            with out.open("w", encoding="utf-8") as file:
                render_proof(make_console(file), proof, given["detail"])
    if given["smtlib"] is not None:
        from verisearch.symbolic.scripts import proof_script

        text = proof_script(proof)
        if text is None:
            click.echo(f"no script: the outcome is {proof.outcome.value}", err=True)
        else:
            given["smtlib"].write_text(text, encoding="utf-8")
    sys.exit(CODES[proof.outcome.value])

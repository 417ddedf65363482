"""``verisearch verify``: check traces step by step."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verisearch.cli.formaliser_options import formaliser_options, open_model, workers_for
from verisearch.cli.options import (
    EXIT_CODES,
    GIB,
    Leap,
    OutputFile,
    check_options,
    make_check,
    options_for,
    write_output,
)

if TYPE_CHECKING:
    from verisearch.runtime.responding import PolicyResponder
    from verisearch.symbolic.options import CheckOptions
    from verisearch.trace import Trace
    from verisearch.verdict import TraceVerdict

__all__ = ["command"]


@click.command("verify")
@click.argument("traces", nargs=-1, required=True, metavar="TRACE...")
@click.option("--context", help="The context, if it is not in the trace: a file or the text itself.")
@click.option("--question", help="The question or the statement it asks about: a file or the text itself.")
@click.option(
    "--max-leap", type=Leap(), default=None, help="Most rule applications a step of a verified chain jumps over."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True, help="Output."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--detail", is_flag=True, help="Text: formulas, premises and counter-models of every claim.")
@click.option("--out", type=OutputFile(), help="Write to a file.")
@click.option(
    "--smtlib", type=click.Path(file_okay=False, path_type=Path), help="Write each check as an SMT-LIB script."
)
@click.option("--dot", type=OutputFile(), help="Write the proof graph for Graphviz.")
@check_options
@formaliser_options
def command(traces: tuple[str, ...], form: str, as_json: bool, out: Path | None, **given: Any) -> None:
    """Check reasoning traces: which steps follow from the context and the steps before, and from which.

    TRACE is a file, - for standard input, or the text itself: JSON, JSONL, numbered or bulleted text, Markdown, prose,
    chat messages, <think> tags. Context and question may stand in it (fields, or headings such as "Context:").

    Exit code: 0 valid (every claim is entailed), 1 invalid (a claim is contradicted or ungrounded), 3 unverified
    (neither can be said), 2 error. Of several traces the worst counts.

    \b
    Examples:
      verisearch verify chain.txt --context theory.txt --question "Bob is nice."
      verisearch verify chains.jsonl --format html --out report.html
      cat chat.json | verisearch verify - --max-leap 1 --json
      verisearch verify solution.txt --question "Pens cost $3. What is the price of 4 pens?"
      verisearch verify "Bob is kind. So Bob is nice." --context "Bob is kind. Kind people are nice."
      verisearch verify chain.txt --formalizer llm --formalizer-policy openai:MODEL@http://127.0.0.1:8000/v1
    """
    form = "json" if as_json else form
    options = make_check(given, given["max_leap"])
    failures: list[str] = []
    verdicts = list(check_all(traces, options, given, failures))
    write_output(rendered(verdicts, form, given["detail"], out), out)
    if given["smtlib"] is not None:
        write_scripts(verdicts, given["smtlib"])
    if given["dot"] is not None:
        write_graph(verdicts, given["dot"])
    for message in failures:
        click.echo(f"Error: {message}", err=True)
    codes = [EXIT_CODES[verdict.status.value] for verdict in verdicts] + [2] * bool(failures)
    sys.exit(next((code for code in (2, 1, 3) if code in codes), 0))


def check_all(
    sources: tuple[str, ...], options: CheckOptions, given: dict[str, Any], failures: list[str]
) -> Iterator[TraceVerdict]:
    """Verdicts on all traces of all sources, in order; what can't be read or checked goes to ``failures``."""
    from verisearch.ingest.reader import read_traces
    from verisearch.runtime.jobs import Limits, VerifyJob
    from verisearch.runtime.pool import Pool

    def all_traces() -> Iterator[Trace]:
        for source in sources:
            yield from read_traces(
                source,
                context=given["context"],
                question=given["question"],
                on_error=lambda error: failures.append(str(error)),
            )

    limits = Limits(seconds=given["timeout"], memory=int(given["memory"] * GIB))
    with (
        open_model(given) as model,
        Pool(workers_for(model), limits=limits, model=model) as pool,
        counter(model) as advance,
    ):
        jobs = (
            VerifyJob(id=trace.problem.id, trace=trace, options=options_for(trace.problem, options, trace.raw))
            for trace in all_traces()
        )
        for result in pool.run(jobs):
            advance()
            if result.verdict is not None:
                yield result.verdict
            elif result.error is not None:
                failures.append(f"{result.id or 'trace'}: {result.error.message}")


@contextmanager
def counter(model: PolicyResponder | None) -> Iterator[Callable[[], None]]:
    """A running count of traces on standard error, and of the calls of ``model``, where that is a terminal."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    from verisearch.cli.progress import call_column

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda: None
        return
    columns = (SpinnerColumn(), TextColumn("traces checked"), MofNCompleteColumn(), *call_column(model))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda: bar.advance(task)


def rendered(verdicts: list[TraceVerdict], form: str, detail: bool, out: Path | None) -> str:
    """The verdicts in the wanted form: one JSON object, or an array for several."""
    if form == "json":
        import msgspec

        return msgspec.json.format(msgspec.json.encode(verdicts[0] if len(verdicts) == 1 else verdicts)).decode()
    if form == "html":
        from verisearch.report.html import render as render_page

        return render_page(verdicts)
    from verisearch.report.terminal import make_console, render

    if out is None:
        console = make_console()
        for verdict in verdicts:
            render(console, verdict, detail)
        return ""
    buffer = io.StringIO()
    console = make_console(buffer)
    for verdict in verdicts:
        render(console, verdict, detail)
    return buffer.getvalue()


def write_scripts(verdicts: list[TraceVerdict], folder: Path) -> None:
    """One file a claim; in a folder of its own for each of several traces."""
    from verisearch.symbolic.scripts import scripts

    count = 0
    for number, verdict in enumerate(verdicts, start=1):
        place = folder if len(verdicts) == 1 else folder / f"trace-{number:04d}"
        place.mkdir(parents=True, exist_ok=True)
        for name, text in scripts(verdict):
            (place / f"{name}.smt2").write_text(text, encoding="utf-8")
            count += 1
    click.echo(f"Wrote {count} scripts to {folder}", err=True)


def write_graph(verdicts: list[TraceVerdict], path: Path) -> None:
    """The proof graphs, one after the other."""
    from verisearch.report.graph import proof_graph, to_dot

    path.write_text("\n".join(to_dot(proof_graph(verdict)) for verdict in verdicts), encoding="utf-8")
    click.echo(f"Wrote {path}", err=True)

"""``verisearch show``: what a run recorded of one problem."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verisearch.cli.options import OutputFile, records_of, write_output

if TYPE_CHECKING:
    from rich.table import Table

    from verisearch.evaluation.record import Record
    from verisearch.verdict import TraceVerdict

__all__ = ["command"]


@click.command("show")
@click.argument("run", type=click.Path(exists=True, path_type=Path))
@click.argument("record", required=False, metavar="[ID]")
@click.option(
    "--html",
    "page",
    type=OutputFile(),
    help="Write a page with the search tree to a file, as solve --html does.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the record as one JSON object.")
@click.option("--detail", is_flag=True, help="Check the chosen chain again, and show formulas, premises and all.")
@click.option("--arm", help="Which record of the problem, where the run compares several searches.")
def command(run: Path, record: str | None, page: Path | None, as_json: bool, detail: bool, arm: str | None) -> None:
    """Show what RUN (the folder that eval wrote, or its records.jsonl) recorded of the problem ID.

    Of a search: the tree of everything that was drawn, with verdicts and scores. Without an ID all records are
    listed. The page holds the chosen chain with all details too: it is checked again for that.

    \b
    Examples:
      verisearch show runs/solve
      verisearch show runs/solve ProofWriter-7
      verisearch show runs/solve ProofWriter-7 --html search.html
      verisearch show runs/curves ProofWriter-7 --arm "latts @x4"
    """
    from verisearch.evaluation.record import Record
    from verisearch.runtime.records import read_records, read_settings

    path = records_of(run)
    records = read_records(path, Record)
    if record is None:
        if page is not None or as_json or detail:
            raise click.UsageError("say which record: give its ID (without one, all are listed)")
        listed(path, list(records))
        return
    of_problem = [each for each in records if each.id == record and arm in (None, each.arm)]
    if not of_problem:
        what = repr(record) if arm is None else f"{record!r} of {arm!r}"
        raise click.ClickException(f"{path} holds no record {what}; verisearch show {run} lists them")
    if len(of_problem) > 1:
        arms = ", ".join(str(each.arm) for each in of_problem)
        raise click.UsageError(f"{len(of_problem)} searches of {record!r} are compared there: choose --arm: {arms}")
    found = of_problem[0]
    settings = read_settings(path.parent) or {}
    if page is not None:
        write_output(search_page(found, settings), page)
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    elif page is None or detail:
        present(found, settings, detail)


def listed(path: Path, records: list[Record]) -> None:
    """All records, a line each."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from verisearch.report.terminal import make_console
    from verisearch.report.text import one_line
    from verisearch.runtime.solving import SolveStatus

    console = make_console()
    if records and all(record.strategy is None and record.trace_status is not None for record in records):
        console.print(checked(records))
        console.print(f"{len(records):,} records in {path}", soft_wrap=True)
        return
    table = Table(box=box.SIMPLE_HEAD)
    several = len({record.arm for record in records}) > 1
    for name in ("id", *(["search"] if several else []), "gold", "answer", "", "steps drawn", "tokens"):
        table.add_column(name, justify="right" if name in ("steps drawn", "tokens") else "left", no_wrap=name != "")
    for record in records:
        events = record.events or ()
        drawn = sum("draw" in event for event in events)
        drawn += sum(len(event["tokens"]) for event in events if "next" in event)
        state = f"error: {record.error}" if record.error else "verified" if record.verified else ""
        state = "abstained" if record.status is SolveStatus.ABSTAINED else state
        tokens = record.usage.get("generated_tokens", 0)
        searches = [str(record.arm)] if several else []
        cells = (record.id, *searches, record.gold or "–", record.predicted or "–", one_line(state, 160))
        table.add_row(*map(Text, (*map(one_line, cells), f"{drawn:,}" if drawn else "–", f"{tokens:,}")))
    console.print(table)
    console.print(f"{len(records):,} records in {path}", soft_wrap=True)


def checked(records: list[Record]) -> Table:
    """Records of recorded chains that were checked: what came of each, and the first step that fails."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from verisearch.report.text import one_line

    labelled = any(record.gold_first_error is not None for record in records)
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("id", "gold", "answer", "chain", "fails at step", *(["labelled"] if labelled else [])):
        table.add_column(name, overflow="fold")
    for record in records:
        status = record.trace_status.value if record.trace_status is not None else "–"
        cells = [record.id, record.gold or "–", record.predicted or "–", record.error or status]
        cells += [numbered(record.first_error)] + [numbered(record.gold_first_error)] * labelled
        table.add_row(*(Text(one_line(cell, 160)) for cell in cells))
    return table


def numbered(place: int | str | None) -> str:
    """A step's place as people count."""
    return str(place + 1) if isinstance(place, int) else place or "–"


def present(record: Record, settings: dict[str, Any], detail: bool) -> None:
    """The record as text: its tree, then what came of it."""
    from verisearch.report.branches import write_tree
    from verisearch.report.rounds import write_rounds
    from verisearch.report.searched import searched_record
    from verisearch.report.searchpage import facts, grown, outcome
    from verisearch.report.terminal import make_console, render
    from verisearch.report.text import one_line

    console = make_console()
    searched = searched_record(record, settings)
    tree = grown(searched)
    console.print(one_line(f"{record.id}: {searched.asked}" if searched.asked else record.id), style="bold")
    if len(tree):
        write_tree(console, tree)
        write_rounds(console, tree, chains=False)
        lines = [*outcome(searched, tree), *(f"note: {note}" for note in record.notes)]
        lines += [f"{name}: {value}" for name, value in facts(searched, tree)]
    else:
        plain = {"gold": record.gold, "predicted": record.predicted, "trace": record.trace_status}
        lines = [f"{name}: {getattr(value, 'value', value)}" for name, value in plain.items() if value is not None]
        reasons = record.step_reasons or [""] * len(record.step_statuses or ())
        lines += [
            f"step {n}: {status.value}{f' ({reason})' if reason else ''}"
            for n, (status, reason) in enumerate(zip(record.step_statuses or (), reasons, strict=False), 1)
        ]
        for name, place in (("first step that fails", record.first_error), ("labelled", record.gold_first_error)):
            lines += [f"{name}: {numbered(place)}"] if place is not None else []
        lines += [record.reason] if record.reason else []
        lines += [f"error: {record.error}"] if record.error else []
    for line in lines:
        console.print(one_line(line), soft_wrap=True)
    if detail:
        render(console, checked_again(record, settings), detail=True)


def search_page(record: Record, settings: dict[str, Any]) -> str:
    """The page of a record."""
    from verisearch.report.searched import searched_record
    from verisearch.report.searchpage import render_search

    if not record.events:
        raise click.ClickException(f"record {record.id!r} holds no search: only eval --mode solve makes some")
    verdict = checked_again(record, settings) if record.written and record.problem is not None else None
    return render_search(searched_record(record, settings, verdict))


def checked_again(record: Record, settings: dict[str, Any]) -> TraceVerdict:
    """The verdict on the chosen chain, made anew with the run's options."""
    import msgspec

    from verisearch.ingest.textformat import trace_from_text
    from verisearch.runtime.jobs import VerifyJob, raise_fatal
    from verisearch.runtime.pool import Pool
    from verisearch.symbolic.options import CheckOptions

    if record.problem is None or record.written is None:
        raise click.ClickException(
            f"record {record.id!r} holds no chain with its problem, so there is nothing to check again"
        )
    options = msgspec.convert(settings.get("options") or {"max_leap": 1}, CheckOptions)
    job = VerifyJob(id=record.id, trace=trace_from_text(record.written, record.problem), options=options)
    with Pool(1) as pool:
        (result,) = pool.run([job])
    raise_fatal(result.error)
    if result.verdict is None:
        raise click.ClickException(f"record {record.id!r}: {result.error.message if result.error else 'no verdict'}")
    return result.verdict

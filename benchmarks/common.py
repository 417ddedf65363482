"""What the benchmarks share: arguments, data rows as problems and traces, tables and JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from verisearch.errors import RecordError
from verisearch.runtime.records import check_same, differences, read_settings, write_settings
from verisearch.verdict import Outcome

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # `oracle` and `gold_traces` stand with the tests: import this module first

T = TypeVar("T")

#: Outcomes in the words of the data sets.
LABELS = {
    Outcome.TRUE: "True",
    Outcome.FALSE: "False",
    Outcome.UNKNOWN: "Unknown",
    Outcome.INCONSISTENT: "Inconsistent",
    Outcome.UNDECIDED: "Undecided",
}


def parser(
    description: str | None, *, limit: int | None = None, unit: str = "rows of each file"
) -> argparse.ArgumentParser:
    """The arguments that all benchmarks take."""
    default = os.environ.get("VERISEARCH_DATA", str(ROOT.parent / "shared" / "data"))
    made = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    made.add_argument("--data", type=Path, default=Path(default), help="folder of the data files (VERISEARCH_DATA)")
    made.add_argument("--out", type=Path, help="write the figures to this JSON file")
    made.add_argument("--limit", type=int, default=limit, help=f"at most so many {unit}, evenly spread")
    return made


def spread(items: Iterable[T], limit: int | None) -> list[T]:
    """At most ``limit`` of the items, evenly spread over all of them."""
    everything = list(items)
    if limit is None or limit >= len(everything):
        return everything
    return [everything[index * len(everything) // limit] for index in range(limit)]


def progress(items: Sequence[T], text: str) -> Iterator[T]:
    """The items, with a bar on standard error where it is a terminal."""
    console = Console(stderr=True)
    yield from track(items, text, console=console, disable=not console.is_terminal, transient=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table whose first column is text and whose others are figures."""
    made = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        made.add_column(column, justify="right" if index else "left")
    for row in rows:
        made.add_row(*(Text(cell if isinstance(cell, str) else show(cell)) for cell in row))
    return made


def show(cell: object) -> str:
    if cell is None:
        return "–"
    return f"{cell:.2f}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else str(cell)


def share(part: int, whole: int) -> str:
    """A percentage that says 100% only if it is all."""
    if whole == 0:
        return "–"
    percent = 100 * part / whole
    return "100%" if part == whole else f"{min(percent, 99.99):.2f}%"


def finish(name: str, figures: Mapping[str, Any], tables: Iterable[Table], out: Path | None, started: float) -> None:
    """Print the tables, write the figures."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    for made in tables:
        console.print(made)
    seconds = round(time.perf_counter() - started, 1)
    console.print(f"{seconds} s")
    if out is not None:
        record = {"benchmark": name, "seconds": seconds, "versions": versions(), **figures}
        out.write_text(json.dumps(record, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")


def settle(folder: Path, args: argparse.Namespace, *names: str) -> None:
    """Make the folder of what is kept from run to run; leave with a message if what it holds was made with other values
    of the arguments ``names``."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {name: str(getattr(args, name)) for name in names}
    try:
        known = read_settings(folder)
        if known is None:
            write_settings(folder, settings)
        else:
            check_same(folder, known, settings, differences)
    except RecordError as error:
        sys.exit(str(error).replace("--out", "--runs"))


def versions() -> dict[str, str]:
    """What was measured, and on what."""
    packages = ("verisearch", "z3-solver", "cvc5", "clingo")
    known = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    for package in packages:
        try:
            known[package] = version(package)
        except PackageNotFoundError:
            known[package] = "not installed"
    return known

"""The progress bar of commands that take long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

    from verisearch.runtime.responding import PolicyResponder

__all__ = ["call_column", "progress_bar"]


@contextmanager
def progress_bar(
    title: str,
    total: int | None,
    parts: Sequence[tuple[str, float]] = (),
    model: PolicyResponder | None = None,
) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error with the time that is left, where that is a terminal; None without one.

    Gives what to call with the number of the part that is under way, from 0, and how many of ``total`` (None: not
    known) are done in it. ``parts``: their names and what each weighs; bar and time are of the whole. ``model``: whose
    calls are counted beside it.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    weights = [weight for _, weight in parts] or [1.0]
    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[done]}"),
        TimeRemainingColumn(elapsed_when_finished=True), *call_column(model),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=total * sum(weights) if total is not None else None, done="")
        begun = False

        def show(part: int, done: int) -> None:
            nonlocal begun
            named = f"{title} {part + 1}/{len(weights)} {escape(parts[part][0])}" if len(weights) > 1 else title
            completed = (total or 0) * sum(weights[:part]) + done * weights[part]
            if not begun:  # what an earlier run did says nothing about speed
                bar.reset(task, completed=int(completed))
                begun = True
            bar.update(task, completed=completed, description=named, done=f"{done}/{'?' if total is None else total}")

        yield show


def call_column(model: PolicyResponder | None) -> list[ProgressColumn]:
    """A column with the calls of a formaliser's model, which is redrawn while they are waited for; none without one."""
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    if model is None:
        return []
    counts = model

    class Calls(ProgressColumn):
        def render(self, task: Task) -> Text:
            waiting = counts.asked - counts.answered
            said = f"{counts.answered:,} model calls"
            said += f", {waiting:,} waited for" if waiting > 0 else ""
            return Text(said + (f", {counts.recorded:,} more recorded" if counts.recorded else ""))

    return [Calls()]

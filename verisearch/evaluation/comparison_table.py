"""The arms of a run and their differences as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rich import box
from rich.table import Table

from verisearch.evaluation.bootstrap import Estimate
from verisearch.evaluation.comparison import COSTS, SHARES, ArmFigures, Comparison, Difference
from verisearch.evaluation.table import percent

__all__ = ["Grid", "arms_grid", "comparison_tables", "depths_grid", "differences_grid", "notes"]

COLUMNS = {**SHARES, "generated_tokens": "Tokens a problem", "verifier_calls": "Verifier calls"}


class Grid(NamedTuple):
    """A table as text: its title, its columns' names, and its rows, of which the first cell is a name."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def comparison_tables(comparison: Comparison, seconds: Mapping[str, float]) -> Iterator[Table]:
    """Each arm's figures, those by depth if depths are known, and each arm's differences to the first."""
    of_first = [each for each in comparison.differences if each.against == comparison.arms[0].name]
    grids = [arms_grid(comparison, seconds), depths_grid(comparison), differences_grid(of_first)]
    for grid in (each for each in grids if each.rows):
        table = Table(box=box.SIMPLE_HEAD, title=grid.title, title_justify="left")
        for number, name in enumerate(grid.columns):
            table.add_column(name, justify="right" if number else "left", overflow="fold")
        for row in grid.rows:
            table.add_row(*row)
        yield table


def arms_grid(comparison: Comparison, seconds: Mapping[str, float]) -> Grid:
    """Each arm's figures. ``seconds``: a problem's, by arm."""
    rows = [[*arm_cells(arm), f"{seconds[arm.name]:.3g}" if arm.name in seconds else "–"] for arm in comparison.arms]
    title = f"{comparison.problems:,} problems in {comparison.groups:,} groups; 95 % bootstrap intervals in brackets"
    return Grid(title, ["", "Budget", *COLUMNS.values(), "FLOPs", "Seconds"], rows)


def arm_cells(arm: ArmFigures) -> Iterator[str]:
    yield arm.name
    yield "–" if arm.budget is None else f"{arm.budget:,}"
    for name in COLUMNS:
        yield shown(arm.estimates[name], name in SHARES)
    flops = arm.estimates.get("flops")
    yield "–" if flops is None or flops.value is None else f"{flops.value:.3g}"


def depths_grid(comparison: Comparison) -> Grid:
    """Each arm's share of verified and correct chains by the depth of the gold proof, with the tokens of a problem
    behind ``@``; no rows where the data set tells no depths."""
    rows_at = {each.depth: each.n for each in comparison.by_depth}
    cells: dict[str, list[str]] = {}
    for each in comparison.by_depth:
        share, tokens = (each.estimates[name].value for name in ("verified_and_correct", "generated_tokens"))
        shown = "–" if share is None else percent(share)
        cells.setdefault(each.arm, []).append(shown if tokens is None else f"{shown} @{tokens:,.0f}")
    told = f"{sum(rows_at.values()):,} of {comparison.problems:,} problems have one"
    title = f"Verified and correct by depth of the gold proof ({told}; how many in brackets), tokens a problem behind @"
    return Grid(title, ["", *(f"{depth} ({n})" for depth, n in rows_at.items())], [[a, *c] for a, c in cells.items()])


def differences_grid(differences: Sequence[Difference]) -> Grid:
    """Differences between arms, shares in percentage points."""
    names = dict.fromkeys(each.against for each in differences)
    against = f" to {next(iter(names))}" if len(names) == 1 else ""
    rows = [
        [
            each.arm if against else f"{each.arm} − {each.against}",
            *(shown(each.estimates[name], name in SHARES, signed=True) for name in COLUMNS),
        ]
        for each in differences
    ]
    title = f"Paired differences{against} on the same problems, shares in percentage points"
    return Grid(title, ["", *COLUMNS.values()], rows)


def shown(estimate: Estimate, share: bool, signed: bool = False) -> str:
    """A figure with its interval: ``62.0 % [55.1, 68.4]``, ``+3.5 [-1.0, 8.1]``, ``1,234 [1,100, 1,371]``."""
    if estimate.value is None:
        return "–"
    scale = 100 if share else 1
    value = percent(estimate.value) if share and not signed else number(scale * estimate.value, share, signed)
    if estimate.interval is None:
        return value
    low, high = (number(scale * end, share, signed) for end in estimate.interval)
    return f"{value} [{low}, {high}]"


def number(value: float, share: bool, signed: bool) -> str:
    """A number to a tenth where that says something."""
    digits = 1 if share or abs(value) < 100 else 0
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    return text.replace("-", "−") if float(value) and text.strip("+-0.,") else text.lstrip("+-")


def notes(comparison: Comparison) -> Iterator[str]:
    """What to know about the figures."""
    yield (
        f"Intervals: 95 % percentiles of {comparison.replicates:,} bootstrap draws of the {comparison.groups:,} groups "
        "that the problems come in (theories, stories); differences are taken within each draw."
    )
    if comparison.groups < 30:
        yield f"With {comparison.groups} groups the intervals are rough, and too narrow rather than too wide."
    if any(flat(arm) for arm in comparison.arms):
        yield "Where all problems went one way the bootstrap can't show doubt: no width is no certainty."
    yield f"{COSTS['generated_tokens']}: all that the policy wrote for a problem, what was thrown away included."
    if any(arm.budget is not None for arm in comparison.arms):
        yield "Where a budget is spent, what is being written is cut off: of chains that are drawn together, all."
    if comparison.untold:
        reasons = dict.fromkeys(comparison.untold.values())
        yield f"FLOPs are left out where they can't be told: {'; '.join(reasons)}."
    yield (
        "FLOPs: 2 a parameter and token, over the policy's generated tokens and those that a verifier's model judged; "
        "reading the prompt and solvers are left out."
    )
    yield (
        "Seconds: wall-clock time of a strategy over its problems, many under way at once. They hold for the machine "
        "of the run, and the first to be run also pays for starting up."
    )


def flat(arm: ArmFigures) -> bool:
    """Whether a share's interval has no width."""
    intervals = [arm.estimates[name].interval for name in SHARES]
    return any(each is not None and each[0] == each[1] for each in intervals)

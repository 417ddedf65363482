"""One self-contained HTML page about the arms of a run: curves, figures, differences. It asks the network for nothing,
runs no script, and all text reaches it escaped."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from verisearch.evaluation.comparison import SHARES, Comparison
from verisearch.evaluation.comparison_table import Grid, arms_grid, depths_grid, differences_grid, notes
from verisearch.report.curves import AXES
from verisearch.report.html import filled
from verisearch.report.text import visible

__all__ = ["render_comparison"]


def render_comparison(
    comparison: Comparison,
    seconds: Mapping[str, float],
    curves: Mapping[str, bytes],
    *,
    title: str,
    facts: Mapping[str, str],
    no_curves: str = "There are none.",
) -> str:
    """The page, as text to be written in UTF-8. ``curves``: PNG pictures by axis; ``no_curves`` stands where there is
    none. ``facts``: what was run, by name."""
    first = comparison.arms[0].name
    return filled(
        "comparison.html",
        ("page.css", "comparison.css"),
        title=title,
        facts={name: visible(value) for name, value in facts.items()},
        curves=[{"source": source(image), "text": text(axis)} for axis, image in curves.items()],
        no_curves=visible(no_curves),
        arms=seen(arms_grid(comparison, seconds)),
        depths=seen(depths_grid(comparison)),
        first=seen(differences_grid([each for each in comparison.differences if each.against == first])),
        pairs=seen(differences_grid([each for each in comparison.differences if each.against != first])),
        notes=[visible(note) for note in notes(comparison)],
    )


def seen(grid: Grid) -> Grid:
    """The table with what could reorder a line made visible."""
    return Grid(visible(grid.title), grid.columns, [[visible(cell) for cell in row] for row in grid.rows])


def source(image: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(image).decode()}"


def text(axis: str) -> str:
    """What a picture shows."""
    return f"{', '.join(SHARES.values())}, each with 95 % intervals. To the right: {AXES[axis]}."

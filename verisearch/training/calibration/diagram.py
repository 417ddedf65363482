"""A reliability diagram, drawn with matplotlib: how often scores are right against what they say."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from verisearch.errors import MissingExtraError
from verisearch.training.calibration.metrics import Bin

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["reliability_diagram"]

#: Okabe and Ito's, which colour-blind people can tell apart: what is, and what would be right.
MEASURED, COUNTED, IDEAL = "#0072B2", "#56B4E9", "#666666"


def reliability_diagram(panels: Mapping[str, Sequence[Bin]], outcome: str) -> bytes:
    """A PNG picture with a panel for each title: the share that is ``outcome`` (in words) of each bin against its mean
    score, and below it how many scores each bin has. Raises `MissingExtraError` without matplotlib."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"drawing a diagram needs the package {error.name!r}: pip install 'verisearch[plots]', or in a checkout "
            "pip install '.[plots]'"
        ) from error
    figure = Figure(figsize=(5.2 * len(panels), 6.4), layout="constrained")
    FigureCanvasAgg(figure)
    areas: Any = figure.subplots(2, len(panels), sharex=True, sharey="row", squeeze=False, height_ratios=(3, 1))
    most = max(each.count for bins in panels.values() for each in bins)
    for column, (title, bins) in enumerate(panels.items()):
        # between two dollar signs matplotlib reads mathematics
        areas[0][column].set_title(title.replace("$", r"\$"), fontsize=11, loc="left")
        draw_shares(areas[0][column], bins)
        draw_counts(areas[1][column], bins, most)
    areas[0][0].set_ylabel(f"Share that is {outcome}".replace("$", r"\$"))
    areas[1][0].set_ylabel("Scores")
    # outside: a bin of few scores may lie in any corner
    figure.legend(*areas[0][0].get_legend_handles_labels(), loc="outside upper right", ncols=2, frameon=False)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=130)
    return out.getvalue()


def draw_shares(area: Axes, bins: Sequence[Bin]) -> None:
    """Each bin's share at its mean score, with the distance from what would be right."""
    points = [
        (each.confidence, each.accuracy) for each in bins if each.confidence is not None and each.accuracy is not None
    ]
    area.plot([0, 1], [0, 1], linestyle="--", linewidth=1.2, color=IDEAL, label="as the score says")
    for confidence, accuracy in points:
        area.plot([confidence, confidence], [confidence, accuracy], color=MEASURED, linewidth=3, alpha=0.3)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    area.plot(xs, ys, "o", markersize=7, color=MEASURED, label="measured", clip_on=False)
    dress(area, (-0.02, 1.02))


def draw_counts(area: Axes, bins: Sequence[Bin], most: int) -> None:
    """How many scores are in each bin."""
    for each in bins:
        middle = (each.low + each.high) / 2
        area.bar(middle, each.count, width=0.9 * (each.high - each.low), color=COUNTED)
        if each.count:
            area.text(middle, each.count + 0.03 * most, f"{each.count:,}", ha="center", va="bottom", fontsize=8)
    area.set_xlabel("Score")
    dress(area, (0, 1.2 * most))


def dress(area: Axes, height: tuple[float, float]) -> None:
    area.set_xlim(-0.02, 1.02)
    area.set_xticks([tick / 10 for tick in range(0, 11, 2)])
    area.set_ylim(*height)
    area.grid(alpha=0.25)
    area.spines[["top", "right"]].set_visible(False)

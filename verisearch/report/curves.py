"""Accuracy against compute, drawn with matplotlib: one picture for each way to count compute."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from verisearch.errors import MissingExtraError
from verisearch.evaluation.comparison import SHARES, ArmFigures, Comparison
from verisearch.report.text import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["AXES", "Curve", "Point", "curves", "draw"]

#: What is laid off to the right, by the end of the picture's name.
AXES = {
    "tokens": "Tokens generated a problem, discarded ones included",
    "flops": "FLOPs a problem, policy and verifier",
    "verifier-calls": "Verifier calls a problem",
    "seconds": "Seconds a problem",
}

#: The figure that each counts; seconds are none of the comparison's.
FIGURES = {"tokens": "generated_tokens", "flops": "flops", "verifier-calls": "verifier_calls"}

#: Told apart without colour too; the colours are Okabe and Ito's, which colour-blind people can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "osD^vPX*<>"


class Point(NamedTuple):
    """An arm's place: what it cost, its share, and the share's interval."""

    x: float
    share: float
    low: float
    high: float


class Curve(NamedTuple):
    """The arms of a series, from the cheapest on."""

    name: str
    points: list[Point]


def curves(comparison: Comparison, seconds: Mapping[str, float], axis: str, share: str) -> Iterator[Curve]:
    """A curve for each series; arms without the one figure or the other are no part of it."""
    for series in dict.fromkeys(arm.series for arm in comparison.arms):
        points = []
        for arm in comparison.arms:
            x, found = cost(arm, seconds, axis), arm.estimates[share]
            if arm.series == series and x is not None and found.value is not None:
                points.append(Point(x, found.value, *(found.interval or (found.value, found.value))))
        if points:
            yield Curve(series, sorted(points))


def cost(arm: ArmFigures, seconds: Mapping[str, float], axis: str) -> float | None:
    """What a problem cost."""
    if axis == "seconds":
        return seconds.get(arm.name)
    found = arm.estimates.get(FIGURES[axis])
    return found.value if found is not None else None


def draw(comparison: Comparison, seconds: Mapping[str, float]) -> dict[str, bytes]:
    """PNG pictures by name of axis, each with a panel for each share; axes that no arm has a figure for are left out.
    Raises `MissingExtraError` without matplotlib."""
    found = {axis: {share: list(curves(comparison, seconds, axis, share)) for share in SHARES} for axis in AXES}
    return {axis: picture(panels, axis) for axis, panels in found.items() if any(panels.values())}


def picture(panels: Mapping[str, list[Curve]], axis: str) -> bytes:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"drawing curves needs the package {error.name!r}: pip install 'verisearch[plots]', or in a checkout "
            "pip install '.[plots]'"
        ) from error
    names = list(dict.fromkeys(curve.name for found in panels.values() for curve in found))
    rows = -(-len(names) // 3)
    figure = Figure(figsize=(13, 4.3 + 0.25 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    handles: dict[str, Any] = {}
    areas = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for area, (share, found) in zip(areas, panels.items(), strict=True):
        area.set_title(SHARES[share], fontsize=11, loc="left")
        for curve in found:
            handles[curve.name] = line(area, curve, names.index(curve.name))
        dress(area, [point.x for curve in found for point in curve.points])
    areas[len(panels) // 2].set_xlabel(AXES[axis], fontsize=11)
    areas[0].set_ylabel("Share of the problems, 95 % intervals")
    # between two dollar signs matplotlib reads mathematics
    shown = [one_line(name, 70).replace("$", r"\$") for name in names]
    figure.legend([handles[name] for name in names], shown, loc="outside lower center", ncols=min(3, len(names)))
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=130)
    return out.getvalue()


def line(area: Axes, curve: Curve, number: int) -> Any:
    """A curve with its intervals."""
    shares = [point.share for point in curve.points]
    # an interval need not hold the share itself, and matplotlib takes no negative lengths
    below = [max(0.0, point.share - point.low) for point in curve.points]
    above = [max(0.0, point.high - point.share) for point in curve.points]
    return area.errorbar(
        [point.x for point in curve.points],
        shares,
        yerr=[below, above],
        color=COLOURS[number % len(COLOURS)],
        marker=MARKERS[number % len(MARKERS)],
        linestyle=("-", "--", ":", "-.")[number // len(COLOURS) % 4],
        markersize=5.5,
        linewidth=1.6,
        elinewidth=0.9,
        capsize=2.5,
    )


def dress(area: Axes, places: list[float]) -> None:
    """The axes of a panel: equal factors are equal steps where costs lie far apart."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, PercentFormatter

    if places and min(places) > 0 and max(places) > 4 * min(places):
        area.set_xscale("log")
        area.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        area.xaxis.set_minor_locator(NullLocator())
    else:
        area.set_xlim(left=0)
    area.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    area.set_ylim(-0.03, 1.03)
    area.yaxis.set_major_formatter(PercentFormatter(1.0))
    area.grid(alpha=0.25)
    area.spines[["top", "right"]].set_visible(False)


def short(value: float) -> str:
    """A number as a tick has room for."""
    if 1e-3 <= abs(value) < 1e4 or value == 0:
        return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
    return f"{value:.1e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")

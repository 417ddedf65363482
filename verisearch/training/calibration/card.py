"""A calibration in words: the table of its figures, what to know about its maps, its model card."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from verisearch import __version__
from verisearch.evaluation.bootstrap import Estimate
from verisearch.runtime.records import SETTINGS
from verisearch.training.calibration.assessing import METRICS
from verisearch.training.calibration.fitting import RANGE
from verisearch.training.calibration.plan import (
    AS_SCORED,
    CALIBRATOR,
    DIAGRAM,
    CalibrationFigures,
    CalibrationPlan,
    Part,
)
from verisearch.training.calibration.sources import counted
from verisearch.verifiers.calibrators import Map, Platt, Temperature

__all__ = ["card", "notes_on", "table", "told_part", "turned"]

#: What the figures are called.
TITLES = {"ece": "ECE", "brier": "Brier", "auroc": "AUROC", "aurc": "AURC"}


def turned(found: Map) -> bool:
    """Whether a map doesn't rise with the score."""
    return isinstance(found, Platt) and found.slope <= 0


def notes_on(maps: Mapping[str, Map], validated: Mapping[str, float]) -> list[str]:
    """What to know about the maps, in sentences."""
    notes = []
    for name, each in maps.items():
        if isinstance(each, Platt) and turned(each):
            notes.append(
                f"The score doesn't rise with the outcome: the slope of {name} is {each.slope:.3g}. It would turn the "
                "order of scores round, and is never the best"
            )
        if isinstance(each, Temperature) and not 1.01 * RANGE[0] < each.temperature < RANGE[1] / 1.01:
            notes.append(
                f"No temperature fits: {each.temperature:.3g} is the end of the range that is tried. A temperature "
                "leaves 1/2 where it is, which suits scores only that are right half of the time there"
            )
    if min(validated, key=lambda name: validated[name]) == AS_SCORED:
        notes.append("In cross-validation no method has a lower Brier score than the scores as they are")
    return notes


def table(figures: CalibrationFigures) -> list[list[str]]:
    """The held-out figures as rows of cells, the heading first."""
    rows = [["", *(TITLES[name] for name in METRICS), "Brier, change"]]
    for name, each in figures.held_out.items():
        cells = [told(each.figures[metric]) for metric in METRICS]
        change = "" if name == AS_SCORED else told(each.change["brier"], sign="+")
        rows.append([f"{name} (chosen)" if name == figures.chosen else name, *cells, change])
    return rows


def told(found: Estimate, sign: str = "") -> str:
    """A figure with its interval."""
    if found.value is None:
        return "–"
    inside = "" if found.interval is None else f" [{found.interval[0]:{sign}.3f}, {found.interval[1]:{sign}.3f}]"
    return f"{found.value:{sign}.3f}{inside}"


def card(plan: CalibrationPlan, out: Path, figures: CalibrationFigures) -> str:
    """The model card: what it is, of what it was made, how well it does."""
    command = shlex.join(["verisearch", "train", "calibrate", "--config", SETTINGS, "--out", out.name])
    scored = f"scores of `{figures.verifier}`" if figures.verifier else "scores"
    spec = figures.verifier or "SPEC"
    heading, *rows = table(figures)
    fit, kept = figures.fitted_on, figures.measured_on
    chose = (
        f"the lowest Brier score in {plan.folds}-fold cross-validation over the groups fitted on"
        if plan.method == "best"
        else "as asked for"
    )
    lines = [
        f"# A calibrator for {scored}",
        "",
        f"Maps a score in [0, 1] to how often what has that score is {figures.outcome}. The map is `{figures.chosen}` "
        f"({chose}); its numbers are in `{CALIBRATOR}`. Use: `--verifier calibrated:{out.name}/{CALIBRATOR},{spec}`.",
        "",
        f"- **Data**: {figures.source}; one score for each chosen chain of a run, or each row of a file"
        f"{'; left out: ' + counted(figures.left_out.items()) if figures.left_out else ''}.",
        f"- **Fitted on** {told_part(fit)}, **measured on** {told_part(kept)}; split by group, seed {plan.seed}.",
        f"- **Made by**: `{command}`, with the settings in that file, verisearch {__version__}.",
        "- **Holds for** problems, policy, strategy and verifier like these. Of an unfinished chain it says what it "
        "would of a whole one with the same score.",
        "",
        f"On the groups left out of fitting and choosing (95 % intervals, {plan.replicates:,} bootstrap draws of the "
        "groups; the change is paired):",
        "",
        f"| {' | '.join(heading)} |",
        "|---" * len(heading) + "|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "ECE over 10 bins of equal width; over few rows it lies above zero for perfect scores too, and so do its "
        "intervals. AUROC and AURC (area under the risk-coverage curve, the lower the better) go by the order of "
        "scores alone.",
        *(line for note in figures.notes for line in ("", f"{note.rstrip('.')}.")),
        *(("", f"![Reliability diagram]({DIAGRAM})") if (out / DIAGRAM).exists() else ()),
        "",
    ]
    return "\n".join(lines)


def told_part(part: Part) -> str:
    return f"{part.rows:,} scores in {part.groups:,} groups, {part.positive:,} of them positive"

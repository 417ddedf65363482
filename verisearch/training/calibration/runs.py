"""The recipe ``calibrate`` from its beginning to its end."""

from __future__ import annotations

import random
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from verisearch import __version__
from verisearch.errors import InputError, MissingExtraError
from verisearch.evaluation.bootstrap import Estimate
from verisearch.runtime.records import SETTINGS, write_whole
from verisearch.training.calibration.assessing import METRICS, Measured, measured
from verisearch.training.calibration.diagram import reliability_diagram
from verisearch.training.calibration.fitting import FITS, RANGE
from verisearch.training.calibration.metrics import brier
from verisearch.training.calibration.sources import Outcome, Scored, Source, counted, from_file, from_run
from verisearch.training.plans import Progress, begin, finish, silent
from verisearch.training.splits import held_out
from verisearch.verifiers.calibrators import Calibrator, Map, Platt, Temperature

__all__ = ["AS_SCORED", "CALIBRATOR", "CalibrationFigures", "CalibrationPlan", "Part", "run_calibration", "table"]

#: Files of a run, beside those that every recipe writes.
CALIBRATOR, DIAGRAM = "calibrator.json", "reliability.png"

#: The scores before calibration, among the methods.
AS_SCORED = "as scored"

Method: TypeAlias = Literal["best", "temperature", "platt", "isotonic"]

#: What the figures are called.
TITLES = {"ece": "ECE", "brier": "Brier", "auroc": "AUROC", "aurc": "AURC"}


class CalibrationPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``verisearch train calibrate`` is to do.

    ``run``: the folder of a solve run, or ``scores``: a file of rows. ``outcome``: what a run's scores are to say the
    chance of. ``method``: which map is written; ``best`` is the one with the lowest Brier score in cross-validation
    over ``folds`` (at least 2) of the groups that are fitted on. ``held_out``: the share of groups, in (0, 1), that
    figures are measured on. ``replicates``: bootstrap draws of those, at least 2. ``seed``: of split, folds and draws.

    Raises `InputError` for a setting out of its range, and unless one source is given.
    """

    run: str | None = None
    scores: str | None = None
    outcome: Outcome = "correct"
    method: Method = "best"
    held_out: float = 0.3
    folds: int = 5
    replicates: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.run is None) == (self.scores is None):
            raise InputError("give --run DIR or --scores FILE, one of them")
        if not 0 < self.held_out < 1:
            raise InputError(f"held_out is {self.held_out:g}; it must be above 0 and below 1")
        for name in ("folds", "replicates"):
            if getattr(self, name) < 2:
                raise InputError(f"{name} is {getattr(self, name)}: give at least 2")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows, in how many groups, and how many of the rows are so."""

    rows: int
    groups: int
    positive: int


class CalibrationFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a calibration. ``left_out``: rows of the source without a score, by why. ``cross_validated``: Brier
    scores of the scores as they are and of each method, over the groups fitted on; ``held_out``: what each comes to on
    groups that nothing was fitted or chosen on. ``maps``: each method's. ``chosen`` is the one that was written.
    ``notes``: what to know about them."""

    source: str
    sha256: str
    verifier: str | None
    outcome: str
    fitted_on: Part
    measured_on: Part
    left_out: dict[str, int]
    cross_validated: dict[str, float]
    chosen: str
    maps: dict[str, Map]
    held_out: dict[str, Measured]
    notes: tuple[str, ...]


def run_calibration(plan: CalibrationPlan, out: Path, *, progress: Progress = silent) -> CalibrationFigures:
    """Fit all methods on a part of the groups, measure them on the others, and write the chosen one as a calibrator for
    ``--verifier calibrated:FILE,SPEC``, with figures, a reliability diagram (left out, with a note, where matplotlib is
    missing) and a model card.

    Raises `InputError` for a source that can't be calibrated on: no scores, one outcome only, too few groups;
    `RecordError` if ``out`` was made by another plan.
    """
    source = source_of(plan)
    fit, kept = parts(plan, source)  # what can't be used is refused before a folder is made
    begin(plan, out)
    maps = fitted(fit)
    progress("fitting", 1, 2)
    validated = cross_validated(plan, fit)
    chosen = plan.method if plan.method != "best" else best(validated, maps)
    rows = {AS_SCORED: [row.score for row in kept]}
    rows |= {name: [each.apply(row.score) for row in kept] for name, each in maps.items()}
    found = measured(rows, [row.outcome for row in kept], [row.group for row in kept], plan.replicates, plan.seed)
    progress("fitting", 2, 2)
    outcome = outcome_of(plan)
    figures = CalibrationFigures(
        source=source.name,
        sha256=source.sha256,
        verifier=source.verifier,
        outcome=outcome,
        fitted_on=part_of(fit),
        measured_on=part_of(kept),
        left_out=source.left_out,
        cross_validated=validated,
        chosen=chosen,
        maps=maps,
        held_out=found,
        notes=(*notes_on(maps, validated), *draw(out, found, chosen, outcome)),
    )
    write_calibrator(out, figures)
    finish(out, figures, card(plan, out, figures))
    return figures


def source_of(plan: CalibrationPlan) -> Source:
    return from_run(Path(plan.run), plan.outcome) if plan.run is not None else from_file(Path(plan.scores or ""))


def outcome_of(plan: CalibrationPlan) -> str:
    """What the values are the chance of, as a word behind "is"."""
    if plan.scores is not None:
        return f"right (outcome 1 in {Path(plan.scores).name})"
    return "correct" if plan.outcome == "correct" else "verified and correct"


def parts(plan: CalibrationPlan, source: Source) -> tuple[list[Scored], list[Scored]]:
    """The rows to fit on, and those to measure on. Raises `InputError` where there isn't enough of either."""
    kept = held_out([row.group for row in source.rows], plan.held_out, plan.seed)
    fit = [row for row in source.rows if row.group not in kept]
    others = [row for row in source.rows if row.group in kept]
    groups = len({row.group for row in fit})
    if groups < plan.folds or len(kept) < 2:
        raise InputError(
            f"{source.name}: too few groups: {groups} to fit on and {len(kept)} to measure on; it takes at least "
            f"{plan.folds}, one a fold, and 2"
        )
    for rows, where in ((source.rows, "all"), (fit, "those that are fitted on")):
        if len({row.outcome for row in rows}) < 2:
            kind = outcome_of(plan) if rows[0].outcome else f"not {outcome_of(plan)}"
            raise InputError(
                f"{source.name}: of {len(rows):,} scores ({where}) every one is {kind}: there is nothing to tell apart"
            )
    return fit, others


def fitted(rows: Sequence[Scored]) -> dict[str, Map]:
    """Each method's map."""
    return {name: fit([row.score for row in rows], [row.outcome for row in rows]) for name, fit in FITS.items()}


def cross_validated(plan: CalibrationPlan, rows: Sequence[Scored]) -> dict[str, float]:
    """The Brier score of each method over rows that it wasn't fitted on, groups kept whole; and that of the scores."""
    names = sorted({row.group for row in rows})
    random.Random(f"{plan.seed} folds").shuffle(names)
    fold_of = {name: place % plan.folds for place, name in enumerate(names)}
    outcomes: list[bool] = []
    scores: dict[str, list[float]] = {name: [] for name in (AS_SCORED, *FITS)}
    for fold in range(plan.folds):
        left = [row for row in rows if fold_of[row.group] == fold]
        outcomes += [row.outcome for row in left]
        scores[AS_SCORED] += [row.score for row in left]
        for name, each in fitted([row for row in rows if fold_of[row.group] != fold]).items():
            scores[name] += [each.apply(row.score) for row in left]
    return {name: brier(each, outcomes) or 0.0 for name, each in scores.items()}


def best(validated: Mapping[str, float], maps: Mapping[str, Map]) -> str:
    """The method with the lowest Brier score; of equals the one with fewer parameters. One that turns the order of
    scores round is none: it would have a search keep what the verifier likes least."""
    return min((name for name in maps if not turned(maps[name])), key=lambda name: validated[name])


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


def draw(out: Path, found: Mapping[str, Measured], chosen: str, outcome: str) -> list[str]:
    """Write the diagram; why there is none."""
    panels = {f"{name}: ECE {found[name].figures['ece'].value:.3f}": found[name].bins for name in (AS_SCORED, chosen)}
    try:
        write_whole(out / DIAGRAM, reliability_diagram(panels, outcome))
    except MissingExtraError as error:
        (out / DIAGRAM).unlink(missing_ok=True)  # an earlier one may be of other figures
        return [f"The reliability diagram was left out: {error}"]
    return []


def write_calibrator(out: Path, figures: CalibrationFigures) -> None:
    calibrator = Calibrator(
        map=figures.maps[figures.chosen],
        outcome=figures.outcome,
        verifier=figures.verifier,
        source=figures.source,
        sha256=figures.sha256,
        verisearch=__version__,
    )
    write_whole(out / CALIBRATOR, msgspec.json.format(msgspec.json.encode(calibrator)) + b"\n")


def part_of(rows: Sequence[Scored]) -> Part:
    return Part(rows=len(rows), groups=len({row.group for row in rows}), positive=sum(row.outcome for row in rows))


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
    given = ["--run", plan.run] if plan.run is not None else ["--scores", plan.scores or ""]
    command = shlex.join(["verisearch", "train", "calibrate", *given, "--out", out.name])
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
        f"- **Made by**: `{command}` and the settings in `{SETTINGS}`, verisearch {__version__}.",
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

"""The recipe ``calibrate`` from its beginning to its end."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from verisearch import __version__
from verisearch.errors import InputError, MissingExtraError
from verisearch.runtime.records import write_whole
from verisearch.training.calibration.assessing import Measured, measured
from verisearch.training.calibration.card import card, notes_on, table, told_part, turned
from verisearch.training.calibration.diagram import reliability_diagram
from verisearch.training.calibration.fitting import FITS
from verisearch.training.calibration.metrics import brier
from verisearch.training.calibration.plan import (
    AS_SCORED,
    CALIBRATOR,
    DIAGRAM,
    CalibrationFigures,
    CalibrationPlan,
    Part,
    outcome_of,
)
from verisearch.training.calibration.sources import Scored, Source, from_file, from_run
from verisearch.training.plans import Progress, begin, finish, silent
from verisearch.training.splits import held_out
from verisearch.verifiers.calibrators import Calibrator, Map

__all__ = ["AS_SCORED", "CALIBRATOR", "CalibrationFigures", "CalibrationPlan", "run_calibration", "table", "told_part"]


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
    validated = cross_validated(plan, fit)
    chosen = plan.method if plan.method != "best" else best(validated, maps)
    rows = {AS_SCORED: [row.score for row in kept]}
    rows |= {name: [each.apply(row.score) for row in kept] for name, each in maps.items()}
    found = measured(
        rows,
        [row.outcome for row in kept],
        [row.group for row in kept],
        plan.replicates,
        plan.seed,
        lambda done: progress("bootstrap draws", done, plan.replicates),
    )
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
        notes=(*notes_on(maps, validated), *worse(found[chosen], chosen), *draw(out, found, chosen, outcome)),
    )
    write_calibrator(out, figures)
    finish(out, figures, card(plan, out, figures))
    return figures


def source_of(plan: CalibrationPlan) -> Source:
    return from_run(Path(plan.run), plan.outcome) if plan.run is not None else from_file(Path(plan.scores or ""))


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


def worse(found: Measured, chosen: str) -> list[str]:
    """That the chosen map is worse than none where it is measured, if it is."""
    change = found.change["brier"]
    if change.interval is None or change.interval[0] <= 0:
        return []
    return [f"On the groups left out {chosen} has a higher Brier score than the scores as they are: don't use it"]


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

"""What a calibration is to do, and what came of one."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from verisearch.errors import InputError
from verisearch.training.calibration.assessing import Measured
from verisearch.training.calibration.sources import Outcome
from verisearch.verifiers.calibrators import Map

__all__ = ["AS_SCORED", "CALIBRATOR", "DIAGRAM", "CalibrationFigures", "CalibrationPlan", "Part", "outcome_of"]

#: Files of a run, beside those that every recipe writes.
CALIBRATOR, DIAGRAM = "calibrator.json", "reliability.png"

#: The scores before calibration, among the methods.
AS_SCORED = "as scored"

Method: TypeAlias = Literal["best", "temperature", "platt", "isotonic"]


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


def outcome_of(plan: CalibrationPlan) -> str:
    """What the values are the chance of, as a word behind "is"."""
    if plan.scores is not None:
        return f"right (outcome 1 in {Path(plan.scores).name})"
    return "correct" if plan.outcome == "correct" else "verified and correct"

"""Another verifier's values, calibrated: mapped so that they say how often chains of that value are right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from verisearch.errors import InputError
from verisearch.protocols import Fork, MultifurcationReward, NextScores, Partial, Score, Verifier
from verisearch.verifiers.calibrators import Calibrator, read_calibrator
from verisearch.verifiers.opening import open_verifier
from verisearch.verifiers.surroundings import Surroundings

__all__ = ["CalibratedReward", "CalibratedVerifier", "calibrated", "open_calibrated"]


class Calibrated:
    """What calibrated verifiers and rewards share.

    Raises `InputError` if the calibrator was learned from another verifier's scores: its values would mean nothing.
    """

    def __init__(self, inner: Verifier | MultifurcationReward, calibrator: Calibrator) -> None:
        if calibrator.verifier is not None and calibrator.verifier != inner.name:
            raise InputError(
                f"verifier calibrated: the calibrator was learned from scores of {calibrator.verifier}, and "
                f"{inner.name} is to be mapped; give {calibrator.verifier}, or calibrate this one"
            )
        self.inner: Any = inner
        self.calibrator = calibrator
        self.parameters: int | None = getattr(inner, "parameters", None)
        self.name = f"calibrated:{calibrator.method},{inner.name}"
        self.meaning = (
            f"calibrated ({calibrator.method}) to how often a chain is {calibrator.outcome}, from {inner.name}: "
            f"{inner.meaning}"
        )

    def _mapped(self, value: float | None) -> float | None:
        return self.calibrator.map.apply(value) if value is not None and 0.0 <= value <= 1.0 else value

    def forget(self) -> None:
        """Have the inner verifier forget, if it can."""
        getattr(self.inner, "forget", lambda: None)()

    def close(self) -> None:
        """Close the inner verifier."""
        self.inner.close()


class CalibratedVerifier(Calibrated):
    """Maps each value of another verifier through a calibrator. An abstention stays one, what is no number in [0, 1]
    stays as it is; reason, verdict and usage are the inner verifier's.

    A calibrator is learned from whole chains, and says of an unfinished one what it would of a whole one of that value.
    """

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each. Raises what the inner verifier raises."""
        return [msgspec.structs.replace(each, value=self._mapped(each.value)) for each in self.inner.score(partials)]


class CalibratedReward(Calibrated):
    """Maps each value of a multifurcation reward through a calibrator, as `CalibratedVerifier` does."""

    def score_next(self, forks: Sequence[Fork]) -> list[NextScores]:
        """One answer for each fork. Raises what the inner reward raises."""
        found = self.inner.score_next(forks)
        return [msgspec.structs.replace(each, values=tuple(map(self._mapped, each.values))) for each in found]


class CalibratedBoth(CalibratedVerifier, CalibratedReward):
    """Of a verifier that scores chains and next tokens."""


def calibrated(
    inner: Verifier | MultifurcationReward, calibrator: Calibrator
) -> CalibratedVerifier | CalibratedReward | CalibratedBoth:
    """``inner`` with its values calibrated: it scores what ``inner`` scores, chains, next tokens or both. Raises
    `InputError` if the calibrator was learned from another verifier's scores."""
    if not hasattr(inner, "score_next"):
        return CalibratedVerifier(inner, calibrator)
    return (CalibratedBoth if hasattr(inner, "score") else CalibratedReward)(inner, calibrator)


def open_calibrated(target: str, around: Surroundings) -> CalibratedVerifier | CalibratedReward | CalibratedBoth:
    """``calibrated:FILE,SPEC``: the file of ``verisearch train calibrate``, and whose values it maps. Raises
    `InputError`."""
    file, _, spec = target.partition(",")
    if not file.strip() or not spec.strip():
        raise InputError(
            "verifier calibrated: give the calibrator and whose values it maps, as "
            "calibrated:runs/cal/calibrator.json,confidence:logprob"
        )
    calibrator = read_calibrator(Path(file.strip()))
    inner = open_verifier(spec, around)
    try:
        return calibrated(inner, calibrator)
    except InputError:
        inner.close()
        raise

"""Maps from a score to a calibrated one, as ``verisearch train calibrate`` learns and writes them: plain numbers in
JSON, applied without any library."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import msgspec

from verisearch.errors import InputError

__all__ = ["CLIP", "Calibrator", "Isotonic", "Map", "Platt", "Temperature", "logit", "read_calibrator", "sigmoid"]

#: Scores are clipped to [CLIP, 1 - CLIP] before their logit is taken: a score of 0 or 1 has the logit of one as near.
CLIP = 1e-6

#: Below this the exponential in `sigmoid` would overflow.
LOWEST = -700.0


def logit(score: float) -> float:
    """The log odds of a score in [0, 1], clipped (see `CLIP`), so between -13.8 and 13.8."""
    clipped = min(max(score, CLIP), 1.0 - CLIP)
    return math.log(clipped / (1.0 - clipped))


def sigmoid(value: float) -> float:
    """The logistic of a number, in [0, 1]. Written so that rounding never turns the order of two numbers round."""
    return 1.0 / (1.0 + math.exp(-max(value, LOWEST)))


class Temperature(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="method", tag="temperature"
):
    """``sigmoid(logit(score) / temperature)`` (Guo et al. 2017, arXiv 1706.04599, section 4.2, with one logit). Keeps
    the order of scores, and 1/2. Raises `InputError` unless ``temperature`` is a positive number."""

    temperature: float

    def __post_init__(self) -> None:
        if not 0 < self.temperature < math.inf:
            raise InputError(f"the temperature is {self.temperature}; it must be a positive number")

    def apply(self, score: float) -> float:
        """The calibrated score, in [0, 1], of one in [0, 1]."""
        return sigmoid(logit(score) / self.temperature)


class Platt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="method", tag="platt"):
    """``sigmoid(slope * logit(score) + intercept)`` (Platt 1999, "Probabilistic outputs for support vector machines",
    on the logit). Keeps the order of scores if ``slope`` is positive, and turns it round if it is negative.
    Raises `InputError` for what is no number."""

    slope: float
    intercept: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.slope) and math.isfinite(self.intercept)):
            raise InputError(f"slope {self.slope} and intercept {self.intercept}: both must be numbers")

    def apply(self, score: float) -> float:
        """The calibrated score, in [0, 1], of one in [0, 1]."""
        return sigmoid(self.slope * logit(score) + self.intercept)


class Isotonic(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="method", tag="isotonic"
):
    """A line through knots, constant outside them (Zadrozny and Elkan, KDD 2002): ``scores`` rise
    strictly, ``values`` never fall, all in [0, 1]. It never turns the order of scores round, but makes many equal.
    Raises `InputError` for knots that aren't so."""

    scores: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.scores or len(self.scores) != len(self.values):
            raise InputError(f"{len(self.scores)} scores and {len(self.values)} values: need as many of both, and some")
        if not all(0 <= number <= 1 for number in (*self.scores, *self.values)):
            raise InputError("a knot lies outside [0, 1]")
        if any(after <= before for before, after in pairwise(self.scores)):
            raise InputError("the scores of the knots must rise")
        if any(after < before for before, after in pairwise(self.values)):
            raise InputError("the values of the knots must not fall")

    def apply(self, score: float) -> float:
        """The calibrated score, in [0, 1], of one in [0, 1]."""
        place = bisect_right(self.scores, score)
        if place in (0, len(self.scores)):
            return self.values[0 if place == 0 else -1]
        low, high = self.scores[place - 1], self.scores[place]
        below, above = self.values[place - 1], self.values[place]
        # rounding must not carry it above the next knot
        return min(below + (above - below) * ((score - low) / (high - low)), above)


Map: TypeAlias = Temperature | Platt | Isotonic


class Calibrator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file of ``verisearch train calibrate`` holds: the ``map``; of what ``outcome`` its values are the chance;
    the name of the ``verifier`` whose scores it was learned from (None: not told, and any may be mapped); the
    ``source`` of those scores with the ``sha256`` of its file; the version of ``verisearch``."""

    map: Map
    outcome: str
    verifier: str | None
    source: str
    sha256: str
    verisearch: str

    @property
    def method(self) -> str:
        """The map's name: temperature, platt or isotonic."""
        return str(self.map.__struct_config__.tag)


def read_calibrator(path: Path) -> Calibrator:
    """Read a file that ``verisearch train calibrate`` wrote. Raises `InputError` if there is none, or it is another."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Calibrator)
    except OSError as error:
        raise InputError(
            f"calibrator {path}: {(error.strerror or str(error)).lower()}; give the calibrator.json that verisearch "
            "train calibrate wrote"
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"{path}: no calibrator ({error}); give the calibrator.json that verisearch train calibrate wrote"
        ) from error

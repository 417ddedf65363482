"""Calibration maps fitted to scores whose outcomes are known. Scores lie in [0, 1]; outcomes are truth values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from verisearch.verifiers.calibrators import Isotonic, Map, Platt, Temperature, logit

__all__ = ["FITS", "RANGE", "fit_isotonic", "fit_platt", "fit_temperature"]

#: The temperatures that are tried. No finite one is best where scores tell everything, or say the opposite.
RANGE = (0.01, 100.0)


def logits(scores: Sequence[float]) -> Any:
    """Shape (n,)."""
    return np.array([logit(score) for score in scores])


def fit_temperature(scores: Sequence[float], outcomes: Sequence[bool]) -> Temperature:
    """The temperature with the least log loss (Guo et al. 2017, arXiv 1706.04599, section 4.2), within `RANGE`."""
    signed = logits(scores) * np.where(np.asarray(outcomes, dtype=bool), 1.0, -1.0)

    def loss(logarithm: float) -> float:
        return float(np.logaddexp(0.0, -signed / math.exp(logarithm)).mean())

    low, high = (math.log(end) for end in RANGE)
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-8})
    return Temperature(temperature=math.exp(found.x))


def fit_platt(scores: Sequence[float], outcomes: Sequence[bool]) -> Platt:
    """Slope and intercept with the least log loss against Platt's targets, (n+ + 1) / (n+ + 2) for what is so and
    1 / (n- + 2) for what isn't, which keep both finite where scores tell everything (see `Platt`)."""
    so = np.asarray(outcomes, dtype=bool)
    positive, negative = int(so.sum()), int((~so).sum())
    targets = np.where(so, (positive + 1) / (positive + 2), 1 / (negative + 2))
    # a target between 0 and 1 is a row of each kind, weighed by it
    rows = np.concatenate([logits(scores)] * 2)[:, None]
    kinds = np.concatenate([np.ones(len(so)), np.zeros(len(so))])
    model = LogisticRegression(C=1e10, tol=1e-8, max_iter=1000)
    model.fit(rows, kinds, sample_weight=np.concatenate([targets, 1 - targets]))
    return Platt(slope=float(model.coef_[0, 0]), intercept=float(model.intercept_[0]))


def fit_isotonic(scores: Sequence[float], outcomes: Sequence[bool]) -> Isotonic:
    """The map that never falls with the least squared error (Zadrozny and Elkan, KDD 2002)."""
    model = IsotonicRegression(y_min=0.0, y_max=1.0, increasing=True, out_of_bounds="clip")
    model.fit(np.asarray(scores, dtype=float), np.asarray(outcomes, dtype=float))
    return Isotonic(scores=tuple(model.X_thresholds_.tolist()), values=tuple(model.y_thresholds_.tolist()))


#: The methods by name, those with fewer parameters first.
FITS: Mapping[str, Callable[[Sequence[float], Sequence[bool]], Map]] = MappingProxyType(
    {"temperature": fit_temperature, "platt": fit_platt, "isotonic": fit_isotonic}
)

"""How unlikely a chain's tokens were to the policy that reads it: numbers that grow with the chain, token by token.

A policy's own state says what it expects next, but not whether what was written then was expected; and what was not is
where chains go wrong. So these numbers stand beside the state wherever a reward is read off it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["FEATURES", "NOTHING", "StepEnds", "Surprise"]

#: How much of a surprise is left one token later, in each of the fading ones.
FADING = (0.8, 0.9, 0.95, 0.98, 0.99)

#: Nats beyond which a token is no more surprising.
LIMIT = 15.0

#: How many numbers `Surprise.features` has.
FEATURES = 12 + len(FADING)


class Surprise(NamedTuple):
    """What a chain's tokens are so far, each surprise being -log of the probability that the policy gave the token, in
    nats, at most `LIMIT`.

    ``token``: the last one's; ``step``: the greatest of the step under way, ``step_total`` their sum; ``first`` and
    ``second``: the greatest of the chain; ``total``: their sum; ``fading``: the greatest so far, where each fades by
    the factors `FADING` at every token. ``steps`` that are complete, ``tokens`` of the step under way, ``length`` of
    the chain; ``worst``: the place (from 0) of the step's most surprising token, -1 in an empty chain; ``ended``: the
    next token begins a step.
    """

    token: float = 0.0
    step: float = 0.0
    step_total: float = 0.0
    first: float = 0.0
    second: float = 0.0
    total: float = 0.0
    fading: tuple[float, ...] = (0.0,) * len(FADING)
    steps: int = 0
    tokens: int = 0
    length: int = 0
    worst: int = -1
    ended: bool = True

    def behind(self, logprob: float, ends: bool) -> Surprise:
        """With one more token, of that log-probability; ``ends``: it ends a step."""
        new = min(LIMIT, max(0.0, -logprob))
        least = self.ended or new > self.step
        return Surprise(
            token=new,
            step=new if least else self.step,
            step_total=new if self.ended else self.step_total + new,
            first=max(self.first, new),
            second=max(self.second, min(self.first, new)),
            total=self.total + new,
            fading=tuple(max(factor * old, new) for factor, old in zip(FADING, self.fading, strict=True)),
            steps=self.steps + ends,
            tokens=1 if self.ended else self.tokens + 1,
            length=self.length + 1,
            worst=self.length if least else self.worst,
            ended=ends,
        )

    def features(self) -> list[float]:
        """The numbers as a network takes them, `FEATURES` of them: on a scale that tells small surprises apart, and the
        greatest ones as probabilities."""
        told = (self.token, self.step, self.first, self.second, self.total, *self.fading, self.step_total)
        counts = (self.steps, self.tokens)
        return [
            *(math.log1p(4 * each) for each in (*told, *counts)),
            *(math.exp(-each) for each in (self.token, self.step, self.first, self.second)),
        ]


#: Of an empty chain.
NOTHING = Surprise()


class StepEnds:
    """Whether a step ends with a token: steps are lines. ``decode`` turns ids into text."""

    def __init__(self, decode: Callable[[list[int]], str]) -> None:
        self._decode = decode
        self._known: dict[int, bool] = {}

    def __call__(self, token: int) -> bool:
        if token not in self._known:
            self._known[token] = "\n" in self._decode([token])
        return self._known[token]

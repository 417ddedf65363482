"""A verifier that errs at a known rate, for experiments on what a verifier's mistakes cost a search."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from verisearch.errors import InputError
from verisearch.policies.seeds import derive_seed
from verisearch.protocols import Partial, Score, Verifier
from verisearch.verifiers.opening import open_verifier
from verisearch.verifiers.surroundings import Surroundings

__all__ = ["NoisyVerifier", "open_noisy"]


class NoisyVerifier:
    """Makes the value v of another verifier 1 - v with probability ``rate``.

    The coin depends on ``seed``, the problem's id and the written text alone: a chain scored again has the same score,
    whatever else is scored, so that asking again averages nothing out (Stroebl et al. 2024, arXiv 2411.17501, on what
    an imperfect verifier does to resampling). Different texts have coins of their own, a chain and its extensions too:
    with a rate above 0 a chain that failed can be called good. An abstention stays one, and what is no number in [0, 1]
    stays as it is. The verdict is left out: it would tell what the value hides.

    Raises `InputError` unless ``rate`` is in [0, 1].
    """

    def __init__(self, inner: Verifier, rate: float, *, seed: int = 0) -> None:
        if not 0.0 <= rate <= 1.0:
            raise InputError(f"verifier noisy: the rate is {rate}; it must be between 0 and 1")
        self.inner, self.rate, self.seed = inner, rate, seed
        self.parameters: int | None = getattr(inner, "parameters", None)
        self.name = f"noisy:{rate:g},{inner.name}"
        self.meaning = f"with probability {rate:g} the opposite (1 - value) of {inner.name}: {inner.meaning}"

    def flips(self, partial: Partial) -> bool:
        """Whether the score of this chain is turned round."""
        seed = derive_seed(self.seed, "noisy", partial.problem.id, partial.written)
        return (seed >> 10) / 2**53 < self.rate

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each. Raises what the inner verifier raises."""
        found = self.inner.score(partials)
        return [self._turned(partial, score) for partial, score in zip(partials, found, strict=True)]

    def _turned(self, partial: Partial, score: Score) -> Score:
        value = score.value
        if value is not None and 0.0 <= value <= 1.0 and self.flips(partial):
            value = 1.0 - value
        return msgspec.structs.replace(
            score, value=value, reason="" if value is not None else score.reason, verdict=None
        )

    def forget(self) -> None:
        """Have the inner verifier forget, if it can."""
        getattr(self.inner, "forget", lambda: None)()

    def close(self) -> None:
        """Close the inner verifier."""
        self.inner.close()


def open_noisy(target: str, around: Surroundings) -> NoisyVerifier:
    """``noisy:RATE``, or ``noisy:RATE,SPEC`` with another verifier than ``symbolic``. Raises `InputError`."""
    rate, _, spec = target.partition(",")
    try:
        number = float(rate)
    except ValueError:
        raise InputError(f"verifier noisy: {rate!r} is no rate; give noisy:0.1 or noisy:0.1,SPEC") from None
    return NoisyVerifier(open_verifier(spec or "symbolic", around), number, seed=around.seed)

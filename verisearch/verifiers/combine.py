"""Several verifiers as one: the lowest value, the product, or one only where the others before it abstain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

import msgspec

from verisearch.errors import InputError
from verisearch.protocols import Partial, Score, Verifier
from verisearch.usage import Usage
from verisearch.verifiers.opening import open_verifier, parts_of
from verisearch.verifiers.surroundings import Surroundings

__all__ = ["CombinedVerifier", "How", "open_combine"]

#: How values become one.
How: TypeAlias = Literal["min", "product", "gate"]

MEANINGS = {
    "min": "the lowest value of",
    "product": "the product of the values of",
    "gate": "the value of the first that doesn't abstain of",
}


class CombinedVerifier:
    """``min`` and ``product`` ask all ``parts`` and abstain where any of them does: what one can't judge isn't accepted
    on the others' word. ``gate`` asks the first, and each further one about those chains only on which all before it
    abstain. A value that is no number in [0, 1] makes the whole NaN, which no strategy accepts; a gate doesn't pass it
    on either.

    The verdict is the first that a part gives. Costs are those of all parts asked; together they are one verifier call.
    Raises `InputError` for fewer than two parts or an unknown ``how``.
    """

    def __init__(self, how: How, parts: Sequence[Verifier]) -> None:
        if how not in get_args(How):
            raise InputError(f"verifier combine: no way {how!r}; there are: {', '.join(get_args(How))}")
        if len(parts) < 2:
            raise InputError(f"verifier combine: {len(parts)} verifier(s) given; it takes two or more")
        self.how, self.parts = how, tuple(parts)
        self.parameters = shared_parameters(self.parts)
        self.name = f"combine:{how}," + ",".join(bracketed(part.name) for part in parts)
        self.meaning = f"{MEANINGS[how]} {', '.join(part.name for part in parts)}"

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each. Raises what a part raises."""
        if self.how == "gate":
            return self._gated(partials)
        found = [scored(part, partials) for part in self.parts]
        return [self._together(scores) for scores in zip(*found, strict=True)]

    def _gated(self, partials: Sequence[Partial]) -> list[Score]:
        scores = [[score] for score in scored(self.parts[0], partials)]
        for part in self.parts[1:]:
            places = [place for place, each in enumerate(scores) if each[-1].value is None]
            for place, score in zip(places, scored(part, [partials[place] for place in places]), strict=True):
                scores[place].append(score)
        return [merged(each, valid(each[-1].value)) for each in scores]

    def _together(self, scores: Sequence[Score]) -> Score:
        values = [valid(score.value) for score in scores]
        given = [value for value in values if value is not None]
        if any(math.isnan(value) for value in given):
            return merged(scores, math.nan)
        if len(given) < len(values):
            return merged(scores, None)
        return merged(scores, min(given) if self.how == "min" else math.prod(given))

    def forget(self) -> None:
        """Have all parts forget that can."""
        for part in self.parts:
            getattr(part, "forget", lambda: None)()

    def close(self) -> None:
        """Close all parts."""
        for part in self.parts:
            part.close()


def shared_parameters(parts: Sequence[Verifier]) -> int | None:
    """The parameters of the one model behind all parts, 0 without any; None where a part doesn't say, or where models
    differ: the parts' tokens are counted together."""
    counts: set[int | None] = {getattr(part, "parameters", None) for part in parts}
    models = counts - {0}
    return next(iter(models), 0) if len(models) < 2 else None


def scored(part: Verifier, partials: Sequence[Partial]) -> list[Score]:
    """A part's scores. Raises ValueError if it gives too few or too many."""
    if not partials:
        return []
    scores = list(part.score(partials))
    if len(scores) != len(partials):
        raise ValueError(f"{part.name} gave {len(scores)} scores for {len(partials)} chains")
    return scores


def valid(value: float | None) -> float | None:
    """A value in [0, 1], None for an abstention, NaN for anything else."""
    return value if value is None or 0.0 <= value <= 1.0 else math.nan


def merged(scores: Sequence[Score], value: float | None) -> Score:
    """One score with what all cost and say."""
    usage = Usage()
    for score in scores:
        usage += score.usage
    return Score(
        value=value,
        reason="; ".join(score.reason for score in scores if score.reason),
        verdict=next((score.verdict for score in scores if score.verdict is not None), None),
        usage=msgspec.structs.replace(usage, verifier_calls=1),
    )


def bracketed(name: str) -> str:
    return f"({name})" if "," in name else name


def open_combine(target: str, around: Surroundings) -> CombinedVerifier:
    """``combine:HOW,SPEC,SPEC…``; a part that has commas of its own stands in parentheses. Raises `InputError`."""
    how, *specs = parts_of(target)
    for known in get_args(How):
        if how == known:
            return CombinedVerifier(known, [open_verifier(spec, around) for spec in specs])
    raise InputError(f"verifier combine: {how!r} is no way to combine; give combine:min|product|gate,SPEC,SPEC")

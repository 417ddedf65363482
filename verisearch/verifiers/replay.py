"""Recorded scores as a verifier: what a reward model once gave to the samples that the replay policy writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from verisearch.errors import InputError
from verisearch.policies.recordings import Sample
from verisearch.policies.replay import ReplayPolicy
from verisearch.protocols import Message, Partial, Score
from verisearch.trace import Problem
from verisearch.usage import Usage
from verisearch.verifiers.surroundings import Surroundings

__all__ = ["ReplayVerifier", "open_replay"]


class Recorded(Protocol):
    """The part of `verisearch.policies.replay.ReplayPolicy` that is used here."""

    name: str

    def sample_of(self, messages: tuple[Message, ...], text: str) -> Sample | None: ...


class ReplayVerifier:
    """Gives a whole chain the score, in [0, 1], that its recording holds.

    ``messages``: what the recordings' model was asked about a problem. A chain that isn't ended, that was not recorded,
    or whose recording holds no score has no value, and the reason.
    """

    name = "replay"
    meaning = "the score that was recorded for the whole sample, from 0 to 1"

    def __init__(self, recorded: Recorded, messages: Callable[[Problem], tuple[Message, ...]]) -> None:
        self.recorded, self.messages = recorded, messages

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each chain."""
        return [self._score(partial) for partial in partials]

    def _score(self, partial: Partial) -> Score:
        usage = Usage(verifier_calls=1)
        if not partial.finished:
            return Score(value=None, reason="scores were recorded for whole samples only", usage=usage)
        sample = self.recorded.sample_of(self.messages(partial.problem), partial.written)
        if sample is None:
            return Score(value=None, reason=f"{self.recorded.name} holds no sample with this text", usage=usage)
        reason = "recorded" if sample.score is not None else "the recording holds no score"
        return Score(value=sample.score, reason=reason, usage=usage)

    def close(self) -> None:
        """Holds nothing of its own."""


def as_question(problem: Problem) -> tuple[Message, ...]:
    return (Message("user", problem.question or problem.statement or ""),)


def open_replay(target: str, around: Surroundings) -> ReplayVerifier:
    """``replay``: the scores in the file that the policy replays; ``replay:FILE``: those in another. Raises
    `InputError` if the policy replays nothing and no file is named, `TraceError` for a malformed file."""
    messages = around.messages or as_question
    if target:
        return ReplayVerifier(ReplayPolicy(target), messages)
    if not isinstance(around.policy, ReplayPolicy):
        raise InputError("verifier replay: the policy replays nothing; use --policy replay:FILE, or name replay:FILE")
    return ReplayVerifier(around.policy, messages)

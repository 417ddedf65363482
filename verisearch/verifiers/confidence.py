"""The model's own confidence in a chain: what it gives to "the answer is correct", or to what it wrote."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, get_args

from verisearch.errors import InputError, PolicyError
from verisearch.protocols import Capability, Message, Partial, Policy, Prefix, Score, TokenChoice
from verisearch.trace import Problem
from verisearch.usage import Usage
from verisearch.verifiers.p_true import PTrueVerifier
from verisearch.verifiers.shipped import EMBEDDED, shipped
from verisearch.verifiers.surroundings import Surroundings

__all__ = ["ConfidenceVerifier", "Measure", "open_confidence"]

#: What is measured.
Measure: TypeAlias = Literal["p-true", "logprob", "entropy"]

#: What is asked behind a chain (Self-Calibration, arXiv 2503.00031, section 3 and its code).
QUESTION = "Is the answer correct? (Yes/No)"
WORD = "Yes"

MEANINGS = {
    "p-true": "the probability of the single token {word!r} behind {question!r}, by the full softmax",
    "logprob": "exp of the mean log-probability of the chain's tokens: their probabilities' geometric mean",
    "entropy": "1 - H / ln V, H being the entropy of the full softmax over V tokens behind {question!r}",
}
NEEDS: dict[str, Capability] = {"p-true": "score", "logprob": "score", "entropy": "next_tokens"}


class ScoringPolicy(Protocol):
    """The part of a policy that is used here, see `verisearch.protocols.Scorer`."""

    name: str
    capabilities: frozenset[Capability]

    def score(self, prefix: Prefix, continuations: Sequence[str]) -> list[tuple[float, ...]]: ...

    def next_tokens(
        self, prefixes: Sequence[Prefix], *, top_p: float, top_k: int, end: bool = True
    ) -> list[list[TokenChoice]]: ...


class ConfidenceVerifier:
    """Scores chains with the policy that writes. One definition each, all at temperature 1 and without top-p or top-k:

    - ``p-true``: P(True) (Kadavath et al. 2022, arXiv 2207.05221, section 3; the wording and the token of
      Self-Calibration, arXiv 2503.00031). The chain is the assistant's turn, "Is the answer correct? (Yes/No)" a new
      user turn, and the value in [0, 1] the full softmax at the single token "Yes" as the next one. No other spelling
      adds to it, and it isn't normalised by "No". Where a tokenizer cuts "Yes" in several tokens it is refused. A
      policy may have words of its own for both (``doubt``, as the embedded model has).
    - ``logprob``: sequence log-probability per token, as a number in [0, 1]: exp of the mean over the chain's tokens,
      cut as the policy's tokenizer cuts the text (the end of the reply is no token of it).
    - ``entropy``: 1 - H / ln V in [0, 1] with the entropy H of the full softmax of which ``p-true`` takes one entry:
      1 if all mass is on one of the V tokens, 0 if it is spread evenly.

    An empty chain has no value. Usage counts one verifier call a chain and, as verifier tokens, the tokens whose
    probability was asked for (1; the chain's; 1); policies don't tell what of the prompt they had to compute anew.

    Raises `InputError` for an unknown ``measure``, and if the policy can't do what it takes; scoring raises
    `PolicyError` if "Yes" is no single token.
    """

    def __init__(
        self, policy: Policy, messages: Callable[[Problem], tuple[Message, ...]], measure: Measure = "p-true"
    ) -> None:
        if measure not in get_args(Measure):
            raise InputError(f"verifier confidence: no measure {measure!r}; there are: {', '.join(get_args(Measure))}")
        needed = NEEDS[measure]
        if needed not in policy.capabilities:
            raise InputError(
                f"verifier confidence:{measure} needs a policy that can {needed.replace('_', ' ')}, and {policy.name} "
                "can't: use a model in this process (transformers:PATH or vllm:PATH), or another verifier"
            )
        self.parameters: int | None = getattr(policy, "parameters", None)
        self.name = f"confidence:{measure}"
        self._question: str
        self._word: str
        self._question, self._word = getattr(policy, "doubt", None) or (QUESTION, WORD)
        self.meaning = MEANINGS[measure].format(question=self._question, word=self._word)
        self.measure = measure
        self._policy: ScoringPolicy = policy  # type: ignore[assignment]  # its abilities were asked for
        self._messages = messages

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each. What the policy can't take (a chain beyond its window) is the chain's reason."""
        return [self._one(partial) for partial in partials]

    def _one(self, partial: Partial) -> Score:
        if not partial.written.strip():
            return Score(value=None, reason="nothing is written yet", usage=Usage(verifier_calls=1))
        try:
            value, tokens = {"p-true": self._p_true, "logprob": self._logprob, "entropy": self._entropy}[self.measure](
                partial
            )
        except InputError as error:
            return Score(value=None, reason=str(error), usage=Usage(verifier_calls=1))
        return Score(value=value, reason=self.measure, usage=Usage(verifier_calls=1, verifier_tokens=tokens))

    def _asked(self, partial: Partial) -> Prefix:
        """The chain with the question behind it."""
        turns = (Message("assistant", partial.written.rstrip()), Message("user", self._question))
        return Prefix(messages=(*self._messages(partial.problem), *turns))

    def _p_true(self, partial: Partial) -> tuple[float, int]:
        (logprobs,) = self._policy.score(self._asked(partial), [self._word])
        if len(logprobs) != 1:
            raise PolicyError(
                f"verifier confidence: {self._word!r} is {len(logprobs)} tokens for {self._policy.name}, so that "
                "P(True) is not defined for it: use confidence:logprob"
            )
        return math.exp(logprobs[0]), 1

    def _logprob(self, partial: Partial) -> tuple[float | None, int]:
        (logprobs,) = self._policy.score(Prefix(messages=self._messages(partial.problem)), [partial.written])
        if not logprobs:
            return None, 0
        return math.exp(math.fsum(logprobs) / len(logprobs)), len(logprobs)

    def _entropy(self, partial: Partial) -> tuple[float, int]:
        (choices,) = self._policy.next_tokens([self._asked(partial)], top_p=1.0, top_k=0)
        if len(choices) < 2:
            return 1.0, 1
        entropy = -math.fsum(math.exp(each.logprob) * each.logprob for each in choices if each.logprob > -math.inf)
        return min(1.0, max(0.0, 1.0 - entropy / math.log(len(choices)))), 1

    def close(self) -> None:
        """Nothing to free: the policy is closed by who opened it."""


def open_confidence(target: str, around: Surroundings) -> ConfidenceVerifier | PTrueVerifier:
    """``confidence`` (of the embedded model: as it was trained to tell it; of others P(True)), ``confidence:p-true``,
    ``confidence:logprob``, ``confidence:entropy``, or ``confidence:FOLDER``, which ``verisearch train
    self-calibration`` made. Raises `InputError`."""
    if around.policy is None or around.messages is None:
        raise InputError("verifier confidence: there is no policy whose confidence it could be")
    if not target and around.policy.name == EMBEDDED:
        target = str(shipped("confidence", around.policy))
    measures = get_args(Measure)
    if target and target not in measures:
        if not Path(target).is_dir():
            raise InputError(
                f"verifier confidence: no measure {target!r}, and no such folder; there are: {', '.join(measures)}"
            )
        return PTrueVerifier(target, around.messages, tokens=getattr(around.policy, "tokenizer", None))
    found: Measure = next((measure for measure in measures if measure == target), "p-true")
    return ConfidenceVerifier(around.policy, around.messages, found)

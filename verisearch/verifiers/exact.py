"""The exact multifurcation reward of a policy that is small enough to be enumerated."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, get_args

import msgspec

from verisearch.errors import InputError
from verisearch.protocols import Fork, Message, NextScores, Partial, Policy, Prefix, Score, TokenChoice, Verifier
from verisearch.trace import Problem
from verisearch.usage import Usage
from verisearch.verifiers.confidence import ScoringPolicy

__all__ = ["ExactReward", "Over"]

#: What becomes of the values of all ways to go on: the best of them, or their mean under the policy.
Over: TypeAlias = Literal["max", "mean"]

MEANINGS = {
    "max": "the highest value, by {name}, of a whole chain that can still be written",
    "mean": "the expected value, by {name}, of the whole chain that the policy goes on to write",
}


class Seen(msgspec.Struct):
    """A chain in the tree of all chains: what can follow it, and its value."""

    partial: Partial
    ids: tuple[int, ...]
    choices: list[TokenChoice] = []
    value: float = 0.0


class ExactReward:
    """Scores next tokens by writing out every chain that ``policy`` can write: the reward that a trained one would
    approximate, to test a search or a trained reward against.

    ``verifier`` scores whole chains; where it has no value in [0, 1] a chain is worth 0, and so is one that has not
    ended within ``max_new_tokens`` tokens, its end among them. Replies may end after ``min_new_tokens``. The value of
    a chain with a token behind it is that of all ways to go on from there, ``over`` their maximum or their mean.
    Chains are known by their token ids. Each problem is enumerated at its first fork and kept.

    Raises `InputError` for a policy without ``next_tokens`` and for an unknown ``over``; scoring raises it for a
    problem with more than ``limit`` chains, whole or not.
    """

    def __init__(
        self,
        policy: Policy,
        messages: Callable[[Problem], tuple[Message, ...]],
        verifier: Verifier,
        *,
        over: Over = "max",
        max_new_tokens: int = 256,
        min_new_tokens: int = 16,
        limit: int = 100_000,
    ) -> None:
        if over not in get_args(Over):
            raise InputError(f"exact reward: over {over!r}; there are: {', '.join(get_args(Over))}")
        if "next_tokens" not in policy.capabilities:
            raise InputError(f"exact reward: policy {policy.name} can't tell the probabilities of next tokens")
        self.name = f"exact:{over},{verifier.name}"
        self.meaning = MEANINGS[over].format(name=verifier.name)
        self.over, self.limit = over, limit
        self.max_new_tokens, self.min_new_tokens = max_new_tokens, min_new_tokens
        self._policy: ScoringPolicy = policy  # type: ignore[assignment]  # its ability was asked for
        self._messages, self._verifier = messages, verifier
        self._values: dict[Problem, dict[tuple[int, ...], float]] = {}

    def score_next(self, forks: Sequence[Fork]) -> list[NextScores]:
        """The value of each choice of each fork; None for one that no chain of the tree has."""
        return [self._one(fork) for fork in forks]

    def _one(self, fork: Fork) -> NextScores:
        values, ids = self.values(fork.partial.problem), fork.ids or ()
        found = tuple(values.get((*ids, choice.id)) for choice in fork.choices)
        return NextScores(values=found, usage=Usage(verifier_calls=1))

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """What the verifier says of chains: its values of whole ones are what is looked ahead to."""
        return self._verifier.score(partials)

    def values(self, problem: Problem) -> dict[tuple[int, ...], float]:
        """The value of every chain that the policy can write, by its token ids, the one that ends it included."""
        found = self._values.get(problem)
        if found is None:
            found = self._values[problem] = self._enumerated(problem)
        return found

    def _enumerated(self, problem: Problem) -> dict[tuple[int, ...], float]:
        levels = [[Seen(Partial(problem=problem, written=""), ())]]
        count, messages = 1, self._messages(problem)
        for length in range(self.max_new_tokens):
            live = [each for each in levels[-1] if not each.partial.finished]
            if not live:
                break
            rows = self._policy.next_tokens(
                [Prefix(messages=messages, written=each.partial.written, ids=each.ids) for each in live],
                top_p=1.0,
                top_k=0,
                end=length >= self.min_new_tokens,
            )
            levels.append([])
            for each, choices in zip(live, rows, strict=True):
                each.choices = choices
                count += len(choices)
                if count > self.limit:
                    raise InputError(
                        f"exact reward: {self._policy.name} can write more than {self.limit:,} chains within "
                        f"{length + 1} tokens; it takes a policy that is small enough to write them all out"
                    )
                levels[-1] += [behind(each, choice) for choice in choices]
        return self._valued(levels)

    def _valued(self, levels: list[list[Seen]]) -> dict[tuple[int, ...], float]:
        """Values from the leaves up."""
        whole = [each for level in levels for each in level if each.partial.finished]
        for each, score in zip(whole, self._verifier.score([each.partial for each in whole]), strict=True):
            known = score.value is not None and 0.0 <= score.value <= 1.0
            each.value = score.value if known and score.value is not None else 0.0
        values: dict[tuple[int, ...], float] = {}
        for level in reversed(levels):
            for each in level:
                if each.choices:
                    ids = [(*each.ids, choice.id) for choice in each.choices]
                    below = [(choice.logprob, values[key]) for choice, key in zip(each.choices, ids, strict=True)]
                    each.value = (
                        max(value for _, value in below)
                        if self.over == "max"
                        else math.fsum(math.exp(logprob) * value for logprob, value in below)
                    )
                values[each.ids] = min(each.value, 1.0)
        return values

    def close(self) -> None:
        """Forget what was enumerated; policy and verifier are closed by who opened them."""
        self._values.clear()


def behind(seen: Seen, choice: TokenChoice) -> Seen:
    """The chain with a token behind it."""
    before = seen.partial
    written = before.written if choice.ends else before.written + choice.text
    return Seen(Partial(problem=before.problem, written=written, finished=choice.ends), (*seen.ids, choice.id))

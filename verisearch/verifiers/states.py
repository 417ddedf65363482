"""Reads a policy's states along chains, and how surprising the chains were to it, each token once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from verisearch.protocols import Message, Partial
from verisearch.trace import Problem
from verisearch.verifiers.reading import BATCH, ModelReader
from verisearch.verifiers.surprise import NOTHING, StepEnds, Surprise

if TYPE_CHECKING:
    import torch

__all__ = ["StateReader", "Told", "open_net"]

#: Rows of logits that are worked on at once: a row is as long as the vocabulary.
ROWS = 256


class Told(NamedTuple):
    """Where a chain was read: the last ``state``, shape (hidden size,), that at the least likely token of the step
    under way (``worst``), how surprising the chain was, and how many positions were computed for it. ``following``: the
    log-probabilities of the next token, shape (vocabulary,), where they were asked for. Without a state ``reason`` says
    why."""

    state: torch.Tensor | None
    worst: torch.Tensor | None
    surprise: Surprise
    following: torch.Tensor | None
    computed: int
    reason: str = ""


class StateReader(ModelReader):
    """The policy itself as a reader, over a trie of its own; see `ModelReader` for the arguments.

    What a token's probability was is asked once: it is remembered along the chain (some 600 bytes a token, beside the
    trie's bytes), until so many tokens are remembered as the trie has room for; then all are forgotten, and told anew
    from what the trie holds.
    """

    def __init__(
        self,
        model: str | os.PathLike[str],
        messages: Callable[[Problem], tuple[Message, ...]],
        *,
        tokens: Any = None,
        device: str | None = None,
        cache_bytes: int | None = None,
    ) -> None:
        super().__init__(model, messages, tokens=tokens, device=device, cache_bytes=cache_bytes)
        from verisearch.policies.local.transcript import decoder_of

        self.ends_step = StepEnds(decoder_of(self.tokenizer))
        self._remembered = self.runner.capacity
        self._surprises: list[Surprise] = []
        self._prompts: dict[tuple[int, ...], int] = {}
        self._behind: dict[tuple[int, int], int] = {}

    def told(self, partials: Sequence[Partial], following: bool = False) -> list[Told]:
        """What is read of each chain. What is too long for the model has no state."""
        found: list[Told | None] = [None] * len(partials)
        wanted: list[tuple[int, list[int], list[int]]] = []
        for place, partial in enumerate(partials):
            prompt, chain = self.parts(partial)
            reason = self.runner.refusal(len(prompt) + len(chain))
            if reason is None:
                wanted.append((place, prompt, chain))
            else:
                found[place] = Told(None, None, NOTHING, None, 0, reason)
        each = iter(wanted)
        for branches in self.runner.lots([[*prompt, *chain] for _, prompt, chain in wanted], BATCH):
            costs = [branch.length - branch.cached for branch in branches]
            states = self.runner.states(branches)
            ahead: list[torch.Tensor | None] = [None] * len(branches)
            if following:
                ahead = [*self.runner.logits(branches).log_softmax(-1)]
            for branch, cost, state, next_ones in zip(branches, costs, states, ahead, strict=True):
                place, prompt, chain = next(each)
                surprise = self._surprise(branch, prompt, chain)
                worst = state
                if -1 < surprise.worst < len(chain) - 1:
                    worst = self.runner.state_at(branch, len(prompt) + surprise.worst)
                found[place] = Told(state, worst, surprise, next_ones, cost)
        return [each for each in found if each is not None]

    def _surprise(self, branch: Any, prompt: Sequence[int], chain: Sequence[int]) -> Surprise:
        if len(self._surprises) > self._remembered:
            self._forget_surprises()
        node = self._prompts.get(tuple(prompt))
        if node is None:
            node = self._prompts[tuple(prompt)] = self._remember(NOTHING)
        known = 0
        while known < len(chain) and (node, chain[known]) in self._behind:
            node = self._behind[node, chain[known]]
            known += 1
        for start in range(known, len(chain), ROWS):
            tokens = chain[start : start + ROWS]
            for token, logprob in zip(tokens, self._said(branch, len(prompt) + start, tokens), strict=True):
                grown = self._surprises[node].behind(logprob, self.ends_step(token))
                before_it, node = node, self._remember(grown)
                self._behind[before_it, token] = node
        return self._surprises[node]

    def _said(self, branch: Any, place: int, tokens: Sequence[int]) -> list[float]:
        """The log-probabilities of the tokens that stand in a branch from ``place`` on."""
        import torch

        logits = self.runner.logits_at(branch, place - 1, place - 1 + len(tokens))
        own = logits.gather(1, torch.tensor(tokens, device=logits.device)[:, None])[:, 0]
        found: list[float] = (own - logits.logsumexp(-1)).tolist()
        return found

    def _remember(self, surprise: Surprise) -> int:
        self._surprises.append(surprise)
        return len(self._surprises) - 1

    def _forget_surprises(self) -> None:
        self._surprises.clear()
        self._prompts.clear()
        self._behind.clear()

    def forget(self) -> None:
        """Drop what the trie holds, and what is remembered of probabilities."""
        super().forget()
        self._forget_surprises()

    def close(self) -> None:
        """Free the trie."""
        super().close()
        self._forget_surprises()


def open_net(
    path: Path,
    messages: Callable[[Problem], tuple[Message, ...]],
    who: str,
    *,
    tokens: Any = None,
    running: str | None = None,
    device: str | None = None,
    cache_bytes: int | None = None,
) -> tuple[Any, StateReader]:
    """The network in a file, and what reads the states for it; ``running``: where the weights are of the policy that
    writes, which may be the same. Raises `PolicyError` if it can't be read, or if the
    policy's weights aren't there or are not those that it was trained on, `MissingExtraError` without torch."""
    from verisearch.errors import MissingExtraError

    try:
        from verisearch.verifiers.nets import check_fit, opened
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"running a model here needs the package {error.name!r}: pip install 'verisearch[local]'"
        ) from error
    net, made, place = opened(path, who, running)
    reader = StateReader(place, messages, tokens=tokens, device=device, cache_bytes=cache_bytes)
    check_fit(path, who, made, reader.words)
    return net.to(reader.runner.device), reader

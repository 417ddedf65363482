"""A multifurcation reward model as a verifier: one call says how good a chain is with each token behind it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from verisearch.errors import InputError, PolicyError
from verisearch.protocols import Fork, Message, NextScores, Partial, Score
from verisearch.trace import Problem
from verisearch.usage import Usage
from verisearch.verifiers.reading import OverReader
from verisearch.verifiers.shipped import shipped
from verisearch.verifiers.states import StateReader, Told, open_net
from verisearch.verifiers.surroundings import Surroundings, split_options

__all__ = ["HEAD", "MrmVerifier", "open_mrm"]

#: The file of a multifurcation reward model.
HEAD = "mrm.safetensors"


class MrmVerifier(OverReader):
    """Scores all next tokens of a chain in one call, with a model that ``verisearch train mrm`` wrote (Saffron-1, arXiv
    2506.06444; the form of the reward is in `verisearch.training.reward.mrm`).

    It is a small network over the states of the policy that it was trained for. ``model`` is the folder, ``messages``
    gives what the policy was asked. ``tokens`` is the tokenizer of the policy that writes, which must be the model's
    own: a multifurcation reward is tied to one vocabulary; ``running`` the folder or hub name of its weights, which are
    read if they are those of training, wherever these were. Tokens that were never a target in training have no value
    (conservative exploration); ``mask=False`` gives theirs all the same. Chains are read over a trie of the verifier's
    own: a chain that grows is never read anew, and ``verifier_tokens`` counts what was computed.

    As an ordinary verifier it says of a chain what it said, before the last token, of the chain with that token.

    Raises `PolicyError` if the network can't be read or the policy's weights are not those that it was trained on,
    `InputError` for another tokenizer, `MissingExtraError` without torch.
    """

    _reader: StateReader

    def __init__(
        self,
        model: str | os.PathLike[str],
        messages: Callable[[Problem], tuple[Message, ...]],
        tokens: Any,
        *,
        mask: bool = True,
        running: str | None = None,
        device: str | None = None,
        cache_bytes: int | None = None,
    ) -> None:
        folder = Path(os.fspath(model))
        if not (folder / HEAD).is_file():
            raise PolicyError(
                f"verifier mrm: {folder} holds no multifurcation reward model: it has no {HEAD}; verisearch train mrm "
                "makes one"
            )
        self._net, self._reader = open_net(
            folder / HEAD,
            messages,
            "verifier mrm",
            tokens=tokens,
            running=running,
            device=device,
            cache_bytes=cache_bytes,
        )
        if not self._reader.shares_tokens:
            raise InputError(
                f"verifier mrm: {folder} was trained for another tokenizer than the policy's; its rewards are of "
                "tokens, so that it can't be used with this policy"
            )
        #: Which tokens were targets in training.
        self.seen: list[bool] = self._net.seen.bool().tolist()
        self._mask = mask
        self.parameters = self._reader.parameters + sum(each.numel() for each in self._net.parameters())
        self.name = f"mrm:{folder.name}" + ("" if mask else ":mask=no")
        self.meaning = (
            "the chance that a chain that goes on with this token ends verified and correct, as a model has learned"
        )

    def score_next(self, forks: Sequence[Fork]) -> list[NextScores]:
        """One answer for each fork, from one reading of the chain before its choices."""
        found = self._reader.told([fork.partial for fork in forks], following=True)
        return [self._next(fork, read) for fork, read in zip(forks, found, strict=True)]

    def _next(self, fork: Fork, read: Told) -> NextScores:
        usage = Usage(verifier_calls=1, verifier_tokens=read.computed)
        if read.state is None:
            return NextScores(values=(None,) * len(fork.choices), reason=read.reason, usage=usage)
        values = self._values(read, [each.id for each in fork.choices])
        return NextScores(values=tuple(values), reason=self.name, usage=usage)

    def _values(self, read: Told, tokens: list[int]) -> list[float | None]:
        import torch

        assert read.state is not None
        assert read.worst is not None
        assert read.following is not None
        if not tokens:
            return []
        wanted = torch.tensor(tokens, device=read.state.device)
        said = read.following[wanted].tolist()
        ends = map(self._reader.ends_step, tokens)
        grown = [read.surprise.behind(logprob, end) for logprob, end in zip(said, ends, strict=True)]
        # the state at a token that is the step's least likely one isn't there yet: the one before stands in for it
        worst = torch.stack([read.state if each.worst == each.length - 1 else read.worst for each in grown])
        told = torch.tensor([each.features() for each in grown], device=wanted.device)
        with torch.inference_mode():
            states = read.state.expand(len(tokens), -1)
            logits = self._net(states, worst, told, self._reader.words[wanted].float(), wanted)
        return [
            value if self.seen[token] or not self._mask else None
            for token, value in zip(tokens, logits.sigmoid().tolist(), strict=True)
        ]

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each chain. An empty one has none, nor one that ends in a token that was never a target."""
        before = [self._without_last(partial) for partial in partials]
        found = iter(self._reader.told([each[0] for each in before if each is not None], following=True))
        return [self._one(next(found), each[1]) if each is not None else NOTHING for each in before]

    def _without_last(self, partial: Partial) -> tuple[Partial, int] | None:
        """The chain without its last token, and that token; None for an empty chain."""
        ids = list(partial.ids) if partial.ids is not None else self._reader.encoder.text(partial.written)
        if partial.finished and self._reader.end is not None:
            ids.append(self._reader.end)
        if not ids:
            return None
        return Partial(problem=partial.problem, written=partial.written, ids=tuple(ids[:-1])), ids[-1]

    def _one(self, read: Told, token: int) -> Score:
        usage = Usage(verifier_calls=1, verifier_tokens=read.computed)
        if read.state is None:
            return Score(value=None, reason=read.reason, usage=usage)
        (value,) = self._values(read, [token])
        reason = self.name if value is not None else "its last token was never seen in training"
        return Score(value=value, reason=reason, usage=usage)


NOTHING = Score(value=None, reason="nothing is written yet", usage=Usage(verifier_calls=1))


def open_mrm(target: str, around: Surroundings) -> MrmVerifier:
    """``mrm:FOLDER``, or ``mrm`` where one comes with the policy, either with ``:mask=no`` behind it.

    Raises `InputError` for other options, or where there is no policy in this process that has a tokenizer.
    """
    folder, options = split_options("mrm", target, ("mask",))
    tokens = getattr(around.policy, "tokenizer", None)
    if around.messages is None or tokens is None:
        raise InputError("verifier mrm: it needs a policy in this process, with the tokenizer that it was trained for")
    if options.get("mask", "yes") not in ("yes", "no"):
        raise InputError(f"verifier mrm: mask={options['mask']}: give yes or no")
    mask = options.get("mask", "yes") == "yes"
    running = getattr(around.policy, "source", None)
    return MrmVerifier(folder or shipped("mrm", around.policy), around.messages, tokens, mask=mask, running=running)

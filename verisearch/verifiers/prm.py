"""A process reward model as a verifier: a transformer with one output, read at the last token of a chain."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from verisearch.errors import InputError, MissingExtraError, PolicyError
from verisearch.protocols import Message, Partial, Prefix, Score
from verisearch.trace import Problem
from verisearch.usage import Usage
from verisearch.verifiers.surroundings import Surroundings

__all__ = ["PrmVerifier", "open_prm"]

#: Chains that are read together.
BATCH = 64


class PrmVerifier:
    """Scores chains with a model in Hugging Face's token-classification format that has one label, as ``verisearch
    train prm`` writes it: the value is the sigmoid of its logit at the chain's last token, the one that ends the reply
    where the chain is finished.

    ``model`` is the folder. ``messages`` gives what the policy was asked about a problem: the model reads the same.
    Chains are read over a trie of the verifier's own, so a chain that grows is never read anew: ``verifier_tokens``
    counts the positions that were computed. The chain is cut into tokens from its text, as a whole.

    Raises `PolicyError` if the model can't be loaded or isn't of that kind, `MissingExtraError` without torch.
    """

    def __init__(
        self,
        model: str | os.PathLike[str],
        messages: Callable[[Problem], tuple[Message, ...]],
        *,
        device: str | None = None,
        cache_bytes: int | None = None,
    ) -> None:
        try:
            from verisearch.kv.runner import BUDGET, ModelRunner
            from verisearch.policies.local.loading import load_model
            from verisearch.policies.local.prompts import Encoder
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f"verifier prm: running a model here needs the package {error.name!r}: pip install 'verisearch[local]'"
            ) from error

        self.name = f"prm:{Path(os.fspath(model)).name}"
        self.meaning = (
            "the chance that a chain that goes on from here ends verified and correct, as a model has learned"
        )
        self._weight, self._bias = reward_head(Path(os.fspath(model)))
        body, self._tokenizer = load_model(model, device)
        self.parameters = sum(weight.numel() for weight in body.parameters())
        self._runner = ModelRunner(body, budget=cache_bytes or BUDGET)
        self._weight = self._weight.to(self._runner.device)
        self._encoder = Encoder(self._tokenizer, self._runner.decoder.vocabulary)
        self._messages = messages

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each. What is too long for the model has no value, and the reason."""
        sequences = [self._ids(partial) for partial in partials]
        refused = [self._runner.refusal(len(ids)) for ids in sequences]
        values, computed = self._values([ids for ids, why in zip(sequences, refused, strict=True) if why is None])
        told, costs = iter(values), iter(computed)
        return [
            Score(value=next(told), reason=self.name, usage=Usage(verifier_calls=1, verifier_tokens=next(costs)))
            if why is None
            else Score(value=None, reason=why, usage=Usage(verifier_calls=1))
            for why in refused
        ]

    def _ids(self, partial: Partial) -> list[int]:
        prompt, written = self._encoder.prefix(
            Prefix(messages=self._messages(partial.problem), written=partial.written)
        )
        end = self._tokenizer.eos_token_id
        return [*prompt, *written, *([end] if partial.finished and end is not None else [])]

    def _values(self, sequences: Sequence[list[int]]) -> tuple[list[float], list[int]]:
        """The value of each sequence, and how many positions were computed for it."""
        values: list[float] = []
        costs: list[int] = []
        for branches in self._runner.lots(sequences, BATCH):
            costs += [branch.length - branch.cached for branch in branches]
            states = self._runner.states(branches).float()
            logits = states @ self._weight.T + self._bias
            values += logits[:, 0].sigmoid().tolist()
        return values, costs

    @property
    def statistics(self) -> Any:
        """What the trie has done and holds, see `verisearch.kv.runner.Statistics`."""
        return self._runner.statistics

    def forget(self) -> None:
        """Drop what the trie holds."""
        self._runner.tree.evict(self._runner.tree.size)

    def close(self) -> None:
        """Free the trie."""
        self._runner.reset()


def reward_head(folder: Path) -> tuple[Any, float]:
    """Weight, shape (1, hidden size), and bias of the reward's output. Raises `PolicyError` if there is none."""
    import torch
    from safetensors import safe_open

    if not folder.is_dir():
        raise PolicyError(f"verifier prm: there is no folder {folder}")
    found: dict[str, Any] = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, "pt") as kept:
            found |= {
                name: kept.get_tensor(name)
                for name in ("score.weight", "score.bias")
                if name in kept.keys()  # noqa: SIM118 (not a dict)
            }
    weight = found.get("score.weight")
    if weight is None or weight.ndim != 2 or weight.shape[0] not in (1, 2):
        had = "none" if weight is None else f"one of shape {tuple(weight.shape)}"
        raise PolicyError(
            f"verifier prm: {folder} holds no reward model: it needs an output 'score.weight' with a row for the "
            f"reward, and has {had}; verisearch train prm makes one"
        )
    bias = found.get("score.bias")
    return weight[:1].to(torch.float32), 0.0 if bias is None else float(bias.float()[0])


def open_prm(target: str, around: Surroundings) -> PrmVerifier:
    """``prm:FOLDER``. Raises `InputError` without a folder, or where there is no policy whose prompts it could read."""
    if not target:
        raise InputError(
            "verifier prm: give the folder of a reward model, as prm:FOLDER (verisearch train prm makes one)"
        )
    if around.messages is None:
        raise InputError("verifier prm: there is no policy whose prompts it could read")
    return PrmVerifier(target, around.messages)

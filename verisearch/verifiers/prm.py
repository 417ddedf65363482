"""A process reward model as a verifier: it reads a chain and says how good it is so far."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from verisearch.errors import InputError
from verisearch.protocols import Message, Partial, Score
from verisearch.trace import Problem
from verisearch.usage import Usage
from verisearch.verifiers.heads import classifier, two_tokens
from verisearch.verifiers.mrm import HEAD
from verisearch.verifiers.reading import ModelReader, OverReader
from verisearch.verifiers.shipped import shipped
from verisearch.verifiers.states import StateReader, Told, open_net
from verisearch.verifiers.surroundings import Surroundings, split_options

__all__ = ["PRM", "PrmVerifier", "StatePrmVerifier", "open_prm"]

#: The file of a process reward model that verisearch made.
PRM = "prm.safetensors"

#: What its outputs mean.
MEANINGS = {
    "reward": "the chance that a chain that goes on from here ends verified and correct, as a model has learned",
    "sound": "the chance that the step under way holds, if those before do, as a model has learned",
}

OPTIONS = ("label", "at", "between", "good", "bad")


class PrmVerifier(OverReader):
    """Scores chains with a process reward model in one of the shapes that they come in on Hugging Face:

    - **token classification** (as TRL's PRMTrainer writes it) or a **scalar** output: read by ``label``,
      see `verisearch.verifiers.heads.classifier`;
    - **two words**: a language model that says ``good`` or ``bad`` behind each step (Math-Shepherd, arXiv 2312.08935);
      the value is the softmax over these two.

    ``model`` is the folder. ``messages`` gives what the policy was asked about a problem: the model reads the same,
    through its own chat template. ``at``: the text behind each step at which it was trained to be read, ``between``
    what stands behind that before the next step; without, it is read at the chain's last token (the one that ends the
    reply where the chain is finished), and a step that is under way counts. ``tokens``: the policy's tokenizer, see
    `ModelReader`. Chains are read over a trie of the verifier's own, so a chain that grows is never read anew:
    ``verifier_tokens`` counts the positions that were computed.

    Raises `PolicyError` if the model can't be loaded or isn't of that kind, `InputError` for options that don't fit it,
    `MissingExtraError` without torch.
    """

    def __init__(
        self,
        model: str | os.PathLike[str],
        messages: Callable[[Problem], tuple[Message, ...]],
        *,
        label: str = "",
        at: str = "",
        between: str = "",
        good: str = "",
        bad: str = "",
        tokens: Any = None,
        device: str | None = None,
        cache_bytes: int | None = None,
    ) -> None:
        folder = Path(os.fspath(model))
        if bool(good) != bool(bad) or (good and label):
            raise InputError("verifier prm: give both good= and bad= for a model of two words, else label= or nothing")
        head = None if good else classifier(folder, label)
        self._reader = ModelReader(
            folder, messages, tokens=tokens, separator=at, between=between, device=device, cache_bytes=cache_bytes
        )
        self._head = head or two_tokens(self._reader, good, bad)
        self.parameters = self._reader.parameters if good else self._reader.body_parameters
        told = {"label": label, "good": good, "bad": bad, "at": at, "between": between}
        self.name = ":".join([f"prm:{folder.name}", *(f"{name}={value!r}" for name, value in told.items() if value)])
        self.meaning = "how good the chain is so far, as a model has learned"

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each. What is too long for the model has no value, and the reason."""
        import torch

        found = self._reader.read(partials)
        states = [each.state for each in found if each.state is not None]
        values = iter(self._head(torch.stack(states)).tolist() if states else [])
        return [
            Score(
                value=None if each.state is None else min(1.0, max(0.0, next(values))),
                reason=each.reason or self.name,
                usage=Usage(verifier_calls=1, verifier_tokens=each.computed),
            )
            for each in found
        ]


class StatePrmVerifier(OverReader):
    """Scores chains with a process reward model that ``verisearch train prm`` wrote: a small network over the states of
    the policy that it was trained for, see `verisearch.training.reward.prm`.

    ``model`` is the folder, ``messages`` gives what the policy was asked. ``label``: ``reward`` (also if empty), the
    chance that a chain that goes on from here ends verified and correct, or ``sound``, the chance that the step under
    way holds. ``tokens``: the tokenizer of the policy that writes, see `ModelReader`; ``running``: the folder or hub
    name of its weights, which are read if they are those of training, wherever these were. The policy is read over a
    trie of the verifier's own, so that a chain that grows is never read anew: ``verifier_tokens`` counts the positions
    that were computed.

    Raises `PolicyError` if the network can't be read or the policy's weights are not those that it was trained on,
    `InputError` for another label, `MissingExtraError` without torch.
    """

    _reader: StateReader

    def __init__(
        self,
        model: str | os.PathLike[str],
        messages: Callable[[Problem], tuple[Message, ...]],
        *,
        label: str = "",
        tokens: Any = None,
        running: str | None = None,
        device: str | None = None,
        cache_bytes: int | None = None,
    ) -> None:
        if label and label not in MEANINGS:
            raise InputError(f"reward model: {model} has no label {label!r}; there are: {', '.join(MEANINGS)}")
        folder = Path(os.fspath(model))
        self._net, self._reader = open_net(
            folder / PRM,
            messages,
            "verifier prm",
            tokens=tokens,
            running=running,
            device=device,
            cache_bytes=cache_bytes,
        )
        from verisearch.verifiers.nets import LABELS

        self._output = LABELS.index(label or "reward")
        self.parameters = self._reader.parameters + sum(each.numel() for each in self._net.parameters())
        self.name = f"prm:{folder.name}" + (f":label={label!r}" if label else "")
        self.meaning = MEANINGS[label or "reward"]

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each. What is too long for the model has no value, and the reason."""
        found = self._reader.told(partials)
        values = iter(self._values([each for each in found if each.state is not None]))
        return [
            Score(
                value=None if each.state is None else next(values),
                reason=each.reason or self.name,
                usage=Usage(verifier_calls=1, verifier_tokens=each.computed),
            )
            for each in found
        ]

    def _values(self, read: Sequence[Told]) -> list[float]:
        import torch

        if not read:
            return []
        states = torch.stack([each.state for each in read if each.state is not None])
        worst = torch.stack([each.worst for each in read if each.worst is not None])
        told = torch.tensor([each.surprise.features() for each in read], device=states.device)
        with torch.inference_mode():
            found: list[float] = self._net(states, worst, told)[:, self._output].sigmoid().tolist()
        return found


def open_prm(target: str, around: Surroundings) -> PrmVerifier | StatePrmVerifier:
    """``prm:FOLDER``, or ``prm`` where one comes with the policy, with options behind colons, as
    ``prm:FOLDER:label=sound`` or, for those of other makers, ``prm:FOLDER:good=+:bad=-:at= ки:between=\\n`` (the last
    is a line break).

    Raises `InputError` for options it doesn't know, without a folder for a policy that has none of its own, or where
    there is no policy whose prompts it could read.
    """
    folder, options = split_options("prm", target, OPTIONS)
    if around.messages is None:
        raise InputError("verifier prm: there is no policy whose prompts it could read")
    tokens = getattr(around.policy, "tokenizer", None)
    place = Path(folder) if folder else shipped("prm", around.policy)
    if (place / PRM).is_file():
        others = [name for name in options if name != "label"]
        if others:
            named = ", ".join(f"{each}=" for each in sorted(others))
            raise InputError(f"verifier prm: {place} was made by verisearch train prm and has no option {named}")
        running = getattr(around.policy, "source", None)
        return StatePrmVerifier(place, around.messages, label=options.get("label", ""), tokens=tokens, running=running)
    if (place / HEAD).is_file():
        raise InputError(
            f"verifier prm: {place} is a multifurcation reward model: --verifier mrm:{place} --strategy multifurcation"
        )
    return PrmVerifier(
        place,
        around.messages,
        label=options.get("label", ""),
        at=options.get("at", ""),
        between=options.get("between", ""),
        good=options.get("good", ""),
        bad=options.get("bad", ""),
        tokens=tokens,
    )

"""P(True) by a model of its own: how likely it is to call a chain's answer correct."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from verisearch.errors import PolicyError
from verisearch.protocols import Message, Partial, Score
from verisearch.trace import Problem
from verisearch.usage import Usage
from verisearch.verifiers.reading import ModelReader, OverReader, weights_of

__all__ = ["ADAPTER", "ASKED", "Asked", "PTrueVerifier", "read_asked"]

#: The files beside a model's own that say how it is asked, and hold what was learned where that isn't all weights.
ASKED, ADAPTER = "confidence.json", "adapter.safetensors"


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model is asked whether an answer is correct: the ``question``, which is the user's next turn, and the
    ``word`` whose probability is the confidence. ``base``: the policy to whose weights the matrices in `ADAPTER` are
    added, times ``scale``; empty where the folder holds all weights."""

    question: str
    word: str
    base: str = ""
    scale: float = 1.0


class PTrueVerifier(OverReader):
    """Scores chains by P(True) (Kadavath et al. 2022, arXiv 2207.05221, section 3), asked of a model that ``verisearch
    train self-calibration`` wrote (Self-Calibration, arXiv 2503.00031), or of any language model: the value is the full
    softmax at the single token ``word`` behind ``question``, at temperature 1.

    ``model`` is the folder. ``messages`` gives what the policy was asked; ``tokens``: the policy's tokenizer, see
    `ModelReader`. ``asked``: how it is asked, None: as the folder says. Chains are read over a trie of the verifier's
    own: of a chain that grows only what is new is read, and the question; ``verifier_tokens`` counts what was computed.

    Raises `PolicyError` if the model can't be loaded or the word isn't a single token, `MissingExtraError` without
    torch.
    """

    def __init__(
        self,
        model: str | os.PathLike[str],
        messages: Callable[[Problem], tuple[Message, ...]],
        *,
        asked: Asked | None = None,
        tokens: Any = None,
        name: str = "",
        device: str | None = None,
        cache_bytes: int | None = None,
    ) -> None:
        folder = Path(os.fspath(model))
        asked = asked or read_asked(folder)
        source: str | os.PathLike[str] = weights_of(asked.base, "verifier confidence") if asked.base else folder
        self._reader = ModelReader(
            source, messages, tokens=tokens, question=asked.question, device=device, cache_bytes=cache_bytes,
            prepare=(lambda loaded: adapt(loaded, folder / ADAPTER, asked.scale)) if asked.base else None,
        )  # fmt: skip
        self._word = single_token(self._reader.encoder.text(asked.word), asked.word, folder)
        self.parameters = self._reader.parameters
        self.name = name or f"confidence:{folder.name}"
        self.meaning = f"the probability of the single token {asked.word!r} behind {asked.question!r}, by a model of it"

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each. An empty chain has none, nor has what is too long for the model."""
        found = iter(self._reader.read([each for each in partials if each.written.strip()]))
        return [self._one(next(found)) if each.written.strip() else EMPTY for each in partials]

    def _one(self, read: Any) -> Score:
        import torch

        usage = Usage(verifier_calls=1, verifier_tokens=read.computed)
        if read.state is None:
            return Score(value=None, reason=read.reason, usage=usage)
        with torch.inference_mode():
            value = self._reader.runner.decoder.logits(read.state[None]).softmax(-1)[0, self._word].item()
        return Score(value=min(1.0, value), reason=self.name, usage=usage)


EMPTY = Score(value=None, reason="nothing is written yet", usage=Usage(verifier_calls=1))


def read_asked(folder: Path) -> Asked:
    """What a folder says of how its model is asked. Raises `PolicyError` if it doesn't say."""
    try:
        return msgspec.json.decode((folder / ASKED).read_bytes(), type=Asked)
    except FileNotFoundError as error:
        raise PolicyError(
            f"verifier confidence: {folder} holds no model of confidence: it has no {ASKED}; verisearch train "
            "self-calibration makes one"
        ) from error
    except (OSError, msgspec.DecodeError) as error:
        raise PolicyError(f"verifier confidence: {folder / ASKED} can't be read ({error})") from error


def single_token(ids: Sequence[int], word: str, folder: Path) -> int:
    """The only id of a word. Raises `PolicyError` if it has several."""
    if len(ids) != 1:
        raise PolicyError(
            f"verifier confidence: {word!r} is {len(ids)} tokens for {folder.name}, so that P(True) is not defined for "
            "it; ask for another word"
        )
    return ids[0]


def adapt(model: Any, file: Path, scale: float) -> None:
    """Add what was learned to a model's matrices: to that named N, ``scale`` times N.lora_B @ N.lora_A.

    Raises `PolicyError` if the file can't be read or isn't of this model.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        learned = load_file(file)
        weights = dict(model.named_parameters())
        with torch.no_grad():
            for name in {each.rpartition(".")[0] for each in learned}:
                weight = weights[f"{name}.weight"]
                moved = learned[f"{name}.lora_B"].float() @ learned[f"{name}.lora_A"].float()
                weight.add_(moved.to(weight.device, weight.dtype), alpha=scale)
    except (SafetensorError, KeyError, OSError, RuntimeError) as error:
        raise PolicyError(f"verifier confidence: {file} doesn't fit its model ({error})") from error

"""The outputs of reward models in the shapes they come in: from a state to a value in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from verisearch.errors import InputError, PolicyError
from verisearch.verifiers.reading import ModelReader

if TYPE_CHECKING:
    import torch

#: The labels of models that verisearch wrote before it wrote files of its own: each a chance by itself, no classes.
OURS = {"reward", "sound"}

__all__ = ["Head", "classifier", "two_tokens"]

#: States, shape (chains, hidden size), to values in [0, 1], shape (chains,).
Head: TypeAlias = "Callable[[torch.Tensor], torch.Tensor]"

#: What the output is called in a file of weights: transformers' classification heads, TRL's value head.
OUTPUTS = ("score", "classifier", "v_head.summary", "v_head")


def classifier(folder: Path, label: str = "") -> Head:
    """The head of a model that classifies tokens or gives them a scalar, from the files in ``folder``.

    One output: the sigmoid of its logit. Several: the softmax at ``label`` (a name in the model's ``id2label``, or its
    number; without one the second of two, as TRL's process reward models are trained).

    Raises `PolicyError` if there is no such output, `InputError` for a label that it doesn't have.
    """
    weight, bias = output_of(folder)
    names = labels_of(folder, weight.shape[0])
    if set(names) == OURS:
        raise PolicyError(f"reward model: {folder} was made by an earlier version of verisearch: train it anew")
    chosen = place_of(folder, names, label)

    def head(states: torch.Tensor) -> torch.Tensor:
        logits = states.float() @ weight.T.to(states.device) + bias.to(states.device)
        if len(names) == 1:
            return logits[:, 0].sigmoid()
        return logits.softmax(-1)[:, chosen]

    return head


def output_of(folder: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight, shape (labels, hidden size), and bias, shape (labels,), of a model's output that isn't words."""
    import torch
    from safetensors import SafetensorError, safe_open

    if not folder.is_dir():
        raise PolicyError(f"reward model: there is no folder {folder}")
    found: dict[str, torch.Tensor] = {}
    try:
        for file in sorted(folder.glob("*.safetensors")):
            with safe_open(file, "pt") as kept:
                for name in kept.keys():  # noqa: SIM118 (not a dict)
                    if name.rpartition(".")[0] in OUTPUTS:
                        found[name] = kept.get_tensor(name).float()
    except (SafetensorError, OSError) as error:
        raise PolicyError(f"reward model: {file} can't be read ({error})") from error
    weight = next((found[f"{name}.weight"] for name in OUTPUTS if f"{name}.weight" in found), None)
    if weight is None or weight.ndim != 2:
        raise PolicyError(
            f"reward model: {folder} has no output for rewards ({', '.join(f'{name}.weight' for name in OUTPUTS)}). If "
            "it tells good from bad steps by two words, name them: prm:FOLDER:good=+:bad=-"
        )
    bias = next((found[f"{name}.bias"] for name in OUTPUTS if f"{name}.bias" in found), torch.zeros(weight.shape[0]))
    return weight, bias


def labels_of(folder: Path, count: int) -> list[str]:
    """What a model's outputs are called; their numbers, where it doesn't say."""
    try:
        config: dict[str, Any] = msgspec.json.decode((folder / "config.json").read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise PolicyError(f"reward model: {folder / 'config.json'} can't be read ({error})") from error
    named = config.get("id2label") or {}
    return [str(named.get(str(place), place)) for place in range(count)]


def place_of(folder: Path, names: Sequence[str], label: str) -> int:
    """Which output is read."""
    if label:
        if label in names:
            return list(names).index(label)
        if label.isdecimal() and int(label) < len(names):
            return int(label)
        raise InputError(f"reward model: {folder} has no label {label!r}; there are: {', '.join(names)}")
    if len(names) == 1:
        return 0
    if len(names) == 2:
        return 1
    raise InputError(f"reward model: {folder} has several labels; name the good one: label={names[0]} or another of "
                     f"{', '.join(names)}")  # fmt: skip


def two_tokens(reader: ModelReader, good: str, bad: str) -> Head:
    """The head of a language model that says ``good`` or ``bad`` behind each step: the softmax over these two words at
    ``good``. Raises `InputError` if one of them is not a single token, or both are the same."""
    places = []
    for word in (good, bad):
        ids = reader.tokenizer(word, add_special_tokens=False)["input_ids"]
        # tokenizers that begin each text with a space have a token for that alone
        if len(ids) == 2 and not reader.tokenizer.decode(ids[:1]).strip():
            ids = ids[1:]
        if len(ids) != 1:
            raise InputError(f"reward model: {word!r} is {len(ids)} tokens for this model, not one")
        places.append(ids[0])
    if places[0] == places[1]:
        raise InputError(f"reward model: {good!r} and {bad!r} are the same token")

    def head(states: torch.Tensor) -> torch.Tensor:
        return reader.runner.decoder.logits(states)[:, places].softmax(-1)[:, 0]

    return head

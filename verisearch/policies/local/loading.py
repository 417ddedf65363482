"""Loading a model and its tokenizer from a folder, a hub name or a GGUF file. Weights come as safetensors only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import transformers

from verisearch.errors import PolicyError
from verisearch.policies.local.gguf import UNREADABLE, converted

__all__ = ["end_tokens", "ids_named", "load_model", "located", "quiet", "unreported"]

#: What names on the hub look like: one part, or an owner and a name.
HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")


def load_model(source: str | os.PathLike[str], device: str | None = None) -> tuple[Any, Any]:
    """The model, in 32 bits on a CPU and bfloat16 on a GPU, and its tokenizer.

    ``device`` is a torch device (None: a GPU if there is one). Code that a model brings is never run, and weights in
    other formats than safetensors are never read. Raises `PolicyError` with what is missing.
    """
    place = checked_device(device)
    found = located(source)
    dtype = torch.float32 if place.type == "cpu" else torch.bfloat16
    with quiet():
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(found, trust_remote_code=False)
            model: Any = transformers.AutoModelForCausalLM.from_pretrained(
                found, use_safetensors=True, trust_remote_code=False, dtype=dtype
            )
        except UNREADABLE as error:
            raise PolicyError(f"{source}: the model can't be loaded: {error}") from error
    return model.to(place), tokenizer


def end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """The ids that end a reply, as generation settings, model and tokenizer name them."""
    return ids_named(
        getattr(model.generation_config, "eos_token_id", None),
        getattr(model.config.get_text_config(), "eos_token_id", None),
        tokenizer.eos_token_id,
    )


def ids_named(*values: int | Sequence[int] | None) -> frozenset[int]:
    """All ids in settings that name one, several or none."""
    found: set[int] = set()
    for value in values:
        if isinstance(value, int):
            found.add(value)
        elif value is not None:
            found.update(value)
    return frozenset(found)


def located(source: str | os.PathLike[str]) -> str:
    """What transformers is to open: a folder that holds a model, or a hub name."""
    text = os.fspath(source)
    path = Path(text).expanduser()
    if not text:
        raise PolicyError("no model is named; give the path of a folder or .gguf file, or a name on the hub")
    if path.suffix.lower() == ".gguf":
        if not path.is_file():
            raise PolicyError(f"{text}: there is no such .gguf file")
        with quiet():
            return str(converted(path))
    if not path.is_dir():
        if path.exists():
            raise PolicyError(f"{text}: a model is a folder or a .gguf file; this is neither")
        if not HUB_NAME.fullmatch(text):
            raise PolicyError(f"{text}: there is no such folder")
        return text
    if not (path / "config.json").is_file():
        raise PolicyError(f"{text}: there is no config.json in it; a model's folder in Hugging Face format is needed")
    if not any(path.glob("*.safetensors")):
        others = sorted(found.name for pattern in ("*.bin", "*.pt", "*.pth") for found in path.glob(pattern))
        why = f"; {', '.join(others)} could run code when read: convert it to safetensors first" if others else ""
        raise PolicyError(f"{text}: there are no weights in it (*.safetensors){why}")
    return str(path)


def checked_device(device: str | None) -> torch.device:
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:
        raise PolicyError(f"device {device!r} can't be used: {str(error).splitlines()[0]}") from error


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bars of transformers inside."""
    logging = transformers.utils.logging
    before = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if before:
            logging.enable_progress_bar()


@contextmanager
def unreported() -> Iterator[None]:
    """No report on outputs that a checkpoint has and a model doesn't, or the other way round, where that is meant."""
    logging = transformers.utils.logging
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)

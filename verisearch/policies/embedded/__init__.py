"""The package's own small model, trained from scratch on generated worlds; its weights are not part of it yet."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from verisearch.errors import PolicyError

__all__ = ["folder"]


def folder() -> Path:
    """Where its weights, configuration and tokenizer are. Raises `PolicyError` if they aren't there as files."""
    place = Path(str(resources.files(__name__)))
    if not (place / "model.safetensors").is_file():
        raise PolicyError(
            f"the embedded model's weights are not in {place}: this version comes without them; name another --policy "
            "(smollm2, a model's folder, a server), or train them with verisearch.training.pretrain"
        )
    return place

"""The package's own small model, trained from scratch on generated worlds; README.md beside this file tells how."""

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
            f"the embedded model's weights are not in {place}: install the package anew, or name another --policy "
            "(smollm2, a model's folder, a server)"
        )
    return place

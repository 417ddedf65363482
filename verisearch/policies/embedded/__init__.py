"""The model that ships with the package: small, trained from scratch on generated worlds of facts and rules."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from verisearch.errors import PolicyError

__all__ = ["folder"]


def folder() -> Path:
    """Where its weights, configuration and tokenizer are. Raises `PolicyError` if they aren't there as files."""
    place = Path(str(resources.files(__name__)))
    if not (place / "model.safetensors").is_file():
        raise PolicyError(f"the embedded model's weights are missing in {place}: install verisearch again")
    return place

"""The embedded model as a policy."""

from __future__ import annotations

from typing import Any

from verisearch.errors import InputError
from verisearch.policies.embedded import folder
from verisearch.policies.transformers import TransformersPolicy

__all__ = ["EmbeddedPolicy"]


class EmbeddedPolicy(TransformersPolicy):
    """The embedded model, with the settings of `TransformersPolicy`. It is asked in the words it was trained on."""

    #: The prompt template that it understands.
    prompt = "solve-embedded"

    def __init__(self, target: str = "", **settings: Any) -> None:
        if target:
            raise InputError(f"the embedded model takes nothing behind its name, but got {target!r}")
        super().__init__(folder(), **{"name": "embedded", **settings})

    @staticmethod
    def weights(target: str) -> str:
        """The folder of the weights."""
        return str(folder())

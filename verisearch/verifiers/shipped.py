"""The reward models that come with the embedded model."""

from __future__ import annotations

from pathlib import Path

from verisearch.errors import InputError
from verisearch.protocols import Policy

__all__ = ["EMBEDDED", "shipped"]

#: The name of the policy whose reward models come along.
EMBEDDED = "embedded"

#: The recipe that makes each kind.
RECIPES = {"prm": "prm", "mrm": "mrm", "confidence": "self-calibration"}


def shipped(kind: str, policy: Policy | None) -> Path:
    """The folder of the embedded model's ``kind`` (``prm``, ``mrm``, ``confidence``).

    Raises `InputError` for another policy: such a model is of the chains of the policy that it was trained on.
    """
    folder = Path(__file__).with_name("embedded") / kind
    if getattr(policy, "name", None) != EMBEDDED:
        raise InputError(
            f"verifier {kind}: give the folder of a reward model, as {kind}:FOLDER (verisearch train {RECIPES[kind]} "
            "makes one); the one that comes along is of the embedded model's chains"
        )
    if not any(folder.glob("*.safetensors")):
        raise InputError(
            f"verifier {kind}: its weights are not in {folder}: install the package anew, or name a folder"
        )
    return folder

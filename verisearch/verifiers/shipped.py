"""Models of the embedded model's chains that come along."""

from __future__ import annotations

from pathlib import Path

from verisearch.errors import InputError
from verisearch.protocols import Policy

__all__ = ["EMBEDDED", "shipped"]

#: The name of the policy whose models these are.
EMBEDDED = "embedded"

#: The recipe that makes each kind.
RECIPES = {"prm": "prm", "mrm": "mrm", "confidence": "self-calibration"}


def shipped(kind: str, policy: Policy | None) -> Path:
    """The folder of the embedded model's ``kind`` (``prm``, ``mrm``, ``confidence``).

    Raises `InputError` if none comes along, or for another policy: such a model is of the chains of the policy that it
    was trained on.
    """
    folder = Path(__file__).with_name("embedded") / kind
    there = any(folder.glob("*.safetensors"))
    if not there or getattr(policy, "name", None) != EMBEDDED:
        comes = f"; the one that comes along is of the policy {EMBEDDED}" if there else ""
        raise InputError(
            f"verifier {kind}: give the folder of a model, as {kind}:FOLDER (verisearch train {RECIPES[kind]} makes "
            f"one){comes}"
        )
    return folder

"""All that scores a chain, finished or not. `open_verifier` finds one by name."""

from __future__ import annotations

from verisearch.verifiers.opening import open_verifier
from verisearch.verifiers.surroundings import Surroundings

__all__ = ["Surroundings", "open_verifier"]

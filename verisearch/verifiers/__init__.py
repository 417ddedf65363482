"""All that scores a chain, finished or not. `open_verifier` finds one by name."""

from __future__ import annotations

from verisearch.verifiers.opening import name_of, open_verifier
from verisearch.verifiers.surroundings import Surroundings

__all__ = ["Surroundings", "name_of", "open_verifier"]

"""Finding a verifier by its name."""

from __future__ import annotations

from verisearch.errors import InputError
from verisearch.plugins import load, names
from verisearch.protocols import Verifier
from verisearch.verifiers.surroundings import Surroundings

__all__ = ["name_of", "open_verifier", "parts_of"]


def open_verifier(spec: str, around: Surroundings | None = None) -> Verifier:
    """A verifier, ready to score.

    ``spec`` is a name, or a name and what follows it behind a colon: ``symbolic``, ``symbolic:steps``, ``noisy:0.1``,
    ``confidence:logprob``, ``combine:gate,symbolic:abstain,confidence``. Names are looked up among the entry points of
    the group ``verisearch.verifiers``: each is a callable that takes the text behind the colon ("" if there is none)
    and the `Surroundings`.

    Raises `UnknownNameError` for a name that isn't installed, `MissingExtraError` if a library is missing, `InputError`
    for what a verifier doesn't take, or if it needs a policy and there is none that can do what it asks.
    """
    name, target = parted(spec)
    opened: Verifier = load("verifiers", name)(target, around or Surroundings())
    return opened


def name_of(spec: str) -> str:
    """The verifier's name in what `open_verifier` takes. Raises `InputError` if there is none."""
    return parted(spec)[0]


def parted(spec: str) -> tuple[str, str]:
    """The name, and what follows it behind a colon. Raises `InputError` if there is no name."""
    text = spec.strip()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    name, _, target = text.partition(":")
    if not name:
        raise InputError(f"verifier {spec!r}: no name; there are: {', '.join(names('verifiers'))}")
    return name, target


def parts_of(text: str) -> list[str]:
    """``text`` at its commas, those in parentheses aside. Raises `InputError` for a parenthesis without its other."""
    parts, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            break
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    if depth:
        raise InputError(f"verifier {text!r}: a parenthesis lacks its other")
    return [part.strip() for part in parts]

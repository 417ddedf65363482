"""Finding a policy by its name, or by what it is to load."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Any

from verisearch.errors import InputError, UnknownNameError
from verisearch.plugins import load, names
from verisearch.protocols import Policy

__all__ = ["DEFAULT_POLICY", "open_policy", "split_spec"]

#: The policy that is opened when none is named.
DEFAULT_POLICY = "embedded"


def open_policy(spec: str | os.PathLike[str] = DEFAULT_POLICY, **settings: Any) -> Policy:
    """A policy, ready to be asked.

    ``spec`` is a name (``embedded``); a name and what it is to open (``transformers:PATH``, ``vllm:PATH``,
    ``replay:FILE``, ``openai:MODEL@http://127.0.0.1:8000/v1``); or the path of a model's folder or ``.gguf`` file,
    which transformers opens. Names are looked up among the entry points of the group ``verisearch.policies``: each
    is a callable that takes the text behind the colon ("" if there is none) and the settings by keyword.

    Raises `UnknownNameError` for a name that isn't installed, `MissingExtraError` if a library is missing,
    `InputError` for a setting the policy doesn't have, and `PolicyError` if the model can't be loaded.
    """
    name, target = split_spec(os.fspath(spec))
    try:
        factory = load("policies", name)
    except UnknownNameError as error:
        raise UnknownNameError(f"{error}; or give the path of a model's folder") from error
    check_settings(name, factory, target, settings)
    policy: Policy = factory(target, **settings)
    return policy


def split_spec(spec: str) -> tuple[str, str]:
    """The name of a policy and what it is to open. Raises `InputError` for an empty ``spec``."""
    if not spec.strip():
        raise InputError(f"no policy is named; there are: {', '.join(names('policies'))}, or the path of a model")
    name, colon, target = spec.partition(":")
    if name in names("policies"):
        return name, target
    if is_model(Path(spec)):
        return "transformers", spec
    if not colon and (os.sep in spec or spec.lower().endswith(".gguf")):
        raise InputError(f"{spec}: there is no such model folder or .gguf file")
    return name, target


def is_model(path: Path) -> bool:
    return path.is_dir() or (path.is_file() and path.suffix.lower() == ".gguf")


def check_settings(name: str, factory: Any, target: str, settings: dict[str, Any]) -> None:
    """Raises `InputError` if ``factory`` doesn't take these settings."""
    try:
        signature = inspect.signature(factory)
    except (TypeError, ValueError):  # built in: it has to speak for itself
        return
    try:
        signature.bind(target, **settings)
    except TypeError as error:
        known = [
            parameter.name
            for parameter in list(signature.parameters.values())[1:]
            if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        ]
        raise InputError(f"policy {name}: {error}; its settings: {', '.join(known) or 'none'}") from error

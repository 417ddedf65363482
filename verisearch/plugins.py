"""Finds solvers, formalisers, data sets, policies, strategies and verifiers by name, through entry points."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import Any

from verisearch.errors import MissingExtraError, UnknownNameError

__all__ = ["load", "names"]


def singular(group: str) -> str:
    return group[:-3] + "y" if group.endswith("ies") else group[:-1]


def names(group: str) -> list[str]:
    """Names registered under ``verisearch.<group>``, sorted."""
    return sorted({entry.name for entry in entry_points(group=f"verisearch.{group}")})


@cache  # reading the metadata of all packages takes longer than a check
def load(group: str, name: str) -> Any:
    """The object registered as ``name``.

    Raises `UnknownNameError` if there is none, `MissingExtraError` if its dependency isn't installed.
    """
    for entry in entry_points(group=f"verisearch.{group}"):
        if entry.name == name:
            try:
                return entry.load()
            except ModuleNotFoundError as error:
                raise MissingExtraError(
                    f"{singular(group)} {name!r} needs the package {error.name!r}: "
                    "pip install 'verisearch[all]', or in a checkout pip install '.[all]'"
                ) from error
    raise UnknownNameError(f"no {singular(group)} named {name!r}; installed: {', '.join(names(group)) or 'none'}")

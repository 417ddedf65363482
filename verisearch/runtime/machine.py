"""What this computer and this installation have."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version

__all__ = ["cores", "installed"]


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def installed(package: str) -> str | None:
    """A package's version, None if it isn't there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None

"""Language-model reasoning under verification.

``import verisearch`` is light: solvers and readers load at first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from verisearch.api import prove as prove
    from verisearch.api import solve as solve
    from verisearch.api import verify as verify
    from verisearch.streaming import asolve as asolve
    from verisearch.streaming import astream as astream
    from verisearch.streaming import stream as stream

__all__ = ["__version__", "asolve", "astream", "prove", "solve", "stream", "verify"]


def __getattr__(name: str) -> Any:
    if name in ("prove", "solve", "verify"):
        from verisearch import api

        return getattr(api, name)
    if name in ("asolve", "astream", "stream"):
        from verisearch import streaming

        return getattr(streaming, name)
    raise AttributeError(f"module 'verisearch' has no attribute {name!r}")

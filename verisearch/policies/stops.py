"""Where a stop string ends in a text."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["first_stop"]


def first_stop(text: str, stops: Sequence[str], start: int = 0) -> int | None:
    """The offset at which the first stop string to be completed ends, looking from ``start``; None without one.

    The first to be *completed*: of ``"ab"`` and ``"b"`` in ``"cab"`` both end at 3; of ``"abc"`` and ``"b"`` it is
    the ``"b"``, because a writer that stops there never gets to the ``"c"``.
    """
    ends = (at + len(stop) for stop in stops if (at := text.find(stop, start)) >= 0)
    return min(ends, default=None)

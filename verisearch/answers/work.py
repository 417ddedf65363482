"""How much work one comparison may cost: counted, not timed, so that the same pair always comes out the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["LIMIT", "TooMuch", "limited", "spend"]

#: Operations of one comparison, some five microseconds each: about a second.
LIMIT = 200_000


class TooMuch(Exception):
    """A comparison costs more than it may."""


class Account(threading.local):
    """What is left to the comparison that this thread makes; nothing is counted outside of one."""

    left: int | None = None


ACCOUNT = Account()


def spend(operations: int) -> None:
    """Count so many operations. Raises `TooMuch` where no more are left."""
    if ACCOUNT.left is not None:
        ACCOUNT.left -= operations
        if ACCOUNT.left < 0:
            raise TooMuch(f"it takes more than {LIMIT:,} operations")


@contextmanager
def limited() -> Iterator[None]:
    """Count the work inside; comparisons inside of another share what it has."""
    if ACCOUNT.left is not None:
        yield
        return
    ACCOUNT.left = LIMIT
    try:
        yield
    finally:
        ACCOUNT.left = None

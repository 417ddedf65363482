"""A pool of workers that misbehave on demand."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from verisearch.runtime.jobs import Limits
from verisearch.runtime.pool import Pool

COMMAND = (sys.executable, str(Path(__file__).with_name("faulty_worker.py")))


@pytest.fixture
def faulty_pool() -> Iterator[Callable[..., Pool]]:
    """Makes pools of `faulty_worker` processes; closes them in the end."""
    pools: list[Pool] = []

    def make(workers: int = 1, *, seconds: float = 1.0, ahead: int | None = None, **limits: int | None) -> Pool:
        chosen = Limits(seconds=seconds, **limits)  # type: ignore[arg-type]
        pools.append(Pool(workers, limits=chosen, ahead=ahead, command=COMMAND))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()

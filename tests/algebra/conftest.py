"""A solver for the tests of algebra."""

from __future__ import annotations

import pytest

from verisearch.protocols import Solver
from verisearch.symbolic.session import open_solver


@pytest.fixture
def solver() -> Solver:
    return open_solver("z3", 3_000_000, "algebra")

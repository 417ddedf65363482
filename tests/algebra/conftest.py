"""A solver for the tests of algebra."""

from __future__ import annotations

import pytest

from verisearch.protocols import Solver
from verisearch.symbolic.algebra import algebra_solver


@pytest.fixture
def solver() -> Solver:
    return algebra_solver()

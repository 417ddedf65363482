"""Generated equations with known solutions against what is said of rewriting them."""

from __future__ import annotations

from collections import Counter

import pytest
from generated import steps

from verisearch.protocols import Solver
from verisearch.symbolic.algebra import follows, rewriting
from verisearch.verdict import Status


@pytest.mark.parametrize("seed", range(8))
def test_solutions_are_kept_as_the_construction_says(seed: int, solver: Solver) -> None:
    counts: Counter[str] = Counter()
    for made in steps(seed, 120):
        result = rewriting(made.before, made.after, solver)
        counts[made.kind] += 1
        if result.kind == "undecided":
            # both have no solutions: anything would follow
            assert made.kind == "equal", f"{made.text}: {result.reason}"
            assert "no solutions" in result.reason
            counts["empty"] += 1
            continue
        assert result.kind == made.kind, f"{made.text}: {result.reason}"
        if made.kind in ("loses", "other"):
            assert result.status in (Status.CONTRADICTED, Status.UNGROUNDED), made.text
            assert follows([made.before], made.after, solver).status is not Status.ENTAILED
        elif made.kind == "equal":
            assert result.status is Status.ENTAILED
    assert min(counts[kind] for kind in ("equal", "loses", "gains", "other")) >= 5
    assert counts["empty"] <= 3

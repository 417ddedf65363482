"""The published pairs: no others than two doubtful labels are called equal wrongly, most of the rest is found."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from verisearch.answers import equivalent

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(find_spec("math_verify") is None, reason="math_verify isn't installed"),
]

#: Labelled different: one pair is labelled equal as well (a setting of Math-Verify differs), the other has the same
#: five numbers in another order.
DOUBTFUL = {"mathverify-187", "hardverify-52-tn"}


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    path = folder / "math_equiv" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("name", "found"), [("math_verify_pairs", 135), ("hardverify_math_pairs", 120)])
def test_published_pairs(name: str, found: int, data_dir: Path) -> None:
    called = {}
    for row in rows(data_dir, name):
        kind = "number" if row.get("extraction") == ["expr"] else "expression"
        status = equivalent(row["gold"], row["prediction"], kind=kind).status
        assert equivalent(row["prediction"], row["gold"], kind=kind).status == status
        if status == "equal":
            called[row["id"]] = row["equivalent"]
    assert {key for key, same in called.items() if not same} <= DOUBTFUL
    assert sum(called.values()) >= found


def test_a_pair_is_labelled_both_ways(data_dir: Path) -> None:
    known = {row["id"]: row for row in rows(data_dir, "math_verify_pairs")}
    one, other = known["mathverify-186"], known["mathverify-187"]
    assert (one["gold"], one["prediction"]) == (other["gold"], other["prediction"])
    assert one["equivalent"] is not other["equivalent"]

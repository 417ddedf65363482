"""Pairs written by hand, both the same and not, in every notation: never a wrong "equal", and symmetric."""

from __future__ import annotations

import json
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from verisearch.answers import Equivalence, equivalent

needs_maths = pytest.mark.skipif(find_spec("math_verify") is None, reason="math_verify isn't installed")
HERE = Path(__file__).parent


def pairs(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


PAIRS = pairs("hard_pairs.jsonl")
LATER = pairs("hard_pairs_later.jsonl")


def judged(pair: dict[str, Any], back: bool = False) -> Equivalence:
    one, other = pair["gold"], pair["prediction"]
    options = pair.get("options", ())
    return equivalent(*((other, one) if back else (one, other)), kind=pair.get("kind"), options=options)


def test_the_table_is_large_and_balanced() -> None:
    sides = Counter(pair["equivalent"] for pair in PAIRS)
    assert len(PAIRS) >= 300
    assert min(sides.values()) >= 0.4 * len(PAIRS)
    assert len({pair["category"] for pair in PAIRS}) >= 20
    assert len(LATER) >= 60


@pytest.mark.parametrize(
    "pair", PAIRS + LATER, ids=lambda pair: f"{pair['category']}: {pair['gold']} | {pair['prediction']}"
)
def test_no_pair_that_differs_is_equal_and_order_does_not_matter(pair: dict[str, Any]) -> None:
    found = judged(pair)
    assert found.reason
    assert judged(pair, back=True) == found
    if not pair["equivalent"]:
        assert found.status != "equal", found.reason


@needs_maths
def test_pairs_that_are_the_same_are_equal() -> None:
    missed = [
        f"{pair['gold']} | {pair['prediction']}"
        for pair in PAIRS
        if pair["equivalent"] and judged(pair).status != "equal"
    ]
    assert missed == []


@needs_maths
def test_pairs_that_are_the_same_are_never_called_different() -> None:
    wrong = [pair for pair in PAIRS + LATER if pair["equivalent"] and judged(pair).status == "different"]
    assert wrong == []

"""Generated worlds as problems with gold answers, as a data set has them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import msgspec

from verisearch.ingest.reader import read_problem
from verisearch.protocols import Item
from verisearch.training.worlds.generate import Size, draw_theory

__all__ = ["generated_items"]


def generated_items(count: int, seed: int = 0, questions: int = 2) -> Iterator[Item]:
    """``count`` problems on full-size worlds, about ``questions`` of each world, which is the item's group. Theory k
    depends on the seed and k alone, so that a longer run begins with what a shorter one has."""
    made, number = 0, 0
    while made < count:
        theory = draw_theory(Random(f"items {seed} {number}"), Size(), questions)
        group = f"world {seed}-{number}"
        for place, example in enumerate(theory.examples[: count - made]):
            problem = read_problem(list(theory.context), statement=example.statement)
            problem = msgspec.structs.replace(problem, id=f"{group}-{place}", gold=example.answer)
            yield Item(problem=problem, group=group, depth=example.depth if example.depth >= 0 else None)
        made += min(len(theory.examples), count - made)
        number += 1

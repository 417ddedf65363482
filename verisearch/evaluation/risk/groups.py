"""Splits and draws by group: items of one theory or problem family are not independent of each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from verisearch.errors import InputError
from verisearch.policies.seeds import derive_seed

__all__ = ["Grouped", "one_per_group", "split_by_group"]


class Grouped(Protocol):
    """What can be split: an id, unique within its group, and a group; None: the item is a group of its own."""

    @property
    def id(self) -> str: ...
    @property
    def group(self) -> str | None: ...


G = TypeVar("G", bound=Grouped)


def split_by_group(items: Iterable[G], shares: Sequence[float], seed: int) -> tuple[list[G], ...]:
    """Disjoint parts with ``shares`` of the groups each, all items of a group in one part.

    Which groups go together depends on ``seed`` and their names alone, not on the items' order, which each part keeps.
    A part is empty where there are too few groups. Raises `InputError` for shares that are not positive or don't add
    up to 1, and for a repeated item.
    """
    if not shares or not all(share > 0 for share in shares) or not math.isclose(math.fsum(shares), 1.0):
        raise InputError(f"shares {list(shares)}: need positive numbers that add up to 1")
    members = by_group(items)
    ranked = sorted(members, key=lambda key: (derive_seed(seed, "split", *key), key))
    ends = [round(math.fsum(shares[: part + 1]) * len(ranked)) for part in range(len(shares))]
    part_of = {}
    for rank, key in enumerate(ranked):
        part_of[key] = next(part for part, end in enumerate(ends) if rank < end)
    parts: tuple[list[tuple[int, G]], ...] = tuple([] for _ in shares)
    for key, placed in members.items():
        parts[part_of[key]].extend(placed)
    return tuple([item for _, item in sorted(part, key=lambda pair: pair[0])] for part in parts)


def one_per_group(items: Iterable[G], seed: int) -> list[G]:
    """One item of each group, each as likely as the others; which depends on ``seed``, names and ids alone.

    Drawn among all items of a group, those without a score too: a draw that looked at scores would not be a fair one.
    Raises `InputError` for a repeated item.
    """
    drawn = []
    for key, placed in by_group(items).items():
        # A group of one needs no draw, and most calibration splits are full of them.
        ranked = placed if len(placed) == 1 else sorted(placed, key=lambda pair: draw_rank(seed, key, pair[1].id))
        drawn.append(ranked[0])
    return [item for _, item in sorted(drawn, key=lambda pair: pair[0])]


def draw_rank(seed: int, key: tuple[str, str], item: str) -> tuple[int, str]:
    return derive_seed(seed, "draw", *key, item), item


def by_group(items: Iterable[G]) -> dict[tuple[str, str], list[tuple[int, G]]]:
    """The items of each group with their places. Raises `InputError` for a repeated item: it would count twice."""
    members: dict[tuple[str, str], list[tuple[int, G]]] = {}
    seen = set()
    for place, item in enumerate(items):
        key = ("item", item.id) if item.group is None else ("group", item.group)
        if (key, item.id) in seen:
            where = "" if item.group is None else f" in group {item.group!r}"
            raise InputError(f"item {place + 1} repeats id {item.id!r}{where}: give each item once")
        seen.add((key, item.id))
        members.setdefault(key, []).append((place, item))
    return members

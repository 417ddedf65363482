"""The radix tree, without any model: random logs of operations, and the corners."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.errors import PolicyError
from verisearch.kv.trie import Lease, RadixTree


class Store:
    """Hands out a fresh item a position, and notes which are alive: the tree's counterpart."""

    def __init__(self) -> None:
        self.next = 0
        self.meaning: dict[int, tuple[int, ...]] = {}  # item -> the prefix it stands for

    def make(self, prefix: tuple[int, ...]) -> int:
        self.next += 1
        self.meaning[self.next] = prefix
        return self.next

    def free(self, items: list[int]) -> None:
        for item in items:
            del self.meaning[item]  # a second time would raise


def grow(tree: RadixTree[int], store: Store, lease: Lease[int], path: list[int], ids: list[int]) -> None:
    """Advance along what is there, append the rest; ``path`` is what the lease stands on."""
    found = tree.advance(lease, ids)
    for offset, item in enumerate(found):
        assert store.meaning[item] == tuple(path + ids[: offset + 1])
    rest = ids[len(found) :]
    tree.make_room(len(rest))
    items = [store.make(tuple(path + ids[: len(found) + index + 1])) for index in range(len(rest))]
    tree.append(lease, rest, items)
    path += ids


def built(capacity: int | None = None) -> tuple[RadixTree[int], Store]:
    store = Store()
    return RadixTree(capacity, store.free), store


def opened(tree: RadixTree[int], store: Store, ids: list[int], room: int = 0) -> tuple[Lease[int], list[int]]:
    lease, found = tree.open(ids, room)
    path = list(ids[: len(found)])
    assert [store.meaning[item] for item in found] == [tuple(ids[: end + 1]) for end in range(len(found))]
    grow(tree, store, lease, path, ids[len(found) :])
    tree.check_integrity()
    return lease, path


def test_a_shared_prefix_is_held_once() -> None:
    tree, store = built()
    opened(tree, store, [1, 2, 3, 4])
    opened(tree, store, [1, 2, 7])
    assert (tree.size, tree.inserted, tree.hits) == (5, 5, 2)
    assert tree.match([1, 2, 7, 9]) == 3
    assert tree.match([2]) == 0


def test_leases_inside_a_run_survive_its_splitting() -> None:
    tree, store = built()
    first, first_path = opened(tree, store, [1, 2, 3])
    second, second_path = opened(tree, store, [1, 2, 3])
    grow(tree, store, first, first_path, [4, 5])
    third, third_path = opened(tree, store, [1, 2])
    grow(tree, store, second, second_path, [6])
    tree.check_integrity()
    grow(tree, store, third, third_path, [9])
    tree.check_integrity()
    assert [lease.length for lease in (first, second, third)] == [5, 4, 3]
    assert tree.size == 7


def test_the_least_recently_used_leaf_goes_first() -> None:
    tree, store = built(9)
    for branch in ([1, 2, 3], [1, 4], [5, 6, 7]):
        tree.release(opened(tree, store, branch)[0])
    tree.release(opened(tree, store, [1, 2, 3])[0])  # used again
    opened(tree, store, [8, 8, 8])
    assert tree.match([1, 2, 3]) == 3
    assert tree.match([5, 6, 7]) == 3
    assert tree.match([1, 4]) == 1
    assert (tree.evictions, tree.evicted) == (1, 1)


def test_a_leased_path_is_never_evicted() -> None:
    tree, store = built(4)
    lease, _ = opened(tree, store, [1, 2, 3])
    with pytest.raises(PolicyError, match="full"):
        tree.make_room(2)
    assert tree.match([1, 2, 3]) == 3
    tree.release(lease)
    tree.make_room(2)
    assert tree.size == 0


def test_what_lies_behind_a_lease_in_its_run_can_go() -> None:
    tree, store = built(6)
    tree.release(opened(tree, store, [1, 2, 3, 4, 5, 6])[0])
    lease, path = opened(tree, store, [1, 2, 3])
    grow(tree, store, lease, path, [9, 9, 9])
    tree.check_integrity()
    assert tree.match([1, 2, 3, 9, 9, 9]) == 6
    assert tree.match([1, 2, 3, 4]) == 3


def test_room_that_was_set_aside_is_not_given_to_others() -> None:
    tree, store = built(10)
    lease, path = opened(tree, store, [1, 2], room=5)
    assert not tree.fits([7, 8, 9], room=1)
    assert tree.fits([1, 2, 3], room=2)
    with pytest.raises(PolicyError, match=r"no room for 2 \+ 4"):
        tree.open([1, 2], 4)
    grow(tree, store, lease, path, [3, 4, 5, 6, 7])
    assert tree.reserved == 0
    tree.release(lease)
    tree.check_integrity()


def test_misuse_is_refused() -> None:
    tree, store = built()
    lease, _ = opened(tree, store, [1, 2])
    other, _ = tree.open()
    with pytest.raises(ValueError, match="advance first"):
        tree.append(other, [1], [0])
    with pytest.raises(ValueError, match="items"):
        tree.append(lease, [1], [])
    tree.release(lease)
    with pytest.raises(ValueError, match="released"):
        tree.advance(lease, [1])
    with pytest.raises(ValueError, match="capacity"):
        RadixTree(0)


def test_clearing_frees_everything_once() -> None:
    tree, store = built()
    opened(tree, store, [1, 2])
    tree.clear()
    tree.check_integrity()
    assert not store.meaning
    assert tree.size == 0


def test_a_path_of_many_runs_needs_no_recursion() -> None:
    tree, store = built()
    lease, path = opened(tree, store, [0])
    for depth in range(1200):
        other, _ = tree.open(path)
        grow(tree, store, lease, path, [depth % 3])
        tree.make_room(1)
        tree.append(other, [5], [store.make(())])
        tree.release(other)
    tree.check_integrity()
    assert tree.size == 2401


OPERATION = st.tuples(
    st.sampled_from(["open", "grow", "grow", "release", "evict", "clear"]),
    st.integers(0, 5),
    st.lists(st.integers(0, 2), min_size=1, max_size=6),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(OPERATION, max_size=40), st.sampled_from([None, 6, 12, 30]))
def test_random_logs_keep_the_books(log: list[tuple[str, int, list[int]]], capacity: int | None) -> None:
    tree, store = built(capacity)
    live: list[tuple[Lease[int], list[int]]] = []
    distinct: set[tuple[int, ...]] = set()
    for action, which, ids in log:
        if action == "open" and tree.fits(ids):
            live.append(opened(tree, store, ids))
        elif action == "grow" and live:
            lease, path = live[which % len(live)]
            known = tree.match(path + ids) - len(path)
            try:
                grow(tree, store, lease, path, ids)
            except PolicyError:  # only when all the rest is leased
                assert capacity is not None
                path += ids[:known]
                assert tree.size + len(ids) - known > capacity
                assert not tree.evict(1)
        elif action == "release" and live:
            tree.release(live.pop(which % len(live))[0])
        elif action == "evict":
            tree.evict(which)
        elif action == "clear" and which == 0:
            tree.clear()
            live.clear()
            distinct.clear()
        tree.check_integrity()
        distinct |= {tuple(path[: end + 1]) for _, path in live for end in range(len(path))}
        assert sorted(tree.items()) == sorted(store.meaning)
        for lease, path in live:
            assert lease.length == len(path)
            assert tree.match(path) == len(path)
    assert set(store.meaning.values()) <= distinct
    if not tree.evicted and not any(action == "clear" for action, _, _ in log):
        assert tree.inserted == len(distinct) == len(store.meaning)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(8, 40))
def test_with_room_set_aside_nobody_gets_stuck(seed: int, capacity: int) -> None:
    rng = random.Random(seed)
    tree, store = built(capacity)
    live: list[tuple[Lease[int], list[int]]] = []
    for _ in range(60):
        ids = [rng.randrange(2) for _ in range(rng.randrange(1, 6))]
        room = rng.randrange(0, 3)
        if rng.random() < 0.4 and tree.fits(ids, room):
            live.append(opened(tree, store, ids, room))
        elif live and rng.random() < 0.7:
            lease, path = rng.choice(live)
            if lease.room:
                grow(tree, store, lease, path, [rng.randrange(2)])
        elif live:
            tree.release(live.pop(rng.randrange(len(live)))[0])
        tree.check_integrity()

"""A radix tree over token ids: what has been computed for which prefix.

Each node holds a run of ids and one *item* for each of them (here: the place of that position's keys and values).
The tree never looks into an item. Whoever uses a prefix holds a `Lease` on it: a leased position is never evicted.
What nobody leases goes leaf by leaf, the least recently used first, when room is needed.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from verisearch.errors import PolicyError

__all__ = ["Lease", "RadixTree"]

Item = TypeVar("Item")


class Node(Generic[Item]):
    """A run of ids below its parent. ``leases`` counts the leases that end here or further down."""

    __slots__ = ("children", "ends", "ids", "items", "leases", "parent", "used")

    def __init__(self, ids: list[int], items: list[Item], parent: Node[Item] | None, used: int) -> None:
        self.ids, self.items, self.parent, self.used = ids, items, parent, used
        self.children: dict[int, Node[Item]] = {}
        self.ends: set[Lease[Item]] = set()
        self.leases = 0


class Lease(Generic[Item]):
    """A pin on one path from the root: everything up to its end stays.

    ``length`` is the number of positions on the path, ``room`` how many more were set aside for it.
    """

    __slots__ = ("length", "node", "offset", "room")

    def __init__(self, node: Node[Item]) -> None:
        self.node: Node[Item] | None = node
        self.offset = 0  # in the node's run
        self.length = 0
        self.room = 0


def common(left: Sequence[int], start: int, right: Sequence[int], at: int) -> int:
    """How many ids ``left`` from ``start`` and ``right`` from ``at`` share."""
    limit = min(len(left) - start, len(right) - at)
    if left[start : start + limit] == right[at : at + limit]:
        return limit
    return next(index for index in range(limit) if left[start + index] != right[at + index])


class RadixTree(Generic[Item]):
    """The tree. ``capacity`` is the most positions it may hold (None: any number).

    ``free`` is called with the items of positions that are dropped. ``evictions`` counts runs, ``evicted`` and
    ``inserted`` positions, ``hits`` positions that were asked for and found.
    """

    def __init__(self, capacity: int | None = None, free: Callable[[list[Item]], None] | None = None) -> None:
        if capacity is not None and capacity < 1:
            raise ValueError(f"capacity must be at least 1 position, got {capacity}")
        self.capacity = capacity
        self._free = free
        self.hits = self.inserted = self.evicted = self.evictions = 0
        self._start()

    def _start(self) -> None:
        self.size = 0
        self.pinned = 0  # positions in nodes that somebody leases
        self.reserved = 0  # positions set aside for leases that will grow
        self._clock = 0
        self._root: Node[Item] = Node([], [], None, 0)
        self._leases: set[Lease[Item]] = set()
        self._evictable: set[Node[Item]] = set()
        self._queue: list[tuple[int, int, Node[Item]]] = []  # may hold entries that are out of date
        self._pushes = 0

    # --- looking ------------------------------------------------------------------------------------------------
    def match(self, ids: Sequence[int]) -> int:
        """The length of the longest prefix of ``ids`` that the tree holds. Changes nothing."""
        return self._match(list(ids))[0]

    def _match(self, ids: list[int]) -> tuple[int, int]:
        """Length of the longest prefix held, and how many of its positions nobody leases."""
        node, at, loose = self._root, 0, 0
        while at < len(ids) and (child := node.children.get(ids[at])) is not None:
            step = common(child.ids, 0, ids, at)
            at += step
            loose += 0 if child.leases else step
            if step < len(child.ids):
                break
            node = child
        return at, loose

    def fits(self, ids: Sequence[int], room: int = 0) -> bool:
        """Whether ``ids`` and ``room`` more positions can be held beside all that is leased and set aside."""
        if self.capacity is None:
            return True
        matched, loose = self._match(list(ids))
        return self.pinned + self.reserved + loose + len(ids) - matched + room <= self.capacity

    # --- leases -------------------------------------------------------------------------------------------------
    def open(self, ids: Sequence[int] = (), room: int = 0) -> tuple[Lease[Item], list[Item]]:
        """A lease on the longest prefix of ``ids`` that is held, and the items of its positions.

        What is missing of ``ids``, and ``room`` positions more, are set aside for it: `append` them after
        `make_room`. Raises `PolicyError` if that doesn't fit beside what others lease.
        """
        if not self.fits(ids, room):
            raise PolicyError(
                f"no room for {len(ids)} + {room} positions: {self.pinned} are in use and {self.reserved} set aside "
                f"of {self.capacity}; close something or give the cache a larger budget"
            )
        lease = Lease(self._root)
        self._leases.add(lease)
        self._root.ends.add(lease)
        self._root.leases += 1
        found = self.advance(lease, ids)
        if lease.offset < len(self._end(lease).ids):
            self._split(self._end(lease), lease.offset)  # what lies behind isn't ours to pin
        lease.room = len(ids) - len(found) + room
        self.reserved += lease.room
        return lease, found

    def advance(self, lease: Lease[Item], ids: Sequence[int]) -> list[Item]:
        """Move the lease along ``ids`` as far as the tree holds them; the items of the positions passed."""
        node, offset, at = self._end(lease), lease.offset, 0
        node.ends.discard(lease)
        found: list[Item] = []
        ids = ids if isinstance(ids, list) else list(ids)
        while at < len(ids):
            if offset == len(node.ids):
                child = node.children.get(ids[at])
                if child is None:
                    break
                self._pin(child)
                node, offset = child, 0
            step = common(node.ids, offset, ids, at)
            found += node.items[offset : offset + step]
            offset += step
            at += step
            if offset < len(node.ids):
                break
        self.hits += at
        self._settle(lease, node, offset, at)
        return found

    def append(self, lease: Lease[Item], ids: Sequence[int], items: Sequence[Item]) -> None:
        """Put new positions at the lease's end and move it behind them.

        The first of ``ids`` must not follow there yet (call `advance` first); room must have been made by
        `make_room`.
        """
        if not ids:
            return
        if len(ids) != len(items):
            raise ValueError(f"{len(ids)} ids but {len(items)} items")
        node = self._end(lease)
        if lease.offset < len(node.ids):
            if node.ids[lease.offset] == ids[0]:
                raise ValueError("the tree holds the next id already: advance first")
            node = self._split(node, lease.offset)
        elif ids[0] in node.children:
            raise ValueError("the tree holds the next id already: advance first")
        node.ends.discard(lease)
        if node is self._root or node.children:
            child = Node(list(ids), list(items), node, self._tick())
            node.children[ids[0]] = child
            child.leases = 1
            node = child
        else:  # a leaf that ends here: its run grows
            node.ids += ids
            node.items += items
        self.size += len(ids)
        self.pinned += len(ids)
        self.inserted += len(ids)
        self._settle(lease, node, len(node.ids), len(ids))

    def release(self, lease: Lease[Item]) -> None:
        """Give a lease up; its path may be evicted from now on. Once only."""
        node: Node[Item] | None = self._end(lease)
        assert node is not None
        node.ends.discard(lease)
        self._leases.discard(lease)
        self.reserved -= lease.room
        lease.node = None
        now = self._tick()
        while node is not None:
            node.leases -= 1
            node.used = now
            if not node.leases and node is not self._root:
                self._loosen(node)
            node = node.parent

    def _end(self, lease: Lease[Item]) -> Node[Item]:
        if lease.node is None:
            raise ValueError("this lease was released")
        return lease.node

    def _settle(self, lease: Lease[Item], node: Node[Item], offset: int, moved: int) -> None:
        lease.node, lease.offset = node, offset
        node.ends.add(lease)
        lease.length += moved
        taken = min(lease.room, moved)
        lease.room -= taken
        self.reserved -= taken

    @property
    def open_leases(self) -> int:
        """How many leases there are."""
        return len(self._leases)

    # --- room ---------------------------------------------------------------------------------------------------
    def make_room(self, positions: int) -> None:
        """Evict until ``positions`` more fit. Raises `PolicyError` if too much is leased."""
        if self.capacity is None:
            return
        if self.size + positions > self.capacity and not self._evict_down_to(self.capacity - positions):
            self._unpin_tails()
            if not self._evict_down_to(self.capacity - positions):
                raise PolicyError(
                    f"the cache is full: {self.size} of {self.capacity} positions are in use and {positions} more are "
                    "needed; give it a larger budget or run less at once"
                )

    def evict(self, positions: int) -> int:
        """Evict at least so many positions, leaf by leaf, if that many are free to go; how many went."""
        before = self.size
        self._evict_down_to(max(0, before - positions))
        return before - self.size

    def clear(self) -> None:
        """Drop everything, leases too (they may not be used any more)."""
        for node in self._nodes():
            if self._free is not None and node.items:
                self._free(node.items)
        for lease in self._leases:
            lease.node = None
        self._start()

    def _evict_down_to(self, size: int) -> bool:
        while self.size > size:
            node = self._oldest()
            if node is None:
                return False
            self._drop(node)
        return True

    def _oldest(self) -> Node[Item] | None:
        while self._queue:
            used, _, node = heapq.heappop(self._queue)
            if node in self._evictable and node.used == used:
                return node
        return None

    def _drop(self, node: Node[Item]) -> None:
        parent = node.parent
        assert parent is not None
        assert not node.leases
        assert not node.children
        self._evictable.discard(node)
        del parent.children[node.ids[0]]
        self.size -= len(node.ids)
        self.evicted += len(node.ids)
        self.evictions += 1
        if self._free is not None:
            self._free(node.items)
        if not parent.leases and parent is not self._root:
            self._offer(parent)

    def _unpin_tails(self) -> None:
        """A lease that ends inside a run pins all of it: split such runs, so that what lies behind may go."""
        for node in {self._end(lease) for lease in self._leases}:
            last = max(lease.offset for lease in node.ends)
            if 0 < last < len(node.ids) and not any(child.leases for child in node.children.values()):
                self._split(node, last)

    # --- structure ----------------------------------------------------------------------------------------------
    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    def _pin(self, node: Node[Item]) -> None:
        if not node.leases:
            self.pinned += len(node.ids)
            self._evictable.discard(node)
        node.leases += 1

    def _loosen(self, node: Node[Item]) -> None:
        """The last lease has gone from ``node``."""
        self.pinned -= len(node.ids)
        self._offer(node)

    def _offer(self, node: Node[Item]) -> None:
        if node.children:
            return
        self._evictable.add(node)
        self._pushes += 1
        heapq.heappush(self._queue, (node.used, self._pushes, node))
        if len(self._queue) > 2 * len(self._evictable) + 64:
            self._queue = [entry for entry in self._queue if entry[2] in self._evictable and entry[2].used == entry[0]]
            heapq.heapify(self._queue)

    def _split(self, node: Node[Item], at: int) -> Node[Item]:
        """Cut a run in two; ``node`` stays the lower part, the new upper part is given back."""
        parent = node.parent
        assert parent is not None
        assert 0 < at < len(node.ids)
        upper = Node(node.ids[:at], node.items[:at], parent, node.used)
        parent.children[upper.ids[0]] = upper
        node.ids, node.items, node.parent = node.ids[at:], node.items[at:], upper
        upper.children[node.ids[0]] = node
        upper.leases = node.leases
        for lease in list(node.ends):
            if lease.offset <= at:
                node.ends.discard(lease)
                upper.ends.add(lease)
                lease.node = upper
                node.leases -= 1
            else:
                lease.offset -= at
        if upper.leases and not node.leases:
            self._loosen(node)
        return upper

    def _nodes(self) -> Iterator[Node[Item]]:
        stack = [self._root]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(node.children.values())

    def items(self) -> Iterator[Item]:
        """The items of all positions held."""
        for node in self._nodes():
            yield from node.items

    def check_integrity(self) -> None:
        """Raise `AssertionError` with what is wrong if the tree's books don't agree with its nodes."""
        size = pinned = 0
        evictable = set()
        ending: set[Lease[Item]] = set()
        for node in self._nodes():
            assert len(node.ids) == len(node.items), "a run and its items differ in length"
            assert (node is self._root) == (not node.ids), "an empty run"
            below = sum(child.leases for child in node.children.values())
            assert node.leases == below + len(node.ends), "leases are miscounted"
            for first, child in node.children.items():
                assert child.parent is node, "a child doesn't know its parent"
                assert child.ids[0] == first, "a child stands under a wrong id"
                assert child.used <= node.used or node is self._root or node.leases, "a child was used after its parent"
            for lease in node.ends:
                assert lease.node is node, "a lease ends elsewhere"
                assert 0 <= lease.offset <= len(node.ids), "a lease ends outside its run"
                assert lease.offset or node is self._root, "a lease ends before its run"
                assert lease.length == self._depth(node) - len(node.ids) + lease.offset, "a lease's length is wrong"
            ending |= node.ends
            size += len(node.ids)
            pinned += len(node.ids) if node.leases else 0
            if not node.leases and not node.children and node is not self._root:
                evictable.add(node)
        assert size == self.size, f"size is {size}, counted {self.size}"
        assert pinned == self.pinned, f"{pinned} positions are pinned, counted {self.pinned}"
        assert ending == self._leases, "leases are lost"
        assert self.reserved == sum(lease.room for lease in self._leases), "the reserve is miscounted"
        assert evictable == self._evictable, "the evictable set is wrong"
        queued = {node for used, _, node in self._queue if node.used == used}
        assert evictable <= queued, "an evictable node isn't queued"
        assert self.inserted - self.evicted >= self.size, "more positions than were inserted"
        assert self.capacity is None or self.size <= self.capacity, "over capacity"

    def _depth(self, node: Node[Item]) -> int:
        depth, at = 0, node
        while at is not None:
            depth += len(at.ids)
            at = at.parent  # type: ignore[assignment]
        return depth

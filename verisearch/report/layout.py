"""Layered drawing of a proof graph: premises above what they support.

The usual four phases (Sugiyama): layers by longest path, dummy nodes on edges that cross several layers, few
crossings by median sweeps, and x-coordinates by least squares under a minimum distance. Premises weigh little in
the last phase, so that a chain of claims runs straight down with its premises at its side. Deterministic.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import networkx as nx

__all__ = ["HEIGHT", "WIDTH", "Drawing", "Point", "draw"]

#: Size of a node, and the free space between nodes and between layers, in pixels.
WIDTH, HEIGHT = 184, 66
GAP, LAYER_GAP = 20, 46
#: Width kept free for an edge that passes a layer.
LANE = 14
#: How much the wanted place of a given premise counts, against 1 for a claim or a passing edge.
PREMISE_WEIGHT = 0.001
#: A layer is kept to this many nodes where premises can move up instead.
LAYER_LIMIT = 6
#: Edges are routed around nodes only while they need no more dummy nodes than this.
DUMMY_LIMIT = 3000
SWEEPS = 8

Point = tuple[float, float]
Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Top left corners of the nodes, the points each edge runs through, and the size of the whole."""

    nodes: dict[str, Point]
    edges: dict[Edge, list[Point]]
    width: float
    height: float


@dataclass(slots=True)
class Layers:
    """Nodes and dummies layer by layer, with their neighbours in the layer above and below."""

    rows: list[list[str]]
    above: dict[str, list[str]] = field(default_factory=dict)
    below: dict[str, list[str]] = field(default_factory=dict)
    chains: dict[Edge, list[str]] = field(default_factory=dict)
    dummies: set[str] = field(default_factory=set)

    def link(self, upper: str, lower: str) -> None:
        self.below.setdefault(upper, []).append(lower)
        self.above.setdefault(lower, []).append(upper)

    def width_of(self, node: str) -> int:
        return LANE if node in self.dummies else WIDTH

    def weight_of(self, node: str) -> float:
        return 1.0 if self.above.get(node) else PREMISE_WEIGHT


def draw(graph: nx.DiGraph[str]) -> Drawing:
    """Place the nodes of ``graph``. Nodes without edges come last, in rows of their own.

    Node order is reading order: an edge that runs against it is drawn, but doesn't count for the layers.
    """
    order = {node: number for number, node in enumerate(graph)}
    forward = [(source, target) for source, target in graph.edges if order[source] < order[target]]
    linked = {node for edge in graph.edges for node in edge}
    layers = with_dummies(assign_layers([node for node in graph if node in linked], forward), forward)
    reduce_crossings(layers)
    centres = place(layers)
    nodes, edges = coordinates(layers, centres)
    add_rows(nodes, [node for node in graph if node not in linked])
    for source, target in graph.edges:
        if (source, target) not in edges:
            edges[source, target] = straight(nodes[source], nodes[target])
    width = max((x for x, _ in nodes.values()), default=0) + WIDTH
    height = max((y for _, y in nodes.values()), default=0) + HEIGHT
    points = [point for path in edges.values() for point in path]
    return Drawing(nodes, edges, max([width, *(x for x, _ in points)]), height)


# --- layers -----------------------------------------------------------------------------------------------------
def assign_layers(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Node → layer, 0 at the top: the longest path decides, then everything moves down to just above its first
    use, so that edges are short."""
    before: dict[str, list[str]] = {node: [] for node in nodes}
    after: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    rank: dict[str, int] = {}
    for node in nodes:
        rank[node] = max((rank[source] + 1 for source in before[node]), default=0)
    for node in reversed(nodes):
        if after[node]:
            rank[node] = min(rank[target] for target in after[node]) - 1
    spread(rank, {node for node in nodes if not before[node]})
    top = min(rank.values(), default=0)
    return {node: level - top for node, level in rank.items()}


def spread(rank: dict[str, int], movable: set[str]) -> None:
    """Move premises up, out of layers that are too full."""
    if not rank:
        return
    rows: dict[int, list[str]] = {}
    for node, level in rank.items():
        rows.setdefault(level, []).append(node)
    level = max(rows)
    while level >= min(rows):
        row = rows.get(level, [])
        excess = [node for node in row if node in movable][: max(0, len(row) - LAYER_LIMIT)]
        for node in excess:
            rank[node] = level - 1
            rows.setdefault(level - 1, []).append(node)
        level -= 1


def with_dummies(rank: dict[str, int], edges: Sequence[Edge]) -> Layers:
    """The layers, long edges cut into chains of dummies; uncut (and unrouted) if that takes too many."""
    rows: list[list[str]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for node, level in rank.items():
        rows[level].append(node)
    layers = Layers(rows)
    spans = {edge: rank[edge[1]] - rank[edge[0]] for edge in edges}
    routed = sum(span - 1 for span in spans.values()) <= DUMMY_LIMIT
    for (source, target), span in spans.items():
        if span > 1 and not routed:
            continue
        chain = [source]
        for level in range(rank[source] + 1, rank[target]):
            dummy = f"{source}\0{target}\0{level}"
            layers.dummies.add(dummy)
            rows[level].append(dummy)
            chain.append(dummy)
        chain.append(target)
        layers.chains[source, target] = chain
        for upper, lower in itertools.pairwise(chain):
            layers.link(upper, lower)
    return layers


# --- order within the layers ------------------------------------------------------------------------------------
def reduce_crossings(layers: Layers) -> None:
    """Order each layer by the medians of its neighbours, down and up; the best order found stays."""
    best, fewest = [list(row) for row in layers.rows], crossings(layers)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        neighbours = layers.above if down else layers.below
        indices = range(1, len(layers.rows)) if down else range(len(layers.rows) - 2, -1, -1)
        for index in indices:
            fixed = layers.rows[index - 1 if down else index + 1]
            sort_by_median(layers.rows[index], fixed, neighbours)
        count = crossings(layers)
        if count < fewest:
            best, fewest = [list(row) for row in layers.rows], count
    layers.rows[:] = best


def sort_by_median(row: list[str], fixed: Sequence[str], neighbours: dict[str, list[str]]) -> None:
    """Sort ``row`` by the middle position of each node's neighbours in ``fixed``; without any, it stays put."""
    position = {node: number for number, node in enumerate(fixed)}
    scale = len(fixed) / max(1, len(row))

    def middle(item: tuple[int, str]) -> float:
        places = sorted(position[node] for node in neighbours.get(item[1], ()))
        if not places:
            return item[0] * scale
        half = len(places) // 2
        return places[half] if len(places) % 2 else (places[half - 1] + places[half]) / 2

    row[:] = [node for _, node in sorted(enumerate(row), key=middle)]


def crossings(layers: Layers) -> int:
    """Number of edge crossings between neighbouring layers."""
    total = 0
    for upper, lower in zip(layers.rows, layers.rows[1:], strict=False):
        position = {node: number for number, node in enumerate(lower)}
        seen: list[int] = []
        for node in upper:
            ends = sorted(position[end] for end in layers.below.get(node, ()))
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


# --- coordinates ------------------------------------------------------------------------------------------------
def place(layers: Layers) -> dict[str, float]:
    """Node → x of its centre: near its neighbours, in order, and without overlap."""
    centres: dict[str, float] = {}
    for row in layers.rows:
        centres.update(separated(layers, row, [0.0] * len(row)))
    for sweep in range(2 * SWEEPS):
        down = sweep % 2 == 0
        neighbours = layers.above if down else layers.below
        for row in layers.rows if down else reversed(layers.rows):
            wanted = [mean_place(layers, neighbours.get(node, ()), centres, centres[node]) for node in row]
            centres.update(separated(layers, row, wanted))
    return centres


def mean_place(layers: Layers, nodes: Sequence[str], centres: dict[str, float], otherwise: float) -> float:
    """The weighted mean of the nodes' places; ``otherwise`` if there are none."""
    if not nodes:
        return otherwise
    weights = [layers.weight_of(node) for node in nodes]
    return sum(weight * centres[node] for weight, node in zip(weights, nodes, strict=True)) / sum(weights)


def separated(layers: Layers, row: Sequence[str], wanted: Sequence[float]) -> Iterable[tuple[str, float]]:
    """The positions nearest to ``wanted`` (weighted least squares) that keep order and distances.

    With the distances subtracted this is isotonic regression: neighbours that violate the order are pooled.
    """
    offsets = [0.0]
    for left, right in itertools.pairwise(row):
        offsets.append(offsets[-1] + (layers.width_of(left) + layers.width_of(right)) / 2 + GAP)
    pools: list[tuple[float, float, int]] = []
    for node, want, offset in zip(row, wanted, offsets, strict=False):
        weight, size = layers.weight_of(node), 1
        total = weight * (want - offset)
        while pools and pools[-1][0] / pools[-1][1] >= total / weight:
            more, heavier, count = pools.pop()
            total, weight, size = total + more, weight + heavier, size + count
        pools.append((total, weight, size))
    flat = [total / weight for total, weight, size in pools for _ in range(size)]
    return [(node, value + offset) for node, value, offset in zip(row, flat, offsets, strict=False)]


def coordinates(layers: Layers, centres: dict[str, float]) -> tuple[dict[str, Point], dict[Edge, list[Point]]]:
    """Corners of the real nodes, and the points of the routed edges."""
    left = min((centre - layers.width_of(node) / 2 for node, centre in centres.items()), default=0)
    tops = {node: number * (HEIGHT + LAYER_GAP) for number, row in enumerate(layers.rows) for node in row}
    nodes = {
        node: (centre - left - WIDTH / 2, float(tops[node]))
        for node, centre in centres.items()
        if node not in layers.dummies
    }
    edges: dict[Edge, list[Point]] = {}
    for edge, (source, *middle, target) in layers.chains.items():
        path = [(centres[source] - left, float(tops[source] + HEIGHT))]
        for dummy in middle:
            x, y = centres[dummy] - left, float(tops[dummy])
            path += [(x, y), (x, y + HEIGHT)]
        edges[edge] = [*path, (centres[target] - left, float(tops[target]))]
    return nodes, edges


def add_rows(nodes: dict[str, Point], loose: Sequence[str]) -> None:
    """Put the nodes without edges under the others, in rows."""
    start = max((y for _, y in nodes.values()), default=-(HEIGHT + LAYER_GAP)) + HEIGHT + LAYER_GAP
    for number, node in enumerate(loose):
        row, column = divmod(number, LAYER_LIMIT)
        nodes[node] = (column * (WIDTH + GAP), start + row * (HEIGHT + GAP))


def straight(source: Point, target: Point) -> list[Point]:
    """From the lower edge of one node to the upper edge of the other."""
    return [(source[0] + WIDTH / 2, source[1] + HEIGHT), (target[0] + WIDTH / 2, target[1])]

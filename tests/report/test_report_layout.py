from __future__ import annotations

import itertools

import networkx as nx
import report_samples as samples
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.report.graph import proof_graph
from verisearch.report.layout import GAP, HEIGHT, LAYER_LIMIT, WIDTH, Drawing, draw


def graph_of(edges: list[tuple[int, int]], size: int) -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(str(number) for number in range(size))
    graph.add_edges_from((str(source), str(target)) for source, target in edges)
    return graph


def assert_sound(graph: nx.DiGraph[str], drawing: Drawing) -> None:
    assert set(drawing.nodes) == set(graph)
    assert set(drawing.edges) == set(graph.edges)
    for (x0, y0), (x1, y1) in itertools.combinations(drawing.nodes.values(), 2):
        assert abs(x0 - x1) >= WIDTH + GAP - 0.01 or abs(y0 - y1) >= HEIGHT, "nodes overlap"
    for (source, target), points in drawing.edges.items():
        assert points[0] == (drawing.nodes[source][0] + WIDTH / 2, drawing.nodes[source][1] + HEIGHT)
        assert points[-1] == (drawing.nodes[target][0] + WIDTH / 2, drawing.nodes[target][1])
    for x, y in drawing.nodes.values():
        assert -0.01 <= x <= drawing.width - WIDTH + 0.01
        assert 0 <= y <= drawing.height - HEIGHT


edges = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=40)


@settings(max_examples=60, deadline=None)
@given(edges)
def test_any_graph_is_drawn_without_overlap(pairs: list[tuple[int, int]]) -> None:
    graph = graph_of(pairs, 15)
    assert_sound(graph, draw(graph))


@settings(max_examples=60, deadline=None)
@given(edges)
def test_premises_stand_above_what_they_support(pairs: list[tuple[int, int]]) -> None:
    graph = graph_of([(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]], 15)
    for (source, target), points in draw(graph).edges.items():
        assert [y for _, y in points] == sorted(y for _, y in points), (source, target)


@settings(max_examples=40, deadline=None)
@given(edges)
def test_drawing_is_deterministic(pairs: list[tuple[int, int]]) -> None:
    assert draw(graph_of(pairs, 15)) == draw(graph_of(pairs, 15))


def test_all_samples_are_drawn_without_overlap() -> None:
    for verdict in samples.several():
        graph = proof_graph(verdict)
        assert_sound(graph, draw(graph))


def test_a_chain_runs_straight_down() -> None:
    drawing = draw(proof_graph(samples.chain(40)))
    places = [drawing.nodes[f"step-{number}"][0] for number in range(1, 41)]
    assert max(places) - min(places) < WIDTH / 4


def test_an_edge_over_several_layers_passes_beside_the_nodes() -> None:
    graph = graph_of([(0, 1), (1, 2), (2, 3), (0, 3)], 4)
    drawing = draw(graph)
    for x, y in drawing.edges["0", "3"][1:-1]:
        for left, top in (drawing.nodes["1"], drawing.nodes["2"]):
            assert not (top <= y <= top + HEIGHT and left < x < left + WIDTH)


def test_crossings_that_can_be_avoided_are_avoided() -> None:
    drawing = draw(graph_of([(0, 5), (1, 4), (2, 3), (3, 6), (4, 7), (5, 8)], 9))
    for upper, lower in ((range(3), (5, 4, 3)), ((5, 4, 3), (8, 7, 6))):
        above = sorted(range(3), key=lambda n: drawing.nodes[str(list(upper)[n])][0])
        below = sorted(range(3), key=lambda n: drawing.nodes[str(list(lower)[n])][0])
        assert above == below


def test_a_crowd_of_premises_is_spread_over_layers() -> None:
    drawing = draw(graph_of([(number, 20) for number in range(20)], 21))
    rows = [y for _, y in drawing.nodes.values()]
    assert max(rows.count(y) for y in rows) <= LAYER_LIMIT


def test_an_empty_graph_has_no_size_trouble() -> None:
    drawing = draw(nx.DiGraph())
    assert (drawing.nodes, drawing.edges) == ({}, {})


def test_a_thousand_steps_are_drawn() -> None:
    drawing = draw(proof_graph(samples.chain(1000)))
    assert len(drawing.nodes) == 2002

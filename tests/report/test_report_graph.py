from __future__ import annotations

import json
import re
import shutil
import subprocess

import networkx as nx
import pytest
import report_samples as samples
from report_builders import claim, earlier, make, step

from verisearch.report.graph import node_link, proof_graph, quoted, to_dot, to_json
from verisearch.verdict import Status, TraceVerdict


def test_edges_run_from_premise_to_claim() -> None:
    graph = proof_graph(samples.valid())
    assert set(graph.predecessors("step-3")) == {"context-2", "context-6", "step-2b"}
    assert set(graph.predecessors("answer")) == {"step-4"}
    assert nx.is_directed_acyclic_graph(graph)


def test_only_used_premises_but_all_steps_appear() -> None:
    graph = proof_graph(samples.mixed())
    kinds = {
        kind: [node for node, data in graph.nodes(data=True) if data["kind"] == kind] for kind in ("context", "step")
    }
    assert kinds["context"] == [f"context-{n}" for n in (1, 2, 3, 5, 6, 7, 8)]
    assert kinds["step"] == ["step-1", "step-2a", "step-2b", "step-2c", *(f"step-{n}" for n in range(3, 9))]


def test_nodes_carry_what_is_known_of_them() -> None:
    graph = proof_graph(samples.mixed())
    assert graph.nodes["step-4"] == {
        "kind": "step",
        "label": "step 4",
        "text": "Otto is calm",
        "index": 3,
        "claim": 0,
        "status": "contradicted",
        "formula": "Calm(otto)",
        "modulo": "",
    }
    assert graph.nodes["context-6"]["formula"] == "∀x (Calm(x) ∧ Tall(x) → Wise(x))"
    assert graph.nodes["context-6"]["status"] == ""


def test_relations_tell_support_from_refutation_and_dependence() -> None:
    graph = proof_graph(samples.mixed())
    assert graph.edges["context-3", "step-4"]["relation"] == "refutes"
    assert graph.edges["step-4", "step-6"]["relation"] == "if-granted"
    assert graph.edges["step-2c", "step-3"]["relation"] == "supports"


def test_a_commonsense_premise_is_a_node_of_its_own_kind() -> None:
    assert proof_graph(samples.commonsense()).nodes["commonsense-1"]["kind"] == "commonsense"


def test_a_premise_that_the_verdict_lacks_is_shown_rather_than_lost() -> None:
    lost = step(1, "So.", claim("x", premises=(earlier(9, "said elsewhere"),)))
    graph = proof_graph(make("t", "A is b.", None, (lost,)))
    assert graph.nodes["step-9"]["text"] == "said elsewhere"
    assert graph.has_edge("step-9", "step-1")


def test_a_proof_is_a_graph_too() -> None:
    true, false, unknown, *_ = (proof_graph(proof) for proof in samples.proofs())
    assert set(true.predecessors("answer")) == {"context-1", "context-5"}
    assert true.nodes["answer"]["status"] == Status.ENTAILED.value
    assert false.edges["context-1", "answer"]["relation"] == "refutes"
    assert list(unknown) == ["answer"]


@pytest.mark.parametrize("verdict", samples.several(), ids=lambda verdict: verdict.problem.id[:8])
def test_json_reads_back_as_the_same_graph(verdict: TraceVerdict) -> None:
    graph = proof_graph(verdict)
    again = nx.node_link_graph(json.loads(to_json(graph)), edges="edges")
    assert dict(again.nodes(data=True)) == dict(graph.nodes(data=True))
    assert list(again.edges(data=True)) == list(graph.edges(data=True))
    assert node_link(again) == node_link(graph)


@pytest.mark.parametrize("text", [*samples.HOSTILE, 'a"b', "back\\", 'both\\"', "two\nlines", "&lt;"])
def test_quoted_text_is_one_dot_string(text: str) -> None:
    written = quoted(text)
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', written), written
    assert "&l" not in written.replace("&amp;", "")
    assert not re.search(r"[\x00-\x1f\x7f]", written)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz (dot) is not installed")
@pytest.mark.parametrize("verdict", samples.several(), ids=lambda verdict: verdict.problem.id[:8])
def test_graphviz_reads_the_same_nodes_and_edges(verdict: TraceVerdict) -> None:
    graph = proof_graph(verdict)
    drawn = subprocess.run(
        ["dot", "-Tplain"], input=to_dot(graph), capture_output=True, text=True, check=True, timeout=60
    )
    lines = [line.split(" ") for line in drawn.stdout.splitlines()]
    nodes = {line[1].strip('"') for line in lines if line[0] == "node"}
    edges = [(line[1].strip('"'), line[2].strip('"')) for line in lines if line[0] == "edge"]
    assert not drawn.stderr
    assert nodes == set(graph)
    assert sorted(edges) == sorted(graph.edges)

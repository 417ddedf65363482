"""The proof as a graph: what each claim rests on.

Nodes are the context sentences (and other premises) that a claim uses, every claim of every step, and the answer;
edges run from a premise to the claim. A step without claims is a node of its own, so that no step is lost.
"""

from __future__ import annotations

import json
import re
from typing import Any

import networkx as nx

from verisearch.report.text import one_line, visible
from verisearch.report.words import STATUSES, Labels
from verisearch.verdict import ClaimVerdict, Premise, Proof, Status, TraceVerdict

__all__ = ["node_id", "node_link", "proof_graph", "to_dot", "to_json"]

#: Colours of the statuses in DOT: fill, border.
COLOURS: dict[str, tuple[str, str]] = {
    "entailed": ("#e3f3e8", "#1a7f4b"),
    "contradicted": ("#fbe5e4", "#b3261e"),
    "ungrounded": ("#fdeedb", "#9a5700"),
    "untranslatable": ("#ece9f7", "#5f4bb6"),
    "undecided": ("#e4eef9", "#1f63a8"),
    "no-claim": ("#f1f1ef", "#6b6b66"),
    "": ("#ffffff", "#4a4a46"),
}

#: The same of premises that no context sentence gives, by their source, and the style of their outline.
SOURCES: dict[str, tuple[str, str, str]] = {
    "question": ("#e3f4f3", "#0f6163", "filled,bold"),
    "commonsense": ("#fbe9f3", "#8f2468", "filled,dashed,rounded"),
}

#: Premises are listed by their source in this order.
ORDER = {"context": 0, "question": 1, "commonsense": 2, "step": 3}


def node_id(label: str) -> str:
    """The identifier of the node labelled ``label``: ``context 3`` → ``context-3``."""
    return label.replace(" ", "-")


def proof_graph(verdict: TraceVerdict | Proof) -> nx.DiGraph[str]:
    """The graph of a checked trace, or of a single proof.

    Node attributes: ``kind`` (``context``, ``question``, ``commonsense``, ``step`` or ``answer``), ``label``,
    ``text``, ``index`` (sentence or step, from 0), ``claim`` (number in its step), ``status`` (claims only, else
    empty), ``formula`` (None if not read) and ``modulo`` (claims only, else empty: the commonsense that it rests on and
    through which steps). Edge attribute ``relation``: ``supports``; ``refutes`` (the premise is one of those that the
    claim's opposite follows from); ``if-granted`` (from a failed step, with which the claim would follow).
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    if isinstance(verdict, Proof):
        add_proof(graph, verdict)
        return graph
    labels = Labels(verdict)
    add_premises(graph, verdict, labels)
    for step in verdict.steps:
        index = step.step.index
        for number, claim in enumerate(step.claims):
            add_claim(graph, labels.claim(index, number), claim, labels, kind="step", index=index, number=number)
        if not step.claims:
            label = labels.claim(index)
            graph.add_node(
                node_id(label),
                kind="step",
                label=label,
                text=step.step.text,
                index=index,
                claim=0,
                status=step.status.value,
                formula=None,
                modulo="",
            )
    if verdict.answer:
        add_claim(graph, "answer", verdict.answer.claim, labels, kind="answer")
    connect(graph, verdict, labels)
    return graph


def add_proof(graph: nx.DiGraph[str], proof: Proof) -> None:
    """One statement and the premises behind its outcome."""
    outcome = proof.outcome.value
    status = {"true": Status.ENTAILED, "false": Status.CONTRADICTED, "unknown": Status.UNGROUNDED}.get(
        outcome, Status.UNDECIDED
    )
    for premise in proof.premises:
        add_premise(graph, premise, premise.label, None)
    graph.add_node(
        "answer",
        kind="answer",
        label="statement",
        text=proof.statement,
        index=0,
        claim=0,
        status=status.value,
        formula=proof.formula,
        modulo="",
    )
    relation = "refutes" if outcome == "false" else "supports"
    graph.add_edges_from((node_id(premise.label), "answer", {"relation": relation}) for premise in proof.premises)


def add_premises(graph: nx.DiGraph[str], verdict: TraceVerdict, labels: Labels) -> None:
    """All premises used but steps, context sentences first and in their order."""
    used = dict.fromkeys(premise for claim in all_claims(verdict) for premise in claim.premises)
    given = [premise for premise in used if premise.source != "step"]
    formulas = verdict.context_formulas
    for premise in sorted(given, key=lambda premise: (ORDER[premise.source], premise.index)):
        known = premise.source == "context" and premise.index < len(formulas)
        formula = formulas[premise.index] if known else premise.formula
        add_premise(graph, premise, labels.premise(premise), formula)


def add_premise(graph: nx.DiGraph[str], premise: Premise, label: str, formula: str | None) -> None:
    graph.add_node(
        node_id(label),
        kind=premise.source,
        label=label,
        text=premise.text,
        index=premise.index,
        claim=0,
        status="",
        formula=formula,
        modulo="",
    )


def all_claims(verdict: TraceVerdict) -> list[ClaimVerdict]:
    claims = [claim for step in verdict.steps for claim in step.claims]
    return [*claims, verdict.answer.claim] if verdict.answer else claims


def add_claim(
    graph: nx.DiGraph[str],
    label: str,
    claim: ClaimVerdict,
    labels: Labels,
    *,
    kind: str,
    index: int = 0,
    number: int = 0,
) -> None:
    graph.add_node(
        node_id(label),
        kind=kind,
        label=label,
        text=claim.text,
        index=index,
        claim=number,
        status=claim.status.value,
        formula=claim.formula,
        modulo=labels.modulo(claim),
    )


def connect(graph: nx.DiGraph[str], verdict: TraceVerdict, labels: Labels) -> None:
    """Edges into every claim and into the answer."""
    for step in verdict.steps:
        for number, claim in enumerate(step.claims):
            connect_claim(graph, node_id(labels.claim(step.step.index, number)), claim, labels)
    if verdict.answer:
        connect_claim(graph, "answer", verdict.answer.claim, labels)


def connect_claim(graph: nx.DiGraph[str], target: str, claim: ClaimVerdict, labels: Labels) -> None:
    relation = "refutes" if claim.status is Status.CONTRADICTED else "supports"
    for failed in claim.depends_on_failed:
        for number in range(max(1, labels.claims.get(failed, 1))):
            source = node_id(labels.claim(failed, number))
            if graph.nodes.get(source, {}).get("status") not in (None, "entailed"):
                graph.add_edge(source, target, relation="if-granted")
    for premise in claim.premises:
        source = node_id(labels.premise(premise))
        if source not in graph:  # a step that the verdict doesn't hold: shown rather than lost
            add_premise(graph, premise, labels.premise(premise), None)
        graph.add_edge(source, target, relation=relation)


# --- writers ----------------------------------------------------------------------------------------------------
def node_link(graph: nx.DiGraph[str]) -> dict[str, Any]:
    """The graph in node-link form, as networkx's ``node_link_graph(…, edges="edges")`` reads it."""
    return {
        "directed": True,
        "multigraph": False,
        "graph": {},
        "nodes": [{"id": node, **data} for node, data in graph.nodes(data=True)],
        "edges": [{"source": source, "target": to, **data} for source, to, data in graph.edges(data=True)],
    }


def to_json(graph: nx.DiGraph[str]) -> str:
    """The graph as JSON text in node-link form."""
    return json.dumps(node_link(graph), indent=2)


def quoted(text: str) -> str:
    """A DOT string: quotes and backslashes escaped, so that nothing in ``text`` ends it or acts as an escape,
    and ``&`` too, as Graphviz expands entities."""
    escaped = visible(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"\s*\n\s*", r"\\n", escaped).replace("\t", " ") + '"'


def folded(text: str, width: int = 28, lines: int = 4) -> str:
    """``text`` broken into short lines, the last one cut with an ellipsis if there is more."""
    words, rows = one_line(text, width * lines).split(" "), [""]
    for word in words:
        if rows[-1] and len(rows[-1]) + 1 + len(word) > width:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
    return "\n".join(rows)


def dot_node(node: str, data: dict[str, Any]) -> str:
    status = data["status"]
    fill, border = COLOURS[status]
    style = "filled,rounded" if status else "filled"
    if data["kind"] in SOURCES:
        fill, border, style = SOURCES[data["kind"]]
    head = data["label"] if not status else f"{data['label']}: {STATUSES[Status(status)].word}"
    head += f"\n{data['modulo']}" if data["modulo"] else ""
    return (
        f"  {quoted(node)} [label={quoted(head + chr(10) + folded(data['text']))}, tooltip={quoted(data['text'])}, "
        f'style="{style}", fillcolor="{fill}", color="{border}", penwidth={2 if data["kind"] == "answer" else 1}];'
    )


def to_dot(graph: nx.DiGraph[str]) -> str:
    """The graph in Graphviz's DOT language, premises above what they support."""
    styles = {"supports": "solid", "refutes": "bold", "if-granted": "dashed"}
    lines = [
        "digraph proof {",
        '  rankdir="TB";',
        '  node [shape="box", fontname="Helvetica", fontsize="11", fontcolor="#1c1c1a"];',
        '  edge [color="#8a8a84", arrowsize="0.7"];',
        *(dot_node(node, data) for node, data in graph.nodes(data=True)),
    ]
    for source, target, data in graph.edges(data=True):
        relation = data["relation"]
        colour = ', color="#b3261e"' if relation == "refutes" else ""
        lines.append(f'  {quoted(source)} -> {quoted(target)} [style="{styles[relation]}"{colour}];')
    return "\n".join([*lines, "}", ""])

"""What the page is told about a trace: the verdict itself, its words and its drawn graph, as plain data."""

from __future__ import annotations

import textwrap
from typing import Any

import msgspec

from verisearch.report.graph import node_id, proof_graph
from verisearch.report.layout import HEIGHT, WIDTH, draw
from verisearch.report.text import enumerated, one_line, ranges
from verisearch.report.words import (
    KINDS,
    STATUSES,
    Labels,
    answer_sentence,
    basis,
    basis_head,
    facts,
    grants,
    headline,
    leap_phrase,
    modulo,
    remarks,
    unread_phrase,
    verified_sentence,
    why,
)
from verisearch.verdict import ClaimVerdict, Status, TraceVerdict

__all__ = ["index_row", "trace_view"]

#: A node's text in the drawing: characters a line, lines.
FOLD_WIDTH, FOLD_LINES = 26, 2


def trace_view(verdict: TraceVerdict, number: int) -> dict[str, Any]:
    """Plain data for one trace: ``verdict`` (it can be read back), ``words`` and ``graph``.

    ``number`` counts the traces of the page from 1 and names those that have no id.
    """
    return {"verdict": msgspec.to_builtins(verdict), "words": words(verdict, number), "graph": drawing(verdict)}


def name_of(verdict: TraceVerdict, number: int) -> str:
    return verdict.problem.id or f"Trace {number}"


def words(verdict: TraceVerdict, number: int) -> dict[str, Any]:
    """All sentences about the trace that are not in the verdict itself."""
    labels = Labels(verdict)
    return {
        "name": name_of(verdict, number),
        "headline": headline(verdict),
        "verified": verified_sentence(verdict),
        "answer": answer_sentence(verdict.answer) if verdict.answer else "",
        "modulo": modulo(verdict),
        "grants": [
            [node_id(each.label), each.label, f"{each.text} (used by {uses})"] for each, uses in grants(verdict)
        ],
        "facts": facts(verdict),
        "steps": [
            [claim_words(claim, labels, step.step.index, count) for count, claim in enumerate(step.claims)]
            for step in verdict.steps
        ],
        "answerClaim": answer_words(verdict, labels),
        "notNeeded": list(verdict.not_needed),
        "unread": {str(sentence.index): unread_phrase(sentence) for sentence in verdict.unread},
    }


def claim_words(claim: ClaimVerdict, labels: Labels, step: int, number: int) -> dict[str, Any]:
    return words_of(claim, labels, labels.claim(step, number))


def answer_words(verdict: TraceVerdict, labels: Labels) -> dict[str, Any] | None:
    return words_of(verdict.answer.claim, labels, "answer") if verdict.answer else None


def words_of(claim: ClaimVerdict, labels: Labels, label: str) -> dict[str, Any]:
    return {
        "node": node_id(label),
        "label": label,
        "head": basis_head(claim),
        "basis": basis(claim, labels),
        "modulo": labels.modulo(claim),
        "indirect": labels.indirect(claim),
        "kind": KINDS.get(claim.kind, ""),
        "leap": leap_phrase(claim.leap),
        "reasons": [text for text in why(claim) if not claim.counter_model or text != claim.counter_model.text],
        "remarks": remarks(claim, labels),
        "premises": [labels.premise(premise) for premise in claim.premises],
    }


def drawing(verdict: TraceVerdict) -> dict[str, Any]:
    """The proof graph with the places of its nodes and the points of its edges, in pixels."""
    graph = proof_graph(verdict)
    drawn = draw(graph)
    nodes = [
        {
            "id": node,
            "kind": data["kind"],
            "label": data["label"],
            "index": data["index"],
            "status": data["status"],
            "modulo": bool(data["modulo"]),
            "lines": folded(data["text"]),
            "x": round(drawn.nodes[node][0], 1),
            "y": round(drawn.nodes[node][1], 1),
        }
        for node, data in graph.nodes(data=True)
    ]
    edges = [
        {
            "source": source,
            "target": target,
            "relation": data["relation"],
            "points": [[round(x, 1), round(y, 1)] for x, y in drawn.edges[source, target]],
        }
        for source, target, data in graph.edges(data=True)
    ]
    size = {"width": round(drawn.width, 1), "height": round(drawn.height, 1)}
    return {**size, "nodeWidth": WIDTH, "nodeHeight": HEIGHT, "nodes": nodes, "edges": edges}


def folded(text: str) -> list[str]:
    """``text`` in as many lines as a node holds, cut with an ellipsis."""
    return textwrap.wrap(one_line(text), FOLD_WIDTH, max_lines=FOLD_LINES, placeholder="…")


def index_row(verdict: TraceVerdict, number: int) -> dict[str, str]:
    """A trace's line in the list of traces."""
    answer = one_line(verdict.answer.given, 40) if verdict.answer else "no answer"
    return {
        "name": one_line(name_of(verdict, number), 80),
        "asked": one_line(verdict.problem.statement or verdict.problem.question or "", 160),
        "status": verdict.status.value,
        "verified": "verified" if verdict.verified else "",
        "modulo": modulo(verdict),
        "answer": answer,
        "steps": step_summary(verdict),
    }


def step_summary(verdict: TraceVerdict) -> str:
    """``4 of 5 steps follow; contradicted: 3``."""
    parts = [headline(verdict).rstrip(".")]
    for status in (Status.CONTRADICTED, Status.UNGROUNDED, Status.UNTRANSLATABLE, Status.UNDECIDED):
        numbers = [step.step.index + 1 for step in verdict.steps if step.status is status]
        if numbers:
            parts.append(f"{STATUSES[status].word}: {enumerated(ranges(numbers), 6)}")
    return "; ".join(parts)

"""What a record says of a chain that a verifier judged: the score, and the verdict on the steps that are new in it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from verisearch.protocols import Score
from verisearch.search.nodes import Node
from verisearch.search.requests import Rate, Rated, RatedNext, RateNext
from verisearch.verdict import Premise, TraceVerdict

__all__ = ["told", "told_rating"]


def told(request: Rate | RateNext, found: Rated | RatedNext, judged: set[tuple[int, ...]]) -> dict[str, Any]:
    """What the record says of scores; ``judged`` as in `told_rating`."""
    if isinstance(found, Rated):
        pairs = zip(request.nodes, found.scores, strict=True)
        return {"rate": request.verifier, "nodes": [told_rating(node, score, judged) for node, score in pairs]}
    nodes = [
        {"path": list(node.path), "values": [finite(value) for value in score.values], "reason": score.reason}
        for node, score in zip(request.nodes, found.scores, strict=True)
    ]
    return {"rate_next": request.verifier, "nodes": nodes}


def told_rating(node: Node, score: Score, judged: set[tuple[int, ...]]) -> dict[str, Any]:
    """``path``, ``value`` and ``reason``; where the verifier judged step by step also ``steps``, ``answer`` (if the
    chain gives one), the chain's ``status`` and whether it is ``verified``.

    ``steps`` are those that no rating of a node above told, so that a tree's record holds each of them once: their
    ``start`` and ``end`` in all that is written down to the node, ``status`` and, if there are any, ``leap``,
    ``premises`` (labels as ``context 3``), ``granted`` (by label, what the premises say that neither the context nor a
    step says) and ``reason``. ``judged`` holds the paths told so far, and gets this one.
    """
    told: dict[str, Any] = {"path": list(node.path), "value": finite(score.value), "reason": score.reason}
    if score.verdict is None:
        return told
    known, verdict = told_before(node, judged), score.verdict
    judged.add(node.path)
    told["steps"] = [
        {
            "start": step.step.span[0],
            "end": step.step.span[1],
            **verdict_told(step.status.value, step.leap, step.premises, step.reason),
        }
        for step in verdict.steps
        if step.step.span[1] > known
    ]
    if verdict.answer is not None:
        told["answer"] = answer_told(verdict)
    told |= {"status": verdict.status.value, "verified": verdict.verified}
    return told


def finite(value: float | None) -> float | str | None:
    """What is no finite number has no JSON, and stands there by its name."""
    return value if value is None or math.isfinite(value) else str(float(value))


def told_before(node: Node, judged: set[tuple[int, ...]]) -> int:
    """How many characters of the chain have been told of already."""
    lineage = node.lineage()  # that of its own reply: one that begins behind another shares no step with it
    last = max((place for place, each in enumerate(lineage, 1) if each.path in judged), default=0)
    return sum(len(each.text) for each in lineage[:last])


def answer_told(verdict: TraceVerdict) -> dict[str, Any]:
    """The verdict on the answer."""
    assert verdict.answer is not None
    claim = verdict.answer.claim
    return {
        "given": verdict.answer.given,
        **verdict_told(claim.status.value, claim.leap, claim.premises, claim.reason),
    }


def verdict_told(status: str, leap: int | None, premises: Iterable[Premise], reason: str) -> dict[str, Any]:
    """A verdict without what is empty in it."""
    told: dict[str, Any] = {"status": status}
    premises = list(premises)
    if leap is not None:
        told["leap"] = leap
    if labels := list(dict.fromkeys(premise.label for premise in premises)):
        told["premises"] = labels
    if granted := {each.label: each.text for each in premises if each.source in ("question", "commonsense")}:
        told["granted"] = granted
    if reason:
        told["reason"] = reason
    return told

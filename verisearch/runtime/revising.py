"""Gives a chain back to the model that wrote it, with what the step checker says of it."""

from __future__ import annotations

from typing import Any

from verisearch.runtime.prompting import Template, load_template
from verisearch.search.nodes import Node
from verisearch.search.requests import Revise
from verisearch.trace import Problem
from verisearch.verdict import ClaimVerdict, Status, TraceVerdict

__all__ = ["Revisions", "remarks"]


class Revisions:
    """Answers `Revise` in the words of prompt templates, each read once."""

    def __init__(self) -> None:
        self._templates: dict[str, Template] = {}

    def begun(self, request: Revise, problem: Problem, number: int) -> tuple[Node, dict[str, Any]]:
        """Where the new reply begins, behind ``number`` others at the chain's end, and the event that goes into the
        record. Raises `InputError` if there is no such template, or if it can't be filled in."""
        template = self._templates.get(request.template)
        if template is None:
            template = self._templates[request.template] = load_template(request.template)
        turns = template.messages(problem, remarks(request.node.written, request.verdict))
        root = Node(path=(*request.node.path, number), turns=turns)
        said = [{"role": turn.role, "content": turn.content} for turn in turns]
        return root, {"revise": list(request.node.path), "path": list(root.path), "turns": said}


def remarks(chain: str, verdict: TraceVerdict) -> dict[str, Any]:
    """What a template may say of a checked chain (VeriCoT, arXiv 2511.04662, its self-reflection: each step's formula,
    premises, kind of error and what the solver found).

    ``chain``: its text; ``claims``: of all steps in order, each with ``step`` (counted from 1), ``text``, ``status``,
    ``reason``, ``formula``, ``premises`` (texts), ``counter_model`` (in words), ``leap`` and ``too_far`` (the leap is
    above ``max_leap``); ``answer``: the same of the final answer, and ``given``, None without one.
    """
    most = verdict.max_leap
    claims = [
        {"step": number, **of_claim(claim, most)}
        for number, step in enumerate(verdict.steps, 1)
        for claim in step.claims
        if claim.status is not Status.NO_CLAIM and claim.kind != "answer"
    ]
    answer = verdict.answer
    about_answer = None if answer is None else {"given": answer.given, **of_claim(answer.claim, most)}
    return {"chain": chain, "claims": claims, "answer": about_answer, "max_leap": most}


def of_claim(claim: ClaimVerdict, max_leap: int | None) -> dict[str, Any]:
    return {
        "text": claim.text,
        "status": claim.status.value,
        "reason": claim.reason,
        "formula": claim.formula,
        "premises": [premise.text for premise in claim.premises],
        "counter_model": claim.counter_model.text if claim.counter_model is not None else None,
        "leap": claim.leap,
        "too_far": max_leap is not None and claim.leap is not None and claim.leap > max_leap,
    }

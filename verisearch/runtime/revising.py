"""Gives a chain back to the model that wrote it, with what the step checker says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verisearch.protocols import Message
from verisearch.runtime.prompting import Template, load_template
from verisearch.search.nodes import Node
from verisearch.search.requests import Revise
from verisearch.trace import Problem
from verisearch.verdict import ClaimVerdict, Premise, Status, TraceVerdict, granted

__all__ = ["Revisions", "remarks", "revised_again"]


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


def revised_again(told: Mapping[str, Any]) -> Node:
    """The beginning that an event of `Revisions.begun` tells of. Raises `KeyError` or `TypeError` for another event."""
    turns = tuple(Message(each["role"], each["content"]) for each in told["turns"])
    return Node(path=tuple(told["path"]), turns=turns)


#: What the solver found, by status of the claim; for claims that assert something.
OUTCOMES: dict[Status, str] = {
    Status.ENTAILED: "its negation can't hold together with the premises (unsat)",
    Status.CONTRADICTED: "it can't hold together with the premises (unsat)",
    Status.UNGROUNDED: "both it and its negation can hold together with the premises (sat)",
    Status.UNDECIDED: "no answer that can be relied on (unknown)",
}


def remarks(chain: str, verdict: TraceVerdict) -> dict[str, Any]:
    """What a template may say of a checked chain (VeriCoT, arXiv 2511.04662, its self-reflection: each step's formula,
    premises, kind of error and what the solver found).

    ``chain``: its text; ``claims``: of all steps in order, each with

    * ``step`` (counted from 1), ``text``, ``status``, ``reason``, ``counter_model`` (in words);
    * ``error``: what is wrong with it, a status or ``leap``; None if nothing is;
    * ``formula``, and ``read_as``: that in English again, if a language model made it;
    * ``premises`` (texts), and ``sources``: each with ``source``, ``label`` and ``text``;
    * ``modulo``: the commonsense (texts) that it rests on, directly or through earlier steps;
    * ``refused``: what a language model named for it in vain, each with ``source``, ``text`` and ``reason``;
    * ``outcome``: what the solver found, in words, empty if that says nothing of the claim; ``solver``;
    * ``leap`` and ``too_far`` (it is above ``max_leap``);

    ``answer``: the same of the final answer, and ``given``, None without one; ``commonsense``: the texts of all that
    the chain rests on.
    """
    most, behind = verdict.max_leap, granted(verdict)
    claims = [
        {
            "step": number,
            **of_claim(claim, most, behind.get((step.step.index, place), ())),
            "outcome": outcome(claim),
            "solver": step.solver,
        }
        for number, step in enumerate(verdict.steps, 1)
        for place, claim in enumerate(step.claims)
        if claim.status is not Status.NO_CLAIM and claim.kind != "answer"
    ]
    return {
        "chain": chain,
        "claims": claims,
        "answer": of_answer(verdict, behind),
        "max_leap": most,
        "commonsense": [premise.text for premise in verdict.commonsense],
    }


def of_answer(verdict: TraceVerdict, behind: Mapping[tuple[int, int], tuple[Premise, ...]]) -> dict[str, Any] | None:
    if verdict.answer is None:
        return None
    claim = verdict.answer.claim
    through = [
        each
        for premise in claim.premises
        for each in behind.get((premise.index, premise.claim), ())
        if premise.source == "step"
    ]
    modulo = tuple(dict.fromkeys((*claim.commonsense, *through)))
    return {"given": verdict.answer.given, **of_claim(claim, verdict.max_leap, modulo), "outcome": "", "solver": ""}


def of_claim(claim: ClaimVerdict, max_leap: int | None, modulo: Sequence[Premise]) -> dict[str, Any]:
    too_far = max_leap is not None and claim.leap is not None and claim.leap > max_leap
    error = claim.status.value if claim.status is not Status.ENTAILED else "leap" if too_far else None
    return {
        "text": claim.text,
        "status": claim.status.value,
        "error": error,
        "reason": claim.reason,
        "formula": claim.formula,
        "read_as": claim.read_as,
        "premises": [premise.text for premise in claim.premises],
        "sources": [{"source": each.source, "label": each.label, "text": each.text} for each in claim.premises],
        "modulo": [premise.text for premise in modulo],
        "refused": [{"source": each.source, "text": each.text, "reason": each.reason} for each in claim.refused],
        "counter_model": claim.counter_model.text if claim.counter_model is not None else None,
        "leap": claim.leap,
        "too_far": too_far,
    }


def outcome(claim: ClaimVerdict) -> str:
    """What the solver found of a claim that asserts something, and didn't fail as a citation only."""
    refused_citation = claim.status is Status.UNGROUNDED and "would follow" in claim.reason
    return "" if claim.kind not in ("assertion", "cited") or refused_citation else OUTCOMES.get(claim.status, "")

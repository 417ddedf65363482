"""Solving problems: a policy writes, a strategy chooses, the step checker says what holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from verisearch import plugins
from verisearch.answers.extraction import final_answer
from verisearch.errors import InputError
from verisearch.ingest.textformat import trace_from_text
from verisearch.protocols import Policy, Score
from verisearch.runtime.budget import Budget
from verisearch.runtime.checking import PoolCheck
from verisearch.runtime.engine import Engine, Event, Listener, Search
from verisearch.runtime.pool import Pool
from verisearch.runtime.prompting import Template, load_template
from verisearch.search.nodes import Node
from verisearch.search.strategies import Make, Settings
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem, Trace
from verisearch.usage import Usage
from verisearch.verdict import TraceVerdict
from verisearch.verifiers.symbolic import Check, SymbolicVerifier, check_here

__all__ = ["Candidate", "Solution", "SolveOptions", "solve_all", "template_for"]

#: Template for policies that don't name their own.
DEFAULT_TEMPLATE = "solve"


class SolveOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to solve.

    ``prompt``: a template's name or file; None: the policy's own, else ``"solve"``. ``max_tokens``: most tokens in one
    step; None: as the template says. ``check``: how chains are judged; they count as verified with leaps of at most
    ``check.max_leap``. ``concurrency``: problems under way at once.
    """

    strategy: str = "greedy"
    settings: Settings = Settings()
    seed: int = 0
    budget: Budget = Budget()
    prompt: str | None = None
    max_tokens: int | None = None
    check: CheckOptions = CheckOptions(max_leap=1)
    concurrency: int = 32


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A chain that was written: its text, the answer it gives, its score in [0, 1] if it has one."""

    text: str
    answer: str | None
    score: float | None
    verified: bool


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a problem.

    ``trace`` is the chosen chain and ``verdict`` what the step checker says of it; both None, with ``error``, if
    nothing could be written. ``note`` says why the chain ended early, if it did. ``events`` holds every draw and
    score of the search, discarded branches too.
    """

    problem: Problem
    strategy: str
    answer: str | None = None
    verified: bool = False
    trace: Trace | None = None
    verdict: TraceVerdict | None = None
    candidates: tuple[Candidate, ...] = ()
    note: str = ""
    error: str | None = None
    usage: Usage = Usage()
    events: tuple[Event, ...] = ()


def template_for(policy: Policy, prompt: str | None) -> Template:
    """The template named, else the policy's own, else the general one. Raises `InputError` if there is none."""
    return load_template(prompt or getattr(policy, "prompt", None) or DEFAULT_TEMPLATE)


def solve_all(
    problems: Iterable[Problem],
    policy: Policy,
    options: SolveOptions,
    *,
    pool: Pool | None = None,
    listener: Listener | None = None,
) -> Iterator[Solution]:
    """Solve ``problems``, many at once; solutions in their order.

    Chains are checked in ``pool``'s guarded processes, without one in this process. Raises `InputError` for settings
    that can't be used, `UnknownNameError` for a strategy or solver that isn't there, `PolicyError` if the policy
    breaks down; what goes wrong with one problem is in its solution.
    """
    make: Make = plugins.load("strategies", options.strategy)
    refuse_unusable(policy, options)
    check: Check = PoolCheck(pool) if pool is not None else check_here
    engine = Engine(
        policy,
        {SymbolicVerifier.name: SymbolicVerifier(options.check, check)},
        template_for(policy, options.prompt),
        seed=options.seed,
        budget=options.budget,
        concurrency=options.concurrency,
        max_tokens=options.max_tokens,
        listener=listener,
    )
    for search in engine.run(problems, lambda: make(options.settings)):
        yield solution_of(search, options)


def refuse_unusable(policy: Policy, options: SolveOptions) -> None:
    """Raises `InputError` where the policy can't do what writing step by step takes."""
    if "continue" not in policy.capabilities:
        raise InputError(
            f"policy {policy.name} can't continue a reply that it has partly written, and {options.strategy} writes "
            "step by step: use a server or model that can (the completions endpoint often does)"
        )


def solution_of(search: Search, options: SolveOptions) -> Solution:
    """The solution that a search came to."""
    node = search.choice.node
    candidates = tuple(candidate_of(search.problem, each, score) for each, score in search.choice.candidates)
    shared: dict[str, Any] = {
        "problem": search.problem,
        "strategy": options.strategy,
        "usage": search.usage,
        "events": search.events,
    }
    if node is None:
        return Solution(**shared, error=search.error or "nothing was written")
    trace = trace_from_text(node.written, search.problem)
    score = next((score for each, score in search.choice.candidates if each.path == node.path), None)
    verdict = score.verdict if score is not None else None
    return Solution(
        **shared,
        answer=final_answer(node.written, search.problem),
        verified=verdict is not None and verdict.verified,
        trace=trace,
        verdict=verdict,
        candidates=candidates,
        note="; ".join(part for part in (search.choice.reason, unjudged(score)) if part),
    )


def unjudged(score: Score | None) -> str:
    """Why there is no verdict, if there is none."""
    if score is None:
        return "the chain was not checked"
    return "" if score.verdict is not None else f"the chain could not be checked: {score.reason}"


def candidate_of(problem: Problem, node: Node, score: Score | None) -> Candidate:
    verdict = score.verdict if score is not None else None
    return Candidate(
        text=node.written,
        answer=final_answer(node.written, problem),
        score=score.value if score is not None else None,
        verified=verdict is not None and verdict.verified,
    )

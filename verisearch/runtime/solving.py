"""Solving problems: a policy writes, a strategy chooses, the step checker says what holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from verisearch import plugins
from verisearch.answers.extraction import final_answer
from verisearch.errors import InputError
from verisearch.ingest.textformat import trace_from_text
from verisearch.protocols import Partial, Policy, Score, Verifier
from verisearch.runtime.budget import Budget
from verisearch.runtime.checking import PoolCheck
from verisearch.runtime.engine import Engine, Event, Listener, Search
from verisearch.runtime.pool import Pool
from verisearch.runtime.prompting import Template, load_template
from verisearch.runtime.telling import told_rating
from verisearch.search.nodes import Node
from verisearch.search.strategies import Make, Settings
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem, Trace
from verisearch.usage import Usage
from verisearch.verdict import TraceVerdict
from verisearch.verifiers import Surroundings, open_verifier
from verisearch.verifiers.surroundings import Check
from verisearch.verifiers.symbolic import SymbolicVerifier, check_here

__all__ = ["Candidate", "Solution", "SolveOptions", "solve_all", "template_for"]

#: Template for policies that don't name their own.
DEFAULT_TEMPLATE = "solve"
#: Who scores, if nobody else is named.
DEFAULT_VERIFIER = "symbolic"


class SolveOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to solve.

    ``prompt``: a template's name or file; None: the policy's own, else ``"solve"``. ``max_tokens``: most tokens in one
    step; None: as the template says. ``check``: how chains are judged; they count as verified with leaps of at most
    ``check.max_leap``. ``verifier``: who scores, as `verisearch.verifiers.open_verifier` takes it; "symbolic" leaves it
    to ``settings.verifier``. ``concurrency``: problems under way at once.
    """

    strategy: str = "greedy"
    settings: Settings = Settings()
    seed: int = 0
    budget: Budget = Budget()
    prompt: str | None = None
    max_tokens: int | None = None
    check: CheckOptions = CheckOptions(max_leap=1)
    verifier: str = DEFAULT_VERIFIER
    concurrency: int = 32


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A chain that was written: its text, the answer it gives, its score in [0, 1] if it has one."""

    text: str
    answer: str | None
    score: float | None
    verified: bool


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a problem.

    ``trace`` is the chosen chain and ``verdict`` what the step checker says of it, whoever scored; both None, with
    ``error``, if nothing could be written. ``note`` says why the chain ended early, if it did. ``events`` holds every
    draw and score of the search, discarded branches too.
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
    verifier: Verifier | None = None,
    pool: Pool | None = None,
    listener: Listener | None = None,
) -> Iterator[Solution]:
    """Solve ``problems``, many at once; solutions in their order.

    ``verifier`` scores instead of the one that ``options`` name, and is left open. Whoever scores, the chains come with
    the step checker's verdicts and count as verified by these alone; where the search didn't have them made they are
    made behind it, and count as solver calls but not as verifier calls.

    Chains are checked in ``pool``'s guarded processes, without one in this process. Raises `InputError` for settings
    that can't be used, `UnknownNameError` for a strategy, verifier or solver that isn't there, `PolicyError` if the
    policy breaks down; what goes wrong with one problem is in its solution.
    """
    make: Make = plugins.load("strategies", options.strategy)
    refuse_unusable(policy, options)
    check: Check = PoolCheck(pool) if pool is not None else check_here
    template = template_for(policy, options.prompt)
    opened = None
    if verifier is None:
        around = Surroundings(
            options=options.check, check=check, policy=policy, messages=template.messages, seed=options.seed
        )
        spec = options.verifier if options.verifier != DEFAULT_VERIFIER else options.settings.verifier
        verifier = opened = open_verifier(spec, around)
    engine = Engine(
        policy,
        {verifier.name: verifier},
        template,
        seed=options.seed,
        budget=options.budget,
        concurrency=options.concurrency,
        max_tokens=options.max_tokens,
        listener=listener,
    )
    settings = msgspec.structs.replace(options.settings, verifier=verifier.name)
    judge = None if judges_whole(verifier, options.check) else SymbolicVerifier(options.check, check)
    try:
        for search in engine.run(problems, lambda: make(settings)):
            yield solution_of(search if judge is None else judged(search, judge), options)
    finally:
        if opened is not None:
            opened.close()


def judges_whole(verifier: Verifier, check: CheckOptions) -> bool:
    """The verifier's own verdicts are those that the options ask for."""
    return isinstance(verifier, SymbolicVerifier) and verifier.options == check


def judged(search: Search, judge: Verifier) -> Search:
    """The search, with the step checker's verdict in the scores of all chains that it ended with, and at the end of its
    events."""
    chosen = search.choice.node
    chains = list(search.choice.candidates)
    if chosen is not None and all(node.path != chosen.path for node, _ in chains):
        chains.append((chosen, None))
    nodes = [node for node, _ in chains]
    partials = [Partial(problem=search.problem, written=node.written, finished=node.finished) for node in nodes]
    usage, scores = search.usage, []
    told: list[Event] = []
    known: set[tuple[int, ...]] = set()
    for (node, score), found in zip(chains, judge.score(partials), strict=True):
        told.append(told_rating(node, found, known))
        usage += msgspec.structs.replace(found.usage, verifier_calls=0)
        reason = found.reason if found.verdict is None else (score.reason if score is not None else "")
        value = score.value if score is not None else None
        scores.append(Score(value=value, reason=reason, verdict=found.verdict))
    candidates = tuple(zip(nodes, scores, strict=True))
    return msgspec.structs.replace(
        search,
        usage=usage,
        choice=msgspec.structs.replace(search.choice, candidates=candidates),
        events=(*search.events, *([{"judge": judge.name, "nodes": told}] if told else ())),
    )


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

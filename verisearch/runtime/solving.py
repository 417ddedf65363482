"""Solving problems: a policy writes, a strategy chooses, the step checker says what holds."""

from __future__ import annotations

import functools
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from enum import Enum
from typing import Any

import msgspec

from verisearch import plugins
from verisearch.answers.extraction import final_answer
from verisearch.errors import InputError
from verisearch.ingest.question import asks_number
from verisearch.ingest.textformat import trace_from_text
from verisearch.protocols import Capability, MultifurcationReward, Policy, Responder, Score, Verifier
from verisearch.runtime.budget import Budget
from verisearch.runtime.checking import PoolCheck
from verisearch.runtime.engine import Engine, Event, Listener, Search
from verisearch.runtime.pool import Pool
from verisearch.runtime.prompting import Template, load_template
from verisearch.runtime.rating import partial
from verisearch.runtime.telling import told_rating
from verisearch.search.chains import kind_of, own_settings
from verisearch.search.nodes import Node
from verisearch.search.strategies import Make, Settings
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import AnswerKind, Problem, Trace
from verisearch.usage import Usage
from verisearch.verdict import TraceVerdict
from verisearch.verifiers import Surroundings, open_verifier
from verisearch.verifiers.surroundings import Check
from verisearch.verifiers.symbolic import SymbolicVerifier, check_here

__all__ = [
    "Candidate",
    "Solution",
    "SolveOptions",
    "SolveStatus",
    "as_asked",
    "scorer",
    "settings_of",
    "solve_all",
    "solve_turns",
    "template_for",
    "verifier_for",
    "withheld",
]

#: Template for policies that don't name their own.
DEFAULT_TEMPLATE = "solve"
#: Template for problems that ask for something else than the truth of a statement, and the kinds of their answers.
MATHS_TEMPLATE = "solve-maths"
MATHS_KINDS: tuple[AnswerKind, ...] = ("number", "expression", "choice")
#: Who scores, if nobody else is named.
DEFAULT_VERIFIER = "symbolic"

#: What to say where a policy lacks an ability: what it can't do, what the strategy does, what would do.
LACKING: dict[Capability, tuple[str, str, str]] = {
    "continue": (
        "can't continue a reply that it has partly written",
        "writes step by step",
        "use a server or model that can (the completions endpoint often does)",
    ),
    "next_tokens": (
        "can't tell the probabilities of next tokens",
        "searches among them",
        "use a model in this process (embedded, transformers:PATH or vllm:PATH)",
    ),
    "chat": (
        "takes no second turn in a conversation",
        "gives a chain back with its verdicts",
        "use an instruction-tuned model (a chat server, smollm2, or a folder with a chat template), or draw anew with "
        "best-of-n",
    ),
}


class SolveOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to solve.

    ``prompt``: a template's name or file; None: see `template_for`. ``max_tokens``: most tokens in one
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


class SolveStatus(str, Enum):
    """What came of a problem: an answer whose chain is verified, or isn't; no answer, on purpose; nothing was
    written."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    ABSTAINED = "abstained"
    FAILED = "failed"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A chain that was written: its text, the answer it gives, its score in [0, 1] if it has one."""

    text: str
    answer: str | None
    score: float | None
    verified: bool


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a problem.

    ``trace`` is the chosen chain and ``verdict`` what the step checker says of it, whoever scored; both None, with
    ``error``, if nothing could be written (``failed``). ``note`` says why the chain ended early, if it did, what the
    search lacked, or why there is no answer.

    ``abstained``: the strategy or risk control gives no ``answer``. Where there is a chain all the same, ``withheld``
    is what it answers, and ``verdict`` what is said of it. ``risk`` says what risk control went by, if it was asked.

    ``verified`` is True for the status ``verified`` alone. ``options`` are those that were solved with; ``events``
    holds every draw and score of the search, discarded branches too: `verisearch.runtime.replaying` needs both.
    """

    problem: Problem
    strategy: str
    status: SolveStatus
    answer: str | None = None
    withheld: str | None = None
    verified: bool = False
    trace: Trace | None = None
    verdict: TraceVerdict | None = None
    candidates: tuple[Candidate, ...] = ()
    note: str = ""
    risk: str = ""
    error: str | None = None
    usage: Usage = Usage()
    options: SolveOptions | None = None
    events: tuple[Event, ...] = ()


def template_for(policy: Policy, prompt: str | None) -> Template:
    """The template named; else, for problems whose answer is a number, an expression or an option, the one for these,
    and for others the policy's own, or the general one. Raises `InputError` if there is none."""
    if prompt is not None:
        return load_template(prompt)
    general = load_template(getattr(policy, "prompt", None) or DEFAULT_TEMPLATE)
    maths = load_template(MATHS_TEMPLATE)
    return msgspec.structs.replace(general, by_kind=dict.fromkeys(MATHS_KINDS, maths))


def scorer(options: SolveOptions) -> str:
    """Who scores: what `verisearch.verifiers.open_verifier` takes."""
    return options.verifier if options.verifier != DEFAULT_VERIFIER else options.settings.verifier


def verifier_for(
    policy: Policy, options: SolveOptions, pool: Pool | None = None, model: Responder | None = None
) -> Verifier:
    """The verifier that ``options`` name, open; the caller closes it. ``pool`` and ``model`` as in `solve_all`. Raises
    what `open_verifier` raises, and `InputError` if there is no such prompt template."""
    around = Surroundings(
        options=options.check,
        check=check_for(pool, model),
        policy=policy,
        messages=template_for(policy, options.prompt).messages,
        seed=options.seed,
    )
    return open_verifier(scorer(options), around)


def check_for(pool: Pool | None, model: Responder | None = None) -> Check:
    """Who checks chains: guarded processes, without a pool this one, where a formaliser may ask ``model``."""
    return PoolCheck(pool) if pool is not None else functools.partial(check_here, model=model)


def solve_all(
    problems: Iterable[Problem],
    policy: Policy,
    options: SolveOptions,
    *,
    verifier: Verifier | MultifurcationReward | None = None,
    pool: Pool | None = None,
    model: Responder | None = None,
    listener: Listener | None = None,
) -> Iterator[Solution]:
    """Solve ``problems``, many at once; solutions in their order.

    ``verifier`` scores instead of the one that ``options`` name, and is left open. Whoever scores, the chains come with
    the step checker's verdicts and count as verified by these alone; where the search didn't have them made they are
    made behind it, and count as solver calls but not as verifier calls.

    Chains are checked in ``pool``'s guarded processes, without one in this process, where ``model`` is whom a
    formaliser asks that needs a language model (a pool has its own). Raises `InputError` for settings that can't be
    used, `UnknownNameError` for a strategy, verifier or solver that isn't there, `PolicyError` if the policy breaks
    down; what goes wrong with one problem is in its solution.
    """
    turns = solve_turns(problems, policy, options, verifier=verifier, pool=pool, model=model, listener=listener)
    with closing(turns):
        for solution in turns:
            if solution is not None:
                yield solution


def solve_turns(
    problems: Iterable[Problem],
    policy: Policy,
    options: SolveOptions,
    *,
    verifier: Verifier | MultifurcationReward | None = None,
    pool: Pool | None = None,
    model: Responder | None = None,
    listener: Listener | None = None,
    patience: float | None = None,
) -> Generator[Solution | None, None, None]:
    """As `solve_all`, with a None at each turn of the engine, in which ``listener`` may have heard something. Waiting
    for the policy ends a turn after ``patience`` seconds (None: never). Closing the generator cancels the rest."""
    make: Make = plugins.load("strategies", options.strategy)
    refuse_unusable(policy, options)
    template = template_for(policy, options.prompt)
    opened = None
    if verifier is None:
        verifier = opened = verifier_for(policy, options, pool, model)
    try:
        refuse_unscoring(verifier, options)
    except InputError:
        if opened is not None:
            opened.close()
        raise
    engine = Engine(
        policy,
        {verifier.name: verifier},
        template,
        seed=options.seed,
        budget=options.budget,
        concurrency=options.concurrency,
        max_tokens=options.max_tokens,
        listener=listener,
        patience=patience,
    )
    settings = msgspec.structs.replace(options.settings, verifier=verifier.name)
    whole = judges_whole(verifier, options.check) or not settings_of(options).stepwise
    judge = None if whole else SymbolicVerifier(options.check, check_for(pool, model))
    try:
        with closing(engine.turns(problems, lambda: make(settings))) as turns:
            for search in turns:
                if search is None:
                    yield None
                else:
                    yield solution_of(search if judge is None else judged(search, judge), options)
    finally:
        if opened is not None:
            opened.close()


def judges_whole(verifier: Verifier | MultifurcationReward, check: CheckOptions) -> bool:
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
    partials = [partial(search.problem, node) for node in nodes]
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


def settings_of(options: SolveOptions) -> Settings:
    """The settings as the strategy takes them. Raises `UnknownNameError` if there is no such strategy."""
    return own_settings(kind_of(plugins.load("strategies", options.strategy)), options.settings)


def as_asked(problem: Problem, options: SolveOptions) -> Problem:
    """A problem that came without its kind as the strategy takes it. A statement that asks for a number is a
    question; where the strategy gives answers of one kind only, so is any statement, and free answers are of
    that kind. Raises what `settings_of` raises."""
    if problem.statement is not None and problem.question is None and asks_number(problem.statement):
        problem = msgspec.structs.replace(problem, question=problem.statement, statement=None, answer_kind="number")
    kind = settings_of(options).answers
    if kind is None or (problem.answer_kind != "free" and (problem.statement is None or problem.question is not None)):
        return problem
    question = problem.question or problem.statement
    return msgspec.structs.replace(problem, question=question, statement=None, answer_kind=kind)


def refuse_unusable(policy: Policy, options: SolveOptions) -> None:
    """Raises `InputError` where the policy can't do what the strategy takes."""
    needs = settings_of(options).needs
    for ability, (lack, doing, advice) in LACKING.items():
        if ability in needs and ability not in policy.capabilities:
            raise InputError(f"policy {policy.name} {lack}, and {options.strategy} {doing}: {advice}")


def refuse_unscoring(verifier: Verifier | MultifurcationReward, options: SolveOptions) -> None:
    """Raises `InputError` where the verifier can't score what the strategy has scored."""
    settings, strategy = settings_of(options), options.strategy
    if settings.scores_next and not hasattr(verifier, "score_next"):
        raise InputError(
            f"verifier {verifier.name} scores one chain at a time, and {strategy} asks for all next tokens of a chain "
            "at once: give a multifurcation reward (--verifier mrm for the embedded model, mrm:FOLDER, or "
            "verisearch.protocols.MultifurcationReward), or have every child scored, a call each (--set reward=child)"
        )
    if not settings.scores_next and not hasattr(verifier, "score"):
        raise InputError(
            f"verifier {verifier.name} scores next tokens only, and {strategy} asks for the scores of chains: give "
            "another verifier, or search with --strategy multifurcation"
        )


def solution_of(search: Search, options: SolveOptions) -> Solution:
    """The solution that a search came to."""
    choice, node, stepwise = search.choice, search.choice.node, settings_of(options).stepwise
    candidates = tuple(candidate_of(search.problem, each, score) for each, score in search.choice.candidates)
    shared: dict[str, Any] = {
        "problem": search.problem,
        "strategy": options.strategy,
        "usage": search.usage,
        "options": options,
        "events": search.events,
        "candidates": candidates,
    }
    if node is None and choice.abstained:
        note = "; ".join(part for part in (choice.reason, *shortfalls(search, stepwise)) if part)
        return Solution(**shared, status=SolveStatus.ABSTAINED, note=note)
    if node is None:
        return Solution(**shared, status=SolveStatus.FAILED, error=search.error or "nothing was written")
    trace = trace_from_text(node.written, search.problem)
    score = next((score for each, score in search.choice.candidates if each.path == node.path), None)
    verdict = score.verdict if score is not None else None
    verified = verdict is not None and verdict.verified and stepwise
    unjudged = why_unjudged(score) if stepwise else "there is no chain of steps to check"
    solution = Solution(
        **shared,
        status=SolveStatus.VERIFIED if verified else SolveStatus.UNVERIFIED,
        answer=final_answer(node.written, search.problem),
        verified=verified,
        trace=trace,
        verdict=verdict,
        note="; ".join(part for part in (choice.reason, *shortfalls(search, stepwise), unjudged) if part),
    )
    return withheld(solution) if choice.abstained else solution


def withheld(solution: Solution, why: str = "") -> Solution:
    """The solution without its answer; ``why`` goes before what the note says."""
    return msgspec.structs.replace(
        solution,
        status=SolveStatus.ABSTAINED,
        answer=None,
        withheld=solution.answer,
        verified=False,
        note="; ".join(part for part in (why, solution.note) if part),
    )


def shortfalls(search: Search, stepwise: bool = True) -> Iterator[str]:
    """What the search lacked, as far as its strategy doesn't say so: premises, an end of the chain, scores, budget."""
    choice = search.choice
    if stepwise and not search.problem.context and search.problem.answer_kind == "true-false-unknown":
        yield "the context is empty: nothing was given to reason from"
    if choice.node is not None and not choice.node.finished and not choice.reason:
        yield "the chain had not ended"
    for what in dict.fromkeys(event["spent"] for event in search.events if "spent" in event):
        if what not in choice.reason:
            yield f"the budget is spent: {what}"
    rates = [event for event in search.events if "rate" in event]
    failed = [event["failed"] for event in rates if "failed" in event]
    if failed and failed[0] not in choice.reason:
        yield f"{len(failed)} of {len(rates)} ratings failed: {failed[0]}"
    values = [each["value"] for event in rates for each in event.get("nodes", ())]
    strange = [value for value in values if value is not None and not 0.0 <= float(value) <= 1.0]
    if strange:
        yield f"{len(strange)} of {len(values)} scores are no number in [0, 1], and count for nothing"


def why_unjudged(score: Score | None) -> str:
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

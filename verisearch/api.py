"""The Python API: what the command line uses."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from verisearch import plugins
from verisearch.errors import InputError, WorkerError
from verisearch.ingest.reader import read_problem, read_traces
from verisearch.symbolic.formaliser import formaliser_for
from verisearch.symbolic.options import CheckOptions, ReadingOptions
from verisearch.trace import Problem, Step, Trace
from verisearch.verdict import Logic, Proof, TraceVerdict

if TYPE_CHECKING:
    from verisearch.evaluation.risk import RiskControl
    from verisearch.protocols import MultifurcationReward, Policy, Responder, Verifier
    from verisearch.runtime.jobs import Limits
    from verisearch.runtime.solving import Solution, SolveOptions

__all__ = ["prove", "solve", "verify"]

Text = str | os.PathLike[str]


def verify(
    trace: Trace | Text | Sequence[str] | Mapping[str, Any],
    *,
    context: Text | Sequence[str] | None = None,
    question: Text | None = None,
    logic: Logic | None = None,
    max_leap: int | None = None,
    solver: str = "z3",
    effort: int = CheckOptions().effort,
    generic_nouns: Sequence[str] = (),
    limits: Limits | None = None,
    formaliser: str | None = None,
    model: Policy | Responder | str | None = None,
    reading: ReadingOptions | None = None,
) -> TraceVerdict:
    """Check a reasoning trace step by step.

    ``trace``: a `Trace`, a list of steps, a mapping as in ``verisearch schema trace``, or a path or text in any format
    that `verisearch.ingest.reader.read_traces` knows. ``context`` (text, path or list of sentences) and ``question``
    are looked for in the trace itself if they aren't given. The other settings are those of `CheckOptions`.

    By default the solver runs in this process, bounded by ``effort``. With ``limits`` it runs in a worker process,
    and a hang, a crash or too much memory costs only the step it happens at (``undecided``).

    ``formaliser``: who makes formulas of sentences; by default ``"arithmetic"`` where the question asks for a number,
    else ``"english"``; ``"llm"`` reads any English with a language model, ``model``: what
    `verisearch.policies.open_policy` takes, an open policy, or a `Responder`; ``reading`` says how. ``logic`` is
    ``"rules"`` by default, with a language model ``"classical"``. With the two, for instance::

        verify("chain.txt", formaliser="llm", model="openai:MODEL@http://127.0.0.1:8000/v1")

    Raises `TraceError` if the trace can't be read, `InputError` if there are several, `WorkerError` if ``limits`` are
    given and the check of the context itself fails.
    """
    read = one_trace(trace, context, question)
    formaliser = formaliser or formaliser_for(read.problem, read.raw)
    options = CheckOptions(
        logic=logic or default_logic(formaliser),
        max_leap=max_leap,
        solver=solver,
        effort=effort,
        generic_nouns=tuple(generic_nouns),
        formaliser=formaliser,
        reading=reading or ReadingOptions(),
    )
    from verisearch.runtime.responding import responding

    with responding(model) as answering:
        if limits is None:
            from verisearch.symbolic.checker import verify_trace

            return verify_trace(read, options, model=answering)
        from verisearch.runtime.jobs import VerifyJob
        from verisearch.runtime.pool import run_one

        result = run_one(VerifyJob(id=read.problem.id, trace=read, options=options), limits, answering)
    if result.verdict is None:
        raise WorkerError(result.error.message if result.error else "the worker gave no verdict")
    return result.verdict


def prove(
    statement: str | None = None,
    *,
    context: Text | Sequence[str] | None = None,
    problem: Problem | None = None,
    logic: Logic | None = None,
    solver: str = "z3",
    effort: int = CheckOptions().effort,
    generic_nouns: Sequence[str] = (),
    limits: Limits | None = None,
    formaliser: str = "english",
    model: Policy | Responder | str | None = None,
    reading: ReadingOptions | None = None,
) -> Proof:
    """Say whether ``statement`` follows from ``context``: true, false, unknown, inconsistent, or undecided.

    Give a context and a statement, or a whole ``problem``. Settings as in `verify`.
    Raises `TraceError` if the context can't be read, `InputError` if there is no statement, `WorkerError` if
    ``limits`` are given and the check of the context itself fails.
    """
    options = CheckOptions(
        logic=logic or default_logic(formaliser),
        solver=solver,
        effort=effort,
        generic_nouns=tuple(generic_nouns),
        formaliser=formaliser,
        reading=reading or ReadingOptions(),
    )
    asked = problem if problem is not None else read_problem(context, statement=statement)
    from verisearch.runtime.responding import responding

    with responding(model) as answering:
        if limits is None:
            from verisearch.symbolic.checker import prove_problem

            return prove_problem(asked, options, model=answering)
        from verisearch.runtime.jobs import ProveJob
        from verisearch.runtime.pool import run_one

        result = run_one(ProveJob(id=asked.id, problem=asked, options=options), limits, answering)
    if result.proof is None:
        raise WorkerError(result.error.message if result.error else "the worker gave no proof")
    return result.proof


def solve(
    statement: str | None = None,
    *,
    context: Text | Sequence[str] | None = None,
    problem: Problem | None = None,
    policy: Policy | str = "embedded",
    verifier: Verifier | MultifurcationReward | str | None = None,
    options: SolveOptions | None = None,
    limits: Limits | None = None,
    risk: RiskControl | Text | None = None,
    model: Policy | Responder | str | None = None,
) -> Solution:
    """Have a language model reason about ``statement`` step by step, every step checked by the solver.

    Give a context and a statement, or a whole ``problem``. ``policy``: an open policy, or what
    `verisearch.policies.open_policy` takes (a name, a model's folder, a server). ``verifier``: who scores, an open one
    or what `verisearch.verifiers.open_verifier` takes; None: as the options say, by default the step checker.
    ``options``: strategy, seed, budget and the settings of the check; by default one greedy chain, verified with leaps
    of at most one rule, or, where a number is asked for, by the arithmetic checker. With ``limits`` chains are checked
    in a worker process, otherwise in this one. ``risk``: a file of ``verisearch risk calibrate``, or what
    `verisearch.evaluation.risk.calibrate_run` gives; answers below its threshold are withheld, and the status is
    ``abstained``. ``model``: whom the formaliser asks, where the options' check names one that needs a language model.

    `verisearch.stream` tells what happens on the way; `verisearch.asolve` and `verisearch.astream` are the asynchronous
    twins.

    Raises `InputError` if there is no statement, a setting can't be used, or ``risk`` was calibrated with other
    settings, `UnknownNameError` for a name that isn't installed, `MissingExtraError` if the policy's library is
    missing, `PolicyError` if its model can't be loaded or breaks down.
    """
    from verisearch.streaming import make_task, solved

    task = make_task(
        statement,
        context=context,
        problem=problem,
        policy=policy,
        verifier=verifier,
        options=options,
        limits=limits,
        risk=risk,
        model=model,
    )
    return solved(task)


def default_logic(formaliser: str) -> Logic:
    """How rules are read where nobody says: a language model's formulas are full first-order logic."""
    from verisearch.symbolic.premises import asks_model

    return "classical" if asks_model(plugins.load("formalisers", formaliser)) else "rules"


def one_trace(
    trace: Trace | Text | Sequence[str] | Mapping[str, Any], context: Text | Sequence[str] | None, question: Text | None
) -> Trace:
    """The one trace that ``trace`` is or holds. Raises `TraceError`, `InputError`."""
    if isinstance(trace, Trace):
        return trace
    if isinstance(trace, Mapping):
        found = list(read_traces(json.dumps(dict(trace)), context=context, question=question, format="json"))
    elif isinstance(trace, (str, os.PathLike)):
        found = list(read_traces(trace, context=context, question=question))
    elif isinstance(trace, Sequence) and all(isinstance(step, str) for step in trace):
        return steps_given(trace, read_problem(context, question))
    else:
        raise InputError("a trace is a Trace, a text, a path, a list of steps (texts) or a mapping")
    if len(found) != 1:
        raise InputError(f"there are {len(found)} traces in it: verify them one by one, or with the command line")
    return found[0]


def steps_given(steps: Sequence[str], problem: Problem) -> Trace:
    """A trace of the given steps, one a line of its raw text."""
    made: list[Step] = []
    place = 0
    for index, text in enumerate(steps):
        made.append(Step(text, index, (place, place + len(text))))
        place += len(text) + 1
    return Trace(problem=problem, steps=tuple(made), raw="\n".join(steps))

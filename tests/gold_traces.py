"""Rows of the data files and corrupted chains as verisearch's problems and traces, for tests and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence

from oracle.corrupt import Corrupted
from oracle.forward_chainer import Expected
from oracle.rows import Row
from oracle.templates import Clause, NotInGrammar, read

from verisearch.trace import Problem, Sentence, Step, Trace
from verisearch.verdict import ClaimVerdict, Status, Verdict

__all__ = [
    "clause_of",
    "corrupted_trace",
    "expectation",
    "found",
    "gold_problem",
    "gold_trace",
    "problem_of",
    "trace_of",
]


def problem_of(id: str, sentences: Sequence[str], statement: str | None, gold: str | None = None) -> Problem:
    """A problem from its sentences, as if they stood in one line."""
    placed, start = [], 0
    for sentence in sentences:
        placed.append(Sentence(sentence, (start, start + len(sentence))))
        start += len(sentence) + 1
    return Problem(id=id, context=tuple(placed), statement=statement, gold=gold)


def trace_of(problem: Problem, steps: Sequence[str], answer: str | None) -> Trace:
    """A trace from the texts of its steps, as if each stood on a line of its own."""
    placed, start = [], 0
    for index, text in enumerate(steps):
        placed.append(Step(text, index, (start, start + len(text))))
        start += len(text) + 1
    return Trace(problem=problem, steps=tuple(placed), answer=answer, raw="\n".join(steps))


def gold_problem(row: Row) -> Problem:
    """A row's question."""
    return problem_of(row.id, row.sentences, row.statement, row.label)


def gold_trace(row: Row) -> Trace:
    """A row's gold chain, answered with its gold label."""
    return trace_of(gold_problem(row), row.steps, row.label)


def corrupted_trace(chain: Corrupted) -> Trace:
    """The changed chain over the changed context, still with the gold answer."""
    return trace_of(problem_of(chain.id, chain.context, chain.statement, chain.label), chain.steps, chain.label)


def clause_of(text: str) -> Clause | None:
    """A claim as the oracle reads it, or None if no template fits."""
    sentence = text.strip(" .:,;").replace(", then ", " then ")
    try:
        return read(f"{sentence[:1].upper()}{sentence[1:]}.")
    except NotInGrammar:
        return None


def found(verdict: Verdict | ClaimVerdict) -> str:
    """A verdict's status, with ``leap`` behind an entailed one that jumps over rules or says no distance."""
    if verdict.status is Status.ENTAILED and (verdict.leap is None or verdict.leap > 1):
        return "entailed, leap"
    return verdict.status.value


def expectation(expected: Expected) -> str:
    """The oracle's word in the categories of `found`."""
    return "entailed, leap" if expected.status == "entailed" and not expected.right else expected.status

"""Problems and reasoning traces: the input side of everything."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["AnswerKind", "Problem", "Sentence", "Span", "Step", "Trace"]

#: Half-open character range ``(start, end)``.
Span = tuple[int, int]

AnswerKind = Literal["true-false-unknown", "number", "expression", "choice", "free"]


class Sentence(msgspec.Struct, frozen=True):
    """One declarative sentence of a context; ``span`` is its place in the context's text."""

    text: str
    span: Span


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A question over a context.

    Only ``context`` holds premises. ``statement`` is the sentence whose truth is asked for, where the question
    asks for one; it is never a premise. ``gold`` is the right answer, if known. ``options`` are what a question of
    kind ``choice`` offers, each behind its letter ("A) 12"), where they don't stand in the question itself.
    """

    id: str = ""
    context: tuple[Sentence, ...] = ()
    question: str | None = None
    statement: str | None = None
    answer_kind: AnswerKind = "true-false-unknown"
    gold: str | None = None
    options: tuple[str, ...] = ()


class Step(msgspec.Struct, frozen=True):
    """One step of a trace; ``span`` is its place in ``Trace.raw``.

    ``label`` is the number it was written under ("3", "2.1", "Rule 4"), by which other steps may cite it; the
    sentences of one numbered item share it.
    """

    text: str
    index: int
    span: Span
    label: str | None = None


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A chain of steps about a problem, and the final answer it gives, if any.

    ``answer_step`` is the index of the step that states the answer, or None when the answer was given apart.
    ``notes`` holds what reading found odd: two final answers that contradict each other, an unfinished thought.
    """

    problem: Problem
    steps: tuple[Step, ...] = ()
    answer: str | None = None
    answer_step: int | None = None
    raw: str = ""
    notes: tuple[str, ...] = ()

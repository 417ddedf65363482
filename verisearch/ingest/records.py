"""What a trace looks like as JSON: every field that reading accepts. The published schema is made from these."""

from __future__ import annotations

import msgspec

from verisearch.trace import AnswerKind

__all__ = ["MessageRecord", "PartRecord", "ProblemRecord", "SentenceRecord", "StepRecord", "TraceRecord"]


class SentenceRecord(msgspec.Struct):
    """A context sentence. ``span`` is its place in the context's text."""

    text: str
    span: tuple[int, int] | None = None


class ProblemRecord(msgspec.Struct):
    """A problem; ``context`` is text, or a list of sentences that stay whole."""

    id: str | int | None = None
    context: str | list[str | SentenceRecord] | None = None
    question: str | None = None
    statement: str | None = None
    options: list[str] | dict[str, str] | None = None
    answer_kind: AnswerKind | None = None
    gold: str | bool | int | float | None = None


class StepRecord(msgspec.Struct):
    """A step; ``span`` is its place in the trace's ``raw``, ``label`` the number it is cited by."""

    text: str
    index: int | None = None
    span: tuple[int, int] | None = None
    label: str | int | None = None


class PartRecord(msgspec.Struct):
    """A part of a chat message."""

    type: str = "text"
    text: str | None = None


class MessageRecord(msgspec.Struct):
    """A chat message; ``reasoning_content`` or ``reasoning`` is the thinking before the content."""

    role: str
    content: str | list[str | PartRecord] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class TraceRecord(msgspec.Struct):
    """A trace with its problem, whose fields may stand in ``problem`` or beside the steps.

    The reasoning is one of: ``steps`` (a list; each entry stays one step), ``steps`` or ``raw`` (text, which is
    split), ``messages`` (a chat, of which the last assistant message is the trace).
    """

    id: str | int | None = None
    problem: ProblemRecord | None = None
    context: str | list[str | SentenceRecord] | None = None
    question: str | None = None
    statement: str | None = None
    options: list[str] | dict[str, str] | None = None
    answer_kind: AnswerKind | None = None
    gold: str | bool | int | float | None = None
    steps: str | list[str | StepRecord] | None = None
    raw: str | None = None
    messages: list[MessageRecord] | None = None
    answer: str | bool | int | float | None = None
    answer_step: int | None = None
    notes: list[str] = []

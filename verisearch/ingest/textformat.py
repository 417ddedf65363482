"""Reads a trace from text: numbered or bulleted lists, Markdown, prose, with or without ``<think>`` tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from verisearch.ingest import answer as answers
from verisearch.ingest.answerwords import as_options, normal_form
from verisearch.ingest.blocks import Block, scan
from verisearch.ingest.marks import Lead, item_at, lead_at, unmark
from verisearch.ingest.question import expects_statement, is_yes_no, question_options
from verisearch.ingest.sentences import spans
from verisearch.trace import Problem, Span, Step, Trace

__all__ = ["Parts", "concluded", "parts", "steps", "trace_from_text"]

#: What a question offers: ["A) True", …] or {"A": "True", …}.
Options = Sequence[str] | Mapping[str, str]
YES_NO = {"yes": "True", "no": "False"}

TAG = re.compile(r"</?(?:think|thinking|thought|reasoning|reflection|answer|solution)\s*>", re.IGNORECASE)
THINKING = ("think", "thinking", "thought", "reasoning", "reflection")


class Parts(NamedTuple):
    """Where a text thinks and where it gives its final answer (the whole of it, if it has no ``<think>``)."""

    segments: tuple[Span, ...]
    final: Span | None


def trace_from_text(text: str, problem: Problem, *, options: Options = ()) -> Trace:
    """The trace that ``text`` writes down.

    Every sentence, list item and heading becomes a step; numbering, bullets and Markdown marks are left out.
    ``options`` are the choices the question offers ("A) True"); they say what a lettered answer means and
    default to the problem's, or else to those in its question.
    """
    return concluded(text, steps(text, parts(text).segments), problem, options=options)


def concluded(
    text: str,
    found: tuple[Step, ...],
    problem: Problem,
    *,
    options: Options = (),
    answer: str | None = None,
    notes: Sequence[str] = (),
) -> Trace:
    """A trace of the steps ``found`` in ``text``, with the answer that ``text`` announces.

    An ``answer`` given apart counts instead; a note says if the text announces another.
    """
    choices = as_options(options or problem.options or question_options(problem.question or ""))
    final = parts(text).final
    stated = answers.conclude(text, final, choices) if final else answers.UNFINISHED
    announced = settled(stated.answer, problem, choices)
    remarks = [*notes, *stated.notes]
    if answer is None:
        answer = announced
    else:
        answer = settled(answer, problem, choices)
        if announced is not None and announced != answer:
            remarks.append(f"the answer given is {answer!r}, but the steps announce {announced!r}")
    if answer is not None and len(answer) == 1 and answer.isupper() and problem.statement and not choices:
        remarks.append(f"the answer is {answer!r}, and nothing says what that stands for; give the options")
    return Trace(
        problem=problem,
        steps=found,
        answer=answer,
        answer_step=holder(found, stated.span) if answer is not None and answer == announced else None,
        raw=text,
        notes=tuple(dict.fromkeys(remarks)),
    )


def settled(answer: str | None, problem: Problem, choices: Mapping[str, str]) -> str | None:
    """An answer in normal form; "yes" and "no" too, where the question is whether its statement is true."""
    if answer is None:
        return None
    word = normal_form(answer, choices)
    if word.lower() in YES_NO and problem.statement and is_yes_no(problem.question or ""):
        return YES_NO[word.lower()]
    return word


def holder(found: Sequence[Step], span: Span | None) -> int | None:
    """The index of the step that holds ``span``."""
    if span is None:
        return None
    return next((step.index for step in found if step.span[0] <= span[0] and span[1] <= step.span[1]), None)


def parts(text: str) -> Parts:
    """Split ``text`` at its reasoning tags. After an unclosed ``<think>`` there is no final part."""
    segments: list[Span] = []
    position, final, thinking = 0, 0, False
    for tag in TAG.finditer(text):
        segments.append((position, tag.start()))
        position = tag.end()
        name = tag[0].strip("</> \t\n").lower()
        if name in THINKING:
            thinking = not tag[0].startswith("</")
            final = position
    segments.append((position, len(text)))
    return Parts(tuple(segments), None if thinking else (final, len(text)))


def steps(text: str, segments: Sequence[Span]) -> tuple[Step, ...]:
    """The steps in the given segments of ``text``."""
    found: list[Step] = []
    for start, end in segments:
        for block in scan(text, start, end):
            for (first, last), label in claims(text, block):
                found.append(Step(text[first:last], len(found), (first, last), label))
    return tuple(found)


def claims(text: str, block: Block) -> Iterator[tuple[Span, str | None]]:
    """The sentences of a block, without marks, each with its label."""
    start, end = block.start, block.end
    lead = lead_in(text, start, end)
    if lead:
        start = lead.rest
        yield lead.span, block.label
    for first, last in with_questions(text, spans(text, start, end, steps=True)):
        label = block.label
        item = item_at(text, first, last)
        if item and item.start < last:
            first, label = item.start, item.number or label
        first, last = unmark(text, first, last)
        if first < last:
            yield (first, last), label


def with_questions(text: str, found: Iterable[Span]) -> Iterator[Span]:
    """The spans; "Is the following statement true or false?" together with the statement behind it, which is asked
    for there and not claimed."""
    open_question: Span | None = None
    for first, last in found:
        if open_question:
            first, open_question = open_question[0], None
        elif text[last - 3 : last].rstrip("*_").endswith(("?", ":")) and expects_statement(text[first:last]):
            open_question = (first, last)
            continue
        yield first, last
    if open_question:
        yield open_question


def lead_in(text: str, start: int, end: int) -> Lead | None:
    """The heading at the start of a block, if what follows it isn't just an answer ("Answer: B" is one step)."""
    lead = lead_at(text, start, end)
    if lead is None or (not lead.bold and (lead.rest == end or answers.is_bare(text[lead.rest : end]))):
        return None
    return lead

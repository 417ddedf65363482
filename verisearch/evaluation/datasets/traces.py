"""Builds contexts and recorded traces out of the fields that data sets keep them in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from verisearch.answers import final_answer
from verisearch.evaluation.datasets.rows import Row, kind
from verisearch.ingest.sentences import split
from verisearch.trace import Problem, Sentence, Span, Step, Trace

__all__ = ["chain", "context", "labelled", "lines", "passages", "prose", "step_texts"]

#: "Step 3: " at the beginning of a step, or "3. ", which may be a number that the step is about.
NUMBER = re.compile(r"\s*(?:(?P<said>Step)\s+)?(?P<number>\d{1,4})\s*(?:[.:])\s+(?=\S)", re.IGNORECASE)


def context(row: Row, *fields: str) -> tuple[Sentence, ...]:
    """The premises in the first of ``fields`` that is there: running text, or a list of sentences."""
    field = row.first(*fields)
    value = row.data[field]
    if isinstance(value, str):
        found = split(value)
    elif isinstance(value, list):
        found = lines(row.texts(field))
    else:
        raise row.error(f"should be a text or a list of sentences, not {kind(value)}", field)
    if not found:
        raise row.error("holds no sentence", field)
    return found


def lines(texts: Iterable[str]) -> tuple[Sentence, ...]:
    """Texts that are one sentence each; their spans are those in the texts put together, one on a line."""
    return tuple(Sentence(text, span) for text, span in placed(texts))


def passages(texts: Iterable[str]) -> tuple[Sentence, ...]:
    """The sentences of several texts, none of which goes on in the next; their spans are those in the texts put
    together, with a blank line between."""
    found: list[Sentence] = []
    position = 0
    for text in texts:
        found += [Sentence(each.text, (position + each.span[0], position + each.span[1])) for each in split(text)]
        position += len(text) + 2
    return tuple(found)


def placed(texts: Iterable[str]) -> Iterator[tuple[str, Span]]:
    """Each text with its place when they are joined by line breaks."""
    position = 0
    for text in texts:
        yield text, (position, position + len(text))
        position += len(text) + 1


def chain(problem: Problem, texts: Sequence[str], answer: str | None) -> Trace:
    """A trace of which each text is a step; its answer is given apart."""
    steps = tuple(Step(text, index, span) for index, (text, span) in enumerate(placed(texts)))
    return Trace(problem=problem, steps=steps, answer=answer, raw="\n".join(texts))


def prose(problem: Problem, text: str, answer: str) -> Trace:
    """A trace of which each sentence is a step; its answer is given apart."""
    steps = tuple(Step(sentence.text, index, sentence.span) for index, sentence in enumerate(split(text)))
    return Trace(problem=problem, steps=steps, answer=answer, raw=text)


def labelled(problem: Problem, texts: Sequence[str], answer: str | None = None) -> Trace:
    """A trace of which each text is one step, as label sets have it: step k of them is step k of the trace.

    What a step is numbered by goes to its label. The answer is what the steps announce, or ``answer``, given apart.
    """
    steps = []
    for index, (text, span) in enumerate(placed(texts)):
        number, start = without_number(text, index)
        steps.append(Step(text[start:], index, (span[0] + start, span[1]), number))
    announced = final_answer("\n".join(step.text for step in steps), problem)
    last = steps[-1] if steps else None
    inside = announced is not None and last is not None and final_answer(last.text, problem) == announced
    return Trace(
        problem=problem,
        steps=tuple(steps),
        answer=announced if answer is None else answer,
        answer_step=last.index if inside and last is not None and answer in (None, announced) else None,
        raw="\n".join(texts),
    )


def step_texts(row: Row, *fields: str) -> tuple[str, ...]:
    """Steps: a list of texts, or of lists of lines. None is left out, however empty, since labels count them. Raises
    `TraceError`."""
    field = row.first(*fields)
    value = row.data[field]
    if not isinstance(value, list) or not value:
        raise row.error("should be a list of steps", field)
    found = []
    for number, entry in enumerate(value):
        text = "\n".join(entry) if isinstance(entry, list) and all(isinstance(line, str) for line in entry) else entry
        if not isinstance(text, str):
            raise row.error(f"should be a string, not {kind(text)}", f"{field}[{number}]")
        found.append(text)
    return tuple(found)


def without_number(text: str, index: int) -> tuple[str | None, int]:
    """What step ``index`` (from 0) is numbered by in its text, and where its own words begin.

    A bare number counts if it is the step's own: "3. 14 is even" is the third step, or begins with a decimal.
    """
    found = NUMBER.match(text)
    if found is None or (not found["said"] and int(found["number"]) != index + 1):
        return None, 0
    return found["number"], found.end()

"""Builds contexts and recorded traces out of the fields that data sets keep them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from verisearch.evaluation.datasets.rows import Row, kind
from verisearch.ingest.sentences import split
from verisearch.trace import Problem, Sentence, Span, Step, Trace

__all__ = ["chain", "context", "lines", "passages", "prose"]


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


def chain(problem: Problem, texts: Sequence[str], answer: str) -> Trace:
    """A trace of which each text is a step; its answer is given apart."""
    steps = tuple(Step(text, index, span) for index, (text, span) in enumerate(placed(texts)))
    return Trace(problem=problem, steps=steps, answer=answer, raw="\n".join(texts))


def prose(problem: Problem, text: str, answer: str) -> Trace:
    """A trace of which each sentence is a step; its answer is given apart."""
    steps = tuple(Step(sentence.text, index, sentence.span) for index, sentence in enumerate(split(text)))
    return Trace(problem=problem, steps=steps, answer=answer, raw=text)

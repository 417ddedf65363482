"""Reads a context: its sentences, and the question, where one stands behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from verisearch.ingest.answerwords import as_options, truth_word
from verisearch.ingest.blocks import Block, scan
from verisearch.ingest.marks import unmark
from verisearch.ingest.question import asks_number, asks_truth, options_at, question_options, question_statement
from verisearch.ingest.sentences import spans
from verisearch.trace import AnswerKind, Problem, Sentence, Span

__all__ = ["Context", "make_problem", "read_context"]

#: Labels of parts of a context; they say nothing.
LABEL = re.compile(
    r"[*_]*(?:context|premises?|theory|facts(?: and rules)?|rules|given(?: information| facts)?|background|information"
    r"|knowledge(?: base)?|passage|story|problem|the following is known)[*_]*\s*:?[*_]*",
    re.IGNORECASE,
)
#: From here on a text asks.
QUESTION_LABEL = re.compile(
    r"[*_#\s]*(?:question|query|statement|hypothesis|claim|conclusion|options|choices)[*_]*\s*:", re.IGNORECASE
)
#: "Conclusion 2: …" is what somebody drew from the premises.
CONCLUDED = re.compile(r"(?:claim|conclusion|inference|deduction) \d", re.IGNORECASE)
#: Words that every request for a truth value has one of: the others need no closer look.
ASKING = ("true", "false", "unknown", "uncertain", "determinate", "correct", "entailed", "case", "follow", "que", ":")
CACHED_LENGTH = 20_000


class Context(NamedTuple):
    """Premises, and the question that followed them, if any. Spans point into the text that was read."""

    sentences: tuple[Sentence, ...]
    question: str | None = None


def read_context(context: str | Sequence[str | Sentence]) -> Context:
    """The sentences of a context given as text or as a list of sentences (each stays whole).

    From the first request for a truth value on ("Is the following statement true or false? …"), and from a
    final question on, nothing is a premise: that part comes back as ``question``.
    """
    if isinstance(context, str):
        return cached(context) if len(context) <= CACHED_LENGTH else uncached(context)
    return read_list(context)


def uncached(text: str) -> Context:
    blocks = list(scan(text, 0, len(text)))
    found = [Sentence(text[first:last], (first, last)) for block in blocks for first, last in block_spans(text, block)]
    options = options_at(text)
    head = [sentence for sentence in found if options is None or sentence.span[0] < options[1][0]]
    cut = question_index([sentence.text for sentence in head])
    if cut == len(head) < len(found):  # lettered sentences, but nothing asks for them
        cut = question_index([sentence.text for sentence in found])
    concluded = next((block.start for block in blocks if block.label and CONCLUDED.match(block.label)), len(text))
    cut = min(cut, sum(sentence.span[0] < concluded for sentence in found))
    if cut == len(found):
        return Context(tuple(found))
    return Context(tuple(found[:cut]), text[found[cut].span[0] :].strip())


cached = lru_cache(maxsize=256)(uncached)


def read_list(items: Iterable[str | Sentence]) -> Context:
    """A context given sentence by sentence; spans point into the sentences joined by line breaks."""
    found: list[Sentence] = []
    position = 0
    for item in items:
        text = item.text if isinstance(item, Sentence) else item
        first, last = unmark(text, 0, len(text))
        span = item.span if isinstance(item, Sentence) else (position + first, position + last)
        if first < last:
            found.append(item if isinstance(item, Sentence) else Sentence(text[first:last], span))
        position += len(text) + 1
    cut = question_index([sentence.text for sentence in found])
    asked = " ".join(sentence.text for sentence in found[cut:])
    return Context(tuple(found[:cut]), asked or None)


def block_spans(text: str, block: Block) -> Iterator[Span]:
    """The sentences of a block, without labels such as "Facts:" and without marks."""
    for first, last in spans(text, block.start, block.end):
        label = LABEL.match(text, first, last)
        if label and (label.end() == last or ":" in label[0]):
            first = label.end()
        first, last = unmark(text, first, last)
        if first < last:
            yield first, last


def question_index(sentences: Sequence[str]) -> int:
    """The index of the sentence from which on a question is asked; their number if none is."""
    index = first_request(sentences)
    while index and sentences[index - 1].rstrip("*_\"”')").endswith("?"):
        index -= 1
    return index


def first_request(sentences: Sequence[str]) -> int:
    """The index of the first sentence that asks for a truth value; their number if none does."""
    lowered = " ".join(sentences).lower()
    if any(word in lowered for word in ASKING):
        for index, sentence in enumerate(sentences):
            if QUESTION_LABEL.match(sentence) or asks_truth(sentence):
                return index
    return len(sentences)


def make_problem(
    context: str | Sequence[str | Sentence] = (),
    question: str | None = None,
    *,
    statement: str | None = None,
    id: str = "",
    options: Sequence[str] = (),
    answer_kind: AnswerKind | None = None,
    gold: str | None = None,
) -> Problem:
    """A problem from its parts; the statement asked for is taken from the question, unless given.

    A question at the end of the context is moved out of it, in front of ``question`` if that says another.
    """
    premises, asked = read_context(context)
    if asked and question and asked not in question:
        question = f"{asked}\n{question}"
    question = question or asked
    if statement is None and question:
        statement = question_statement(question)
    kind = answer_kind or kind_of(question, statement, list(options))
    return Problem(id=id, context=premises, question=question, statement=statement, answer_kind=kind, gold=gold)


def kind_of(question: str | None, statement: str | None, options: list[str]) -> AnswerKind:
    """What kind of answer is asked for, as far as the question tells."""
    choices = as_options(options or (question_options(question) if question else []))
    if choices and not all(truth_word(choice) for choice in choices.values()):
        return "choice"
    if statement or choices or not question:
        return "true-false-unknown"
    return "number" if asks_number(question) else "free"

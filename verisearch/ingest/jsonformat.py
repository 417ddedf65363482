"""Builds traces from JSON: records of our own format, lists of steps, chats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from verisearch.errors import TraceError
from verisearch.ingest.chatformat import read_chat
from verisearch.ingest.given import Given
from verisearch.ingest.jsonposition import Place, decode_json
from verisearch.ingest.marks import item_at, step_label_at, unmark
from verisearch.ingest.records import MessageRecord, ProblemRecord, SentenceRecord, StepRecord, TraceRecord
from verisearch.ingest.sections import read_prompt
from verisearch.ingest.textformat import concluded, trace_from_text
from verisearch.trace import Problem, Sentence, Span, Step, Trace

__all__ = ["context_of", "read_document", "read_value"]


class Probe(msgspec.Struct):
    """Enough of an object to tell a chat message from a trace."""

    role: msgspec.Raw = msgspec.Raw()


def read_document(place: Place, given: Given, stem: str) -> Iterator[tuple[Trace | TraceError, Place]]:
    """The traces of a whole JSON text, each with its place: one trace, or a list of them.

    A broken trace in a list comes out as its error; the others are read. Raises `TraceError` if the whole is no
    JSON.
    """
    if place.text.lstrip()[:1] == "[":
        items = decode_json(place.text, list[msgspec.Raw], place)
        if is_list_of_records(items, place):
            for number, item in enumerate(items):
                where = place.inside(f"[{number}]")
                yield attempt(item, where, given, f"{stem}-{number + 1}" if stem else str(number + 1)), where
            return
    yield read_value(place.text, place, given, stem), place


def is_list_of_records(items: list[msgspec.Raw], place: Place) -> bool:
    """Whether a JSON list holds traces, not the steps or messages of one."""
    if not items:
        raise place.error("an empty list: there is no trace in it")
    return starts(items[0]) == "{" and not decode_json(items[0], Probe, place.inside("[0]")).role


def attempt(item: msgspec.Raw, place: Place, given: Given, id: str) -> Trace | TraceError:
    """The trace, or its error as a value."""
    try:
        return read_value(item, place, given, id)
    except TraceError as error:
        return error


def read_value(data: str | msgspec.Raw, place: Place, given: Given, id: str) -> Trace:
    """One trace from one JSON value: an object, a list of steps or a list of messages. Raises `TraceError`."""
    first = starts(data)
    if first == "{":
        record = decode_json(data, TraceRecord, place)
        return finished(from_record(record, data, place, given, id), place)
    if first != "[":
        raise place.error("expected an object with 'steps', a list of steps or a list of messages")
    items = decode_json(data, list[msgspec.Raw], place)
    if items and starts(items[0]) == "{":
        messages = decode_json(data, list[MessageRecord], place)
        return finished(from_messages(messages, TraceRecord(), place, given, id, field=""), place)
    steps = decode_json(data, list[str | StepRecord], place)
    return finished(from_record(TraceRecord(steps=steps), data, place, given, id), place)


def starts(data: str | msgspec.Raw) -> str:
    """The first character that is no space."""
    return data.lstrip()[:1] if isinstance(data, str) else bytes(data).lstrip()[:1].decode("ascii", "replace")


def from_record(record: TraceRecord, data: str | msgspec.Raw, place: Place, given: Given, id: str) -> Trace:
    """The trace of a decoded record."""
    if record.messages is not None:
        return from_messages(record.messages, record, place, given, id, field="messages")
    problem = problem_of(record, place, given, id)
    options = record.options or (record.problem.options if record.problem else None) or given.options
    if isinstance(record.steps, list):
        raw, steps = listed_steps(record.steps, record.raw, place)
        trace = concluded(raw, steps, problem, options=options, answer=as_text(record.answer), notes=record.notes)
    elif isinstance(record.steps, str) or record.raw is not None:
        text = record.steps if record.raw is None else record.raw
        if record.steps is not None and record.steps != text:
            raise place.error("'steps' and 'raw' hold two different texts; leave one out", "steps")
        trace = answered(trace_from_text(text or "", problem, options=options), record, options)
    else:
        names = ", ".join(decode_json(data, dict[str, msgspec.Raw], place)) or "none"
        raise place.error(f"no 'steps', 'raw' or 'messages' to read a trace from; the fields are: {names}")
    return with_answer_step(trace, record, place)


def answered(trace: Trace, record: TraceRecord, options: Any) -> Trace:
    """``trace`` with the answer and notes of its record."""
    if record.answer is None and not record.notes:
        return trace
    answer = as_text(record.answer)
    return concluded(trace.raw, trace.steps, trace.problem, options=options, answer=answer, notes=record.notes)


def with_answer_step(trace: Trace, record: TraceRecord, place: Place) -> Trace:
    """``trace`` with the answer step its record names, if any."""
    if record.answer_step is None:
        return trace
    if not 0 <= record.answer_step < len(trace.steps):
        raise place.error(f"no step {record.answer_step}; steps count from 0 to {len(trace.steps) - 1}", "answer_step")
    return msgspec.structs.replace(trace, answer_step=record.answer_step)


def from_messages(
    messages: list[MessageRecord], record: TraceRecord, place: Place, given: Given, id: str, *, field: str
) -> Trace:
    """The trace of a chat. Context and question in fields of their own count before those in the prompt."""
    chat = read_chat(messages, place, field)
    own = merged(record, place)
    if own.context is None and given.context is None and chat.prompt.strip():
        prompt = read_prompt(chat.prompt)
        own.context, own.statement = prompt.context, own.statement or (None if own.question else prompt.statement)
        own.question = "\n".join(part for part in (prompt.question, own.question) if part) or None
    elif own.question is None and given.question is None:
        own.question = chat.prompt.strip() or None
    problem = make(own, place, given, id)
    options = own.options or given.options
    return answered(trace_from_text(chat.reply, problem, options=options), record, options)


def problem_of(record: TraceRecord, place: Place, given: Given, id: str) -> Problem:
    """The problem of a record."""
    return make(merged(record, place), place, given, id)


def merged(record: TraceRecord, place: Place) -> ProblemRecord:
    """The problem's fields, which stand in ``problem`` or beside the steps. Raises `TraceError` if both differ."""
    nested = record.problem or ProblemRecord()
    fields: dict[str, Any] = {}
    for name in ProblemRecord.__struct_fields__:
        outer, inner = getattr(record, name), getattr(nested, name)
        if outer is not None and inner is not None and outer != inner:
            raise place.error(f"differs from problem.{name}; leave one out", name)
        fields[name] = inner if outer is None else outer
    return ProblemRecord(**fields)


def make(fields: ProblemRecord, place: Place, given: Given, id: str) -> Problem:
    """The problem with these fields."""
    try:
        return given.problem(
            context_of(fields),
            fields.question,
            statement=fields.statement,
            options=list(fields.options or ()),
            id=id if fields.id is None else str(fields.id),
            answer_kind=fields.answer_kind,
            gold=as_text(fields.gold),
        )
    except TraceError as error:
        raise place.error(str(error).removeprefix("context: "), "context") from error


def context_of(fields: ProblemRecord) -> str | list[str | Sentence] | None:
    """The context of a record, as text or as its sentences."""
    return list(map(sentence_of, fields.context)) if isinstance(fields.context, list) else fields.context


def sentence_of(item: str | SentenceRecord) -> str | Sentence:
    """A context entry; one that says where it stands keeps its place."""
    if isinstance(item, str):
        return item
    return item.text if item.span is None else Sentence(item.text, item.span)


def as_text(value: str | bool | int | float | None) -> str | None:
    """A JSON scalar as text."""
    return value if value is None or isinstance(value, str) else str(value)


def listed_steps(items: list[str | StepRecord], raw: str | None, place: Place) -> tuple[str, tuple[Step, ...]]:
    """Steps that are given one by one, and the text that their spans point into."""
    records = [StepRecord(item) if isinstance(item, str) else item for item in items]
    text = "\n".join(record.text for record in records) if raw is None else raw
    steps: list[Step] = []
    position = 0
    for index, record in enumerate(records):
        if raw is not None and record.span is not None:
            span, label = checked_span(record, record.span, text, place, index), None
        else:
            start = text.find(record.text, position)
            if start < 0:
                raise place.error("doesn't stand in 'raw' behind the steps before it", f"steps[{index}]")
            position = start + len(record.text)
            span, label = unnumbered(text, start, position)
        written = label if record.label is None else str(record.label)
        steps.append(Step(text[span[0] : span[1]], index, span, written))
    return text, tuple(steps)


def checked_span(record: StepRecord, span: Span, raw: str, place: Place, index: int) -> Span:
    """``span``, if the step's text stands there."""
    if not 0 <= span[0] <= span[1] <= len(raw) or raw[span[0] : span[1]] != record.text:
        raise place.error("the step's text doesn't stand there in 'raw'", f"steps[{index}].span")
    return span


def unnumbered(text: str, start: int, end: int) -> tuple[Span, str | None]:
    """The span of a step without its number and marks, and the number."""
    first, last = unmark(text, start, end)
    label = None
    for find in (item_at, step_label_at):
        mark = find(text, first, last)
        if mark and mark.start < last:
            first, label = mark.start, mark.number or label
    return unmark(text, first, last), label


def finished(trace: Trace, place: Place) -> Trace:
    """``trace``, if no text in it has a NUL character."""
    problem = trace.problem
    texts = {
        "steps": trace.raw,
        "context": "".join(sentence.text for sentence in problem.context),
        "question": problem.question,
        "statement": problem.statement,
        "answer": trace.answer,
        "id": problem.id,
    }
    for name, text in texts.items():
        if text and "\0" in text:
            raise place.error("a NUL character, which no text has", name)
    return trace

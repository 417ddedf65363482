"""Traces from JSON, JSONL and chats, with errors that name line and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.errors import TraceError
from verisearch.ingest import make_problem, read_traces, trace_from_text
from verisearch.ingest.jsonposition import locate
from verisearch.trace import Trace


def one(value: Any, **given: Any) -> Trace:
    (trace,) = read_traces(json.dumps(value), format="json", **given)
    return trace


def fault(text: str, **given: Any) -> TraceError:
    with pytest.raises(TraceError) as caught:
        list(read_traces(text, **given))
    return caught.value


def texts(trace: Trace) -> list[str]:
    return [step.text for step in trace.steps]


def test_a_record_in_its_fullest_form() -> None:
    trace = one(
        {
            "id": 7,
            "context": "Bob is kind. Kind people are nice.",
            "question": "Is it true that Bob is nice?",
            "steps": ["1. Bob is kind.", {"text": "So Bob is nice. Good.", "label": "two"}],
            "answer": "yes",
            "gold": True,
        }
    )
    problem = trace.problem
    assert problem.id == "7"
    assert [sentence.text for sentence in problem.context] == ["Bob is kind.", "Kind people are nice."]
    assert (problem.statement, problem.gold) == ("Bob is nice.", "True")
    assert [(step.label, step.text) for step in trace.steps] == [
        ("1", "Bob is kind."),
        ("two", "So Bob is nice. Good."),
    ]
    assert (trace.answer, trace.answer_step) == ("True", None)
    assert all(trace.raw[slice(*step.span)] == step.text for step in trace.steps)


@pytest.mark.parametrize("field", ["steps", "raw"])
def test_reasoning_in_one_string_is_split(field: str) -> None:
    assert texts(one({field: "Bob is kind. So Bob is nice."})) == ["Bob is kind.", "So Bob is nice."]


def test_a_list_of_strings_is_a_list_of_steps() -> None:
    assert texts(one(["Bob is kind.", "", "So be it."])) == ["Bob is kind.", "", "So be it."]


def test_options_in_a_record_say_what_the_letter_means() -> None:
    record = {"steps": ["The correct option is: B) False"], "options": ["A) True", "B) False"], "answer": "B"}
    trace = one(record)
    assert (trace.answer, trace.answer_step, trace.notes) == ("False", 0, ())


def test_an_answer_that_differs_from_the_announced_one_is_noted() -> None:
    trace = one({"steps": ["The answer is A) True."], "answer": "False"})
    assert (trace.answer, trace.answer_step) == ("False", None)
    assert "announce 'True'" in trace.notes[0]


def test_a_list_of_records_is_several_traces() -> None:
    found = list(read_traces('[{"steps": ["a b c"]}, {"id": "x", "steps": []}]'))
    assert [(trace.problem.id, len(trace.steps)) for trace in found] == [("1", 1), ("x", 0)]


CHAT = [
    {"role": "system", "content": "Anne is red."},
    {"role": "user", "content": "Dave is big. Is it true that Dave is big?"},
    {"role": "assistant", "content": "Dave is big. The answer is: True"},
    {
        "role": "user",
        "content": [{"type": "text", "text": "Context: Bob is kind.\nQuestion: Is it true that Bob is kind?"}],
    },
    {
        "role": "assistant",
        "content": "Bob is kind.\nThe answer is: True",
        "reasoning_content": "Hm. The answer is: False",
    },
    {"role": "tool", "content": "4"},
]


@pytest.mark.parametrize("chat", [CHAT, {"messages": CHAT}])
def test_the_last_exchange_of_a_chat_is_the_trace(chat: Any) -> None:
    trace = one(chat)
    assert [sentence.text for sentence in trace.problem.context] == ["Bob is kind."]
    assert trace.problem.statement == "Bob is kind."
    assert texts(trace) == ["Hm.", "The answer is: False", "Bob is kind.", "The answer is: True"]
    assert (trace.answer, trace.answer_step, trace.notes) == ("True", 3, ())


@pytest.mark.parametrize(
    "prompt",
    [
        "Bob is kind. Based on the above, is the following statement true, false, or unknown? Anne is nice.",
        "You are a judge.\n\nContext:\nBob is kind.\n\nQuestion: Is it true that Anne is nice?\nAnswer:",
        "Context: Dave is big.\nQuestion: Is it true that Dave is red?\nAnswer: no\n\n"
        "Context: Bob is kind.\nQuestion: Is it true that Anne is nice?",
        "Bob is kind.\nStatement: Anne is nice.\nIs the statement true or false?",
    ],
)
def test_only_the_context_of_a_prompt_gives_premises(prompt: str) -> None:
    trace = one([{"role": "user", "content": prompt}, {"role": "assistant", "content": "True"}])
    assert [sentence.text for sentence in trace.problem.context] == ["Bob is kind."]
    assert trace.problem.statement == "Anne is nice."
    assert trace.answer == "True"


def test_a_context_given_apart_makes_the_prompt_the_question() -> None:
    chat = [{"role": "user", "content": "Is Bob kind?"}, {"role": "assistant", "content": "Yes."}]
    trace = one(chat, context="Bob is kind.")
    assert (trace.problem.question, trace.problem.statement, trace.answer) == ("Is Bob kind?", "Bob is kind.", "True")
    assert len(trace.problem.context) == 1


def test_what_is_written_reads_back_the_same() -> None:
    text = "1. Bob is kind. **So** he is nice.\n   - Really.\n\nThe correct option is: B) False\nThe answer is A) True."
    problem = make_problem(
        "1. Bob is kind.\n2. Anne isn't. Is the following statement true or false? Bob is nice.", id="x", gold="True"
    )
    trace = trace_from_text(text, problem)
    assert trace.notes
    assert list(read_traces(msgspec.json.encode(trace).decode(), format="json")) == [trace]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from(["1. ", "- ", "\n", "Bob is kind. ", "**", "The answer is A) True.", "é", "? ", '"']),
        max_size=12,
    ),
    st.lists(st.sampled_from(["Bob is kind. ", "\n- ", "Is Bob kind? ", "x", "True or false: "]), max_size=6),
)
def test_any_trace_reads_back_the_same(reasoning: list[str], context: list[str]) -> None:
    trace = trace_from_text("".join(reasoning), make_problem("".join(context), id="x"))
    assert list(read_traces(msgspec.json.encode(trace).decode(), format="json")) == [trace]


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ('{\n "context": "a",\n "steps": [\n  "b",\n  {"text": 4}\n ]\n}', 5, "steps[1].text"),
        ('{\n "context": ["a",\n 3],\n "steps": []}', 3, "context[1]"),
        ('[{"steps": []},\n {"steps":\n [true]}]', 3, "[1].steps[0]"),
        ('{"steps": ["a"],\n"problem":\n{"id": 1.5}}', 3, "problem.id"),
        ('{"steps": ["a"],\n"answer_step": 4}', 2, "answer_step"),
        ('{"steps": ["a"],\n"answer": 1e400}', 2, "answer"),
        ('{"steps": ["a"],\n"id": ' + "9" * 5000 + "}", 2, "id"),
        ('{"raw": "a b",\n"steps": [{"text": "b",\n"span": [0, 1]}]}', 3, "steps[0].span"),
        ('{"raw": "a b",\n"steps": ["c"]}', 2, "steps[0]"),
        ('{"raw": "a b",\n"steps": "c"}', 2, "steps"),
        ('{"steps": [],\n"context": "a",\n"problem": {"context": "b"}}', 2, "context"),
        ('{"steps":\n["a\\u0000"]}', 2, "steps"),
        ('{"messages":\n[{"role": "user", "content": "a"}]}', 2, "messages"),
        ('{"messages": [{"role": "assistant",\n"content": [{"type": "image_url"}]}]}', 2, "messages[0].content[0]"),
        ('[{"role": "assistant",\n"content": 4}]', 2, "[0].content"),
    ],
)
def test_errors_name_line_and_field(text: str, line: int, field: str) -> None:
    error = fault(text, format="json")
    assert (error.line, error.field) == (line, field)
    assert str(error).startswith(f"{line}: {field}: ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"steps": ["a"', 1),
        ('{"steps":\n["a",\n]}', 3),
        ('{"steps": []}\nx', 2),
        ('{"steps": ["\\ud800"]}', 1),
        ('{"step": ["a"]}', 1),
        ("[]", 1),
        ("[" * 10_000, 1),
        ('{"steps": ' + "[" * 10_000 + "]" * 10_000 + "}", 1),
        ('{"other": ' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "}", 1),
        ("4", 1),
        ("null", 1),
    ],
)
def test_broken_json_is_an_error_with_its_line(text: str, line: int) -> None:
    assert fault(text, format="json").line == line


def test_a_record_without_reasoning_says_what_it_has() -> None:
    assert "the fields are: id, stpes" in str(fault('{"id": "x", "stpes": ["a"]}'))


def test_two_contexts_are_not_mixed() -> None:
    error = fault('{"context": "Bob is kind.",\n"steps": []}', context="Anne is red.")
    assert error.field == "context"


def test_bad_lines_of_a_jsonl_are_reported_and_the_others_read(tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    file.write_bytes(
        b'\xef\xbb\xbf{"id": "a", "steps": ["x y"]}\n'
        b"{broken\n"
        b"\n"
        b'{"id": "b", "steps": ["\xff"]}\n'
        b'{"id": "a", "steps": []}\n'
        b'["Bob is kind."]\r\n'
        b'{"id": "c", "steps": ["a\x00"]}\n'
        b'{"id": "d", "steps": [1]}\n'
        b'{"id": "e", "steps": ["last"'
    )
    errors: list[TraceError] = []
    traces = list(read_traces(file, on_error=errors.append))
    assert [trace.problem.id for trace in traces] == ["a", "run-6"]
    assert [error.line for error in errors] == [2, 4, 5, 7, 8, 9]
    assert all(error.file == str(file) for error in errors)
    duplicate = errors[2]
    assert duplicate.field == "id"
    assert "line 1" in str(duplicate)


def test_the_first_error_is_raised_where_nobody_listens() -> None:
    traces = read_traces('{"id": "a", "steps": []}\n{"id": "a", "steps": []}')
    assert next(traces).problem.id == "a"
    with pytest.raises(TraceError, match="also the id of the trace in line 1"):
        next(traces)


def test_duplicate_ids_in_a_list_name_both_lines() -> None:
    error = fault('[\n{"id": "a", "steps": []},\n\n{"id": "a", "steps": []}\n]')
    assert error.line == 4
    assert "line 2" in str(error)


def test_a_value_is_found_in_its_line() -> None:
    text = '{"a": {"b": [1, {"c": "x,}"}, [2, 3]]}, "b": [0]}'
    for path, start in (("a.b[1].c", '"x,}"'), ("a.b[2][1]", "3"), ("b[0]", "0"), ("a", '{"b": [1'), ("b", "[0]")):
        assert text.startswith(start, locate(text, path)), path
    assert locate(text, "a.nothing") == text.index('{"b"')


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "steps", "context", "messages", "role", "content", "text", "span", "raw", "answer", "problem"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(JSON)
def test_any_json_is_a_trace_or_a_clear_error(value: Any) -> None:
    errors: list[TraceError] = []
    for trace in read_traces(json.dumps(value) + "\n", format="json", on_error=errors.append):
        assert all(trace.raw[slice(*step.span)] == step.text for step in trace.steps)
    assert all(error.line for error in errors)

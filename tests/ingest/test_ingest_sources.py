"""Files, standard input, encodings: a trace or a clear error, whatever the bytes."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.errors import InputError, TraceError
from verisearch.ingest import Format, read_problem, read_traces
from verisearch.ingest.source import resolve
from verisearch.trace import Trace

TEXT = "Bob is kind. Én så.\nSo Bob is nice."


def texts(trace: Trace) -> list[str]:
    return [step.text for step in trace.steps]


def fault(source: object, **given: object) -> TraceError:
    with pytest.raises(TraceError) as caught:
        list(read_traces(source, **given))  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["trace.txt", "trace.md", "trace"])
def test_text_files_in_unicode_encodings(tmp_path: Path, encoding: str, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(TEXT.encode(encoding))
    (trace,) = read_traces(str(file))
    assert texts(trace) == ["Bob is kind.", "Én så.", "So Bob is nice."]
    assert trace.problem.id == "trace"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"Bob is kind.\nCaf\xe9.", 2),
        (TEXT.encode("utf-16-le"), 1),
        (TEXT.encode("utf-16-be"), 1),
        (b"Bob\nis\x00kind", 2),
        (b"\xff\xfe\x00", 1),
        (b'{"steps": ["Caf\xe9"]}', 1),
        (b"", None),
        (b" \n\t\n", None),
        (b"\xef\xbb\xbf", None),
    ],
)
@pytest.mark.parametrize("suffix", ["txt", "json"])
def test_bytes_that_are_no_text_are_an_error_with_file_and_line(
    tmp_path: Path, data: bytes, line: int | None, suffix: str
) -> None:
    file = tmp_path / f"trace.{suffix}"
    file.write_bytes(data)
    error = fault(file)
    assert (error.file, error.line) == (str(file), line)


@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_an_empty_jsonl_is_an_error(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "traces.jsonl"
    file.write_bytes(data)
    assert "empty" in str(fault(file))


def test_a_jsonl_in_utf_16_is_read(tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl"
    file.write_bytes('{"steps": ["a b"]}\n{"steps": ["é"]}\n'.encode("utf-16"))
    assert [texts(trace) for trace in read_traces(file)] == [["a b"], ["é"]]


def test_json_lines_end_at_line_feeds_only(tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl"
    file.write_bytes('{"steps": ["a\u2028b"]}\r\n{"steps": ["c\u0085d"]}'.encode())
    assert [texts(trace) for trace in read_traces(file)] == [["a\u2028b"], ["c\u0085d"]]


@pytest.mark.parametrize("name", ["missing.json", "no such file.txt", "some/folder/trace"])
def test_a_path_that_is_not_there_is_not_taken_for_text(name: str) -> None:
    assert "no such file" in str(fault(name))
    assert "no such file" in str(fault("Bob is kind.", context=name))


def test_a_folder_is_no_trace(tmp_path: Path) -> None:
    assert fault(tmp_path).file == str(tmp_path)
    assert fault(Path("nowhere.json")).file == "nowhere.json"


def test_half_characters_are_an_error() -> None:
    assert fault("Bob is\nkind\ud800.").line == 2


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (b"Bob is kind.", "auto"),
        (b'{"steps": ["Bob is kind."]}', "auto"),
        (b'["Bob is kind."]', "auto"),
        (b'["Bob is kind."]\n', "jsonl"),
    ],
)
def test_standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes, format: Format) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    (trace,) = read_traces("-", format=format)
    assert texts(trace) == ["Bob is kind."]


def test_the_format_is_told_from_the_start_of_the_text() -> None:
    for text, number in (('{"steps": []}\n{"steps": []}', 2), ('[{"steps": []}]', 1), ("[1] Bob.", 1)):
        assert len(list(read_traces(text))) == number
    (trace,) = read_traces("{Bob} is kind. So be it.")
    assert len(trace.steps) == 2
    (trace,) = read_traces('{"steps": []}', format="text")
    assert texts(trace) == ['{"steps": []}']


def test_an_unknown_format_is_refused_at_once() -> None:
    with pytest.raises(InputError, match="yaml"):
        read_traces("Bob is kind.", format="yaml")  # type: ignore[arg-type]


def test_context_and_question_come_from_files_or_strings(tmp_path: Path) -> None:
    context, question = tmp_path / "context.txt", tmp_path / "question.txt"
    context.write_text("1. Bob is kind.\n2. Kind people are nice.\n", "utf-8")
    question.write_text("Is it true that Bob is nice?\n", "utf-8")
    from_files = next(read_traces("Bob is nice.", context=str(context), question=question))
    asked = "Is it true that Bob is nice?"
    from_strings = next(read_traces("Bob is nice.", context="Bob is kind. Kind people are nice.", question=asked))
    from_list = next(
        read_traces("Bob is nice.", context=["Bob is kind.", "Kind people are nice."], question=str(question))
    )
    for trace in (from_files, from_strings, from_list):
        assert [sentence.text for sentence in trace.problem.context] == ["Bob is kind.", "Kind people are nice."]
        assert trace.problem.statement == "Bob is nice."


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.json", '{"context": ["Bob is kind."], "question": "Is Bob kind?"}'),
        ("p.txt", "Context: Bob is kind.\nQuestion: Is Bob kind?"),
        ("q.txt", "Bob is kind.\n\nIs Bob kind?"),
    ],
)
def test_a_context_file_may_hold_the_question(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    problem = read_problem(tmp_path / name)
    assert [sentence.text for sentence in problem.context] == ["Bob is kind."]
    assert (problem.question, problem.statement) == ("Is Bob kind?", "Bob is kind.")


def test_a_statement_given_apart_counts() -> None:
    assert read_problem("Bob is kind.", statement="Bob is nice.").statement == "Bob is nice."


def test_a_jsonl_is_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl"
    file.write_text('{"steps": ["a"]}\n' * 3 + "{broken\n", "utf-8")
    traces = read_traces(file)
    # The broken last line hurts nobody until it is reached.
    assert [next(traces).problem.id for _ in range(3)] == ["traces-1", "traces-2", "traces-3"]
    with pytest.raises(TraceError):
        next(traces)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    data=st.binary(max_size=60) | st.text(max_size=40).map(str.encode),
    suffix=st.sampled_from([".txt", ".json", ".jsonl", ""]),
)
def test_any_bytes_are_a_trace_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    file = tmp_path_factory.getbasetemp() / f"any{suffix}"
    file.write_bytes(data)
    errors: list[TraceError] = []
    traces = list(read_traces(file, on_error=errors.append))
    assert traces or errors
    for trace in traces:
        assert all(trace.raw[slice(*step.span)] == step.text for step in trace.steps)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(max_size=60), st.text(max_size=40) | st.none(), st.text(max_size=40) | st.none())
def test_any_strings_are_a_trace_or_a_clear_error(text: str, context: str | None, question: str | None) -> None:
    errors: list[TraceError] = []
    traces = list(read_traces(text, context=context, question=question, on_error=errors.append))
    assert len(traces) + len(errors) >= 1


@pytest.mark.parametrize(
    ("source", "is_text"), [("-", False), ("Bob is kind.", True), ("", True), ("x" * 5000, True), ("a\nb.json", True)]
)
def test_a_source_is_standard_input_or_text(source: str, is_text: bool) -> None:
    found = resolve(source)
    assert (found.text == source) == is_text
    assert found.path is None

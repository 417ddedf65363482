"""Reads problems and traces from every format: JSON, JSONL, text, Markdown, chats, ``<think>`` tags."""

from __future__ import annotations

from verisearch.ingest.answer import extract
from verisearch.ingest.context import make_problem, read_context
from verisearch.ingest.question import question_statement
from verisearch.ingest.reader import Format, read_problem, read_traces
from verisearch.ingest.sentences import split
from verisearch.ingest.textformat import trace_from_text

__all__ = [
    "Format",
    "extract",
    "make_problem",
    "question_statement",
    "read_context",
    "read_problem",
    "read_traces",
    "split",
    "trace_from_text",
]

"""Reports on what the checker really says, instead of verdicts made by hand."""

from __future__ import annotations

import io
import re

import pytest

from verisearch.report import terminal
from verisearch.report.graph import proof_graph
from verisearch.report.html import read_back, render
from verisearch.symbolic.checker import prove_problem, verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem, Sentence, Span, Step, Trace
from verisearch.verdict import TraceVerdict

CONTEXT = (
    "Otto is quick. Otto is round. Nell is cold. All quick people are kind. "
    "If someone is kind and round then they are smart. Cold people are not smart."
)
STEPS = "Otto is quick. So Otto is kind. Therefore Otto is smart. Nell is smart. Nell is kind. Gnomes whisper blue to."


def split(text: str) -> list[tuple[str, Span]]:
    return [(match.group(), match.span()) for match in re.finditer(r"\S[^.]*\.", text)]


PROBLEM = Problem(id="checked", context=tuple(Sentence(*part) for part in split(CONTEXT)), statement="Otto is smart.")


@pytest.fixture(scope="module", params=["rules", "classical"])
def verdict(request: pytest.FixtureRequest) -> TraceVerdict:
    steps = tuple(Step(text, number, span) for number, (text, span) in enumerate(split(STEPS)))
    trace = Trace(problem=PROBLEM, steps=steps, answer="True", raw=STEPS)
    return verify_trace(trace, CheckOptions(logic=request.param))


def test_the_terminal_tells_what_was_found(verdict: TraceVerdict) -> None:
    out = io.StringIO()
    terminal.render(terminal.make_console(out, width=160), verdict, detail=True)
    text = out.getvalue()
    assert "1  ✓ entailed        Otto is quick. (from context 1)" in text
    assert re.search(r"3  ✓ entailed        Therefore Otto is smart. \(from context 2 and 5; step 2\)", text)
    assert re.search(r"4  ✗ contradicted    Nell is smart. \(the opposite follows from context 3 and 6\)", text)
    assert "5  ! ungrounded      Nell is kind." in text
    assert "6  ~ untranslatable  Gnomes whisper blue to." in text
    assert "INVALID" in text


def test_the_graph_joins_claims_to_their_premises(verdict: TraceVerdict) -> None:
    graph = proof_graph(verdict)
    assert set(graph.predecessors("step-3")) == {"context-2", "context-5", "step-2"}
    assert set(graph.predecessors("step-4")) == {"context-3", "context-6"}
    assert graph.has_edge("step-3", "answer")


def test_the_page_holds_the_verdict(verdict: TraceVerdict) -> None:
    assert read_back(render(verdict)) == [verdict]


def test_a_proof_is_told() -> None:
    out = io.StringIO()
    terminal.render_proof(terminal.make_console(out), prove_problem(PROBLEM, CheckOptions()), detail=True)
    text = out.getvalue()
    assert text.splitlines()[1].startswith("TRUE  the statement follows from the context, in a proof 2 rules deep.")
    assert "context 5: If someone is kind and round then they are smart." in text

from __future__ import annotations

import io
import re

import pytest
import report_samples as samples
from report_builders import claim, context, make, step
from rich.cells import cell_len
from rich.console import Console

from verisearch.report import terminal
from verisearch.report.words import LOGICS
from verisearch.verdict import Outcome, Proof, TraceVerdict

ALL = samples.several()
IDS = [verdict.problem.id[:8] or "empty" for verdict in ALL]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def shown(verdict: TraceVerdict, *, width: int | None = None, detail: bool = False) -> str:
    out = io.StringIO()
    terminal.render(terminal.make_console(out, width=width), verdict, detail=detail)
    return out.getvalue()


def shown_proof(proof: Proof, *, detail: bool = False) -> str:
    out = io.StringIO()
    terminal.render_proof(terminal.make_console(out), proof, detail=detail)
    return out.getvalue()


def test_each_step_is_a_line_with_status_text_and_premises() -> None:
    lines = shown(samples.mixed()).splitlines()
    assert "1  · no claim        Let us see what is known about Otto and Mira." in lines
    assert "3  ✓ entailed        Mira is kind. (from context 2, 6 and 7; step 2c; leap 2)" in lines
    assert "4  ✗ contradicted    Otto is calm. (the opposite follows from context 3 and 8)" in lines
    assert "7  ~ untranslatable  Otto would rather be left alone, whatever Mira thinks of it." in lines
    assert "=  ✗ contradicted    Answer: False (context: true) (shown wrong by step 3)" in lines


def test_several_claims_of_a_step_get_lines_of_their_own() -> None:
    lines = [line.strip() for line in shown(samples.mixed()).splitlines()]
    assert "✓ 2a Mira is patient (from context 1)" in lines
    assert "✓ 2c Mira is calm (from steps 2a and 2b)" in lines


def test_failures_tell_why() -> None:
    text = shown(samples.mixed(), width=200)
    assert "- nothing says that Otto is patient; if he is not, everything before still holds" in text
    assert "- would follow if steps 4 and 5 were granted" in text
    assert "- reading stopped at “would rather”" in text
    assert "- the solver reached its effort limit" in text


@pytest.mark.parametrize("verdict", ALL, ids=IDS)
def test_the_summary_names_status_verification_logic_formaliser_and_cost(verdict: TraceVerdict) -> None:
    text = " ".join(shown(verdict, width=200).split())
    assert re.search(rf"{verdict.status.value.upper()}(, modulo 1 premise of commonsense)? ", text)
    assert ("Verified: " if verdict.verified else "Not verified: ") in text
    assert f"logic: {LOGICS[verdict.logic]}" in text
    assert "formaliser: " in text
    assert f"solver calls: {verdict.usage.solver_calls:,}, effort {verdict.usage.solver_effort:,}" in text


def test_what_was_not_read_is_named_with_the_words_that_stopped_reading() -> None:
    text = shown(samples.mixed(), width=200)
    assert "not read: context 9: If the gate creaks, who knows what Otto does. (reading stopped at “who knows”" in text


def test_detail_adds_formulas_premise_texts_and_literals() -> None:
    brief, full = shown(samples.mixed(), width=200), shown(samples.mixed(), width=200, detail=True)
    for part in ("formula: ¬Wise(otto)", "context 8: Loud people are not calm.", "true   Otto is loud", "z3: 2 calls"):
        assert part in full
        assert part not in brief


@pytest.mark.parametrize("detail", [False, True])
@pytest.mark.parametrize("width", [40, 72, 140])
@pytest.mark.parametrize("verdict", ALL, ids=IDS)
def test_no_line_is_wider_than_the_console_or_ends_in_blanks(verdict: TraceVerdict, width: int, detail: bool) -> None:
    for line in shown(verdict, width=width, detail=detail).splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()


def test_a_pipe_gets_no_colour_and_100_columns() -> None:
    text = shown(samples.mixed())
    assert "\x1b" not in text
    assert 80 < max(cell_len(line) for line in text.splitlines()) <= 100


def test_columns_set_by_the_user_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert max(cell_len(line) for line in shown(samples.mixed()).splitlines()) <= 60


def test_a_terminal_gets_colour_unless_no_color_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def coloured() -> str:
        out = io.StringIO()
        console = Console(file=out, force_terminal=True, color_system="standard", width=100)
        terminal.render(console, samples.mixed())
        return out.getvalue()

    assert re.search(r"\x1b\[[\d;]*31m✗ contradicted", coloured())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[(?:\d+;)*(?:3|4)\dm", coloured())


@pytest.mark.parametrize("detail", [False, True])
def test_text_of_a_trace_cannot_steer_the_terminal(detail: bool) -> None:
    text = shown(samples.hostile(), detail=detail)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert "␛[31mred" in text
    assert "[bold red]markup[/bold red] :smile:" in text


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_an_output_that_lacks_characters_gets_escapes(encoding: str) -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding=encoding) as out:
        for verdict in ALL:
            terminal.render(terminal.make_console(out), verdict, detail=True)
        out.flush()
        text = raw.getvalue().decode(encoding)
    assert "+ entailed" in text
    assert "\\u2200x" in text


def test_a_long_step_is_cut_unless_detail_is_wanted() -> None:
    text = "Mira is patient and " * 60 + "the end"
    verdict = make("long", "A is b.", None, (step(1, text, claim(text, premises=(context(1, "A is b."),))),))
    assert "the end" not in shown(verdict)
    assert "… (from context 1)" in " ".join(shown(verdict).split())
    assert "the end" in shown(verdict, detail=True)


def test_a_long_trace_keeps_one_line_a_step() -> None:
    lines = shown(samples.chain(200)).splitlines()
    assert sum("✓ entailed" in line for line in lines) == 201
    assert len(lines) < 215


def test_an_inconsistent_context_is_named() -> None:
    assert "the context contradicts itself, so it proves nothing" in " ".join(shown(samples.inconsistent()).split())


def test_commonsense_and_vacuity_qualify_an_entailed_claim() -> None:
    text = shown(samples.commonsense(), width=200)
    assert "only if commonsense 1 is granted: Nobody is older" in text
    assert "vacuous: it holds only because its condition cannot be met" in text
    assert "This grants 1 commonsense premise." in text


def test_every_outcome_of_a_proof_is_told() -> None:
    texts = [shown_proof(proof) for proof in samples.proofs()]
    for proof, text in zip(samples.proofs(), texts, strict=True):
        assert f"{proof.outcome.value.upper()}  " in text
        assert f"logic: {LOGICS['rules']}" in text
    assert {proof.outcome for proof in samples.proofs()} == set(Outcome)
    assert "in a proof 3 rules deep" in texts[0]
    assert "context 5: Patient people are calm." in texts[0]
    assert "nothing says that Mira is kind" in texts[2]


def test_detail_of_a_proof_adds_the_formula() -> None:
    proof = samples.proofs()[0]
    assert "formula: Kind(mira)" in shown_proof(proof, detail=True)
    assert "formula: Kind(mira)" not in shown_proof(proof)

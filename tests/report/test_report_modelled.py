"""What the reports say of a chain that a language model formalised."""

from __future__ import annotations

import io
import re

import msgspec
import pytest
from modelled_samples import AGE, LIVING, hostile_model, modelled
from rich.cells import cell_len

from verisearch.report import terminal
from verisearch.report.labels import Labels
from verisearch.report.words import facts, grants
from verisearch.verdict import TraceVerdict, granted


def shown(verdict: TraceVerdict, *, width: int = 200, detail: bool = False) -> str:
    out = io.StringIO()
    terminal.render(terminal.make_console(out, width=width), verdict, detail=detail)
    return out.getvalue()


# --- what rests on commonsense ---
def test_what_rests_on_commonsense_through_earlier_steps_is_found() -> None:
    found = {place: [premise.text for premise in premises] for place, premises in granted(modelled()).items()}
    assert found == {(1, 0): [AGE], (2, 0): [AGE, LIVING]}


def test_a_claim_of_the_same_step_that_rests_on_none_is_not_taken_for_another() -> None:
    verdict = modelled()
    labels = Labels(verdict)
    assert [labels.modulo(claim) for claim in verdict.steps[0].claims] == ["", ""]
    assert labels.modulo(verdict.steps[1].claims[0]) == "modulo commonsense 1"
    assert labels.modulo(verdict.steps[2].claims[0]) == "modulo commonsense 2; and commonsense 1, through step 2"
    assert verdict.answer is not None
    assert labels.modulo(verdict.answer.claim) == "modulo commonsense 1 and 2, through step 3"


def test_each_premise_of_commonsense_names_what_rests_on_it() -> None:
    assert [(premise.label, uses) for premise, uses in grants(modelled())] == [
        ("commonsense 1", "step 2; through it step 3 and the answer"),
        ("commonsense 2", "step 3; through it the answer"),
    ]


# --- the terminal ---
def test_the_title_says_what_the_status_is_modulo() -> None:
    text = shown(modelled())
    assert "INVALID, modulo 2 premises of commonsense  a claim is contradicted or does not follow." in text
    assert f"commonsense 1: {AGE} (used by step 2; through it step 3 and the answer)" in text
    plain = msgspec.structs.replace(modelled(), steps=modelled().steps[:1], answer=None)
    assert "modulo" not in shown(plain)


def test_each_formula_of_a_model_is_read_back_under_its_step() -> None:
    lines = [line.strip() for line in shown(modelled()).splitlines()]
    place = lines.index("read as: the age of Ida in 2025 is at most 20")
    assert lines[place - 1].endswith("So she is at most 20 now. (from step 1a, question 1, commonsense 1)")
    assert lines[place + 1] == f"- only if commonsense 1 is granted: {AGE}"
    assert "read as: there is Person p such that Ida lives with p" in lines
    assert "- modulo commonsense 1, through step 2" in lines
    assert "- modulo commonsense 1 and 2, through step 3" in lines


def test_refused_premises_are_counted_and_told_one_by_one_in_detail() -> None:
    brief, full = shown(modelled()), shown(modelled(), detail=True)
    assert "- 3 premises named for it in vain; the first (--detail shows 2 more):" in brief
    assert "- commonsense “Sailors are at home everywhere.”: it gives the step all by itself" in brief
    assert "Ida is a sailor." not in brief
    lines = [line.strip() for line in full.splitlines()]
    place = lines.index("- 3 premises named for it in vain:")
    assert lines[place + 1 : place + 4] == [
        "- commonsense “Sailors are at home everywhere.”: it gives the step all by itself",
        "- context “Ida is a sailor.”: these words don't stand in the source",
        f"- commonsense “{LIVING}”: it may stand, but the step doesn't follow with it",
    ]


def test_sentences_that_nothing_needed_are_not_said_to_be_unread() -> None:
    text = shown(modelled())
    assert "not needed: context 3 and 4" in text
    assert "not read" not in text


def test_the_facts_name_the_model_and_its_prompts() -> None:
    rows = dict(facts(modelled()))
    assert rows["formaliser"] == "llm (some-model)"
    assert rows["prompts"] == "formalise 0123456789ab, premises fedcba987654"
    assert rows["model calls"] == "9, 90 tokens"
    assert rows["longest leap"] == "unknown (no limit)"


@pytest.mark.parametrize("detail", [False, True])
@pytest.mark.parametrize("width", [40, 72, 140])
@pytest.mark.parametrize("make", [modelled, hostile_model])
def test_no_line_is_too_wide_or_steers_the_terminal(make: type[TraceVerdict], width: int, detail: bool) -> None:
    text = shown(make(), width=width, detail=detail)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    for line in text.splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()

"""What the reports say of a chain that a language model formalised."""

from __future__ import annotations

import io
import re

import msgspec
import pytest
from modelled_samples import AGE, LIVING, hostile_model, modelled
from parsed_page import Page
from rich.cells import cell_len

from verisearch.report import terminal
from verisearch.report.graph import proof_graph, to_dot
from verisearch.report.html import read_back, render
from verisearch.report.labels import Labels
from verisearch.report.view import trace_view
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
    assert rows["longest leap"] == "said before where it is known (no limit)"


@pytest.mark.parametrize("detail", [False, True])
@pytest.mark.parametrize("width", [40, 72, 140])
@pytest.mark.parametrize("make", [modelled, hostile_model])
def test_no_line_is_too_wide_or_steers_the_terminal(make: type[TraceVerdict], width: int, detail: bool) -> None:
    text = shown(make(), width=width, detail=detail)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    for line in text.splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()


# --- the page and the graph ---
def test_the_page_is_told_what_is_granted_and_what_was_not_needed() -> None:
    words = trace_view(modelled(), 1)["words"]
    assert words["modulo"] == "modulo 2 premises of commonsense"
    assert words["grants"] == [
        ["commonsense-1", "commonsense 1", f"{AGE} (used by step 2; through it step 3 and the answer)"],
        ["commonsense-2", "commonsense 2", f"{LIVING} (used by step 3; through it the answer)"],
    ]
    assert words["notNeeded"] == [2, 3]
    assert words["unread"] == {}
    assert [step[0]["indirect"] for step in words["steps"]] == ["", "", "commonsense 1, through step 2", ""]
    assert words["answerClaim"]["modulo"] == "modulo commonsense 1 and 2, through step 3"


def test_the_list_of_traces_says_which_are_modulo_commonsense() -> None:
    held = msgspec.structs.replace(modelled(), verified=True)
    page = render([held, modelled()])
    assert "2 traces, 1 of them verified, 1 of these modulo commonsense." in page
    assert page.count('<span class="granted">modulo 2 premises of commonsense</span>') == 2


def test_the_legend_explains_the_kinds_of_premises() -> None:
    page = render(modelled())
    for word, meaning in (
        ("context", "a sentence of the context"),
        ("question", "what the question states"),
        ("commonsense", "nothing given says it: a language model named it"),
        ("modulo", "holds only if the commonsense named is granted"),
    ):
        assert f"{word}</dt><dd>{meaning}</dd>" in page


def test_the_new_fields_are_read_back() -> None:
    assert read_back(render([modelled(), hostile_model()])) == [modelled(), hostile_model()]


def test_hostile_text_of_a_model_makes_no_elements() -> None:
    kinds = {tag for tag, _ in Page(render([hostile_model(), hostile_model()])).elements}
    assert kinds <= {tag for tag, _ in Page(render([modelled(), modelled()])).elements}


def test_the_graph_holds_the_premises_that_no_context_gives_with_their_formulas() -> None:
    graph = proof_graph(modelled())
    kinds = [data["kind"] for _, data in graph.nodes(data=True)]
    assert kinds == ["context"] * 2 + ["question"] + ["commonsense"] * 2 + ["step"] * 5 + ["answer"]
    assert graph.nodes["question-1"]["formula"] == "now = 2025"
    assert graph.nodes["step-3"]["modulo"] == "modulo commonsense 2; and commonsense 1, through step 2"
    assert graph.nodes["commonsense-1"]["modulo"] == ""


def test_dot_draws_each_kind_of_premise_in_its_own_way() -> None:
    lines = to_dot(proof_graph(modelled())).splitlines()
    drawn = {name: next(line for line in lines if line.startswith(f'  "{name}" [')) for name in
             ("context-1", "question-1", "commonsense-1", "step-1a", "step-3")}  # fmt: skip
    looks = {re.sub(r".*style=", "", drawn[name]) for name in ("context-1", "question-1", "commonsense-1", "step-1a")}
    assert len(looks) == 4
    assert 'style="filled,dashed,rounded"' in drawn["commonsense-1"]
    assert "step 3: entailed\\nmodulo commonsense 2; and commonsense 1, through step 2\\n" in drawn["step-3"]

"""The page of a chain that a language model formalised, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from modelled_samples import AGE, LIVING, hostile_model, modelled

from verisearch.report.html import render

pytestmark = pytest.mark.browser

Show = Callable[..., Any]
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made() -> str:
    return render(modelled())


def panel(page: Any) -> str:
    text: str = page.inner_text(".panel")
    return text


def test_each_step_shows_what_it_was_read_as(show: Show, made: str) -> None:
    page = show(made).page
    assert "read as: the age of Ida in 2025 is at most 20" in page.inner_text(".options [data-key=step-2]")
    first = page.eval_on_selector_all(".options [data-key=step-1] .read-as", "all => all.map(one => one.textContent)")
    assert first == [
        "read as: the year Ida was born in is equal to 2005",
        "read as: there is Person p such that Ida lives with p",
    ]


def test_the_banner_names_the_commonsense_granted_and_leads_to_it(show: Show, made: str) -> None:
    page = show(made).page
    banner = page.inner_text(".banner")
    assert "modulo 2 premises of commonsense" in banner
    assert f"{AGE} (used by step 2; through it step 3 and the answer)" in banner
    page.click(".grants .link >> nth=1")
    assert LIVING in panel(page)
    assert "Nothing given says it" in panel(page)
    assert "lives_with(x, y) → shares(x, y)" in panel(page)


def test_steps_that_rest_on_commonsense_say_so_even_if_through_others(show: Show, made: str) -> None:
    page = show(made).page
    marked = page.eval_on_selector_all(".step:has(.granted)", "all => all.map(one => one.dataset.key)")
    assert marked == ["step-2", "step-3", "answer"]
    assert "modulo commonsense 1 and 2, through step 3" in page.inner_text(".options [data-key=answer]")
    drawn = page.eval_on_selector_all(".node:has(.modulo)", "all => all.map(one => one.dataset.key)")
    assert drawn == ["step-2", "step-3", "answer"]
    assert page.get_by_role("option", name="step 3, entailed modulo commonsense: So Ida shares").count() == 1


def test_kinds_of_premises_look_different_in_the_graph(show: Show, made: str) -> None:
    page = show(made).page
    look = "one => { const s = getComputedStyle(one); return [s.fill, s.stroke, s.strokeDasharray].join() }"
    looks = [page.eval_on_selector(f".graph [data-key={key}] rect", look) for key in
             ("context-1", "question-1", "commonsense-1", "step-2")]  # fmt: skip
    assert len(set(looks)) == 4


def test_premises_named_in_vain_stand_in_the_panel_with_their_reasons(show: Show, made: str) -> None:
    page = show(made, "#trace-1/step-4").page
    items = page.eval_on_selector_all(".panel .refused li", "all => all.map(one => one.innerText)")
    assert len(items) == 3
    assert items[1].split("\n")[0] == "context “Ida is a sailor.”"
    assert "these words don't stand in the source" in items[1]


def test_sentences_that_no_step_needed_are_told_from_unread_ones(show: Show, made: str) -> None:
    page = show(made).page
    badges = page.eval_on_selector_all(".sentence .badge", "all => all.map(one => one.textContent)")
    assert badges == ["not needed", "not needed"]
    page.click(".options [data-key=context-3]")
    assert "No step needed it" in panel(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_of_it_can_be_read(show: Show, made: str, scheme: str) -> None:
    shown = show(made, color_scheme=scheme)
    for key in ("", "step-1", "step-2", "step-3", "step-4", "answer", "commonsense-1", "question-1", "context-3"):
        shown.goto(f"#trace-1/{key}" if key else "")
        assert shown.page.evaluate(CONTRAST, 4.5)["poor"] == [], key


def test_it_fits_every_window_and_hostile_text_does_no_harm(show: Show) -> None:
    shown = show(render([modelled(), hostile_model()]))
    for fragment in ("", "#trace-1/step-4", "#trace-2/step-1", "#trace-2/commonsense-2"):
        shown.goto(fragment)
        for width in (320, 800, 1400):
            shown.page.set_viewport_size({"width": width, "height": 800})
            assert shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (fragment, width)
        assert shown.page.evaluate("window.hacked") is None

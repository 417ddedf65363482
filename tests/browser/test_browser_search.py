"""The page of a search in a real browser: what it shows, how it is operated, and that it keeps to itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import report_samples as samples
from search_samples import draw, kept_one_of_two, random_search, rate, searched, step, two_rounds

from verisearch.report.searchpage import render_search

pytestmark = pytest.mark.browser

Show = Callable[..., Any]
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
NARROW = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def small() -> str:
    return render_search(searched(kept_one_of_two(), verdict=samples.valid()))


@pytest.fixture(scope="module")
def large() -> str:
    return render_search(searched(random_search(500), status="unverified", verified=False))


def keys(page: Any, selector: str) -> list[str]:
    found: list[str] = page.eval_on_selector_all(selector, "all => all.map(one => one.dataset.key)")
    return found


def panel(page: Any) -> str:
    text: str = page.inner_text("#search .panel")
    return text


def focused(page: Any) -> str:
    key: str = page.evaluate("document.activeElement.dataset.key || document.activeElement.id")
    return key


# --- what is shown ----------------------------------------------------------------------------------------------
def test_a_small_tree_is_open_with_its_verdicts_and_what_was_discarded_greyed(show: Show, small: str) -> None:
    page = show(small).page
    assert keys(page, ".outline [data-key]") == ["beside-0", "n-1", "n-2", "n-2-1"]
    assert keys(page, ".outline .chosen") == ["n-2", "n-2-1"]
    assert keys(page, ".outline .off") == ["n-1"]
    assert page.inner_text(".outline [data-key=beside-0]").split() == ["▾", "1", "other", "draw,", "discarded", "1",
                                                                        "best", "score", "0.00"]  # fmt: skip
    row = page.inner_text(".outline [data-key=n-1]")
    assert "contradicted" in row
    assert "0.00" in row
    colours = [
        page.eval_on_selector(f".outline [data-key={key}]", "one => getComputedStyle(one).color")
        for key in ("n-1", "n-2")
    ]
    assert colours[0] != colours[1]
    assert "The chosen chain" in page.inner_text("#trace")


def test_the_drawing_holds_every_node_and_marks_the_chosen_chain(show: Show, large: str) -> None:
    page = show(large).page
    assert len(keys(page, ".treemap .twig")) == 500
    chosen = keys(page, ".treemap .twig.chosen")
    assert len(chosen) == page.locator(".treemap .line.chosen").count() == 15
    heights = page.eval_on_selector_all(
        ".treemap .twig.chosen", "all => all.map(one => one.getBoundingClientRect().top)"
    )
    assert max(heights) - min(heights) < 8, "a straight line"


def test_pointing_shows_verdict_premises_and_score_and_a_click_holds(show: Show, small: str) -> None:
    page = show(small).page
    page.hover(".outline [data-key=n-2-1]")
    text = panel(page)
    for part in ("Step 2", "on the chosen chain", "1.00", "why so", "Rests on", "context 2", "Kind people are nice.",
                 "step 1", "Bob is kind.", "one rule", "Answer: True", "accepted"):  # fmt: skip
        assert part in text, part
    page.mouse.move(5, 5)
    assert "Step 2" not in panel(page)
    page.click(".treemap [data-key=n-1]")
    page.mouse.move(5, 5)
    assert "he is not" in panel(page)
    assert page.url.endswith("#n-1")
    assert keys(page, "[aria-selected=true]") == ["n-1", "n-1"], "in the drawing and in the outline"
    page.keyboard.press("Escape")
    assert keys(page, "[aria-selected=true]") == []


def test_a_premise_leads_to_its_step(show: Show, small: str) -> None:
    page = show(small, "#n-2-1").page
    page.click("#search .panel .link:has-text('step 1')")
    assert page.url.endswith("#n-2")


# --- opening and closing ----------------------------------------------------------------------------------------
def test_a_large_tree_shows_the_chosen_chain_and_opens_what_is_asked_for(show: Show, large: str) -> None:
    page = show(large).page
    rows = keys(page, ".outline .step")
    assert rows == keys(page, ".outline .chosen")
    fold = keys(page, ".outline .fold")[0]
    page.click(f"[data-key={fold}]")
    assert page.get_attribute(f"[data-key={fold}]", "aria-expanded") == "true"
    assert len(keys(page, ".outline .step")) > len(rows)
    page.click(f"[data-key={fold}]")
    assert keys(page, ".outline .step") == rows
    page.click("text=open all")
    assert len(keys(page, ".outline .step")) == 500
    page.click("text=close all")
    assert keys(page, ".outline .step") == rows


def test_a_node_of_the_drawing_is_found_in_the_outline(show: Show, large: str) -> None:
    page = show(large).page
    deep = max((key for key in keys(page, ".treemap .off")), key=lambda key: key.count("-"))
    page.goto(page.url.split("#")[0] + f"#{deep}")
    assert page.is_visible(f".outline [data-key={deep}].active")
    assert f"Step {deep.count('-')} draw {deep.split('-')[-1]}" in panel(page)


def test_steps_are_filtered_by_status_chain_and_words(show: Show, large: str) -> None:
    page = show(large).page
    page.click("#search .chip:has-text('chosen chain')")
    assert len(keys(page, ".outline .step")) == 15
    page.click("#search .chip.contradicted")
    shown = page.eval_on_selector_all(".outline .step", "all => all.map(one => one.className)")
    assert shown
    assert all("contradicted" in one for one in shown)
    page.fill("#search input", "BOB IS TALL")
    found = page.locator(".outline .step").all_text_contents()
    assert found
    assert all("Bob is tall." in row for row in found)
    page.fill("#search input", "nowhere")
    assert page.is_visible("text=No step matches.")
    page.fill("#search input", "")
    page.click("#search .chip:has-text('tree')")
    assert keys(page, ".outline .step") == keys(page, ".outline .chosen")


# --- keyboard ---------------------------------------------------------------------------------------------------
def test_the_tree_is_walked_opened_and_held_by_keyboard(show: Show, small: str) -> None:
    page = show(small).page
    assert page.locator(".outline [tabindex='0']").count() == 1
    page.focus(".outline [tabindex='0']")
    assert focused(page) == "beside-0"
    page.keyboard.press("ArrowLeft")
    assert keys(page, ".outline [data-key]") == ["beside-0", "n-2", "n-2-1"]
    assert focused(page) == "beside-0", "the focus stays"
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "n-1"
    assert "he is not" in panel(page), "moving shows the step"
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "beside-0", "left leads to where the branch comes from"
    page.keyboard.press("End")
    assert focused(page) == "n-2-1"
    page.keyboard.press("Enter")
    assert page.url.endswith("#n-2-1")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "n-2"


def test_roles_and_names_tell_assistive_technology_what_is_what(show: Show, small: str) -> None:
    page = show(small).page
    assert page.get_by_role("tree", name="Steps of the search").count() == 1
    assert page.get_by_role("listbox", name="Search tree, drawn").count() == 1
    name = "step 1, draw 1, discarded, contradicted, score 0.00: So Bob is sad."
    assert page.get_by_role("treeitem", name=name).count() == 1
    assert page.get_by_role("option", name=name).count() == 1
    assert page.get_by_role("complementary", name="Details of a step").count() == 1


# --- sizes, looks, hostile text ---------------------------------------------------------------------------------
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_themes(show: Show, scheme: str) -> None:
    events = random_search(40, seed=2)
    page = show(render_search(searched(events)), color_scheme=scheme).page
    page.click(".outline .step.off")
    found = page.evaluate(CONTRAST)
    assert found["seen"] > 100
    assert found["poor"] == []


def test_a_telephone_shows_it_without_scrolling_sideways(show: Show, large: str) -> None:
    page = show(large, viewport=NARROW).page
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.click(".outline .step")
    assert page.is_visible("#search .panel")
    page.click("#search .panel .close")
    assert not page.is_visible("#search .panel")


def test_two_thousand_steps_can_be_opened_pointed_at_and_searched(show: Show) -> None:
    page = show(render_search(searched(random_search(2000)))).page
    page.click("text=open all")
    assert len(keys(page, ".outline .step")) == 2000
    last = keys(page, ".treemap .twig")[-1]
    page.focus(f".treemap [data-key={last}]")
    assert f"Step {last.count('-')} draw {last.split('-')[-1]}" in panel(page)


@pytest.mark.parametrize("size", [0, 1])
def test_the_least_trees_are_pages_too(show: Show, size: int) -> None:
    events = [draw((0,), "Hm.", "end"), rate((0,), None, step(0, 3, "no-claim"))] if size else []
    page = show(render_search(searched(events, answer=None, error=None if size else "nothing was written"))).page
    if size:
        assert keys(page, ".outline [data-key]") == ["n-1"]
    else:
        assert "Nothing was drawn." in page.inner_text("#search")


def test_hostile_and_endless_text_is_shown_as_text_inside_its_box(show: Show) -> None:
    texts = (*samples.HOSTILE, "x" * 5000, "word " * 2000)
    problem = samples.valid().problem
    page = show(render_search(searched(random_search(60, texts=texts), problem=problem, notes=list(texts)))).page
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heights = page.eval_on_selector_all(".outline .step", "all => all.map(one => one.getBoundingClientRect().height)")
    assert max(heights) < 120
    for key in keys(page, ".outline .step")[:12]:
        page.hover(f".outline [data-key={key}]")
        box = page.eval_on_selector("#search .panel", "one => one.scrollWidth <= one.clientWidth + 1")
        assert box, key
    assert page.evaluate("window.hacked") is None
    assert page.locator("#search img, #search script").count() == 0


def test_paper_gets_the_tree_and_the_chosen_chains_details(show: Show, small: str) -> None:
    page = show(small).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.is_visible("#printed")
    assert not page.is_visible("#search .panel")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#printed").count() == 0


# --- rounds of reflection ---------------------------------------------------------------------------------------
def test_rounds_lead_to_their_chains_and_steps_to_their_own_premises(show: Show) -> None:
    page = show(render_search(searched(two_rounds()))).page
    assert page.eval_on_selector_all(".rounds tbody tr", "all => all.map(one => one.cells[1].textContent)") == [
        "no",
        "yes",
    ]
    page.click(".rounds a >> nth=1")
    assert page.get_attribute(".outline [data-key=n-1-1-1-1-1]", "aria-selected") == "true"
    assert "step 1 Bob is kind." in panel(page).replace("\n", " "), "not the first step of the first chain"
    page.click(".outline [data-key=n-1-1-1-1]")
    assert "commonsense 1 People are kind." in panel(page)
    page.click(".outline [data-key=n-1-1-1]")
    assert "Begun anew" in panel(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_rounds_can_be_read_on_every_screen(show: Show, scheme: str) -> None:
    page = show(render_search(searched(two_rounds())), color_scheme=scheme).page
    assert page.evaluate(CONTRAST, 4.5)["poor"] == []
    for width in (320, 800, 1400):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width

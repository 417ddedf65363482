"""The page in a real browser: what it shows, how it is operated, and that it keeps to itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import report_samples as samples
from comparisons import SECONDS, comparison

from verisearch.report.comparison import render_comparison
from verisearch.report.curves import draw
from verisearch.report.html import render

pytestmark = pytest.mark.browser

Show = Callable[..., Any]
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
NARROW = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def one() -> str:
    return render(samples.mixed(), "One trace")


@pytest.fixture(scope="module")
def many() -> str:
    return render(samples.several(), "Several traces")


def panel(page: Any) -> str:
    text: str = page.inner_text(".panel")
    return text


def keys(page: Any, selector: str) -> list[str]:
    found: list[str] = page.eval_on_selector_all(selector, "all => all.map(one => one.dataset.key)")
    return found


def keys_of_mixed() -> list[str]:
    return [*(f"step-{n}" for n in range(1, 9)), "step-2b", "answer", *(f"context-{n}" for n in range(1, 10))]


def focused(page: Any) -> str:
    key: str = page.evaluate("document.activeElement.dataset.key || document.activeElement.id")
    return key


# --- what is shown ----------------------------------------------------------------------------------------------
def test_every_step_shows_its_status_by_word_shape_and_colour(show: Show, one: str) -> None:
    page = show(one).page
    assert keys(page, ".step") == [*(f"step-{n}" for n in range(1, 9)), "answer"]
    words = page.eval_on_selector_all(".step .meta .pill", "all => all.map(one => one.textContent)")
    assert words == [
        "no claim",
        "entailed",
        "entailed",
        "contradicted",
        "ungrounded",
        "ungrounded",
        "untranslatable",
        "undecided",
        "contradicted",
    ]
    signs = page.eval_on_selector_all(".step .meta use", "all => all.map(one => one.getAttribute('href'))")
    shapes = page.evaluate(
        "signs => signs.map(sign => document.querySelector(sign).innerHTML)", list(dict.fromkeys(signs))
    )
    colours = page.eval_on_selector_all(".step .meta .pill", "all => all.map(one => getComputedStyle(one).color)")
    assert len(set(shapes)) == len(set(words)) == len(set(colours)) == 6


def test_used_context_sentences_are_marked(show: Show, one: str) -> None:
    page = show(one).page
    assert keys(page, ".sentence.used") == [f"context-{n}" for n in (1, 2, 3, 5, 6, 7, 8)]
    assert "not read" in page.inner_text("[data-key=context-9]")


def test_hovering_shows_premises_formula_and_highlights_them(show: Show, one: str) -> None:
    page = show(one).page
    page.hover(".options [data-key=step-4]")
    for part in ("Step 4", "The opposite follows from", "context 8 Loud people are not calm.", "Calm(otto)"):
        assert part in panel(page)
    assert keys(page, ".sentence.premise") == ["context-3", "context-8"]
    assert keys(page, ".node.premise") == ["context-3", "context-8"]
    page.mouse.move(5, 5)
    assert "Step 4" not in panel(page)
    assert keys(page, ".sentence.premise") == []


def test_a_click_holds_a_step_and_a_second_lets_go(show: Show, one: str) -> None:
    page = show(one).page
    page.click(".options [data-key=step-5]")
    page.mouse.move(5, 5)
    text = panel(page)
    assert "nothing says that Otto is patient; if he is not, everything before still holds" in text
    assert page.eval_on_selector_all(".panel td", "all => all.map(one => one.textContent)")[:4] == [
        "Otto is patient",
        "false",
        "Otto is loud",
        "true",
    ]
    assert page.get_attribute(".options [data-key=step-5]", "aria-selected") == "true"
    page.click(".options [data-key=step-5]")
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(5, 5)
    assert "Step 5" not in panel(page)


def test_indirect_premises_are_told_from_direct_ones(show: Show, one: str) -> None:
    page = show(one, "#trace-1/step-3").page
    assert keys(page, ".options .premise") == ["context-2", "context-6", "context-7", "step-2"]
    assert keys(page, ".options .indirect") == ["context-1", "context-5"]


def test_graph_nodes_and_steps_select_each_other(show: Show, one: str) -> None:
    page = show(one).page
    page.click(".graph [data-key=step-2c]")
    assert keys(page, ".step.active") == ["step-2"]
    assert page.get_attribute(".claim.chosen", "data-node") == "step-2c"
    page.click(".options [data-key=step-6]")
    page.mouse.move(5, 5)
    assert keys(page, ".node.active") == ["step-6"]
    assert page.get_attribute(".graph [data-key=step-6]", "aria-selected") == "true"


def test_a_context_sentence_shows_its_reading_and_its_uses(show: Show, one: str) -> None:
    page = show(one).page
    page.click(".options [data-key=context-6]")
    assert "∀x (Calm(x) ∧ Tall(x) → Wise(x))" in panel(page)
    assert "step 3" in panel(page)
    page.click(".options [data-key=context-9]")
    assert "reading stopped at “who knows”: no sentence shape fits here" in panel(page)
    assert "No claim rests on it." in panel(page)


def test_a_link_can_be_clicked_or_tabbed_to_while_its_step_has_the_focus(show: Show, one: str) -> None:
    page = show(one).page
    page.click(".options [data-key=step-4]")
    page.click(".panel .link:has-text('context 8')")
    assert focused(page) == "context-8"
    page.keyboard.press("Escape")
    page.focus(".options [data-key=step-4]")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert focused(page) == "context-8"


def test_links_in_the_panel_lead_to_the_premise(show: Show, one: str) -> None:
    page = show(one, "#trace-1/step-3").page
    page.click(".panel .link:has-text('context 7')")
    assert focused(page) == "context-7"
    assert page.url.endswith("#trace-1/context-7")


# --- keyboard ---------------------------------------------------------------------------------------------------
def test_the_whole_trace_can_be_walked_by_keyboard(show: Show, one: str) -> None:
    page = show(one).page
    page.focus(".sentence")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "context-2"
    page.keyboard.press("End")
    assert focused(page) == "context-9"
    page.focus("input[type=search]:visible")
    page.keyboard.press("Tab")
    assert focused(page) == "step-1"
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert focused(page) == "step-4"
    assert "Step 4" in panel(page), "moving shows the step"
    page.keyboard.press("Enter")
    assert page.get_attribute(":focus", "aria-selected") == "true"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.panel') !== null"), "the panel comes next"
    page.keyboard.press("Escape")
    assert page.query_selector_all("[aria-selected=true]") == []
    assert focused(page) == "step-4", "the focus comes back"
    page.focus(".options [data-key=step-4]")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    assert focused(page) == "step-1", "the ends hold"
    page.keyboard.press("End")
    page.keyboard.press(" ")
    assert "The answer False is contradicted" in panel(page)


def test_the_graph_is_one_tab_stop_with_arrow_keys(show: Show, one: str) -> None:
    page = show(one).page
    assert len(page.query_selector_all(".graph [tabindex='0']")) == 1
    page.focus(".graph [tabindex='0']")
    first = focused(page)
    page.keyboard.press("ArrowRight")
    assert focused(page) != first
    page.keyboard.press("Enter")
    # `page.url` follows a moment later
    assert page.evaluate("location.hash").endswith(f"/{focused(page)}")


def test_focus_can_be_seen(show: Show, one: str) -> None:
    page = show(one).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        node = page.evaluate("document.activeElement.classList.contains('node')")
        assert node or outline == "solid", page.evaluate("document.activeElement.outerHTML.slice(0, 90)")
    page.focus(".graph [tabindex='0']")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("getComputedStyle(document.querySelector('.node:focus rect')).strokeWidth") == "3.2px"


def test_roles_and_names_tell_assistive_technology_what_is_what(show: Show, one: str) -> None:
    page = show(one).page
    boxes = page.eval_on_selector_all("[role=listbox]", "all => all.map(one => one.getAttribute('aria-label'))")
    assert boxes == ["Context sentences", "Steps", "Proof graph"]
    assert page.get_by_role("option", name="step 4, contradicted: Otto is calm").count() == 1
    assert page.get_by_role("complementary", name="Details").count() == 1
    for option in page.query_selector_all("[role=option]"):
        assert option.evaluate("one => one.closest('[role=listbox]') !== null")


# --- filters, index ---------------------------------------------------------------------------------------------
def test_steps_are_filtered_by_status_and_words(show: Show, one: str) -> None:
    page = show(one).page
    page.click(".steps .chip.ungrounded")
    assert keys(page, ".step:not([hidden])") == ["step-5", "step-6"]
    page.fill(".steps input", "WISE")
    assert keys(page, ".step:not([hidden])") == ["step-6"]
    page.focus(".steps input")
    page.keyboard.press("Tab")
    assert focused(page) == "step-6", "the tab stop is never on a hidden step"
    page.fill(".steps input", "nowhere")
    assert page.is_visible("text=No step matches.")
    page.fill(".steps input", "")
    page.click(".steps .chip:has-text('all')")
    assert len(keys(page, ".step:not([hidden])")) == 9


def test_the_index_leads_to_every_trace_and_back(show: Show, many: str) -> None:
    page = show(many).page
    assert page.is_visible(".traces")
    assert not page.is_visible("article")
    page.focus(".traces a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.inner_text("article h2").startswith("garden-valid")
    page.click("#next")
    assert page.inner_text("article h2").startswith("garden-unknown")
    page.go_back()
    page.wait_for_function("document.querySelector('article h2').textContent.startsWith('garden-valid')")
    page.click("#all")
    assert page.is_visible(".traces")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#trace-2"


def test_the_index_is_filtered_by_status_and_words(show: Show, many: str) -> None:
    page = show(many).page
    page.click("#index .chip.invalid")
    assert len(page.query_selector_all(".traces li:not([hidden])")) == 2
    page.fill("#find-trace", "garden")
    assert len(page.query_selector_all(".traces li:not([hidden])")) == 1
    page.fill("#find-trace", "nowhere")
    assert page.is_visible("text=No trace matches.")


VISIT = """async (addresses) => {
  for (const address of addresses) {
    location.hash = address;
    await new Promise((done) => addEventListener("hashchange", () => setTimeout(done), { once: true }));
  }
}"""


def test_every_kind_of_trace_opens_and_all_its_parts_can_be_shown(show: Show, many: str) -> None:
    shown = show(many)
    for number, verdict in enumerate(samples.several(), start=1):
        shown.goto(f"#trace-{number}")
        page = shown.page
        assert len(page.query_selector_all(".step")) == len(verdict.steps) + (verdict.answer is not None)
        assert page.inner_text(".banner .pill") == verdict.status.value
        parts = dict.fromkeys(keys(page, ".options [data-key], .graph [data-key]"))
        page.evaluate(VISIT, [f"#trace-{number}/{key}" for key in parts])
        if parts:
            assert page.query_selector(".panel .subject") is not None


def test_a_wrong_address_does_no_harm(show: Show, many: str) -> None:
    shown = show(many)
    for fragment in ("#trace-99", "#trace-0", "#trace-1/step-77", "#<img>", "#trace-1/constructor", "#%"):
        shown.goto(fragment)
        assert shown.page.is_visible(".traces") or shown.page.is_visible("article")


# --- trust ------------------------------------------------------------------------------------------------------
def test_hostile_text_stays_text(show: Show, many: str) -> None:
    page = show(many, "#trace-6").page
    for number in range(1, len(samples.HOSTILE) + 1):
        page.click(f".options [data-key=step-{number}]")
        page.click(f".options [data-key=context-{number}]")
    page.click(".options [data-key=answer]")
    page.wait_for_timeout(100)
    assert page.evaluate("window.hacked") is None
    assert page.query_selector_all("img") == []
    text = page.inner_text("article")
    for part in (samples.HOSTILE[0], samples.HOSTILE[1], samples.HOSTILE[2], "␛[31mred", "<U+202E>txet", "{{ 7 * 7 }}"):
        assert part in text


def test_the_policy_stops_an_injected_script(browser: Any, many: str, tmp_path: Path) -> None:
    file = tmp_path / "injected.html"
    file.write_text(many.replace("</main>", "</main><script>window.hacked = 1</script>"), encoding="utf-8")
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(file.as_uri())
    assert page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in text for text in refused)
    page.close()


def test_without_scripts_the_plain_report_is_shown(show: Show, many: str) -> None:
    page = show(many, java_script_enabled=False).page
    assert "4  ✗ contradicted    Otto is calm." in page.inner_text("main")


# --- looks ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_contrasts_with_its_background(show: Show, many: str, scheme: str) -> None:
    shown = show(many, color_scheme=scheme)
    for fragment in ("", *(f"#trace-1/{key}" for key in (*keys_of_mixed(), "")), "#trace-4", "#trace-6/step-2"):
        shown.goto(fragment)
        found = shown.page.evaluate(CONTRAST, 4.5)
        assert found["seen"] > 40
        assert found["poor"] == [], fragment


def test_the_theme_button_overrides_the_system(show: Show, one: str) -> None:
    page = show(one, color_scheme="light").page
    paper = "getComputedStyle(document.body).backgroundColor"
    system = page.evaluate(paper)
    page.click("#theme")
    assert page.evaluate(paper) == system
    page.click("#theme")
    assert page.inner_text("#theme") == "Theme: dark"
    assert page.evaluate(paper) != system
    assert page.evaluate(CONTRAST, 4.5)["poor"] == []
    page.click("#theme")
    assert page.evaluate(paper) == system


@pytest.mark.parametrize("fragment", ["", "#trace-1/step-5", "#trace-6"])
def test_the_page_fits_its_window(show: Show, many: str, fragment: str) -> None:
    page = show(many, fragment).page
    for width in (320, 390, 800, 1100, 1400, 2200):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


def test_on_a_narrow_screen_details_come_from_below_and_close(show: Show, one: str) -> None:
    page = show(one, viewport=NARROW, has_touch=True).page
    assert not page.is_visible(".panel")
    page.tap(".options [data-key=step-4]")
    assert page.is_visible(".panel")
    box = page.query_selector(".panel").bounding_box()
    assert box["y"] > 300
    assert abs(box["y"] + box["height"] - NARROW["height"]) < 2
    page.tap(".panel .close")
    assert not page.is_visible(".panel")


def test_print_shows_the_details_of_every_step(show: Show, one: str) -> None:
    page = show(one).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    text = page.inner_text("#printed")
    for part in ("Step 4", "Loud people are not calm.", "everything before still holds", "¬Kind(mira)"):
        assert part in text
    assert not page.is_visible(".bar")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.query_selector("#printed") is None


# --- size -------------------------------------------------------------------------------------------------------
def test_a_hundred_traces_load_and_open(show: Show) -> None:
    html = render(samples.many(100))
    page = show(html).page
    assert page.is_visible(".traces")
    assert len(page.query_selector_all(".traces li")) == 100
    assert page.query_selector_all("article") == [], "nothing is built before it is opened"
    page.click(".traces li:last-child a")
    page.wait_for_selector("article")


def changes(show: Show, steps: int) -> float:
    """How much of the page changes at a move from one step to the next."""
    page = show(render(samples.chain(steps))).page
    page.hover(".options [data-key=step-2]")
    counted: float = page.evaluate(
        """() => {
          const watcher = new MutationObserver(() => {});
          watcher.observe(document.body, {attributes: true, childList: true, characterData: true, subtree: true});
          for (let n = 3; n <= 22; n += 1) document.querySelector(`.options [data-key=step-${n}]`).focus();
          const found = watcher.takeRecords().length;
          watcher.disconnect();
          return found / 20;
        }"""
    )
    return counted


def test_in_a_long_trace_a_move_changes_no_more_than_in_a_short_one(show: Show) -> None:
    short, long = changes(show, 30), changes(show, 300)
    assert 1 < long <= 1.2 * short


# --- comparisons ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_comparison_shows_its_pictures_and_tables_and_asks_for_nothing(show: Show, scheme: str) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    found = comparison()
    text = render_comparison(
        found, SECONDS, draw(found, SECONDS), title="Accuracy against compute", facts={"Run": "by hand"}
    )
    page = show(text, color_scheme=scheme).page
    widths = page.eval_on_selector_all("img", "all => all.map(one => one.complete ? one.naturalWidth : 0)")
    assert len(widths) == 4
    assert min(widths) > 1000
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.eval_on_selector_all("tbody tr", "all => all.length") == 5
    assert page.evaluate("getComputedStyle(document.querySelector('td')).textAlign") == "right"

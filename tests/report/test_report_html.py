from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
import report_samples as samples
from parsed_page import Page
from report_builders import claim, make, step

from verisearch.errors import InputError
from verisearch.report import html
from verisearch.report.html import embeddable, read_back, render


@pytest.fixture(scope="module")
def page() -> str:
    return render(samples.several(), "Traces & <b>titles</b>")


def test_the_policy_allows_exactly_this_style_and_script(page: str) -> None:
    seen = Page(page)
    code = {"script": "", "style": ""}
    for tag, attributes, content in seen.raw:
        if attributes.get("type") != "application/json":
            assert not code[tag], "one style, one script"
            code[tag] = content
    for tag, content in code.items():
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in seen.policy
    assert seen.policy.startswith("default-src 'none'")
    assert "unsafe" not in seen.policy


def test_the_page_points_at_nothing_outside_itself(page: str) -> None:
    for tag, attributes in Page(page).elements:
        for name in ("src", "href", "action", "data", "srcset", "poster"):
            target = attributes.get(name)
            assert target is None or target.startswith("#") or target == "data:,", (tag, name, target)
        assert not [name for name in attributes if name.startswith("on")], "no inline handlers"
        assert "style" not in attributes, "the policy would refuse it"
    style = next(content for tag, _, content in Page(page).raw if tag == "style")
    assert not re.search(r"url\(|@import|@font-face", style)


def test_hostile_text_makes_no_elements(page: str) -> None:
    harmless = Page(render(samples.valid()))
    kinds = {tag for tag, _ in Page(page).elements}
    assert kinds <= {tag for tag, _ in harmless.elements} | {"b"}
    assert "img" not in kinds
    assert sum(tag == "script" for tag, _ in Page(page).elements) == len(samples.several()) + 2


def test_hostile_text_is_shown_as_it_is(page: str) -> None:
    words = "".join(Page(page).words)
    assert "<script>window.hacked = 1</script>" in words
    assert "Traces & <b>titles</b>" in words
    assert "{{ 7 * 7 }}" in words


@pytest.mark.parametrize("text", [*samples.HOSTILE, "\u2028\u2029", "\ud800", "é漢∀"])
def test_embedded_json_cannot_end_its_element_and_reads_back(text: str) -> None:
    written = embeddable({"text": text})
    assert re.fullmatch(r"[ -~]*", written)
    assert not set(written) & set("<>&")
    assert json.loads(written) == {"text": text}


def test_the_verdicts_can_be_read_back(page: str) -> None:
    assert read_back(page) == samples.several()
    assert read_back(render(samples.valid())) == [samples.valid()]
    assert read_back("<p>no data</p>") == []


def test_reading_back_a_damaged_page_names_the_trace(page: str) -> None:
    damaged = page.replace('"status":"valid"', '"status":"fine"')
    with pytest.raises(InputError, match=r"trace 2 of the page holds no verdict .*was the page edited\?"):
        read_back(damaged)
    with pytest.raises(InputError, match="trace 1 "):
        read_back('<script type="application/json" id="data-1">[]</script>')


def test_text_that_is_no_unicode_is_replaced_and_the_page_can_be_written() -> None:
    verdict = make("half \ud800", "A is b.", None, (step(1, "so \udfff", claim("so \udfff")),))
    assert render(verdict).encode("utf-8")


def test_no_traces_and_one_trace_make_pages() -> None:
    assert "0 traces, none of them verified." in render([])
    assert re.search(r'<section id="index"[^>]* hidden', render(samples.valid()))
    assert not re.search(r'<section id="index"[^>]* hidden', render([samples.valid()] * 2))


def test_the_index_names_every_trace_with_its_status(page: str) -> None:
    rows = re.findall(r'<li data-status="(\w+)">', page)
    assert rows == [verdict.status.value for verdict in samples.several()]
    assert "8 traces, 3 of them verified." in page


def test_without_scripts_the_terminal_report_stands_in(page: str) -> None:
    plain = page[page.index("<noscript>") : page.index("</noscript>")]
    assert plain.count("<pre") == len(samples.several())
    assert "4  ✗ contradicted    Otto is calm." in plain
    assert "\x1b" not in plain


def test_colour_forced_by_the_environment_stays_out_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in render(samples.mixed())


def test_pages_are_deterministic(page: str) -> None:
    assert render(samples.several(), "Traces & <b>titles</b>") == page


def test_every_part_of_the_page_is_installed_with_the_package() -> None:
    for name in ("page.html", "page.css", *html.SCRIPTS):
        assert html.asset(name)

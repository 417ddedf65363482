"""Curves and the page of a run that compares."""

from __future__ import annotations

import re
import struct
import sys

import pytest
from comparisons import SECONDS, arm, comparison
from test_report_html import Page

from verisearch.errors import MissingExtraError
from verisearch.evaluation.bootstrap import Estimate
from verisearch.evaluation.comparison_table import arms_grid, differences_grid, notes, shown
from verisearch.report.comparison import render_comparison
from verisearch.report.curves import AXES, Point, curves, draw, short

FACTS = {"Run": "proofwriter · embedded"}


def page(**more: object) -> str:
    fields = {"title": "Accuracy against compute", "facts": FACTS, **more}
    return render_comparison(comparison(), SECONDS, {}, **fields)  # type: ignore[arg-type]


# --- curves ---------------------------------------------------------------------------------------------------------
def test_a_series_is_a_curve_from_the_cheapest_on() -> None:
    found = {curve.name: curve.points for curve in curves(comparison(), SECONDS, "tokens", "accuracy")}
    assert found == {
        "greedy": [Point(80.0, 0.5, 0.4, 0.6)],
        "latts": [Point(80.0, 0.45, 0.35, 0.55), Point(150.0, 0.7, 0.6, 0.8)],
    }


def test_every_way_to_count_compute_has_its_own_places() -> None:
    def places(axis: str) -> list[float]:
        return [point.x for curve in curves(comparison(), SECONDS, axis, "verified") for point in curve.points]

    assert places("tokens") == [80.0, 80.0, 150.0]
    assert places("verifier-calls") == [1.0, 9.0, 14.0]
    assert places("seconds") == [0.1, 0.2, 0.3]
    assert places("flops") == [8e6, 8e6, 1.5e7]


def test_pictures_are_png_and_hold_something() -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    found = draw(comparison(), SECONDS)
    assert list(found) == list(AXES)
    for image in found.values():
        assert image.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", image[16:24])
        assert width > 1000
        assert height > 400
        assert len(image) > 20_000  # an empty drawing of this size takes a few thousand bytes
    assert len(set(found.values())) == len(AXES)


def test_a_name_is_never_read_as_mathematics() -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    name = r"replay:$\frac{$ and $x^$"
    assert "tokens" in draw(comparison(extra=[arm(name, name)]), SECONDS)


def test_what_no_arm_has_a_figure_for_is_not_drawn() -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    assert list(draw(comparison(flops=False), {})) == ["tokens", "verifier-calls"]


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"verisearch\[plots\]"):
        draw(comparison(), SECONDS)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.05, "0.05"),
        (1, "1"),
        (200, "200"),
        (5000, "5,000"),
        (5e8, "5.0e8"),
        (2e12, "2.0e12"),
        (2e-5, "2.0e-5"),
    ],
)
def test_ticks_are_short(value: float, text: str) -> None:
    assert short(value) == text


# --- tables ---------------------------------------------------------------------------------------------------------
def test_figures_are_written_with_their_intervals() -> None:
    assert shown(Estimate(0.62, (0.551, 0.684)), share=True) == "62.0 % [55.1, 68.4]"
    assert shown(Estimate(0.035, (-0.01, 0.081)), share=True, signed=True) == "+3.5 [−1.0, +8.1]"
    assert shown(Estimate(1234.4, (1100.0, 1371.0)), share=False) == "1,234 [1,100, 1,371]"
    assert shown(Estimate(0.0, (-0.04, 0.0)), share=False, signed=True) == "0.0 [0.0, 0.0]"
    assert shown(Estimate(0.5), share=True) == "50.0 %"
    assert shown(Estimate(None), share=True) == "–"


def test_each_arm_is_a_row_and_each_difference_too() -> None:
    grid = arms_grid(comparison(), SECONDS)
    assert [row[0] for row in grid.rows] == ["greedy", "latts @x1", "latts @x2"]
    assert [row[1] for row in grid.rows] == ["–", "80", "160"]
    assert {len(row) for row in grid.rows} == {len(grid.columns)}
    pairs = differences_grid(comparison().differences)
    assert [row[0] for row in pairs.rows] == ["latts @x1", "latts @x2"]
    assert pairs.title.startswith("Paired differences to greedy")
    assert {len(row) for row in pairs.rows} == {len(pairs.columns)}


def test_notes_say_what_the_figures_can_not() -> None:
    said = " ".join(notes(comparison()))
    assert "2,000 bootstrap draws of the 12 groups" in said
    assert "With 12 groups the intervals are rough" in said
    assert "no width is no certainty" not in said
    assert "of chains that are drawn together, all" in said
    certain = comparison(extra=[arm("sample", "sample", accuracy=1.0, low=1.0, high=1.0)])
    assert "no width is no certainty" in " ".join(notes(certain))
    untold = comparison(flops=False, untold={"greedy": "policy p doesn't state its number of parameters"})
    assert "FLOPs are left out where they can't be told: policy p doesn't state" in " ".join(notes(untold))


# --- the page -------------------------------------------------------------------------------------------------------
def test_the_page_keeps_to_itself() -> None:
    text = render_comparison(
        comparison(), SECONDS, {"tokens": b"\x89PNG picture"}, title="Accuracy against compute", facts=FACTS
    )
    seen = Page(text)
    assert "script-src 'none'" in seen.policy
    assert "default-src 'none'" in seen.policy
    assert not any(tag == "script" for tag, _ in seen.elements)
    addresses = [a[name] or "" for _, a in seen.elements for name in ("src", "href") if name in a]
    assert all(address.startswith("data:") for address in addresses)
    assert any(address.startswith("data:image/png;base64,") for address in addresses)
    assert not re.search(r"url\(|@import", text)


def test_names_reach_the_page_escaped() -> None:
    name = "<img src=x onerror=alert(1)>&\u202e"
    text = render_comparison(
        comparison(extra=[arm(name, name)]), SECONDS, {}, title=name, facts={"Run": name}, no_curves=name
    )
    seen = Page(text)
    assert not any(tag == "img" for tag, _ in seen.elements)
    assert "\u202e" not in "".join(seen.words)
    assert any("<img src=x onerror=alert(1)>&" in word for word in seen.words)


def test_the_page_holds_every_figure_and_says_why_there_is_no_curve() -> None:
    words = " ".join(Page(page(no_curves="No curves are drawn: none.")).words)
    for part in ("70.0 % [60.0, 80.0]", "latts @x2", "+20.0 [+5.0, +35.0]", "No curves are drawn: none.", "12 groups"):
        assert part in words

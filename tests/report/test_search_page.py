"""The page of a search: self-contained, escaped, complete."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import report_samples as samples
from parsed_page import Page
from search_samples import draw, kept_one_of_two, random_search, searched

from verisearch.errors import InputError
from verisearch.report import html
from verisearch.report.html import read_back
from verisearch.report.searchpage import SCRIPTS, STYLES, drawn_rows, render_search, search_view
from verisearch.report.searchtree import SearchTree


def data(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="search-data">(.*?)</script>', page, re.DOTALL)
    assert found
    made: dict[str, Any] = json.loads(found[1])
    return made


def words(page: str) -> str:
    return " ".join("".join(Page(page).words).split())


def test_every_draw_is_on_the_page_with_its_verdict_and_score() -> None:
    nodes = data(render_search(searched(kept_one_of_two())))["nodes"]
    assert [
        (node["depth"], node["draw"], node["parent"], node["chosen"], node["status"], node["score"]) for node in nodes
    ] == [
        (1, 1, -1, False, "contradicted", 0.0),
        (1, 2, -1, True, "entailed", 0.9),
        (2, 1, 1, True, "entailed", 1.0),
    ]
    assert nodes[0]["steps"][0]["premises"] == ["context 2"]
    assert nodes[2]["steps"][0] == {
        "text": "The answer is True.",
        "status": "entailed",
        "leap": "one rule",
        "premises": ["context 2", "step 1"],
        "granted": {},
        "reason": "",
    }
    assert nodes[2]["answer"]["text"] == "True"
    assert len(data(render_search(searched(random_search(700))))["nodes"]) == 700


def test_the_head_tells_outcome_budget_and_cost() -> None:
    shown = words(render_search(searched(kept_one_of_two(), notes=["it ended <early>"])))
    for part in (
        "Bob is nice.",
        "Answer: True, verified.",
        "The gold answer is the same.",
        "The chosen chain has 2 of the 3 steps drawn.",
        "it ended <early>",
        "15 of 500 allowed, 5 of them discarded",
        "3 (no limit)",
        "seed7",
    ):
        assert part in shown, part


def test_a_search_without_an_answer_says_why() -> None:
    shown = words(render_search(searched([], answer=None, error="abstained: nothing was accepted", verified=False)))
    assert "No answer: abstained: nothing was accepted." in shown


def test_a_chain_chosen_in_an_older_record_is_found_by_its_text() -> None:
    events = [event for event in kept_one_of_two() if "choice" not in event]
    page = render_search(searched(events, written="Bob is kind.\nThe answer is True."))
    assert [node["chosen"] for node in data(page)["nodes"]] == [False, True, True]
    assert not any(node["chosen"] for node in data(render_search(searched(events, written="else")))["nodes"])


def test_the_chosen_chains_verdict_is_on_the_page_whole_and_reads_back() -> None:
    page = render_search(searched(kept_one_of_two(), verdict=samples.mixed()))
    assert read_back(page) == [samples.mixed()]
    assert read_back(render_search(searched(kept_one_of_two()))) == []


def hostile(text: str) -> str:
    problem = samples.valid().problem
    events = random_search(20, texts=(text,))
    return render_search(
        searched(
            events, problem=problem, strategy=text, policy=text, answer=text, error=None, notes=[text], verdict=None
        ),
        title=text,
    )


@pytest.mark.parametrize("text", [*samples.HOSTILE, "x" * 20_000, "\ud800", "漢字" * 500])
def test_hostile_text_makes_no_elements_and_asks_for_nothing(text: str) -> None:
    page = hostile(text)
    seen, harmless = Page(page), Page(hostile("So Bob is nice."))
    assert [tag for tag, _ in seen.elements] == [tag for tag, _ in harmless.elements]
    for tag, attributes in seen.elements:
        for name in ("src", "href", "action", "data", "srcset"):
            target = attributes.get(name)
            assert target is None or target.startswith("#") or target == "data:,", (tag, name, target)
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert "default-src 'none'" in seen.policy
    assert "unsafe" not in seen.policy
    page.encode("utf-8")


def test_without_scripts_the_tree_is_there_as_text() -> None:
    page = render_search(searched(kept_one_of_two()))
    plain = page[page.index("<noscript>") : page.index("</noscript>")]
    assert "  ✗ contradicted   0.00  So Bob is sad." in plain


def test_the_drawing_is_a_tree_whose_lines_dont_cross() -> None:
    tree = SearchTree(random_search(400))
    rows = drawn_rows(tree)
    leaves = [node for path, node in tree.nodes.items() if path and not node.children]
    assert len({rows[node.path] for node in leaves}) == len(leaves), "a leaf has a row of its own"
    assert tree.chosen is not None
    assert {rows[node.path] for node in tree.chosen.lineage()} == {0}, "the chosen chain is straight and on top"
    places = {(len(path), row) for path, row in rows.items()}
    assert len(places) == len(rows), "no two nodes on one spot"
    for path, row in rows.items():  # a line runs down at its parent's column: nothing else may stand there
        if path:
            between = range(rows[path[:-1]] + 1, row)
            assert not any((len(path) - 1, each) in places for each in between)


def test_pages_are_deterministic_and_all_parts_are_installed() -> None:
    assert render_search(searched(random_search(50))) == render_search(searched(random_search(50)))
    for name in ("base.html", "search.html", *STYLES, *SCRIPTS):
        assert html.asset(name)


def test_an_edited_record_is_refused() -> None:
    with pytest.raises(InputError, match="was the record edited"):
        render_search(searched([draw((0, 1), "lost")]))


def test_the_view_of_a_node_without_a_verifier_has_no_verdict() -> None:
    (node,) = search_view(searched([]), SearchTree([draw((0,), "Hm.\n", tokens=None)]))["nodes"]
    assert (node["status"], node["rated"], node["tokens"], node["steps"]) == ("", False, None, [])

"""Self-reflection before and after, on the terminal and on the page."""

from __future__ import annotations

import io
import re

import pytest
from parsed_page import Page
from report_samples import HOSTILE
from rich.cells import cell_len
from search_samples import draw, kept_one_of_two, searched, two_rounds

from verisearch.report.rounds import rounds, write_rounds
from verisearch.report.searchpage import render_search, search_view
from verisearch.report.searchtree import SearchTree
from verisearch.report.terminal import make_console


def shown(tree: SearchTree, *, width: int = 120, chains: bool = True) -> str:
    out = io.StringIO()
    write_rounds(make_console(out, width=width), tree, chains=chains)
    return out.getvalue()


def test_each_round_tells_its_verdicts_and_what_came_of_it() -> None:
    first, second = rounds(SearchTree(two_rounds()))
    assert (first.number, first.verified, first.fate, first.answer) == (0, "no", "given back", "False (contradicted)")
    assert (second.number, second.verified, second.fate, second.answer) == (1, "yes", "chosen", "True (entailed)")
    assert [(status.value, count) for status, count in first.tally] == [("contradicted", 1), ("ungrounded", 1)]
    assert [text for text, _ in second.steps] == ["Bob is kind.", "The answer is True."]


def test_searches_without_reflection_have_no_rounds() -> None:
    assert rounds(SearchTree(kept_one_of_two())) == []
    assert shown(SearchTree(kept_one_of_two())) == ""
    assert "Before and after" not in render_search(searched(kept_one_of_two()))


def test_a_chain_without_a_verdict_is_not_said_to_have_failed() -> None:
    events = [*two_rounds()[:4], draw((0, 0, 0, 0), "Bob", "length")]
    assert [each.verified for each in rounds(SearchTree(events))] == ["no", "not checked"]


def test_a_chain_that_was_begun_anew_and_never_written_is_no_round() -> None:
    tree = SearchTree([*two_rounds()[:4], {"choice": [0, 0], "reason": ""}])
    (only,) = rounds(tree)
    assert only.fate == "given back, chosen"


def test_the_terminal_shows_a_row_a_round_and_the_chains_that_were_given_back() -> None:
    lines = [" ".join(line.split()) for line in shown(SearchTree(two_rounds())).splitlines()]
    assert "0 no 1 contradicted, 1 ungrounded False (contradicted) given back" in lines
    assert "1 yes 2 entailed True (entailed) chosen" in lines
    place = lines.index("Round 0: 2 steps, given back")
    assert lines[place + 1 : place + 4] == [
        "1 ✗ contradicted So Bob is sad.",
        "2 ! ungrounded The answer is False.",
        "= Answer: False (contradicted)",
    ]
    assert "Round 1: " not in " ".join(lines), "the chosen chain is shown in full elsewhere"
    assert "Round 0: " not in shown(SearchTree(two_rounds()), chains=False)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_steers_neither_terminal_nor_page(text: str) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown(SearchTree(two_rounds(text))))
    page, harmless = (Page(render_search(searched(two_rounds(said, said)))) for said in (text, "So Bob is sad."))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in harmless.elements]


def test_a_narrow_or_poor_terminal_gets_its_rounds_too() -> None:
    assert max(map(cell_len, shown(SearchTree(two_rounds()), width=60).splitlines())) <= 60
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as out:
        write_rounds(make_console(out), SearchTree(two_rounds("É")))
        out.flush()
        assert "x contradicted" in raw.getvalue().decode("ascii")


def test_the_page_shows_the_chains_before_and_after() -> None:
    page = render_search(searched(two_rounds()))
    words = " ".join(" ".join(Page(page).words).split())
    assert "Before and after" in words
    assert "Round 0, given back" in words
    assert "Round 1, chosen" in words
    assert "So Bob is sad. contradicted he is not" in words
    assert 'href="#n-1-1-1-1-1"' in page
    assert "The chosen chain has 2 of the 4 steps drawn." in words


def test_steps_are_counted_in_their_own_chain_and_keep_what_commonsense_says() -> None:
    nodes = search_view(searched(two_rounds()), SearchTree(two_rounds()))["nodes"]
    assert [(node["number"], node["anew"]) for node in nodes] == [
        (1, False),
        (2, False),
        (0, True),
        (1, False),
        (2, False),
    ]
    assert nodes[3]["steps"][0]["granted"] == {"commonsense 1": "People are kind."}

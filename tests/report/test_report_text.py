from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verisearch.report.text import counted, enumerated, one_line, ranges, visible

anything = st.text(st.characters(exclude_categories=()))


@given(anything)
def test_visible_text_holds_no_controls(text: str) -> None:
    left = {character for character in visible(text) if unicodedata.category(character) in ("Cc", "Cs")}
    assert left <= {"\t", "\n"}


@given(anything, st.integers(1, 50))
def test_one_line_is_one_line_and_keeps_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1


def test_escape_sequences_and_reversals_are_shown() -> None:
    assert visible("a\x1b[31mb\x00\x7f") == "a␛[31mb␀␡"
    assert visible("\u202etext\u202c") == "<U+202E>text<U+202C>"
    assert visible("kept: é ∀ 漢\tyes\r\nline") == "kept: é ∀ 漢\tyes\nline"


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [([], []), ([3], ["3"]), ([1, 2], ["1", "2"]), ([5, 1, 2, 3, 3], ["1–3", "5"]), ([1, 3, 4, 5], ["1", "3–5"])],
)
def test_runs_of_three_become_ranges(numbers: list[int], shown: list[str]) -> None:
    assert ranges(numbers) == shown


def test_lists_read_as_english() -> None:
    assert enumerated([]) == ""
    assert enumerated(["a"]) == "a"
    assert enumerated(["a", "b", "c"]) == "a, b and c"
    assert enumerated(["a", "b", "c"], limit=2) == "a, b and 1 more"
    assert (counted(1, "step"), counted(1200, "step")) == ("1 step", "1,200 steps")

"""Final answers: what counts as one, which one counts, and what is reported instead of guessed."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.ingest.answer import conclude, extract
from verisearch.ingest.answerwords import as_options, normal_form

OPTIONS = ["A) True", "B) False", "C) Unknown"]


@pytest.mark.parametrize(
    ("text", "answer", "written"),
    [
        ("The correct option is: A) True.", "True", "A) True"),
        ("Therefore, the answer is C) Unknown", "Unknown", "C) Unknown"),
        ("Answer: B", "False", "B"),
        ("So, the answer is B) False.", "False", "B) False"),
        ("**C) Unknown**", "Unknown", "C) Unknown"),
        ("The correct option is:\n\nC) Unknown", "Unknown", "C) Unknown"),
        ("The correct option is: **A) True**", "True", "A) True"),
        ("**Answer:** B) False", "False", "B) False"),
        ("The best option among the answer choices is B) 7.", "False", "B)"),
        ("Hence the correct answer is option (C).", "Unknown", "C)"),
        ("The correct choice is (b)", "False", "b"),
        ("Hence, the answer is uncertain.", "Unknown", "uncertain"),
        ("The answer is: it cannot be determined.", "Unknown", "it cannot be determined"),
        ("We see that the statement is:\n\nB) False\n\nNothing else fits.", "False", "B) False"),
        ('Therefore, the statement "Bob is kind" is false.', "False", "false"),
        ("Bob is big. False.", "False", "False"),
        ("True", "True", "True"),
        ("<answer> false </answer>", "False", "false"),
        ("It is 6 * 7.\n#### 42", "42", "42"),
        (r"So it is \boxed{\frac{1}{2}}.", r"\frac{1}{2}", r"\boxed{\frac{1}{2}}"),
        ("The answer to this question is $1,234.50.", "$1,234.50", "$1,234.50"),
    ],
)
def test_announced_answers_are_found_with_their_place(text: str, answer: str, written: str) -> None:
    found = extract(text, options=OPTIONS)
    assert found is not None
    assert found[0] == answer
    assert text[slice(*found[1])] == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bob is kind. So Bob is nice.",
        "The answer is not A) True.",
        "If the answer is A) True, then Bob is kind.",
        "We must find out whether the answer is B) False.",
        "If we knew more, the answer would be C) Unknown.",
        "The answer is either A) True or B) False.",
        "The answer is A) True or B) False.",
        "The answer is A) True only if Bob is kind.",
        "Choose the correct option: A) True\nB) False\nC) Unknown",
        "The answer is no longer clear.",
        "The answer is A cat.",
        "The final answer is 30 - 5 = 25 children.",
        "The answer is 24x - 14y.",
        "The correct option is clear.",
    ],
)
def test_what_only_looks_like_an_answer_is_none(text: str) -> None:
    assert extract(text, options=OPTIONS) is None


def test_the_last_answer_wins_and_the_contradiction_is_noted() -> None:
    text = "The correct option is: B) False\n\nBob is kind.\n\nSo the correct option is: A) True"
    found = conclude(text, (0, len(text)), OPTIONS)
    assert found.answer == "True"
    (note,) = found.notes
    assert "'B) False'" in note
    assert "'A) True'" in note


def test_repeating_an_answer_is_no_contradiction() -> None:
    text = "The correct option is: B) False\n\nSo the answer is false. Hence, the answer is B."
    assert conclude(text, (0, len(text)), OPTIONS) == ("False", (text.rindex("B."), len(text) - 1), ())


def test_a_letter_that_contradicts_its_word_is_reported_not_guessed() -> None:
    text = "The correct option is: A) False."
    found = conclude(text, (0, len(text)), OPTIONS)
    assert found.answer is None
    assert "'A) False'" in found.notes[0]
    assert extract(text, options=OPTIONS) is None
    # Where nobody says what the letters mean, the word is all there is.
    assert extract(text) == ("False", (23, 31))


def test_a_letter_means_what_the_text_says_it_means() -> None:
    assert extract("Options: A) False, B) True.\nAnswer: B") == ("True", (36, 37))
    assert extract("Answer: B") == ("B", (8, 9))


def test_an_option_and_its_words_agree() -> None:
    text = "So the answer to this question is 39. The correct option is E) 39."
    assert conclude(text, (0, len(text)), ()).notes == ()


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("true", "True"),
        (" FALSE. ", "False"),
        ("uncertain", "Unknown"),
        ("(b)", "False"),
        ("C) Unknown", "Unknown"),
        ("7", "7"),
    ],
)
def test_normal_forms(written: str, normal: str) -> None:
    assert normal_form(written, as_options(OPTIONS)) == normal


def test_options_come_in_three_shapes() -> None:
    assert as_options(["A) yes it is", "(b) False", "third"]) == {"A": "yes it is", "B": "False", "C": "third"}
    assert as_options({"a": "True"}) == {"A": "True"}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from(
            [
                "answer",
                " is ",
                ":",
                "A) ",
                "B",
                "True",
                "false",
                "\n",
                "\\boxed{",
                "}",
                "#### ",
                "if ",
                ". ",
                "7",
                "**",
                "option",
            ]
        ),
        max_size=25,
    ).map("".join)
)
def test_whatever_is_found_stands_where_it_says(text: str) -> None:
    found = extract(text, options=OPTIONS)
    if found is not None:
        answer, (start, end) = found
        assert 0 <= start < end <= len(text)
        assert answer
        assert answer == answer.strip()


@pytest.mark.parametrize(
    "unit", ["answer is ", "\\boxed{", "A) True ", "answer: A) True, ", "so ", "A*", ":\n", 'the statement "']
)
def test_long_monotonous_text_takes_linear_time(unit: str) -> None:
    started = time.process_time()
    extract(unit * 20_000 + "}" * 20_000)
    # About a second; a quadratic scan would take minutes.
    assert time.process_time() - started < 20


@pytest.mark.data
def test_recorded_answers_of_real_chains_are_found(data_dir: Path) -> None:
    letters = {"True": "A", "False": "B", "Unknown": "C"}
    for name, options, total in (
        ("proofwriter_llm_cot", OPTIONS, 9),
        ("folio_llm_cot", ["A) True", "B) False", "C) Uncertain"], 3),
    ):
        unexplained, differing = [], 0
        for line in (data_dir / "logic" / f"{name}.jsonl").read_text("utf-8").split("\n"):
            row = json.loads(line) if line else None
            if row is None:
                continue
            found = conclude(row["cot"], (0, len(row["cot"])), options)
            if letters.get(found.answer or "") != row["extracted_answer"]:
                differing += 1
                # The source took an earlier announcement, took the letter over the word, or found none.
                if not found.notes and row["extracted_answer"] in letters.values():
                    unexplained.append(row["id"])
        assert not unexplained
        assert differing <= total

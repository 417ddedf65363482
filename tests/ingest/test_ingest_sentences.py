"""Sentence splitting: where sentences end, and that nothing is lost on the way."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.ingest.sentences import spans, split


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in split(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bob is cold. Bob is quiet. If Bob is cold then Bob is nice.", 3),
        ("Mr. Smith met Dr. Jones and Mrs. Hill. They talked.", 2),
        ("He lives in the U.S. with Anne. She came, e.g. from Rome, i.e. Italy.", 2),
        ("He lives in the U.S. The cat is big.", 2),
        ("J. R. R. Tolkien and Tiffany T. Alston wrote books. Both are known.", 2),
        ("Symphony No. 9 is long. The answer is no. Bob left.", 3),
        ("It weighs 3.5 kg. It costs $4.50. Really? Yes! Fine.", 5),
        ('The rule says "Bob is big. Bob is red." Since it does, Bob is red.', 2),
        ('The song "Hooray! Hooray!" was a hit. So was another.', 2),
        ("Bob is nice (see rule 3. It says so.) and big. Anne is not.", 2),
        ("Cats vs. dogs is no question. Dogs etc. are fine.", 2),
        ("Everyone met Max. Bob met Al. Jan left.", 3),
        ("bob is kind. bob is nice.", 2),
        ("Wait... what? Nothing.", 2),
        ("Bob is 7 ft. tall. The cat is not.", 2),
        ("The right one is option B. Charlie is sad.", 2),
        ("Bob is kind.\u2028Bob is nice.", 2),
    ],
)
def test_a_sentence_ends_where_a_reader_would_end_it(text: str, expected: int) -> None:
    assert len(texts(text)) == expected, texts(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Bob is kind\nAll kind people are nice\nAnne is big",
            ["Bob is kind", "All kind people are nice", "Anne is big"],
        ),
        ("Bob is kind.\nAnne is nice.\n\nAl is big.", ["Bob is kind.", "Anne is nice.", "Al is big."]),
        ("1. Bob is kind.\n2. Anne is nice.", ["1. Bob is kind.", "2. Anne is nice."]),
        ("Facts:\nBob is kind.", ["Facts:", "Bob is kind."]),
        ("Bob is kind.\r\nAnne is nice.\r\n", ["Bob is kind.", "Anne is nice."]),
    ],
)
def test_lines_that_are_sentences_come_out_one_by_one(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "All is well. If Bob is kind then\nAnne is nice.",
        "If Bob is kind\nAnne is nice.",
        "Everyone who likes\nBob is kind. So be it.",
        "If Bob is kind,\nAnne is nice",
        "When Bob is kind\nAnne is nice\nDave is big",
    ],
)
def test_the_second_half_of_a_wrapped_rule_is_never_a_premise(text: str) -> None:
    assert not {"Anne is nice.", "Anne is nice", "Bob is kind."} & set(texts(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("§12. Pets\n\n(a) In general\n\nA pet may stay.", ["§12. Pets", "(a) In general", "A pet may stay."]),
        (
            "If-\n\n  (1) Bob is kind, and\n\n  (2) Bob is red,\n\nBob is big. Al is not.",
            ["If- (1) Bob is kind, and (2) Bob is red, Bob is big.", "Al is not."],
        ),
        (
            "The rate is:\n\n  (i) 15% of $1,000.50;\n  (ii) $5, plus 2% of the rest.\n\n(b) Notes",
            ["The rate is: (i) 15% of $1,000.50; (ii) $5, plus 2% of the rest.", "(b) Notes"],
        ),
        ("A pet is a cat; or\n\n(B) a dog;\n\n(c) Other pets", ["A pet is a cat; or (B) a dog;", "(c) Other pets"]),
        (
            "(i) Bob is kind.\n(ii) Al is big.\n(A) Dave is red.",
            ["(i) Bob is kind.", "(ii) Al is big.", "(A) Dave is red."],
        ),
        ("Facts:\n(1) Bob is kind.\n(2) Al is big.", ["Facts:", "(1) Bob is kind.", "(2) Al is big."]),
        ("(1) Bob is kind;\n(2) Al is big.", ["(1) Bob is kind;", "(2) Al is big."]),
        ("See section 3(a)(1). It applies.", ["See section 3(a)(1).", "It applies."]),
    ],
)
def test_the_parts_of_a_provision_stay_with_their_sentence(text: str, expected: list[str]) -> None:
    assert [" ".join(found.split()) for found in texts(text)] == expected


def test_half_a_provision_is_never_a_premise() -> None:
    text = "If-\n\n(1) Bob is kind, or\n\n(2) Bob is red,\n\nBob is big.\n\nAl is kind."
    assert texts(text)[1:] == ["Al is kind."]


def test_steps_end_with_their_line_and_keep_a_bracket_behind_them() -> None:
    text = "Cost of apples: 3 (Given)\nCost of pears: 4. (From rule 2) So 7.\nThe sum of x\nand y is 7."
    found = [text[first:last] for first, last in spans(text, 0, len(text), steps=True)]
    assert found == [
        "Cost of apples: 3 (Given)",
        "Cost of pears: 4. (From rule 2)",
        "So 7.",
        "The sum of x\nand y is 7.",
    ]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.text(st.sampled_from("abAB .!?\n\"'()[]“”1,:;-*_\u2028\u00a0é…"), max_size=120) | st.text(max_size=60))
def test_every_character_stays_in_exactly_one_sentence(text: str) -> None:
    sentences = split(text)
    assert all(text[slice(*sentence.span)] == sentence.text == sentence.text.strip() != "" for sentence in sentences)
    ends = [0, *(edge for sentence in sentences for edge in sentence.span), len(text)]
    assert ends == sorted(ends)
    assert "".join("".join(sentence.text for sentence in sentences).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "unit", [".", "(", '"', "a. ", "aa. (b) ", "a\n", ".)", "[]", "“", "If \n", "a,\n", "a,\n\n", "(i) a;\n\n"]
)
def test_long_monotonous_text_takes_linear_time(unit: str) -> None:
    started = time.process_time()
    split(unit * 60_000)
    # About a second; a quadratic scan would take minutes.
    assert time.process_time() - started < 20


@pytest.mark.data
def test_real_contexts_split_at_every_full_stop(data_dir: Path) -> None:
    wrong = []
    contexts = set()
    for name in (
        "proofwriter_owa_d5_dev",
        "proofwriter_owa_mixed_qdep",
        "prontoqa_5hop_fictional",
        "pararule_plus_cwa_test",
    ):
        for line in (data_dir / "logic" / f"{name}.jsonl").read_text("utf-8").split("\n"):
            if line:
                contexts.add(json.loads(line)["context"])
    for context in contexts:
        # These theories hold no abbreviation and no quotation, so every full stop ends a sentence.
        if texts(context) != [part.strip() for part in re.split(r"(?<=\.)\s+", context.strip())]:
            wrong.append(context)
    assert len(contexts) > 500
    assert not wrong


@pytest.mark.data
def test_real_premises_are_one_sentence_each(data_dir: Path) -> None:
    several = set()
    for line in (data_dir / "logic" / "folio_v0_validation.jsonl").read_text("utf-8").split("\n"):
        for premise in json.loads(line)["premises"] if line else ():
            if len(split(premise)) != 1:
                several.add(premise)
    # One premise of the set really holds two sentences.
    assert len(several) <= 1, several

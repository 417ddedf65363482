"""What a question asks, and that what it asks for never becomes a premise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from verisearch.ingest.context import make_problem, read_context
from verisearch.ingest.question import asks_number, is_yes_no, question_options, question_statement


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        (
            "Based on the above information, is the following statement true, false, or unknown? Charlie is kind.",
            "Charlie is kind.",
        ),
        ("Is the following statement true or false? Max is sour.", "Max is sour."),
        ("True or false: Max is sour.", "Max is sour."),
        ("True, False, or Unknown? Max is sour.", "Max is sour."),
        ("Is it true that Bob is kind?", "Bob is kind."),
        ("Is it true that the cat is not kind?", "The cat is not kind."),
        ("Does it follow that Bob is kind?", "Bob is kind."),
        ("Is Bob kind?", "Bob is kind."),
        ("Is the cat kind?", "The cat is kind."),
        ("Is Bob a cat?", "Bob is a cat."),
        ('Is the statement "Bob is kind." true, false or unknown?', "Bob is kind."),
        ("Determine whether the following statement is true, false, or unknown: Bob is nice.", "Bob is nice."),
        ("Statement: Bob is nice. Is the statement true, false, or unknown?", "Bob is nice."),
        ("Is the following statement true or false? Bob is nice.\nOptions:\nA) True\nB) False", "Bob is nice."),
        ("Is the following statement true or false? Bob is nice. Answer with True or False.", "Bob is nice."),
        ("Hypothesis: Bob is kind.", "Bob is kind."),
        ("Bob is nice.", "Bob is nice."),
    ],
)
def test_the_statement_asked_for(question: str, statement: str) -> None:
    assert question_statement(question) == statement


@pytest.mark.parametrize(
    "question",
    [
        "Who is kind?",
        "Is the big cat kind?",
        "Does Bob chase the cat?",
        "Is Bob not?",
        "Is it kind?",
        "Is the following statement false? Bob is kind.",
        "Is it not true that Bob is kind?",
        "Isn't it true that Bob is kind?",
        "Is the following statement true? Bob is kind. Anne is nice.",
        "Find the value of x.",
        "",
    ],
)
def test_questions_without_one_exact_statement(question: str) -> None:
    assert question_statement(question) is None


def test_yes_means_true_only_where_truth_alone_is_asked_for() -> None:
    assert is_yes_no("Is it true that Bob is kind?")
    assert is_yes_no("Is Bob kind?")
    assert not is_yes_no("Is the following statement true or false? Bob is kind.")
    # "No, it doesn't follow" isn't "it is false".
    assert not is_yes_no("Does it follow that Bob is kind?")


def test_options_of_a_question() -> None:
    assert question_options("Which is true?\nA) Bob is kind.\nB) Anne is.") == ["A) Bob is kind.", "B) Anne is."]
    assert question_options("Pick: A) True B) False C) Unknown") == ["A) True", "B) False", "C) Unknown"]
    assert question_options("Vitamin B) is one.") == []


@pytest.mark.parametrize(
    "tail",
    [
        "Is the following statement true, false, or unknown? Anne is nice.",
        "Is it true that Anne is nice?",
        "Question: Is it so?\nAnne is nice.",
        "True or false: Anne is nice.",
        "Determine whether the following statement is true or false: Anne is nice.",
        "Hypothesis: Anne is nice.",
        "Claim:\nAnne is nice.",
        "Is it so?\nA) Anne is nice.\nB) Anne isn't.",
        "Is Anne nice?",
    ],
)
@pytest.mark.parametrize("gap", [" ", "\n", "\n\n"])
def test_the_statement_asked_for_is_never_a_premise(tail: str, gap: str) -> None:
    context = "Bob is kind. If Bob is kind then Bob is nice."
    found = read_context(context + gap + tail)
    assert [sentence.text for sentence in found.sentences] == ["Bob is kind.", "If Bob is kind then Bob is nice."]
    assert found.question == tail


def test_numbered_conclusions_are_no_premises() -> None:
    found = read_context("Bob is kind.\nConclusion 1: Anne is nice.\nConclusion 2: Dave is red.")
    assert [sentence.text for sentence in found.sentences] == ["Bob is kind."]
    assert found.question is not None
    assert found.question.startswith("Anne is nice.")


def test_a_question_in_a_list_of_sentences_is_no_premise_either() -> None:
    found = read_context(["Bob is kind.", "Is the following statement true or false?", "Anne is nice."])
    assert [sentence.text for sentence in found.sentences] == ["Bob is kind."]
    assert found.question == "Is the following statement true or false? Anne is nice."


def test_a_context_list_keeps_its_entries_whole() -> None:
    entries = ["Some become good at it. Others don't. ", "Bob is kind"]
    found = read_context(entries)
    assert [sentence.text for sentence in found.sentences] == ["Some become good at it. Others don't.", "Bob is kind"]
    joined = "\n".join(entries)
    assert all(joined[slice(*sentence.span)] == sentence.text for sentence in found.sentences)


def test_labels_and_numbers_of_a_context_say_nothing() -> None:
    text = "Facts:\n1. Bob is kind.\n2. Anne is big.\n\n## Rules\n- All kind people are nice.\nRule 2: Nice are big."
    sentences = read_context(text).sentences
    assert [sentence.text for sentence in sentences] == [
        "Bob is kind.",
        "Anne is big.",
        "All kind people are nice.",
        "Nice are big.",
    ]
    assert all(text[slice(*sentence.span)] == sentence.text for sentence in sentences)


def test_a_problem_takes_its_statement_and_kind_from_the_question() -> None:
    asked = make_problem("Bob is kind. Is Bob kind?")
    assert (asked.statement, asked.answer_kind) == ("Bob is kind.", "true-false-unknown")
    assert make_problem("Bob is kind.", "Who is nice?\nA) Bob\nB) Anne").answer_kind == "choice"
    assert make_problem("Bob has 3 apples.", "How many apples does Bob have?").answer_kind == "number"
    assert make_problem("Bob has 3 apples.", "Why does Bob have apples?").answer_kind == "free"
    assert make_problem("Bob is kind.", "Is it so?", statement="Bob is nice.").statement == "Bob is nice."


@pytest.mark.data
def test_real_questions_give_their_statement(data_dir: Path) -> None:
    for name in ("proofwriter_owa_d5_dev", "prontoqa_5hop_fictional"):
        for line in (data_dir / "logic" / f"{name}.jsonl").read_text("utf-8").split("\n"):
            row = json.loads(line) if line else None
            if row:
                assert question_statement(row["question"]) == row["statement"], row["id"]


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("How many apples are left?", True),
        ("Solve for x: 3x + 5 = 20.", True),
        ("What is x?", True),
        ("What is 5!?", True),
        ("What is 3 plus 4?", True),
        ("3 * (4 + 5) =", True),
        ("What percentage is left?", True),
        ("Find the area of the garden.", True),
        ("Simplify 3 + 4.", True),
        ("Who is nice?", False),
        ("Why is Bob kind?", False),
        ("Is it true that Bob is kind?", False),
        ("What is the capital of France?", False),
    ],
)
def test_whether_a_number_is_asked_for(question: str, number: bool) -> None:
    assert asks_number(question) is number

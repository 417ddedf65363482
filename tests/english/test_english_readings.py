"""What the reader makes of tricky sentences: this formula, or nothing.

A misread sentence is how a false "entailed" comes about, so whatever isn't said in as many words is left unread.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.logic.english import lexicon
from verisearch.logic.english.claims import Claim
from verisearch.logic.english.reader import read_sentence
from verisearch.logic.english.steps import read_step
from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.fol_writer import to_fol

HERE = Path(__file__).parent


def lines(name: str) -> list[str]:
    """The lines of a table beside this file, without comments."""
    text = (HERE / name).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("# ")]


def pairs(name: str) -> list[tuple[str, str]]:
    """Lines of the form "sentence ⇒ reading"."""
    return [(text, reading.strip()) for text, _, reading in (line.partition(" ⇒") for line in lines(name))]


def reading_of(text: str) -> str | None:
    reading = read_sentence(text)
    return None if reading.formula is None else to_fol(reading.formula)


def shown(claim: Claim) -> str:
    kind = claim.kind + "?" * claim.whether
    if claim.formula is not None:
        return f"{kind}: {to_fol(claim.formula)}"
    return f"{kind}: {claim.answer}" if claim.kind == "answer" else kind


@pytest.mark.parametrize(("text", "expected"), pairs("readings.txt"))
def test_a_sentence_is_read_as_what_it_says(text: str, expected: str) -> None:
    found = reading_of(text)
    if expected.startswith("? "):
        assert found in (None, to_fol(parse_formula(expected[2:])))
    else:
        assert found == expected


@pytest.mark.parametrize("text", lines("unread.txt"))
def test_what_can_not_be_told_is_not_read(text: str) -> None:
    reading = read_sentence(text)
    assert reading.formula is None
    assert reading.reason
    assert reading.unread


@pytest.mark.parametrize(("text", "expected"), pairs("steps.txt"))
def test_a_step_claims_what_it_says(text: str, expected: str) -> None:
    assert [shown(claim) for claim in read_step(text).claims] == expected.split(" | ")


def test_the_tables_are_there() -> None:
    assert len(lines("readings.txt")) > 200
    assert len(lines("unread.txt")) > 400
    assert len(lines("steps.txt")) > 300


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bob is kind\tand nice.", "kind(bob) ∧ nice(bob)"),
        ("Bob is\nkind.", "kind(bob)"),
        ("Bob\u00a0is kind.", "kind(bob)"),
        ("Bob\u2009is kind.", "kind(bob)"),
        ("Bob isn\u2019t kind.", "¬kind(bob)"),
        ("Bob is ki\u200bnd.", None),
        ("Bob is \u202ekind\u202c.", None),
        ("Bob is kind\x00.", None),
        ("Bob is not\x00 kind.", None),
        ("Bob is kind\u0301.", None),
        ("Bob is \ud83d.", None),
        ("", None),
        (".", None),
        ("…", None),
        ("\n", None),
    ],
)
def test_odd_characters_change_no_reading(text: str, expected: str | None) -> None:
    assert reading_of(text) == expected


@pytest.mark.parametrize(("one", "other"), [("Bob", "B\u043eb"), ("Bob", "\uff22\uff4f\uff42"), ("kind", "k\u0131nd")])
def test_look_alikes_are_other_words(one: str, other: str) -> None:
    assert reading_of("Bob is kind.") != reading_of("Bob is kind.".replace(one, other))


@pytest.mark.parametrize("name", ["James", "Charles", "Moses", "Texas", "Iris", "Thomas", "Bess", "Gus"])
def test_names_in_s_are_no_plurals(name: str) -> None:
    for predicate in ("likes Bob", "likes the big cat", "chases the cat", "is kind"):
        formula = reading_of(f"{name} {predicate}.")
        assert formula is not None
        assert "∀" not in formula


@pytest.mark.parametrize("word", sorted(lexicon.FUNCTION_WORDS - {"a", "an", "the"}))
def test_function_words_are_no_names_verbs_nouns_or_adjectives(word: str) -> None:
    for text in (
        f"Bob is {word}.",
        f"Bob is a {word}.",
        f"The {word} is kind.",
        f"Bob {word} Dave.",
        f"All {word} are red.",
    ):
        reading = read_sentence(text)
        names = {signature.name for signature in reading.signatures}
        assert word not in names
        assert f"{word}s" not in names


def test_every_part_of_a_step_lies_where_its_claim_says() -> None:
    text = "Since Bob is kind, he is nice (given). So Dave is red; Erin is big."
    parts = [text[slice(*claim.span)] for claim in read_step(text).claims]
    assert parts == ["Bob is kind", "he is nice", "Dave is red", "Erin is big"]


WORDS = sorted(
    lexicon.FUNCTION_WORDS | lexicon.META_NOUNS | lexicon.META_PREDICATES | lexicon.GENERIC_NOUNS | lexicon.COLLECTIVE
)
STUFF = [
    *WORDS,
    *3 * "cat cats Bob Dave red kindly like likes s 's 5 -3 cat's The fish , . ; : ( ) \" “ ” ' ? ! →".split(),
]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(STUFF), max_size=16).map(" ".join))
def test_no_string_of_words_breaks_the_reader(text: str) -> None:
    known = frozenset({"cat", "bob"})
    for claims in (read_step(text).claims, read_step(text, known=known).claims):
        for claim in claims:
            assert 0 <= claim.span[0] <= claim.span[1] <= len(text)
            assert (claim.formula is not None) == (claim.kind not in ("unread", "no-claim", "answer"))
    reading = read_sentence(text)
    assert (reading.formula is None) == bool(reading.reason)


REPEATED = [
    "Bob is kind ({}x).",
    "From {}x, Bob is kind.",
    "{}Bob is kind.",
    "Bob is kind{} x y",
    "Since {}Dave.",
    "Let us analyze {} if x is",
    "The statement {}is false.",
    "Bob is {} x",
    "According to the rule {} x Bob is nice.",
]
PIECES = [
    "1 ",
    "1, ",
    "1" * 9,
    "so ",
    "so first now ",
    ", but Bob is kind",
    ", therefore Bob is nice ",
    " because Bob is red",
    ": Bob is nice",
    '"Bob is kind" and ',
    "and Bob is kind ",
    "the given rules and facts ",
    "as well too again ",
    "not ",
    "we know ",
    "red, ",
    "(Bob is red ",
    "if ",
    "step 3 ",
]


@pytest.mark.parametrize("frame", REPEATED)
def test_no_repetition_makes_reading_slow(frame: str) -> None:
    for piece in PIECES:
        started = time.process_time()
        read_step(frame.format(piece * 60))
        assert time.process_time() - started < 3, (frame, piece)


def test_reading_is_the_same_whatever_was_read_before() -> None:
    texts = [text for text, _ in pairs("steps.txt")][:120]
    first = [read_step(text) for text in texts]
    read_step.cache_clear()
    shuffled = list(enumerate(texts))
    random.Random(0).shuffle(shuffled)
    again = {number: read_step(text) for number, text in shuffled}
    assert [again[number] for number in range(len(texts))] == first

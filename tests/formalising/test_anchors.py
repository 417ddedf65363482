"""Formulas against words, one guard at a time: what must be refused, and what is like it and must not be."""

from __future__ import annotations

import pytest

from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.vocabulary import Signature, Vocabulary
from verisearch.symbolic.modelled.anchors import misfit
from verisearch.symbolic.modelled.likeness import same_word
from verisearch.symbolic.modelled.uses import Uses, misdeclared, own_gloss

FITTING = (
    ("All dogs are nice.", "∀x (Dog(x) → Nice(x))"),
    ("No dogs are nice.", "∀x (Dog(x) → ¬Nice(x))"),
    ("Some dogs are nice.", "∃x (Dog(x) ∧ Nice(x))"),
    ("Some dogs are nice.", "∃x ∃y (Dog(x) ∧ Nice(x) ∧ Dog(y) ∧ Nice(y) ∧ ¬(x = y))"),
    ("Only dogs are nice.", "∀x (Nice(x) → Dog(x))"),
    ("Bob is nice if Eve is rough.", "Rough(eve) → Nice(bob)"),
    ("Bob is nice or Eve is rough.", "Nice(bob) ∨ Rough(eve)"),
    ("Cats and dogs are nice.", "∀x (Cat(x) ∨ Dog(x) → Nice(x))"),
    ("Eve lives in the USA.", "LivesIn(eve, unitedStates)"),
    ("Bob was sold in Hong Kong.", "SoldIn(bob, hongkong)"),
    ("Eve works for IBM.", "WorksFor(eve, iBM)"),
    ("Bob won the cup.", "Win(bob, cup)"),
    ("Beethoven wrote Symphony No. 9.", "WrittenBy(symphony9, beethoven)"),
    ("Eve is liked by Bob.", "Likes(bob, eve)"),
    ("Bob is under 30 years old.", "Age(bob) < 30"),
    ("Bob is not over 30 years old.", "Age(bob) ≤ 30"),
    ("Neither Bob nor Eve is nice.", "¬Nice(bob) ∧ ¬Nice(eve)"),
    ("Bob and Eve are the same person.", "bob = eve"),
    ("Whoever is nice is not rough.", "∀x (Nice(x) → ¬Rough(x))"),
    ("So Bob believes that Eve is nice.", "BelievesNice(bob, eve)"),
    ("Not all dogs are nice.", "¬∀x (Dog(x) → Nice(x))"),
    ("Not every dog is nice.", "∃x (Dog(x) ∧ ¬Nice(x))"),
    ("Eve is not both nice and rough.", "¬(Nice(eve) ∧ Rough(eve))"),
    ("Eve is nice or rough, but not both.", "Nice(eve) ⊕ Rough(eve)"),
    ("Bob is nice if and only if Eve is rough.", "Nice(bob) ↔ Rough(eve)"),
    ("Eve is at most 30.", "Age(eve) ≤ 30"),
    ("Nobody is nice.", "∀x ¬Nice(x)"),
    ("Eve should pay the rent.", "ShouldPayRent(eve)"),
)

MISFITTING = (
    ("All dogs are nice.", "∃x (Dog(x) ∧ Nice(x))", "of all"),
    ("All dogs are nice.", "∀x (Nice(x) → Dog(x))", "condition"),
    ("All dogs are nice.", "∀x (Dog(x) ∧ Nice(x))", "two things"),
    ("All dogs are nice.", "∀x Nice(x)", "all things"),
    ("Some dogs are nice.", "∀x (Dog(x) → Nice(x))", "some"),
    ("Most dogs are nice.", "∀x (Dog(x) → Nice(x))", "some"),
    ("Only dogs are nice.", "∀x (Dog(x) → Nice(x))", "condition"),
    ("Bob is nice.", "∀x Nice(x) ∧ Nice(bob)", "all things"),
    ("Bob is nice if Eve is rough.", "Nice(bob) → Rough(eve)", "condition"),
    ("If Eve is rough then Bob is nice.", "Rough(eve) ∧ Nice(bob)", "'if'"),
    ("Bob is nice and Eve is rough.", "Nice(bob) ∨ Rough(eve)", "'or'"),
    ("Bob is nice or Eve is rough.", "Nice(bob) ∧ Rough(eve)", "'or'"),
    ("Bob is nice unless Eve is rough.", "Rough(eve) → Nice(bob)", "'unless'"),
    ("Bob is nice and rough.", "Nice(bob)", "says nothing"),
    ("Bob likes Eve.", "Likes(eve, bob)", "other way round"),
    ("Bob is under 30 years old.", "Age(bob) > 30", "opposite"),
    ("Bob is 20 years old.", "Age(bob) = 2000", "number"),
    ("Perhaps Bob is nice.", "Nice(bob)", "takes it as so"),
    ("Eve says that Bob is nice.", "Nice(bob)", "takes it as so"),
    ("Write that Bob is nice.", "Nice(bob)", "tells somebody"),
    ("It is false that Bob is nice.", "Nice(bob)", "negation"),
    ("If Bob is not nice then Eve is rough.", "Nice(bob) → ¬Rough(eve)", "denies"),
    ("Bob's dog is nice.", "Nice(bob)", "says nothing"),
    ("Bob thinks Eve is nice.", "Nice(eve)", "takes it as so"),
    ("Bob wonders whether Eve is nice.", "Nice(eve)", "takes it as so"),
    ("Eve refuses to be nice.", "Nice(eve)", "takes it as so"),
    ("Eve stopped being nice.", "Nice(eve)", "takes it as so"),
    ("Eve should be nice.", "Nice(eve)", "takes it as so"),
    ("Is Eve nice?", "Nice(eve)", "question"),
    ("Not all dogs are nice.", "∀x (Dog(x) → ¬Nice(x))", "not all"),
    ("Nobody but Eve is nice.", "¬Nice(eve)", "of all"),
    ("Eve is not both nice and rough.", "¬Nice(eve) ∧ ¬Rough(eve)", "not both"),
    ("Eve is nice or rough, but not both.", "Nice(eve) ∨ Rough(eve)", "not both"),
    ("Bob is nice if and only if Eve is rough.", "Rough(eve) → Nice(bob)", "only 'if'"),
    ("Eve is at most 30.", "Age(eve) = 30", "compares"),
    ("Eve has no dog that is nice.", "¬Nice(eve)", "says nothing"),
    ("The dog that likes Eve is nice.", "Nice(eve)", "says nothing"),
    ("Manchester City won.", "Win(manchesterUnited) ∧ ¬(manchesterUnited = manchesterCity)", ""),
    ("Bob and Eve are friends.", "bob = eve", ""),
)


def found(text: str, formula: str) -> str:
    read = parse_formula(formula)
    return misfit(text, text, [read], Vocabulary.of([read]))


@pytest.mark.parametrize(("text", "formula"), FITTING)
def test_an_honest_formula_fits(text: str, formula: str) -> None:
    assert found(text, formula) == ""


@pytest.mark.parametrize(("text", "formula", "why"), MISFITTING)
def test_another_formula_does_not(text: str, formula: str, why: str) -> None:
    reason = found(text, formula)
    assert reason
    assert why in reason


def test_a_name_that_the_text_has_more_words_of_goes_before() -> None:
    clubs = Vocabulary.of([parse_formula("Win(manchesterUnited)"), parse_formula("Win(manchesterCity)")])
    text = "Manchester City won."
    assert misfit(text, text, [parse_formula("Win(manchesterCity)")], clubs) == ""
    assert "speaks of" in misfit(text, text, [parse_formula("Win(manchesterUnited)")], clubs)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("cities", "city", True),
        ("won", "win", True),
        ("measurement", "measure", True),
        ("employer", "employee", False),
        ("meaningful", "meaningless", False),
        ("nice", "kind", False),
    ],
)
def test_words_are_the_same_by_their_forms_only(one: str, other: str, same: bool) -> None:
    assert same_word(one, other) is same


@pytest.mark.parametrize(
    ("name", "gloss", "right"),
    [
        ("nice", "{0} is nice", True),
        ("friends", "{0} and {1} are friends", True),
        ("not_nice", "{0} is unkind", False),
        ("nice", "{0} is not nice", False),
        ("nice", "{0} is nice or kind", False),
        ("nice", "{0} is nice and kind", False),
    ],
)
def test_a_symbol_says_one_simple_thing(name: str, gloss: str, right: bool) -> None:
    assert (misdeclared(Signature(name, ("Thing",), gloss=gloss)) == "") is right


def test_a_gloss_without_a_word_of_the_name_is_none() -> None:
    assert own_gloss(Signature("kind", ("Thing",), gloss="{0} is nice")) == ""
    assert own_gloss(Signature("kind", ("Thing",), gloss="{0} is a kind person")) == "{0} is a kind person"
    assert own_gloss(Signature("uk", (), "Place", gloss="the United Kingdom")) == "the United Kingdom"


def used(name: str, gloss: str, *texts: str) -> list[bool]:
    """Whether a predicate may stand for each text in turn."""
    formula = parse_formula(f"{name}(eve)")
    vocabulary = Vocabulary()
    vocabulary.declare(Signature(name, ("Thing",), gloss=gloss))
    vocabulary.declare(Signature("eve", (), "Thing"))
    uses, may = Uses(), []
    for text in texts:
        may.append(uses.clash(text, [formula], vocabulary) == "")
        if may[-1]:
            uses.take(text, [formula], vocabulary)
    return may


def test_a_symbol_stands_for_the_same_words_in_every_text() -> None:
    assert used("kind_nice", "", "Eve is kind.", "Eve is nice.") == [True, False]
    assert used("kind", "{0} is kind, nice", "Eve is nice.", "Eve is kind.") == [True, False]
    assert used("kind_cold", "", "Eve is kind.", "Eve is kind and cold.") == [True, False]
    assert used("kind_cold", "", "Eve is kind and cold.", "Eve is kind.") == [True, False]
    gloss = "{0} is entitled to the benefit"
    assert used("entitled", gloss, "Eve is entitled to the benefit.", "Eve is eligible for the benefit.") == [
        True,
        True,
    ]


def test_what_is_too_long_to_compare_is_refused() -> None:
    assert "too many" in found("not a, " * 10_000, "Nice(eve)")

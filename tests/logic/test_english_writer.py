"""Formulas in English: the vocabulary's words where it has them, and never a sentence that says something else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.errors import InputError
from verisearch.logic.english import read_text
from verisearch.logic.english_writer import to_english
from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.formula import And, Atom, Forall, Formula, Func, Implies, Not, Var
from verisearch.logic.vocabulary import Signature, Vocabulary

VOCABULARY, _ = read_text("Bob is kind. Bob is nice. Bob is rough. The bald eagle chases Bob. The cat sees Bob.")

WRITTEN = {
    "kind(bob)": "Bob is kind",
    "¬kind(bob)": "Bob is not kind",
    "chases(bald_eagle, cat)": "the bald eagle chases the cat",
    "¬chases(bald_eagle, cat)": "the bald eagle does not chase the cat",
    "∀x (kind(x) ∧ ¬rough(x) → nice(x))": "if something is kind and it is not rough then it is nice",
    "∀x (chases(cat, x) ∧ kind(x) → nice(x))": "if the cat chases something and it is kind then it is nice",
    "∀x (kind(x) → ¬sees(x, bob))": "if something is kind then it does not see Bob",
    "kind(bob) → nice(bob)": "if Bob is kind then Bob is nice",
    "∀x kind(x)": "everything is kind",
    "∀x ¬kind(x)": "nothing is kind",
    "∀x chases(x, cat)": "everything chases the cat",
    "∀x chases(cat, x)": "for every x, the cat chases x",
    "∃x (kind(x) ∧ ¬nice(x))": "something is kind and it is not nice",
    "∃x chases(cat, x)": "the cat chases something",
    "∃x ¬chases(cat, x)": "there is x such that the cat does not chase x",
    "∀x (¬chases(cat, x) → kind(x))": "for every x, if the cat does not chase x then x is kind",
    "∀x (kind(bob) → nice(x))": "for every x, if Bob is kind then x is nice",
    "∀x (Rare(x) → kind(x))": "for every x, if Rare(x) then x is kind",
    "∀x ∀y (chases(x, y) → sees(y, x))": "for every x and y, if x chases y then y sees x",
    "∃x ∃y chases(x, y)": "there are x and y such that x chases y",
    "∀x (∃y chases(x, y) → kind(x))": "for every x, if (x chases something) then x is kind",
    "∃x Rare(x)": "there is x such that Rare(x)",
    "kind(bob) ∨ nice(bob)": "Bob is kind or Bob is nice",
    "(kind(bob) ∨ nice(bob)) ∧ rough(bob)": "(Bob is kind or Bob is nice) and Bob is rough",
    "kind(bob) ⊕ nice(bob)": "either Bob is kind or Bob is nice, but not both",
    "kind(bob) ↔ p": "Bob is kind if and only if p",
    "¬(kind(bob) ∧ nice(bob))": "it is not true that (Bob is kind and Bob is nice)",
    "Kind(bob) ∧ ¬Rare(tom, bob)": "Kind(Bob) and not Rare(tom, Bob)",
    "bob = cat": "Bob is the same as the cat",
    "bob ≠ cat": "Bob is not the same as the cat",
    "age(bob) ≥ 18": "age(Bob) is at least 18",
    "¬(age(bob) < n + 1)": "age(Bob) is not less than (n + 1)",
    "∀x:Int (x > 3)": "for every integer x, x is more than 3",
    "⊤": "true",
    "⊥": "false",
}


@pytest.mark.parametrize("text", WRITTEN)
def test_writes(text: str) -> None:
    assert to_english(parse_formula(text, VOCABULARY), VOCABULARY) == WRITTEN[text]


def clause(subject: Formula | Func | Var, draw: st.DrawFn, target: Func | Var) -> Formula:
    """A literal about ``subject``, and for a verb about ``target``."""
    name = draw(st.sampled_from(["kind", "nice", "rough", "chases", "sees"]))
    atom = Atom(name, (subject, target) if name in ("chases", "sees") else (subject,))  # type: ignore[arg-type]
    return Not(atom) if draw(st.booleans()) else atom


@st.composite
def rules_and_facts(draw: st.DrawFn) -> Formula:
    """A fact, or a rule over one variable whose first clause is about the variable."""
    cat, x = Func(draw(st.sampled_from(["cat", "bald_eagle", "bob"]))), Var("x")
    if draw(st.booleans()):
        return clause(cat, draw, Func("bob"))
    subjects = draw(st.lists(st.sampled_from([cat, x]), max_size=2))
    parts = tuple(clause(subject, draw, cat) for subject in [x, *subjects])
    return Forall((x,), Implies(And(parts) if len(parts) > 1 else parts[0], clause(x, draw, cat)))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(rules_and_facts())
def test_the_english_reader_reads_rules_and_facts_back(formula: Formula) -> None:
    words = to_english(formula, VOCABULARY)
    _, again = read_text(f"{words[0].upper()}{words[1:]}.")
    assert again == [formula]


def test_words_with_braces_are_left_alone() -> None:
    vocabulary = Vocabulary()
    vocabulary.declare(Signature("odd", ("Thing",), gloss="{0} is {odd} {1} {0.__class__}"))
    assert to_english(Atom("odd", (Func("{bob}"),)), vocabulary) == "{bob} is {odd} {1} {0.__class__}"


def test_a_variable_is_told_from_a_constant_of_its_name() -> None:
    formula = Forall((Var("bob"),), Atom("Likes", (Var("bob"), Func("bob"))))
    assert to_english(formula, Vocabulary()) == "for every bob1, Likes(bob1, bob)"


def test_formulas_too_deep_to_write_are_refused() -> None:
    formula: Formula = Atom("p")
    for _ in range(5_000):
        formula = Not(formula)
    with pytest.raises(InputError, match="too deeply"):
        to_english(formula, Vocabulary())

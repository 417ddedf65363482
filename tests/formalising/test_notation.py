"""Replies in FOL notation: read over the vocabulary as those in SMT-LIB are, or refused with the reason."""

from __future__ import annotations

import pytest
from scripted_model import ScriptedModel
from watched import watching

from verisearch.ingest.reader import read_problem
from verisearch.logic.fol_writer import to_fol
from verisearch.logic.smtlib_reader import read_smtlib
from verisearch.logic.vocabulary import Vocabulary
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.modelled.notation import Notation, read_notation
from verisearch.symbolic.modelled.replies import Cannot, Malformed
from verisearch.symbolic.options import CheckOptions, ReadingOptions
from verisearch.trace import Step, Trace
from verisearch.verdict import TraceVerdict

PEOPLE = """(declare-sort Person 0)
(declare-const olga Person)
(declare-fun kind (Person) Bool)
(declare-fun lives_with (Person Person) Bool)
(declare-fun age (Person) Int)"""


def vocabulary(text: str = PEOPLE) -> Vocabulary:
    return read_smtlib(text)[0]


def formulas(reply: str, known: str = PEOPLE) -> list[str]:
    found = read_notation(reply, vocabulary(known))
    assert isinstance(found, Notation)
    return [to_fol(each.formula) for each in found.asserted]


@pytest.mark.parametrize(
    "reply",
    [
        "Kind(olga)",
        "kind(Olga)",
        "Kind(olga) ::: Olga is kind.",
        "* Kind(olga)",
        "• Kind(olga)",
        "1. Kind(olga)",
        "2) Kind(olga).",
        "```\nKind(olga)\n```",
        "```fol\nKind(olga)```",
        "`Kind(olga)`",
        "Premises:\nKind(olga)",
        "Here is the formula:\n\nKind(olga)",
        "Predicates:\nKind(x) ::: x is kind.\nPremises:\nKind(olga) ::: Olga is kind.",
        "**Formula:**\nKind(olga) ; as it says",
        "% a remark\nKind(olga)",
    ],
)
def test_marks_around_a_formula_are_passed_over(reply: str) -> None:
    (found,) = formulas(reply)
    assert found.lower() == "kind(olga:person)"


def test_words_and_several_formulas_are_kept() -> None:
    found = read_notation(
        "- ∀x:Person (Kind(x) → Nice(x)) ::: The kind are nice.\n- Nice(olga) ::: She is.", vocabulary()
    )
    assert isinstance(found, Notation)
    assert [each.words for each in found.asserted] == ["The kind are nice.", "She is."]
    assert [(each.name, each.args) for each in found.new] == [("Nice", ("Person",))]
    assert found.names == {"Kind": "kind"}


def test_without_a_vocabulary_all_are_things() -> None:
    assert formulas("∀x (Kind(x) → Nice(x))", "") == ["∀x (Kind(x) → Nice(x))"]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("∀x (Kind(x) → Nice(x))", "give a variable its sort"),
        ("Kind(olga, olga)", "over (Person, Person) here, but elsewhere a predicate over (Person)"),
        ("Olga(olga)", "Olga is a predicate over"),
        ("Kind(age(olga))", "Kind is a predicate over (Int) here"),
        ("Kind(olga", "column"),
        ("Kind(x)", "x is bound by no quantifier"),
        ("∀x (Nice(x) → Sad(y))", "y is bound by no quantifier"),
        ("Kind(olga) ∨ Nice(olga) ⊕ Sad(olga)", "column"),
        ("- Kind(olga)", "a bullet or a negation"),
        ("Big(olga, True)", "is a truth value"),
        ("Big(olga, False)", "is a truth value"),
        ("True", "no formula"),
        ("Understood.", "no formula"),
        ("Sunny and warm", "no formula"),
        ("Premises:\nKind(olga)\nConclusion:\nNice(olga)", "the sections 'premises' and 'conclusion'"),
        ("Kind(olga) ::: a\n" * 25, "more than 24"),
        ("¬" * 5000 + "Kind(olga)", "nested"),
        ("(" * 300 + "Kind(olga)" + ")" * 300, "nested"),
        ("Age(olga) * age(olga) > 3", "only linear"),
        ("Kind(\ud800)", "has no meaning here"),
        ("Kind(ol\u200bga)", "has no meaning here"),
        ("Kind('\\u{110000}')", "escape"),
        ("Kind(olga:Bool)", "Bool"),
        ("∀x:Bool (Kind(x))", "can't be of sort Bool"),
        ("∀x,x (P(x, x))", "bound twice"),
    ],
)
def test_what_does_not_read_is_refused_with_the_reason(reply: str, words: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_notation(reply, vocabulary())
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "reply", ["cannot: no symbol for Lund", "; cannot: no symbol for Lund", "$F", "⊥", "Kind(olga)\n⊥"]
)
def test_signals_that_it_cannot_be_said(reply: str) -> None:
    assert isinstance(read_notation(reply, vocabulary()), Cannot)


STATEMENT = "Olga is kind."


def verdict(step: str, *replies: str) -> tuple[TraceVerdict, ScriptedModel]:
    claim = step.removeprefix("So ").rstrip(".")
    scripted = ScriptedModel(
        {
            ("formalise", STATEMENT): "Kind(olga) ::: Olga is kind.",
            ("formalise", "All who are kind are nice."): "∀x (Kind(x) → Nice(x)) ::: All who are kind are nice.",
            ("formalise", claim): list(replies),
            ("premises", claim): 'context: "All who are kind are nice."\ncontext: "Olga is kind."',
        }
    )
    problem = read_problem("All who are kind are nice. Olga is kind.", statement=STATEMENT)
    options = CheckOptions(formaliser="llm", logic="classical", reading=ReadingOptions(mixed=False))
    trace = Trace(problem=problem, steps=(Step(step, 0, (0, len(step))),))
    return verify_trace(trace, options, model=scripted), scripted


def test_a_chain_can_be_formalised_in_fol_notation_alone() -> None:
    with watching() as watched:
        found, _ = verdict("So Olga is nice.", "Nice(Olga) ::: Olga is nice")
    (step,) = found.steps
    assert step.status.value == "entailed"
    assert [premise.label for premise in step.premises] == ["context 1", "context 2"]
    assert step.claims[0].formula == "nice(olga)"
    assert watched.slipped == []


def test_near_duplicates_are_offered_back() -> None:
    _, scripted = verdict("So Olga is kind.", "IsKind(olga)", "Kind(olga)")
    wrong = [query.values["wrong"] for query in scripted.queries if query.values.get("wrong")]
    assert ["is_kind looks like what is declared already" in each for each in wrong] == [True]


def test_one_name_for_two_things_is_refused() -> None:
    found, _ = verdict("So Olga is an olga.", "Olga(olga)")
    assert "Olga is a predicate over" in found.steps[0].claims[0].reason


def test_further_readings_may_not_declare() -> None:
    scripted = ScriptedModel({("formalise", "Olga is kind"): ["Kind(olga)", "Nice(olga)"]})
    options = CheckOptions(formaliser="llm", logic="classical", reading=ReadingOptions(mixed=False, readings=2))
    step = Step(STATEMENT, 0, (0, len(STATEMENT)))
    found = verify_trace(Trace(problem=read_problem("", question="?"), steps=(step,)), options, model=scripted)
    assert "Nice is not declared" in found.steps[0].claims[0].reason

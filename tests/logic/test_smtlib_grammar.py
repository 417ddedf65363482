"""Grammars of SMT-LIB: whatever is drawn along them is read, and they have room for what is to be said."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from formula_strategies import formulas
from gbnf import Gbnf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from verisearch.errors import InputError, ParseError
from verisearch.logic.formula import (
    INT,
    REAL,
    THING,
    And,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Var,
    Xor,
    children,
    subformulas,
    substitute,
)
from verisearch.logic.smtlib_grammar import CANNOT, assertions_grammar, declarations_grammar, variable_name
from verisearch.logic.smtlib_reader import read_smtlib
from verisearch.logic.smtlib_writer import formula_text
from verisearch.logic.variables import rename_apart
from verisearch.logic.vocabulary import Signature, Vocabulary


def vocabulary(*signatures: Signature) -> Vocabulary:
    made = Vocabulary()
    for signature in signatures:
        made.declare(signature)
    return made


PEOPLE = vocabulary(
    Signature("Kind", ("Person",)),
    Signature("Likes", ("Person", "Animal")),
    Signature("bob", (), "Person"),
    Signature("the cat", (), "Animal"),
    Signature("owner", ("Animal",), "Person"),
    Signature("rainy"),
)
NUMBERS = vocabulary(
    Signature("age", ("Person",), INT),
    Signature("weight", ("Person",), REAL),
    Signature("bob", (), "Person"),
    Signature("limit", (), REAL),
)


def check(text: str, known: Vocabulary) -> int:
    """Read a reply as the grammar promises it to be; the number of its assertions."""
    found, assertions = read_smtlib(text, known)
    assert found.symbols == known.symbols
    assert text.startswith(CANNOT) == (not assertions)
    for each in assertions:
        formula_text(each.formula)  # raises for free variables
    return len(assertions)


# --- what is drawn is read --------------------------------------------------------------------------------------
@settings(max_examples=60, deadline=None)
@given(st.lists(formulas(depth=2), max_size=4), st.randoms(use_true_random=False), st.data())
def test_whatever_is_drawn_over_any_vocabulary_is_read(
    over: list[Formula], random: Random, data: st.DataObject
) -> None:
    known = Vocabulary.of(over)
    text = assertions_grammar(
        known,
        depth=data.draw(st.integers(0, 4)),
        variables=data.draw(st.integers(0, 2)),
        nesting=data.draw(st.integers(0, 2)),
        numbers=data.draw(st.sampled_from([(), (INT,), (REAL,), (INT, REAL)])),
    )
    grammar = Gbnf(text)
    for _ in range(20):
        check(grammar.draw(random), known)


@pytest.mark.parametrize("known", [PEOPLE, NUMBERS], ids=["people", "numbers"])
def test_deep_draws_are_read(known: Vocabulary) -> None:
    grammar, random = Gbnf(assertions_grammar(known)), Random(1)
    counts = [check(grammar.draw(random), known) for _ in range(200)]
    assert max(counts) > 3
    assert min(counts) == 0


@pytest.mark.parametrize("known", [PEOPLE, NUMBERS], ids=["people", "numbers"])
@pytest.mark.parametrize("depth", [1, 4, 6])
def test_the_longest_reply_that_a_grammar_allows_is_read(known: Vocabulary, depth: int) -> None:
    assert check(Gbnf(assertions_grammar(known, depth=depth, most=2)).longest(), known) == 2


def test_formulas_too_large_to_be_read_are_not_allowed() -> None:
    wide = vocabulary(Signature("P", ("T",) * 9), Signature("f", ("T",) * 3, "T"), Signature("a", (), "T"))
    assert check(Gbnf(assertions_grammar(wide, most=1)).longest(), wide) == 1
    with pytest.raises(InputError, match="take less of one of them"):
        assertions_grammar(wide, depth=9)


# --- there is room for what is to be said -----------------------------------------------------------------------
def placed(formula: Formula, bound: int = 0) -> Formula:
    """The formula with its variables named as the grammar names them; no other name may be like that."""
    if isinstance(formula, Forall | Exists):
        names = {each: Var(variable_name(bound + at), each.sort) for at, each in enumerate(formula.variables)}
        body = substitute(formula.body, names)
        return replace(formula, variables=tuple(names.values()), body=placed(body, bound + len(names)))
    if isinstance(formula, And | Or):
        return replace(formula, parts=tuple(placed(part, bound) for part in formula.parts))
    if isinstance(formula, Not):
        return Not(placed(formula.body, bound))
    if isinstance(formula, Implies):
        return Implies(placed(formula.body, bound), placed(formula.head, bound))
    if isinstance(formula, Iff | Xor):
        return replace(formula, left=placed(formula.left, bound), right=placed(formula.right, bound))
    return formula


def fits(formula: Formula, known: Vocabulary) -> bool:
    """Whether the grammar promises room for it, if its nesting isn't too deep."""
    used = {sort for symbol in known.symbols.values() for sort in (*symbol.args, symbol.sort)} | {INT, REAL}
    for part in subformulas(formula):
        if isinstance(part, And | Or) and not part.parts:
            return False  # true and false
        if isinstance(part, Forall | Exists) and (
            len(set(part.variables)) < len(part.variables) or not {each.sort for each in part.variables} <= used
        ):
            return False
    return bound_at_once(formula) <= 2


def bound_at_once(formula: Formula) -> int:
    own = len(formula.variables) if isinstance(formula, Forall | Exists) else 0
    return own + max(map(bound_at_once, children(formula)), default=0)


@settings(max_examples=150, deadline=None)
@given(formulas(depth=2))
def test_there_is_room_for_what_the_writer_writes(formula: Formula) -> None:
    known = Vocabulary.of([formula])
    assume(fits(formula, known))
    formula = placed(rename_apart(formula, lambda name: not name.startswith("x")))
    grammar = Gbnf(assertions_grammar(known, depth=2, nesting=3, numbers=(INT, REAL)))
    assert grammar.accepts(f"; So it is.\n(assert {formula_text(formula)})")


@pytest.mark.parametrize(
    "formula",
    [
        "(Kind bob)",
        "rainy",
        "(not (Likes bob |the cat|))",
        "(Likes (owner |the cat|) |the cat|)",
        "(= bob (owner |the cat|))",
        "(and rainy (Kind bob) (not rainy) rainy rainy (not (Kind bob)) rainy rainy)",
        "(forall ((?x1 Person)) (=> (and (Kind ?x1) (or rainy (not rainy))) (exists ((?x2 Animal)) (Likes ?x1 ?x2))))",
        "(exists ((?x1 Person) (?x2 Animal)) (Likes ?x1 ?x2))",
        "(xor (forall ((?x1 Person)) (Kind ?x1)) (forall ((?x1 Animal)) (Likes bob ?x1)))",
    ],
)
def test_formulas_of_the_vocabulary_can_be_said(formula: str) -> None:
    grammar = Gbnf(assertions_grammar(PEOPLE))
    one = f"; Bob is kind.\n(assert {formula})"
    assert grammar.accepts(one)
    assert grammar.accepts(f"{one}\n{one}\n{one}")


@pytest.mark.parametrize(
    "formula",
    [
        "(> (age bob) 3)",
        "(= (+ (age bob) 2) (* 2 (age bob)))",
        "(<= (weight bob) limit)",
        "(< (- (weight bob) 0.5) (* (/ 1.0 3.0) limit))",
        "(>= (weight bob) (to_real (age bob)))",
        "(forall ((?x1 Person)) (= (age ?x1) (- 4)))",
    ],
)
def test_linear_arithmetic_can_be_said(formula: str) -> None:
    assert Gbnf(assertions_grammar(NUMBERS)).accepts(f"; So many.\n(assert {formula})")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(assert (Kind bob))",
        "; Bob is kind.",
        "; Bob is kind.\n(assert (Kind anne))",
        "; Bob is kind.\n(assert (Kind |the cat|))",
        "; Bob is kind.\n(assert (Likes bob))",
        "; Bob is kind.\n(assert bob)",
        "; Bob is kind.\n(assert (Kind ?x1))",
        "; Bob is kind.\n(assert (forall ((?x1 Animal)) (Kind ?x1)))",
        "; Bob is kind.\n(assert (and rainy (Kind ?x1) (forall ((?x1 Person)) (Kind ?x1))))",
        "; Bob is kind.\n(assert (= bob |the cat|))",
        "; Bob is kind.\n(assert (= bob 1))",
        "; Bob is kind.\n(check-sat)",
        "; cannot: what is rain\n(assert rainy)",
        "; cannot:\n(assert rainy)",
    ],
)
def test_what_makes_no_sense_cannot_be_said(text: str) -> None:
    assert not Gbnf(assertions_grammar(PEOPLE)).accepts(text)


@pytest.mark.parametrize("words", ["cannot be so", "can", "cannot", "canned: food", "cats", "Cannot: so", "é; (assert"])
def test_a_comment_is_told_from_the_signal(words: str) -> None:
    grammar = Gbnf(assertions_grammar(PEOPLE))
    assert grammar.accepts(f"; {words}\n(assert rainy)")
    assert not grammar.accepts(f"; {words}")
    assert grammar.accepts(f"; cannot: {words}")


# --- vocabularies with gaps -------------------------------------------------------------------------------------
EMPTY = Vocabulary()
EMPTY.declare_sort("Person")


@pytest.mark.parametrize("known", [Vocabulary(), EMPTY, vocabulary(Signature("odd", ("Bool",)))])
def test_with_nothing_to_say_it_with_only_the_signal_is_left(known: Vocabulary) -> None:
    grammar = Gbnf(assertions_grammar(known))
    assert set(grammar.rules) == {"root", "reason"}
    assert grammar.accepts("; cannot: no word for it")


def test_numerals_can_be_had_without_a_symbol() -> None:
    grammar = Gbnf(assertions_grammar(Vocabulary(), numbers=(INT,), variables=0))
    assert grammar.accepts("; Two and two are four.\n(assert (= (+ 2 2) 4))")
    assert not grammar.accepts("; Two and two are four.\n(assert (= 2.0 2.0))")


def test_a_sort_without_constants_can_only_be_spoken_of_by_quantifiers() -> None:
    known = vocabulary(Signature("Kind", ("Person",)), Signature("mother", ("Person",), "Person"))
    grammar = Gbnf(assertions_grammar(known, depth=1))
    assert grammar.accepts("; All are.\n(assert (forall ((?x1 Person)) (Kind (mother ?x1))))")
    assert not any(name.startswith(("a ", "t0s0 ")) for name in grammar.rules)
    assert set(Gbnf(assertions_grammar(known, depth=0)).rules) == {"root", "reason"}
    assert set(Gbnf(assertions_grammar(known, variables=0)).rules) == {"root", "reason"}


def test_grammars_stay_small() -> None:
    persons = [Signature(f"P{number}", ("Person",)) for number in range(30)]
    constants = [Signature(f"c{number}", (), "Person") for number in range(20)]
    text = assertions_grammar(vocabulary(*persons, *constants))
    assert len(text.splitlines()) < 40
    assert len(text) < 20_000


@pytest.mark.parametrize(
    ("name", "value"),
    [("depth", -1), ("variables", 1.5), ("nesting", True), ("most", 0), ("remark_length", 3), ("numbers", ("Bool",))],
)
def test_settings_outside_their_ranges_are_refused(name: str, value: object) -> None:
    with pytest.raises(InputError, match=name):
        assertions_grammar(PEOPLE, **{name: value})  # type: ignore[arg-type]


# --- declarations -----------------------------------------------------------------------------------------------
def test_declarations_are_read_unless_a_name_is_taken() -> None:
    known = PEOPLE.copy()
    known.declare_sort(THING)
    grammar, random = Gbnf(declarations_grammar(PEOPLE)), Random(2)
    complaints = 0
    for _ in range(300):
        text = grammar.draw(random)
        try:
            found, assertions = read_smtlib(text, known)
        except ParseError as error:
            complaints += 1
            what = error.message
            assert "is declared already" in what or "has a meaning of its own" in what, what
        else:
            declared = len(found.symbols) + len(found.sorts) - len(known.symbols) - len(known.sorts)
            assert (declared, assertions) == (len(text.splitlines()), [])
    assert complaints < 150


@pytest.mark.parametrize(
    "text",
    [
        "(declare-sort Town 0) ; towns",
        "(declare-const anne Person) ; Anne",
        "(declare-fun Likes (Person Animal) Bool) ; {0} likes {1}\n(declare-fun age (Thing) Int) ; how old {0} is",
    ],
)
def test_declarations_can_be_made(text: str) -> None:
    assert Gbnf(declarations_grammar(PEOPLE)).accepts(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(declare-fun f (Bool) Bool) ; no",
        "(declare-const a Town) ; a sort that nobody knows",
        "(declare-const 1a Person) ; no symbol",
        "(declare-const a Person)",
        "(assert rainy) ; no declaration",
        "(declare-fun f () Bool) ; no arguments",
    ],
)
def test_what_declares_nothing_is_not_allowed(text: str) -> None:
    assert not Gbnf(declarations_grammar(PEOPLE)).accepts(text)


@pytest.mark.parametrize("name", ["most", "arity", "name_length", "gloss_length"])
def test_settings_of_declarations_outside_their_ranges_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=name):
        declarations_grammar(PEOPLE, **{name: 0})

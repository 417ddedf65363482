"""FOL notation: what is read, how it is grouped, and what is refused, with its position."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.errors import ParseError
from verisearch.logic.fol_reader import parse_formula, parse_formulas, read_text
from verisearch.logic.fol_writer import to_fol
from verisearch.logic.formula import (
    FALSE,
    INT,
    REAL,
    THING,
    TRUE,
    And,
    Arith,
    Atom,
    Compare,
    Equal,
    Exists,
    Forall,
    Formula,
    Func,
    Iff,
    Implies,
    Not,
    Number,
    Or,
    Var,
    Xor,
)
from verisearch.logic.vocabulary import Signature, Vocabulary

A, B, C, D = (Atom(name) for name in "ABCD")
X, Y = Var("x"), Var("y")
BOB = Func("bob")


def integer(value: int) -> Number:
    return Number(Fraction(value), INT)


READINGS = {
    "A": A,
    "A ∧ B ∧ C": And((A, B, C)),
    "(A ∧ B) ∧ C": And((And((A, B)), C)),
    "A ∨ B ∧ C": Or((A, And((B, C)))),
    "A ⊕ B → C ⊕ D": Implies(Xor(A, B), Xor(C, D)),
    "A ∧ B ⊕ C": Xor(And((A, B)), C),
    "A → B ∨ C": Implies(A, Or((B, C))),
    "A → B ↔ C": Iff(Implies(A, B), C),
    "¬A ∧ B": And((Not(A), B)),
    "¬(A ∧ B)": Not(And((A, B))),
    "¬¬A": Not(Not(A)),
    "A -> -B": Implies(A, Not(B)),
    "~A & not B | C": Or((And((Not(A), Not(B))), C)),
    "A <-> B": Iff(A, B),
    "A xor B": Xor(A, B),
    "A ⟷ B": Iff(A, B),
    "true → ⊥": Implies(TRUE, FALSE),
    "Kind(bob)": Atom("Kind", (BOB,)),
    "Kind (bob)": Atom("Kind", (BOB,)),
    "∀x (Kind(x) → Nice(x))": Forall((X,), Implies(Atom("Kind", (X,)), Atom("Nice", (X,)))),
    "∀x (Kind(x)) ∧ A": And((Forall((X,), Atom("Kind", (X,))), A)),
    "∀x Kind(x) → A": Implies(Forall((X,), Atom("Kind", (X,))), A),
    "∀x ¬Kind(x)": Forall((X,), Not(Atom("Kind", (X,)))),
    "all x all y (Likes(x,y)).": Forall((X, Y), Atom("Likes", (X, Y))),
    "∀x, y Likes(x, y)": Forall((X, Y), Atom("Likes", (X, Y))),
    "∃x∃y(Likes(x, y))": Exists((X, Y), Atom("Likes", (X, Y))),
    "∀x ∃y Likes(x, y)": Forall((X,), Exists((Y,), Atom("Likes", (X, Y)))),
    "∀x (Kind(x) ∨ ∃x Nice(x))": Forall((X,), Or((Atom("Kind", (X,)), Exists((X,), Atom("Nice", (X,)))))),
    "bob = tom": Equal(BOB, Func("tom")),
    "bob ≠ tom": Not(Equal(BOB, Func("tom"))),
    "bob != tom": Not(Equal(BOB, Func("tom"))),
    "¬bob = tom": Not(Equal(BOB, Func("tom"))),
    "¬(bob=tom)": Not(Equal(BOB, Func("tom"))),
    "age(bob) > 18": Compare(">", Func("age", (BOB,), INT), integer(18)),
    "age(bob) ≤ 18": Compare("<=", Func("age", (BOB,), INT), integer(18)),
    "height(bob) < 1.5": Compare("<", Func("height", (BOB,), REAL), Number(Fraction(3, 2), REAL)),
    "∀x:Int x ≥ -3": Forall((Var("x", INT),), Compare(">=", Var("x", INT), integer(-3))),
    "2 * n + 1 - m = 0": Equal(
        Arith(
            "-",
            (
                Arith("+", (Arith("*", (integer(2), Func("n", (), INT))), integer(1))),
                Func("m", (), INT),
            ),
        ),
        integer(0),
    ),
    "third = 1/3": Equal(Func("third", (), REAL), Number(Fraction(1, 3), REAL)),
    "Owns(bob:Person)": Atom("Owns", (Func("bob", (), "Person"),)),
    "'bald eagle' = \"x\"": Equal(Func("bald eagle"), Func("x")),
    "'all'('it\\'s', '\\u{41}')": Atom("all", (Func("it's"), Func("A"))),
    "Model(gpt-3) ∧ Man(mr.smith)": And((Atom("Model", (Func("gpt-3"),)), Atom("Man", (Func("mr.smith"),)))),
    "Companies’Stocks(kO)": Atom("Companies’Stocks", (Func("kO"),)),
    "In(y2003, 8PM)": Atom("In", (Func("y2003"), Func("8PM"))),
    "Cost(gre, 205)": Atom("Cost", (Func("gre"), integer(205))),
}


@pytest.mark.parametrize("text", READINGS)
def test_reads(text: str) -> None:
    assert parse_formula(text) == READINGS[text]


#: Text, the characters at which reading stops, and words of the message.
REFUSALS = [
    ("", "", "no formula"),
    ("A ∧", "", "ends too early"),
    ("(A ∧ B", "", "1 '(' not closed"),
    ("A ∧ B)", ")", "closes nothing"),
    ("Kind(bob", "", "not closed"),
    ("Kind(bob,)", ")", "missing before"),
    ("A B", "B", "connective is missing"),
    ("A ∧ ∧ B", "∧ B", "can't stand here"),
    ("Kind(bob), Nice(bob)", ", Nice", "can't follow"),
    ("A → B → C", "→ C", "two ways"),
    ("A ↔ B ↔ C", "↔ C", "two ways"),
    ("A ⊕ B ⊕ C", "⊕ C", "two ways"),
    ("A ∨ B ⊕ C", "⊕ C", "two ways"),
    ("∀x Kind(x) → Nice(x)", "x)", "bound by no quantifier"),
    ("Kind(y)", "y)", "bound by no quantifier"),
    ("∀x.Kind(x)", "x.Kind", "can't stand here"),
    ("∀x, x Kind(x)", "x Kind", "bound twice"),
    ("∀x x(bob)", "x(bob)", "variable"),
    ("∀x Kind(x(bob))", "x(bob)", "variable"),
    ("Kind(¬Nice(bob))", "¬Nice", "can't follow"),
    ("Kind((A ∧ B))", "A ∧ B", "term is expected"),
    ("age(bob) + 1", "age", "formula is expected"),
    ("5", "5", "formula is expected"),
    ("Kind(bob) ∧ Kind(bob, tom)", "Kind(bob, tom)", "elsewhere"),
    ("Kind(bob) ∧ Likes(Kind)", "Kind)", "predicate"),
    ("age(bob) > 3 ∧ Kind(age)", "age)", "elsewhere"),
    ("a * b > 3", "a * b", "linear"),
    ("-a = b", "-a", "two ways"),
    ("∀x (x-1 > 3)", "x-1", "spaces"),
    ("a-1 > 3", "a-1", "spaces"),
    ("Sold(album, 500,000)", "500,000", "several"),
    ("Born(bob, 2024-05-01)", "2024-05-01", "several"),
    ("n = 007", "007", "begin with 0"),
    ("n = 1/0", "1/0", "zero"),
    ("1 < n < 3", "< 3", "can't follow"),
    ("∀x:Bool x = x", "x:Bool", "Bool"),
    ("Kind(bob):Int", "Kind", "no sort"),
    ("A ^ B", "^ B", "no meaning"),
    ("A\0", "\0", "no meaning"),
    ("'unclosed", "'unclosed", "no meaning"),
    ("P('\\u{FFFFFF}')", "'\\u", "escape"),
    ("bob:Person = tom:Dog", "bob", "sorts"),
]


@pytest.mark.parametrize(("text", "rest", "words"), REFUSALS)
def test_refuses_with_the_position(text: str, rest: str, words: str) -> None:
    with pytest.raises(ParseError, match=words.replace("(", r"\(")) as caught:
        parse_formula(text)
    assert text[caught.value.position :].startswith(rest)
    assert rest or caught.value.position == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + "A" + ")" * 10_000,
        "(" * 10_000,
        ")" * 10_000,
        "¬" * 10_000 + "A",
        "f(" * 10_000 + "a" + ")" * 10_000 + " = a",
        "∀x " * 10_000 + "A",
        "A → (" * 10_000,
        "n" + " - n" * 10_000 + " = 0",
        "n = " + "9" * 5_000,
    ],
    ids=lambda text: text[:4],
)
def test_deep_nesting_and_huge_numbers_are_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse_formula(text)


def test_long_flat_formulas_are_read() -> None:
    formula = parse_formula(" ∧ ".join(["A"] * 2_000))
    assert isinstance(formula, And)
    assert len(formula.parts) == 2_000


def test_nesting_up_to_the_limit_is_read_and_written() -> None:
    text = "¬(A ∧ " * 66 + "A" + ")" * 66
    formula = parse_formula(text)
    assert parse_formula(to_fol(formula)) == formula


def test_a_vocabulary_gives_sorts_and_is_not_changed() -> None:
    vocabulary = Vocabulary()
    vocabulary.declare(Signature("height", (THING,), REAL))
    formula = parse_formula("height(bob) > 2 ∧ Tall(bob)", vocabulary)
    assert formula.parts[0] == Compare(">", Func("height", (BOB,), REAL), Number(Fraction(2), REAL))
    assert list(vocabulary.symbols) == ["height"]
    with pytest.raises(ParseError, match="predicate"):
        parse_formula("height(bob)", vocabulary)


def test_lines_share_their_symbols_and_comments_are_skipped() -> None:
    vocabulary, formulas = read_text("% a comment\nKind(bob)\n\n# another\nage(bob) > 3\nage(tom) = age(bob)\n")
    assert len(formulas) == 3
    assert list(vocabulary.symbols) == ["Kind", "bob", "age", "tom"]
    assert formulas[2] == Equal(Func("age", (Func("tom"),), INT), Func("age", (BOB,), INT))


def test_an_error_in_a_later_line_has_its_place_in_the_whole_text() -> None:
    with pytest.raises(ParseError) as caught:
        parse_formulas("Kind(bob)\nKind(bob) ∧\nNice(bob)")
    assert (caught.value.line, caught.value.column) == (2, 12)


def test_lines_that_disagree_on_a_symbol_are_refused() -> None:
    with pytest.raises(ParseError, match="elsewhere") as caught:
        parse_formulas("Kind(bob)\nKind(bob, tom)")
    assert caught.value.line == 2


def read_or_error(text: str) -> Formula | ParseError:
    try:
        return parse_formula(text)
    except ParseError as error:
        return error


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=60) | st.text(alphabet="∀∃xyAB(),.¬∧∨→↔⊕=<>+-*:'\"\\0159 \n", max_size=60))
def test_random_text_is_read_or_refused(text: str) -> None:
    result = read_or_error(text)
    if isinstance(result, ParseError):
        assert 0 <= result.position <= len(text)
    else:
        assert parse_formula(to_fol(result)) == result

"""SMT-LIB 2: what is read means what a solver reads, and everything else is refused with its position."""

from __future__ import annotations

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.errors import ParseError
from verisearch.logic.fol_writer import to_fol
from verisearch.logic.formula import INT, REAL, TRUE, And, Atom, Func, Iff, Implies, Not, Or, Var
from verisearch.logic.smtlib_reader import read_smtlib
from verisearch.logic.smtlib_writer import declarations, formula_text
from verisearch.logic.vocabulary import Signature, Vocabulary

HEAD = """(set-logic ALL)
(declare-sort T 0)
(declare-const a T)
(declare-fun f (T) T)
(declare-fun P (T) Bool)
(declare-fun R (T T) Bool)
(declare-const p Bool)
(declare-const q Bool)
(declare-const n Int)
(declare-fun age (T) Int)
(declare-fun h (T) Real)
"""

READINGS = {
    "p": "p",
    "(P a)": "P(a:T)",
    "(! (P a) :named |the first|)": "P(a:T)",
    "(and p q p)": "p ∧ q ∧ p",
    "(=> p q p)": "p ∧ q → p",
    "(xor p q)": "p ⊕ q",
    "(= p q)": "p ↔ q",
    "(= p q p)": "(p ↔ q) ∧ (q ↔ p)",
    "(distinct p q)": "p ⊕ q",
    "(ite p q (P a))": "(p → q) ∧ (¬p → P(a:T))",
    "(forall ((x T) (y T)) (=> (R x y) (R y x)))": "∀x:T ∀y:T (R(x, y) → R(y, x))",
    "(exists ((?x T)) (P (f ?x)))": "∃x:T P(f(x):T)",
    "(forall ((x T)) (exists ((x T)) (P x)))": "∀x:T ∃x1:T P(x1)",
    "(forall ((x T)) (let ((here (P x))) (exists ((x T)) (and here (P x)))))": "∀x:T ∃x1:T (P(x) ∧ P(x1))",
    "(let ((u p) (v q)) (let ((u v) (v u)) (=> u v)))": "q → p",
    "(= a (f a))": "a:T = f(a):T",
    "(distinct a (f a) (f (f a)))": "a:T ≠ f(a):T ∧ a ≠ f(f(a)) ∧ f(a) ≠ f(f(a))",
    "(< 1 n 10)": "1 < n:Int ∧ n < 10",
    "(>= (* 2 (+ n 1)) (- n) (- 5))": "2 * (n:Int + 1) ≥ (-n) ∧ (-n) ≥ -5",
    "(= (h a) 2)": "h(a:T) = 2.0",
    "(= (h a) (/ 1 3))": "h(a:T) = 1/3",
    "(< (/ (h a) 2.0) (to_real n))": "0.5 * h(a:T) < n:Int + 0.0",
    "(> (age a) 18) ; of age": "age(a:T) > 18",
}


def read_one(term: str) -> str:
    _, (assertion,) = read_smtlib(f"{HEAD}(assert {term}\n)")
    return to_fol(assertion.formula)


@pytest.mark.parametrize("term", READINGS)
def test_reads(term: str) -> None:
    expected = READINGS[term].replace("1 < n:Int", "1 < n").replace("2 * (n:Int + 1)", "2 * (n + 1)")
    assert read_one(term) == expected


@pytest.mark.parametrize("term", READINGS)
def test_what_is_read_is_what_z3_reads(term: str) -> None:
    vocabulary, (assertion,) = read_smtlib(f"{HEAD}(assert {term}\n)")
    ours = formula_text(assertion.formula)
    solver = z3.Solver()
    solver.from_string(f"{declarations(vocabulary)}\n(assert (xor {ours} {term}\n))")
    assert solver.check() == z3.unsat


def test_definitions_are_expanded() -> None:
    _, (assertion,) = read_smtlib(
        HEAD + "(define-fun adult ((x T)) Bool (>= (age x) 18))"
        "(define-fun child ((x T)) Bool (not (adult x)))"
        "(assert (forall ((x T)) (or (adult x) (child (f x)))))"
    )
    assert to_fol(assertion.formula) == "∀x:T (age(x) ≥ 18 ∨ ¬(age(f(x):T) ≥ 18))"


def test_a_definitions_quantifier_does_not_capture_the_callers_variable() -> None:
    _, (assertion,) = read_smtlib(
        HEAD + "(define-fun liked ((y T)) Bool (exists ((x T)) (R x y)))(assert (forall ((x T)) (liked x)))"
    )
    assert to_fol(assertion.formula) == "∀x:T ∃x1:T R(x1, x)"


def test_names_and_vocabulary_are_returned() -> None:
    vocabulary, assertions = read_smtlib(
        "(declare-sort |a sort| 0)(declare-const |the cat| |a sort|)(declare-fun %.and (|a sort|) Bool)"
        "(assert (! (%.and |the cat|) :named |rule 1|))(assert true)"
    )
    assert list(vocabulary.sorts) == ["a sort"]
    assert vocabulary.symbols["the cat"] == Signature("the cat", (), "a sort")
    assert vocabulary.symbols["and"] == Signature("and", ("a sort",))
    assert [assertion.name for assertion in assertions] == ["rule 1", ""]
    assert assertions[0].formula == Atom("and", (Func("the cat", (), "a sort"),))
    assert assertions[1].formula == TRUE


def test_symbols_can_be_given_beforehand() -> None:
    given_symbols = Vocabulary.of([Atom("kind", (Func("bob"),))])
    vocabulary, (assertion,) = read_smtlib("(declare-const tom Thing)(assert (kind tom))", given_symbols)
    assert assertion.formula == Atom("kind", (Func("tom"),))
    assert "tom" in vocabulary.symbols
    assert "tom" not in given_symbols.symbols


#: Text, the characters at which reading stops, and words of the message.
REFUSALS = [
    ("(check-sat)", "(check-sat)", "only declarations and assertions"),
    ("(push 1)", "(push", "only declarations"),
    ("(set-option :x 1)", "(set-option", "only declarations"),
    ("(eval (+ 1 1))", "(eval", "only declarations"),
    ("(define-fun-rec g () Bool g)", "(define-fun-rec", "only declarations"),
    ("(define-sort S () Int)", "(define-sort", "only declarations"),
    ("(define-fun g () Bool g)", "g () Bool", "by itself"),
    ("(define-fun g () Bool 3)", "3)", "body is of sort Int"),
    ("(define-fun g ((x T) (x T)) Bool p)", "(x T))", "symbol of its own"),
    ("(declare-sort S 1)", "1)", "without parameters"),
    ("(declare-sort Int 0)", "Int", "already"),
    ("(declare-const a Bool)", "a Bool", "already"),
    ("(declare-const and Bool)", "and", "meaning of its own"),
    ("(declare-const c S)", "S)", "not declared"),
    ("(declare-fun g (Bool) Bool)", "Bool) Bool", "Bool"),
    ("(declare-fun g ((Array Int Int)) Bool)", "(Array", "simple sorts"),
    ("(declare-const c)", "(declare-const c)", "expected"),
    ("assert", "assert", "command"),
    ("(assert)", "(assert)", "expected"),
    ("(assert p p)", "(assert p p)", "expected"),
    ("(assert a)", "a)", "formula is expected"),
    ("(assert (P p))", "p))", "sort T is expected"),
    ("(assert (P a a))", "(P a a)", "declared with 1"),
    ("(assert (Q a))", "Q a", "not declared"),
    ("(assert (and p a))", "a))", "formula is expected"),
    ("(assert (and))", "(and)", "1 or more"),
    ("(assert (not p q))", "(not", "1 operands"),
    ("(assert (= a n))", "n))", "sort Int"),
    ("(assert (< (h a) n))", "n))", "sort Int"),
    ("(assert (< a a))", "a a", "number is expected"),
    ("(assert (= n (+ n 1.5)))", "(+ n 1.5)", "mixed"),
    ("(assert (= n (* n n)))", "(* n n)", "linear"),
    ("(assert (= 1.0 (/ 1 n)))", "(/ 1 n)", "linear"),
    ("(assert (= 1.0 (/ 1 0)))", "(/ 1 0)", "linear"),
    ("(assert (= n (div n 2)))", "div", "not declared or not supported"),
    ("(assert (= a (ite p a a)))", "(ite", "formulas only"),
    ("(assert (forall ((b Bool)) b))", "(b Bool)", "Bool"),
    ("(assert (forall () p))", "() p", "bindings"),
    ("(assert (exists ((x T) (x T)) p))", "(x T)) p", "twice"),
    ("(assert (let ((x p) (x q)) x))", "(x q)", "twice"),
    ("(assert (forall ((x T)) (x a)))", "(x a)", "variable"),
    ("(assert ((P a)))", "((P a))", "begin with a symbol"),
    ("(assert (! p :named a) :named b)", "(assert", "expected"),
    ("(assert (! p :named r))(assert (! q :named r))", "r))", "twice"),
    ("(assert (P x))", "x))", "not declared"),
    ('(assert (= "a" "a"))', '"a" "a"', "strings"),
    ("(assert (= #b0 #b1))", "#b0", "bit vectors"),
    ("(assert (= n 007))", "007", "begin with 0"),
    ("(assert (= n 1e5))", "1e5", "no SMT-LIB token"),
    ("(assert |p)", "|p)", "partner"),
    ("(assert p))", ")", "closes nothing"),
    ("(assert (and p", "(and p", "never closed"),
    ("(assert \0)", "\0)", "no SMT-LIB token"),
]


@pytest.mark.parametrize(("text", "rest", "words"), REFUSALS)
def test_refuses_with_the_position(text: str, rest: str, words: str) -> None:
    with pytest.raises(ParseError, match=words) as caught:
        read_smtlib(HEAD + text)
    assert (HEAD + text)[caught.value.position :].startswith(rest)


def test_queries_are_skipped_only_on_demand() -> None:
    text = "(set-option :produce-unsat-cores true)(declare-const p Bool)(assert p)(check-sat)(get-unsat-core)(exit)"
    with pytest.raises(ParseError):
        read_smtlib(text)
    assert len(read_smtlib(text, skip_queries=True)[1]) == 1
    with pytest.raises(ParseError, match="push"):
        read_smtlib("(push 1)", skip_queries=True)


def test_two_symbols_that_decode_to_one_name_are_refused() -> None:
    text = "(declare-const |a%41.| Bool)(declare-const |a%25.41.| Bool)"
    with pytest.raises(ParseError, match="told from"):
        read_smtlib(text)


def lets(count: int) -> str:
    """A term whose size doubles with every ``let``."""
    inner = "".join(f"(let ((v{i + 1} (and v{i} v{i}))) " for i in range(count))
    return f"(let ((v0 p)) {inner} v{count}{')' * (count + 1)}"


def definitions(count: int, body: str) -> str:
    """Definitions each of which uses the one before twice."""
    return "(define-fun g0 () Bool p)" + "".join(
        f"(define-fun g{i + 1} () Bool {body.format(i)})" for i in range(count)
    )


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(assert " + "(not " * 10_000 + "p" + ")" * 10_000 + ")",
        "(assert " + "(f " * 10_000 + "a" + ")" * 10_000 + ")",
        f"(assert {lets(100)})",
        definitions(100, "(and g{0} g{0})"),
        definitions(100, "(let ((u g{0}) (v g{0})) true)"),
        definitions(5_000, "(not g{0})"),
        "(assert (distinct " + "a " * 5_000 + "))",
        "(assert (= n " + "9" * 5_000 + "))",
    ],
    ids=["open", "nested", "terms", "let", "define", "define-dropped", "define-chain", "distinct", "digits"],
)
def test_blow_ups_are_refused(text: str) -> None:
    with pytest.raises(ParseError):
        read_smtlib(HEAD + text)


def test_nesting_up_to_the_limit_is_read_and_written() -> None:
    text = "(assert " + "(not (or p " * 95 + "(P (f (f a)))" + "))" * 95 + ")"
    _, (assertion,) = read_smtlib(HEAD + text)
    assert f"(assert {formula_text(assertion.formula)})" == text


def test_long_flat_formulas_are_read() -> None:
    _, (assertion,) = read_smtlib(HEAD + "(assert (and " + "p " * 20_000 + "))")
    assert isinstance(assertion.formula, And)
    assert len(assertion.formula.parts) == 20_000


WORDS = (
    "( ( ) ) assert and or not => forall exists let ! :named ((x T)) x a f P p n 5 1.5 = < + * |q| ; \n declare-const"
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(WORDS.split(" ")), max_size=25).map(" ".join) | st.text(max_size=40))
def test_random_text_is_read_or_refused(text: str) -> None:
    script = HEAD + f"(assert {text})"
    position = 0
    try:
        read_smtlib(script)
    except ParseError as error:
        position = error.position
    assert 0 <= position <= len(script)


def test_the_formulas_are_those_of_the_python_side() -> None:
    vocabulary, assertions = read_smtlib(HEAD + "(assert (=> (or p q) (not (= p q))))(assert (forall ((x T)) (P x)))")
    p, q = Atom("p"), Atom("q")
    assert assertions[0].formula == Implies(Or((p, q)), Not(Iff(p, q)))
    assert assertions[1].formula.variables == (Var("x", "T"),)
    assert vocabulary.symbols["age"] == Signature("age", ("T",), INT)
    assert vocabulary.symbols["h"] == Signature("h", ("T",), REAL)

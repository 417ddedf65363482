"""SMT-LIB 2 as it is written: any name, any solver, nothing captured, nothing broken out of."""

from __future__ import annotations

from fractions import Fraction

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.errors import InputError, SignatureError
from verisearch.logic.formula import (
    FALSE,
    INT,
    REAL,
    TRUE,
    And,
    Arith,
    Atom,
    Compare,
    Equal,
    Exists,
    Forall,
    Func,
    Implies,
    Not,
    Number,
    Or,
    Var,
)
from verisearch.logic.smtlib_names import TAKEN, TAKEN_SORTS, name_of, sort_name_of, sort_text, symbol
from verisearch.logic.smtlib_writer import declaration, declarations, formula_text, logic_name, script, term_text
from verisearch.logic.vocabulary import Signature, Vocabulary

BOB = Func("bob")
X = Var("x")


def number(value: int | str, sort: str = INT) -> Number:
    return Number(Fraction(value), sort)


WRITTEN = [
    (TRUE, "true"),
    (FALSE, "false"),
    (And((Atom("p"),)), "p"),
    (Atom("is kind", (Func("the cat"),)), "(|is kind| |the cat|)"),
    (Or((Atom("p"), Not(Atom("q")))), "(or p (not q))"),
    (Forall((X,), Implies(Atom("p", (X,)), Atom("q", (X,)))), "(forall ((?x Thing)) (=> (p ?x) (q ?x)))"),
    (Forall((), Atom("p")), "p"),
    (Forall((X, X), Atom("p", (X,))), "(forall ((?x Thing)) (p ?x))"),
    (Exists((X,), Atom("p", (X, Func("x")))), "(exists ((?x Thing)) (p ?x x))"),
    (
        Forall((X,), Exists((Var("x", INT),), Atom("p", (X, Var("x", INT))))),
        "(forall ((?x Thing)) (exists ((?x1 Int)) (p ?x ?x1)))",
    ),
    (Forall((X, Var("x", INT)), Atom("p", (X, Var("x", INT)))), "(forall ((?x Thing) (?x1 Int)) (p ?x ?x1))"),
    (Equal(Func("n", (), INT), number(-5)), "(= n (- 5))"),
    (Equal(Func("h", (), REAL), number("1/3", REAL)), "(= h (/ 1.0 3.0))"),
    (Equal(Func("h", (), REAL), number(5, REAL)), "(= h 5.0)"),
    (Compare("<", Func("n", (), INT), number("-1/2", REAL)), "(< (to_real n) (- (/ 1.0 2.0)))"),
    (
        Compare("<=", Arith("+", (Func("n", (), INT), number(1), Func("h", (), REAL)), REAL), number(2)),
        "(<= (+ (to_real n) 1.0 h) 2.0)",
    ),
    (Atom("select", (Func("store"),)), "(%.select %.store)"),
]


@pytest.mark.parametrize(("formula", "text"), WRITTEN, ids=[text for _, text in WRITTEN])
def test_writes(formula: object, text: str) -> None:
    assert formula_text(formula) == text  # type: ignore[arg-type]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(max_size=8) | st.sampled_from(sorted(TAKEN)), st.text(max_size=8) | st.text("%.4125|and", max_size=8))
def test_symbols_are_one_to_one_and_are_undone(first: str, second: str) -> None:
    assert name_of(symbol(first).removeprefix("|").removesuffix("|")) == first
    assert sort_name_of(sort_text(first).removeprefix("|").removesuffix("|")) == first
    assert (symbol(first) == symbol(second)) == (first == second)


ODD = ["bvadd", "str.len", "seq.++", "?x", "@a", ".b", "a|b", "\\", "\0", ""]


@pytest.mark.parametrize("name", [*sorted(TAKEN), *ODD])
def test_solvers_take_every_name_for_a_users_own(name: str) -> None:
    formula = And((Atom(name, (Func("c" + name, (Func("d"),)),)), Not(Atom(name, (Func("d"),)))))
    text = script(Vocabulary(), [(name, formula, name)])
    solver = z3.Solver()
    solver.from_string(text)
    assert solver.check() == z3.sat
    cvc5 = pytest.importorskip("cvc5")
    other = cvc5.Solver()
    parser = cvc5.InputParser(other)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "script")
    answers = []
    while not (command := parser.nextCommand()).isNull():
        answers.append(command.invoke(other, parser.getSymbolManager()))
    assert "".join(answers).strip() == "sat"


@pytest.mark.parametrize("sort", [*sorted(TAKEN_SORTS - {"Bool", "Int", "Real"}), "a sort", "Thing", "", "let"])
def test_solvers_take_every_sort_for_a_users_own(sort: str) -> None:
    formula = Equal(Func("a", (), sort), Func("b", (), sort))
    solver = z3.Solver()
    solver.from_string(script(Vocabulary(), [("p", formula, "")], formula))
    assert solver.check() == z3.unsat


def test_a_free_variable_is_refused() -> None:
    with pytest.raises(SignatureError, match="free"):
        formula_text(Atom("p", (X,)))
    with pytest.raises(SignatureError, match="free"):
        term_text(X)


def test_an_int_that_is_no_integer_is_refused() -> None:
    with pytest.raises(SignatureError, match="no integer"):
        formula_text(Equal(Func("n", (), INT), number("1/2")))


def test_formulas_too_deep_and_numbers_too_long_are_refused() -> None:
    formula = Atom("p")
    for _ in range(5_000):
        formula = Not(formula)
    with pytest.raises(InputError, match="too deeply"):
        formula_text(formula)
    with pytest.raises(InputError, match="digits"):
        formula_text(Equal(Func("n", (), INT), number(10**5000)))


def test_declarations_cover_sorts_and_symbols() -> None:
    vocabulary = Vocabulary.of([Forall((X,), Compare("<", Func("age", (X,), INT), number(3)))])
    assert declarations(vocabulary) == "(declare-sort Thing 0)\n(declare-fun age (Thing) Int)"
    assert declaration(Signature("kind", ("Thing",))) == "(declare-fun kind (Thing) Bool)"


def test_a_sort_that_only_a_quantifier_names_is_declared() -> None:
    text = script(Vocabulary(), [("p", Forall((Var("x", "Person"),), Atom("p")), "")])
    assert "(declare-sort Person 0)" in text


@pytest.mark.parametrize(
    ("formula", "logic"),
    [
        (Atom("p", (BOB,)), "UF"),
        (Forall((Var("x", INT),), Atom("p")), "UFLIA"),
        (Equal(Func("h", (), REAL), number(1, REAL)), "UFLRA"),
        (Compare("<", Func("n", (), INT), number(1, REAL)), "AUFLIRA"),
    ],
)
def test_the_logic_is_the_smallest_that_fits(formula: object, logic: str) -> None:
    assert logic_name(Vocabulary.of([formula]), [formula]) == logic  # type: ignore[list-item]


def test_a_script_is_readable_and_checks_the_goal() -> None:
    kind, nice = Atom("kind", (BOB,)), Atom("nice", (BOB,))
    premises = [("context 1", kind, "Bob is kind."), ("context 2", Implies(kind, nice), "If Bob is kind, he is nice.")]
    text = script(Vocabulary(), premises, nice, title="A check\nof two lines", expected="unsat")
    assert text == (
        "; A check\n; of two lines\n(set-logic UF)\n(declare-sort Thing 0)\n"
        "(declare-fun kind (Thing) Bool)\n(declare-fun bob () Thing)\n(declare-fun nice (Thing) Bool)\n"
        "; Bob is kind.\n(assert (! (kind bob) :named |context 1|))\n"
        "; If Bob is kind, he is nice.\n(assert (! (=> (kind bob) (nice bob)) :named |context 2|))\n"
        "; the goal, negated: unsat means that it follows\n(assert (! (not (nice bob)) :named |negated goal|))\n"
        "(check-sat)\n; expected: unsat\n"
    )
    solver = z3.Solver()
    solver.from_string(text)
    assert solver.check() == z3.unsat


def test_labels_never_clash_with_symbols_or_each_other() -> None:
    p = Atom("p")
    text = script(Vocabulary(), [("p", p, ""), ("p", p, ""), ("negated goal", p, "")], p)
    for name in ("|p (2)|", "|p (3)|", "|negated goal|", "|negated goal (2)|"):
        assert f":named {name})" in text
    solver = z3.Solver()
    solver.from_string(text)
    assert solver.check() == z3.unsat


@pytest.mark.parametrize("breaker", ["\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\0"])
def test_comments_cannot_be_broken_out_of(breaker: str) -> None:
    evil = f"words{breaker}(assert false)"
    solver = z3.Solver()
    solver.from_string(script(Vocabulary(), [("p", Atom("p"), evil)], title=evil, expected=evil))
    assert solver.check() == z3.sat


def test_formulas_that_disagree_with_the_vocabulary_are_refused() -> None:
    vocabulary = Vocabulary.of([Atom("p", (BOB,))])
    with pytest.raises(SignatureError, match="'p'"):
        script(vocabulary, [("a", Atom("p"), "")])

"""Equivalence of two formulas: what is proved, which direction holds, and what is never claimed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from formula_strategies import formulas
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import MUTATIONS, REWRITES, mutants
from structures import Beyond, differences
from verisearch.solvers.z3 import Z3Solver

from verisearch.errors import SolverError
from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.formula import INT, THING, Atom, Forall, Formula, Func, Not, Var
from verisearch.protocols import Answer
from verisearch.symbolic.equivalence import equivalent, unsatisfiable, valid
from verisearch.symbolic.session import Session, open_solver

LIMITS = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
#: Enough for small formulas; what is hard shall give up soon.
EFFORT = 300_000


@pytest.fixture
def session() -> Iterator[Session]:
    made = Session(Z3Solver(2_000_000))
    yield made
    made.solver.close()


def read(text: str) -> Formula:
    return parse_formula(text)


SAME = [
    ("∀x (Kind(x) → Nice(x))", "∀y (¬Nice(y) → ¬Kind(y))"),
    ("∀x (Kind(x) → Nice(x))", "¬∃x (Kind(x) ∧ ¬Nice(x))"),
    ("Kind(bob) ∧ Nice(bob)", "Nice(bob) ∧ Kind(bob)"),
    ("Kind(bob) ⊕ Nice(bob)", "¬(Kind(bob) ↔ Nice(bob))"),
    ("∃x ∃y (Likes(x, y) ∧ Big(x))", "∃y ∃x (Big(y) ∧ Likes(y, x))"),
    ("a = b", "b = a"),
    ("age(bob) > 3", "¬(age(bob) <= 3)"),
    ("age(bob) > 3", "age(bob) >= 4"),
    ("Kind(bob) ∨ ¬Kind(bob)", "Nice(al) ∨ ¬Nice(al)"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_what_means_the_same_is_equivalent(one: str, other: str, solver: str) -> None:
    if solver == "cvc5":
        pytest.importorskip("cvc5")
    found = equivalent(read(one), read(other), Session(open_solver(solver, 2_000_000)))
    assert (found.status, found.forward, found.backward, found.says_more) == ("equivalent", True, True, None)
    assert found.reason == ""


@pytest.mark.parametrize(
    ("one", "other", "more"),
    [
        ("∀x (Kind(x) → Nice(x))", "∀x (Nice(x) → Kind(x))", None),
        ("∀x (Kind(x) → Nice(x))", "∃x (Kind(x) ∧ Nice(x))", None),
        ("∀x (Kind(x) ∧ Nice(x))", "∀x (Kind(x) → Nice(x))", "first"),
        ("Kind(bob) ∨ Nice(bob)", "Kind(bob)", "second"),
        ("Kind(bob) ∨ Nice(bob)", "Kind(bob) ⊕ Nice(bob)", "second"),
        ("∃y ∀x Likes(x, y)", "∀x ∃y Likes(x, y)", "first"),
        ("Likes(al, bob)", "Likes(bob, al)", None),
        ("Kind(bob)", "¬Kind(bob)", None),
        ("age(bob) > 3", "age(bob) > 4", "second"),
        ("age(bob) = 3", "age(bob) = 4", None),
        ("Kind(bob)", "Kind(bob) ∧ ¬Kind(bob)", "second"),
    ],
)
def test_what_means_something_else_is_different_and_it_is_said_which_says_more(
    one: str, other: str, more: str | None, session: Session
) -> None:
    found = equivalent(read(one), read(other), session)
    assert (found.status, found.says_more) == ("different", more)
    assert (f"the {more} says more" if more else "neither entails") in found.reason


def test_symbols_of_one_formula_only_are_named(session: Session) -> None:
    found = equivalent(read("Kind(bob)"), read("Nice(bob)"), session)
    assert found.status == "different"
    assert (found.only_first, found.only_second) == (("Kind",), ("Nice",))
    assert found.reason == "neither entails the other; only the first has Kind; only the second has Nice"
    same = equivalent(read("Kind(bob) ∧ (Nice(al) ∨ ¬Nice(al))"), read("Kind(bob)"), session)
    assert (same.status, same.only_first) == ("equivalent", ("Nice", "al"))


def test_formulas_in_other_words_are_not_compared_unless_they_are_connected(session: Session) -> None:
    one, other = read("∀x Kind(x)"), read("∀x IsKind(x)")
    found = equivalent(one, other, session)
    assert (found.status, found.reason) == ("undecided", "they have no symbol in common")
    link = read("∀x (Kind(x) ↔ IsKind(x))")
    assert equivalent(one, other, session, [link]).status == "equivalent"
    halfway = [read("∀x (Kind(x) → Good(x))"), read("∀x (Good(x) → IsKind(x))")]
    assert equivalent(one, other, session, halfway).says_more == "first"
    assert equivalent(one, other, session, [read("∀x Big(x)")]).status == "undecided"


def test_a_background_counts_for_both_formulas(session: Session) -> None:
    one, other = read("Kind(bob)"), read("Nice(bob)")
    background = [read("∀x (Kind(x) → Nice(x))")]
    assert equivalent(one, other, session, background).says_more == "first"
    background.append(read("∀x (Nice(x) → Kind(x))"))
    assert equivalent(one, other, session, background).status == "equivalent"


def test_a_background_that_contradicts_itself_makes_nothing_equivalent(session: Session) -> None:
    background = [read("Big(al)"), read("¬Big(al)")]
    found = equivalent(read("Kind(bob)"), read("¬Kind(bob)"), session, background)
    assert (found.status, found.forward, found.reason) == ("undecided", None, "the background contradicts itself")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Atom("P", (Func("a", (), THING),)), Atom("P", (Func("a", (), INT),))),
        (Atom("P", (Func("a"),)), Atom("P", (Func("a"), Func("b")))),
        (Atom("P"), Atom("Q", (Func("P"),))),
        (Atom("P", (Var("x"),)), Atom("P", (Func("a"),))),
        (Forall((Var("x"),), Atom("P", (Var("x", INT),))), Atom("P", (Func("a", (), INT),))),
    ],
)
def test_sorts_that_clash_and_free_variables_are_undecided(one: Formula, other: Formula, session: Session) -> None:
    for first, second in ((one, other), (other, one)):
        found = equivalent(first, second, session)
        assert (found.status, found.forward, found.backward) == ("undecided", None, None)
        assert found.reason
    assert equivalent(read("Kind(bob)"), read("Kind(bob)"), session).status == "equivalent"


def test_what_a_session_was_told_before_does_not_matter(session: Session) -> None:
    premise = (1, read("Kind(bob)"))
    assert session.check([premise], read("¬Kind(bob)")).status == "unsat"
    with_numbers = Atom("Kind", (Func("bob", (), INT),))
    assert equivalent(with_numbers, Not(Not(with_numbers)), session).status == "equivalent"
    assert equivalent(read("Kind(bob)"), read("Kind(al)"), session).status == "different"
    assert session.check([premise], read("¬Kind(bob)")).status == "unsat"
    assert session.check([premise], read("¬Kind(al)")).status == "sat"


def test_validity_and_contradiction_have_three_values(session: Session) -> None:
    truth, falsehood, contingent = read("Kind(a) ∨ ¬Kind(a)"), read("Kind(a) ∧ ¬Kind(a)"), read("Kind(a)")
    assert [valid(each, session) for each in (truth, falsehood, contingent)] == [True, False, False]
    assert [unsatisfiable(each, session) for each in (truth, falsehood, contingent)] == [False, True, False]
    free = Atom("P", (Var("x"),))
    assert (valid(free, session), unsatisfiable(free, session)) == (None, None)
    assert valid(read("∃x (Kind(x) → ∀y Kind(y))"), session) is True


class GivingUp(Z3Solver):
    """Z3 that gives up, or crashes, at the checks named in ``bad``; it counts them."""

    def __init__(self, bad: frozenset[int], crash: bool = False) -> None:
        self.bad, self.crash, self.checks = bad, crash, 0
        super().__init__(2_000_000)

    def check(self, assumptions: object) -> Answer:
        self.checks += 1
        if self.checks in self.bad:
            if self.crash:
                raise SolverError("the solver died")
            return Answer("unknown", "the resource limit was reached")
        return super().check(assumptions)  # type: ignore[arg-type]


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("bad", [{1}, {2}, {1, 2}, {3}, {1, 2, 3}])
def test_a_solver_that_gives_up_or_crashes_never_makes_formulas_equivalent(bad: set[int], crash: bool) -> None:
    one, other = read("∀x (Kind(x) → Nice(x))"), read("∀y (¬Nice(y) → ¬Kind(y))")
    solver = GivingUp(frozenset(bad), crash)
    session = Session(solver)
    found = equivalent(one, other, session, [read("Kind(bob)")])
    assert found.status == "undecided"
    assert ("died" if crash else "limit") in found.reason
    solver.bad = frozenset()
    assert equivalent(one, other, session).status == "equivalent"


def test_one_direction_refuted_is_enough_for_a_difference() -> None:
    one, other = read("Kind(bob) ∨ Nice(bob)"), read("Kind(bob)")
    found = equivalent(one, other, Session(GivingUp(frozenset({2}))))
    assert (found.status, found.forward, found.backward, found.says_more) == ("different", False, None, None)
    assert "not settled" in found.reason


def test_a_limit_too_small_settles_nothing() -> None:
    session = Session(Z3Solver(effort=1))
    one, other = read("∀x (Kind(x) → Nice(x))"), read("∀y (¬Nice(y) → ¬Kind(y))")
    assert equivalent(one, other, session).status == "undecided"
    assert valid(read("∀x (Kind(x) ∨ ¬Kind(x))"), session) in (None, True)


# --- random formulas ------------------------------------------------------------------------------------------------
@LIMITS
@given(formulas(), st.sampled_from(sorted(REWRITES)))
def test_a_rewritten_formula_is_never_different(formula: Formula, name: str) -> None:
    assert equivalent(formula, REWRITES[name](formula), Session(open_solver("z3", EFFORT))).status != "different"


@LIMITS
@given(formulas())
def test_a_formula_and_its_negation_are_never_equivalent(formula: Formula) -> None:
    found = equivalent(formula, Not(formula), Session(open_solver("z3", EFFORT)))
    assert found.status != "equivalent"


@LIMITS
@given(formulas(), st.data())
def test_a_mutant_that_a_structure_tells_apart_is_never_equivalent(formula: Formula, data: st.DataObject) -> None:
    made = [each for change in MUTATIONS.values() for each in mutants(formula, change)]
    if not made:
        return
    mutant = data.draw(st.sampled_from(made))
    found = equivalent(formula, mutant, Session(open_solver("z3", EFFORT)))
    try:
        first_only, second_only = differences(formula, mutant, count=40)
    except Beyond:
        return
    assert not (found.status == "equivalent" and (first_only or second_only))
    assert not (found.forward is True and first_only)
    assert not (found.backward is True and second_only)


def test_structures_tell_apart_what_differs_and_nothing_else() -> None:
    for one, other in SAME:
        if "age" not in one:
            assert differences(read(one), read(other)) == (False, False)
    assert differences(read("Kind(bob) ∨ Nice(bob)"), read("Kind(bob)")) == (True, False)
    assert differences(read("∃y ∀x Likes(x, y)"), read("∀x ∃y Likes(x, y)")) == (False, True)
    with pytest.raises(Beyond):
        differences(read("∀x:Int x > 1"), read("∀x:Int x > 2"))

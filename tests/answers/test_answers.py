"""Final answers: what is found, what is equal, what stays undecided; never a wrong "equal"."""

from __future__ import annotations

import threading
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.answers import classes, equivalent, extract, final_answer, maths
from verisearch.trace import AnswerKind, Problem

needs_maths = pytest.mark.skipif(find_spec("math_verify") is None, reason="math_verify isn't installed")


@pytest.mark.parametrize(
    ("a", "b", "kind", "status"),
    [
        ("True", "true.", None, "equal"),
        ("True", "False", None, "different"),
        ("Unknown", "uncertain", None, "equal"),
        ("yes", "True", "true-false-unknown", "equal"),
        ("no", "True", "true-false-unknown", "different"),
        ("perhaps", "True", "true-false-unknown", "undecided"),
        ("B", "(b)", "choice", "equal"),
        ("B", "C", "choice", "different"),
        ("B. 12", "B", "choice", "equal"),
        ("B. 12", "B. 13", "choice", "undecided"),
        ("1/2", "0.5", "number", "equal"),
        ("1/2", "$\\frac{1}{2}$", "number", "equal"),
        ("3 1/7", "22/7", "number", "equal"),
        ("1,234,567", "1234567", "number", "equal"),
        pytest.param("1,23", "123", "number", "different", marks=needs_maths),
        pytest.param("0,111", "111", "number", "different", marks=needs_maths),
        ("50%", "0.5", "number", "equal"),
        ("50%", "50", "number", "undecided"),
        ("50%", "51", "number", "different"),
        ("-3", "\u22123.0", "number", "equal"),
        ("-3", "3", "number", "different"),
        ("1/0", "1/0", "number", "equal"),
        ("1e3", "1000", "number", "equal"),
        ("2 \\times 10^{3}", "2000", "number", "equal"),
        ("0.333", "1/3", "number", "undecided"),
        ("0.3", "1/3", "number", "different"),
        ("5 cm", "5 m", "number", "undecided"),
        ("5 cm", "5", "number", "undecided"),
        ("5 cm", "6 cm", "number", "different"),
        ("$5", "5.00", "number", "undecided"),
        ("Paris", "paris", "free", "equal"),
        ("Paris", "London", "free", "undecided"),
        ("", "", None, "undecided"),
        ("  ", "1", None, "undecided"),
    ],
)
def test_plain_answers(a: str, b: str, kind: AnswerKind | None, status: str) -> None:
    assert equivalent(a, b, kind=kind).status == status
    assert equivalent(b, a, kind=kind).status == status


def test_options_say_what_letters_stand_for() -> None:
    assert equivalent("B", "False", kind="choice", options=["A) True", "B) False"]).status == "equal"
    assert equivalent("A", "False", options=["A) True", "B) False"]).status == "different"


@settings(max_examples=60, deadline=None)
@given(st.fractions(max_denominator=1000), st.fractions(max_denominator=1000))
def test_fractions_are_compared_exactly(one: object, other: object) -> None:
    assert equivalent(str(one), str(other)).status == ("equal" if one == other else "different")


def test_without_math_verify_expressions_are_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maths, "available", lambda: False)
    found = equivalent("a + b + c", "c + b + a", kind="expression")
    assert found.status == "undecided"
    assert "verisearch[math]" in found.reason
    assert equivalent("$x+9$", "x + 9", kind="expression").status == "equal"


@needs_maths
@pytest.mark.parametrize(
    ("a", "b", "status"),
    [
        ("x + 1", "1+x", "equal"),
        ("\\sqrt{8}", "2\\sqrt{2}", "equal"),
        ("sqrt(8)", "2*sqrt(2)", "equal"),
        ("\\{1,2\\}", "\\{2, 1\\}", "equal"),
        ("(1,2)", "(2,1)", "different"),
        ("x + 1", "x + 2", "different"),
        ("5!", "5", "different"),
        ("\\frac{e^{-50}}{1}", "0", "different"),
        ("1 \\times 10^{-20}", "0", "different"),
        ("\\frac{2}{6}\\cdot 1", "0.333333", "undecided"),
        ("9\\%\\cdot 1", "9", "different"),
        ("$5 \\text{ cm}$", "$5 \\text{ m}$", "undecided"),
        ("the square of x", "x times x", "undecided"),
        ("\\frac{1}{", "\\frac{1}{2}", "undecided"),
        ("__import__('os').getcwd()", "1", "undecided"),
    ],
)
def test_expressions(a: str, b: str, status: str) -> None:
    found = equivalent(a, b, kind="expression")
    assert found.status == status, found.reason
    assert equivalent(b, a, kind="expression") == found


@needs_maths
def test_expressions_can_be_compared_in_any_thread() -> None:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(equivalent("y + 1", "1 + y").status))
    thread.start()
    thread.join(120)
    assert found == ["equal"]


@needs_maths
def test_what_takes_too_long_is_undecided_and_the_next_pair_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    child = maths.Child()
    assert child.ask("z+1", "1+z").status == "equal"
    monkeypatch.setattr(maths, "LIMIT", 0.0)
    assert "longer" in child.ask("\\int_0^1 x^2 dx", "\\frac{1}{3}").reason
    monkeypatch.setattr(maths, "LIMIT", 60.0)
    assert child.ask("z+1", "z+2").status == "different"
    assert child.process is not None
    child.process.kill()
    child.process.wait()
    assert child.ask("z+1", "1+z").status == "equal"
    child.close()


def test_classes_go_by_the_first_member() -> None:
    assert classes(["0.5", None, "1/2", "2", " ", "50%", "2.0"], kind="number") == ((0, 2, 5), (3, 6))
    # 50% is 0.5; against 50 it is undecided, which counts as different
    assert classes(["50", "50%", "0.5"], kind="number") == ((0,), (1, 2))
    assert classes([]) == ()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["1", "1.0", "2", "50%", "0.5", "50", None]), max_size=8))
def test_the_first_answers_are_grouped_the_same_whatever_follows(answers: list[str | None]) -> None:
    whole = classes(answers, kind="number")
    for count in range(len(answers)):
        cut = [tuple(place for place in members if place < count) for members in whole]
        assert classes(answers[:count], kind="number") == tuple(members for members in cut if members)


@pytest.mark.parametrize(
    ("text", "kind", "answer"),
    [
        ("The answer is True.", "true-false-unknown", "True"),
        ("The answer is no.", "true-false-unknown", "False"),
        ("The answer is 42.", "true-false-unknown", None),
        ("The answer is (B).", "choice", "B"),
        ("The answer is 42.", "number", "42"),
        ("First, the answer is 3.\nNo: the answer is 4.", "number", "4"),
        ("#### 1,234", "number", "1,234"),
        ("So \\boxed{5!}.", "expression", "5!"),
        ("The answer is $\\frac{1}{2}$.", "expression", "\\frac{1}{2}"),
        ("The answer is \\(x+1\\).", "expression", "x+1"),
        ("I count 42 apples and then eat them.", "number", None),
        ("The answer is True.", "number", None),
        ("<think>The answer is 5.", "number", None),
        ("<think>The answer is 5.</think>The answer is 6.", "number", "6"),
        ("", None, None),
        ("", "number", None),
    ],
)
def test_answers_are_found_by_kind(text: str, kind: AnswerKind | None, answer: str | None) -> None:
    assert extract(text, kind=kind) == answer


def test_a_problems_kind_and_options_count() -> None:
    assert final_answer("The answer is $\\frac12$.", Problem(answer_kind="expression")) == "\\frac12"
    assert final_answer("The answer is B.", Problem(question="Is it so?\nA) True\nB) False")) == "False"

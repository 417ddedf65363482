"""Final answers: what is found, what is equal, what stays undecided; never a wrong "equal"."""

from __future__ import annotations

import threading
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.answers import classes, equivalent, extract, final_answer, maths, points
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
        ("B", "B) is wrong", "choice", "undecided"),
        ("B", "B. Hmm, C", "choice", "undecided"),
        ("x", "x) is not it", "expression", "undecided"),
        ("1/2", "0.5", "number", "equal"),
        ("1/2", "$\\frac{1}{2}$", "number", "equal"),
        ("3 1/7", "22/7", "number", "equal"),
        ("1,234,567", "1234567", "number", "equal"),
        ("1,23", "123", "number", "different"),
        ("0,111", "111", "number", "different"),
        ("1,23", "1.23", None, "different"),
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
        ("5 cm", "5 m", "number", "different"),
        ("500 cm", "5 m", "number", "equal"),
        ("5 cm", "5 kg", "number", "undecided"),
        ("5 mW", "5 MW", "number", "undecided"),
        ("twenty-one", "21", "number", "equal"),
        ("1000,99", "1000.99", "number", "equal"),
        ("120,000", "120000", "number", "equal"),
        ("0,125", "1/8", "number", "equal"),
        ("101_2", "5", "number", "equal"),
        ("5 cm", "5", "number", "undecided"),
        ("5 cm", "6 cm", "number", "different"),
        ("2 years", "24 months", "number", "equal"),
        ("3 times", "3 seconds", "number", "undecided"),
        ("5 angles", "5 degrees", "number", "undecided"),
        ("$5", "5.00", "number", "undecided"),
        ("yes", "Yes, it is.", "true-false-unknown", "equal"),
        ("no", "Yes, it is.", "true-false-unknown", "different"),
        ("yes", "Yes, it is not.", "true-false-unknown", "undecided"),
        ("**", "__", None, "undecided"),
        ("\\boxed{}", "{}", None, "undecided"),
        ("4\u200b2", "42", "number", "undecided"),
        ("x", "X", None, "different"),
        ("~42", "42", "number", "undecided"),
        ('42"', "42", "number", "undecided"),
        ('"42"', "42", "number", "equal"),
        ("2\u20135", "-3", None, "undecided"),
        ("no", "on", None, "undecided"),
        ("Paris", "paris", "free", "equal"),
        ("Paris", "London", "free", "undecided"),
        ("", "", None, "undecided"),
        ("  ", "1", None, "undecided"),
    ],
)
def test_plain_answers(a: str, b: str, kind: AnswerKind | None, status: str) -> None:
    assert equivalent(a, b, kind=kind).status == status
    assert equivalent(b, a, kind=kind).status == status


@pytest.mark.parametrize(
    ("a", "b", "status"),
    [
        ("5 cm", "5", "equal"),
        ("$5", "5.00", "equal"),
        ("42 \\text{ inches}", "42", "equal"),
        ("28^\\circ", "28", "equal"),
        ("x = \\sqrt2 \\text{ cm}", "\\sqrt2", "equal"),
        ("180^\\circ", "\\pi", "equal"),
        ("5 cm", "6", "different"),
        ("5 cm", "5 kg", "undecided"),
        ("5 cm", "5 m", "different"),
        ("$5", "€5", "undecided"),
        ("50%", "50", "undecided"),
    ],
)
def test_a_unit_on_one_side_matters_unless_it_is_said_not_to(a: str, b: str, status: str) -> None:
    assert equivalent(a, b, units=False).status == status
    assert equivalent(b, a, units=False).status == status
    assert equivalent(a, b).status != "equal" or a == "180^\\circ"


def test_options_say_what_letters_stand_for() -> None:
    assert equivalent("B", "False", kind="choice", options=["A) True", "B) False"]).status == "equal"
    assert equivalent("A", "False", options=["A) True", "B) False"]).status == "different"
    numbers = ["A) 10", "B) 12", "C) 12.0"]
    assert equivalent("A. 10", "ten", kind="choice", options=numbers).status == "equal"
    assert extract("The answer is B) 12.", kind="choice", options=numbers) == "12"
    assert extract("The answer is B) 10.", kind="choice", options=numbers) is None
    assert extract("The answer is A and B.", kind="choice", options=numbers) is None
    assert equivalent("A. 11", "A", kind="choice", options=numbers).status == "undecided"
    assert equivalent("B", "12", kind="choice", options=numbers).status == "undecided"


@settings(max_examples=60, deadline=None)
@given(st.fractions(max_denominator=1000), st.fractions(max_denominator=1000))
def test_fractions_are_compared_exactly(one: object, other: object) -> None:
    assert equivalent(str(one), str(other)).status == ("equal" if one == other else "different")


def test_without_the_extra_only_exact_arithmetic_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maths, "available", lambda: False)
    monkeypatch.setattr(points, "available", lambda: False)
    assert equivalent("a + b + c", "c + b + a", kind="expression").status == "equal"
    assert equivalent("a + b + c", "c + b - a", kind="expression").status == "different"
    for one, other in (("\\sin^2 y + \\cos^2 y", "1"), ("\\sum_{k=1}^{3} k", "6")):
        found = equivalent(one, other, kind="expression")
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
        ("$5 \\text{ cm}$", "$5 \\text{ m}$", "different"),
        ("$\\pi \\text{ cm}$", "$\\pi$", "undecided"),
        ("\\sum_{k=1}^{5} k", "15", "equal"),
        ("\\sum_{k=1}^{5} k", "16", "different"),
        ("\\int_0^1 x^2 dx", "\\frac{1}{3}", "equal"),
        ("\\sum_{k=1}^{5} k", "15.0000000001", "different"),
        ("\\sum_{k=1}^{5} k \\text{ or more}", "15", "undecided"),
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
    pairs = (("\\sum_{k=1}^{4} k", "10"), ("\\sin 2t", "2\\sin t\\cos t"))
    thread = threading.Thread(target=lambda: found.extend(equivalent(*pair).status for pair in pairs))
    thread.start()
    thread.join(120)
    assert found == ["equal", "equal"]


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


@needs_maths
def test_a_hostile_sum_costs_its_limit_and_the_next_pair_is_compared() -> None:
    found = equivalent("\\prod_{k=1}^{10^{8}} k", "1", kind="expression")
    assert found.status == "undecided"
    assert "limit" in found.reason
    assert equivalent("\\prod_{k=1}^{4} k", "24", kind="expression").status == "equal"


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
        ("\\boxed{3} or \\boxed{4}", "number", "3, 4"),
        ("\\boxed{3} and \\boxed{4}", "expression", "3, 4"),
        ("\\boxed{A} or \\boxed{B}", "choice", None),
        ("The answer is 3 or 4.", "number", None),
        ("It is false that the answer is 3.", "number", None),
        ("The wrong answer is 3.", "number", None),
        ("The answer is 3 more than 5.", "number", None),
        ("The answer is 3, plus or minus 1.", "number", None),
        ("The answer is 3 cm or 4 cm.", "number", None),
        ("The answer is 3 + x.", "number", None),
        ("The answer is 3. Actually, it is 4.", "number", None),
        ("The answer is B. No, C.", "choice", None),
        ("The answer is 3 cm.", "number", "3"),
        ("The answer is 3.\nNo more steps are needed.", "number", "3"),
        ("There is no doubt that the answer is 3.", "number", "3"),
        ("4 is wrong, so the answer is 3.", "number", "3"),
        ("Option A is false, hence the answer is B.", "choice", "B"),
        ("The answer is 3? Hardly.", "number", None),
        ("The answer is B) 12 C) 14", "choice", None),
        ("The answer is $17$.", None, "17"),
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

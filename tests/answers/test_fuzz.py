"""Any text at all: nothing crashes, nothing is equal to a number that it doesn't state, and everything ends."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verisearch.answers import equivalent, extract
from verisearch.answers.work import LIMIT, limited, spend
from verisearch.trace import AnswerKind

KINDS: Sequence[AnswerKind | None] = ("number", "expression", "choice", "true-false-unknown", "free", None)
BITS = (
    r"\frac", r"\sqrt", r"\left(", r"\right)", r"\text{or}", r"\text{ cm}", r"\boxed{", "}", "{", r"\pm", r"\cup",
    r"\infty", "$",
    "^", "_", "(", ")", "[", "]", ",", ";", ":", "=", "<", r"\leq", "|", "!", "%", "'", "+", "-", "*", "/", " ", r"\\",
    "&", "x",
    "y", "n", "e", "i", "sin", r"\log", r"\pi", "3", "8", "0.5", "one", "and", "or", "is", "not", "The answer is", "°",
    "²", "√",
    r"\begin{pmatrix}", r"\end{pmatrix}", r"\circ", r"\in", r"\mathbb{R}", r"\{", r"\}", "\n", "**", "yes", "A)",
    "\u200b", "９",
)  # fmt: skip
#: No text made of the bits above states this number.
UNSTATED = "7919"
soup = st.lists(st.sampled_from(BITS), max_size=25).map("".join)
texts = st.one_of(soup, st.text(max_size=60))


@settings(max_examples=400, deadline=None)
@given(texts, texts, st.sampled_from(KINDS))
def test_any_two_texts_are_compared_the_same_both_ways(one: str, other: str, kind: AnswerKind | None) -> None:
    found = equivalent(one, other, kind=kind)
    assert found.status in ("equal", "different", "undecided")
    assert equivalent(other, one, kind=kind) == found


@settings(max_examples=600, deadline=None)
@given(soup, st.sampled_from(KINDS))
def test_no_soup_is_a_number_that_it_does_not_state(text: str, kind: AnswerKind | None) -> None:
    assert equivalent(UNSTATED, text, kind=kind).status != "equal"
    taken = extract(text, kind=kind)
    assert taken is None or equivalent(UNSTATED, taken, kind=kind).status != "equal"


@settings(max_examples=200, deadline=None)
@given(
    st.integers(-999, 999),
    st.integers(-999, 999),
    st.sampled_from(["{}", "${}$", "\\boxed{{{}}}", "The answer is {}.", "**{}**"]),
)
def test_integers_in_any_dress_are_compared_as_integers(one: int, other: int, form: str) -> None:
    assert equivalent(str(one), form.format(other)).status == ("equal" if one == other else "different")


POLYNOMIALS = st.lists(st.integers(-3, 3), min_size=1, max_size=4)


def written(coefficients: list[int], reverse: bool) -> str:
    terms = [f"({factor})x^{{{power}}}" for power, factor in enumerate(coefficients)]
    return " + ".join(terms[::-1] if reverse else terms)


@settings(max_examples=150, deadline=None)
@given(POLYNOMIALS, POLYNOMIALS)
def test_polynomials_are_equal_if_their_coefficients_are(one: list[int], other: list[int]) -> None:
    size = max(len(one), len(other))
    same = one + [0] * (size - len(one)) == other + [0] * (size - len(other))
    found = equivalent(written(one, False), written(other, True), kind="expression")
    assert found.status == ("equal" if same else "different"), found.reason


@pytest.mark.parametrize(
    "text",
    [
        "9^{9^{9^{9^{9}}}}", "(10^{10})!", "((100!)!)!", "(" * 400 + "1", "{" * 900, "-" * 900 + "1", "a," * 480,
        "2" + "!" * 300,
        r"\sqrt{" * 39 + "x" + "}" * 39, r"x^{" * 39 + "x" + "}" * 39, "(a+b+c+d+f+g)^{40}",
        "(a+b+c+d)^{9}(a+b+c)^{9}(x+y+z)^{9}",
        ",".join(rf"\binom{{x}}{{{count}}}" for count in range(39)), r"\boxed{1}" * 2000, "The answer is " * 5000,
        " " * 50000 + "or", "1," * 40000, "x" * 200000, "e^{e^{e^{e^{e}}}}", "<think>" * 10000,
        r"\cup".join(["[0,1]"] * 39),
        "10^{" * 30 + "9" + "}" * 30, "1/" * 300 + "1", "(x+1)^{40}" * 30,
        r"\begin{pmatrix}" + "1&" * 400 + r"1\end{pmatrix}",
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_hostile_texts_are_undecided_or_different(text: str) -> None:
    assert equivalent(text, "1", kind="expression").status != "equal"
    assert equivalent(text + "+1", text + "+2", kind="expression").status != "equal"


def test_what_a_comparison_may_cost_is_counted() -> None:
    with limited():
        spend(LIMIT)
        with pytest.raises(Exception, match="operations"):
            spend(1)
    spend(10 * LIMIT)  # nothing is counted outside


def test_a_comparison_that_costs_too_much_is_undecided() -> None:
    hard = [
        ",".join(rf"\binom{{x}}{{{count}}}\cdot\binom{{y}}{{x}} {tail}" for count in range(20))
        for tail in ("", r"\cdot 1.01")
    ]
    found = equivalent(*hard, kind="expression")
    assert found.status != "equal"
    assert equivalent("2x", "x+x", kind="expression").status == "equal"

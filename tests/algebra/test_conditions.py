"""How conditions stand in text: disjunctions, sets, systems, and what isn't read."""

from __future__ import annotations

import pytest

from verisearch.maths.conditions import NOTHING, Every, condition, condition_text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("x = 2 or x = -3", "x = 2 or x = -3"),
        (r"x = \pm 2", "x = 2 or x = -2"),
        ("x = ±2", "x = 2 or x = -2"),
        (r"1 \mp x = \pm y", "1 - x = y or 1 + x = -y"),
        ("x = 2, -3", "x = 2 or x = -3"),
        ("x = 1, 2 or 3", "x = 1 or x = 2 or x = 3"),
        ("x = 2 and x = -3", "x = 2 or x = -3"),
        ("x = 2; x = -3.", "x = 2 or x = -3"),
        (r"$x = 2$ or $x = -3$.", "x = 2 or x = -3"),
        (r"x = \frac{1}{2} \text{ or } x = -3", "x = 1 / 2 or x = -3"),
        (r"x = 1 \lor x = 2", "x = 1 or x = 2"),
        (r"x \in \{2, -3\}", "x = 2 or x = -3"),
        (r"x \in \{\pm 1\}", "x = 1 or x = -1"),
        ("x ∈ {5}", "x = 5"),
        (r"x \in (-\infty, 2] \cup (5, \infty)", "x ≤ 2 or x > 5"),
        (r"x \in [0, 1)", "x ≥ 0 and x < 1"),
        (r"x \in \emptyset", "no solution"),
        ("2 < x ≤ 5", "2 < x and x ≤ 5"),
        ("x > 0, x ≠ 1", "x > 0 and x ≠ 1"),
        ("x + y = 5, x - y = 1", "x + y = 5 and x - y = 1"),
        ("x-y=1 and a-b=2", "x - y = 1 and a - b = 2"),
        ("(x, y) = (2, 3)", "x = 2 and y = 3"),
        ("x = 2, y = 3 or x = 3, y = 2", "(x = 2 and y = 3) or (x = 3 and y = 2)"),
        (r"\begin{cases} x + y = 3 \\ 2x - y = 0 \end{cases}", "x + y = 3 and 2x - y = 0"),
        (r"\begin{cases} y = x^2 \\ y = x + 2 \end{cases}", "y = x^2 and y = x + 2"),
        ("|x - 3| = 5", "abs(x - 3) = 5"),
        ("2|x| + |x - 1| ≤ 3", "2 × abs(x) + abs(x - 1) ≤ 3"),
        ("xy = 6 and x + y = 5", "x × y = 6 and x + y = 5"),
        ("d = rt", "d = r × t"),
        ("2xy = 12, x = 3, y = 2", "2x × y = 12 and x = 3 and y = 2"),
        ("V = πr^2h", "V = π × r^2 × h"),
        (r"A = \pi r^2", "A = π × r^2"),
        ("Therefore, x = 4", "x = 4"),
        ("so x = 4", "x = 4"),
        ("No real solutions.", "no solution"),
        ("There is no solution", "no solution"),
        ("all real numbers", "all numbers"),
    ],
)
def test_conditions_are_read(text: str, read: str | None) -> None:
    found = condition(text)
    assert (found and condition_text(found)) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "or",
        "x = 2 or",
        "x = 2 (rejected)",
        "x = 2 only",
        "x is 2",
        "x = 2 is extraneous",
        "if x = 2 then y = 3",
        "x = 2 or x = 3, y = 5",
        "x = ±2, y = ±3",
        "y = x^2, y = x + 2",
        "x = a, x = -a",
        "sin x = 1",
        r"\log x = 2",
        "x^2 = 9 => x = 3",
        r"x \in (2, \infty]",
        r"x \in (3)",
        "x = 5!",
        "= 3",
        "x = ",
        "(x, y) = (1, 2, 3)",
        "x = " + "(" * 500 + "1" + ")" * 500,
        "x = 2 or " * 400 + "x = 2",
    ],
)
def test_what_is_no_condition_is_not_read(text: str) -> None:
    assert condition(text) is None


def test_words_are_products_only_of_known_letters() -> None:
    assert condition("abc = 6") is None
    found = condition("abc = 6", letters="abc")
    assert found is not None
    assert condition_text(found) == "a × b × c = 6"


def test_nothing_and_everything_are_conditions() -> None:
    assert condition("no solution") == NOTHING
    assert condition("for all x") == Every(())


def test_a_primed_name_is_another_name() -> None:
    found = condition("x' = x + 1")
    assert found is not None
    assert condition_text(found) == "x' = x + 1"

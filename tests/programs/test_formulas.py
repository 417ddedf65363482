"""MathQA's formulas: read in both notations, run on the problem's numbers."""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from verisearch.errors import ProgramError
from verisearch.programs import is_exact, read_expression, read_function, same_number
from verisearch.programs.formulas import OPERATIONS, Formula, Operation, numbers_in, read_linear, read_nested

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))


@pytest.mark.parametrize(
    ("linear", "nested", "numbers", "value"),
    [
        ("multiply(n1,const_100)|divide(#0,n0)|", "divide(multiply(108, const_100), 360)", (360, 108), 30),
        ("divide(n0,n1)|", "divide(7, 2)", (7, 2), Fraction(7, 2)),
        ("multiply(n0,const_0_25)|", "multiply(6, const_0_25)", (6,), Fraction(3, 2)),
        ("subtract(n0,n1)|negate(#0)|max(#1,const_0)", "max(negate(subtract(3, 5)), const_0)", (3, 5), 2),
        ("power(n0,const_2.0)|sqrt(#0)", "sqrt(power(9, const_2.0))", (9,), 9),
        ("reminder(n0,n1)", "reminder(1,000, 7)", (1000, 7), 6),
        ("choose(n0,n1)|factorial(n1)|permutation(n0,n1)", "permutation(5, 2)", (5, 2), 20),
        ("triangle_area_three_edges(n0,n1,n2)", "triangle_area_three_edges(3, 4, 5)", (3, 4, 5), 6),
        ("volume_rectangular_prism(n0,n1,n2)", "volume_rectangular_prism(2, 3.5, 4)", (2, Fraction(7, 2), 4), 28),
        ("cube_edge_by_volume(n0)", "cube_edge_by_volume(343)", (343,), 7),
        ("original_price_before_loss(n0,n1)", "original_price_before_loss(20, 80)", (20, 80), 100),
        ("inverse(n0)|negate_prob(#0)", "negate_prob(inverse(4))", (4,), Fraction(3, 4)),
    ],
)
def test_both_notations_compute_the_same(
    linear: str, nested: str, numbers: tuple[Fraction, ...], value: Fraction
) -> None:
    formula = read_linear(linear)
    assert formula.run(numbers) == value
    assert is_exact(formula.run(numbers))
    assert read_nested(nested).run(()) == value


def test_circles_are_inexact() -> None:
    assert same_number(read_linear("circle_area(n0)|volume_cone(n0,#0)").run((2,)), math.pi * 4 * math.pi * 4 / 3)
    assert same_number(read_linear("multiply(n0,const_deg_to_rad)|sine(#0)").run((30,)), 0.5)
    assert same_number(read_nested("log(1000)").run(()) / read_nested("log(const_10)").run(()), 3.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("quadruple(n0)", "unknown operation 'quadruple'"),
        ("add(n0)", "add takes 2 arguments, and has 1"),
        ("add(n0,#0)", "#0 is used before it is there"),
        ("add(n0,const_e)", "'const_e' is no number, constant or result"),
        ("add n0 n1", "is no operation"),
    ],
)
def test_what_is_wrong_with_a_formula_is_said(text: str, said: str) -> None:
    with pytest.raises(ProgramError) as caught:
        read_linear(text)
    assert said in str(caught.value)


def test_a_formula_says_where_it_has_no_value() -> None:
    with pytest.raises(ProgramError, match="divide: a division by zero") as caught:
        read_linear("subtract(n0,n0)|divide(n0,#0)").run((3,))
    assert caught.value.kind == "undefined"
    with pytest.raises(ProgramError, match="takes 4 numbers, and there are 1"):
        read_linear("add(n0,n3)").run((3,))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("? % of 360 = 108", (360, 108)),
        ("1 / 2 of 10,000 at 12.5 % in 1 ½ years", (1, 2, 10000, Fraction(25, 2), 1)),
        ("10 ^ 29 - 41", (10, 29, 41)),
        ("1,20,000 and .5 and a4", (120000, Fraction(1, 2), 4)),
        ("none at all", ()),
    ],
)
def test_numbers_are_counted_as_the_data_set_counts_them(text: str, numbers: tuple[Fraction, ...]) -> None:
    assert numbers_in(text) == numbers


def test_endless_numbers_are_left_alone() -> None:
    assert numbers_in("3 and " + "9" * 100_000) == (3,)
    assert len(numbers_in("1 " * 10_000)) == 200


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_can_be_written_in_the_other_notations(name: str) -> None:
    takes = sum(f" {each} " in f" {OPERATIONS[name].translate(str.maketrans('()*,-+/', '       '))} " for each in "abc")
    formula = Formula((Operation(name, tuple(f"n{place}" for place in range(takes))), Operation("negate", ("#0",))))
    names = tuple(f"n{place}" for place in range(takes))
    numbers = {"sine": (1,), "side_by_diagonal": (5, 3)}.get(name, (4, 3, 2)[:takes])
    value = formula.run(numbers)
    values = dict(zip(names, numbers, strict=True))
    assert same_number(read_expression(formula.written(), names).run(values), value)
    assert same_number(read_function(formula.written_as_function()).run(values), value)


# --- the data set ---
@pytest.fixture(scope="module")
def rows(data_dir: Path) -> list[dict[str, str]]:
    path = data_dir / "math" / "mathqa_test.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


@pytest.mark.data
def test_every_row_is_read_in_both_notations(rows: list[dict[str, str]]) -> None:
    assert len(rows) == 1_313
    agree: Counter[object] = Counter()
    for row in rows:
        numbers = numbers_in(row["Problem"])
        linear, nested = read_linear(row["linear_formula"]), read_nested(row["annotated_formula"])
        assert linear.needs <= len(numbers), row["id"]
        try:
            agree[same_number(linear.run(numbers), nested.run(()))] += 1
        except ProgramError as error:
            agree[error.kind] += 1
    # the nested notation has other literals in 18 rows
    assert agree == {True: 1_291, False: 18, "undefined": 3, "limit": 1}


#: Operations whose meaning nobody doubts, by floating point.
PLAIN = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "sqrt": lambda a: a**0.5,
    "inverse": lambda a: 1 / a,
    "negate": lambda a: -a,
    "floor": lambda a: a // 1,
    "factorial": lambda a: math.gamma(a + 1),
}
STEP = re.compile(r"(\w+)\(([^)]*)\)")


@pytest.mark.data
def test_plain_programs_come_out_as_a_second_evaluator_has_it(rows: list[dict[str, str]]) -> None:
    """So that a row that disagrees with its key does so because of its program."""
    compared = 0
    for row in rows:
        steps = STEP.findall(row["linear_formula"])
        if not all(name in PLAIN for name, _ in steps):
            continue
        numbers = [
            float(each.replace(",", "")) for each in re.findall(r"[0-9][0-9,]*(?:[.][0-9]+)?|[.][0-9]+", row["Problem"])
        ]
        results: list[float] = []
        try:
            for name, arguments in steps:
                given = [
                    results[int(each[1:])]
                    if each[0] == "#"
                    else numbers[int(each[1:])]
                    if each[0] == "n"
                    else math.pi
                    if each == "const_pi"
                    else float(each.removeprefix("const_").replace("_", "."))
                    for each in arguments.split(",")
                ]
                results.append(PLAIN[name](*given))
        except (ZeroDivisionError, OverflowError):
            continue
        if isinstance(results[-1], complex) or not math.isfinite(results[-1]) or abs(results[-1]) < 1e-300:
            continue
        found = read_linear(row["linear_formula"]).run(numbers_in(row["Problem"]))
        assert math.isclose(float(found), results[-1], rel_tol=1e-9, abs_tol=1e-9), row["id"]
        compared += 1
    assert compared > 1_150


@pytest.mark.data
def test_rows_come_to_their_key_or_are_named_with_the_cause(rows: list[dict[str, str]]) -> None:
    from mathqa import CAUSES, outcome, read

    found = Counter(outcome(read(row, "linear_formula"), numbers_in(row["Problem"]), row)[0] for row in rows)
    assert set(found) <= set(CAUSES)
    assert sum(found.values()) == 1_313
    assert found[CAUSES[0]] == 858
    assert found["another option"] == 57
    assert found["the program can't be read"] == 0


@pytest.mark.data
def test_rows_can_be_written_as_expressions_and_functions(rows: list[dict[str, str]]) -> None:
    compared = 0
    for row in rows:
        formula, numbers = read_linear(row["linear_formula"]), numbers_in(row["Problem"])
        values = {f"n{place}": each for place, each in enumerate(numbers)}
        try:
            value = formula.run(numbers)
        except ProgramError:
            continue
        assert same_number(read_expression(formula.written(), tuple(values)).run(values), value), row["id"]
        assert same_number(read_function(formula.written_as_function()).run(values), value), row["id"]
        compared += 1
    assert compared == 1_309


@pytest.mark.parametrize(
    ("option", "value", "decimals"),
    [
        ("rs . 440", 440, 0),
        ("$ 177,500", 177500, 0),
        ("3 , 012,121", 3012121, 0),
        ("16 : 9", Fraction(16, 9), None),
        ("5 1 / 2", Fraction(11, 2), None),
        ("1 / 40,000", Fraction(1, 40000), None),
        ("− 120", -120, 0),
        ("12.50 %", Fraction(25, 2), 2),
        ("254 m 2", 254, 0),
        ("2 √ 2", 2 * 2**0.5, None),
        ("25 π", 25 * math.pi, None),
        ("five", 5, 0),
    ],
)
def test_options_are_read_as_numbers(option: str, value: Fraction | float, decimals: int | None) -> None:
    from mathqa import shown

    found = shown(option)
    assert found is not None
    assert same_number(found.value, value)
    assert found.decimals == decimals


@pytest.mark.parametrize("option", ["none of these", "it can not be determined", "14 : 00", "m", ""])
def test_options_without_a_number_are_none(option: str) -> None:
    from mathqa import shown

    assert shown(option) is None


def test_a_value_is_an_option_where_it_rounds_to_it() -> None:
    from mathqa import Shown, rounds_to

    assert rounds_to(Fraction(1, 3), Shown(Fraction(33, 100), 2, False))
    assert not rounds_to(Fraction(2, 3), Shown(Fraction(66, 100), 2, False))
    assert rounds_to(Fraction(2, 3), Shown(Fraction(66, 100), 2, False), cut=True)
    assert not rounds_to(Fraction(1, 3), Shown(Fraction(33, 100), None, False))
    assert rounds_to(Fraction(1, 5), Shown(20, 0, True))
    assert not rounds_to(Fraction(1, 5), Shown(20, 0, False))
    assert rounds_to(10**500, Shown(10**500, 0, False))

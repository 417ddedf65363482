"""What small programs compute: exact where it can be, as Python would otherwise."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest

from verisearch.errors import ProgramError
from verisearch.programs import is_exact, read_expression, read_function, same_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A + B * 2", 17),
        ("A / B", Fraction(3, 7)),
        ("A / B * B", 3),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1e-3 * 1_000", 1),
        (".5 + 2.", Fraction(5, 2)),
        ("A // 2 + A % 2", 2),
        ("-A // 2", -2),
        ("-A % 2", 1),
        ("A ** 2 - A ^ 2", 0),
        ("A ** -2", Fraction(1, 9)),
        ("2 ** 0.5 ** 0", 2),
        ("(16 / 9) ** 0.5", Fraction(4, 3)),
        ("27 ** (2 / 3)", 9),
        ("sqrt(0.25)", Fraction(1, 2)),
        ("math.sqrt(49)", 7),
        ("floor(B / 2) + ceil(B / 2)", 7),
        ("round(2.5) + round(3.5)", 6),
        ("round(2.675, 2)", Fraction(268, 100)),
        ("int(-B / 2)", -3),
        ("max(A, B) - min(A, B, 1)", 6),
        ("abs(A - B)", 4),
        ("A if A > B else B", 7),
        ("A and B", 7),
        ("not A", None),
        ("(A < B < 10) + 0", 1),
        ("gcd(12, 18) * lcm(4, 6)", 72),
        ("comb(5, 2) + factorial(4) + perm(4, 2)", 46),
        ("[A, B, 5][1] + (A, B)[-1]", 14),
        ("sum([A, B, 0.5])", Fraction(21, 2)),
        ("A × B ÷ 2 − 1 · 3", Fraction(15, 2)),
        ("3 * (A + B)", 30),
        ("pow(A, 3)", 27),
    ],
)
def test_expressions_are_exact(text: str, value: Fraction | None) -> None:
    program = read_expression(text, ("A", "B"))
    if value is None:
        with pytest.raises(ProgramError, match="truth value"):
            program.run({"A": 3, "B": 7})
        return
    found = program.run({"A": 3, "B": 7})
    assert is_exact(found)
    assert found == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("sqrt(2)", math.sqrt(2)), ("pi * A ** 2", math.pi * 9), ("2 ** (A / 2)", 2**1.5), ("log(A)", math.log(3))],
)
def test_what_is_irrational_is_inexact(text: str, value: float) -> None:
    found = read_expression(text, ("A",)).run({"A": 3})
    assert not is_exact(found)
    assert same_number(found, value)


def test_inexact_numbers_are_the_same_up_to_rounding_and_exact_ones_are_not() -> None:
    assert same_number(0.1 + 0.2, Fraction(3, 10))
    assert not same_number(Fraction(1, 3), Fraction(33333333333, 10**11))
    assert not same_number(2.0, 10**4000)
    assert not same_number(1.0, 1.001)


@pytest.mark.parametrize(
    "text",
    [
        *("A / 0", "A % 0", "A // (A - 3)", "0 ** -1", "sqrt(-A)", "(-8) ** (1 / 3)", "log(0)", "factorial(-1)"),
        *("factorial(0.5)", "comb(-1, 2)", "[A][1]", "[A] + 1", "max([])", "len(A)", "exp(10**6)", "range(3) + 1"),
        *("[1, 2]", "range(1, 2, 0)"),
    ],
)
def test_what_has_no_value_says_so(text: str) -> None:
    program = read_expression(text, ("A",))
    with pytest.raises(ProgramError) as caught:
        program.run({"A": 3})
    assert caught.value.kind == "undefined"


COLLATZ = """
import math

def steps(start: int) -> int:
    '''How many steps to 1?  Nothing is looked up: {__import__}'''
    count: int = 0
    n, limit = start, 1000
    while n != 1 and count < limit:
        if n % 2 == 0:
            n //= 2
        elif n > 0:
            n = 3 * n + 1
        else:
            break
        count += 1
    return count
"""
CHANGE = """
def solution(A, B):
    # Greedy: the fewest coins. The answer is not 5.
    left = A * 100
    coins = 0
    for value, most in [(50, 100), (20, B), (10, 1)]:
        for i in range(most):
            if left < value:
                continue
            left -= value
            coins += 1
    sum = coins
    return sum + left / 1000
"""
LEAST = """
def solution(A, B):
    best = None_ = 999
    for x in range(1, int(A) + 1):
        for y in range(1, 10):
            if x * y == B:
                best = min(best, x + y)
                break
        if best < 5:
            return best
    return best
"""


@pytest.mark.parametrize(
    ("source", "values", "value"),
    [
        (COLLATZ, (27,), 111),
        (COLLATZ, (1,), 0),
        (CHANGE, (Fraction(177, 100), 3), Fraction(4007, 1000)),
        (LEAST, (12, 36), 12),
        (LEAST, (2, 4), 4),
    ],
)
def test_functions_run_as_python_would(source: str, values: tuple[Fraction, ...], value: Fraction) -> None:
    program = read_function(source)
    assert program.run(dict(zip(program.parameters, values, strict=True))) == value


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(A):\n    x = A", "without returning"),
        ("def f(A):\n    return", "nothing where a number"),
        ("def f(A):\n    return A > 1", "truth value"),
        ("def f(A):\n    return [A]", "a list where a number"),
        ("def f(A):\n    return x", "line 2: 'x' has no value"),
        ("def f(A):\n    x += 1\n    return x", "line 2: 'x' has no value"),
        ("def f(A):\n    sum = 1\n    return sum([A])", "line 3: 'sum' is a value here"),
        ("def f(A):\n    a, b = 1, 2, 3\n    return a", "3 values for 2 names"),
        ("def f(A):\n    for x in A:\n        pass\n    return 1", "a number where a list"),
        ("def f(A):\n    return math.sqrt", "is not called"),
        ("def f(A):\n    if A:\n        return 1 / (A - A)", "line 3: a division by zero"),
    ],
)
def test_errors_say_what_and_where(source: str, said: str) -> None:
    with pytest.raises(ProgramError) as caught:
        read_function(source).run({"A": 3})
    assert caught.value.kind == "undefined"
    assert said in str(caught.value)


def test_a_program_knows_which_parameters_it_reads() -> None:
    program = read_function("def f(A, B, C):\n    B = 2\n    return A + round(1.5)")
    assert program.parameters == ("A", "B", "C")
    assert program.used == {"A"}
    assert read_expression("A + max(B, 1)", ("A", "B", "C")).used == {"A", "B"}
    with pytest.raises(ProgramError, match="no value is given for B, C"):
        program.run({"A": 1})


def random_expression(dice: random.Random, depth: int) -> str:
    """Python that is an expression of ours as well, without what we compute more exactly."""
    if depth == 0 or dice.random() < 0.2:
        return dice.choice(["A", "B", str(dice.randint(0, 20))])
    left, right = (random_expression(dice, depth - 1) for _ in range(2))
    kind = dice.randrange(8)
    if kind < 4:
        return f"({left} {dice.choice(['+', '-', '*', '//', '%', '<', '>=', '==', '!='])} {right})"
    if kind == 4:
        return f"({left} if {right} else {random_expression(dice, depth - 1)})"
    if kind == 5:
        return f"{dice.choice(['max', 'min'])}({left}, {right})"
    if kind == 6:
        return f"({left} {dice.choice(['and', 'or'])} {right})"
    return f"({dice.choice(['-', '+', 'not ', 'abs'])}({left}))"


def test_random_whole_number_expressions_come_out_as_in_python() -> None:
    """Python itself is the oracle: what is run here is this test's own text, never anybody else's."""
    dice, compared = random.Random(7), 0
    for _ in range(2_000):
        text = random_expression(dice, 4)
        values = {"A": dice.randint(-9, 9), "B": dice.randint(1, 9)}
        try:
            expected = int(eval(text, {"__builtins__": {"max": max, "min": min, "abs": abs}}, dict(values)))  # noqa: S307
        except ZeroDivisionError:
            expected = None
        program = read_expression(f"0 + {text}", ("A", "B"))
        if expected is None:
            with pytest.raises(ProgramError, match="division by zero"):
                program.run(values)
            continue
        found = program.run(values)
        assert found == expected, text
        compared += 1
    assert compared > 1_200

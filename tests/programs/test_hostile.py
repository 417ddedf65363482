"""No program that does more than compute gets through, and none runs for long."""

from __future__ import annotations

import builtins
import random
import subprocess
import sys
from collections import Counter
from fractions import Fraction

import pytest

from verisearch.errors import ProgramError
from verisearch.programs import Limits, read_expression, read_function
from verisearch.programs.formulas import read_linear, read_nested
from verisearch.programs.functions import FUNCTIONS

#: Functions that must be refused before anything of them is run.
REFUSED = {
    "import os": "import os\ndef f(A):\n    return A",
    "import inside": "def f(A):\n    import os\n    return A",
    "import under another name": "import math as m\ndef f(A):\n    return A",
    "import of several": "import math, os\ndef f(A):\n    return A",
    "import of what is not known": "from math import nan\ndef f(A):\n    return A",
    "import of everything": "from math import *\ndef f(A):\n    return A",
    "import relative": "from . import x\ndef f(A):\n    return A",
    "import by name": "def f(A):\n    return __import__('os').system('true')",
    "eval": "def f(A):\n    return eval('1')",
    "exec": "def f(A):\n    return exec('x = 1')",
    "compile": "def f(A):\n    return compile('1', '', 'eval')",
    "open": "def f(A):\n    return open('/etc/passwd')",
    "input": "def f(A):\n    return input()",
    "print": "def f(A):\n    print(A)\n    return A",
    "getattr": "def f(A):\n    return getattr(A, 'real')",
    "globals": "def f(A):\n    return globals()",
    "vars": "def f(A):\n    return vars()",
    "builtins": "def f(A):\n    return __builtins__",
    "builtins as a parameter": "def f(__builtins__):\n    return 1",
    "builtins assigned": "def f(A):\n    __builtins__ = A\n    return A",
    "the class of a number": "def f(A):\n    return A.__class__.__mro__[-1].__subclasses__()",
    "the class of a list": "def f(A):\n    return [].__class__",
    "an attribute of math": "def f(A):\n    return math.__loader__",
    "an attribute of a result": "def f(A):\n    return math.sqrt(A).real",
    "a method": "def f(A):\n    return A.bit_length()",
    "a method of a list": "def f(A):\n    xs = [A]\n    xs.append(A)\n    return xs",
    "a format string": "def f(A):\n    return '{0.__class__}'.format(A)",
    "an f-string": "def f(A):\n    return f'{A.__class__}'",
    "a percent format": "def f(A):\n    return '%s' % A",
    "a text repeated": "def f(A):\n    return len('x' * 10**9)",
    "bytes": "def f(A):\n    return b'x' * 10**9",
    "a lambda": "def f(A):\n    return (lambda x: x)(A)",
    "a lambda that calls itself": "def f(A):\n    return (lambda g: g(g))(lambda g: g(g))",
    "a list comprehension": "def f(A):\n    return sum([x for x in range(10**9)])",
    "comprehensions in each other": "def f(A):\n    return [[0 for a in range(9999)] for b in range(9999)]",
    "a set comprehension": "def f(A):\n    return {x for x in range(9)}",
    "a dict comprehension": "def f(A):\n    return {x: x for x in range(9)}",
    "a generator": "def f(A):\n    return sum(x for x in range(10**9))",
    "yield": "def f(A):\n    yield A",
    "yield from": "def f(A):\n    yield from [A]",
    "await": "async def f(A):\n    return A",
    "the walrus": "def f(A):\n    return (x := A)",
    "a decorator": "@staticmethod\ndef f(A):\n    return A",
    "a default": "def f(A, B=open('/etc/passwd')):\n    return A",
    "two parameters of one name": "def f(A, A):\n    return A",
    "a default that is shared": "def f(A, B=[]):\n    return A",
    "an annotation that calls": "def f(A: open('/etc/passwd')):\n    return A",
    "an annotation of a name that calls": "def f(A):\n    x: exec('1') = A\n    return x",
    "any number of arguments": "def f(*A):\n    return A[0]",
    "keyword arguments": "def f(**A):\n    return 1",
    "arguments spread": "def f(A):\n    return max(*[A] * 10**9)",
    "a keyword": "def f(A):\n    return round(A, ndigits=10**9)",
    "global": "def f(A):\n    global x\n    x = A\n    return x",
    "nonlocal": "def f(A):\n    nonlocal A\n    return A",
    "a class": "class X:\n    pass\ndef f(A):\n    return A",
    "a class with a metaclass": "class X(metaclass=type):\n    pass\ndef f(A):\n    return A",
    "try": "def f(A):\n    try:\n        return A\n    except Exception:\n        return 0",
    "raise": "def f(A):\n    raise SystemExit",
    "assert": "def f(A):\n    assert A\n    return A",
    "with": "def f(A):\n    with open('x') as y:\n        return A",
    "del": "def f(A):\n    del A\n    return 1",
    "match": "def f(A):\n    match A:\n        case 1:\n            return 1\n    return 2",
    "a function inside": "def f(A):\n    def g():\n        return g()\n    return g()",
    "two functions": "def g(A):\n    return g(A)\ndef f(A):\n    return g(A)",
    "a call of itself": "def f(A):\n    return f(A)",
    "a call of a result": "def f(A):\n    return abs(A)(A)",
    "a call of an item": "def f(A):\n    return [abs][0](A)",
    "code beside the function": "print(1)\ndef f(A):\n    return A",
    "an item given a value": "def f(A):\n    x = [1]\n    x[0] = A\n    return x[0]",
    "an attribute given a value": "def f(A):\n    A.x = 1\n    return A",
    "math given away": "def f(A):\n    math = A\n    return math.pi",
    "a loop over math": "def f(A):\n    for math in [1]:\n        pass\n    return 1",
    "a slice": "def f(A):\n    return range(9)[::2]",
    "is": "def f(A):\n    return 1 if A is None else 2",
    "in": "def f(A):\n    return 1 if A in [1] else 2",
    "bits shifted": "def f(A):\n    return 1 << 10**9",
    "matrices": "def f(A):\n    return A @ A",
    "a dictionary": "def f(A):\n    return {1: A}[1]",
    "an imaginary number": "def f(A):\n    return 1j",
    "an ellipsis": "def f(A):\n    return ...",
    "letters that become a dunder": "def f(A):\n    return ＿＿import＿＿",
    "italic letters": "def f(A):\n    return 𝘦𝘷𝘢𝘭('1')",
    "a letter that isn't ASCII": "def f(A):\n    ä = A\n    return ä",
    "a null character": "def f(A):\n    return A\0",
    "a form feed": "def f(A):\n\f    return A",
    "a backslash": "def f(A):\n    return A + \\\n 1",
    "a byte order mark inside": "def f(A):\n    return A\ufeff",
    "no function": "A + 1",
    "nothing": "",
    "words": "I can't help with that.",
}

#: Functions that get through, and are stopped by a limit.
STOPPED = {
    "an infinite loop": "def f(A):\n    while True:\n        pass",
    "an infinite loop that counts": "def f(A):\n    while 1:\n        A += 1\n    return A",
    "loops in each other": "def f(A):\n"
    + "".join(f"{'    ' * (n + 1)}for x{n} in range(9000):\n" for n in range(6))
    + "    " * 7
    + "A += 1\n    return A",
    "a huge range": "def f(A):\n    return sum(range(10**12))",
    "a huge range backwards": "def f(A):\n    return sum(range(10**12, 0, -1))",
    "a range of a huge number": "def f(A):\n    return len(range(9**3000))",
    "a tower of powers": "def f(A):\n    return 10**10**10",
    "a power of powers": "def f(A):\n    return 9**9**9**9**9",
    "a power by pow": "def f(A):\n    return pow(pow(9, 999), 999)",
    "a negative power": "def f(A):\n    return 10**-(10**10)",
    "a fraction's power": "def f(A):\n    return (1 / 3) ** 100000",
    "squares of squares": "def f(A):\n    x = 7\n    for i in range(99):\n        x *= x\n    return x",
    "fractions of fractions": "def f(A):\n    x = 1 / 7\n    while True:\n        x = x / 3 + 1 / (x + 5)",
    "long numbers again and again": "def f(A):\n    x = 7**4000\n    while True:\n        y = x % 12345\n    return y",
    "long fractions compared": "def f(A):\n    x = 1 / 7**4000\n    while x < 1 / 3**7000 + 1:\n        pass",
    "a huge factorial": "def f(A):\n    return math.factorial(10**9)",
    "a factorial of a factorial": "def f(A):\n    return math.factorial(math.factorial(20))",
    "a huge choice": "def f(A):\n    return math.comb(10**9, 5 * 10**8)",
    "a long arrangement": "def f(A):\n    return math.perm(9999, 9999)",
    "a decimal with a huge exponent": "def f(A):\n    return 1e999999999",
    "a decimal with a tiny exponent": "def f(A):\n    return 1e-999999999",
    "a long hexadecimal": "def f(A):\n    return 0x" + "f" * 3900,
    "rounding to a thousand digits": "def f(A):\n    return round(A, 10**6)",
    "a list of lists": "def f(A):\n    x = [1, 1]\n    while True:\n        x = [x, x]\n    return x",
    "a long text": "def f(A):\n    return A" + " + A" * 5000,
    "a comment without an end": "def f(A):\n    return A  # " + "x" * 1_000_000,
    "deep brackets": "def f(A):\n    return " + "(" * 1000 + "A" + ")" * 1000,
    "deep lists": "def f(A):\n    return " + "[" * 90 + "A" + "]" * 90,
    "deep minus signs": "def f(A):\n    return " + "-" * 3000 + "A",
    "deep nots": "def f(A):\n    return " + "not " * 900 + "A",
    "deep tildes": "def f(A):\n    return " + "~" * 3000 + "A",
    "a long sum": "def f(A):\n    return A" + "+A" * 1900,
    "a chain of conditions": "def f(A):\n    return " + "A if A else " * 300 + "A",
    "a chain of powers": "def f(A):\n    return " + "A**" * 900 + "A",
    "a chain of lambdas": "def f(A):\n    return " + "lambda:" * 400 + "A",
    "deep blocks": "def f(A):\n" + "".join(f"{' ' * (n + 1)}if A:\n" for n in range(70)) + " " * 71 + "return A",
}


@pytest.fixture(autouse=True)
def no_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever would execute, compile or open something fails the test."""

    def forbidden(*given: object, **named: object) -> object:
        raise AssertionError("something was executed")

    for name in ("eval", "exec", "open", "input", "print"):
        monkeypatch.setattr(builtins, name, forbidden)


def test_there_are_enough_of_them() -> None:
    assert len(REFUSED) >= 80
    assert len(STOPPED) >= 30


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_arithmetic_is_refused(name: str) -> None:
    with pytest.raises(ProgramError) as caught:
        read_function(REFUSED[name])
    assert caught.value.kind == "refused"
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("name", STOPPED)
def test_what_is_too_much_is_stopped(name: str) -> None:
    with pytest.raises(ProgramError) as caught:
        read_function(STOPPED[name]).run({"A": 3})
    assert caught.value.kind == "limit"


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "().__class__",
        "A.__class__",
        "A.real",
        "eval('1')",
        "lambda: 1",
        "(lambda x: x)(1)",
        "[x for x in A]",
        "(x := 1)",
        "f'{A}'",
        "'A' * 9",
        "A if B",
        "A; B",
        "A\nB",
        "A = 1",
        "B + C",
        "open",
        "math",
        "math.inf",
        "sqrt",
        "sqrt()",
        "yield A",
        "await A",
        "*A",
        "A[B]",
        "10**10**10",
        "9!",
        "",
        " ",
        "2A",
        "\\frac{A}{2}",
        "1e5000",
        "(" * 500,
        "{A}",
        "A or __debug__",
        "None",
    ],
)
def test_no_expression_does_more_than_compute(text: str) -> None:
    with pytest.raises(ProgramError):
        read_expression(text, ("A",)).run({"A": 3})


@pytest.mark.parametrize(
    "text",
    [
        "eval(n0)",
        "add(n0)",
        "add(n0,n1,n2)",
        "add(n0,#0)|",
        "add(n0,#1)|add(#0,#1)",
        "add(__import__,n0)",
        "add(const_x,n0)",
        "add(const_1e9,n0)",
        "power(const_10,const_10)|power(const_10,#0)|power(const_10,#1)",
        "factorial(const_999999)",
        "choose(const_999999,const_5000)",
        "|||",
        "",
        "add(n0,n1)|" * 1000,
        "add(n999999999,n0)",
        "add(n0,n1) and more",
    ],
)
def test_no_formula_does_more_than_compute(text: str) -> None:
    with pytest.raises(ProgramError):
        read_linear(text).run((3, 4))


@pytest.mark.parametrize(
    "text", ["add(" * 900, "add(1, 2)) ", "add(1, 2) add(1, 2)", "1", "add(1, eval(2))", "add(1 2)", "(1)", ")", ","]
)
def test_no_nested_formula_does_more_than_compute(text: str) -> None:
    with pytest.raises(ProgramError):
        read_nested(text).run(())


def test_deep_formulas_need_no_recursion() -> None:
    text = "negate(" * 400 + "1" + ")" * 400
    assert read_nested(text).run(()) == 1


def test_a_limit_can_be_set_lower() -> None:
    loop = "def f(A):\n    for i in range(100):\n        A += 1\n    return A"
    assert read_function(loop).run({"A": 1}) == 101
    with pytest.raises(ProgramError, match="more than 50 steps"):
        read_function(loop, Limits(steps=50)).run({"A": 1})
    with pytest.raises(ProgramError, match="more than 8 bits"):
        read_expression("A * A", ("A",), Limits(bits=8)).run({"A": 100})


def test_the_parser_of_a_fresh_process_survives_what_is_deep() -> None:
    """A parser that overflows its stack takes the whole process with it: so in one of its own."""
    code = """
from verisearch.errors import ProgramError
from verisearch.programs import read_expression, read_function
for sign in ("(", "[", "{", "-", "not ", "lambda:", "A if A else ", "A**", "~", "f(", "A[", "*", "await ", "A.b"):
    for text in (sign * (3900 // len(sign)), sign * (3900 // len(sign)) + "A"):
        for read in (lambda: read_expression(text, ("A",)), lambda: read_function("def f(A):\\n return " + text)):
            try:
                read()
            except ProgramError:
                continue
            raise SystemExit(text[:40])
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")


def random_value(dice: random.Random, depth: int) -> str:
    """An expression of anything that is on the lists, sense or none."""
    if depth == 0 or dice.random() < 0.15:
        return dice.choice(
            ["A", "B", "x", "0", "1", "-7", "0.3", "1e99", "1e-99", "9**99", "7**4000", "pi", "math.e", "[]", "True"]
        )
    part = [random_value(dice, depth - 1) for _ in range(3)]
    sign = dice.choice(["+", "-", "*", "/", "//", "%", "**", "<", "==", ">=", "and", "or"])
    name = dice.choice(sorted(FUNCTIONS))
    fewest, most, _ = FUNCTIONS[name]
    given = ", ".join(part[: max(fewest, min(most, dice.randint(1, 3)))])
    return dice.choice(
        [
            f"({part[0]} {sign} {part[1]})",
            f"({part[0]} {sign} {part[1]})",
            f"({part[0]} if {part[1]} else {part[2]})",
            f"{name}({given})",
            f"math.{name}({given})",
            f"[{part[0]}, {part[1]}][{part[2]}]",
            f"(-{part[0]})",
            f"(not {part[0]})",
        ]
    )


def random_function(dice: random.Random) -> str:
    lines = ["def f(A, B):", "    x = 1"]
    for _ in range(dice.randint(1, 3)):
        value = random_value(dice, 3)
        lines += dice.choice(
            [
                [f"    x = {value}"],
                [f"    x {dice.choice(['+', '-', '*', '/', '//', '%', '**'])}= {value}"],
                [f"    for x in {value}:", f"        A = {random_value(dice, 2)}"],
                [f"    for i in range({value}):", f"        x = {random_value(dice, 2)}"],
                [f"    while {value}:", f"        x = {random_value(dice, 2)}", "        B -= 1"],
                [f"    if {value}:", "        return x", "    else:", f"        x, B = {value}, x"],
            ]
        )
    return "\n".join([*lines, f"    return {random_value(dice, 2)}"])


def test_random_programs_end_with_a_number_or_a_stated_error() -> None:
    dice, ended, longest = random.Random(11), Counter[str](), 0
    for _ in range(1_500):
        source = random_function(dice)
        try:
            found = read_function(source).run({"A": 3, "B": Fraction(7, 2)})
        except ProgramError as error:
            ended[error.kind] += 1
            longest = max(longest, len(str(error)))
        else:
            assert not isinstance(found, bool), source
            assert isinstance(found, (int, Fraction, float)), source
            ended["number"] += 1
    assert longest < 200
    assert ended["number"] > 100
    assert ended["undefined"] > 500
    assert ended["limit"] > 50


def test_a_long_name_is_not_repeated_at_length() -> None:
    with pytest.raises(ProgramError) as caught:
        read_expression("A" * 3_000, ("A", "B"))
    assert len(str(caught.value)) < 200

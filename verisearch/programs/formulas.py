"""The formulas of MathQA (Amini et al., arXiv 1905.13319): operations on the numbers of a problem, linear or nested.

``multiply(n1,const_100)|divide(#0,n0)|`` is a list of operations, where ``n0`` is the first number in the problem's
text and ``#0`` the first operation's result; ``divide(multiply(108, const_100), 360)`` says the same with the numbers
put in. Each operation is an expression of `verisearch.programs.read_expression`, and runs inside the same limits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from verisearch.errors import ProgramError
from verisearch.programs.arithmetic import Limits, Number, plainest
from verisearch.programs.reading import DEFAULT, Program, read_expression

__all__ = ["OPERATIONS", "Formula", "Operation", "numbers_in", "read_linear", "read_nested"]

#: What each operation computes from its arguments a, b, c. The published list gives names only: angles are in radians
#: (``const_deg_to_rad`` turns degrees into them), ``log`` is natural (all uses are quotients of two), and percentages
#: come before what they are of.
OPERATIONS: dict[str, str] = {
    # arithmetic
    "add": "a + b",
    "subtract": "a - b",
    "multiply": "a * b",
    "divide": "a / b",
    "power": "a ** b",
    "sqrt": "sqrt(a)",
    "negate": "-a",
    "inverse": "1 / a",
    "floor": "floor(a)",
    "reminder": "a % b",
    "log": "log(a)",
    "max": "max(a, b)",
    "min": "min(a, b)",
    # whole numbers
    "gcd": "gcd(a, b)",
    "lcm": "lcm(a, b)",
    "factorial": "factorial(a)",
    "choose": "comb(a, b)",
    "combination": "comb(a, b)",
    "permutation": "perm(a, b)",
    # chances, percentages, prices
    "negate_prob": "1 - a",
    "union_prob": "a + b - c",
    "percent": "a / 100 * b",
    "from_percent": "a / 100",
    "to_percent": "a * 100",
    "gain_percent": "100 + a",
    "loss_percent": "100 - a",
    "negate_percent": "100 - a",
    "p_after_gain": "(1 + a / 100) * b",
    "price_after_gain": "(1 + a / 100) * b",
    "p_after_loss": "(1 - a / 100) * b",
    "price_after_loss": "(1 - a / 100) * b",
    "original_price_before_gain": "b * 100 / (100 + a)",
    "original_price_before_loss": "b * 100 / (100 - a)",
    # speed and work
    "speed": "a / b",
    "speed_in_still_water": "(a + b) / 2",
    "stream_speed": "(a - b) / 2",
    "combined_work": "1 / (1 / a + 1 / b)",
    "find_work": "1 / (1 / a - 1 / b)",
    # angles
    "sine": "sin(a)",
    "cosine": "cos(a)",
    "tangent": "tan(a)",
    "degree_to_radians": "radians(a)",
    "radians_to_degress": "degrees(a)",
    # flat figures
    "square_area": "a ** 2",
    "square_perimeter": "4 * a",
    "square_edge_by_area": "sqrt(a)",
    "square_edge_by_perimeter": "a / 4",
    "rectangle_area": "a * b",
    "rectangle_perimeter": "2 * (a + b)",
    "triangle_area": "a * b / 2",
    "triangle_perimeter": "a + b + c",
    "triangle_area_three_edges": "sqrt((a + b + c) * (b + c - a) * (a + c - b) * (a + b - c)) / 4",
    "rhombus_area": "a * b / 2",
    "rhombus_perimeter": "4 * a",
    "quadrilateral_area": "a * (b + c) / 2",
    "trapezium_area": "a * (b + c) / 2",
    "diagonal": "sqrt(a ** 2 + b ** 2)",
    "side_by_diagonal": "sqrt(a ** 2 - b ** 2)",
    "circle_area": "pi * a ** 2",
    "circumface": "2 * pi * a",
    "semi_circle_perimiter": "pi * a + 2 * a",
    "circle_arc": "2 * pi * a * b / 360",
    "circle_sector_area": "pi * a ** 2 * b / 360",
    # solids
    "volume_cube": "a ** 3",
    "cube_edge_by_volume": "a ** (1 / 3)",
    "surface_cube": "6 * a ** 2",
    "volume_rectangular_prism": "a * b * c",
    "surface_rectangular_prism": "2 * (a * b + b * c + a * c)",
    "volume_cylinder": "pi * a ** 2 * b",
    "surface_cylinder": "2 * pi * a * (a + b)",
    "volume_cone": "pi * a ** 2 * b / 3",
    "surface_cone": "pi * a * (a + b)",
    "volume_sphere": "4 / 3 * pi * a ** 3",
    "surface_sphere": "4 * pi * a ** 2",
}

#: Constants that don't say their number.
NAMED: dict[str, float] = {"const_pi": math.pi, "const_deg_to_rad": math.pi / 180}
CONSTANT = re.compile(r"const_(\d{1,12})(?:[._](\d{1,12}))?")
#: A number of a text: whatever commas stand between digits belongs to it, as the data set has it ("1,20,000").
NUMBER = re.compile(r"\d+(?:,\d+)*(?:\.\d+)?|(?<!\d)\.\d+")
CALL = re.compile(r"\s*([a-z_0-9]+)\s*\(([^()]*)\)\s*")
#: Of a nested formula.
TOKEN = re.compile(
    r"\s*(?:(?P<open>[a-z_0-9]+)\s*\(|(?P<close>\))|(?P<comma>,\s)|(?P<value>[^\s(),]+(?:,\d[^\s(),]*)*))"
)
LETTERS = "abc"


class Operation(NamedTuple):
    """One operation. An argument is a number, or a name: ``n0`` of the problem, ``#0`` of an earlier operation."""

    name: str
    arguments: tuple[Number | str, ...]


class Formula(NamedTuple):
    """Operations in order; the last one's result is the formula's."""

    operations: tuple[Operation, ...]

    @property
    def needs(self) -> int:
        """How many numbers the problem must have."""
        used = (each for operation in self.operations for each in operation.arguments if isinstance(each, str))
        return max((int(each[1:]) + 1 for each in used if each[0] == "n"), default=0)

    def run(self, numbers: Sequence[Number], limits: Limits = DEFAULT) -> Number:
        """The result over the problem's ``numbers``. Raises `ProgramError` where there is none, or it takes more than
        the limits allow."""
        if self.needs > len(numbers):
            raise ProgramError(f"it takes {self.needs} numbers, and there are {len(numbers)}", kind="undefined")
        results: list[Number] = []
        for operation in self.operations:
            values = [
                each if not isinstance(each, str) else (numbers if each[0] == "n" else results)[int(each[1:])]
                for each in operation.arguments
            ]
            try:
                results.append(defined(operation.name, limits).run(dict(zip(LETTERS, values, strict=False))))
            except ProgramError as error:
                raise ProgramError(f"{operation.name}: {error.message}", kind=error.kind) from error
        return results[-1]

    def written(self) -> str:
        """As one expression over ``n0``, ``n1``, …, in the notation of `verisearch.programs.read_expression`."""
        parts: list[str] = []
        for name, arguments in self.operations:
            parts.append(f"({put_in(name, [spelled(each, parts) for each in arguments])})")
        return parts[-1]

    def written_as_function(self, name: str = "solution") -> str:
        """As a Python function of ``n0``, ``n1``, …, in the notation of `verisearch.programs.read_function`."""
        lines = [f"def {name}({', '.join(f'n{place}' for place in range(self.needs))}):"]
        results = [f"r{place}" for place in range(len(self.operations))]
        for result, (operation, arguments) in zip(results, self.operations, strict=True):
            lines.append(f"    {result} = {put_in(operation, [spelled(each, results) for each in arguments])}")
        return "\n".join([*lines, f"    return r{len(self.operations) - 1}"])


@lru_cache(maxsize=256)
def defined(name: str, limits: Limits) -> Program:
    """An operation's program."""
    source = OPERATIONS[name]
    return read_expression(source, tuple(each for each in LETTERS if re.search(rf"\b{each}\b", source)), limits)


def put_in(name: str, arguments: Sequence[str]) -> str:
    """An operation's expression with its arguments in it."""
    return re.sub(r"\b[abc]\b", lambda found: arguments[LETTERS.index(found[0])], OPERATIONS[name])


def spelled(argument: Number | str, results: Sequence[str]) -> str:
    """An argument in an expression, earlier results by what stands for them; fractions in brackets."""
    if isinstance(argument, str):
        return results[int(argument[1:])] if argument[0] == "#" else argument
    if isinstance(argument, float):
        return "pi" if argument == math.pi else "(pi / 180)"
    return str(argument) if argument.denominator == 1 else f"({argument})"


def numbers_in(text: str, most: int = 200) -> tuple[Number, ...]:
    """The numbers of a problem's text in order, as MathQA counts them: digits with their commas and decimals, and
    nothing else: no signs, words or ``½``; "1 / 2" is two. At most the first ``most``, each of at most 40 digits."""
    found: list[Number] = []
    for each in NUMBER.finditer(text):
        if len(found) == most or len(each[0]) > 40:
            break
        found.append(plainest(Fraction(each[0].replace(",", ""))))
    return tuple(found)


def read_linear(text: str, limits: Limits = DEFAULT) -> Formula:
    """A formula such as ``multiply(n1,const_100)|divide(#0,n0)|``. Raises `ProgramError` if it can't be read: an
    unknown operation or constant, a wrong number of arguments, a result that is not there yet."""
    short(text, limits)
    operations: list[Operation] = []
    for piece in text.split("|"):
        if not piece.strip():
            continue
        found = CALL.fullmatch(piece)
        if found is None:
            raise ProgramError(f"{piece.strip()!r} is no operation")
        arguments = tuple(argument(each.strip(), len(operations)) for each in found[2].split(",") if each.strip())
        operations.append(checked(Operation(found[1], arguments)))
    if not operations:
        raise ProgramError("there is no operation")
    return Formula(tuple(operations))


def read_nested(text: str, limits: Limits = DEFAULT) -> Formula:
    """A formula such as ``divide(multiply(108, const_100), 360)``. Raises `ProgramError` as `read_linear` does."""
    short(text, limits)
    operations: list[Operation] = []
    open_calls: list[tuple[str, list[Number | str]]] = [("", [])]
    place, text, complete = 0, text.rstrip(), False
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None or complete is not bool(found["close"] or found["comma"]):
            raise ProgramError(f"{text[place : place + 20]!r} can't be read")
        place, complete = found.end(), bool(found["close"] or found["value"])
        if found["open"]:
            open_calls.append((found["open"], []))
        elif found["close"]:
            name, arguments = open_calls.pop()
            if not open_calls:
                raise ProgramError("a bracket is closed that was not opened")
            operations.append(checked(Operation(name, tuple(arguments))))
            open_calls[-1][1].append(f"#{len(operations) - 1}")
        elif found["value"]:
            open_calls[-1][1].append(argument(found["value"], len(operations)))
    if len(open_calls) != 1 or open_calls[0][1] != [f"#{len(operations) - 1}"] or not operations:
        raise ProgramError("it is no single operation")
    return Formula(tuple(operations))


def short(text: str, limits: Limits) -> None:
    """Raises `ProgramError` for a text that is too long."""
    if len(text) > limits.length:
        raise ProgramError(f"a text of {len(text):,} characters: more than {limits.length:,}", kind="limit")


def checked(operation: Operation) -> Operation:
    """The operation, if there is one of that name and number of arguments."""
    if operation.name not in OPERATIONS:
        raise ProgramError(f"unknown operation {operation.name!r}")
    takes = len(defined(operation.name, DEFAULT).parameters)
    if len(operation.arguments) != takes:
        raise ProgramError(f"{operation.name} takes {takes} arguments, and has {len(operation.arguments)}")
    return operation


def argument(text: str, results: int) -> Number | str:
    """An argument as it is written."""
    if re.fullmatch(r"n\d{1,3}", text):
        return text
    if re.fullmatch(r"#\d{1,3}", text):
        if int(text[1:]) >= results:
            raise ProgramError(f"{text} is used before it is there")
        return text
    if text in NAMED:
        return NAMED[text]
    constant = CONSTANT.fullmatch(text)
    if constant:
        return plainest(Fraction(f"{constant[1]}.{constant[2] or 0}"))
    if len(text) <= 40 and NUMBER.fullmatch(text):
        return plainest(Fraction(text.replace(",", "")))
    raise ProgramError(f"{text[:40]!r} is no number, constant or result")

"""GSM8K's calculator annotations, and what they come to by Python's own grammar over rationals: independent of the
reader that is tested by them."""

from __future__ import annotations

import ast
import json
import operator
import random
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

__all__ = ["annotations", "changed", "holds", "rounds"]

ANNOTATION = re.compile(r"<<(.*?)>>")
OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}  # fmt: skip


def annotations(data_dir: Path) -> Iterator[str]:
    path = data_dir / "math" / "gsm8k_train.jsonl"
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            yield from ANNOTATION.findall(json.loads(line)["answer"])


def exact(node: ast.AST, source: str) -> Fraction:
    """The value by Python's own grammar, over rationals: independent of the reader that is tested."""
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](exact(node.left, source), exact(node.right, source))
    if isinstance(node, ast.UnaryOp):
        value = exact(node.operand, source)
        return -value if isinstance(node.op, ast.USub) else value
    assert isinstance(node, ast.Constant)
    return Fraction(ast.get_source_segment(source, node).rstrip("."))


def holds(annotation: str) -> bool | None:
    """Whether an annotation is true; None if it is no equation any more."""
    sides = [re.sub(r"(?<![\d.])0+(?=\d)", "", side) for side in annotation.split("=")]
    try:
        return len({exact(ast.parse(side, mode="eval").body, side) for side in sides}) == 1
    except (SyntaxError, ZeroDivisionError, AssertionError, ValueError, KeyError):
        return None


def changed(annotation: str, rng: random.Random) -> str:
    """``annotation`` with one digit or operator replaced by another."""
    places = [place for place, mark in enumerate(annotation) if mark in "0123456789+-*/"]
    place = rng.choice(places)
    choices = "0123456789" if annotation[place].isdigit() else "+-*/"
    mark = rng.choice([each for each in choices if each != annotation[place]])
    return annotation[:place] + mark + annotation[place + 1 :]


def rounds(annotation: str) -> bool:
    """Whether the right side is the left one rounded to its two decimals or more."""
    left, right = annotation.split("=")
    places = len(right.partition(".")[2])
    gap = abs(exact(ast.parse(left, mode="eval").body, left) - Fraction(right))
    return places >= 2 and 2 * gap * 10**places <= 1

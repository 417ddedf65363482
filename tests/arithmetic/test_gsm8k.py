"""GSM8K's annotations: all are read and verified; one digit or operator changed, every one that is false is flagged."""

from __future__ import annotations

import ast
import json
import operator
import random
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from verisearch.maths.compare import compare
from verisearch.maths.statements import find

pytestmark = pytest.mark.data

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


def outcome(annotation: str) -> str:
    """What the reader makes of it: ``true``, ``false``, ``unread`` or ``unclear``."""
    statements = [each for each in find(f"so <<{annotation}>> it is").statements if each.kind == "annotation"]
    (statement,) = statements
    found = {
        compare(left, sign, right, {}, strict=True).outcome
        for left, sign, right in zip(statement.sides, statement.signs, statement.sides[1:], strict=False)
    }
    return "false" if "fails" in found else "true" if found == {"holds"} else "+".join(sorted(found))


def changed(annotation: str, rng: random.Random) -> str:
    """``annotation`` with one digit or operator replaced by another."""
    places = [place for place, mark in enumerate(annotation) if mark in "0123456789+-*/"]
    place = rng.choice(places)
    choices = "0123456789" if annotation[place].isdigit() else "+-*/"
    mark = rng.choice([each for each in choices if each != annotation[place]])
    return annotation[:place] + mark + annotation[place + 1 :]


def test_every_annotation_is_read_and_holds(data_dir: Path) -> None:
    found = list(annotations(data_dir))
    assert len(found) == 23716
    assert [each for each in found if outcome(each) != "true"] == []
    assert [each for each in found if "//" in each] == ["560//10=56", "180//3=60"]


def rounds(annotation: str) -> bool:
    """Whether the right side is the left one rounded to its two decimals or more."""
    left, right = annotation.split("=")
    places = len(right.partition(".")[2])
    gap = abs(exact(ast.parse(left, mode="eval").body, left) - Fraction(right))
    return places >= 2 and 2 * gap * 10**places <= 1


def test_what_a_change_makes_false_is_flagged(data_dir: Path) -> None:
    rng = random.Random(7)
    false = kept = rounded = 0
    wrong = []
    for annotation in annotations(data_dir):
        altered = changed(annotation, rng)
        truth = holds(altered)
        if truth is None:
            continue
        false += truth is False
        kept += truth is True
        found = outcome(altered)
        if truth is False and found == "unclear" and rounds(altered):
            rounded += 1  # "15/61=.25": left undecided, as 15/61 = 0.246
        elif found != ("true" if truth else "false"):
            wrong.append((altered, truth, found))
    assert wrong == []
    assert rounded == 3
    assert false > 23000
    assert kept > 10

"""The table of algebra steps, and arithmetic of its own by which the tests look at single points.

A row of ``pairs.jsonl``: ``before`` and ``after``; ``given``, what holds throughout; ``label``: *valid* (the same
solutions), *invalid* (a wrong step, which loses some), *domain* (solutions are lost or gained by a condition that is
dropped or made; ``kind`` says which). ``lost`` and ``gained``: one such point, where it is rational. ``vacuous``: the
first has no solutions, so that nothing is lost although the step is wrong. All labels are by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isclose, isfinite, nan
from pathlib import Path

from verisearch.maths.conditions import Condition, Either, condition
from verisearch.maths.terms import Apply, Name, Number, Relation, Term

__all__ = ["Row", "fulfils", "number", "rows"]


@dataclass(frozen=True)
class Row:
    """One step, read."""

    id: str
    label: str
    about: str
    before: Condition
    after: Condition
    given: tuple[Condition, ...]
    kind: str
    text: str
    lost: dict[str, Fraction] | None = None
    gained: dict[str, Fraction] | None = None
    vacuous: bool = False


def rows() -> Iterator[Row]:
    """The rows of the table. Raises `ValueError` for one that isn't read."""
    text = (Path(__file__).parent / "pairs.jsonl").read_text(encoding="utf-8")
    for line in text.splitlines():
        row = json.loads(line)
        read = [condition(row[key]) for key in ("before", "after", "given") if key in row]
        if None in read:
            raise ValueError(f"{row['id']} isn't read: {line}")
        points = {
            key: {name: Fraction(value) for name, value in row[key].items()} for key in ("lost", "gained") if key in row
        }
        kind = row.get("kind", "equal" if row["label"] == "valid" else "")
        shown = f"{row['before']}  →  {row['after']}" + (f"   ({row['given']})" if "given" in row else "")
        before, after, *given = (each for each in read if each is not None)
        yield Row(
            row["id"], row["label"], row["about"], before, after, tuple(given), kind, shown,
            points.get("lost"), points.get("gained"), row.get("vacuous", False),
        )  # fmt: skip


def number(term: Term, point: Mapping[str, Fraction]) -> float:
    """The value of ``term`` in floating point; not a number where it isn't defined."""
    if isinstance(term, Number):
        return float(term.value)
    if isinstance(term, Name):
        return 3.141592653589793 if term.name == "π" else float(point[term.name])
    args = [number(each, point) for each in term.args]
    if not all(map(isfinite, args)):
        return nan
    return operate(term, args)


def operate(term: Apply, args: list[float]) -> float:
    first, last = args[0], args[-1]
    match term.operator:
        case "+":
            return sum(args)
        case "-":
            return first - last
        case "*":
            return first * last
        case "/":
            return first / last if last else nan
        case "neg":
            return -first
        case "%":
            return first / 100
        case "abs":
            return abs(first)
        case "sqrt":
            return first**0.5 if first >= 0 else nan
        case "root":
            if last < 0:
                return -((-last) ** (1 / first)) if first % 2 else nan
            return last ** (1 / first)
        case "^":
            if first == 0:
                return 0.0 if last > 0 else nan
            return first**last if first > 0 or last == int(last) else nan
    raise ValueError(f"the table has no {term.operator}")


def fulfils(given: Condition, point: Mapping[str, Fraction]) -> bool:
    """Whether ``given`` holds at ``point``, by floating point with a tolerance."""
    if not isinstance(given, Relation):
        return (any if isinstance(given, Either) else all)(fulfils(each, point) for each in given.parts)
    left, right = number(given.left, point), number(given.right, point)
    if not (isfinite(left) and isfinite(right)):
        return False
    same = isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
    if given.sign in ("=", "≠"):
        return same is (given.sign == "=")
    if given.sign in ("<", ">"):
        return not same and (left < right) is (given.sign == "<")
    return same or (left < right) is (given.sign == "≤")

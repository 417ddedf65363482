"""Equations that are made from their solutions, so that what a rewriting does to them is known without solving any."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from verisearch.maths.conditions import Condition, condition

__all__ = ["Made", "steps"]


class Made(NamedTuple):
    """A step, and the solutions of both sides' (None: infinitely many): the kind follows from them."""

    before: Condition
    after: Condition
    text: str
    kind: str


def steps(seed: int, count: int) -> Iterator[Made]:
    """``count`` steps of all kinds in turn."""
    chance = random.Random(seed)
    makers = (linear, quadratic, rational, radical, absolute, inequality, system, cubic)
    for place in range(count):
        before, after, kind = makers[place % len(makers)](chance)
        read = (condition(before), condition(after))
        assert read[0] is not None, before
        assert read[1] is not None, after
        yield Made(read[0], read[1], f"{before}  →  {after}", kind)


def kind_of(first: set[object], second: set[object]) -> str:
    """What becomes of solutions."""
    lost, gained = first - second, second - first
    return ("other" if gained else "loses") if lost else ("gains" if gained else "equal")


def whole(chance: random.Random, *but: int) -> int:
    return chance.choice([number for number in range(-9, 10) if number not in (0, *but)])


def part(chance: random.Random) -> Fraction:
    return Fraction(whole(chance), chance.choice([1, 1, 1, 2, 3]))


def listed(values: set[object]) -> str:
    return " or ".join(f"x = {value}" for value in sorted(values, key=str)) or "no solution"


def wrong(chance: random.Random, right: set[object]) -> set[object]:
    """Other solutions: the right ones with one left out, one added, or one changed."""
    some = set(right)
    deed = chance.choice(["drop", "add", "change"])
    if deed != "add" and some:
        some.discard(chance.choice(sorted(some, key=str)))
    if deed != "drop":
        some.add(part(chance))
    return some


def answer(chance: random.Random, right: set[object]) -> set[object]:
    return set(right) if chance.random() < 0.4 else wrong(chance, right)


def settled(before: str, right: set[object], said: set[object]) -> tuple[str, str, str]:
    return before, listed(said), kind_of(right, said)


def linear(chance: random.Random) -> tuple[str, str, str]:
    """a·x + b = c·x + d, with the solution chosen; behind it terms moved, rightly or with a wrong sign."""
    root, a, b = part(chance), whole(chance), whole(chance)
    c = whole(chance, a)
    d = a * root + b - c * root
    before = f"{a}x + {b} = {c}x + ({d})"
    if chance.random() < 0.5:
        return before, f"({a} - ({c}))x = ({d}) - ({b})", "equal"
    moved = chance.choice([(a + c, d - b), (a - c, d + b)])
    if moved[0] == 0:
        return before, f"0 = {moved[1]}", kind_of({root}, set()) if moved[1] else "gains"
    return before, f"({moved[0]})x = {moved[1]}", kind_of({root}, {moved[1] / moved[0]})


def quadratic(chance: random.Random) -> tuple[str, str, str]:
    """k·(x - p)(x - q) = 0, multiplied out."""
    p, q, k = part(chance), part(chance), whole(chance)
    before = f"({k})x^2 - ({k * (p + q)})x + ({k * p * q}) = 0"
    return settled(before, {p, q}, answer(chance, {p, q}))


def cubic(chance: random.Random) -> tuple[str, str, str]:
    """A product of three, with a factor divided out or put in."""
    p, q, r = part(chance), part(chance), part(chance)
    two, three = f"(x - ({p}))(x - ({q})) = 0", f"(x - ({p}))(x - ({q}))(x - ({r})) = 0"
    if chance.random() < 0.5:
        return two, three, kind_of({p, q}, {p, q, r})
    return three, two, kind_of({p, q, r}, {p, q})


def rational(chance: random.Random) -> tuple[str, str, str]:
    """A quotient that is zero where its numerator is, but for where its denominator is too."""
    p, q, r = part(chance), part(chance), chance.choice([None, part(chance)])
    hole = p if r is None else r
    right: set[object] = {p, q} - {hole}
    before = rf"\frac{{(x - ({p}))(x - ({q}))}}{{x - ({hole})}} = 0"
    if chance.random() < 0.4:
        return before, f"(x - ({p}))(x - ({q})) = 0", kind_of(right, {p, q})
    return settled(before, right, answer(chance, right))


def radical(chance: random.Random) -> tuple[str, str, str]:
    """√(x + a) = x - c: squared, it has two solutions, of which those count that aren't below c."""
    root, size = whole(chance), chance.choice([0, 1, 2, 3, 4])
    a, c = size**2 - root, root - size
    both = {root, 2 * c + 1 - root}
    right: set[object] = {each for each in both if each >= c}
    before = rf"\sqrt{{x + ({a})}} = x - ({c})"
    if chance.random() < 0.5:
        return before, f"x + ({a}) = (x - ({c}))^2", kind_of(right, set(both))
    return settled(before, right, answer(chance, right))


def absolute(chance: random.Random) -> tuple[str, str, str]:
    """|a·x + b| = c."""
    a, b, c = whole(chance), whole(chance), chance.choice([-3, 0, 1, 2, 5, 7])
    right: set[object] = {Fraction(sign * c - b, a) for sign in (1, -1)} if c >= 0 else set()
    return settled(f"|{a}x + ({b})| = {c}", right, answer(chance, right))


def inequality(chance: random.Random) -> tuple[str, str, str]:
    """a·x + b < c, solved with the sign turned round or not."""
    a, b, end = whole(chance), whole(chance), part(chance)
    before = f"({a})x + ({b}) < {a * end + b}"
    said = chance.choice(["<", ">", "≤", "≥"])
    true = "<" if a > 0 else ">"
    kind = "equal" if said == true else "gains" if said[0] in {"<": "<≤", ">": ">≥"}[true] else "other"
    return before, f"x {said} {end}", kind


def system(chance: random.Random) -> tuple[str, str, str]:
    """Two lines through a point."""
    x, y = whole(chance), whole(chance)
    a, b = whole(chance), whole(chance)
    c, d = whole(chance), whole(chance)
    if a * d == b * c:
        d += 1 if a * (d + 1) != b * c else 2
    before = f"{a}x + ({b})y = {a * x + b * y}, {c}x + ({d})y = {c * x + d * y}"
    said = (x, y) if chance.random() < 0.4 else chance.choice([(y, x), (x, -y), (x + 1, y)])
    return before, f"x = {said[0]}, y = {said[1]}", kind_of({(x, y)}, {said})

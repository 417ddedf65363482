"""Whether a relation between two terms holds, exactly; and what may be meant where it doesn't.

What holds only when rounded, converted or read in another way says so. What is false under every reading is false.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, NamedTuple

from verisearch.maths.exact import Unvalued, approximate, rounds_to, value
from verisearch.maths.statements import Side
from verisearch.maths.terms import Apply, Name, Number, RelationSign, Term, is_bare, names, numbers, subterms
from verisearch.maths.units import amount, convertible, rate_of, unit_of
from verisearch.maths.writing import number_text

__all__ = ["Compared", "by_share", "compare"]

#: Fewer decimals than these can't be told from a slip.
ROUNDED = 2
#: How near "about" is, as a share: nearer holds, farther than the second doesn't.
ABOUT = (Fraction(1, 100), Fraction(1, 10))
#: Irrational values are known to this share at least.
NEARNESS = Fraction(1, 10**30)

#: Units of numbers that begin again after twelve.
CLOCK = frozenset(("am", "pm", "a.m", "p.m", "o'clock", "o’clock"))

ORDERED = {"<": (-1,), "≤": (-1, 0), ">": (1,), "≥": (1, 0), "=": (0,), "≠": (-1, 1)}


class Compared(NamedTuple):
    """``holds``; ``fails``; ``unclear``: it depends on the reading; ``open``: something in it has no known value.
    ``values`` of both sides, where they are known; ``reason`` says what was done beyond comparing them."""

    outcome: Literal["holds", "fails", "unclear", "open"]
    reason: str = ""
    values: tuple[Fraction, Fraction] | None = None


def compare(
    left: Side, sign: RelationSign, right: Side, known: Mapping[str, Fraction], strict: bool = False
) -> Compared:
    """Whether ``left`` ``sign`` ``right``. ``known``: what names stand for. ``strict``: nobody rounds here, as in the
    annotations of a calculator. Raises nothing."""
    if left.term is None or right.term is None:
        return Compared("open", "a side of it could not be read")
    found = compared(left.term, sign, right.term, known, strict)
    if found.outcome != "fails":
        return found
    if in_percent(left.term, right.term):
        try:
            other = compared(plain(left.term), sign, plain(right.term), known, strict)
        except ValueError:
            other = found
        if other.outcome != "fails":
            return other._replace(reason="; ".join(filter(None, (other.reason, "in per cent"))))
    if right.shorter is not None:
        other = compared(left.term, sign, right.shorter, known, strict)
        if other.outcome == "holds":
            return other
    if left.regrouped is not None and compared(left.regrouped, sign, right.term, known, strict).outcome == "holds":
        return Compared("unclear", "it holds if it is grouped in another way", found.values)
    bare = is_bare(left.term)
    if (
        not (strict or right.bracketed or bare)
        and found.values is not None
        and runs_on(found.values[0], right.term, known)
    ):
        return Compared("unclear", "its equals sign runs on: what is on the right begins with what is on the left")
    if changed_by_share(left.term, sign, right.term, known, strict):
        return Compared("unclear", "it holds if the percentage is one of what it is added to", found.values)
    if left.partial:
        return Compared("unclear", f"{found.reason}, unless the words before it belong to it", found.values)
    return found


def changed_by_share(left: Term, sign: RelationSign, right: Term, known: Mapping[str, Fraction], strict: bool) -> bool:
    """Whether a relation holds if "50 + 20%" is 50 and a fifth of it."""
    other = by_share(left)
    return other is not None and compared(other, sign, right, known, strict).outcome == "holds"


def by_share(term: Term) -> Term | None:
    """A sum of a number and a percentage as the number changed by that share; None for other terms."""
    if not isinstance(term, Apply) or term.operator not in ("+", "-"):
        return None
    first, second = term.args
    shares = [isinstance(each, Apply) and each.operator == "%" for each in (first, second)]
    if shares != [False, True]:
        return None
    return Apply("more%" if term.operator == "+" else "less%", (second, first))


def compared(left: Term, sign: RelationSign, right: Term, known: Mapping[str, Fraction], strict: bool) -> Compared:
    """As `compare`, of terms."""
    try:
        values = (value(left, known), value(right, known))
    except Unvalued as reason:
        return by_bounds(left, sign, right, known, str(reason))
    if sign == "≈":
        return about(left, right, values)
    order = (values[0] > values[1]) - (values[0] < values[1])
    if order in ORDERED[sign]:
        return measured_apart(left, sign, right, values) or Compared("holds", "", values)
    shown = f"{number_text(values[0])} {opposite(sign)} {number_text(values[1])}"
    if sign != "=":
        return by_amounts(left, sign, right, values) or Compared("fails", shown, values)
    found = rounding(left, right, values, strict)
    if found is not None and found.outcome == "holds":
        return found
    return in_units(left, right, values, known) or found or Compared("fails", shown, values)


def runs_on(left: Fraction, right: Term, known: Mapping[str, Fraction]) -> bool:
    """Whether the right side goes on calculating with the left: "3 * 4 = 12 + 5 = 17"."""
    while isinstance(right, Apply) and right.operator in ("+", "-", "*", "/"):
        right = right.args[0]
        try:
            if value(right, known) == left:
                return True
        except Unvalued:
            return False
    return False


def opposite(sign: RelationSign) -> str:
    return {"=": "is not", "≠": "is", "<": "is not below", "≤": "is above", ">": "is not above", "≥": "is below"}[sign]


def by_bounds(left: Term, sign: RelationSign, right: Term, known: Mapping[str, Fraction], why: str) -> Compared:
    """The comparison of irrational values: what is far apart is different, what is near isn't known to be equal."""
    try:
        values = (approximate(left, known), approximate(right, known))
    except Unvalued as reason:
        return Compared("open", str(reason))
    if sign == "≈":
        return about(left, right, values)
    gap, size = abs(values[0] - values[1]), max(abs(values[0]), abs(values[1]))
    if gap <= NEARNESS * size:
        return Compared("open", f"{why}: the sides agree to thirty digits")
    order = (values[0] > values[1]) - (values[0] < values[1])
    if order in ORDERED[sign]:
        return Compared("holds", "", values)
    if sign == "=" and (found := rounding(left, right, values, strict=False)) is not None:
        return found
    return Compared("fails", f"{number_text(values[0])} {opposite(sign)} {number_text(values[1])}", values)


def about(left: Term, right: Term, values: tuple[Fraction, Fraction]) -> Compared:
    """The comparison of what is said to be about equal."""
    gap, size = abs(values[0] - values[1]), max(abs(values[0]), abs(values[1]))
    if gap == 0 or any(rounds_to(exact, shown, places) for exact, shown, places in roundings(left, right, values)):
        return Compared("holds", "", values)
    if gap <= ABOUT[0] * size:
        return Compared("holds", "within a hundredth", values)
    if gap <= ABOUT[1] * size:
        return Compared("unclear", "within a tenth, which may be near enough", values)
    return Compared("fails", f"{number_text(values[0])} is not about {number_text(values[1])}", values)


def roundings(left: Term, right: Term, values: tuple[Fraction, Fraction]) -> list[tuple[Fraction, Fraction, int]]:
    """Exact value, rounded value and decimals, for each side that is a decimal."""
    found = []
    for term, exact, shown in ((right, values[0], values[1]), (left, values[1], values[0])):
        numeral, extra = decimal_of(term)
        if numeral is not None and numeral.decimals is not None:
            found.append((exact, shown, numeral.decimals + extra))
    return found


def decimal_of(term: Term) -> tuple[Number | None, int]:
    """The numeral that a bare term is, and how many more decimals a percent sign makes of it."""
    extra = 0
    while isinstance(term, Apply) and term.operator in ("neg", "%"):
        extra += 2 if term.operator == "%" else 0
        term = term.args[0]
    return (term if isinstance(term, Number) else None), extra


def rounding(left: Term, right: Term, values: tuple[Fraction, Fraction], strict: bool) -> Compared | None:
    """The comparison of what is equal when rounded; None if it isn't."""
    for exact, shown, places in roundings(left, right, values):
        step = Fraction(1, 10) ** places
        if strict and places < ROUNDED:
            continue
        if rounds_to(exact, shown, places):
            enough = places >= ROUNDED and not strict
            return Compared("holds" if enough else "unclear", f"rounded to {places} decimals", values)
        if abs(exact - shown) < step and abs(shown) <= abs(exact) and places >= 0:
            return Compared("unclear", f"equal only when cut off behind {places} decimals", values)
        if places <= 0 and abs(exact - shown) < step and not strict:
            return Compared("unclear", "equal only when rounded up", values)
    return None


def in_units(
    left: Term, right: Term, values: tuple[Fraction, Fraction], known: Mapping[str, Fraction]
) -> Compared | None:
    """The comparison by units: converted ones, percentages as they are written, words that multiply. None if they don't
    help."""
    if (measured := by_amounts(left, "=", right, values)) is not None:
        return measured
    one, other = unit_of(left), unit_of(right)
    factor = convertible(one, other) if one and other else None
    if factor is not None and factor != 1 and values[0] * factor == values[1]:
        return Compared("holds", f"{one.split()[0]} in {other.split()[0]}", values)
    if any(CLOCK & set(each.unit.split()) for term in (left, right) for each in numbers(term)):
        return Compared("unclear", "times of day go round", values)
    if is_bare(left) and is_bare(right) and stands_for(left, right, values):
        return Compared("unclear", "a share stands for what it is a share of", values)
    share = False
    if is_fraction(left) and values[0] < 1:  # "1/2 inch is 20 miles", "4/7 are $24", "1/2 = 24 apples"
        one = one or unit_of(left.args[1])  # type: ignore[union-attr]
        share = bool(other) and values[1] > 1
    measured_alone = is_bare(left) and not names(left) and (one or convertible(other, other) is not None)
    if rates_apart(left, right):
        return Compared("unclear", "a rate is in other units than what it is taken for", values)
    if one != other and (share or measured_alone):
        return Compared("unclear", "a number of one thing stands for a number of another", values)
    if len({each.unit for each in numbers(left)}) > 1 and mixed(left):
        return Compared("unclear", "it adds what is counted in different units", values)
    rated = [convertible(each.unit.split("/")[0], other) for each in numbers(left) if "/" in each.unit]
    if any(rate is not None and values[0] * rate == values[1] for rate in rated):
        return Compared("unclear", "equal if the units are converted", values)
    written = (as_written(left, known), as_written(right, known))
    if written[0] is not None and written[1] is not None and written != values and near(left, right, written):
        if in_percent(left, right):
            return Compared("holds", "in per cent", values)
        return Compared("unclear", "equal only if both sides are in the same unit", values)
    if (
        any(isinstance(each, Number) and each.scale != 1 for each in (right,))
        and values[0] * scale_of(right) == values[1]
    ):
        return Compared("unclear", "equal only if both sides are counted alike", values)
    return None


def measured_apart(left: Term, sign: RelationSign, right: Term, values: tuple[Fraction, Fraction]) -> Compared | None:
    """What comes of numbers whose units convert into each other but weren't converted: "3 hours + 20 minutes = 23";
    None where units say nothing against it."""
    factor = convertible(unit_of(left), unit_of(right))
    if rates_apart(left, right) or rates_apart(right, left):
        return Compared("unclear", "a rate is in other units than what it is taken for", values)
    added = sums_apart(left) or sums_apart(right)
    multiplied = products_apart(left, right) or products_apart(right, left)
    if not added and not multiplied and factor in (None, 1):
        return None
    measured = by_amounts(left, sign, right, values)
    if measured is not None:
        return measured
    if amount(left) is not None and amount(right) is not None and is_bare(left) and is_bare(right):
        return Compared("fails", f"{unit_of(left)} aren't {unit_of(right)}", values)
    if not added and not multiplied and factor is not None:
        given = {each.value for side in (left, right) for each in numbers(side)}
        if not given.isdisjoint((factor, 1 / factor)):
            return None  # "2 hours * 60 = 120 minutes"
    what = "it adds what is counted in different units" if added else "its units were not converted"
    return Compared("unclear", what, values)


def by_amounts(left: Term, sign: RelationSign, right: Term, values: tuple[Fraction, Fraction]) -> Compared | None:
    """That a relation holds between what two terms measure, their units converted; None if it doesn't, or that can't
    be told."""
    one, other = amount(left), amount(right)
    if one is None or other is None or one[0] != other[0]:
        return None
    order = (one[1] > other[1]) - (one[1] < other[1])
    return Compared("holds", "units converted", values) if order in ORDERED[sign] else None


def sums_apart(term: Term) -> bool:
    """Whether a sum in ``term`` adds numbers of units that convert into each other."""
    sums = (each for each in subterms(term) if isinstance(each, Apply) and each.operator in ("+", "-"))
    return any(convertible(*map(unit_of, each.args)) not in (None, 1) for each in sums)


def products_apart(term: Term, result: Term) -> bool:
    """Whether numbers of units that convert into each other are multiplied, and the larger unit comes out: so many
    minutes an hour times hours are minutes."""
    for each in subterms(term):
        if isinstance(each, Apply) and each.operator == "*":
            factor = convertible(*map(unit_of, each.args))
            if factor not in (None, 1):
                smaller = unit_of(each.args[1] if factor > 1 else each.args[0])
                if convertible(unit_of(result), smaller) not in (None, 1):
                    return True
    return False


def rates_apart(term: Term, result: Term) -> bool:
    """Whether a rate is multiplied by what is counted in another unit than it is per, or comes out in another one than
    it counts: "60 mph * 30 minutes", "60 miles/hour * 3 hours = 180 km"."""
    for each in subterms(term):
        if not isinstance(each, Apply) or each.operator != "*":
            continue
        for first, second in (each.args[:2], each.args[1::-1]):
            rate = rate_of(unit_of(first))
            if rate is None:
                continue
            counted, per = rate
            if convertible(unit_of(second), per) not in (None, 1) or convertible(unit_of(result), counted) not in (
                None,
                1,
            ):
                return True
    return False


def stands_for(left: Term, right: Term, values: tuple[Fraction, Fraction]) -> bool:
    """Whether a percentage beside a whole number may say what share it is: "12 = 100%"."""
    shares = [isinstance(each, Apply) and each.operator == "%" for each in (left, right)]
    if shares.count(True) != 1:
        return False
    number = values[shares.index(False)]
    return number.denominator == 1 and number > 1


def mixed(term: Term) -> bool:
    """Whether units that convert into each other, and differ, stand in a term."""
    units = [each.unit for each in numbers(term) if each.unit]
    return any((convertible(units[0], other) or 1) != 1 for other in units[1:])


def near(left: Term, right: Term, written: tuple[Fraction | None, Fraction | None]) -> bool:
    """Whether two values without their percent signs are equal, or one is the other rounded to two decimals or more."""
    one, other = written
    if one is None or other is None:
        return False
    places = [numeral.decimals for term in (left, right) if (numeral := decimal_of(term)[0]) and numeral.decimals]
    return one == other or any(each >= ROUNDED and rounds_to(one, other, each) for each in places)


def scale_of(term: Term) -> int:
    return term.scale if isinstance(term, Number) else 1


def as_written(term: Term, known: Mapping[str, Fraction]) -> Fraction | None:
    """The value without percent signs and words that multiply; None where these are more than units: in products with
    anything but 100%."""
    try:
        return value(plain(term), known)
    except (Unvalued, ValueError):
        return None


def plain(term: Term) -> Term:
    """``term`` with percentages as their numbers. Raises `ValueError` if one is a factor."""
    if isinstance(term, Number):
        return Number(term.value / term.scale, term.decimals if term.scale == 1 else None)
    if isinstance(term, Name):
        return term
    if term.operator == "%":
        return plain(term.args[0])
    if term.operator in ("*", "/"):
        shares = [each for each in term.args if isinstance(each, Apply) and each.operator == "%"]
        if any(share != Apply("%", (share.args[0],)) or not is_hundred(share.args[0]) for share in shares):
            raise ValueError("a percentage is a factor")
    elif term.operator not in ("+", "-", "neg"):
        return term
    return Apply(term.operator, tuple(map(plain, term.args)))


def is_fraction(term: Term) -> bool:
    """Whether ``term`` is a fraction of numerals."""
    return isinstance(term, Apply) and term.operator == "/" and all(isinstance(each, Number) for each in term.args)


def is_hundred(term: Term) -> bool:
    return isinstance(term, Number) and term.value == 100


def in_percent(left: Term, right: Term) -> bool:
    """Whether one side is a percentage and the other a share times a hundred."""
    for term, other in ((left, right), (right, left)):
        if isinstance(term, Apply) and term.operator == "neg":
            term = term.args[0]
        products = (each for each in subterms(other) if isinstance(each, Apply) and each.operator == "*")
        if isinstance(term, Apply) and term.operator == "%" and any(any(map(is_hundred, p.args)) for p in products):
            return True
    return False

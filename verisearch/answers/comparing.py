"""Compares what two answers are: set with set, interval with interval; never a set with a tuple."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from verisearch.answers.expression import unknowns
from verisearch.answers.leaving import left_to_question
from verisearch.answers.shapes import (
    Chain,
    Equation,
    Given,
    Grid,
    Many,
    Pair,
    Record,
    Region,
    Scalar,
    Shape,
    Span,
    Tuple,
    Unknown,
)
from verisearch.answers.terms import bound, proportion, same, sign_of, solves
from verisearch.answers.values import Asked, Comparison, degrees, scalars
from verisearch.maths.terms import PI, Apply, Name, Number, Term, subterms
from verisearch.maths.units import Unit

__all__ = ["Comparison", "compare", "without_unit"]


def compare(one: Shape, other: Shape, asked: Asked) -> Comparison:
    """What ``one`` and ``other`` are to each other; symmetric. ``asked`` compares what our reader can't read."""
    kinds = (type(one), type(other))
    if kinds in RULES:
        return RULES[kinds](one, other, asked)
    if kinds[::-1] in RULES:
        return RULES[kinds[::-1]](other, one, asked)
    if isinstance(one, Given) and not isinstance(other, (Record, Equation, Chain)):
        return compare(one.value, other, asked)
    if isinstance(other, Given) and not isinstance(one, (Record, Equation, Chain)):
        return compare(one, other.value, asked)
    return Comparison("undecided", f"{KINDS[kinds[0]]} and {KINDS[kinds[1]]}")


def without_unit(one: Shape, other: Shape) -> Shape:
    """``one`` without its unit or degree sign, if both are single values and ``other`` has none."""
    if isinstance(one, Given):
        return one._replace(value=without_unit(one.value, other))
    value = other.value if isinstance(other, Given) else other
    if not isinstance(one, Scalar) or not isinstance(value, Scalar) or value.unit != Unit():
        return one
    if not left_to_question(one.unit):
        return one
    if isinstance(one.term, Unknown) or isinstance(value.term, Unknown):
        return one._replace(unit=Unit())
    if degrees(one.term) and not degrees(value.term) and PI not in subterms(value.term):
        return Scalar(one.term.args[0]) if isinstance(one.term, Apply) else one
    return one._replace(unit=Unit())


def lists(one: Many, other: Many, asked: Asked) -> Comparison:
    """Several answers: each has its counterpart. Solutions that run over all whole numbers may call them k or n."""
    found = matched(one.items, other.items, asked)
    first, second = parameter(one), parameter(other)
    if found.status != "equal" and first is not None and second is not None and first != second:
        again = matched(one.items, tuple(renamed(item, {second: first}) for item in other.items), asked)
        return again if again.status == "equal" else found
    return found


def parameter(many: Many) -> str | None:
    """The one letter for a whole number that is in all of the items, beside multiples of π; None if there is none."""
    known: set[str] = set()
    for item in many.items:
        if not isinstance(item, Scalar) or isinstance(item.term, Unknown) or PI not in subterms(item.term):
            return None
        known |= unknowns(item.term) or {""}
    return known.pop() if len(known) == 1 and known <= set("klmnt") else None


def matched(one: Sequence[Shape], other: Sequence[Shape], asked: Asked) -> Comparison:
    """Each of the one with one of the other, in any order."""
    if len(one) != len(other):
        if all(isinstance(item, (Tuple, Pair)) for item in (*one, *other)):
            one, other = once(one, asked), once(other, asked)
        if len(one) != len(other):
            sure = distinct(one, asked) and distinct(other, asked)
            return Comparison("different" if sure else "undecided", f"{len(one)} answers and {len(other)}")
    left = list(range(len(other)))
    doubt = ""
    for item in one:
        found = {place: compare(item, other[place], asked) for place in left}
        equal = [place for place in left if found[place].status == "equal"]
        if equal:
            left.remove(equal[0])
            continue
        doubts = [found[place].reason for place in left if found[place].status == "undecided"]
        if not doubts:
            return Comparison("different", "one of the answers has no counterpart")
        doubt = doubt or doubts[0]
    if doubt:
        return Comparison("undecided", doubt)
    return Comparison("equal", f"the same {len(one)} answers")


def once(items: Sequence[Shape], asked: Asked) -> tuple[Shape, ...]:
    """Points without those that were there before."""
    found: list[Shape] = []
    for item in items:
        if all(compare(item, earlier, asked).status != "equal" for earlier in found):
            found.append(item)
    return tuple(found)


def distinct(items: Sequence[Shape], asked: Asked) -> bool:
    """Whether no two of a list can be the same."""
    return all(
        compare(item, later, asked).status == "different"
        for place, item in enumerate(items)
        for later in items[place + 1 :]
    )


def in_order(one: Sequence[Shape], other: Sequence[Shape], asked: Asked) -> Comparison:
    """Each with the one at the same place."""
    if len(one) != len(other):
        return Comparison("different", f"{len(one)} parts and {len(other)}")
    found = [compare(left, right, asked) for left, right in zip(one, other, strict=True)]
    for status in ("different", "undecided"):
        for place, each in enumerate(found):
            if each.status == status:
                return Comparison(each.status, f"part {place + 1}: {each.reason}")
    return Comparison("equal", f"the same {len(one)} parts in order")


def list_and_scalar(one: Many, other: Scalar, asked: Asked) -> Comparison:
    if len(one.items) == 1:
        return compare(one.items[0], other, asked)
    if distinct(one.items, asked):
        return Comparison("different", f"{len(one.items)} answers and one")
    return Comparison("undecided", "several answers and one")


def tuples(one: Tuple | Pair, other: Tuple | Pair, asked: Asked) -> Comparison:
    ways = {each.way for each in (one, other) if isinstance(each, Tuple)} - {""}
    if len(ways) == 2:
        return Comparison("undecided", "a row and a column")
    return in_order(one.items, other.items, asked)


def tuple_and_list(one: Tuple | Pair, other: Many, asked: Asked) -> Comparison:
    """Values in order, and a list without brackets; ``1, 2`` isn't known to be the point (1, 2) rather than the ends
    of an interval."""
    if len(one.items) == len(other.items) and not other.braced:
        found = in_order(one.items, other.items, asked)
        if found.status == "equal" and (isinstance(one, Tuple) or falling(one)):
            return found
    if len(other.items) == 1:
        return compare(one, other.items[0], asked)
    return Comparison("undecided", "values in order and values in no order")


def falling(pair: Pair) -> bool:
    """Whether ``(a, b)`` can be no interval."""
    first, second = pair.items
    if not (isinstance(first, Scalar) and isinstance(second, Scalar)):
        return True
    if isinstance(first.term, Unknown) or isinstance(second.term, Unknown):
        return False
    return sign_of(Apply("+", (first.term, Apply("neg", (second.term,))))) in (0, 1)


def pair_and_region(one: Pair, other: Region, asked: Asked) -> Comparison:
    """An open interval, if the other is one."""
    low, high = one.items
    if not (isinstance(low, Scalar) and isinstance(high, Scalar)) or falling(one):
        return Comparison("undecided", "a point and an interval")
    return regions(Region((Span(low, high, False, False),)), other, asked)


def regions(one: Region, other: Region, asked: Asked) -> Comparison:
    """Unions of intervals, interval by interval."""
    if one.name and other.name and one.name != other.name:
        return Comparison("undecided", f"regions of {one.name} and {other.name}")
    if len(one.spans) != len(other.spans):
        return Comparison("undecided", f"{len(one.spans)} intervals and {len(other.spans)}")
    if len(one.spans) == 1:
        return interval(one.spans[0], other.spans[0], asked)
    left = list(other.spans)
    for span in one.spans:
        equal = [each for each in left if interval(span, each, asked).status == "equal"]
        if not equal:
            return Comparison("undecided", "an interval without a counterpart")
        left.remove(equal[0])
    return Comparison("equal", f"the same {len(one.spans)} intervals")


def interval(one: Span, other: Span, asked: Asked) -> Comparison:
    """Both ends, and whether they belong to it."""
    doubt = ""
    for left, right, side in ((one.low, other.low, "lower"), (one.high, other.high, "upper")):
        if (left is None) != (right is None):
            return Comparison("different", f"the {side} ends")
        if left is None or right is None:
            continue
        found = scalars(left, right, asked)
        if found.status == "different":
            return Comparison("different", f"the {side} ends: {found.reason}")
        doubt = doubt or (found.reason if found.status == "undecided" else "")
    if (one.low_closed, one.high_closed) != (other.low_closed, other.high_closed):
        return Comparison("different", "open and closed ends")
    return Comparison("undecided", doubt) if doubt else Comparison("equal", "the same interval")


def region_and_list(one: Region, other: Many, asked: Asked) -> Comparison:
    """Intervals and values: the same only if all the intervals are points."""
    if all(span.low is not None and span.low == span.high for span in one.spans):
        return matched([span.low for span in one.spans if span.low is not None], other.items, asked)
    return Comparison("undecided", "an interval and single values")


def givens(one: Given, other: Given, asked: Asked) -> Comparison:
    """What names stand for; the names of a function's arguments don't matter."""
    if one.name != other.name:
        return Comparison("undecided", f"what {one.name} is, and what {other.name} is")
    if len(one.arguments) != len(other.arguments):
        return Comparison("undecided", f"{one.name} of something, and of nothing")
    return compare(called(one), called(other), asked)


def called(given: Given) -> Shape:
    """A function's value, its arguments called by their places."""
    return renamed(given.value, {name: f"#{place}" for place, name in enumerate(given.arguments)})


def renamed(value: Shape, table: Mapping[str, str]) -> Shape:
    """A value, or several, with other names."""

    def of(term: Term) -> Term:
        if isinstance(term, Name):
            return Name(table.get(term.name, term.name))
        return Apply(term.operator, tuple(of(each) for each in term.args)) if isinstance(term, Apply) else term

    if isinstance(value, Scalar) and not isinstance(value.term, Unknown):
        return Scalar(of(value.term), value.unit)
    if isinstance(value, Many):
        return Many(tuple(renamed(each, table) for each in value.items), value.braced)
    return value


def records(one: Record, other: Record, asked: Asked) -> Comparison:
    left, right = ({item.name: item.value for item in each.items} for each in (one, other))
    if left.keys() != right.keys():
        return Comparison("undecided", "they say what different names stand for")
    return in_order([left[name] for name in sorted(left)], [right[name] for name in sorted(left)], asked)


def record_and_values(one: Record, other: Tuple | Pair | Many, asked: Asked) -> Comparison:
    """Names with values, and the values in the same order."""
    if not (isinstance(other, Many) and other.braced):
        found = in_order([item.value for item in one.items], other.items, asked)
        if found.status == "equal":
            return found
    return Comparison("undecided", "names with values, and values in another order or none")


def equations(one: Equation, other: Equation, asked: Asked) -> Comparison:
    if nameless(one.left, one.right) or nameless(other.left, other.right):
        return Comparison("undecided", "an equation of numbers alone is true or false, and no answer")
    if proportion((one.left, one.right), (other.left, other.right)) is not None:
        return Comparison("equal", "the same equation up to a factor")
    return Comparison("undecided", "equations that aren't the same up to a factor")


def nameless(left: Term, right: Term) -> bool:
    return not (unknowns(left) | unknowns(right))


def equation_and_given(one: Equation, other: Given, asked: Asked) -> Comparison:
    """An equation, and what a name is: the same equation in several names, or all solutions of one in one name."""
    value = other.value
    plain = isinstance(value, Scalar) and not isinstance(value.term, Unknown) and not other.arguments
    if plain and isinstance(value, Scalar) and not isinstance(value.term, Unknown) and value.unit == Unit():
        given = (Name(index(other.name)), value.term)
        if len(unknowns(one.left) | unknowns(one.right)) > 1 and proportion((one.left, one.right), given) is not None:
            return Comparison("equal", "the same equation up to a factor")
    return solutions(one, value.items if isinstance(value, Many) else (value,), index(other.name))


def index(name: str) -> str:
    """A name as the reader of expressions has it."""
    base, _, below = name.partition("_")
    return f"{base}_{{{below}}}" if below else base


def equation_and_list(one: Equation, other: Many, asked: Asked) -> Comparison:
    return solutions(one, other.items, None)


def solutions(one: Equation, items: Sequence[Shape], name: str | None) -> Comparison:
    """Whether ``items`` are all the solutions of an equation of one name. Only where nothing but a root is left to
    take: an equation that isn't solved may be the question, and is no answer."""
    if not nearly_solved(one.left, one.right) and not nearly_solved(one.right, one.left):
        return Comparison("undecided", "an equation that isn't solved")
    terms = [each.term for each in items if isinstance(each, Scalar) and each.unit == Unit()]
    plain = [each for each in terms if not isinstance(each, Unknown)]
    found = solves(one.left, one.right, plain) if len(plain) == len(items) else None
    if found is None:
        return Comparison("undecided", "an equation, and no solutions that can be tried")
    if name is not None and found[0] != name:
        return Comparison("undecided", f"an equation of {found[0]}, and what {name} is")
    return Comparison(*found[1])


def nearly_solved(left: Term, right: Term) -> bool:
    """Whether it says what a power of a name is."""
    power = isinstance(left, Apply) and left.operator == "^" and isinstance(left.args[0], Name)
    return power and not unknowns(right)


def chains(one: Chain, other: Chain, asked: Asked) -> Comparison:
    """Inequalities: side by side, or brought to one side and up to a positive factor."""
    if one.signs != other.signs:
        return Comparison("undecided", "inequalities with other signs")
    if all(same(left, right).status == "equal" for left, right in zip(one.sides, other.sides, strict=True)):
        return Comparison("equal", "the same sides in the same order")
    if len(one.sides) == 2 and not nameless(*one.sides) and not nameless(*other.sides):
        sign = proportion((one.sides[0], one.sides[1]), (other.sides[0], other.sides[1]))
        if sign == 1 or (sign == -1 and one.signs == ("\\neq",)):
            return Comparison("equal", "the same inequality up to a factor")
    return Comparison("undecided", "inequalities that aren't the same side by side")


def chain_and_region(one: Chain, other: Region, asked: Asked) -> Comparison:
    """What less a name is than a number; other inequalities aren't solved here, as they may be the question."""
    solved = all(isinstance(side, Name) or not unknowns(side) or negative_name(side) for side in one.sides)
    if solved and len(one.sides) == 2 and one.signs != ("\\neq",) and (found := bound(*one.sides)):
        name, number, sign = found
        end, closed = Scalar(Number(number)), one.signs == ("\\leq",)
        span = Span(None, end, False, closed) if sign > 0 else Span(end, None, closed, False)
        return regions(Region((span,), name), other, asked)
    return Comparison("undecided", "an inequality that isn't solved here")


def negative_name(term: Term) -> bool:
    return isinstance(term, Apply) and term.operator == "neg" and isinstance(term.args[0], Name)


def chain_and_pair(one: Chain, other: Pair, asked: Asked) -> Comparison:
    return Comparison("undecided", "an inequality and a pair")


def grids(one: Grid, other: Grid, asked: Asked) -> Comparison:
    if [len(row) for row in one.rows] != [len(row) for row in other.rows]:
        return Comparison("different", "matrices of several sizes")
    return in_order([cell for row in one.rows for cell in row], [cell for row in other.rows for cell in row], asked)


RULES: dict[tuple[type, type], Callable[..., Comparison]] = {
    (Scalar, Scalar): scalars,
    (Many, Many): lists,
    (Many, Scalar): list_and_scalar,
    (Tuple, Tuple): tuples,
    (Pair, Pair): tuples,
    (Tuple, Pair): tuples,
    (Tuple, Many): tuple_and_list,
    (Pair, Many): tuple_and_list,
    (Pair, Region): pair_and_region,
    (Region, Region): regions,
    (Region, Many): region_and_list,
    (Given, Given): givens,
    (Record, Record): records,
    (Record, Tuple): record_and_values,
    (Record, Pair): record_and_values,
    (Record, Many): record_and_values,
    (Equation, Equation): equations,
    (Equation, Given): equation_and_given,
    (Equation, Many): equation_and_list,
    (Chain, Chain): chains,
    (Chain, Region): chain_and_region,
    (Chain, Pair): chain_and_pair,
    (Grid, Grid): grids,
}
KINDS = {
    Scalar: "one value",
    Many: "several answers",
    Tuple: "a tuple",
    Pair: "a pair",
    Region: "an interval",
    Given: "what a name stands for",
    Record: "what several names stand for",
    Equation: "an equation",
    Chain: "an inequality",
    Grid: "a matrix",
}

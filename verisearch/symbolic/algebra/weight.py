"""How hard a check is, told beforehand: a solver's effort limit doesn't hold inside one of its steps, and with many
unknowns in products one step can take minutes."""

from __future__ import annotations

from collections.abc import Iterable

from verisearch.maths.conditions import Condition, relations
from verisearch.maths.terms import Apply, Term, names, subterms

__all__ = ["EFFORT", "HEAVIEST", "weight"]

#: The solver's limit for a check: several times what any step of the table in the tests takes.
EFFORT = 50_000

#: Most unknowns in products, divisors and powers that a solver is asked about together; roots and quotients are such
#: unknowns too.
HEAVIEST = 6


def weight(given: Iterable[Condition]) -> int:
    """How many unknowns stand in anything but sums and multiples, in ``given`` together."""
    found: set[object] = set()
    for condition in given:
        for relation in relations(condition):
            found.update(each for side in (relation.left, relation.right) for each in tangled(side))
    return len(found)


def tangled(term: Term) -> set[object]:
    """The unknowns in products of unknowns, divisors and powers; every root and every quotient is one."""
    found: set[object] = set()
    for each in subterms(term):
        if not isinstance(each, Apply):
            continue
        named = [names(argument) for argument in each.args]
        if each.operator in ("sqrt", "root"):
            found |= {each} | named[-1]
        elif each.operator in ("^", "//", "mod", "floor", "ceil"):
            found |= set().union(*named)
        elif each.operator == "/" and named[1]:
            found |= {each} | named[0] | named[1]
        elif each.operator in ("*", "more%", "less%") and sum(map(bool, named)) > 1:
            found |= set().union(*named)
    return found

"""What a rewriting did to an equation: by what it multiplied or divided, whether it squared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from verisearch.maths.conditions import Condition
from verisearch.maths.exact import Undefined
from verisearch.maths.polynomials import NoForm, Quotient, divided, is_constant, multiple, negative, primitive_part
from verisearch.maths.terms import Apply, Relation, RelationSign, Term
from verisearch.symbolic.algebra.domains import domain
from verisearch.symbolic.algebra.forms import Forms, as_term
from verisearch.symbolic.theory import Inexpressible

__all__ = ["Change", "change", "same"]

TURNED: dict[RelationSign, RelationSign] = {"<": ">", "≤": "≥", ">": "<", "≥": "≤", "=": "=", "≠": "≠"}


@dataclass(frozen=True, slots=True)
class Change:
    """``kind``: the difference of the sides is the same up to a number (``same``, wherever it is defined), is
    multiplied or divided by ``factor``, both sides are squared, their roots are taken; or (``turns``) the sign is
    turned round though nothing negative was multiplied by, or isn't though it was (``keeps``, with the ``factor``)."""

    kind: Literal["same", "multiplies", "divides", "squares", "roots", "turns", "keeps"]
    factor: Term | None = None


def same(before: Condition, after: Condition) -> bool:
    """Whether both say the same by their normal forms alone: their sides differ by expanding, by moving terms over and
    by a constant factor (the sign turned round if it is negative), and are defined everywhere."""
    if not isinstance(before, Relation) or not isinstance(after, Relation):
        return (
            type(before) is type(after)
            and not isinstance(before, Relation)
            and not isinstance(after, Relation)
            and len(before.parts) == len(after.parts)
            and all(map(same, before.parts, after.parts))
        )
    if "≈" in (before.sign, after.sign):
        return False
    try:
        if domain(before) or domain(after):
            return False
        forms = Forms()
        first, second = difference(before, forms), difference(after, forms)
        # Divisors that are only roots and numbers may be left: what they are is the solver's.
        if set(first.below) != {()} or set(second.below) != {()}:
            return False
        ratio = multiple(first.above, second.above)
        if ratio is None:
            return not first.above and not second.above and before.sign == after.sign
        positive = ratio * second.below[()] / first.below[()] > 0
    except (NoForm, Inexpressible, Undefined):
        return False
    return after.sign == (before.sign if positive else TURNED[before.sign])


def difference(given: Relation, forms: Forms) -> Quotient:
    return forms.quotient(Apply("-", (given.left, given.right)))


def change(before: Relation, after: Relation) -> Change | None:
    """What was done to ``before`` so that it became ``after``; None if it isn't one of these."""
    forms = Forms()
    try:
        if before.sign == after.sign == "=":
            for one, other, kind in ((before, after, "squares"), (after, before, "roots")):
                if is_square(one, other, forms):
                    return Change("squares" if kind == "squares" else "roots")
        first, second = difference(before, forms), difference(after, forms)
        above, below = forms.times(second.above, first.below), forms.times(second.below, first.above)
        ratio = multiple(above, below)
        if ratio is not None:
            return sign_change(before.sign, after.sign, ratio > 0, as_term({(): ratio}, forms))
        if is_constant(first.above) or not first.above or not second.above:
            return None  # from "0 = 2" everything comes about by multiplying, and "0 = 0" from everything
        if after.sign not in (before.sign, TURNED.get(before.sign)):
            return None
        if (factor := divided(above, below)) is not None:
            return Change("multiplies", as_term(primitive_part(factor), forms))
        if (factor := divided(below, above)) is not None:
            return Change("divides", as_term(primitive_part(factor), forms))
    except (NoForm, Inexpressible, Undefined):
        return None
    return None


def sign_change(before: RelationSign, after: RelationSign, positive: bool, factor: Term) -> Change | None:
    """What is wrong with the sign behind multiplying by a number."""
    if after == (before if positive else TURNED.get(before)):
        return Change("same")
    if after not in (before, TURNED.get(before)):
        return None
    return Change("turns") if positive else Change("keeps", factor)


def is_square(before: Relation, after: Relation, forms: Forms) -> bool:
    """Whether ``after`` is, up to moving terms and a factor, ``before`` with both sides squared."""
    left, right = forms.quotient(before.left), forms.quotient(before.right)
    squared = forms.sum(forms.product(left, left), negative(forms.product(right, right)))
    found = difference(after, forms)
    return multiple(forms.times(squared.above, found.below), forms.times(found.above, squared.below)) is not None

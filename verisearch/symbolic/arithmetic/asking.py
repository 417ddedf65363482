"""Questions that are nothing but an expression: what they ask the value of."""

from __future__ import annotations

import re
from fractions import Fraction

from verisearch.maths.compare import by_share
from verisearch.maths.exact import Unvalued, value
from verisearch.maths.expressions import expression
from verisearch.maths.statements import find
from verisearch.maths.terms import Apply, Number, Term, numbers, subterms

__all__ = ["asked_expression", "rounded_places"]

#: Questions that are nothing but an expression.
ASKED = re.compile(
    r"\s*(?:what is|what's|how (?:much|many) (?:is|are)|calculate|compute|evaluate|find(?: the value of)?|simplify"
    r"|work out)?\s*:?\s*"
    r"(?P<body>.+?)\s*(?:=\s*\??|\?|\.)?\s*",
    re.IGNORECASE | re.DOTALL,
)


def asked_expression(question: str) -> tuple[Term, Fraction] | None:
    """The expression that a question asks the value of, with it; None for all other questions."""
    found = ASKED.fullmatch(question)
    term = expression(found["body"]) if found else None
    if term is None or not isinstance(term, Apply) or len({each.unit for each in numbers(term) if each.unit}) > 1:
        return None
    if read_otherwise(found["body"], term):  # type: ignore[index]
        return None
    try:
        return term, value(term)
    except Unvalued:
        return None


def rounded_places(term: Term) -> int:
    """The decimals that an answer is written with; 0 for none, or for anything but a decimal."""
    return (term.decimals or 0) if isinstance(term, Number) else 0


def read_otherwise(text: str, term: Term) -> bool:
    """Whether an expression has another reading: "3/4 / 1/2", "half of 12 - 3", "1000 - 10%"."""
    if any(by_share(each) is not None for each in subterms(term)):
        return True
    statements = find(f"{text} = 0").statements
    first = statements[0].sides[0] if statements else None
    return first is None or first.regrouped is not None or first.partial

"""What answers add to terms: names for constants."""

from __future__ import annotations

from verisearch.maths.terms import PI, Name, Number, Term, names

__all__ = ["EULER", "IMAGINARY", "UNSAID", "shown", "unknowns"]

#: The base of a logarithm that says none: 10, e and 2 are all meant by somebody.
UNSAID = Name("the base of log")
EULER, IMAGINARY = Name("e"), Name("i")
CONSTANTS = frozenset({PI.name, EULER.name})


def shown(term: Term) -> str:
    """``term`` as text, brackets around everything that is computed."""
    if isinstance(term, Number):
        return str(term.value)
    if isinstance(term, Name):
        return term.name
    return f"{term.operator}({', '.join(shown(each) for each in term.args)})"


def unknowns(term: Term) -> frozenset[str]:
    """The names in ``term``, without the constants π, e."""
    return names(term) - CONSTANTS

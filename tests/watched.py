"""Watches what a language model's formaliser gives, and what a theory is told: nothing else may reach it.

For tests and benchmarks of malformed replies. `watching` notes every formula that the formaliser hands out and every
one that becomes a premise, and checks each of the latter by a way of its own: written in SMT-LIB, read back, compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from verisearch.errors import VerisearchError
from verisearch.logic.formula import Formula
from verisearch.logic.smtlib_reader import read_smtlib
from verisearch.logic.smtlib_writer import declarations, formula_text
from verisearch.logic.variables import rename_apart
from verisearch.logic.vocabulary import Vocabulary
from verisearch.symbolic.modelled.formaliser import ModelFormaliser
from verisearch.symbolic.theory import Theory

__all__ = ["Watched", "ill_sorted", "watching"]


@dataclass
class Watched:
    """What the formaliser gave, what the theories were told, and what was wrong with that."""

    given: set[Formula] = field(default_factory=set)
    told: list[Formula] = field(default_factory=list)
    slipped: list[str] = field(default_factory=list)

    def gave(self, found: Any) -> None:
        """Note the formulas of readings and claims."""
        for each in found if isinstance(found, list | tuple) else [found]:
            formula = getattr(each, "formula", None)
            if formula is not None:
                self.given.add(formula)
            self.gave(tuple(getattr(each, "claims", ())))

    def tell(self, formula: Formula) -> None:
        """Check a formula that is to become a premise."""
        self.told.append(formula)
        if formula not in self.given:
            self.slipped.append(f"the formaliser didn't give {formula}")
        if fault := ill_sorted(formula):
            self.slipped.append(f"{fault}: {formula}")


def ill_sorted(formula: Formula) -> str:
    """Why a formula isn't well-sorted, or doesn't come back as it was written; empty if it is and does."""
    try:
        own = Vocabulary.of([formula])
        text = formula_text(rename_apart(formula))  # which is how the reader names hidden variables
        vocabulary, read = read_smtlib(f"{declarations(own)}\n(assert {text})")
    except VerisearchError as error:
        return str(error)
    if [formula_text(each.formula) for each in read] != [text]:
        return "it is read back as something else"
    same = {name: (each.args, each.sort) for name, each in vocabulary.symbols.items()}
    return "" if same == {name: (each.args, each.sort) for name, each in own.symbols.items()} else "other symbols"


@contextmanager
def watching() -> Iterator[Watched]:
    """Watch all that is checked meanwhile, in this thread of this process."""
    watched = Watched()

    def noted(plain: Callable[..., Any]) -> Callable[..., Any]:
        def method(self: ModelFormaliser, *args: Any) -> Any:
            found = plain(self, *args)
            watched.gave(found)
            return found

        return method

    def told(plain: Callable[..., Any]) -> Callable[..., Any]:
        def method(self: Theory, formula: Formula, *args: Any) -> Any:
            watched.tell(formula)
            return plain(self, formula, *args)

        return method

    names = ("context", "statement", "step", "text")
    with (
        patch.multiple(ModelFormaliser, **{name: noted(getattr(ModelFormaliser, name)) for name in names}),
        patch.multiple(Theory, add=told(Theory.add), grant=told(Theory.grant)),
    ):
        yield watched

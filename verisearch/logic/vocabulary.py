"""Vocabularies: the symbols a set of formulas may use, with their sorts and what they mean in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from verisearch.errors import SignatureError
from verisearch.logic.formula import (
    BOOL,
    INT,
    REAL,
    Atom,
    Exists,
    Forall,
    Formula,
    Func,
    Sort,
    subformulas,
    terms_of,
)

__all__ = ["Signature", "Vocabulary"]

#: A place for an argument in a gloss. Not `str.format`: glosses may be a model's.
PLACE = re.compile(r"\{([0-9]{1,3})\}")
BUILTIN_SORTS = (BOOL, INT, REAL)


@dataclass(frozen=True, slots=True)
class Signature:
    """A symbol's argument sorts and value sort (Bool: a predicate). ``gloss`` says in words what it means,
    with ``{0}``, ``{1}`` … for its arguments; ``negated`` likewise for the negation."""

    name: str
    args: tuple[Sort, ...] = ()
    sort: Sort = BOOL
    gloss: str = ""
    negated: str = ""

    @property
    def is_predicate(self) -> bool:
        return self.sort == BOOL


@dataclass(slots=True)
class Vocabulary:
    """Symbols by name, in order of declaration. One name has one signature."""

    symbols: dict[str, Signature] = field(default_factory=dict)
    sorts: dict[Sort, None] = field(default_factory=dict)

    def declare_sort(self, sort: Sort) -> None:
        """Add an uninterpreted sort; declaring it again changes nothing."""
        if sort not in BUILTIN_SORTS:
            self.sorts.setdefault(sort)

    def declare(self, signature: Signature) -> None:
        """Add a symbol. Raises `SignatureError` if its name is taken with other sorts."""
        self.check(signature)
        if signature.name not in self.symbols:
            for sort in (*signature.args, signature.sort):
                self.declare_sort(sort)
            self.symbols[signature.name] = signature

    def add(self, formula: Formula) -> None:
        """Declare every symbol of ``formula``. Raises `SignatureError` on a clash, then nothing is declared."""
        own = Vocabulary()
        for part in subformulas(formula):
            if isinstance(part, Atom):
                own.declare(Signature(part.predicate, tuple(term.sort for term in part.args), BOOL))
            elif isinstance(part, Forall | Exists):
                for variable in part.variables:
                    own.declare_sort(variable.sort)
        for term in terms_of(formula):
            own.declare_sort(term.sort)
            if isinstance(term, Func):
                own.declare(Signature(term.name, tuple(arg.sort for arg in term.args), term.sort))
        for symbol in own.symbols.values():
            self.check(symbol)
        for sort in own.sorts:
            self.declare_sort(sort)
        for symbol in own.symbols.values():
            self.declare(symbol)

    def check(self, signature: Signature) -> None:
        """Raises `SignatureError` if the symbol's name is taken with other sorts."""
        known = self.symbols.get(signature.name)
        if known is not None and (known.args, known.sort) != (signature.args, signature.sort):
            raise SignatureError(
                f"{signature.name!r} is used as ({' '.join(signature.args)}) → {signature.sort}, "
                f"but was declared as ({' '.join(known.args)}) → {known.sort}"
            )

    def copy(self) -> Vocabulary:
        """An independent copy."""
        return Vocabulary(dict(self.symbols), dict(self.sorts))

    @classmethod
    def of(cls, formulas: Iterable[Formula]) -> Vocabulary:
        """The vocabulary that ``formulas`` use. Raises `SignatureError` if they don't agree on a symbol."""
        vocabulary = cls()
        for formula in formulas:
            vocabulary.add(formula)
        return vocabulary

    @property
    def constants(self) -> list[Signature]:
        """Symbols without arguments whose value is no truth value."""
        return [symbol for symbol in self.symbols.values() if not symbol.args and not symbol.is_predicate]

    @property
    def predicates(self) -> list[Signature]:
        """Symbols whose value is a truth value."""
        return [symbol for symbol in self.symbols.values() if symbol.is_predicate]

    def gloss(self, name: str, *args: str, negated: bool = False) -> str | None:
        """What ``name`` applied to ``args`` means in words; None if it has no gloss."""
        symbol = self.symbols.get(name)
        template = (symbol.negated if negated else symbol.gloss) if symbol else ""
        if not template:
            return None
        return PLACE.sub(lambda found: args[int(found[1])] if int(found[1]) < len(args) else found[0], template)

"""Writes formulas as English sentences, with the words that a vocabulary has for its symbols.

``∀x (kind(x) ∧ ¬rough(x) → nice(x))`` becomes "if something is kind and it is not rough then it is nice". Where a
symbol has no words, or "something" and "it" would not say which of several things is meant, variables keep their names:
"for every x, if Kind(x) then x is nice". Parentheses show the grouping where English leaves it open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from verisearch.errors import InputError
from verisearch.logic.arithmetic import decimal_text, is_numeric
from verisearch.logic.fol_names import name_text
from verisearch.logic.formula import (
    INT,
    REAL,
    THING,
    And,
    Atom,
    Compare,
    Equal,
    Exists,
    Forall,
    Formula,
    Func,
    Iff,
    Implies,
    Not,
    Number,
    Or,
    Quantified,
    Sort,
    Term,
    Var,
    Xor,
    children,
    terms_of,
)
from verisearch.logic.variables import rename_apart
from verisearch.logic.vocabulary import Vocabulary

__all__ = ["to_english", "to_sentence"]

#: Words of ours that a sentence can begin with; other beginnings may be symbols, whose case matters.
OPENINGS = ("if", "for", "there", "everything", "nothing", "something", "either", "it", "the")
COMPARISONS = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}
KINDS: dict[Sort, str] = {THING: "", INT: "integer ", REAL: "number "}


def is_simple(formula: Formula) -> bool:
    """An atom, equation or comparison, or its negation."""
    return isinstance(formula.body if isinstance(formula, Not) else formula, Atom | Equal | Compare)


def is_clause_list(formula: Formula) -> bool:
    """One simple formula or a conjunction of them."""
    return is_simple(formula) or (
        isinstance(formula, And) and bool(formula.parts) and all(map(is_simple, formula.parts))
    )


def mentions(formula: Formula, variable: Var) -> bool:
    """Whether the variable occurs in ``formula``."""
    return any(term == variable for term in terms_of(formula))


class Writer:
    """Writes one formula. ``pronoun`` is the variable that "something" and "it" stand for, ``introduced`` says
    whether "something" has been said."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.pronoun: Var | None = None
        self.introduced = False

    # --- terms ---
    def term(self, term: Term) -> str:
        """A term in words."""
        if isinstance(term, Var):
            if term != self.pronoun:
                return term.name
            word = "it" if self.introduced else "something"
            self.introduced = True
            return word
        if isinstance(term, Number):
            return decimal_text(term.value, real=False)
        words = list(map(self.term, term.args))
        if isinstance(term, Func):
            known = self.vocabulary.gloss(term.name, *words)
            return known or (f"{name_text(term.name)}({', '.join(words)})" if words else term.name)
        return f"({f' {term.op} '.join(words)})" if len(words) > 1 else f"({term.op}{words[0]})"

    # --- simple formulas ---
    def atom(self, atom: Atom, negated: bool) -> str:
        words = list(map(self.term, atom.args))
        known = self.vocabulary.gloss(atom.predicate, *words, negated=negated)
        if known:
            return known
        plain = self.vocabulary.gloss(atom.predicate, *words)
        if plain:
            return f"it is not true that {plain}"
        text = name_text(atom.predicate) + (f"({', '.join(words)})" if words else "")
        return f"not {text}" if negated else text

    def simple(self, formula: Formula) -> str:
        """An atom, equation or comparison, or its negation."""
        negated = isinstance(formula, Not)
        inner: Any = formula.body if isinstance(formula, Not) else formula
        if isinstance(inner, Atom):
            return self.atom(inner, negated)
        no = " not" if negated else ""
        left, right = self.term(inner.left), self.term(inner.right)
        if isinstance(inner, Compare):
            return f"{left} is{no} {COMPARISONS[inner.op]} {right}"
        relation = "equal to" if is_numeric(inner.left.sort) else "the same as"
        return f"{left} is{no} {relation} {right}"

    # --- formulas ---
    def formula(self, formula: Formula) -> str:
        """A formula in words."""
        while isinstance(formula, And | Or) and len(formula.parts) == 1:
            formula = formula.parts[0]
        return self.simple(formula) if is_simple(formula) else WRITERS[type(formula)](self, formula)

    def part(self, formula: Formula) -> str:
        """A formula as part of another: in parentheses, unless it is simple."""
        text = self.formula(formula)
        while isinstance(formula, And | Or) and len(formula.parts) == 1:
            formula = formula.parts[0]
        return text if is_simple(formula) or not children(formula) else f"({text})"

    def negation(self, formula: Not) -> str:
        return f"it is not true that {self.part(formula.body)}"

    def conjunction(self, formula: And) -> str:
        return " and ".join(map(self.part, formula.parts)) or "true"

    def disjunction(self, formula: Or) -> str:
        return " or ".join(map(self.part, formula.parts)) or "false"

    def exclusive(self, formula: Xor) -> str:
        return f"either {self.part(formula.left)} or {self.part(formula.right)}, but not both"

    def equivalence(self, formula: Iff) -> str:
        return f"{self.part(formula.left)} if and only if {self.part(formula.right)}"

    def implication(self, formula: Implies) -> str:
        body = self.formula(formula.body) if is_clause_list(formula.body) else self.part(formula.body)
        head = self.formula(formula.head) if is_clause_list(formula.head) else self.part(formula.head)
        return f"if {body} then {head}"

    # --- quantifiers ---
    def universal(self, formula: Forall) -> str:
        body = formula.body
        if self.has_words(formula):
            (variable,) = formula.variables
            if isinstance(body, Implies) and mentions(body.body, variable):
                return self.with_pronoun(variable, lambda: self.implication(body))
            bare = body.body if isinstance(body, Not) else body
            if isinstance(bare, Atom) and bare.args.count(variable) == 1 and bare.args[0] == variable:
                subject = "nothing" if isinstance(body, Not) else "everything"
                words = [subject, *map(self.term, bare.args[1:])]
                return self.vocabulary.gloss(bare.predicate, *words) or self.named("for every", formula)
        return self.named("for every", formula)

    def existential(self, formula: Exists) -> str:
        if self.has_words(formula) and mentions(formula.body, formula.variables[0]) and is_clause_list(formula.body):
            return self.with_pronoun(formula.variables[0], lambda: self.formula(formula.body))
        return self.named("there is", formula)

    def has_words(self, formula: Quantified) -> bool:
        """Whether "something" and "it" can stand for the variable: it is the only one, a `THING`, every predicate over
        it has words, and where it is mentioned first it is no object of a negation."""
        if self.pronoun is not None or len(formula.variables) != 1 or formula.variables[0].sort != THING:
            return False
        first: tuple[Atom, bool] | None = None
        stack: list[tuple[Formula, bool]] = [(formula.body, False)]
        while stack:
            current, negated = stack.pop()
            if isinstance(current, Forall | Exists) or not isinstance(current, Atom | Not | And | Or | Implies):
                return False
            if isinstance(current, Not) and not isinstance(current.body, Atom):
                return False
            if isinstance(current, Atom) and mentions(current, formula.variables[0]):
                first = first or (current, negated)
                symbol = self.vocabulary.symbols.get(current.predicate)
                if symbol is None or not symbol.gloss or not symbol.negated:
                    return False
            stack.extend((child, isinstance(current, Not)) for child in reversed(children(current)))
        return first is not None and (not first[1] or first[0].args[:1] == formula.variables)

    def with_pronoun(self, variable: Var, write: Callable[[], str]) -> str:
        """What ``write`` gives while "something" and "it" stand for ``variable``."""
        self.pronoun, self.introduced = variable, False
        text = write()
        self.pronoun = None
        return text

    def named(self, opening: str, formula: Quantified) -> str:
        """A quantified formula whose variables keep their names."""
        names = listed(
            f"{KINDS.get(variable.sort, variable.sort + ' ')}{variable.name}" for variable in formula.variables
        )
        if isinstance(formula, Exists) and len(formula.variables) > 1:
            opening = "there are"
        joiner = ", " if isinstance(formula, Forall) else " such that "
        return f"{opening} {names}{joiner}{self.formula(formula.body)}"


WRITERS: dict[type, Callable[[Writer, Any], str]] = {
    Not: Writer.negation,
    And: Writer.conjunction,
    Or: Writer.disjunction,
    Xor: Writer.exclusive,
    Implies: Writer.implication,
    Iff: Writer.equivalence,
    Forall: Writer.universal,
    Exists: Writer.existential,
}


def listed(parts: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *front, last = list(parts) or [""]
    return f"{', '.join(front)} and {last}" if front else last


def to_english(formula: Formula, vocabulary: Vocabulary) -> str:
    """``formula`` as an English sentence, without a capital at its beginning or a full stop.

    ``vocabulary`` says what its symbols mean (`Signature.gloss`); symbols without words stand as they are. Raises
    `InputError` for a formula too deeply nested to be written.
    """
    try:
        return Writer(vocabulary).formula(rename_apart(formula))
    except RecursionError:
        raise InputError("a formula is nested too deeply to be written") from None


def to_sentence(formula: Formula, vocabulary: Vocabulary) -> str:
    """The same with a full stop, and with a capital where that changes no symbol."""
    text = to_english(formula, vocabulary)
    if text.split(" ", 1)[0] in OPENINGS:
        text = text[0].upper() + text[1:]
    return f"{text}."

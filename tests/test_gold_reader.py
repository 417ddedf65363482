"""The English reader and the oracle's templates, written apart, read every sentence the same way."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from oracle.rows import CHAIN_FILES, LABEL_FILES, Row, load
from oracle.templates import VARIABLE, Clause, Literal, NotInGrammar, read, write
from test_random_theories import random_rule

from verisearch.logic.english import read_sentence
from verisearch.logic.formula import Atom, Forall, Formula, Func, Implies, Not, Term, Var, conjuncts

#: Every so many rows of a file.
STRIDE = 8


def as_clause(formula: Formula) -> Clause:
    """A formula of the reader as a clause of the oracle, with the reader's own names."""
    while isinstance(formula, Forall):
        assert len(formula.variables) == 1
        formula = formula.body
    if isinstance(formula, Implies):
        return Clause(tuple(map(as_literal, conjuncts(formula.body))), as_literal(formula.head))
    return Clause((), as_literal(formula))


def as_literal(formula: Formula) -> Literal:
    atom = formula.body if isinstance(formula, Not) else formula
    assert isinstance(atom, Atom)
    return Literal(atom is formula, atom.predicate, tuple(map(name_of, atom.args)))


def name_of(term: Term) -> str:
    if isinstance(term, Var):
        return VARIABLE
    assert isinstance(term, Func)
    return term.name


class Renaming:
    """A one-to-one renaming that grows as pairs are met; a pair that breaks it is a difference."""

    def __init__(self) -> None:
        self.there: dict[str, str] = {}
        self.back: dict[str, str] = {}

    def agrees(self, ours: str, theirs: str) -> bool:
        return self.there.setdefault(ours, theirs) == theirs and self.back.setdefault(theirs, ours) == ours


def same(ours: Clause, theirs: Clause, predicates: Renaming, names: Renaming) -> bool:
    """Whether two clauses are equal under the renamings."""
    if len(ours.body) != len(theirs.body):
        return False
    return all(
        one.positive == other.positive
        and predicates.agrees(one.predicate, other.predicate)
        and len(one.args) == len(other.args)
        and all(
            (a == VARIABLE) == (b == VARIABLE) and (a == VARIABLE or names.agrees(a, b))
            for a, b in zip(one.args, other.args, strict=True)
        )
        for one, other in zip((*ours.body, ours.head), (*theirs.body, theirs.head), strict=True)
    )


def in_templates(row: Row) -> bool:
    """Whether the templates cover the whole row; the paraphrases of one file are outside them."""
    try:
        for sentence in (*row.sentences, row.statement):
            read(sentence)
    except NotInGrammar:
        return False
    return True


@pytest.mark.data
@pytest.mark.parametrize("name", dict.fromkeys((*LABEL_FILES, *CHAIN_FILES)))
def test_both_readers_agree(name: str, data_dir: Path) -> None:
    predicates, names = Renaming(), Renaming()
    sentences: dict[str, None] = {}
    for row in list(load(data_dir, name))[::STRIDE]:
        if in_templates(row):
            steps = (step.removeprefix("So ") for step in row.steps)
            sentences.update(dict.fromkeys((*row.sentences, row.statement, *steps)))
    for sentence in sentences:
        formula = read_sentence(sentence).formula
        assert formula is not None, sentence
        ours, theirs = read(sentence), as_clause(formula)
        assert same(ours, theirs, predicates, names), (sentence, ours, theirs)
    assert len(sentences) > 100


@pytest.mark.data
def test_paraphrases_are_read_alike_or_not_at_all(data_dir: Path) -> None:
    predicates, names = Renaming(), Renaming()
    compared = 0
    for row in load(data_dir, "proofwriter_owa_mixed_qdep"):
        for sentence in () if in_templates(row) else (*row.sentences, row.statement):
            try:
                ours = read(sentence)
            except NotInGrammar:
                continue
            formula = read_sentence(sentence).formula
            if formula is not None:
                assert same(ours, as_clause(formula), predicates, names), (sentence, formula)
                compared += 1
    assert compared


def test_random_rules_are_read_alike() -> None:
    random, predicates, names = Random(0), Renaming(), Renaming()
    for _ in range(3000):
        rule = random_rule(random)
        sentence = write(rule)
        formula = read_sentence(sentence).formula
        assert formula is not None, sentence
        assert same(rule, as_clause(formula), predicates, names), (sentence, formula)

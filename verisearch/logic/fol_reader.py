"""Reads FOL notation as FOLIO and Prover9 write it: ``∀x (Kind(x) → ¬Rough(x))``, ``all x (Kind(x) -> -Rough(x)).``

Conventions, beside the precedence that `fol_grammar` states:

* A name that no quantifier binds is a constant, but ``u`` to ``z``, also with one digit, only ever name variables:
  one that is not bound is an error. A quoted name (``'bald eagle'``, ``'x'``) is never a variable.
* ``:Sort`` after a variable or term gives its sort. Without it, terms in comparisons and sums are Int, or Real
  if a number with a decimal point or another Real stands there; everything else is a `THING`.
* ``-`` before a formula negates it, before a term it is a minus; ``-a = b`` is refused, ``(-a) = b`` is not.
* A hyphen or point inside a name belongs to it (``gpt-3``): subtraction needs spaces. Such a name in arithmetic is
  an error.

Everything that can't be read, or can be read in two ways, is a `ParseError` with its position; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import repeat
from typing import NoReturn, TypeAlias

from verisearch.errors import ParseError
from verisearch.logic.arithmetic import as_real, is_linear_product, is_numeric, joint_sort, numeral_value
from verisearch.logic.fol_grammar import Node, syntax_tree
from verisearch.logic.fol_names import VARIABLE_LIKE
from verisearch.logic.formula import (
    BOOL,
    FALSE,
    INT,
    REAL,
    THING,
    TRUE,
    And,
    Arith,
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
    Sort,
    Term,
    Var,
    Xor,
)
from verisearch.logic.vocabulary import Signature, Vocabulary

__all__ = ["parse_formula", "parse_formulas", "read_text"]

ORDER = {"<": "<", "<=": "<=", "≤": "<=", ">": ">", ">=": ">=", "≥": ">="}
NAMES = ("application", "odd", "quoted")
COMMENT = ("%", "#")

Scope: TypeAlias = Mapping[str, Var]


def bare(node: Node) -> Node:
    """``node`` without the parentheses around it."""
    while node.kind == "parenthesis":
        node = node.children[0]
    return node


class Reader:
    """Turns the syntax tree of one formula into a formula, checking sorts and arities on the way."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.given = vocabulary.symbols
        self.found: dict[str, Signature] = {}
        self.rules: dict[str, Callable[[Node, Scope], Formula]] = {
            "and": lambda node, scope: And(tuple(map(self.formula, node.children, repeat(scope)))),
            "or": lambda node, scope: Or(tuple(map(self.formula, node.children, repeat(scope)))),
            "not": lambda node, scope: Not(self.formula(node.children[0], scope)),
            "minus": lambda node, scope: Not(self.formula(node.children[0], scope)),
            "implies": lambda node, scope: Implies(*map(self.formula, node.children, repeat(scope))),
            "iff": lambda node, scope: Iff(*map(self.formula, node.children, repeat(scope))),
            "xor": lambda node, scope: Xor(*map(self.formula, node.children, repeat(scope))),
            "truth": lambda node, scope: TRUE if node.text == "TRUE" else FALSE,
            "quantified": self.quantified,
            "comparison": self.comparison,
            "application": self.atom,
            "odd": self.atom,
            "quoted": self.atom,
        }

    def fail(self, message: str, node: Node) -> NoReturn:
        raise ParseError(message, text=self.text, position=node.position)

    # --- symbols --------------------------------------------------------------------------------------------------
    def known(self, name: str) -> Signature | None:
        """The signature of ``name`` in the vocabulary or earlier in the formula."""
        return self.found.get(name) or self.given.get(name)

    def declare(self, node: Node, args: tuple[Term, ...], sort: Sort) -> None:
        """Note a use of a symbol, which must agree with every other."""
        signature = Signature(node.text, tuple(term.sort for term in args), sort)
        known = self.known(node.text)
        if known is None:
            self.found[node.text] = signature
        elif (known.args, known.sort) != (signature.args, signature.sort):
            self.fail(f"{node.text} is {described(signature)} here, but elsewhere {described(known)}", node)

    def check_name(self, node: Node, scope: Scope) -> None:
        """Refuse names that were probably meant otherwise."""
        if node.kind == "application" and VARIABLE_LIKE.fullmatch(node.text):
            self.fail(f"{node.text} is bound by no quantifier; if it is a constant, quote it: '{node.text}'", node)
        first = re.split(r"[.-]", node.text)[0]
        if node.kind == "odd" and (first in scope or VARIABLE_LIKE.fullmatch(first)):
            self.fail(f"put spaces around the sign in {node.text}, or quote it if it is one name", node)

    def check_minus(self, left: Node) -> None:
        """Refuse ``-a = b``: to Prover9 the sign negates the equation, to others the term."""
        while left.kind in ("sum", "product"):
            left = left.children[0]
        if left.kind == "minus" and left.children[0].kind != "number":
            self.fail("'-' before a comparison can be read in two ways: write ¬(a = b) or (-a) = b", left)

    # --- formulas -------------------------------------------------------------------------------------------------
    def formula(self, node: Node, scope: Scope) -> Formula:
        """The formula that ``node`` stands for."""
        while node.kind == "parenthesis":
            node = node.children[0]
        rule = self.rules.get(node.kind)
        if rule is None:
            self.fail("a term stands where a formula is expected", node)
        return rule(node, scope)

    def atom(self, node: Node, scope: Scope) -> Formula:
        if node.kind != "quoted" and node.text in scope:
            self.fail(f"the variable {node.text} stands where a formula is expected", node)
        self.check_name(node, scope)
        if node.sort is not None:
            self.fail("a formula has no sort", node)
        args = self.arguments(node, scope)
        self.declare(node, args, BOOL)
        return Atom(node.text, args)

    def quantified(self, node: Node, scope: Scope) -> Formula:
        """A quantifier, together with those of the same kind directly inside it."""
        kind, inner = node.text, dict(scope)
        variables: list[Var] = []
        while True:
            *binders, body = node.children
            for binder in binders:
                if any(binder.text == variable.name for variable in variables):
                    self.fail(f"{binder.text} is bound twice", binder)
                sort = binder.sort or THING
                if sort == BOOL:
                    self.fail("a variable can't be of sort Bool", binder)
                variables.append(Var(binder.text, sort))
                inner[binder.text] = variables[-1]
            node = bare(body)
            names = {variable.name for variable in variables}
            if node.kind != "quantified" or node.text != kind or names & {child.text for child in node.children[:-1]}:
                break
        made = self.formula(node, inner)
        return Forall(tuple(variables), made) if kind == "FORALL" else Exists(tuple(variables), made)

    def comparison(self, node: Node, scope: Scope) -> Formula:
        left, right = node.children
        self.check_minus(left)
        if node.text in ORDER:
            return Compare(ORDER[node.text], *self.numbers((left, right), scope))
        equal = Equal(*self.equals(left, right, scope))
        return equal if node.text == "=" else Not(equal)

    def equals(self, left: Node, right: Node, scope: Scope) -> Iterable[Term]:
        """The two sides of an equation: numbers if one of them is."""
        sides = (left, right)
        sorts = self.leaf_sorts(sides, scope)
        computed = any(bare(side).kind in ("number", "sum", "product", "minus") for side in sides)
        if computed or any(map(is_numeric, sorts)):
            return self.numbers(sides, scope)
        expected = sorts[0] if sorts else THING
        terms = [self.term(side, scope, expected) for side in sides]
        if terms[0].sort != terms[1].sort:
            self.fail(f"the two sides have the sorts {terms[0].sort} and {terms[1].sort}", left)
        return terms

    # --- terms ----------------------------------------------------------------------------------------------------
    def leaf_sorts(self, nodes: Iterable[Node], scope: Scope) -> list[Sort]:
        """The sorts that are known of the terms which sums and products in ``nodes`` are made of."""
        sorts, stack = [], list(nodes)
        while stack:
            node = stack.pop()
            if node.kind not in NAMES:
                if node.kind == "number":
                    sorts.append(INT if node.text.isdecimal() else REAL)
                stack.extend(node.children)
                continue
            known = self.known(node.text)
            if node.sort is not None:
                sorts.append(node.sort)
            elif node.kind != "quoted" and node.text in scope:
                sorts.append(scope[node.text].sort)
            elif known is not None:
                sorts.append(known.sort)
        return sorts

    def numbers(self, nodes: tuple[Node, ...], scope: Scope) -> Iterable[Term]:
        """Terms of one numeric sort."""
        sort = joint_sort(self.leaf_sorts(nodes, scope))
        terms = [self.number_term(node, scope, sort) for node in nodes]
        return map(as_real, terms) if sort == REAL else terms

    def number_term(self, node: Node, scope: Scope, sort: Sort) -> Term:
        """The numeric term that ``node`` stands for; ``sort`` where nothing else tells."""
        node = bare(node)
        if node.kind == "odd":
            self.fail(f"{node.text} stands in arithmetic: put spaces around a sign, or quote it if it is a name", node)
        term = self.term(node, scope, sort)
        if not is_numeric(term.sort):
            hint = f"; if it is one, write {node.text}:Int where it stands first" if term.sort == THING else ""
            self.fail(f"a number is expected, but this is a {term.sort}{hint}", node)
        return term

    def term(self, node: Node, scope: Scope, expected: Sort) -> Term:
        """The term that ``node`` stands for; of the sort ``expected`` where nothing else tells."""
        while node.kind == "parenthesis":
            node = node.children[0]
        if node.kind in NAMES:
            return self.named_term(node, scope, expected)
        if node.kind == "number":
            return self.number(node, expected)
        if node.kind not in ("sum", "product", "minus"):
            self.fail("a formula stands where a term is expected", node)
        sort = joint_sort([*self.leaf_sorts((node,), scope), expected])
        args = tuple(map(self.number_term, node.children, repeat(scope), repeat(sort)))
        if node.kind == "product" and not is_linear_product(args):
            self.fail("only linear arithmetic: all factors but one must be numbers", node)
        if node.kind == "minus" and node.children[0].kind == "number" and isinstance(args[0], Number):
            return Number(-args[0].value, args[0].sort)
        return Arith(node.text, args, sort)

    def number(self, node: Node, expected: Sort) -> Number:
        if len(node.text) > 1 and node.text[0] == "0" and node.text[1].isdecimal():
            self.fail(f"a number can't begin with 0: {node.text}", node)
        try:
            value = numeral_value(node.text)
        except ZeroDivisionError:
            self.fail("division by zero", node)
        except ValueError as error:
            self.fail(str(error), node)
        return Number(value, REAL if expected == REAL or not node.text.isdecimal() else INT)

    def named_term(self, node: Node, scope: Scope, expected: Sort) -> Term:
        if node.kind != "quoted" and node.text in scope:
            variable = scope[node.text]
            if node.children:
                self.fail(f"the variable {node.text} can't have arguments", node)
            if node.sort not in (None, variable.sort):
                self.fail(f"the variable {node.text} was bound as {variable.sort}", node)
            return variable
        self.check_name(node, scope)
        known = self.known(node.text)
        sort = node.sort or (known.sort if known else expected)
        if sort == BOOL:
            self.fail(f"{node.text} is a predicate, but stands where a term is expected", node)
        args = self.arguments(node, scope)
        self.declare(node, args, sort)
        return Func(node.text, args, sort)

    def arguments(self, node: Node, scope: Scope) -> tuple[Term, ...]:
        if not node.children:
            return ()
        known = self.known(node.text)
        if known is not None and len(known.args) == len(node.children):
            return tuple(map(self.term, node.children, repeat(scope), known.args))
        return tuple(map(self.term, node.children, repeat(scope), repeat(THING)))


def described(signature: Signature) -> str:
    """A signature in words."""
    what = "a predicate" if signature.sort == BOOL else f"a term of sort {signature.sort}"
    return f"{what} over ({', '.join(signature.args)})" if signature.args else f"{what} without arguments"


def parse_formula(text: str, vocabulary: Vocabulary | None = None) -> Formula:
    """The formula that ``text`` writes in FOL notation. A final ``.`` is allowed.

    ``vocabulary`` gives the sorts of symbols it knows; it isn't changed. Raises `ParseError` with the position.
    """
    tree = syntax_tree(text)
    try:
        return Reader(text, vocabulary or Vocabulary()).formula(tree, {})
    except RecursionError:  # the caller stands deep in the stack itself
        raise ParseError("nested too deeply", text=text) from None


def parse_formulas(text: str, vocabulary: Vocabulary | None = None) -> list[Formula]:
    """The formulas of ``text``, one a line; blank lines and lines that begin with ``%`` or ``#`` are skipped.

    Symbols mean the same in all lines; ``vocabulary`` gives the sorts of those it knows and the others are added.
    Raises `ParseError` with the position in ``text``.
    """
    vocabulary = Vocabulary() if vocabulary is None else vocabulary
    formulas, start = [], 0
    for line in text.split("\n"):
        if line.strip() and not line.lstrip().startswith(COMMENT):
            try:
                formula = parse_formula(line, vocabulary)
            except ParseError as error:
                raise ParseError(error.message, text=text, position=start + error.position) from None
            vocabulary.add(formula)
            formulas.append(formula)
        start += len(line) + 1
    return formulas


def read_text(text: str) -> tuple[Vocabulary, list[Formula]]:
    """The vocabulary and the formulas of ``text``, one a line. Raises `ParseError` with the position."""
    vocabulary = Vocabulary()
    return vocabulary, parse_formulas(text, vocabulary)

"""The grammar of FOL notation, and the syntax tree it gives.

From tightest to loosest: ``¬`` and quantifiers, ``∧``, ``∨`` or ``⊕``, ``→``, ``↔``. A quantifier reaches over what
comes directly after it: an atom, a negation, another quantifier or a parenthesis. What people read in two ways must
be put in parentheses: ``∨`` beside ``⊕``, and more than one ``⊕``, ``→`` or ``↔`` in a row.

The parser is LALR and the tree is built bottom-up, so that nesting costs no stack; it is limited all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from verisearch.errors import ParseError
from verisearch.logic.fol_names import KEYWORDS, unquoted
from verisearch.logic.formula import MAX_DEPTH

__all__ = ["Node", "syntax_tree"]

GRAMMAR = r"""
start: _iff DOT?

_iff: _implies | iff
iff: _implies IFF _implies
_implies: _or | implies
implies: _or IMPLIES _or
_or: _and | or | xor
or: _and (_OR _and)+
xor: _and XOR _and
_and: _unary | and
and: _unary (_AND _unary)+
_unary: not | quantified | _comparison
not: NOT _unary
quantified: (FORALL | EXISTS) variable (_COMMA variable)* _unary
variable: NAME [_COLON (NAME | QUOTED)]

_comparison: _sum | comparison
comparison: _sum (COMPARE | EQUAL | UNEQUAL) _sum
_sum: _product | sum
sum: _product ((PLUS | MINUS) _product)+
_product: _primary | product
product: _primary (STAR _primary)+
_primary: number | application | parenthesis | minus | truth
minus: MINUS (_primary | quantified | not)
parenthesis: LPAR _iff _RPAR
truth: TRUE | FALSE
number: NUMBER | GROUPED
application: (NAME | ODD_NAME | QUOTED) [arguments] [_COLON (NAME | QUOTED)]
arguments: LPAR [_sum (_COMMA _sum)*] _RPAR

IFF.2: "↔" | "⟷" | "⇔" | "⟺" | "<->" | "<=>"
IMPLIES.2: "→" | "⟶" | "⇒" | "⟹" | "->" | "=>"
_OR: "∨" | "||" | "|" | "\\/"
XOR: "⊕" | "⊻"
_AND: "∧" | "&&" | "&" | "/\\"
NOT: "¬" | "~"
FORALL: "∀"
EXISTS: "∃"
COMPARE.1: "<=" | ">=" | "<" | ">" | "≤" | "≥"
EQUAL: "="
UNEQUAL.2: "!=" | "≠"
PLUS: "+"
MINUS: "-"
STAR: "*"
LPAR: "("
_RPAR: ")"
_COMMA: ","
_COLON: ":"
DOT: "."
TRUE: "⊤" | "$T"
FALSE: "⊥" | "$F"
GROUPED.3: /[0-9]+(,[0-9]{3})+(?!\w)|[0-9]+(-\w+)+/
NUMBER.2: /[0-9]+(\.[0-9]+|\/[0-9]+)?(?!\w)/
ODD_NAME: /[^\W\d_][\w'’]*([.-][\w'’]+)+|[0-9]+[^\W\d]\w*/
NAME: /[^\W\d][\w'’]*/
QUOTED: /'([^'\\\n]|\\.)*'|"([^"\\\n]|\\.)*"/
WHITE: /[ \t\r\n\f\v\u00a0]+/
%ignore WHITE
"""

CONNECTIVES = ("IFF", "IMPLIES", "XOR", "_OR", "_AND")
#: Tokens that can follow a complete formula or term.
CLOSERS = {"$END", "DOT", "_RPAR", "_COMMA"}


@dataclass(slots=True)
class Node:
    """A node of the syntax tree.

    ``kind`` is the rule's name, ``text`` the operator or name, ``position`` the offset of its first character,
    ``depth`` the nesting below it, ``sort`` an annotated sort.
    """

    kind: str
    text: str
    position: int
    children: tuple[Node, ...] = ()
    depth: int = 1
    sort: str | None = None


class Doubtful(Exception):
    """Something the grammar reads but we refuse; holds the position and the reason."""


def name_of(token: Token) -> str:
    """The name a token stands for. Raises `Doubtful`."""
    if token.type != "QUOTED":
        return str(token)
    try:
        return unquoted(str(token))
    except ValueError:
        raise Doubtful(start_of(token), f"{token} holds an escape of no character") from None


def start_of(item: Node | Token) -> int:
    return item.position if isinstance(item, Node) else int(item.start_pos or 0)


def node(kind: str, text: str, items: list[Any], position: int | None = None, sort: str | None = None) -> Node:
    """A node over the child nodes among ``items``. Raises `Doubtful` if it is nested too deeply."""
    children = tuple(item for item in items if isinstance(item, Node))
    depth = 1 + max((child.depth for child in children), default=0)
    where = start_of(items[0]) if position is None else position
    if depth > MAX_DEPTH:
        raise Doubtful(where, f"nested more than {MAX_DEPTH} levels deep")
    return Node(kind, text, where, children, depth, sort)


def operator_rule(kind: str) -> Callable[[Any, list[Any]], Node]:
    """A rule whose node bears the name of the rule alone."""
    return lambda _self, items: node(kind, kind, items)


class Builder(Transformer[Token, Node]):
    """Makes a `Node` of each rule while the parser runs."""

    iff = operator_rule("iff")
    implies = operator_rule("implies")
    xor = operator_rule("xor")

    def start(self, items: list[Any]) -> Node:
        result: Node = items[0]
        return result

    def parenthesis(self, items: list[Any]) -> Node:
        return node("parenthesis", "(", items)

    def comparison(self, items: list[Any]) -> Node:
        return node("comparison", str(items[1]), items)

    def product(self, items: list[Any]) -> Node:
        return node("product", "*", items)

    def minus(self, items: list[Any]) -> Node:
        return node("minus", "-", items)

    def truth(self, items: list[Any]) -> Node:
        return node("truth", items[0].type, items)

    def number(self, items: list[Any]) -> Node:
        if items[0].type == "GROUPED":
            raise Doubtful(start_of(items[0]), f"{items[0]} can be read as one number or name, or as several")
        return node("number", str(items[0]), items)

    def quantified(self, items: list[Any]) -> Node:
        return node("quantified", items[0].type, items)

    def variable(self, items: list[Any]) -> Node:
        name, sort = items
        return node("variable", name_of(name), items, sort=None if sort is None else name_of(sort))

    def arguments(self, items: list[Any]) -> Node:
        return node("arguments", "(", items)

    def application(self, items: list[Any]) -> Node:
        name, arguments, sort = items
        children = list(arguments.children) if arguments else []
        kind = {"NAME": "application", "ODD_NAME": "odd", "QUOTED": "quoted"}[name.type]
        annotated = None if sort is None else name_of(sort)
        return node(kind, name_of(name), children, start_of(name), annotated)

    def sum(self, items: list[Any]) -> Node:
        """Left to right; a run of the same sign is one node."""
        result, run, sign = items[0], [items[0]], ""
        for operator, operand in zip(items[1::2], items[2::2], strict=True):
            if str(operator) != sign or sign == "-":
                sign, run = str(operator), [result]
            run.append(operand)
            result = node("sum", sign, run)
        return result


setattr(Builder, "and", operator_rule("and"))
setattr(Builder, "or", operator_rule("or"))
setattr(Builder, "not", operator_rule("not"))


def with_keywords(token: Token) -> Token:
    """A name that is a keyword becomes that keyword's token."""
    token.type = KEYWORDS.get(token, token.type)
    return token


@lru_cache(maxsize=1)
def parser() -> Lark:
    """The LALR parser, built on first use."""
    return Lark(
        GRAMMAR,
        parser="lalr",
        lexer="basic",
        transformer=Builder(),
        maybe_placeholders=True,
        lexer_callbacks={"NAME": with_keywords},
    )


def explained(error: UnexpectedInput, text: str) -> str:
    """What was wrong at the place where the parser stopped, and what to do."""
    if isinstance(error, UnexpectedCharacters):
        return f"the character {text[error.pos_in_stream or 0]!r} has no meaning here"
    assert isinstance(error, UnexpectedToken)
    token: Token = error.token
    opened = text.count("(") - text.count(")")
    complete = not CLOSERS.isdisjoint(error.expected)
    if token.type == "$END":
        missing = f"{opened} '(' not closed" if opened > 0 else "an operand is missing"
        return f"the formula ends too early: {missing}"
    if token.type == "_RPAR":
        return "this ')' closes nothing" if opened < 0 else "a formula or term is missing before this ')'"
    if complete and token.type in CONNECTIVES:
        return f"{token!s} beside another connective can be read in two ways: add parentheses"
    if complete:
        return f"{token!s} can't follow here: a connective is missing before it, or a term was expected"
    return f"{token!s} can't stand here: a formula, term or variable is expected"


def syntax_tree(text: str) -> Node:
    """The syntax tree of one formula. Raises `ParseError`."""
    if not text.strip():
        raise ParseError("there is no formula", text=text)
    try:
        tree: Any = parser().parse(text)
    except Doubtful as error:
        position, message = error.args
        raise ParseError(message, text=text, position=position) from None
    except UnexpectedInput as error:
        at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        where = len(text) if at_end or error.pos_in_stream is None else error.pos_in_stream
        raise ParseError(explained(error, text), text=text, position=where) from None
    result: Node = tree
    return result

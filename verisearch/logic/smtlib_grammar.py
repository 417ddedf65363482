"""Grammars of SMT-LIB 2 over a vocabulary, for models whose decoder we hold: what is drawn along one can be read.

They are written in GBNF, llama.cpp's notation, which xgrammar, SGLang, vLLM and llguidance read too. A context-free
grammar knows no declarations, but it can be made for those that there are: there is a rule for the terms of each sort
and one for formulas, and for each of them a rule for every scope, which says of what sorts the variables are that are
bound where it stands. So no symbol can have arguments of other sorts than its own, and no variable can be free. Nesting
is limited by counting levels down in the rules' names; nothing is recursive. Rules that derive nothing, such as one for
a sort without constants where no variable is bound, are left out with all that needs them.

Decoders split grammars into lexemes and take the longest that fits, without ever going back. So no literal here begins
like a longer one that may stand in the same place, unless what follows it tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import TypeAlias

from verisearch.errors import InputError
from verisearch.logic.arithmetic import is_numeric
from verisearch.logic.formula import BOOL, INT, REAL, THING, Sort
from verisearch.logic.smtlib_names import sort_text, symbol, variable_symbol
from verisearch.logic.smtlib_operators import MAX_SIZE
from verisearch.logic.vocabulary import Signature, Vocabulary

__all__ = ["CANNOT", "assertions_grammar", "declarations_grammar", "variable_name"]

#: How a reply begins by which a model says that the vocabulary can't say the step.
CANNOT = "; cannot: "

#: Most parts of a conjunction or disjunction whose parts are atoms and negated atoms.
MOST_LITERALS = 8

#: What GBNF's classes leave out, for characters that end no line for anybody: control characters and line separators.
UNPRINTABLE = r"\x00-\x1F\x7F-\x9F\u2028\u2029"
PRINTABLE = f"[^{UNPRINTABLE}]"
VISIBLE = f"[^ {UNPRINTABLE}]"

#: The sorts of the variables that are bound, the outermost first.
Scope: TypeAlias = tuple[Sort, ...]


def variable_name(place: int) -> str:
    """The name of the variable that is bound at that place, counted from 0, from the outside."""
    return f"x{place + 1}"


def literal(text: str) -> str:
    """``text`` as a string of GBNF. It may hold no control characters but line ends."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def whole(name: str, value: object, least: int) -> None:
    """Raises `InputError` unless ``value`` is a whole number from ``least`` up."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InputError(f"{name}: {value!r} should be a whole number from {least} up")


class Rules:
    """The rules of a grammar, by name, as they are found to be needed."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}
        self.empty: set[str] = set()

    def known(self, name: str) -> bool:
        """Whether it was found out before what the rule derives."""
        return name in self.lines or name in self.empty

    def add(self, name: str, alternatives: Iterable[str | None]) -> str | None:
        """Its name if it derives anything. An alternative is None if a part of it derives nothing."""
        there = [each for each in alternatives if each is not None]
        if not there:
            self.empty.add(name)
            return None
        self.lines[name] = " | ".join(dict.fromkeys(there))
        return name

    def text(self, root: str) -> str:
        """The whole grammar, what is needed first standing first."""
        order = dict.fromkeys([root, *reversed(self.lines)])
        return "".join(f"{name} ::= {self.lines[name]}\n" for name in order)


def joined(*parts: str | None) -> str | None:
    """A sequence; None if one of its parts is."""
    return " ".join([part for part in parts if part is not None]) if None not in parts else None


class Builder:
    """The rules for closed formulas over one vocabulary."""

    def __init__(self, vocabulary: Vocabulary, variables: int, nesting: int, numbers: Sequence[Sort]) -> None:
        self.rules = Rules()
        self.variables, self.nesting = variables, nesting
        self.symbols = list(vocabulary.symbols.values())
        named = {sort for each in self.symbols for sort in (*each.args, each.sort)} | set(numbers)
        self.numbers = [sort for sort in (INT, REAL) if sort in named]
        #: Sorts that something can be said of.
        self.sorts = [sort for sort in (*vocabulary.sorts, *self.numbers) if sort in named]
        self.parts = 3

    # --- sizes ----------------------------------------------------------------------------------------------------
    def size(self, depth: int) -> int:
        """The most nodes that the reader counts in a formula of ``depth``."""
        arity = max([2 if self.numbers else 0, *[len(each.args) for each in self.symbols if not each.is_predicate]])
        term = 1
        for _ in range(self.nesting):
            term = 1 + arity * term
        atom = max([3 + 2 * term, *[1 + len(each.args) * term for each in self.symbols if each.is_predicate]])
        size = atom
        for _ in range(depth):
            size = max(1 + MOST_LITERALS * (1 + atom), 1 + self.parts * size, 3 + 2 * size)
        return size

    def fit(self, depth: int) -> None:
        """Take fewer parts in conjunctions if the reader couldn't hold the largest formula. Raises `InputError`."""
        while self.size(depth) > MAX_SIZE:
            if self.parts == 2:
                raise InputError(
                    f"depth: formulas nested {depth} deep, with terms nested {self.nesting} deep, can have more nodes "
                    f"than the {MAX_SIZE} that are read; take less of one of them"
                )
            self.parts = 2

    # --- terms ----------------------------------------------------------------------------------------------------
    def place(self, kind: str, scope: Scope) -> str:
        """The name of a rule."""
        return "-".join([kind, *[str(self.sorts.index(sort)) for sort in scope]])

    def applied(self, signature: Signature, level: int, scope: Scope) -> str | None:
        """A symbol over terms of its sorts."""
        if not signature.args:
            return literal(symbol(signature.name))
        parts: list[str | None] = []
        for sort in signature.args:
            parts += [literal(" "), self.term(sort, level, scope)]
        return joined(literal(f"({symbol(signature.name)} "), *parts[1:], literal(")"))

    def term(self, sort: Sort, level: int, scope: Scope) -> str | None:
        """The rule for terms of ``sort`` in which functions are nested at most ``level`` deep."""
        if sort not in self.sorts:
            return None
        name = self.place(f"t{level}s{self.sorts.index(sort)}", scope)
        if self.rules.known(name):
            return name if name in self.rules.lines else None
        found: list[str | None] = [
            literal(variable_symbol(variable_name(at))) for at, bound in enumerate(scope) if bound == sort
        ]
        for each in self.symbols:
            if each.sort == sort and (level > 0 or not each.args):
                found.append(self.applied(each, level - 1, scope))
        if is_numeric(sort):
            found.append(self.number(sort))
            if level > 0:
                found += self.arithmetic(sort, level - 1, scope)
        return self.rules.add(name, found)

    def number(self, sort: Sort) -> str:
        name = "int" if sort == INT else "real"
        if not self.rules.known(name):
            rules = self.rules
            if sort == INT:
                rules.add("numeral", ['"0"', "[1-9] [0-9]{0,8}"])
                rules.add("int", ["numeral", '"(- " numeral ")"'])
            else:
                rules.add("decimal", ['("0" | [1-9] [0-9]{0,8}) "." [0-9]{1,6}'])
                rules.add("divisor", ['[1-9] [0-9]{0,8} ".0"'])
                rules.add("positive", ["decimal", '"(/ " decimal " " divisor ")"'])
                rules.add("real", ["positive", '"(- " positive ")"'])
        return name

    def arithmetic(self, sort: Sort, level: int, scope: Scope) -> list[str | None]:
        """Sums, differences, and products with a number."""
        inner, close = self.term(sort, level, scope), literal(")")
        found = [
            joined(literal("(+ "), inner, literal(" "), inner, close),
            joined(literal("(- "), inner, literal(" "), inner, close),
            joined(literal("(- "), inner, close),
            joined(literal("(* "), self.number(sort), literal(" "), inner, close),
        ]
        if sort == REAL and INT in self.numbers:
            found.append(joined(literal("(to_real "), self.term(INT, level, scope), close))
        return found

    # --- formulas -------------------------------------------------------------------------------------------------
    def atom(self, scope: Scope) -> str | None:
        """The rule for atoms, equations and comparisons."""
        name = self.place("a", scope)
        if self.rules.known(name):
            return name if name in self.rules.lines else None
        found = [self.applied(each, self.nesting, scope) for each in self.symbols if each.is_predicate]
        for sort in self.sorts:
            side = self.term(sort, self.nesting, scope)
            operators = ("=", "<", "<=", ">", ">=") if is_numeric(sort) else ("=",)
            found += [joined(literal(f"({each} "), side, literal(" "), side, literal(")")) for each in operators]
        return self.rules.add(name, found)

    def formula(self, depth: int, scope: Scope = ()) -> str | None:
        """The rule for formulas in which connectives and quantifiers are nested at most ``depth`` deep."""
        name = self.place(f"f{depth}", scope)
        if self.rules.known(name):
            return name if name in self.rules.lines else None
        atom, close, space = self.atom(scope), literal(")"), literal(" ")
        found: list[str | None] = [atom]
        if depth > 0:
            inner = self.formula(depth - 1, scope)
            found.append(joined(literal("(not "), inner, close))
            for operator in ("=>", "=", "xor"):
                found.append(joined(literal(f"({operator} "), inner, space, inner, close))
            for operator in ("and", "or"):
                found += self.junctions(literal(f"({operator} "), inner, atom, scope)
            found += self.quantified(depth - 1, scope)
        return self.rules.add(name, found)

    def junctions(self, head: str, inner: str | None, atom: str | None, scope: Scope) -> list[str | None]:
        """Two or three parts of any kind, or more that are atoms and negated atoms: with more parts on every level
        there would be formulas too large to be read."""
        if inner is None:
            return []
        more = f' (" " {inner})?' if self.parts == 3 else ""
        found: list[str | None] = [f'{head} {inner} " " {inner}{more} ")"']
        if atom is not None:
            part = self.place("l", scope)
            self.rules.add(part, [atom, f'"(not " {atom} ")"'])
            found.append(f'{head} {part} (" " {part}){{{self.parts},{MOST_LITERALS - 1}}} ")"')
        return found

    def quantified(self, depth: int, scope: Scope) -> list[str | None]:
        """Formulas that bind one more variable, or several at once, as long as no more are bound than may be."""
        found = []
        for count in range(1, self.variables - len(scope) + 1):
            for sorts in product(self.sorts, repeat=count):
                body = self.formula(depth, scope + sorts)
                names = [variable_symbol(variable_name(len(scope) + at)) for at in range(count)]
                binders = " ".join(f"({name} {sort_text(sort)})" for name, sort in zip(names, sorts, strict=True))
                for quantifier in ("forall", "exists"):
                    found.append(joined(literal(f"({quantifier} ({binders}) "), body, literal(")")))
        return found


def remark(rules: Rules, length: int) -> str:
    """The rule for the words of a comment, which don't begin like `CANNOT`."""
    said = CANNOT.removeprefix("; ").rstrip()
    rest = f"{PRINTABLE}{{0,{length - len(said)}}}"
    found = [f"[^ {said[0]}{UNPRINTABLE}] {rest}"]
    for count in range(1, len(said)):
        found.append(f"{literal(said[:count])} ([^{said[count]}{UNPRINTABLE}] {rest})?")
    return str(rules.add("remark", found))


def assertions_grammar(
    vocabulary: Vocabulary,
    *,
    depth: int = 6,
    variables: int = 2,
    nesting: int = 2,
    most: int = 8,
    remark_length: int = 160,
    numbers: Sequence[Sort] = (),
) -> str:
    """GBNF of replies that say something in ``vocabulary``, or that it can't be said::

        ; some words of the step
        (assert (forall ((?x1 Person)) (=> (Kind ?x1) (Nice ?x1))))

    One to ``most`` assertions, each behind a comment line of at most ``remark_length`` characters; or the one line
    ``; cannot: `` and a few words. `read_smtlib` reads every string of the language without error, given the same
    vocabulary: formulas are closed and well-sorted.

    ``depth``: connectives and quantifiers, one inside the other. ``variables``: how many may be bound in one place;
    they are called ``?x1``, ``?x2`` …, from the outside. ``nesting``: functions and arithmetic, one inside the other.
    There are numerals, linear arithmetic and comparisons for Int and Real where the vocabulary uses these sorts, and
    for those in ``numbers``. Conjunctions and disjunctions have two or three parts, or up to eight that are atoms and
    negated atoms. ``true``, ``false``, ``ite``, ``distinct``, ``let`` and relations of more than two operands are
    left out: nothing needs them.

    A vocabulary without a symbol leaves only ``; cannot: ``, unless there are ``numbers``. Raises `InputError` for
    settings outside their ranges, or that allow formulas larger than those that are read.
    """
    whole("depth", depth, 0)
    whole("variables", variables, 0)
    whole("nesting", nesting, 0)
    whole("most", most, 1)
    whole("remark_length", remark_length, 16)
    if unfit := [sort for sort in numbers if not is_numeric(sort)]:
        raise InputError(f"numbers: {unfit[0]!r} should be {INT} or {REAL}")
    builder = Builder(vocabulary, variables, nesting, numbers)
    builder.fit(depth)
    rules = builder.rules
    formula = builder.formula(depth)
    words = f"{VISIBLE} {PRINTABLE}{{0,{remark_length - 1}}}"
    rules.add("reason", [words])
    cannot = joined(literal(CANNOT.removeprefix("; ")), "reason")
    if formula is not None:
        remark(rules, remark_length)
        rules.add("said", [f"remark {literal(chr(10) + '(assert ')} {formula} {literal(')')}"])
        more = f' ("\\n; " said){{0,{most - 1}}}' if most > 1 else ""
        rules.add("root", [f'"; " ({cannot} | said{more})'])
    else:
        rules.add("root", [f'"; " {cannot}'])
    return rules.text("root")


def declarations_grammar(
    vocabulary: Vocabulary, *, most: int = 16, arity: int = 3, name_length: int = 40, gloss_length: int = 120
) -> str:
    """GBNF of replies that declare what a vocabulary lacks, one to ``most`` lines of these kinds::

        (declare-sort Person 0) ; people
        (declare-const bob Person) ; Bob
        (declare-fun Likes (Person Person) Bool) ; {0} likes {1}

    Names are of at most ``name_length`` ASCII letters, digits, ``_`` and ``-``, and begin with a letter; functions have
    one to ``arity`` arguments. Sorts are Int, Real, Thing and those of ``vocabulary``; the value of a function may be
    a Bool too.

    `read_smtlib` finds no fault in the syntax and the sorts of such a reply, given the vocabulary with Thing among its
    sorts. But a context-free grammar doesn't know which names were declared before, so that names may be taken: by the
    vocabulary, by SMT-LIB itself, or by a line further up. The reader says so. Nor can a sort be used in the reply
    that declares it. Raises `InputError` for settings outside their ranges.
    """
    for setting, value in (
        ("most", most),
        ("arity", arity),
        ("name_length", name_length),
        ("gloss_length", gloss_length),
    ):
        whole(setting, value, 1)
    rules = Rules()
    known = [sort_text(sort) for sort in dict.fromkeys((*vocabulary.sorts, THING, INT, REAL))]
    rules.add("name", [f"[A-Za-z] [A-Za-z0-9_-]{{0,{name_length - 1}}}"])
    rules.add("gloss", [f"{VISIBLE} {PRINTABLE}{{0,{gloss_length - 1}}}"])
    rules.add("sort", [literal(sort) for sort in known])
    rules.add("value", [literal(sort) for sort in (*known, BOOL)])
    rules.add("arguments", [f'sort (" " sort){{0,{arity - 1}}}' if arity > 1 else "sort"])
    rules.add(
        "line",
        [
            '"(declare-sort " name " 0) ; " gloss',
            '"(declare-const " name " " value ") ; " gloss',
            '"(declare-fun " name " (" arguments ") " value ") ; " gloss',
        ],
    )
    rules.add("root", [f'line ("\\n" line){{0,{most - 1}}}' if most > 1 else "line"])
    return rules.text("root")

"""Random formulas and texts for property-based tests, and a normal form to compare formulas by."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from verisearch.logic.formula import (
    INT,
    REAL,
    THING,
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

#: Names that a careless writer would trip over.
AWKWARD = [
    "x",
    "y1",
    "and",
    "forall",
    "true",
    "select",
    "bald eagle",
    "it's",
    "a'b",
    'say "so"',
    "back\\slash",
    "bar|bar",
    "%.and",
    "a%41.b",
    "?x",
    "@x",
    ".x",
    "1st",
    "gpt-3",
    "mr.smith",
    "str.len",
    "Zoë",
    "日本",
    "tab\there",
    "line\nbreak",
    "nul\0",
    ";comment",
    "(",
    "Thing",
    "Int",
    "",
    " ",
    "u{41}",
    "\\u{41}",
    "=",
    "∀",
]
names = st.sampled_from(AWKWARD) | st.text(max_size=6)
variable_names = st.sampled_from(["x", "y", "z", "all", "bob", "x1", "a b", "|", "?x", "and"])
SORTS = (THING, INT, REAL, "Person")


def signed(tag: str, name: str) -> str:
    """A name of its own for each kind of symbol, so that no two kinds clash."""
    return f"{tag}{name}"


def numerals(sort: Sort) -> st.SearchStrategy[Term]:
    if sort == INT:
        return st.integers(-50, 50).map(lambda value: Number(Fraction(value), INT))
    return st.fractions(-5, 5, max_denominator=12).map(lambda value: Number(value, REAL))


@st.composite
def terms(draw: st.DrawFn, sort: Sort, scope: tuple[Var, ...], depth: int) -> Term:
    """A term of ``sort`` over the variables of ``scope``."""
    fitting = [variable for variable in scope if variable.sort == sort]
    kinds = ["constant"] + ["variable"] * (2 if fitting else 0)
    if sort in (INT, REAL):
        kinds.append("number")
    if depth > 0:
        kinds += ["function"] + (["sum", "product", "minus"] if sort in (INT, REAL) else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "variable":
        return draw(st.sampled_from(fitting))
    if kind == "number":
        return draw(numerals(sort))
    if kind == "constant":
        return Func(signed(f"c{sort[0]}", draw(names)), (), sort)
    if kind == "function":
        argument = draw(st.sampled_from(SORTS))
        return Func(signed(f"f{sort[0]}{argument[0]}", draw(names)), (draw(terms(argument, scope, depth - 1)),), sort)
    inner = terms(sort, scope, depth - 1)
    if kind == "minus":
        return Arith("-", (draw(inner),), sort)
    if kind == "product":
        return Arith("*", (draw(numerals(sort)), draw(inner)), sort)
    return Arith(draw(st.sampled_from("+-")), (draw(inner), draw(inner)), sort)


@st.composite
def simple_formulas(draw: st.DrawFn, scope: tuple[Var, ...]) -> Formula:
    """An atom, an equation or a comparison."""
    kind = draw(st.sampled_from(["atom", "atom", "proposition", "equal", "compare"]))
    if kind == "proposition":
        return Atom(signed("p", draw(names)))
    if kind == "atom":
        sorts = draw(st.lists(st.sampled_from(SORTS), min_size=1, max_size=2))
        tag = "P" + "".join(sort[0] for sort in sorts)
        return Atom(signed(tag, draw(names)), tuple(draw(terms(sort, scope, 2)) for sort in sorts))
    if kind == "equal":
        sort = draw(st.sampled_from(SORTS))
        return Equal(draw(terms(sort, scope, 2)), draw(terms(sort, scope, 2)))
    sort = draw(st.sampled_from((INT, REAL)))
    operator = draw(st.sampled_from(["<", "<=", ">", ">="]))
    return Compare(operator, draw(terms(sort, scope, 2)), draw(terms(sort, scope, 2)))


@st.composite
def formulas(draw: st.DrawFn, scope: tuple[Var, ...] = (), depth: int = 3, quantified: bool = True) -> Formula:
    """A closed formula (over ``scope``)."""
    kinds = ["simple"]
    if depth > 0:
        kinds += ["not", "and", "or", "implies", "iff", "xor"] + (["forall", "exists"] if quantified else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "simple":
        return draw(simple_formulas(scope))
    inner = formulas(scope, depth - 1, quantified)
    if kind == "not":
        return Not(draw(inner))
    if kind in ("and", "or"):
        parts = tuple(draw(st.lists(inner, max_size=3)))
        return And(parts) if kind == "and" else Or(parts)
    if kind in ("implies", "iff", "xor"):
        binary = {"implies": Implies, "iff": Iff, "xor": Xor}[kind]
        return binary(draw(inner), draw(inner))
    variables = tuple(Var(draw(variable_names), draw(st.sampled_from(SORTS))) for _ in range(draw(st.integers(1, 2))))
    kept = tuple(variable for variable in scope if variable not in variables)
    body = draw(formulas(kept + variables, depth - 1, quantified))
    return Forall(variables, body) if kind == "forall" else Exists(variables, body)


def normal(formula: Formula, scope: dict[Var, Var] | None = None, count: int = 0) -> Formula:
    """The formula without what a notation may change: variables are numbered from the outside, equal quantifiers in
    a row joined, one-part lists and repetitions of a variable dropped, negated numbers computed."""
    scope = scope or {}
    if isinstance(formula, Forall | Exists):
        kind, inner, variables = type(formula), dict(scope), []
        while isinstance(formula, kind):
            for variable in dict.fromkeys(formula.variables):
                variables.append(Var(f"v{count + len(variables)}", variable.sort))
                inner[variable] = variables[-1]
            formula = bare(formula.body)
        return kind(tuple(variables), normal(formula, inner, count + len(variables)))
    formula = bare(formula)
    if isinstance(formula, Forall | Exists):
        return normal(formula, scope, count)
    if isinstance(formula, Atom):
        return Atom(formula.predicate, tuple(normal_term(term, scope) for term in formula.args))
    if isinstance(formula, Not):
        return Not(normal(formula.body, scope, count))
    if isinstance(formula, And | Or):
        return replace(formula, parts=tuple(normal(part, scope, count) for part in formula.parts))
    if isinstance(formula, Implies):
        return Implies(normal(formula.body, scope, count), normal(formula.head, scope, count))
    if isinstance(formula, Iff | Xor):
        return replace(formula, left=normal(formula.left, scope, count), right=normal(formula.right, scope, count))
    return replace(formula, left=normal_term(formula.left, scope), right=normal_term(formula.right, scope))


def bare(formula: Formula) -> Formula:
    """A list of one part is that part."""
    while isinstance(formula, And | Or) and len(formula.parts) == 1:
        formula = formula.parts[0]
    return formula


def normal_term(term: Term, scope: dict[Var, Var]) -> Term:
    if isinstance(term, Var):
        return scope[term]
    if isinstance(term, Number) or not term.args:
        return term
    args = tuple(normal_term(argument, scope) for argument in term.args)
    if isinstance(term, Arith) and term.op == "-" and isinstance(args[0], Number) and len(args) == 1:
        return replace(args[0], value=-args[0].value)
    return replace(term, args=args)

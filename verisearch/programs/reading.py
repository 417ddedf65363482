"""From text to a program: parsed by ``ast.parse`` alone, and only let through if every part of it is on a closed list.

Nothing is compiled, executed or looked up: what a program does is written out in `verisearch.programs.running`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from verisearch.errors import ProgramError
from verisearch.programs.arithmetic import Limits, Number, plainest
from verisearch.programs.functions import CONSTANTS, FUNCTIONS
from verisearch.programs.running import Run

__all__ = ["Program", "read_expression", "read_function"]

DEFAULT = Limits()


class Program(NamedTuple):
    """A function or an expression that may be run. ``used``: the parameters that it reads; ``literals``: the exact
    numbers in it, by where they stand."""

    parameters: tuple[str, ...]
    used: frozenset[str]
    body: tuple[ast.stmt, ...]
    literals: Mapping[tuple[int, int], Number]
    limits: Limits

    def run(self, values: Mapping[str, Number]) -> Number:
        """The result for the values of the parameters. Raises `ProgramError` where there is none, or it takes more than
        the limits allow; and for a parameter without a value."""
        missing = [name for name in self.parameters if name not in values]
        if missing:
            raise ProgramError(f"no value is given for {', '.join(missing)}", kind="undefined")
        try:
            return self.run_on(values)
        except RecursionError as error:
            raise ProgramError("it is nested too deeply", kind="limit") from error

    def run_on(self, values: Mapping[str, Number]) -> Number:
        run = Run({name: values[name] for name in self.parameters}, self.literals, self.limits)
        return run.result(self.body)


def read_function(source: str, limits: Limits = DEFAULT) -> Program:
    """A Python function: ``def`` with plain parameters; assignments, ``if``, ``for``, ``while``, ``return``;
    arithmetic, comparisons, lists, indices and the functions of `verisearch.programs.functions.FUNCTIONS`.

    Annotations and docstrings are passed over, and so is ``import math``: nothing is imported. Decimals are exact, and
    so is division. Raises `ProgramError` for everything else, and for what is longer or deeper than ``limits``.
    """
    source = tidied(source)
    tree = parsed(source, "exec", limits)
    assert isinstance(tree, ast.Module)
    inner = [each for each in tree.body if not passed_over(each)]
    if len(inner) != 1 or not isinstance(inner[0], ast.FunctionDef):
        other = next((each for each in inner if not isinstance(each, ast.FunctionDef)), None)
        if other is not None:
            raise refused(other, "outside the function")
        raise ProgramError(f"{len(inner)} functions where one is expected")
    function = inner[0]
    parameters = parameters_of(function)
    for node in parts(tree.body):
        check(node, STATEMENTS)
        if isinstance(node, ast.FunctionDef) and node is not function:
            raise refused(node)
    return program(source, parameters, function.body, limits)


#: Signs of algebra for which Python has others.
ALGEBRA = str.maketrans({"^": "**", "×": "*", "·": "*", "⋅": "*", "÷": "/", "−": "-", "–": "-"})


def read_expression(text: str, names: Collection[str], limits: Limits = DEFAULT) -> Program:
    """An algebraic expression over variables of ``names``, written as in Python; ``^`` is a power here, and ``×``,
    ``·``, ``÷`` are signs. Raises `ProgramError` as `read_function` does, and for any other name."""
    source = tidied(text.strip().translate(ALGEBRA))
    tree = parsed(source, "eval", limits)
    assert isinstance(tree, ast.Expression)
    for node in parts([tree.body]):
        check(node, ())
    body = ast.copy_location(ast.Return(value=tree.body), tree.body)
    strange = sorted(read_names([body]) - set(names) - CONSTANT_NAMES)
    if strange:
        raise ProgramError(f"unknown name {strange[0][:40]!r}: the variables are {', '.join(names)}")
    return program(source, tuple(names), [body], limits)


def program(source: str, parameters: tuple[str, ...], body: list[ast.stmt], limits: Limits) -> Program:
    used = read_names(body) & set(parameters)
    return Program(parameters, frozenset(used), tuple(body), dict(literals(source, body)), limits)


# --- parsing ---
#: Signs that no small program needs: control characters, and the backslash, which only strings do.
STRANGE = re.compile(r"[^\n\t\x20-\x7e\x80-\U0010ffff]|\\|[\x80-\x9f\u2028\u2029]")
COMMENT = re.compile(r"#[^\n]*")
#: Operators before one operand, and words that nest without a bracket.
PREFIXES = re.compile(r"(?:(?:[-+~]|\bnot\b|\blambda\s*:|\bawait\b)\s*){20}")
#: Longest run of brackets that the parser is given.
BRACKETS = 40


def tidied(source: str) -> str:
    """The text with plain line ends, and without strange signs in its comments, where they do no harm."""
    return COMMENT.sub(lambda found: STRANGE.sub("?", found[0]), source.replace("\r\n", "\n"))


def parsed(source: str, mode: Literal["exec", "eval"], limits: Limits) -> ast.AST:
    """The syntax tree of a text that is neither too long nor too deep."""
    if len(source) > limits.length:
        raise ProgramError(f"a text of {len(source):,} characters: more than {limits.length:,}", kind="limit")
    strange = STRANGE.search(source)
    if strange:
        raise ProgramError(f"the sign {strange[0]!r} is not allowed", line=source.count("\n", 0, strange.start()) + 1)
    if PREFIXES.search(source) or deepest(source) > BRACKETS:
        raise ProgramError("it is nested too deeply", kind="limit")
    try:
        tree = ast.parse(source, mode=mode)
    except SyntaxError as error:
        raise ProgramError(f"it can't be parsed: {error.msg}", line=error.lineno) from error
    except (RecursionError, MemoryError) as error:
        raise ProgramError("it is nested too deeply", kind="limit") from error
    except (ValueError, OverflowError) as error:  # a number of too many digits
        raise ProgramError(f"it can't be parsed: {error}") from error
    level: list[ast.AST] = [tree]
    for _ in range(limits.depth):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return tree
    raise ProgramError("it is nested too deeply", kind="limit")


def deepest(source: str) -> int:
    """How many brackets are open at once, at most; those in strings and comments count too."""
    depth = most = 0
    for mark in source:
        if mark in "([{":
            depth += 1
            most = max(most, depth)
        elif mark in ")]}":
            depth -= 1
    return most


# --- what may stand in a program ---
EXPRESSIONS: tuple[type[ast.AST], ...] = (
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Name, ast.Constant),
    *(ast.List, ast.Tuple, ast.Subscript, ast.Attribute, ast.Load),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.UAdd, ast.USub, ast.Not),
    *(ast.And, ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)
STATEMENTS: tuple[type[ast.AST], ...] = (
    *(ast.FunctionDef, ast.arguments, ast.arg, ast.Store, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return),
    *(ast.If, ast.For, ast.While, ast.Break, ast.Continue, ast.Pass, ast.Expr, ast.Import, ast.ImportFrom, ast.alias),
)
#: What some parts that aren't allowed are called.
NAMES: dict[type[ast.AST], str] = {
    ast.Assert: "assert",
    ast.AsyncFunctionDef: "async",
    ast.ClassDef: "a class",
    ast.Delete: "del",
    ast.DictComp: "a comprehension",
    ast.FunctionDef: "a further function",
    ast.GeneratorExp: "a comprehension",
    ast.Global: "global",
    ast.Import: "import",
    ast.ImportFrom: "import",
    ast.JoinedStr: "an f-string",
    ast.Lambda: "lambda",
    ast.ListComp: "a comprehension",
    ast.NamedExpr: "':='",
    ast.Nonlocal: "nonlocal",
    ast.Raise: "raise",
    ast.SetComp: "a comprehension",
    ast.Slice: "a slice",
    ast.Starred: "'*' before a name",
    ast.Try: "try",
    ast.With: "with",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
}
CONSTANT_NAMES = frozenset({"pi"})


def check(node: ast.AST, more: tuple[type[ast.AST], ...]) -> None:
    """Raises `ProgramError` for a part that may not stand in a program."""
    if type(node) not in EXPRESSIONS and type(node) not in more:
        raise refused(node)
    finer = FINER.get(type(node))
    if finer is not None:
        finer(node)


def parts(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The nodes and all that stands in them, but for docstrings and what annotations say."""
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and passed_over(node):
            continue
        yield node
        said = ("returns", "annotation") if isinstance(node, (ast.FunctionDef, ast.arg, ast.AnnAssign)) else ()
        skipped = [getattr(node, name, None) for name in said]
        waiting += reversed([each for each in ast.iter_child_nodes(node) if each not in skipped])


def refused(node: ast.AST, where: str = "") -> ProgramError:
    """The error for a part that is not allowed."""
    name = NAMES.get(type(node), type(node).__name__)
    return ProgramError(f"{name} is not allowed{' ' + where if where else ''}", line=getattr(node, "lineno", None))


def passed_over(node: ast.stmt) -> bool:
    """A docstring or an import of the functions that are known anyway."""
    return isinstance(node, (ast.Import, ast.ImportFrom)) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    )


def check_name(node: ast.Name) -> None:
    if node.id.startswith("__") or not node.id.isascii():
        raise ProgramError(f"the name {node.id!r} is not allowed", line=node.lineno)
    if isinstance(node.ctx, ast.Store) and node.id == "math":
        raise ProgramError("the name 'math' can't be given away", line=node.lineno)


def check_argument(node: ast.arg) -> None:
    if node.arg.startswith("__") or not node.arg.isascii() or node.arg == "math":
        raise ProgramError(f"the name {node.arg!r} is not allowed", line=node.lineno)


def check_constant(node: ast.Constant) -> None:
    value = node.value
    if not isinstance(value, (bool, int, float)):
        what = {str: "a text", bytes: "a text", complex: "an imaginary number"}.get(type(value), repr(value))
        raise ProgramError(f"{what} is not allowed", line=node.lineno)


def check_attribute(node: ast.Attribute) -> None:
    known = isinstance(node.value, ast.Name) and node.value.id == "math"
    if not known or (node.attr not in FUNCTIONS and node.attr not in CONSTANTS):
        raise ProgramError(f"the attribute {node.attr!r} is not allowed", line=node.lineno)


def check_call(node: ast.Call) -> None:
    function = node.func
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    if node.keywords or name not in FUNCTIONS:
        raise ProgramError(f"a call of {name or 'what is no function'!r} is not allowed", line=node.lineno)
    fewest, most, _ = FUNCTIONS[name]
    if not fewest <= len(node.args) <= most:
        raise ProgramError(f"{name} is given {len(node.args)} values", line=node.lineno)


def check_import(node: ast.Import) -> None:
    if [(each.name, each.asname) for each in node.names] != [("math", None)]:
        raise refused(node)


def check_import_from(node: ast.ImportFrom) -> None:
    known = node.module == "math" and not node.level
    if not known or any(each.asname or (each.name not in FUNCTIONS and each.name != "pi") for each in node.names):
        raise refused(node)


def check_expression(node: ast.Expr) -> None:
    if not passed_over(node):
        raise ProgramError("a line that does nothing", line=node.lineno)


def check_loop(node: ast.For | ast.While) -> None:
    if node.orelse:
        raise ProgramError("'else' behind a loop is not allowed", line=node.lineno)
    if isinstance(node, ast.For):
        check_names(node.target)


def check_function(node: ast.FunctionDef) -> None:
    if node.decorator_list:
        raise ProgramError("decorators are not allowed", line=node.lineno)


def check_targets(node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        check_names(target)
    if isinstance(node, ast.AnnAssign) and not isinstance(node.annotation, ast.Name):
        raise ProgramError("an annotation may be one name", line=node.lineno)


def check_names(target: ast.expr) -> None:
    names = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    if not all(isinstance(each, ast.Name) for each in names):
        raise ProgramError("only names can be given values", line=target.lineno)


#: What is looked at besides the kind of a part.
FINER: dict[type[ast.AST], Callable[[Any], None]] = {
    ast.AnnAssign: check_targets,
    ast.Assign: check_targets,
    ast.Attribute: check_attribute,
    ast.AugAssign: check_targets,
    ast.Call: check_call,
    ast.Constant: check_constant,
    ast.Expr: check_expression,
    ast.For: check_loop,
    ast.FunctionDef: check_function,
    ast.Import: check_import,
    ast.ImportFrom: check_import_from,
    ast.Name: check_name,
    ast.While: check_loop,
    ast.arg: check_argument,
}


def parameters_of(function: ast.FunctionDef) -> tuple[str, ...]:
    """The names of plain parameters. Raises `ProgramError` for any others."""
    given = function.args
    if given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg or given.defaults or given.kw_defaults:
        raise ProgramError("only plain parameters without values are allowed", line=function.lineno)
    annotations = [function.returns, *(each.annotation for each in given.args)]
    if any(each is not None and not isinstance(each, ast.Name) for each in annotations):
        raise ProgramError("an annotation may be one name", line=function.lineno)
    names = tuple(each.arg for each in given.args)
    if len(set(names)) < len(names):
        raise ProgramError("two parameters have the same name", line=function.lineno)
    return names


def read_names(body: list[ast.stmt]) -> set[str]:
    """The names that are read, but for those of functions."""
    found, called = set(), set()
    for node in parts(body):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called.add((node.func.lineno, node.func.col_offset))
        elif isinstance(node, ast.Attribute):
            called.add((node.value.lineno, node.value.col_offset))
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.add((node.target.id, -1, -1))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add((node.id, node.lineno, node.col_offset))
    return {name for name, *place in found if tuple(place) not in called}


# --- exact decimals ---
DECIMAL = re.compile(r"(?P<whole>[\d_]*)(?:\.(?P<part>[\d_]*))?(?:[eE](?P<power>[+-]?[\d_]+))?")


def literals(source: str, body: list[ast.stmt]) -> Iterator[tuple[tuple[int, int], Number]]:
    """The numbers of a program, each as it is written and not as floating point would round it, by line and place."""
    lines = [line.encode() for line in source.split("\n")]
    for node in parts(body):
        if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
            continue
        if isinstance(node.value, int):
            yield (node.lineno, node.col_offset), node.value
        elif isinstance(node.value, float):
            text = lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode()
            yield (node.lineno, node.col_offset), decimal(text, node.lineno)


def decimal(text: str, line: int) -> Number:
    """A decimal as it is written."""
    found = DECIMAL.fullmatch(text)
    if found is None:
        raise ProgramError(f"{text!r} can't be read", line=line)
    whole, part, power = (found[name] or "" for name in ("whole", "part", "power"))
    whole, part, power = whole.replace("_", ""), part.replace("_", ""), power.replace("_", "")
    if len(power) > 4 or abs(int(power or 0)) > 1_000:
        raise ProgramError("a number of more than 1,000 digits", kind="limit", line=line)
    if len(whole) + len(part) > 1_000:
        raise ProgramError("a number of more than 1,000 digits", kind="limit", line=line)
    value = Fraction(int(whole + part or 0)) * Fraction(10) ** (int(power or 0) - len(part))
    return plainest(value)

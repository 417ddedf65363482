"""Runs a program that was let through: its syntax tree is walked, and each part does what is written here."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from verisearch.errors import ProgramError
from verisearch.programs.arithmetic import Arithmetic, Limits, Number
from verisearch.programs.functions import CONSTANTS, FUNCTIONS, items_of, number_of, whole_of

__all__ = ["Run"]

OPERATORS: dict[type[ast.operator], Callable[[Arithmetic, Number, Number], Number]] = {
    ast.Add: Arithmetic.add,
    ast.Sub: Arithmetic.subtract,
    ast.Mult: Arithmetic.multiply,
    ast.Div: Arithmetic.divide,
    ast.FloorDiv: Arithmetic.floor_divide,
    ast.Mod: Arithmetic.remainder,
    ast.Pow: Arithmetic.power,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class Ended(NamedTuple):
    """A block was left before its end: by ``return`` (with a value), ``break`` or ``continue``."""

    how: str
    value: Any = None


class Run:
    """One run of a program: the values of its names, and what it may still do."""

    def __init__(self, values: dict[str, Any], literals: Mapping[tuple[int, int], Number], limits: Limits) -> None:
        self.values, self.literals, self.limits = values, literals, limits
        self.arithmetic = Arithmetic(limits)

    def result(self, body: Sequence[ast.stmt]) -> Number:
        """What the body returns. Raises `ProgramError` if that is no number."""
        ended = self.block(body)
        if ended is None or ended.how != "return":
            raise ProgramError("it ends without returning anything", kind="undefined")
        if isinstance(ended.value, bool):
            raise ProgramError("it returns a truth value where a number should be", kind="undefined")
        return self.arithmetic.checked(number_of(ended.value))

    # --- statements ---
    def block(self, body: Sequence[ast.stmt]) -> Ended | None:
        for statement in body:
            try:
                self.arithmetic.spend()
                ended = self.statement(statement)
            except ProgramError as error:
                if error.line is not None:
                    raise
                raise ProgramError(error.message, kind=error.kind, line=statement.lineno) from error
            if ended is not None:
                return ended
        return None

    def statement(self, node: ast.stmt) -> Ended | None:
        match node:
            case ast.Return():
                return Ended("return", None if node.value is None else self.value(node.value))
            case ast.Assign():
                value = self.value(node.value)
                for target in node.targets:
                    self.assign(target, value)
            case ast.AnnAssign(value=ast.expr() as given):
                self.assign(node.target, self.value(given))
            case ast.AugAssign(target=ast.Name(id=name)):
                before = number_of(self.read(name))
                self.values[name] = OPERATORS[type(node.op)](self.arithmetic, before, self.number(node.value))
            case ast.If():
                return self.block(node.body if self.truth(node.test) else node.orelse)
            case ast.For():
                return self.loop(node)
            case ast.While():
                return self.while_loop(node)
            case ast.Break():
                return Ended("break")
            case ast.Continue():
                return Ended("continue")
        return None

    def loop(self, node: ast.For) -> Ended | None:
        for item in items_of(self.value(node.iter)):
            self.arithmetic.spend()
            self.assign(node.target, item)
            ended = self.block(node.body)
            if ended is not None and ended.how != "continue":
                return ended if ended.how == "return" else None
        return None

    def while_loop(self, node: ast.While) -> Ended | None:
        while self.truth(node.test):
            self.arithmetic.spend()
            ended = self.block(node.body)
            if ended is not None and ended.how != "continue":
                return ended if ended.how == "return" else None
        return None

    def assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.values[target.id] = value
            return
        assert isinstance(target, (ast.Tuple, ast.List))
        items = items_of(value)
        if len(items) != len(target.elts):
            raise ProgramError(f"{len(items)} values for {len(target.elts)} names", kind="undefined")
        for each, item in zip(target.elts, items, strict=True):
            self.assign(each, item)

    # --- expressions ---
    def value(self, node: ast.expr) -> Any:
        """What an expression stands for: a number, a truth value or a list."""
        self.arithmetic.spend()
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.Name():
                return self.read(node.id)
            case ast.BinOp():
                left = self.number(node.left)
                return OPERATORS[type(node.op)](self.arithmetic, left, self.number(node.right))
            case ast.UnaryOp():
                return self.signed(node)
            case ast.BoolOp():
                return self.joined(node)
            case ast.Compare():
                return self.compared(node)
            case ast.IfExp():
                return self.value(node.body if self.truth(node.test) else node.orelse)
            case ast.Call():
                return self.called(node)
            case ast.Attribute():
                return self.of_math(node)
            case ast.List() | ast.Tuple():
                self.arithmetic.spend(len(node.elts))
                return tuple(self.value(each) for each in node.elts)
            case ast.Subscript():
                return self.item(node)
        raise ProgramError(f"{type(node).__name__} is not allowed", line=node.lineno)

    def number(self, node: ast.expr) -> Number:
        found = number_of(self.value(node))
        self.arithmetic.weigh(found)
        return found

    def truth(self, node: ast.expr) -> bool:
        return bool(self.value(node))

    def constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, bool):
            return node.value
        return self.arithmetic.checked(self.literals[node.lineno, node.col_offset])

    def read(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        if name == "pi":
            return CONSTANTS[name]
        raise ProgramError(f"{name!r} has no value", kind="undefined")

    def signed(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.Not):
            return not self.truth(node.operand)
        value = self.number(node.operand)
        return -value if isinstance(node.op, ast.USub) else value

    def joined(self, node: ast.BoolOp) -> Any:
        """As Python has it: the value that decides, the last if none does."""
        value: Any = None
        for each in node.values:
            value = self.value(each)
            if bool(value) is isinstance(node.op, ast.Or):
                break
        return value

    def compared(self, node: ast.Compare) -> bool:
        left = self.number(node.left)
        for op, each in zip(node.ops, node.comparators, strict=True):
            right = self.number(each)
            if not COMPARISONS[type(op)](left, right):
                return False
            left = right
        return True

    def called(self, node: ast.Call) -> Any:
        function = node.func
        assert isinstance(function, (ast.Name, ast.Attribute))
        name = function.id if isinstance(function, ast.Name) else function.attr
        if isinstance(function, ast.Name) and name in self.values:
            raise ProgramError(f"{name!r} is a value here, and no function", kind="undefined")
        return FUNCTIONS[name][2](self.arithmetic, *(self.value(each) for each in node.args))

    def of_math(self, node: ast.Attribute) -> float:
        if node.attr not in CONSTANTS:
            raise ProgramError(f"{node.attr!r} is a function, and is not called", kind="undefined")
        return CONSTANTS[node.attr]

    def item(self, node: ast.Subscript) -> Any:
        items, place = items_of(self.value(node.value)), whole_of(self.value(node.slice))
        if not -len(items) <= place < len(items):
            raise ProgramError(f"an index outside a list of {len(items)}", kind="undefined")
        return items[place]

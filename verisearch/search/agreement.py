"""What `mathprompter` does with programs: finds them in replies, runs two on other numbers, says what came out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from verisearch.errors import ProgramError
from verisearch.ingest.textformat import parts
from verisearch.programs import Number, Program, read_expression, read_function, same_number
from verisearch.programs.templates import TextTemplate, said

__all__ = ["Compared", "compare", "expression_in", "function_in"]

#: Longer replies are not looked into.
LONGEST = 20_000
#: Longer lines have nothing taken off.
LONGEST_LINE = 1_000
FENCED = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)
#: What a line may say before an expression: "Answer =", "**Total cost:**", "C =".
LEAD = re.compile(r"[\s*_#>-]*(?:[A-Za-z][A-Za-z _]{0,40})?[*_]*\s*(?<![<>=!])[=:](?!=)[\s*_]*")
#: What begins a line of a function's own, at the left margin.
KEPT = ("def ", "async ", "class ", "@", "import ", "from ", "#", " ", "\t")
#: Random numbers that one of two programs, or both, may have no value for, for each that counts.
SPARE = 4


class Compared(NamedTuple):
    """What came of two programs. ``value``: their result for the problem's own numbers, None unless they agreed on all
    others and on these; ``reason``: why not, in words that can be told to the model. ``kind``: ``agreed``,
    ``disagreed``, ``refused`` (one can't be read, or outruns a limit), ``undefined`` (one has no value) or ``void``
    (nothing in it depends on the numbers, so that agreement would mean nothing). ``tried``: the other numbers, with
    what each program made of them."""

    kind: str
    value: Number | None = None
    reason: str = ""
    expression: str = ""
    tried: tuple[tuple[Mapping[str, Number], str, str], ...] = ()

    def noted(self) -> dict[str, Any]:
        """As it goes into the record."""
        return {
            "outcome": self.kind,
            "reason": self.reason,
            "expression": self.expression,
            "value": None if self.value is None else said(self.value),
            "tried": [
                {"numbers": {name: said(each) for name, each in numbers.items()}, "expression": one, "function": other}
                for numbers, one, other in self.tried
            ],
        }


def compare(
    expression: str, function: str, template: TextTemplate, assignments: int, uniform: Callable[[int, str], float]
) -> Compared:
    """Read an expression and a function, run both on ``assignments`` sets of other numbers, and then on the text's own.
    ``uniform``: of the number of a set and a word, a number in [0, 1)."""
    try:
        first = read_expression(expression, template.names)
    except ProgramError as error:
        return Compared("refused", reason=f"the expression is refused: {error.message}")
    try:
        second = read_function(function)
    except ProgramError as error:
        return Compared("refused", reason=f"the function is refused: {error}", expression=expression)
    strange = sorted(set(second.parameters) - set(template.names))
    if strange:
        reason = f"the function takes {strange[0]!r}, which is none of {', '.join(template.names)}"
        return Compared("refused", reason=reason, expression=expression)
    if not first.used or not second.used:
        which = "expression" if not first.used else "function"
        return Compared("void", reason=f"the {which} uses none of the letters", expression=expression)
    found = tested(first, second, template, assignments, uniform)
    return found._replace(expression=expression)


def tested(
    first: Program, second: Program, template: TextTemplate, assignments: int, uniform: Callable[[int, str], float]
) -> Compared:
    """Run both programs. A set of numbers for which both are undefined says nothing, and another is drawn."""
    tried: list[tuple[Mapping[str, Number], str, str]] = []
    counted = 0
    for numbers in drawn(template, assignments, uniform):
        one, other = outcome(first, numbers), outcome(second, numbers)
        tried.append((numbers, shown(one), shown(other)))
        refused = next(
            (each for each in (one, other) if isinstance(each, ProgramError) and each.kind != "undefined"), None
        )
        if refused is not None:
            return Compared("refused", reason=f"a program is stopped: {refused}", tried=tuple(tried))
        if isinstance(one, ProgramError) and isinstance(other, ProgramError):
            continue
        if isinstance(one, ProgramError) or isinstance(other, ProgramError) or not same_number(one, other):
            which = ", ".join(f"{name} = {said(each)}" for name, each in numbers.items())
            reason = f"the expression and the function disagree: for {which} they give {shown(one)} and {shown(other)}"
            return Compared("disagreed", reason=reason, tried=tuple(tried))
        counted += 1
        if counted == assignments:
            return final(first, second, template)._replace(tried=tuple(tried))
    return Compared("undefined", reason="the programs have no value for most numbers", tried=tuple(tried))


def final(first: Program, second: Program, template: TextTemplate) -> Compared:
    """What both make of the text's own numbers."""
    one, other = outcome(first, template.values), outcome(second, template.values)
    if isinstance(one, ProgramError) or isinstance(other, ProgramError):
        return Compared("undefined", reason=f"with the question's numbers they give {shown(one)} and {shown(other)}")
    if not same_number(one, other):
        return Compared("disagreed", reason=f"with the question's numbers they give {shown(one)} and {shown(other)}")
    return Compared("agreed", value=min(one, other, key=lambda each: isinstance(each, float)))


def drawn(
    template: TextTemplate, assignments: int, uniform: Callable[[int, str], float]
) -> Iterator[Mapping[str, Number]]:
    """Sets of other numbers: more than are needed, as some may say nothing."""
    for place in range(assignments * SPARE):
        yield template.others(partial(uniform, place))


def outcome(program: Program, numbers: Mapping[str, Number]) -> Number | ProgramError:
    try:
        return program.run(numbers)
    except ProgramError as error:
        return error


def shown(found: Number | ProgramError) -> str:
    return f"no value ({found})" if isinstance(found, ProgramError) else said(found)


# --- programs in replies ---
def expression_in(reply: str) -> str:
    """The expression that a reply gives: its last line, or what stands behind the last "=" or ":" of that; without the
    signs of Markdown around it. Empty if there is none."""
    lines = [line.strip(" \t`$") for line in code(reply).splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        return ""
    line = lines[-1].partition("#")[0]
    lead = LEAD.match(line) if len(line) <= LONGEST_LINE else None
    while lead is not None and lead.end() < len(line):
        line = line[lead.end() :]
        lead = LEAD.match(line)
    return line.rstrip(".;*_ ").strip("`$ ")


def function_in(reply: str) -> str:
    """The function that a reply gives, with what stands before it in the same block of code; examples of its use behind
    it are left out. Empty if there is none."""
    lines = code(reply).splitlines()
    first = next((place for place, line in enumerate(lines) if line.startswith("def ")), None)
    if first is None:
        return "\n".join(lines)
    start = 0 if FENCED.search(final_part(reply)) else first
    while start and lines[start - 1].startswith(("import ", "from ", "@")):
        start -= 1
    last = next(
        (place for place, line in enumerate(lines) if place > first and line.strip() and not line.startswith(KEPT)),
        len(lines),
    )
    return "\n".join(lines[start:last]).strip()


def code(reply: str) -> str:
    """The last block of code that a reply holds, without its indentation; all of it if there is none."""
    text = final_part(reply)
    blocks = [found[1] for found in FENCED.finditer(text)]
    text = next((block for block in reversed(blocks) if "def " in block), blocks[-1]) if blocks else text
    lines = text.expandtabs(4).splitlines()
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:] for line in lines)


def final_part(reply: str) -> str:
    """The reply without what was thought before it; nothing of one that is too long or still thought about."""
    found = parts(reply).final if len(reply) <= LONGEST else None
    return "" if found is None else reply[found[0] : found[1]]

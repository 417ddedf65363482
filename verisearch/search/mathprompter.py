"""MathPrompter (Imani, Du and Shrivastava, arXiv 2303.05398): two programs for one template must agree.

The numbers of a question become variables. The model is asked for an algebraic expression over them and, apart from
that, for a Python function; both are run on random numbers, and where they agree on all of these they are run on the
question's own. That is repeated, and the value that comes out most often is the answer.

Nothing is executed: `verisearch.programs` reads both, by closed lists and inside limits, and what it refuses counts as
no agreement. Agreement says that two readings of the question compute the same; it doesn't notice a mistake that both
make. No chain of steps is written, so that an answer is never *verified*.

The paper leaves open how often the model is asked again, what it is told then, and what happens in a tie. Here it is
told why the two were no use; two values that are found equally often are no consensus, and the search abstains.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from functools import partial
from typing import Any, NamedTuple

from verisearch.programs.templates import TextTemplate, as_template, said
from verisearch.protocols import Capability
from verisearch.search.agreement import Compared, compare, expression_in, function_in
from verisearch.search.chains import Settings, own_settings, takes
from verisearch.search.combinators import gather
from verisearch.search.nodes import Node, Root
from verisearch.search.requests import (
    Ask,
    Choice,
    Conclude,
    Draws,
    Extend,
    Failed,
    Group,
    Grouped,
    Note,
    Posed,
    Request,
    Seed,
    Spent,
    Strategy,
)
from verisearch.search.steps import coin, refuse_outside
from verisearch.search.votes import Votes, tally
from verisearch.trace import AnswerKind, Problem

__all__ = ["MathPrompter", "mathprompter"]

#: Answers that can be a number.
NUMERIC: tuple[AnswerKind, ...] = ("number", "expression", "free")


class MathPrompter(Settings, frozen=True, kw_only=True):
    """``assignments``: random sets of numbers on which the two programs must agree (5 in the paper); ``repeats``: how
    often that is done anew (5 in the paper); ``tries``: most pairs of programs for each of these, at least 1.
    ``expression`` and ``python``: the words in which they are asked for, prompt templates' names or files.

    A reply has at most as many tokens as its template says. ``n``, ``steps``, ``watch`` and ``verifier`` mean nothing
    here. Raises `InputError` for a setting out of its range.
    """

    assignments: int = 5
    repeats: int = 5
    tries: int = 3
    expression: str = "mathprompter-expression"
    python: str = "mathprompter-python"

    def __post_init__(self) -> None:
        refuse_outside(self, 1, 100, "assignments", "repeats", "tries")
        refuse_outside(self, 0, math.inf, "temperature")

    @property
    def needs(self) -> frozenset[Capability]:
        """Nothing: whole replies are asked for."""
        return frozenset()

    @property
    def uses_n(self) -> bool:
        return False

    @property
    def stepwise(self) -> bool:
        return False

    @property
    def answers(self) -> AnswerKind | None:
        return "number"


class Repeat(NamedTuple):
    """What one repetition came to: the reply that concludes it, None if the two programs never agreed; and whether it
    was cut off, by the budget or because the policy failed."""

    node: Node | None
    reason: str = ""
    spent: bool = False
    failed: bool = False


@takes(MathPrompter)
def mathprompter(settings: Settings) -> Strategy:
    """Have the question's template turned into an expression and a function ``repeats`` times, and take the value that
    most of those that agree come to. See this module's text and `MathPrompter`.

    Abstains without a consensus: no two programs agreed, or two values came out equally often; and for a question
    without numbers in digits, or one that asks for no number.
    """
    own = own_settings(MathPrompter, settings)
    problem = yield Posed()
    assert isinstance(problem, Problem)
    template = as_template(text_of(problem))
    if problem.answer_kind not in NUMERIC:
        return abstention(f"the question asks for {problem.answer_kind}, and two programs give a number")
    if not template.quantities:
        return abstention("the question has no numbers in digits that could be varied")
    seed = yield Seed()
    assert isinstance(seed, int)
    found = yield from gather([repetition(own, template, seed, number) for number in range(own.repeats)])
    nodes = [each.node for each in found if each.node is not None]
    short = shortage(found)
    if not nodes:
        if all(each.failed or each.spent for each in found):
            return Choice(node=None, reason=short)
        return abstention("; ".join(part for part in (f"no two programs agreed: {why(found)}", short) if part))
    groups = yield Group(tuple(nodes))
    assert isinstance(groups, Grouped)
    votes = tally(groups, drawn=len(found))
    if votes.winner is None:
        return abstention("no answer could be read")
    best = nodes[groups.classes[votes.winner][0]]
    yield Note("vote", best, votes.noted())
    candidates = tuple((node, None) for node in nodes)
    if tied(votes):
        several = [str(groups.answers[members[0]]) for members in groups.classes]
        reason = f"no consensus: {' and '.join(several)} came out equally often"
        return Choice(node=None, candidates=candidates, reason=reason, abstained=True)
    return Choice(node=best, candidates=candidates, reason=short)


def repetition(own: MathPrompter, template: TextTemplate, seed: int, number: int) -> Generator[Request, Any, Repeat]:
    """Ask for pairs of programs until one agrees. Each asks behind the last, so that where it stands in the record does
    not depend on what else is under way."""
    place, wrong = Root, ""
    for attempt in range(own.tries):
        replies: list[Node] = []
        for name in (own.expression, own.python):
            values = {"question": template.text, "letters": ", ".join(template.names), "wrong": wrong}
            root = yield Ask(node=place, template=name, values=values)
            answer = yield Extend(
                node=root,
                until="end",
                temperature=own.temperature,
                top_p=own.top_p,
                top_k=own.top_k if own.temperature else 0,
                max_tokens=root.most,
            )
            if not isinstance(answer, Draws):
                return cut_off(answer)
            place = answer.nodes[0]
            replies.append(place)
        expression, function = replies
        found = compare(
            expression_in(expression.written),
            function_in(function.written),
            template,
            own.assignments,
            partial(coin, seed, "numbers", number, attempt),
        )
        yield Note("attempt", function, {"repeat": number, "try": attempt, **found.noted()})
        if found.value is not None:
            node = yield Conclude(function, conclusion(template, found, own.assignments), (expression, function))
            return Repeat(node)
        wrong = found.reason
    return Repeat(None, wrong)


def conclusion(template: TextTemplate, found: Compared, assignments: int) -> str:
    """What is said of an agreement; its last line announces the answer."""
    assert found.value is not None
    numbers = ", ".join(f"{each.name} = {said(each.value)}" for each in template.quantities)
    lines = [
        f"With {numbers}: {found.expression}",
        f"A function that was asked for apart agrees with it on {assignments} other sets of numbers.",
        f"The answer is {said(found.value)}.",
    ]
    return "\n".join(lines)


def text_of(problem: Problem) -> str:
    """The problem's text: what is given, then what is asked."""
    asked = problem.question or problem.statement or ""
    return " ".join([*(sentence.text for sentence in problem.context), asked]).strip()


def tied(votes: Votes) -> bool:
    """Whether another value came out as often as the winner."""
    return votes.winner is not None and votes.counts.count(votes.counts[votes.winner]) > 1


def abstention(reason: str) -> Choice:
    return Choice(node=None, reason=reason, abstained=True)


def cut_off(answer: Failed | Spent) -> Repeat:
    if isinstance(answer, Spent):
        return Repeat(None, f"the budget is spent: {answer.what}", spent=True)
    return Repeat(None, answer.message, failed=True)


def shortage(found: list[Repeat]) -> str:
    """That repetitions were cut off, for want of budget or because the policy failed."""
    cut = [each for each in found if each.spent or each.failed]
    return f"{len(cut)} of {len(found)} repetitions were cut off: {cut[0].reason}" if cut else ""


def why(found: list[Repeat]) -> str:
    """Why the last pair of programs of a repetition was no use, of the first that came to an end."""
    return next((each.reason for each in found if not (each.spent or each.failed)), "")

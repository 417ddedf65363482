"""Does agreement of two programs predict that they are right? MathPrompter on problems of MathQA, a scripted policy.

    python benchmarks/mathprompter.py --out mathprompter.json

The policy is no model: for a problem it writes the data set's own program, or, with a stated error rate, a wrong one:
one operator or operand of the right program changed, or another problem's program over as many numbers. A wrong one
gives another value for the problem's own numbers. A stated share of attempts is of one mind: expression and function
are the same program, and where that is wrong it is the problem's one misreading, the same in all repetitions. In the
others both err independently, each time anew.

So this shows what agreement is worth if errors are of these kinds, and how that falls the more of them are shared. It
doesn't show how often a model errs, nor how often it errs twice in the same way: for that a model has to be run.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from common import finish, parser, progress, share, spread, table
from mathqa import outcome

from verisearch.errors import ProgramError
from verisearch.evaluation.metrics import wilson
from verisearch.policies.seeds import derive_seed
from verisearch.programs import Number, same_number
from verisearch.programs.formulas import Formula, Operation, numbers_in, read_linear
from verisearch.programs.templates import TextTemplate, as_template, said
from verisearch.protocols import Capability, Draw, Failure, Reply, Request
from verisearch.runtime.solving import SolveOptions, solve_all
from verisearch.search.agreement import compare
from verisearch.search.mathprompter import MathPrompter
from verisearch.search.steps import coin
from verisearch.trace import Problem
from verisearch.usage import Usage

RATES = (0.1, 0.3, 0.5, 0.7)
SHARED = (0.0, 0.5, 1.0)
SWAPPED = ("add", "subtract", "multiply", "divide")


class Case(NamedTuple):
    """A problem whose program comes to the keyed option."""

    id: str
    text: str
    template: TextTemplate
    formula: Formula
    numbers: tuple[Number, ...]
    value: Number


def cases(rows: Sequence[dict[str, Any]], left_out: Counter[str]) -> Iterator[Case]:
    """The rows that can be used; the others are counted by reason."""
    seen: set[str] = set()
    for row in rows:
        numbers = numbers_in(row["Problem"])
        formula = read_linear(row["linear_formula"])
        template = as_template(row["Problem"])
        if outcome(formula, numbers, row)[0] != "the keyed option":
            left_out["the program doesn't come to the keyed option"] += 1
        elif not formula.needs or tuple(template.values.values()) != numbers:
            left_out["its numbers are other ones as variables"] += 1
        elif template.text in seen:
            left_out["the same template as an earlier one"] += 1
        else:
            seen.add(template.text)
            yield Case(row["id"], row["Problem"], template, formula, numbers, formula.run(numbers))


def written(case: Case, formula: Formula, kind: str) -> str:
    """A formula as a reply, with the template's variables."""
    text = formula.written() if kind == "expression" else formula.written_as_function()
    return re.sub(r"\bn(\d+)\b", lambda found: case.template.names[int(found[1])], text)


def mutated(formula: Formula, numbers: int, dice: random.Random) -> Formula:
    """The formula with one operator or operand changed."""
    operations = list(formula.operations)
    place = dice.randrange(len(operations))
    name, arguments = operations[place]
    if name in SWAPPED and dice.random() < 0.5:
        operations[place] = Operation(dice.choice([each for each in SWAPPED if each != name]), arguments)
    elif name in SWAPPED and dice.random() < 0.3:
        operations[place] = Operation(name, arguments[::-1])
    else:
        changed = list(arguments)
        changed[dice.randrange(len(changed))] = f"n{dice.randrange(numbers)}"
        operations[place] = Operation(name, tuple(changed))
    return Formula(tuple(operations))


def wrong(case: Case, others: Sequence[Case], dice: random.Random) -> Formula:
    """A program that gives another value for the problem's numbers; the mutations of a formula may all be harmless."""
    for attempt in range(200):
        if attempt < 100 and dice.random() < 0.7:
            formula = mutated(case.formula, len(case.numbers), dice)
        else:
            formula = dice.choice(others).formula
            if formula.needs > len(case.numbers):
                continue
        try:
            if not same_number(formula.run(case.numbers), case.value):
                return formula
        except ProgramError:
            continue
    raise RuntimeError(f"no wrong program for {case.id}")


class Pair(NamedTuple):
    """The programs of one attempt."""

    expression: Formula
    function: Formula


def drawn(case: Case, others: Sequence[Case], rate: float, shared: float, seed: int) -> Pair:
    """The programs that the policy writes in one attempt."""
    dice = random.Random(seed)
    if dice.random() < shared:
        misread = random.Random(derive_seed(0, "misreading", case.id))
        same = wrong(case, others, misread) if dice.random() < rate else case.formula
        return Pair(same, same)
    expression, function = (wrong(case, others, dice) if dice.random() < rate else case.formula for _ in range(2))
    return Pair(expression, function)


class Scripted:
    """A policy that writes the programs of `drawn`, and knows a problem by its template."""

    name = "scripted"
    capabilities: frozenset[Capability] = frozenset({"seed"})

    def __init__(self, found: Sequence[Case], others: dict[str, Sequence[Case]], rate: float, shared: float) -> None:
        self.cases = {case.template.text: case for case in found}
        self.others, self.rate, self.shared = others, rate, shared
        self.pairs: dict[str, deque[Pair]] = {case.id: deque() for case in found}
        self.waiting: deque[tuple[int, Request]] = deque()
        self.tickets = 0

    def submit(self, request: Request) -> int:
        self.tickets += 1
        self.waiting.append((self.tickets, request))
        return self.tickets

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        ready: list[tuple[int, Reply | Failure]] = [(ticket, self.reply(request)) for ticket, request in self.waiting]
        self.waiting.clear()
        return ready

    def reply(self, request: Request) -> Reply:
        said_last = request.prefix.messages[-1].content
        text = said_last.partition("Question: <data ")[2].partition(">")[2].partition("</data ")[0]
        case = self.cases[text]
        pairs = self.pairs[case.id]  # an expression's function is asked for in the same order
        if "\nParameters: " in said_last:
            written_text = written(case, pairs.popleft().function, "function")
        else:
            pairs.append(drawn(case, self.others[case.id], self.rate, self.shared, request.seeds[0]))
            written_text = written(case, pairs[-1].expression, "expression")
        tokens = len(written_text) // 4 + 1
        draw = Draw(text=written_text, finish="end")
        return Reply(draws=(draw,), usage=Usage(generated_tokens=tokens))

    def cancel(self, ticket: int) -> None:
        self.waiting = deque(each for each in self.waiting if each[0] != ticket)

    def close(self) -> None:
        self.waiting.clear()


def attempts(found: Sequence[Case], others: dict[str, Sequence[Case]], rate: float, shared: float) -> dict[str, Any]:
    """Single attempts, one a problem: right if the expression gives the right value."""
    counts: Counter[tuple[bool, bool]] = Counter()
    for case in found:
        seed = derive_seed(0, "attempt", case.id, str(rate), str(shared))
        pair = drawn(case, others[case.id], rate, shared, seed)
        compared = compare(
            written(case, pair.expression, "expression"),
            written(case, pair.function, "function"),
            case.template,
            5,
            partial(coin, seed),
        )
        counts[compared.value is not None, pair.expression is case.formula] += 1
    return {
        "agree": sum(counts[True, right] for right in (True, False)),
        "agree_right": counts[True, True],
        "disagree": sum(counts[False, right] for right in (True, False)),
        "disagree_right": counts[False, True],
    }


def searches(found: Sequence[Case], others: dict[str, Sequence[Case]], rate: float, shared: float) -> dict[str, Any]:
    """The whole strategy: how often it answers, and is right."""
    problems = [Problem(id=case.id, question=case.text, answer_kind="number", gold=said(case.value)) for case in found]
    options = SolveOptions(strategy="mathprompter", settings=MathPrompter(), seed=1)
    policy = Scripted(found, others, rate, shared)
    counts: Counter[str] = Counter()
    for solution in solve_all(problems, policy, options):
        right = solution.answer == solution.problem.gold
        counts["abstained" if solution.answer is None else "right" if right else "wrong"] += 1
    return {name: counts[name] for name in ("right", "wrong", "abstained")}


def with_interval(part: int, whole: int) -> str:
    """A share with Wilson's 95% interval."""
    bounds = wilson(part, whole)
    return "–" if bounds is None else f"{share(part, whole)} ({100 * bounds[0]:.1f}–{100 * bounds[1]:.1f})"


def main() -> None:
    args = parser(__doc__, unit="problems").parse_args()
    started = time.perf_counter()
    path = args.data / "math" / "mathqa_test.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    left_out: Counter[str] = Counter()
    usable = spread(cases(rows, left_out), args.limit)
    by_size = {
        len(case.numbers): [other for other in usable if len(other.numbers) == len(case.numbers)] for case in usable
    }
    others = {case.id: by_size[len(case.numbers)] for case in usable}
    single, whole = [], []
    lines, searched = [], []
    settings = [(rate, shared) for shared in SHARED for rate in RATES]
    for rate, shared in progress(settings, "error rates"):
        one = attempts(usable, others, rate, shared)
        single.append({"rate": rate, "shared": shared, **one})
        lines.append(
            [f"{rate:.0%}, {shared:.0%} shared", share(one["agree"], len(usable))]
            + [with_interval(one[f"{name}_right"], one[name]) for name in ("agree", "disagree")]
        )
        all_of_it = searches(usable, others, rate, shared)
        whole.append({"rate": rate, "shared": shared, **all_of_it})
        answered = all_of_it["right"] + all_of_it["wrong"]
        right = (with_interval(all_of_it["right"], answered), share(all_of_it["right"], len(usable)))
        searched.append([f"{rate:.0%}, {shared:.0%} shared", share(answered, len(usable)), *right])
    columns = ["errors", "agree", "right where they agree", "right where they don't"]
    title = f"One expression and one function for {len(usable):,} problems, 95% intervals"
    tables = [table(title, columns, lines)]
    columns = ["errors", "answered", "right of these", "right of all"]
    tables.append(table("The strategy: 5 repetitions, up to 3 pairs each", columns, searched))
    tables.append(table("Left out", ["why", "rows"], left_out.most_common()))
    figures = {"problems": len(usable), "left_out": dict(left_out), "attempts": single, "searches": whole}
    finish("mathprompter", figures, tables, args.out, started)


if __name__ == "__main__":
    main()

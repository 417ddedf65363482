"""Speed and memory: steps a second over gold chains on one core, reading included, and memory over many problems.

The baseline, in the same process, is the plain way: for each step a script with all premises and the negated claim,
and a fresh solver that reads it; and, beside it, with the second query that tells contradicted from ungrounded. Its
sentences are read by regular expressions; it finds no premises, no leaps and
no counter-models, so it does less work than the checker does.
"""

from __future__ import annotations

import itertools
import os
import re
import statistics
import string
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common import finish, parser, share, spread, table
from gold_traces import gold_trace
from oracle.corrupt import claim_of
from oracle.rows import CHAIN_FILES, Row, load
from oracle.templates import VARIABLE, Clause, Literal, flip, names_in, read

from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Trace

#: Chains that the checker and the baseline take in turns.
TURN = 20


def gold_rows(folder: Path, limit: int | None) -> list[Row]:
    """Rows with gold chains, from all files."""
    return spread((row for name in CHAIN_FILES for row in load(folder, name) if row.steps), limit)


@dataclass
class Pace:
    """Time spent on steps, by the clock and by this process's processor time, and steps that weren't entailed."""

    steps: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    missed: int = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu

    def figures(self) -> dict[str, float]:
        """Seconds and steps a second."""
        return {
            "steps": self.steps,
            "wall_seconds": self.wall,
            "steps_a_second": self.steps / self.wall,
            "steps_a_cpu_second": self.steps / self.cpu,
            "not_entailed": self.missed,
        }


def check(traces: list[Trace], options: CheckOptions, pace: Pace) -> None:
    """Run the checker over the traces."""
    with pace.running():
        verdicts = [verify_trace(trace, options) for trace in traces]
    steps = [step for verdict in verdicts for step in verdict.steps]
    pace.steps += len(steps)
    pace.missed += sum(step.status != "entailed" for step in steps)


# --- the baseline -----------------------------------------------------------------------------------------------
def symbol(text: str) -> str:
    return f"|{text}|"


def literal_text(literal: Literal) -> str:
    """A literal whose negation is a predicate of its own, as forward chaining has it."""
    name = symbol(literal.predicate if literal.positive else f"not {literal.predicate}")
    return f"({name} {' '.join('x' if arg == VARIABLE else symbol(arg) for arg in literal.args)})"


def clause_text(clause: Clause) -> str:
    head = literal_text(clause.head)
    if not clause.body:
        return head
    rule = f"(=> (and {' '.join(map(literal_text, clause.body))}) {head})"
    return f"(forall ((x Thing)) {rule})" if "x" in rule.replace("(", " ").replace(")", " ").split() else rule


def script(premises: list[Clause], claim: Clause, negated: bool = True) -> str:
    """A complete SMT-LIB script that is unsatisfiable if the claim follows (not ``negated``: if it is contradicted, as
    far as one query can tell)."""
    clauses = [*premises, claim]
    names = sorted(set().union(*map(names_in, clauses)))
    literals = [literal for clause in clauses for literal in (*clause.body, clause.head)]
    arities = {each.predicate: len(each.args) for literal in literals for each in (literal, flip(literal))}
    lines = ["(declare-sort Thing 0)", *(f"(declare-const {symbol(name)} Thing)" for name in names)]
    for predicate, arity in sorted(arities.items()):
        sorts = " ".join(["Thing"] * arity)
        lines += [f"(declare-fun {symbol(sign + predicate)} ({sorts}) Bool)" for sign in ("", "not ")]
    lines += [f"(assert {clause_text(premise)})" for premise in premises]
    goal = clause_text(claim)
    return "\n".join([*lines, f"(assert (not {goal}))" if negated else f"(assert {goal})"])


def check_plainly(rows: list[Row], pace: Pace, both: bool = False) -> None:
    """Prove every step with a fresh solver and a fresh script. ``both``: ask first whether it is contradicted, as
    VeriCoT does, since entailment alone does not tell contradicted from ungrounded."""
    import z3

    with pace.running():
        for row in rows:
            premises = [read(sentence) for sentence in row.sentences]
            for step in row.steps:
                claim = claim_of(step)
                if both:
                    first = z3.Solver()
                    first.from_string(script(premises, claim, negated=False))
                    first.check()
                solver = z3.Solver()
                solver.from_string(script(premises, claim))
                pace.missed += solver.check() != z3.unsat
                premises.append(claim)
                pace.steps += 1


# --- memory -----------------------------------------------------------------------------------------------------
def resident() -> float:
    """Megabytes of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def renamed(rows: list[Row]) -> Iterator[Row]:
    """The rows over and over, each time with names and adjectives never seen before.

    A cache that keeps what it has read, keyed by words, would grow without end on them.
    """
    letters = ("".join(pair) for pair in itertools.product(string.ascii_lowercase, repeat=4))
    while True:
        for row in rows:
            yield with_ending(row, next(letters))


def with_ending(row: Row, ending: str) -> Row:
    clauses = [read(sentence) for sentence in row.sentences]
    words = {name.removeprefix("the ") for clause in clauses for name in names_in(clause)}
    literals = [literal for clause in clauses for literal in (*clause.body, clause.head)]
    if row.file.startswith("proofwriter"):  # "prime" and "real" are also parts of ProntoQA's nouns
        words |= {each.predicate[4:] for each in literals if each.predicate.startswith("adj:")}
    pattern = re.compile(rf"\b({'|'.join(sorted(map(re.escape, words), key=len, reverse=True))})\b", re.IGNORECASE)

    def change(text: str) -> str:
        return pattern.sub(lambda match: match[0] if match[0].isdigit() else match[0] + ending, text)

    sentences, steps = tuple(map(change, row.sentences)), tuple(map(change, row.steps))
    return row._replace(sentences=sentences, steps=steps, statement=change(row.statement))


def memory_curve(rows: list[Row], problems: int, options: CheckOptions) -> tuple[list[tuple[int, float]], int]:
    """Resident megabytes after every 5% of the problems, and how many chains didn't come out valid."""
    every, curve, failed = max(1, problems // 20), [], 0
    for count, row in enumerate(itertools.islice(renamed(rows), problems), start=1):
        failed += verify_trace(gold_trace(row), options).status != "valid"
        if count % every == 0:
            curve.append((count, round(resident(), 1)))
    return curve, failed


def growth(curve: list[tuple[int, float]]) -> float:
    """Megabytes for each 1,000 problems over the second half: the slope of the line of least squares."""
    half = curve[len(curve) // 2 :]
    if len(half) < 2:
        return 0.0
    return 1000 * statistics.linear_regression(*zip(*half, strict=True)).slope


def main() -> None:
    arguments = parser(__doc__, limit=2000, unit="chains")
    arguments.add_argument("--problems", type=int, default=10_000, help="problems of the memory curve; 0: none")
    arguments.add_argument("--solver", default="z3")
    args = arguments.parse_args()
    started = time.perf_counter()
    figures, tables = measure(args)
    finish("speed", figures, tables, args.out, started)


def race(rows: list[Row], options: CheckOptions) -> dict[str, Pace]:
    """The checker and the baseline in turns, a few chains each, so that both see the same machine; then the checker
    once more on what it has read before."""
    traces = [gold_trace(row) for row in rows]
    verify_trace(traces[0], options)  # loads the libraries: the figures are those of a running batch
    names = "checker", "fresh solver, entailment alone", "fresh solver, both queries", "checker, sentences read before"
    paces = {name: Pace() for name in names}
    first, plain, both, again = paces.values()
    for start in range(0, len(rows), TURN):
        check(traces[start : start + TURN], options, first)
        check_plainly(rows[start : start + TURN], plain)
        check_plainly(rows[start : start + TURN], both, both=True)
    check(traces, options, again)
    return paces


def measure(args: Namespace) -> tuple[dict[str, Any], list[Any]]:
    """All figures."""
    options = CheckOptions(solver=args.solver)
    rows = gold_rows(args.data, args.limit)
    paces = race(rows, options)
    first, plain, both, _ = paces.values()
    curve, failed = memory_curve(rows, args.problems, options) if args.problems else ([], 0)
    lines: list[list[object]] = [
        [name, pace.steps, pace.wall, f"{pace.steps / pace.wall:.0f}", f"{pace.steps / pace.cpu:.0f}", pace.missed]
        for name, pace in paces.items()
    ]
    ratios = {}
    for name, other in (("entailment alone", plain), ("both queries", both)):
        ratios[name] = {"wall": other.wall / first.wall, "cpu": other.cpu / first.cpu}
        lines.append([f"checker against {name}", "", "", *(f"{ratio:.1f}×" for ratio in ratios[name].values()), ""])
    columns = ["", "steps", "seconds", "steps a second", "steps a CPU second", "not entailed"]
    tables = [table("Gold chains, one process", columns, lines)]
    figures: dict[str, Any] = {name: pace.figures() for name, pace in paces.items()}
    figures |= {"chains": len(rows), "ratios": ratios}
    if curve:
        slope = growth(curve)
        done = f"{share(args.problems - failed, args.problems)} valid; growth {slope:.2f} MB a 1,000 problems"
        points = [[count, f"{megabytes:.1f}"] for count, megabytes in curve]
        tables.append(table(f"Memory, {done}", ["problems", "MB"], points))
        figures["memory"] = {"curve_mb": curve, "growth_mb_per_1000": slope, "not_valid": failed}
    return figures, tables


if __name__ == "__main__":
    main()

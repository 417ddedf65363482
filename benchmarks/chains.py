"""Gold chains: every step of a right chain has to come out entailed, one rule at a time.

ProofWriter's ``gold_reason`` (with the conclusion it leaves out), its chains of derived conclusions, and ProntoQA's
chains; each with the gold label as its answer.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common import finish, parser, progress, share, spread, table
from gold_traces import found, gold_trace
from oracle.rows import CHAIN_FILES, load

from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Trace
from verisearch.verdict import TraceVerdict

#: Gold chains go from rule to rule, so one rule a step is the most they may take.
MAX_LEAP = 1


def gold_chains(folder: Path, limit: int | None) -> Iterator[tuple[str, list[Trace]]]:
    """Files with their gold chains as traces."""
    for name in CHAIN_FILES:
        rows = [row for row in load(folder, name) if row.steps]
        yield name, [gold_trace(row) for row in spread(rows, limit)]


def tally(verdict: TraceVerdict, count: Counter[str], failures: list[dict[str, Any]]) -> None:
    """Count the steps, the answer and the whole of one verdict; note what isn't as it should be."""
    for step in verdict.steps:
        kind = found(step)
        count["steps"] += 1
        count[f"step {kind}"] += 1
        count[f"leap {step.leap}"] += 1
        if kind != "entailed":
            where = {"id": verdict.problem.id, "step": step.step.text}
            failures.append({**where, "found": kind, "leap": step.leap, "reason": step.reason})
    answer = found(verdict.answer.claim) if verdict.answer else "missing"
    count[f"answer {answer}"] += 1
    if answer != "entailed":
        failures.append({"id": verdict.problem.id, "step": "(answer)", "found": answer})
    count["chains"] += 1
    count["verified"] += verdict.verified
    count["unread sentences"] += len(verdict.unread)


def main() -> None:
    arguments = parser(__doc__, unit="chains of each file")
    arguments.add_argument("--solver", default="z3")
    args = arguments.parse_args()
    options = CheckOptions(max_leap=MAX_LEAP, solver=args.solver)
    started = time.perf_counter()
    results: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = []
    for name, traces in gold_chains(args.data, args.limit):
        count: Counter[str] = Counter()
        before = len(failures)
        for trace in progress(traces, name):
            tally(verify_trace(trace, options), count, failures)
        results.append({"file": name, **count, "failures": failures[before:]})
    lines = [
        [
            result["file"],
            result["chains"],
            result["steps"],
            share(result.get("step entailed", 0), result["steps"]),
            result.get("leap 0", 0),
            result.get("leap 1", 0),
            result["steps"] - result.get("leap 0", 0) - result.get("leap 1", 0),
            share(result.get("answer entailed", 0), result["chains"]),
            share(result["verified"], result["chains"]),
        ]
        for result in results
    ]
    columns = ["file", "chains", "steps", "entailed, leap ≤ 1", "leap 0", "leap 1", "other", "answers", "verified"]
    tables = [table("Gold chains", columns, lines)]
    if failures:
        shown = [[failure["id"], failure["step"], failure["found"]] for failure in failures[:40]]
        tables.append(table(f"{len(failures)} shortfalls, the first 40", ["id", "step", "found"], shown))
    finish("chains", {"results": results}, tables, args.out, started)


if __name__ == "__main__":
    main()

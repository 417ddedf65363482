"""Z3 against cvc5: the same first-order checks by two solvers have to come out the same.

Labels under both readings, gold chains step by step, and corrupted chains.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from chains import gold_chains
from common import finish, parser, progress, share, table
from corruptions import corrupted_chains
from gold_traces import corrupted_trace, gold_problem
from labels import suites

from verisearch.symbolic.checker import prove_problem, verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Trace
from verisearch.verdict import Logic

Check = tuple[str, Any, CheckOptions]


def checks(args: Any) -> Iterator[tuple[str, list[Check]]]:
    """Named groups of checks: an id, a problem or a trace, and the options."""
    for logic, name, questions in suites(args):
        if logic != "closed-world":
            yield (
                f"labels, {logic}: {name}",
                [(row.id, gold_problem(row), options) for row, options, _ in questions],
            )
    logics: tuple[Logic, ...] = ("rules", "classical")
    for logic in logics:
        options = CheckOptions(logic=logic, max_leap=1)
        limit = args.limit if logic == "rules" else args.classical_limit  # cvc5 is slow there
        for name, traces in gold_chains(args.data, limit):
            yield f"gold chains, {logic}: {name}", [(trace.problem.id, trace, options) for trace in traces]
        for kind, chains in corrupted_chains(args.data, limit, args.seed):
            traces = [corrupted_trace(chain) for chain in chains]
            yield f"corrupted, {logic}: {kind}", [(trace.problem.id, trace, options) for trace in traces]


def answers(subject: Any, options: CheckOptions, solver: str) -> list[tuple[str, ...]]:
    """What one solver says: the outcome of a proof, or the status and leap of each step and of the answer."""
    options = CheckOptions(logic=options.logic, max_leap=options.max_leap, solver=solver)
    if not isinstance(subject, Trace):
        proof = prove_problem(subject, options)
        return [(proof.outcome.value, str(proof.depth))]
    verdict = verify_trace(subject, options)
    said = [(step.status.value, str(step.leap)) for step in verdict.steps]
    if verdict.answer is not None:
        said.append((verdict.answer.claim.status.value, verdict.answer.proved.value))
    return [*said, (str(verdict.context_inconsistent),)]


def compare(group: str, items: list[Check], solvers: list[str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The counts of one group, and where the two solvers differ."""
    count: dict[str, Any] = {"group": group, "problems": len(items), "checks": 0, "same": 0, "undecided": 0}
    seconds = dict.fromkeys(solvers, 0.0)
    differ = []
    for id, subject, options in progress(items, group):
        said = []
        for solver in solvers:
            start = time.perf_counter()
            said.append(answers(subject, options, solver))
            seconds[solver] += time.perf_counter() - start
        for index, (one, other) in enumerate(zip(*said, strict=True)):
            count["checks"] += 1
            count["same"] += one == other
            count["undecided"] += "undecided" in (one[0], other[0])
            if one != other:
                differ.append({"group": group, "id": id, "check": index, "answers": [one, other]})
    return {**count, "seconds": seconds}, differ


def main() -> None:
    arguments = parser(__doc__, limit=200, unit="rows of each file and corruption")
    arguments.add_argument("--classical-limit", type=int, default=15, help="the same for chains in classical logic")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--solvers", nargs=2, default=["z3", "cvc5"])
    args = arguments.parse_args()
    args.solver = args.solvers[0]
    started = time.perf_counter()
    results, differ = [], []
    for group, items in checks(args):
        counted, differing = compare(group, items, args.solvers)
        results.append(counted)
        differ += differing
    columns = ["checks", "problems", "answers", "same", "differ", "undecided", *(f"{name}, s" for name in args.solvers)]
    lines = [
        [
            counted["group"],
            counted["problems"],
            counted["checks"],
            share(counted["same"], counted["checks"]),
            counted["checks"] - counted["same"],
            counted["undecided"],
            *counted["seconds"].values(),
        ]
        for counted in results
    ]
    tables = [table(" against ".join(args.solvers), columns, lines)]
    if differ:
        shown = [[entry["id"], entry["group"], *map(str, entry["answers"])] for entry in differ[:40]]
        tables.append(table(f"{len(differ)} differences, the first 40", ["id", "group", *args.solvers], shown))
    finish("cross_check", {"results": results, "differ": differ}, tables, args.out, started)


if __name__ == "__main__":
    main()

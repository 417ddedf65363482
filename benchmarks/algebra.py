"""Steps of algebra: what `verisearch.symbolic.algebra.rewriting` makes of the table of labelled pairs in the tests.

    python benchmarks/algebra.py --out algebra.json

False entailed come first: a wrong step that passes. Needs no data but the table. Every step is also written as SMT-LIB
scripts, forward and back, and solved by cvc5 where it is installed.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from statistics import mean, median
from typing import Any

from common import ROOT, finish, parser, progress, share, spread, table

from verisearch.symbolic.algebra import Rewriting, rewriting, script
from verisearch.symbolic.session import open_solver
from verisearch.verdict import Status

sys.path.insert(0, str(ROOT / "tests" / "algebra"))

from labelled import Row, rows

KINDS = ("equal", "loses", "gains", "other", "undecided")
LABELS = ("valid", "domain", "invalid")
#: The answers to a row's two scripts, by what becomes of the solutions.
ANSWERS = {"equal": ("unsat", "unsat"), "loses": ("sat", "unsat"), "gains": ("unsat", "sat"), "other": ("sat", "sat")}
CVC5_EFFORT = 300_000


def as_labelled(row: Row, found: Rewriting) -> bool:
    """Whether the result is what the label asks for: the kind, or (invalid) that it isn't entailed."""
    if row.label == "invalid":
        return found.status is not Status.ENTAILED and found.kind != "equal"
    return found.kind == row.kind


def by_cvc5(text: str) -> str:
    """What cvc5 answers to a script; "unknown" if it gives up."""
    import cvc5

    solver = cvc5.Solver()
    solver.setOption("rlimit", str(CVC5_EFFORT))
    reader = cvc5.InputParser(solver)
    reader.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "script")
    said = ""
    while not (command := reader.nextCommand()).isNull():
        said += str(command.invoke(solver, reader.getSymbolManager()))
    return said.strip() if said.strip() in ("sat", "unsat") else "unknown"


def cross_checked(row: Row) -> Counter[str]:
    """How cvc5's answers to a row's scripts compare with its label."""
    given = [(each, "given") for each in row.given]
    scripts = [script([(row.before, "the first"), *given], row.after)]
    if row.kind:
        scripts.append(script([(row.after, "the second"), *given], row.before))
    expected = ANSWERS.get(row.kind, ("sat",))
    counts: Counter[str] = Counter()
    for text, answer in zip(scripts, expected, strict=True):
        said = by_cvc5(text)
        counts["unknown" if said == "unknown" else "agrees" if said == answer else "differs"] += 1
    return counts


def measured(row: Row, effort: int) -> tuple[Rewriting, float]:
    solver = open_solver("z3", effort, "algebra")
    started = time.perf_counter()
    found = rewriting(row.before, row.after, solver, row.given)
    return found, time.perf_counter() - started


def main() -> None:
    made = parser(__doc__, unit="pairs")
    made.add_argument("--effort", type=int, default=3_000_000, help="the solver's limit for a check")
    args = made.parse_args()
    started = time.perf_counter()
    given = spread(rows(), args.limit)
    results = [(row, *measured(row, args.effort)) for row in progress(given, "pairs")]
    counts = Counter((row.label, found.kind) for row, found, _ in results)
    statuses = Counter((row.label, found.status.value) for row, found, _ in results)
    false = [row for row, found, _ in results if row.label == "invalid" and found.status is Status.ENTAILED]
    lines: list[list[object]] = []
    for label in LABELS:
        chosen = [(row, found, seconds) for row, found, seconds in results if row.label == label]
        if chosen:
            right = sum(as_labelled(row, found) for row, found, _ in chosen)
            times = [1000 * seconds for *_, seconds in chosen]
            line: list[object] = [
                label,
                len(chosen),
                *(counts[label, kind] for kind in KINDS),
                statuses[label, "entailed"],
            ]
            line += [share(right, len(chosen)), mean(found.calls for _, found, _ in chosen), median(times), max(times)]
            lines.append(line)
    columns = ["label", "pairs", *KINDS, "entailed", "as labelled", "solver calls a pair", "median ms", "longest ms"]
    tables = [table(f"Steps of algebra by their label; false entailed: {len(false)}", columns, lines)]
    missed = [
        [row.id, row.about, row.text[:70], found.kind, found.status.value, found.reason[:60]]
        for row, found, _ in results
        if not as_labelled(row, found) or found.kind == "undecided"
    ]
    tables.append(table("Undecided, or not as labelled", ["", "about", "step", "kind", "status", "why"], missed))
    figures: dict[str, Any] = {
        "pairs": len(results),
        "false_entailed": [row.text for row in false],
        "kinds": {f"{label}: {kind}": n for (label, kind), n in sorted(counts.items())},
        "statuses": {f"{label}: {status}": n for (label, status), n in sorted(statuses.items())},
        "without_solver": sum(found.calls == 0 for _, found, _ in results),
        "solver_calls": sum(found.calls for _, found, _ in results),
        "seconds_a_pair": mean(seconds for *_, seconds in results),
        "missed": missed,
    }
    try:
        checks = sum((cross_checked(row) for row in progress(given, "cvc5") if not row.vacuous), Counter[str]())
        figures["cvc5"] = dict(checks)
        tables.append(table("Scripts solved by cvc5", ["agrees", "differs", "unknown"], [[
            str(checks["agrees"]), checks["differs"], checks["unknown"]]]))  # fmt: skip
    except ImportError:
        figures["cvc5"] = "not installed"
    finish("algebra", figures, tables, args.out, started)


if __name__ == "__main__":
    main()

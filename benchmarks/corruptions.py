"""Corrupted chains: every wrong step has to be flagged, and no right one.

Gold chains are changed in six ways. What is wrong with the result, step by step, is said by an independent forward
chainer that shares no code with verisearch (``tests/oracle``); here its word is compared with the checker's.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common import finish, parser, progress, share, spread, table
from gold_traces import corrupted_trace, expectation, found
from oracle.corrupt import CORRUPTIONS, Corrupted, corrupt
from oracle.rows import CHAIN_FILES, load

from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import TraceVerdict

KINDS = ("entailed", "entailed, leap", "contradicted", "ungrounded")
FOUND = (*KINDS, "untranslatable", "undecided", "no-claim")


def corrupted_chains(folder: Path, limit: int | None, seed: int) -> Iterator[tuple[str, list[Corrupted]]]:
    """Each corruption with at most ``limit`` chains, drawn evenly from all gold chains."""
    rows = [row for name in CHAIN_FILES for row in load(folder, name) if row.steps]
    for kind in CORRUPTIONS:
        # Some chains offer no place for a corruption, so more are tried than wanted.
        tried = spread(rows, None if limit is None else limit + limit // 3)
        changed = [chain for row in tried if (chain := corrupt(row, kind, seed)) is not None]
        yield kind, spread(changed, limit)


def compare(chain: Corrupted, verdict: TraceVerdict) -> Iterator[tuple[str, str, str]]:
    """For every step, and for the answer at the end: its text, what was expected, what was found."""
    for text, expected, step in zip(chain.steps, chain.expected, verdict.steps, strict=True):
        yield text, expectation(expected), found(step)
    answer = found(verdict.answer.claim) if verdict.answer else "missing"
    yield f"(answer {chain.label})", expectation(chain.expected_answer), answer


def run(kind: str, chains: list[Corrupted], options: CheckOptions) -> dict[str, Any]:
    """The confusion table of one corruption, over steps and answers, and every place where the two differ."""
    steps, answers = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    count: Counter[str] = Counter()
    differ = []
    for chain in progress(chains, kind):
        verdict = verify_trace(corrupted_trace(chain), options)
        pairs = list(compare(chain, verdict))
        steps.update((expected, got) for _, expected, got in pairs[:-1])
        answers.update((expected, got) for _, expected, got in pairs[-1:])
        all_right = all(expected == "entailed" for _, expected, _ in pairs)
        count["wrong chains"] += not all_right
        count["wrong chains flagged"] += not all_right and not verdict.verified
        count["right chains verified"] += all_right and verdict.verified
        where = {"id": chain.id, "file": chain.file, "corruption": kind}
        differ += [
            {**where, "step": text, "expected": expected, "found": got}
            for text, expected, got in pairs
            if expected != got
        ]
    return {
        "corruption": kind,
        "chains": len(chains),
        **count,
        "steps": confusion(steps),
        "answers": confusion(answers),
        "differ": differ,
    }


def confusion(pairs: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Expected -> found -> how often."""
    return {expected: {got: pairs[expected, got] for got in FOUND if pairs[expected, got]} for expected in KINDS}


def flagged(matrix: dict[str, dict[str, int]]) -> tuple[int, int, int, int]:
    """Wrong steps flagged and all of them; right steps flagged and all of them."""
    wrong = sum(sum(matrix[kind].values()) for kind in KINDS[1:])
    missed = sum(matrix[kind].get("entailed", 0) for kind in KINDS[1:])
    right = sum(matrix["entailed"].values())
    return wrong - missed, wrong, right - matrix["entailed"].get("entailed", 0), right


def cells(found_as: dict[str, int]) -> list[object]:
    """One row of a printed confusion table."""
    return [found_as.get(got, "·") for got in FOUND]


def main() -> None:
    arguments = parser(__doc__, limit=2000, unit="chains of each corruption")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--solver", default="z3")
    args = arguments.parse_args()
    options = CheckOptions(max_leap=1, solver=args.solver)
    started = time.perf_counter()
    results = [run(kind, chains, options) for kind, chains in corrupted_chains(args.data, args.limit, args.seed)]
    summary, matrix = [], []
    for result in results:
        caught, wrong, alarms, right = flagged(result["steps"])
        chains = result["wrong chains"], result["wrong chains flagged"]
        harmless = result["chains"] - chains[0]
        summary.append(
            [
                result["corruption"],
                result["chains"],
                wrong,
                share(caught, wrong),
                right,
                alarms,
                chains[0],
                share(chains[1], chains[0]),
                share(result["right chains verified"], harmless),
                len(result["differ"]),
            ]
        )
        matrix += [[f"{result['corruption']}: {kind}", *cells(result["steps"][kind])] for kind in KINDS]
    columns = ["corruption", "chains", "wrong steps", "flagged", "right steps", "flagged"]
    columns += ["wrong chains", "flagged", "harmless verified", "differ at all"]
    tables = [
        table("Corrupted chains", columns, summary),
        table("Steps: expected (rows) and found (columns)", ["", *FOUND], matrix),
    ]
    differ = [entry for result in results for entry in result["differ"]]
    if differ:
        shown = [[entry["id"], entry["step"], entry["expected"], entry["found"]] for entry in differ[:40]]
        tables.append(table(f"{len(differ)} differences, the first 40", ["id", "step", "expected", "found"], shown))
    finish("corruptions", {"seed": args.seed, "results": results}, tables, args.out, started)


if __name__ == "__main__":
    main()

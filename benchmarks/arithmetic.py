"""The arithmetic checker on GSM8K's gold solutions: every annotation, annotations with a slip, and whole chains.

    python benchmarks/arithmetic.py --out arithmetic.json

An annotation with one digit or operator changed is judged by Python's own grammar over rationals. What is flagged of
gold chains is listed: most of it are slips of the data set.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import Any

from common import finish, parser, progress, share, spread, table  # isort: skip  (finds what stands with the tests)
from annotations import annotations, changed, holds, rounds

from verisearch.evaluation.datasets import GSM8K
from verisearch.maths.compare import compare
from verisearch.maths.statements import find
from verisearch.runtime.jobs import VerifyJob
from verisearch.runtime.pool import Pool
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import Status

FAILED = (Status.CONTRADICTED, Status.UNGROUNDED)


def outcome(annotation: str) -> str:
    """What comes of an annotation: holds, fails, unclear or open, the worst of its signs."""
    found = {
        compare(left, sign, right, {}, strict=True).outcome
        for each in find(f"<<{annotation}>>").statements
        for left, sign, right in zip(each.sides, each.signs, each.sides[1:], strict=False)
    }
    return next((each for each in ("fails", "unclear", "open", "holds") if each in found), "open")


def main() -> None:
    args = parser(__doc__).parse_args()
    started = time.perf_counter()
    rng = random.Random(7)
    given = spread(list(annotations(args.data)), args.limit)
    right: Counter[str] = Counter()
    slips: Counter[tuple[bool | None, str]] = Counter()
    passed = []
    for annotation in progress(given, "annotations"):
        right[outcome(annotation)] += 1
        altered = changed(annotation, rng)
        truth, found = holds(altered), outcome(altered)
        slips[truth, "rounds" if found == "unclear" and rounds(altered) else found] += 1
        if truth is False and found == "holds":
            passed.append(altered)
    tables = [
        table("Annotations", ["", "annotations", *right], [["as they are", len(given), *right.values()]]),
        table(
            "One digit or operator changed",
            ["exactly", "changed", "holds", "fails", "undecided: rounds", "other"],
            [
                [
                    {True: "still true", False: "false", None: "no equation any more"}[truth],
                    sum(n for (each, _), n in slips.items() if each is truth),
                    *(slips[truth, each] for each in ("holds", "fails", "rounds")),
                    sum(n for (each, what), n in slips.items() if each is truth and what in ("unclear", "open")),
                ]
                for truth in (False, True, None)
            ],
        ),
    ]
    chains, steps, flags = gold_chains(args)
    total = sum(chains.values())
    tables.append(
        table(
            "Gold chains",
            ["", "all", *chains, *(f"steps {name}" for name in steps)],
            [["train", total, *(f"{n} ({share(n, total)})" for n in chains.values()), *steps.values()]],
        )
    )
    figures: dict[str, Any] = {
        "annotations": right,
        "changed": {f"{truth}: {found}": n for (truth, found), n in slips.items()},
        "false_that_passed": passed,
        "chains": chains,
        "steps": steps,
        "flagged_in_gold_chains": flags,
    }
    finish("arithmetic", figures, tables, args.out, started)


def gold_chains(args: Any) -> tuple[Counter[str], Counter[str], list[dict[str, str]]]:
    """The statuses of gold chains and of their steps, and what is flagged in them."""
    items = list(GSM8K().load(str(args.data / "math" / "gsm8k_train.jsonl")))
    options = CheckOptions(formaliser="arithmetic")
    jobs = [VerifyJob(id=item.problem.id, trace=trace, options=options) for item in items for trace in item.traces]
    jobs = spread(jobs, args.limit)
    chains: Counter[str] = Counter()
    steps: Counter[str] = Counter()
    flags = []
    with Pool(2) as pool:
        for result in pool.run(jobs):
            if result.verdict is None:
                chains["error"] += 1
                continue
            chains[result.verdict.status.value] += 1
            for step in result.verdict.steps:
                steps[step.status.value] += 1
                flags += [
                    {"id": result.id, "status": claim.status.value, "claim": claim.text, "reason": claim.reason}
                    for claim in step.claims
                    if claim.status in FAILED
                ]
    return Counter(dict(chains.most_common())), Counter(dict(steps.most_common())), flags


if __name__ == "__main__":
    main()

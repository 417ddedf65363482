"""Final answers: `verisearch.answers.equivalent` on pairs that are known to be the same or not.

    python benchmarks/answers.py --out answers.json

False positives (pairs that differ and come out equal) come first: a vote or a metric that counts them is wrong.
Needs the extra math; without it expressions are undecided.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

from common import finish, parser, progress, share, spread, table

from verisearch.answers import equivalent, extract, maths

FILES = ("math_verify_pairs", "hardverify_math_pairs")
STATUSES = ("equal", "different", "undecided")


def judged(row: dict[str, Any]) -> tuple[str, str]:
    """The status of a row's pair, with its reason. Where a whole solution is given, its announced answer counts."""
    prediction = row["prediction"]
    if len(prediction) > len(row["gold"]) + 40:
        prediction = extract(prediction, kind="expression") or prediction
    found = equivalent(row["gold"], prediction, kind="expression")
    return found.status, found.reason


def main() -> None:
    args = parser(__doc__).parse_args()
    started = time.perf_counter()
    lines, tables, figures = [], [], {}
    wrong: list[list[object]] = []
    for name in FILES:
        path = args.data / "math_equiv" / f"{name}.jsonl"
        rows = spread([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()], args.limit)
        counts: Counter[tuple[bool, str]] = Counter()
        missed = []
        for row in progress(rows, name):
            status, reason = judged(row)
            counts[row["equivalent"], status] += 1
            shown = {key: row[key] for key in ("id", "gold", "prediction")} | {"status": status, "reason": reason}
            if row["equivalent"] is False and status == "equal":
                wrong.append([row["id"], row["gold"][:50], row["prediction"][-50:], reason])
            if status != ("equal" if row["equivalent"] else "different"):
                missed.append(shown | {"equivalent": row["equivalent"]})
        figures[name] = {
            "counts": {f"{'same' if same else 'not the same'}: {status}": n for (same, status), n in counts.items()},
            "not_as_labelled": missed,
        }
        same, other = (sum(counts[label, status] for status in STATUSES) for label in (True, False))
        positives = counts[True, "equal"] + counts[False, "equal"]
        lines.append(
            [name, f"{counts[False, 'equal']} of {other}", share(counts[True, "equal"], positives)]
            + [counts[True, status] for status in STATUSES]
            + [share(counts[True, "equal"], same)]
            + [counts[False, status] for status in STATUSES[1:]]
        )
    columns = ["", "false positives", "precision", "same: equal", "different", "undecided", "recall"]
    columns += ["not the same: different", "undecided"]
    tables.append(table("Pairs of answers, by their label", columns, lines))
    if wrong:
        tables.append(table("False positives", ["", "gold", "prediction", "why"], wrong))
    finish("answers", {"math_verify": maths.available(), "files": figures}, tables, args.out, started)


if __name__ == "__main__":
    main()

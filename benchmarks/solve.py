"""Chains that a policy writes, by depth and label: accuracy, verified (leaps of at most one rule), both.

    python benchmarks/solve.py --runs runs/solve --strategy best-of-n --n 16 --file proofwriter_owa_d5_dev

A run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from common import finish, parser, share, table
from invented import write_invented

from verisearch.evaluation.arms import one_arm
from verisearch.evaluation.datasets import ProntoQA, ProofWriter
from verisearch.evaluation.run import Plan, run
from verisearch.policies import open_policy
from verisearch.runtime.pool import Pool
from verisearch.runtime.solving import SolveOptions
from verisearch.search.strategies import Settings
from verisearch.symbolic.options import CheckOptions

FILES = ("proofwriter_owa_d5_dev", "prontoqa_3hop_fictional", "prontoqa_5hop_fictional")


def solve(args: Any, name: str, folder: Path) -> list[dict[str, Any]]:
    """The records of one file's rows, made or found in ``folder``."""
    data_set = ProntoQA() if name.startswith("prontoqa") else ProofWriter()
    check = CheckOptions(max_leap=1, generic_nouns=getattr(data_set, "generic_nouns", ()))
    settings = Settings(n=args.n, temperature=args.temperature)
    plan = Plan(
        data_set=data_set.name,
        source=str(source_of(args, name)),
        mode="solve",
        options=check,
        limit=args.limit,
        seed=args.seed if args.limit is not None else None,
        policy=args.policy,
        arms=one_arm(
            SolveOptions(
                strategy=args.strategy,
                settings=settings,
                seed=args.seed,
                check=check,
                prompt=args.prompt,
                concurrency=64,
            )
        ),
    )
    policy = open_policy(args.policy)
    try:
        with Pool(1) as pool:
            run(plan, data_set, folder, pool=pool, policy=policy, resume=True)
    finally:
        policy.close()
    return [json.loads(line) for line in (folder / "records.jsonl").read_text(encoding="utf-8").splitlines()]


def source_of(args: Any, name: str) -> Path:
    """The data file, or the one that says the same in invented words."""
    source: Path = args.data / "logic" / f"{name}.jsonl"
    if args.invented is None:
        return source
    target = args.runs / f"{name}-invented-{args.invented}.jsonl"
    if not target.exists():
        write_invented(source, target, args.invented)
    return target


def depths(path: Path) -> dict[str, str]:
    """How deep each row's proof is, in the data's own words."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = {}
    for row in rows:
        depth = row.get("derived_depth", row.get("hops"))
        found[row["id"]] = "–" if depth is None or row.get("label") == "Unknown" else str(depth)
    return found


def tally(records: list[dict[str, Any]], depth: dict[str, str]) -> dict[str, dict[str, Counter[str]]]:
    """Counts by label, and by depth among rows that are True or False."""
    found: dict[str, dict[str, Counter[str]]] = {"label": defaultdict(Counter), "depth": defaultdict(Counter)}
    for record in records:
        counts: Counter[str] = Counter(rows=1)
        verified = record.get("verified") is True
        counts["correct"] = bool(record["correct"])
        counts["verified"] = verified
        counts["both"] = verified and bool(record["correct"])
        held = [each for each in record.get("candidates") or () if each["verified"]]
        counts["any"] = any(each["answer"] == record["gold"] for each in held)
        counts["errors"] = record.get("error") is not None
        counts["tokens"] = record["usage"].get("generated_tokens", 0)
        groups = [("label", record["gold"]), ("label", "all")]
        if record["gold"] in ("True", "False"):
            groups += [("label", "True and False"), ("depth", depth.get(record["id"], "–"))]
        for kind, group in groups:
            found[kind][group].update(counts)
    return found


def lines(groups: dict[str, Counter[str]]) -> list[list[object]]:
    made: list[list[object]] = []
    for group in sorted(groups):
        counts = groups[group]
        shares = [share(counts[what], counts["rows"]) for what in ("correct", "verified", "both", "any")]
        made.append([group, counts["rows"], *shares, counts["tokens"] // counts["rows"]])
    return made


def main() -> None:
    made = parser(__doc__, unit="rows, drawn at random, of each file")
    made.add_argument("--runs", type=Path, required=True, help="folder for the runs' records")
    made.add_argument("--file", action="append", dest="files", help=f"data file; default: {', '.join(FILES)}")
    made.add_argument("--invented", type=int, metavar="SEED", help="ProofWriter's rows with all their words replaced")
    made.add_argument("--policy", default="embedded")
    made.add_argument("--prompt")
    made.add_argument("--strategy", default="greedy")
    made.add_argument("--n", type=int, default=16)
    made.add_argument("--temperature", type=float, default=0.7)
    made.add_argument("--seed", type=int, default=0)
    args = made.parse_args()
    started = time.perf_counter()
    tables, figures = [], {}
    suffix = "" if args.invented is None else f"-invented-{args.invented}"
    for name in args.files or FILES:
        records = solve(args, name, args.runs / f"{name}-{args.strategy}{suffix}")
        counts = tally(records, depths(args.data / "logic" / f"{name}.jsonl"))
        figures[name] = {kind: {group: dict(each) for group, each in groups.items()} for kind, groups in counts.items()}
        columns = ["", "rows", "correct", "verified", "verified and correct", "any candidate", "tokens a row"]
        tables.append(
            table(f"{name}{suffix} · {args.policy} · {args.strategy}: by label", columns, lines(counts["label"]))
        )
        if counts["depth"]:
            tables.append(table("True and False, by depth", columns, lines(counts["depth"])))
    settings = {
        key: getattr(args, key) for key in ("policy", "strategy", "n", "temperature", "seed", "limit", "invented")
    }
    finish("solve", {"settings": settings, "files": figures}, tables, args.out, started)


if __name__ == "__main__":
    main()

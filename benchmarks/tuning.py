"""Policies tuned on verdicts beside the one they began with.

    python benchmarks/tuning.py --runs runs/tuning base=embedded verified=runs/sft random=runs/random dpo=runs/dpo

Each policy writes one greedy chain, and ``--samples`` at temperature 0.7, on the same rows of ProofWriter's D5
development file and on the same generated worlds that none has seen. Of the greedy chains: pass rate (every step
holds), precision (the answer is right, of those that pass), verified and correct (pass rate times precision), task
accuracy; of the drawn ones, whether one of them is verified and correct. 95 % intervals over theories; differences to
the first policy are paired. What was drawn is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from common import finish, parser, progress, settle, spread, table

from verisearch.errors import InputError
from verisearch.evaluation.bootstrap import Estimate, difference, estimate, resample
from verisearch.policies import open_policy
from verisearch.protocols import Item
from verisearch.runtime.solving import template_for
from verisearch.training.plans import items_of
from verisearch.training.rollouts import Chain, Drawing, Rollouts, draw_rollouts, read_rollouts

REPLICATES = 2000

#: The figures: what counts of a problem's chains, and of which problems.
Count = Callable[[Sequence[Chain]], bool]
FIGURES: dict[str, tuple[Count, Count]] = {
    "pass rate": (lambda chains: chains[0].verified, lambda chains: True),
    "precision": (lambda chains: chains[0].good, lambda chains: chains[0].verified),
    "verified and correct": (lambda chains: chains[0].good, lambda chains: True),
    "task accuracy": (lambda chains: bool(chains[0].correct), lambda chains: True),
}


def sources(args: Any) -> dict[str, list[Item]]:
    """The problems: D5's rows, and worlds of another seed than any that was learned from."""
    d5 = f"proofwriter:{args.data / 'logic' / 'proofwriter_owa_d5_dev.jsonl'}"
    return {
        "D5 dev": spread(list(items_of(d5, 0)), args.limit),
        "worlds": list(items_of(f"worlds:{args.worlds}", args.seed)),
    }


def chains_of(
    args: Any, name: str, policy: str, source: str, items: Sequence[Item], drawing: Drawing
) -> list[Rollouts]:
    """What a policy wrote, made or found in the folder of runs."""
    what = "greedy" if drawing.temperature == 0 else "drawn"
    path = args.runs / f"{name}-{source.replace(' ', '-').lower()}-{what}.jsonl"
    opened = open_policy(policy)
    try:
        draw_rollouts(items, opened, template_for(opened, None), path, drawing)
    finally:
        opened.close()
    found = list(read_rollouts(path))
    lost = sum(each.lost for each in found)
    if lost:
        raise InputError(f"{path}: {lost} chains were lost: {next(each.reason for each in found if each.lost)}")
    return found


def column(rows: Sequence[Rollouts], counts: Count, of: Count) -> tuple[list[float], list[float]]:
    """Each theory's count, and of how many."""
    groups = sorted({row.group for row in rows})
    part, whole = dict.fromkeys(groups, 0.0), dict.fromkeys(groups, 0.0)
    for row in rows:
        if of(row.chains):
            part[row.group] += counts(row.chains)
            whole[row.group] += 1
    return [part[name] for name in groups], [whole[name] for name in groups]


def any_good(chains: Sequence[Chain]) -> bool:
    return any(chain.good for chain in chains)


def compare(found: dict[str, dict[str, list[Rollouts]]], samples: int) -> list[dict[str, Any]]:
    """A row for each policy, from its greedy and its drawn chains."""
    columns = []
    for chains in found.values():
        columns += [column(chains["greedy"], *FIGURES[name]) for name in FIGURES]
        columns.append(column(chains["drawn"], any_good, lambda chains: True))
    ratios = resample(columns, REPLICATES, 0)
    each = len(FIGURES) + 1
    names = [*FIGURES, f"one of {samples} verified and correct"]
    return [
        {
            "policy": policy,
            **{name: estimate(ratio) for name, ratio in zip(names, own, strict=True)},
            "change": {name: difference(a, b) for name, a, b in zip(names, own, ratios[:each], strict=True)},
        }
        for place, policy in enumerate(found)
        for own in [ratios[place * each : (place + 1) * each]]
    ]


def told(found: Estimate, sign: str = "") -> str:
    if found.value is None:
        return "–"
    ends = (
        "" if found.interval is None else f" [{100 * found.interval[0]:{sign}.1f}, {100 * found.interval[1]:{sign}.1f}]"
    )
    return f"{100 * found.value:{sign}.1f}{ends}"


def main() -> None:
    started = time.perf_counter()
    made = parser(__doc__, unit="rows of D5")
    made.add_argument("policies", nargs="+", metavar="NAME=POLICY", help="what is compared; the first is the base")
    made.add_argument("--runs", type=Path, required=True, help="folder of the chains")
    made.add_argument("--worlds", type=int, default=400, help="problems on generated worlds")
    made.add_argument("--samples", type=int, default=8, help="chains drawn of each problem")
    made.add_argument("--seed", type=int, default=91, help="of worlds and draws")
    args = made.parse_args()
    settle(args.runs, args, "limit", "worlds", "samples", "seed", "data")
    policies = dict(each.split("=", 1) for each in args.policies)
    drawings = {
        "greedy": Drawing(samples=1, temperature=0.0, seed=args.seed),
        "drawn": Drawing(samples=args.samples, temperature=0.7, seed=args.seed),
    }
    figures: dict[str, Any] = {}
    tables = []
    for source, items in sources(args).items():
        found = {
            name: {what: chains_of(args, name, policy, source, items, drawing) for what, drawing in drawings.items()}
            for name, policy in progress(list(policies.items()), source)
        }
        rows = figures[source] = compare(found, args.samples)
        names = [name for name in rows[0] if name not in ("policy", "change")]
        cells = [(row["policy"], *(told(row[name]) for name in names)) for row in rows]
        cells += [
            (f"{row['policy']} less {rows[0]['policy']}", *(told(row["change"][name], "+") for name in names))
            for row in rows[1:]
        ]
        tables.append(table(f"{source}, {len(items)} problems, in percent", ("policy", *names), cells))
    finish("tuning", msgspec.to_builtins(figures), tables, args.out, started)


if __name__ == "__main__":
    main()

"""Searches that trained rewards guide: what they find against what they cost.

    python benchmarks/reward_search.py --runs runs/reward-search --prm runs/prm --mrm runs/mrm --rows 60

Rows of ProofWriter's D5 development file, drawn by the seed. Tree search over tokens of several widths, once with the
multifurcation reward (one call for each chain that is expanded) and once with the process reward (one call for each
child, the same candidates); beside them best-of-n by the process reward, LATTS-style search with it, and a greedy
chain. Verified and correct with 95 % intervals over theories; floating-point operations of policy and reward model
together (two a parameter and position computed, prompts included); reward calls for each chain expanded, exactly;
positions computed and inserted by either trie; how many tokens the chain found has that the multifurcation reward never
had as a target (there is no way around some: the nucleus may hold no other). ``--uncached N`` searches N rows once more
with both tries emptied before every call, for the wall clock. Arms that are done are not done again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from common import finish, parser, settle, table

from verisearch.evaluation.bootstrap import Estimate, estimate, resample
from verisearch.policies import open_policy
from verisearch.protocols import Item
from verisearch.runtime.records import JsonLines, read_records
from verisearch.runtime.solving import Solution, SolveOptions, solve_all, verifier_for
from verisearch.search.best_of_n import BestOfN
from verisearch.search.chains import Settings
from verisearch.search.latts import Latts
from verisearch.search.multifurcation import Multifurcation
from verisearch.training.plans import items_of

REPLICATES = 1000


class Arm(msgspec.Struct, frozen=True):
    """A search to compare."""

    name: str
    width: int
    strategy: str
    settings: Settings
    verifier: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one problem. ``policy_positions`` and ``reward_positions``: computed by either model, prompts
    included; ``expanded``: chains whose next tokens were asked for, and ``candidates`` how many these were. ``unseen``:
    tokens of the chain found that the multifurcation reward never had as a target, None for other rewards."""

    id: str
    group: str
    good: bool
    correct: bool
    verified: bool
    generated: int
    calls: int
    policy_positions: int
    reward_positions: int
    expanded: int
    candidates: int
    seconds: float
    unseen: int | None = None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """An arm's tries, over all its problems: positions computed and inserted."""

    policy_computed: int
    policy_inserted: int
    reward_computed: int
    reward_inserted: int


def arms(args: Any) -> Iterator[Arm]:
    """The searches, cheapest first."""
    prm = f"prm:{args.prm}"
    yield Arm("greedy", 1, "greedy", Settings(), "symbolic")
    for width in args.widths:
        shared = {"n": width, "nucleus": args.nucleus, "top_k": args.top_k, "max_new_tokens": args.max_new_tokens}
        yield Arm("MRM search", width, "multifurcation", Multifurcation(**shared), f"mrm:{args.mrm}")
        yield Arm("MRM search, no mask", width, "multifurcation", Multifurcation(**shared), f"mrm:{args.mrm}:mask=no")
        yield Arm("PRM token beam", width, "multifurcation", Multifurcation(reward="child", **shared), prm)
        yield Arm("best-of-n by PRM", width, "best-of-n", BestOfN(n=width, temperature=args.temperature), prm)
        yield Arm("latts with PRM", width, "latts", Latts(draws=width, temperature=args.temperature), prm)


def expansions(solution: Solution) -> tuple[int, int]:
    """How many chains were expanded, and by how many tokens."""
    found = [event for event in solution.events if "next" in event]
    return len(found), sum(len(event["tokens"]) for event in found)


def unseen_in(solution: Solution, verifier: Any, policy: Any) -> int | None:
    """How many tokens of the chain found were no target in the reward's training."""
    if not hasattr(verifier, "seen") or solution.trace is None:
        return None
    ids = policy.tokenizer(solution.trace.raw or "", add_special_tokens=False)["input_ids"]
    return sum(not verifier.seen[token] for token in ids)


def run_arm(arm: Arm, items: Sequence[Item], args: Any, policy: Any) -> None:
    """Search all problems one after the other, from empty tries each, and write down what came of them."""
    lines: JsonLines[Row] = JsonLines(file_of(arm, args), Row)
    options = SolveOptions(strategy=arm.strategy, settings=arm.settings, seed=args.seed, verifier=arm.verifier)
    verifier: Any = verifier_for(policy, options)
    try:
        for item in items[lines.count :]:
            policy.forget()
            if hasattr(verifier, "forget"):
                verifier.forget()
            before = positions(policy), positions(verifier)
            began = time.perf_counter()
            (solution,) = solve_all([item.problem], policy, options, verifier=verifier)
            seconds = time.perf_counter() - began
            after = positions(policy), positions(verifier)
            assert all(computed == inserted for computed, inserted in after), "positions computed and inserted differ"
            expanded, candidates = expansions(solution)
            correct = solution.answer == item.problem.gold
            lines.append(
                Row(
                    id=item.problem.id, group=item.group, correct=correct, verified=solution.verified,
                    good=correct and solution.verified, generated=solution.usage.generated_tokens,
                    calls=solution.usage.verifier_calls, policy_positions=after[0][0] - before[0][0],
                    reward_positions=after[1][0] - before[1][0], expanded=expanded, candidates=candidates,
                    seconds=round(seconds, 3), unseen=unseen_in(solution, verifier, policy),
                )
            )  # fmt: skip
    finally:
        lines.close()
        verifier.close()


def file_of(arm: Arm, args: Any) -> Path:
    """Where an arm's rows are."""
    folder: Path = args.runs
    return folder / f"{arm.name.replace(' ', '-').replace(',', '')}-{arm.width}.jsonl"


def positions(model: Any) -> tuple[int, int]:
    """Computed by and inserted into a trie so far; of a solver none."""
    found = getattr(model, "statistics", None)
    return (found.computed, found.inserted) if found is not None else (0, 0)


def mean(rows: Sequence[Row], of: Callable[[Row], float]) -> Estimate:
    """The mean over rows, with an interval over theories."""
    groups: dict[str, list[float]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(of(row))
    column = ([sum(each) for each in groups.values()], [float(len(each)) for each in groups.values()])
    return estimate(resample([column], REPLICATES, 0)[0])


def percent(found: Estimate) -> str:
    """A share with its interval."""
    if found.value is None:
        return "–"
    return f"{found.value:.1%}" + ("" if found.interval is None else " [{:.0%}, {:.0%}]".format(*found.interval))


def summary(arm: Arm, rows: Sequence[Row], policy: int, reward: int) -> dict[str, Any]:
    """An arm's figures; ``policy`` and ``reward`` are the models' parameters."""
    count = len(rows)
    judged = [row for row in rows if row.unseen is not None]
    flops = [2 * (policy * row.policy_positions + reward * row.reward_positions) for row in rows]
    expanded, candidates = sum(row.expanded for row in rows), sum(row.candidates for row in rows)
    return {
        "arm": arm.name,
        "width": arm.width,
        "rows": count,
        "verified and correct": mean(rows, lambda row: row.good),
        "correct": mean(rows, lambda row: row.correct),
        "generated tokens": sum(row.generated for row in rows) / count,
        "gigaflops": sum(flops) / count / 1e9,
        "reward calls": sum(row.calls for row in rows) / count,
        "expanded": expanded,
        "candidates": candidates,
        "calls for each expanded": sum(row.calls for row in rows) / expanded if expanded else None,
        "seconds": sum(row.seconds for row in rows) / count,
        "unseen tokens": mean(judged, lambda row: row.unseen or 0) if judged else None,
    }


def uncached(args: Any, items: Sequence[Item], policy: Any) -> list[dict[str, Any]]:
    """Seconds and positions of the multifurcation search with tries, and with both emptied before every call."""
    found = []
    settings = Multifurcation(
        n=args.uncached_width, nucleus=args.nucleus, top_k=args.top_k, max_new_tokens=args.max_new_tokens
    )
    options = SolveOptions(strategy="multifurcation", settings=settings, verifier=f"mrm:{args.mrm}")
    for forgets in (False, True):
        with closing(verifier_for(policy, options)) as verifier:
            asked = [Forgetful(each) if forgets else each for each in (policy, verifier)]
            before = positions(policy)[0], positions(verifier)[0]
            began = time.perf_counter()
            for item in items[: args.uncached]:
                policy.forget()
                verifier.forget()  # type: ignore[attr-defined]
                list(solve_all([item.problem], asked[0], options, verifier=asked[1]))
            seconds = time.perf_counter() - began
            found.append(
                {
                    "tries": "emptied before every call" if forgets else "kept",
                    "seconds": seconds,
                    "policy positions": positions(policy)[0] - before[0],
                    "reward positions": positions(verifier)[0] - before[1],
                }
            )
    return found


class Forgetful:
    """A policy or a reward that forgets everything before every call."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name in ("next_tokens", "score_next"):
            self._inner.forget()
        return found


def chosen(args: Any) -> list[Item]:
    """The rows that are searched."""
    items = list(items_of(f"proofwriter:{args.data / 'logic' / 'proofwriter_owa_d5_dev.jsonl'}", 0))
    return random.Random(args.seed).sample(items, min(args.rows, len(items)))


def main() -> None:
    started = time.perf_counter()
    args = arguments()
    kept = ("prm", "mrm", "rows", "nucleus", "top_k", "max_new_tokens", "temperature", "seed", "data")
    settle(args.runs, args, *kept)
    items = chosen(args)
    policy: Any = open_policy("embedded")
    wanted = [arm for arm in arms(args) if not args.arms or arm.name in args.arms]
    figures = []
    for arm in wanted:
        run_arm(arm, items, args, policy)
        print(f"{time.perf_counter() - started:.0f} s: {arm.name}, {arm.width}", flush=True)
        rows = list(read_records(file_of(arm, args), Row))
        figures.append(summary(arm, rows[: args.rows], policy.parameters, parameters_of(arm, policy)))
    columns = ("search", "width", "verified and correct", "correct", "tokens", "GFLOP", "reward calls",
               "candidates / expanded", "calls / expanded", "s / row", "unseen tokens")  # fmt: skip
    cells = [
        (each["arm"], each["width"], percent(each["verified and correct"]), percent(each["correct"]),
         round(each["generated tokens"]), f"{each['gigaflops']:.2f}", round(each["reward calls"]),
         each["candidates"] / each["expanded"] if each["expanded"] else None, each["calls for each expanded"],
         each["seconds"], "" if each["unseen tokens"] is None else f"{each['unseen tokens'].value:.1f}")
        for each in figures
    ]  # fmt: skip
    tables = [table(f"{len(items)} rows of ProofWriter D5", columns, cells)]
    found: dict[str, Any] = {"arms": msgspec.to_builtins(figures)}
    if args.uncached:
        found["uncached"] = uncached(args, items, policy)
        names = ("tries", "seconds", "policy positions", "reward positions")
        told = [tuple(each[name] for name in names) for each in found["uncached"]]
        tables.append(table(f"width {args.uncached_width}, {args.uncached} rows", names, told))
    policy.close()
    finish("reward_search", found, tables, args.out, started)
    if args.png:
        draw(args.png, figures)


def parameters_of(arm: Arm, policy: Any) -> int:
    """How many parameters the model has that scores."""
    with closing(verifier_for(policy, SolveOptions(verifier=arm.verifier))) as verifier:
        return int(getattr(verifier, "parameters", 0) or 0)


def draw(path: Path, figures: Sequence[dict[str, Any]]) -> None:
    """Verified and correct against floating-point operations, a curve for each search."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(7, 4.6))
    for name in dict.fromkeys(each["arm"] for each in figures):
        own = [each for each in figures if each["arm"] == name]
        values = [each["verified and correct"] for each in own]
        spread = [[v.value - (v.interval or (v.value,))[0] for v in values],
                  [(v.interval or (v.value,))[-1] - v.value for v in values]]  # fmt: skip
        axis.errorbar([each["gigaflops"] for each in own], [v.value for v in values], yerr=spread, marker="o",
                      markersize=4, linewidth=1.2, elinewidth=0.6, capsize=2, label=name)  # fmt: skip
    axis.set(xscale="log", xlabel="GFLOP a problem, policy and reward model", ylabel="verified and correct")
    axis.yaxis.set_major_formatter("{x:.0%}")
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def arguments() -> Any:
    made = parser(__doc__)
    made.add_argument("--runs", type=Path, required=True, help="folder of what was searched")
    made.add_argument("--prm", required=True, help="folder of the process reward model")
    made.add_argument("--mrm", required=True, help="folder of the multifurcation reward model")
    made.add_argument("--rows", type=int, default=60)
    made.add_argument("--widths", type=lambda text: [int(each) for each in text.split(",")], default=[1, 2, 4, 8, 16])
    made.add_argument("--arms", action="append", help="only these (may be given again)")
    made.add_argument("--nucleus", type=float, default=0.98)
    made.add_argument("--top-k", type=int, default=8)
    made.add_argument("--max-new-tokens", type=int, default=320)
    made.add_argument("--temperature", type=float, default=0.7)
    made.add_argument("--uncached", type=int, default=0, help="rows searched once more with the tries off")
    made.add_argument("--uncached-width", type=int, default=8)
    made.add_argument("--seed", type=int, default=5)
    made.add_argument("--png", type=Path, help="draw the curves")
    return made.parse_args()


if __name__ == "__main__":
    main()

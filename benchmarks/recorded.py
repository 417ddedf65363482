"""An illustration: strategies over recorded maths solutions, accuracy against tokens, without running a model.

    python benchmarks/recorded.py --out recorded.json --png recorded.png

The data are 24 solutions each of 29 MATH-500 problems by Qwen2.5-1.5B-Instruct at temperature 0.7, with the rewards of
a process reward model (mean over steps). The project's own strategies run over the replay policy, and the recorded
reward is the verifier, also where a strategy wants a confidence. The data's own grader says what is right. Solutions
are dealt without repetition, in several orders; all strategies see the same orders. 29 problems are few, and one model,
one reward and no greedy chain are no basis for a ranking: look at the intervals, which are over problems.

Sweeps over n are what they are. The strategies that stop by themselves are cross-fitted: for each budget, that of
self-consistency with so many chains, their threshold and their n are chosen on the other folds' problems alone, those
with the best accuracy that keep to the budget on average there. So a held-out mean can miss the budget a little. As the
reward stands for the confidence, weighted-best-of-n and confidence-weighted-self-consistency give the same answers.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from common import finish, parser, progress, share, spread, table

from verisearch import plugins
from verisearch.answers import equivalent, final_answer, maths
from verisearch.policies.recordings import Recording, Sample
from verisearch.policies.replay import ReplayPolicy
from verisearch.policies.seeds import derive_seed
from verisearch.protocols import Message, Request
from verisearch.runtime.engine import Engine, Search
from verisearch.runtime.prompting import Template
from verisearch.search.adaptive import AdaptiveConsistency, EarlyStopping, WeightedAdaptiveConsistency
from verisearch.search.best_of_n import BestOfN
from verisearch.search.chains import Settings
from verisearch.trace import Problem
from verisearch.verifiers import Surroundings
from verisearch.verifiers.replay import SampleVerifier

FILE = "math/math500_samples.jsonl"
SIZES = (1, 2, 4, 8, 16, 24)
#: Budgets of the strategies that stop by themselves: self-consistency's mean tokens with so many chains.
BUDGETS = (2, 4, 8, 16)
FOLDS = 5
RESAMPLES = 10_000

#: A solution is one step: no text holds this.
TEMPLATE = Template(name="recorded", turns=(Message("user", "{{ question }}"),), step="\0", step_tokens=100_000)

#: Strategies that take n chains, and those that stop by a threshold, with the thresholds to choose from.
SIZED: dict[str, Callable[[int], Settings]] = {
    "best-of-n": lambda n: BestOfN(n=n, verifier="replay"),
    "weighted-best-of-n": lambda n: BestOfN(n=n, verifier="replay"),
    "self-consistency": lambda n: Settings(n=n, verifier="replay"),
    "confidence-weighted-self-consistency": lambda n: Settings(n=n, verifier="replay"),
}
STOPPING: dict[str, tuple[Callable[[int, float], Settings], tuple[float, ...]]] = {
    "adaptive-consistency": (
        lambda n, threshold: AdaptiveConsistency(n=n, threshold=threshold, verifier="replay"),
        (0.7, 0.8, 0.9, 0.95, 0.98, 0.995, 1.0),
    ),
    "weighted-adaptive-consistency": (
        lambda n, tau: WeightedAdaptiveConsistency(n=n, tau=tau, verifier="replay"),
        (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0),
    ),
    "early-stopping": (
        lambda n, tau: EarlyStopping(n=n, tau=tau, verifier="replay"),
        (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0),
    ),
}


class Dealer(ReplayPolicy):
    """The replay policy dealing each recording's samples one after the other, none twice, in an order that depends on
    the deal: the k-th chain about a problem is the same whatever strategy asks for it."""

    def deal(self, number: int) -> None:
        """Shuffle anew. Equal numbers, equal orders."""
        self.orders: dict[str, Iterator[Sample]] = {}
        for recording in self.recordings:
            keyed = [
                (derive_seed(number, recording.problem_id, index), each) for index, each in enumerate(recording.samples)
            ]
            self.orders[recording.problem_id] = iter([each for _, each in sorted(keyed, key=lambda pair: pair[0])])

    def choose(self, samples: list[Sample], request: Request) -> list[Sample]:
        recording = self.recording_of(request.prefix.messages)
        assert recording is not None
        return [next(self.orders[recording.problem_id]) for _ in request.seeds]


class Rule(NamedTuple):
    """When a strategy stops: at its threshold, and after n chains at the latest."""

    threshold: float
    n: int


class Point(NamedTuple):
    """What a strategy did with one problem, on average over the deals."""

    right: float
    tokens: float
    chains: float


Points = dict[str, Point]


def problem_of(recording: Recording) -> Problem:
    return Problem(id=recording.problem_id, question=recording.messages[-1].content, answer_kind="expression")


def play(
    policy: Dealer, recordings: Sequence[Recording], strategy: str, settings: Settings, deals: Sequence[int]
) -> Points:
    """Run a strategy on every problem, once a deal."""
    make = plugins.load("strategies", strategy)
    problems = [problem_of(recording) for recording in recordings]
    verifier = SampleVerifier(policy, Surroundings(messages=TEMPLATE.messages), own=False)
    found: dict[str, list[Point]] = defaultdict(list)
    for deal in deals:
        policy.deal(deal)
        engine = Engine(policy, {verifier.name: verifier}, TEMPLATE)
        for search in engine.run(problems, lambda: make(settings)):
            found[search.problem.id].append(outcome(policy, search))
    return {name: averaged(points) for name, points in found.items()}


def outcome(policy: Dealer, search: Search) -> Point:
    """Whether the chosen chain is right by the data's grader, and what the search cost."""
    node = search.choice.node
    sample = None if node is None else policy.sample_of(TEMPLATE.messages(search.problem), node.written)
    chains = sum("draw" in event for event in search.events)
    return Point(float(sample is not None and bool(sample.correct)), search.usage.generated_tokens, chains)


def averaged(points: Sequence[Point]) -> Point:
    return Point(*(fmean(column) for column in zip(*points, strict=True)))


# --- choosing thresholds ----------------------------------------------------------------------------------------
def folds_of(names: Sequence[str], count: int) -> dict[str, int]:
    """A fold for each problem, even in size and fixed by the problems' names."""
    ranked = sorted(names, key=lambda name: derive_seed(0, "fold", name))
    return {name: place % count for place, name in enumerate(ranked)}


def best_rule(runs: Mapping[Rule, Points], names: Sequence[str], budget: float) -> Rule:
    """The rule with the best accuracy on ``names`` among those that keep to ``budget`` tokens on average there; of
    equally good ones the cheapest. If none keeps to it, the cheapest of all."""
    means = {rule: averaged([points[name] for name in names]) for rule, points in runs.items()}
    within = [rule for rule, mean in means.items() if mean.tokens <= budget]
    if not within:
        return min(means, key=lambda rule: means[rule].tokens)
    return max(within, key=lambda rule: (means[rule].right, -means[rule].tokens))


def cross_fitted(runs: Mapping[Rule, Points], folds: Mapping[str, int], budget: float) -> tuple[Points, list[Rule]]:
    """Each problem under the rule that the problems of the other folds chose, and these rules by fold."""
    held: Points = {}
    chosen = []
    for fold in sorted(set(folds.values())):
        chosen.append(best_rule(runs, [name for name in folds if folds[name] != fold], budget))
        held |= {name: runs[chosen[-1]][name] for name in folds if folds[name] == fold}
    return held, chosen


# --- intervals --------------------------------------------------------------------------------------------------
def bootstrap(values: Sequence[float], resamples: int = RESAMPLES, seed: int = 0) -> tuple[float, float]:
    """The 95% percentile interval of the mean of ``values``, one a problem, problems drawn with replacement."""
    chance = random.Random(seed)
    means = sorted(fmean(chance.choices(values, k=len(values))) for _ in range(resamples))
    return means[int(0.025 * resamples)], means[int(0.975 * resamples) - 1]


def row_of(strategy: str, setting: str, points: Points, beside: Points | None = None) -> dict[str, Any]:
    """A row of the results. ``beside``: what to compare with, problem by problem."""
    rights = [points[name].right for name in points]
    mean = averaged(list(points.values()))
    row: dict[str, Any] = {
        "strategy": strategy,
        "setting": setting,
        "tokens": mean.tokens,
        "chains": mean.chains,
        "accuracy": mean.right,
        "interval": bootstrap(rights),
        "by_problem": {name: point._asdict() for name, point in points.items()},
    }
    if beside is not None:
        differences = [points[name].right - beside[name].right for name in points]
        row["difference"] = fmean(differences)
        row["difference_interval"] = bootstrap(differences)
    return row


def measure(policy: Dealer, recordings: Sequence[Recording], deals: Sequence[int]) -> list[dict[str, Any]]:
    """All rows."""
    most = min(len(recording.samples) for recording in recordings)
    sizes = [n for n in SIZES if n <= most]
    sized = [(name, n) for name in SIZED for n in sizes]
    stopping = [
        (name, Rule(value, n)) for name, (_, values) in STOPPING.items() for value in values for n in sizes if n > 1
    ]
    by_size: dict[str, dict[int, Points]] = defaultdict(dict)
    by_rule: dict[str, dict[Rule, Points]] = defaultdict(dict)
    for name, n in progress(sized, "so many chains"):
        by_size[name][n] = play(policy, recordings, name, SIZED[name](n), deals)
    for name, rule in progress(stopping, "until it stops"):
        by_rule[name][rule] = play(policy, recordings, name, STOPPING[name][0](rule.n, rule.threshold), deals)
    votes = by_size["self-consistency"]
    rows = [
        row_of(name, f"n = {n}", by_size[name][n], votes[n] if name != "self-consistency" else None)
        for name, n in sized
    ]
    folds = folds_of([recording.problem_id for recording in recordings], min(FOLDS, len(recordings)))
    for name in STOPPING:
        for n in (n for n in BUDGETS if n in sizes):
            budget = averaged(list(votes[n].values())).tokens
            points, rules = cross_fitted(by_rule[name], folds, budget)
            fitted = {"budget": budget, "rules": [rule._asdict() for rule in rules]}
            rows.append(row_of(name, f"budget of n = {n}", points, votes[n]) | fitted)
    return rows


def agreement(recordings: Sequence[Recording], golds: Mapping[str, str]) -> dict[str, int]:
    """How `verisearch.answers` and the data's grader agree on the samples: counts of ``grader: ours``."""
    counts: dict[str, int] = defaultdict(int)
    for recording in progress(recordings, "comparing answers"):
        problem = problem_of(recording)
        for sample in recording.samples:
            answer = final_answer(sample.text, problem)
            gold = golds[recording.problem_id]
            ours = "no answer" if answer is None else equivalent(gold, answer, kind="expression").status
            counts[f"{'right' if sample.correct else 'wrong'}: {ours}"] += 1
    return dict(sorted(counts.items()))


# --- showing ----------------------------------------------------------------------------------------------------
def shown(row: Mapping[str, Any]) -> list[object]:
    def percent(value: float, sign: str = "") -> str:
        return f"{100 * value:{sign}.1f}"

    low, high = row["interval"]
    cells: list[object] = [row["strategy"], row["setting"], f"{row['chains']:.1f}", f"{row['tokens']:,.0f}"]
    cells += [percent(row["accuracy"]), f"{percent(low)} – {percent(high)}"]
    if "difference" not in row:
        return [*cells, None, None]
    low, high = row["difference_interval"]
    return [*cells, percent(row["difference"], "+"), f"{percent(low, '+')} – {percent(high, '+')}"]


def plot(rows: Sequence[Mapping[str, Any]], ceiling: float, path: Path) -> None:
    """Accuracy against tokens as a picture. Needs matplotlib (extra plots)."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 5.6), layout="constrained")
    names = list(dict.fromkeys(row["strategy"] for row in rows))
    for place, name in enumerate(names):
        own = sorted((row for row in rows if row["strategy"] == name), key=lambda row: row["tokens"])
        tokens = [row["tokens"] for row in own]
        # two of them coincide: the one below is drawn broad
        style: dict[str, Any] = {"ls": "--" if name in STOPPING else "-", "color": f"C{place}", "label": name}
        style |= {"lw": 7, "alpha": 0.4} if name == "weighted-best-of-n" else {"marker": "o", "ms": 4}
        axes.plot(tokens, [100 * row["accuracy"] for row in own], **style)
        if name in ("best-of-n", "self-consistency"):  # more bands would hide each other
            low, high = zip(*(row["interval"] for row in own), strict=True)
            axes.fill_between(
                tokens, [100 * x for x in low], [100 * x for x in high], color=f"C{place}", alpha=0.1, lw=0
            )
    axes.axhline(100 * ceiling, color="0.5", lw=1, ls=":")
    axes.annotate("some solution is right", (1, 100 * ceiling), xycoords=("axes fraction", "data"),
                  xytext=(-4, -4), textcoords="offset points", ha="right", va="top", color="0.35")  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("tokens a problem")
    axes.set_ylabel("accuracy, %")
    axes.set_title(f"Recorded solutions, {len(rows[0]['by_problem'])} problems (bands: 95 % over problems)")
    axes.grid(alpha=0.25)
    axes.legend(fontsize=8, frameon=False, loc="lower right")
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def main() -> None:
    made = parser(__doc__, unit="problems")
    made.add_argument("--deals", type=int, default=10, help="orders in which the solutions are dealt; default 10")
    made.add_argument("--png", type=Path, help="draw accuracy against tokens into this file (extra plots)")
    args = made.parse_args()
    if args.png is not None:
        try:
            import matplotlib  # noqa: F401
        except ImportError:
            sys.exit("--png needs matplotlib: pip install 'verisearch[plots]'")
    started = time.perf_counter()
    path = args.data / FILE
    if not path.is_file():
        sys.exit(f"{path} is not there: name the data's folder with --data or VERISEARCH_DATA")
    policy = Dealer(path)
    recordings = spread(policy.recordings, args.limit)
    rows = measure(policy, recordings, range(args.deals))
    grades = agreement(recordings, golds_of(path))
    ceiling = fmean(any(sample.correct for sample in recording.samples) for recording in recordings)
    same = sum(count for what, count in grades.items() if (what[:6] == "right:") == (what[-6:] == " equal"))
    title = (
        f"Accuracy against tokens, {len(recordings)} problems, {args.deals} orders; some solution is right for "
        f"{100 * ceiling:.1f}%. Stopping rules cross-fitted. Against votes: self-consistency with the same n"
    )
    columns = ["strategy", "setting", "chains", "tokens", "accuracy", "95%", "against votes", "95%"]
    tables = [table(title, columns, [shown(row) for row in rows])]
    by_grade = [[what, count, share(count, sum(grades.values()))] for what, count in grades.items()]
    agreed = f"The data's grader and verisearch.answers agree on {share(same, sum(grades.values()))} of all solutions"
    tables.append(table(agreed, ["grader: ours", "solutions", "share"], by_grade))
    figures = {
        "settings": {"deals": args.deals, "limit": args.limit, "folds": FOLDS, "resamples": RESAMPLES},
        "math_verify": maths.available(),
        "some_solution_right": ceiling,
        "rows": rows,
        "grades": grades,
    }
    finish("recorded", figures, tables, args.out, started)
    if args.png is not None:
        plot(rows, ceiling, args.png)
        print(f"Wrote {args.png}")


def golds_of(path: Path) -> dict[str, str]:
    """Each problem's right answer; the recordings don't keep it."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    return {str(row["id"]): row["gold"] for row in rows}


if __name__ == "__main__":
    main()

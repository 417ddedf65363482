"""Does risk control keep its promise? Synthetic populations with known true risk, 200 calibration splits of each.

    python benchmarks/risk.py --out risk.json

Answer or abstain: how often the true risk at the chosen threshold is above alpha (at most 28 of 200 at delta = .1), and
the share of questions answered. Beside it stand two ways without the guarantee: the most lenient threshold at which the
split's own error rate is at most alpha, and the test fed with all items of each group as if they were independent.
Token control: the true mean of tokens at the chosen thresholds against the budget.
"""

from __future__ import annotations

import random
import sys
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from statistics import mean
from typing import Any, NamedTuple

from common import finish, parser, progress, table

from verisearch.evaluation.risk import (
    Item,
    Spending,
    binomial_tail,
    calibrate,
    control_tokens,
    even_grid,
    grid_from,
    one_per_group,
    stopping_tokens,
)

SPLITS, DELTA, ALPHAS = 200, 0.1, (0.02, 0.05, 0.1)
#: Most violations of 200 at delta = .1: 200 independent ones of probability .1 are more often only 1 time in 40.
ALLOWED = 28
LEVELS = tuple(step / 100 for step in range(101))
STEPS = even_grid(50)

#: Draws a question may take, tokens a draw, and the budgets to keep to on average.
DRAWS, TOKENS, BUDGETS = 16, 100, (200.0, 400.0, 800.0)


class Population(NamedTuple):
    """The law of an item: how probable each score level is and how probable an error is there (for alpha).

    Each of the ``size`` items of a group is with probability ``shared`` a copy of one item drawn for the group, else
    drawn afresh; ``none``: the share without a score. All items have the same law, so that risks have a closed form.
    """

    name: str
    weights: tuple[float, ...]
    errors: Callable[[float, float], float]
    groups: int = 400
    size: int = 1
    shared: float = 0.0
    none: float = 0.05
    fixed: bool = False  # tested on the even grid, not on one made from other items' scores

    def draw(self, chance: random.Random, alpha: float) -> list[Item]:
        """A sample of ``groups`` groups."""
        sums = list(accumulate(self.weights))

        def one() -> tuple[float | None, bool]:
            level = LEVELS[min(bisect_left(sums, chance.random() * sums[-1]), len(LEVELS) - 1)]
            right = chance.random() >= self.errors(level, alpha)
            return (None if chance.random() < self.none else level), right

        items = []
        for group in range(self.groups):
            common = one()
            for index in range(self.size):
                score, right = common if chance.random() < self.shared else one()
                items.append(Item(f"{group}-{index}", score, right, str(group)))
        return items

    def truth(self, threshold: float | None, alpha: float) -> tuple[float, float]:
        """The true risk among the answered and the true answered share; 0 and 0 for None."""
        if threshold is None:
            return 0.0, 0.0
        kept = [(weight, self.errors(level, alpha)) for weight, level in self.laws() if level >= threshold]
        answered = sum(weight for weight, _ in kept)
        risk = sum(weight * error for weight, error in kept) / answered if answered else 0.0
        return risk, answered * (1 - self.none) / sum(self.weights)

    def laws(self) -> list[tuple[float, float]]:
        return list(zip(self.weights, LEVELS, strict=True))


def populations() -> list[Population]:
    """From well-behaved to hostile."""
    even, high = (1.0,) * len(LEVELS), tuple(0.2 + level**3 for level in LEVELS)
    ties = tuple({0.0: 0.3, 0.5: 0.2, 1.0: 0.5}.get(level, 0.0) for level in LEVELS)
    return [
        Population("calibrated scores", high, lambda level, _: 0.4 * (1 - level) ** 1.5, groups=1000),
        Population("ties (0, ½, 1), even grid", ties, lambda level, _: 0.4 * (1 - level) + 0.005, fixed=True),
        Population("risk just above alpha everywhere", even, lambda _, alpha: alpha * 1.001),
        Population("confident and wrong at the top", high, lambda level, _: 0.12 if level > 0.9 else 0.03),
        Population(
            "4 a group, correlated", high, lambda level, _: 0.4 * (1 - level) ** 1.5, groups=250, size=4, shared=0.9
        ),
        Population(
            "4 a group, just above alpha", even, lambda _, alpha: alpha * 1.001, groups=200, size=4, shared=0.9, none=0
        ),
    ]


def naive(items: Sequence[Item], grid: Sequence[float], alpha: float) -> float | None:
    """The most lenient threshold at which the items' own error rate is at most alpha."""
    scored = sorted((item.score, not item.right) for item in items if item.score is not None)
    wrong = [0, *accumulate(error for _, error in reversed(scored))]
    best = None
    for threshold in grid:
        answered = len(scored) - bisect_left(scored, (threshold, False))
        if answered and wrong[answered] <= alpha * answered:
            best = threshold
    return best


def selective(population: Population, alpha: float, seed: int) -> dict[str, Any]:
    """Counts over the splits of one population at one target."""
    chosen: dict[str, list[float | None]] = {"control": [], "naive": [], "all items": []}
    for split in range(SPLITS):
        chance = random.Random(f"{seed} {population.name} {alpha} {split}")
        others = population._replace(groups=population.groups // 4).draw(chance, alpha)
        calibration = population.draw(chance, alpha)
        tested = one_per_group(calibration, seed=split)  # what `calibrate` draws itself, once for both ways
        grid = STEPS
        if not population.fixed:
            grid = grid_from((item.score for item in others), len(tested), alpha, DELTA)
        chosen["control"].append(calibrate(tested, grid, alpha, DELTA).threshold)
        chosen["naive"].append(naive(tested, grid, alpha))
        if population.size > 1:
            chosen["all items"].append(calibrate(calibration, grid, alpha, DELTA, independent=True).threshold)
    figures: dict[str, Any] = {"population": population.name, "alpha": alpha, "tested": len(tested)}
    for way, thresholds in chosen.items():
        if not thresholds:
            continue
        truths = [population.truth(threshold, alpha) for threshold in thresholds]
        figures[way] = {
            "violations": sum(risk > alpha for risk, _ in truths),
            "answered_share": mean(answered for _, answered in truths),
            "abstained_splits": sum(threshold is None for threshold in thresholds),
        }
    figures["best_share"] = max(
        (share for risk, share in (population.truth(level, alpha) for level in LEVELS) if risk <= alpha), default=0.0
    )
    return figures


def true_tokens(threshold: float | None) -> float:
    """Mean tokens of a question whose draws' scores are uniform on [0, 1], stopped at the first ≥ ``threshold``."""
    if threshold is None:
        return 0.0
    return TOKENS * (DRAWS if threshold == 1 else (1 - threshold**DRAWS) / (1 - threshold))


def tokens(budget: float, items: int, seed: int) -> dict[str, Any]:
    """Token control over the splits at one budget."""
    spent, thresholds = [], []
    for split in range(SPLITS):
        chance = random.Random(f"{seed} tokens {budget} {items} {split}")
        drawn = [
            Spending(str(item), stopping_tokens([(chance.random(), TOKENS) for _ in range(DRAWS)], STEPS))
            for item in range(items)
        ]
        rule = control_tokens(drawn, STEPS, budget, maximum=DRAWS * TOKENS)
        thresholds.append(rule.threshold)
        spent.append(true_tokens(rule.threshold))
    return {
        "budget": budget,
        "items": items,
        "mean_tokens": mean(spent),
        "splits_above_budget": sum(each > budget for each in spent),
        "mean_threshold": mean(each for each in thresholds if each is not None) if any(thresholds) else None,
        "spent_nothing": sum(each is None for each in thresholds),
    }


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--seed", type=int, default=0)
    args = made.parse_args()
    started = time.perf_counter()
    cells = [(population, alpha) for population in populations() for alpha in ALPHAS]
    rows = [selective(population, alpha, args.seed) for population, alpha in progress(cells, "answer or abstain")]
    stops = [tokens(budget, items, args.seed) for budget in BUDGETS for items in (20, 100)]
    worst = max(row["control"]["violations"] for row in rows)
    chance = 1 - binomial_tail(ALLOWED, SPLITS, DELTA)
    columns = ["population", "alpha", "items", "violations", "answered", "best", "naive: viol.", "all items: viol."]
    shown = [
        [
            row["population"],
            row["alpha"],
            row["tested"],
            row["control"]["violations"],
            f"{100 * row['control']['answered_share']:.1f}%",
            f"{100 * row['best_share']:.1f}%",
            row["naive"]["violations"],
            row["all items"]["violations"] if "all items" in row else None,
        ]
        for row in rows
    ]
    title = f"Splits of {SPLITS} whose true risk is above alpha, delta = {DELTA}: at most {worst}; allowed {ALLOWED}"
    columns2 = ["budget", "items", "mean tokens", "splits above", "mean threshold", "spent nothing"]
    shown2 = [
        [
            f"{row['budget']:.0f}",
            row["items"],
            row["mean_tokens"],
            row["splits_above_budget"],
            row["mean_threshold"],
            row["spent_nothing"],
        ]
        for row in stops
    ]
    tables = [
        table(title, columns, shown),
        table(f"Tokens: true mean at the chosen threshold, {SPLITS} splits", columns2, shown2),
    ]
    figures = {
        "settings": {"splits": SPLITS, "delta": DELTA, "allowed": ALLOWED, "seed": args.seed},
        "chance_of_more_than_allowed_at_exactly_delta": chance,
        "worst": worst,
        "answer_or_abstain": rows,
        "tokens": stops,
    }
    finish("risk", figures, tables, args.out, started)
    if worst > ALLOWED:
        sys.exit(f"{worst} violations of {SPLITS}: more than {ALLOWED}")


if __name__ == "__main__":
    main()

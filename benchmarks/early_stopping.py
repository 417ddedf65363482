"""Stopping by a trained confidence: accuracy against the number of chains, below the cap.

    python benchmarks/early_stopping.py --runs runs/early --confidence runs/confidence --hard runs/hard

Sixteen chains of every row of ProofWriter's D5 development file, drawn once at temperature 0.7, each with the policy's
own P(True), and with the confidences that were trained on soft self-consistency and (``--hard``) on gold answers. The
theories are dealt into two halves: thresholds are chosen on one and measured on the other, and the other way round.
Rules: self-consistency of the first n; early stopping (the first chain with confidence tau, else the heaviest answer of
all); weighted adaptive consistency (stop when the leading answer has the share tau of all confidence, after two chains
at least); adaptive consistency (the Beta rule). Every rule sees the chains in the same orders. For each target mean the
threshold is the one with the highest accuracy on the other half among those that keep to it there; and for the aim, the
cheapest that is as accurate there as self-consistency of all sixteen. Calibration (ECE, AUROC) of each confidence too.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import torch
from common import finish, parser, progress, settle, table

from verisearch.answers import final_answer
from verisearch.evaluation.bootstrap import Estimate, difference, estimate, resample
from verisearch.policies import open_policy
from verisearch.policies.opening import DEFAULT_POLICY
from verisearch.runtime.solving import template_for
from verisearch.search.votes import majority_probability
from verisearch.training.adapting import language_model
from verisearch.training.calibration.assessing import measured
from verisearch.training.plans import items_of, weights_of
from verisearch.training.rollouts import Drawing, draw_rollouts, read_rollouts
from verisearch.training.selfcalibration.recipe import Asker, confidences, learned_model
from verisearch.verifiers.p_true import read_asked

CAP = 16
TARGETS = (1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
#: Thresholds that are tried: so many quantiles of the confidences that there are, whatever their scale.
GRID = 60
REPLICATES = 1000


class Question(NamedTuple):
    """A row: its theory, and of each chain the answer (None: none), whether it is right, and each confidence in it."""

    group: str
    answers: list[str | None]
    right: list[bool]
    confidence: dict[str, list[float]]


class Stop(NamedTuple):
    """After how many chains a rule stopped, and whether its answer is right."""

    chains: int
    right: bool


#: A rule: what it does with a question's chains in an order.
Rule = Callable[[Question, Sequence[int]], Stop]


def heaviest(question: Question, order: Sequence[int], weights: Sequence[float]) -> bool:
    """Whether the answer with the most weight is right; of equals the first."""
    total: dict[str, float] = {}
    right: dict[str, bool] = {}
    for place, weight in zip(order, weights, strict=True):
        answer = question.answers[place]
        if answer is not None:
            total[answer] = total.get(answer, 0.0) + weight
            right[answer] = question.right[place]
    return right[max(total, key=lambda answer: total[answer])] if total else False


def majority(count: int) -> Rule:
    def rule(question: Question, order: Sequence[int]) -> Stop:
        return Stop(count, heaviest(question, order[:count], [1.0] * count))

    return rule


def early(which: str, tau: float) -> Rule:
    def rule(question: Question, order: Sequence[int]) -> Stop:
        own = question.confidence[which]
        for number, place in enumerate(order, 1):
            if question.answers[place] is not None and own[place] >= tau:
                return Stop(number, question.right[place])
        return Stop(len(order), heaviest(question, order, [own[place] for place in order]))

    return rule


def weighted(which: str, tau: float) -> Rule:
    def rule(question: Question, order: Sequence[int]) -> Stop:
        own = question.confidence[which]
        total: dict[str | None, float] = {}
        for number, place in enumerate(order, 1):
            total[question.answers[place]] = total.get(question.answers[place], 0.0) + own[place]
            best = max((weight for answer, weight in total.items() if answer is not None), default=0.0)
            if number >= 2 and best > 0 and best >= tau * sum(total.values()):
                break
        return Stop(number, heaviest(question, order[:number], [own[place] for place in order[:number]]))

    return rule


def adaptive(threshold: float) -> Rule:
    def rule(question: Question, order: Sequence[int]) -> Stop:
        count: dict[str | None, int] = {}
        drawn = 0
        for place in order:
            drawn += 1
            count[question.answers[place]] = count.get(question.answers[place], 0) + 1
            ranked = sorted((each for answer, each in count.items() if answer is not None), reverse=True)
            if ranked:
                other = max([*ranked[1:2], count.get(None, 0)])
                if majority_probability(ranked[0], other) >= threshold:
                    break
        return Stop(drawn, heaviest(question, order[:drawn], [1.0] * drawn))

    return rule


class Curve(NamedTuple):
    """What a rule did with each question, on average over orders: chains, and how often right."""

    chains: list[float]
    right: list[float]


def play(rule: Rule, questions: Sequence[Question], orders: Sequence[Sequence[Sequence[int]]]) -> Curve:
    chains, right = [], []
    for question, own in zip(questions, orders, strict=True):
        stops = [rule(question, order) for order in own]
        chains.append(fmean(stop.chains for stop in stops))
        right.append(fmean(stop.right for stop in stops))
    return Curve(chains, right)


def thresholds(values: Sequence[float]) -> list[float]:
    """Some of the values, evenly spread over their order."""
    ordered = sorted(values)
    return sorted({ordered[round(place * (len(ordered) - 1) / (GRID - 1))] for place in range(GRID)})


def families(questions: Sequence[Question]) -> dict[str, dict[float, Rule]]:
    """Rules by name, and by their threshold."""
    beta = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999, 1.0]
    found = {"adaptive consistency": {value: adaptive(value) for value in beta}}
    shares = [0.34 + 0.66 * place / (GRID - 1) for place in range(GRID)]
    for name in questions[0].confidence:
        values = thresholds([value for question in questions for value in question.confidence[name]])
        found[f"early stopping, {name}"] = {tau: early(name, tau) for tau in values}
        found[f"weighted adaptive, {name}"] = {tau: weighted(name, tau) for tau in shares}
    return found


#: Chooses a threshold by the mean chains and the accuracy of each.
Chooser = Callable[[Mapping[float, tuple[float, float]]], float]


def cross_fitted(curves: Mapping[float, Curve], halves: Sequence[int], choose: Chooser) -> tuple[Curve, list[float]]:
    """Each question under the threshold that the other half chose, and both thresholds."""
    chains, right = [0.0] * len(halves), [0.0] * len(halves)
    taken = []
    for half in (0, 1):
        other = [place for place, each in enumerate(halves) if each != half]
        means = {
            value: (fmean(curve.chains[place] for place in other), fmean(curve.right[place] for place in other))
            for value, curve in curves.items()
        }
        taken.append(choose(means))
        for place, each in enumerate(halves):
            if each == half:
                chains[place], right[place] = curves[taken[-1]].chains[place], curves[taken[-1]].right[place]
    return Curve(chains, right), taken


def within(target: float) -> Chooser:
    """The most accurate threshold that keeps to a mean number of chains; the cheapest if none does."""

    def choose(means: Mapping[float, tuple[float, float]]) -> float:
        kept = [value for value, (chains, _) in means.items() if chains <= target]
        if not kept:
            return min(means, key=lambda value: means[value][0])
        return max(kept, key=lambda value: (means[value][1], -means[value][0]))

    return choose


def as_good(accuracy: Sequence[float], halves: Sequence[int]) -> Chooser:
    """The cheapest threshold that is as accurate as ``accuracy``, question by question; else the most accurate."""
    calls = iter((0, 1))

    def choose(means: Mapping[float, tuple[float, float]]) -> float:
        half = next(calls)
        wanted = fmean(value for value, each in zip(accuracy, halves, strict=True) if each != half)
        kept = [value for value, (_, right) in means.items() if right >= wanted - 1e-9]
        if not kept:
            return max(means, key=lambda value: means[value][1])
        return min(kept, key=lambda value: means[value][0])

    return choose


def figures(curve: Curve, beside: Curve, questions: Sequence[Question]) -> dict[str, Any]:
    """Accuracy and chains with intervals over theories, and the paired difference in accuracy."""
    groups: dict[str, list[int]] = {}
    for place, question in enumerate(questions):
        groups.setdefault(question.group, []).append(place)
    sums = [
        [sum(column[place] for place in own) for own in groups.values()]
        for column in (curve.right, beside.right, curve.chains, beside.chains)
    ]
    counts = [float(len(own)) for own in groups.values()]
    right, other, chains, all_chains = resample([(column, counts) for column in sums], REPLICATES, 0)
    return {
        "accuracy": estimate(right),
        "difference": difference(right, other),
        "chains": estimate(chains),
        "share": fmean(curve.chains) / fmean(beside.chains),
        "all": estimate(all_chains).value,
    }


def percent(found: Estimate, sign: str = "") -> str:
    if found.value is None:
        return "–"
    inside = (
        "" if found.interval is None else " [{:{s}.1f}, {:{s}.1f}]".format(*(100 * x for x in found.interval), s=sign)
    )
    return f"{100 * found.value:{sign}.1f}{inside}"


def questions_of(args: Any) -> list[Question]:
    """The pool: chains with their confidences."""
    policy = open_policy(args.policy)
    template = template_for(policy, None)
    path = args.runs / "pool.jsonl"
    items = list(items_of(f"proofwriter:{args.data / 'logic' / 'proofwriter_owa_d5_dev.jsonl'}", 0, args.limit))
    drawing = Drawing(samples=CAP, temperature=args.temperature, seed=args.seed)
    draw_rollouts(items, policy, template, path, drawing)
    policy.close()
    weights = weights_of(args.policy)
    asker = Asker(weights, template, read_asked(Path(args.confidence)))
    models = {"untrained": language_model(weights).eval(), "trained": learned_model(Path(args.confidence), weights)}
    if args.hard:
        models["hard targets"] = learned_model(Path(args.hard), weights)
    found = []
    for row in progress(list(read_rollouts(path)), "confidences"):
        chains = row.chains
        if len(chains) < CAP:
            continue
        answers = [final_answer(chain.written, row.problem) if chain.finished else None for chain in chains]
        found.append(
            Question(
                row.group, answers, [answer is not None and answer == row.problem.gold for answer in answers],
                {name: confidences(model, asker, row, chains) for name, model in models.items()},
            )
        )  # fmt: skip
    return found


def calibration(questions: Sequence[Question]) -> dict[str, Any]:
    """How well each confidence is calibrated over the chains that give an answer."""
    kept = [(question, place) for question in questions for place in range(CAP) if question.answers[place] is not None]
    scores = {name: [q.confidence[name][place] for q, place in kept] for name in questions[0].confidence}
    return measured(scores, [q.right[place] for q, place in kept], [q.group for q, _ in kept], 200, 0)


def main() -> None:
    started = time.perf_counter()
    args = arguments()
    settle(args.runs, args, "policy", "temperature", "limit", "seed", "data")
    torch.manual_seed(0)
    questions = questions_of(args)
    rng = random.Random(args.seed)
    orders = [[rng.sample(range(CAP), CAP) for _ in range(args.orders)] for _ in questions]
    groups = sorted({question.group for question in questions})
    half = {group: place % 2 for place, group in enumerate(random.Random(args.seed).sample(groups, len(groups)))}
    halves = [half[question.group] for question in questions]
    full = play(majority(CAP), questions, orders)
    rows: list[dict[str, Any]] = []
    for count in (1, 2, 4, 8, 16):
        rows.append({"rule": "self-consistency", "setting": f"n = {count}",
                     **figures(play(majority(count), questions, orders), full, questions)})  # fmt: skip
    for name, rules in families(questions).items():
        curves = {value: play(rule, questions, orders) for value, rule in rules.items()}
        for target in TARGETS:
            curve, taken = cross_fitted(curves, halves, within(target))
            rows.append({"rule": name, "setting": f"mean of {target:g}", "thresholds": taken,
                         **figures(curve, full, questions)})  # fmt: skip
        curve, taken = cross_fitted(curves, halves, as_good(full.right, halves))
        rows.append({"rule": name, "setting": "as accurate as n = 16", "thresholds": taken,
                     **figures(curve, full, questions)})  # fmt: skip
    told = calibration(questions)
    columns = ("rule", "setting", "chains", "% of 16", "accuracy, %", "against n = 16, points", "thresholds")
    cells = [
        (
            row["rule"],
            row["setting"],
            f"{row['chains'].value:.2f}",
            f"{100 * row['share']:.0f}",
            percent(row["accuracy"]),
            percent(row["difference"], "+"),
            ", ".join(f"{each:.3g}" for each in row.get("thresholds", ())),
        )
        for row in rows
    ]
    names = ("ece", "brier", "auroc", "aurc")
    about = [(name, *(percent(each.figures[what]) for what in names)) for name, each in told.items()]
    tables = [
        table(f"{len(questions)} rows, {args.orders} orders, thresholds from the other half", columns, cells),
        table("confidences, in hundredths", ("confidence", "ECE", "Brier", "AUROC", "AURC"), about),
    ]
    finish("early_stopping", {"rows": rows, "calibration": told}, tables, args.out, started)
    if args.png:
        plot(rows, args.png)


def plot(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Accuracy against chains."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(7.5, 4.8), layout="constrained")
    for name in dict.fromkeys(row["rule"] for row in rows):
        own = sorted((row["chains"].value, row["accuracy"].value) for row in rows
                     if row["rule"] == name and row["setting"][:2] != "as")  # fmt: skip
        axis.plot([x for x, _ in own], [100 * y for _, y in own], marker="o", markersize=3.5, linewidth=1.2, label=name)
    axis.set(xscale="log", xlabel="mean number of chains", ylabel="accuracy, %")
    axis.set_xticks([1, 2, 4, 8, 16], ["1", "2", "4", "8", "16"])
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8)
    figure.savefig(path, dpi=120)


def arguments() -> Any:
    made = parser(__doc__, unit="rows")
    made.add_argument("--runs", type=Path, required=True, help="folder of the chains")
    made.add_argument("--policy", default=DEFAULT_POLICY)
    made.add_argument("--confidence", required=True, help="folder of the trained confidence")
    made.add_argument("--hard", help="folder of one trained on hard targets")
    made.add_argument("--temperature", type=float, default=0.7)
    made.add_argument("--orders", type=int, default=20, help="orders in which the chains are dealt")
    made.add_argument("--seed", type=int, default=3)
    made.add_argument("--png", type=Path, help="draw accuracy against chains")
    return made.parse_args()


if __name__ == "__main__":
    main()

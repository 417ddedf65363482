"""What trained rewards are worth on chains that they have not seen.

    python benchmarks/rewards.py --runs runs/rewards --prm runs/prm --mrm runs/mrm --worlds 200 --rows 100

Fresh chains of the embedded model, on generated worlds and on rows of ProofWriter's D5 development file, each at
temperature 1 and 0.7, every step judged by the solver. Areas under the ROC curve, with 95 % intervals over theories:
the process reward against whether the chain ends verified and correct, its soundness against whether the step fails,
and beside it, without any training, the probability that the policy gave the least likely token of the step. Then how
close the multifurcation reward comes to the process reward: at the tokens of these chains, and at all tokens of the
nucleus behind some of their prefixes, most of which no chain went on with. Chains are drawn once and kept.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import torch
from common import finish, parser, progress, settle, table
from rich.table import Table

from verisearch.policies import open_policy
from verisearch.policies.opening import DEFAULT_POLICY
from verisearch.protocols import Prefix
from verisearch.runtime.prompting import Template
from verisearch.runtime.solving import template_for
from verisearch.training.adapting import language_model
from verisearch.training.cutting import Cutter
from verisearch.training.plans import items_of, weights_of
from verisearch.training.reward.assess import Area, Scored, area, assess
from verisearch.training.reward.cards import told, told_estimate
from verisearch.training.reward.closeness import Pair, compared, observed_pairs
from verisearch.training.reward.mrm import MultifurcationReward, forks_of, load_mrm
from verisearch.training.reward.prm import ProcessReward, trained_prm
from verisearch.training.rollouts import Drawing, Rollouts, draw_rollouts, read_rollouts
from verisearch.training.trees import Leaf, tree_of

MOST = 8000
#: The candidates of a fork: the nucleus, of so many tokens at most.
NUCLEUS, CANDIDATES = 0.98, 8


def sources(args: Any) -> dict[str, tuple[str, int]]:
    """The problems, by name: what `items_of` takes, and how many."""
    d5 = f"proofwriter:{args.data / 'logic' / 'proofwriter_owa_d5_dev.jsonl'}"
    return {"worlds": (f"worlds:{args.worlds}", args.worlds), "D5 dev": (d5, args.rows)}


def drawn(args: Any, name: str, temperature: float, policy: Any, template: Template) -> list[Rollouts]:
    """Fresh chains on one source's problems, made or found in the folder of runs."""
    data, count = sources(args)[name]
    items = list(items_of(data, args.seed))
    chosen = random.Random(args.seed).sample(items, min(count, len(items)))
    path = args.runs / f"{name.replace(' ', '-').lower()}-{temperature:g}.jsonl"
    drawing = Drawing(samples=args.samples, temperature=temperature, seed=args.seed)
    draw_rollouts(chosen, policy, template, path, drawing)
    return [each for each in read_rollouts(path) if each.chains]


@torch.inference_mode()
def surprises(lm: Any, cutter: Cutter, rollouts: Rollouts) -> Iterator[Scored]:
    """Of each step up to the first that fails, how likely its least likely token was, as if that were its soundness."""
    for tree, chains in cutter.lots(rollouts, MOST):
        said = lm(**tree.inputs(lm.device)).logits[0].log_softmax(-1)
        own = said[tree.parents.clamp(min=0)].gather(1, tree.ids[:, None])[:, 0].exp().tolist()
        for chain, path in zip(chains, tree.paths, strict=True):
            begin, failed = 0, chain.first_failure
            for step, end in enumerate(cutter.step_ends(chain)):
                least = min((own[place] for place in path[begin:end]), default=1.0)
                begin = end
                if chain.steps[step] is not None and (failed is None or step <= failed):
                    yield Scored(
                        group=rollouts.group, depth=rollouts.depth, step=step, reward=least, sound=least,
                        good=chain.good, fails=chain.steps[step] == "fails", spoilt=False,
                    )  # fmt: skip


def compare_all(
    policy: Any,
    model: MultifurcationReward,
    prm: ProcessReward,
    cutter: Cutter,
    rows: list[Rollouts],
    forks: int,
    seed: int,
) -> tuple[list[Pair], int]:
    """Both rewards of all candidates behind prefixes drawn at random, one prefix a problem; and how many calls the
    process reward took for them (the multifurcation reward takes one a prefix)."""
    pairs, rng = [], random.Random(seed)
    for each in rng.sample(rows, min(forks, len(rows))):
        chain = rng.choice(each.chains)
        ids = cutter.ids(chain)
        ids = ids[: rng.randrange(len(ids))] if ids else []
        prefix = msgspec.structs.replace(prefix_of(cutter, each), ids=tuple(ids))
        (choices,) = policy.next_tokens([prefix], top_p=NUCLEUS, top_k=CANDIDATES)
        wanted = [choice.id for choice in choices]
        tree = tree_of(cutter.prompt(each), [Leaf([*ids, token], True, 0) for token in wanted])
        with torch.inference_mode():
            seen = prm.policy.seen(tree)
            found = forks_of(tree, seen)
            said = dict(zip(found.places.tolist(), model.logits(found).tolist(), strict=True))
            ours = [said[path[-1]] for path in tree.paths]
            theirs = prm.logits(tree, seen)[[path[-1] for path in tree.paths], 0].tolist()
        pairs += [Pair(each.group, *row) for row in zip(wanted, ours, theirs, strict=True)]
    return pairs, len(pairs)


def prefix_of(cutter: Cutter, rollouts: Rollouts) -> Prefix:
    """What the policy was asked, with nothing written yet."""
    return Prefix(messages=cutter.template.messages(rollouts.problem))


def scatter(path: Path, panels: dict[str, list[Pair]]) -> None:
    """Draw one reward against the other."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(panels), figsize=(5 * len(panels), 4.6), squeeze=False)
    for axis, (name, pairs) in zip(axes[0], panels.items(), strict=True):
        shown = random.Random(0).sample(pairs, min(4000, len(pairs)))
        values = [torch.tensor([getattr(pair, what) for pair in shown]) for what in ("process", "multifurcation")]
        axis.scatter(*(each.sigmoid().tolist() for each in values), s=4, alpha=0.25, linewidths=0)
        axis.plot([0, 1], [0, 1], color="black", linewidth=0.8)
        axis.set(xlim=(0, 1), ylim=(0, 1), title=name, xlabel="process reward R(s + a)", aspect="equal")
        axis.set_ylabel("multifurcation reward M(s), entry a")
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> None:
    started = time.perf_counter()
    args = arguments()
    settle(args.runs, args, "policy", "worlds", "rows", "samples", "seed", "data")
    policy = open_policy(args.policy)
    template = template_for(policy, None)
    prm = trained_prm(args.prm)
    cutter = Cutter(prm.policy.source, template)
    lm = language_model(weights_of(args.policy)).eval()
    figures: dict[str, Any] = {}
    tables: list[Table] = []
    all_rows: list[Rollouts] = []
    for name in sources(args):
        for temperature in (1.0, 0.7):
            rows = drawn(args, name, temperature, policy, template)
            found = assess(prm, cutter, rows, MOST)
            plain = area([step for each in rows for step in surprises(lm, cutter, each)], lambda s: (s.fails, -s.sound))
            figures[f"{name}, T = {temperature:g}"] = {"reward": msgspec.to_builtins(found), "policy": plain}
            tables.append(areas(f"{name}, T = {temperature:g}", found, plain))
            all_rows += rows if temperature == 1.0 else []
    if args.mrm:
        figures["multifurcation"], made = close(args, policy, prm, cutter, all_rows)
        tables.append(made)
    policy.close()
    finish("rewards", msgspec.to_builtins(figures), tables, args.out, started)


def arguments() -> Any:
    made = parser(__doc__)
    made.add_argument("--runs", type=Path, required=True, help="folder of the chains")
    made.add_argument("--policy", default=DEFAULT_POLICY)
    made.add_argument("--prm", required=True, help="folder of the process reward model")
    made.add_argument("--mrm", help="folder of the multifurcation reward model")
    made.add_argument("--worlds", type=int, default=200, help="problems on generated worlds")
    made.add_argument("--rows", type=int, default=100, help="rows of ProofWriter")
    made.add_argument("--samples", type=int, default=8, help="chains a problem")
    made.add_argument("--forks", type=int, default=200, help="prefixes whose candidates are compared")
    made.add_argument("--seed", type=int, default=77, help="of worlds, rows and chains; rewards are trained with 0")
    made.add_argument("--png", type=Path, help="draw the multifurcation reward against the process reward")
    return made.parse_args()


def areas(title: str, found: Any, plain: Area) -> Table:
    """The areas of one source at one temperature."""
    rows = [
        ("ends verified and correct, by reward", told(found.good)),
        *((f"— depth {name}", told(each)) for name, each in found.good_by_depth.items()),
        *((f"— step {name}", told(each)) for name, each in found.good_by_step.items()),
        ("this step is invalid, by soundness", told(found.invalid)),
        *((f"— depth {name}", told(each)) for name, each in found.invalid_by_depth.items()),
        *((f"— step {name}", told(each)) for name, each in found.invalid_by_step.items()),
        ("— by reward", told(found.invalid_by_reward)),
        ("— by the policy's least likely token", told(plain)),
    ]
    what = f"{title}: {found.problems:,} problems, {found.chains:,} chains"
    return table(what, ("area under the ROC curve", "[95 %] (positive against negative)"), rows)


def close(args: Any, policy: Any, prm: Any, cutter: Cutter, rows: list[Rollouts]) -> tuple[dict[str, Any], Table]:
    """How close the multifurcation reward comes."""
    model = load_mrm(Path(args.mrm))
    seen = model.net.seen.bool().tolist()
    along = [pair for each in progress(rows, "tokens") for pair in observed_pairs(model, prm, cutter, each, MOST)]
    around, calls = compare_all(policy, model, prm, cutter, rows, args.forks, args.seed)
    found = {
        "tokens of chains, seen": compared([pair for pair in along if seen[pair.token]]),
        "tokens of chains, unseen": compared([pair for pair in along if not seen[pair.token]]),
        "all candidates of a fork, seen": compared([pair for pair in around if seen[pair.token]]),
        "all candidates of a fork, unseen": compared([pair for pair in around if not seen[pair.token]]),
    }
    cells = ((name, each.count, told_estimate(each.mae), told_estimate(each.mae_logit), each.correlation)
             for name, each in found.items())  # fmt: skip
    columns = ("tokens", "count", "mean absolute error", "of logits", "correlation")
    forks = min(args.forks, len(rows))
    title = f"multifurcation reward against process reward; {forks} forks took {forks} calls against {calls}"
    if args.png:
        scatter(args.png, {"tokens of chains": [p for p in along if seen[p.token]],
                           "all candidates of a fork": [p for p in around if seen[p.token]]})  # fmt: skip
    return {**found, "forks": forks, "calls": calls}, table(title, columns, cells)


if __name__ == "__main__":
    main()

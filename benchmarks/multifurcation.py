"""Tree search over tokens on policies that can be written out in full: what it finds, and what that costs.

    python benchmarks/multifurcation.py --policies 100 --widths 1,2,4,8

Every policy is made up, and so is what its whole chains are worth: the mean of numbers drawn for each of their
prefixes, so that good chains have good beginnings. Rewards are the exact expected worth behind each next token; the
same with noise of a given spread, as a trained reward has; and the same where a third of the alphabet was never seen in
training, whose values are either left out (conservative exploration) or arbitrary, as an untrained entry's are. Calls
for each child are those that an ordinary process reward would have taken for the same search. Beside it stands
best-of-n, which is given the worth of whole chains and as many tokens as the search with the exact reward took.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from common import finish, parser, progress, table
from enumerable import EnumerablePolicy, leaves, made_up_law, uniform

from verisearch.protocols import Fork, Message, NextScores, Partial, Score, TokenChoice
from verisearch.runtime.budget import Budget
from verisearch.runtime.engine import Engine, Search
from verisearch.runtime.prompting import Template
from verisearch.search.best_of_n import BestOfN, best_of_n
from verisearch.search.multifurcation import Multifurcation, multifurcation
from verisearch.search.requests import Strategy
from verisearch.trace import Problem
from verisearch.verifiers.exact import ExactReward

ALPHABET, MOST = "abcdef", 6
TEMPLATE = Template(name="benchmark", turns=(Message("user", "Write."),))
NOISE = (0.1, 0.3)

#: A reward's value for a token, from the exact one: the policy's number, the chain, the token.
Blur = Callable[[int, str, TokenChoice, float], float | None]


class Worth:
    """What whole chains are worth: the mean of a number in [0, 1) for each prefix."""

    name = "worth"
    meaning = "made up"

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def of(self, written: str) -> float:
        parts = [uniform(self.seed, "worth", written[:length]) for length in range(1, len(written) + 1)]
        return sum(parts) / max(1, len(parts))

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        return [Score(value=self.of(each.written) if each.finished else None) for each in partials]

    def close(self) -> None:
        pass


class Blurred:
    """A reward that errs. Counts the tokens that it scores."""

    name = "reward"
    meaning = "the expected worth of what follows, not always exactly"

    def __init__(self, seed: int, exact: ExactReward, blur: Blur) -> None:
        self.seed, self.exact, self.blur = seed, exact, blur
        self.children = 0

    def score_next(self, forks: Sequence[Fork]) -> list[NextScores]:
        found = []
        for fork, scores in zip(forks, self.exact.score_next(forks), strict=True):
            self.children += len(fork.choices)
            values = zip(fork.choices, scores.values, strict=True)
            written = fork.partial.written
            found.append(
                NextScores(values=tuple(self.blur(self.seed, written, each, value or 0.0) for each, value in values))
            )
        return found

    def close(self) -> None:
        pass


def noisy(spread: float) -> Blur:
    def blur(seed: int, written: str, token: TokenChoice, value: float) -> float:
        return min(1.0, max(0.0, value + spread * (2 * uniform(seed, "noise", written, token.text) - 1)))

    return blur


def unseen(seed: int, token: TokenChoice) -> bool:
    return not token.ends and uniform(seed, "unseen", token.text) < 1 / 3


BLURS: dict[str, Blur] = {
    "exact": lambda seed, written, token, value: value,
    **{f"noise ±{spread}": noisy(spread) for spread in NOISE},
    "a third unseen, left out": lambda seed, written, token, value: None if unseen(seed, token) else value,
    "a third unseen, arbitrary": lambda seed, written, token, value: (
        uniform(seed, "arbitrary", token.text) if unseen(seed, token) else value
    ),
}


def searched(policy: EnumerablePolicy, verifier: Any, strategy: Callable[[], Strategy], tokens: int | None) -> Search:
    engine = Engine(policy, {verifier.name: verifier}, TEMPLATE, budget=Budget(tokens=tokens))
    return next(engine.run([Problem(id="p", statement="Write.")], strategy))


def measured(seed: int, widths: Sequence[int]) -> dict[tuple[str, int], dict[str, float]]:
    """The figures of one policy, by reward and width."""
    law, worth = made_up_law(seed, ALPHABET, MOST), Worth(seed)
    exact = ExactReward(
        EnumerablePolicy(law), TEMPLATE.messages, worth, over="mean", max_new_tokens=MOST, min_new_tokens=0
    )
    best = max(worth.of(leaf) for leaf in leaves(law, MOST))
    found: dict[tuple[str, int], dict[str, float]] = {}

    def note(name: str, width: int, search: Search, children: int) -> int:
        node = search.choice.node
        reached = worth.of(node.written) if node is not None and node.finished else 0.0
        usage = search.usage
        figures = (float(reached == best), reached / best, usage.generated_tokens, usage.verifier_calls, children)
        names = ("best found", "of the best", "tokens", "calls", "calls for each child")
        found[name, width] = dict(zip(names, figures, strict=True))
        return usage.generated_tokens

    for width in widths:
        for name, blur in BLURS.items():
            reward = Blurred(seed, exact, blur)
            settings = Multifurcation(n=width, nucleus=1.0, verifier=reward.name, min_new_tokens=0, max_new_tokens=MOST)
            search = searched(EnumerablePolicy(law), reward, partial(multifurcation, settings), None)
            spent = note(name, width, search, reward.children)
            if name == "exact":
                tokens = spent
        plain = BestOfN(n=tokens, temperature=1.0, verifier=worth.name)
        search = searched(EnumerablePolicy(law), worth, partial(best_of_n, plain), tokens)
        note("best-of-n, equal tokens", width, search, search.usage.verifier_calls)
    return found


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--policies", type=int, default=100, help="made-up policies")
    arguments.add_argument("--widths", default="1,2,4,8", help="chains kept after each token")
    args = arguments.parse_args()
    started = time.perf_counter()
    widths = [int(width) for width in args.widths.split(",")]
    runs = [measured(seed, widths) for seed in progress(range(args.policies), "policies")]
    sizes = [len(leaves(made_up_law(seed, ALPHABET, MOST), MOST)) for seed in range(args.policies)]
    means = {
        key: {figure: sum(run[key][figure] for run in runs) / len(runs) for figure in runs[0][key]} for key in runs[0]
    }
    columns = ("reward", "width", "best found", "of the best", "tokens", "calls", "calls for each child")
    rows = [[name, width, *figures.values()] for (name, width), figures in means.items()]
    title = f"{args.policies} policies of {min(sizes):,} to {max(sizes):,} whole chains; means"
    figures = [{"reward": name, "width": width, **each} for (name, width), each in means.items()]
    finish("multifurcation", {"rows": figures}, [table(title, columns, rows)], args.out, started)


if __name__ == "__main__":
    main()

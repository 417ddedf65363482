"""The recipe ``dpo``: a language model that learns to prefer chains that the solver verified over chains that fail, by
direct preference optimisation (DPO, arXiv 2305.18290, equation 7; with the solver's verdicts: VeriCoT, arXiv
2511.04662).

Of a pair, loss = -log sigmoid(beta (log p(chosen)/q(chosen) - log p(rejected)/q(rejected))), p the model, q the model
that training began with, each log-probability summed over the chain's tokens given the prompt.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from torch.nn import functional

from verisearch.errors import TrainingError
from verisearch.runtime.prompting import Template
from verisearch.training.adapting import adapted, language_model
from verisearch.training.cutting import Cutter
from verisearch.training.loop import optimise
from verisearch.training.recipe import TuningRecipe
from verisearch.training.splits import Order, parted
from verisearch.training.trees import TokenTree
from verisearch.training.tuning.causal import Dtype, Lessons, chain_logprobs, write_model
from verisearch.training.tuning.chains import Paired, paired

__all__ = ["DpoRecipe", "Pairs", "Reference", "loss_of", "margins", "pairs_of", "train_dpo"]


class DpoRecipe(TuningRecipe, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a language model learns from pairs of chains; see `TuningRecipe` for what all recipes have.

    ``pairs_per_problem``: at most so many. ``beta``: how dear it is to go away from the model that training began with.
    ``greedy``: on so many of the problems kept for measuring the model answers before and after (0: none).
    ``most_tokens``: longer chains, prompt included, are left out. ``dtype``: what weights are written in; 16 bits round
    away much of what small rates change, "float32" doesn't.
    """

    pairs_per_problem: int = 4
    beta: float = 0.1
    epochs: int = 1  # more, or faster, makes all chains unlikely, verified ones too (README, "Measured")
    rate: float = 2e-5
    greedy: int = 200
    most_tokens: int = 2048
    dtype: Dtype = "bfloat16"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check(
            ("pairs_per_problem", self.pairs_per_problem >= 1, "1 or more"),
            ("beta", 0 < self.beta < float("inf"), "a number above 0"),
            ("greedy", self.greedy >= 0, "0 or more"),
            ("most_tokens", self.most_tokens >= 1, "1 or more"),
        )


class Pairs(NamedTuple):
    """The pairs of a problem as tokens: all their chains as one tree, and of each pair the places of the chosen and the
    rejected one among ``tree.paths``; shapes (pairs,)."""

    tree: TokenTree
    chosen: torch.Tensor
    rejected: torch.Tensor


def pairs_of(lessons: Lessons, problem: Paired) -> Pairs:
    """A problem's pairs as tokens."""
    chains = list({chain.written: chain for pair in problem.pairs for chain in pair}.values())
    place = {chain.written: number for number, chain in enumerate(chains)}
    return Pairs(
        lessons.tree(problem.rollouts, chains),
        torch.tensor([place[pair.chosen.written] for pair in problem.pairs]),
        torch.tensor([place[pair.rejected.written] for pair in problem.pairs]),
    )


class Reference:
    """What the model that training began with says of chains; each problem is asked about once.

    It is ``model`` with its adapters off, or where all weights are trained a copy, so it must be made before any step.
    """

    def __init__(self, model: Any) -> None:
        adapters = hasattr(model, "disable_adapter")
        self.model = model if adapters else copy.deepcopy(model).eval().requires_grad_(False)
        self.plain: Callable[[], AbstractContextManager[Any]] = model.disable_adapter if adapters else torch.no_grad
        self.known: dict[int, torch.Tensor] = {}

    def logprobs(self, place: int, tree: TokenTree) -> torch.Tensor:
        """The log-probabilities of the chains of the problem in ``place``, shape (chains,)."""
        if place not in self.known:
            with torch.no_grad(), self.plain():
                self.known[place] = chain_logprobs(self.model, tree)
        return self.known[place]


def train_dpo(
    rollouts: Path,
    policy: str,
    template: Template,
    out: Path,
    recipe: DpoRecipe | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> bool:
    """Teach the language model ``policy`` (a folder or hub name) to prefer verified chains of a file of rollouts to
    failing ones, and write it to ``out``, an ordinary folder in Hugging Face's format. Whether it came to its end;
    interrupted, the same call goes on. ``progress``: the steps done, of how many.

    Raises `TrainingError` if there are no pairs, if the model can't be written, or as
    `verisearch.training.loop.optimise` does.
    """
    recipe = recipe or DpoRecipe()
    cutter = Cutter(policy, template)
    lessons = Lessons(cutter, policy, recipe.most_tokens)
    rows, _ = parted(rollouts, recipe.held_out)
    problems = paired(rows, recipe.pairs_per_problem, recipe.seed, lessons.fits)
    if not problems:
        raise TrainingError(
            f"{rollouts}: of the problems to learn from none has both a verified chain and one that fails, of at most "
            f"{lessons.most} tokens: draw more, at another temperature, or from other problems"
        )
    pairs = [pairs_of(lessons, each) for each in problems]
    torch.manual_seed(recipe.seed)
    model = adapted(language_model(policy), recipe.lora)
    reference = Reference(model)
    order = Order(len(pairs), recipe.problems_a_step, recipe.seed)
    steps = recipe.epochs * order.steps

    def loss_at(step: int) -> torch.Tensor:
        places = order.at(step)
        known = [reference.logprobs(place, pairs[place].tree) for place in places]
        return loss_of(model, [pairs[place] for place in places], known, recipe.beta)

    done = optimise(
        out,
        model,
        loss_at,
        steps,
        rate=recipe.rate,
        weight_decay=recipe.weight_decay,
        progress=None if progress is None else lambda step: progress(step, steps),
    )
    if done:
        write_model(model, cutter, policy, out, recipe.dtype, {"recipe": "dpo", **msgspec.to_builtins(recipe)})
    return done


def loss_of(model: Any, problems: Sequence[Pairs], reference: Sequence[torch.Tensor], beta: float) -> torch.Tensor:
    """The mean loss over all pairs; ``reference``: each problem's chains' log-probabilities before training."""
    found = [
        margins(chain_logprobs(model, each.tree) - known, each) for each, known in zip(problems, reference, strict=True)
    ]
    return -functional.logsigmoid(beta * torch.cat(found)).mean()


def margins(values: torch.Tensor, pairs: Pairs) -> torch.Tensor:
    """By how much the value of the chosen chain is above the rejected one's, shape (pairs,)."""
    return values[pairs.chosen] - values[pairs.rejected]

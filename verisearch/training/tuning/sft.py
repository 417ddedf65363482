"""The recipe ``sft``: a language model fine-tuned on chains that the solver verified (VeriCoT, arXiv 2511.04662,
section on fine-tuning; drawn from the model itself, it is rejection sampling as in STaR, arXiv 2203.14465).

The loss is the mean cross-entropy of the chains' tokens, those that end a reply included; prompts are read, not
learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch

from verisearch.errors import TrainingError
from verisearch.runtime.prompting import Template
from verisearch.training.adapting import adapted, language_model
from verisearch.training.cutting import Cutter
from verisearch.training.loop import optimise
from verisearch.training.recipe import TuningRecipe
from verisearch.training.splits import Order, parted
from verisearch.training.trees import TokenTree
from verisearch.training.tuning.causal import Dtype, Lessons, token_logprobs, write_model
from verisearch.training.tuning.chains import Choose, selected

__all__ = ["SftRecipe", "loss_of", "train_sft"]


class SftRecipe(TuningRecipe, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a language model is fine-tuned on chains; see `TuningRecipe` for what all recipes have.

    ``choose``: "verified" chains, or as many "random" ones to compare with; at most ``per_problem`` of a problem, of
    different texts. ``greedy``: on so many of the problems kept for measuring the model answers before and after (0:
    none). ``most_tokens``: longer chains, prompt included, are left out. ``dtype``: what weights are written in; 16
    bits round away much of what small rates change, "float32" doesn't.
    """

    choose: Choose = "verified"
    per_problem: int = 4
    rate: float = 3e-5
    greedy: int = 200
    most_tokens: int = 2048
    dtype: Dtype = "bfloat16"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check(
            ("per_problem", self.per_problem >= 1, "1 or more"),
            ("greedy", self.greedy >= 0, "0 or more"),
            ("most_tokens", self.most_tokens >= 1, "1 or more"),
        )


def train_sft(
    rollouts: Path,
    policy: str,
    template: Template,
    out: Path,
    recipe: SftRecipe | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> bool:
    """Fine-tune the language model ``policy`` (a folder or hub name) on chains in a file of rollouts, and write it to
    ``out``, an ordinary folder in Hugging Face's format. Whether it came to its end; interrupted, the same call goes
    on. ``progress``: the steps done, of how many.

    Raises `TrainingError` if there is nothing to learn from, if the model can't be written, or as
    `verisearch.training.loop.optimise` does.
    """
    recipe = recipe or SftRecipe()
    cutter = Cutter(policy, template)
    lessons = Lessons(cutter, policy, recipe.most_tokens)
    rows, _ = parted(rollouts, recipe.held_out)
    chosen = selected(rows, recipe.choose, recipe.per_problem, recipe.seed, lessons.fits)
    if not chosen:
        raise TrainingError(
            f"{rollouts}: of the chains to learn from none is verified and correct, and none of these longer than "
            f"{lessons.most} tokens can be learned from: draw more, from other problems, or with a stronger policy"
        )
    trees = [lessons.tree(each.rollouts, each.chains) for each in chosen]
    torch.manual_seed(recipe.seed)
    model = adapted(language_model(policy), recipe.lora)
    order = Order(len(trees), recipe.problems_a_step, recipe.seed)
    steps = recipe.epochs * order.steps
    done = optimise(
        out,
        model,
        lambda step: loss_of(model, [trees[place] for place in order.at(step)]),
        steps,
        rate=recipe.rate,
        weight_decay=recipe.weight_decay,
        progress=None if progress is None else lambda step: progress(step, steps),
    )
    if done:
        write_model(model, cutter, policy, out, recipe.dtype, {"recipe": "sft", **msgspec.to_builtins(recipe)})
    return done


def loss_of(model: Any, trees: Sequence[TokenTree]) -> torch.Tensor:
    """The mean cross-entropy over all tokens of all chains, in nats: a token that several chains share counts as often
    as it is in one."""
    total, count = torch.zeros(()), 0
    for tree in trees:
        logprobs, prompt = token_logprobs(model, tree)
        visits = tree.visits[prompt:]
        total = total - (logprobs * visits).sum()
        count += int(visits.sum())
    return total / count

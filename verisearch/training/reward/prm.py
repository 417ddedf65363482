"""The recipe ``prm``: a process reward model from rollouts and the solver's verdicts, without human labels.

R(s) is the chance that a chain of the policy that goes through prefix s ends verified and correct. Every token of every
rollout is a prefix; its target is the share of the rollouts through it that end so (Monte-Carlo targets as in
Math-Shepherd, arXiv 2312.08935, section 3.3, from whole rollouts), which is 0 behind a step that fails. A second output
learns how many of the rollouts through it are sound up to the end of the step that the token is in: a low R may mean
that the problem is hard, a low soundness means that a step fails. Losses are cross-entropies on logits; scores are
their sigmoids.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch.nn import functional
from transformers import AutoConfig, AutoModelForTokenClassification

from verisearch.errors import InputError, TrainingError
from verisearch.policies.local.loading import located, quiet, unreported
from verisearch.runtime.prompting import Template
from verisearch.runtime.records import write_whole
from verisearch.training.adapting import NEW_OUTPUTS, adapted, merged, placed
from verisearch.training.cutting import Cutter
from verisearch.training.loop import optimise
from verisearch.training.recipe import Recipe, write_told
from verisearch.training.splits import Order, parted
from verisearch.training.trees import TokenTree

__all__ = ["HELD_OUT", "LABELS", "PrmRecipe", "begun_with", "logits_of", "output_of", "train_prm", "trained_prm"]

#: The outputs: the process reward, and whether all steps hold.
LABELS = ("reward", "sound")

#: The file that names the theories that were kept for measuring.
HELD_OUT = "held_out.json"


class PrmRecipe(Recipe, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a process reward model is trained on rollouts; see `Recipe` for what all recipes have.

    ``end_weight``: what a prefix at which a step ends weighs in the loss, where others weigh 1: there a verdict is
    known, before it is still open. ``layers``: so many fresh ones are put behind the model's own: what a policy expects
    next is known only behind its last layer, and whether what it wrote was expected can be seen only behind that.
    ``most_tokens``: a problem's tree is cut down to so many, chain by chain.
    """

    epochs: int = 4
    rate: float = 1e-3
    weight_decay: float = 0.01
    end_weight: float = 4.0
    layers: int = 0
    most_tokens: int = 3000

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check(
            ("end_weight", 0 < self.end_weight < float("inf"), "a number above 0"),
            ("layers", self.layers >= 0, "0 or more"),
            ("most_tokens", self.most_tokens >= 1, "1 or more"),
        )


def train_prm(
    rollouts: Path,
    policy: str,
    template: Template,
    out: Path,
    recipe: PrmRecipe | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> bool:
    """Train a reward model on a file of rollouts, beginning with the weights of ``policy`` (a folder or hub name), and
    write it to ``out`` in Hugging Face's token-classification format. Whether it came to its end; interrupted, the same
    call goes on. ``progress``: the steps done, of how many.

    Raises `TrainingError` if there is nothing to learn from, or as `verisearch.training.loop.optimise` does.
    """
    recipe = recipe or PrmRecipe()
    cutter = Cutter(policy, template)
    rows, kept = parted(rollouts, recipe.held_out)
    trees = [cutter.tree(each, recipe.most_tokens) for each in rows]
    trees = [tree for tree in trees if tree.paths]
    good = sum(int(tree.hits.max()) for tree in trees)  # all chains go through the last token of the prompt
    chains = sum(len(tree.paths) for tree in trees)
    if not 0 < good < chains:
        raise TrainingError(
            f"{rollouts}: of {chains} chains to learn from {good} are verified and correct: there is nothing to "
            "tell apart; draw more, at another temperature, or other problems"
        )
    torch.manual_seed(recipe.seed)
    model = adapted(placed(begun_with(policy, recipe.layers)), recipe.lora, task="TOKEN_CLS")
    order = Order(len(trees), recipe.problems_a_step, recipe.seed)
    steps = recipe.epochs * order.steps
    done = optimise(
        out,
        model,
        lambda step: loss_of(model, [trees[place] for place in order.at(step)], recipe.end_weight),
        steps,
        rate=recipe.rate,
        weight_decay=recipe.weight_decay,
        progress=None if progress is None else lambda step: progress(step, steps),
    )
    if done:
        with quiet():
            merged(model).to(torch.bfloat16).save_pretrained(out)
        cutter.tokenizer.save_pretrained(out)
        write_told(out, "prm", recipe)
        groups = sorted({each.group for each in kept})
        write_whole(out / HELD_OUT, msgspec.json.format(msgspec.json.encode(groups)) + b"\n")
    return done


def begun_with(source: str, layers: int = 0) -> Any:
    """The model in ``source`` (a folder or hub name) with fresh outputs for `LABELS` instead of its words, and so many
    fresh ``layers`` behind its own, which change nothing yet. Raises `InputError` for a model that can't be made
    deeper."""
    place = located(source)
    config = AutoConfig.from_pretrained(place, trust_remote_code=False)
    own = config.num_hidden_layers
    config.num_hidden_layers = own + layers
    config.num_labels = len(LABELS)
    config.id2label = dict(enumerate(LABELS))
    config.label2id = {name: place for place, name in enumerate(LABELS)}
    model = loaded(place, config)
    if layers:
        quieten(model, own, place)
    return model


def quieten(model: Any, own: int, place: str) -> None:
    """Have the layers from the ``own``-th on add nothing to what comes in."""
    fresh = re.compile(rf"\.layers\.({'|'.join(map(str, range(own, model.config.num_hidden_layers)))})\.(.*\.)?")
    adding = [
        weight
        for name, weight in model.named_parameters()
        if fresh.search(name) and name.endswith(("o_proj.weight", "down_proj.weight"))
    ]
    if len(adding) != 2 * (model.config.num_hidden_layers - own):
        raise InputError(f"{place}: this model can't be made deeper (training.layers=0)")
    with torch.no_grad():
        for weight in adding:
            weight.zero_()


def trained_prm(folder: str | os.PathLike[str]) -> Any:
    """The process reward model that `train_prm` wrote to a folder, ready to be asked. Raises `InputError` for a model
    of another kind: its outputs would be taken for what they aren't."""
    path = Path(folder) / "config.json"
    config = AutoConfig.from_pretrained(str(folder), trust_remote_code=False) if path.is_file() else None
    if config is None or tuple((config.id2label or {}).values()) != LABELS:
        raise InputError(
            f"{folder}: there is no process reward model in it that verisearch train prm made (one with the labels "
            f"{' and '.join(LABELS)})"
        )
    return placed(loaded(str(folder), config)).eval()


def loaded(place: str, config: Any) -> Any:
    with quiet(), unreported():
        return AutoModelForTokenClassification.from_pretrained(
            place, config=config, dtype=torch.float32, use_safetensors=True, trust_remote_code=False
        )


def output_of(model: Any) -> torch.nn.Linear:
    """The outputs for `LABELS` of a model of either function above."""
    found: torch.nn.Linear = next(getattr(model, name) for name in NEW_OUTPUTS if hasattr(model, name))
    return found


def loss_of(model: Any, trees: Sequence[TokenTree], end_weight: float = 1.0) -> torch.Tensor:
    """The mean cross-entropy over all prefixes of all chains, both outputs' added; those at which a step ends weigh
    ``end_weight``."""
    total, count = torch.zeros(()), 0.0
    for tree in trees:
        logits = logits_of(model, tree).cpu()
        visits = tree.visits.float()
        targets = torch.stack([tree.hits, tree.sound], -1).float() / visits.clamp(min=1)[:, None]
        losses = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        weights = visits * torch.where(tree.ends, end_weight, 1.0)
        total = total + (losses * weights[:, None]).sum()
        count += float(weights.sum())
    return total / count


def logits_of(model: Any, tree: TokenTree) -> torch.Tensor:
    """The model's logits at every token of a tree, shape (tokens, labels), on the model's device."""
    logits: torch.Tensor = model(**tree.inputs(model.device)).logits[0].float()
    return logits

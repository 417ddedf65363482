"""The recipe ``prm``: a process reward model from rollouts and the solver's verdicts, without human labels.

R(s) is the chance that a chain of the policy that goes through prefix s ends verified and correct. Every token of every
rollout is a prefix; its target is the share of the rollouts through it that end so (Monte-Carlo targets as in
Math-Shepherd, arXiv 2312.08935, section 3.3, from whole rollouts), which is 0 behind a step that fails. The loss is
cross-entropy on logits; scores are their sigmoids.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch.nn import functional
from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer
from transformers.utils import logging

from verisearch.errors import TrainingError
from verisearch.policies.local.loading import located, quiet
from verisearch.policies.local.prompts import Encoder
from verisearch.policies.local.transcript import decoder_of
from verisearch.protocols import Prefix
from verisearch.runtime.prompting import Template
from verisearch.training.loop import optimise
from verisearch.training.rollouts import Chain, Rollouts, read_rollouts
from verisearch.training.trees import TokenTree, tree_of

__all__ = ["Cutter", "PrmRecipe", "begun_with", "held_out", "logits_of", "parted", "train_prm"]


class PrmRecipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a process reward model is trained on rollouts.

    ``epochs`` over the problems, ``problems_a_step`` in one update, by AdamW with a peak ``rate``. ``held_out``: the
    share of theories, in [0, 1), that are kept for measuring. ``most_tokens``: a problem's tree is cut down to so many,
    chain by chain. ``seed``: of the order, the split and the head's first weights.
    """

    epochs: int = 2
    problems_a_step: int = 4
    rate: float = 5e-4
    weight_decay: float = 0.01
    held_out: float = 0.1
    most_tokens: int = 3000
    seed: int = 0


class Cutter:
    """Rollouts as token ids, in the way of the model in ``source`` (a folder or hub name)."""

    def __init__(self, source: str, template: Template) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(located(source), trust_remote_code=False)
        self.encoder = Encoder(self.tokenizer, len(self.tokenizer))
        self.decode = decoder_of(self.tokenizer)
        self.template = template
        self.end = self.tokenizer.eos_token_id

    def prompt(self, rollouts: Rollouts) -> list[int]:
        """What the policy was asked."""
        return self.encoder.prefix(Prefix(messages=self.template.messages(rollouts.problem)))[0]

    def ids(self, chain: Chain) -> list[int]:
        """The tokens of what is written: those it was drawn as, where they are known."""
        return list(chain.ids) if chain.ids is not None else self.encoder.text(chain.written)

    def chain(self, chain: Chain) -> list[int]:
        """The tokens of a chain, with the one that ends a reply."""
        return self.ids(chain) + [self.end] * (chain.finished and self.end is not None)

    def step_ends(self, chain: Chain) -> list[int]:
        """How many of a chain's tokens each of its steps ends behind, the line break that ends it included."""
        ids = self.ids(chain)
        lengths = [len(self.decode(ids[: k + 1])) for k in range(len(ids))]
        ends = [end + (chain.written[end : end + 1] == "\n") for end in chain.ends]
        return [next((k for k, length in enumerate(lengths, 1) if length >= end), len(ids)) for end in ends]

    def tree(self, rollouts: Rollouts, most: int) -> TokenTree:
        """All chains of a problem, as many of them as have ``most`` tokens with the prompt."""
        prompt = self.prompt(rollouts)
        taken: list[tuple[list[int], bool]] = []
        total = len(prompt)
        for chain in rollouts.chains:
            ids = self.chain(chain)
            total += len(ids)
            if total > most:
                break
            taken.append((ids, chain.good))
        return tree_of(prompt, taken)


def held_out(groups: Sequence[str], share: float, seed: int) -> frozenset[str]:
    """The groups that are kept for measuring: a share of them, drawn by the seed."""
    names = sorted(set(groups))
    return frozenset(random.Random(f"{seed} held out").sample(names, round(share * len(names))))


def parted(rollouts: Path, recipe: PrmRecipe) -> tuple[list[Rollouts], list[Rollouts]]:
    """The rollouts of a file that have chains: those to learn from, and those kept for measuring."""
    rows = [each for each in read_rollouts(rollouts) if each.chains]
    kept = held_out([each.group for each in rows], recipe.held_out, recipe.seed)
    return [each for each in rows if each.group not in kept], [each for each in rows if each.group in kept]


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
    rows, _ = parted(rollouts, recipe)
    trees = [cutter.tree(each, recipe.most_tokens) for each in rows]
    trees = [tree for tree in trees if int(tree.visits.sum())]
    ends = {chain.good for each in rows for chain in each.chains}
    if len(ends) < 2:
        raise TrainingError(
            f"{rollouts}: of the chains to learn from {'all' if ends == {True} else 'none'} are verified and correct: "
            "there is nothing to tell apart; draw more, at another temperature, or other problems"
        )
    torch.manual_seed(recipe.seed)
    model = begun_with(policy)
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
        with quiet():
            model.to(torch.bfloat16).save_pretrained(out)
        cutter.tokenizer.save_pretrained(out)
        (out / "training.json").write_text(
            json.dumps({"recipe": "prm", **msgspec.to_builtins(recipe)}, indent=2) + "\n"
        )
    return done


def begun_with(source: str) -> Any:
    """The model in ``source`` (a folder or hub name) with a fresh reward head instead of its words, or with the head
    that it has."""
    place = located(source)
    config = AutoConfig.from_pretrained(place, trust_remote_code=False)
    config.num_labels, config.id2label, config.label2id = 1, {0: "reward"}, {"reward": 0}
    config.classifier_dropout = 0.0  # a step's loss is to depend on the step alone
    with quiet(), warnings_off():
        return AutoModelForTokenClassification.from_pretrained(
            place, config=config, dtype=torch.float32, use_safetensors=True, trust_remote_code=False
        )


@contextmanager
def warnings_off() -> Iterator[None]:
    """No report on what a checkpoint lacks: the reward's output is new on purpose."""
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)


class Order(msgspec.Struct, frozen=True):
    """Which of ``count`` things each step takes, ``size`` at once: each epoch all of them, in an order of its own."""

    count: int
    size: int
    seed: int

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return -(-self.count // self.size)

    def at(self, step: int) -> list[int]:
        """What step ``step`` (from 0, over all epochs) takes."""
        epoch, place = divmod(step, self.steps)
        order = list(range(self.count))
        random.Random(f"{self.seed} epoch {epoch}").shuffle(order)
        return order[place * self.size : (place + 1) * self.size]


def loss_of(model: Any, trees: Sequence[TokenTree]) -> torch.Tensor:
    """The mean cross-entropy over all prefixes of all chains."""
    total, count = torch.zeros(()), 0.0
    for tree in trees:
        logits = logits_of(model, tree)
        visits = tree.visits.float()
        targets = tree.hits.float() / visits.clamp(min=1)
        losses = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        total = total + (losses * visits).sum()
        count += float(visits.sum())
    return total / count


def logits_of(model: Any, tree: TokenTree) -> torch.Tensor:
    """The model's logit at every token of a tree, shape (tokens,)."""
    found = model(
        input_ids=tree.ids[None], attention_mask=tree.mask(), position_ids=tree.positions[None], use_cache=False
    )
    logits: torch.Tensor = found.logits[0, :, 0].float()
    return logits

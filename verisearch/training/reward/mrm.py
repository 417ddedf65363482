"""The recipe ``mrm``: a multifurcation reward model, which scores all next tokens of a chain in one call.

M(s)_a is to be R(s + a), the process reward of the chain s with token a behind it, for every token a of the vocabulary
(Saffron-1, arXiv 2506.06444, section 3). **Partial supervision**: of each prefix of a corpus only the entry of the
token that was observed there is regressed on the process reward model's logit. It begins as the process reward model,
and its unembedding is the policy's, frozen, with a bias that is trained. Tokens that never were a target keep a value
that means nothing; which ones were is kept with the weights.

Ours: M(s)_a = v.h(s) + c + g (u_a.h(s)) + b_a, where v and c are the process reward's own output and the factor g is
trained from 0 on. So it begins by giving all tokens the reward of the chain without them, rather than logits of words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

from verisearch.errors import InputError, TrainingError
from verisearch.policies.local.loading import located, quiet, unreported
from verisearch.runtime.prompting import Template
from verisearch.training.adapting import adapted, body_of, merged, placed
from verisearch.training.cutting import Cutter
from verisearch.training.loop import optimise
from verisearch.training.recipe import Recipe, write_told
from verisearch.training.reward.prm import HELD_OUT, logits_of, output_of, trained_prm
from verisearch.training.splits import Order, parted
from verisearch.training.trees import TokenTree
from verisearch.verifiers.mrm import HEAD

__all__ = ["MrmModel", "MrmRecipe", "Targets", "kept_by", "load_mrm", "predicted", "train_mrm"]


class MrmRecipe(Recipe, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a multifurcation reward model is trained; see `Recipe` for what all recipes have.

    ``held_out`` must be left as it is: the theories that the process reward model kept are kept. ``most_tokens``: a
    problem's tree is cut down to so many, chain by chain. ``withheld``: the share of the tokens of the chains, in
    [0, 1), that are never a target, to see what the search makes of tokens that its reward doesn't know. ``lora``:
    where it isn't given, large models get rank 4, as the paper's. Raises `InputError` for a share outside its range.
    """

    epochs: int = 1
    most_tokens: int = 3000
    withheld: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check(
            ("withheld", 0 <= self.withheld < 1, "a share in [0, 1)"),
            ("most_tokens", self.most_tokens >= 1, "1 or more"),
        )


class MrmModel(torch.nn.Module):
    """A language model whose outputs for words are rewards. ``lm`` is what it begins with; its word matrix is frozen,
    and so are the embeddings where they are the same."""

    def __init__(self, lm: Any, weight: torch.Tensor, bias: torch.Tensor) -> None:
        super().__init__()
        self.lm = lm
        words = lm.get_output_embeddings().weight
        words.requires_grad_(False)
        device = words.device
        self.value = torch.nn.Parameter(weight.clone().to(device))
        self.offset = torch.nn.Parameter(bias.clone().to(device))
        self.factor = torch.nn.Parameter(torch.zeros((), device=device))
        self.bias = torch.nn.Parameter(torch.zeros(words.shape[0], device=device))

    @property
    def words(self) -> torch.Tensor:
        """The word matrix, shape (vocabulary, hidden size)."""
        found: torch.Tensor = self.lm.get_output_embeddings().weight
        return found

    def states(self, tree: TokenTree) -> torch.Tensor:
        """The last layer's states at all tokens of a tree, shape (tokens, hidden size)."""
        states: torch.Tensor = body_of(self.lm)(**tree.inputs(self.words.device)).last_hidden_state[0].float()
        return states

    def forward(self, states: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """The logits of ``tokens``, each behind the chain that ends in its row of ``states``; shape (tokens,)."""
        told = states @ self.value + self.offset
        said = (states * self.words[tokens]).sum(-1)
        found: torch.Tensor = told + self.factor * said + self.bias[tokens]
        return found


class Targets(msgspec.Struct, frozen=True):
    """What is regressed in a tree: the place of each ``parent``, the ``token`` observed behind it, the ``place`` of
    that, and in how many chains (``count``)."""

    parents: torch.Tensor
    tokens: torch.Tensor
    places: torch.Tensor
    counts: torch.Tensor

    @classmethod
    def of(cls, tree: TokenTree, withheld: torch.Tensor | None = None) -> Targets:
        """Those of a tree, but for the tokens ``withheld``, shape (vocabulary,), true where a token is."""
        wanted = tree.visits > 0
        wanted[: first_of(tree)] = False
        if withheld is not None:
            wanted &= ~withheld[tree.ids]
        places = wanted.nonzero()[:, 0]
        return cls(tree.parents[places], tree.ids[places], places, tree.visits[places].float())


def first_of(tree: TokenTree) -> int:
    """The place of the first token behind the prompt."""
    return int((tree.visits > 0).nonzero()[0, 0]) + 1 if bool((tree.visits > 0).any()) else len(tree.ids)


def train_mrm(
    rollouts: Path,
    policy: str,
    prm: str,
    template: Template,
    out: Path,
    recipe: MrmRecipe | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> bool:
    """Train a multifurcation reward model on the rewards that the process reward model in the folder ``prm`` gives the
    chains of a file of rollouts, and write it to ``out``. ``policy`` is the folder or hub name of the policy's weights.
    Whether it came to its end; interrupted, the same call goes on. ``progress``: the steps done, of how many.

    Raises `TrainingError` if there is nothing to learn from, or as `verisearch.training.loop.optimise` does.
    """
    recipe = recipe or MrmRecipe()
    cutter = Cutter(policy, template)
    rows, _ = parted(rollouts, 0.0, kept_by(prm))
    trees = [cutter.tree(each, recipe.most_tokens) for each in rows]
    trees = [tree for tree in trees if tree.paths]
    if not trees:
        raise TrainingError(f"{rollouts}: there are no chains to learn from")
    torch.manual_seed(recipe.seed)
    teacher = trained_prm(prm)
    model = begun_from(teacher, policy, recipe.lora)
    occur = torch.zeros(len(model.bias), dtype=torch.bool)
    for tree in trees:
        occur[tree.ids[first_of(tree) :]] = True
    withheld = drawn(occur, recipe.withheld, recipe.seed)
    order = Order(len(trees), recipe.problems_a_step, recipe.seed)
    steps = recipe.epochs * order.steps
    done = optimise(
        out,
        model,
        lambda step: loss_of(model, teacher, [trees[place] for place in order.at(step)], withheld),
        steps,
        rate=recipe.rate,
        weight_decay=recipe.weight_decay,
        progress=None if progress is None else lambda step: progress(step, steps),
    )
    if done:
        save_mrm(out, model, occur & ~withheld)
        cutter.tokenizer.save_pretrained(out)
        write_told(out, "mrm", recipe)
    return done


def kept_by(prm: str) -> frozenset[str]:
    """The theories that a process reward model was not trained on. Raises `InputError` if its folder doesn't say."""
    path = Path(prm) / HELD_OUT
    try:
        return frozenset(msgspec.json.decode(path.read_bytes(), type=list[str]))
    except (OSError, msgspec.MsgspecError) as error:
        raise InputError(f"{path}: can't be read ({error}); verisearch train prm writes it") from error


def drawn(occur: torch.Tensor, share: float, seed: int) -> torch.Tensor:
    """A share of the tokens that occur, true where a token is in it."""
    places = occur.nonzero()[:, 0].tolist()
    found = torch.zeros_like(occur)
    found[Random(f"{seed} withheld").sample(places, round(share * len(places)))] = True
    return found


def begun_from(teacher: Any, policy: str, lora: int | None) -> MrmModel:
    """A model that says what ``teacher`` says, whatever token comes."""
    place = located(policy)
    config = AutoConfig.from_pretrained(place, trust_remote_code=False)
    config.num_hidden_layers = teacher.config.num_hidden_layers  # it may have been made deeper
    with quiet(), unreported():
        lm: Any = AutoModelForCausalLM.from_pretrained(
            place, config=config, dtype=torch.float32, use_safetensors=True, trust_remote_code=False
        )
    try:
        body_of(lm).load_state_dict(body_of(teacher).state_dict())
    except RuntimeError as error:
        raise InputError(f"the process reward model is not one of the policy {policy}: their weights differ") from error
    lm = adapted(placed(lm), lora, task="CAUSAL_LM", large=4)
    head = output_of(teacher)
    bias = head.bias[0] if head.bias is not None else torch.zeros(())
    return MrmModel(lm, head.weight[0].detach().float(), bias.detach().float())


def loss_of(model: MrmModel, teacher: Any, trees: Sequence[TokenTree], withheld: torch.Tensor) -> torch.Tensor:
    """The mean squared error of logits over the tokens observed behind all prefixes."""
    total, count = torch.zeros(()), 0.0
    for tree in trees:
        targets = Targets.of(tree, withheld)
        with torch.no_grad():
            wanted = logits_of(teacher, tree)[targets.places, 0].cpu()
        errors = (predicted(model, tree, targets).cpu() - wanted) ** 2
        total = total + (errors * targets.counts).sum()
        count += float(targets.counts.sum())
    return total / max(1.0, count)


def predicted(model: MrmModel, tree: TokenTree, targets: Targets) -> torch.Tensor:
    """What the model says of the targets of a tree, in logits, shape (targets,)."""
    device = model.words.device
    found: torch.Tensor = model(model.states(tree)[targets.parents.to(device)], targets.tokens.to(device))
    return found


def save_mrm(out: Path, model: MrmModel, seen: torch.Tensor) -> None:
    """Write the model's body in Hugging Face's format, and what makes it a reward beside it: `HEAD`."""
    head = {
        "value": model.value, "offset": model.offset, "factor": model.factor, "bias": model.bias,
        "seen": seen.to(torch.uint8),
    }  # fmt: skip
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in head.items()}, out / HEAD)
    with quiet():
        merged(model.lm).to(torch.bfloat16).save_pretrained(out)


def load_mrm(folder: Path) -> MrmModel:
    """The model that `train_mrm` wrote, in 32 bits."""
    with quiet():
        lm = AutoModelForCausalLM.from_pretrained(
            str(folder), dtype=torch.float32, use_safetensors=True, trust_remote_code=False
        )
    head = load_file(folder / HEAD)
    model = MrmModel(lm, head["value"], head["offset"])
    with torch.no_grad():
        model.factor.copy_(head["factor"])
        model.bias.copy_(head["bias"])
    return placed(model).eval()

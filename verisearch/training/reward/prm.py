"""The recipe ``prm``: a process reward model from rollouts and the solver's verdicts, without human labels.

R(s) is the chance that a chain of the policy that goes through prefix s ends verified and correct. Every token of every
rollout is a prefix; its target is the share of the rollouts through it that end so (Monte-Carlo targets as in
Math-Shepherd, arXiv 2312.08935, section 3.3, from whole rollouts), which is 0 behind a step that fails. A second output
learns whether the step that the token is in holds, over the prefixes before which none failed. Losses are
cross-entropies on logits; scores are their sigmoids.

Ours: the policy's weights stay as they are. A small network reads its state at the prefix's last token and at the least
likely token of the step under way, and how likely the policy found what was written. Whether a step was what the policy
expected can't be seen from its state behind the step, and says more about the step than an hour of training of all
weights taught them (README, "Measured").
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from torch.nn import functional

from verisearch.errors import InputError, PolicyError, TrainingError
from verisearch.policies.local.loading import located
from verisearch.policies.seeds import derive_seed
from verisearch.runtime.prompting import Template
from verisearch.runtime.records import write_whole
from verisearch.training.checkpoint import steps_done
from verisearch.training.cutting import Cutter
from verisearch.training.loop import optimise
from verisearch.training.plans import Progress, lasting, silent
from verisearch.training.recipe import Recipe, write_told
from verisearch.training.reward.states import PolicyStates, Seen
from verisearch.training.splits import Order, parted
from verisearch.training.trees import TokenTree
from verisearch.verifiers import nets
from verisearch.verifiers.nets import Made, RewardNet, digest_of, write_net
from verisearch.verifiers.prm import PRM

__all__ = ["HELD_OUT", "PrmRecipe", "ProcessReward", "opened", "readable", "train_prm", "trained_prm"]

#: The file that names the theories that were kept for measuring.
HELD_OUT = "held_out.json"

#: Problems from which mean and spread of what the network reads are taken.
SETTLED = 500


class PrmRecipe(Recipe, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a process reward model is trained on rollouts; see `Recipe` for what all recipes have.

    ``end_weight``: what a prefix at which a step ends weighs in the loss, where others weigh 1: there a verdict is
    known, before it is still open. ``width`` of the network's two layers; ``drop``: the share, in [0, 1), of what goes
    into each that is left out at random in training. ``share``: of the prefixes at which no step ends, so many, in
    (0, 1], drawn once, are learned from; the states of all that are learned from are held in memory (4 bytes times the
    policy's hidden size each). ``most_tokens``: a problem's tree is cut down to so many, chain by chain.
    """

    epochs: int = 12
    problems_a_step: int = 8
    rate: float = 2e-3
    weight_decay: float = 0.05
    end_weight: float = 8.0
    width: int = 128
    drop: float = 0.3
    share: float = 1.0
    most_tokens: int = 3000

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check(
            ("end_weight", 0 < self.end_weight < float("inf"), "a number above 0"),
            ("width", self.width >= 1, "1 or more"),
            ("drop", 0 <= self.drop < 1, "a share in [0, 1)"),
            ("share", 0 < self.share <= 1, "a share in (0, 1]"),
            ("most_tokens", self.most_tokens >= 1, "1 or more"),
        )


class Lesson(NamedTuple):
    """What one problem teaches: of each prefix what is seen, shapes (prefixes, …), the targets of both outputs, and
    what each weighs, both (prefixes, 2)."""

    states: torch.Tensor
    worst: torch.Tensor
    told: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor


class ProcessReward:
    """A process reward model over the policy that it reads."""

    def __init__(self, net: RewardNet, made: Made, policy: PolicyStates) -> None:
        self.net, self.made, self.policy = net, made, policy

    @torch.no_grad()
    def logits(self, tree: TokenTree, seen: Seen | None = None) -> torch.Tensor:
        """Logits of both outputs at all tokens of a tree, shape (tokens, 2); not a number in the prompt but for its
        last token. ``seen``: what is seen of it, where that is known already."""
        seen = seen or self.policy.seen(tree)
        found = torch.full((len(tree.ids), 2), torch.nan)
        found[seen.places] = self.net(seen.states, seen.worst, seen.told)
        return found


def train_prm(
    rollouts: Path,
    policy: str,
    template: Template,
    out: Path,
    recipe: PrmRecipe | None = None,
    *,
    named: str = "",
    progress: Progress = silent,
) -> bool:
    """Train a reward model on a file of rollouts, over the weights in ``policy`` (a folder or hub name), and write it
    to ``out``. Whether it came to its end; interrupted, the same call goes on. ``named``: what the policy is called
    (not given, ``transformers:`` and the folder). ``progress``: what is done, how much of it, of how much.

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
    order = Order(len(trees), recipe.problems_a_step, recipe.seed)
    steps = recipe.epochs * order.steps
    if (out / HELD_OUT).is_file() and steps_done(out) >= steps and readable(out / PRM):
        return True
    states = PolicyStates(policy)
    lessons: list[Lesson] = []
    for tree in trees:
        lessons.append(lesson_of(tree, states, recipe, cutter.end, len(lessons)))
        progress("reading", len(lessons), len(trees))
    torch.manual_seed(recipe.seed)
    net = RewardNet(states.words.shape[1], recipe.width, recipe.drop)
    some = lessons[:: -(-len(lessons) // SETTLED)]
    net.settle(torch.cat([each.states for each in some]), torch.cat([each.told for each in some]))

    def loss_at(step: int) -> torch.Tensor:
        torch.manual_seed(derive_seed(recipe.seed, "left out", str(step)))
        return loss_of(net, [lessons[place] for place in order.at(step)])

    done = optimise(
        out,
        net,
        loss_at,
        steps,
        rate=recipe.rate,
        weight_decay=recipe.weight_decay,
        progress=lambda step: progress("training", step, steps),
    )
    if done:
        words, hidden = states.words.shape
        place = located(policy)
        made = Made(
            policy=named or lasting(f"transformers:{policy}"),
            digest=digest_of(place),
            hidden=hidden,
            vocabulary=words,
            width=recipe.width,
        )
        write_net(out / PRM, net, made)
        write_told(out, "prm", recipe)
        groups = sorted({each.group for each in kept})
        write_whole(out / HELD_OUT, msgspec.json.format(msgspec.json.encode(groups)) + b"\n")
    return done


def readable(path: Path) -> bool:
    """Whether there is a whole network in a file."""
    try:
        nets.read_net(path, "reward model")
    except PolicyError:
        return False
    return True


def lesson_of(tree: TokenTree, states: PolicyStates, recipe: PrmRecipe, end: int | None, number: int) -> Lesson:
    """What the tree of that ``number`` teaches. A chain's end (the token ``end``) is a step's end too."""
    seen = states.seen(tree)
    visits, fresh = tree.visits[seen.places].float(), tree.fresh[seen.places].float()
    targets = torch.stack([tree.hits[seen.places] / visits, tree.sound[seen.places] / fresh.clamp(min=1)], -1)
    ends = tree.ends[seen.places]
    if end is not None:
        ends = ends | (tree.ids[seen.places] == end)
    # those that stand for others that were left out weigh as much as these together
    weights = torch.stack([visits, fresh], -1) * torch.where(ends, recipe.end_weight, 1 / recipe.share)[:, None]
    chance = torch.Generator().manual_seed(derive_seed(recipe.seed, "share", str(number)))
    kept = ends | (torch.rand(len(ends), generator=chance) < recipe.share)
    return Lesson(
        states=seen.states[kept].to(torch.float16),
        worst=seen.worst[kept].to(torch.float16),
        told=seen.told[kept],
        targets=targets[kept],
        weights=weights[kept],
    )


def loss_of(net: RewardNet, lessons: list[Lesson]) -> torch.Tensor:
    """The mean cross-entropy over all prefixes of all chains, both outputs' added."""
    states, worst, told, targets, weights = (torch.cat(parts) for parts in zip(*lessons, strict=True))
    logits = net(states.float(), worst.float(), told)
    losses = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return (losses * weights).sum() / weights[:, 0].sum()


def trained_prm(folder: str | os.PathLike[str]) -> ProcessReward:
    """The process reward model that `train_prm` wrote to a folder, ready to be asked. Raises `InputError` for a folder
    that holds none, or whose policy has other weights now."""
    path = Path(folder) / PRM
    if not path.is_file():
        raise InputError(f"{folder}: there is no process reward model in it that verisearch train prm made ({PRM})")
    return ProcessReward(*opened(path))


def opened(path: Path, policy: PolicyStates | None = None) -> tuple[Any, Made, PolicyStates]:
    """The network in a file, what it reads, and the policy as it reads (``policy``, if that is open). Raises
    `InputError` if it can't be read or its policy has other weights now.
    """
    try:
        net, made, place = nets.opened(path, "reward model")
        policy = policy or PolicyStates(place)
        nets.check_fit(path, "reward model", made, policy.words)
    except PolicyError as error:
        raise InputError(str(error)) from error
    return net, made, policy

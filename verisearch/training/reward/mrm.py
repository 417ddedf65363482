"""The recipe ``mrm``: a multifurcation reward model, which scores all next tokens of a chain in one call.

M(s)_a is to be R(s + a), the process reward of the chain s with token a behind it, for every token a of the vocabulary
(Saffron-1, arXiv 2506.06444, section 3). **Partial supervision**: of each prefix of a corpus only the entry of the
token that was observed there is regressed on the process reward model's logit. It begins as the process reward model,
and its unembedding is the policy's, frozen, with a bias that is trained. Tokens that never were a target keep a value
that means nothing; which ones were is kept with the weights.

Ours: the process reward is a network over the policy's states and surprises, see `verisearch.training.reward.prm`. With
token a behind s the surprises are known without another reading, since the state at s gives the probability of every
token; only the state at a isn't there. So M reads the state at s for it, and the unembedding's row of a, through a
matrix that begins at 0: it begins by saying what the process reward would if the policy's state stood still.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
import torch

from verisearch.errors import InputError, TrainingError
from verisearch.runtime.prompting import Template
from verisearch.training.checkpoint import steps_done
from verisearch.training.cutting import Cutter
from verisearch.training.loop import optimise
from verisearch.training.plans import Progress, silent
from verisearch.training.recipe import Recipe, write_told
from verisearch.training.reward.prm import HELD_OUT, ProcessReward, opened, readable, trained_prm
from verisearch.training.reward.states import PolicyStates, Seen
from verisearch.training.splits import Order, parted
from verisearch.training.trees import TokenTree
from verisearch.verifiers.mrm import HEAD
from verisearch.verifiers.nets import ForkNet, write_net

__all__ = ["Forks", "MrmRecipe", "MultifurcationReward", "begun_from", "forks_of", "kept_by", "load_mrm", "train_mrm"]


class MrmRecipe(Recipe, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a multifurcation reward model is trained; see `Recipe` for what all recipes have.

    ``held_out`` must be left as it is: the theories that the process reward model kept are kept. ``most_tokens``: a
    problem's tree is cut down to so many, chain by chain; the states of all tokens are held in memory (4 bytes times
    the policy's hidden size each). ``withheld``: the share of the tokens of the chains, in
    [0, 1), that are never a target, to see what the search makes of tokens that its reward doesn't know. Raises
    `InputError` for a share outside its range.
    """

    epochs: int = 6
    problems_a_step: int = 8
    rate: float = 2e-3
    most_tokens: int = 3000
    withheld: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check(
            ("withheld", 0 <= self.withheld < 1, "a share in [0, 1)"),
            ("most_tokens", self.most_tokens >= 1, "1 or more"),
        )


class Forks(NamedTuple):
    """Tokens of a tree behind the tokens before them, one a row: the ``places`` of the tokens, ``tokens``, their ids,
    in how many chains each is (``counts``), and what is seen before it: the state (tokens, hidden size), that at the
    least likely token of the step it is in, and how surprising the chain is with it."""

    places: torch.Tensor
    tokens: torch.Tensor
    counts: torch.Tensor
    states: torch.Tensor
    worst: torch.Tensor
    told: torch.Tensor


class MultifurcationReward:
    """A multifurcation reward model over the policy that it reads."""

    def __init__(self, net: ForkNet, policy: PolicyStates) -> None:
        self.net, self.policy = net, policy

    def logits(self, forks: Forks) -> torch.Tensor:
        """The logits of the tokens of forks, shape (tokens,)."""
        entries = self.policy.words[forks.tokens.to(self.policy.words.device)].float().cpu()
        found: torch.Tensor = self.net(forks.states.float(), forks.worst.float(), forks.told, entries, forks.tokens)
        return found


def forks_of(tree: TokenTree, seen: Seen, withheld: torch.Tensor | None = None) -> Forks:
    """What there is to regress in a tree of which this is ``seen``: every token behind the prompt, but for the tokens
    ``withheld``, shape (vocabulary,), true where a token is."""
    before = seen.rows[tree.parents[seen.places].clamp(min=0)]
    wanted = (before >= 0) & (tree.parents[seen.places] >= 0)
    if withheld is not None:
        wanted &= ~withheld[tree.ids[seen.places]]
    places, before = seen.places[wanted], before[wanted]
    # the state at a token that is the step's least likely one isn't there yet: the one before stands in for it
    least = torch.where(seen.least[wanted] == seen.rows[places], before, seen.least[wanted])
    return Forks(
        places=places,
        tokens=tree.ids[places],
        counts=tree.visits[places].float(),
        states=seen.states[before],
        worst=seen.states[least],
        told=seen.told[wanted],
    )


def train_mrm(
    rollouts: Path,
    prm: str,
    template: Template,
    out: Path,
    recipe: MrmRecipe | None = None,
    *,
    teacher: ProcessReward | None = None,
    progress: Progress = silent,
) -> bool:
    """Train a multifurcation reward model on the rewards that the process reward model in the folder ``prm`` gives the
    chains of a file of rollouts, and write it to ``out``. Whether it came to its end; interrupted, the same call goes
    on. ``teacher``: that process reward model, if it is open. ``progress``: what is done, how much of it, of how much.

    Raises `TrainingError` if there is nothing to learn from, or as `verisearch.training.loop.optimise` does.
    """
    recipe = recipe or MrmRecipe()
    teacher = teacher or trained_prm(prm)
    cutter = Cutter(teacher.policy.source, template)
    rows, _ = parted(rollouts, 0.0, kept_by(prm))
    trees = [cutter.tree(each, recipe.most_tokens) for each in rows]
    trees = [tree for tree in trees if tree.paths]
    if not trees:
        raise TrainingError(f"{rollouts}: there are no chains to learn from")
    order = Order(len(trees), recipe.problems_a_step, recipe.seed)
    steps = recipe.epochs * order.steps
    if (out / "training.json").is_file() and steps_done(out) >= steps and readable(out / HEAD):
        return True
    model = begun_from(teacher)
    occur = torch.zeros(len(model.net.bias), dtype=torch.bool)
    for tree in trees:
        occur[tree.ids[first_of(tree) :]] = True
    withheld = drawn(occur, recipe.withheld, recipe.seed)
    lessons: list[tuple[Forks, torch.Tensor]] = []
    for tree in trees:
        seen = teacher.policy.seen(tree)
        forks = forks_of(tree, seen, withheld)
        wanted = teacher.logits(tree, seen)[forks.places, 0]
        halved = forks._replace(states=forks.states.to(torch.float16), worst=forks.worst.to(torch.float16))
        lessons.append((halved, wanted))
        progress("reading", len(lessons), len(trees))
    done = optimise(
        out,
        model.net,
        lambda step: loss_of(model, [lessons[place] for place in order.at(step)]),
        steps,
        rate=recipe.rate,
        weight_decay=recipe.weight_decay,
        progress=lambda step: progress("training", step, steps),
    )
    if done:
        with torch.no_grad():
            model.net.seen.copy_(occur & ~withheld)
        write_net(out / HEAD, model.net, teacher.made)
        write_told(out, "mrm", recipe)
    return done


def first_of(tree: TokenTree) -> int:
    """The place of the first token behind the prompt."""
    return int((tree.visits > 0).nonzero()[0, 0]) + 1 if bool((tree.visits > 0).any()) else len(tree.ids)


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


def begun_from(teacher: ProcessReward) -> MultifurcationReward:
    """A model that says of a chain with any token what ``teacher`` would if the state stood still."""
    net = ForkNet(copy.deepcopy(teacher.net).requires_grad_(True), teacher.made.vocabulary)
    with torch.no_grad():
        net.scale.copy_(1 / teacher.policy.words.float().square().mean().sqrt().clamp(min=1e-6).cpu())
    return MultifurcationReward(net, teacher.policy)


def loss_of(model: MultifurcationReward, lessons: Sequence[tuple[Forks, torch.Tensor]]) -> torch.Tensor:
    """The mean squared error of logits over the tokens observed behind all prefixes."""
    forks = Forks(*(torch.cat(parts) for parts in zip(*(each for each, _ in lessons), strict=True)))
    wanted = torch.cat([each for _, each in lessons])
    errors = (model.logits(forks) - wanted) ** 2
    return (errors * forks.counts).sum() / forks.counts.sum().clamp(min=1)


def load_mrm(folder: Path, policy: PolicyStates | None = None) -> MultifurcationReward:
    """The model that `train_mrm` wrote, over ``policy`` if that is open. Raises `InputError` if it can't be read or its
    policy has other weights now."""
    net, _, policy = opened(folder / HEAD, policy)
    return MultifurcationReward(net, policy)
